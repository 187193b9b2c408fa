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
from testimony.storage.log import DETAILS, ENTRIES, SUBJECTS, StoredEntry, stored
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


def page_of(
    connection: sa.Connection, wanted: EventFilter, *, before: int | None, limit: int
) -> tuple[StoredEntry, ...]:
    """The newest `limit` events with seq < before that pass the filter, newest first."""
    lanes = []
    for lane in _lanes(wanted):
        found = sa.select(ENTRIES.c.seq).where(*_conditions(lane)).order_by(ENTRIES.c.seq.desc())
        if before is not None:
            found = found.where(ENTRIES.c.seq < before)
        lanes.append(sa.select(found.limit(limit).subquery().c.seq))
    if not lanes:
        return ()
    seqs = lanes[0] if len(lanes) == 1 else sa.union_all(*lanes)
    query = _ROWS.where(ENTRIES.c.seq.in_(seqs)).order_by(ENTRIES.c.seq.desc()).limit(limit)
    return tuple(stored(row) for row in connection.execute(query))


def count_of(connection: sa.Connection, wanted: EventFilter, *, at_most: int) -> int:
    """How many events pass the filter; counting stops at `at_most`, for the sake of a long log."""
    total = 0
    for lane in _lanes(wanted):
        some = sa.select(ENTRIES.c.seq).where(*_conditions(lane)).limit(at_most - total).subquery()
        total += connection.execute(sa.select(sa.func.count()).select_from(some)).scalar_one()
        if total >= at_most:
            break
    return total


def hours_of(connection: sa.Connection, wanted: EventFilter) -> Mapping[str, int]:
    """Number of events by hour in UTC, `2026-03-02T09`; hours without an event are left out."""
    hour = sa.func.substr(ENTRIES.c.at, 1, _HOUR)
    query = sa.select(hour.label("hour"), sa.func.count()).where(*_conditions(wanted)).group_by("hour")
    return {row[0]: row[1] for row in connection.execute(query)}


def _lanes(wanted: EventFilter) -> Sequence[EventFilter]:
    if wanted.actors is not None and wanted.subject is None and not _is_short(wanted):
        return [
            replace(wanted, actors=None, actor=one) for one in wanted.actors if wanted.actor in (None, one)
        ]
    alone = wanted.actor is None and wanted.actors is None and wanted.case_id is None
    if wanted.purpose is not None and wanted.action is None and alone and not _is_short(wanted):
        return [replace(wanted, action=action) for action in Action]
    return [wanted]


def _is_short(wanted: EventFilter) -> bool:
    return wanted.since is not None and wanted.until is not None and wanted.until - wanted.since <= SHORT


def _conditions(wanted: EventFilter) -> Sequence[sa.ColumnElement[bool]]:
    driven = _driver(wanted)
    found: list[sa.ColumnElement[bool]] = []
    for name in _COLUMNS:
        value = getattr(wanted, name)
        if value is None:
            continue
        if name == "outcome" and value is Outcome.DENIED and driven in ("", "action", "purpose"):
            found.append(_denied(alone=driven == ""))
        else:
            narrows = name == driven or (driven == "purpose" and name == "action")
            column = ENTRIES.c[name] if narrows else sa.literal_column(f"+log_entries.{name}", sa.Text)
            found.append(column == value)
    if wanted.actors is not None:
        found.append(sa.literal_column("+log_entries.actor", sa.Text).in_(wanted.actors))
    if wanted.subject is not None:
        found.append(ENTRIES.c.seq.in_(sa.select(SUBJECTS.c.seq).where(SUBJECTS.c.subject == wanted.subject)))
    at = ENTRIES.c.at if driven == "at" else sa.literal_column("+log_entries.at", sa.Text)
    if wanted.since is not None:
        found.append(at >= text_of(wanted.since))
    if wanted.until is not None:
        found.append(at < text_of(wanted.until))
    return found


def _driver(wanted: EventFilter) -> str:
    """The column whose index is read; the others are compared with what that index holds."""
    if wanted.subject is not None:
        return "subject"
    if _is_short(wanted):
        return "at"
    if wanted.actor is not None:
        # A rare act of one person is found by both; the database then chooses the index over the two.
        return "actor"
    if wanted.case_id is not None:
        return "case_id"
    if wanted.purpose is not None:
        return "purpose"
    if wanted.action is not None:
        return "action"
    return "at" if wanted.since is not None or wanted.until is not None else ""


def _denied(*, alone: bool) -> sa.ColumnElement[bool]:
    # The partial index answers our own constant alone.
    denied = ENTRIES.c.outcome == sa.literal("denied", literal_execute=True)
    return denied if alone else ENTRIES.c.seq.in_(sa.select(ENTRIES.c.seq).where(denied))
