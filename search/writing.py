"""What the index keeps of a document, and the writing of it: rows of terms, fields and labels.

Analysis and insertion of many documents run side by side: SQLite works outside Python's lock, and each batch of
words is analysed while the one before is written.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import Connection, bindparam, text

from search.analysis import GAP, Analysis
from search.changes import Changes
from search.documents import Document, Label
from search.fields import field_rows
from search.tables import (
    FIELDS_OF,
    INSERTS,
    LABELS_OF,
    LANGUAGE_OF,
    REMOVALS,
    TERMS_OF,
    TEXT_OF,
)

BATCH = 256
_Rows = list[tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Entry:
    """What the index keeps of some documents: rows by table, in the order of `search.tables.INSERTS`."""

    ids: tuple[int, ...]
    rows: dict[str, _Rows]


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes the entries of one index. keeps_texts: whether the index has a copy of each text."""

    schema: str
    analysis: Analysis
    changes: Changes
    keeps_texts: bool

    def put_all(self, connection: Connection, documents: Iterable[Document]) -> None:
        """Write the entries of documents; what was there under their ids is gone."""
        put: list[int] = []
        for entry in self._entries(documents):
            self._remove(connection, entry.ids)
            for table, rows in entry.rows.items():
                if rows:
                    # Past SQLAlchemy's reading of the statement, which takes longer than the insert.
                    connection.exec_driver_sql(self._sql(INSERTS[table]), rows)
            put += entry.ids
        self.changes.note(connection, put)

    def remove(self, connection: Connection, ids: Sequence[int]) -> None:
        """Forget documents; those that are not there are passed over."""
        self.changes.note(connection, self._remove(connection, ids))

    def differing(self, connection: Connection, documents: Sequence[Document]) -> tuple[int, ...]:
        """Return the ids of documents whose entry is missing or not what would be written now."""
        wanted = self._entry(documents)
        there = self._there(connection, wanted.ids)
        return tuple(document for document in wanted.ids if _of(document, wanted) != _of(document, there))

    def _entries(self, documents: Iterable[Document]) -> Iterator[Entry]:
        batches = _batches(documents)
        first = next(batches, None)
        if first is None:
            return
        following = next(batches, None)
        if following is None:
            yield self._entry(first)
            return
        with ThreadPoolExecutor(max_workers=1) as pool:
            waiting: Future[Entry] = pool.submit(self._entry, first)
            while following is not None:
                ahead = pool.submit(self._entry, following)
                yield waiting.result()
                waiting, following = ahead, next(batches, None)
            yield waiting.result()

    def _entry(self, documents: Sequence[Document]) -> Entry:
        terms = [(d, self.analysis.terms(d.text, d.language)) for d in documents]
        rows: dict[str, _Rows] = {
            "search_documents": [(d.id, d.language) for d in documents],
            "search_originals": [(d.id, d.text) for d in documents] if self.keeps_texts else [],
            "search_fields": list(dict.fromkeys(row for d in documents for row in field_rows(d))),
            "search_labels": sorted(
                {(d.id, label.text, label.language) for d in documents for label in d.labels}
            ),
            "search_text": [(d.id, t.exact, t.stem, t.name, self._label_terms(d.labels)) for d, t in terms],
        }
        return Entry(tuple(d.id for d in documents), rows)

    def _label_terms(self, labels: Iterable[Label]) -> str:
        """Return the terms of labels, exact and stemmed, with a gap after each so that no phrase spans two."""
        said = sorted({(label.text, label.language) for label in labels})
        terms = (self.analysis.terms(*label) for label in said)
        return f" {GAP} ".join(part for term in terms for part in (term.exact, term.stem) if part)

    def _there(self, connection: Connection, ids: Sequence[int]) -> Entry:
        rows: dict[str, _Rows] = {
            "search_documents": self._select(connection, LANGUAGE_OF, ids),
            "search_originals": self._select(connection, TEXT_OF, ids),
            "search_fields": [
                (name, value, document, low, high)
                for document, name, value, low, high in self._select(connection, FIELDS_OF, ids)
            ],
            "search_labels": self._select(connection, LABELS_OF, ids),
            "search_text": self._select(connection, TERMS_OF, ids),
        }
        return Entry(tuple(ids), rows)

    def _select(self, connection: Connection, statement: str, ids: Sequence[int]) -> _Rows:
        bound = text(self._sql(statement)).bindparams(bindparam("ids", expanding=True))
        return [tuple(row) for row in connection.execute(bound, {"ids": list(ids)})]

    def _remove(self, connection: Connection, ids: Sequence[int]) -> list[int]:
        known = [int(str(row[0])) for row in self._select(connection, LANGUAGE_OF, ids)]
        if known:
            for statement in REMOVALS:
                connection.execute(text(self._sql(statement)), [{"id": document} for document in known])
        return known

    def _sql(self, statement: str) -> str:
        return statement.replace("{schema}", self.schema)


_PLACE_OF_ID = {"search_fields": 2}


def _of(document: int, entry: Entry) -> dict[str, list[tuple[object, ...]]]:
    return {
        table: sorted(row for row in rows if row[_PLACE_OF_ID.get(table, 0)] == document)
        for table, rows in entry.rows.items()
    }


def _batches(documents: Iterable[Document]) -> Iterator[tuple[Document, ...]]:
    rest = iter(documents)
    while batch := tuple(islice(rest, BATCH)):
        # Of two documents with one id the later counts, as if they had come one by one.
        yield tuple({document.id: document for document in batch}.values())
