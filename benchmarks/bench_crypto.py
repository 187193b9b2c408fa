"""Attachments as the archive seals and opens them, against SHA-256 of the same file; and sign-in."""

import hashlib
import multiprocessing
import resource
import secrets
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BufferedReader
from pathlib import Path
from statistics import median
from typing import BinaryIO, cast

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from benchmarks.report import Bar, Table, at_least, at_most
from crypto.frames import open_frames, seal_frames
from crypto.keys import Secret
from crypto.passwords import Argon2Cost, spend_time
from testimony.services.accounts import activate
from testimony.services.archives import Archive
from testimony.services.founding import FOUNDERS, found
from testimony.services.signin import SignIn
from testimony.services.throttling import Throttle
from testimony.storage.directory import ArchiveDirectory
from testimony.storage.objects import ObjectId, Objects, local_objects

MIB = 1024 * 1024
ATTACHMENT_BYTES = 256 * MIB
READ_BYTES = 64 * 1024
ROUNDS = 3
SIGN_INS = 9
CONTEXT = b"benchmark attachment"


class HashedReader:
    """A file whose bytes are hashed as they are read: one pass over the attachment."""

    def __init__(self, file: BufferedReader) -> None:
        self._file = file
        self.sha256 = hashlib.sha256()

    def read(self, size: int) -> bytes:
        part = self._file.read(size)
        self.sha256.update(part)
        return part


@dataclass(frozen=True, slots=True)
class Workbench:
    attachment: Path
    objects: Objects
    key: Secret

    def hash(self) -> bytes:
        with self.attachment.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()

    def encrypt(self) -> None:
        """Raw AES-256-GCM over the same pieces of the same file; nothing is derived, framed or written."""
        cipher, nonce = AESGCM(self.key.raw), bytes(12)
        with self.attachment.open("rb") as file:
            while part := file.read(READ_BYTES):
                cipher.encrypt(nonce, part, None)

    def seal(self) -> tuple[ObjectId, bytes]:
        with self.attachment.open("rb") as file:
            source = HashedReader(file)
            sealed = seal_frames(self.key, cast(BinaryIO, source), CONTEXT)
            return self.objects.write(sealed), source.sha256.digest()

    def open(self, object_id: ObjectId) -> bytes:
        sha256 = hashlib.sha256()
        for frame in open_frames(self.key, self.objects.open(object_id), CONTEXT):
            sha256.update(frame)
        return sha256.digest()


def run() -> tuple[Table | Bar, ...]:
    # First, and in a fresh process: what other measurements took at their peak would hide this growth.
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        growth = pool.apply(memory_growth)
    return (*_attachments(growth), *_sign_in())


def memory_growth() -> int:
    """Return how far the peak of resident memory grows, in bytes, as one attachment is sealed and opened."""
    with tempfile.TemporaryDirectory() as folder:
        bench = _workbench(Path(folder), ATTACHMENT_BYTES)
        small = _workbench(Path(folder), READ_BYTES)
        small.open(small.seal()[0])  # what the libraries load once is not the attachment's
        before = _peak_bytes()
        bench.open(bench.seal()[0])
        return _peak_bytes() - before


def _attachments(growth: int) -> tuple[Table | Bar, ...]:
    with tempfile.TemporaryDirectory() as folder:
        bench = _workbench(Path(folder), ATTACHMENT_BYTES)
        object_id, written = bench.seal()
        if not bench.hash() == written == bench.open(object_id):
            raise RuntimeError("an attachment must open to what was sealed")
        works: dict[str, Callable[[], object]] = {
            "SHA-256 alone": bench.hash,
            "AES-256-GCM alone": bench.encrypt,
            "hash, seal and store": lambda: bench.objects.delete(bench.seal()[0]),
            "fetch, open and hash": lambda: bench.open(object_id),
        }
        seconds = {name: _fastest(work) for name, work in works.items()}
    plain = seconds["SHA-256 alone"]
    rows = ((name, f"{ATTACHMENT_BYTES / MIB / s:,.0f}", f"{plain / s:.2f}") for name, s in seconds.items())
    title = f"One attachment of {ATTACHMENT_BYTES // MIB} MiB, fastest of {ROUNDS}"
    return (
        Table(title, ("work", "MiB/s", "of SHA-256"), tuple(rows)),
        at_least("seal against SHA-256", plain / seconds["hash, seal and store"], 0.40),
        at_least("open against SHA-256", plain / seconds["fetch, open and hash"], 0.40),
        at_most("memory growth sealing and opening", growth / MIB, 64, " MiB"),
    )


def _sign_in() -> tuple[Table | Bar, ...]:
    """Sign in to an archive with a negligible password cost; what remains is everything else."""
    stretch = _fastest(lambda: spend_time("a password of some length", Argon2Cost.DEFAULT))
    password, now = secrets.token_urlsafe(), datetime.now(UTC)
    with tempfile.TemporaryDirectory() as folder:
        directory = ArchiveDirectory(Path(folder) / "archive")
        invitations = found(directory, "Benchmark", FOUNDERS, Argon2Cost.TESTING_ONLY, now)
        archive = Archive(directory, local_objects(directory.objects), Argon2Cost.TESTING_ONLY)
        door, reviewer = SignIn(archive, Throttle()), invitations[2]
        activate(archive, Throttle(), FOUNDERS[2].handle, reviewer.code, password, now)
        rest = median(_seconds(lambda: _visit(door, password, now)) for _ in range(SIGN_INS))
    rows = (
        ("Argon2id, 128 MiB, 3 passes, 4 lanes", f"{stretch * 1e3:.0f}"),
        ("everything else", f"{rest * 1e3:.1f}"),
    )
    return (
        Table(f"Sign-in of a reviewer, median of {SIGN_INS}", ("part", "ms"), rows),
        at_most("sign-in without Argon2id", rest * 1e3, 50, " ms"),
        at_least("Argon2id's share of a sign-in", stretch / (stretch + rest), 0.5),
    )


def _visit(door: SignIn, password: str, now: datetime) -> None:
    session = door.sign_in(FOUNDERS[2].handle, password, None, now)
    session.archive.archive.release(session.archive.secrets)


def _workbench(folder: Path, size: int) -> Workbench:
    attachment = folder / f"attachment-{size}"
    with attachment.open("wb") as file:
        for _ in range(0, size, READ_BYTES):
            file.write(secrets.token_bytes(READ_BYTES))
    return Workbench(attachment, local_objects(folder / "objects"), Secret.random())


def _fastest(work: Callable[[], object]) -> float:
    return min(_seconds(work) for _ in range(ROUNDS))


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _peak_bytes() -> int:
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Not ru_maxrss: on Linux a new process starts with its parent's peak, which would hide a growth.
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
    return int(lines["VmHWM"].removesuffix("kB")) * 1024
