"""Processes that are killed (SIGKILL, no clean-up) before their n-th database statement. Knows no fixture."""

import os
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import event

from crypto.passwords import Argon2Cost
from testimony.services.archives import Archive, OpenArchive
from testimony.services.checking import check
from testimony.services.sessions import Session
from testimony.storage.directory import ArchiveDirectory
from testimony.storage.objects import local_objects

LIVED, MOST_STATEMENTS = 0, 200


@contextmanager
def next_process(before: Session) -> Iterator[Session]:
    """The same person in another process: the same keys, files opened anew."""
    directory = ArchiveDirectory(before.archive.directory.path)
    archive = Archive(directory, local_objects(directory.objects), Argon2Cost.TESTING_ONLY)
    secrets = before.archive.secrets
    opened = OpenArchive(archive, before.archive.root, secrets, archive.acquire(secrets))
    try:
        yield Session(before.account, before.keys, opened, before.opened_at, before.seen_at)
    finally:
        archive.release(secrets)


def dies_at(statement: int, act: Callable[[], object]) -> bool:
    """Run `act` in a child that is killed before its n-th statement; whether it was."""
    child = os.fork()
    if child == 0:
        seen = 0

        def count(*_: object) -> None:
            nonlocal seen
            seen += 1
            if seen == statement:
                os.kill(os.getpid(), signal.SIGKILL)

        event.listen(sa.engine.Engine, "before_cursor_execute", count)
        event.listen(sa.engine.Engine, "commit", count)
        code = 1
        try:
            act()
            code = LIVED
        except Exception:
            traceback.print_exc()
        finally:
            os._exit(code)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == LIVED
    return False


def every_death(act: Callable[[], object], afterwards: Callable[[bool], None], step: int = 1) -> int:
    """Kill at each statement in turn, looking at the archive after each; return how many there were.

    step: at each statement of a short act, at every n-th of a long one.
    """
    for statement in range(1, MOST_STATEMENTS, step):
        died = dies_at(statement, act)
        afterwards(died)
        if not died:
            return statement - 1
    raise AssertionError("the step never came to its end")


def whole(session: Session, now: datetime) -> bool:
    return check(session, now) == ()
