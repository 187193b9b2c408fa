"""Marks on a text that is still being written: how each passage is known. Pure; offsets are code points."""

import re
from collections.abc import Mapping

_PARAGRAPH = re.compile(r"\S[^\n]*\S|\S")


def paragraphs(text: str) -> tuple[tuple[int, int], ...]:
    """Return the spans of the lines that hold something, without the space round them."""
    return tuple(found.span() for found in _PARAGRAPH.finditer(text))


def follow(before: str, after: str, passages: tuple[Mapping[str, str], ...]) -> tuple[dict[str, str], ...]:
    """Move passages of `before` to where they are in `after`; one whose words were all taken out is dropped.

    The change is taken to be one: between the longest common beginning and the longest common end. Raises
    ValueError
    for offsets that are no numbers.
    """
    head = _whole_words(_common(before, after), before, after)
    rest_before, rest_after = before[head:][::-1], after[head:][::-1]
    tail = _whole_words(_common(rest_before, rest_after), rest_before, rest_after)
    last, shift = len(before) - tail, len(after) - len(before)
    moved = (
        {
            **passage,
            "start": str(_move_start(int(passage["start"]), head, last, shift)),
            "end": str(_move_end(int(passage["end"]), head, last, shift)),
        }
        for passage in passages
    )
    return tuple(passage for passage in moved if int(passage["start"]) < int(passage["end"]))


def _move_start(at: int, head: int, last: int, shift: int) -> int:
    """What is put in right before a passage does not become part of it."""
    return at + shift if at >= last else min(at, head)


def _move_end(at: int, head: int, last: int, shift: int) -> int:
    """What is put in right behind a passage does not become part of it; what replaces its last words does."""
    return at if at <= head else max(at, last) + shift


def _whole_words(length: int, one: str, other: str) -> int:
    """Shorten a common beginning so that it splits no word of either text: a letter in common is chance."""
    while (
        length and one[length - 1].isalnum() and any(t[length : length + 1].isalnum() for t in (one, other))
    ):
        length -= 1
    return length


def _common(one: str, other: str) -> int:
    """Length of the common beginning."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[:middle] == other[:middle]:
            low = middle
        else:
            high = middle - 1
    return low
