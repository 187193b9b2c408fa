"""Acts about testimonies that two people sign, words for custodians alone, notes of one testimony.

Revision ID: ledger_0015
Revises: ledger_0014
"""

from alembic import op

revision = "ledger_0015"
down_revision = "ledger_0014"

STATEMENTS: tuple[str, ...] = (
    """
    CREATE TABLE joint_acts (
        act_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        code TEXT NOT NULL,
        other_code TEXT DEFAULT '' NOT NULL,
        about TEXT DEFAULT '' NOT NULL,
        statement BLOB NOT NULL,
        signer TEXT NOT NULL,
        signature BLOB NOT NULL,
        second_signer TEXT,
        second_signature BLOB,
        PRIMARY KEY (act_id),
        CHECK (kind IN ('wall-set', 'wall-lift', 'risk-review', 'referral')),
        CHECK (code <> other_code)
    )
     STRICT
    """,
    "CREATE INDEX joint_acts_code ON joint_acts (code)",
    "CREATE INDEX joint_acts_other_code ON joint_acts (other_code)",
    """
    CREATE TABLE case_words (
        about TEXT NOT NULL,
        account_id TEXT NOT NULL,
        code TEXT NOT NULL,
        other_code TEXT DEFAULT '' NOT NULL,
        sealed BLOB NOT NULL,
        PRIMARY KEY (about, account_id)
    )
     STRICT
    """,
    "CREATE INDEX case_words_code ON case_words (code)",
    "CREATE INDEX case_words_other_code ON case_words (other_code)",
    """
    CREATE TABLE case_notes (
        note_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        code TEXT NOT NULL,
        position INTEGER,
        about TEXT,
        since TEXT,
        until TEXT,
        noted_by TEXT NOT NULL,
        noted_at TEXT NOT NULL,
        done_on TEXT,
        done_by TEXT,
        outcome TEXT,
        PRIMARY KEY (note_id),
        CHECK (kind IN ('gap', 'kin', 'public-material', 'silence', 'silent-place', 'limit', 'conflict')),
        FOREIGN KEY(code) REFERENCES register (code)
    )
     STRICT
    """,
    "CREATE INDEX case_notes_code ON case_notes (code, kind)",
    "CREATE INDEX log_subjects_walls ON log_subjects (subject) WHERE kind = 'testimony-wall'",
    """
    CREATE TRIGGER case_notes_insert_noted AFTER INSERT ON case_notes BEGIN INSERT INTO gate_changes (code, token) VALUES (NEW.code, randomblob(12));
    DELETE FROM gate_changes WHERE seq <= (SELECT max(seq) FROM gate_changes) - 1000;
    END
    """,
    """
    CREATE TRIGGER case_notes_update_noted AFTER UPDATE ON case_notes BEGIN INSERT INTO gate_changes (code, token) VALUES (OLD.code, randomblob(12));
    INSERT INTO gate_changes (code, token) VALUES (NEW.code, randomblob(12));
    DELETE FROM gate_changes WHERE seq <= (SELECT max(seq) FROM gate_changes) - 1000;
    END
    """,
    """
    CREATE TRIGGER case_notes_delete_noted AFTER DELETE ON case_notes BEGIN INSERT INTO gate_changes (code, token) VALUES (OLD.code, randomblob(12));
    DELETE FROM gate_changes WHERE seq <= (SELECT max(seq) FROM gate_changes) - 1000;
    END
    """,
)


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
