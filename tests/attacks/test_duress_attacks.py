"""Somebody forces a person to sign in, or has the disk and a password that the person gave them."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from crypto.errors import WrongPassword
from crypto.passwords import Argon2Cost, unlock_any, unlock_bundle
from testimony.domain.audit import Action
from testimony.domain.errors import NotSignedIn, SignInFailed, Throttled
from testimony.domain.events import EventFilter
from testimony.domain.purposes import Purpose
from testimony.services import custody, decoys, duress, own_account
from testimony.services.archives import Archive
from testimony.services.decoys import Decoys
from testimony.services.granting import Standing, list_grants
from testimony.services.intake import list_drafts
from testimony.services.session_store import SessionStore
from testimony.services.sessions import Session
from testimony.services.signin import SignIn
from testimony.services.throttling import FREE_TRIES, Throttle
from testimony.storage import locked_events, log_pages, log_queries
from testimony.storage.directory import ArchiveDirectory
from testimony.storage.objects import local_objects
from testimony.web.factory import create_app
from testimony.web.guards import allowed
from testimony.web.wiring import Services
from tests.every_state import Things, every_state
from tests.grants import GrantRequest, grant
from tests.services.conftest import (
    HANDLES,
    PASSWORD,
    Clock,
    People,
    archive,
    clock,
    founded_template,
    people,
)
from tests.services.intake_answers import type_draft
from tests.web.conftest import Visitor

__all__ = ["archive", "clock", "founded_template", "people"]

DURESS = "merry otters juggle lemons"
SECRET = b"12345678901234567890"
UNBOUNDED = "100000 per minute"


@pytest.fixture(scope="module")
def founded_beforehand(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, object]:
    path = tmp_path_factory.mktemp("decoy") / "archive"
    return path, decoys._make(ArchiveDirectory(path), Clock()() - decoys.AGE)


@pytest.fixture(autouse=True)
def soon_founded(founded_beforehand: tuple[Path, object], monkeypatch: pytest.MonkeyPatch) -> None:
    """One founding for all tests of this file, copied for each: founding signs and seals a great deal."""

    def copied(directory: ArchiveDirectory, _then: object) -> object:
        shutil.copytree(founded_beforehand[0], directory.path)
        return founded_beforehand[1]

    monkeypatch.setattr(decoys, "_make", copied)


@pytest.fixture
def empty_profiles(monkeypatch: pytest.MonkeyPatch) -> Iterator[Decoys]:
    monkeypatch.setattr(decoys, "PACE_SECONDS", 0.0)
    made = Decoys()
    yield made


@pytest.fixture
def door(archive: Archive, empty_profiles: Decoys) -> SignIn:
    return SignIn(archive, Throttle(), empty_profiles)


def leave(session: Session) -> None:
    session.archive.archive.release(session.archive.secrets)


def prepared(door: SignIn, name: str, clock: Clock, *, with_app: bool = False) -> str:
    """Set the duress password of somebody, who then signs out. Returns the account id."""
    session = door.sign_in(HANDLES[name], PASSWORD, None, clock())
    if with_app:
        own_account.turn_on_totp(session, PASSWORD, SECRET, app_code(clock), clock())
        clock.forward(minutes=2)
    own_account.set_duress_password(session, PASSWORD, DURESS, clock())
    leave(session)
    return session.account.id


def app_code(clock: Clock) -> str:
    return TOTP(SECRET, 6, SHA1(), 30).generate(int(clock().timestamp())).decode()  # noqa: S303 - RFC 6238


def signals(session: Session, account_id: str) -> int:
    """How many duress signals of an account are in the log."""
    with session.reading() as connection:
        entries = log_pages.page_of(connection, EventFilter(), before=None, limit=500)
    return sum(e.action == Action.DURESS_SIGNAL.value and e.actor == account_id for e in entries)


def test_the_keyring_does_not_show_who_has_set_a_duress_password(
    archive: Archive, door: SignIn, clock: Clock
) -> None:
    with_one, without = prepared(door, "interviewer", clock), prepared(door, "interviewer_b", clock)
    session = door.sign_in(HANDLES["interviewer_b"], PASSWORD, None, clock())
    own_account.remove_duress_password(session, PASSWORD, clock())
    leave(session)
    records = {r["account_id"]: r for r in json.loads(archive.directory.keyring.read_bytes())["accounts"]}
    bundles = [record["bundle"] for record in records.values()]

    assert unlock_any(DURESS, archive.keyring().accounts[with_one].bundle, with_one).other  # type: ignore[index]
    with pytest.raises(WrongPassword):
        unlock_any(DURESS, archive.keyring().accounts[without].bundle, without)  # type: ignore[index]
    shapes = {
        tuple((name, len(value) if isinstance(value, str) else value) for name, value in sorted(b.items()))
        for b in bundles
    }
    assert len(shapes) == 1
    assert {tuple(sorted(record)) for record in records.values()} == {tuple(sorted(records[with_one]))}


def test_the_longest_duress_password_does_not_make_the_bundle_longer(
    archive: Archive, people: People, clock: Clock
) -> None:
    session = people["interviewer"]
    # What takes most room in JSON: characters that it must escape.
    longest = "".join(chr(1 + n % 7) for n in range(512))
    before = len(archive.keyring().accounts[session.account.id].bundle.ciphertext)

    own_account.set_duress_password(session, PASSWORD, longest, clock())

    assert len(archive.keyring().accounts[session.account.id].bundle.ciphertext) == before


def test_the_log_does_not_tell_a_duress_password_from_a_dearer_cost(
    archive: Archive, people: People, clock: Clock
) -> None:
    dearer = Archive(archive.directory, archive.objects, Argon2Cost(8 * 1024, 1, 1))
    leave(SignIn(dearer, Throttle()).sign_in(HANDLES["reviewer"], PASSWORD, None, clock()))
    own_account.set_duress_password(people["interviewer"], PASSWORD, DURESS, clock())

    with people["auditor"].reading() as connection:
        leaves = [
            json.loads(leaf)
            for name in ("reviewer", "interviewer")
            for leaf in log_queries.leaves_about(
                connection, "account", people[name].account.id, Action.KEY_OPERATION.value
            )
        ]
    relocked = [
        {k: e[k] for k in ("action", "fields", "detail")} for e in leaves if "relocked" in e["fields"]
    ]
    assert len(relocked) == 2 and relocked[0] == relocked[1]


def test_the_duress_password_and_the_whole_disk_open_nothing(
    archive: Archive, door: SignIn, people: People, clock: Clock
) -> None:
    account_id = prepared(door, "reviewer", clock)
    bundle = archive.keyring().accounts[account_id].bundle  # type: ignore[index]
    session = people["reviewer"]
    keys = [session.keys.sealing.seed.raw, session.keys.signing.seed.raw]
    keys += [secret.raw for secret in session.archive.secrets.values()]
    # The attack is there: the real password's half holds the keys that open the slots.
    own = unlock_bundle(PASSWORD, bundle, account_id)
    assert all(key.hex().encode() in own for key in keys[:2])

    with pytest.raises(WrongPassword):
        unlock_bundle(DURESS, bundle, account_id)
    opened = unlock_any(DURESS, bundle, account_id)

    assert opened.other
    assert not any(key.hex().encode() in opened.payload or key in opened.payload for key in keys)
    assert archive.keyring().root.hex().encode() not in opened.payload
    document = json.loads(opened.payload)
    assert set(document) == {"account", "handle", "name", "totp", "codes_key", "codes"}


def lent(people: People, clock: Clock) -> None:
    request = GrantRequest(
        handle=HANDLES["investigator"],
        case_id="CASE-1",
        purposes=frozenset({Purpose.CP07}),
        valid_from=clock(),
        valid_until=clock() + timedelta(days=9),
    )
    grant(people["custodian"], request, clock())


@pytest.mark.parametrize("somebody_is_in", [True, False])
def test_the_alarm_arrives_and_the_grants_end(
    archive: Archive, door: SignIn, people: People, clock: Clock, somebody_is_in: bool
) -> None:
    account_id = prepared(door, "investigator", clock)
    lent(people, clock)
    if not somebody_is_in:
        leave(people.sessions.pop("custodian"))
        assert archive.locked

    leave(door.sign_in(HANDLES["investigator"], DURESS, None, clock()))

    custodian = people["custodian"]
    assert signals(custodian, account_id) == 1
    (view,) = list_grants(custodian, clock())
    assert view.standing is Standing.ENDED
    assert [one.account_id for one in duress.held(custodian)] == [account_id]
    assert not archive.directory.locked_events.exists()


def test_a_flood_of_failed_sign_ins_does_not_drown_the_alarm(
    archive: Archive, door: SignIn, people: People, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    account_id = prepared(door, "interviewer", clock)
    monkeypatch.setattr(locked_events, "MAX_BYTES", 4_000)
    for _ in range(FREE_TRIES - 1):
        with pytest.raises(SignInFailed):
            SignIn(archive, Throttle()).sign_in(
                HANDLES["reviewer"], "a wrong and lengthy word", None, clock()
            )

    leave(door.sign_in(HANDLES["interviewer"], DURESS, None, clock()))

    assert signals(people["custodian"], account_id) == 1


def test_after_the_alarm_the_own_password_opens_the_empty_profile_too_until_two_lift_it(
    archive: Archive, door: SignIn, people: People, clock: Clock
) -> None:
    account_id = prepared(door, "investigator", clock)
    before = door.sign_in(HANDLES["investigator"], PASSWORD, None, clock())
    assert before.archive.archive is archive
    leave(before)
    leave(door.sign_in(HANDLES["investigator"], DURESS, None, clock()))

    # Nobody was signed in: this very sign-in brings the news that diverts it.
    forced = door.sign_in(HANDLES["investigator"], PASSWORD, None, clock())

    assert forced.archive.archive is not archive
    leave(forced)
    assert signals(people["custodian"], account_id) == 2
    duress.ask_to_lift(people["custodian"], before.account.id, "met in person", clock())
    duress.agree_to_lift(people["custodian_b"], before.account.id, "met in person", clock())
    after = door.sign_in(HANDLES["investigator"], PASSWORD, None, clock())
    assert after.archive.archive is archive
    leave(after)


def test_real_sessions_of_the_person_close_and_those_of_others_stay(
    archive: Archive, door: SignIn, clock: Clock
) -> None:
    prepared(door, "reviewer", clock)
    store = SessionStore(archive)
    real = store.open(door.sign_in(HANDLES["reviewer"], PASSWORD, None, clock()), clock())
    other = store.open(door.sign_in(HANDLES["auditor"], PASSWORD, None, clock()), clock())

    empty = store.open(door.sign_in(HANDLES["reviewer"], DURESS, None, clock()), clock())

    with pytest.raises(NotSignedIn):
        store.find(real, clock())
    assert store.find(other, clock()).archive.archive is archive
    assert store.find(empty, clock()).archive.archive is not archive
    assert len(store.sessions_of(empty)) == 1


def test_a_code_is_asked_and_refused_as_at_an_ordinary_sign_in(
    archive: Archive, door: SignIn, people: People, clock: Clock
) -> None:
    prepared(door, "interviewer", clock, with_app=True)
    for code in (None, "", "000000", "AAAAA-AAAAA-AAAAA-AAAAA"):
        for password in (PASSWORD, DURESS):
            with pytest.raises(SignInFailed):
                SignIn(archive, Throttle(), Decoys()).sign_in(HANDLES["interviewer"], password, code, clock())
    code = app_code(clock)

    leave(door.sign_in(HANDLES["interviewer"], DURESS, code, clock()))

    for password in (PASSWORD, DURESS):
        with pytest.raises(SignInFailed):
            door.sign_in(HANDLES["interviewer"], password, code, clock())
    assert signals(people["custodian"], people["custodian"].account.id) == 0


def test_a_recovery_code_is_accepted_at_both(archive: Archive, door: SignIn, clock: Clock) -> None:
    session = door.sign_in(HANDLES["interviewer"], PASSWORD, None, clock())
    codes = own_account.turn_on_totp(session, PASSWORD, SECRET, app_code(clock), clock())
    own_account.set_duress_password(session, PASSWORD, DURESS, clock())
    leave(session)

    empty = door.sign_in(HANDLES["interviewer"], DURESS, codes[0], clock())

    assert own_account.recovery_codes_left(empty) == own_account.RECOVERY_CODES
    leave(empty)


def test_the_throttle_treats_both_passwords_alike(archive: Archive, door: SignIn, clock: Clock) -> None:
    prepared(door, "interviewer", clock)

    def tries(throttle: Throttle, password: str) -> list[str]:
        entrance, seen = SignIn(archive, throttle, Decoys()), []
        wrong = "a wrong and lengthy word"
        for typed in [*[wrong] * (FREE_TRIES - 1), password, *[wrong] * FREE_TRIES, password]:
            try:
                leave(entrance.sign_in(HANDLES["interviewer"], typed, None, clock()))
                seen.append("in")
            except (SignInFailed, Throttled) as error:
                seen.append(type(error).__name__)
        return seen

    assert tries(Throttle(), PASSWORD) == tries(Throttle(), DURESS)


def test_signing_out_deletes_the_empty_profile_and_all_that_was_typed_in_it(
    archive: Archive, door: SignIn, clock: Clock
) -> None:
    prepared(door, "interviewer", clock)
    before = {path: path.read_bytes() for path in archive.directory.path.rglob("*") if path.is_file()}
    store = SessionStore(archive)
    session = door.sign_in(HANDLES["interviewer"], DURESS, None, clock())
    token = store.open(session, clock())
    made = session.archive.directory.path.parent
    assert made.stat().st_mode & 0o777 == 0o700
    type_draft(session, clock())
    assert list_drafts(session)

    store.close(token, clock())

    assert not made.exists()
    after = {path: path.read_bytes() for path in archive.directory.path.rglob("*") if path.is_file()}
    changed = {path.name for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    assert changed == {"locked-events.jsonl"}


def test_an_idle_empty_profile_is_deleted_too(archive: Archive, door: SignIn, clock: Clock) -> None:
    prepared(door, "interviewer", clock)
    store = SessionStore(archive)
    session = door.sign_in(HANDLES["interviewer"], DURESS, None, clock())
    store.open(session, clock())

    store.expire(clock.forward(minutes=16))

    assert not session.archive.directory.path.exists()


def test_a_second_browser_finds_what_was_written_in_the_first(
    archive: Archive, door: SignIn, clock: Clock
) -> None:
    prepared(door, "interviewer", clock)
    first = door.sign_in(HANDLES["interviewer"], DURESS, None, clock())
    type_draft(first, clock())

    second = door.sign_in(HANDLES["interviewer"], DURESS, None, clock())

    assert len(list_drafts(second)) == 1
    leave(first)
    assert list_drafts(second)
    leave(second)
    assert not second.archive.directory.path.exists()


def test_the_typed_password_is_nowhere_cheaper_to_guess(archive: Archive, clock: Clock) -> None:
    dearer = Archive(archive.directory, archive.objects, Argon2Cost(8 * 1024, 1, 1))
    door = SignIn(dearer, Throttle(), Decoys())
    prepared(door, "interviewer", clock)

    session = door.sign_in(HANDLES["interviewer"], DURESS, None, clock())

    bundle = session.archive.keyring().accounts[session.account.id].bundle
    assert bundle.cost == dearer.cost == session.archive.archive.cost
    assert own_account.require_password(session, DURESS, clock())
    leave(session)


def test_every_sign_in_lasts_as_long_as_the_slowest_kind(
    archive: Archive, empty_profiles: Decoys, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = SignIn(archive, Throttle(), empty_profiles)
    prepared(door, "interviewer", clock)
    empty_profiles.prepare(clock())
    monkeypatch.setattr(decoys, "PACE_SECONDS", 0.3)
    lasted = []

    wrong = "a wrong and lengthy word"
    for handle, typed in (
        ("interviewer-1", PASSWORD),
        ("interviewer-1", DURESS),
        ("interviewer-1", wrong),
        ("x1", wrong),
    ):
        began = time.monotonic()
        with suppress(SignInFailed):
            leave(door.sign_in(handle, typed, None, clock()))
        lasted.append(time.monotonic() - began)

    assert min(lasted) >= 0.3


def test_what_a_killed_process_left_is_cleared_at_the_next_start() -> None:
    gone = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True
    )
    room, prefix = decoys._room(), decoys._PREFIX
    dead, alive = room / f"{prefix}{int(gone.stdout)}-abc", room / f"{prefix}{os.getpid()}-abc"
    for path in (dead, alive):
        path.mkdir()

    decoys.sweep()

    assert not dead.exists() and alive.exists()
    alive.rmdir()


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Things]:
    path = tmp_path_factory.mktemp("every-state") / "archive"
    template, things = every_state(tmp_path_factory)
    shutil.copytree(template, path)
    directory = ArchiveDirectory(path)
    door = SignIn(Archive(directory, local_objects(directory.objects), Argon2Cost.TESTING_ONLY), Throttle())
    for name in ("interviewer", "reviewer", "investigator", "auditor", "custodian"):
        prepared(door, name, Clock())
    return path, things


def forced(everything: tuple[Path, Things], path: Path, name: str, password: str) -> Visitor:
    """A browser in which this person signed in with one of their passwords."""
    shutil.copytree(everything[0], path)
    directory, throttle, clock = ArchiveDirectory(path), Throttle(), Clock()
    archive = Archive(directory, local_objects(directory.objects), Argon2Cost.TESTING_ONLY)
    services = Services(
        name="Test archive",
        archive=archive,
        door=SignIn(archive, throttle, Decoys()),
        throttle=throttle,
        store=SessionStore(archive),
        clock=clock,
        sign_in_rate=UNBOUNDED,
        request_rate=UNBOUNDED,
    )
    client = create_app(services).test_client()
    client.environ_base["wsgi.url_scheme"] = "https"
    visitor = Visitor(client)
    visitor.get("/sign-in")
    answer = visitor.post("/sign-in", handle=HANDLES[name], password=password)
    assert (answer.status_code, answer.location) == (303, "/")
    return visitor


def addresses(visitor: Visitor, things: Things, name: str) -> Iterator[str]:
    """Every page that the person's role may ask for, by everything that is in the real archive."""
    app = visitor.client.application
    for rule in app.url_map.iter_rules():
        mark = allowed(app.view_functions[rule.endpoint])
        if "GET" not in (rule.methods or ()) or mark.public or not mark.admits(frozenset({name})):  # type: ignore[arg-type]
            continue
        named = [argument for argument in rule.arguments if argument in things.by_argument]
        rest = {
            a: {"number": 1, "audience": "partner"}.get(a, "account") for a in rule.arguments - set(named)
        }
        for state in sorted({s for argument in named for s in things.states(argument)} or {""}):
            values = {a: things.states(a).get(state, next(iter(things.states(a).values()))) for a in named}
            yield app.url_map.bind("localhost").build(rule.endpoint, {**rest, **values})


