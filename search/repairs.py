"""What can be seen in a query that is not good syntax, before it is read: quotes, brackets, operators, ranges."""

import re
from collections.abc import Iterator
from itertools import pairwise

from search.explanations import Repair


def nesting(text: str) -> int:
    """Return how deep brackets lie inside brackets."""
    deepest = level = 0
    for character in text:
        level += (character == "(") - (character == ")")
        deepest = max(deepest, level)
    return deepest


def visible_repairs(text: str) -> Iterator[Repair]:
    """Yield what will be read another way than it was written."""
    outside = re.sub(r'"[^"]*"', " ", text)
    if text.count('"') % 2:
        yield Repair.UNCLOSED_QUOTE
    if outside.count("(") != outside.count(")") or _closes_early(outside):
        yield Repair.UNBALANCED_GROUP
    words = ["(", *re.sub("([()])", r" \1 ", outside).split(), ")"]
    joins, stops = {"AND", "OR"}, {"AND", "OR", "NOT"}
    if any(
        (first in {"(", *stops} and second in joins) or (first in stops and second == ")")
        for first, second in pairwise(words)
    ):
        yield Repair.OPERATOR_AS_WORD
    if re.search(r"(?<![\w:])[\[{][^\]}]*\bto\b", outside, re.IGNORECASE):
        yield Repair.RANGE_AS_WORDS


def _closes_early(text: str) -> bool:
    level = 0
    for character in text:
        level += (character == "(") - (character == ")")
        if level < 0:
            return True
    return False
