"""Re-keying: a vault as large as 100,000 testimonies make it, against SQLCipher's bare `PRAGMA rekey` of a copy of it.

Ours does more than the pragma: an order of two custodians is verified, slots are sealed, keyring and log are written,
the file is tried under the new key, what waits in the inbox is sealed anew.
"""

import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlcipher3 import dbapi2

from benchmarks.archives import now, temporary_archive
from benchmarks.report import Bar, Table, at_least, at_most
from crypto.keys import Secret, database_key
from crypto.labels import Label
from testimony.domain.rekeying import Cause
from testimony.domain.roles import Role
from testimony.services.rekey_running import carry_out
from testimony.services.rekeying import OrderRequest, confirm, order
from testimony.services.sessions import Session
from testimony.services.signin import SignIn
from testimony.services.throttling import Throttle
from testimony.storage.compartments import Compartment

MEGABYTES = 1_000
"""What 100,000 testimonies of some 1,500 words, their index and their history come to."""

ROUNDS = 3
SHARE_OF_BARE = 0.7
MOST_MEMORY_MB = 32.0
_ROW = 100_000


@dataclass(frozen=True, slots=True)
class Rekeyed:
    """Seconds of the best round each; growth of resident memory at its peak during ours."""

    size_mb: float
    ours: float
    bare: float
    memory_mb: float

    @property
    def share(self) -> float:
        return self.bare / self.ours


def measure_rekey(megabytes: int = MEGABYTES, rounds: int = ROUNDS) -> Rekeyed:
    with temporary_archive() as measured:
        archive, vault = measured.archive, measured.archive.directory.file_of(Compartment.VAULT)
        reviewer, first = measured.sessions[Role.REVIEWER], measured.sessions[Role.CUSTODIAN]
        _fill(vault, reviewer.archive.secret(Compartment.VAULT), megabytes)
        door = SignIn(archive, Throttle())
        second = door.sign_in("custodian-2", measured.password, None, now())
        ours, bare, memory = [], [], []
        for _ in range(rounds):
            secret = _opened(door, measured.password).archive.secret(Compartment.VAULT)
            bare.append(_bare(vault, secret))
            session = _opened(door, measured.password)
            wanted = OrderRequest(frozenset({Compartment.VAULT}), Cause.ROTATION, None, "measured")
            confirm(second, order(first, wanted, now()), "measured", now())
            with _peak_growth() as growth:
                begun = time.perf_counter()
                done = carry_out(session, now())
                ours.append(time.perf_counter() - begun)
            if done != (Compartment.VAULT,):
                raise RuntimeError("the vault has no new key")
            memory += growth
        return Rekeyed(vault.stat().st_size / 1e6, min(ours), min(bare), max(memory))


def report(measured: Rekeyed) -> Iterator[Table | Bar]:
    yield Table(
        f"Re-keying a vault of {measured.size_mb:,.0f} MB",
        ("", "seconds", "MB/s"),
        (
            ("ours", f"{measured.ours:.2f}", f"{measured.size_mb / measured.ours:,.0f}"),
            ("bare PRAGMA rekey", f"{measured.bare:.2f}", f"{measured.size_mb / measured.bare:,.0f}"),
        ),
    )
    yield at_least("re-key against the bare pragma", measured.share, SHARE_OF_BARE)
    yield at_most("memory grows by", measured.memory_mb, MOST_MEMORY_MB, "MB")


def _opened(door: SignIn, password: str) -> Session:
    return door.sign_in("reviewer-1", password, None, now())


def _fill(path: Path, secret: Secret, megabytes: int) -> None:
    """Bytes of no testimony: what they say does not matter to the cipher."""
    with _connection(path, secret) as connection:
        connection.execute("CREATE TABLE filling (bytes BLOB)")
        connection.execute("BEGIN")
        for _ in range(megabytes * 1_000_000 // _ROW):
            connection.execute("INSERT INTO filling VALUES (?)", (os.urandom(_ROW),))
        connection.execute("COMMIT")


def _bare(path: Path, secret: Secret) -> float:
    copy = path.with_name("copy.db")
    shutil.copy(path, copy)
    try:
        with _connection(copy, secret) as connection:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("SELECT count(*) FROM sqlite_schema")
            begun = time.perf_counter()
            connection.execute(f'PRAGMA rekey = "{_key(Secret.random())}"')
            return time.perf_counter() - begun
    finally:
        copy.unlink()


@contextmanager
def _connection(path: Path, secret: Secret) -> Iterator[dbapi2.Connection]:
    connection = dbapi2.connect(str(path), isolation_level=None)
    try:
        connection.execute(f'PRAGMA key = "{_key(secret)}"')
        yield connection
    finally:
        connection.close()


def _key(secret: Secret) -> str:
    return database_key(secret, Label.COMPARTMENT_DATABASE)


@contextmanager
def _peak_growth() -> Iterator[list[float]]:
    """Megabytes by which resident memory rose at most; written into the list at the end."""
    grown: list[float] = []
    Path("/proc/self/clear_refs").write_text("5")  # the high-water mark falls to what is resident now
    before = _status("VmRSS")
    yield grown
    grown.append((_status("VmHWM") - before) / 1e3)


def _status(name: str) -> float:
    found = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    if found is None:
        raise RuntimeError("this system does not say how much memory is used")
    return float(found[1])
