"""What FTS5 finds for an expression, and in which order, kept while the index stays as it is.

Ranking is FTS5's dear part: it scores each document that matches, and reads every occurrence to do so. So only what
the reader may find is scored, and the best of an answer are kept for the pages and searches that follow.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from search.changes import Changes
from search.reading import column, numbers, rows
from search.sets import count_of, mask_of, set_of

KEPT_SETS = 256
KEPT_RANKINGS = 64
BEST = 60
"""How many of an answer are kept in order: three pages. Later ones are ranked again; few read on so far."""

_MATCHING = "SELECT group_concat(rowid) FROM {schema}.search_text WHERE search_text MATCH ?"
_COUNT = "SELECT count(*) FROM {schema}.search_text WHERE search_text MATCH ?"
# A document is in the mask when the byte at its number is "1". `+` keeps the planner from sorting by row id first.
_BEST = (
    "SELECT -bm25(search_text) AS value, rowid FROM {schema}.search_text"
    " WHERE search_text MATCH ? AND substr(?, rowid + 1, 1) = x'31'"
    " ORDER BY value DESC, rowid DESC LIMIT ?"
)
_BEST_OF_ALL = (
    "SELECT -bm25(search_text) AS value, rowid FROM {schema}.search_text WHERE search_text MATCH ?"
    " ORDER BY value DESC, rowid DESC LIMIT ?"
)
_AFTER = (
    "SELECT value, id FROM (SELECT -bm25(search_text) AS value, rowid AS id FROM {schema}.search_text"
    " WHERE search_text MATCH ? AND substr(?, rowid + 1, 1) = x'31')"
    " WHERE (value, id) < (?, ?) ORDER BY value DESC, id DESC LIMIT ?"
)

Ranked = Sequence[tuple[float, int]]


_Kept = tuple[str, "OrderedDict[str, int]", "OrderedDict[tuple[str, int], Ranked]"]


@dataclass(slots=True)
class Matches:
    """The answers of one FTS5 table. Expressions are ours: every term in them is quoted."""

    schema: str
    changes: Changes
    # One value, so that threads never pair a state with the answers of another.
    _kept: _Kept = field(default_factory=lambda: ("", OrderedDict(), OrderedDict()))

    def forget(self) -> None:
        """Keep nothing."""
        self._kept = ("", OrderedDict(), OrderedDict())

    def of(self, connection: Connection, expression: str) -> int:
        """Return the documents that match."""
        statement = _MATCHING.replace("{schema}", self.schema)
        return self.kept(connection, expression, lambda: numbers(connection, statement, (expression,)))

    def number(self, connection: Connection, expression: str) -> int:
        """Return how many documents match."""
        _, sets, _ = self._at(connection)
        if expression in sets:
            return count_of(sets[expression])
        statement = _COUNT.replace("{schema}", self.schema)
        return int(column(connection, statement, (expression,))[0])

    def kept(self, connection: Connection, name: str, read: Callable[[], Iterable[int]]) -> int:
        """Return the set kept under a name, read now when it is not."""
        _, sets, _ = self._at(connection)
        found = sets.get(name)
        if found is None:
            sets[name] = found = set_of(read())
            while len(sets) > KEPT_SETS:
                sets.popitem(last=False)
        return found

    def ranked(
        self, connection: Connection, expression: str, among: int, after: tuple[float, int] | None, limit: int
    ) -> Ranked:
        """Return the best (score, document) of `among` that match, best first, beginning after one of them."""
        _, sets, rankings = self._at(connection)
        best = rankings.get((expression, among))
        if best is None:
            # Where the reader may find all that matches, there is nothing to look up for each.
            finds_all = sets.get(expression) == among
            statement, mask = (_BEST_OF_ALL, ()) if finds_all else (_BEST, (mask_of(among),))
            best = self._asked(connection, statement, (expression, *mask, BEST))
            rankings[expression, among] = best
            while len(rankings) > KEPT_RANKINGS:
                rankings.popitem(last=False)
        rest = best if after is None else [row for row in best if row < after]
        if len(rest) >= limit or len(best) < BEST:
            return rest[:limit]
        if after is None:
            return self._asked(connection, _BEST, (expression, mask_of(among), limit))
        return self._asked(connection, _AFTER, (expression, mask_of(among), *after, limit))

    def _asked(self, connection: Connection, statement: str, values: tuple[object, ...]) -> Ranked:
        return rows(connection, statement.replace("{schema}", self.schema), values)

    def _at(self, connection: Connection) -> _Kept:
        """Return what is kept of the state that this transaction sees, to be added to."""
        state = self.changes.state(connection)
        kept = self._kept
        if kept[0] != state:
            self._kept = kept = (state, OrderedDict(), OrderedDict())
        return kept
