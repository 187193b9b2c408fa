"""Snippets: the part of a text where the query's words stand closest, with those words marked."""

import unicodedata
from collections.abc import Sequence

from search.analysis import Analysis, Token
from search.marking import Mark, Rule, marks
from search.results import Fragment, Reason

LENGTH = 240
LEAD = 60
ELLIPSIS = "…"
MAX_REASONS = 8


def highlight(
    text: str, language: str, rules: Sequence[Rule], analysis: Analysis
) -> tuple[tuple[Fragment, ...], tuple[Reason, ...]]:
    """Return the snippet of one text, about LENGTH characters, and why its words were found."""
    tokens = tuple(analysis.tokens(text))
    found = marks(text, tokens, language, rules, analysis)
    first = _best_start(tokens, found)
    start, end = _window(text, tokens, first)
    reasons = tuple(dict.fromkeys(mark.reason for mark in found))[:MAX_REASONS]
    return _fragments(text, start, end, tokens, found), reasons


def _best_start(tokens: Sequence[Token], found: Sequence[Mark]) -> int:
    """Return the token to begin near: the mark from which most rules, then most marks, fit into a snippet."""
    best, best_worth = 0, (0, 0)
    for number, mark in enumerate(found):
        limit = tokens[mark.first].start + LENGTH - LEAD
        inside = []
        for other in found[number:]:
            if tokens[other.last].end > limit:
                break
            inside.append(other.rule)
        worth = (len(set(inside)), len(inside))
        if worth > best_worth:
            best, best_worth = mark.first, worth
    return best


def _window(text: str, tokens: Sequence[Token], first: int) -> tuple[int, int]:
    """Return where the snippet begins and ends: at words, so that no letter is parted from its marks."""
    if not tokens:
        return 0, safe_cut(text, LENGTH)
    begin = first
    while begin > 0 and tokens[first].start - tokens[begin - 1].start <= LEAD:
        begin -= 1
    start = 0 if begin == 0 and tokens[0].start <= LEAD else tokens[begin].start
    last = begin
    while last + 1 < len(tokens) and tokens[last + 1].end - start <= LENGTH:
        last += 1
    if last + 1 < len(tokens):
        return start, safe_cut(text, min(tokens[last].end, max(start + LENGTH, tokens[first].end)))
    return start, safe_cut(text, min(len(text), start + LENGTH + LEAD))


def safe_cut(text: str, end: int) -> int:
    """Return the nearest place at or before `end` that does not part a character from what belongs to it."""
    if end >= len(text):
        return len(text)
    cut = end
    while cut > 0 and _belongs(text[cut - 1], text[cut]):
        cut -= 1
    return cut or end


def _belongs(before: str, after: str) -> bool:
    """True when `after` extends the character `before` it (Unicode annex 29, the common cases)."""
    return (
        unicodedata.category(after) in {"Mn", "Mc", "Me"}
        or after in "\u200c\u200d"
        or before == "\u200d"
        or "\U0001f3fb" <= after <= "\U0001f3ff"
        or ("\U0001f1e6" <= before <= "\U0001f1ff" and "\U0001f1e6" <= after <= "\U0001f1ff")
        or (before == "\r" and after == "\n")
    )


def _fragments(
    text: str, start: int, end: int, tokens: Sequence[Token], found: Sequence[Mark]
) -> tuple[Fragment, ...]:
    pieces: list[Fragment] = [Fragment(ELLIPSIS, marked=False)] if start > 0 else []
    place = start
    for mark in found:
        begin, stop = tokens[mark.first].start, min(tokens[mark.last].end, end)
        if begin < place and stop <= place:
            continue
        begin = max(begin, place)
        if begin >= end:
            break
        if begin > place:
            pieces.append(Fragment(text[place:begin], marked=False))
        pieces.append(Fragment(text[begin:stop], marked=True))
        place = stop
    if place < end:
        pieces.append(Fragment(text[place:end], marked=False))
    if end < len(text):
        pieces.append(Fragment(ELLIPSIS, marked=False))
    return tuple(pieces)
