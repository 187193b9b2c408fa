"""What people change of their own account, and who ends whose sessions."""

import json
from dataclasses import asdict, replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from crypto.labels import Label, bind
from crypto.passwords import Argon2Cost, LockedBundle, unlock_any
from crypto.stretching import stretch
from testimony.domain.audit import Action, DenyReason
from testimony.domain.errors import (
    Conflict,
    NotFound,
    NotSignedIn,
    NotYet,
    Refused,
    SignInFailed,
    WeakPassword,
)
from testimony.domain.purposes import Purpose
from testimony.services import duress, own_account, signing_out
from testimony.services.accounts import suspend
from testimony.services.archives import Archive
from testimony.services.granting import Standing, list_grants
from testimony.services.session_store import SessionStore
from testimony.services.sessions import Session, serialise_keys
from testimony.services.signin import SignIn
from testimony.services.throttling import Throttle
from testimony.storage import log_queries
from testimony.storage.keyring_file import read_keyring, write_keyring
from tests.grants import GrantRequest, grant
from tests.services.conftest import HANDLES, PASSWORD, Clock, People

SECRET = b"12345678901234567890"


def app_code(clock: Clock) -> str:
    return TOTP(SECRET, 6, SHA1(), 30).generate(int(clock().timestamp())).decode()  # noqa: S303 - RFC 6238


@pytest.fixture
def store(archive: Archive) -> SessionStore:
    return SessionStore(archive)


@pytest.fixture
def door(archive: Archive) -> SignIn:
    return SignIn(archive, Throttle())


def turned_on(session: Session, clock: Clock) -> tuple[str, ...]:
    codes = own_account.turn_on_totp(session, PASSWORD, SECRET, app_code(clock), clock())
    clock.forward(minutes=2)
    return codes


def entered(door: SignIn, archive: Archive, code: str | None, clock: Clock) -> None:
    session = door.sign_in(HANDLES["interviewer"], PASSWORD, code, clock())
    archive.release(session.archive.secrets)


def test_a_recovery_code_takes_the_place_of_the_app_once(
    people: People, door: SignIn, archive: Archive, clock: Clock
) -> None:
    first, *others = turned_on(people["interviewer"], clock)
    assert len({first, *others}) == own_account.RECOVERY_CODES

    entered(door, archive, first.lower().replace("-", " "), clock)

    with pytest.raises(SignInFailed):
        entered(door, archive, first, clock)
    entered(door, archive, others[0], clock)
    entered(door, archive, app_code(clock), clock)
    assert own_account.recovery_codes_left(people["interviewer"]) == own_account.RECOVERY_CODES - 2


def test_a_recovery_code_needs_the_password_and_the_account_it_was_made_for(
    people: People, door: SignIn, clock: Clock
) -> None:
    code = turned_on(people["interviewer"], clock)[0]
    turned_on(people["interviewer_b"], clock)

    for name, password in (("interviewer", "a wrong and lengthy word"), ("interviewer_b", PASSWORD)):
        with pytest.raises(SignInFailed):
            door.sign_in(HANDLES[name], password, code, clock())


def test_a_new_set_of_recovery_codes_replaces_the_old_one(
    people: People, door: SignIn, archive: Archive, clock: Clock
) -> None:
    old = turned_on(people["interviewer"], clock)

    new = own_account.renew_recovery_codes(people["interviewer"], PASSWORD, clock())

    with pytest.raises(SignInFailed):
        entered(door, archive, old[0], clock)
    entered(door, archive, new[0], clock)


def test_there_are_no_recovery_codes_where_no_code_is_asked(people: People, clock: Clock) -> None:
    with pytest.raises(NotYet):
        own_account.renew_recovery_codes(people["interviewer"], PASSWORD, clock())


def test_the_code_can_be_turned_off_and_its_recovery_codes_go(
    people: People, door: SignIn, archive: Archive, clock: Clock
) -> None:
    turned_on(people["interviewer"], clock)
    with pytest.raises(SignInFailed):
        own_account.turn_off_totp(people["interviewer"], "a wrong and lengthy word", clock())

    own_account.turn_off_totp(people["interviewer"], PASSWORD, clock())

    entered(door, archive, None, clock)
    assert own_account.recovery_codes_left(people["interviewer"]) == 0


