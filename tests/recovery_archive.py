"""An archive founded with recovery sheets, something in it, and the words of the sheets; copied for each test."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from crypto.passwords import Argon2Cost
from testimony.domain.roles import Role
from testimony.services.accounts import activate, enrol
from testimony.services.archives import Archive
from testimony.services.confirming import confirm_enrolment
from testimony.services.founding import FOUNDERS, found_with_sheets
from testimony.services.invitations import Newcomer
from testimony.services.membership import wrap_for_members
from testimony.services.recovery_statements import SheetPlan
from testimony.services.rehearsing import Sheet, read_sheet
from testimony.services.sessions import Session
from testimony.services.signin import SignIn
from testimony.services.throttling import Throttle
from testimony.storage.cases import Case, insert_case
from testimony.storage.directory import ArchiveDirectory
from testimony.storage.objects import local_objects
from tests.services.conftest import PASSWORD, Clock, People

PLAN = SheetPlan(2, 3)
TEXT = "They burned the granary of Zanzibarkanarie."
JOINED = (
    Newcomer("interviewer-1", "Interviewer 1", frozenset({Role.INTERVIEWER})),
    Newcomer("reviewer-2", "Reviewer 2", frozenset({Role.REVIEWER})),
)


@dataclass(frozen=True, slots=True, repr=False)
class Founded:
    path: Path
    sheets: tuple[str, ...]


def open_copy(path: Path) -> Archive:
    directory = ArchiveDirectory(path)
    return Archive(directory, local_objects(directory.objects), Argon2Cost.TESTING_ONLY)


def found_here(path: Path, clock: Clock, plan: SheetPlan | None = PLAN) -> Founded:
    directory, throttle, now = ArchiveDirectory(path), Throttle(), clock()
    founding = found_with_sheets(directory, "Test archive", FOUNDERS, plan, Argon2Cost.TESTING_ONLY, now)
    archive = open_copy(path)
    for invitation in founding.invitations:
        activate(archive, throttle, invitation.row.handle, invitation.code, PASSWORD, now)
    door = SignIn(archive, throttle)
    custodian = door.sign_in("custodian-1", PASSWORD, None, now)
    second = door.sign_in("custodian-2", PASSWORD, None, now)
    for newcomer in JOINED:
        invitation = enrol(custodian, newcomer, now)
        activate(archive, throttle, newcomer.handle, invitation.code, PASSWORD, now)
        confirm_enrolment(second, invitation.record.account_id, "known to both", now)
    with custodian.work(now) as work:
        insert_case(
            work.connection, Case("CASE-1", "Case one", "open", now.isoformat(), custodian.account.id)
        )
    wrap_for_members(door.sign_in("reviewer-1", PASSWORD, None, now), now)
    return Founded(path, founding.sheets)


@pytest.fixture(scope="session")
def with_sheets(tmp_path_factory: pytest.TempPathFactory) -> Founded:
    return found_here(tmp_path_factory.mktemp("sheets") / "archive", Clock())


@pytest.fixture
def archive(with_sheets: Founded, tmp_path: Path) -> Archive:
    shutil.copytree(with_sheets.path, tmp_path / "archive")
    return open_copy(tmp_path / "archive")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def people(archive: Archive, clock: Clock) -> Iterator[People]:
    people = People(archive, clock, SignIn(archive, Throttle()))
    yield people
    for session in people.sessions.values():
        archive.release(session.archive.secrets)


def read(archive: Archive, words: tuple[str, ...]) -> tuple[Sheet, ...]:
    return tuple(read_sheet(archive.keyring(), each) for each in words)


def enter(archive: Archive, handle: str, password: str, clock: Clock) -> Session:
    return SignIn(archive, Throttle()).sign_in(handle, password, None, clock())
