"""The archive as it is run: `testimony serve` in a process of its own, and a browser that speaks plain HTTP to it."""

import http.client
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlencode, urlsplit

PROJECT = Path(__file__).resolve().parents[1]
DEAR = (sys.executable, "-c", "from testimony.cli import main; main()")
_CHEAP = """
import gc; gc.disable()
from crypto.passwords import Argon2Cost; Argon2Cost.DEFAULT = Argon2Cost.TESTING_ONLY
from testimony.cli import main; gc.enable(); main()
"""
COMMAND = (sys.executable, "-c", _CHEAP)
"""As it is run, but passwords are stretched in no time: at a first sign-in one is locked anew, a second's work. And no
rubbish is looked for among what is imported."""
START_SECONDS = 30
FORM = "application/x-www-form-urlencoded"

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')

Fields = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """All that a process of ours may write to besides the archive: folders of its own and what it prints."""

    root: Path

    @property
    def folders(self) -> tuple[Path, ...]:
        return self.root / "home", self.root / "tmp", self.root / "cwd"

    @property
    def printed(self) -> Path:
        return self.root / "printed"

    def make(self) -> None:
        for folder in self.folders:
            folder.mkdir(parents=True, exist_ok=True)

    def environment(self) -> dict[str, str]:
        home, temporary, _ = self.folders
        return {
            "HOME": str(home),
            "TMPDIR": str(temporary),
            "PATH": os.defpath,
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            "PYTHONPATH": str(PROJECT),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONUNBUFFERED": "1",
        }


@dataclass
class Server:
    process: subprocess.Popen[bytes]
    port: int
    surroundings: Surroundings

    def kill(self) -> None:
        """No warning, no clean-up."""
        self.process.kill()
        self.process.wait(10)

    def interrupt(self) -> int:
        """As Ctrl-C does; return the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(20)

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    def printed(self) -> str:
        return self.surroundings.printed.read_text("utf-8", "replace")

    def browser(self) -> "Browser":
        return Browser(self.port)


def run(surroundings: Surroundings, *words: str) -> subprocess.CompletedProcess[bytes]:
    """One command to its end; what it prints is kept with the rest."""
    surroundings.make()
    ended = subprocess.run(
        [*COMMAND, *words],
        cwd=surroundings.folders[2],
        env=surroundings.environment(),
        capture_output=True,
        timeout=60,
        check=False,
    )
    with surroundings.printed.open("ab") as printed:
        printed.write(ended.stdout + ended.stderr)
    return ended


def start(
    archive: Path,
    surroundings: Surroundings,
    settings: Mapping[str, str],
    command: tuple[str, ...] = COMMAND,
) -> Server:
    """Start and wait until it answers."""
    surroundings.make()
    port = free_port()
    with surroundings.printed.open("ab") as printed:
        process = subprocess.Popen(
            [*command, "serve", str(archive), "--port", str(port)],
            cwd=surroundings.folders[2],
            env={**surroundings.environment(), **settings},
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
        )
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return Server(process, port, surroundings)
    process.kill()
    raise AssertionError(surroundings.printed.read_text("utf-8", "replace"))


@contextmanager
def served(
    archive: Path, root: Path, command: tuple[str, ...] = COMMAND, **settings: str
) -> Iterator[Server]:
    """A running server, killed at the end unless it was stopped. settings: of its environment."""
    server = start(archive, Surroundings(root), settings, command)
    try:
        yield server
    finally:
        if server.is_alive:
            server.kill()


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def location(self) -> str:
        return urlsplit(self.headers.get("location", "")).path


@dataclass
class Browser:
    """Keeps the cookie and the token of the page it saw last; knows no script."""

    port: int
    cookie: str = ""
    token: str = ""

    def get(self, path: str) -> Answer:
        return self.request("GET", path)

    def post(self, path: str, fields: Fields = (), **headers: str) -> Answer:
        body = urlencode([("csrf_token", self.token), *fields]).encode()
        return self.request("POST", path, body, {"Content-Type": FORM, **headers})

    def upload(self, path: str, fields: Fields, name: str, content: bytes) -> Answer:
        kind, body = multipart([("csrf_token", self.token), *fields], name, content)
        return self.request("POST", path, body, {"Content-Type": kind})

    def request(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.putrequest(method, path, skip_accept_encoding=True)
            for name, value in self.headers(len(body), headers).items():
                connection.putheader(name, value)
            connection.endheaders(body)
            return self._seen(connection.getresponse())
        finally:
            connection.close()

    def headers(self, length: int, more: Mapping[str, str] | None = None) -> dict[str, str]:
        sent = {"Content-Length": str(length), **(more or {})}
        return {**sent, "Cookie": self.cookie} if self.cookie else sent

    def sign_in(self, handle: str, password: str) -> Answer:
        self.get("/sign-in")
        answer = self.post("/sign-in", [("handle", handle), ("password", password)])
        self.get("/account")
        return answer

    def open_socket(self, method: str, path: str, headers: Mapping[str, str]) -> socket.socket:
        """The head of a request, sent as it is; the rest is the caller's."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        connection = socket.create_connection(("127.0.0.1", self.port), 30)
        connection.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))
        return connection

    def _seen(self, response: http.client.HTTPResponse) -> Answer:
        body = response.read()
        for value in response.headers.get_all("Set-Cookie") or []:
            if value.startswith("__Host-testimony="):
                self.cookie = value.partition(";")[0]
        answer = Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, body)
        if found := _TOKEN.search(answer.text):
            self.token = unescape(found[1])
        return answer


def multipart(fields: Fields, name: str, content: bytes) -> tuple[str, bytes]:
    """(content type, body) of a form with one file at its end."""
    line = secrets.token_hex(16)
    parts = [
        f'--{line}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in fields
    ]
    quoted = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    head = (
        f'--{line}\r\nContent-Disposition: form-data; name="file"; filename="{quoted}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    ending = f"\r\n--{line}--\r\n".encode()
    return f"multipart/form-data; boundary={line}", b"".join(parts) + head.encode() + content + ending


@dataclass
class Field:
    """One field of a form. kind: its type, `select` or `textarea`. options: what can be chosen."""

    name: str
    kind: str
    value: str = ""
    is_on: bool = False
    options: list[str] = field(default_factory=list)


@dataclass
class SentForm:
    action: str
    method: str
    fields: list[Field] = field(default_factory=list)


class FormReader(HTMLParser):
    """The forms of a page as a browser without script sends them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: list[SentForm] = []
        self._open: SentForm | None = None
        self._area: Field | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = SentForm(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self._open)
        elif self._open is not None:
            self._field(self._open, tag, given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        if tag in ("textarea", "select"):
            self._area = None

    def handle_data(self, data: str) -> None:
        if self._area is not None and self._area.kind == "textarea":
            self._area.value += data

    def _field(self, form: SentForm, tag: str, given: dict[str, str]) -> None:
        name = given.get("name", "")
        if tag == "input" and name:
            kind, value = given.get("type", "text"), given.get("value", "")
            form.fields.append(Field(name, kind, value, is_on="checked" in given))
        elif tag in ("textarea", "select") and name:
            self._area = Field(name, tag)
            form.fields.append(self._area)
        elif tag == "option" and self._area is not None:
            self._area.options.append(given.get("value", ""))
            if "selected" in given:
                self._area.value = given.get("value", "")
