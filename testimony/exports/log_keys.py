"""Whose keys are whose: the chain from the archive's root to each auditor (docs/formats/certificate.md)."""

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PublicKey

FORMAT = "testimony-log/1"
ROOT, SHEETS = "root", "recovery/"
MAX_CHAIN = 64
Trail = tuple[tuple[str, int], ...]
"""What rests on the link that is being proven, from the first question on: (account, re-issues)."""
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


def _statement(signed: dict[str, str], keys: Iterable[bytes], label: str, **wanted: object) -> dict[str, Any]:
    """The document of a signed statement; one of the keys must have signed it for this use, and it must say this."""
    statement, signature = signed["statement"].encode(), base64.b64decode(signed["signature"])
    message = label.encode() + b"\0" + statement
    if not any(halves_hold(key, message, signature[:64], signature[64:]) for key in keys):
        raise Broken("keys-forged")
    document: dict[str, Any] = json.loads(statement)
    if any(document[name] != value for name, value in wanted.items()):
        raise Broken("keys-forged")
    return document


def _in_time(ordered: dict[str, Any], confirmed: dict[str, Any]) -> bool:
    return datetime.fromisoformat(confirmed["at"]) <= datetime.fromisoformat(ordered["until"])


class Keys:
    """Whose keys are whose, each link resting on older ones, never on itself (docs/formats/certificate.md).

    root → custodian → enrolment → activation, and for each time that an account got new keys: one custodian's order,
    another's confirmation, an activation signed by both invitations. What the keys of before signed stays signed.
    """

    def __init__(self, header: dict[str, Any]) -> None:
        if header.get("format") != FORMAT:
            raise Broken("file-unreadable")
        self.archive, self.root = header["archive"], base64.b64decode(header["root"])
        self.origin = f"testimony/{self.archive}"
        self._accounts, self._sheets = header["accounts"], header.get("recovery", [])
        self._proven: dict[tuple[str, int], tuple[list[str], bytes, bool]] = {}
        said = {"type": "public-key/1", "archive": self.archive, "name": "log"}
        certificate = _statement(header["log"], [self.root], "testimony/1/root-certificate", **said)
        self.log = base64.b64decode(certificate["public"])
        self.fingerprint = hashlib.sha256(self.root).hexdigest()

    def auditor(self, account: str) -> list[bytes]:
        """The keys with which an auditor signed, the oldest first. Every link must hold. Raises Broken."""
        stands = [self._stand(account, serial, ()) for serial in range(self._times(account) + 1)]
        if "auditor" not in stands[0][0]:
            raise Broken("keys-forged")
        return [key for _, key, is_active in stands if is_active]

    def _times(self, account: str) -> int:
        """How often an account got new keys. A file of before that was told has none of them."""
        if account not in self._accounts:
            raise Broken("keys-forged")
        return len(self._accounts[account].get("reissues", ()))

    def _custodian(self, account: str, trail: Trail) -> Iterator[bytes]:
        """The keys with which a custodian signed, each proven only when those before did not fit."""
        for serial in range(self._times(account) + 1):
            roles, key, is_active = self._stand(account, serial, trail)
            if "custodian" not in roles:
                raise Broken("keys-forged")
            if is_active:
                yield key

    def _stand(self, account: str, serial: int, trail: Trail) -> tuple[list[str], bytes, bool]:
        """(roles, key, whether it is the person's own) of an account after so many re-issues."""
        place = (account, serial)
        if place not in self._proven:
            if place in trail or len(trail) > MAX_CHAIN or account not in self._accounts:
                raise Broken("keys-forged")
            made = self._enrolled if serial == 0 else self._reissued
            self._proven[place] = made(account, serial, (*trail, place))
        return self._proven[place]

    def _enrolled(self, account: str, _: int, trail: Trail) -> tuple[list[str], bytes, bool]:
        record, about = self._accounts[account], {"archive": self.archive, "account": account}
        signed = record["enrolment"]
        keys: Iterable[bytes] = [self.root]
        if signed["signer"].startswith(SHEETS):
            keys = [self._of_sheets(int(signed["signer"].removeprefix(SHEETS)), trail)]
        elif signed["signer"] != ROOT:
            keys = self._custodian(signed["signer"], trail)
        enrolment = _statement(signed, keys, "testimony/1/enrolment", type="enrolment/1", **about)
        key = base64.b64decode(enrolment["signing"])
        if not record["activation"]:
            return enrolment["roles"], key, False
        own = _statement(record["activation"], [key], "testimony/1/activation", type="activation/1", **about)
        return enrolment["roles"], base64.b64decode(own["signing"]), True

    def _reissued(self, account: str, serial: int, trail: Trail) -> tuple[list[str], bytes, bool]:
        roles, _, _ = self._stand(account, serial - 1, trail)
        reissue = self._accounts[account]["reissues"][serial - 1]
        about = {"archive": self.archive, "account": account}
        order, confirmation = reissue["order"], reissue["confirmation"]
        ordered = self._word(order, trail, "reissue-order", serial=serial, **about)
        digest = hashlib.sha256(order["statement"].encode()).hexdigest()
        confirmed = self._word(confirmation, trail, "reissue", serial=serial, order=digest, **about)
        if len({account, order["signer"], confirmation["signer"]}) < 3 or not _in_time(ordered, confirmed):
            raise Broken("keys-forged")
        if not reissue["activation"]:
            return roles, bytes.fromhex(confirmed["signing"]), False
        first, second = (
            _statement(signed, [bytes.fromhex(by["signing"])], "testimony/1/activation", **about)
            for signed, by in zip(reissue["activation"], (ordered, confirmed), strict=True)
        )
        if first != second or first["type"] != "activation/1":
            raise Broken("keys-forged")
        return roles, base64.b64decode(first["signing"]), True

    def _of_sheets(self, serial: int, trail: Trail) -> bytes:
        """The key of the recovery sheets of one serial, by the root's word or that of two custodians."""
        place = ("sheets", serial)
        if place in trail or not 1 <= serial <= len(self._sheets):
            raise Broken("keys-forged")
        signed, about = self._sheets[serial - 1], {"archive": self.archive, "serial": serial}
        label = "testimony/1/recovery-certificate"
        if signed["signer"] == ROOT:
            said = _statement(signed, [self.root], label, type="recovery/1", order=None, **about)
        else:
            keys = self._custodian(signed["signer"], (*trail, place))
            said = _statement(signed, keys, label, type="recovery/1", **about)
            about |= {name: said[name] for name in ("threshold", "count")}
            ordered = self._word(said["order"], (*trail, place), "recovery-order", **about)
            if said["order"]["signer"] == signed["signer"] or not _in_time(ordered, said):
                raise Broken("keys-forged")
        return bytes.fromhex(said["signing"])

    def _word(self, signed: dict[str, str], trail: Trail, kind: str, **wanted: object) -> dict[str, Any]:
        """A statement of a custodian."""
        keys = self._custodian(signed["signer"], trail)
        return _statement(signed, keys, f"testimony/1/{kind}", type=f"{kind}/1", **wanted)
