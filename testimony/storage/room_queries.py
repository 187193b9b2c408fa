"""What the auditors' room asks of the log in one statement each: tallies by person, hour, day, case and act.

Everything is bound to a span of time and answered from an index over times, or to one person, case or testimony.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from testimony.storage.log import DETAILS, ENTRIES, SUBJECTS, StoredEntry, stored

# Whoever did what on which case at a time, without the entries themselves: most questions read no more.
sa.Index(
    "log_entries_when",
    ENTRIES.c.at,
    ENTRIES.c.actor,
    ENTRIES.c.action,
    ENTRIES.c.outcome,
    ENTRIES.c.case_id,
    ENTRIES.c.purpose,
)

_HOUR, _DAY = 13, 10
_ROWS = (
    sa.select(ENTRIES, SUBJECTS.c.kind, SUBJECTS.c.subject, SUBJECTS.c.salt, DETAILS.c.sealed)
    .select_from(ENTRIES)
    .outerjoin(SUBJECTS, SUBJECTS.c.seq == ENTRIES.c.seq)
    .outerjoin(DETAILS, DETAILS.c.seq == ENTRIES.c.seq)
)


@dataclass(frozen=True, slots=True)
class Span:
    """since <= time < until, both aware."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Tally:
    """How many entries, and the numbers of the first and the last. key: what they have in common besides the actor."""

    actor: str
    key: str
    count: int
    first: int
    last: int


