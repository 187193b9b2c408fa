"""Archives to measure on: founded in a temporary folder, with a cheap password cost and everybody signed in."""

import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from crypto.passwords import Argon2Cost
from testimony.domain.roles import Role
from testimony.services.accounts import activate, enrol
from testimony.services.archives import Archive
from testimony.services.confirming import confirm_enrolment
from testimony.services.custody import open_case
from testimony.services.founding import FOUNDERS, found
from testimony.services.invitations import Newcomer
from testimony.services.sessions import Session
from testimony.services.signin import SignIn
from testimony.services.throttling import Throttle
from testimony.storage.directory import ArchiveDirectory
from testimony.storage.objects import local_objects

CASE = "BENCHMARK"

JOINING = (
    Newcomer("interviewer-1", "Interviewer 1", frozenset({Role.INTERVIEWER})),
    Newcomer("investigator-1", "Investigator 1", frozenset({Role.INVESTIGATOR})),
)
HANDLES = {
    Role.CUSTODIAN: "custodian-1",
    Role.REVIEWER: "reviewer-1",
    Role.AUDITOR: "auditor-1",
    Role.INTERVIEWER: "interviewer-1",
    Role.INVESTIGATOR: "investigator-1",
}


@dataclass(frozen=True, slots=True, repr=False)
class Measured:
    """An archive with one case and one session for each role. path: its directory. password: of everybody."""

    path: Path
    archive: Archive
    password: str
    sessions: Mapping[Role, Session]

    def bytes_on_disk(self) -> int:
        return sum(file.stat().st_size for file in self.path.rglob("*") if file.is_file())


@contextmanager
def temporary_archive() -> Iterator[Measured]:
    with tempfile.TemporaryDirectory() as folder:
        measured = _make(Path(folder) / "archive")
        try:
            yield measured
        finally:
            for session in measured.sessions.values():
                measured.archive.release(session.archive.secrets)


def now() -> datetime:
    return datetime.now(UTC)


def _make(path: Path) -> Measured:
    directory, throttle, password = ArchiveDirectory(path), Throttle(), secrets.token_urlsafe()
    invitations = found(directory, "Benchmark", FOUNDERS, Argon2Cost.TESTING_ONLY, now())
    archive = Archive(directory, local_objects(directory.objects), Argon2Cost.TESTING_ONLY)
    for founder, invitation in zip(FOUNDERS, invitations, strict=True):
        activate(archive, throttle, founder.handle, invitation.code, password, now())
    door = SignIn(archive, throttle)
    custodian = door.sign_in(HANDLES[Role.CUSTODIAN], password, None, now())
    second = door.sign_in("custodian-2", password, None, now())
    for newcomer in JOINING:
        invitation = enrol(custodian, newcomer, now())
        activate(archive, throttle, newcomer.handle, invitation.code, password, now())
        confirm_enrolment(second, invitation.record.account_id, "of the measurement", now())
    archive.release(second.archive.secrets)
    open_case(custodian, CASE, "What is measured", now())
    # The reviewer before the investigator: a key of the reading room is handed on at a reviewer's sign-in.
    sessions = {Role.CUSTODIAN: custodian}
    for role, handle in HANDLES.items():
        if role not in sessions:
            sessions[role] = door.sign_in(handle, password, None, now())
    return Measured(path, archive, password, sessions)
