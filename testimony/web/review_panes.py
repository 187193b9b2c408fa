"""What the workspace shows of an account: paragraphs of segments for both panes, and the list of marks.

Frozen values, no decisions. Offsets are code points of the original, in both panes, so that a place in one
is found in the other.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from itertools import pairwise

from testimony.domain.generalising import generalise, parse_exact
from testimony.domain.matching import Span
from testimony.domain.purposes import Audience
from testimony.domain.redaction import Mark, MarkDecision, Piece, categories, release_pieces
from testimony.domain.tokens import Series
from testimony.domain.vocabulary import load
from testimony.web.translation import current_language

_QUOTE = 80


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of text. mark: id of the mark it belongs to, empty for none.

    kind: empty for plain text; in the original `accepted`, `proposed`, `rejected`, or `other` for a mark
    that does not count for the audience shown; in the result `token` or `suggested`. label: what stands in
    its place in a release.
    """

    text: str = field(repr=False)
    start: int
    mark: str = ""
    kind: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One line of an account; blank ones are left out. start: of its first segment."""

    start: int
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class MarkLine:
    """One mark in the list. alike: undecided suggestions of the same entity, this one included."""

    id: str
    start: int
    quote: str = field(repr=False)
    category: str
    category_label: str
    token: str
    replacement: str = field(repr=False)
    withheld_from: str
    entity: str
    decision: str
    detector: str
    alike: int
    is_generalised: bool = False


def original_paragraphs(
    text: str, marks: Iterable[Mark], audience: Audience, within: Span | None = None
) -> tuple[Paragraph, ...]:
    """The original, cut at every edge of a mark. within: a stretch of whole lines that no mark leaves.

    Where marks overlap, the narrowest standing one names the run.
    """
    held, whole = tuple(marks), within or Span(0, len(text))
    edges = sorted({whole.start, whole.end, *(m.start for m in held), *(m.end for m in held)})
    by_start = sorted(held, key=lambda mark: mark.start)
    active: list[Mark] = []
    segments: list[Segment] = []
    following = 0
    for start, end in pairwise(edges):
        while following < len(by_start) and by_start[following].start <= start:
            active.append(by_start[following])
            following += 1
        active = [mark for mark in active if mark.end > start]
        segments.append(_original_segment(text[start:end], start, active, audience))
    return tuple(_paragraphs(segments))


def _original_segment(text: str, start: int, active: list[Mark], audience: Audience) -> Segment:
    if not active:
        return Segment(text, start)
    top = min(active, key=lambda m: (m.decision is MarkDecision.REJECTED, m.end - m.start, m.id))
    kept_here = top.decision is MarkDecision.ACCEPTED and not top.is_withheld_from(audience)
    return Segment(text, start, top.id, "other" if kept_here else top.decision.value, token_of(top))


def result_paragraphs(
    text: str, marks: Iterable[Mark], audience: Audience, series: Series
) -> tuple[Paragraph, ...]:
    """The release as it would be built now, token by token."""
    return paragraphs_of_pieces(release_pieces(text, marks, audience, series))


def paragraphs_of_pieces(pieces: Iterable[Piece]) -> tuple[Paragraph, ...]:
    """Pieces of a release as paragraphs of a pane."""
    return tuple(_paragraphs(map(_result_segment, pieces)))


def _result_segment(piece: Piece) -> Segment:
    if piece.mark is None:
        return Segment(piece.text, piece.start)
    kind = "suggested" if piece.mark.decision is MarkDecision.PROPOSED else "token"
    return Segment(piece.text, piece.start, piece.mark.id, kind, piece.text)


def flagged_paragraphs(
    text: str, marks: Iterable[Mark], audience: Audience, series: Series, remaining: Iterable[Span]
) -> tuple[Paragraph, ...]:
    """The release, with what it still says of something withheld as segments of kind `remaining`.

    remaining: code points of the release, not of the original.
    """
    flagged = sorted(remaining)
    segments: list[Segment] = []
    at = 0
    for piece in release_pieces(text, marks, audience, series):
        end = at + len(piece.text)
        if piece.mark is not None:
            segments.append(Segment(piece.text, piece.start, piece.mark.id, "token", piece.text))
        else:
            inside = [(max(s.start, at), min(s.end, end)) for s in flagged if s.start < end and s.end > at]
            edges = sorted({at, end, *(edge for span in inside for edge in span)})
            for first, last in pairwise(edges):
                kind = "remaining" if any(start <= first < stop for start, stop in inside) else ""
                segments.append(
                    Segment(piece.text[first - at : last - at], piece.start + first - at, "", kind)
                )
        at = end
    return tuple(_paragraphs(segments))


def _paragraphs(segments: Iterable[Segment]) -> Iterator[Paragraph]:
    current: list[Segment] = []
    for segment in segments:
        if segment.kind in ("token", "suggested"):
            current.append(segment)
            continue
        start = segment.start
        for number, line in enumerate(segment.text.split("\n")):
            if number:
                yield from _paragraph(current)
                current = []
            if line:
                current.append(Segment(line, start, segment.mark, segment.kind, segment.label))
            start += len(line) + 1
    yield from _paragraph(current)


def _paragraph(segments: list[Segment]) -> Iterator[Paragraph]:
    if any(segment.text.strip() for segment in segments):
        yield Paragraph(segments[0].start, tuple(segments))


def waiting_alike(marks: Iterable[Mark]) -> dict[str, int]:
    """How many suggestions of each entity are undecided."""
    return Counter(m.entity for m in marks if m.decision is MarkDecision.PROPOSED and m.entity)


def mark_lines(text: str, marks: Iterable[Mark], only: frozenset[str] | None = None) -> tuple[MarkLine, ...]:
    """The list of marks, in the order of the text. only: the ids that are asked for; None for all."""
    held = tuple(marks)
    waiting = waiting_alike(held)
    language = current_language()
    names = load("redaction")
    return tuple(
        MarkLine(
            id=mark.id,
            start=mark.start,
            quote=_quote(text[mark.start : mark.end]),
            category=mark.category,
            category_label=names.label(mark.category, language),
            token=token_of(mark),
            replacement=mark.replacement,
            withheld_from=mark.withheld_from.value,
            entity=mark.entity or "",
            decision=mark.decision.value,
            detector=(mark.detector or "").partition("/")[0],
            alike=waiting.get(mark.entity or "", 0) if mark.decision is MarkDecision.PROPOSED else 0,
            is_generalised=bool(mark.exact),
        )
        for mark in held
        if only is None or mark.id in only
    )


def token_of(mark: Mark) -> str:
    """The token as it is written down; people are numbered in the release alone."""
    if mark.exact:
        return (
            generalise(parse_exact(mark.exact), mark.withheld_from) or categories()[mark.category].replacement
        )
    return mark.replacement.strip() or categories()[mark.category].replacement


def _quote(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _QUOTE else line[: _QUOTE - 1] + "…"


_FIELDS = tuple(f.name for f in fields(MarkLine))


def as_json(line: MarkLine) -> dict[str, object]:
    return {name: getattr(line, name) for name in _FIELDS}


@dataclass(frozen=True, slots=True)
class Panes:
    original: tuple[Paragraph, ...]
    result: tuple[Paragraph, ...]
    marks: tuple[MarkLine, ...]


def panes_of(text: str, marks: Iterable[Mark], audience: Audience, series: Series) -> Panes:
    held = tuple(marks)
    return Panes(
        original_paragraphs(text, held, audience),
        result_paragraphs(text, held, audience, series),
        mark_lines(text, held),
    )
