"""The engines that are measured side by side: the archive's own search, bare FTS5, Whoosh's index, and Tantivy."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import sqlalchemy as sa
import tantivy
from sqlcipher3 import dbapi2
from whoosh import index as whoosh_index
from whoosh.analysis import StemmingAnalyzer
from whoosh.fields import ID, STORED, TEXT, Schema
from whoosh.qparser import FuzzyTermPlugin, QueryParser

from benchmarks.archives import CASE, Measured, now
from benchmarks.search_queries import Asked
from benchmarks.testimonies import (
    SMALL_CASE,
    consent_row,
    decision_row,
    entry_of,
    reader_of,
    register_row,
    release_row,
)
from search.queries import parse
from search.results import PageRequest
from testimony.domain.roles import Role
from testimony.policy.gate import Predicate
from testimony.services.sessions import Session, timestamp
from testimony.storage import log, released
from testimony.storage.cases import CASES
from testimony.storage.connections import Connection
from testimony.storage.consents import CONSENTS, DECISIONS
from testimony.storage.register import REGISTER
from testimony.storage.releases import INDEX, RELEASES, Release, documents_of
from testimony.storage.rows import insert_all

PAGE = 20
TOGETHER = 10_000
"""Releases whose rows are written in one piece."""


class Ours:
    """A real archive: rows the gate asks, released texts and their index, and an entry in the log for each."""

    def __init__(self, measured: Measured) -> None:
        self._session: Session = measured.sessions[Role.REVIEWER]
        self._path = measured.path
        account = self._session.account.id
        self._allowed: Mapping[str, Predicate] = {
            "": reader_of((CASE, SMALL_CASE), account),
            SMALL_CASE: reader_of((SMALL_CASE,), account),
        }
        with self._session.archive.database.writing() as connection:
            small = {"title": "A small case", "opened_at": timestamp(now()), "opened_by": account}
            connection.execute(CASES.insert(), {"case_id": SMALL_CASE, **small})

    def fill(self, rows: list[Release]) -> None:
        """Write all of a release in one transaction: its index, what the gate asks, the text, its entry in the log."""
        with self._session.archive.database.writing() as connection:
            INDEX.put_all(connection, documents_of(connection, rows), self._filling(connection, rows))

    def _filling(self, connection: Connection, rows: list[Release]) -> Iterator[None]:
        """Write the other rows of releases, and their entries in the log, so many at each step."""
        for first in range(0, len(rows), TOGETHER):
            self._fill_tables(connection, rows[first : first + TOGETHER])
            yield

    def _fill_tables(self, connection: Connection, rows: list[Release]) -> None:
        at, account = timestamp(now()), self._session.account.id
        for table, row_of in (
            (REGISTER, lambda row: register_row(row, account)),
            (CONSENTS, consent_row),
            (DECISIONS, decision_row),
            (RELEASES, release_row),
        ):
            values = [row_of(row) for row in rows]
            insert_all(connection, table, [tuple(row.values()) for row in values], tuple(values[0]))
        log.append(connection, [entry_of(row, at, account) for row in rows])

    def search(self, asked: Asked) -> int:
        """Ask as a reader's page does: the gate, a page of hits with snippets, every facet."""
        with self._session.archive.database.reading() as connection:
            query = parse(asked.ours, released.FIELDS)
            request = PageRequest(size=PAGE, facets=released.FACETS)
            return len(released.search_released(connection, query, self._allowed[asked.case], request).hits)

    def forget(self) -> None:
        """Keep nothing in memory, as when the archive has just been opened."""
        INDEX.forget()

    def bytes_of_room(self) -> int:
        return (self._path / "reading_room.db").stat().st_size

    def bytes_of_index(self) -> int:
        """Return the reading room without the texts it holds anyway."""
        with self._session.archive.database.reading() as connection:
            kept = connection.execute(sa.select(sa.func.sum(sa.func.length(RELEASES.c.text)))).scalar_one()
        return self.bytes_of_room() - int(kept)


class Bare:
    """Plaintext FTS5 holding its content, with the tokenizer it has by itself, and no filter of any kind."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "bare.db"
        self._connection: sqlite3.Connection = dbapi2.connect(str(self.path), isolation_level=None)
        self._connection.execute("CREATE VIRTUAL TABLE texts USING fts5(text)")

    def fill(self, rows: list[Release]) -> None:
        self._connection.execute("BEGIN")
        self._connection.executemany(
            "INSERT INTO texts (rowid, text) VALUES (?, ?)", ((row.id, row.text) for row in rows)
        )
        self._connection.execute("COMMIT")

    def search(self, asked: Asked) -> int:
        found = self._connection.execute(
            "SELECT rowid, snippet(texts, 0, '[', ']', '…', 40) FROM texts WHERE texts MATCH ?"
            " ORDER BY rank LIMIT ?",
            (asked.bare, PAGE),
        )
        return len(found.fetchall())


class Whoosh:
    """Whoosh's own index, stemmed in English alone, no word left out, its texts stored for snippets."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        schema = Schema(
            number=STORED, text=TEXT(analyzer=StemmingAnalyzer(stoplist=None), stored=True), month=ID
        )
        self._index = whoosh_index.create_in(str(folder), schema)
        self._parser = QueryParser("text", schema)
        self._parser.add_plugin(FuzzyTermPlugin())

    def fill(self, rows: list[Release]) -> None:
        writer = self._index.writer(limitmb=256)
        for row in rows:
            writer.add_document(number=row.id, text=row.text, month=row.month)
        writer.commit()

    def search(self, asked: Asked) -> int:
        with self._index.searcher() as searcher:
            hits = searcher.search(self._parser.parse(asked.whoosh), limit=PAGE)
            return len([hit.highlights("text") for hit in hits])


class Tantivy:
    """Tantivy, a search library in Rust, plaintext on disk and stemmed in English: how fast it can be at all."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("text", stored=True, tokenizer_name="en_stem")
        builder.add_integer_field("number", stored=True)
        self._schema = builder.build()
        self._index = tantivy.Index(self._schema, path=str(folder))

    def fill(self, rows: list[Release]) -> None:
        writer = self._index.writer(256_000_000, 1)
        for row in rows:
            writer.add_document(tantivy.Document(text=row.text, number=row.id))
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()

    def search(self, asked: Asked) -> int:
        searcher = self._index.searcher()
        query = self._index.parse_query(asked.tantivy, ["text"])
        hits = searcher.search(query, PAGE).hits
        snippets = tantivy.SnippetGenerator.create(searcher, query, self._schema, "text")
        return len([snippets.snippet_from_doc(searcher.doc(address)).to_html() for _, address in hits])


Search = Callable[[Asked], int]
