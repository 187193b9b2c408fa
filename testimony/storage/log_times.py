"""Where in the log a time lies: the earliest and the latest time of each stretch of neighbouring entries.

Entries are written nearly in the order of their times; a clock that is set back, and what was kept while the ledger was
locked, are why nearly. So a time is looked for in stretches, of which a long log has some hundreds: what lies wholly
outside is left out, what lies wholly inside needs no further look, and what is left is compared entry by entry. However
the clock was moved, the answer is exact; a verification compares every stretch with the entries in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from testimony.storage.schema import LEDGER

STRETCH = 1024
RUNS_AT_MOST = 8
"""More pieces than this, of a clock that went to and fro, are read as one."""

STRETCHES = sa.Table(
    "log_stretches",
    LEDGER,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("earliest", sa.Text, nullable=False),
    sa.Column("latest", sa.Text, nullable=False),
    sa.CheckConstraint("number >= 0 AND earliest <= latest"),
    sqlite_strict=True,
)

_SUMMARISE = sa.text(
    "INSERT INTO log_stretches (number, earliest, latest) "
    "SELECT :number, min(at), max(at) FROM log_entries WHERE seq >= :first AND seq < :stop"
)


@dataclass(frozen=True, slots=True)
class Run:
    """Entries with first <= seq < stop. is_inside: all their times are within what was asked for."""

    first: int
    stop: int
    is_inside: bool


def summarise(connection: sa.Connection, before: int, after: int) -> None:
    """Write down the stretches that became full when the log grew from `before` entries to `after`."""
    for number in range(before // STRETCH, after // STRETCH):
        first = number * STRETCH
        connection.execute(_SUMMARISE, {"number": number, "first": first, "stop": first + STRETCH})


def times_between(connection: sa.Connection, start: int, stop: int) -> Sequence[tuple[int, str, str]]:
    """(number, earliest, latest) of the full stretches of the entries with start <= seq < stop, in order."""
    query = sa.select(STRETCHES).where(
        STRETCHES.c.number >= start // STRETCH, STRETCHES.c.number < stop // STRETCH
    )
    return [(row[0], row[1], row[2]) for row in connection.execute(query.order_by(STRETCHES.c.number))]


def has_beyond(connection: sa.Connection, size: int) -> bool:
    """Whether a stretch is written down that this log is too short for."""
    query = sa.select(STRETCHES.c.number).where(STRETCHES.c.number >= size // STRETCH).limit(1)
    return connection.execute(query).first() is not None


def runs(connection: sa.Connection, since: str | None, until: str | None, size: int) -> Sequence[Run]:
    """Where entries with since <= time < until may lie, newest first, in a log of so many. Others are in none of it."""
    known = {number: (low, high) for number, low, high in times_between(connection, 0, size)}
    found: list[Run] = []
    for number in range((size + STRETCH - 1) // STRETCH):
        low, high = known.get(number, ("", "~"))
        if (until is not None and low >= until) or (since is not None and high < since):
            continue
        is_inside = (until is None or high < until) and (since is None or low >= since)
        first, stop = number * STRETCH, min((number + 1) * STRETCH, size)
        if found and found[-1].stop == first and found[-1].is_inside is is_inside:
            first = found.pop().first
        found.append(Run(first, stop, is_inside))
    if len(found) > RUNS_AT_MOST:
        found = [Run(found[0].first, found[-1].stop, is_inside=False)]
    return found[::-1]


def joined(found: Sequence[Run]) -> Sequence[Run]:
    """The same with neighbours joined, whatever they hold: for what compares each entry's time anyway. Newest first."""
    whole: list[Run] = []
    for run in found:
        if whole and whole[-1].first == run.stop:
            last = whole.pop()
            run = Run(run.first, last.stop, last.is_inside and run.is_inside)
        whole.append(run)
    return whole
