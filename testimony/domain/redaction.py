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
from testimony.domain.generalising import Age, generalise, parse_exact
from testimony.domain.graphemes import widen
from testimony.domain.matching import Span, fold, occurrences, occurrences_of_any, occurrences_of_each
from testimony.domain.purposes import Audience
from testimony.domain.statement import ProtectItem
from testimony.domain.tokens import PLAIN, Series
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
    person or place. detector: name and version of what proposed it; None for a person. exact: what the words
    say, as `generalising` writes it, where they are generalised; empty where a token stands for them.
    lifted_for: audiences that may see it by order; never one while a narrower one may not.
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
    exact: str = field(default="", repr=False)
    lifted_for: frozenset[Audience] = frozenset()

    def is_withheld_from(self, audience: Audience) -> bool:
        """Say whether a release for this audience must not hold the text under the mark."""
        withheld = self.decision is not MarkDecision.REJECTED and self.withheld_from.rank >= audience.rank
        return withheld and audience not in self.lifted_for


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
            (not _repeats(mark, text[mark.start : mark.end]), "exact", "repeats_withheld"),
        )
        problems += [Problem(f"marks.{number}.{name}", code) for holds, name, code in rules if not holds]
        seen.add(mark.id)
    if problems:
        raise Invalid(tuple(problems))


def _repeats(mark: Mark, words: str) -> bool:
    """Whether the mark, generalised for anybody it is withheld from, says its own words."""
    if not mark.exact:
        return False
    exact = parse_exact(mark.exact)
    said = {generalise(exact, audience) for audience in Audience}
    if isinstance(exact, Age):
        # A band begins with an age, and is one of ten constants: it tells no more when that age is the one withheld.
        return any(band and occurrences(words, band[len("[aged ") : -1]) for band in said)
    return any(occurrences(token, words) for token in said)


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


def release_pieces(
    text: str, marks: Iterable[Mark], audience: Audience, series: Series = PLAIN
) -> tuple[Piece, ...]:
    """Return what a release is put together from, in order. For reviewers alone: it says where words were.

    series: whose numbers tell entities apart. Raises Invalid.
    """
    held = tuple(marks)
    require_valid_marks(text, held)
    pieces: list[Piece] = []
    tokens = _Tokens(text, held, audience, series)
    kept_from = 0
    for gap in _gaps(text, held, audience):
        pieces += (
            Piece(text[kept_from : gap.start], kept_from, gap.start),
            Piece(tokens.of(gap.mark), gap.start, gap.end, gap.mark),
        )
        kept_from = gap.end
    pieces.append(Piece(text[kept_from:], kept_from, len(text)))
    return tuple(piece for piece in pieces if piece.text)


def build_release(text: str, marks: Iterable[Mark], audience: Audience, series: Series = PLAIN) -> str:
    """Return the text for one audience, put together from what is kept and tokens; nothing withheld is ever in it.

    Raises Invalid.
    """
    return "".join(piece.text for piece in release_pieces(text, marks, audience, series))


class _Tokens:
    """The tokens of one release, in the order of its gaps. Their length depends on nothing that is withheld.

    Every mention of an entity gets the token of its first one, whatever the marks after it say.
    """

    def __init__(self, text: str, marks: tuple[Mark, ...], audience: Audience, series: Series) -> None:
        self._text, self._marks, self._audience, self._series = text, marks, audience, series
        self._first: dict[str, Mark] = {}
        self._templates: dict[Mark, str] = {}
        self._numbers: dict[str, dict[str, int]] = {}
        self._taken: dict[str, set[int]] = {}
        self._withheld: dict[str, str] | None = None

    def of(self, mark: Mark) -> str:
        words = self._text[mark.start : mark.end]
        if mark.entity:
            mark = self._first.setdefault(mark.entity, mark)
        template = self._templates.get(mark) or self._templates.setdefault(mark, self._template(mark))
        if not template.endswith(_NUMBERED):
            return template
        given = self._numbers.setdefault(template, {})
        entity = mark.entity or fold(words)
        if entity not in given:
            taken = self._taken.setdefault(template, set())
            given[entity] = self._series.number(template, taken)
            taken.add(given[entity])
        return f"{template.removesuffix(_NUMBERED)} {given[entity]}]"

    def _template(self, mark: Mark) -> str:
        usual = categories()[mark.category].replacement
        if mark.exact:
            exact = parse_exact(mark.exact)
            told = generalise(exact, self._audience)
            return told if told and (isinstance(exact, Age) or not self._says_withheld(told)) else usual
        own = mark.replacement.strip()
        return own if own and not self._says_withheld(own) else usual

    def _says_withheld(self, token: str) -> bool:
        """Whether it would say what another mark of this release withholds."""
        if self._withheld is None:
            withheld = withheld_strings(self._text, self._marks, self._audience)
            self._withheld = {fold(words): words for words in withheld}
        said = fold(token)
        near = (
            words for folded, words in self._withheld.items() if folded in said or folded[-1:].isdecimal()
        )
        return bool(occurrences_of_any(token, near))


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
