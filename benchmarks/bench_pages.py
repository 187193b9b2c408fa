"""Pages as a browser asks for them, signing in, and the start of the server.

The archive is the demonstration with thousands of real narratives released beside it and a long log. Each person
follows the links of their own rooms, so a page that is added is measured without being named here.
"""

import http.client
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from html import unescape
from pathlib import Path
from random import Random
from statistics import median

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from werkzeug.test import TestResponse

from benchmarks.audit_room import fill
from benchmarks.bench_intake import narratives
from benchmarks.released import put_released
from benchmarks.report import Bar, Table, at_most
from crypto.passwords import Argon2Cost
from testimony.app import demo_people
from testimony.services.archives import Archive
from testimony.services.demonstration import make_demonstration
from testimony.services.demonstration.making import PASSWORD
from testimony.services.demonstration.records import CASE_ID
from testimony.services.session_store import SessionStore
from testimony.services.signin import SignIn
from testimony.services.throttling import Throttle
from testimony.storage.directory import ArchiveDirectory
from testimony.storage.objects import local_objects
from testimony.web.factory import create_app
from testimony.web.wiring import Services

LOG_ENTRIES = 20_000
ROUNDS = 7
STARTS = 3
NOBODY = "nobody"
PEOPLE = ("interviewer", "reviewer", "reviewer-2", "investigator", "auditor", "custodian")
UNLIMITED = "1000000 per minute"
START_LIMIT = 60.0

# What a person has to do before some of their pages are there: (page that holds the form, address, fields).
ERRANDS: Mapping[str, tuple[tuple[str, str, dict[str, str]], ...]] = {
    "interviewer": (("/intake/", "/intake/drafts", {}),),
    "investigator": (
        ("/finding/purpose", "/finding/purpose", {"purpose": "CP07"}),
        ("/finding/", "/finding/search", {"query": "water AND (road OR village)"}),
    ),
}

WARNINGS = frozenset({"review.warning"})
ENTRANCES = ("/", "/sign-in", "/enrol", "/signed-out")

_HREF = re.compile(r'<a\s[^>]*?href="(/[^"#]*)')
_FORM = re.compile(r'<form[^>]*action="(/(?:review|finding)/[^"]*)"')
_HIDDEN = re.compile(r'<input type="hidden" name="(?!csrf_token)([^"]+)" value="([^"]*)"')
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_ROOT = Path(__file__).resolve().parents[1]


@dataclass(slots=True)
class Visitor:
    """One browser without script. pages: one address for each kind of page that its links led to."""

    name: str
    client: FlaskClient
    token: str = ""
    pages: dict[str, str] = field(default_factory=dict)

    def get(self, path: str) -> TestResponse:
        return self._seen(self.client.get(path, buffered=True))

    def post(self, path: str, fields: Mapping[str, str]) -> TestResponse:
        return self._seen(self.client.post(path, data={"csrf_token": self.token, **fields}, buffered=True))

    def sign_in(self) -> float:
        """Return the seconds that the answer to the form took."""
        self.get("/sign-in")
        start = time.perf_counter()
        answer = self.post("/sign-in", {"handle": self.name, "password": PASSWORD})
        seconds = time.perf_counter() - start
        if answer.status_code != 303:
            raise RuntimeError("the people of the demonstration can sign in")
        return seconds

    def accept(self, warning: TestResponse, address: str) -> str:
        """Press the button of a page that warns; return where it leads."""
        form = _FORM.search(warning.text)
        hidden = dict(_HIDDEN.findall(warning.text))
        answer = self.post(unescape(form[1]) if form else address, hidden)
        return answer.headers.get("Location", "")

    def _seen(self, answer: TestResponse) -> TestResponse:
        found = _TOKEN.search(answer.text) if answer.mimetype == "text/html" else None
        if found is not None:
            self.token = unescape(found[1])
        return answer


@dataclass(frozen=True, slots=True)
class Timing:
    visitor: str
    page: str
    seconds: tuple[float, ...]

    @property
    def median_ms(self) -> float:
        return median(self.seconds) * 1e3


def run() -> tuple[Table | Bar, ...]:
    return measure(narratives(), LOG_ENTRIES)


def measure(texts: tuple[str, ...], log_entries: int) -> tuple[Table | Bar, ...]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "archive"
        make_demonstration(path, _now(), Argon2Cost.TESTING_ONLY)
        with _served(path) as (app, door):
            _stock(door, texts, log_entries)
            sign_in = [_browser(app, "custodian").sign_in() for _ in range(ROUNDS)]
            timings = tuple(timing for name in (NOBODY, *PEOPLE) for timing in _walk(app, name))
        starts = [_start_server(path) for _ in range(STARTS)]
    return _shown(app, timings, median(sign_in) * 1e3, min(starts), len(texts))


