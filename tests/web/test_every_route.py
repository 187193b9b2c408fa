"""Every route × who asks × the state of what the address names. A route that is not in the table fails."""

import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from crypto.passwords import Argon2Cost
from testimony.domain.audit import Action
from testimony.domain.roles import Role
from testimony.services.archives import Archive
from testimony.services.session_store import SessionStore
from testimony.services.sessions import Session
from testimony.services.signin import SignIn
from testimony.services.throttling import Throttle
from testimony.storage.directory import ArchiveDirectory
from testimony.storage.log import ENTRIES
from testimony.storage.objects import local_objects
from testimony.web.factory import create_app
from testimony.web.guards import allowed
from testimony.web.wiring import Services
from tests.every_state import Things, make_every_state
from tests.services.conftest import HANDLES, PASSWORD, Clock
from tests.web.conftest import Visitor

UNBOUNDED = "1000000 per minute"
NAMED_FIRST = ("set_id", "draft_id", "account_id", "case_id", "grant_id", "seq", "size", "token", "code")
"""Whose states an address is tried in when it has several gaps."""

INTERVIEWER, REVIEWER, INVESTIGATOR = (frozenset({r}) for r in ("interviewer", "reviewer", "investigator"))
AUDITOR, CUSTODIAN = frozenset({"auditor"}), frozenset({"custodian"})
EVERYONE = frozenset(role.value for role in Role)


@dataclass
class World:
    """An archive with something in every state, its pages, and one browser a person."""

    archive: Archive
    app: Flask
    things: Things
    door: SignIn
    clock: Clock
    visitors: dict[str, Visitor] = field(default_factory=dict)

    def visitor(self, name: str) -> Visitor:
        """Signed in when first asked for. An empty name: somebody who is not."""
        if name not in self.visitors:
            client = self.app.test_client()
            client.environ_base["wsgi.url_scheme"] = "https"
            visitor = self.visitors[name] = Visitor(client)
            if name:
                visitor.sign_in(name)
            else:
                visitor.get("/sign-in")
        return self.visitors[name]

    def address(self, rule: Rule, state: str) -> str:
        """The address of a route that names something in this state."""
        gaps: dict[str, object] = {"filename": "icon.svg", "name": "account", "audience": "partner", "number": 1}
        gaps["object_id"] = self.things.draft_file
        gaps["release_id"] = self.things.states("release_id")["known"]
        gaps["code"] = self.things.states("code")["released"]
        if (named := named_by(rule)) is not None:
            gaps[named] = self.things.states(named)[state]
        return self.app.url_map.bind("localhost").build(rule.endpoint, {n: gaps[n] for n in rule.arguments})

    def denied(self) -> list[str]:
        """Who was denied something, oldest first."""
        wanted = sa.select(ENTRIES.c.actor).where(ENTRIES.c.action == Action.DENIED.value)
        with self.session("custodian_b").reading() as connection:
            return [row.actor for row in connection.execute(wanted.order_by(ENTRIES.c.seq))]

    def session(self, name: str) -> Session:
        return self.door.sign_in(HANDLES[name], PASSWORD, None, self.clock())


def named_by(rule: Rule) -> str | None:
    return next((name for name in NAMED_FIRST if name in rule.arguments), None)


def states_of(things: Things, rule: Rule) -> tuple[str, ...]:
    named = named_by(rule)
    return ("",) if named is None else tuple(things.states(named))


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Things]:
    path = tmp_path_factory.mktemp("every-state") / "archive"
    return path, make_every_state(path)


def open_world(template: tuple[Path, Things], path: Path) -> World:
    shutil.copytree(template[0], path)
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
    return World(archive, create_app(services), template[1], services.door, clock)


@pytest.fixture(scope="module")
def shared(template: tuple[Path, Things], tmp_path_factory: pytest.TempPathFactory) -> World:
    """For those who are turned away: they change nothing but the log."""
    return open_world(template, tmp_path_factory.mktemp("shared") / "archive")


@pytest.fixture
def world(template: tuple[Path, Things], tmp_path: Path) -> World:
    return open_world(template, tmp_path / "archive")
def x():
    pass