@pytest.mark.parametrize("name", ["interviewer", "reviewer", "investigator", "auditor", "custodian"])
def test_no_page_of_the_empty_profile_shows_anything_of_the_real_archive(
    everything: tuple[Path, Things], tmp_path: Path, name: str
) -> None:
    _, things = everything
    real = {str(code) for state, code in things.states("code").items() if state not in ("unknown", "no_code")}
    real |= {"Case two", "CASE-2", "investigator-2", "Interviewer 2", "map of the wells"}
    # The attack is there: with the own password these pages show it.
    own = forced(everything, tmp_path / "own", name, PASSWORD)
    pages = (own.get(address).text.replace(address, "") for address in addresses(own, things, name))
    assert any(word in page for page in pages for word in real)
    visitor = forced(everything, tmp_path / "empty", name, DURESS)
    visitor.post("/finding/purpose", purpose="CP07")
    seen = 0

    for address in addresses(visitor, things, name):
        answer = visitor.get(address)
        assert answer.status_code < 500, address
        text = answer.text if answer.mimetype == "text/html" else ""
        text = text.replace(address, "")
        shown = {word for word in real if word in text and word not in address}
        assert not shown, (address, shown)
        seen += 1

    assert seen > 8
    assert visitor.post("/sign-out").status_code == 303


