"""A disk that is full, a ledger that somebody else holds: no entry can be written, so nothing is shown (G7).

The same for every page, with a log that refuses: `tests/web/test_nothing_unlogged.py`.
"""

import os
import resource
import signal
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from testimony.domain.audit import Action
from testimony.domain.events import EventFilter
from testimony.domain.purposes import Purpose
from testimony.services import audit
from testimony.services.finding import search
from testimony.services.reading import read_release
from testimony.services.search_requests import SearchRequest
from testimony.services.sessions import Session
from testimony.services.verification import examine_log
from testimony.storage import database
from testimony.storage.compartments import Compartment
from testimony.storage.errors import StorageFailed
from tests.deaths import next_process
from tests.released_testimonies import Shelf
from tests.services.conftest import Clock, People, archive, clock, founded_template, people

__all__ = ["archive", "clock", "founded_template", "people"]

STUDY = Purpose.CP07
ROOM_BYTES = 30_000
"""What a disk that is nearly full has left: for some readings, not for all."""


@pytest.fixture
def code(people: People, clock: Clock) -> str:
    shelf = Shelf(people, clock, Random(5))
    code = shelf.put()
    shelf.grant()
    return code


def texts_shown(session: Session) -> int:
    """How many showings of a released text the log knows of."""
    with session.reading() as connection:
        leaves = connection.exec_driver_sql("SELECT leaf FROM log_entries WHERE action = 'AA06'").scalars()
        return sum(b'"fields":["text",' in leaf for leaf in leaves)


def test_while_somebody_else_holds_the_ledger_nothing_is_shown(
    people: People, code: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    me, auditor = people["investigator"], people["auditor"]
    at_once = tuple(one.replace("15000", "20") for one in database.PRAGMAS)
    monkeypatch.setattr(database, "PRAGMAS", at_once)
    showings: tuple[Callable[[], object], ...] = (
        lambda: read_release(me, code, STUDY, clock()),
        lambda: search(me, SearchRequest("wells"), STUDY, None, clock()),
        lambda: audit.events(auditor, EventFilter(), None, clock()),
    )
    with next_process(people["custodian"]) as other:
        for session in (me, auditor):
            # So that they open the files anew, and wait no longer than that.
            session.archive.database.close()
        held = database.connect(other.archive.directory, other.archive.database._keys)
        held.execute("BEGIN EXCLUSIVE")
        for show in showings:
            with pytest.raises(StorageFailed):
                show()
        held.execute("ROLLBACK")
        held.close()

    before = texts_shown(auditor)
    assert read_release(me, code, STUDY, clock()).text
    assert (before, texts_shown(auditor)) == (0, 1)


def test_on_a_full_disk_every_text_that_was_shown_is_in_the_log_and_then_none_is_shown(
    people: People, code: str, clock: Clock
) -> None:
    ledger = people.archive.directory.file_of(Compartment.LEDGER)
    reading, writing = os.pipe()
    # Each session is opened before the disk is full.
    me = people["investigator"]
    child = os.fork()
    if child == 0:
        os.close(reading)
        os.write(writing, bytes([shown_until_full(me, code, clock, ledger)]))
        os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    shown = os.read(reading, 1)[0]
    os.close(reading)

    with next_process(people["auditor"]) as session:
        assert 0 < shown < 200, "some were shown before the disk was full"
        assert texts_shown(session) == shown
        assert examine_log(session, clock()).whole
        with session.work(clock()) as work:
            work.log(Action.LIST_SHOWN, fields=("log",))


def shown_until_full(me: Session, code: str, clock: Clock, ledger: Path) -> int:
    """In a child that may write no file beyond its present size and a little more."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limit = ledger.stat().st_size + ROOM_BYTES
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    shown = 0
    with next_process(me) as session:
        for _ in range(200):
            try:
                shown += bool(read_release(session, code, STUDY, clock()).text)
            except (StorageFailed, OSError):
                return shown
    return shown
