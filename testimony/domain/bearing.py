"""How a passage of an account bears on the accused: against them, in their favour, or as a contradiction (R61)."""

from dataclasses import dataclass, field
from enum import StrEnum

from testimony.domain.accounts import AccountId
from testimony.domain.errors import Invalid, Problem
from testimony.domain.matching import Span
from testimony.domain.vocabulary import load

LONGEST_NOTE = 5_000
MAX_PASSAGES = 500


class Bearing(StrEnum):
    """Source: Rome Statute 54(1)(a), 67(2)."""

    AGAINST = "against"
    IN_FAVOUR = "in_favour"
    CONTRADICTION = "contradiction"

    @property
    def helps(self) -> bool:
        """Whether no release to a court may leave it out unsaid."""
        return self is not Bearing.AGAINST


@dataclass(frozen=True, slots=True)
class NewBearing:
    """What a reviewer says of a passage. group: code of perp_group.csv, or None. note: for reviewers alone.

    Raises Invalid.
    """

    bearing: Bearing
    passage: Span
    group: str | None = None
    note: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        rules = (
            (0 <= self.passage.start < self.passage.end, "passage", "out_of_range"),
            (self.group is None or self.group in load("perp_group"), "group", "unknown_code"),
            (len(self.note) <= LONGEST_NOTE, "note", "too_long"),
        )
        if problems := tuple(Problem(name, code) for holds, name, code in rules if not holds):
            raise Invalid(problems)


@dataclass(frozen=True, slots=True)
class MarkedPassage:
    """A passage (code points of a version of the original) as it was marked. It is taken back, never changed."""

    bearing_id: str
    code: str
    version: int
    said: NewBearing
    marked_by: AccountId
    marked_on: str
    taken_back_by: AccountId | None = None
    taken_back_on: str | None = None

    @property
    def stands(self) -> bool:
        return self.taken_back_on is None
