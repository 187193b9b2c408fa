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
    head = _common(before, after)
    tail = _common(before[head:][::-1], after[head:][::-1])
    last, shift = len(before) - tail, len(after) - len(before)
    moved = (
        {
            **passage,
            "start": str(_move(int(passage["start"]), head, last, shift, to=head)),
            "end": str(_move(int(passage["end"]), head, last, shift, to=last + shift)),
        }
        for passage in passages
    )
    return tuple(passage for passage in moved if int(passage["start"]) < int(passage["end"]))


def _move(at: int, head: int, last: int, shift: int, *, to: int) -> int:
    """An offset before the change stays, one behind it shifts, one inside goes to the side of the change it
    belongs to.
    """
    if at <= head:
        return at
    return at + shift if at >= last else to


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
