"""Rooms by role."""

from dataclasses import replace

import pytest

from testimony.domain.accounts import Account, AccountId, AccountState
from testimony.domain.audit import DenyReason
from testimony.domain.errors import Refused
from testimony.domain.purposes import Audience
from testimony.domain.redaction import Mark, MarkDecision
from testimony.domain.roles import Role
from testimony.policy.access import PERMISSIONS, Permission, permissions_of, require
from testimony.policy.redaction import (
    Hearers,
    require_apart,
    require_decided,
    require_may_approve,
    require_may_redact,
)

INTERVIEWER, INTERPRETER, REDACTOR = AccountId("a-int"), AccountId("a-itp"), AccountId("a-red")
HEARERS = Hearers(frozenset({INTERVIEWER, INTERPRETER}), "Ines  Prété")


def account(*roles: Role, state: AccountState = AccountState.ACTIVE, name: str = "a-rev") -> Account:
    return Account(AccountId(name), "someone", "Some One", frozenset(roles), state)


@pytest.mark.parametrize(
    ("role", "permission"),
    [
        (Role.AUDITOR, Permission.READ_RELEASED),
        (Role.AUDITOR, Permission.READ_ORIGINAL),
        (Role.INTERVIEWER, Permission.READ_ORIGINAL),
        (Role.INTERVIEWER, Permission.READ_RELEASED),
        (Role.INVESTIGATOR, Permission.READ_ORIGINAL),
        (Role.INVESTIGATOR, Permission.GRANT),
        (Role.CUSTODIAN, Permission.READ_ORIGINAL),
        (Role.CUSTODIAN, Permission.READ_RELEASED),
        (Role.CUSTODIAN, Permission.READ_LOG_DETAILS),
        (Role.REVIEWER, Permission.OPEN_IDENTITY),
    ],
)
def test_a_role_opens_no_room_but_its_own(role: Role, permission: Permission) -> None:
    with pytest.raises(Refused) as refused:
        require(account(role), permission)

    assert refused.value.reasons == (DenyReason.NO_GRANT,)


@pytest.mark.parametrize("role", Role)
def test_a_role_may_do_what_its_table_says(role: Role) -> None:
    for permission in PERMISSIONS[role]:
        require(account(role), permission)


@pytest.mark.parametrize("state", [AccountState.INVITED, AccountState.SUSPENDED])
def test_an_account_that_is_not_active_may_do_nothing(state: AccountState) -> None:
    with pytest.raises(Refused):
        require(account(Role.REVIEWER, state=state), Permission.CHECK_ARCHIVE)


def test_no_role_is_no_permission() -> None:
    assert permissions_of(frozenset()) == frozenset()


@pytest.mark.parametrize("permission", Permission)
def test_every_permission_belongs_to_somebody(permission: Permission) -> None:
    assert permission in permissions_of(frozenset(Role))


@pytest.mark.parametrize("name", [INTERVIEWER, INTERPRETER])
def test_who_took_or_interpreted_the_account_does_not_redact_it(name: str) -> None:
    with pytest.raises(Refused) as refused:
        require_may_redact(account(Role.REVIEWER, Role.INTERVIEWER, name=name), HEARERS)

    assert refused.value.reasons == (DenyReason.SAME_PERSON,)


@pytest.mark.parametrize("name", [INTERVIEWER, INTERPRETER, REDACTOR])
def test_nobody_approves_what_they_took_interpreted_or_redacted(name: str) -> None:
    with pytest.raises(Refused) as refused:
        require_may_approve(account(Role.REVIEWER, name=name), frozenset({REDACTOR}), HEARERS)

    assert refused.value.reasons == (DenyReason.SAME_PERSON,)


def test_a_second_reviewer_redacts_and_approves() -> None:
    require_may_redact(account(Role.REVIEWER), HEARERS)
    require_may_approve(account(Role.REVIEWER), frozenset({REDACTOR}), HEARERS)


def test_a_redaction_nobody_made_is_not_approved() -> None:
    with pytest.raises(Refused) as refused:
        require_may_approve(account(Role.REVIEWER), frozenset(), HEARERS)

    assert refused.value.reasons == (DenyReason.NOT_APPROVED,)


def test_an_investigator_does_not_approve() -> None:
    with pytest.raises(Refused):
        require_may_approve(account(Role.INVESTIGATOR), frozenset({REDACTOR}), HEARERS)


def test_an_undecided_suggestion_blocks_approval() -> None:
    decided = Mark("m-1", 0, 4, "X.1", Audience.PARTNER, MarkDecision.ACCEPTED)
    waiting = replace(decided, id="m-2", decision=MarkDecision.PROPOSED)

    require_decided((decided,))
    with pytest.raises(Refused):
        require_decided((decided, waiting))


@pytest.mark.parametrize(
    ("redactor", "approver", "names"),
    [
        ("a-red", "a-red", ()),
        (INTERVIEWER, "a-app", ()),
        (INTERPRETER, "a-app", ()),
        ("a-red", INTERVIEWER, ()),
        ("a-red", INTERPRETER, ()),
        ("a-red", "a-app", ("Somebody", "ines prete")),
    ],
)
def test_nobody_stands_in_two_places_of_a_release(
    redactor: str, approver: str, names: tuple[str, ...]
) -> None:
    with pytest.raises(Refused) as refused:
        require_apart(frozenset({AccountId(redactor)}), AccountId(approver), HEARERS, names)

    assert refused.value.reasons == (DenyReason.SAME_PERSON,)
    require_apart(frozenset({AccountId("a-red")}), AccountId("a-app"), HEARERS, ("Ada", ""))


def test_an_interpreter_without_a_name_is_nobody_in_particular() -> None:
    assert not Hearers(frozenset(), "").is_interpreter("")
