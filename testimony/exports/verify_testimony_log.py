#!/usr/bin/env python3
"""Verify a log that left an archive, without the archive.

Needs Python 3.11 and the package `cryptography` (48 or newer):

    python verify_testimony_log.py log.jsonl [--checkpoint FILE] [--root FINGERPRINT]
    python verify_testimony_log.py log.jsonl --proof FILE.tlog-proof

Everything is recomputed from the entries: the tree (RFC 9162), each signed checkpoint (c2sp.org/tlog-checkpoint) with
both of its signatures, each auditor's co-signature (c2sp.org/tlog-cosignature) with the certificates that make its key
an auditor's, and what an entry is about where the file says it. RFC 3161 time-stamps are checked when the package
`rfc3161-client` is there. Exit 0: sound. 1: broken, and where first. 2: the call is wrong.

The file cannot say whose archive it is: compare the fingerprint of the root with the one on your paper, or give it.
Whoever holds the archive's log key can sign another history; a checkpoint that you kept, or an auditor's co-signature
over the same entries, is what shows it.
"""

import argparse
import base64
import hashlib
import json
import re
import struct
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PublicKey
from cryptography.x509 import load_pem_x509_certificates

FORMAT = "testimony-log/1"
WORDS = {
    "gap": "an entry is missing",
    "misplaced": "entries are not in the order in which they were written",
    "unreadable": "an entry cannot be read",
    "subject-changed": "what an entry is about was changed",
    "truncated": "entries at the end are missing",
    "checkpoint-forged": "a checkpoint is not signed by this archive",
    "rewritten": "history was rewritten: a signed checkpoint no longer fits the entries before it",
    "cosigned-differs": "a fork: an auditor co-signed another log than this one, or the co-signature is forged",
    "timestamp-forged": "a time-stamp does not hold",
    "kept-unreadable": "the checkpoint that was handed in is not one of this archive",
    "kept-ahead": "the checkpoint that was handed in knows more entries than the log",
    "kept-differs": "a fork: the log is not the one that the checkpoint handed in was made of",
    "file-unreadable": "this is no log of an archive",
    "keys-forged": "the keys in the file are not certified by the archive's root",
    "another-root": "the log is of another archive than the fingerprint names",
    "proof-broken": "the proof does not hold",
}
_KEPT = re.compile(
    r"^[ \t]*(\S+)[ \t]*\r?\n[ \t]*(\d{1,18})[ \t]*\r?\n[ \t]*([A-Za-z0-9+/]{43}=)[ \t]*\r?$", re.MULTILINE
)


class Broken(Exception):
    """What is wrong, and the first entry concerned; for a checkpoint, how many entries it covers."""

    def __init__(self, kind: str, seq: int = 0) -> None:
        super().__init__(kind)
        self.kind, self.seq = kind, seq


@dataclass
class Verdict:
    """cosigners: account → most entries it co-signed. unchecked: time-stamps that nothing here could check."""

    size: int = 0
    root: bytes = hashlib.sha256(b"").digest()
    archive_root: str = ""
    checkpoints: int = 0
    cosignatures: int = 0
    timestamps: int = 0
    unchecked: int = 0
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


def _halves_hold(key: bytes, signed: bytes, ed25519: bytes, ml_dsa: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key[:32]).verify(ed25519, signed)
        MLDSA65PublicKey.from_public_bytes(key[32:]).verify(ml_dsa, signed)
    except (InvalidSignature, ValueError):
        return False
    return True


def _statement(signed: dict[str, str], key: bytes, label: str, **wanted: str) -> dict[str, Any]:
    """The document of a signed statement; it must be signed by `key` for this use and say what is wanted."""
    statement, signature = signed["statement"].encode(), base64.b64decode(signed["signature"])
    if not _halves_hold(key, label.encode() + b"\0" + statement, signature[:64], signature[64:]):
        raise Broken("keys-forged")
    document: dict[str, Any] = json.loads(statement)
    if any(document.get(name) != value for name, value in wanted.items()):
        raise Broken("keys-forged")
    return document


