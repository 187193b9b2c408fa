"""Vocabularies, roles, purposes and the words of the log agree with their files."""

import pytest

from testimony.domain.audit import Action, DenyReason
from testimony.domain.consent import ConsentStatus, Decision
from testimony.domain.errors import IncompatibleRoles, Invalid, Problem, Refused, UnknownCode
from testimony.domain.purposes import READING_PURPOSES, Audience, Purpose, audience_of, dependants, depends_on
from testimony.domain.roles import Role, are_compatible, require_compatible
from testimony.domain.vocabulary import load


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("audit_action", Action),
        ("deny_reason", DenyReason),
        ("consent_decision", Decision),
        ("consent_status", ConsentStatus),
        ("consent_purpose", Purpose),
    ],
)
def test_the_program_and_the_file_know_the_same_codes(name: str, codes: type[Action]) -> None:
    assert tuple(load(name).codes) == tuple(code.value for code in codes)


def test_a_label_falls_back_to_english() -> None:
    purposes = load("consent_purpose")

    assert purposes.label("CP02", "fr") == "Enregistrer ma voix"
    assert purposes.label("CP02", "de") == "Record my voice"
    assert load("time_of_day").label("TD01", "fr") == "Dawn prayer"
    assert load("language").label("taq") == "Tamasheq"


def test_an_unknown_code_is_refused_without_repeating_it() -> None:
    with pytest.raises(UnknownCode) as unknown:
        load("risk").require("a name that was typed")

    assert str(unknown.value) == "risk"


@pytest.mark.parametrize("name", ["../roles", "nothing_of_the_kind", "", "risk.csv"])
def test_only_vocabularies_of_the_package_can_be_loaded(name: str) -> None:
    with pytest.raises(ValueError, match="vocabulary"):
        load(name)


def test_a_vocabulary_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        load("risk").by_code["R9"] = load("risk").terms[0]  # type: ignore[index]  # the point of the test


@pytest.mark.parametrize("other", [role for role in Role if role is not Role.AUDITOR])
def test_an_auditor_is_nothing_else(other: Role) -> None:
    with pytest.raises(IncompatibleRoles):
        require_compatible({Role.AUDITOR, other})


@pytest.mark.parametrize("other", [Role.REVIEWER, Role.INVESTIGATOR])
def test_a_custodian_neither_redacts_nor_investigates(other: Role) -> None:
    assert not are_compatible(Role.CUSTODIAN, other)
    assert not are_compatible(other, Role.CUSTODIAN)


@pytest.mark.parametrize(
    "roles",
    [
        {Role.INTERVIEWER, Role.REVIEWER},
        {Role.REVIEWER, Role.INVESTIGATOR},
        {Role.INTERVIEWER, Role.CUSTODIAN},
    ],
)
def test_roles_that_bind_one_testimony_may_meet_in_an_account(roles: set[Role]) -> None:
    require_compatible(roles)


def test_an_account_without_a_role_is_none() -> None:
    with pytest.raises(IncompatibleRoles):
        require_compatible(())


def test_a_purpose_rests_on_those_before_it() -> None:
    assert depends_on(Purpose.CP11) == {Purpose.CP10}
    assert dependants(Purpose.CP10) == {Purpose.CP11, Purpose.CP24}
    assert Purpose.CP23 in dependants(Purpose.CP01)


def test_each_reading_purpose_is_served_at_one_audience() -> None:
    public = {purpose for purpose in READING_PURPOSES if audience_of(purpose) is Audience.PUBLIC}
    court = {purpose for purpose in READING_PURPOSES if audience_of(purpose) is Audience.COURT}

    assert public == {Purpose.CP10, Purpose.CP24}
    assert court == {Purpose.CP14, Purpose.CP15, Purpose.CP16}
    assert [audience.rank for audience in Audience] == [0, 1, 2]


def test_a_refusal_and_an_invalid_document_say_codes_alone() -> None:
    refused = Refused((DenyReason.QUARANTINED, DenyReason.NO_GRANT, DenyReason.NO_GRANT), purpose="CP07")

    assert refused.reasons == (DenyReason.NO_GRANT, DenyReason.QUARANTINED)
    assert str(refused) == "DR01 DR10"
    assert str(Invalid((Problem("a.b", "required"),))) == "a.b: required"
    with pytest.raises(ValueError, match="reason"):
        Refused(())
    with pytest.raises(ValueError, match="problem"):
        Invalid(())
