"""What a detector says: spans of code points with a type, and how the spans of several detectors become one list.

Never cuts a character that a reader sees as one.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import cache

from testimony.domain.graphemes import is_boundary
from testimony.domain.vocabulary import load

OTHER_SAFETY = "B.5"
QUASI = "X.3"

# Types that identifier_type.csv usually keeps: a suggestion needs a category all the same, and a reviewer decides.
_USUALLY_KEPT = {
    "PERP_HANDLE": "X.5",
    "VILLAGE_EVENT": "X.4",
    "TOWN": "X.4",
    "TOWN_EVENT": "X.4",
    "PLACE_EVENT": "X.4",
    "DETENTION_PLACE": "X.4",
    "DATE_EXACT": "X.4",
    "DATE_APPROX": "X.4",
    "DATE_PARTIAL": "X.4",
    "DATE_RANGE": "X.4",
}


class Reach(IntEnum):
    """How wide a detector marks; a wider span never swallows a narrower one, because each is decided apart."""

    DETAIL = 0
    CIRCUMSTANCE = 1


@dataclass(frozen=True, slots=True)
class Span:
    """Code points `start` to `end`.

    type: of identifier_type.csv. category: of redaction.csv. detector: name and version.
    """

    start: int
    end: int
    type: str
    category: str
    detector: str


@dataclass(frozen=True, slots=True)
class Found:
    """What one detector found, before it is brought together with the others."""

    start: int
    end: int
    type: str
    detector: str
    reach: Reach = Reach.DETAIL
    rank: int = 1
    """The lowest names a span made of several; 0 is the witness's own list."""
    category: str = ""
    """Empty for the default of the type."""


@cache
def category_of(identifier_type: str) -> str:
    """Return the category under which a type is proposed. Raises UnknownCode."""
    default = load("identifier_type").require(identifier_type).columns["default_category"]
    return default or _USUALLY_KEPT.get(identifier_type, QUASI)


def merged(text: str, found: Iterable[Found]) -> tuple[Span, ...]:
    """Return spans in the order of the text.

    Those of one reach that overlap become one, named by the lowest rank and then the widest. A circumstance that is no
    wider than a detail is left out.
    """
    by_reach: dict[Reach, list[Found]] = {Reach.DETAIL: [], Reach.CIRCUMSTANCE: []}
    for one in found:
        if 0 <= one.start < one.end <= len(text):
            by_reach[one.reach].append(one)
    details = tuple(_united(text, by_reach[Reach.DETAIL]))
    wide = tuple(_united(text, by_reach[Reach.CIRCUMSTANCE]))
    known = {(span.start, span.end) for span in details}
    kept = (span for span in wide if (span.start, span.end) not in known)
    return in_order((*details, *kept))


def in_order(spans: Iterable[Span]) -> tuple[Span, ...]:
    return tuple(sorted(spans, key=lambda span: (span.start, -span.end, span.type)))


def _united(text: str, found: list[Found]) -> Iterator[Span]:
    """Walk once through the text: no stretch of it is looked at twice, however many spans lie there."""
    start = end = 0
    best: Found | None = None
    for one in sorted(found, key=_order):
        if best is not None and one.start < end:
            best = min(best, one, key=_naming)
        else:
            if best is not None:
                yield _span(start, end, best)
            start, best = one.start, one
            while start > end and not is_boundary(text, start):
                start -= 1
            if start == end and end and not is_boundary(text, start):
                raise RuntimeError("a span ends where a character ends")
        end = max(end, one.end)
        while not is_boundary(text, end):
            end += 1
    if best is not None:
        yield _span(start, end, best)


def _order(one: Found) -> tuple[int, int, int, str, str]:
    return one.start, -one.end, one.rank, one.type, one.detector


def _naming(one: Found) -> tuple[int, int, int, str, str]:
    return one.rank, one.start - one.end, one.start, one.type, one.detector


def _span(start: int, end: int, named_by: Found) -> Span:
    category = named_by.category or category_of(named_by.type)
    return Span(start, end, named_by.type, category, named_by.detector)