class Keys:
    """Whose keys are whose: the chain root → custodian → enrolment → activation (docs/formats/certificate.md)."""

    def __init__(self, header: dict[str, Any]) -> None:
        if header.get("format") != FORMAT:
            raise Broken("file-unreadable")
        self.archive, self.root = header["archive"], base64.b64decode(header["root"])
        self.origin, self._accounts = f"testimony/{self.archive}", header["accounts"]
        said = {"type": "public-key/1", "archive": self.archive, "name": "log"}
        certificate = _statement(header["log"], self.root, "testimony/1/root-certificate", **said)
        self.log = base64.b64decode(certificate["public"])
        self.fingerprint = hashlib.sha256(self.root).hexdigest()

    def auditor(self, account: str) -> bytes:
        key, roles = self._account(account, 0)
        if "auditor" not in roles:
            raise Broken("keys-forged")
        return key

    def _account(self, account: str, depth: int) -> tuple[bytes, list[str]]:
        record = self._accounts.get(account)
        if record is None or depth > 16:
            raise Broken("keys-forged")
        about = {"archive": self.archive, "account": account}
        signed, key = record["enrolment"], self.root
        if signed["signer"] != "root":
            key, roles = self._account(signed["signer"], depth + 1)
            if "custodian" not in roles:
                raise Broken("keys-forged")
        enrolment = _statement(signed, key, "testimony/1/enrolment", type="enrolment/1", **about)
        key = base64.b64decode(enrolment["signing"])
        if record["activation"]:
            own = _statement(
                record["activation"], key, "testimony/1/activation", type="activation/1", **about
            )
            key = base64.b64decode(own["signing"])
        return key, enrolment["roles"]


def _lines_of(note: str, name: str, kinds: Sequence[bytes], key: bytes) -> list[bytes | None]:
    """The values of the Ed25519 and the ML-DSA-65 line of one key, in that order; None where one is missing."""
    found: list[bytes | None] = [None, None]
    for line in note.splitlines():
        said, _, value = line.removeprefix("— ").rpartition(" ")
        if not line.startswith("— ") or said != name:
            continue
        raw = base64.b64decode(value, validate=True)
        for place, (kind, public) in enumerate(zip(kinds, (key[:32], key[32:]), strict=True)):
            if raw[:4] == hashlib.sha256(name.encode() + b"\n" + kind + public).digest()[:4]:
                found[place] = raw[4:]
    return found


def open_checkpoint(note: str, keys: Keys) -> tuple[int, bytes, str]:
    """(size, root, text) of a note that the archive signed with both halves. Raises ValueError."""
    text, _, signatures = note.partition("\n\n")
    text += "\n"
    kinds = (b"\x01", b"\xfftestimony-archive/ml-dsa-65")
    first, second = _lines_of(signatures, keys.origin, kinds, keys.log)
    origin, size, root, end = text.split("\n")
    if end or origin != keys.origin or first is None or second is None:
        raise ValueError("not a checkpoint of this archive")
    if not _halves_hold(keys.log, text.encode(), first, second):
        raise ValueError("not signed by this archive")
    return int(size), base64.b64decode(root, validate=True), text


def open_cosignature(lines: str, text: str, account: str, keys: Keys) -> int | None:
    """The POSIX time of an auditor's co-signature; None of a key no longer theirs. Raises Broken, ValueError."""
    key, name = keys.auditor(account), f"{keys.origin}/{account}"
    kinds = (b"\x04", b"\xfftestimony-archive/ml-dsa-65-cosignature")
    first, second = _lines_of(lines, name, kinds, key)
    if first is None:
        return None
    if second is None or first[:8] != second[:8]:
        raise ValueError("half a co-signature")
    (seconds,) = struct.unpack(">Q", first[:8])
    if not _halves_hold(key, f"cosignature/v1\ntime {seconds}\n{text}".encode(), first[8:], second[8:]):
        raise ValueError("the co-signature does not hold")
    return int(seconds)


def read_kept(text: str, keys: Keys) -> tuple[int, bytes]:
    """(size, root): the three lines in a kept text; where the archive's signatures stand below, they must hold."""
    for origin, size, root in _KEPT.findall(text):
        if origin != keys.origin:
            continue
        after = text[text.index(root) :].replace("\r", "")
        signatures = "\n".join(
            line.strip() for line in after.splitlines()[1:] if line.strip().startswith("— ")
        )
        if signatures and after.startswith(f"{root}\n\n— "):
            try:
                open_checkpoint(f"{origin}\n{size}\n{root}\n\n{signatures}\n", keys)
            except ValueError:
                raise Broken("kept-unreadable") from None
        return int(size), base64.b64decode(root)
    raise Broken("kept-unreadable")


