"""One reading of an exported log, from its first line to its last, and of a proof that one entry is in it."""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from crypto.errors import CryptoError
from crypto.ots_proofs import Header, standing
from testimony.exports.log_keys import Broken, Keys
from testimony.exports.log_notes import open_checkpoint, open_cosignature, read_kept, timestamp_holds


@dataclass
class Verdict:
    """cosigners: account → most entries it co-signed. strangers: co-signatures whose key the file does not prove.

    unchecked: time-stamps that nothing here could check. Of OpenTimestamps: promised by calendars alone; named, a block
    whose header was not handed in; in_blocks: (entries covered, block that holds it).
    """

    size: int = 0
    root: bytes = hashlib.sha256(b"").digest()
    archive_root: str = ""
    checkpoints: int = 0
    cosignatures: int = 0
    strangers: int = 0
    timestamps: int = 0
    unchecked: int = 0
    promised: int = 0
    named: int = 0
    in_blocks: list[tuple[int, Header]] = field(default_factory=list)
    kept: int | None = None
    erased_subjects: int = 0
    cosigners: dict[str, int] = field(default_factory=dict)
    clock_steps: list[tuple[int, str, str]] = field(default_factory=list)
    fault: Broken | None = None


class Tree:
    """The right edge of a Merkle tree (RFC 9162): largest complete subtree first."""

    def __init__(self) -> None:
        self.size = 0
        self._edge: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        value, size = hashlib.sha256(b"\0" + leaf).digest(), self.size
        while size & 1:
            value, size = _node(self._edge.pop(), value), size >> 1
        self._edge.append(value)
        self.size += 1

    def root(self) -> bytes:
        if not self._edge:
            return hashlib.sha256(b"").digest()
        value = self._edge[-1]
        for left in reversed(self._edge[:-1]):
            value = _node(left, value)
        return value


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


class Log:
    """One reading of an exported log, from its first line to its last, keeping nothing but the edge of the tree."""

    def __init__(self, keys: Keys, kept: tuple[int, bytes] | None, headers: Mapping[bytes, Header]) -> None:
        self.keys, self.kept, self.headers, self.tree = keys, kept, headers, Tree()
        self.verdict = Verdict(archive_root=keys.fingerprint)
        self.latest, self.signed, self.over = "", 0, False

    def text(self) -> str:
        """The three lines that stand for the entries read so far."""
        return f"{self.keys.origin}\n{self.tree.size}\n{base64.b64encode(self.tree.root()).decode()}\n"

    def read(self, row: dict[str, Any], following: dict[str, Any] | None) -> None:
        if self.over:
            raise Broken("misplaced", self.tree.size)
        if "leaf" in row:
            self.entry(row, following)
        elif "end" in row:
            self.over = True
            if row["end"] != self.tree.size or self.signed != self.tree.size:
                raise Broken("truncated", self.tree.size)
        else:
            name, value = next(iter(row.items()))
            readers: dict[str, Callable[[Any], None]] = {
                "checkpoint": self.checkpoint,
                "cosignature": self.cosignature,
                "timestamp": self.timestamp,
            }
            readers[name](value)

    def entry(self, row: dict[str, Any], following: dict[str, Any] | None) -> None:
        place, leaf = self.tree.size, row["leaf"]
        try:
            said = json.loads(leaf)
            seq, at, subject, fields = said["seq"], said["at"], said["subject"], said["fields"]
        except (ValueError, KeyError, TypeError):
            raise Broken("unreadable", place) from None
        if seq != place:
            # Missing, unless what should stand here comes later.
            raise Broken("gap" if seq > place and not _is_before(following, seq) else "misplaced", place)
        if row.get("subject") is not None:
            kind, about, salt = row["subject"]
            if hashlib.sha256(bytes.fromhex(salt) + f"{kind}:{about}".encode()).hexdigest() != subject:
                raise Broken("subject-changed", place)
        if at < self.latest and "kept-while-locked" not in fields:
            self.verdict.clock_steps.append((place, self.latest, at))
        self.latest = at if "kept-while-locked" not in fields else max(at, self.latest)
        self.tree.append(leaf.encode())
        if self.kept is not None and self.kept[0] == self.tree.size and self.kept[1] != self.tree.root():
            raise Broken("kept-differs", self.tree.size)

    def checkpoint(self, note: str) -> None:
        try:
            size, root, _ = open_checkpoint(note, self.keys)
        except ValueError:
            raise Broken("checkpoint-forged", self.tree.size) from None
        if size != self.tree.size:
            raise Broken("truncated" if size > self.tree.size else "misplaced", self.tree.size)
        if root != self.tree.root():
            raise Broken("rewritten", size)
        self.signed, self.verdict.checkpoints = size, self.verdict.checkpoints + 1

    def cosignature(self, row: dict[str, Any]) -> None:
        try:
            seconds = open_cosignature(row["lines"], self.text(), row["account"], self.keys)
        except (Broken, ValueError, KeyError, TypeError, AttributeError):
            raise Broken("cosigned-differs", row["size"]) from None
        if seconds is None:
            self.verdict.strangers += 1
        else:
            self.verdict.cosignatures += 1
            self.verdict.cosigners[row["account"]] = row["size"]

    def timestamp(self, row: dict[str, Any]) -> None:
        token = base64.b64decode(row["token"])
        if row["kind"] == "opentimestamps":
            self.promise(token, row["size"])
            return
        held = timestamp_holds(token, self.text(), row["chain"]) if row["kind"] == "rfc3161" else None
        if held is False:
            raise Broken("timestamp-forged", row["size"])
        self.verdict.timestamps += held is True
        self.verdict.unchecked += held is None

    def promise(self, token: bytes, size: int) -> None:
        try:
            found = standing(token, self.text().encode(), self.headers)
        except CryptoError:
            raise Broken("timestamp-forged", size) from None
        if found.held:
            self.verdict.in_blocks.append((size, found.held[0]))
        elif found.named:
            self.verdict.named += 1
        else:
            self.verdict.promised += 1


