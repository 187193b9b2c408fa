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
from search.statements import count_statement, page_statement, parameters_of
from search.tables import INSERTS, LANGUAGE_OF, LANGUAGES, REMOVALS, TABLES, TEXT_OF
from search.vocabulary import KnownTerms, Vocabulary

TextOf = Callable[[Connection, Sequence[int]], Mapping[int, str]]

_BATCH = 256
_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]*")
# Under this name a connection keeps the transaction in which it last wrote to an index.
_WROTE = "search index written in"
# How many steps of SQLite's machine lie between two looks at the clock. FTS5 does much within one step.
_STEPS_BETWEEN_LOOKS = 1_000


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    value: float | str
    total: int


class Index:
    """The documents of one schema.

    schema: the name the caller gave the database file, `main` or what it was attached as.
    text_of: reads texts by id where the caller keeps them. Without it the index keeps a copy, for snippets.
    seconds: the longest a search may take. clock: seconds that only grow. A search takes the connection's progress
        handler for itself and leaves none.
    It remembers analysed words in memory: make one for each opened archive and drop it when that is closed.
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
        self._known = KnownTerms()

    def create(self, connection: Connection) -> None:
        """Create the tables. Raises sqlalchemy.exc.OperationalError when they are there."""
        for statement in TABLES:
            connection.execute(self._sql(statement))

    def put(self, connection: Connection, document: Document) -> None:
        """Index a document; what was there under its id is gone."""
        self.put_all(connection, (document,))

    def put_all(self, connection: Connection, documents: Iterable[Document]) -> None:
        """Index many documents, in a fraction of the time of one after the other."""
        for batch in _batches(documents):
            self._remove_all(connection, [document.id for document in batch])
            self._insert(connection, "search_documents", [(d.id, d.language) for d in batch])
            terms = [(d.id, self._analysis.terms(d.text, d.language)) for d in batch]
            self._insert(connection, "search_text", [(at, t.exact, t.stem, t.name) for at, t in terms])
            fields = [(d.id, item) for d in batch for item in {"language": d.language, **d.fields}.items()]
            self._insert(connection, "search_fields", [_field_row(at, *item) for at, item in fields])
            if self._text_of is None:
                self._insert(connection, "search_originals", [(d.id, d.text) for d in batch])

    def remove(self, connection: Connection, document_id: int) -> None:
        """Forget a document; nothing happens when it is not there."""
        self._remove_all(connection, [document_id])

    def _remove_all(self, connection: Connection, ids: Sequence[int]) -> None:
        known = self._by_id(connection, LANGUAGE_OF, ids)
        parameters = [{"id": document_id} for document_id in known]
        if parameters:
            for statement in REMOVALS:
                connection.execute(self._sql(statement), parameters)
        self._known.forget()
        connection.info[_WROTE] = connection.get_transaction()

    def _insert(self, connection: Connection, table: str, rows: list[tuple[object, ...]]) -> None:
        # Past SQLAlchemy's reading of the statement, which takes longer than the insert.
        connection.exec_driver_sql(INSERTS[table].replace("{schema}", self._schema), rows)

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
        languages = tuple(connection.execute(self._sql(LANGUAGES)).scalars())
        wrote = connection.info.get(_WROTE) is connection.get_transaction()
        vocabulary = Vocabulary(connection, self._schema, KnownTerms() if wrote else self._known)
        return Compiler(self._schema, self._analysis, vocabulary, languages, query.fields).compile(query)

    def _count(self, connection: Connection, compiled: Compiled, access: Access) -> int:
        statement = text(count_statement(self._schema, compiled, access))
        return int(connection.execute(statement, parameters_of(compiled, access)).scalar_one())

    def _page_rows(
        self, connection: Connection, compiled: Compiled, access: Access, page: PageRequest
    ) -> list[_Row]:
        parameters = {**parameters_of(compiled, access), "search_size": page.size + 1}
        if page.after is not None:
            parameters |= {"search_after_value": page.after.value, "search_after_id": page.after.id}
        statement = text(page_statement(self._schema, compiled, access, page))
        return [_Row(*row) for row in connection.execute(statement, parameters)]

    def _hits(
        self, connection: Connection, compiled: Compiled, rows: Sequence[_Row], order: Order
    ) -> tuple[Hit, ...]:
        ids = [row.id for row in rows]
        languages = self._by_id(connection, LANGUAGE_OF, ids)
        if self._text_of is None:
            texts: Mapping[int, str] = self._by_id(connection, TEXT_OF, ids)
        else:
            texts = self._text_of(connection, ids)
        hits = []
        for row in rows:
            snippet, reasons = highlight(texts[row.id], languages[row.id], compiled.rules, self._analysis)
            score = float(row.value) if order is Order.RELEVANCE else 0.0
            hits.append(Hit(row.id, score, snippet, reasons))
        return tuple(hits)

    def _by_id(self, connection: Connection, statement: str, ids: Sequence[int]) -> dict[int, str]:
        bound = self._sql(statement).bindparams(bindparam("ids", expanding=True))
        return {int(row.id): str(row[1]) for row in connection.execute(bound, {"ids": list(ids)})}

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


def _field_row(document_id: int, name: str, value: str) -> tuple[object, ...]:
    try:
        span = span_of(value)
    except NotADate:
        return name, field_value(value), document_id, "", ""
    return name, field_value(value), document_id, span.low, span.high
