"""The server as it is run: one process, killed, interrupted, doubled, and spoken to by somebody who breaks the rules.

What it acknowledged is there afterwards; what was broken off is not; `testimony check` is clean (G1, G7).
"""

import contextlib
import http.client
import re
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crypto.passwords import Argon2Cost
from testimony.services.archives import Archive
from testimony.services.checking import check
from testimony.services.drafts import Step
from testimony.services.intake import list_drafts, open_draft
from testimony.services.sessions import Session
from testimony.services.signin import SignIn
from testimony.services.throttling import Throttle
from testimony.storage import register
from testimony.storage.directory import ArchiveDirectory
from testimony.storage.keyring_file import read_keyring
from testimony.storage.objects import local_objects
from tests.served import DEAR, FORM, Browser, Server, Surroundings, multipart, run, served
from tests.services.conftest import HANDLES, PASSWORD, make_archive
from tests.services.intake_answers import type_draft

ANSWERS_WITHIN_SECONDS = 60
FOUND = "a line that was kept "


def real_now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Founded by the clock that the server goes by."""
    path = tmp_path_factory.mktemp("served") / "archive"
    make_archive(path, real_now)
    return path


@pytest.fixture
def archive(template: Path, tmp_path: Path) -> Path:
    path = tmp_path / "archive"
    shutil.copytree(template, path)
    return path


@pytest.fixture(scope="module")
def shared(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for whatever it is meant to shrug off; it must be alive and whole at the end."""
    root = tmp_path_factory.mktemp("shared")
    shutil.copytree(template, root / "archive")
    with served(root / "archive", root, TESTIMONY_MAX_ATTACHMENT_BYTES="200000") as server:
        yield server
        assert server.is_alive
        assert "Traceback" not in server.printed()
        require_whole(root / "archive")


def signed_in(path: Path, name: str) -> Session:
    directory = ArchiveDirectory(path)
    archive = Archive(directory, local_objects(directory.objects), Argon2Cost.TESTING_ONLY)
    return SignIn(archive, Throttle()).sign_in(HANDLES[name], PASSWORD, None, real_now())


def require_whole(path: Path) -> None:
    for name in ("reviewer", "auditor"):
        assert check(signed_in(path, name), real_now()) == ()


def enter(server: Server, name: str) -> Browser:
    browser = server.browser()
    assert browser.sign_in(HANDLES[name], PASSWORD).status == 303
    return browser


def begin(browser: Browser) -> str:
    browser.get("/intake/")
    return browser.post("/intake/drafts").location.removesuffix("/before")


def ready_draft(session: Session) -> str:
    now = real_now()
    today = now.date()
    consent = {
        "given_on": today.isoformat(),
        "review_due": (today + timedelta(days=90)).isoformat(),
    }
    return type_draft(session, now, before={"month": f"{today.year - 1}-06"}, consent=consent)


@dataclass
class Autosaver:
    """One browser that saves a draft again and again. kept: the last version and text that the server acknowledged."""

    browser: Browser
    draft: str
    pause: float = 0.0
    version: int = 0
    kept: str = ""
    sent: str = ""
    failed: list[int] = field(default_factory=list)

    def save(self, times: int) -> None:
        for _ in range(times):
            self.sent = f"{FOUND}{self.version}"
            form = [("version", str(self.version)), ("place", self.sent)]
            try:
                answer = self.browser.post(f"{self.draft}/before", form, Accept="application/json")
            except (OSError, http.client.HTTPException):
                return
            if answer.status != 200:
                self.failed.append(answer.status)
                return
            self.version, self.kept = self.version + 1, self.sent


def together(*acts: Callable[[], None]) -> list[threading.Thread]:
    threads = [threading.Thread(target=act) for act in acts]
    for thread in threads:
        thread.start()
    return threads


def test_it_starts_locked_answers_soon_and_stops_calmly(archive: Path, tmp_path: Path) -> None:
    before = time.monotonic()
    with served(archive, tmp_path) as server:
        answer = server.browser().get("/")
        took = time.monotonic() - before
        told = server.browser().get("/signed-out")

        code = server.interrupt()

    assert (answer.status, answer.location) == (303, "/sign-in")
    assert took < ANSWERS_WITHIN_SECONDS
    assert "locked" in told.text
    assert code == 0
    assert "Stopped. The archive is locked." in server.printed()
    assert "Traceback" not in server.printed()