def _is_before(following: dict[str, Any] | None, seq: int) -> bool:
    """Whether the next line is an entry with a smaller number than this one's."""
    found = re.search(r'"seq":(\d+),', str((following or {}).get("leaf")))
    return found is not None and int(found[1]) < seq


def verify_lines(
    lines: Iterable[str],
    kept: str | None = None,
    root: str | None = None,
    headers: Mapping[bytes, Header] | None = None,
) -> Verdict:
    """The verdict on an exported log, given as lines of text. headers: of blocks, by the root of their Merkle tree."""
    verdict = Verdict()
    log: Log | None = None
    try:
        rows = map(json.loads, filter(str.strip, lines))
        keys = Keys(next(rows))
        if root is not None and root.replace(" ", "").lower() != keys.fingerprint:
            raise Broken("another-root")
        log = Log(keys, None if kept is None else read_kept(kept, keys), headers or {})
        row = next(rows, None)
        while row is not None:
            following = next(rows, None)
            log.read(row, following)
            row = following
        if not log.over:
            raise Broken("truncated", log.tree.size)
        if log.kept is not None and log.kept[0] > log.tree.size:
            raise Broken("kept-ahead", log.kept[0])
        log.verdict.kept = None if log.kept is None else log.kept[0]
    except Broken as fault:
        verdict.fault = fault
    except (ValueError, KeyError, TypeError, AttributeError, StopIteration):
        verdict.fault = Broken("file-unreadable", 0 if log is None else log.tree.size)
    if log is not None:
        log.verdict.fault, verdict = verdict.fault, log.verdict
        verdict.size, verdict.root = log.tree.size, log.tree.root()
    return verdict


def verify_proof(text: str, keys: Keys) -> tuple[int, str, int]:
    """(index, leaf text, size) of a proof that one entry is in the log (c2sp.org/tlog-proof). Raises Broken."""
    try:
        head, _, note = text.replace("\r", "").partition("\n\n")
        version, extra, index, *hashes = head.split("\n")
        size, root, _ = open_checkpoint(note, keys)
        leaf, place = base64.b64decode(extra.removeprefix("extra ")), int(index.removeprefix("index "))
        value, position, last = hashlib.sha256(b"\0" + leaf).digest(), place, size - 1
        for sibling in map(base64.b64decode, hashes):
            if position & 1 or position == last:
                value = _node(sibling, value)
                while position & 1 == 0 and position:
                    position, last = position >> 1, last >> 1
            else:
                value = _node(value, sibling)
            position, last = position >> 1, last >> 1
        said = json.loads(leaf)["seq"]
    except (ValueError, KeyError, TypeError):
        raise Broken("proof-broken") from None
    if version != "c2sp.org/tlog-proof@v1" or last or value != root or not 0 <= place < size or said != place:
        raise Broken("proof-broken", place)
    return place, leaf.decode(), size
