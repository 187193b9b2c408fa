"""The caller's word on which documents a reader may find. Without one there is no search."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection

RESERVED_PREFIX = "search_"


class Feed(Protocol):
    """What tells that something the predicate asks has changed, so that its answer may be kept until then."""

    def state(self, connection: Connection) -> str:
        """Return a word for the state that this transaction sees. No two states, also of two files or of a
        transaction that was rolled back, have one word."""

    def changed(self, connection: Connection, since: str) -> Iterable[int] | None:
        """Return the documents whose answer may differ from that in a state before; None: any may."""


@dataclass(frozen=True, slots=True)
class Access:
    """A predicate over documents, for hits, counts, facets and order alike.

    sql: a condition over `doc.id` and the joined aliases. Text the caller generated, never a reader's input.
    parameters: values bound to the names in `sql` and `joins`; a name may not begin with `search_`.
    joins: `JOIN …` clauses that follow `… AS doc`; empty when there are none. A join may drop a document but
        must not repeat it. `CROSS JOIN` makes SQLite begin with the documents, when they are few.
    source, key: a FROM clause of the caller's that gives each document once, and its number there: the same rows as
        with `joins`, for when the predicate is asked about all documents.
    feed: with one, the answer is kept in memory while its state stays; without one it is asked for each search.
        The hits of a page are asked again either way, in the transaction that shows them.
    """

    sql: str
    parameters: Mapping[str, object]
    joins: str
    feed: Feed | None = None
    source: str = ""
    key: str = "doc.id"

    def __post_init__(self) -> None:
        if not self.sql.strip():
            raise ValueError("an empty predicate would allow everything; say so, or say what is allowed")
        if any(name.startswith(RESERVED_PREFIX) for name in self.parameters):
            raise ValueError(f"parameter names that begin with {RESERVED_PREFIX} belong to the search")
