"""The gate: each rule alone closes it, and says why."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from testimony.domain.accounts import AccountId
from testimony.domain.audit import DenyReason
from testimony.domain.errors import Refused
from testimony.domain.grants import ClosedPart, Grant
from testimony.domain.purposes import Audience, Purpose
from testimony.policy.facts import Facts, Use
from testimony.policy.gate import permit, predicate

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
READER = AccountId("a-reader")
GRANT = Grant(
    id="g-1",
    account_id=READER,
    case_id="case-1",
    purposes=frozenset({Purpose.CP07, Purpose.CP09}),
    closed_parts=frozenset(),
    originals=False,
    valid_from=NOW - timedelta(days=1),
    valid_until=NOW + timedelta(days=30),
    granted_by=AccountId("a-custodian"),
)
USE = Use(READER, (GRANT,))
FACTS = Facts(
    code="T-0001",
    case_id="case-1",
    state="released",
    closed_parts=frozenset(),
    minor=False,
    guardian_ok=False,
    quarantined=False,
    status="active",
    basis="LB01",
    review_due=date(2026, 6, 1),
    decision="granted",
    conditions=frozenset(),
    not_before=None,
    valid_until=None,
    is_named_reader=False,
    is_newest=True,
    release_rank=1,
    hides_named_details=False,
    residual_checked=True,
)


def refusal(facts: Facts, *, use: Use = USE, purpose: Purpose = Purpose.CP07) -> tuple[DenyReason, ...]:
    with pytest.raises(Refused) as refused:
        permit(use, purpose, Audience.PARTNER, facts, NOW)
    return refused.value.reasons


def test_a_released_testimony_under_grant_and_consent_may_be_read() -> None:
    permit(USE, Purpose.CP07, Audience.PARTNER, FACTS, NOW)


def test_a_partly_withdrawn_consent_still_opens_what_was_not_withdrawn() -> None:
    permit(USE, Purpose.CP07, Audience.PARTNER, replace(FACTS, status="partly_withdrawn"), NOW)


def test_a_release_for_a_wider_audience_may_be_read() -> None:
    permit(USE, Purpose.CP07, Audience.PARTNER, replace(FACTS, release_rank=0), NOW)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"state": "redaction_draft"}, DenyReason.NOT_APPROVED),
        ({"state": "sealed"}, DenyReason.NOT_APPROVED),
        ({"state": "restricted"}, DenyReason.NOT_APPROVED),
        ({"state": "disposed"}, DenyReason.NOT_APPROVED),
        ({"quarantined": True}, DenyReason.QUARANTINED),
        ({"status": None}, DenyReason.CONSENT_MISSING),
        ({"status": "draft"}, DenyReason.CONSENT_MISSING),
        ({"status": "superseded"}, DenyReason.CONSENT_MISSING),
        ({"status": "paused_rights_asserted"}, DenyReason.CONSENT_MISSING),
        ({"status": "invalid_coerced"}, DenyReason.CONSENT_MISSING),
        ({"status": "invalid_no_guardian"}, DenyReason.MINOR_WITHOUT_GUARDIAN),
        ({"status": "withdrawn"}, DenyReason.CONSENT_REFUSED),
        ({"status": "expired"}, DenyReason.CONSENT_PAST_REVIEW),
        ({"review_due": None}, DenyReason.CONSENT_PAST_REVIEW),
        ({"review_due": date(2026, 3, 1)}, DenyReason.CONSENT_PAST_REVIEW),
        ({"basis": None}, DenyReason.NO_LAWFUL_BASIS),
        ({"basis": "LB99"}, DenyReason.NO_LAWFUL_BASIS),
        ({"decision": None}, DenyReason.CONSENT_MISSING),
        ({"decision": "not_asked"}, DenyReason.CONSENT_MISSING),
        ({"decision": "deferred"}, DenyReason.CONSENT_MISSING),
        ({"decision": "refused"}, DenyReason.CONSENT_REFUSED),
        ({"decision": "withdrawn"}, DenyReason.CONSENT_REFUSED),
        ({"decision": "expired"}, DenyReason.CONSENT_REFUSED),
        ({"decision": "granted_with_conditions"}, DenyReason.CONDITION_NOT_MET),
        ({"not_before": date(2026, 3, 2)}, DenyReason.CONDITION_NOT_MET),
        ({"valid_until": date(2026, 3, 1)}, DenyReason.CONSENT_PAST_REVIEW),
        ({"minor": True}, DenyReason.MINOR_WITHOUT_GUARDIAN),
        ({"release_rank": None}, DenyReason.NOT_APPROVED),
        ({"release_rank": 2}, DenyReason.NOT_APPROVED),
        ({"residual_checked": False}, DenyReason.QUASI_IDENTIFIERS),
    ],
)
def test_one_failed_rule_alone_closes_the_gate(changed: dict[str, object], reason: DenyReason) -> None:
    facts = replace(FACTS, **changed)  # type: ignore[arg-type]  # the table above names fields and their values

    assert refusal(facts) == (reason,)


def test_a_quarantined_state_is_named_as_quarantine() -> None:
    reasons = refusal(replace(FACTS, state="quarantined"))

    assert reasons == (DenyReason.NOT_APPROVED, DenyReason.QUARANTINED)


@pytest.mark.parametrize(
    ("changed", "reasons"),
    [
        ({"case_id": "case-2"}, (DenyReason.NO_GRANT, DenyReason.PURPOSE_NOT_GRANTED)),
        ({"valid_until": NOW}, (DenyReason.NO_GRANT, DenyReason.PURPOSE_NOT_GRANTED)),
        ({"valid_from": NOW + timedelta(seconds=1)}, (DenyReason.NO_GRANT, DenyReason.PURPOSE_NOT_GRANTED)),
        ({"purposes": frozenset({Purpose.CP09})}, (DenyReason.PURPOSE_NOT_GRANTED,)),
    ],
)
def test_a_grant_that_misses_one_thing_opens_nothing(
    changed: dict[str, object], reasons: tuple[DenyReason, ...]
) -> None:
    grant = replace(GRANT, **changed)  # type: ignore[arg-type]  # the table above names fields and their values

    assert refusal(FACTS, use=Use(READER, (grant,))) == reasons


def test_no_grant_opens_nothing() -> None:
    assert DenyReason.NO_GRANT in refusal(FACTS, use=Use(READER, ()))


def test_two_grants_do_not_add_up_to_one_that_covers() -> None:
    case_alone = replace(GRANT, purposes=frozenset({Purpose.CP09}))
    purpose_alone = replace(GRANT, case_id="case-2")

    assert refusal(FACTS, use=Use(READER, (case_alone, purpose_alone))) == (DenyReason.PURPOSE_NOT_GRANTED,)


@pytest.mark.parametrize("part", ClosedPart)
def test_a_closed_part_stays_closed_inside_the_case(part: ClosedPart) -> None:
    facts = replace(FACTS, closed_parts=frozenset({part}))
    opened = Use(READER, (replace(GRANT, closed_parts=frozenset({part})),))

    assert refusal(facts) == (DenyReason.NO_GRANT, DenyReason.PURPOSE_NOT_GRANTED)
    permit(opened, Purpose.CP07, Audience.PARTNER, facts, NOW)


def with_condition(code: str, **changed: object) -> Facts:
    facts = replace(FACTS, decision="granted_with_conditions", conditions=frozenset({code}))
    return replace(facts, **changed)  # type: ignore[arg-type]  # callers name fields and their values


@pytest.mark.parametrize("code", ["CC05", "CC06", "CC09", "CC14"])
def test_conditions_on_voice_image_and_contact_do_not_close_the_text(code: str) -> None:
    permit(USE, Purpose.CP09, Audience.PARTNER, with_condition(code), NOW)


@pytest.mark.parametrize("code", ["CC01", "CC02", "CC03", "CC08"])
def test_conditions_on_a_recipient_hold_for_inside_use_only(code: str) -> None:
    permit(USE, Purpose.CP07, Audience.PARTNER, with_condition(code), NOW)

    assert refusal(with_condition(code), purpose=Purpose.CP09) == (DenyReason.CONDITION_NOT_MET,)


@pytest.mark.parametrize(
    ("code", "met"),
    [
        ("CC04", {"hides_named_details": True}),
        ("CC07", {"not_before": date(2026, 3, 1)}),
        ("CC07", {"event_on": date(2026, 3, 1)}),
        ("CC15", {"died_on": date(2026, 3, 1)}),
        ("CC11", {"is_named_reader": True}),
        ("CC13", {"guardian_ok": True}),
    ],
)
def test_a_condition_that_can_be_met_closes_until_it_is(code: str, met: dict[str, object]) -> None:
    permit(USE, Purpose.CP07, Audience.PARTNER, with_condition(code, **met), NOW)

    assert refusal(with_condition(code)) == (DenyReason.CONDITION_NOT_MET,)


@pytest.mark.parametrize("code", ["CC10", "CC12", "CC16", "CC99", ""])
def test_a_condition_that_cannot_be_known_closes(code: str) -> None:
    assert refusal(with_condition(code)) == (DenyReason.CONDITION_NOT_MET,)


def test_a_condition_beside_a_plain_yes_still_binds() -> None:
    assert refusal(replace(FACTS, conditions=frozenset({"CC10"}))) == (DenyReason.CONDITION_NOT_MET,)


def test_a_refusal_names_every_reason() -> None:
    reasons = refusal(replace(FACTS, state="sealed", minor=True, basis=None))

    assert reasons == (DenyReason.MINOR_WITHOUT_GUARDIAN, DenyReason.NOT_APPROVED, DenyReason.NO_LAWFUL_BASIS)


@pytest.mark.parametrize(
    ("purpose", "audience"),
    [
        (Purpose.CP10, Audience.PARTNER),
        (Purpose.CP07, Audience.COURT),
        (Purpose.CP01, Audience.PARTNER),
        (Purpose.CP21, Audience.PUBLIC),
    ],
)
def test_nobody_can_ask_for_more_than_the_purpose_serves(purpose: Purpose, audience: Audience) -> None:
    with pytest.raises(ValueError, match="purpose"):
        permit(USE, purpose, audience, FACTS, NOW)
    with pytest.raises(ValueError, match="purpose"):
        predicate(USE, purpose, audience, NOW)


def test_the_grant_of_another_account_is_not_taken() -> None:
    with pytest.raises(ValueError, match="own account"):
        predicate(Use(AccountId("a-other"), (GRANT,)), Purpose.CP07, Audience.PARTNER, NOW)


def test_a_time_without_a_zone_is_not_taken() -> None:
    with pytest.raises(ValueError, match="UTC"):
        permit(USE, Purpose.CP07, Audience.PARTNER, FACTS, NOW.replace(tzinfo=None))


def test_no_value_of_a_person_is_in_the_text_of_the_predicate() -> None:
    hostile = replace(GRANT, case_id="x' OR 1=1 --")

    made = predicate(Use(READER, (hostile,)), Purpose.CP07, Audience.PARTNER, NOW)

    assert "1=1" not in made.sql
    assert "x' OR 1=1 --" in made.parameters.values()


def test_a_day_that_was_named_binds_whatever_event_was_recorded() -> None:
    later = with_condition("CC07", not_before=date(2026, 3, 2), event_on=date(2026, 2, 1))

    assert refusal(later) == (DenyReason.CONDITION_NOT_MET,)


def test_from_the_day_of_majority_only_a_new_decision_opens_anything() -> None:
    permit(USE, Purpose.CP07, Audience.PARTNER, replace(FACTS, reconfirm_on=date(2026, 3, 2)), NOW)

    assert refusal(replace(FACTS, reconfirm_on=date(2026, 3, 1))) == (DenyReason.CONSENT_PAST_REVIEW,)


def test_an_older_version_than_the_last_opens_nothing() -> None:
    assert refusal(replace(FACTS, is_newest=False)) == (DenyReason.INTEGRITY_FAILED,)
