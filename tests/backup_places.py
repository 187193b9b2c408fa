"""Backups made in a process of their own, as the command makes them, and what is in them. Knows no fixture.

In the process of a test an archive is open: a backup there would let go of SQLite's locks (storage/stillness.py).
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from crypto.passwords import Argon2Cost
from testimony.domain.purposes import Purpose
from testimony.services.archives import Archive
from testimony.services.backing_up import Made, Plan, back_up
from testimony.services.restoring import Verified, Wanted, restore
from testimony.services.signin import SignIn
from testimony.services.throttling import Throttle
from testimony.storage.backup_pool import SNAPSHOTS
from testimony.storage.directory import ArchiveDirectory
from testimony.storage.objects import local_objects
from tests.grants import GrantRequest, grant
from tests.services.conftest import Clock, People

Result = TypeVar("Result")

STEPS = frozenset({"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "fcntl.lockf", "fcntl.flock"})
"""What is done to the disk, as Python's own audit hooks tell of it."""


_SERVER = get_context("forkserver")
# Processes are forked from one that has started no thread: the store of objects has threads that a fork does not keep.
_SERVER.set_forkserver_preload(["tests.backup_places"])


def apart(act: Callable[..., Result], *arguments: object) -> Result:
    """Run something in a process of its own; raises what it raises."""
    with ProcessPoolExecutor(1, mp_context=_SERVER) as pool:
        return pool.submit(act, *arguments).result()


def backed_up(path: Path, place: Path, now: datetime, plan: Plan | None = None) -> Made:
    return apart(back_up_at, path, place, now, plan or Plan(patience=5))


def back_up_at(path: Path, place: Path, now: datetime, plan: Plan) -> Made:
    directory = ArchiveDirectory(path)
    return back_up(directory, local_objects(directory.objects), place, now, plan)


def newest(place: Path) -> Path:
    return sorted((place / SNAPSHOTS).iterdir())[-1]


def restored(made: Made, place: Path, target: Path, now: datetime, **known: object) -> Verified:
    wanted = Wanted(key=made.note.key, **known)  # type: ignore[arg-type]  # by name
    return restore(place, target, wanted, None, now)


@contextmanager
def people_of(path: Path, clock: Clock) -> Iterator[People]:
    """Everybody at the door of another archive in the same test."""
    directory = ArchiveDirectory(path)
    archive = Archive(directory, local_objects(directory.objects), Argon2Cost.TESTING_ONLY)
    people = People(archive, clock, SignIn(archive, Throttle()))
    try:
        yield people
    finally:
        for session in people.sessions.values():
            archive.release(session.archive.secrets)


def dies_before(step: int, act: Callable[..., object], *arguments: object) -> bool:
    """Run `act` in a process that is killed before its n-th step on the disk; whether it was."""
    child = _SERVER.Process(target=_counted, args=(step, act, *arguments))
    child.start()
    child.join()
    assert child.exitcode in {0, -signal.SIGKILL}
    return child.exitcode != 0


def _counted(step: int, act: Callable[..., object], *arguments: object) -> None:
    seen = 0

    def count(event: str, _: object) -> None:
        nonlocal seen
        if event not in STEPS:
            return
        seen += 1
        if seen == step:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)
    act(*arguments)


def granted_to_investigator(people: People, clock: Clock) -> str:
    """A grant to released text of the case; its id."""
    request = GrantRequest(
        handle="investigator-1",
        case_id="CASE-1",
        purposes=frozenset({Purpose.CP07}),
        closed_parts=frozenset(),
        valid_from=clock(),
        valid_until=clock() + timedelta(days=60),
    )
    return grant(people["custodian"], request, clock()).id
