"""Earlier accounts: tags and questions, second accounts, links of two accounts, what was offered instead.

Revision ID: ledger_0014
Revises: ledger_0013
"""

from alembic import op

revision = "ledger_0014"
down_revision = "ledger_0013"

STATEMENTS: tuple[str, ...] = (
    """
    CREATE TABLE matching_slots (
        key_id TEXT NOT NULL,
        account_id TEXT NOT NULL,
        made_at TEXT NOT NULL,
        giver TEXT NOT NULL,
        sealed BLOB NOT NULL,
        statement BLOB NOT NULL,
        signature BLOB NOT NULL,
        PRIMARY KEY (key_id, account_id),
        FOREIGN KEY(account_id) REFERENCES accounts (account_id)
    )
     STRICT
    """,
    """
    CREATE TABLE name_tags (
        code TEXT NOT NULL,
        form TEXT NOT NULL,
        generation INTEGER NOT NULL,
        sealed BLOB NOT NULL,
        PRIMARY KEY (code),
        CHECK (form IN ('handed_in', 'kept')),
        FOREIGN KEY(code) REFERENCES register (code)
    )
     STRICT
    """,
    "CREATE INDEX name_tags_form ON name_tags (form, generation)",
    """
    CREATE TABLE earlier_questions (
        question_id TEXT NOT NULL,
        draft_id TEXT NOT NULL,
        asked_by TEXT NOT NULL,
        asked_at TEXT NOT NULL,
        sealed BLOB,
        answer TEXT,
        because TEXT,
        since TEXT,
        answered_at TEXT,
        PRIMARY KEY (question_id),
        CHECK (answer IN ('yes', 'no', 'cannot_tell')),
        CHECK (because IN ('no_name', 'not_wanted', 'one_name', 'no_key', 'limit', 'not_signed')),
        CHECK ((answer IS NULL) <> (sealed IS NULL)),
        CHECK (because IS NULL OR answer = 'cannot_tell'),
        FOREIGN KEY(asked_by) REFERENCES accounts (account_id)
    )
     STRICT
    """,
    "CREATE INDEX earlier_questions_draft ON earlier_questions (draft_id)",
    "CREATE INDEX earlier_questions_waiting ON earlier_questions (asked_at) WHERE answer IS NULL",
    """
    CREATE TABLE second_accounts (
        request_id TEXT NOT NULL,
        draft_id TEXT NOT NULL,
        code TEXT,
        case_id TEXT NOT NULL,
        found_by TEXT NOT NULL,
        asked_by TEXT NOT NULL,
        asked_at TEXT NOT NULL,
        statement BLOB NOT NULL,
        signature BLOB NOT NULL,
        words BLOB NOT NULL,
        own BLOB NOT NULL,
        decision TEXT,
        decided_by TEXT,
        decided_at TEXT,
        answer BLOB,
        decision_statement BLOB,
        decision_signature BLOB,
        PRIMARY KEY (request_id),
        CHECK (found_by IN ('witness', 'archive')),
        CHECK (decision IN ('approved', 'refused')),
        CHECK (decided_by <> asked_by),
        CHECK ((decision IS NULL) = (decided_by IS NULL)),
        CHECK ((decision IS NULL) = (decision_statement IS NULL)),
        FOREIGN KEY(code) REFERENCES register (code),
        FOREIGN KEY(asked_by) REFERENCES accounts (account_id),
        FOREIGN KEY(decided_by) REFERENCES accounts (account_id)
    )
     STRICT
    """,
    "CREATE INDEX second_accounts_code ON second_accounts (code) WHERE code IS NOT NULL",
    "CREATE INDEX second_accounts_draft ON second_accounts (draft_id)",
    """
    CREATE TABLE account_links (
        link_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        state TEXT NOT NULL,
        proposed_by TEXT NOT NULL,
        proposed_at TEXT NOT NULL,
        for_readers BLOB NOT NULL,
        for_custodians BLOB,
        decided_by TEXT,
        decided_at TEXT,
        decision BLOB,
        decision_signature BLOB,
        PRIMARY KEY (link_id),
        CHECK (kind IN ('same_witness', 'same_incident')),
        CHECK (state IN ('candidate', 'confirmed', 'rejected', 'undone')),
        CHECK (decided_by <> proposed_by OR state = 'undone'),
        CHECK ((state = 'candidate') = (decision IS NULL)),
        CHECK ((decision IS NULL) = (decided_by IS NULL)),
        FOREIGN KEY(proposed_by) REFERENCES accounts (account_id),
        FOREIGN KEY(decided_by) REFERENCES accounts (account_id)
    )
     STRICT
    """,
    "CREATE INDEX account_links_state ON account_links (kind, state)",
    """
    CREATE TABLE demand_offers (
        demand_id TEXT NOT NULL,
        code TEXT NOT NULL,
        purpose TEXT NOT NULL,
        consent_version INTEGER NOT NULL,
        offered_by TEXT NOT NULL,
        offered_at TEXT NOT NULL,
        PRIMARY KEY (demand_id, code),
        CHECK (purpose IN ('CP21', 'CP25')),
        FOREIGN KEY(demand_id) REFERENCES demands (demand_id),
        FOREIGN KEY(code) REFERENCES register (code),
        FOREIGN KEY(offered_by) REFERENCES accounts (account_id)
    )
     STRICT
    """,
    "CREATE INDEX demand_offers_code ON demand_offers (code)",
)


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
