"""The names of a text stand first in a row of its index, and what the index writes fits the pages of the file.

The rows are copied as they are: terms of both orders are the same.

Revision ID: vault_0009
Revises: vault_0008
"""

from alembic import op

revision = "vault_0009"
down_revision = "vault_0008"

STATEMENTS = (
    "DROP TABLE main.search_vocabulary",
    "ALTER TABLE main.search_text RENAME TO search_text_before",
    "CREATE VIRTUAL TABLE main.search_text USING fts5(name, exact, stem, label, tokenize = 'ascii')",
    "INSERT INTO main.search_text (search_text, rank) VALUES ('secure-delete', 1)",
    "INSERT INTO main.search_text (search_text, rank) VALUES ('hashsize', 33554432)",
    "INSERT INTO main.search_text (search_text, rank) VALUES ('pgsz', 3960)",
    """
    INSERT INTO main.search_text (rowid, name, exact, stem, label)
    SELECT rowid, name, exact, stem, label FROM main.search_text_before ORDER BY rowid
    """,
    "DROP TABLE main.search_text_before",
    "CREATE VIRTUAL TABLE main.search_vocabulary USING fts5vocab(search_text, instance)",
)


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
