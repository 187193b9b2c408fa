"""Marks, what was done to them, and who works on which account. All in the vault.

Knows rows, not whether a mark is right or who may decide. `mark_acts` is append-only.
"""

from dataclasses import dataclass, field, fields

import sqlalchemy as sa

from testimony.storage.schema import VAULT

_FAILING = "detectors-failed:"

WORKS = sa.Table(
    "redaction_works",
    VAULT,
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("redactor_id", sa.Text, nullable=False),
    sa.Column("started_at", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False, server_default=""),
    sa.ForeignKeyConstraint(
        ["code", "version"], ["vault.original_versions.code", "vault.original_versions.version_no"]
    ),
    sqlite_strict=True,
)

MARKS = sa.Table(
    "marks",
    VAULT,
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("mark_id", sa.Text, primary_key=True),
    sa.Column("start", sa.Integer, nullable=False),
    sa.Column("end", sa.Integer, nullable=False),
    sa.Column("category", sa.Text, nullable=False),
    sa.Column("replacement", sa.Text, nullable=False),
    sa.Column("withheld_from", sa.Text, nullable=False),
    sa.Column("decision", sa.Text, nullable=False),
    sa.Column("entity", sa.Text),
    sa.Column("detector", sa.Text),
    sa.Column("decided_by", sa.Text),
    sa.Column("decided_at", sa.Text),
    sa.Column("exact", sa.Text, nullable=False, server_default=""),
    sa.CheckConstraint("start >= 0 AND start < end"),
    sa.CheckConstraint("withheld_from IN ('public', 'partner', 'court')"),
    sa.CheckConstraint("decision IN ('proposed', 'accepted', 'rejected')"),
    sa.ForeignKeyConstraint(
        ["code", "version"], ["vault.redaction_works.code", "vault.redaction_works.version"]
    ),
    sqlite_strict=True,
)
sa.Index("marks_place", MARKS.c.code, MARKS.c.version, MARKS.c.start)