def comparable(visitor: Visitor, path: str) -> tuple[int, str]:
    """A page without what is its own: tokens, times and numbers."""
    answer = visitor.get(path)
    text = re.sub(r'name="csrf_token" value="[^"]+"|<time.*?</time>|/sessions/[^/]+/', "", answer.text)
    return answer.status_code, re.sub(r"\d+", "", text)


@pytest.mark.parametrize("name", ["interviewer", "reviewer", "investigator"])
def test_the_empty_profile_looks_and_answers_like_an_ordinary_account(
    everything: tuple[Path, Things], tmp_path: Path, name: str
) -> None:
    empty = forced(everything, tmp_path / "empty", name, DURESS)
    own = forced(everything, tmp_path / "own", name, PASSWORD)

    for path in ("/account", "/account/password", "/account/second-password", "/no-such-page"):
        assert comparable(empty, path) == comparable(own, path), path
    headers = [sorted(visitor.get("/").headers.keys()) for visitor in (empty, own)]
    assert headers[0] == headers[1]
    bars = [re.findall(r"<nav.*?</nav>", visitor.get("/").text, re.DOTALL)[0] for visitor in (empty, own)]
    assert re.sub(r"\d+", "", bars[0]) == re.sub(r"\d+", "", bars[1])


def test_an_auditor_finds_a_log_that_is_whole_and_a_custodian_an_archive_with_people(
    archive: Archive, door: SignIn, clock: Clock
) -> None:
    for name in ("auditor", "custodian"):
        prepared(door, name, clock)
    auditor = door.sign_in(HANDLES["auditor"], DURESS, None, clock())
    with auditor.reading() as connection:
        entries = log_pages.page_of(connection, EventFilter(), before=None, limit=100)
    times = [entry.at for entry in reversed(entries)]

    assert len(entries) > 10 and times == sorted(times)
    assert times[0] < (clock() - timedelta(days=20)).isoformat()
    custodian = door.sign_in(HANDLES["custodian"], DURESS, None, clock())
    assert custody.list_cases(custodian, clock())
    for session in (auditor, custodian):
        leave(session)
