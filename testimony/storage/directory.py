"""The archive directory: where each file lies, with which mode, and the lock that queues this process's
writers.

Knows paths only, never what the files say.
"""

import fcntl
import os
import threading
from pathlib import Path

from testimony.storage.compartments import Compartment
from testimony.storage.errors import ArchiveExists, NoArchive
from testimony.storage.turnstile import Turnstile

DIRECTORY_MODE = 0o700
FILE_MODE = 0o600


class ProcessLock:
    """Held by one thread of one process at a time, and by that one as often as it likes.

    A command beside the server changes the keyring too; between reading and writing it nobody else may, or a new key
    would be lost. The system lets go of it when the process dies.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._threads = threading.RLock()
        self._depth = 0
        self._descriptor = -1

    def __enter__(self) -> None:
        self._threads.acquire()
        try:
            if self._depth == 0:
                self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
                fcntl.flock(self._descriptor, fcntl.LOCK_EX)
            self._depth += 1
        except BaseException:
            self._threads.release()
            raise

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
        if self._depth == 0:
            os.close(self._descriptor)
        self._threads.release()


class ArchiveDirectory:
    """One archive on disk. One instance a process, so that its writers queue on one lock."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.write_lock = threading.RLock()
        self.keyring_lock = ProcessLock(path / ".keyring.lock")
        self.turnstile = Turnstile()

    @property
    def keyring(self) -> Path:
        return self.path / "keyring.json"

    @property
    def locked_events(self) -> Path:
        return self.path / "locked-events.jsonl"

    @property
    def closings(self) -> Path:
        """What was taken back, ended or stopped (services/closings.py). As `erasures`: chained_lines.py."""
        return self.path / "closings.jsonl"

    @property
    def erasures(self) -> Path:
        """What was erased, so that a restored copy can be told. Format: docs/formats/erasure.md."""
        return self.path / "erasures.jsonl"

    @property
    def log_memories(self) -> Path:
        """What each auditor last verified of the log; made when the first one did."""
        return self.path / "log-memories"

    @property
    def objects(self) -> Path:
        return self.path / "objects"

    def file_of(self, compartment: Compartment) -> Path:
        return self.path / f"{compartment.value}.db"

    def create(self) -> None:
        """Make the empty directory.

        Raises ArchiveExists when something is already there: founding never overwrites.
        """
        self.path.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
        if any(self.path.iterdir()):
            raise ArchiveExists
        os.chmod(self.path, DIRECTORY_MODE)
        self.objects.mkdir(mode=DIRECTORY_MODE)

    def require(self) -> None:
        """Raises NoArchive when there is no keyring here."""
        if not self.keyring.is_file():
            raise NoArchive


def write_durably(path: Path, content: bytes) -> None:
    """Replace a file so that a crash leaves either the old bytes or the new ones, readable by the owner only.

    The order is: temporary file, fsync, rename, fsync of the directory.
    """
    temporary = path.with_name(f".{path.name}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    sync_directory(path.parent)


def sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
