"""Every consent version of a testimony, whole and in few statements, for looking back in time."""

from datetime import date

import sqlalchemy as sa

from testimony.storage.consents import CONSENTS, DECISIONS
from testimony.storage.log import ENTRIES, SUBJECTS
from testimony.storage.room_queries import Span, text_of

_STANDS = ("active", "superseded")


def versions_of(connection: sa.Connection, code: str) -> tuple[tuple[int, str, str | None, str | None], ...]:
    """(version, status, given on, review due), oldest first."""
    query = CONSENTS.select().where(CONSENTS.c.code == code).order_by(CONSENTS.c.version)
    return tuple((row.version, row.status, row.given_on, row.review_due) for row in connection.execute(query))


def decisions_of(
    connection: sa.Connection, code: str
) -> tuple[tuple[int, str, str, str | None, str | None], ...]:
    """(version, purpose, decision, not before, valid until) of every version."""
    rows = connection.execute(DECISIONS.select().where(DECISIONS.c.code == code))
    return tuple((row.version, row.purpose, row.decision, row.not_before, row.valid_until) for row in rows)


def reads_that_may_lack_consent(
    connection: sa.Connection, span: Span, actions: tuple[str, ...], *, limit: int
) -> tuple[tuple[int, str, str, str, str], ...]:
    """(seq, time, actor, purpose, code) of reads within a span of testimonies whose consent ran out, was taken back or
    was given anew at some time. Oldest first.
    """
    day = span.until.date().isoformat()
    odd = CONSENTS.c.status.not_in(_STANDS) | (CONSENTS.c.review_due < day) | (CONSENTS.c.version > 1)
    codes = sa.union(
        sa.select(CONSENTS.c.code).where(odd),
        sa.select(DECISIONS.c.code).where(DECISIONS.c.valid_until < day),
    )
    about = sa.select(SUBJECTS.c.seq).where(SUBJECTS.c.kind == "testimony", SUBJECTS.c.subject.in_(codes))
    query = (
        sa.select(ENTRIES.c.seq, ENTRIES.c.at, ENTRIES.c.actor, ENTRIES.c.purpose, SUBJECTS.c.subject)
        .join(SUBJECTS, SUBJECTS.c.seq == ENTRIES.c.seq)
        .where(
            ENTRIES.c.seq.in_(about),
            ENTRIES.c.at >= text_of(span.since),
            ENTRIES.c.at < text_of(span.until),
            sa.literal_column("+log_entries.action", sa.Text).in_(actions),
            ENTRIES.c.actor.is_not(None),
            sa.literal_column("+log_entries.purpose", sa.Text).is_not(None),
        )
        .order_by(ENTRIES.c.seq)
        .limit(limit)
    )
    return tuple((row[0], row[1], row[2], row[3], row[4]) for row in connection.execute(query))


def day_of(text: str | None) -> date | None:
    """A stored day; None where there is none, or one that is coarser than a day."""
    try:
        return None if text is None else date.fromisoformat(text[:10])
    except ValueError:
        return None
