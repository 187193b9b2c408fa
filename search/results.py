"""What a search answers: hits with marked fragments, and where the next page begins."""

import json
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite

from search.explanations import Explanation


@dataclass(frozen=True, slots=True)
class Fragment:
    """A piece of a snippet; `marked` when it is what the query found."""

    text: str
    marked: bool


class ReasonKind(StrEnum):
    """How a word of the text came to match a word of the query."""

    EXACT = "exact"
    INFLECTION = "inflection"
    PATTERN = "pattern"
    SIMILAR = "similar"
    NAME = "name"
    NAME_VARIANT = "name_variant"


@dataclass(frozen=True, slots=True)
class Reason:
    """`found` stands in the text and answers `asked` of the query, by the rule `kind`."""

    kind: ReasonKind
    asked: str
    found: str


@dataclass(frozen=True, slots=True)
class Hit:
    """One document found.

    score: higher is nearer; 0.0 where the query has no words. It rests on how often the words occur in the
        whole index, so it orders hits and is not for display.
    """

    id: int
    score: float
    snippet: tuple[Fragment, ...]
    reasons: tuple[Reason, ...]


class Order(StrEnum):
    """What comes first."""

    RELEVANCE = "relevance"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class PageKey:
    """The last hit of a page: the next page begins after it."""

    value: float | str
    id: int

    def to_text(self) -> str:
        """Return the key as text, for a form."""
        return json.dumps([self.value, self.id])

    @staticmethod
    def from_text(text: str) -> "PageKey":
        """Read a key that came back in a form. Raises ValueError for anything else."""
        try:
            value, document_id = json.loads(text)
        except (TypeError, RecursionError):
            raise ValueError("not a page key") from None
        # 63 bits are what a row id holds; true and false are numbers to Python.
        number = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
        if (
            type(document_id) is not int
            or abs(document_id) >= 1 << 63
            or not (number or isinstance(value, str))
        ):
            raise ValueError("not a page key")
        return PageKey(value if isinstance(value, str) else float(value), document_id)


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which hits to fetch.

    newest: the SQL expression that `Order.NEWEST` sorts by, largest first. Text the caller generated.
    """

    size: int = 20
    after: PageKey | None = None
    order: Order = Order.RELEVANCE
    newest: str = "doc.id"

    def __post_init__(self) -> None:
        if not 1 <= self.size <= 1000:
            raise ValueError("a page holds 1 to 1000 hits")


@dataclass(frozen=True, slots=True)
class Page:
    """Hits in order; `next_key` is None on the last page; `total` counts every hit the reader may find."""

    hits: tuple[Hit, ...]
    next_key: PageKey | None
    total: int
    explanation: Explanation
