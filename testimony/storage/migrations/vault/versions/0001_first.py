"""The first vault. Frozen: a change of the schema is a new revision, never an edit here.

Revision ID: vault_0001
Revises:
"""

from alembic import op

revision = "vault_0001"
down_revision = None

STATEMENTS = (
    """
    CREATE TABLE originals (
        code TEXT NOT NULL,
        submission_id TEXT NOT NULL,
        document BLOB NOT NULL,
        sha256 TEXT NOT NULL,
        interviewer_id TEXT NOT NULL,
        signature BLOB NOT NULL,
        received_at TEXT NOT NULL,
        received_by TEXT NOT NULL,
        PRIMARY KEY (code),
        UNIQUE (submission_id)
    )
     STRICT
    """,
    """
    CREATE TABLE damaged_items (
        submission_id TEXT NOT NULL,
        code TEXT NOT NULL,
        fault TEXT NOT NULL,
        found_at TEXT NOT NULL,
        PRIMARY KEY (submission_id)
    )
     STRICT
    """,
    """
    CREATE TABLE original_versions (
        code TEXT NOT NULL,
        version_no INTEGER NOT NULL,
        kind TEXT NOT NULL,
        language TEXT NOT NULL,
        text TEXT NOT NULL,
        words INTEGER NOT NULL,
        sha256 TEXT NOT NULL,
        author TEXT NOT NULL,
        made_on TEXT NOT NULL,
        PRIMARY KEY (code, version_no),
        FOREIGN KEY(code) REFERENCES originals (code)
    )
     STRICT
    """,
    """
    CREATE TABLE attachments (
        object_id TEXT NOT NULL,
        code TEXT NOT NULL,
        number INTEGER NOT NULL,
        "key" BLOB NOT NULL,
        sha256 TEXT NOT NULL,
        size INTEGER NOT NULL,
        mime TEXT NOT NULL,
        name TEXT NOT NULL,
        acquired TEXT NOT NULL,
        kind TEXT NOT NULL,
        PRIMARY KEY (object_id),
        UNIQUE (code, number),
        FOREIGN KEY(code) REFERENCES originals (code)
    )
     STRICT
    """,
    """
    CREATE TABLE redaction_works (
        code TEXT NOT NULL,
        version INTEGER NOT NULL,
        revision INTEGER NOT NULL,
        redactor_id TEXT NOT NULL,
        started_at TEXT NOT NULL,
        note TEXT DEFAULT '' NOT NULL,
        PRIMARY KEY (code, version),
        FOREIGN KEY(code, version) REFERENCES original_versions (code, version_no)
    )
     STRICT
    """,
    """
    CREATE TABLE redaction_sets (
        set_id TEXT NOT NULL,
        code TEXT NOT NULL,
        version INTEGER NOT NULL,
        audience TEXT NOT NULL,
        state TEXT NOT NULL,
        text_sha256 TEXT NOT NULL,
        marks_sha256 TEXT NOT NULL,
        statement BLOB NOT NULL,
        redactor_id TEXT NOT NULL,
        proposed_at TEXT NOT NULL,
        proposal_signature BLOB NOT NULL,
        note TEXT NOT NULL,
        compared_by TEXT,
        read_alone_by TEXT,
        approver_id TEXT,
        approval_signature BLOB,
        decided_at TEXT,
        answer TEXT DEFAULT '' NOT NULL,
        residual_checked INTEGER DEFAULT '0' NOT NULL,
        hides_named_details INTEGER DEFAULT '0' NOT NULL,
        PRIMARY KEY (set_id),
        CHECK (audience IN ('public', 'partner', 'court')),
        CHECK (state IN ('proposed', 'approved', 'released', 'sent_back', 'superseded')),
        CHECK (residual_checked IN (0, 1) AND hides_named_details IN (0, 1)),
        CHECK (approver_id IS NULL OR approver_id <> redactor_id),
        CHECK (state NOT IN ('approved', 'released') OR (approver_id IS NOT NULL AND approval_signature IS NOT NULL AND residual_checked = 1)),
        FOREIGN KEY(code, version) REFERENCES redaction_works (code, version)
    )
     STRICT
    """,
    "CREATE INDEX redaction_sets_state ON redaction_sets (state, proposed_at)",
    """
    CREATE UNIQUE INDEX redaction_sets_open ON redaction_sets (code, audience) WHERE state IN ('proposed', 'approved')
    """,
    """
    CREATE TABLE marks (
        code TEXT NOT NULL,
        version INTEGER NOT NULL,
        mark_id TEXT NOT NULL,
        start INTEGER NOT NULL,
        "end" INTEGER NOT NULL,
        category TEXT NOT NULL,
        replacement TEXT NOT NULL,
        withheld_from TEXT NOT NULL,
        decision TEXT NOT NULL,
        entity TEXT,
        detector TEXT,
        decided_by TEXT,
        decided_at TEXT,
        PRIMARY KEY (code, version, mark_id),
        CHECK (start >= 0 AND start < end),
        CHECK (withheld_from IN ('public', 'partner', 'court')),
        CHECK (decision IN ('proposed', 'accepted', 'rejected')),
        FOREIGN KEY(code, version) REFERENCES redaction_works (code, version)
    )
     STRICT
    """,
    "CREATE INDEX marks_place ON marks (code, version, start)",
    """
    CREATE TABLE mark_acts (
        act_id INTEGER NOT NULL,
        code TEXT NOT NULL,
        version INTEGER NOT NULL,
        author_id TEXT NOT NULL,
        at TEXT NOT NULL,
        kind TEXT NOT NULL,
        undoes INTEGER,
        changes TEXT NOT NULL,
        PRIMARY KEY (act_id),
        FOREIGN KEY(code, version) REFERENCES redaction_works (code, version),
        UNIQUE (undoes),
        FOREIGN KEY(undoes) REFERENCES mark_acts (act_id)
    )
     STRICT
    """,
    "CREATE INDEX mark_acts_place ON mark_acts (code, version, act_id)",
    """
    CREATE TABLE release_history (
        release_id INTEGER NOT NULL,
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
        set_id TEXT NOT NULL,
        PRIMARY KEY (release_id),
        UNIQUE (code, audience, number),
        FOREIGN KEY(set_id) REFERENCES redaction_sets (set_id)
    )
     STRICT
    """,
)


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
