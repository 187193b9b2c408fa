"""Copies of attachments with parts made unrecognisable. Frozen: a change of the schema is a new revision.

Revision ID: vault_0004
Revises: vault_0003
"""

from alembic import op

revision = "vault_0004"
down_revision = "vault_0003"

STATEMENTS = (
    """
    CREATE TABLE derivatives (
        derivative_id TEXT NOT NULL,
        code TEXT NOT NULL,
        number INTEGER NOT NULL,
        audience TEXT NOT NULL,
        state TEXT NOT NULL,
        object_id TEXT NOT NULL,
        "key" BLOB NOT NULL,
        sha256 TEXT NOT NULL,
        size INTEGER NOT NULL,
        mime TEXT NOT NULL,
        source_sha256 TEXT NOT NULL,
        tool TEXT NOT NULL,
        parameters TEXT NOT NULL,
        statement BLOB NOT NULL,
        maker_id TEXT NOT NULL,
        made_at TEXT NOT NULL,
        proposal_signature BLOB NOT NULL,
        seen_by TEXT,
        approver_id TEXT,
        approval_signature BLOB,
        decided_at TEXT,
        answer TEXT DEFAULT '' NOT NULL,
        PRIMARY KEY (derivative_id),
        CHECK (audience IN ('public', 'partner', 'court')),
        CHECK (state IN ('proposed', 'approved', 'released', 'sent_back', 'superseded')),
        CHECK (approver_id IS NULL OR approver_id <> maker_id),
        CHECK (state NOT IN ('approved', 'released') OR (approver_id IS NOT NULL AND approval_signature IS NOT NULL)),
        FOREIGN KEY(code, number) REFERENCES attachments (code, number),
        UNIQUE (object_id)
    )
     STRICT
    """,
    """CREATE UNIQUE INDEX derivatives_open ON derivatives (code, number, audience) WHERE state IN ('proposed', 'approved')""",
)


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
