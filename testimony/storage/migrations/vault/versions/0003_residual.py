"""Generalised and lifted marks, the check of what is left in a release, and releases for named recipients.

What was proposed or approved before has no check and is not released without one.

Revision ID: vault_0003
Revises: vault_0002
"""

from alembic import op

revision = "vault_0003"
down_revision = "vault_0002"

STATEMENTS = (
    "ALTER TABLE marks ADD COLUMN exact TEXT DEFAULT '' NOT NULL",
    "ALTER TABLE redaction_sets ADD COLUMN residual TEXT DEFAULT '' NOT NULL",
    "ALTER TABLE redaction_sets ADD COLUMN recipient_id TEXT DEFAULT '' NOT NULL",
    "DROP INDEX redaction_sets_open",
    "CREATE UNIQUE INDEX redaction_sets_open ON redaction_sets (code, audience, recipient_id)"
    " WHERE state IN ('proposed', 'approved')",
    """
    CREATE TABLE mark_lifts (
        code TEXT NOT NULL,
        version INTEGER NOT NULL,
        mark_id TEXT NOT NULL,
        layer TEXT NOT NULL,
        authority TEXT NOT NULL,
        reason TEXT NOT NULL,
        ordered_on TEXT NOT NULL,
        lifted_by TEXT NOT NULL,
        lifted_at TEXT NOT NULL,
        PRIMARY KEY (code, version, mark_id, layer),
        CHECK (authority <> '' AND reason <> '' AND layer <> ''),
        FOREIGN KEY(code, version) REFERENCES redaction_works (code, version)
    )
     STRICT
    """,
    """
    CREATE TABLE recipients (
        recipient_id TEXT NOT NULL,
        name TEXT NOT NULL,
        kind TEXT NOT NULL,
        audience TEXT NOT NULL,
        added_by TEXT NOT NULL,
        added_at TEXT NOT NULL,
        PRIMARY KEY (recipient_id),
        CHECK (audience IN ('public', 'partner', 'court'))
    )
     STRICT
    """,
    """
    CREATE TABLE recipient_releases (
        id INTEGER NOT NULL,
        recipient_id TEXT NOT NULL,
        code TEXT NOT NULL,
        number INTEGER NOT NULL,
        language TEXT NOT NULL,
        text TEXT NOT NULL,
        text_sha256 TEXT NOT NULL,
        released_at TEXT NOT NULL,
        releaser_id TEXT NOT NULL,
        set_id TEXT NOT NULL,
        statement BLOB NOT NULL,
        signature BLOB NOT NULL,
        PRIMARY KEY (id),
        UNIQUE (code, recipient_id, number),
        FOREIGN KEY(recipient_id) REFERENCES recipients (recipient_id),
        UNIQUE (set_id),
        FOREIGN KEY(set_id) REFERENCES redaction_sets (set_id)
    )
     STRICT
    """,
    """
    CREATE TABLE residual_details (
        code TEXT NOT NULL,
        kind TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (code, kind, value),
        FOREIGN KEY(code) REFERENCES originals (code)
    )
     STRICT
    """,
    "CREATE INDEX residual_details_value ON residual_details (kind, value)",
)


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
