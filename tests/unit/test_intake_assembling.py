"""What is missing in a draft, named by the step and field that it came from."""

import pytest

from testimony.domain.accounts import AccountId
from testimony.domain.errors import Invalid
from testimony.services.assembling import Names, assemble
from testimony.services.drafts import Answers, Draft, Step
from tests.services.intake_answers import WHOLE

NAMES = Names("T-7A6H-CY", "W-3NQK8N-GN", AccountId("an-interviewer"))


def whole(step: str = "", values: dict[str, object] | None = None) -> Draft:
    """A whole draft, with some answers of one step changed."""
    answers = {s: {**WHOLE.get(s, {}), **(values or {} if s == step else {})} for s in Step}
    return Draft("a-draft", "", "", {s: Answers(1, given) for s, given in answers.items()})


def test_a_whole_draft_becomes_a_submission() -> None:
    assembled = assemble(whole(), NAMES)

    assert (assembled.submission.code, assembled.submission.submission_id) == (NAMES.code, "a-draft")
    assert assembled.identity is None


@pytest.mark.parametrize(
    ("step", "values", "problem"),
    [
        ("before", {"case": ""}, ("before.case", "required")),
        ("before", {"month": "last year"}, ("before.month", "bad_date")),
        ("before", {"precision": "PL7"}, ("before.precision", "too_fine")),
        ("before", {"present": []}, ("before.present", "required")),
        ("before", {"route_kind": ""}, ("before.route_kind", "required")),
        ("before", {"earlier": "yes"}, ("before.reinterview_reason", "required")),
        ("before", {"age_band": "13-17"}, ("before.minor", "child_band")),
        ("before", {"interpreter_used": ""}, ("before.interpreter_used", "required")),
        ("before", {"interpreter_used": "yes"}, ("before.interpreter_undertaking", "required")),
        ("explanation", {"understood": []}, ("explanation.understood", "required")),
        ("consent", {"decision-CP01": "refused"}, ("consent.decision-CP01", "notes_not_granted")),
        (
            "consent",
            {"decision-CP11": "granted", "decision-CP10": ""},
            ("consent.decision-CP11", "depends_on"),
        ),
        ("consent", {"conditions-CP10": []}, ("consent.conditions-CP10", "not_for_decision")),
        ("consent", {"parameter-CP10-CC04": ""}, ("consent.parameter-CP10-CC04", "required")),
        ("consent", {"evidence": "CE00"}, ("consent.evidence", "required")),
        ("consent", {"review_due": "2026-02-01"}, ("consent.review_due", "out_of_range")),
        ("consent", {"decision-CP06": "granted"}, ("identity.names", "required")),
        ("account", {"text": " "}, ("account.text", "required")),
        ("account", {"kind": ""}, ("account.kind", "required")),
        ("account", {"unanswered": [{"topic": "", "why": "stopped"}]}, ("account.unanswered", "required")),
        ("protect", {"protect": [{"text": "Akli", "kind": ""}]}, ("protect.protect", "required")),
        ("closing", {"read_back": "no"}, ("closing.read_note", "required")),
        ("closing", {"referral-legal": ""}, ("closing.referral-legal", "required")),
        ("closing", {"feedback": "yes"}, ("closing.feedback_due", "required")),
        ("closing", {"next_contact": "yes"}, ("closing.next_contact", "contact_not_granted")),
        ("closing", {"recording": ["audio"]}, ("closing.recording", "not_consented")),
        ("closing", {"ended_by": ""}, ("closing.ended_by", "required")),
    ],
)
def test_what_is_missing_is_named_by_step_and_field(
    step: str, values: dict[str, object], problem: tuple[str, str]
) -> None:
    with pytest.raises(Invalid) as invalid:
        assemble(whole(step, values), NAMES)

    assert problem in {(found.field, found.code) for found in invalid.value.problems}


def test_every_problem_has_a_step_of_the_draft() -> None:
    with pytest.raises(Invalid) as invalid:
        assemble(Draft("a-draft", "", ""), NAMES)

    steps = {problem.field.partition(".")[0] for problem in invalid.value.problems}
    assert steps <= set(Step) and steps >= {Step.BEFORE, Step.CONSENT, Step.ACCOUNT, Step.CLOSING}
