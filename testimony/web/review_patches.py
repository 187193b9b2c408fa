"""What an act changed on the workspace page, and no more: a few lines of the two texts and of the list.

A text is cut into blocks: lines, joined where a mark or a token runs over the end of one. An act changes the
blocks that its marks stand in; elsewhere at most the numbers in tokens. Offsets are code points of the
original.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from testimony.domain.matching import Span
from testimony.domain.purposes import Audience
from testimony.domain.redaction import Mark, Piece, release_pieces
from testimony.domain.tokens import Series
from testimony.services.under_review import UnderReview, mark_of, marks_of
from testimony.storage.redactions import MarkRow
from testimony.web.review_panes import (
    Paragraph,
    as_json,
    mark_lines,
    original_paragraphs,
    paragraphs_of_pieces,
    waiting_alike,
)


def both_sides(
    before: tuple[MarkRow, ...], account: UnderReview
) -> tuple[tuple[Mark, ...], tuple[Mark, ...]]:
    """The marks before an act and now; what it did not touch is the same object in both."""
    now = marks_of(account)
    known = {row.mark_id: (row, mark) for row, mark in zip(account.marks, now, strict=True)}
    was = []
    for row in before:
        there = known.get(row.mark_id)
        was.append(there[1] if there is not None and there[0] is row else mark_of(row))
    return tuple(was), now


def patches(
    text: str, before: tuple[Mark, ...], after: tuple[Mark, ...], audience: Audience, series: Series
) -> dict[str, object]:
    """What the two panes and the list need to become what they are now.

    original, result: `[from, to, paragraphs]` for each stretch to put in anew. tokens: mark id → text, where
    only that changed. marks: the list's changed lines, with the id that each now stands behind; gone: ids.
    """
    was, now = (release_pieces(text, side, audience, series) for side in (before, after))
    moved = _changed(before, after)
    windows = _windows(text, (before, after), (was, now), moved)
    sides = _Side(text, after, now, audience)
    return {
        "original": [_window(window, sides.original(window)) for window in windows],
        "result": [_window(window, sides.result(window)) for window in windows],
        "tokens": _renumbered(was, now, windows),
        "marks": _lines(text, before, after, moved),
        "gone": sorted({mark.id for mark in before} - {mark.id for mark in after}),
    }


def _changed(before: tuple[Mark, ...], after: tuple[Mark, ...]) -> tuple[Mark, ...]:
    """Marks that are not as they were, as they were and as they are."""
    was, now = {mark.id: mark for mark in before}, {mark.id: mark for mark in after}
    return tuple(
        mark
        for one, other in ((was, now), (now, was))
        for mark_id, mark in one.items()
        if (there := other.get(mark_id)) is not mark and there != mark
    )


def _windows(
    text: str,
    marks: Iterable[tuple[Mark, ...]],
    pieces: Iterable[tuple[Piece, ...]],
    changed: tuple[Mark, ...],
) -> tuple[Span, ...]:
    """The blocks that changed marks stand in; neighbours are one window."""
    spans = {(mark.start, mark.end) for side in marks for mark in side}
    spans |= {(piece.start, piece.end) for side in pieces for piece in side if piece.mark is not None}
    edges = _block_edges(text, sorted(spans))
    touched = {
        block
        for mark in changed
        for block in range(bisect_right(edges, mark.start) - 1, bisect_left(edges, mark.end))
    }
    windows: list[Span] = []
    for block in sorted(touched):
        start, end = edges[block], edges[block + 1]
        if windows and windows[-1].end == start:
            start = windows.pop().start
        windows.append(Span(start, end))
    return tuple(windows)


def _block_edges(text: str, spans: list[tuple[int, int]]) -> list[int]:
    """Where blocks begin, and the end of the text. A line that ends inside a span ends no block."""
    edges, at, covered, following = [0], text.find("\n"), 0, 0
    while at >= 0:
        while following < len(spans) and spans[following][0] <= at:
            covered = max(covered, spans[following][1])
            following += 1
        if covered <= at and at + 1 < len(text):
            edges.append(at + 1)
        at = text.find("\n", at + 1)
    return [*edges, len(text)]


@dataclass(frozen=True, slots=True)
class _Side:
    """An account as it is now, to cut windows from. marks and pieces are in the order of the text."""

    text: str
    marks: tuple[Mark, ...]
    pieces: tuple[Piece, ...]
    audience: Audience

    def original(self, window: Span) -> tuple[Paragraph, ...]:
        first = bisect_left(self.marks, window.start, key=lambda mark: mark.start)
        last = bisect_left(self.marks, window.end, key=lambda mark: mark.start)
        return original_paragraphs(self.text, self.marks[first:last], self.audience, window)

    def result(self, window: Span) -> tuple[Paragraph, ...]:
        return paragraphs_of_pieces(self._inside(window))

    def _inside(self, window: Span) -> Iterator[Piece]:
        first = bisect_right(self.pieces, window.start, key=lambda piece: piece.end)
        for piece in self.pieces[first:]:
            if piece.start >= window.end:
                return
            if piece.mark is not None:
                yield piece
                continue
            start, end = max(piece.start, window.start), min(piece.end, window.end)
            yield Piece(piece.text[start - piece.start : end - piece.start], start, end)


def _window(window: Span, paragraphs: tuple[Paragraph, ...]) -> list[object]:
    drawn = [[p.start, [[s.text, s.start, s.mark, s.kind, s.label] for s in p.segments]] for p in paragraphs]
    return [window.start, window.end, drawn]


def _renumbered(was: tuple[Piece, ...], now: tuple[Piece, ...], windows: tuple[Span, ...]) -> dict[str, str]:
    """Tokens outside the windows that another number of people before them changed."""
    known = {piece.mark.id: piece.text for piece in was if piece.mark is not None}
    starts = [window.start for window in windows]
    found = {}
    for piece in now:
        if piece.mark is None or known.get(piece.mark.id) == piece.text:
            continue
        at = bisect_right(starts, piece.start) - 1
        if at < 0 or piece.start >= windows[at].end:
            found[piece.mark.id] = piece.text
    return found


def _lines(
    text: str, before: tuple[Mark, ...], after: tuple[Mark, ...], moved: tuple[Mark, ...]
) -> list[dict[str, object]]:
    was, now = waiting_alike(before), waiting_alike(after)
    groups = {entity for entity in was.keys() | now.keys() if was.get(entity) != now.get(entity)}
    wanted = frozenset(mark.id for mark in moved) | {mark.id for mark in after if mark.entity in groups}
    behind = {mark.id: before_it.id for before_it, mark in pairwise(after)}
    return [{**as_json(line), "behind": behind.get(line.id, "")} for line in mark_lines(text, after, wanted)]
