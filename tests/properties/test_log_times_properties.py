"""Events of a time are found exactly, however the clock was moved: the same as by comparing one by one."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlcipher3 import dbapi2

from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action, Outcome
from testimony.domain.events import EventFilter
from testimony.domain.purposes import Purpose
from testimony.storage import log, log_pages, log_times, tables
from testimony.storage.compartments import Compartment
from testimony.storage.room_queries import text_of
from testimony.storage.schema import SCHEMAS

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SMALL = 4
"""Entries of a stretch here, so that a log of some dozens has many."""

PEOPLE = (AccountId("a" * 32), AccountId("b" * 32))
ACTIONS = (Action.LIST_SHOWN, Action.ITEM_SHOWN, Action.SIGN_IN)

# Mostly onwards; sometimes a jitter, an hour, a year to and fro.
steps = st.sampled_from([*range(0, 40, 7), 600, 3600, -1, -5, -3600, -86_400 * 365, 86_400 * 365])


@st.composite
def logs(draw: st.DrawFn) -> tuple[log.Entry, ...]:
    at, entries = START, []
    for step in draw(st.lists(steps, max_size=45)):
        at += timedelta(minutes=step)
        entries.append(
            log.Entry(
                at=text_of(at),
                actor=draw(st.sampled_from((*PEOPLE, None))),
                roles=(),
                action=draw(st.sampled_from(ACTIONS)).value,
                outcome=draw(st.sampled_from(Outcome)).value,
                subject=draw(st.sampled_from((None, ("testimony", "T-1"), ("testimony", "T-2")))),
                case_id=draw(st.sampled_from((None, "CASE-1", "CASE-2"))),
                purpose=draw(st.sampled_from((None, Purpose.CP07.value))),
            )
        )
    return tuple(entries)


@st.composite
def filters(draw: st.DrawFn, entries: tuple[log.Entry, ...]) -> EventFilter:
    def maybe(*values: Any) -> Any:
        return draw(st.sampled_from((None,) * (2 + len(values)) + values))

    times = [datetime.fromisoformat(entry.at) for entry in entries] or [START]
    stretches = [times[first : first + SMALL] for first in range(0, len(times), SMALL)]
    moments = [*map(min, stretches), *map(max, stretches), START + timedelta(minutes=1)]
    return EventFilter(
        actor=maybe(*PEOPLE),
        action=maybe(*ACTIONS),
        outcome=maybe(*Outcome),
        case_id=maybe("CASE-1", "CASE-3"),
        subject=maybe("T-1"),
        purpose=maybe(Purpose.CP07, Purpose.CP09),
        since=draw(st.sampled_from((None, *moments))),
        until=draw(st.sampled_from((None, *moments))),
        actors=maybe(PEOPLE, PEOPLE[:1], ()),
    )


def passes(entry: log.Entry, wanted: EventFilter) -> bool:
    at = datetime.fromisoformat(entry.at)
    return (
        wanted.actor in (None, entry.actor)
        and (wanted.action is None or wanted.action.value == entry.action)
        and (wanted.outcome is None or wanted.outcome.value == entry.outcome)
        and wanted.case_id in (None, entry.case_id)
        and (wanted.subject is None or entry.subject == ("testimony", wanted.subject))
        and (wanted.purpose is None or wanted.purpose.value == entry.purpose)
        and (wanted.since is None or at >= wanted.since)
        and (wanted.until is None or at < wanted.until)
        and (wanted.actors is None or entry.actor in wanted.actors)
    )


@pytest.fixture(scope="module")
def connection() -> Iterator[sa.Connection]:
    assert tables.MODULES
    engine = sa.create_engine("sqlite://", creator=lambda: dbapi2.connect(":memory:"), module=dbapi2)
    with engine.connect() as connection:
        alone = connection.execution_options(schema_translate_map={Compartment.LEDGER.value: None})
        SCHEMAS[Compartment.LEDGER].create_all(alone, checkfirst=False)
        alone.commit()
        yield alone


@pytest.mark.parametrize("short", [timedelta(0), log_pages.SHORT], ids=["every span long", "as it is"])
@settings(max_examples=22, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), entries=logs(), at_once=st.integers(1, 9))
def test_a_filter_finds_what_a_plain_comparison_finds(
    connection: sa.Connection,
    short: timedelta,
    data: st.DataObject,
    entries: tuple[log.Entry, ...],
    at_once: int,
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log_times, "STRETCH", SMALL)
        patch.setattr(log_times, "RUNS_AT_MOST", 3)
        patch.setattr(log_pages, "SHORT", short)
        for first in range(0, len(entries), at_once):
            log.append(connection, entries[first : first + at_once])
        for _ in range(3):
            wanted = data.draw(filters(entries))
            expected = [seq for seq, entry in enumerate(entries) if passes(entry, wanted)]

            found, before = list[int](), None
            while page := log_pages.page_of(connection, wanted, before=before, limit=3):
                found += [row.seq for row in page]
                before = page[-1].seq

            assert found == expected[::-1]
            assert log_pages.count_of(connection, wanted, at_most=1000) == len(expected)
            assert log_pages.count_of(connection, wanted, at_most=2) == min(2, len(expected))
            hours = Counter(entries[seq].at[:13] for seq in expected)
            assert log_pages.hours_of(connection, wanted) == hours
        connection.rollback()


@given(entries=logs(), at_once=st.integers(1, 9))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_full_stretch_is_written_once_with_its_earliest_and_latest_time(
    connection: sa.Connection, entries: tuple[log.Entry, ...], at_once: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log_times, "STRETCH", SMALL)
        for first in range(0, len(entries), at_once):
            log.append(connection, entries[first : first + at_once])
        written = log_times.times_between(connection, 0, len(entries))
    connection.rollback()

    ats = [entry.at for entry in entries]
    stretches = (ats[n : n + SMALL] for n in range(0, len(ats) // SMALL * SMALL, SMALL))
    assert list(written) == [(n, min(times), max(times)) for n, times in enumerate(stretches)]


@pytest.mark.parametrize("wanted", [EventFilter(actor=PEOPLE[0]), EventFilter(outcome=Outcome.DENIED)])
def test_a_moment_that_ends_a_stretch_is_counted_on_its_right_side(
    connection: sa.Connection, wanted: EventFilter
) -> None:
    """A stretch that is wholly inside is not compared entry by entry, so its edge is where a mistake would hide."""
    times = [START + timedelta(minutes=minute) for minute in range(5 * SMALL)]
    entry = log.Entry("", PEOPLE[0], (), Action.LIST_SHOWN.value, Outcome.DENIED.value)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log_times, "STRETCH", SMALL)
        log.append(connection, [replace(entry, at=text_of(time)) for time in times])
        for number, time in enumerate(times):
            earlier, later = replace(wanted, until=time), replace(wanted, since=time)
            assert log_pages.count_of(connection, earlier, at_most=99) == number
            assert log_pages.count_of(connection, later, at_most=99) == len(times) - number
    connection.rollback()
