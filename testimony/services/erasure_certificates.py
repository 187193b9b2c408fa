"""The certificate of an erasure: what two custodians decided, what is left, and the log's word for it. Content-free.

A text file whose last lines hold the signed statements, the entry of the log with its path to a checkpoint, and that
checkpoint (docs/formats/erasure.md). It says that a testimony was erased and never which words it held.
"""

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from crypto.errors import BadSignature
from crypto.labels import Label
from crypto.merkle import inclusion_proof
from crypto.signing import VerifyingKey, verify
from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action
from testimony.domain.canonical import canonical_json
from testimony.domain.disposal import Cause, ErasureState
from testimony.domain.errors import IntegrityFailed, NotFound, NotYet
from testimony.policy.access import Permission, require
from testimony.services.certificates import certified_account, encode, sign_statement
from testimony.services.erasure_statements import verify_decision, verify_tombstone
from testimony.services.erasures import handles_of
from testimony.services.sessions import Session, Work, sign_checkpoint
from testimony.storage import erasures, log, log_queries
from testimony.storage.erasures import ErasureRow, erasure_key
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.keyring import Keyring, Signed

FORMAT = "testimony-erasure-certificate/1"


@dataclass(frozen=True, slots=True)
class Certificate:
    """What the page says, and the file. digest: of the code, under a key that the archive keeps. seq: of the log."""

    erasure_id: str
    case_id: str
    cause: Cause
    proposed_by: str
    approved_by: str
    carried_out_by: str
    carried_out_at: datetime
    content_sha256: str
    seq: int
    text: str


def certify_erasure(session: Session, erasure_id: str, now: datetime) -> Certificate:
    """Raises Refused, NotFound, NotYet before it was carried out, IntegrityFailed when the signatures do not hold."""
    with session.work(now) as work:
        require(session.account, Permission.ERASE)
        row = erasures.find_erasure(work.connection, erasure_id)
        if row is None:
            raise NotFound
        if row.state != ErasureState.CARRIED_OUT or row.tombstone is None or row.carried_out_at is None:
            raise NotYet
        _require_holds(session, work, row)
        work.log(
            Action.ITEM_SHOWN, subject=("erasure", erasure_id), case=row.case_id, fields=("certificate",)
        )
        work.write_entries()
        sign_checkpoint(work.connection, session.archive, now)
        seq = log_queries.last_seq_about(work.connection, "erasure", erasure_id, Action.DISPOSED.value)
        handles = handles_of(work.connection)
        return Certificate(
            erasure_id=erasure_id,
            case_id=row.case_id,
            cause=Cause(row.cause),
            proposed_by=handles.get(row.proposer, row.proposer),
            approved_by=handles.get(row.approver or "", row.approver or ""),
            carried_out_by=handles.get(row.executor or "", row.executor or ""),
            carried_out_at=datetime.fromisoformat(row.carried_out_at),
            content_sha256=str(json.loads(row.tombstone)["content_sha256"]),
            seq=seq,
            text=_text(session, work, row, seq),
        )


def _require_holds(session: Session, work: Work, row: ErasureRow) -> None:
    try:
        keyring, key = session.archive.keyring(), erasure_key(work.connection)
        decision = verify_decision(keyring, work.connection, key, row.proposed, row.approved)
        if row.buried is None or decision.digest != row.digest:
            raise ArchiveDamaged
        verify_tombstone(keyring, decision, row.buried)
    except ArchiveDamaged:
        raise IntegrityFailed from None


def _text(session: Session, work: Work, row: ErasureRow, seq: int) -> str:
    """One JSON document a line after a heading that people read; the last line signs the ones before."""
    size = log.size(work.connection)
    (entry,) = log.entries_from(work.connection, seq, seq + 1)
    path = inclusion_proof(seq, size, lambda level, index: log.node(work.connection, level, index))
    (checkpoint,) = log_queries.checkpoints_before(work.connection, before=None, limit=1)
    signed = {
        "proposal": (row.proposed, Label.ERASURE_PROPOSAL),
        "approval": (row.approved, Label.ERASURE_APPROVAL),
        "tombstone": (row.buried, Label.ERASURE_CARRIED_OUT),
    }
    keyring = session.archive.keyring()
    document = {
        "format": FORMAT,
        "archive": keyring.archive_id,
        "erasure": row.erasure_id,
        "statements": {name: _document(one) for name, (one, _) in signed.items() if one is not None},
        "keys": {
            one.signer: encode(_key_of(keyring, one, label).raw)
            for one, label in signed.values()
            if one is not None
        },
        "entry": entry.leaf.decode(),
        "size": size,
        "path": [node.hex() for node in path],
        "checkpoint": checkpoint.note,
    }
    issued = sign_statement(document, session.account.id, session.keys.signing, Label.ERASURE_CERTIFICATE)
    heading = (
        f"Certificate of erasure {row.erasure_id}\n"
        f"Carried out {row.carried_out_at}. This certificate holds no word of what was erased.\n\n"
    )
    return heading + issued.statement.decode() + "\n" + canonical_json(_seal(issued)).decode() + "\n"


def _seal(issued: Signed) -> dict[str, str]:
    return {"signer": issued.signer, "signature": encode(issued.signature)}


def _document(signed: Signed) -> dict[str, str]:
    return {"statement": signed.statement.decode(), **_seal(signed)}


def _key_of(keyring: Keyring, signed: Signed, label: Label) -> VerifyingKey:
    """Of the keys that the signer had over time, the one this was signed with. Raises ArchiveDamaged."""
    for key in certified_account(keyring, AccountId(signed.signer)).signed_with:
        with suppress(BadSignature):
            verify(key, signed.statement, signed.signature, label)
            return key
    raise ArchiveDamaged
