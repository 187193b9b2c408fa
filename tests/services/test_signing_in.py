"""Founding, joining and signing in."""

from datetime import timedelta

import pytest

from crypto.labels import Label
from crypto.sealing import open_sealed
from testimony.domain.errors import SignInFailed, Throttled
from testimony.services.archives import Archive
from testimony.services.opening import sealing_key_of
from testimony.services.sessions import Session
from testimony.services.signin import SignIn
from testimony.services.throttling import Throttle
from testimony.storage import log
from testimony.storage.compartments import Compartment
from tests.services.conftest import PASSWORD, Clock, People


def test_each_role_holds_its_compartments_and_no_other(people: People) -> None:
    held = {
        name: set(people[name].archive.secrets)
        for name in ("custodian", "reviewer_b", "auditor", "interviewer")
    }

    assert held["custodian"] == {Compartment.LEDGER}
    assert held["interviewer"] == {Compartment.LEDGER}
    assert held["auditor"] == {Compartment.LEDGER, Compartment.AUDIT}
    assert held["reviewer_b"] == {Compartment.LEDGER, Compartment.VAULT, Compartment.READING_ROOM}
    assert set(people["investigator"].archive.secrets) == {Compartment.LEDGER, Compartment.READING_ROOM}


@pytest.mark.parametrize(
    ("handle", "password"), [("nobody-here", PASSWORD), ("reviewer-1", "not the right password"), ("", "")]
)
def test_every_failure_says_the_same(archive: Archive, clock: Clock, handle: str, password: str) -> None:
    with pytest.raises(SignInFailed) as failure:
        SignIn(archive, Throttle()).sign_in(handle, password, None, clock())

    assert str(failure.value) == ""
    assert archive.locked


def test_a_failed_sign_in_reaches_the_log_at_the_next_unlock_and_its_handle_only_auditors(
    archive: Archive, clock: Clock, people: People
) -> None:
    with pytest.raises(SignInFailed):
        people.door.sign_in("reviewer-1", "not the right password", None, clock())
    on_disk = archive.directory.locked_events.read_bytes()

    auditor = people["auditor"]

    assert b"reviewer-1" not in on_disk
    assert not archive.directory.locked_events.exists()
    with auditor.reading() as connection:
        failed = [e for e in log.entries_from(connection, 0, log.size(connection)) if e.action == "AA02"]
    key = sealing_key_of(auditor.archive.secret(Compartment.AUDIT))
    assert failed[0].detail is not None
    assert open_sealed(key, failed[0].detail, Label.AUDIT_DETAIL) == b"reviewer-1"


def test_guessing_is_slowed_down_and_patience_opens_again(archive: Archive, clock: Clock) -> None:
    door = SignIn(archive, Throttle())
    for _ in range(5):
        with pytest.raises(SignInFailed):
            door.sign_in("reviewer-1", "not the right password", None, clock())

    with pytest.raises(Throttled):
        door.sign_in("reviewer-1", PASSWORD, None, clock())
    clock.forward(seconds=6)
    session = door.sign_in("reviewer-1", PASSWORD, None, clock())

    assert isinstance(session, Session)


def test_an_idle_session_counts_down(people: People, clock: Clock) -> None:
    session = people["reviewer"]

    assert session.minutes_left(clock() + timedelta(minutes=4)) == 11