def _shown(
    app: Flask, timings: tuple[Timing, ...], sign_in_ms: float, start: float, released: int
) -> tuple[Table | Bar, ...]:
    slowest_first = sorted(timings, key=lambda timing: -timing.median_ms)
    rows = ((t.page, t.visitor, f"{t.median_ms:.1f}", f"{max(t.seconds) * 1e3:.1f}") for t in slowest_first)
    reached = {timing.page.partition(" ")[0] for timing in timings}
    missing = sorted(r.endpoint for r in app.url_map.iter_rules() if "GET" in (r.methods or ()))
    unreached = ((name,) for name in missing if name not in reached | {"static"})
    title = f"Pages over {released:,} released testimonies, {ROUNDS} times each"
    return (
        Table(title, ("page", "visitor", "ms, median", "ms, slowest"), tuple(rows)),
        Table("Not measured: what no link led to", ("page",), tuple(unreached)),
        at_most("slowest page, median", slowest_first[0].median_ms, 150, " ms"),
        at_most("sign-in by its page, without Argon2id", sign_in_ms, 50, " ms"),
        at_most("start of the locked server", start, 1.5, " s"),
    )


@contextmanager
def _served(path: Path) -> Iterator[tuple[Flask, SignIn]]:
    directory, throttle = ArchiveDirectory(path), Throttle()
    archive = Archive(directory, local_objects(directory.objects), Argon2Cost.TESTING_ONLY)
    door, store = SignIn(archive, throttle), SessionStore(archive)
    services = Services(
        name="Benchmark",
        archive=archive,
        door=door,
        throttle=throttle,
        store=store,
        clock=_now,
        demo=demo_people(path),
        sign_in_rate=UNLIMITED,
        request_rate=UNLIMITED,
    )
    yield create_app(services), door


def _stock(door: SignIn, texts: tuple[str, ...], log_entries: int) -> None:
    """Release these texts and write a long log. It is made by one reviewer's session, as a restore would be."""
    session = door.sign_in("reviewer", PASSWORD, None, _now())
    put_released(session, CASE_ID, texts, Random(1), _now())
    fill(session, log_entries)
    session.archive.archive.release(session.archive.secrets)


def _browser(app: Flask, name: str) -> Visitor:
    client = app.test_client()
    # The cookie is Secure, so the client must believe that it talks over TLS.
    client.environ_base["wsgi.url_scheme"] = "https"
    return Visitor(name, client)


def _walk(app: Flask, name: str) -> Iterator[Timing]:
    """Sign in, find one address for each kind of page by following links, then ask for each some times."""
    visitor = _browser(app, name)
    if name != NOBODY:
        visitor.sign_in()
    for page, address, fields in ERRANDS.get(name, ()):
        visitor.get(page)
        answer = visitor.post(address, fields)
        if answer.status_code != 303:
            raise RuntimeError(f"a step before the pages failed: {address}")
        _follow(app, visitor, answer.headers["Location"])
    for start in ENTRANCES:
        _follow(app, visitor, start)
    for page, address in visitor.pages.items():
        ask = partial(visitor.get, address)
        yield Timing(name, page, tuple(_seconds(ask) for _ in range(ROUNDS)))


def _follow(app: Flask, visitor: Visitor, start: str) -> None:
    waiting, seen = [start], {start}
    while waiting:
        address = waiting.pop()
        kind = _kind(app, address)
        if kind is None or kind in visitor.pages:
            continue
        answer = visitor.get(address)
        if answer.status_code >= 500:
            raise RuntimeError(f"a page failed: {kind}")
        if answer.status_code == 200 and answer.mimetype == "text/html" and kind not in WARNINGS:
            visitor.pages[kind] = address
        # Each warning is read and passed: behind it is the page that the link named.
        accepted = [visitor.accept(answer, address)] if kind in WARNINGS else []
        links = [answer.headers.get("Location", ""), *map(unescape, _HREF.findall(answer.text))]
        waiting += [*(link for link in links if link not in seen), *accepted]
        seen.update(links)


def _kind(app: Flask, address: str) -> str | None:
    """The endpoint, with the step for a guided form; None for what is no page."""
    try:
        endpoint, values = app.url_map.bind("localhost").match(address.partition("?")[0], method="GET")
    except (HTTPException, RequestRedirect):
        return None
    return None if endpoint == "static" else f"{endpoint} {values.get('name', '')}".rstrip()


def _start_server(path: Path) -> float:
    """Return the seconds from starting the command to the first page it answers with."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", "from testimony.cli import main; main()", "serve", str(path)]
    start = time.perf_counter()
    server = subprocess.Popen([*command, "--port", str(port)], cwd=_ROOT, stdout=subprocess.DEVNULL)
    try:
        while not _answers(port):
            if server.poll() is not None or time.perf_counter() - start > START_LIMIT:
                raise RuntimeError("the server did not start")
            time.sleep(0.01)
        return time.perf_counter() - start
    finally:
        server.terminate()
        server.wait()


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/sign-in")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _now() -> datetime:
    return datetime.now(UTC)
