"""The index anew: several values a field, labels, changes; and releases that changed are followed by triggers.

The tables are made empty, since their terms come from texts and rules that a revision does not hold: whoever signs in
next with the key of this room fills them (`services/reindexing.py`), and until then less is found, never more.

Revision ID: reading_room_0003
Revises: reading_room_0002
"""

from alembic import op

revision = "reading_room_0003"
down_revision = "reading_room_0002"

STATEMENTS = (
    "DROP TABLE search_vocabulary",
    "DROP TABLE search_text",
    "DROP TABLE search_fields",
    "DROP TABLE search_originals",
    "DROP TABLE search_documents",
    """
    CREATE TABLE main.search_documents (id INTEGER PRIMARY KEY, language TEXT NOT NULL) STRICT
    """,
    """
    CREATE TABLE main.search_originals (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT
    """,
    """
    CREATE INDEX main.search_documents_by_language ON search_documents (language)
    """,
    """
    CREATE TABLE main.search_fields (
            name TEXT NOT NULL, value TEXT NOT NULL, document INTEGER NOT NULL, low TEXT NOT NULL, high TEXT NOT NULL,
            PRIMARY KEY (name, value, document)
        ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE INDEX main.search_fields_by_document ON search_fields (document)
    """,
    """
    CREATE INDEX main.search_fields_by_day ON search_fields (name, high, low) WHERE high <> ''
    """,
    """
    CREATE TABLE main.search_labels (
            document INTEGER NOT NULL, text TEXT NOT NULL, language TEXT NOT NULL, PRIMARY KEY (document, text, language)
        ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE main.search_terms (
            kind TEXT NOT NULL, term TEXT NOT NULL, PRIMARY KEY (kind, term)
        ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE main.search_changes (seq INTEGER PRIMARY KEY, id INTEGER, token BLOB NOT NULL) STRICT
    """,
    """
    CREATE VIRTUAL TABLE main.search_text USING fts5(exact, stem, name, label, tokenize = 'ascii')
    """,
    """
    INSERT INTO main.search_text (search_text, rank) VALUES ('secure-delete', 1)
    """,
    """
    INSERT INTO main.search_text (search_text, rank) VALUES ('hashsize', 16777216)
    """,
    """
    CREATE VIRTUAL TABLE main.search_vocabulary USING fts5vocab(search_text, instance)
    """,
    """
    CREATE INDEX releases_gate ON releases (code, current, rank, residual_checked, hides_named_details)
    """,
    """
    CREATE TABLE release_changes (
        seq INTEGER NOT NULL,
        code TEXT NOT NULL,
        token BLOB NOT NULL,
        PRIMARY KEY (seq)
    )
     STRICT
    """,
    """
    CREATE TRIGGER releases_insert_noted AFTER INSERT ON releases BEGIN INSERT INTO release_changes (code, token) VALUES (NEW.code, randomblob(12)); DELETE FROM release_changes WHERE seq <= (SELECT max(seq) FROM release_changes) - 1000; END
    """,
    """
    CREATE TRIGGER releases_update_noted AFTER UPDATE ON releases BEGIN INSERT INTO release_changes (code, token) VALUES (OLD.code, randomblob(12)); INSERT INTO release_changes (code, token) VALUES (NEW.code, randomblob(12)); DELETE FROM release_changes WHERE seq <= (SELECT max(seq) FROM release_changes) - 1000; END
    """,
    """
    CREATE TRIGGER releases_delete_noted AFTER DELETE ON releases BEGIN INSERT INTO release_changes (code, token) VALUES (OLD.code, randomblob(12)); DELETE FROM release_changes WHERE seq <= (SELECT max(seq) FROM release_changes) - 1000; END
    """,
)


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
