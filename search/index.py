"""The index: tables in the caller's schema, written and read inside the caller's transaction.

`search_text` is an FTS5 table that holds its content: `exact` (folded words), `stem` (where it differs from the
word), `name` (keys and spellings of names). Contentless tables are not used: they keep the terms of what was
removed. With `secure-delete` here and `PRAGMA secure_delete` on the connection, a removed text is in no page of
the file once the transaction ends. Format: docs/formats/search-index.md.
"""

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import Connection, TextClause, bindparam, text
from sqlalchemy.exc import OperationalError

from search.access import Access
from search.analysis import Analysis
from search.compiling import Compiled, Compiler, field_value
from search.dates import NotADate, span_of
from search.documents import Document
from search.errors import CostReason, QueryTooCostly
from search.highlighting import highlight
from search.queries import Query
from search.results import Hit, Order, Page, PageKey, PageRequest
from search.vocabulary import Vocabulary

TextOf = Callable[[Connection, Sequence[int]], Mapping[int, str]]

_BATCH = 256
_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]*")
# How many steps of SQLite's machine lie between two looks at the clock. FTS5 does much within one step.
_STEPS_BETWEEN_LOOKS = 1_000

_TABLES = (
    "CREATE TABLE {schema}.search_documents (id INTEGER PRIMARY KEY, language TEXT NOT NULL) STRICT",
    # Apart, so that a predicate over many documents does not read their texts.
    "CREATE TABLE {schema}.search_originals (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT",
    "CREATE INDEX {schema}.search_documents_by_language ON search_documents (language)",
    """CREATE TABLE {schema}.search_fields (
        name TEXT NOT NULL, value TEXT NOT NULL, document INTEGER NOT NULL, low TEXT NOT NULL, high TEXT NOT NULL,
        PRIMARY KEY (name, value, document)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX {schema}.search_fields_by_document ON search_fields (document)",
    "CREATE INDEX {schema}.search_fields_by_day ON search_fields (name, high, low)",
    "CREATE VIRTUAL TABLE {schema}.search_text USING fts5(exact, stem, name, tokenize = 'ascii')",
    "INSERT INTO {schema}.search_text (search_text, rank) VALUES ('secure-delete', 1)",
    "CREATE VIRTUAL TABLE {schema}.search_vocabulary USING fts5vocab(search_text, col)",
)
_REMOVED_BY = {
    "search_text": "rowid",
    "search_originals": "id",
    "search_fields": "document",
    "search_documents": "id",
}
_LANGUAGE_OF = "SELECT id, language FROM {schema}.search_documents WHERE id IN :ids"
_TEXT_OF = "SELECT id, text FROM {schema}.search_originals WHERE id IN :ids"
# A loose scan: one step of the index for each language, not for each document.
_LANGUAGES = """WITH RECURSIVE found (language) AS (
    SELECT min(language) FROM {schema}.search_documents
    UNION ALL
    SELECT (SELECT min(language) FROM {schema}.search_documents AS later WHERE later.language > found.language)
    FROM found WHERE found.language IS NOT NULL
) SELECT language FROM found WHERE language IS NOT NULL"""


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    value: float | str
    total: int


class Index:
    """The documents of one schema.

    schema: the name the caller gave the database file, `main` or what it was attached as.
    text_of: reads texts by id where the caller keeps them. Without it the index keeps a copy, for snippets.
    seconds: the longest a search may take. clock: seconds that only grow.
    """

    def __init__(
        self,
        schema: str,
        text_of: TextOf | None = None,
        seconds: float = 3.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not _IDENTIFIER.fullmatch(schema):
            raise ValueError("a schema is named by letters, digits and underscores")
        self._schema = schema
        self._text_of = text_of
        self._seconds = seconds
        self._clock = clock
        self._analysis = Analysis()

    def create(self, connection: Connection) -> None:
        """Create the tables. Raises sqlalchemy.exc.OperationalError when they are there."""
        for statement in _TABLES:
            connection.execute(self._sql(statement))

    def put(self, connection: Connection, document: Document) -> None:
        """Index a document; what was there under its id is gone."""
        self.put_all(connection, (document,))

    def put_all(self, connection: Connection, documents: Iterable[Document]) -> None:
        """Index many documents, in a fraction of the time of one after the other."""
        for batch in _batches(documents):
            self._remove_all(connection, [document.id for document in batch])
            self._insert(
                connection, "search_documents", [{"id": d.id, "language": d.language} for d in batch]
            )
            terms = [(d.id, self._analysis.terms(d.text, d.language)) for d in batch]
            self._insert(
                connection,
                "search_text",
                [{"rowid": at, "exact": t.exact, "stem": t.stem, "name": t.name} for at, t in terms],
            )
            fields = [(d.id, item) for d in batch for item in {"language": d.language, **d.fields}.items()]
            self._insert(connection, "search_fields", [_field_row(at, *item) for at, item in fields])
            if self._text_of is None:
                self._insert(connection, "search_originals", [{"id": d.id, "text": d.text} for d in batch])

    def remove(self, connection: Connection, document_id: int) -> None:
        """Forget a document; nothing happens when it is not there."""
        self._remove_all(connection, [document_id])

    def _remove_all(self, connection: Connection, ids: Sequence[int]) -> None:
        known = self._by_id(connection, _LANGUAGE_OF, ids)
        parameters = [{"id": document_id} for document_id in known]
        if parameters:
            for table, column in _REMOVED_BY.items():
                statement = f"DELETE FROM {{schema}}.{table} WHERE {column} = :id"  # noqa: S608  # names are ours
                connection.execute(self._sql(statement), parameters)

    def _insert(self, connection: Connection, table: str, rows: Sequence[dict[str, object]]) -> None:
        columns, values = ", ".join(rows[0]), ", ".join(f":{column}" for column in rows[0])
        statement = f"INSERT INTO {{schema}}.{table} ({columns}) VALUES ({values})"  # noqa: S608  # names are ours
        connection.execute(self._sql(statement), rows)

    def search(self, connection: Connection, query: Query, access: Access, page: PageRequest) -> Page:
        """Return one page of the documents the query finds and the access allows. Raises QueryTooCostly."""
        with self._time_limit(connection):
            compiled = self._compiled(connection, query)
            rows = self._page_rows(connection, compiled, access, page)
            total = rows[0].total if rows else self._count(connection, compiled, access)
            hits = self._hits(connection, compiled, rows[: page.size], page.order)
        last = rows[page.size - 1] if len(rows) > page.size else None
        return Page(hits, PageKey(last.value, last.id) if last else None, total, query.explanation)

    def count(self, connection: Connection, query: Query, access: Access) -> int:
        """Return how many documents the query finds and the access allows. Raises QueryTooCostly."""
        with self._time_limit(connection):
            return self._count(connection, self._compiled(connection, query), access)

    def _compiled(self, connection: Connection, query: Query) -> Compiled:
        languages = tuple(connection.execute(self._sql(_LANGUAGES)).scalars())
        vocabulary = Vocabulary(connection, self._schema)
        return Compiler(self._schema, self._analysis, vocabulary, languages, query.fields).compile(query)

    def _allowed(self, compiled: Compiled, access: Access, value: str) -> str:
        """Return the common tables `doc` (what matches) and `allowed` (what of it the reader may find).

        Both are materialised: whatever the predicate is, the full text is never asked again for each row.
        """
        if compiled.match:
            matching = (
                f"SELECT rowid AS id FROM {self._schema}.search_text WHERE search_text MATCH :search_match"
            )
        else:
            matching = f"SELECT id FROM {self._schema}.search_documents"
        return (
            f"WITH doc AS MATERIALIZED ({matching}), allowed AS MATERIALIZED ("
            f"SELECT doc.id AS id, {value} AS value FROM doc {access.joins}"
            f" WHERE ({compiled.condition}) AND ({access.sql}))"
        )

    def _parameters(self, compiled: Compiled, access: Access) -> dict[str, object]:
        matched = {"search_match": compiled.match} if compiled.match else {}
        return {**access.parameters, **compiled.parameters, **matched}

    def _count(self, connection: Connection, compiled: Compiled, access: Access) -> int:
        statement = text(f"{self._allowed(compiled, access, '0.0')} SELECT count(*) FROM allowed")
        return int(connection.execute(statement, self._parameters(compiled, access)).scalar_one())

    def _page_rows(
        self, connection: Connection, compiled: Compiled, access: Access, page: PageRequest
    ) -> list[_Row]:
        newest = f"coalesce({page.newest}, '')" if page.order is Order.NEWEST else "0.0"
        hits = "SELECT id, value FROM allowed"
        if compiled.match and page.order is Order.RELEVANCE:
            # Only what is allowed is scored, which is the dear part.
            hits = (
                f"SELECT rowid AS id, -bm25(search_text) AS value FROM {self._schema}.search_text"  # noqa: S608
                " WHERE search_text MATCH :search_match AND +rowid IN (SELECT id FROM allowed)"
            )
        parameters = {**self._parameters(compiled, access), "search_size": page.size + 1}
        after = ""
        if page.after is not None:
            after = "WHERE (value, id) < (:search_after_value, :search_after_id)"
            parameters |= {"search_after_value": page.after.value, "search_after_id": page.after.id}
        statement = text(
            f"{self._allowed(compiled, access, newest)}"
            f" SELECT id, value, (SELECT count(*) FROM allowed) AS total FROM ({hits})"
            f" {after} ORDER BY value DESC, id DESC LIMIT :search_size"
        )
        return [_Row(*row) for row in connection.execute(statement, parameters)]

    def _hits(
        self, connection: Connection, compiled: Compiled, rows: Sequence[_Row], order: Order
    ) -> tuple[Hit, ...]:
        ids = [row.id for row in rows]
        languages = self._by_id(connection, _LANGUAGE_OF, ids)
        if self._text_of is not None:
            texts = self._text_of(connection, ids)
        else:
            texts = self._by_id(connection, _TEXT_OF, ids)
        hits = []
        for row in rows:
            snippet, reasons = highlight(texts[row.id], languages[row.id], compiled.rules, self._analysis)
            score = float(row.value) if order is Order.RELEVANCE else 0.0
            hits.append(Hit(row.id, score, snippet, reasons))
        return tuple(hits)

    def _by_id(self, connection: Connection, statement: str, ids: Sequence[int]) -> dict[int, str]:
        bound = self._sql(statement).bindparams(bindparam("ids", expanding=True))
        return {row_id: value for row_id, value in connection.execute(bound, {"ids": list(ids)})}

    @contextmanager
    def _time_limit(self, connection: Connection) -> Iterator[None]:
        """Interrupt the statements inside after the longest a search may take."""
        ends = self._clock() + self._seconds
        driver = connection.connection.driver_connection
        if driver is None:
            raise RuntimeError("a search needs an open connection")
        driver.set_progress_handler(lambda: self._clock() > ends, _STEPS_BETWEEN_LOOKS)
        try:
            yield
        except OperationalError as error:
            if "interrupted" not in str(error.orig):
                raise
            raise QueryTooCostly(CostReason.TIME) from None
        finally:
            driver.set_progress_handler(None, 0)

    def _sql(self, statement: str) -> TextClause:
        return text(statement.replace("{schema}", self._schema))


def _batches(documents: Iterable[Document]) -> Iterator[tuple[Document, ...]]:
    rest = iter(documents)
    while batch := tuple(islice(rest, _BATCH)):
        # Of two documents with one id the later counts, as if they had come one by one.
        yield tuple({document.id: document for document in batch}.values())


def _field_row(document_id: int, name: str, value: str) -> dict[str, object]:
    try:
        span = span_of(value)
    except NotADate:
        return {"name": name, "value": field_value(value), "document": document_id, "low": "", "high": ""}
    return {
        "name": name,
        "value": field_value(value),
        "document": document_id,
        "low": span.low,
        "high": span.high,
    }