def test_the_cookie_of_a_sign_in_is_bound_to_this_host_and_kept_from_scripts(shared: Server) -> None:
    browser = shared.browser()
    browser.get("/sign-in")
    before = browser.cookie

    answer = browser.post("/sign-in", [("handle", "interviewer-1"), ("password", PASSWORD)])

    said = {part.strip() for part in answer.headers["set-cookie"].split(";")[1:]}
    assert said == {"Secure", "HttpOnly", "Path=/", "SameSite=Strict"}
    assert browser.cookie.startswith("__Host-testimony=")
    assert browser.cookie != before
    assert browser.get("/").status == 200


def test_whoever_signs_in_has_the_password_locked_at_the_cost_of_today(archive: Path, tmp_path: Path) -> None:
    before = bundles(archive)
    with served(archive, tmp_path, DEAR) as server:
        enter(server, "interviewer")

    after = bundles(archive)
    changed = [name for name in before if after[name] != before[name]]
    assert set(before.values()) == {Argon2Cost.TESTING_ONLY}
    assert [after[name] for name in changed] == [Argon2Cost(memory_kib=128 * 1024, iterations=3, lanes=4)]
    with served(archive, tmp_path, DEAR) as again:
        assert enter(again, "interviewer").get("/").status == 200


def bundles(path: Path) -> Mapping[str, Argon2Cost]:
    """What one guess at each account's password costs."""
    return {name: r.bundle.cost for name, r in read_keyring(ArchiveDirectory(path)).accounts.items()}


def test_what_was_saved_before_a_kill_is_there_after_it(archive: Path, tmp_path: Path) -> None:
    with served(archive, tmp_path) as server:
        savers = [
            Autosaver(browser, begin(browser))
            for browser in (enter(server, "interviewer"), enter(server, "interviewer_b"))
        ]
        threads = together(*(lambda saver=saver: saver.save(10_000) for saver in savers))
        end = time.monotonic() + 20
        while min(saver.version for saver in savers) < 5 and time.monotonic() < end:
            time.sleep(0.01)
        server.kill()
        for thread in threads:
            thread.join(20)

    assert [saver.failed for saver in savers] == [[], []]
    for saver, name in zip(savers, ("interviewer", "interviewer_b"), strict=True):
        session = signed_in(archive, name)
        place = (
            open_draft(session, saver.draft.rsplit("/", 1)[1], real_now()).answers(Step.BEFORE).text("place")
        )
        assert place in {saver.kept, saver.sent}
    require_whole(archive)
    with served(archive, tmp_path) as again:
        assert enter(again, "interviewer").get(f"{savers[0].draft}/before").status == 200


@pytest.mark.parametrize("after", [1, 3])
def test_a_kill_while_several_hand_in_loses_nothing_acknowledged(
    archive: Path, tmp_path: Path, after: int
) -> None:
    drafts = {
        name: [ready_draft(signed_in(archive, name)) for _ in range(4)]
        for name in ("interviewer", "interviewer_b")
    }
    acknowledged: list[str] = []

    def hand_in(browser: Browser, ids: list[str]) -> None:
        for draft_id in ids:
            try:
                answer = browser.post(f"/intake/drafts/{draft_id}/seal")
            except (OSError, http.client.HTTPException):
                return
            assert answer.status == 303, answer.text
            acknowledged.append(draft_id)

    with served(archive, tmp_path) as server:
        browsers = {name: enter(server, name) for name in drafts}
        threads = together(*(lambda n=name: hand_in(browsers[n], drafts[n]) for name in drafts))
        end = time.monotonic() + 20
        while len(acknowledged) < after and time.monotonic() < end:
            time.sleep(0.002)
        server.kill()
        for thread in threads:
            thread.join(20)

    for name, ids in drafts.items():
        session = signed_in(archive, name)
        open_ids = {line.draft_id for line in list_drafts(session)}
        for draft_id in ids:
            assert (draft_id in open_ids) != is_handed_in(session, draft_id)
            assert draft_id not in acknowledged or is_handed_in(session, draft_id)
    require_whole(archive)


def is_handed_in(session: Session, draft_id: str) -> bool:
    with session.reading() as connection:
        return register.find_submission(connection, draft_id) is not None


def test_two_servers_on_one_archive_write_side_by_side(archive: Path, tmp_path: Path) -> None:
    with served(archive, tmp_path / "a") as one, served(archive, tmp_path / "b") as two:
        savers = []
        for server, name in ((one, "interviewer"), (two, "interviewer_b")):
            browser = enter(server, name)
            savers.append(Autosaver(browser, begin(browser)))
        threads = together(*(lambda saver=saver: saver.save(15) for saver in savers))
        for thread in threads:
            thread.join(60)

    assert [(saver.version, saver.failed) for saver in savers] == [(15, []), (15, [])]
    require_whole(archive)


