"""Did you mean: a query that finds nothing, with the words nobody wrote replaced by ones that somebody did.

Only words that stand in texts the reader may find are ever suggested: a word of another text would be a leak.
"""

from collections.abc import Callable
from dataclasses import replace
from itertools import islice

from rapidfuzz.distance import OSA

from search.analysis import Analysis
from search.queries import Query
from search.sets import count_of
from search.tree import And, Name, Node, Not, Or, Phrase, Word, leaves, written
from search.vocabulary import Vocabulary

SHORTEST = 4
"""Shorter words have too many neighbours for one of them to be meant."""

CANDIDATES = 12
LONG = 5
"""From this length two letters may be wrong."""


def suggestion(
    query: Query, vocabulary: Vocabulary, analysis: Analysis, found: Callable[[Node], int]
) -> Query | None:
    """Return the query as it may have been meant; None when each of its words is found, or nothing is near.

    found: the documents the reader may find for a part of a query. Raises QueryTooCostly.
    """
    nearer: dict[Node, Node] = {}
    for leaf in leaves(query.root):
        if isinstance(leaf, Word) and not found(leaf):
            better = _nearest(leaf.text, vocabulary, analysis, found)
            if better is not None:
                nearer[leaf] = replace(leaf, text=better)
        elif isinstance(leaf, Phrase) and not found(leaf):
            words = tuple(
                word if found(Phrase((word,))) else _nearest(word, vocabulary, analysis, found) or word
                for word in leaf.words
            )
            if words != leaf.words:
                nearer[leaf] = replace(leaf, words=words)
    if not nearer:
        return None
    root = _replaced(query.root, nearer)
    if not found(root):
        return None
    explanation = replace(query.explanation, text=written(root), reading=root, repairs=())
    return replace(query, root=root, explanation=explanation)


def _nearest(
    word: str, vocabulary: Vocabulary, analysis: Analysis, found: Callable[[Node], int]
) -> str | None:
    """Return the word most like this one that the reader may find; of equals the one in most texts."""
    exact = analysis.exact[word].rpartition(" ")[2]
    if len(exact) < SHORTEST:
        return None
    distance = 2 if len(exact) >= LONG else 1
    near = sorted(vocabulary.near(exact, distance, 1), key=lambda term: (OSA.distance(exact, term), term))
    best: tuple[int, int, str] | None = None
    for term in islice(near, CANDIDATES):
        if term == exact or not term.isalpha():
            continue
        there = count_of(found(Word(term)))
        if there and (best is None or (OSA.distance(exact, term), -there) < best[:2]):
            best = (OSA.distance(exact, term), -there, term)
    return None if best is None else best[2]


def _replaced(node: Node, nearer: dict[Node, Node]) -> Node:
    match node:
        case And(nodes) | Or(nodes):
            return type(node)(tuple(_replaced(part, nearer) for part in nodes))
        case Not():
            return node
        case _:
            return nearer.get(node, node)


def offers_name(query: Query) -> Query | None:
    """Return the query with its capitalised words as names in any spelling; None when it has none, or has names."""
    words = [leaf for leaf in leaves(query.root) if isinstance(leaf, Word) and leaf.text[:1].isupper()]
    if not words or any(isinstance(leaf, Name) for leaf in leaves(query.root)):
        return None
    root = _replaced(query.root, {word: Name((word.text,), word.boost) for word in words})
    explanation = replace(query.explanation, text=written(root), reading=root, repairs=())
    return replace(query, root=root, explanation=explanation)
