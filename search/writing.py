"""What the index keeps of a document, and the writing of it: rows of terms, fields and labels."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice

from sqlalchemy import Connection, bindparam, text

from search.analysis import GAP, Analysis, Terms
from search.apart import AHEAD, Gone, analysis_apart
from search.changes import Changes
from search.documents import Document, Label
from search.fields import field_rows
from search.names import BREAK
from search.tables import (
    ADD_TERMS,
    DROP_TERMS,
    FIELDS_OF,
    INSERTS,
    LABELS_OF,
    LANGUAGE_OF,
    REMOVALS,
    TERMS_AMONG,
    TERMS_OF,
    TEXT_OF,
)

BATCH = 256
FEW_BATCHES = 4
"""For fewer, a process of its own takes longer to start than it saves."""

_Rows = list[tuple[object, ...]]
_Batch = tuple[Document, ...]

_Terms = set[tuple[str, str]]
_NOTHING = object()


@dataclass(frozen=True, slots=True)
class Entry:
    """What the index keeps of some documents: rows by table, in the order of `search.tables.INSERTS`.

    met: terms, each with its column, that no text had before, as far as this writer knows.
    """

    ids: tuple[int, ...]
    rows: dict[str, _Rows]
    met: _Terms


@dataclass(slots=True)
class Writer:
    """Writes the entries of one index. keeps_texts: whether the index has a copy of each text."""

    schema: str
    analysis: Analysis
    changes: Changes
    keeps_texts: bool
    # The state of the index in which every term that the analysis has met is in `search_terms`.
    _known_in: str = ""
    _checking: Analysis = field(default_factory=Analysis)

    def forget(self) -> None:
        """Keep no word."""
        self._checking.forget()

    def put_all(
        self,
        connection: Connection,
        documents: Iterable[Document],
        beside: Iterable[object] = (),
    ) -> None:
        """Write the entries of documents; what was there under their ids is gone. beside: see `Index.put_all`."""
        if self.changes.state(connection) != self._known_in:
            # Another process wrote, or our last transaction was rolled back: nothing is known of the terms.
            self.analysis.meet_again()
        put: list[int] = []
        replaced = False
        pieces = iter(beside)
        for entry in self._entries(_batches(documents), pieces):
            replaced = bool(self._remove(connection, entry.ids)) or replaced
            for table, rows in entry.rows.items():
                self._insert(connection, INSERTS[table], rows)
            # A removal takes terms away that the analysis, which met them before, thinks are there.
            terms = terms_of(entry.rows["search_text"]) if replaced else entry.met
            self._insert(connection, ADD_TERMS, sorted(terms))
            put += entry.ids
        deque(pieces, maxlen=0)
        self.changes.note(connection, put)
        self._known_in = "" if replaced else self.changes.state(connection)

    def _entries(self, batches: Iterator[_Batch], beside: Iterator[object]) -> Iterator[Entry]:
        """Yield the entry of each batch; of many batches, analysed beside the writing."""
        first = tuple(islice(batches, FEW_BATCHES))
        if len(first) < FEW_BATCHES:
            for batch in first:
                yield self._entry(batch, self.analysis)
            return
        waiting: deque[_Batch] = deque()
        rest = chain(first, batches)
        try:
            with analysis_apart() as apart:
                while True:
                    for batch in islice(rest, AHEAD - len(waiting)):
                        waiting.append(batch)
                        apart.send([(document.text, document.language) for document in batch])
                    if not waiting:
                        return
                    while not apart.has_answer() and next(beside, _NOTHING) is not _NOTHING:
                        pass
                    yield self._entry_of(waiting[0], *apart.take())
                    waiting.popleft()
        except Gone:
            for batch in chain(waiting, rest):
                yield self._entry(batch, self.analysis)

    def remove(self, connection: Connection, ids: Sequence[int]) -> None:
        """Forget documents; those that are not there are passed over."""
        self.changes.note(connection, self._remove(connection, ids))

    def differing(self, connection: Connection, documents: Sequence[Document]) -> tuple[int, ...]:
        """Return the ids of documents whose entry is missing or not what would be written now."""
        # By an analysis of its own: what is met here is not written, and must not count as known.
        wanted = self._entry(documents, self._checking)
        there = self._there(connection, wanted.ids)
        terms = self._known_terms(connection, terms_of(wanted.rows["search_text"]))
        return tuple(
            document
            for document in wanted.ids
            if _of(document, wanted) != _of(document, there)
            or not terms_of([row for row in wanted.rows["search_text"] if row[0] == document]) <= terms
        )

    def _entry(self, documents: Sequence[Document], analysis: Analysis) -> Entry:
        terms = [analysis.terms(d.text, d.language) for d in documents]
        return self._entry_of(documents, terms, analysis.newly_met())

    def _entry_of(self, documents: Sequence[Document], terms: Sequence[Terms], met: _Terms) -> Entry:
        rows: dict[str, _Rows] = {
            "search_documents": [(d.id, d.language) for d in documents],
            "search_originals": [(d.id, d.text) for d in documents] if self.keeps_texts else [],
            "search_fields": list(dict.fromkeys(row for d in documents for row in field_rows(d))),
            "search_labels": sorted(
                {(d.id, label.text, label.language) for d in documents for label in d.labels}
            ),
            "search_text": [
                (d.id, t.exact, t.stem, t.name, _label_terms(d.labels, self.analysis))
                for d, t in zip(documents, terms, strict=True)
            ],
        }
        return Entry(tuple(d.id for d in documents), rows, met)

    def _insert(self, connection: Connection, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        if rows:
            places = ", ".join("?" * len(rows[0]))
            # Past SQLAlchemy's reading of the statement, which takes longer than the insert. A row a step: of many
            # rows in one statement FTS5 makes a segment, and merges the more.
            connection.exec_driver_sql(f"{self._sql(statement)} VALUES ({places})", list(rows))

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
        return Entry(tuple(ids), rows, set())

    def _known_terms(self, connection: Connection, terms: _Terms) -> _Terms:
        return {
            (kind, str(row[0]))
            for kind in _KINDS
            for row in self._select(
                connection, TERMS_AMONG, [term for name, term in terms if name == kind], kind
            )
        }

    def _select(
        self, connection: Connection, statement: str, ids: Sequence[object], kind: str | None = None
    ) -> _Rows:
        bound = text(self._sql(statement)).bindparams(bindparam("ids", expanding=True))
        values = {"ids": list(ids), **({} if kind is None else {"kind": kind})}
        return [tuple(row) for row in connection.execute(bound, values)]

    def _remove(self, connection: Connection, ids: Sequence[int]) -> list[int]:
        known = [int(str(row[0])) for row in self._select(connection, LANGUAGE_OF, ids)]
        if known:
            terms = terms_of(self._select(connection, TERMS_OF, known))
            for statement in REMOVALS:
                connection.execute(text(self._sql(statement)), [{"id": document} for document in known])
            gone = [{"kind": kind, "term": term} for kind, term in sorted(terms)]
            connection.execute(text(self._sql(DROP_TERMS)), gone)
        return known

    def _sql(self, statement: str) -> str:
        return statement.replace("{schema}", self.schema)


def _label_terms(labels: Iterable[Label], analysis: Analysis) -> str:
    """Return the terms of labels, exact and stemmed, with a gap after each so that no phrase spans two."""
    said = sorted({(label.text, label.language) for label in labels})
    return f" {GAP} ".join(part for label in said for part in analysis.label_terms(*label) if part)


_KINDS = ("exact", "name")
_NO_NAME = {BREAK, GAP}


def terms_of(rows: Iterable[tuple[object, ...]]) -> _Terms:
    """Return the terms, each with its column, of rows of `search_text`: id, exact, stem, name, label."""
    terms: _Terms = set()
    for _, exact, _, name, *_ in rows:
        terms.update(("exact", term) for term in str(exact).split())
        terms.update(("name", term) for term in str(name).split() if term not in _NO_NAME)
    return terms


_PLACE_OF_ID = {"search_fields": 2}


def _of(document: int, entry: Entry) -> dict[str, list[tuple[object, ...]]]:
    return {
        table: sorted(row for row in rows if row[_PLACE_OF_ID.get(table, 0)] == document)
        for table, rows in entry.rows.items()
    }


def _batches(documents: Iterable[Document]) -> Iterator[_Batch]:
    rest = iter(documents)
    while batch := tuple(islice(rest, BATCH)):
        # Of two documents with one id the later counts, as if they had come one by one.
        yield tuple({document.id: document for document in batch}.values())
