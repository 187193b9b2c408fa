"""Who may ask who a witness is, and who may agree to it. Pure; unknown is no.

Asked when a request is made, at every approval and again before anything is shown.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from testimony.domain.accounts import Account, AccountId
from testimony.domain.audit import DenyReason
from testimony.domain.consent import YES, ConsentStatus
from testimony.domain.errors import Refused
from testimony.domain.identity import BASES, IdentityTask
from testimony.domain.roles import Role
from testimony.domain.testimony import State
from testimony.policy.access import Permission, require

_SEALED_OFF = frozenset({State.RESTRICTED, State.QUARANTINED})
_HELD = frozenset({ConsentStatus.ACTIVE, ConsentStatus.PARTLY_WITHDRAWN, ConsentStatus.EXPIRED})
"""Statuses under which a yes to being contacted again still stands. Past the review is among them: asking anew for
consent is what contact is for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contactability:
    """What the current consent says of one purpose: None for a purpose that was not asked."""

    decision: str | None
    not_before: date | None = None
    valid_until: date | None = None

    def says_yes_on(self, today: date) -> bool:
        begun = self.not_before is None or self.not_before <= today
        return self.decision in set(YES) and begun and (self.valid_until is None or today < self.valid_until)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityFacts:
    """One testimony as far as its identity goes.

    closed: its identity was closed (the witness died, F13). stored: CP06, that a name may be kept. recontact: CP21.
    concerned: accounts that are named in it or declared to be too near. heard_by: interviewer and interpreter.
    """

    state: str
    quarantined: bool
    closed: bool
    status: str | None
    minor: bool
    guardian_ok: bool
    stored: Contactability
    recontact: Contactability
    heard_by: frozenset[AccountId]
    concerned: frozenset[AccountId]


def require_may_ask(
    account: Account, task: IdentityTask, basis: str, facts: IdentityFacts, today: date, *, has_grant: bool
) -> None:
    """has_grant: one in force on the case opens every closed part that the testimony lies in.

    Reviewers hold the original and need none; investigators do (R63); custodians answer witnesses and courts.
    Interviewers do not ask: what they wrote down is theirs no longer (G3). Raises Refused with every reason.
    """
    require(account, Permission.ASK_IDENTITY)
    inside = not account.roles.isdisjoint({Role.REVIEWER, Role.CUSTODIAN})
    custodian = Role.CUSTODIAN in account.roles
    off = facts.quarantined or facts.state in _SEALED_OFF or facts.status == ConsentStatus.WITHDRAWN
    rules = (
        (inside or has_grant, DenyReason.NO_GRANT),
        (account.id not in facts.concerned, DenyReason.FIREWALL),
        (basis in BASES[task], DenyReason.NO_LAWFUL_BASIS),
        (not facts.closed, DenyReason.CONSENT_REFUSED),
        (
            # Kept although the witness took it back, until it is destroyed: a custodian may still answer or warn them.
            facts.stored.says_yes_on(today) or (custodian and task is not IdentityTask.RECONTACT),
            DenyReason.CONSENT_REFUSED if facts.stored.decision else DenyReason.CONSENT_MISSING,
        ),
        # Taken back or shut away: only custodians, and not in order to go on working with it (F1).
        (not off or custodian, DenyReason.QUARANTINED if facts.quarantined else DenyReason.CONSENT_REFUSED),
        *(_contact_rules(facts, today) if task is IdentityTask.RECONTACT else ()),
    )
    if reasons := tuple(reason for holds, reason in rules if not holds):
        raise Refused(reasons)


def _contact_rules(facts: IdentityFacts, today: date) -> tuple[tuple[bool, DenyReason], ...]:
    asked = facts.recontact.decision is not None
    return (
        (
            facts.recontact.says_yes_on(today),
            DenyReason.CONSENT_REFUSED if asked else DenyReason.CONSENT_MISSING,
        ),
        (facts.status in set(_HELD), DenyReason.CONSENT_REFUSED),
        (not facts.minor or facts.guardian_ok, DenyReason.MINOR_WITHOUT_GUARDIAN),
    )


def require_may_decide(
    custodian: AccountId, requester: AccountId, contact_by: AccountId | None, facts: IdentityFacts
) -> None:
    """Raises Refused: DR12 for who asked, who is to reach the witness, who took or interpreted the account; DR13 for
    the concerned.
    """
    if custodian in {requester, contact_by} | facts.heard_by:
        raise Refused((DenyReason.SAME_PERSON,))
    if custodian in facts.concerned:
        raise Refused((DenyReason.FIREWALL,))


def require_may_reach(account_id: AccountId, facts: IdentityFacts) -> None:
    """Raises Refused for somebody who is named in the testimony: they are not sent to the witness."""
    if account_id in facts.concerned:
        raise Refused((DenyReason.FIREWALL,))


def require_enough(deciders: Collection[AccountId], threshold: int) -> None:
    """Raises Refused with DR12 where so few custodians may decide that it could never be opened."""
    if threshold < 2 or len(deciders) < threshold:
        raise Refused((DenyReason.SAME_PERSON,))
