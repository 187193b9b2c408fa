"""The consent part of a draft, laid out as a consent document. Pure; judges nothing."""

from collections.abc import Mapping

from testimony.domain.accounts import AccountId
from testimony.domain.consent import NAMED_READERS, NOT_BEFORE, YES, Assent, Decision, GuardianDecision
from testimony.domain.dates import parse_date
from testimony.domain.errors import BadDate
from testimony.domain.purposes import Purpose
from testimony.domain.vocabulary import load
from testimony.services.drafts import Answers, Draft, Step


def decision_field(purpose: Purpose) -> str:
    return f"decision-{purpose}"


def conditions_field(purpose: Purpose) -> str:
    return f"conditions-{purpose}"


def parameter_field(purpose: Purpose, condition: str) -> str:
    return f"parameter-{purpose}-{condition}"


def until_field(purpose: Purpose) -> str:
    return f"until-{purpose}"


def decision_on(answers: Answers, purpose: Purpose) -> Decision:
    """What was ticked; nothing ticked is not asked."""
    try:
        return Decision(answers.line(decision_field(purpose)))
    except ValueError:
        return Decision.NOT_ASKED


def granted_in(answers: Answers) -> frozenset[Purpose]:
    """The purposes that the answers so far say yes to, whether or not they may."""
    return frozenset(purpose for purpose in Purpose if decision_on(answers, purpose) in YES)


def asked_in(answers: Answers) -> tuple[Purpose, ...]:
    return tuple(p for p in Purpose if decision_on(answers, p) is not Decision.NOT_ASKED)


def explained_in(explanation: Answers) -> tuple[str, ...]:
    """The items that were both said and understood."""
    understood = explanation.texts("understood")
    return tuple(
        code for code in load("explained").codes if code in explanation.texts("said") and code in understood
    )


def named_readers(answers: Answers) -> Mapping[Purpose, tuple[str, ...]]:
    """The handles typed as the only readers, by purpose."""
    return {
        purpose: tuple(
            dict.fromkeys(
                answers.text(parameter_field(purpose, NAMED_READERS)).replace(",", " ").lower().split()
            )
        )
        for purpose in asked_in(answers)
        if NAMED_READERS in _conditions(answers, purpose)
    }


def consent_document(
    draft: Draft, interviewer: AccountId, readers: Mapping[str, AccountId]
) -> dict[str, object]:
    """readers: account by handle, for the handles of `named_readers`."""
    before, answers = draft.answers(Step.BEFORE), draft.answers(Step.CONSENT)
    minor = before.line("minor") == "yes"
    return {
        "version": 1,
        "decisions": [_decision(answers, purpose, readers) for purpose in asked_in(answers)],
        "evidence": answers.line("evidence"),
        "basis": answers.line("basis"),
        "given_on": answers.line("given_on"),
        "language": before.line("explained_in"),
        "explained_by": interviewer,
        "explained": list(explained_in(draft.answers(Step.EXPLANATION))),
        "capacity": {name: answers.line(name) for name in ("free_of_pressure", "sober", "understands")},
        "minor": minor,
        "guardian_decision": answers.line("guardian_decision")
        if minor
        else GuardianDecision.NOT_NEEDED.value,
        "assent": answers.line("assent") if minor else Assent.NOT_NEEDED.value,
        "review_due": answers.line("review_due"),
        "receipt": answers.line("receipt"),
        "through_interpreter": _through(before),
        "contact_channel": answers.text("contact_channel"),
        "contact_hours": answers.text("contact_hours"),
        "paused": answers.line("paused") == "yes",
    }


def _through(before: Answers) -> str | None:
    used = before.line("interpreter_used") == "yes"
    return (before.line("interpreter_name") or "yes") if used else None


def _conditions(answers: Answers, purpose: Purpose) -> tuple[str, ...]:
    """Conditions count only beside "yes, if": what was ticked before the answer changed stays in the
    draft.
    """
    conditional = decision_on(answers, purpose) is Decision.GRANTED_WITH_CONDITIONS
    return answers.texts(conditions_field(purpose)) if conditional else ()


def _decision(answers: Answers, purpose: Purpose, readers: Mapping[str, AccountId]) -> dict[str, object]:
    conditions = _conditions(answers, purpose)
    handles = named_readers(answers).get(purpose, ())
    decision = decision_on(answers, purpose)
    return {
        "purpose": purpose.value,
        "decision": decision.value,
        "conditions": [
            {"code": code, "parameter": answers.text(parameter_field(purpose, code))} for code in conditions
        ],
        "not_before": _first_day(answers, purpose) if NOT_BEFORE in conditions else None,
        "valid_until": answers.line(until_field(purpose)) or None if decision in YES else None,
        "readers": [readers[handle] for handle in handles if handle in readers],
    }


def _first_day(answers: Answers, purpose: Purpose) -> str | None:
    """The first day of use where a date was typed; an event has none, and stays in words."""
    try:
        lower = parse_date(answers.line(parameter_field(purpose, NOT_BEFORE))).lower
    except BadDate:
        return None
    return lower.isoformat() if lower else None
