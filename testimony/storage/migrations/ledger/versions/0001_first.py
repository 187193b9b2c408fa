"""The first ledger. Frozen: a change of the schema is a new revision, never an edit here.

Revision ID: ledger_0001
Revises:
"""

from alembic import op

revision = "ledger_0001"
down_revision = None

STATEMENTS = (
    """
    CREATE TABLE accounts (
        account_id TEXT NOT NULL,
        handle TEXT NOT NULL,
        name TEXT NOT NULL,
        enrolment_sha256 TEXT NOT NULL,
        state TEXT NOT NULL,
        totp_step INTEGER DEFAULT '0' NOT NULL,
        enrolled_at TEXT NOT NULL,
        last_signed_in TEXT,
        PRIMARY KEY (account_id),
        CHECK (state IN ('invited', 'active', 'suspended')),
        UNIQUE (handle)
    )
     STRICT
    """,
    """
    CREATE TABLE archive (
        "key" TEXT NOT NULL,
        value BLOB NOT NULL,
        PRIMARY KEY ("key")
    )
     STRICT
    """,
    """
    CREATE TABLE cases (
        case_id TEXT NOT NULL,
        title TEXT NOT NULL,
        status TEXT DEFAULT 'open' NOT NULL,
        opened_at TEXT NOT NULL,
        opened_by TEXT NOT NULL,
        PRIMARY KEY (case_id),
        CHECK (status IN ('open', 'suspended', 'closed', 'transferred', 'archived'))
    )
     STRICT
    """,
    """
    CREATE TABLE log_entries (
        seq INTEGER NOT NULL,
        at TEXT NOT NULL,
        actor TEXT,
        action TEXT NOT NULL,
        outcome TEXT NOT NULL,
        case_id TEXT,
        purpose TEXT,
        leaf BLOB NOT NULL,
        PRIMARY KEY (seq),
        CHECK (outcome IN ('allowed', 'denied'))
    )
     STRICT
    """,
    "CREATE INDEX log_entries_case ON log_entries (case_id, seq) WHERE case_id IS NOT NULL",
    "CREATE INDEX log_entries_actor ON log_entries (actor, seq)",
    "CREATE INDEX log_entries_purpose ON log_entries (purpose, seq) WHERE purpose IS NOT NULL",
    "CREATE INDEX log_entries_at ON log_entries (at)",
    "CREATE INDEX log_entries_denied ON log_entries (seq) WHERE outcome = 'denied'",
    "CREATE INDEX log_entries_action ON log_entries (action, seq)",
    """
    CREATE TRIGGER log_entries_no_update BEFORE UPDATE ON log_entries BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END
    """,
    """
    CREATE TRIGGER log_entries_no_delete BEFORE DELETE ON log_entries BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END
    """,
    """
    CREATE TABLE log_nodes (
        level INTEGER NOT NULL,
        position INTEGER NOT NULL,
        hash BLOB NOT NULL,
        PRIMARY KEY (level, position)
    )
     WITHOUT ROWID,
     STRICT
    """,
    """
    CREATE TRIGGER log_nodes_no_update BEFORE UPDATE ON log_nodes BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END
    """,
    """
    CREATE TRIGGER log_nodes_no_delete BEFORE DELETE ON log_nodes BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END
    """,
    """
    CREATE TABLE log_checkpoints (
        size INTEGER NOT NULL,
        at TEXT NOT NULL,
        note TEXT NOT NULL,
        PRIMARY KEY (size)
    )
     STRICT
    """,
    """
    CREATE TABLE drafts (
        draft_id TEXT NOT NULL,
        owner_id TEXT NOT NULL,
        revision INTEGER NOT NULL CHECK (revision >= 1),
        sealed BLOB NOT NULL,
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL,
        PRIMARY KEY (draft_id),
        FOREIGN KEY(owner_id) REFERENCES accounts (account_id)
    )
     STRICT
    """,
    "CREATE INDEX drafts_owner ON drafts (owner_id, created_at)",
    """
    CREATE TABLE grants (
        grant_id TEXT NOT NULL,
        account_id TEXT NOT NULL,
        case_id TEXT NOT NULL,
        statement BLOB NOT NULL,
        signer TEXT NOT NULL,
        signature BLOB NOT NULL,
        revoked_at TEXT,
        PRIMARY KEY (grant_id),
        FOREIGN KEY(account_id) REFERENCES accounts (account_id),
        FOREIGN KEY(case_id) REFERENCES cases (case_id)
    )
     STRICT
    """,
    "CREATE INDEX grants_account ON grants (account_id)",
    """
    CREATE TABLE log_subjects (
        seq INTEGER NOT NULL,
        kind TEXT NOT NULL,
        subject TEXT NOT NULL,
        salt BLOB NOT NULL,
        PRIMARY KEY (seq),
        FOREIGN KEY(seq) REFERENCES log_entries (seq)
    )
     STRICT
    """,
    "CREATE INDEX log_subjects_subject ON log_subjects (subject, seq)",
    """
    CREATE TABLE log_details (
        seq INTEGER NOT NULL,
        sealed BLOB NOT NULL,
        PRIMARY KEY (seq),
        FOREIGN KEY(seq) REFERENCES log_entries (seq)
    )
     STRICT
    """,
    """
    CREATE TABLE register (
        code TEXT NOT NULL,
        submission_id TEXT NOT NULL,
        case_id TEXT NOT NULL,
        state TEXT NOT NULL,
        language TEXT NOT NULL,
        month TEXT,
        submitted_on TEXT NOT NULL,
        interviewer_id TEXT NOT NULL,
        interpreter_id TEXT,
        risk TEXT,
        tag_s INTEGER DEFAULT '0' NOT NULL CHECK (tag_s IN (0, 1)),
        tag_c INTEGER DEFAULT '0' NOT NULL CHECK (tag_c IN (0, 1)),
        tag_p INTEGER DEFAULT '0' NOT NULL CHECK (tag_p IN (0, 1)),
        tag_r4 INTEGER DEFAULT '0' NOT NULL CHECK (tag_r4 IN (0, 1)),
        minor INTEGER DEFAULT '0' NOT NULL CHECK (minor IN (0, 1)),
        guardian_ok INTEGER DEFAULT '0' NOT NULL CHECK (guardian_ok IN (0, 1)),
        quarantined INTEGER DEFAULT '0' NOT NULL CHECK (quarantined IN (0, 1)),
        on_hold INTEGER DEFAULT '0' NOT NULL CHECK (on_hold IN (0, 1)),
        warning TEXT,
        attachments INTEGER DEFAULT '0' NOT NULL,
        PRIMARY KEY (code),
        UNIQUE (submission_id),
        FOREIGN KEY(case_id) REFERENCES cases (case_id),
        FOREIGN KEY(interviewer_id) REFERENCES accounts (account_id)
    )
     STRICT
    """,
    "CREATE INDEX register_submitted ON register (submitted_on, code)",
    "CREATE INDEX register_interviewer ON register (interviewer_id)",
    "CREATE INDEX register_state ON register (state, submitted_on)",
    """
    CREATE TABLE consents (
        code TEXT NOT NULL,
        version INTEGER NOT NULL,
        status TEXT NOT NULL,
        given_on TEXT,
        language TEXT,
        evidence TEXT NOT NULL,
        basis TEXT,
        review_due TEXT,
        current INTEGER NOT NULL CHECK (current IN (0, 1)),
        PRIMARY KEY (code, version),
        FOREIGN KEY(code) REFERENCES register (code)
    )
     STRICT
    """,
    "CREATE UNIQUE INDEX consents_current ON consents (code) WHERE current = 1",
    "CREATE INDEX consents_review ON consents (review_due) WHERE current = 1",
    """
    CREATE TABLE draft_objects (
        draft_id TEXT NOT NULL,
        object_id TEXT NOT NULL,
        PRIMARY KEY (draft_id, object_id),
        FOREIGN KEY(draft_id) REFERENCES drafts (draft_id)
    )
     STRICT
    """,
    """
    CREATE TABLE identities (
        submission_id TEXT NOT NULL,
        code TEXT NOT NULL,
        sealed_on TEXT NOT NULL,
        sealed BLOB NOT NULL,
        PRIMARY KEY (submission_id),
        FOREIGN KEY(submission_id) REFERENCES register (submission_id),
        UNIQUE (code),
        FOREIGN KEY(code) REFERENCES register (code)
    )
     STRICT
    """,
    """
    CREATE TABLE inbox (
        submission_id TEXT NOT NULL,
        code TEXT NOT NULL,
        signer_id TEXT NOT NULL,
        submitted_at TEXT NOT NULL,
        sealed BLOB NOT NULL,
        PRIMARY KEY (submission_id),
        FOREIGN KEY(submission_id) REFERENCES register (submission_id),
        UNIQUE (code),
        FOREIGN KEY(code) REFERENCES register (code),
        FOREIGN KEY(signer_id) REFERENCES accounts (account_id)
    )
     STRICT
    """,
    "CREATE INDEX inbox_order ON inbox (submitted_at, submission_id)",
    """
    CREATE TABLE consent_decisions (
        code TEXT NOT NULL,
        version INTEGER NOT NULL,
        purpose TEXT NOT NULL,
        decision TEXT NOT NULL,
        conditions TEXT DEFAULT ',' NOT NULL,
        not_before TEXT,
        valid_until TEXT,
        PRIMARY KEY (code, version, purpose),
        FOREIGN KEY(code, version) REFERENCES consents (code, version)
    )
     STRICT
    """,
    """
    CREATE TABLE inbox_objects (
        submission_id TEXT NOT NULL,
        object_id TEXT NOT NULL,
        PRIMARY KEY (submission_id, object_id),
        FOREIGN KEY(submission_id) REFERENCES inbox (submission_id) ON DELETE CASCADE
    )
     STRICT
    """,
    """
    CREATE TABLE consent_readers (
        code TEXT NOT NULL,
        version INTEGER NOT NULL,
        purpose TEXT NOT NULL,
        account_id TEXT NOT NULL,
        PRIMARY KEY (code, version, purpose, account_id),
        FOREIGN KEY(code, version, purpose) REFERENCES consent_decisions (code, version, purpose)
    )
     STRICT
    """,
)


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