def test_a_port_that_is_taken_is_said_plainly(shared: Server, archive: Path, tmp_path: Path) -> None:
    around = Surroundings(tmp_path)

    ended = run(around, "serve", str(archive), "--port", str(shared.port))

    said = around.printed.read_text()
    assert ended.returncode == 1
    assert "Traceback" not in said
    assert f"{shared.port}" in said


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80@x", "127.0.0.1\t", "'\"><script>", "[::1", ""]
)
def test_a_made_up_host_is_never_written_into_an_answer(shared: Server, host: str) -> None:
    answer = raw(shared, f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")

    assert re.match(rb"HTTP/1\.1 (303|400) ", answer)
    assert b"evil" not in answer and b"<script>" not in answer
    where = re.search(rb"(?i)\r\nlocation: ([^\r]*)", answer)
    assert where is None or where[1] == b"/sign-in"


@pytest.mark.parametrize(
    ("method", "statuses"),
    [
        ("HEAD", {200}),
        ("OPTIONS", {200}),
        ("TRACE", {405, 501}),
        ("PUT", {400, 405}),
        ("DELETE", {400, 405}),
        ("QUZ", {405, 501}),
    ],
)
def test_other_methods_do_nothing_and_repeat_nothing(shared: Server, method: str, statuses: set[int]) -> None:
    answer = shared.browser().request(method, "/sign-in", headers={"X-Mine": "bring-it-back"})

    assert answer.status in statuses
    assert b"bring-it-back" not in answer.body
    assert method != "HEAD" or answer.body == b""


def raw(server: Server, head: str, body: bytes = b"", *, cut: bool = False) -> bytes:
    """Send bytes as they are and read until the server closes; cut: hang up first."""
    with socket.create_connection(("127.0.0.1", server.port), 15) as connection:
        received = b""
        # The server may hang up while it is still being talked at: OSError, in several shapes.
        with contextlib.suppress(OSError):
            connection.sendall(head.encode("latin-1") + body)
            if cut:
                return b""
            connection.shutdown(socket.SHUT_WR)
            while piece := connection.recv(65536):
                received += piece
    return received


def head(browser: Browser, path: str, headers: Mapping[str, str]) -> str:
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: close", f"Cookie: {browser.cookie}"]
    return "\r\n".join([*lines, *(f"{name}: {value}" for name, value in headers.items()), "", ""])


@dataclass(frozen=True, slots=True)
class Desk:
    """A draft with leave to attach files, and the form of its files."""

    server: Server
    browser: Browser
    draft: str

    def form(self, content: bytes, *, fields: tuple[tuple[str, str], ...] = ()) -> tuple[str, bytes]:
        named = [("csrf_token", self.browser.token), ("kind", "XK01"), ("acquired", "cable"), *fields]
        return multipart(named, "map.jpg", content)

    @property
    def address(self) -> str:
        return f"{self.draft}/files/add"

    def files(self) -> int:
        return self.browser.get(f"{self.draft}/files").text.count("/remove")


@pytest.fixture(scope="module")
def interviewer(shared: Server) -> Browser:
    return enter(shared, "interviewer")


@pytest.fixture
def desk(shared: Server, interviewer: Browser) -> Desk:
    browser = interviewer
    draft = begin(browser)
    browser.get(f"{draft}/consent")
    browser.post(f"{draft}/consent", [("version", "0"), ("decision-CP05", "granted")])
    browser.get(f"{draft}/files")
    return Desk(shared, browser, draft)


def test_a_file_sent_whole_is_kept(desk: Desk) -> None:
    kind, body = desk.form(b"x" * 100_000)

    answer = desk.browser.request("POST", desk.address, body, {"Content-Type": kind})

    assert answer.status == 303
    assert desk.files() == 1


@pytest.mark.parametrize("share", [0.0, 0.3, 0.999])
@pytest.mark.parametrize("cut", [True, False])
def test_a_file_that_is_cut_short_leaves_nothing(desk: Desk, share: float, cut: bool) -> None:
    kind, body = desk.form(b"x" * 150_000)
    before = desk.browser.get(f"{desk.draft}/files")

    sent = body[: int(len(body) * share)]
    raw(
        desk.server,
        head(desk.browser, desk.address, {"Content-Type": kind, "Content-Length": str(len(body))}),
        sent,
        cut=cut,
    )

    assert before.status == 200
    assert desk.files() == 0


def test_a_file_that_is_too_large_is_refused_with_its_reason(desk: Desk) -> None:
    kind, body = desk.form(b"x" * 300_000)

    answer = desk.browser.request("POST", desk.address, body, {"Content-Type": kind})

    assert answer.status == 413
    assert desk.files() == 0


BAD_BODIES: tuple[tuple[str, str, bytes], ...] = (
    ("no boundary", "multipart/form-data", b"--x\r\n"),
    ("wrong boundary", "multipart/form-data; boundary=zz", b"--x\r\n\r\n--x--"),
    ("empty boundary", 'multipart/form-data; boundary=""', b"----"),
    ("long boundary", "multipart/form-data; boundary=" + "b" * 5000, b"--b"),
    ("not a form", "application/json", b'{"csrf_token": 1}'),
    ("no type", "", b"\x00\x01\x02"),
    (
        "many parts",
        "multipart/form-data; boundary=b",
        b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' * 3000,
    ),
    ("endless head", "multipart/form-data; boundary=b", b"--b\r\nX: " + b"y" * 150_000),
    (
        "huge field",
        "multipart/form-data; boundary=b",
        b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + b"y" * 150_000,
    ),
    ("many fields", FORM, b"&".join(b"a=1" for _ in range(20_000))),
    ("huge form", FORM, b"a=" + b"b" * 5_000_000),
    ("no text", FORM, b"\xff\xfe&%ff=%00&csrf_token=%ed%a0%80"),
)


@pytest.mark.parametrize(("name", "kind", "body"), BAD_BODIES, ids=[row[0] for row in BAD_BODIES])
@pytest.mark.parametrize("page", ["files/add", "account"])
def test_a_broken_body_is_refused(desk: Desk, page: str, name: str, kind: str, body: bytes) -> None:
    try:
        answer = desk.browser.request("POST", f"{desk.draft}/{page}", body, {"Content-Type": kind})
    except ConnectionError:
        # It hung up before it had read all of what it does not take.
        answer = desk.browser.get(f"{desk.draft}/files")
        assert answer.status == 200
        return

    assert answer.status in {400, 413}
    assert "Traceback" not in answer.text


def test_a_chunked_body_is_read_or_refused(desk: Desk) -> None:
    kind, body = desk.form(b"x" * 1000)
    chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)

    answer = raw(
        desk.server,
        head(desk.browser, desk.address, {"Content-Type": kind, "Transfer-Encoding": "chunked"}),
        chunks,
    )

    assert re.match(rb"HTTP/1\.1 (303|400|411|501) ", answer)
    assert desk.files() == (1 if b" 303 " in answer[:20] else 0)


