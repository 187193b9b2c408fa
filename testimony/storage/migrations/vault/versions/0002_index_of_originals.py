"""The index of originals, filled with those that are there. Frozen: a change of the schema is a new revision.

Revision ID: vault_0002
Revises: vault_0001
"""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from search.documents import Document
from search.index import Index
from testimony.storage.originals_index import document_of

revision = "vault_0002"
down_revision = "vault_0001"

STATEMENTS = (
    """
    CREATE TABLE original_documents (
        id INTEGER NOT NULL,
        code TEXT NOT NULL,
        version_no INTEGER NOT NULL,
        PRIMARY KEY (id),
        UNIQUE (code, version_no),
        FOREIGN KEY(code, version_no) REFERENCES original_versions (code, version_no)
    )
     STRICT
    """,
    "CREATE TABLE main.search_documents (id INTEGER PRIMARY KEY, language TEXT NOT NULL) STRICT",
    "CREATE TABLE main.search_originals (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT",
    "CREATE INDEX main.search_documents_by_language ON search_documents (language)",
    """CREATE TABLE main.search_fields (
        name TEXT NOT NULL, value TEXT NOT NULL, document INTEGER NOT NULL, low TEXT NOT NULL, high TEXT NOT NULL,
        PRIMARY KEY (name, value, document)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX main.search_fields_by_document ON search_fields (document)",
    "CREATE INDEX main.search_fields_by_day ON search_fields (name, high, low) WHERE high <> ''",
    """CREATE TABLE main.search_labels (
        document INTEGER NOT NULL, text TEXT NOT NULL, language TEXT NOT NULL, PRIMARY KEY (document, text, language)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE main.search_terms (
        kind TEXT NOT NULL, term TEXT NOT NULL, PRIMARY KEY (kind, term)
    ) STRICT, WITHOUT ROWID""",
    "CREATE TABLE main.search_changes (seq INTEGER PRIMARY KEY, id INTEGER, token BLOB NOT NULL) STRICT",
    "CREATE VIRTUAL TABLE main.search_text USING fts5(exact, stem, name, label, tokenize = 'ascii')",
    "INSERT INTO main.search_text (search_text, rank) VALUES ('secure-delete', 1)",
    "INSERT INTO main.search_text (search_text, rank) VALUES ('hashsize', 16777216)",
    "CREATE VIRTUAL TABLE main.search_vocabulary USING fts5vocab(search_text, instance)",
    """INSERT INTO original_documents (code, version_no)
       SELECT code, version_no FROM original_versions ORDER BY code, version_no""",
)
CONTENT = """
    SELECT o.id, v.code, v.language, v.text, w.document FROM original_documents o
    JOIN original_versions v ON v.code = o.code AND v.version_no = o.version_no
    JOIN originals w ON w.code = v.code
    WHERE o.id > ? ORDER BY o.id LIMIT 200
"""


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
    # What the index says of a text is the code's, not the schema's: a revision that changes these tables
    # makes them anew and takes this step over.
    Index("main", text_of=lambda connection, ids: {}).put_all(connection, _documents(connection))


def _documents(connection: sa.Connection) -> Iterator[Document]:
    after = 0
    while rows := connection.exec_driver_sql(CONTENT, (after,)).all():
        yield from (document_of(*row) for row in rows)
        after = rows[-1].id
