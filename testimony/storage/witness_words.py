"""What witnesses said of proposed texts, one row each time it was written down. In the vault; append-only.

Knows rows, not which of them holds.
"""

from dataclasses import dataclass, fields

import sqlalchemy as sa

from testimony.storage.schema import VAULT

WORDS = sa.Table(
    "witness_words",
    VAULT,
    sa.Column("word_id", sa.Integer, primary_key=True),
    sa.Column("set_id", sa.Text, sa.ForeignKey("vault.redaction_sets.set_id"), nullable=False),
    sa.Column("word", sa.Text, nullable=False),
    sa.Column("why_not", sa.Text),
    sa.Column("asked_on", sa.Text, nullable=False),
    sa.Column("asked_by", sa.Text, nullable=False),
    sa.Column("recorder_id", sa.Text, nullable=False),
    sa.Column("recorded_at", sa.Text, nullable=False),
    sa.CheckConstraint("word IN ('yes', 'no', 'changes', 'not_asked')"),
    # Who was not asked was not asked for a reason, and nobody else has one.
    sa.CheckConstraint("(word = 'not_asked') = (why_not IS NOT NULL)"),
    sqlite_strict=True,
)
sa.Index("witness_words_set", WORDS.c.set_id, WORDS.c.word_id)


@dataclass(frozen=True, slots=True)
class WordRow:
    """set_id: the proposed text, with its audience. why_not: a code, None for whoever was asked. asked_on: a day."""

    set_id: str
    word: str
    why_not: str | None
    asked_on: str
    asked_by: str
    recorder_id: str
    recorded_at: str


def insert_word(connection: sa.Connection, row: WordRow) -> None:
    connection.execute(WORDS.insert(), {f.name: getattr(row, f.name) for f in fields(row)})


def words_of(connection: sa.Connection, set_id: str) -> tuple[WordRow, ...]:
    """In the order in which they were written down."""
    columns = [WORDS.c[f.name] for f in fields(WordRow)]
    query = sa.select(*columns).where(WORDS.c.set_id == set_id).order_by(WORDS.c.word_id)
    return tuple(WordRow(*row) for row in connection.execute(query))
