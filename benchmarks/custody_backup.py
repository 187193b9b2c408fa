"""A backup against `cp` and `sha256sum` of the same files, in turns in one run: the least that keeps and knows a copy.

    measure(archive path) -> Backup(first, again, plain, paused), seconds

Both end with the copies on disk (`sync`), since a backup that a power failure takes is none. Each is the fastest of
some rounds. Needs no key; the archive may be open here, so the backup runs in a process of its own.
"""

import json
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.archives import temporary_archive
from benchmarks.report import Bar, Table, at_most
from testimony.storage.objects import local_objects

ROUNDS = 3
DATABASE_BYTES = 256 * 1024 * 1024
OBJECTS, OBJECT_BYTES = 200, 1024 * 1024
LIMIT = 2.0
_COMMAND = (sys.executable, "-c", "from testimony.cli import main; main()", "backup")


@dataclass(frozen=True, slots=True)
class Backup:
    """Seconds of the command, its start included. again: when every object was there; paused: of the first."""

    bytes: int
    first: float
    again: float
    plain: float
    paused: float


def run() -> tuple[Table | Bar, ...]:
    with temporary_archive() as archive, tempfile.TemporaryDirectory() as folder:
        fill(archive.path)
        return report(measure(archive.path, Path(folder)))


def fill(path: Path, database_bytes: int = DATABASE_BYTES, objects: int = OBJECTS) -> None:
    """Make the files as large as those of a large archive; a backup does not look into them."""
    with (path / "vault.db").open("ab") as file:
        for _ in range(database_bytes // OBJECT_BYTES):
            file.write(secrets.token_bytes(OBJECT_BYTES))
    store = local_objects(path / "objects")
    for _ in range(objects):
        store.write(iter((secrets.token_bytes(OBJECT_BYTES),)))


def measure(path: Path, folder: Path) -> Backup:
    """path: of an archive in which nobody writes meanwhile. folder: empty, on the disk that is to be measured."""
    first, again, plain, paused = [], [], [], 0.0
    for number in range(ROUNDS):
        plain.append(_timed(_copy_and_hash, path, folder / f"plain-{number}"))
        shutil.rmtree(folder / f"plain-{number}")
        place = folder / f"backup-{number}"
        first.append(_timed(_back_up, path, place))
        paused = max(paused, _paused(path))
        again.append(_timed(_back_up, path, place))
        shutil.rmtree(place)
    size = sum(file.stat().st_size for file in _files(path))
    return Backup(size, min(first), min(again), min(plain), paused)


def report(made: Backup) -> tuple[Table | Bar, ...]:
    megabytes = made.bytes / 1e6
    rows = (
        ("cp, sha256sum, sync", f"{made.plain:.2f}", f"{megabytes / made.plain:,.0f}"),
        ("backup, the first", f"{made.first:.2f}", f"{megabytes / made.first:,.0f}"),
        ("backup, again", f"{made.again:.2f}", ""),
    )
    table = Table(
        f"Backup of {megabytes:,.0f} MB; writers waited {made.paused * 1000:.0f} ms",
        ("work", "seconds", "MB a second"),
        rows,
    )
    return table, at_most(
        "backup, against cp and sha256sum of the same files", made.first / made.plain, LIMIT
    )


def _timed(act: object, *arguments: Path) -> float:
    start = time.perf_counter()
    act(*arguments)  # type: ignore[operator]  # one of the two below
    return time.perf_counter() - start


def _back_up(path: Path, place: Path) -> None:
    subprocess.run((*_COMMAND, str(path), str(place)), check=True, stdout=subprocess.DEVNULL)  # ours


def _copy_and_hash(path: Path, place: Path) -> None:
    subprocess.run(("cp", "-r", str(path), str(place)), check=True)  # noqa: S607  # of the system
    names = [str(file) for file in _files(place)]
    subprocess.run(("sha256sum", *names), check=True, stdout=subprocess.DEVNULL)  # noqa: S607
    subprocess.run(("sync", *names), check=True)  # noqa: S607


def _files(path: Path) -> Iterator[Path]:
    return (file for file in sorted(path.rglob("*")) if file.is_file())


def _paused(path: Path) -> float:
    return float(json.loads((path / "backups.jsonl").read_text().splitlines()[-1])["paused_ms"]) / 1000


if __name__ == "__main__":
    print(*run(), sep="\n")  # a bench
