"""The full-text indexes, each with the rows that it is made of, a page at a time. Knows no rule and no account."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from search import mending
from search.documents import Document
from search.index import Index
from search.mending import Term, TermPage
from testimony.storage import originals_index, releases
from testimony.storage.compartments import Compartment

_END = 2**63 - 1
"""The last number that SQLite gives a row."""


@dataclass(frozen=True, slots=True)
class Indexed:
    """One index and its rows.

    number: gives rows the number that they are indexed under, where they lack it; how many did. count: how many
    documents the rows make. page: the documents with ids above one, in order, at most so many.
    """

    compartment: Compartment
    index: Index
    number: Callable[[sa.Connection], int]
    count: Callable[[sa.Connection], int]
    page: Callable[[sa.Connection, int, int], tuple[Document, ...]]


@dataclass(frozen=True, slots=True)
class Difference:
    """What of one page of an index is not as its rows are. last: of the page, None when nothing is left after it.

    wrong: documents whose entry is missing or another one. stale: entries without a document.
    """

    documents: tuple[Document, ...]
    last: int | None
    wrong: frozenset[int]
    stale: tuple[int, ...]

    @property
    def is_none(self) -> bool:
        return not self.wrong and not self.stale


INDEXES = (
    Indexed(
        Compartment.READING_ROOM,
        releases.INDEX,
        lambda connection: 0,
        releases.count_current,
        releases.documents_after,
    ),
    Indexed(
        Compartment.VAULT,
        originals_index.INDEX,
        originals_index.number_versions,
        originals_index.count_documents,
        originals_index.documents_after,
    ),
)


def difference(connection: sa.Connection, indexed: Indexed, after: int, limit: int) -> Difference:
    """Compare the page of documents above `after`, and the entries in its range, in one consistent view."""
    documents = indexed.page(connection, after, limit)
    last = documents[-1].id if len(documents) == limit else None
    there = mending.traces(connection, indexed.index, after, _END if last is None else last)
    return Difference(
        documents=documents,
        last=last,
        wrong=frozenset(indexed.index.differing(connection, documents)) if documents else frozenset(),
        stale=tuple(sorted(there - {document.id for document in documents})),
    )


def mend(connection: sa.Connection, indexed: Indexed, seen: Difference, after: int, limit: int) -> Difference:
    """Write what a page lacks and remove what it should not have; return what was wrong when it was written.

    seen: the same page a moment ago, so that only what was wrong then or changed since is analysed again.
    """
    before = {document.id: document for document in seen.documents}
    documents = indexed.page(connection, after, limit)
    last = documents[-1].id if len(documents) == limit else None
    there = mending.traces(connection, indexed.index, after, _END if last is None else last)
    stale = tuple(sorted(there - {document.id for document in documents}))
    doubtful = [d for d in documents if d.id in seen.wrong or d != before.get(d.id)]
    wrong = frozenset(indexed.index.differing(connection, doubtful)) if doubtful else frozenset()
    mending.scrub(connection, indexed.index, (*sorted(wrong), *stale))
    indexed.index.put_all(connection, [document for document in doubtful if document.id in wrong])
    return Difference(documents, last, wrong, stale)


def is_sound(connection: sa.Connection, indexed: Indexed) -> bool:
    """Whether an index is in order inside. Reads the whole of it."""
    return mending.is_sound(connection, indexed.index)


def terms(connection: sa.Connection, indexed: Indexed, after: Term, limit: int) -> TermPage:
    """A page of the terms of an index, and which of them stand in none of its documents."""
    return mending.term_page(connection, indexed.index, after, limit)


def drop_terms(connection: sa.Connection, indexed: Indexed, stray: Sequence[Term]) -> None:
    mending.drop_terms(connection, indexed.index, stray)


def make_anew(connection: sa.Connection, indexed: Indexed) -> None:
    """Empty an index whose words do not hang together any more; everything is missing from it then."""
    mending.empty(connection, indexed.index)


def is_short(connection: sa.Connection, indexed: Indexed) -> bool:
    """Whether the index has no entry for some document, as after an upgrade that left it empty.

    Counted, not compared: cheap enough for every sign-in.
    """
    return mending.size(connection, indexed.index) < indexed.count(connection)


def forget_words() -> None:
    """Keep no word and no set of documents in memory: the files they were read from are closed."""
    for indexed in INDEXES:
        indexed.index.forget()
