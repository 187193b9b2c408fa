"""What a witness says of the text that would be released of their account.

Codes, never words: what a witness answered in their own words may name somebody, and belongs in no record
that outlives the redaction.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from testimony.domain.errors import Invalid, Problem


class WordOfWitness(StrEnum):
    """What became of asking."""

    YES = "yes"
    NO = "no"
    CHANGES = "changes"
    NOT_ASKED = "not_asked"


REFUSING = frozenset({WordOfWitness.NO, WordOfWitness.CHANGES})


class WhyNotAsked(StrEnum):
    """Why a witness could not be asked."""

    UNREACHABLE = "unreachable"
    NOT_SAFE = "not_safe"
    WANTS_NO_CONTACT = "wants_no_contact"
    DEAD_OR_MISSING = "dead_or_missing"
    CANNOT_FOLLOW = "cannot_follow"
    NEVER_KNOWN = "never_known"


class AskedBy(StrEnum):
    """Who put the text before the witness; who writes it down is known anyway."""

    RECORDER = "recorder"
    INTERVIEWER = "interviewer"
    INTERMEDIARY = "intermediary"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer to one proposed text. on: the day the witness was asked, or could not be."""

    word: WordOfWitness
    on: date
    asked_by: AskedBy
    why_not: WhyNotAsked | None = None

    def __post_init__(self) -> None:
        if self.word is WordOfWitness.NOT_ASKED and self.why_not is None:
            raise Invalid((Problem("why_not", "required"),))
        if self.word is not WordOfWitness.NOT_ASKED and self.why_not is not None:
            raise Invalid((Problem("why_not", "only_when_not_asked"),))


@dataclass(frozen=True, slots=True)
class Told:
    """A recorded answer: what it was, and which account wrote it down."""

    word: WordOfWitness
    recorder: str


def word_that_holds(told: Iterable[Told]) -> WordOfWitness | None:
    """What holds for a text, from what was written down in order; None when nothing was.

    The newest answer holds, except that a refusal ends only when two different people wrote down the same
    other answer after it: one person alone, by mistake or under pressure, does not turn a no into a yes.
    """
    holds: WordOfWitness | None = None
    behind: dict[WordOfWitness, set[str]] = {}
    for answer in told:
        if holds not in REFUSING or answer.word in REFUSING:
            holds, behind = answer.word, {}
            continue
        behind.setdefault(answer.word, set()).add(answer.recorder)
        if len(behind[answer.word]) > 1:
            holds, behind = answer.word, {}
    return holds
