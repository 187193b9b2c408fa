"""Handing in and receiving real narratives, each its own transaction, against a bare encrypted table with one commit each."""

import gzip
import json
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlcipher3 import dbapi2

from benchmarks.archives import Measured, now, temporary_archive
from benchmarks.report import Bar, Table, at_least, at_most, data
from testimony.domain.roles import Role
from testimony.services.importing import import_rows
from testimony.services.receiving import receive_inbox
from testimony.storage import log
from testimony.storage.database import PRAGMAS

NARRATIVES = "text/en_wpa.jsonl.gz"
READING_CONSENT = {"CP01": "granted", "CP02": "granted", "CP07": "granted"}


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    seconds: float
    entries: int
    bytes_on_disk: int


def run() -> tuple[Table | Bar, ...]:
    return measure(_narratives(data(NARRATIVES)))


def measure(texts: tuple[str, ...]) -> tuple[Table | Bar, ...]:
    """Hand in and receive these texts; the same number of texts goes through the bare table."""
    bare = _bare_commits(texts)
    with temporary_archive() as measured:
        handed_in = _step(measured, "hand in", lambda: _hand_in(measured, texts))
        received = _step(measured, "receive", lambda: _receive(measured, len(texts)))
    both = Step(
        "both",
        handed_in.seconds + received.seconds,
        handed_in.entries + received.entries,
        received.bytes_on_disk,
    )
    bare_step = Step("one commit a text, bare SQLCipher", bare, 0, 0)
    size = sum(len(text.encode()) for text in texts)
    rows = tuple(_row(step, len(texts), bare) for step in (bare_step, handed_in, received, both))
    title = f"{len(texts):,} narratives, {size / len(texts) / 1000:.1f} kB of text each on average"
    columns = ("step", "a second", "ms each", "times bare", "entries each", "kB on disk each")
    return (
        Table(title, columns, rows),
        at_least("handed in and received", len(texts) / both.seconds, 10, " a second"),
        at_most("hand in against a bare commit", handed_in.seconds / bare, 20, " times"),
        at_most("receive against a bare commit", received.seconds / bare, 20, " times"),
        at_most("archive against its text", both.bytes_on_disk / size, 4, " times"),
    )


def _narratives(path: Path) -> tuple[str, ...]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return tuple(json.loads(line)["text"] for line in lines)


def _step(measured: Measured, name: str, work: Callable[[], None]) -> Step:
    entries, start = _log_size(measured), time.perf_counter()
    work()
    seconds = time.perf_counter() - start
    return Step(name, seconds, _log_size(measured) - entries, measured.bytes_on_disk())


def _hand_in(measured: Measured, texts: tuple[str, ...]) -> None:
    reports = import_rows(measured.sessions[Role.INTERVIEWER], _rows(texts), now())
    if not all(report.code for report in reports):
        raise RuntimeError("every narrative is a testimony")


def _rows(texts: tuple[str, ...]) -> Iterator[bytes]:
    for number, text in enumerate(texts):
        row = {
            "text": text,
            "language": "eng",
            "interview_date": "1937",
            "consent": READING_CONSENT,
            "external_id": f"narrative-{number}",
        }
        yield json.dumps(row).encode()


def _receive(measured: Measured, count: int) -> None:
    reviewer, taken, left = measured.sessions[Role.REVIEWER], 0, 1
    while left:
        received = receive_inbox(reviewer, now())
        taken, left = taken + len(received.codes), received.left
        if received.damaged:
            raise RuntimeError("what was handed in opens")
    if taken != count:
        raise RuntimeError("what was handed in is received")


def _bare_commits(texts: tuple[str, ...]) -> float:
    """Return the seconds for the same texts in one encrypted table, one durable commit each, and nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        connection = dbapi2.connect(str(Path(folder) / "bare.db"), isolation_level=None)
        connection.execute(f"PRAGMA key = \"x'{secrets.token_hex(48)}'\"")
        for pragma in PRAGMAS:
            connection.execute(pragma)
        connection.execute("CREATE TABLE testimony (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT")
        start = time.perf_counter()
        for text in texts:
            connection.execute("INSERT INTO testimony (text) VALUES (?)", (text,))
        seconds = time.perf_counter() - start
        connection.close()
    return seconds


def _log_size(measured: Measured) -> int:
    with measured.sessions[Role.AUDITOR].reading() as connection:
        return log.size(connection)


def _row(step: Step, count: int, bare: float) -> tuple[str, ...]:
    return (
        step.name,
        f"{count / step.seconds:,.0f}",
        f"{step.seconds / count * 1e3:.1f}",
        f"{step.seconds / bare:.1f}",
        f"{step.entries / count:.2f}" if step.entries else "",
        f"{step.bytes_on_disk / count / 1000:.1f}" if step.bytes_on_disk else "",
    )
