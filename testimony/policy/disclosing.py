"""May a released text be handed over to this recipient, for this purpose, now?

The rules of the gate but for two: nobody reads here, so there is no grant. Conditions on a recipient, which fail for
readers outside, are judged by what was found out about this one; "ask me again each time" by an answer given to this
handing over. Named readers are accounts of ours: a recipient is none. Unknown is no.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from testimony.domain.audit import DenyReason
from testimony.domain.errors import Refused
from testimony.domain.purposes import Audience, Purpose
from testimony.domain.vocabulary import load
from testimony.policy.conditions import CONDITION_RULES
from testimony.policy.facts import Asked, Facts
from testimony.policy.gate import RULES, Rule
from testimony.policy.originals import LYING_OPEN


@dataclass(frozen=True, slots=True)
class Recipient:
    """What was found out. kind: code of recipient.csv. of_the_state: of the state of the events. asked_again: the
    witness said yes to this very handing over.
    """

    kind: str
    of_the_state: bool
    death_penalty: bool
    fair_trial: bool
    protective: bool
    asked_again: bool


@dataclass(frozen=True, slots=True)
class HandingOver(Asked):
    """One question about one recipient. Raises ValueError for a naive time, or an audience that the purpose is not
    served at.
    """

    recipient: Recipient

    def __post_init__(self) -> None:
        # Of a handing over any purpose may be asked, not only those for which accounts read.
        if self.now.utcoffset() != timedelta(0):
            raise ValueError("times are aware, UTC")


_RECIPIENT: Mapping[str, Callable[[Recipient], bool]] = {
    "CC01": lambda recipient: not recipient.of_the_state,
    "CC02": lambda recipient: not recipient.death_penalty,
    "CC03": lambda recipient: recipient.fair_trial,
    "CC08": lambda recipient: recipient.protective,
}
_NEVER = frozenset({"CC10", "CC11", "CC16"})
_NOT_ASKED = frozenset({"case", "purpose", "state", "release", "conditions"})

_HANDING_OVER: tuple[Rule, ...] = tuple(rule for rule in RULES if rule.name not in _NOT_ASKED)


def kinds_for(purpose: Purpose) -> tuple[str, ...]:
    """The kinds of recipient that a purpose allows to hand over to."""
    return tuple(
        term.code for term in load("recipient").terms if purpose in term.columns["consent"].split("|")
    )


def purposes_of(kind: str) -> tuple[Purpose, ...]:
    """The purposes for which something may be handed over to a recipient of this kind."""
    codes = load("recipient").require(kind).columns["consent"].split("|")
    return tuple(Purpose(code) for code in codes if code)


def permit_handing_over(asked: HandingOver, layer: Audience, facts: Facts) -> None:
    """Return if every rule holds. layer: the audience whose text it is. Raises Refused with all reasons."""
    reasons = [rule.reason(facts) for rule in _HANDING_OVER if not rule.holds(asked, facts)]
    if facts.state not in LYING_OPEN or layer.rank > asked.audience.rank:
        reasons.append(DenyReason.NOT_APPROVED)
    if asked.recipient.kind not in kinds_for(asked.purpose):
        reasons.append(DenyReason.RECIPIENT_CONDITION)
    reasons += [reason for code in facts.conditions if (reason := _refusal(code, asked, facts))]
    if reasons:
        raise Refused(tuple(reasons), purpose=asked.purpose)


def _refusal(code: str, asked: HandingOver, facts: Facts) -> DenyReason | None:
    if code in _RECIPIENT:
        return None if _RECIPIENT[code](asked.recipient) else DenyReason.RECIPIENT_CONDITION
    if code == "CC12":
        return None if asked.recipient.asked_again else DenyReason.CONDITION_NOT_MET
    known = code in CONDITION_RULES and code not in _NEVER
    return None if known and CONDITION_RULES[code].holds(asked, facts) else DenyReason.CONDITION_NOT_MET
