"""The application over a founded archive, and visitors who use it as a browser without script does."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from testimony.services.archives import Archive
from testimony.services.session_store import SessionStore
from testimony.services.signin import SignIn
from testimony.services.throttling import Throttle
from testimony.web.factory import create_app
from testimony.web.wiring import Services
from tests.services.conftest import HANDLES, PASSWORD, Clock, archive, clock, founded_template, people

__all__ = ["archive", "clock", "founded_template", "people"]

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class Visitor:
    """One browser. A form is sent with the token of the page that was looked at last."""

    client: FlaskClient
    token: str = ""

    def get(self, path: str, **headers: str) -> TestResponse:
        return self._seen(self.client.get(path, headers=headers, buffered=True))

    def post(self, path: str, **fields: object) -> TestResponse:
        return self.send(path, fields)

    def send(self, path: str, fields: dict[str, object]) -> TestResponse:
        """Send fields whose names are no Python names, or lists of values."""
        return self._seen(self.client.post(path, data={"csrf_token": self.token, **fields}, buffered=True))

    def sign_in(self, name: str, password: str = PASSWORD) -> TestResponse:
        self.get("/sign-in")
        answer = self.post("/sign-in", handle=HANDLES.get(name, name), password=password)
        self.get("/")
        return answer

    def _seen(self, answer: TestResponse) -> TestResponse:
        found = _TOKEN.search(answer.text) if answer.mimetype == "text/html" else None
        if found is not None:
            self.token = unescape(found[1])
        return answer


@pytest.fixture
def services(archive: Archive, clock: Clock) -> Services:
    throttle = Throttle()
    return Services(
        name="Test archive",
        archive=archive,
        door=SignIn(archive, throttle),
        throttle=throttle,
        store=SessionStore(archive),
        clock=clock,
    )


@pytest.fixture
def app(services: Services) -> Flask:
    return create_app(services)


@pytest.fixture
def visit(app: Flask) -> Iterator[Callable[..., Visitor]]:
    """Open a browser; `visit("reviewer")` opens one in which that person is signed in."""

    def open_browser(name: str | None = None) -> Visitor:
        # The cookie is Secure, so the test client must believe that it talks over TLS.
        app.config["PREFERRED_URL_SCHEME"] = "https"
        client = app.test_client()
        client.environ_base["wsgi.url_scheme"] = "https"
        visitor = Visitor(client)
        if name is not None:
            visitor.sign_in(name)
        return visitor

    yield open_browser
