"""Looking after an index: is it sound, what do its tables know, and taking out what should not be there.

For whoever rebuilds an index from its documents (`Index.differing` and `Index.put_all` do the rest). Everything here
works on an index that a fault left in pieces: half an entry, words of no document, words that no longer hang together.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, TextClause, bindparam, text

from search.index import Index
from search.tables import DROP_TERMS, REMOVALS, TERMS_OF
from search.writing import terms_of

# The table that lists the words stands on the one that holds them, and goes first.
_TABLES = (
    "search_vocabulary",
    "search_text",
    "search_terms",
    "search_changes",
    "search_labels",
    "search_fields",
    "search_originals",
    "search_documents",
)
_COUNT = "SELECT count(*) FROM {schema}.search_documents"
_TRACES = """SELECT id FROM {schema}.search_documents WHERE id > :after AND id <= :last
UNION SELECT rowid FROM {schema}.search_text WHERE rowid > :after AND rowid <= :last
UNION SELECT document FROM {schema}.search_fields WHERE document > :after AND document <= :last
UNION SELECT document FROM {schema}.search_labels WHERE document > :after AND document <= :last
UNION SELECT id FROM {schema}.search_originals WHERE id > :after AND id <= :last"""
_TERM_PAGE = """SELECT t.kind, t.term, NOT EXISTS (
    SELECT 1 FROM {schema}.search_vocabulary AS v WHERE v.term = t.term AND v.col = t.kind
) AS stray FROM {schema}.search_terms AS t WHERE (t.kind, t.term) > (:kind, :term)
ORDER BY t.kind, t.term LIMIT :limit"""

Term = tuple[str, str]
"""A kind and a term: a row of `search_terms`."""

FIRST_TERM: Term = ("", "")


@dataclass(frozen=True, slots=True)
class TermPage:
    """stray: terms that no document holds. last: of the page, None when nothing is left after it."""

    stray: tuple[Term, ...]
    last: Term | None

    def __repr__(self) -> str:
        return f"TermPage({len(self.stray)} stray)"


def size(connection: Connection, index: Index) -> int:
    """Return how many documents have an entry."""
    return int(connection.execute(_sql(index, _COUNT)).scalar_one())


def is_sound(connection: Connection, index: Index) -> bool:
    """Say whether what finds the words agrees with the entries it was made of. Reads the whole index."""
    # Opened first: FTS5 looks only then whether another connection wrote, and would compare old with new.
    connection.execute(_sql(index, "SELECT rowid FROM {schema}.search_text LIMIT 1")).all()
    return connection.execute(_sql(index, "PRAGMA {schema}.integrity_check(search_text)")).scalar() == "ok"


def empty(connection: Connection, index: Index) -> None:
    """Make the tables anew, with nothing in them."""
    for table in _TABLES:
        connection.execute(_sql(index, f"DROP TABLE {{schema}}.{table}"))
    index.forget()
    index.create(connection)


def traces(connection: Connection, index: Index, after: int, last: int) -> frozenset[int]:
    """Return every id above `after` and up to `last` that any table knows: also what a fault left of an entry."""
    found = connection.execute(_sql(index, _TRACES), {"after": after, "last": last})
    return frozenset(found.scalars())


def scrub(connection: Connection, index: Index, ids: Sequence[int]) -> None:
    """Forget what any table knows of these documents, and the terms that only they had."""
    if not ids:
        return
    held = _sql(index, TERMS_OF).bindparams(bindparam("ids", expanding=True))
    terms = terms_of(tuple(row) for row in connection.execute(held, {"ids": list(ids)}))
    for statement in REMOVALS:
        connection.execute(_sql(index, statement), [{"id": document} for document in ids])
    drop_terms(connection, index, sorted(terms))
    index.changes.note(connection, ids)


def term_page(connection: Connection, index: Index, after: Term, limit: int) -> TermPage:
    """Look at the terms above `after`: which of them stand in no document."""
    kind, term = after
    rows = connection.execute(_sql(index, _TERM_PAGE), {"kind": kind, "term": term, "limit": limit}).all()
    last = (str(rows[-1].kind), str(rows[-1].term)) if len(rows) == limit else None
    return TermPage(tuple((str(row.kind), str(row.term)) for row in rows if row.stray), last)


def drop_terms(connection: Connection, index: Index, terms: Sequence[Term]) -> None:
    """Forget terms, unless a document holds them by now."""
    if terms:
        rows = [{"kind": kind, "term": term} for kind, term in terms]
        connection.execute(_sql(index, DROP_TERMS), rows)


def _sql(index: Index, statement: str) -> TextClause:
    return text(statement.replace("{schema}", index.schema))
