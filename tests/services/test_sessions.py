"""Open sessions: memory only, limited in time and number, and the archive locked when the last one closes (G2)."""

import pickle
from datetime import timedelta

import pytest

from testimony.domain.audit import Action, DenyReason
from testimony.domain.errors import Conflict, NotSignedIn, Refused, SignInFailed, Throttled, WeakPassword
from testimony.domain.roles import Role
from testimony.services import accounts, own_account
from testimony.services.archives import Archive
from testimony.services.invitations import Newcomer
from testimony.services.session_store import MAX_SESSIONS_PER_ACCOUNT, SessionStore
from testimony.services.sessions import ABSOLUTE_LIMIT, IDLE_LIMIT, timestamp
from testimony.services.signin import SignIn
from testimony.services.throttling import Throttle
from testimony.storage import log
from testimony.storage.errors import ArchiveDamaged
from tests.services.conftest import HANDLES, PASSWORD, Clock, People


@pytest.fixture
def store(archive: Archive) -> SessionStore:
    return SessionStore(archive)


def sign_in(archive: Archive, store: SessionStore, clock: Clock, name: str = "interviewer") -> str:
    session = SignIn(archive, Throttle()).sign_in(HANDLES[name], PASSWORD, None, clock())
    return store.open(session, clock())


def test_the_last_sign_out_locks_the_archive(archive: Archive, store: SessionStore, clock: Clock) -> None:
    first, second = sign_in(archive, store, clock), sign_in(archive, store, clock, "auditor")
    store.close(first, clock())
    assert not archive.locked

    store.close(second, clock())

    assert archive.locked
    with pytest.raises(NotSignedIn):
        store.find(second, clock())


@pytest.mark.parametrize("pause", [IDLE_LIMIT + timedelta(seconds=1), ABSOLUTE_LIMIT + timedelta(seconds=1)])
def test_an_idle_session_is_gone_and_the_archive_locked(
    archive: Archive, store: SessionStore, clock: Clock, pause: timedelta
) -> None:
    token = sign_in(archive, store, clock)

    store.expire(clock() + pause)

    assert archive.locked
    with pytest.raises(NotSignedIn):
        store.find(token, clock())


def test_a_session_ends_after_eight_hours_however_busy(
    archive: Archive, store: SessionStore, clock: Clock
) -> None:
    token = sign_in(archive, store, clock)
    for _ in range(int(ABSOLUTE_LIMIT / timedelta(minutes=10))):
        store.find(token, clock.forward(minutes=10))

    with pytest.raises(NotSignedIn):
        store.find(token, clock.forward(minutes=10))


def test_one_session_too_many_closes_the_oldest(archive: Archive, store: SessionStore, clock: Clock) -> None:
    tokens = []
    for _ in range(MAX_SESSIONS_PER_ACCOUNT + 1):
        tokens.append(sign_in(archive, store, clock))
        clock.forward(seconds=1)

    with pytest.raises(NotSignedIn):
        store.find(tokens[0], clock())
    assert store.find(tokens[1], clock()).account.handle == HANDLES["interviewer"]


def test_what_the_store_keeps_holds_no_account_key_in_clear(
    archive: Archive, store: SessionStore, clock: Clock
) -> None:
    token = sign_in(archive, store, clock)
    session = store.find(token, clock())

    kept = pickle.dumps([(name, entry.locked) for name, entry in store._entries.items()])

    for secret in (session.keys.sealing.seed.raw, session.keys.signing.seed.raw):
        assert secret not in kept
        assert secret.hex().encode() not in kept
    assert token.encode() not in kept


def test_a_suspended_account_is_out_at_its_next_request(
    archive: Archive, store: SessionStore, clock: Clock
) -> None:
    """The suspension may come from a command in another process, which cannot reach this store."""
    token = sign_in(archive, store, clock, "investigator")
    custodian = store.find(sign_in(archive, store, clock, "custodian"), clock())

    accounts.suspend(custodian, HANDLES["investigator"], clock())

    with pytest.raises(NotSignedIn):
        store.find(token, clock())


