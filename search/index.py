"""The index: tables in the caller's schema, written and read inside the caller's transaction.

`search_text` is an FTS5 table that holds its content: `exact` (folded words), `stem` (where it differs from the
word), `name` (keys and spellings of names), `label` (what was said about the document). Contentless tables are not
used: they keep the terms of what was removed. With `secure-delete` here and `PRAGMA secure_delete` on the
connection, a removed text is in no page of the file once the transaction ends. Format: docs/formats/search-index.md.

A search is answered in sets of documents (`search.sets`): what the words find, what the fields find, what the
reader may find. Of what is in all of them, the best are fetched, asked once more whether they may be shown, and
given their snippets.
"""

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice

from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from search import reading
from search.access import Access
from search.allowed import Allowed
from search.analysis import Analysis
from search.changes import Changes
from search.compiling import Compiler
from search.documents import Document, Label
from search.errors import CostReason, QueryTooCostly
from search.evaluating import Evaluation
from search.fields import Fields
from search.highlighting import highlight, label_marker, label_reasons
from search.marking import Marker, Rule
from search.matches import Matches
from search.paging import page_of
from search.queries import Query
from search.results import Hit, Page, PageKey, PageRequest
from search.sets import count_of, from_highest, set_of
from search.similarity import telling_words
from search.suggesting import suggestion
from search.tables import (
    EVERY_ID,
    HAS_LABELS,
    IDS,
    LABELS_OF,
    LANGUAGE_OF,
    LANGUAGES,
    TABLES,
    TERMS_OF,
    TEXT_OF,
)
from search.tree import Node, Or, Phrase, Word
from search.vocabulary import KnownTerms, Vocabulary
from search.writing import Writer

TextOf = Callable[[Connection, Sequence[int]], Mapping[int, str]]

_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]*")
# How many steps of SQLite's machine lie between two looks at the clock. FTS5 does much within one step.
_STEPS_BETWEEN_LOOKS = 1_000


