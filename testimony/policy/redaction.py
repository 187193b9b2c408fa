"""Who may redact and who may approve: two people, neither of whom took or interpreted the account."""

from collections.abc import Iterable

from testimony.domain.accounts import Account, AccountId
from testimony.domain.audit import DenyReason
from testimony.domain.errors import Refused
from testimony.domain.redaction import Mark, MarkDecision
from testimony.policy.access import Permission, require


def require_may_redact(account: Account, interviewer: AccountId | None, interpreter: str | None) -> None:
    """interviewer, interpreter: account ids, or None where nobody here was one. Raises Refused."""
    require(account, Permission.REDACT)
    if account.id in (interviewer, interpreter):
        raise Refused((DenyReason.SAME_PERSON,))


def require_may_approve(
    account: Account, redactors: frozenset[AccountId], interviewer: AccountId | None, interpreter: str | None
) -> None:
    """redactors: everyone who proposed or decided a mark of this version; none is a redaction nobody made.

    Raises Refused.
    """
    require(account, Permission.APPROVE)
    if not redactors:
        raise Refused((DenyReason.NOT_APPROVED,))
    if account.id in redactors or account.id in (interviewer, interpreter):
        raise Refused((DenyReason.SAME_PERSON,))


def require_decided(marks: Iterable[Mark]) -> None:
    """Raises Refused while a suggestion waits for a decision."""
    if any(mark.decision is MarkDecision.PROPOSED for mark in marks):
        raise Refused((DenyReason.NOT_APPROVED,))
