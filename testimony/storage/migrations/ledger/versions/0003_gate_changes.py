"""What the gate asks is followed: a row for each testimony that changed in it, written by triggers.

Revision ID: ledger_0003
Revises: ledger_0002
"""

from alembic import op

revision = "ledger_0003"
down_revision = "ledger_0002"

STATEMENTS = (
    """
    CREATE TABLE gate_changes (
        seq INTEGER NOT NULL,
        code TEXT NOT NULL,
        token BLOB NOT NULL,
        PRIMARY KEY (seq)
    )
     STRICT
    """,
    """
    CREATE TRIGGER register_insert_noted AFTER INSERT ON register BEGIN INSERT INTO gate_changes (code, token) VALUES (NEW.code, randomblob(12)); DELETE FROM gate_changes WHERE seq <= (SELECT max(seq) FROM gate_changes) - 1000; END
    """,
    """
    CREATE TRIGGER register_update_noted AFTER UPDATE ON register BEGIN INSERT INTO gate_changes (code, token) VALUES (OLD.code, randomblob(12)); INSERT INTO gate_changes (code, token) VALUES (NEW.code, randomblob(12)); DELETE FROM gate_changes WHERE seq <= (SELECT max(seq) FROM gate_changes) - 1000; END
    """,
    """
    CREATE TRIGGER register_delete_noted AFTER DELETE ON register BEGIN INSERT INTO gate_changes (code, token) VALUES (OLD.code, randomblob(12)); DELETE FROM gate_changes WHERE seq <= (SELECT max(seq) FROM gate_changes) - 1000; END
    """,
    """
    CREATE TRIGGER consents_insert_noted AFTER INSERT ON consents BEGIN INSERT INTO gate_changes (code, token) VALUES (NEW.code, randomblob(12)); DELETE FROM gate_changes WHERE seq <= (SELECT max(seq) FROM gate_changes) - 1000; END
    """,
    """
    CREATE TRIGGER consents_update_noted AFTER UPDATE ON consents BEGIN INSERT INTO gate_changes (code, token) VALUES (OLD.code, randomblob(12)); INSERT INTO gate_changes (code, token) VALUES (NEW.code, randomblob(12)); DELETE FROM gate_changes WHERE seq <= (SELECT max(seq) FROM gate_changes) - 1000; END
    """,
    """
    CREATE TRIGGER consents_delete_noted AFTER DELETE ON consents BEGIN INSERT INTO gate_changes (code, token) VALUES (OLD.code, randomblob(12)); DELETE FROM gate_changes WHERE seq <= (SELECT max(seq) FROM gate_changes) - 1000; END
    """,
    """
    CREATE TRIGGER consent_decisions_insert_noted AFTER INSERT ON consent_decisions BEGIN INSERT INTO gate_changes (code, token) VALUES (NEW.code, randomblob(12)); DELETE FROM gate_changes WHERE seq <= (SELECT max(seq) FROM gate_changes) - 1000; END
    """,
    """
    CREATE TRIGGER consent_decisions_update_noted AFTER UPDATE ON consent_decisions BEGIN INSERT INTO gate_changes (code, token) VALUES (OLD.code, randomblob(12)); INSERT INTO gate_changes (code, token) VALUES (NEW.code, randomblob(12)); DELETE FROM gate_changes WHERE seq <= (SELECT max(seq) FROM gate_changes) - 1000; END
    """,
    """
    CREATE TRIGGER consent_decisions_delete_noted AFTER DELETE ON consent_decisions BEGIN INSERT INTO gate_changes (code, token) VALUES (OLD.code, randomblob(12)); DELETE FROM gate_changes WHERE seq <= (SELECT max(seq) FROM gate_changes) - 1000; END
    """,
    """
    CREATE TRIGGER consent_readers_insert_noted AFTER INSERT ON consent_readers BEGIN INSERT INTO gate_changes (code, token) VALUES (NEW.code, randomblob(12)); DELETE FROM gate_changes WHERE seq <= (SELECT max(seq) FROM gate_changes) - 1000; END
    """,
    """
    CREATE TRIGGER consent_readers_update_noted AFTER UPDATE ON consent_readers BEGIN INSERT INTO gate_changes (code, token) VALUES (OLD.code, randomblob(12)); INSERT INTO gate_changes (code, token) VALUES (NEW.code, randomblob(12)); DELETE FROM gate_changes WHERE seq <= (SELECT max(seq) FROM gate_changes) - 1000; END
    """,
    """
    CREATE TRIGGER consent_readers_delete_noted AFTER DELETE ON consent_readers BEGIN INSERT INTO gate_changes (code, token) VALUES (OLD.code, randomblob(12)); DELETE FROM gate_changes WHERE seq <= (SELECT max(seq) FROM gate_changes) - 1000; END
    """,
)


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
