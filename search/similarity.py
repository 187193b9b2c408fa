"""Which texts are near to one: those that share the words that tell it apart.

A word tells by how often it stands in this text and in how few others. How few is asked of the whole index; it
orders what is found and is never shown.
"""

from collections import Counter
from collections.abc import Callable
from math import log

SHORTEST = 4
ASKED = 60
"""Words of a text, the commonest in it first, whose rarity is looked up."""

TELLING = 15
"""Words that are looked for together."""

COMMON = 0.2
"""A word in a greater share of the texts than this says nothing."""


def telling_words(exact: str, documents: int, holding: Callable[[str], int]) -> tuple[str, ...]:
    """Return the words that tell a text apart, most telling first.

    exact: its terms joined by spaces. documents: how many there are. holding: how many hold a word.
    """
    counts = Counter(term for term in exact.split() if len(term) >= SHORTEST and term.isalpha())
    weights: dict[str, float] = {}
    for term, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:ASKED]:
        others = holding(term) - 1
        if 0 < others <= max(1.0, COMMON * documents):
            weights[term] = (1 + log(count)) * log(documents / others)
    return tuple(sorted(weights, key=lambda term: (-weights[term], term))[:TELLING])
