"""Somebody with the ledger's key makes the list pass over entries when a time is asked for, and edits no entry."""

from datetime import timedelta

import pytest

from testimony.domain.audit import Action
from testimony.domain.events import EventFilter
from testimony.services import audit
from testimony.services.sessions import Session
from testimony.services.verification import Fault, FaultKind, verify_log
from testimony.storage.log_times import STRETCH
from tests.attacks.test_log_tampering import CUT, show, size_of, tamper
from tests.services.conftest import Clock, People, archive, clock, founded_template, people

__all__ = ["archive", "clock", "founded_template", "people"]

LATER = "UPDATE log_stretches SET earliest = '2027-01-01', latest = '2027-01-02' WHERE number = ?1"
GONE = "DELETE FROM log_stretches WHERE number = ?1"
PLANTED = "INSERT INTO log_stretches VALUES (?1 + 7, '2027-01-01', '2027-01-02')"


@pytest.fixture
def auditor(people: People, clock: Clock) -> Session:
    """An auditor, and a log of some more than one stretch, an hour before now."""
    show(people["reviewer"], STRETCH, clock)
    clock.forward(hours=1)
    show(people["reviewer"], 10, clock)
    return people["auditor"]


def shown_until(auditor: Session, clock: Clock) -> int:
    wanted = EventFilter(action=Action.ITEM_SHOWN, until=clock() - timedelta(minutes=30))
    return audit.events(auditor, wanted, None, clock()).total


def test_entries_hidden_from_a_search_by_time_are_told_by_the_verification(
    auditor: Session, clock: Clock
) -> None:
    before = shown_until(auditor, clock)
    tamper(auditor, LATER)

    assert (before, shown_until(auditor, clock) < 100) == (STRETCH, True)
    assert verify_log(auditor, clock()).fault == Fault(FaultKind.COLUMN_CHANGED, 0)


def test_a_stretch_that_is_missing_hides_nothing_and_is_told(auditor: Session, clock: Clock) -> None:
    tamper(auditor, GONE)

    assert shown_until(auditor, clock) == STRETCH
    assert verify_log(auditor, clock()).fault == Fault(FaultKind.COLUMN_CHANGED, 0)


def test_a_stretch_written_before_its_entries_hides_none_of_them_and_is_told(
    auditor: Session, clock: Clock
) -> None:
    tamper(auditor, PLANTED)
    size = size_of(auditor)

    assert shown_until(auditor, clock) == STRETCH
    fault = verify_log(auditor, clock()).fault
    assert fault is not None
    assert fault.kind is FaultKind.TRUNCATED
    assert fault.seq >= size


def test_a_log_that_was_cut_into_a_stretch_is_told_as_before(auditor: Session, clock: Clock) -> None:
    tamper(auditor, *CUT, at=STRETCH - 20)

    fault = verify_log(auditor, clock()).fault

    assert fault is not None
    assert fault.kind is FaultKind.TRUNCATED
