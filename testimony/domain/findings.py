"""Findings of auditors: what they are about, how they stand, what a note says. Knows no storage and no key."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from testimony.domain.accounts import AccountId
from testimony.domain.errors import Invalid, Problem

MAX_TEXT = 4_000
"""Characters of one note."""

MAX_EVENTS = 50


class FindingState(StrEnum):
    """Open: somebody owns it. Looking: they began. Closed: with a reason; a later note may open it again."""

    OPEN = "open"
    LOOKING = "looking"
    CLOSED = "closed"


class Closing(StrEnum):
    """Why a finding was closed."""

    EXPLAINED = "explained"
    MENDED = "mended"
    MISUSE = "misuse"
    UNDECIDED = "undecided"


class AboutKind(StrEnum):
    EVENT = "event"
    ACCOUNT = "account"
    TESTIMONY = "testimony"
    QUESTION = "question"
    FREE = "free"


@dataclass(frozen=True, slots=True)
class About:
    """What a finding is about. id: event number, account id, code or name of the question; empty when free."""

    kind: AboutKind
    id: str = ""


FREE = About(AboutKind.FREE)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteDraft:
    """What an auditor writes. owner: who looks after it from now on. due: by when. events: numbers that bear it out.

    closing: why, when the state is closed, and only then. Raises Invalid with fields text (required, too_long,
    bad_character), events (too_many, out_of_range), closing (required).
    """

    text: str = field(repr=False)
    state: FindingState
    owner: AccountId
    due: date | None = None
    closing: Closing | None = None
    events: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        rules = (
            (bool(self.text.strip()), "text", "required"),
            (len(self.text) <= MAX_TEXT, "text", "too_long"),
            (_is_whole(self.text), "text", "bad_character"),
            (len(self.events) <= MAX_EVENTS, "events", "too_many"),
            (all(0 <= seq < 2**53 for seq in self.events), "events", "out_of_range"),
            ((self.closing is not None) == (self.state is FindingState.CLOSED), "closing", "required"),
        )
        if problems := tuple(Problem(name, code) for holds, name, code in rules if not holds):
            raise Invalid(problems)


@dataclass(frozen=True, slots=True)
class Note:
    """One note as it stands in the archive. number: from 1.

    said: None when the note no longer opens, or its text went with an erased testimony. is_as_written: whether the
    log says the same of it.
    """

    number: int
    at: datetime
    author: AccountId
    state: FindingState
    owner: AccountId
    due: date | None
    said: NoteDraft | None = field(repr=False)
    is_as_written: bool


def parse_events(text: str) -> tuple[int, ...]:
    """Event numbers as typed, with commas or spaces between. Raises Invalid with the field events (not_a_number)."""
    parts = text.replace(",", " ").split()
    if not all(part.isascii() and part.isdigit() and len(part) <= 15 for part in parts):
        raise Invalid((Problem("events", "not_a_number"),))
    return tuple(dict.fromkeys(map(int, parts)))


def _is_whole(text: str) -> bool:
    """Whether UTF-8 has a form for it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
