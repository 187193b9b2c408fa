"""Bytes of a backup: copying, hashing, and reading what somebody else may have written. Knows no key and no meaning.

Everything read from a backup is opened without following links and must be a plain file of the size that was signed.
"""

import errno
import fcntl
import hashlib
import os
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from testimony.storage.directory import DIRECTORY_MODE, FILE_MODE, sync_directory
from testimony.storage.errors import BackupDamaged, Conflicting, PauseTooLong

CHUNK_BYTES = 4 * 1024 * 1024
_FICLONE = 0x40049409
"""Linux: share the blocks of two files until one of them changes (btrfs, xfs, bcachefs)."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a file holds. sha256: hexadecimal."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Stamp:
    """By what a change of a file is seen. settled: it is old enough for a later write to have another time."""

    inode: int
    size: int
    changed_ns: int
    settled: bool


SETTLED_AFTER_NS = 2_000_000_000
"""Clocks of file systems move in steps of some milliseconds: two writes within one step look like one."""


def stamp(descriptor: int) -> Stamp:
    now = time.time_ns()
    found = os.fstat(descriptor)
    newest = max(found.st_mtime_ns, found.st_ctime_ns)
    return Stamp(found.st_ino, found.st_size, found.st_mtime_ns, now - newest > SETTLED_AFTER_NS)


def copy_descriptor(source: int, target: Path, until: float | None) -> None:
    """Copy an open file into a new one, sharing its blocks where the file system can.

    until: time.monotonic() after which it gives up with PauseTooLong, so that writers do not wait longer.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
    descriptor = os.open(target, flags, FILE_MODE)
    try:
        if _cloned(descriptor, source):
            return
        size, offset = os.fstat(source).st_size, 0
        while offset < size:
            if until is not None and time.monotonic() > until:
                raise PauseTooLong
            offset += _copied(source, descriptor, min(CHUNK_BYTES, size - offset), offset)
    finally:
        os.close(descriptor)


def _cloned(target: int, source: int) -> bool:
    try:
        fcntl.ioctl(target, _FICLONE, source)
    except OSError:
        return False
    return True


def _copied(source: int, target: int, count: int, offset: int) -> int:
    try:
        done = os.copy_file_range(source, target, count, offset, offset)
    except OSError as error:
        if error.errno not in {errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EBADF}:
            raise
        done = os.pwrite(target, os.pread(source, count, offset), offset)
    if done == 0:
        raise BackupDamaged  # It was made shorter under our hands.
    return done


def content_of(path: Path) -> Content:
    """Size and hash of a file that is on disk when this returns."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb", buffering=0) as file:
        view = memoryview(bytearray(CHUNK_BYTES))
        while count := file.readinto(view):
            digest.update(view[:count])
            size += count
        os.fsync(file.fileno())
    return Content(size, digest.hexdigest())


def write_new(path: Path, pieces: Iterable[bytes], *, durable: bool = True) -> Content:
    """Write a new file, readable by the owner only. Raises FileExistsError.

    durable: on disk when this returns; without it, once `sync_file` returned: many files together go faster.
    """
    digest, size = hashlib.sha256(), 0
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, FILE_MODE)
    with os.fdopen(descriptor, "wb", buffering=0) as file:
        for piece in pieces:
            digest.update(piece)
            size += len(piece)
            view = memoryview(piece)
            while view:
                view = view[file.write(view) :]
        if durable:
            os.fsync(file.fileno())
    return Content(size, digest.hexdigest())


def sync_file(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def pieces_of(path: Path, wanted: Content) -> Iterator[bytes]:
    """A file's bytes. Raises BackupDamaged for a link, a device, another size, or, at the end, another hash."""
    with plain_file(path) as descriptor:
        if os.fstat(descriptor).st_size != wanted.size:
            raise BackupDamaged
        digest, left = hashlib.sha256(), wanted.size
        while left:
            piece = os.read(descriptor, min(CHUNK_BYTES, left))
            if not piece:
                raise BackupDamaged
            digest.update(piece)
            left -= len(piece)
            yield piece
    if digest.hexdigest() != wanted.sha256:
        raise BackupDamaged


def read_bounded(path: Path, most_bytes: int) -> bytes:
    """Raises BackupDamaged when it is missing, no plain file, or longer."""
    with plain_file(path) as descriptor:
        content = bytearray()
        while len(content) <= most_bytes and (piece := os.read(descriptor, CHUNK_BYTES)):
            content += piece
    if len(content) > most_bytes:
        raise BackupDamaged
    return bytes(content)


@contextmanager
def plain_file(path: Path) -> Iterator[int]:
    """Opened for reading. Raises BackupDamaged unless it is there, and a plain file (no link, device or pipe)."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise BackupDamaged from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise BackupDamaged
        yield descriptor
    finally:
        os.close(descriptor)


def names_in(folder: Path) -> tuple[str, ...]:
    """What is in a folder, sorted. Raises BackupDamaged when it is a link or no folder."""
    try:
        if not stat.S_ISDIR(os.lstat(folder).st_mode):
            raise BackupDamaged
        return tuple(sorted(os.listdir(folder)))
    except OSError as error:
        raise BackupDamaged from error


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Nobody else writes here in between. Raises Conflicting when somebody does."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Conflicting from error
        yield
    finally:
        os.close(descriptor)


def make_folder(path: Path) -> None:
    path.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)


def move_into_place(new: Path, final: Path) -> None:
    """Give a finished folder its name: from here on it exists. What is in it must be on disk."""
    sync_directory(new)
    os.rename(new, final)
    sync_directory(final.parent)
