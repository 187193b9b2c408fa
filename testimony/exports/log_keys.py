"""Whose keys are whose: the chain from the archive's root to each auditor (docs/formats/certificate.md)."""

import base64
import hashlib
import json
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PublicKey

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


class Broken(Exception):
    """What is wrong, and the first entry concerned; for a checkpoint, how many entries it covers."""

    def __init__(self, kind: str, seq: int = 0) -> None:
        super().__init__(kind)
        self.kind, self.seq = kind, seq


def halves_hold(key: bytes, signed: bytes, ed25519: bytes, ml_dsa: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key[:32]).verify(ed25519, signed)
        MLDSA65PublicKey.from_public_bytes(key[32:]).verify(ml_dsa, signed)
    except (InvalidSignature, ValueError):
        return False
    return True


def _statement(signed: dict[str, str], key: bytes, label: str, **wanted: str) -> dict[str, Any]:
    """The document of a signed statement; it must be signed by `key` for this use and say what is wanted."""
    statement, signature = signed["statement"].encode(), base64.b64decode(signed["signature"])
    if not halves_hold(key, label.encode() + b"\0" + statement, signature[:64], signature[64:]):
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
