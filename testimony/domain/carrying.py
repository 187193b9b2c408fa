"""Marks of one text on a newer one: where their words still stand, and where a person must look again.

A mark stands when its words lie in a stretch that both texts share, in order; then it keeps its decision. What was left
in stands only in a line that did not change: beside other words it may point at somebody. Elsewhere the words of a mark
may be found again, anywhere: there it is proposed anew. Where they are not found there is nothing to withhold.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from testimony.domain.matching import occurrences_of_each
from testimony.domain.redaction import Mark, MarkDecision

MOST_COMPARED = 2_000
"""Words, and spaces between them, of a changed stretch that are compared; a longer one counts as new altogether."""

_WORDS = re.compile(r"\S+|\s+")


def carry(old: str, new: str, marks: Iterable[Mark]) -> tuple[Mark, ...]:
    """The marks as they lie in the newer text, in its order. Ids stay; a mark found more often gets further ones."""
    held = tuple(marks)
    shared = tuple(_shared(old, new))
    carried = []
    lost = []
    for mark in held:
        place = next((s for s in shared if s[0] <= mark.start and mark.end <= s[0] + s[2]), None)
        if place is None:
            lost.append(mark)
        else:
            start, shift = mark.start, place[1] - place[0]
            moved = replace(mark, start=start + shift, end=mark.end + shift)
            left_in = mark.decision is MarkDecision.REJECTED and not place[3]
            carried.append(replace(moved, decision=MarkDecision.PROPOSED) if left_in else moved)
    taken = {(mark.start, mark.end) for mark in carried}
    spans = occurrences_of_each(new, (old[mark.start : mark.end] for mark in lost))
    for mark, found in zip(lost, spans, strict=True):
        if mark.decision is MarkDecision.REJECTED:
            continue
        for number, span in enumerate(found):
            if (span.start, span.end) not in taken:
                taken.add((span.start, span.end))
                mark_id = mark.id if number == 0 else f"{mark.id}-{number}"
                again = replace(mark, id=mark_id, start=span.start, end=span.end)
                carried.append(replace(again, decision=MarkDecision.PROPOSED))
    return tuple(sorted(carried, key=lambda mark: (mark.start, mark.end, mark.id)))


def _shared(old: str, new: str) -> Iterator[tuple[int, int, int, bool]]:
    """(start in the old, start in the new, length, whether of whole lines) of the stretches that both have."""
    one, other = old.splitlines(keepends=True), new.splitlines(keepends=True)
    # What is alike at both ends is cut off first: most corrections are small, and comparing is slow.
    head = _alike(one, other)
    tail = _alike(one[head:][::-1], other[head:][::-1])
    start = sum(map(len, one[:head]))
    yield 0, 0, start, True
    ending = sum(map(len, one[len(one) - tail :]))
    yield len(old) - ending, len(new) - ending, ending, True
    one, other = one[head : len(one) - tail], other[head : len(other) - tail]
    for tag, i, j, k, n in SequenceMatcher(None, one, other).get_opcodes():
        first = start + sum(map(len, one[:i])), start + sum(map(len, other[:k]))
        if tag == "equal":
            yield (*first, sum(map(len, one[i:j])), True)
        elif tag == "replace":
            yield from _shared_words("".join(one[i:j]), "".join(other[k:n]), first)


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    """How many elements both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _shared_words(old: str, new: str, first: tuple[int, int]) -> Iterator[tuple[int, int, int, bool]]:
    """Of a changed stretch: the words it begins and ends with as before, and those that still stand in between."""
    one, other = _WORDS.findall(old), _WORDS.findall(new)
    head = _alike(one, other)
    tail = _alike(one[head:][::-1], other[head:][::-1])
    start, ending = sum(map(len, one[:head])), sum(map(len, one[len(one) - tail :]))
    yield (*first, start, False)
    yield first[0] + len(old) - ending, first[1] + len(new) - ending, ending, False
    one, other = one[head : len(one) - tail], other[head : len(other) - tail]
    if max(len(one), len(other)) > MOST_COMPARED:
        return
    for block in SequenceMatcher(None, one, other).get_matching_blocks():
        yield (
            first[0] + start + sum(map(len, one[: block.a])),
            first[1] + start + sum(map(len, other[: block.b])),
            sum(map(len, one[block.a : block.a + block.size])),
            False,
        )
