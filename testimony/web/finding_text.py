"""Released text in pieces for a page: words, words that were found, and tokens that stand for what is withheld."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache

from search.highlighting import ELLIPSIS
from search.results import Fragment
from testimony.domain.redaction import categories

_PARAGRAPH_BREAK = re.compile(r"\n\s*\n")
_NUMBERED = " n]"
_CUT_HEAD = re.compile(ELLIPSIS + r"([^\[\]]{0,60}\])")
_CUT_TAIL = re.compile(r"(\[[^\[\]]{1,60})" + ELLIPSIS + "$")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a released text. is_token: it stands for something withheld. is_marked: the query found it."""

    text: str = field(repr=False)
    is_token: bool = False
    is_marked: bool = False


def paragraphs(text: str) -> tuple[tuple[Piece, ...], ...]:
    """The text in paragraphs, each in pieces; blank lines part them."""
    parts = (part.strip() for part in _PARAGRAPH_BREAK.split(text))
    return tuple(tuple(_pieces(part)) for part in parts if part)


def _pieces(text: str, marked: Iterable[range] = ()) -> Iterator[Piece]:
    """Tokens of the redaction vocabulary and what lies between. Other brackets are the account's own.

    marked: places that the query found; inside a token nothing is marked, it is no word of the account.
    """
    place = 0
    for match in _token_pattern().finditer(text):
        yield from _between(text, place, match.start(), marked)
        yield Piece(match.group()[1:-1], is_token=True)
        place = match.end()
    yield from _between(text, place, len(text), marked)


def _between(text: str, start: int, end: int, marked: Iterable[range]) -> Iterator[Piece]:
    for mark in marked:
        if start < mark.stop and mark.start < end:
            if start < mark.start:
                yield Piece(text[start : mark.start])
            yield Piece(text[max(start, mark.start) : min(mark.stop, end)], is_marked=True)
            start = min(mark.stop, end)
    if start < end:
        yield Piece(text[start:end])


def snippet_pieces(fragments: Iterable[Fragment]) -> Iterator[Piece]:
    """An excerpt; of a token that its edges cut nothing is left."""
    text, marked = "", []
    for fragment in fragments:
        if fragment.marked:
            marked.append(range(len(text), len(text) + len(fragment.text)))
        text += fragment.text
    start, end = _whole_tokens(text)
    kept = (range(max(mark.start, start), min(mark.stop, end)) for mark in marked)
    before, after = ELLIPSIS if start else "", ELLIPSIS if end < len(text) else ""
    shifted = [
        range(mark.start - start + len(before), mark.stop - start + len(before)) for mark in kept if mark
    ]
    return _pieces(before + text[start:end] + after, shifted)


def _whole_tokens(text: str) -> tuple[int, int]:
    """Where an excerpt begins and ends without the tokens that its edges cut."""
    tokens = {category.replacement for category in categories().values()}
    start, end = 0, len(text)
    if (head := _CUT_HEAD.match(text)) is not None:
        rest = re.sub(r"\d+\]$", "n]", head[1])
        if any(token.endswith(rest) for token in tokens):
            start = head.end()
    if (tail := _CUT_TAIL.search(text)) is not None and tail.start() >= start:
        begun = re.sub(r" \d+$", " ", tail[1])
        if any(token.startswith(begun) for token in tokens):
            end = tail.start()
    return start, end


@cache
def _token_pattern() -> re.Pattern[str]:
    """Every token of the vocabulary. Those that number people also occur without a number or with their `n`."""
    tokens = sorted({category.replacement for category in categories().values()}, key=len, reverse=True)
    return re.compile(
        "|".join(
            re.escape(token.removesuffix(_NUMBERED)) + r"(?: \d+)?\]"
            if token.endswith(_NUMBERED)
            else re.escape(token)
            for token in tokens
        )
    )
