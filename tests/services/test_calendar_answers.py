"""A calendar on this machine promises, waits, and later names a block; what is said of it is what was checked."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from crypto import ots_proofs
from crypto.ots_proofs import read_headers
from testimony.domain.errors import Refused
from testimony.exports.log_reading import verify_lines
from testimony.exports.verify_testimony_log import sentences
from testimony.outward import get, post
from testimony.services.calendar_answers import Completed, ask_calendars
from testimony.services.sessions import Session
from testimony.services.timestamping import Authority, read_authorities, stamp_queued
from testimony.services.verification import Fault, FaultKind, verify_log
from testimony.storage import log_proofs
from tests.calendar_server import EASY_TARGET, Calendar, calendar_server, mined
from tests.exported_logs import ExportedLog
from tests.services.conftest import Clock, People

BLOCK_AT = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)


@pytest.fixture
def calendar() -> Iterator[Calendar]:
    with calendar_server() as running:
        yield running


@pytest.fixture
def auditor(people: People, clock: Clock, calendar: Calendar) -> Session:
    """An auditor whose verified checkpoint a calendar promised to bring into a block."""
    auditor = people["auditor"]
    assert verify_log(auditor, clock()).whole
    assert stamp_queued(auditor, authorities(calendar), post, clock()).taken == 1
    return auditor


def authorities(calendar: Calendar) -> tuple[Authority, ...]:
    return read_authorities((), (f"{calendar.url}/",))


def asked_again(auditor: Session, calendar: Calendar, clock: Clock) -> Completed:
    return ask_calendars(auditor, authorities(calendar), get, clock.forward(hours=1))


def token(session: Session) -> bytes:
    with session.reading() as connection:
        (row,) = log_proofs.newest_of_calendars(connection, 9)
    return row.token


def test_a_promise_waits_and_then_names_a_block_which_is_not_yet_believed(
    auditor: Session, calendar: Calendar, clock: Clock
) -> None:
    before, early = token(auditor), asked_again(auditor, calendar, clock)
    waiting = verify_log(auditor, clock())
    calendar.height = 915_123
    later = asked_again(auditor, calendar, clock)
    size, again = len(calendar.asked), asked_again(auditor, calendar, clock)

    assert (early.named, early.waiting, early.silent) == (0, 1, ())
    assert (waiting.promised, waiting.named, waiting.in_blocks) == (1, 0, ())
    assert (later.named, later.waiting, later.silent) == (1, 0, ())
    assert again == Completed(0, 0, ())
    assert len(calendar.asked) == size, "what names a block is not asked for again"
    assert before != token(auditor)
    verdict = verify_log(auditor, clock())
    assert (verdict.whole, verdict.promised, verdict.named, verdict.in_blocks) == (True, 0, 1, ())


def test_a_block_is_checked_where_its_header_is_handed_in_here_and_outside(
    auditor: Session, calendar: Calendar, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    calendar.height = 915_123
    asked_again(auditor, calendar, clock)
    monkeypatch.setattr(ots_proofs, "EASIEST_TARGET", EASY_TARGET)
    headers = read_headers(mined(calendar.roots[0], BLOCK_AT))
    strange = read_headers(mined(bytes(32), BLOCK_AT))

    inside = verify_log(auditor, clock(), headers=headers)
    log = ExportedLog.of(auditor, clock())
    outside = verify_lines(log.text.splitlines(), headers=headers)

    (held,) = inside.in_blocks
    assert (inside.named, held[1].at) == (0, BLOCK_AT)
    assert outside.in_blocks == list(inside.in_blocks)
    assert any(
        f"The first {held[0]} entries are older" in said and held[1].number in said
        for said in sentences(outside)
    )
    without = verify_lines(log.text.splitlines(), headers=strange)
    assert (without.named, without.in_blocks) == (1, [])
    assert any("1 name a block of Bitcoin that was not checked here" in said for said in sentences(without))


def test_a_calendar_that_is_away_or_answers_nonsense_blocks_nothing_and_changes_nothing(
    auditor: Session, calendar: Calendar, clock: Clock
) -> None:
    before = token(auditor)
    calendar.is_broken = True
    nonsense = asked_again(auditor, calendar, clock)
    away = ask_calendars(auditor, read_authorities((), ("http://127.0.0.1:9",)), get, clock())

    assert (nonsense.named, nonsense.waiting, nonsense.silent) == (0, 1, (calendar.url,))
    assert (away.named, away.waiting, away.silent) == (0, 1, ())
    assert token(auditor) == before
    assert verify_log(auditor, clock()).promised == 1


def test_only_configured_addresses_are_asked_whatever_a_proof_names(
    people: People, clock: Clock, calendar: Calendar
) -> None:
    auditor = people["auditor"]
    calendar.names = "http://10.0.0.1/elsewhere"
    assert verify_log(auditor, clock()).whole
    stamp_queued(auditor, authorities(calendar), post, clock())
    calendar.height = 915_123
    asked = []

    def watched(url: str) -> bytes:
        asked.append(url)
        return get(url)

    done = ask_calendars(auditor, authorities(calendar), watched, clock())

    assert done.named == 1
    assert [url.startswith(f"{calendar.url}/timestamp/") for url in asked] == [True]


def test_a_pool_whose_calendar_is_configured_too_has_that_one_asked(
    people: People, clock: Clock, calendar: Calendar
) -> None:
    auditor = people["auditor"]
    with calendar_server() as other:
        calendar.names = other.url
        assert verify_log(auditor, clock()).whole
        stamp_queued(auditor, authorities(calendar), post, clock())
        other.promised, other.height = calendar.promised, 7
        both = (*authorities(calendar), *authorities(other))
        done = ask_calendars(auditor, both, get, clock())

    assert (done.named, done.silent) == (1, ())
    assert [path for path in calendar.asked if path.startswith("/timestamp/")] == []


def test_a_proof_of_another_log_is_forged_here_and_outside(
    auditor: Session, calendar: Calendar, clock: Clock
) -> None:
    with auditor.archive.database.writing() as connection:
        (row,) = log_proofs.newest_of_calendars(connection, 9)
        changed = bytearray(row.token)
        changed[len(ots_proofs.OTS_MAGIC) + 1] ^= 1
        connection.execute(log_proofs.TIMESTAMPS.update().values(token=bytes(changed)))

    assert verify_log(auditor, clock()).fault == Fault(FaultKind.TIMESTAMP_FORGED, row.size)
    assert ExportedLog.of(auditor, clock()).fault() == ("timestamp-forged", row.size)
    assert asked_again(auditor, calendar, clock) == Completed(0, 0, ())


def test_only_auditors_ask_calendars(people: People, calendar: Calendar, clock: Clock) -> None:
    with pytest.raises(Refused):
        ask_calendars(people["custodian"], authorities(calendar), get, clock())
    assert calendar.asked == []
