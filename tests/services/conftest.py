"""A founded archive in a temporary folder, its people, and a clock that only moves when told."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crypto.passwords import Argon2Cost
from testimony.domain.accounts import AccountId
from testimony.domain.roles import Role
from testimony.services.accounts import activate, enrol
from testimony.services.archives import Archive
from testimony.services.confirming import confirm_enrolment
from testimony.services.founding import FOUNDERS, found
from testimony.services.invitations import Newcomer
from testimony.services.membership import wrap_for_members
from testimony.services.sessions import Session
from testimony.services.signin import SignIn
from testimony.services.throttling import Throttle
from testimony.storage.cases import Case, insert_case
from testimony.storage.directory import ArchiveDirectory
from testimony.storage.objects import local_objects
from tests.shared_templates import made_once

PASSWORD = "a lantern over quiet water"

HANDLES = {
    "custodian": "custodian-1",
    "custodian_b": "custodian-2",
    "custodian_c": "custodian-3",
    "reviewer": "reviewer-1",
    "auditor": "auditor-1",
    "interviewer": "interviewer-1",
    "interviewer_b": "interviewer-2",
    "reviewer_b": "reviewer-2",
    "investigator": "investigator-1",
    "investigator_b": "investigator-2",
}
JOINED = (
    Newcomer("interviewer-1", "Interviewer 1", frozenset({Role.INTERVIEWER})),
    Newcomer("interviewer-2", "Interviewer 2", frozenset({Role.INTERVIEWER})),
    Newcomer("reviewer-2", "Reviewer 2", frozenset({Role.REVIEWER})),
    Newcomer("investigator-1", "Investigator 1", frozenset({Role.INVESTIGATOR})),
    Newcomer("investigator-2", "Investigator 2", frozenset({Role.INVESTIGATOR})),
)


@dataclass
class Clock:
    now: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **step: float) -> datetime:
        self.now += timedelta(**step)
        return self.now


@dataclass
class People:
    """Signs people in by the short names of HANDLES, others by their handle; one session each, opened when first
    asked for."""

    archive: Archive
    clock: Clock
    door: SignIn
    sessions: dict[str, Session] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Session:
        if name not in self.sessions:
            self.sessions[name] = self.door.sign_in(HANDLES.get(name, name), PASSWORD, None, self.clock())
        return self.sessions[name]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def founded_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One archive with everybody in it, copied for each test: founding signs and seals a great deal."""
    return made_once(tmp_path_factory, "founded", lambda path: make_archive(path, Clock()))[0]


def make_archive(
    path: Path,
    clock: Callable[[], datetime],
    confirm: Callable[[Session, AccountId, str, datetime], None] = confirm_enrolment,
) -> None:
    directory = ArchiveDirectory(path)
    throttle = Throttle()
    invitations = found(directory, "Test archive", FOUNDERS, Argon2Cost.TESTING_ONLY, clock())
    archive = Archive(directory, local_objects(directory.objects), Argon2Cost.TESTING_ONLY)
    for invitation in invitations:
        activate(archive, throttle, invitation.row.handle, invitation.code, PASSWORD, clock())
    door = SignIn(archive, throttle)
    custodian = door.sign_in("custodian-1", PASSWORD, None, clock())
    second = door.sign_in("custodian-2", PASSWORD, None, clock())
    for newcomer in JOINED:
        invitation = enrol(custodian, newcomer, clock())
        activate(archive, throttle, newcomer.handle, invitation.code, PASSWORD, clock())
        confirm(second, invitation.record.account_id, "known to both", clock())
    with custodian.work(clock()) as work:
        insert_case(
            work.connection, Case("CASE-1", "Case one", "open", clock().isoformat(), custodian.account.id)
        )
    wrap_for_members(door.sign_in("reviewer-1", PASSWORD, None, clock()), clock())


@pytest.fixture
def archive(founded_template: Path, tmp_path: Path) -> Iterator[Archive]:
    path = tmp_path / "archive"
    shutil.copytree(founded_template, path)
    directory = ArchiveDirectory(path)
    yield Archive(directory, local_objects(directory.objects), Argon2Cost.TESTING_ONLY)


@pytest.fixture
def people(archive: Archive, clock: Clock) -> Iterator[People]:
    people = People(archive, clock, SignIn(archive, Throttle()))
    yield people
    for session in people.sessions.values():
        archive.release(session.archive.secrets)
