"""An identity is opened by two custodians, for one person, for one task, for a day."""

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from testimony.domain.audit import Action, DenyReason
from testimony.domain.errors import Conflict, Invalid, NotFound, Refused
from testimony.domain.identity import MAX_OPEN, SHOWN_FOR, IdentityField, IdentityTask, RequestState
from testimony.domain.purposes import Purpose
from testimony.domain.testimony import State
from testimony.services.contact_tasks import finish, own_tasks, show_task
from testimony.services.identity_approving import approve, refuse
from testimony.services.identity_closing import close_identity, reopen_identity
from testimony.services.identity_requests import ask, cancel
from testimony.services.identity_showing import show
from testimony.services.identity_sweeping import sweep
from testimony.services.identity_views import (
    count_waiting,
    custodians_request,
    custodians_requests,
    own_request,
)
from testimony.storage import contact_tasks, identity_limits, identity_requests, log_queries
from testimony.storage.consents import DECISIONS
from testimony.storage.register import REGISTER
from tests.grants import GrantRequest, grant
from tests.identities import (
    IDENTITY,
    NAME,
    PHONE,
    REASON,
    SAFE_WORDS,
    asked,
    asking,
    opened,
    received_with_identity,
    recontact,
    with_identity,
)
from tests.review_room import granted, received
from tests.services.conftest import HANDLES, PASSWORD, Clock, People

NAMES = frozenset({IdentityField.NAMES})


def test_two_custodians_open_the_named_fields_for_who_asked(people: People, clock: Clock) -> None:
    request = asked(people, clock)

    first = approve(people["custodian"], request.id, clock())
    second = approve(people["custodian_b"], request.id, clock())
    shown = show(people["reviewer"], request.id, NAMES, clock())

    assert (first.needed, second.needed) == (1, 0)
    assert shown == {IdentityField.NAMES: IDENTITY["names"]}


def test_shares_on_their_way_are_gone_once_it_is_open(people: People, clock: Clock) -> None:
    request = asked(people, clock)
    approve(people["custodian"], request.id, clock())
    with people["auditor"].reading() as connection:
        before = identity_requests.wrapped_of(connection, request.id)

    approve(people["custodian_b"], request.id, clock())

    with people["auditor"].reading() as connection:
        assert identity_requests.wrapped_of(connection, request.id) == ()
    assert {share.from_id for share in before} == {people["custodian"].account.id}
    assert len(before) == 2  # the other two custodians


def test_the_custodian_reads_the_reason_and_sees_who_agreed(people: People, clock: Clock) -> None:
    request = asked(people, clock)

    approve(people["custodian"], request.id, clock())
    view = custodians_request(people["custodian_b"], request.id, clock())
    mine = custodians_request(people["custodian"], request.id, clock())

    assert view.reason == mine.reason == REASON
    assert view.agreed == ("custodian-1",)
    assert (view.needed, view.may_decide, view.has_agreed) == (1, True, False)
    assert (mine.may_decide, mine.has_agreed) == (False, True)


def test_what_waits_is_counted_for_each_custodian(people: People, clock: Clock) -> None:
    request = asked(people, clock)

    approve(people["custodian"], request.id, clock())

    assert count_waiting(people["custodian"], clock()) == (0, 0)
    assert count_waiting(people["custodian_b"], clock()) == (1, 0)
    approve(people["custodian_b"], request.id, clock())
    assert count_waiting(people["custodian"], clock()) == (0, 1)
    assert [view.state for view in custodians_requests(people["custodian"], clock())] == [RequestState.OPENED]


def test_a_request_lives_seven_days_at_most(people: People, clock: Clock) -> None:
    code = received_with_identity(people, clock)
    late = clock() + MAX_OPEN + timedelta(minutes=1)

    with pytest.raises(Invalid):
        ask(people["reviewer"], asking(code, clock, expires_at=late), clock())


def test_one_person_has_one_open_request_about_a_testimony(people: People, clock: Clock) -> None:
    request = asked(people, clock)

    with pytest.raises(Conflict):
        ask(people["reviewer"], asking(request.code, clock), clock())
    cancel(people["reviewer"], request.id, clock())

    assert ask(people["reviewer"], asking(request.code, clock), clock()) != request.id


def test_a_testimony_without_an_identity_cannot_be_asked_about(people: People, clock: Clock) -> None:
    code = received(people["interviewer"], people["reviewer"], clock())

    with pytest.raises(NotFound):
        ask(people["reviewer"], asking(code, clock), clock())


def test_an_investigator_needs_a_grant_on_the_case(people: People, clock: Clock) -> None:
    code = received_with_identity(people, clock)

    with pytest.raises(Refused) as refused:
        ask(people["investigator"], asking(code, clock), clock())
    grant(
        people["custodian"],
        GrantRequest(
            handle="investigator-1",
            case_id="CASE-1",
            purposes=frozenset({Purpose.CP07}),
            valid_from=clock(),
            valid_until=clock() + timedelta(days=30),
        ),
        clock(),
    )

    assert refused.value.reasons == (DenyReason.NO_GRANT,)
    assert ask(people["investigator"], asking(code, clock), clock())


