"""Redaction: marks over an unchanged original, and releases rebuilt from kept text only.

A mark is withheld from an audience and from every wider one. What is not rejected is withheld: a suggestion
nobody has looked at never shows its text. Offsets are Unicode code points of one fixed version of the text.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from types import MappingProxyType

from testimony.domain.errors import Invalid, Problem
from testimony.domain.graphemes import widen
from testimony.domain.matching import Span, fold, occurrences, occurrences_of_any, occurrences_of_each
from testimony.domain.purposes import Audience
from testimony.domain.statement import ProtectItem
from testimony.domain.vocabulary import load

MAX_REPLACEMENT = 200
PROTECT_DETECTOR = "protect-list/1"

_NUMBERED = " n]"
_OTHER_SAFETY = "B.5"


class MarkDecision(StrEnum):
    """What a reviewer decided about a mark."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Category:
    """A redaction category.

    Replacement: its constant token, ` n]` at the end where people are told apart by number.
    """

    code: str
    withheld_from: Audience
    replacement: str


@cache
def categories() -> Mapping[str, Category]:
    """Return the categories of redaction.csv by code, each with the narrowest audience it is kept from."""
    found = {}
    for term in load("redaction").terms:
        audiences = (Audience(word) for word in term.columns["default_audiences"].split("|"))
        narrowest = max(audiences, key=lambda audience: audience.rank)
        found[term.code] = Category(term.code, narrowest, term.columns["replacement_en"])
    return MappingProxyType(found)


@dataclass(frozen=True, slots=True)
class Mark:
    """A span to withhold.

    category: code of redaction.csv. replacement: what stands in its place; empty for the category's token.
    withheld_from: the narrowest audience that must not see it. entity: the same for every mention of one
    person or place. detector: name and version of what proposed it; None for a person.
    """

    id: str
    start: int
    end: int
    category: str
    withheld_from: Audience
    decision: MarkDecision
    replacement: str = field(default="", repr=False)
    entity: str | None = field(default=None, repr=False)
    detector: str | None = None

    def is_withheld_from(self, audience: Audience) -> bool:
        """Say whether a release for this audience must not hold the text under the mark."""
        return self.decision is not MarkDecision.REJECTED and self.withheld_from.rank >= audience.rank


def require_valid_marks(text: str, marks: Iterable[Mark]) -> None:
    """Raises Invalid: a problem for every mark that is out of the text, unknown or betrays what it covers."""
    problems: list[Problem] = []
    seen: set[str] = set()
    for number, mark in enumerate(marks):
        rules = (
            (mark.id and mark.id not in seen, "id", "twice"),
            (0 <= mark.start < mark.end <= len(text), "start", "out_of_range"),
            (mark.category in categories(), "category", "unknown_code"),
            (len(mark.replacement) <= MAX_REPLACEMENT, "replacement", "too_long"),
            (mark.replacement.isprintable(), "replacement", "bad_character"),
            (
                not mark.replacement or not occurrences(mark.replacement, text[mark.start : mark.end]),
                "replacement",
                "repeats_withheld",
            ),
        )
        problems += [Problem(f"marks.{number}.{name}", code) for holds, name, code in rules if not holds]
        seen.add(mark.id)
    if problems:
        raise Invalid(tuple(problems))


@dataclass(frozen=True, slots=True)
class _Gap:
    """A stretch of the original that a release leaves out, and the mark whose token stands for it."""

    start: int
    end: int
    mark: Mark


def _gaps(text: str, marks: Iterable[Mark], audience: Audience) -> Iterator[_Gap]:
    """Yield the union of the withheld marks, in order; where they overlap, the widest one names the gap."""
    widened = (
        (*widen(text, mark.start, mark.end), mark) for mark in marks if mark.is_withheld_from(audience)
    )
    spans = sorted(
        (_Gap(start, end, mark) for start, end, mark in widened), key=lambda gap: (gap.start, -gap.end)
    )
    current: _Gap | None = None
    for gap in spans:
        if current is None or gap.start >= current.end:
            if current is not None:
                yield current
            current = gap
        else:
            outer = max(current.mark, gap.mark, key=_width)
            current = _Gap(current.start, max(current.end, gap.end), outer)
    if current is not None:
        yield current


