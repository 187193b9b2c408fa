"""What witnesses say of proposed texts, and what reviewers have begun. Frozen: a change is a new revision.

Revision ID: vault_0005
Revises: vault_0004
"""

from alembic import op

revision = "vault_0005"
down_revision = "vault_0004"

STATEMENTS = (
    """
    CREATE TABLE redaction_drafts (
        code TEXT NOT NULL,
        version INTEGER NOT NULL,
        owner_id TEXT NOT NULL,
        sealed BLOB NOT NULL,
        saved_at TEXT NOT NULL,
        PRIMARY KEY (code, version, owner_id),
        FOREIGN KEY(code, version) REFERENCES redaction_works (code, version)
    )
     STRICT
    """,
    """
    CREATE TABLE witness_words (
        word_id INTEGER NOT NULL,
        set_id TEXT NOT NULL,
        word TEXT NOT NULL,
        why_not TEXT,
        asked_on TEXT NOT NULL,
        asked_by TEXT NOT NULL,
        recorder_id TEXT NOT NULL,
        recorded_at TEXT NOT NULL,
        PRIMARY KEY (word_id),
        CHECK (word IN ('yes', 'no', 'changes', 'not_asked')),
        CHECK ((word = 'not_asked') = (why_not IS NOT NULL)),
        FOREIGN KEY(set_id) REFERENCES redaction_sets (set_id)
    )
     STRICT
    """,
    "CREATE INDEX witness_words_set ON witness_words (set_id, word_id)",
)


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