@pytest.mark.parametrize("who", ["interviewer", "auditor"])
def test_interviewers_and_auditors_do_not_ask(people: People, clock: Clock, who: str) -> None:
    code = received_with_identity(people, clock)

    with pytest.raises(Refused):
        ask(people[who], asking(code, clock), clock())


def test_a_basis_that_does_not_carry_the_task_is_refused(people: People, clock: Clock) -> None:
    code = received_with_identity(people, clock)

    with pytest.raises(Invalid):
        ask(people["reviewer"], asking(code, clock, basis="LB01"), clock())


def test_nobody_is_reached_again_without_their_yes(people: People, clock: Clock) -> None:
    decisions = granted(Purpose.CP01, Purpose.CP06, Purpose.CP07)
    code = with_identity(people["interviewer"], clock(), decisions=decisions)

    with pytest.raises(Refused) as refused:
        ask(people["reviewer"], recontact(code, clock), clock())

    assert DenyReason.CONSENT_MISSING in refused.value.reasons
    assert ask(people["reviewer"], asking(code, clock), clock())


def test_a_consent_taken_back_stops_a_request_that_waits(people: People, clock: Clock) -> None:
    code = received_with_identity(people, clock)
    request = ask(people["reviewer"], recontact(code, clock), clock())
    with people["reviewer"].work(clock()) as work:
        work.connection.execute(
            DECISIONS.update().where(DECISIONS.c.purpose == Purpose.CP21.value).values(decision="withdrawn")
        )

    with pytest.raises(Refused):
        approve(people["custodian"], request, clock())


def test_a_restricted_testimony_is_asked_about_by_custodians_alone(people: People, clock: Clock) -> None:
    code = received_with_identity(people, clock)
    with people["reviewer"].work(clock()) as work:
        work.connection.execute(REGISTER.update().values(state=State.RESTRICTED.value))

    with pytest.raises(Refused):
        ask(people["reviewer"], asking(code, clock), clock())
    witness = asking(code, clock, task=IdentityTask.WITNESS_REQUEST, basis="LB01")

    assert ask(people["custodian"], witness, clock())


def test_a_custodian_who_says_no_ends_the_request(people: People, clock: Clock) -> None:
    request = asked(people, clock)
    approve(people["custodian"], request.id, clock())

    refuse(people["custodian_b"], request.id, "no court asked for this", clock())

    assert own_request(people["reviewer"], request.id, clock()).state is RequestState.REFUSED
    with people["auditor"].reading() as connection:
        assert identity_requests.wrapped_of(connection, request.id) == ()
    with pytest.raises(Conflict):
        approve(people["custodian_b"], request.id, clock())


def test_what_was_opened_is_deleted_after_a_day(people: People, clock: Clock) -> None:
    request = opened(people, clock)
    session = people["reviewer"]
    assert show(session, request.id, NAMES, clock.forward(hours=23))

    clock.forward(seconds=SHOWN_FOR.total_seconds() - 23 * 3600)

    with pytest.raises(Conflict):
        show(session, request.id, NAMES, clock())
    with session.reading() as connection:
        assert identity_requests.find_opening(connection, request.id) is None
        row = identity_requests.find_request(connection, request.id)
    assert row is not None and row.state == RequestState.OVER


def test_the_sign_in_of_a_custodian_sweeps(people: People, clock: Clock) -> None:
    request = asked(people, clock)
    approve(people["custodian"], request.id, clock())
    clock.forward(days=4)

    session = people.door.sign_in(HANDLES["custodian_b"], PASSWORD, None, clock())

    with session.reading() as connection:
        row = identity_requests.find_request(connection, request.id)
        assert identity_requests.wrapped_of(connection, request.id) == ()
    assert row is not None and row.state == RequestState.EXPIRED
    assert sweep(session, clock()) == 0
    people.archive.release(session.archive.secrets)


def test_an_identity_closed_after_death_stays_closed_until_another_custodian_says_otherwise(
    people: People, clock: Clock
) -> None:
    request = opened(people, clock)

    close_identity(people["custodian"], request.code, "the witness died", clock())

    with pytest.raises(Conflict):
        show(people["reviewer"], request.id, NAMES, clock())
    with pytest.raises(Refused):
        ask(people["reviewer"], asking(request.code, clock), clock())
    with pytest.raises(Refused):
        reopen_identity(people["custodian"], request.code, "it was another", clock())
    reopen_identity(people["custodian_b"], request.code, "it was another", clock())
    assert ask(people["reviewer"], asking(request.code, clock), clock())


