"""The log as lines for people outside (docs/formats/log-export.md), made a batch at a time.

    header, then each entry, and after the entry that completes it each checkpoint with what stands for it, then an end

Codes stand in it only where they were asked for: an entry holds a salted commitment to what it is about.
"""

import base64
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action
from testimony.policy.access import Permission, require
from testimony.services.recovery_statements import order_of, serial_of_signer
from testimony.services.sessions import Session, sign_checkpoint, timestamp
from testimony.storage import log, log_proofs, log_queries, log_reads
from testimony.storage.connections import Connection
from testimony.storage.keyring import ROOT, AccountRecord, Keyring, Signed
from testimony.storage.log_reads import LeafRow

FORMAT = "testimony-log/1"
BATCH = 4096


def export_log(session: Session, now: datetime, *, with_subjects: bool = False) -> Iterator[str]:
    """The lines of an export, each without its line feed. The entry that tells of it is written before the first.

    with_subjects: also what entries are about (codes, account numbers), where it was not erased, with the salt that
    proves it. Raises Refused.
    """
    with session.work(now) as work:
        require(session.account, Permission.READ_LOG)
        require(session.account, Permission.VERIFY_LOG)
        work.log(Action.EXPORT_PREPARED, fields=("log", "with-subjects") if with_subjects else ("log",))
        work.write_entries()
        sign_checkpoint(work.connection, session.archive, now)
        size = log.size(work.connection)
        cosigners = {row.account_id for row in log_proofs.cosignatures_between(work.connection, 0, size)}
    yield _line(_header(session.archive.keyring(), cosigners, now))
    written = 0
    for start in range(0, size, BATCH):
        stop = min(start + BATCH, size)
        with session.reading() as connection:
            rows = log_reads.leaf_rows(connection, start, stop)
            proofs = _proofs_between(connection, start, stop)
        for row in rows:
            # What stands for entries that are missing comes where they would have been.
            yield from _up_to(proofs, row[0])
            yield _line(_entry(row, with_subjects=with_subjects))
            written += 1
        yield from _up_to(proofs, stop)
    with session.reading() as connection:
        yield from _up_to(_proofs_between(connection, size, log_reads.largest_checkpoint(connection)), None)
    yield _line({"end": written})


def _header(keyring: Keyring, cosigners: set[AccountId], now: datetime) -> dict[str, Any]:
    """What outsiders need of the keyring: the root, the log's certificate, and the chain of each who co-signed."""
    needed: dict[AccountId, dict[str, Any]] = {}
    waiting, sheets = sorted(cosigners), list[Signed]()
    while waiting:
        account_id = waiting.pop()
        record = keyring.accounts.get(account_id)
        if account_id in needed or record is None:
            continue
        needed[account_id] = _account(record)
        signers = {record.enrolment.signer}
        signers |= {signed.signer for one in record.reissues for signed in (one.order, one.confirmation)}
        if any(serial_of_signer(signer) is not None for signer in signers) and not sheets:
            sheets = [one for one in (*keyring.recovered, keyring.recovery) if one is not None]
            signers |= {signer for one in sheets for signer in _signers_of_sheets(one)}
        waiting += sorted(AccountId(s) for s in signers if s != ROOT and serial_of_signer(s) is None)
    return {
        "format": FORMAT,
        "archive": keyring.archive_id,
        "made": timestamp(now),
        "root": base64.b64encode(keyring.root).decode(),
        "log": _signed(keyring.log),
        "accounts": needed,
        "recovery": [_signed(one) for one in sheets],
    }


def _account(record: AccountRecord) -> dict[str, Any]:
    said: dict[str, Any] = {"enrolment": _signed(record.enrolment), "activation": None}
    if record.activation is not None:
        said["activation"] = _signed(record.activation)
    if record.reissues:
        said["reissues"] = [
            {
                "order": _signed(one.order),
                "confirmation": _signed(one.confirmation),
                "activation": None if one.activation is None else [_signed(half) for half in one.activation],
            }
            for one in record.reissues
        ]
    return said


def _signers_of_sheets(certificate: Signed) -> tuple[str, ...]:
    """Who stands for the keys of the recovery sheets: the root, or two custodians."""
    if certificate.signer == ROOT:
        return (ROOT,)
    return certificate.signer, order_of(certificate).signer


def _signed(signed: Signed) -> dict[str, str]:
    return {
        "statement": signed.statement.decode(),
        "signer": signed.signer,
        "signature": base64.b64encode(signed.signature).decode(),
    }


def _entry(row: LeafRow, *, with_subjects: bool) -> dict[str, Any]:
    try:
        entry: dict[str, Any] = {"leaf": row[1].decode()}
    except (UnicodeDecodeError, AttributeError):
        entry = {"leaf": None}
    kind, about, salt = row[8:11]
    if with_subjects and kind is not None and about is not None and salt is not None:
        entry["subject"] = [kind, about, salt.hex()]
    return entry


def _proofs_between(connection: Connection, after: int, upto: int) -> list[tuple[int, dict[str, Any]]]:
    """Checkpoints and what stands for each, by size; at one size the checkpoint first."""
    found: list[tuple[int, dict[str, Any]]] = [
        (row.size, {"checkpoint": row.note})
        for row in log_queries.checkpoints_between(connection, after, upto)
    ]
    found += (
        (row.size, {"cosignature": {"size": row.size, "account": row.account_id, "lines": row.lines}})
        for row in log_proofs.cosignatures_between(connection, after, upto)
    )
    found += (
        (row.size, {"timestamp": {**_timestamp(row), "token": base64.b64encode(row.token).decode()}})
        for row in log_proofs.timestamps_between(connection, after, upto)
    )
    return sorted(found, key=lambda pair: pair[0])


def _timestamp(row: log_proofs.TimeStamp) -> dict[str, Any]:
    return {"size": row.size, "authority": row.authority, "kind": row.kind, "at": row.at, "chain": row.chain}


def _up_to(proofs: list[tuple[int, dict[str, Any]]], size: int | None) -> Iterator[str]:
    """Take from the front what stands for no more entries than `size`; all of it without one."""
    while proofs and (size is None or proofs[0][0] <= size):
        yield _line(proofs.pop(0)[1])


def _line(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
