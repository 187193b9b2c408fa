"""Hostile strings in every field, address, query, file name and row: a calm answer, nothing executed, nothing lost."""

import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from itertools import cycle
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from crypto.passwords import Argon2Cost
from testimony.domain.statement import Acquired
from testimony.services.archives import Archive
from testimony.services.checking import check
from testimony.services.importing import import_rows
from testimony.services.session_store import SessionStore
from testimony.services.signin import SignIn
from testimony.services.throttling import Throttle
from testimony.storage.directory import ArchiveDirectory
from testimony.storage.objects import local_objects
from testimony.web.factory import create_app
from testimony.web.guards import allowed
from testimony.web.headers import CONTENT_SECURITY_POLICY
from testimony.web.wiring import Services
from tests.every_state import KIND_OF_FILE, Things, every_state
from tests.naughty import BYTES, ROWS, SEGMENTS, STRINGS, files_of_the_shelf, strings_of_the_shelf
from tests.served import FormReader
from tests.services.conftest import HANDLES, PASSWORD, Clock
from tests.web.conftest import Visitor

STATUSES = {200, 204, 302, 303, 308, 400, 403, 404, 405, 409, 413, 422, 429}
ROLES = ("interviewer", "reviewer", "investigator", "auditor", "custodian")
UNBOUNDED = "1000000 per minute"
FROM_THE_SHELF = 60
FILES_OF_THE_SHELF = 30
IN_MEMORY_BYTES = 400_000
"""Beyond it the test client itself puts a form into a temporary file."""

_RAW = re.compile(r"<script>alert|<img src=x|<!--#exec|<%= 7|onerror=alert\(1\)>")
_EXECUTED = re.compile(r"(?<![0-9])49\$|root:x:0:0|uid=0\(")


@dataclass
class Target:
    """The archive under attack. fields: the form fields of the pages that each person's routes show."""

    archive: Archive
    app: Flask
    things: Things
    clock: Clock
    visitors: dict[str, Visitor]

    def visitor(self, name: str) -> Visitor:
        if name not in self.visitors:
            client = self.app.test_client()
            client.environ_base["wsgi.url_scheme"] = "https"
            self.visitors[name] = Visitor(client)
            if name:
                self.visitors[name].sign_in(name)
            else:
                self.visitors[name].get("/sign-in")
            if name == "investigator":
                self.visitors[name].get("/finding/purpose")
                self.visitors[name].post("/finding/purpose", purpose="CP07")
        return self.visitors[name]

    def rules(self, name: str) -> list[Rule]:
        """What this person may call, signing out left aside."""
        kept = ("frame.sign_out", "frame.leave", "static", "intake.discard", "custody.suspend")
        mine = (allowed(self.app.view_functions[rule.endpoint]) for rule in self.app.url_map.iter_rules())
        return [
            rule
            for rule, mark in zip(self.app.url_map.iter_rules(), mine, strict=True)
            if rule.endpoint not in kept and (mark.public if not name else name in mark.roles)
        ]

    def address(self, rule: Rule) -> str:
        gaps: dict[str, object] = {"name": "account", "audience": "partner", "number": 1, "filename": "x"}
        gaps |= {
            "rule": "bulk-reading",
            "recipient_id": "nobody",
            "version": 1,
            "answer": "refuse",
            "decision": "undo",
        }
        gaps |= dict.fromkeys(
            ("proposal_id", "event_id", "disclosure_id", "act_id", "bearing_id", "step_id"), "0" * 16
        )
        gaps["object_id"] = self.things.draft_file
        for name in rule.arguments - gaps.keys():
            states = self.things.states(name)
            gaps[name] = states.get("redacting", states.get("own", next(iter(states.values()))))
        return self.app.url_map.bind("localhost").build(rule.endpoint, {n: gaps[n] for n in rule.arguments})


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    path = tmp_path_factory.mktemp("hostile") / "archive"
    template, things = every_state(tmp_path_factory)
    shutil.copytree(template, path)
    directory = ArchiveDirectory(path)
    archive = Archive(directory, local_objects(directory.objects), Argon2Cost.TESTING_ONLY)
    throttle, clock = Throttle(), Clock()
    services = Services(
        name="Test archive",
        archive=archive,
        door=SignIn(archive, throttle),
        throttle=throttle,
        store=SessionStore(archive),
        clock=clock,
        sign_in_rate=UNBOUNDED,
        request_rate=UNBOUNDED,
    )
    target = Target(archive, create_app(services), things, clock, {})
    yield target
    for name in ("reviewer", "auditor"):
        session = services.door.sign_in(HANDLES[name], PASSWORD, None, clock())
        assert check(session, clock()) == ()


def require_calm(answer: TestResponse, told: str = "") -> None:
    """An answer that says what is the matter, executes nothing, repeats nothing unescaped, and keeps its guard up."""
    assert answer.status_code in STATUSES, (answer.status_code, told[:80])
    assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "mine=1" not in str(answer.headers.get_all("Set-Cookie"))
    assert "X-Mine" not in answer.headers
    if answer.mimetype == "text/html":
        assert "Traceback" not in answer.text
        assert not _RAW.search(answer.text), told[:80]
        assert not _EXECUTED.search(answer.text), told[:80]


def fields_of(target: Target, name: str) -> dict[str, list[str]]:
    """The fields of every form on every page that this person can open, by where it is sent."""
    visitor = target.visitor(name)
    found: dict[str, list[str]] = {}
    for rule in target.rules(name):
        if "POST" in (rule.methods or set()):
            found.setdefault(target.address(rule), [])
            continue
        address = target.address(rule)
        page = visitor.get(address)
        if page.mimetype == "text/html":
            for form in FormReader(page.text).forms:
                names = [one.name for one in form.fields if one.name != "csrf_token"]
                found.setdefault(form.action.partition("?")[0] or address, []).extend(names)
    kept = ("/leave", "/sign-out", "/discard", "/suspend")
    return {address: sorted(set(names)) for address, names in found.items() if not address.endswith(kept)}


