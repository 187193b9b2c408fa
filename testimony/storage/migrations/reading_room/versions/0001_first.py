"""The first reading room. Frozen: a change of the schema is a new revision, never an edit here.

Revision ID: reading_room_0001
Revises:
"""

from alembic import op

revision = "reading_room_0001"
down_revision = None

STATEMENTS = (
    """
    CREATE TABLE releases (
        id INTEGER NOT NULL,
        code TEXT NOT NULL,
        audience TEXT NOT NULL,
        rank INTEGER NOT NULL,
        number INTEGER NOT NULL,
        language TEXT NOT NULL,
        month TEXT,
        case_id TEXT NOT NULL,
        text TEXT NOT NULL,
        text_sha256 TEXT NOT NULL,
        withheld TEXT NOT NULL,
        warning TEXT,
        hides_named_details INTEGER NOT NULL CHECK (hides_named_details IN (0, 1)),
        residual_checked INTEGER NOT NULL CHECK (residual_checked IN (0, 1)),
        current INTEGER NOT NULL CHECK (current IN (0, 1)),
        released_at TEXT NOT NULL,
        redactor_id TEXT NOT NULL,
        approver_id TEXT NOT NULL,
        releaser_id TEXT NOT NULL,
        statement BLOB NOT NULL,
        signature BLOB NOT NULL,
        PRIMARY KEY (id),
        UNIQUE (code, audience, number),
        CHECK ((audience = 'public' AND rank = 0) OR (audience = 'partner' AND rank = 1) OR (audience = 'court' AND rank = 2)),
        CHECK (approver_id <> redactor_id)
    )
     STRICT
    """,
    "CREATE UNIQUE INDEX releases_current ON releases (code, audience) WHERE current = 1",
    "CREATE TABLE main.search_documents (id INTEGER PRIMARY KEY, language TEXT NOT NULL) STRICT",
    "CREATE TABLE main.search_originals (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT",
    "CREATE INDEX main.search_documents_by_language ON search_documents (language)",
    """
    CREATE TABLE main.search_fields (
            name TEXT NOT NULL, value TEXT NOT NULL, document INTEGER NOT NULL, low TEXT NOT NULL, high TEXT NOT NULL,
            PRIMARY KEY (name, value, document)
        ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX main.search_fields_by_document ON search_fields (document)",
    "CREATE INDEX main.search_fields_by_day ON search_fields (name, high, low) WHERE high <> ''",
    "CREATE VIRTUAL TABLE main.search_text USING fts5(exact, stem, name, tokenize = 'ascii')",
    "INSERT INTO main.search_text (search_text, rank) VALUES ('secure-delete', 1)",
    "INSERT INTO main.search_text (search_text, rank) VALUES ('hashsize', 16777216)",
    "CREATE VIRTUAL TABLE main.search_vocabulary USING fts5vocab(search_text, instance)",
)


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
