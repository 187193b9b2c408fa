"""Rights of somebody who may have taken part: told before the account, and a request for a lawyer that ends it (F6)."""

from collections.abc import Mapping

from testimony.domain.interview import EndedBy
from testimony.services.drafts import Draft, Step

INSIDER_ROLES = frozenset({"insider", "alleged_perpetrator"})
COUNSEL = EndedBy.COUNSEL.value


def is_insider(draft: Draft) -> bool:
    """Whether the witness may have taken part: rights come before the account then."""
    return not INSIDER_ROLES.isdisjoint(draft.answers(Step.BEFORE).texts("roles"))


def asked_for_counsel(draft: Draft) -> bool:
    """Whether they asked for a lawyer: the account ends there."""
    return draft.answers(Step.BEFORE).line(COUNSEL) == "yes"


def counsel_document(draft: Draft) -> dict[str, object] | None:
    before = draft.answers(Step.BEFORE)
    if not (is_insider(draft) or asked_for_counsel(draft)):
        return None
    return {"cautioned": before.line("caution") == "yes", "asked": asked_for_counsel(draft)}


def caution_rules(draft: Draft) -> tuple[tuple[object, str, str], ...]:
    """(what must hold, field, problem): it is said whether they were told, and if not, that a rule was not kept."""
    caution = draft.answers(Step.BEFORE).line("caution")
    why = draft.answers(Step.CLOSING).line("deviation_standard")
    asked = is_insider(draft)
    return (
        (not asked or caution in ("yes", "no"), "before.caution", "required"),
        (not asked or caution != "no" or why, "closing.deviation_standard", "required"),
    )


def may_begin(draft: Draft) -> bool:
    """Whether nothing of this keeps the account from being written."""
    return not is_insider(draft) or draft.answers(Step.BEFORE).line("caution") == "yes"


def with_counsel(draft: Draft, step: Step, values: Mapping[str, object]) -> Mapping[str, object]:
    """What is saved of a step: said once, a request for a lawyer is not taken back by saving the page again."""
    return {**values, COUNSEL: "yes"} if step is Step.BEFORE and asked_for_counsel(draft) else values