def test_a_refusal_leaves_its_entry_and_nothing_else(people: People, clock: Clock) -> None:
    session = people["investigator"]
    with session.reading() as connection:
        before = log.size(connection)

    with pytest.raises(Refused), session.work(clock()) as work:
        work.log(Action.WRITTEN)
        raise Refused((DenyReason.NO_GRANT,), subject=("testimony", "T-0000-00"))

    with session.reading() as connection:
        entries = list(log.entries_from(connection, before, log.size(connection)))
    assert [(e.action, e.outcome, e.subject and e.subject[1]) for e in entries] == [
        ("AA18", "denied", "T-0000-00")
    ]


def test_times_without_a_zone_are_a_mistake(clock: Clock) -> None:
    with pytest.raises(ValueError, match="UTC"):
        timestamp(clock().replace(tzinfo=None))


def test_an_account_is_made_its_own_once(archive: Archive, people: People, clock: Clock) -> None:
    newcomer = Newcomer("newcomer", "Newcomer", frozenset({Role.INTERVIEWER}))
    code = accounts.enrol(people["custodian"], newcomer, clock()).code
    with pytest.raises(WeakPassword):
        accounts.activate(archive, Throttle(), "newcomer", code, "short", clock())

    accounts.activate(archive, Throttle(), "newcomer", code.lower().replace("-", " "), PASSWORD, clock())

    assert people.door.sign_in("newcomer", PASSWORD, None, clock()).account.name == "Newcomer"
    with pytest.raises(SignInFailed):
        accounts.activate(archive, Throttle(), "newcomer", code, "another quiet lantern", clock())


def test_the_one_time_code_is_no_password(archive: Archive, people: People, clock: Clock) -> None:
    newcomer = Newcomer("newcomer", "Newcomer", frozenset({Role.INTERVIEWER}))
    code = accounts.enrol(people["custodian"], newcomer, clock()).code

    with pytest.raises(SignInFailed):
        people.door.sign_in("newcomer", code, None, clock())


def test_a_handle_is_taken_once(people: People, clock: Clock) -> None:
    taken = Newcomer(HANDLES["auditor"], "Second", frozenset({Role.INTERVIEWER}))

    with pytest.raises(Conflict):
        accounts.enrol(people["custodian"], taken, clock())


@pytest.mark.parametrize("name", ["interviewer", "reviewer", "investigator", "auditor"])
def test_only_custodians_enrol_and_suspend(people: People, clock: Clock, name: str) -> None:
    with pytest.raises(Refused):
        accounts.enrol(people[name], Newcomer("friend", "Friend", frozenset({Role.AUDITOR})), clock())
    with pytest.raises(Refused):
        accounts.suspend(people[name], HANDLES["custodian"], clock())


def test_a_changed_password_is_the_only_one_that_opens(people: People, clock: Clock) -> None:
    new = "another lantern, another water"
    own_account.change_password(people["investigator"], PASSWORD, new, clock())

    with pytest.raises(SignInFailed):
        people.door.sign_in(HANDLES["investigator"], PASSWORD, None, clock())
    assert people.door.sign_in(HANDLES["investigator"], new, None, clock.forward(minutes=1)).account.handle


def test_guessing_the_password_inside_a_session_ends_and_is_in_the_log(people: People, clock: Clock) -> None:
    session = people["custodian"]
    for _ in range(own_account.MAX_WRONG_PASSWORDS):
        with pytest.raises(SignInFailed):
            accounts.require_password(session, "not the right password", clock())

    with pytest.raises(Throttled):
        accounts.require_password(session, PASSWORD, clock())
    with session.reading() as connection:
        failed = [e for e in log.entries_from(connection, 0, log.size(connection)) if e.action == "AA02"]
    assert len(failed) == own_account.MAX_WRONG_PASSWORDS


def test_signing_out_locks_even_when_the_log_cannot_be_written(
    archive: Archive, store: SessionStore, clock: Clock
) -> None:
    token = sign_in(archive, store, clock)
    full = "CREATE TRIGGER full BEFORE INSERT ON log_entries BEGIN SELECT RAISE(ABORT, 'full'); END"
    with store.find(token, clock()).archive.database.writing() as connection:
        connection.exec_driver_sql(full)

    with pytest.raises(ArchiveDamaged):
        store.close(token, clock())

    assert archive.locked