def _width(mark: Mark) -> tuple[int, int, int, str]:
    return mark.end - mark.start, mark.withheld_from.rank, -mark.start, mark.id


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a release: kept text, or the token that stands for what `mark` and those it meets withhold.

    start, end: code points of the original that it comes from. mark: None for kept text.
    """

    text: str = field(repr=False)
    start: int
    end: int
    mark: Mark | None = None


def release_pieces(text: str, marks: Iterable[Mark], audience: Audience) -> tuple[Piece, ...]:
    """Return what a release is put together from, in order. For reviewers alone: it says where words were.

    Raises Invalid.
    """
    held = tuple(marks)
    require_valid_marks(text, held)
    pieces: list[Piece] = []
    numbers: dict[tuple[str, str], int] = {}
    kept_from = 0
    for gap in _gaps(text, held, audience):
        pieces += (
            Piece(text[kept_from : gap.start], kept_from, gap.start),
            Piece(_token(text, gap, numbers), gap.start, gap.end, gap.mark),
        )
        kept_from = gap.end
    pieces.append(Piece(text[kept_from:], kept_from, len(text)))
    return tuple(piece for piece in pieces if piece.text)


def build_release(text: str, marks: Iterable[Mark], audience: Audience) -> str:
    """Return the text for one audience, put together from what is kept and tokens; nothing withheld is ever in it.

    Raises Invalid.
    """
    return "".join(piece.text for piece in release_pieces(text, marks, audience))


def _token(text: str, gap: _Gap, numbers: dict[tuple[str, str], int]) -> str:
    """Return the gap's token. Its length depends on nothing that is withheld.

    numbers: the numbers given so far in this release, by token and entity; the next new entity gets the next
    one.
    """
    template = gap.mark.replacement.strip() or categories()[gap.mark.category].replacement
    if not template.endswith(_NUMBERED):
        return template
    entity = gap.mark.entity or fold(text[gap.mark.start : gap.mark.end])
    given = sum(1 for token, _ in numbers if token == template)
    number = numbers.setdefault((template, entity), given + 1)
    return f"{template.removesuffix(_NUMBERED)} {number}]"


def suggest_from_protect(text: str, items: Iterable[ProtectItem]) -> tuple[Mark, ...]:
    """Return a proposed mark for every mention of what the witness asked to protect.

    Only a reviewer can accept it.
    """
    held = tuple(items)
    found = occurrences_of_each(text, (item.text for item in held))
    return tuple(
        Mark(
            id=f"protect-{number}-{mention}",
            start=span.start,
            end=span.end,
            category=category.code,
            withheld_from=category.withheld_from,
            decision=MarkDecision.PROPOSED,
            entity=f"protect-{number}",
            detector=PROTECT_DETECTOR,
        )
        for number, (item, spans) in enumerate(zip(held, found, strict=True))
        for category in (category_of_kind(item.kind),)
        for mention, span in enumerate(spans)
    )


def category_of_kind(kind: str) -> Category:
    """Return the category for a type of identifier_type.csv or a code of redaction.csv.

    Raises UnknownCode.
    """
    if kind in categories():
        return categories()[kind]
    # A kind that is usually kept was put on the list by a person who had a reason.
    return categories()[load("identifier_type").require(kind).columns["default_category"] or _OTHER_SAFETY]


def withheld_counts(marks: Iterable[Mark], audience: Audience) -> dict[str, int]:
    """Return how many marks of each category a release for this audience leaves out."""
    return dict(sorted(Counter(mark.category for mark in marks if mark.is_withheld_from(audience)).items()))


def withheld_strings(text: str, marks: Iterable[Mark], audience: Audience) -> frozenset[str]:
    """Return the texts under the marks withheld from this audience."""
    return frozenset(text[mark.start : mark.end] for mark in marks if mark.is_withheld_from(audience))


def remaining_occurrences(released_text: str, withheld: Iterable[str]) -> tuple[Span, ...]:
    """Return where a release still says what is withheld elsewhere in it: the second reviewer's warning."""
    return occurrences_of_any(released_text, withheld)