def test_contradictory_lengths_are_no_second_request(desk: Desk) -> None:
    hidden = b"GET /account HTTP/1.1\r\nHost: x\r\n\r\n"
    smuggled = {"Content-Length": "5", "Transfer-Encoding": "chunked", "Content-Type": FORM}

    answer = raw(desk.server, head(desk.browser, "/sign-out", smuggled), b"0\r\n\r\n" + hidden)

    assert answer.count(b"HTTP/1.1 ") <= 1


def test_a_field_sent_twice_is_no_way_round_the_token(desk: Desk) -> None:
    answer = desk.browser.request(
        "POST",
        "/intake/drafts",
        b"csrf_token=no&csrf_token=" + desk.browser.token.encode(),
        {"Content-Type": FORM},
    )

    assert answer.status == 400


@pytest.mark.parametrize(
    "lines",
    [
        "X: " + "y" * 200_000,
        "\r\n".join(f"X{n}: y" for n in range(5000)),
        "Cookie: " + "a=b; " * 20_000,
        "X\x00Y: 1",
        ": 1",
        "Content-Length: -1",
        "Content-Length: 1e9",
        "Content-Length: 99999999999999999999",
    ],
    ids=["long", "many", "cookies", "zero", "nameless", "negative", "words", "enormous"],
)
def test_a_monstrous_head_is_refused(shared: Server, lines: str) -> None:
    raw(shared, f"GET /sign-in HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{lines}\r\n\r\n")

    assert shared.browser().get("/sign-in").status == 200


def test_many_who_never_finish_their_request_do_not_keep_others_out(shared: Server) -> None:
    waiting = [socket.create_connection(("127.0.0.1", shared.port), 5) for _ in range(16)]
    for connection in waiting:
        connection.sendall(b"GET /sign-in HTTP/1.1\r\nHost: x\r\nX-Slow: ")

    before = time.monotonic()
    answer = shared.browser().get("/sign-in")
    took = time.monotonic() - before
    for connection in waiting:
        connection.close()

    assert answer.status == 200
    assert took < ANSWERS_WITHIN_SECONDS
