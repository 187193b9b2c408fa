"""Erasures, legal holds, retention, legal demands and security incidents.

Revision ID: ledger_0008
Revises: ledger_0007
"""

from alembic import op

revision = "ledger_0008"
down_revision = "ledger_0007"

STATEMENTS: tuple[str, ...] = (
    "ALTER TABLE cases ADD COLUMN closed_on TEXT",
    """
    CREATE TABLE demands (
        demand_id TEXT NOT NULL,
        received_on TEXT NOT NULL,
        kind TEXT NOT NULL,
        words BLOB NOT NULL,
        state TEXT NOT NULL,
        recorded_by TEXT NOT NULL,
        recorded_at TEXT NOT NULL,
        counsel_words BLOB,
        counsel_on TEXT,
        answer_words BLOB,
        answered_on TEXT,
        PRIMARY KEY (demand_id),
        CHECK (state IN ('received', 'with_counsel', 'answered')),
        CHECK (kind IN ('subpoena', 'court_order', 'search_warrant', 'request')),
        CHECK (state = 'received' OR counsel_on IS NOT NULL),
        CHECK ((state = 'answered') = (answered_on IS NOT NULL))
    )
     STRICT
    """,
    """
    CREATE TABLE erasures (
        erasure_id TEXT NOT NULL,
        code TEXT,
        digest TEXT NOT NULL,
        case_id TEXT NOT NULL,
        cause TEXT NOT NULL,
        state TEXT NOT NULL,
        proposed_at TEXT NOT NULL,
        proposer TEXT NOT NULL,
        proposal BLOB NOT NULL,
        proposal_signature BLOB NOT NULL,
        decided_at TEXT,
        approver TEXT,
        approval BLOB,
        approval_signature BLOB,
        trouble TEXT,
        carried_out_at TEXT,
        executor TEXT,
        tombstone BLOB,
        tombstone_signature BLOB,
        line_no INTEGER,
        line_sha256 TEXT,
        PRIMARY KEY (erasure_id),
        CHECK (state IN ('proposed', 'refused', 'approved', 'carried_out')),
        CHECK (proposer <> approver),
        CHECK ((state IN ('approved', 'carried_out')) = (approval IS NOT NULL)),
        CHECK ((state IN ('proposed', 'approved')) OR code IS NULL),
        CHECK ((state = 'carried_out') = (tombstone IS NOT NULL AND line_no IS NOT NULL)),
        FOREIGN KEY(case_id) REFERENCES cases (case_id),
        UNIQUE (line_no)
    )
     STRICT
    """,
    """
    CREATE INDEX erasures_approved ON erasures (state) WHERE state = 'approved'
    """,
    """
    CREATE INDEX erasures_digest ON erasures (digest)
    """,
    """
    CREATE UNIQUE INDEX erasures_open ON erasures (digest) WHERE state IN ('proposed', 'approved')
    """,
    """
    CREATE TABLE holds (
        hold_id TEXT NOT NULL,
        case_id TEXT NOT NULL,
        demand_id TEXT,
        scope TEXT NOT NULL,
        cause TEXT NOT NULL,
        words BLOB NOT NULL,
        placed_at TEXT NOT NULL,
        review_on TEXT NOT NULL,
        signer TEXT NOT NULL,
        statement BLOB NOT NULL,
        signature BLOB NOT NULL,
        lift_asked_by TEXT,
        lift_request BLOB,
        lift_request_signature BLOB,
        lifted_at TEXT,
        lifted_by TEXT,
        lift BLOB,
        lift_signature BLOB,
        PRIMARY KEY (hold_id),
        CHECK (scope IN ('testimony', 'case', 'witness')),
        CHECK (lift_asked_by <> lifted_by),
        CHECK ((lifted_at IS NULL) = (lift IS NULL)),
        FOREIGN KEY(case_id) REFERENCES cases (case_id),
        FOREIGN KEY(demand_id) REFERENCES demands (demand_id)
    )
     STRICT
    """,
    """
    CREATE INDEX holds_case ON holds (case_id)
    """,
    """
    CREATE TABLE hold_codes (
        hold_id TEXT NOT NULL,
        code TEXT NOT NULL,
        PRIMARY KEY (hold_id, code),
        FOREIGN KEY(hold_id) REFERENCES holds (hold_id)
    )
     STRICT
    """,
    """
    CREATE INDEX hold_codes_code ON hold_codes (code)
    """,
    """
    CREATE TABLE incidents (
        incident_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        found_at TEXT NOT NULL,
        since TEXT,
        account_id TEXT,
        compartment TEXT,
        copied_on TEXT,
        words BLOB NOT NULL,
        recorded_by TEXT NOT NULL,
        recorded_at TEXT NOT NULL,
        contained_at TEXT,
        notified_at TEXT,
        closed_at TEXT,
        PRIMARY KEY (incident_id),
        CHECK (kind IN ('SI01','SI02','SI03','SI04','SI05','SI06','SI07','SI08','SI09')),
        FOREIGN KEY(account_id) REFERENCES accounts (account_id)
    )
     STRICT
    """,
    """
    CREATE TABLE incident_codes (
        incident_id TEXT NOT NULL,
        code TEXT NOT NULL,
        case_id TEXT NOT NULL,
        ways TEXT NOT NULL,
        warned_on TEXT,
        warned_by TEXT,
        PRIMARY KEY (incident_id, code),
        FOREIGN KEY(incident_id) REFERENCES incidents (incident_id)
    )
     STRICT
    """,
    """
    CREATE INDEX incident_codes_code ON incident_codes (code)
    """,
    # Not derived from the ledger's secret: what it locks must outlive a re-keying, and be in every backup from now on.
    "INSERT INTO archive (key, value) VALUES ('erasure-key', randomblob(32))",
)


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