@pytest.mark.parametrize("name", ["", *ROLES])
def test_hostile_strings_in_every_field_of_every_form(target: Target, name: str) -> None:
    visitor = target.visitor(name)
    strings = cycle([*STRINGS, *strings_of_the_shelf(FROM_THE_SHELF)])

    for address, names in fields_of(target, name).items():
        for _ in range(2):
            sent: dict[str, object] = {field: next(strings) for field in names or ("x",)}
            sent |= {"password": "no"} if "password" in sent else {}
            require_calm(visitor.send(address, sent), address)
    require_calm(visitor.get("/sign-in"))


@pytest.mark.parametrize("name", ["", *ROLES])
def test_hostile_pieces_of_every_address(target: Target, name: str) -> None:
    visitor, segments = target.visitor(name), cycle(SEGMENTS)

    for rule in target.rules(name):
        if not rule.arguments:
            continue
        for _ in range(4):
            address = re.sub(r"<[^>]+>", lambda _: next(segments), rule.rule)
            posts = "POST" in (rule.methods or set())
            require_calm(visitor.post(address) if posts else visitor.get(address), address)


@pytest.mark.parametrize(
    ("name", "address", "field"),
    [
        ("", "/sign-in", "lang"),
        ("reviewer", "/review/", "after"),
        ("reviewer", "/review/released", "after"),
        ("auditor", "/log/", "about"),
        ("auditor", "/log/", "before"),
        ("auditor", "/log/", "since"),
        ("auditor", "/log/checkpoints", "before"),
        ("custodian", "/custody/register", "before"),
        ("custodian", "/custody/register/find", "code"),
    ],
)
def test_hostile_queries(target: Target, name: str, address: str, field: str) -> None:
    visitor = target.visitor(name)

    for string in (s for s in [*STRINGS[::2], *strings_of_the_shelf(6)] if len(s) < 60_000):
        require_calm(visitor.client.get(address, query_string={field: string}, buffered=True), string)
    for content in BYTES:
        require_calm(visitor.client.get(f"{address}?{field}=".encode().decode() + content.decode("latin-1")))


def test_hostile_searches(target: Target) -> None:
    visitor = target.visitor("investigator")

    for string in [*STRINGS, *strings_of_the_shelf(FROM_THE_SHELF)]:
        visitor.get("/finding/")
        answer = visitor.post("/finding/search", query=string)
        require_calm(answer, string)
        if answer.status_code == 303:
            require_calm(visitor.get(answer.headers["Location"]), string)


@pytest.mark.parametrize("content", BYTES)
@pytest.mark.parametrize(("name", "address"), [("", "/sign-in"), ("interviewer", "/intake/drafts")])
def test_bodies_that_are_no_text(target: Target, name: str, address: str, content: bytes) -> None:
    token = target.visitor(name).token.encode()
    body = b"csrf_token=" + token + b"&handle=" + content + b"&" + content + b"=x"

    kind = "application/x-www-form-urlencoded"
    require_calm(target.visitor(name).client.post(address, data=body, content_type=kind))


def attach(target: Target, name: str, content: bytes, **fields: str) -> TestResponse:
    visitor = target.visitor("interviewer")
    draft = target.things.states("draft_id")["own"]
    visitor.get(f"/intake/drafts/{draft}/files")
    described: Mapping[str, object] = {"kind": KIND_OF_FILE, "acquired": Acquired.CABLE.value, **fields}
    return visitor.send(f"/intake/drafts/{draft}/files/add", {**described, "file": (BytesIO(content), name)})


def folders(target: Target) -> set[Path]:
    """Every folder, but those that sealed objects lie in by the first digits of their chance names."""
    directory = target.archive.directory
    found = (path for path in directory.path.parent.rglob("*") if path.is_dir())
    return {path for path in found if not (path.parent == directory.objects and len(path.name) == 2)}


@pytest.mark.parametrize("name", [s for s in STRINGS if 0 < len(s) < 6000], ids=ascii)
def test_hostile_file_names(target: Target, name: str) -> None:
    before = folders(target)

    require_calm(attach(target, name, b"harmless"), name)

    draft = target.things.states("draft_id")["own"]
    require_calm(target.visitor("interviewer").get(f"/intake/drafts/{draft}/files"), name)
    assert folders(target) == before


def test_hostile_files_are_kept_as_they_are_and_looked_into_by_nothing(target: Target) -> None:
    files = files_of_the_shelf(FILES_OF_THE_SHELF, IN_MEMORY_BYTES)
    if not files:
        pytest.skip("no collection of hostile files beside the project (../shared/data)")

    for path in files:
        require_calm(attach(target, path.name, path.read_bytes()), path.name)


def test_hostile_rows_are_named_by_line_and_the_good_ones_kept(target: Target) -> None:
    session = SignIn(target.archive, Throttle()).sign_in("interviewer-2", PASSWORD, None, target.clock())
    good = b'{"text": "The well is dry.", "language": "eng", "case": "CASE-1"}'
    shelf = [s.encode() for s in strings_of_the_shelf(40)]

    reports = list(import_rows(session, [*ROWS, *shelf, *BYTES, good], target.clock()))

    assert reports[-1].code is not None
    assert all(report.code is not None or report.problems for report in reports)
