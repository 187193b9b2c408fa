"""A real encrypted index for the search tests: SQLCipher, attached as it is in an archive."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import NullPool
from sqlcipher3 import dbapi2

from search.access import Access
from search.documents import Document
from search.index import Index
from search.queries import FieldKind, parse
from search.results import Page, PageRequest

SCHEMA = "reading_room"
KEY = "x'" + "5e" * 48 + "'"
FIELDS = {"month": FieldKind.DATE, "code": FieldKind.CODE}
# What an archive never has: every document for everyone.
EVERYTHING = Access("doc.id IS NOT NULL", {}, "")


@contextmanager
def open_index(folder: Path | None, *documents: Document) -> Iterator[tuple[Connection, Index]]:
    """A new index with these documents, in files under `folder` or in memory."""
    first, second = (
        str(folder / name) if folder else ":memory:" for name in ("ledger.db", "reading_room.db")
    )

    def connect() -> Any:
        connection = dbapi2.connect(first, isolation_level=None)
        connection.execute(f'PRAGMA key = "{KEY}"')
        connection.execute(f"ATTACH DATABASE '{second}' AS {SCHEMA} KEY \"{KEY}\"")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA trusted_schema = OFF")
        return connection

    engine = create_engine(
        "sqlite://", creator=connect, module=dbapi2, poolclass=NullPool, hide_parameters=True
    )
    index = Index(SCHEMA)
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        index.create(connection)
        for document in documents:
            index.put(connection, document)
        connection.exec_driver_sql("COMMIT")
        yield connection, index


def texts(*lines: str, language: str = "eng") -> tuple[Document, ...]:
    """Documents numbered from one, all in one language."""
    return tuple(Document(number, line, language, {}) for number, line in enumerate(lines, start=1))


def search(
    opened: tuple[Connection, Index], query: str, page: PageRequest | None = None, access: Access = EVERYTHING
) -> Page:
    connection, index = opened
    return index.search(connection, parse(query, FIELDS), access, page or PageRequest())


def found(opened: tuple[Connection, Index], query: str, access: Access = EVERYTHING) -> set[int]:
    """The ids a query finds, all of them."""
    return {hit.id for hit in search(opened, query, PageRequest(size=1000), access).hits}
