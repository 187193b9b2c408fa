"""The words an index holds, read within bounds to spell out patterns. Never shown: a word here may stand only in
texts the reader may not find."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz.distance import OSA
from sqlalchemy import Connection, text

from search.errors import CostReason, QueryTooCostly
from search.folding import fold
from search.names import SEPARATOR, keys_of, sounds_like

MAX_EXPANSIONS = 500
_END = chr(0x10FFFF)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The terms of one index, as of this transaction."""

    connection: Connection
    schema: str

    def matching(self, pattern: str) -> frozenset[str]:
        """Return the exact forms that fit a pattern of `?` and `*`. Raises QueryTooCostly when too many do."""
        pieces = re.split(r"([*?])", pattern)
        begins = fold(pieces[0])
        shape = re.compile(
            "".join({"*": ".*", "?": "."}.get(piece) or re.escape(fold(piece)) for piece in pieces)
        )
        return _bounded(term for term in self._terms("exact", begins) if shape.fullmatch(term))

    def near(self, word: str, distance: int, prefix: int) -> frozenset[str]:
        """Return the exact forms within an edit distance that share the first `prefix` letters."""
        found = (
            term
            for term in self._terms("exact", word[:prefix])
            if abs(len(term) - len(word)) <= distance
            and OSA.distance(word, term, score_cutoff=distance) <= distance
        )
        return _bounded(found)

    def spellings(self, part: str) -> frozenset[str]:
        """Return the name terms (key and form) that sound like one part of a name."""
        found = (
            term
            for key in keys_of(part)
            for term in self._terms("name", key + SEPARATOR)
            if sounds_like(part, term.partition(SEPARATOR)[2])
        )
        return _bounded(found)

    def _terms(self, column: str, begins: str) -> list[str]:
        statement = text(
            f"SELECT term FROM {self.schema}.search_vocabulary"  # noqa: S608  # the caller's schema, an identifier
            " WHERE term >= :begins AND term < :ends AND col = :column"
        )
        values = {"begins": begins, "ends": begins + _END, "column": column}
        return list(self.connection.execute(statement, values).scalars())


def _bounded(terms: Iterable[str]) -> frozenset[str]:
    found: set[str] = set()
    for term in terms:
        found.add(term)
        if len(found) > MAX_EXPANSIONS:
            raise QueryTooCostly(CostReason.EXPANSIONS)
    return frozenset(found)
