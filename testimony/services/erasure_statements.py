"""What custodians sign of an erasure, and what stays: statements that name a testimony by a keyed digest alone.

Verifying is pure: a keyring, the ledger's erasure key and signed statements in, a decision out, or ArchiveDamaged.
Formats: docs/formats/erasure.md.
"""

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crypto.errors import CryptoError
from crypto.keys import Secret
from crypto.labels import Label, bind
from crypto.locking import lock, unlock
from testimony.domain.accounts import AccountId
from testimony.domain.canonical import canonical_json
from testimony.services.certificates import certified_account, decode, encode, read_statement, sign_statement
from testimony.services.sessions import Session, timestamp
from testimony.services.two_people import counted_custodian
from testimony.storage.chained_lines import Line
from testimony.storage.connections import Connection
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.keyring import Keyring, Signed

PROPOSAL, APPROVAL, TOMBSTONE, LINE = (
    "erasure-proposal/1",
    "erasure-approval/1",
    "erasure-tombstone/1",
    "erasure-line/1",
)


@dataclass(frozen=True, slots=True)
class Decision:
    """What two custodians decided. digest: of the testimony's code."""

    erasure_id: str
    digest: str
    case_id: str
    cause: str
    proposed_at: str
    proposer: AccountId
    approver: AccountId


@dataclass(frozen=True, slots=True)
class Burial:
    """One line of the erasure file, verified."""

    decision: Decision
    proposal: Signed
    approval: Signed
    tombstone: Signed
    at: str
    executor: AccountId


def digest_of(key: bytes, code: str) -> str:
    """HMAC-SHA-256 of a code under the erasure key, hexadecimal. A code has 20 or 30 random bits: who holds the key
    can try all of them, so it hides a code from a search of the pages and from nobody inside.
    """
    return hmac.new(key, bind(Label.ERASED_TESTIMONY, code.encode()), hashlib.sha256).hexdigest()


def key_name(key: bytes) -> str:
    """Stands in each statement, so that an exchanged key is seen and not taken for "no such testimony"."""
    return hashlib.sha256(bind(Label.ERASED_TESTIMONY, b"key\0" + key)).hexdigest()


def sign_proposal(
    session: Session, key: bytes, erasure_id: str, about: tuple[str, str], cause: str, now: datetime
) -> Signed:
    """about: (code, case)."""
    document = {
        "type": PROPOSAL,
        "archive": session.archive.keyring().archive_id,
        "erasure": erasure_id,
        "testimony": digest_of(key, about[0]),
        "key": key_name(key),
        "case": about[1],
        "cause": cause,
        "at": timestamp(now),
    }
    return sign_statement(document, session.account.id, session.keys.signing, Label.ERASURE_PROPOSAL)


def sign_approval(session: Session, proposal: Signed, erasure_id: str, now: datetime) -> Signed:
    document = {
        "type": APPROVAL,
        "archive": session.archive.keyring().archive_id,
        "erasure": erasure_id,
        "proposal": hashlib.sha256(proposal.statement).hexdigest(),
        "at": timestamp(now),
    }
    return sign_statement(document, session.account.id, session.keys.signing, Label.ERASURE_APPROVAL)


def sign_tombstone(session: Session, decision: Decision, content: tuple[str, str], now: datetime) -> Signed:
    """content: salt and hash of what there was."""
    document = {
        "type": TOMBSTONE,
        "archive": session.archive.keyring().archive_id,
        "erasure": decision.erasure_id,
        "testimony": decision.digest,
        "case": decision.case_id,
        "cause": decision.cause,
        "proposed_by": decision.proposer,
        "approved_by": decision.approver,
        "salt": content[0],
        "content_sha256": content[1],
        "at": timestamp(now),
    }
    return sign_statement(document, session.account.id, session.keys.signing, Label.ERASURE_CARRIED_OUT)


def verify_decision(
    keyring: Keyring, connection: Connection, key: bytes, proposal: Signed, approval: Signed | None
) -> Decision:
    """Raises ArchiveDamaged unless two different custodians of this archive signed this under this key."""
    said = _read(keyring, connection, proposal, PROPOSAL, Label.ERASURE_PROPOSAL)
    if approval is None or approval.signer == proposal.signer:
        raise ArchiveDamaged
    answer = _read(keyring, connection, approval, APPROVAL, Label.ERASURE_APPROVAL)
    expected = (said.get("erasure"), hashlib.sha256(proposal.statement).hexdigest())
    if (answer.get("erasure"), answer.get("proposal")) != expected or said.get("key") != key_name(key):
        raise ArchiveDamaged
    try:
        return Decision(
            erasure_id=str(said["erasure"]),
            digest=str(said["testimony"]),
            case_id=str(said["case"]),
            cause=str(said["cause"]),
            proposed_at=str(said["at"]),
            proposer=AccountId(proposal.signer),
            approver=AccountId(approval.signer),
        )
    except KeyError:
        raise ArchiveDamaged from None


def verify_tombstone(keyring: Keyring, decision: Decision, tombstone: Signed) -> str:
    """When it was carried out. Raises ArchiveDamaged for another decision's, or one that no member signed."""
    key = certified_account(keyring, AccountId(tombstone.signer)).signed_with
    said = read_statement(tombstone, key, Label.ERASURE_CARRIED_OUT)
    wanted = (TOMBSTONE, keyring.archive_id, decision.erasure_id, decision.digest)
    if (said.get("type"), said.get("archive"), said.get("erasure"), said.get("testimony")) != wanted:
        raise ArchiveDamaged
    return str(said.get("at"))


def lock_line(key: bytes, previous: str, statements: tuple[Signed, Signed, Signed]) -> bytes:
    """What the erasure file keeps: proposal, approval, tombstone. Bound to its place in the chain."""
    names = ("proposal", "approval", "tombstone")
    parts = {name: _document(signed) for name, signed in zip(names, statements, strict=True)}
    content = canonical_json({"type": LINE, **parts})
    return lock(Secret(key), content, Label.ERASURE_LINE, previous.encode())


def open_line(keyring: Keyring, connection: Connection, key: bytes, line: Line) -> Burial:
    """Raises ArchiveDamaged unless the line opens under this archive's key and everything in it was signed."""
    try:
        content = json.loads(unlock(Secret(key), line.locked, Label.ERASURE_LINE, line.previous.encode()))
        if content["type"] != LINE:
            raise ArchiveDamaged
        proposal, approval, tombstone = (_signed(content[n]) for n in ("proposal", "approval", "tombstone"))
    except (CryptoError, ValueError, KeyError, TypeError):
        raise ArchiveDamaged from None
    decision = verify_decision(keyring, connection, key, proposal, approval)
    at = verify_tombstone(keyring, decision, tombstone)
    return Burial(decision, proposal, approval, tombstone, at, AccountId(tombstone.signer))


def _read(
    keyring: Keyring, connection: Connection, signed: Signed, kind: str, label: Label
) -> dict[str, Any]:
    document = read_statement(signed, counted_custodian(keyring, connection, AccountId(signed.signer)), label)
    if (document.get("type"), document.get("archive")) != (kind, keyring.archive_id):
        raise ArchiveDamaged
    return document


def _document(signed: Signed) -> dict[str, str]:
    return {
        "statement": signed.statement.decode(),
        "signer": signed.signer,
        "signature": encode(signed.signature),
    }


def _signed(document: dict[str, str]) -> Signed:
    return Signed(document["statement"].encode(), str(document["signer"]), decode(document["signature"]))
