"""What the blind question for earlier accounts rests on: keyed tags of names, questions, and who holds the tags' key.

Nothing here can be compared by who opens the ledger alone: tags lie sealed to the vault, the key they are made with is
sealed to each interviewer. See docs/decisions/0020-earlier-accounts-blindly.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields

import sqlalchemy as sa

from testimony.storage.keyring import Signed
from testimony.storage.register import REGISTER
from testimony.storage.schema import LEDGER

SLOTS = sa.Table(
    "matching_slots",
    LEDGER,
    sa.Column("key_id", sa.Text, primary_key=True),
    sa.Column("account_id", sa.Text, sa.ForeignKey("accounts.account_id"), primary_key=True),
    sa.Column("made_at", sa.Text, nullable=False),
    sa.Column("giver", sa.Text, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("statement", sa.LargeBinary, nullable=False),
    sa.Column("signature", sa.LargeBinary, nullable=False),
    sqlite_strict=True,
)

TAGS = sa.Table(
    "name_tags",
    LEDGER,
    sa.Column("code", sa.Text, sa.ForeignKey("register.code"), primary_key=True),
    sa.Column("form", sa.Text, nullable=False),
    sa.Column("generation", sa.Integer, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.CheckConstraint("form IN ('handed_in', 'kept')"),
    sqlite_strict=True,
)
sa.Index("name_tags_form", TAGS.c.form, TAGS.c.generation)

QUESTIONS = sa.Table(
    "earlier_questions",
    LEDGER,
    sa.Column("question_id", sa.Text, primary_key=True),
    sa.Column("draft_id", sa.Text, nullable=False),
    sa.Column("asked_by", sa.Text, sa.ForeignKey("accounts.account_id"), nullable=False),
    sa.Column("asked_at", sa.Text, nullable=False),
    sa.Column("sealed", sa.LargeBinary),
    sa.Column("answer", sa.Text),
    sa.Column("because", sa.Text),
    sa.Column("since", sa.Text),
    sa.Column("answered_at", sa.Text),
    sa.CheckConstraint("answer IN ('yes', 'no', 'cannot_tell')"),
    sa.CheckConstraint("because IN ('no_name', 'not_wanted', 'one_name', 'no_key', 'limit', 'not_signed')"),
    sa.CheckConstraint("(answer IS NULL) <> (sealed IS NULL)"),
    sa.CheckConstraint("because IS NULL OR answer = 'cannot_tell'"),
    sqlite_strict=True,
)
sa.Index("earlier_questions_draft", QUESTIONS.c.draft_id)
sa.Index("earlier_questions_waiting", QUESTIONS.c.asked_at, sqlite_where=QUESTIONS.c.answer.is_(None))


@dataclass(frozen=True, slots=True)
class SlotRow:
    """The matching key, sealed to one interviewer by another. statement: that this very slot was given."""

    key_id: str
    account_id: str
    made_at: str
    giver: str
    sealed: bytes = field(repr=False)
    statement: bytes = field(repr=False)
    signature: bytes = field(repr=False)

    @property
    def given(self) -> Signed:
        return Signed(self.statement, self.giver, self.signature)


@dataclass(frozen=True, slots=True)
class TagRow:
    """form: handed_in, sealed to the vault; or kept, locked under a key that the vault's of this generation gives."""

    code: str
    form: str
    generation: int
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """sealed: to the vault, while it waits. because: why it cannot be told. since: the first day that was looked at."""

    question_id: str
    draft_id: str
    asked_by: str
    asked_at: str
    sealed: bytes | None = field(default=None, repr=False)
    answer: str | None = None
    because: str | None = None
    since: str | None = None
    answered_at: str | None = None


def insert_slot(connection: sa.Connection, row: SlotRow) -> None:
    connection.execute(SLOTS.insert(), {one.name: getattr(row, one.name) for one in fields(row)})


