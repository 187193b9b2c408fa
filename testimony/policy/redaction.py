"""Who may redact and who may approve: two people, neither of whom took or interpreted the account."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from testimony.domain.accounts import Account, AccountId
from testimony.domain.audit import DenyReason
from testimony.domain.errors import Refused
from testimony.domain.matching import fold
from testimony.domain.redaction import Mark, MarkDecision
from testimony.policy.access import Permission, require


@dataclass(frozen=True, slots=True)
class Hearers:
    """Who heard the account from the witness. ids: everybody who took or interpreted it and has an account here.

    interpreter: the name of one whose account is not known, empty for none.
    """

    ids: frozenset[AccountId] = frozenset()
    interpreter: str = field(default="", repr=False)

    def include(self, account: Account) -> bool:
        """By account, or by the name that was written down for an interpreter."""
        return (
            account.id in self.ids or self.is_interpreter(account.name) or self.is_interpreter(account.handle)
        )

    def is_interpreter(self, name: str) -> bool:
        return bool(fold(self.interpreter)) and fold(name) == fold(self.interpreter)


NOBODY = Hearers()


def require_may_redact(account: Account, hearers: Hearers) -> None:
    """Raises Refused."""
    require(account, Permission.REDACT)
    if hearers.include(account):
        raise Refused((DenyReason.SAME_PERSON,))


def require_may_approve(account: Account, redactors: Collection[AccountId], hearers: Hearers) -> None:
    """redactors: everyone who proposed or decided a mark of this version; none is a redaction nobody made.

    Raises Refused.
    """
    require(account, Permission.APPROVE)
    if not redactors:
        raise Refused((DenyReason.NOT_APPROVED,))
    if account.id in redactors or hearers.include(account):
        raise Refused((DenyReason.SAME_PERSON,))


def require_apart(
    redactors: Collection[AccountId], approver: AccountId, hearers: Hearers, names: Iterable[str]
) -> None:
    """Before a release: nobody stands in two places of redactor, approver, interviewer and interpreter.

    names: of redactors and approver, as people here know them. Raises Refused.
    """
    alone = approver not in redactors and not hearers.ids & {approver, *redactors}
    if not alone or any(map(hearers.is_interpreter, names)):
        raise Refused((DenyReason.SAME_PERSON,))


def require_decided(marks: Iterable[Mark]) -> None:
    """Raises Refused while a suggestion waits for a decision."""
    if any(mark.decision is MarkDecision.PROPOSED for mark in marks):
        raise Refused((DenyReason.NOT_APPROVED,))
