"""Consent over time: withdrawals, disclosures and their recall.

Revision ID: ledger_0007
Revises: ledger_0006
"""

from alembic import op

revision = "ledger_0007"
down_revision = "ledger_0006"

STATEMENTS: tuple[str, ...] = (
    "ALTER TABLE consents ADD COLUMN reconfirm_on TEXT",
    """
    CREATE TABLE consent_proposals (
        proposal_id TEXT NOT NULL,
        code TEXT NOT NULL,
        version INTEGER NOT NULL,
        statement BLOB NOT NULL,
        signer_id TEXT NOT NULL,
        signature BLOB NOT NULL,
        proposed_at TEXT NOT NULL,
        sealed BLOB,
        PRIMARY KEY (proposal_id),
        UNIQUE (code),
        FOREIGN KEY(code) REFERENCES register (code),
        FOREIGN KEY(signer_id) REFERENCES accounts (account_id)
    )
     STRICT
    """,
    """
    CREATE TABLE consent_events (
        event_id TEXT NOT NULL,
        code TEXT NOT NULL,
        kind TEXT NOT NULL,
        purpose TEXT NOT NULL,
        version INTEGER NOT NULL,
        occurred_on TEXT NOT NULL,
        recorded_by TEXT NOT NULL,
        recorded_at TEXT NOT NULL,
        confirmed_by TEXT,
        confirmed_at TEXT,
        PRIMARY KEY (event_id),
        CHECK (kind IN ('death', 'condition')),
        CHECK ((kind = 'death') = (purpose = '')),
        CHECK (confirmed_by IS NULL OR confirmed_by <> recorded_by),
        CHECK ((confirmed_by IS NULL) = (confirmed_at IS NULL)),
        FOREIGN KEY(code) REFERENCES register (code),
        FOREIGN KEY(recorded_by) REFERENCES accounts (account_id),
        FOREIGN KEY(confirmed_by) REFERENCES accounts (account_id)
    )
     STRICT
    """,
    """
    CREATE TABLE disclosures (
        disclosure_id TEXT NOT NULL,
        code TEXT NOT NULL,
        purpose TEXT NOT NULL,
        recipient_type TEXT NOT NULL,
        consent_version INTEGER NOT NULL,
        layer TEXT NOT NULL,
        release_id INTEGER NOT NULL,
        number INTEGER NOT NULL,
        text_sha256 TEXT NOT NULL,
        hides_named_details INTEGER NOT NULL CHECK (hides_named_details IN (0, 1)),
        of_the_state INTEGER NOT NULL CHECK (of_the_state IN (0, 1)),
        death_penalty INTEGER NOT NULL CHECK (death_penalty IN (0, 1)),
        fair_trial INTEGER NOT NULL CHECK (fair_trial IN (0, 1)),
        protective INTEGER NOT NULL CHECK (protective IN (0, 1)),
        asked_again_on TEXT,
        asked_again_by TEXT,
        state TEXT NOT NULL,
        prepared_by TEXT NOT NULL,
        prepared_at TEXT NOT NULL,
        approved_by TEXT,
        approved_at TEXT,
        sent_on TEXT,
        channel TEXT,
        expires_on TEXT,
        PRIMARY KEY (disclosure_id),
        CHECK (state IN ('prepared', 'approved', 'sent', 'cancelled', 'recalled', 'confirmed_deleted')),
        CHECK (approved_by IS NULL OR approved_by <> prepared_by),
        CHECK (state NOT IN ('approved', 'sent', 'recalled', 'confirmed_deleted') OR approved_by IS NOT NULL),
        CHECK (asked_again_by IS NULL OR asked_again_by <> prepared_by),
        FOREIGN KEY(code) REFERENCES register (code),
        FOREIGN KEY(prepared_by) REFERENCES accounts (account_id),
        FOREIGN KEY(approved_by) REFERENCES accounts (account_id)
    )
     STRICT
    """,
    """
    CREATE TABLE withdrawals (
        code TEXT NOT NULL,
        version INTEGER NOT NULL,
        purposes TEXT NOT NULL,
        is_whole INTEGER NOT NULL CHECK (is_whole IN (0, 1)),
        withdrawn_on TEXT NOT NULL,
        channel TEXT NOT NULL,
        recognised_by TEXT NOT NULL,
        taken_by TEXT NOT NULL,
        receipt TEXT DEFAULT 'not_offered' NOT NULL,
        confirmed_on TEXT,
        PRIMARY KEY (code, version),
        CHECK (receipt IN ('not_offered', 'given', 'refused_unsafe')),
        FOREIGN KEY(code) REFERENCES register (code),
        FOREIGN KEY(taken_by) REFERENCES accounts (account_id)
    )
     STRICT
    """,
    """
    CREATE TABLE withdrawal_work (
        code TEXT NOT NULL,
        asked_on TEXT NOT NULL,
        PRIMARY KEY (code),
        FOREIGN KEY(code) REFERENCES register (code)
    )
     STRICT
    """,
    """
    CREATE TABLE consent_versions (
        code TEXT NOT NULL,
        version INTEGER NOT NULL,
        statement BLOB NOT NULL,
        signer_id TEXT NOT NULL,
        signature BLOB NOT NULL,
        second_id TEXT,
        second_signature BLOB,
        recorded_at TEXT NOT NULL,
        sealed BLOB,
        PRIMARY KEY (code, version),
        FOREIGN KEY(code, version) REFERENCES consents (code, version),
        CHECK (second_id IS NULL OR second_id <> signer_id),
        CHECK ((second_id IS NULL) = (second_signature IS NULL)),
        FOREIGN KEY(signer_id) REFERENCES accounts (account_id),
        FOREIGN KEY(second_id) REFERENCES accounts (account_id)
    )
     STRICT
    """,
    """
    CREATE TABLE disclosure_names (
        disclosure_id TEXT NOT NULL,
        account_id TEXT NOT NULL,
        sealed BLOB NOT NULL,
        PRIMARY KEY (disclosure_id, account_id),
        FOREIGN KEY(disclosure_id) REFERENCES disclosures (disclosure_id),
        FOREIGN KEY(account_id) REFERENCES accounts (account_id)
    )
     STRICT
    """,
    """
    CREATE TABLE recalls (
        disclosure_id TEXT NOT NULL,
        cause_version INTEGER NOT NULL,
        due_on TEXT NOT NULL,
        sent_on TEXT,
        answer TEXT,
        answered_on TEXT,
        PRIMARY KEY (disclosure_id),
        CHECK (answer IS NULL OR answer IN ('deleted', 'cannot_be_called_back', 'refused')),
        CHECK ((answer IS NULL) = (answered_on IS NULL)),
        FOREIGN KEY(disclosure_id) REFERENCES disclosures (disclosure_id)
    )
     STRICT
    """,
    "CREATE INDEX consent_events_code ON consent_events (code, kind)",
    "CREATE INDEX disclosures_code ON disclosures (code)",
    "CREATE INDEX disclosures_state ON disclosures (state, prepared_at)",
    "CREATE INDEX withdrawals_open ON withdrawals (withdrawn_on) WHERE confirmed_on IS NULL",
    """
    CREATE TRIGGER consent_events_insert_noted AFTER INSERT ON consent_events BEGIN INSERT INTO gate_changes (code, token) VALUES (NEW.code, randomblob(12)); DELETE FROM gate_changes WHERE seq <= (SELECT max(seq) FROM gate_changes) - 1000; END
    """,
    """
    CREATE TRIGGER consent_events_update_noted AFTER UPDATE ON consent_events BEGIN INSERT INTO gate_changes (code, token) VALUES (OLD.code, randomblob(12)); INSERT INTO gate_changes (code, token) VALUES (NEW.code, randomblob(12)); DELETE FROM gate_changes WHERE seq <= (SELECT max(seq) FROM gate_changes) - 1000; END
    """,
    """
    CREATE TRIGGER consent_events_delete_noted AFTER DELETE ON consent_events BEGIN INSERT INTO gate_changes (code, token) VALUES (OLD.code, randomblob(12)); DELETE FROM gate_changes WHERE seq <= (SELECT max(seq) FROM gate_changes) - 1000; END
    """,
)


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