class Index:
    """The documents of one schema.

    schema: the name the caller gave the database file, `main` or what it was attached as.
    text_of: reads texts by id where the caller keeps them. Without it the index keeps a copy, for snippets.
    documents: the caller's table with a row for each document, whose `id` an Access is asked about; without one,
        the index's own.
    label_languages: languages in which labels are written, besides those of the texts.
    seconds: the longest a search may take. clock: seconds that only grow. A search takes the connection's progress
        handler for itself and leaves none.
    It remembers words and sets in memory: make one for each opened archive, and `forget` when it is closed.
    """

    def __init__(
        self,
        schema: str,
        text_of: TextOf | None = None,
        *,
        documents: str | None = None,
        label_languages: tuple[str, ...] = (),
        seconds: float = 3.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not _IDENTIFIER.fullmatch(schema):
            raise ValueError("a schema is named by letters, digits and underscores")
        self._schema = schema
        self._text_of = text_of
        self._label_languages = label_languages
        self._seconds = seconds
        self._clock = clock
        self._analysis = Analysis()
        self._known = KnownTerms()
        self._changes = Changes(schema)
        self._writer = Writer(schema, self._analysis, self._changes, keeps_texts=text_of is None)
        self._fields = Fields(schema, self._changes)
        self._matches = Matches(schema, self._changes)
        self._allowed = Allowed(documents or f"{schema}.search_documents")

    @property
    def schema(self) -> str:
        """What the caller gave the database file."""
        return self._schema

    @property
    def changes(self) -> Changes:
        """The feed of what was put and removed."""
        return self._changes

    def forget(self) -> None:
        """Keep no word and no set in memory; called when the file is closed."""
        self._known.forget()
        self._analysis.forget()
        for part in (self._writer, self._fields, self._matches, self._allowed):
            part.forget()

    def create(self, connection: Connection) -> None:
        """Create the tables. Raises sqlalchemy.exc.OperationalError when they are there."""
        for statement in TABLES:
            connection.execute(text(self._sql(statement)))

    def put(self, connection: Connection, document: Document) -> None:
        """Index a document; what was there under its id is gone."""
        self.put_all(connection, (document,))

    def put_all(
        self,
        connection: Connection,
        documents: Iterable[Document],
        beside: Iterable[object] = (),
    ) -> None:
        """Index many documents, in a fraction of the time of one after the other.

        beside: what else is to be written in the same transaction, drawn piece by piece while texts are analysed and to
        its end. Pieces should be large: where a row has triggers, FTS5 writes out what it gathered.
        """
        self._writer.put_all(connection, documents, beside)

    def remove(self, connection: Connection, document_id: int) -> None:
        """Forget a document; nothing happens when it is not there."""
        self._writer.remove(connection, (document_id,))

    def ids(self, connection: Connection, after: int, limit: int) -> tuple[int, ...]:
        """Return the ids of documents that have an entry, from the first above `after`."""
        statement = text(self._sql(IDS))
        return tuple(connection.execute(statement, {"after": after, "limit": limit}).scalars())

    def values(
        self, connection: Connection, ids: Sequence[int], names: Iterable[str]
    ) -> Mapping[int, Mapping[str, tuple[str, ...]]]:
        """Return the values of some fields of a few documents, folded as they are kept. Asks no access."""
        return self._fields.of(connection, ids, names)

    def differing(self, connection: Connection, documents: Sequence[Document]) -> tuple[int, ...]:
        """Return the ids of documents whose entry is missing or not what `put` would write now."""
        return self._writer.differing(connection, documents)

    def search(self, connection: Connection, query: Query, access: Access, page: PageRequest) -> Page:
        """Return one page of the documents the query finds and the access allows. Raises QueryTooCostly."""
        with self._time_limit(connection), self._changes.held(connection):
            compiler = self._compiler(connection)
            found = self._found(connection, compiler, query, access)
            older = max(0, min(page.newer_than + 1, found.bit_length()))
            found = found >> older << older
            ranking = compiler.ranking(query.root, self._is_common(connection))
            rows = page_of(connection, self._matches, self._fields, query, ranking, found, page)
            self._require_allowed(connection, access, rows)
            hits = self._hits(connection, compiler.rules(query.root), rows[: page.size])
            facets = self._fields.counts(connection, page.facets, found)
        last = rows[page.size - 1] if len(rows) > page.size else None
        return Page(hits, last, count_of(found), query.explanation, facets)

    def count(self, connection: Connection, query: Query, access: Access) -> int:
        """Return how many documents the query finds and the access allows. Raises QueryTooCostly."""
        with self._time_limit(connection):
            return count_of(self._found(connection, self._compiler(connection), query, access))

    def found(self, connection: Connection, query: Query, access: Access, limit: int) -> tuple[int, ...]:
        """Return the ids of what the query finds and the access allows, highest first, at most `limit`.

        Raises QueryTooCostly.
        """
        with self._time_limit(connection):
            found = self._found(connection, self._compiler(connection), query, access)
            ids = tuple(islice(from_highest(found), limit))
            self._require_allowed(connection, access, [PageKey(0.0, each) for each in ids])
        return ids

    def suggest(self, connection: Connection, query: Query, access: Access) -> Query | None:
        """Return what a query may have meant, of words that stand in texts the access allows. Raises QueryTooCostly."""
        with self._time_limit(connection):
            compiler = self._compiler(connection)

            def found(node: Node) -> int:
                return self._found(connection, compiler, replace(query, root=node), access)

            return suggestion(query, compiler.vocabulary, self._analysis, found)

    def similar(self, connection: Connection, document_id: int, access: Access, size: int) -> tuple[Hit, ...]:
        """Return the documents nearest to one, of those the access allows, best first. Raises QueryTooCostly."""
        with self._time_limit(connection):
            allowed = self._allowed.of(connection, access) & self._indexed(connection)
            compiler = self._compiler(connection)
            words = telling_words(
                self._terms_of(connection, document_id),
                count_of(self._indexed(connection)),
                lambda term: count_of(self._matches.of(connection, compiler.expression(Phrase((term,))))),
            )
            if not allowed >> document_id & 1 or not words:
                return ()
            root = Or(tuple(map(Word, words))) if len(words) > 1 else Word(words[0])
            expression = compiler.expression(root)
            near = self._matches.of(connection, expression) & allowed & ~(1 << document_id)
            rows = [PageKey(*row) for row in self._matches.ranked(connection, expression, near, None, size)]
            self._require_allowed(connection, access, rows)
            return self._hits(connection, compiler.rules(root), rows)

    def _is_common(self, connection: Connection) -> Callable[[str], bool]:
        """Return what tells whether an expression fits more than half of all documents."""
        half = count_of(self._indexed(connection)) / 2
        return lambda expression: self._matches.number(connection, expression) > half

    def _terms_of(self, connection: Connection, document_id: int) -> str:
        found = reading.among(connection, self._sql(TERMS_OF), (document_id,))
        return str(found[0][1]) if found else ""

    def _require_allowed(self, connection: Connection, access: Access, rows: Sequence[PageKey]) -> None:
        """Ask the predicate once more about what is about to be shown, in the transaction that shows it."""
        if self._allowed.among(connection, access, [row.id for row in rows]) != set_of(
            row.id for row in rows
        ):
            # A feed that missed a change must not show what the predicate refuses now; next time all is asked.
            self._allowed.forget()
            raise RuntimeError("what was kept of a reader's access is not what the archive says")

    def _compiler(self, connection: Connection) -> Compiler:
        languages = tuple(reading.column(connection, self._sql(LANGUAGES)))
        (has_labels,) = reading.column(connection, self._sql(HAS_LABELS))
        labels = tuple(dict.fromkeys((*languages, *self._label_languages))) if has_labels else ()
        vocabulary = Vocabulary(connection, self._schema, self._changes, self._known)
        return Compiler(self._analysis, vocabulary, languages, labels)

    def _found(self, connection: Connection, compiler: Compiler, query: Query, access: Access) -> int:
        allowed = self._allowed.of(connection, access) & self._indexed(connection)
        return Evaluation(connection, compiler, self._matches, self._fields, query, allowed).documents()

    def _indexed(self, connection: Connection) -> int:
        return self._matches.kept(connection, "", lambda: reading.numbers(connection, self._sql(EVERY_ID)))

    def _hits(
        self, connection: Connection, rules: tuple[Rule, ...], rows: Sequence[PageKey]
    ) -> tuple[Hit, ...]:
        ids = [row.id for row in rows]
        languages = self._by_id(connection, LANGUAGE_OF, ids)
        if self._text_of is None:
            texts: Mapping[int, str] = self._by_id(connection, TEXT_OF, ids)
        else:
            texts = self._text_of(connection, ids)
        labels = self._labels(connection, ids)
        marker, of_labels = Marker(rules, self._analysis), label_marker(rules, self._analysis)
        hits = []
        for row in rows:
            snippet, reasons = highlight(texts[row.id], languages[row.id], marker)
            said = labels.get(row.id)
            coded = label_reasons(said, of_labels) if said else ()
            score = row.value if isinstance(row.value, float) else 0.0
            hits.append(Hit(row.id, score, snippet, reasons + coded))
        return tuple(hits)

    def _labels(self, connection: Connection, ids: Sequence[int]) -> Mapping[int, list[Label]]:
        labels: dict[int, list[Label]] = {}
        for document, said, language in reading.among(connection, self._sql(LABELS_OF), ids):
            labels.setdefault(document, []).append(Label(said, language))
        return labels

    def _by_id(self, connection: Connection, statement: str, ids: Sequence[int]) -> dict[int, str]:
        return dict(reading.among(connection, self._sql(statement), ids))

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

    def _sql(self, statement: str) -> str:
        return statement.replace("{schema}", self._schema)
