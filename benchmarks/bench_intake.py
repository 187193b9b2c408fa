"""Handing in and receiving real narratives, each its own transaction, against the least that could be done.

The least: the same texts signed, sealed and stored in a bare encrypted table, one durable commit each; then opened,
verified and stored in another, one commit each. No register, consent, log, checks or certificates. Both take turns on
the same texts, so that whatever else the machine is doing slows both.
"""

import gzip
import json
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from sqlcipher3 import dbapi2

from benchmarks.archives import Measured, now, temporary_archive
from benchmarks.report import Bar, Table, at_most, data
from crypto.keys import Secret
from crypto.labels import Label
from crypto.sealing import SealingKey, open_sealed, seal
from crypto.signing import SIGNATURE_BYTES, SigningKey, sign, verify
from testimony.domain.roles import Role
from testimony.services.importing import import_rows
from testimony.services.receiving import receive_inbox
from testimony.storage import log
from testimony.storage.database import PRAGMAS

NARRATIVES = "text/en_wpa.jsonl.gz"
TURN = 100
READING_CONSENT = {"CP01": "granted", "CP02": "granted", "CP07": "granted"}
LEAST_IN, LEAST_OUT = "the least: sign, seal, commit", "the least: open, verify, commit"
HAND_IN, RECEIVE = "hand in", "receive"


@dataclass(frozen=True, slots=True)
class Least:
    """A bare encrypted file, and the keys that anything sealed and signed needs."""

    connection: Any
    vault: SealingKey
    signer: SigningKey

    def hand_in(self, texts: tuple[str, ...]) -> None:
        for text in texts:
            document = text.encode()
            payload = sign(self.signer, document, Label.SUBMISSION) + document
            sealed = seal(self.vault.public, payload, Label.INTAKE)
            self.connection.execute("INSERT INTO inbox (sealed) VALUES (?)", (sealed,))

    def receive(self, texts: tuple[str, ...]) -> None:
        for (sealed,) in self.connection.execute("SELECT sealed FROM inbox").fetchall():
            payload = open_sealed(self.vault, sealed, Label.INTAKE)
            signature, document = payload[:SIGNATURE_BYTES], payload[SIGNATURE_BYTES:]
            verify(self.signer.public, document, signature, Label.SUBMISSION)
            self.connection.execute("INSERT INTO originals (text) VALUES (?)", (document.decode(),))
        self.connection.execute("DELETE FROM inbox")
        kept = self.connection.execute(
            "SELECT text FROM originals ORDER BY id DESC LIMIT ?", (len(texts),)
        ).fetchall()
        if [text for (text,) in reversed(kept)] != list(texts):
            raise RuntimeError("what was sealed is what is kept")


@dataclass(frozen=True, slots=True)
class Whole:
    """The archive's own way, through its services."""

    measured: Measured
    numbers: Iterator[int]

    def hand_in(self, texts: tuple[str, ...]) -> None:
        rows = (self._row(text) for text in texts)
        reports = tuple(import_rows(self.measured.sessions[Role.INTERVIEWER], rows, now()))
        if not all(report.code for report in reports):
            raise RuntimeError("every narrative is a testimony")

    def receive(self, texts: tuple[str, ...]) -> None:
        taken, left = 0, 1
        while left:
            received = receive_inbox(self.measured.sessions[Role.REVIEWER], now())
            taken, left = taken + len(received.codes), received.left
            if received.damaged:
                raise RuntimeError("what was handed in opens")
        if taken != len(texts):
            raise RuntimeError("what was handed in is received")

    def log_size(self) -> int:
        with self.measured.sessions[Role.AUDITOR].reading() as connection:
            return log.size(connection)

    def _row(self, text: str) -> bytes:
        row = {
            "text": text,
            "language": "eng",
            "interview_date": "1937",
            "consent": READING_CONSENT,
            "external_id": f"narrative-{next(self.numbers)}",
        }
        return json.dumps(row).encode()


def run() -> tuple[Table | Bar, ...]:
    return measure(narratives())


def measure(texts: tuple[str, ...]) -> tuple[Table | Bar, ...]:
    with tempfile.TemporaryDirectory() as folder, temporary_archive() as measured:
        least, whole = _least(Path(folder)), Whole(measured, count())
        before = whole.log_size()
        seconds = _take_turns(texts, least, whole)
        entries, size = whole.log_size() - before, measured.bytes_on_disk()
        least.connection.close()
    both = seconds[HAND_IN] + seconds[RECEIVE]
    text_bytes = sum(len(text.encode()) for text in texts)
    rows = (
        *((name, *_rates(len(texts), spent)) for name, spent in seconds.items()),
        ("handed in and received", *_rates(len(texts), both)),
    )
    kept = (
        ("text of one", f"{text_bytes / len(texts) / 1000:.1f} kB"),
        ("archive on disk for one", f"{size / len(texts) / 1000:.1f} kB"),
        ("entries in the log for one", f"{entries / len(texts):.2f}"),
    )
    return (
        Table(f"{len(texts):,} narratives", ("step", "a second", "ms each"), rows),
        Table("What is kept", ("", "average"), kept),
        at_most("hand in against the least", seconds[HAND_IN] / seconds[LEAST_IN], 8, " times"),
        at_most("receive against the least", seconds[RECEIVE] / seconds[LEAST_OUT], 12, " times"),
    )


def _take_turns(texts: tuple[str, ...], least: Least, whole: Whole) -> dict[str, float]:
    works: dict[str, Callable[[tuple[str, ...]], None]] = {
        LEAST_IN: least.hand_in,
        HAND_IN: whole.hand_in,
        LEAST_OUT: least.receive,
        RECEIVE: whole.receive,
    }
    seconds = dict.fromkeys(works, 0.0)
    for first in range(0, len(texts), TURN):
        for name, work in works.items():
            start = time.perf_counter()
            work(texts[first : first + TURN])
            seconds[name] += time.perf_counter() - start
    return seconds


def narratives() -> tuple[str, ...]:
    """Real testimonies of former slaves, recorded in the 1930s. Raises DataAbsent."""
    with gzip.open(data(NARRATIVES), "rt", encoding="utf-8") as lines:
        return tuple(json.loads(line)["text"] for line in lines)


def _least(folder: Path) -> Least:
    connection = dbapi2.connect(str(folder / "least.db"), isolation_level=None)
    connection.execute(f"PRAGMA key = \"x'{secrets.token_hex(48)}'\"")
    for pragma in PRAGMAS:
        connection.execute(pragma)
    connection.execute("CREATE TABLE inbox (id INTEGER PRIMARY KEY, sealed BLOB NOT NULL) STRICT")
    connection.execute("CREATE TABLE originals (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT")
    return Least(connection, SealingKey(Secret.random()), SigningKey(Secret.random()))


def _rates(number: int, seconds: float) -> tuple[str, str]:
    return f"{number / seconds:,.0f}", f"{seconds / number * 1e3:.1f}"
