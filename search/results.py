"""What a search answers: hits with marked fragments, and where the next page begins."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import isfinite
from typing import NamedTuple

from search.explanations import Explanation


class Fragment(NamedTuple):
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
    LABEL = "label"


@dataclass(frozen=True, slots=True)
class Reason:
    """`found` stands in the text and answers `asked` of the query, by the rule `kind`.

    For a LABEL it stands in no text: it is what the document was coded as.
    """

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


@dataclass(frozen=True, slots=True)
class Order:
    """What comes first: by relevance, or by the value of a field, dates by their last day.

    Documents without the field come last, whichever way it runs.
    """

    field: str = ""
    descending: bool = True


RELEVANCE = Order()


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

    facets: fields whose values are counted among all hits. newer_than: only documents with a higher number.
    """

    size: int = 20
    after: PageKey | None = None
    order: Order = RELEVANCE
    facets: tuple[str, ...] = ()
    newer_than: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.size <= 1000:
            raise ValueError("a page holds 1 to 1000 hits")


@dataclass(frozen=True, slots=True)
class FacetCount:
    """How many of all hits have a value of a field. Small counts tell much: what is shown of them is the caller's."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Page:
    """Hits in order; `next_key` is None on the last page; `total` counts every hit the reader may find."""

    hits: tuple[Hit, ...]
    next_key: PageKey | None
    total: int
    explanation: Explanation
    facets: Mapping[str, tuple[FacetCount, ...]] = field(default_factory=dict)
