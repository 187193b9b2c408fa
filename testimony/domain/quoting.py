"""Finding the passage that somebody quotes from a text: its words, or how it begins and how it ends."""

from testimony.domain.errors import Invalid, Problem
from testimony.domain.matching import Span, occurrences

MAX_QUOTE = 20_000

_BRACKETS = str.maketrans("[]", "  ")
"""Tokens for what was withheld stand in brackets, which a page shows as a solid mark instead."""


def quoted(text: str, begins: str, ends: str, which: int) -> Span:
    """The passage of `text` from the words `begins` to the next words `ends`; those of `begins` alone without.

    Case, accents and spaces do not matter. which: the mention that is meant, from 1; 0 when the words stand once.
    Raises Invalid with the field: `begins` (required, not_found, too_long), `which` (several), `ends` (not_found).
    """
    if not begins.strip():
        raise Invalid((Problem("begins", "required"),))
    if max(len(begins), len(ends)) > MAX_QUOTE:
        raise Invalid((Problem("begins", "too_long"),))
    text, begins, ends = (each.translate(_BRACKETS) for each in (text, begins, ends))
    found = occurrences(text, begins)
    if not found or which > len(found):
        raise Invalid((Problem("begins", "not_found"),))
    if which < 1 and len(found) > 1:
        raise Invalid((Problem("which", "several"),))
    first = found[max(which, 1) - 1]
    if not ends.strip():
        return first
    last = next((span for span in occurrences(text, ends) if span.start >= first.start), None)
    if last is None or last.end < first.end:
        raise Invalid((Problem("ends", "not_found"),))
    return Span(first.start, last.end)


def mention_of(text: str, passage: Span) -> int:
    """Which mention of its own words a passage is, from 1; 0 when they stand once, or are not found as they are."""
    text = text.translate(_BRACKETS)
    found = occurrences(text, text[passage.start : passage.end])
    if len(found) < 2:
        return 0
    return next((n for n, span in enumerate(found, start=1) if span.start == passage.start), 0)
