"""Holding an archive still without a key: SQLite's own locks, taken as SQLite takes them, on all three files at once.

A writer of SQLite holds RESERVED from its first change to its commit; whoever holds it keeps every other writer out and
lets readers go on. With RESERVED and SHARED on the ledger, the vault and the reading room, and no journal beside them,
the three files are what the last commit left, whole. Byte ranges: https://www.sqlite.org/src/file/src/os.h.

POSIX drops all of a process's locks on a file when it closes any descriptor of it. So this runs in a process that has
no connection to the archive (`testimony backup`), never inside the server.
"""

import fcntl
import os
import random
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from testimony.storage.compartments import FILES, Compartment
from testimony.storage.directory import ArchiveDirectory
from testimony.storage.errors import ArchiveBusy, ArchiveDamaged

_PENDING = 0x40000000
_RESERVED = _PENDING + 1
_SHARED, _SHARED_BYTES = _PENDING + 2, 510

_LONGEST_WAIT = 0.001
"""Seconds between two tries. Short, since a writer that never rests leaves off for a moment only."""


@contextmanager
def opened(directory: ArchiveDirectory) -> Iterator[Mapping[Compartment, int]]:
    """One descriptor a file, open from here to the end: to open and close another would let go of what is held.

    Raises ArchiveDamaged when a file is missing or no plain file.
    """
    descriptors: dict[Compartment, int] = {}
    try:
        for compartment in FILES:
            flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
            descriptors[compartment] = os.open(directory.file_of(compartment), flags)
        yield descriptors
    except (FileNotFoundError, IsADirectoryError) as error:
        raise ArchiveDamaged from error
    finally:
        for descriptor in descriptors.values():
            os.close(descriptor)


@contextmanager
def still(
    directory: ArchiveDirectory, descriptors: Mapping[Compartment, int], patience_seconds: float
) -> Iterator[None]:
    """No writer commits, and none is half way, until the end of the block. Readers go on.

    Never waits while it holds something: a writer may hold one file and want another.
    Raises ArchiveBusy when it was not still within `patience_seconds`, or a write was cut off and nobody signed in
    since: SQLite takes that write back at the next opening, which needs a key.
    """
    until = time.monotonic() + patience_seconds
    while not _hold_all(directory, descriptors):
        if time.monotonic() > until:
            raise ArchiveBusy
        time.sleep(random.uniform(0, _LONGEST_WAIT))  # noqa: S311  # only so as not to march in step with a writer
    try:
        yield
    finally:
        _let_go(descriptors)


def _hold_all(directory: ArchiveDirectory, descriptors: Mapping[Compartment, int]) -> bool:
    try:
        for compartment, descriptor in descriptors.items():
            _hold(descriptor, directory.file_of(compartment))
    except OSError:
        _let_go(descriptors)
        return False
    return True


def _hold(descriptor: int, path: Path) -> None:
    """Raises OSError when somebody else holds it, or a journal says that somebody did."""
    fcntl.lockf(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB, 1, _PENDING)
    fcntl.lockf(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB, _SHARED_BYTES, _SHARED)
    fcntl.lockf(descriptor, fcntl.LOCK_UN, 1, _PENDING)
    # Looked for before RESERVED is taken: a reader who finds a journal and RESERVED held thinks that its writer lives,
    # and would read half a write.
    _require_no_journal(path)
    fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _RESERVED)
    # Between the two a writer may have begun and died; with SHARED held here it wrote nothing into the file itself.
    _require_no_journal(path)


def _require_no_journal(path: Path) -> None:
    if os.path.lexists(f"{path}-journal"):
        raise BlockingIOError


def _let_go(descriptors: Mapping[Compartment, int]) -> None:
    for descriptor in descriptors.values():
        fcntl.lockf(descriptor, fcntl.LOCK_UN)
