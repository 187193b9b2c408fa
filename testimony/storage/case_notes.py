"""Notes of one testimony that are no word of it: gaps, the interest of kin, tasks towards the witness, limits.

Names and reasons lie sealed beside (`joint_acts.WORDS`, about the note's id); here are kinds, days and who wrote them.
"""

from dataclasses import dataclass, fields

import sqlalchemy as sa

from testimony.storage.schema import LEDGER

GAP = "gap"
KIN = "kin"
PUBLIC = "public-material"
SILENCE = "silence"
SILENT_PLACE = "silent-place"
LIMIT = "limit"
CONFLICT = "conflict"

NOTES = sa.Table(
    "case_notes",
    LEDGER,
    sa.Column("note_id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("code", sa.Text, sa.ForeignKey("register.code"), nullable=False),
    sa.Column("position", sa.Integer),
    sa.Column("about", sa.Text),
    sa.Column("since", sa.Text),
    sa.Column("until", sa.Text),
    sa.Column("noted_by", sa.Text, nullable=False),
    sa.Column("noted_at", sa.Text, nullable=False),
    sa.Column("done_on", sa.Text),
    sa.Column("done_by", sa.Text),
    sa.Column("outcome", sa.Text),
    sa.CheckConstraint(
        "kind IN ('gap', 'kin', 'public-material', 'silence', 'silent-place', 'limit', 'conflict')"
    ),
    sqlite_strict=True,
)
sa.Index("case_notes_code", NOTES.c.code, NOTES.c.kind)


@dataclass(frozen=True, slots=True)
class NoteRow:
    """position: which file, counted from 1; None for the whole. about: ids of what else it concerns, as its kind has
    them. since, until: EDTF, or a day. outcome: a word.
    """

    note_id: str
    kind: str
    code: str
    noted_by: str
    noted_at: str
    position: int | None = None
    about: str | None = None
    since: str | None = None
    until: str | None = None
    done_on: str | None = None
    done_by: str | None = None
    outcome: str | None = None


def insert_note(connection: sa.Connection, row: NoteRow) -> None:
    connection.execute(NOTES.insert(), {f.name: getattr(row, f.name) for f in fields(row)})


def find_note(connection: sa.Connection, note_id: str) -> NoteRow | None:
    row = connection.execute(NOTES.select().where(NOTES.c.note_id == note_id)).first()
    return None if row is None else NoteRow(**row._mapping)


def notes_of(connection: sa.Connection, code: str, kind: str) -> tuple[NoteRow, ...]:
    """Oldest first."""
    query = NOTES.select().where(NOTES.c.code == code, NOTES.c.kind == kind)
    found = connection.execute(query.order_by(NOTES.c.noted_at, NOTES.c.note_id))
    return tuple(NoteRow(**row._mapping) for row in found)


def open_notes(connection: sa.Connection, kind: str) -> tuple[NoteRow, ...]:
    """What is not done yet, the most urgent first."""
    query = NOTES.select().where(NOTES.c.kind == kind, NOTES.c.done_on.is_(None))
    found = connection.execute(query.order_by(NOTES.c.until, NOTES.c.note_id))
    return tuple(NoteRow(**row._mapping) for row in found)


def finish_note(connection: sa.Connection, note_id: str, *, on: str, by: str, outcome: str) -> bool:
    """Whether there was such a note that was not done."""
    waiting = NOTES.update().where(NOTES.c.note_id == note_id, NOTES.c.done_on.is_(None))
    return connection.execute(waiting.values(done_on=on, done_by=by, outcome=outcome)).rowcount == 1


def standing_notes(connection: sa.Connection, code: str, kind: str) -> tuple[NoteRow, ...]:
    """Those of one testimony that were not ended."""
    return tuple(row for row in notes_of(connection, code, kind) if row.done_on is None)


def forget_testimony(connection: sa.Connection, code: str) -> None:
    connection.execute(NOTES.delete().where(NOTES.c.code == code))
