"""Consent: nothing preset, every dependency kept, every invalid consent named."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from testimony.domain.accounts import AccountId
from testimony.domain.consent import (
    INFORMED,
    Answer,
    Assent,
    Capacity,
    Condition,
    Consent,
    ConsentStatus,
    Decision,
    GuardianDecision,
    PurposeDecision,
    Receipt,
    status,
    summary,
    withdraw,
)
from testimony.domain.consent_documents import consent_from_document, consent_to_document
from testimony.domain.errors import Invalid
from testimony.domain.purposes import Purpose

TODAY = date(2026, 3, 1)


def yes(*purposes: Purpose) -> tuple[PurposeDecision, ...]:
    return tuple(PurposeDecision(purpose, Decision.GRANTED) for purpose in purposes)


CONSENT = Consent(
    version=1,
    decisions=yes(Purpose.CP01, Purpose.CP07),
    evidence="CE03",
    basis="LB01",
    given_on=TODAY - timedelta(days=10),
    language="taq",
    explained_by=AccountId("a-1"),
    explained=INFORMED,
    capacity=Capacity(Answer.YES, Answer.YES, Answer.YES),
    minor=False,
    guardian_decision=GuardianDecision.NOT_NEEDED,
    assent=Assent.NOT_NEEDED,
    review_due=TODAY + timedelta(days=355),
    receipt=Receipt.REFUSED_UNSAFE,
)


def problems(**changed: object) -> set[tuple[str, str]]:
    with pytest.raises(Invalid) as invalid:
        replace(CONSENT, **changed)  # type: ignore[arg-type]  # callers name fields and their values
    return {(problem.field, problem.code) for problem in invalid.value.problems}


def test_what_was_not_asked_is_no() -> None:
    assert CONSENT.decision_on(Purpose.CP10).decision is Decision.NOT_ASKED
    assert not CONSENT.decision_on(Purpose.CP10).is_yes


def test_a_purpose_needs_those_it_rests_on() -> None:
    assert problems(decisions=yes(Purpose.CP01, Purpose.CP07, Purpose.CP11)) == {
        ("decisions.CP11", "depends_on")
    }


def test_contact_needs_a_channel_and_hours() -> None:
    decisions = yes(Purpose.CP01, Purpose.CP06, Purpose.CP21)

    assert problems(decisions=decisions) == {("contact_channel", "required"), ("contact_hours", "required")}
    replace(CONSENT, decisions=decisions, contact_channel="through the clinic", contact_hours="after noon")


@pytest.mark.parametrize("item", ["EX05", "EX08"])
def test_nothing_is_granted_before_payment_and_limits_were_explained(item: str) -> None:
    assert problems(explained=INFORMED - {item}) == {("explained", "required")}


def test_a_grant_needs_evidence() -> None:
    assert problems(evidence="CE00") == {("evidence", "required")}
    replace(CONSENT, evidence="CE00", decisions=())


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"version": 0}, ("version", "out_of_range")),
        ({"basis": "LB99"}, ("basis", "unknown_code")),
        ({"evidence": "CE99"}, ("evidence", "unknown_code")),
        ({"explained": INFORMED | {"EX99"}}, ("explained", "unknown_code")),
        ({"review_due": TODAY - timedelta(days=10)}, ("review_due", "out_of_range")),
        ({"decisions": (*yes(Purpose.CP01), *yes(Purpose.CP01))}, ("decisions", "twice")),
    ],
)
def test_a_consent_that_cannot_be_right_is_refused(
    changed: dict[str, object], problem: tuple[str, str]
) -> None:
    assert problems(**changed) == {problem}


def test_every_problem_is_named_at_once() -> None:
    assert len(problems(version=0, basis="x", evidence="CE00")) == 3


@pytest.mark.parametrize(
    ("decision", "more", "problem"),
    [
        (Decision.GRANTED, {"conditions": (Condition("CC05"),)}, "conditions"),
        (Decision.GRANTED_WITH_CONDITIONS, {}, "conditions"),
        (
            Decision.GRANTED_WITH_CONDITIONS,
            {"conditions": (Condition("CC05"), Condition("CC05"))},
            "conditions",
        ),
        (Decision.GRANTED_WITH_CONDITIONS, {"conditions": (Condition("CC07"),)}, "not_before"),
        (Decision.GRANTED, {"not_before": TODAY}, "not_before"),
        (Decision.REFUSED, {"valid_until": TODAY}, "not_before"),
        (Decision.GRANTED, {"readers": frozenset({AccountId("a-1")})}, "readers"),
    ],
)
def test_a_decision_that_contradicts_itself_is_refused(
    decision: Decision, more: dict[str, object], problem: str
) -> None:
    with pytest.raises(Invalid) as invalid:
        PurposeDecision(Purpose.CP07, decision, **more)  # type: ignore[arg-type]  # the table names the fields

    assert {one.field for one in invalid.value.problems} == {problem}


def test_use_cannot_end_before_it_begins() -> None:
    with pytest.raises(Invalid):
        PurposeDecision(
            Purpose.CP07,
            Decision.GRANTED_WITH_CONDITIONS,
            (Condition("CC07"),),
            not_before=TODAY,
            valid_until=TODAY,
        )


@pytest.mark.parametrize("code", ["CC04", "CC09"])
def test_a_condition_that_needs_words_has_them_and_does_not_show_them(code: str) -> None:
    with pytest.raises(Invalid):
        Condition(code)
    assert "banner" not in repr(Condition(code, "the green banner"))


MINOR = replace(CONSENT, minor=True, guardian_decision=GuardianDecision.GRANTED, assent=Assent.GIVEN)


@pytest.mark.parametrize(
    ("consent", "expected"),
    [
        (CONSENT, ConsentStatus.ACTIVE),
        (MINOR, ConsentStatus.ACTIVE),
        (replace(MINOR, assent=Assent.CONDITIONAL), ConsentStatus.INVALID_NO_GUARDIAN),
        (replace(MINOR, assent=Assent.REFUSED), ConsentStatus.INVALID_NO_GUARDIAN),
        (replace(MINOR, guardian_decision=GuardianDecision.NOT_ASKED), ConsentStatus.INVALID_NO_GUARDIAN),
        (
            replace(CONSENT, capacity=Capacity(Answer.NO, Answer.YES, Answer.YES)),
            ConsentStatus.INVALID_COERCED,
        ),
        (
            replace(CONSENT, capacity=Capacity(Answer.YES, Answer.NO, Answer.YES)),
            ConsentStatus.INVALID_NOT_INFORMED,
        ),
        (
            replace(CONSENT, capacity=Capacity(Answer.YES, Answer.YES, Answer.NO)),
            ConsentStatus.INVALID_NOT_INFORMED,
        ),
        (replace(CONSENT, explained=INFORMED - {"EX04"}), ConsentStatus.INVALID_NOT_INFORMED),
        (replace(CONSENT, paused=True), ConsentStatus.PAUSED_RIGHTS_ASSERTED),
        (replace(CONSENT, decisions=()), ConsentStatus.DRAFT),
        (replace(CONSENT, review_due=TODAY), ConsentStatus.EXPIRED),
        (withdraw(CONSENT, frozenset({Purpose.CP07})), ConsentStatus.PARTLY_WITHDRAWN),
        (withdraw(CONSENT, frozenset({Purpose.CP01})), ConsentStatus.WITHDRAWN),
    ],
)
def test_a_status_follows_from_the_record(consent: Consent, expected: ConsentStatus) -> None:
    assert status(consent, TODAY) is expected


def test_withdrawing_takes_with_it_what_rested_on_it() -> None:
    consent = replace(CONSENT, decisions=yes(Purpose.CP01, Purpose.CP07, Purpose.CP10, Purpose.CP11))

    after = withdraw(consent, frozenset({Purpose.CP10}))

    assert after.granted == {Purpose.CP01, Purpose.CP07}
    assert after.decision_on(Purpose.CP11).decision is Decision.WITHDRAWN
    assert after.version == 2
    assert consent.granted == {Purpose.CP01, Purpose.CP07, Purpose.CP10, Purpose.CP11}


def test_withdrawing_does_not_rewrite_a_refusal() -> None:
    refused = PurposeDecision(Purpose.CP10, Decision.REFUSED)
    consent = replace(CONSENT, decisions=(*CONSENT.decisions, refused))

    assert withdraw(consent, frozenset({Purpose.CP10})).decision_on(Purpose.CP10) == refused


def test_the_summary_says_what_was_allowed() -> None:
    conditional = PurposeDecision(Purpose.CP14, Decision.GRANTED_WITH_CONDITIONS, (Condition("CC02"),))
    refused = PurposeDecision(Purpose.CP10, Decision.REFUSED)

    told = summary(replace(CONSENT, decisions=(conditional, refused, *CONSENT.decisions)))

    assert told.allowed == (Purpose.CP01, Purpose.CP07)
    assert told.with_conditions == ((Purpose.CP14, ("CC02",)),)
    assert (told.refused, told.withdrawn) == ((Purpose.CP10,), ())


def test_a_consent_reads_back_from_its_document() -> None:
    named = PurposeDecision(
        Purpose.CP09,
        Decision.GRANTED_WITH_CONDITIONS,
        (Condition("CC07"), Condition("CC11"), Condition("CC04", "the trade")),
        not_before=TODAY,
        valid_until=TODAY + timedelta(days=9),
        readers=frozenset({AccountId("a-7")}),
    )
    consent = replace(CONSENT, decisions=(*CONSENT.decisions, named))

    assert consent_from_document(consent_to_document(consent)) == consent


def test_a_document_with_anything_unknown_is_refused_with_its_path() -> None:
    document = consent_to_document(CONSENT) | {"mood": "x", "minor": "no"}
    document["decisions"] = [{"purpose": "CP99", "decision": "granted"}]

    with pytest.raises(Invalid) as invalid:
        consent_from_document(document)

    found = {(problem.field, problem.code) for problem in invalid.value.problems}
    assert {("", "unknown_field"), ("minor", "wrong_type"), ("decisions.0.purpose", "unknown_code")} <= found
    assert "mood" not in str(invalid.value)
