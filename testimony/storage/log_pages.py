"""The list of events, whatever is asked of it at once: a page, a count and the hours, each from one narrow index.

A wanted list is split into lanes, each of which some index holds in the order of the sequence numbers; a lane is read
from its newest end and no further than the page. Without statistics of its own, the database is told which index to
keep out of (a plus before a column), because one wrong guess reads a million wide rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa

from testimony.domain.audit import Action, Outcome
from testimony.domain.events import EventFilter
from testimony.storage import log_times
from testimony.storage.log import DETAILS, ENTRIES, SUBJECTS, StoredEntry, size, stored
from testimony.storage.log_times import Run
from testimony.storage.room_queries import text_of

# Covering: what one person or one case did is told apart without reading an entry.
sa.Index(
    "log_entries_of_person",
    ENTRIES.c.actor,
    ENTRIES.c.seq,
    ENTRIES.c.action,
    ENTRIES.c.outcome,
    ENTRIES.c.case_id,
    ENTRIES.c.purpose,
)
sa.Index(
    "log_entries_of_case",
    ENTRIES.c.case_id,
    ENTRIES.c.seq,
    ENTRIES.c.actor,
    ENTRIES.c.action,
    ENTRIES.c.outcome,
    ENTRIES.c.purpose,
    sqlite_where=ENTRIES.c.case_id.is_not(None),
)

SHORT = timedelta(days=62)
"""A span of days up to this is read from the index over times."""

_HOUR = 13
_COLUMNS = ("actor", "action", "outcome", "case_id", "purpose")
_ROWS = (
    sa.select(ENTRIES, SUBJECTS.c.kind, SUBJECTS.c.subject, SUBJECTS.c.salt, DETAILS.c.sealed)
    .select_from(ENTRIES)
    .outerjoin(SUBJECTS, SUBJECTS.c.seq == ENTRIES.c.seq)
    .outerjoin(DETAILS, DETAILS.c.seq == ENTRIES.c.seq)
)
# From one act to the next in the index by purpose, however many entries lie between.
_ACTIONS_FOR = sa.text(
    """
    WITH RECURSIVE used(action) AS (
        SELECT min(action) FROM log_entries WHERE purpose = :purpose
        UNION ALL
        SELECT (SELECT min(action) FROM log_entries WHERE purpose = :purpose AND action > used.action)
        FROM used WHERE used.action IS NOT NULL
    )
    SELECT action FROM used WHERE action IS NOT NULL
    """
)


def page_of(
    connection: sa.Connection, wanted: EventFilter, *, before: int | None, limit: int
) -> tuple[StoredEntry, ...]:
    """The newest `limit` events with seq < before that pass the filter, newest first."""
    found: list[StoredEntry] = []
    lanes = _lanes(connection, wanted)
    for run in _where(connection, wanted, before):
        if not lanes or len(found) == limit:
            break
        found += _newest_in(connection, lanes, run, limit - len(found))
    return tuple(found)


def count_of(connection: sa.Connection, wanted: EventFilter, *, at_most: int) -> int:
    """How many events pass the filter; counting stops at `at_most`, for the sake of a long log."""
    total = 0
    for lane in _lanes(connection, wanted):
        driven = _driver(lane)
        for run in _pieces(connection, lane, driven):
            conditions = _conditions(lane, driven, run)
            some = sa.select(ENTRIES.c.seq).where(*conditions).limit(at_most - total).subquery()
            total += connection.execute(sa.select(sa.func.count()).select_from(some)).scalar_one()
            if total >= at_most:
                return total
    return total


def hours_of(connection: sa.Connection, wanted: EventFilter) -> Mapping[str, int]:
    """Number of events by hour in UTC, `2026-03-02T09`; hours without an event are left out."""
    hour = sa.func.substr(ENTRIES.c.at, 1, _HOUR)
    driven = "at" if _is_short(wanted) and wanted.subject is None else _driver(wanted)
    query = sa.select(hour.label("hour"), sa.func.count()).where(*_conditions(wanted, driven, None))
    return {row[0]: row[1] for row in connection.execute(query.group_by("hour"))}


def _newest_in(
    connection: sa.Connection, lanes: Sequence[EventFilter], run: Run | None, limit: int
) -> Sequence[StoredEntry]:
    found = []
    for lane in lanes:
        conditions = _conditions(lane, _page_driver(lane), run)
        newest = sa.select(ENTRIES.c.seq).where(*conditions).order_by(ENTRIES.c.seq.desc()).limit(limit)
        found.append(sa.select(newest.subquery().c.seq))
    seqs = found[0] if len(found) == 1 else sa.union_all(*found)
    query = _ROWS.where(ENTRIES.c.seq.in_(seqs)).order_by(ENTRIES.c.seq.desc()).limit(limit)
    return [stored(row) for row in connection.execute(query)]


def _where(connection: sa.Connection, wanted: EventFilter, before: int | None) -> Sequence[Run | None]:
    """Where the wanted entries may lie, newest first; None: anywhere."""
    if wanted.since is None and wanted.until is None:
        return [None] if before is None else [Run(0, before, is_inside=True)]
    found = log_times.joined(_runs(connection, wanted))
    if before is None:
        return found
    return [replace(run, stop=min(run.stop, before)) for run in found if run.first < before]


def _pieces(connection: sa.Connection, wanted: EventFilter, driven: str) -> Sequence[Run | None]:
    """What is counted one after the other: with the times compared only where the index read does not hold them."""
    timed = wanted.since is not None or wanted.until is not None
    if not timed or driven in {"subject", "at"}:
        return [None]
    found = _runs(connection, wanted)
    return log_times.joined(found) if driven in {"action", "purpose"} else found


def _runs(connection: sa.Connection, wanted: EventFilter) -> Sequence[Run]:
    since, until = (None if end is None else text_of(end) for end in (wanted.since, wanted.until))
    return log_times.runs(connection, since, until, size(connection))


def _lanes(connection: sa.Connection, wanted: EventFilter) -> Sequence[EventFilter]:
    if wanted.actors is not None and wanted.subject is None and not _is_short(wanted):
        return [
            replace(wanted, actors=None, actor=one) for one in wanted.actors if wanted.actor in (None, one)
        ]
    alone = all(part is None for part in (wanted.actor, wanted.actors, wanted.case_id, wanted.subject))
    if wanted.purpose is not None and wanted.action is None and alone and not _is_short(wanted):
        used = set(connection.execute(_ACTIONS_FOR, {"purpose": wanted.purpose.value}).scalars())
        return [replace(wanted, action=action) for action in Action if action.value in used]
    return [wanted]


def _is_short(wanted: EventFilter) -> bool:
    return wanted.since is not None and wanted.until is not None and wanted.until - wanted.since <= SHORT


def _conditions(wanted: EventFilter, driven: str, run: Run | None) -> Sequence[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    # The index over both holds nothing else; with more to compare, the one over all that a person did is read.
    by_both = driven == "actor" and all(
        part is None for part in (wanted.case_id, wanted.outcome, wanted.purpose)
    )
    for name in _COLUMNS:
        value = getattr(wanted, name)
        if value is None:
            continue
        if name == "outcome" and value is Outcome.DENIED and driven in ("", "action", "purpose"):
            found.append(_denied(alone=driven == ""))
        else:
            narrows = name == driven or (name == "action" and (driven == "purpose" or by_both))
            column = ENTRIES.c[name] if narrows else sa.literal_column(f"+log_entries.{name}", sa.Text)
            found.append(column == value)
    if wanted.actors is not None:
        found.append(sa.literal_column("+log_entries.actor", sa.Text).in_(wanted.actors))
    if wanted.subject is not None:
        found.append(ENTRIES.c.seq.in_(sa.select(SUBJECTS.c.seq).where(SUBJECTS.c.subject == wanted.subject)))
    if run is not None:
        found += [ENTRIES.c.seq >= run.first, ENTRIES.c.seq < run.stop]
    at = ENTRIES.c.at if driven == "at" else sa.literal_column("+log_entries.at", sa.Text)
    if wanted.since is not None and not (run is not None and run.is_inside):
        found.append(at >= text_of(wanted.since))
    if wanted.until is not None and not (run is not None and run.is_inside):
        found.append(at < text_of(wanted.until))
    return found


def _driver(wanted: EventFilter) -> str:
    """The column whose index is read; the others are compared with what that index holds."""
    if wanted.subject is not None:
        return "subject"
    if wanted.actor is not None:
        return "actor"
    if wanted.case_id is not None:
        return "case_id"
    if wanted.purpose is not None or wanted.actors is not None:
        return "at" if _is_short(wanted) else "purpose"
    if wanted.action is not None:
        return "action"
    is_rare = wanted.outcome is Outcome.DENIED
    return "at" if not is_rare and (wanted.since is not None or wanted.until is not None) else ""


def _page_driver(wanted: EventFilter) -> str:
    """The same for a page. The entries lie in its order: where most of a run are wanted, nothing need be sorted."""
    driven = _driver(wanted)
    return "" if driven == "at" and wanted.purpose is None and wanted.actors is None else driven


def _denied(*, alone: bool) -> sa.ColumnElement[bool]:
    # The partial index answers our own constant alone.
    denied = ENTRIES.c.outcome == sa.literal("denied", literal_execute=True)
    return denied if alone else ENTRIES.c.seq.in_(sa.select(ENTRIES.c.seq).where(denied))