def timestamp_holds(token: bytes, text: str, chain: str) -> bool | None:
    """True, False, or None when nothing here can tell."""
    try:
        # Optional, so not at the top: outsiders may do without.
        from rfc3161_client import (  # noqa: PLC0415
            VerificationError,
            VerifierBuilder,
            decode_timestamp_response,
        )
    except ImportError:
        return None
    try:
        builder = VerifierBuilder()
        for one in load_pem_x509_certificates(chain.encode()):
            is_root = one.issuer == one.subject
            builder = (
                builder.add_root_certificate(one) if is_root else builder.add_intermediate_certificate(one)
            )
        digest = hashlib.sha256(text.encode()).digest()
        return bool(builder.build().verify(decode_timestamp_response(token), digest))
    except (VerificationError, ValueError):
        return False


class Log:
    """One reading of an exported log, from its first line to its last, keeping nothing but the edge of the tree."""

    def __init__(self, keys: Keys, kept: tuple[int, bytes] | None) -> None:
        self.keys, self.kept, self.tree = keys, kept, Tree()
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
        except (Broken, ValueError):
            raise Broken("cosigned-differs", row["size"]) from None
        if seconds is not None:
            self.verdict.cosignatures += 1
            self.verdict.cosigners[row["account"]] = row["size"]

    def timestamp(self, row: dict[str, Any]) -> None:
        held = None
        if row["kind"] == "rfc3161":
            held = timestamp_holds(base64.b64decode(row["token"]), self.text(), row["chain"])
        if held is False:
            raise Broken("timestamp-forged", row["size"])
        self.verdict.timestamps += held is True
        self.verdict.unchecked += held is None


def _is_before(following: dict[str, Any] | None, seq: int) -> bool:
    """Whether the next line is an entry with a smaller number than this one's."""
    found = re.search(r'"seq":(\d+),', str((following or {}).get("leaf")))
    return found is not None and int(found[1]) < seq


def verify_lines(lines: Iterable[str], kept: str | None = None, root: str | None = None) -> Verdict:
    """The verdict on an exported log, given as lines of text."""
    verdict = Verdict()
    log: Log | None = None
    try:
        rows = map(json.loads, filter(str.strip, lines))
        keys = Keys(next(rows))
        if root is not None and root.replace(" ", "").lower() != keys.fingerprint:
            raise Broken("another-root")
        log = Log(keys, None if kept is None else read_kept(kept, keys))
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


def sentences(verdict: Verdict) -> Iterator[str]:
    """The verdict in words, the first line first."""
    if verdict.fault is not None:
        yield f"BROKEN at entry {verdict.fault.seq}: {WORDS[verdict.fault.kind]}."
        return
    yield f"The log is whole: {verdict.size} entries, {verdict.checkpoints} signed checkpoints."
    yield f"Root of the tree: {base64.b64encode(verdict.root).decode()}"
    yield f"Fingerprint of the archive's root key: {verdict.archive_root}"
    for account, size in sorted(verdict.cosigners.items()):
        yield f"Auditor {account} verified and co-signed the first {size} entries."
    if verdict.kept is not None:
        yield f"It extends the checkpoint handed in, of {verdict.kept} entries."
    if verdict.timestamps or verdict.unchecked:
        yield f"Time-stamps: {verdict.timestamps} hold, {verdict.unchecked} not checked here."
    for seq, before, after in verdict.clock_steps:
        yield f"The clock went back at entry {seq}: {before} to {after}."


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Verify a log that left an archive.")
    parser.add_argument("log", type=Path, help="log.jsonl, or the folder that it lies in")
    parser.add_argument("--checkpoint", type=Path, help="a checkpoint that was kept outside")
    parser.add_argument("--root", help="the fingerprint of the archive's root key, 64 digits")
    parser.add_argument("--proof", type=Path, help="a proof of one entry, against the keys in the log")
    given = parser.parse_args(arguments)
    path = given.log / "log.jsonl" if given.log.is_dir() else given.log
    try:
        with path.open(encoding="utf-8") as lines:
            if given.proof is not None:
                try:
                    keys = Keys(json.loads(next(lines)))
                    place, leaf, size = verify_proof(given.proof.read_text(encoding="utf-8"), keys)
                except Broken as fault:
                    print(f"BROKEN: {WORDS[fault.kind]}.")
                    return 1
                print(f"Entry {place} is in the log of {size} entries:", leaf, sep="\n")
                print(f"Fingerprint of the archive's root key: {keys.fingerprint}")
                return 0
            kept = given.checkpoint and given.checkpoint.read_text(encoding="utf-8")
            verdict = verify_lines(lines, kept, given.root)
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    print(*sentences(verdict), sep="\n")
    return 1 if verdict.fault else 0


if __name__ == "__main__":
    sys.exit(main())
