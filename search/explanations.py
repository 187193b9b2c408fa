"""How a query was read, in values a page can put into words in any language."""

from dataclasses import dataclass
from enum import StrEnum

from search.tree import Node


class Repair(StrEnum):
    """What was not good syntax and was read another way."""

    READ_AS_WORDS = "read_as_words"
    UNCLOSED_QUOTE = "unclosed_quote"
    UNBALANCED_GROUP = "unbalanced_group"
    OPERATOR_AS_WORD = "operator_as_word"
    RANGE_AS_WORDS = "range_as_words"
    NOTHING_TO_FIND = "nothing_to_find"


@dataclass(frozen=True, slots=True)
class Explanation:
    """`text` is the query written out in full, with every operator, and reads back as the same query.

    `reading` is the same as a tree, for a page that words it in the reader's language.
    """

    text: str
    reading: Node
    repairs: tuple[Repair, ...]

    @property
    def understood(self) -> bool:
        """True when nothing had to be repaired."""
        return not self.repairs
