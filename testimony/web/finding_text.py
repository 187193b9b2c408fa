"""Released text in pieces for a page: words, words that were found, and tokens that stand for what is withheld."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache

from search.results import Fragment
from testimony.domain.redaction import categories

_PARAGRAPH_BREAK = re.compile(r"\n\s*\n")
_NUMBERED = " n]"


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


def count_tokens(text: Iterable[Iterable[Piece]]) -> int:
    return sum(piece.is_token for paragraph in text for piece in paragraph)


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
    """An excerpt. Its edges cut no token."""
    text, marked = "", []
    for fragment in fragments:
        if fragment.marked:
            marked.append(range(len(text), len(text) + len(fragment.text)))
        text += fragment.text
    return _pieces(text, marked)


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