def test_another_app_replaces_the_one_before(
    people: People, door: SignIn, archive: Archive, clock: Clock
) -> None:
    turned_on(people["interviewer"], clock)
    other = bytes(20)
    code = TOTP(other, 6, SHA1(), 30).generate(int(clock().timestamp())).decode()  # noqa: S303 - RFC 6238

    own_account.turn_on_totp(people["interviewer"], PASSWORD, other, code, clock())

    with pytest.raises(SignInFailed):
        entered(door, archive, app_code(clock), clock)
    entered(door, archive, code, clock)


def test_a_new_password_ends_every_older_session_also_of_another_process(
    archive: Archive, store: SessionStore, door: SignIn, clock: Clock
) -> None:
    elsewhere = SessionStore(archive)
    mine, other = (door.sign_in(HANDLES["investigator"], PASSWORD, None, clock()) for _ in range(2))
    kept, gone = store.open(mine, clock()), elsewhere.open(other, clock())
    at = clock.forward(minutes=1)
    salt = read_keyring(archive.directory).accounts[mine.account.id].bundle.salt

    own_account.change_password(mine, PASSWORD, "seven quiet herons at noon", at)
    store.close_others(kept, at)

    assert store.find(kept, at).account.id == mine.account.id
    with pytest.raises(NotSignedIn):
        elsewhere.find(gone, at)
    assert read_keyring(archive.directory).accounts[mine.account.id].bundle.salt != salt


def test_signing_out_everywhere_else_keeps_this_session(
    archive: Archive, store: SessionStore, door: SignIn, clock: Clock
) -> None:
    sessions = [door.sign_in(HANDLES["reviewer"], PASSWORD, None, clock()) for _ in range(2)]
    here, there = (store.open(session, clock()) for session in sessions)
    at = clock.forward(minutes=1)
    assert [one.is_here for one in store.sessions_of(here)].count(True) == 1

    signing_out.sign_out_elsewhere(sessions[0], at)
    store.close_others(here, at)

    store.find(here, at)
    with pytest.raises(NotSignedIn):
        store.find(there, at)
    assert len(store.sessions_of(here)) == 1


def test_a_custodian_signs_an_account_out_in_every_process(
    archive: Archive, people: People, store: SessionStore, door: SignIn, clock: Clock
) -> None:
    session = door.sign_in(HANDLES["reviewer"], PASSWORD, None, clock())
    token = store.open(session, clock())
    at = clock.forward(minutes=1)
    with pytest.raises(Refused):
        signing_out.sign_out_account(people["investigator"], session.account.id, "a stolen laptop", at)

    signing_out.sign_out_account(people["custodian"], session.account.id, "a stolen laptop", at)

    with pytest.raises(NotSignedIn):
        store.find(token, at)
    people.sessions.pop("reviewer", None)
    again = store.open(door.sign_in(HANDLES["reviewer"], PASSWORD, None, at), at)
    assert store.find(again, at)


def lent(people: People, clock: Clock) -> str:
    request = GrantRequest(
        handle=HANDLES["investigator"],
        case_id="CASE-1",
        purposes=frozenset({Purpose.CP07}),
        valid_from=clock(),
        valid_until=clock() + timedelta(days=9),
    )
    return grant(people["custodian"], request, clock()).id


def test_suspending_ends_grants_and_closes_sessions(
    archive: Archive, people: People, store: SessionStore, door: SignIn, clock: Clock
) -> None:
    lent(people, clock)
    token = store.open(door.sign_in(HANDLES["investigator"], PASSWORD, None, clock()), clock())

    suspend(people["custodian"], HANDLES["investigator"], clock())

    with pytest.raises(NotSignedIn):
        store.find(token, clock())
    (view,) = list_grants(people["custodian"], clock())
    assert view.standing is Standing.ENDED


def of_the_first_version(archive: Archive, session: Session) -> LockedBundle:
    """The bundle of an account as the version before wrote it."""
    content = own_account.require_password(session, PASSWORD, session.opened_at)
    payload = serialise_keys(content.account_id, content.sealing, content.signing, content.root, content.totp)
    cost, salt, nonce = archive.cost, bytes(range(16)), bytes(range(12))
    bound = {"account": content.account_id, "version": 1, **asdict(cost)}
    canonical = json.dumps(bound, sort_keys=True, separators=(",", ":")).encode()
    key = AESGCM(stretch(PASSWORD, salt, cost).raw)
    locked = key.encrypt(nonce, payload, bind(Label.ACCOUNT_BUNDLE, canonical))
    return LockedBundle(cost, salt, nonce, locked)


