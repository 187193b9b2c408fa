"""Who may let go of a testimony, and when. Values in, a verdict out; a refusal raises with every reason."""

from dataclasses import dataclass

from testimony.domain.audit import DenyReason
from testimony.domain.errors import Refused


@dataclass(frozen=True, slots=True)
class Disposal:
    """What is asked of an erasure before each of its steps.

    heard_by: who took or interpreted the account. held: whether a hold covers it. broken: whether what is stored of
    holds is not what was signed and logged.
    """

    subject: tuple[str, str]
    heard_by: frozenset[str]
    held: bool
    broken: bool = False


def require_may_propose(asked: Disposal, proposer: str) -> None:
    """Raises Refused."""
    _require(asked, same_person=proposer in asked.heard_by)


def require_may_approve(asked: Disposal, proposer: str, approver: str) -> None:
    """Two custodians, neither of whom heard the account. Raises Refused."""
    _require(asked, same_person=approver == proposer or bool({approver, proposer} & asked.heard_by))


def _require(asked: Disposal, *, same_person: bool) -> None:
    rules = (
        (asked.held, DenyReason.LEGAL_HOLD),
        (asked.broken, DenyReason.INTEGRITY_FAILED),
        (same_person, DenyReason.SAME_PERSON),
    )
    if reasons := tuple(reason for applies, reason in rules if applies):
        raise Refused(reasons, subject=asked.subject)


def require_two(first: str, second: str, subject: tuple[str, str]) -> None:
    """Raises Refused with DR12 when one person would do both."""
    if first == second:
        raise Refused((DenyReason.SAME_PERSON,), subject=subject)