ACTS = sa.Table(
    "mark_acts",
    VAULT,
    sa.Column("act_id", sa.Integer, primary_key=True),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("author_id", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("undoes", sa.Integer, sa.ForeignKey("vault.mark_acts.act_id"), unique=True),
    sa.Column("changes", sa.Text, nullable=False),
    sa.ForeignKeyConstraint(
        ["code", "version"], ["vault.redaction_works.code", "vault.redaction_works.version"]
    ),
    sqlite_strict=True,
)
sa.Index("mark_acts_place", ACTS.c.code, ACTS.c.version, ACTS.c.act_id)


@dataclass(frozen=True, slots=True)
class WorkRow:
    """Who redacts one version of an account.

    `revision` goes up with every act, so that two windows cannot overwrite each other.
    """

    code: str
    version: int
    revision: int
    redactor_id: str
    started_at: str
    note: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class MarkRow:
    """`start`, `end`: code points. `detector`: its name and version, None for a person.

    `exact`: what the words say, where they are generalised; empty for a token.
    """

    mark_id: str
    code: str
    version: int
    start: int
    end: int
    category: str
    replacement: str = field(repr=False)
    withheld_from: str
    decision: str
    entity: str | None
    detector: str | None
    decided_by: str | None
    decided_at: str | None
    exact: str = field(default="", repr=False)


_MARK_COLUMNS = tuple(MARKS.c[f.name] for f in fields(MarkRow))


@dataclass(frozen=True, slots=True)
class ActRow:
    """One act of one person. `undoes`: the act that it takes back. `changes`.

    JSON, `[[before, after], …]`, null where there is none.
    """

    act_id: int
    code: str
    version: int
    author_id: str
    at: str
    kind: str
    undoes: int | None
    changes: str = field(repr=False)


def insert_work(connection: sa.Connection, row: WorkRow) -> None:
    connection.execute(WORKS.insert(), _values(row))


def find_work(connection: sa.Connection, code: str, version: int) -> WorkRow | None:
    row = connection.execute(WORKS.select().where(WORKS.c.code == code, WORKS.c.version == version)).first()
    return None if row is None else WorkRow(**row._mapping)


def works_of(connection: sa.Connection, codes: tuple[str, ...]) -> dict[str, WorkRow]:
    """The work on the newest version of each code that has one."""
    query = WORKS.select().where(WORKS.c.code.in_(codes)).order_by(WORKS.c.code, WORKS.c.version)
    return {row.code: WorkRow(**row._mapping) for row in connection.execute(query)}


def advance_work(connection: sa.Connection, row: WorkRow, *, redactor_id: str, note: str) -> bool:
    """Compare and swap on the revision: whether nobody was faster."""
    statement = (
        WORKS.update()
        .where(WORKS.c.code == row.code, WORKS.c.version == row.version, WORKS.c.revision == row.revision)
        .values(revision=row.revision + 1, redactor_id=redactor_id, note=note)
    )
    return connection.execute(statement).rowcount == 1


def put_marks(connection: sa.Connection, rows: tuple[MarkRow, ...]) -> None:
    """Insert or replace by mark id."""
    if rows:
        connection.execute(MARKS.insert().prefix_with("OR REPLACE"), [_values(row) for row in rows])


def delete_marks(connection: sa.Connection, code: str, version: int, mark_ids: tuple[str, ...]) -> None:
    if mark_ids:
        connection.execute(
            MARKS.delete().where(
                MARKS.c.code == code, MARKS.c.version == version, MARKS.c.mark_id.in_(mark_ids)
            )
        )


def marks_of(connection: sa.Connection, code: str, version: int) -> tuple[MarkRow, ...]:
    """In the order of the text."""
    query = (
        sa.select(*_MARK_COLUMNS)
        .where(MARKS.c.code == code, MARKS.c.version == version)
        .order_by(MARKS.c.start, MARKS.c.end, MARKS.c.mark_id)
    )
    # By place, not by name: a transcript has thousands, and every act reads them.
    return tuple(MarkRow(*row) for row in connection.execute(query).all())


def undecided_counts(connection: sa.Connection, codes: tuple[str, ...]) -> dict[str, int]:
    query = (
        sa.select(MARKS.c.code, sa.func.count().label("waiting"))
        .where(MARKS.c.code.in_(codes), MARKS.c.decision == "proposed")
        .group_by(MARKS.c.code)
    )
    return {row.code: row.waiting for row in connection.execute(query)}


def insert_act(connection: sa.Connection, row: ActRow) -> int:
    """Append an act; its `act_id` is given here, whatever the row says. Return it."""
    values = {name: value for name, value in _values(row).items() if name != "act_id"}
    key = connection.execute(ACTS.insert(), values).inserted_primary_key
    if key is None:
        raise RuntimeError("an inserted act has a number")
    return int(key[0])


def last_act_to_undo(connection: sa.Connection, code: str, version: int, author_id: str) -> ActRow | None:
    """The newest act of this person that is neither an undoing nor undone; that a detector failed is nobody's act."""
    undone = ACTS.alias("undone")
    query = (
        ACTS.select()
        .where(
            ACTS.c.code == code,
            ACTS.c.version == version,
            ACTS.c.author_id == author_id,
            ACTS.c.undoes.is_(None),
            ~ACTS.c.kind.startswith(_FAILING),
            ~sa.exists().where(undone.c.undoes == ACTS.c.act_id),
        )
        .order_by(ACTS.c.act_id.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    return None if row is None else ActRow(**row._mapping)


def failing(detectors: tuple[str, ...]) -> str:
    """Return the kind of act that tells which detectors could not say."""
    return _FAILING + " ".join(detectors)


def failed_detectors(connection: sa.Connection, code: str, version: int) -> tuple[str, ...]:
    """The detectors that could not say when this version was taken."""
    query = (
        sa.select(ACTS.c.kind)
        .where(ACTS.c.code == code, ACTS.c.version == version, ACTS.c.kind.startswith(_FAILING))
        .order_by(ACTS.c.act_id)
    )
    kinds = connection.execute(query).scalars()
    return tuple(dict.fromkeys(name for kind in kinds for name in kind.removeprefix(_FAILING).split()))


def authors_of(connection: sa.Connection, code: str, version: int) -> frozenset[str]:
    """Everybody who ever changed or decided a mark of this version."""
    query = sa.select(ACTS.c.author_id).where(ACTS.c.code == code, ACTS.c.version == version).distinct()
    return frozenset(connection.execute(query).scalars())


def _values(row: WorkRow | MarkRow | ActRow) -> dict[str, object]:
    return {f.name: getattr(row, f.name) for f in fields(row)}