def text_of(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def by_hour(
    connection: sa.Connection, span: Span, actions: Sequence[str], *, least: int, limit: int
) -> tuple[Tally, ...]:
    """Who did `least` or more of these about cases within one hour; the most first. key: `2026-03-02T09`."""
    hour = sa.func.substr(ENTRIES.c.at, 1, _HOUR)
    wanted = (*_within(span, actions), ENTRIES.c.case_id.is_not(None))
    return _tallies(connection, hour, wanted, least, limit)


def out_of_hours(
    connection: sa.Connection,
    span: Span,
    actions: Sequence[str],
    *,
    hours: tuple[int, int],
    rest: Sequence[int],
    least: int,
    limit: int,
) -> tuple[Tally, ...]:
    """Who did these before the first hour, from the second on, or on a day of rest (0 is Sunday). key: the day."""
    hour = sa.func.substr(ENTRIES.c.at, 12, 2)
    odd = [hour < f"{hours[0]:02d}", hour >= f"{hours[1]:02d}"]
    if rest:
        weekday = sa.func.strftime("%w", sa.func.substr(ENTRIES.c.at, 1, _DAY))
        odd.append(weekday.in_([str(day) for day in rest]))
    day = sa.func.substr(ENTRIES.c.at, 1, _DAY)
    return _tallies(connection, day, (*_within(span, actions), sa.or_(*odd)), least, limit)


def by_day(
    connection: sa.Connection, span: Span, actions: Sequence[str], actor: str | None = None
) -> Mapping[str, Mapping[str, int]]:
    """How many of these each person did on each day: actor → `2026-03-02` → number."""
    day = sa.func.substr(ENTRIES.c.at, 1, _DAY)
    wanted = [*_within(span, actions)] if actor is None else [*_within(span, actions), _is(actor)]
    query = sa.select(ENTRIES.c.actor, day, sa.func.count()).where(*wanted).group_by(ENTRIES.c.actor, day)
    found: dict[str, dict[str, int]] = {}
    for who, when, count in connection.execute(query):
        found.setdefault(who, {})[when] = count
    return found


def cases_of_people(
    connection: sa.Connection, span: Span, actions: Sequence[str], *, least: int, limit: int
) -> tuple[tuple[str, int, int], ...]:
    """Who did these in `least` or more cases: (actor, cases, entries), the most cases first."""
    cases = sa.func.count(sa.distinct(ENTRIES.c.case_id))
    query = (
        sa.select(ENTRIES.c.actor, cases, sa.func.count())
        .where(*_within(span, actions), ENTRIES.c.case_id.is_not(None))
        .group_by(ENTRIES.c.actor)
        .having(cases >= least)
        .order_by(cases.desc(), ENTRIES.c.actor)
        .limit(limit)
    )
    return tuple((row[0], row[1], row[2]) for row in connection.execute(query))


def refused(connection: sa.Connection, span: Span, *, least: int, limit: int) -> tuple[Tally, ...]:
    """Who was refused `least` times or more; the most first."""
    wanted = (*_when(span), ENTRIES.c.outcome == "denied", ENTRIES.c.actor.is_not(None))
    return _tallies(connection, sa.literal(""), wanted, least, limit)


def reads_of(
    connection: sa.Connection, span: Span, actions: Sequence[str], actors: Sequence[str]
) -> Iterator[tuple[str, str, str, int]]:
    """What these people did about cases within a span: (actor, case, time, seq), one after the other."""
    query = sa.select(ENTRIES.c.actor, ENTRIES.c.case_id, ENTRIES.c.at, ENTRIES.c.seq).where(
        *_within(span, actions), ENTRIES.c.actor.in_(actors), ENTRIES.c.case_id.is_not(None)
    )
    for row in connection.execution_options(yield_per=5000).execute(query):
        yield row[0], row[1], row[2], row[3]


def with_a_purpose(connection: sa.Connection, seqs: Sequence[int]) -> tuple[int, ...]:
    """Those of these entries that name a purpose, in order. At most some hundreds."""
    query = sa.select(ENTRIES.c.seq).where(ENTRIES.c.seq.in_(seqs), ENTRIES.c.purpose.is_not(None))
    return tuple(connection.execute(query.order_by(ENTRIES.c.seq)).scalars())


def entries_of(
    connection: sa.Connection, span: Span, actions: Sequence[str], *, rare: bool, limit: int
) -> tuple[StoredEntry, ...]:
    """The entries of some acts within a span, oldest first. rare: found by the act, else by the time."""
    wanted = (*_when(span), ENTRIES.c.action.in_(actions)) if rare else _within(span, actions)
    query = _ROWS.where(*wanted).order_by(ENTRIES.c.seq).limit(limit)
    return tuple(stored(row) for row in connection.execute(query))


def entries_about(
    connection: sa.Connection, subject: str, *, before: int | None = None, limit: int
) -> tuple[StoredEntry, ...]:
    """The newest entries about one thing with seq < before, newest first."""
    about = sa.select(SUBJECTS.c.seq).where(SUBJECTS.c.subject == subject)
    if before is not None:
        about = about.where(SUBJECTS.c.seq < before)
    query = _ROWS.where(ENTRIES.c.seq.in_(about.order_by(SUBJECTS.c.seq.desc()).limit(limit)))
    return tuple(stored(row) for row in connection.execute(query.order_by(ENTRIES.c.seq.desc())))


def counts_by(
    connection: sa.Connection, span: Span, column: str, actor: str | None = None
) -> tuple[tuple[str | None, str, int], ...]:
    """(value of the column, outcome, number) within a span. column: action, actor or case_id."""
    chosen = ENTRIES.c[column]
    wanted = _when(span) if actor is None else (*_when(span), _is(actor))
    query = (
        sa.select(chosen, ENTRIES.c.outcome, sa.func.count())
        .where(*wanted)
        .group_by(chosen, ENTRIES.c.outcome)
        .order_by(chosen, ENTRIES.c.outcome)
    )
    return tuple((row[0], row[1], row[2]) for row in connection.execute(query))


def numbers_within(connection: sa.Connection, span: Span) -> tuple[int, int, int]:
    """How many entries a span holds, and the smallest and largest number (0, 0 for none)."""
    query = sa.select(sa.func.count(), sa.func.min(ENTRIES.c.seq), sa.func.max(ENTRIES.c.seq))
    count, first, last = connection.execute(query.where(*_when(span))).one()
    return count, first or 0, last or 0


def seen_by(
    connection: sa.Connection, span: Span, actions: Sequence[str], actor: str, *, limit: int
) -> tuple[tuple[str, int, int, int], ...]:
    """The testimonies that one person was shown: (code, times, first, last), the most often first."""
    query = (
        sa.select(SUBJECTS.c.subject, sa.func.count(), sa.func.min(ENTRIES.c.seq), sa.func.max(ENTRIES.c.seq))
        .join(SUBJECTS, SUBJECTS.c.seq == ENTRIES.c.seq)
        .where(*_within(span, actions), _is(actor), SUBJECTS.c.kind == "testimony")
        .group_by(SUBJECTS.c.subject)
        .order_by(sa.func.count().desc(), SUBJECTS.c.subject)
        .limit(limit)
    )
    return tuple((row[0], row[1], row[2], row[3]) for row in connection.execute(query))


def ends_of(connection: sa.Connection, actor: str) -> tuple[str, str] | None:
    """When somebody's first and last entries were written; None for nobody."""
    mine = sa.select(ENTRIES.c.at).where(_is(actor)).limit(1)
    first = connection.execute(mine.order_by(ENTRIES.c.seq)).scalar()
    last = connection.execute(mine.order_by(ENTRIES.c.seq.desc())).scalar()
    return None if first is None or last is None else (first, last)


def newest_of(
    connection: sa.Connection, action: str, actor: str | None, *, limit: int
) -> tuple[StoredEntry, ...]:
    """The newest entries of one act, of anybody or of one person, newest first."""
    wanted = [ENTRIES.c.action == action] if actor is None else [ENTRIES.c.action == action, _is(actor)]
    rows = connection.execute(_ROWS.where(*wanted).order_by(ENTRIES.c.seq.desc()).limit(limit))
    return tuple(stored(row) for row in rows)


def times_of(connection: sa.Connection, action: str, actor: str, span: Span) -> tuple[tuple[int, str], ...]:
    """(seq, time) of one person's acts of one kind within a span, oldest first."""
    query = sa.select(ENTRIES.c.seq, ENTRIES.c.at).where(*_within(span, (action,)), _is(actor))
    return tuple((row[0], row[1]) for row in connection.execute(query.order_by(ENTRIES.c.seq)))


def entries_of_case(
    connection: sa.Connection, case_id: str, actions: Sequence[str], *, limit: int
) -> tuple[tuple[str, str, bytes], ...]:
    """(actor, time, leaf) of the newest of these acts in one case, newest first."""
    newest = (
        sa.select(ENTRIES.c.seq)
        .where(
            ENTRIES.c.case_id == case_id,
            sa.literal_column("+log_entries.action", sa.Text).in_(actions),
            sa.literal_column("+log_entries.actor", sa.Text).is_not(None),
        )
        .order_by(ENTRIES.c.seq.desc())
        .limit(limit)
    )
    query = sa.select(ENTRIES.c.actor, ENTRIES.c.at, ENTRIES.c.leaf).where(ENTRIES.c.seq.in_(newest))
    return tuple((row[0], row[1], row[2]) for row in connection.execute(query.order_by(ENTRIES.c.seq.desc())))


def _when(span: Span) -> tuple[sa.ColumnElement[bool], ...]:
    return ENTRIES.c.at >= text_of(span.since), ENTRIES.c.at < text_of(span.until)


def _within(span: Span, actions: Sequence[str]) -> tuple[sa.ColumnElement[bool], ...]:
    # The plus keeps the index over acts out: a span of days is smaller than all that was ever shown.
    action = sa.literal_column("+log_entries.action", sa.Text)
    return (*_when(span), action.in_(actions), ENTRIES.c.actor.is_not(None))


def _is(actor: str) -> sa.ColumnElement[bool]:
    return ENTRIES.c.actor == actor


def _tallies(
    connection: sa.Connection,
    key: sa.ColumnElement[str],
    wanted: Sequence[sa.ColumnElement[bool]],
    least: int,
    limit: int,
) -> tuple[Tally, ...]:
    number = sa.func.count()
    label = key.label("tally_key")
    query = (
        sa.select(ENTRIES.c.actor, label, number, sa.func.min(ENTRIES.c.seq), sa.func.max(ENTRIES.c.seq))
        .where(*wanted)
        .group_by(ENTRIES.c.actor, label)
        .having(number >= least)
        .order_by(number.desc(), sa.func.max(ENTRIES.c.seq).desc())
        .limit(limit)
    )
    return tuple(Tally(*row) for row in connection.execute(query))
