"""The register as custodians look through it: states, dates and consent, page by page. No word of content."""

from dataclasses import dataclass

import sqlalchemy as sa

from testimony.storage.consents import CONSENTS
from testimony.storage.register import REGISTER

sa.Index("register_submitted", REGISTER.c.submitted_on, REGISTER.c.code)
sa.Index("consents_review", CONSENTS.c.review_due, sqlite_where=CONSENTS.c.current == 1)


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """One testimony and its current consent; `status` and `review_due` are None without one. Flags are 0 or
    1.
    """

    code: str
    case_id: str
    state: str
    language: str
    month: str | None
    submitted_on: str
    risk: str | None
    minor: int
    quarantined: int
    on_hold: int
    status: str | None
    review_due: str | None


_LINES = sa.select(
    REGISTER.c.code,
    REGISTER.c.case_id,
    REGISTER.c.state,
    REGISTER.c.language,
    REGISTER.c.month,
    REGISTER.c.submitted_on,
    REGISTER.c.risk,
    REGISTER.c.minor,
    REGISTER.c.quarantined,
    REGISTER.c.on_hold,
    CONSENTS.c.status,
    CONSENTS.c.review_due,
).select_from(
    REGISTER.outerjoin(CONSENTS, sa.and_(CONSENTS.c.code == REGISTER.c.code, CONSENTS.c.current == 1))
)


def lines_before(
    connection: sa.Connection, *, before: tuple[str, str] | None, case_id: str | None, limit: int
) -> tuple[RegisterLine, ...]:
    """Newest first. before: (submitted_on, code) of the last line seen."""
    query = _LINES.order_by(REGISTER.c.submitted_on.desc(), REGISTER.c.code.desc()).limit(limit)
    if before is not None:
        query = query.where(sa.tuple_(REGISTER.c.submitted_on, REGISTER.c.code) < before)
    if case_id is not None:
        query = query.where(REGISTER.c.case_id == case_id)
    return tuple(RegisterLine(**row._mapping) for row in connection.execute(query))


def find_line(connection: sa.Connection, code: str) -> RegisterLine | None:
    row = connection.execute(_LINES.where(REGISTER.c.code == code)).first()
    return None if row is None else RegisterLine(**row._mapping)


def count_due_by(connection: sa.Connection, day: str) -> int:
    """How many current consents are due for review on this day or before."""
    query = sa.select(sa.func.count()).select_from(CONSENTS)
    return connection.execute(query.where(CONSENTS.c.current == 1, CONSENTS.c.review_due <= day)).scalar_one()


def count_by_case(connection: sa.Connection) -> dict[str, int]:
    query = sa.select(REGISTER.c.case_id, sa.func.count()).group_by(REGISTER.c.case_id)
    return {row[0]: row[1] for row in connection.execute(query)}
