"""Marks of one text on a newer one: where their words still stand, and where a person must look again.

A mark stands when its words lie in a stretch that both texts share, in order; then it keeps its decision. What was left
in stands only in a line that did not change: beside other words it may point at somebody. Elsewhere the words of a mark
may be found again, anywhere: there it is proposed anew. Where they are not found there is nothing to withhold.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from difflib import SequenceMatcher

from testimony.domain.matching import occurrences_of_each
from testimony.domain.redaction import Mark, MarkDecision

MOST_COMPARED = 2_000
"""Words of a changed stretch that are compared one by one; a longer one counts as new altogether."""

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
    old_lines, new_lines = old.splitlines(keepends=True), new.splitlines(keepends=True)
    for tag, i, j, k, n in SequenceMatcher(None, old_lines, new_lines, autojunk=False).get_opcodes():
        first = sum(map(len, old_lines[:i])), sum(map(len, new_lines[:k]))
        if tag == "equal":
            yield (*first, sum(map(len, old_lines[i:j])), True)
        elif tag == "replace":
            yield from _shared_words("".join(old_lines[i:j]), "".join(new_lines[k:n]), first)


def _shared_words(old: str, new: str, first: tuple[int, int]) -> Iterator[tuple[int, int, int, bool]]:
    one, other = _WORDS.findall(old), _WORDS.findall(new)
    if max(len(one), len(other)) > 2 * MOST_COMPARED:
        return
    for block in SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks():
        length = sum(map(len, one[block.a : block.a + block.size]))
        yield (
            first[0] + sum(map(len, one[: block.a])),
            first[1] + sum(map(len, other[: block.b])),
            length,
            False,
        )