def test_a_contact_task_shows_ways_and_words_and_no_name(people: People, clock: Clock) -> None:
    code = received_with_identity(people, clock)
    wanted = frozenset({IdentityField.CONTACTS, IdentityField.NAMES})
    request = ask(people["reviewer"], recontact(code, clock, fields=wanted), clock())
    approve(people["custodian"], request, clock())
    approve(people["custodian_b"], request, clock())

    (task,) = own_tasks(people["interviewer"], clock())
    shown = show_task(people["interviewer"], task.task_id, clock())

    (card,) = shown.cards
    assert (card.value, card.safe_words) == (PHONE, SAFE_WORDS)
    assert shown.rules == ("CC09", "CC10")
    assert NAME not in str([getattr(card, name) for name in card.__slots__])


def test_a_contact_that_was_made_leaves_its_outcome_alone(people: People, clock: Clock) -> None:
    code = received_with_identity(people, clock)
    request = ask(people["reviewer"], recontact(code, clock), clock())
    approve(people["custodian"], request, clock())
    approve(people["custodian_b"], request, clock())
    session = people["interviewer"]
    (task,) = own_tasks(session, clock())

    finish(session, task.task_id, "reached", "agreed to a second talk", clock())

    with session.reading() as connection:
        kept = contact_tasks.find_task(connection, task.task_id)
    assert kept is not None and (kept.outcome, kept.sealed) == ("reached", None)
    with pytest.raises(Conflict):
        show_task(session, task.task_id, clock())


def test_a_contact_not_made_in_time_lapses(people: People, clock: Clock) -> None:
    code = received_with_identity(people, clock)
    request = ask(people["reviewer"], recontact(code, clock), clock())
    approve(people["custodian"], request, clock())
    approve(people["custodian_b"], request, clock())

    clock.forward(days=6)

    assert [task.outcome for task in own_tasks(people["interviewer"], clock())] == ["lapsed"]


def test_staff_named_in_an_account_are_noted_when_it_is_received(people: People, clock: Clock) -> None:
    code = received_with_identity(people, clock, text="It was CUSTODIAN 2 who led them to the well.")

    with people["auditor"].reading() as connection:
        noted = identity_limits.conflicts_of(connection, code)

    assert noted == {people["custodian_b"].account.id}


def test_forgetting_a_testimony_leaves_no_row_of_it(people: People, clock: Clock) -> None:
    request = opened(people, clock)

    with people["custodian"].work(clock()) as work:
        contact_tasks.forget_testimony(work.connection, request.code)
        identity_requests.forget_testimony(work.connection, request.code)
        identity_limits.forget_testimony(work.connection, request.code)

    tables = (
        identity_requests.REQUESTS,
        identity_requests.REASONS,
        identity_requests.APPROVALS,
        identity_requests.WRAPPED,
        identity_requests.OPENINGS,
        identity_limits.CONFLICTS,
        identity_limits.CLOSURES,
        contact_tasks.TASKS,
    )
    with people["custodian"].reading() as connection:
        counts = [connection.execute(sa.select(sa.func.count()).select_from(t)).scalar() for t in tables]
    assert counts == [0] * len(tables)


def test_every_step_and_every_field_is_an_entry(people: People, clock: Clock) -> None:
    request = asked(people, clock, fields=frozenset({IdentityField.NAMES, IdentityField.DWELLING}))
    approve(people["custodian"], request.id, clock())
    approve(people["custodian_b"], request.id, clock())
    show(people["reviewer"], request.id, NAMES | {IdentityField.DWELLING}, clock())

    told = steps_told(people, request.code)

    about = f"request:{request.id}"
    ids = {name: people[name].account.id for name in ("reviewer", "custodian", "custodian_b")}
    assert [(actor, action, fields[:2]) for actor, action, fields in told] == [
        (ids["reviewer"], Action.WRITTEN, ["identity-asked", about]),
        (ids["custodian"], Action.KEY_OPERATION, ["identity-approved", about]),
        (ids["custodian_b"], Action.KEY_OPERATION, ["identity-opened", about]),
        (ids["reviewer"], Action.IDENTITY_SHOWN, ["dwelling", about]),
        (ids["reviewer"], Action.IDENTITY_SHOWN, ["names", about]),
    ]


def steps_told(people: People, code: str) -> list[tuple[str, str, list[str]]]:
    """What the log says about the identity of a testimony, oldest first."""
    actions = (Action.WRITTEN, Action.KEY_OPERATION, Action.IDENTITY_SHOWN)
    with people["auditor"].reading() as connection:
        leaves = [
            json.loads(leaf)
            for action in actions
            for leaf in log_queries.leaves_about(connection, "testimony", code, action.value)
        ]
    told = [
        (leaf["seq"], leaf["actor"], leaf["action"], leaf["fields"])
        for leaf in leaves
        if len(leaf["fields"]) > 1
    ]
    return [(actor, action, fields) for _, actor, action, fields in sorted(told)]