def all_slots(connection: sa.Connection) -> tuple[SlotRow, ...]:
    """Oldest first."""
    query = SLOTS.select().order_by(SLOTS.c.made_at, SLOTS.c.key_id, SLOTS.c.account_id)
    return tuple(SlotRow(**row._mapping) for row in connection.execute(query))


def delete_slot(connection: sa.Connection, key_id: str, account_id: str) -> None:
    where = (SLOTS.c.key_id == key_id, SLOTS.c.account_id == account_id)
    connection.execute(SLOTS.delete().where(*where))


def put_tags(connection: sa.Connection, row: TagRow) -> None:
    """Write the tags of one account, in the place of those that were there."""
    connection.execute(TAGS.delete().where(TAGS.c.code == row.code))
    connection.execute(TAGS.insert(), {one.name: getattr(row, one.name) for one in fields(row)})


def tags_not_kept(connection: sa.Connection, generation: int, limit: int) -> tuple[TagRow, ...]:
    """What was handed in, or lies locked under the vault's key of another generation."""
    other = sa.or_(TAGS.c.form == "handed_in", TAGS.c.generation != generation)
    query = TAGS.select().where(other).order_by(TAGS.c.code).limit(limit)
    return tuple(TagRow(**row._mapping) for row in connection.execute(query))


def kept_tags(connection: sa.Connection, generation: int) -> Iterator[TagRow]:
    """Of accounts that were neither taken back nor are about to be erased."""
    closed = sa.select(REGISTER.c.code).where(REGISTER.c.state.in_(("restricted", "disposed")))
    query = TAGS.select().where(
        TAGS.c.form == "kept", TAGS.c.generation == generation, TAGS.c.code.not_in(closed)
    )
    for row in connection.execute(query):
        yield TagRow(row.code, row.form, row.generation, row.sealed)


def has_tags(connection: sa.Connection, code: str) -> bool:
    return connection.execute(sa.select(TAGS.c.code).where(TAGS.c.code == code)).first() is not None


def delete_tags(connection: sa.Connection, code: str) -> None:
    connection.execute(TAGS.delete().where(TAGS.c.code == code))


def insert_question(connection: sa.Connection, row: QuestionRow) -> None:
    connection.execute(QUESTIONS.insert(), {one.name: getattr(row, one.name) for one in fields(row)})


def questions_of(connection: sa.Connection, draft_id: str) -> tuple[QuestionRow, ...]:
    """Newest first."""
    query = QUESTIONS.select().where(QUESTIONS.c.draft_id == draft_id)
    ordered = query.order_by(QUESTIONS.c.asked_at.desc(), sa.literal_column("earlier_questions.rowid").desc())
    return tuple(QuestionRow(**row._mapping) for row in connection.execute(ordered))


def waiting_questions(connection: sa.Connection, limit: int) -> tuple[QuestionRow, ...]:
    """Oldest first."""
    query = QUESTIONS.select().where(QUESTIONS.c.answer.is_(None)).order_by(QUESTIONS.c.asked_at).limit(limit)
    return tuple(QuestionRow(**row._mapping) for row in connection.execute(query))


def answer_question(connection: sa.Connection, question_id: str, **values: object) -> bool:
    """Whether it waited until now. What was asked is deleted with the answer."""
    waiting = QUESTIONS.update().where(QUESTIONS.c.question_id == question_id, QUESTIONS.c.answer.is_(None))
    return connection.execute(waiting.values(sealed=None, **values)).rowcount == 1


def drop_questions(connection: sa.Connection, draft_id: str) -> None:
    """The draft is gone. That a question was asked, and of what kind the answer was, stays in the log."""
    connection.execute(QUESTIONS.delete().where(QUESTIONS.c.draft_id == draft_id))


def forget_testimony(connection: sa.Connection, code: str) -> None:
    """The tags; questions went when the draft was handed in."""
    delete_tags(connection, code)
