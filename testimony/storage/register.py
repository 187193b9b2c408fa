"""The register: one row a testimony, with what the gate needs and no word of its content."""

from dataclasses import dataclass, fields

import sqlalchemy as sa

from testimony.storage.schema import LEDGER


def _flag(name: str) -> sa.Column[int]:
    return sa.Column(
        name, sa.Integer, sa.CheckConstraint(f"{name} IN (0, 1)"), nullable=False, server_default="0"
    )


REGISTER = sa.Table(
    "register",
    LEDGER,
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("submission_id", sa.Text, nullable=False, unique=True),
    sa.Column("case_id", sa.Text, sa.ForeignKey("cases.case_id"), nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("month", sa.Text),
    sa.Column("submitted_on", sa.Text, nullable=False),
    sa.Column("interviewer_id", sa.Text, sa.ForeignKey("accounts.account_id"), nullable=False),
    sa.Column("interpreter_id", sa.Text),
    sa.Column("risk", sa.Text),
    _flag("tag_s"),
    _flag("tag_c"),
    _flag("tag_p"),
    _flag("tag_r4"),
    _flag("minor"),
    _flag("guardian_ok"),
    _flag("quarantined"),
    _flag("on_hold"),
    sa.Column("warning", sa.Text),
    sa.Column("attachments", sa.Integer, nullable=False, server_default="0"),
    sqlite_strict=True,
)
sa.Index("register_state", REGISTER.c.state, REGISTER.c.submitted_on)
sa.Index("register_interviewer", REGISTER.c.interviewer_id)


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """`month`: EDTF, month or coarser. `submitted_on`: date. `attachments`: how many. Flags are 0 or 1.

    `interviewer_id`: who handed it in. Whether they took it, the signed document in the vault says (decision 0006).
    """

    code: str
    submission_id: str
    case_id: str
    state: str
    language: str
    month: str | None
    submitted_on: str
    interviewer_id: str
    interpreter_id: str | None
    risk: str | None
    tag_s: int = 0
    tag_c: int = 0
    tag_p: int = 0
    tag_r4: int = 0
    minor: int = 0
    guardian_ok: int = 0
    quarantined: int = 0
    on_hold: int = 0
    warning: str | None = None
    attachments: int = 0


def insert_row(connection: sa.Connection, row: RegisterRow) -> None:
    connection.execute(REGISTER.insert(), {f.name: getattr(row, f.name) for f in fields(row)})


def find_row(connection: sa.Connection, code: str) -> RegisterRow | None:
    row = connection.execute(REGISTER.select().where(REGISTER.c.code == code)).first()
    return None if row is None else RegisterRow(**row._mapping)


def rows_of_codes(connection: sa.Connection, codes: frozenset[str]) -> dict[str, RegisterRow]:
    """By their codes; what is not there is left out."""
    found = connection.execute(REGISTER.select().where(REGISTER.c.code.in_(sorted(codes))))
    return {row.code: RegisterRow(**row._mapping) for row in found}


def all_codes(connection: sa.Connection) -> tuple[str, ...]:
    return tuple(connection.execute(sa.select(REGISTER.c.code)).scalars())


def find_submission(connection: sa.Connection, submission_id: str) -> RegisterRow | None:
    row = connection.execute(REGISTER.select().where(REGISTER.c.submission_id == submission_id)).first()
    return None if row is None else RegisterRow(**row._mapping)


def move_state(connection: sa.Connection, code: str, *, before: str, after: str) -> bool:
    """Compare and swap: whether the testimony was in state `before` and is now in `after`."""
    statement = REGISTER.update().where(REGISTER.c.code == code, REGISTER.c.state == before)
    return connection.execute(statement.values(state=after)).rowcount == 1


def restrict(connection: sa.Connection, code: str) -> None:
    """From any state but disposed: the witness took back all that was allowed."""
    mine = REGISTER.update().where(REGISTER.c.code == code, REGISTER.c.state != "disposed")
    connection.execute(mine.values(state="restricted"))


def set_consent_flags(connection: sa.Connection, code: str, *, minor: bool, guardian_ok: bool) -> None:
    """What the newest version of the consent says of age and guardian."""
    mine = REGISTER.update().where(REGISTER.c.code == code)
    connection.execute(mine.values(minor=int(minor), guardian_ok=int(guardian_ok)))


def lift_quarantine(connection: sa.Connection, code: str) -> None:
    connection.execute(REGISTER.update().where(REGISTER.c.code == code).values(quarantined=0))


def dispose(connection: sa.Connection, code: str) -> None:
    """Whatever its state was: it is to be erased, and nobody reads it any more."""
    connection.execute(REGISTER.update().where(REGISTER.c.code == code).values(state="disposed"))


def close_part(connection: sa.Connection, code: str, tag: str) -> None:
    """Put a testimony into a closed part. tag: name of the part's column; there is no function to take it out."""
    connection.execute(REGISTER.update().where(REGISTER.c.code == code).values({tag: 1}))


def rows_in_state(
    connection: sa.Connection,
    states: tuple[str, ...],
    *,
    after: tuple[str, str] | None = None,
    limit: int = 50,
) -> tuple[RegisterRow, ...]:
    """Oldest first; `after`: (submitted_on, code) of the last row seen."""
    query = REGISTER.select().where(REGISTER.c.state.in_(states))
    if after is not None:
        query = query.where(sa.tuple_(REGISTER.c.submitted_on, REGISTER.c.code) > after)
    rows = connection.execute(query.order_by(REGISTER.c.submitted_on, REGISTER.c.code).limit(limit))
    return tuple(RegisterRow(**row._mapping) for row in rows)


def rows_of_interpreter(connection: sa.Connection, account_id: str) -> tuple[RegisterRow, ...]:
    """Oldest first."""
    query = REGISTER.select().where(REGISTER.c.interpreter_id == account_id)
    rows = connection.execute(query.order_by(REGISTER.c.submitted_on, REGISTER.c.code))
    return tuple(RegisterRow(**row._mapping) for row in rows)


def rows_of_interviewer(
    connection: sa.Connection, account_id: str, *, limit: int = 200
) -> tuple[RegisterRow, ...]:
    """Newest first."""
    query = REGISTER.select().where(REGISTER.c.interviewer_id == account_id)
    rows = connection.execute(query.order_by(REGISTER.c.submitted_on.desc(), REGISTER.c.code).limit(limit))
    return tuple(RegisterRow(**row._mapping) for row in rows)