def test_a_bundle_of_the_first_version_is_locked_anew_at_the_next_sign_in(
    archive: Archive, people: People, door: SignIn, clock: Clock
) -> None:
    session = people["interviewer"]
    keyring = archive.keyring()
    record = keyring.accounts[session.account.id]
    old = of_the_first_version(archive, session)
    write_keyring(archive.directory, keyring.with_account(replace(record, bundle=old)))
    assert not archive.keyring().accounts[session.account.id].bundle.is_current

    entered(door, archive, None, clock)

    assert archive.keyring().accounts[session.account.id].bundle.is_current
    entered(door, archive, None, clock)


def test_a_dearer_cost_keeps_the_emergency_password(archive: Archive, people: People, clock: Clock) -> None:
    dearer = Archive(archive.directory, archive.objects, Argon2Cost(8 * 1024, 1, 1))
    own_account.set_duress_password(people["interviewer"], PASSWORD, "merry otters juggle lemons", clock())

    session = SignIn(dearer, Throttle()).sign_in(HANDLES["interviewer"], PASSWORD, None, clock())
    dearer.release(session.archive.secrets)

    bundle = archive.keyring().accounts[session.account.id].bundle
    assert bundle.cost == dearer.cost
    assert unlock_any("merry otters juggle lemons", bundle, session.account.id).other


@pytest.mark.parametrize(
    "similar",
    [
        PASSWORD,
        PASSWORD.upper(),
        PASSWORD + "1",
        PASSWORD.replace(" ", "-"),
        "a lantern under quiet water",
        "quiet water and a lantern",
        "@ l4nt3rn 0v3r qu13t w4t3r",
    ],
)
def test_the_emergency_password_is_nothing_like_ones_own(people: People, clock: Clock, similar: str) -> None:
    with pytest.raises(WeakPassword, match="similar"):
        own_account.set_duress_password(people["interviewer"], PASSWORD, similar, clock())


def test_the_emergency_password_is_as_strong_as_any_and_a_new_own_one_is_nothing_like_it(
    people: People, clock: Clock
) -> None:
    with pytest.raises(WeakPassword):
        own_account.set_duress_password(people["interviewer"], PASSWORD, "password1234", clock())
    with pytest.raises(SignInFailed):
        own_account.set_duress_password(
            people["interviewer"], "not mine at all", "merry otters juggle lemons", clock()
        )
    own_account.set_duress_password(people["interviewer"], PASSWORD, "merry otters juggle lemons", clock())

    with pytest.raises(WeakPassword, match="similar"):
        own_account.change_password(people["interviewer"], PASSWORD, "merry otters juggled lemons", clock())


def test_two_custodians_let_a_resting_account_work_again(
    archive: Archive, people: People, clock: Clock
) -> None:
    account_id = people["investigator"].account.id
    assert duress.signal_at_once(archive, archive.keyring(), account_id, clock())
    first, second = people["custodian"], people["custodian_b"]
    assert [one.account_id for one in duress.held(first)] == [account_id]
    with pytest.raises(Conflict):
        duress.agree_to_lift(second, account_id, "nobody asked yet", clock())
    duress.ask_to_lift(first, account_id, "met in person", clock())

    with pytest.raises(Refused) as refused:
        duress.agree_to_lift(first, account_id, "met in person", clock())
    assert refused.value.reasons == (DenyReason.SAME_PERSON,)
    with pytest.raises(Refused):
        duress.agree_to_lift(people["reviewer"], account_id, "met in person", clock())
    duress.agree_to_lift(second, account_id, "met in person", clock())

    assert not duress.held(first)
    with pytest.raises(NotFound):
        duress.ask_to_lift(first, account_id, "again", clock())
    with first.reading() as connection:
        assert (
            len(log_queries.leaves_about(connection, "account", account_id, Action.DURESS_SIGNAL.value)) == 1
        )


def test_nobody_lets_their_own_account_work_again(archive: Archive, people: People, clock: Clock) -> None:
    session = people["custodian"]
    duress.signal_at_once(archive, archive.keyring(), session.account.id, clock())

    with pytest.raises(Refused):
        duress.ask_to_lift(session, session.account.id, "it was nothing", clock())
