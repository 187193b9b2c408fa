"""What is due to witnesses: reviews, days of majority, children without a guardian. Codes and days only."""

from dataclasses import dataclass

import sqlalchemy as sa

from testimony.storage.consents import CONSENTS
from testimony.storage.register import REGISTER

MOST = 200
"""Lines of one list at most; the most urgent come first."""

_CLOSED = ("restricted", "disposed")
_CURRENT = REGISTER.join(CONSENTS, sa.and_(CONSENTS.c.code == REGISTER.c.code, CONSENTS.c.current == 1))


@dataclass(frozen=True, slots=True)
class DueRow:
    """`day`: ISO 8601; empty when nobody wrote one down."""

    code: str
    case_id: str
    day: str


def reviews_until(connection: sa.Connection, day: str) -> tuple[DueRow, ...]:
    """Consents whose review comes until that day or is past."""
    return _rows(connection, CONSENTS.c.review_due, CONSENTS.c.review_due <= day)


def majority_until(connection: sa.Connection, day: str) -> tuple[DueRow, ...]:
    """Children who come of age until that day, or are of age and did not decide themselves yet."""
    return _rows(connection, CONSENTS.c.reconfirm_on, CONSENTS.c.reconfirm_on <= day)


def without_majority_day(connection: sa.Connection) -> tuple[DueRow, ...]:
    """Children of whom nobody wrote down when they come of age."""
    open_yet = (REGISTER.c.minor == 1, REGISTER.c.guardian_ok == 1, CONSENTS.c.reconfirm_on.is_(None))
    return _rows(connection, sa.literal(""), *open_yet)


def without_guardian(connection: sa.Connection) -> tuple[DueRow, ...]:
    """Children without a guardian's word; the day is the one of their account."""
    query = sa.select(REGISTER.c.code, REGISTER.c.case_id, REGISTER.c.submitted_on)
    query = query.where(REGISTER.c.minor == 1, REGISTER.c.guardian_ok == 0, REGISTER.c.state.not_in(_CLOSED))
    rows = connection.execute(query.order_by(REGISTER.c.submitted_on, REGISTER.c.code).limit(MOST))
    return tuple(DueRow(*row) for row in rows)


def _rows(
    connection: sa.Connection, day: sa.ColumnElement[str] | sa.Column[str], *where: sa.ColumnElement[bool]
) -> tuple[DueRow, ...]:
    query = sa.select(REGISTER.c.code, REGISTER.c.case_id, day.label("day")).select_from(_CURRENT)
    query = query.where(REGISTER.c.state.not_in(_CLOSED), *where)
    rows = connection.execute(query.order_by("day", REGISTER.c.code).limit(MOST))
    return tuple(DueRow(*row) for row in rows)
