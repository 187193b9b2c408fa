"""keyring.json on disk: read as a `Keyring`, written as the next version, durably.

    keyring := {format, version, archive_id, created, root, log, compartments[], accounts[], slots[], shares[],
                recovery, recovered[], orders[], rekeyed[], pending[], former{}}

Format: docs/formats/keyring.md.
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from crypto.errors import Malformed
from crypto.passwords import LockedBundle
from testimony.domain.accounts import AccountId
from testimony.storage.compartments import Compartment
from testimony.storage.directory import ArchiveDirectory, write_durably
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.keyring import (
    FORMAT,
    AccountRecord,
    IdentityShare,
    Keyring,
    KeySlot,
    Pending,
    Reissue,
    RekeyOrder,
    ShareWrap,
    Signed,
)


def read_keyring(directory: ArchiveDirectory) -> Keyring:
    """Raises NoArchive when there is none, ArchiveDamaged when it cannot be read as one."""
    directory.require()
    try:
        return _parse(json.loads(directory.keyring.read_bytes()))
    except (ValueError, KeyError, TypeError, AttributeError, Malformed):
        raise ArchiveDamaged from None


def write_keyring(directory: ArchiveDirectory, keyring: Keyring) -> Keyring:
    """Write the next version and return it. Call with `directory.keyring_lock` held since the reading."""
    new = replace(keyring, version=keyring.version + 1)
    write_durably(directory.keyring, json.dumps(_document(new), indent=1, sort_keys=True).encode())
    return new


def _document(keyring: Keyring) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": keyring.version,
        "archive_id": keyring.archive_id,
        "created": keyring.created,
        "root": _text(keyring.root),
        "log": _signed(keyring.log),
        "compartments": {c.value: _signed(s) for c, s in keyring.compartments.items()},
        "accounts": [
            {
                "account_id": r.account_id,
                "lookup": r.lookup,
                "enrolment": _signed(r.enrolment),
                "activation": r.activation and _signed(r.activation),
                "suspension": r.suspension and _signed(r.suspension),
                "bundle": r.bundle.to_dict(),
                **({"reissues": [_reissue(each) for each in r.reissues]} if r.reissues else {}),
                "confirmation": r.confirmation and _signed(r.confirmation),
            }
            for r in keyring.accounts.values()
        ],
        "slots": _sealed_all(keyring.slots),
        "shares": _sealed_all(keyring.shares),
        "orders": [
            {
                "order": _signed(o.order),
                "confirmation": o.confirmation and _signed(o.confirmation),
                "wraps": _sealed_all(o.wraps),
            }
            for o in keyring.orders
        ],
        "recovery": keyring.recovery and _signed(keyring.recovery),
        "recovered": [_signed(each) for each in keyring.recovered],
        "rekeyed": [_signed(s) for s in keyring.rekeyed],
        "pending": [
            {
                "compartment": p.compartment.value,
                "statement": _signed(p.statement),
                "slots": _sealed_all(p.slots),
                "shares": _sealed_all(p.shares),
                "former": _text(p.former),
            }
            for p in keyring.pending
        ],
        "former": {c.value: _text(locked) for c, locked in keyring.former.items()},
    }


def _parse(document: dict[str, Any]) -> Keyring:
    if document["format"] != FORMAT:
        raise ArchiveDamaged
    accounts = (
        AccountRecord(
            account_id=AccountId(row["account_id"]),
            lookup=row["lookup"],
            enrolment=_read_signed(row["enrolment"]),
            activation=_read_signed(row["activation"]) if row["activation"] else None,
            suspension=_read_signed(row["suspension"]) if row["suspension"] else None,
            bundle=LockedBundle.from_dict(row["bundle"]),
            reissues=tuple(_read_reissue(each) for each in row.get("reissues", ())),
            # Not there in what the version before wrote.
            confirmation=_read_signed(row["confirmation"]) if row.get("confirmation") else None,
        )
        for row in document["accounts"]
    )
    return Keyring(
        version=int(document["version"]),
        archive_id=str(document["archive_id"]),
        created=str(document["created"]),
        root=_bytes(document["root"]),
        log=_read_signed(document["log"]),
        compartments={Compartment(c): _read_signed(s) for c, s in document["compartments"].items()},
        accounts={record.account_id: record for record in accounts},
        slots=tuple(map(_read_slot, document["slots"])),
        shares=tuple(map(_read_share, document["shares"])),
        recovery=_read_signed(document["recovery"]) if document.get("recovery") else None,
        recovered=tuple(_read_signed(each) for each in document.get("recovered", ())),
        # A keyring from before keys were changed has none of these.
        orders=tuple(map(_read_order, document.get("orders", ()))),
        rekeyed=tuple(map(_read_signed, document.get("rekeyed", ()))),
        pending=tuple(map(_read_pending, document.get("pending", ()))),
        former={Compartment(c): _bytes(text) for c, text in document.get("former", {}).items()},
    )


def _sealed_all(values: Sequence[KeySlot | IdentityShare | ShareWrap]) -> list[dict[str, Any]]:
    return [{**asdict(value), "sealed": _text(value.sealed)} for value in values]


def _read_slot(row: dict[str, Any]) -> KeySlot:
    return KeySlot(Compartment(row["compartment"]), AccountId(row["account_id"]), _bytes(row["sealed"]))


def _read_share(row: dict[str, Any]) -> IdentityShare:
    return IdentityShare(AccountId(row["account_id"]), int(row["threshold"]), _bytes(row["sealed"]))


def _read_order(row: dict[str, Any]) -> RekeyOrder:
    return RekeyOrder(
        order=_read_signed(row["order"]),
        confirmation=_read_signed(row["confirmation"]) if row["confirmation"] else None,
        wraps=tuple(
            ShareWrap(AccountId(w["from_id"]), AccountId(w["to_id"]), _bytes(w["sealed"]))
            for w in row["wraps"]
        ),
    )


def _reissue(reissue: Reissue) -> dict[str, Any]:
    return {
        "order": _signed(reissue.order),
        "confirmation": _signed(reissue.confirmation),
        "activation": reissue.activation and [_signed(each) for each in reissue.activation],
        "bundle": reissue.bundle and reissue.bundle.to_dict(),
    }


def _read_reissue(row: dict[str, Any]) -> Reissue:
    activation = None
    if row["activation"]:
        first, second = row["activation"]
        activation = (_read_signed(first), _read_signed(second))
    return Reissue(
        order=_read_signed(row["order"]),
        confirmation=_read_signed(row["confirmation"]),
        activation=activation,
        bundle=LockedBundle.from_dict(row["bundle"]) if row["bundle"] else None,
    )


def signed_document(signed: Signed) -> dict[str, str]:
    """How a signed statement is written inside another, or in a setting."""
    return _signed(signed)


def read_signed_document(document: Any) -> Signed:
    """Raises ArchiveDamaged."""
    try:
        return _read_signed(document)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ArchiveDamaged from None


def _read_pending(row: dict[str, Any]) -> Pending:
    return Pending(
        compartment=Compartment(row["compartment"]),
        statement=_read_signed(row["statement"]),
        slots=tuple(map(_read_slot, row["slots"])),
        shares=tuple(map(_read_share, row["shares"])),
        former=_bytes(row["former"]),
    )


def _signed(signed: Signed) -> dict[str, str]:
    return {
        "statement": signed.statement.decode(),
        "signer": signed.signer,
        "signature": _text(signed.signature),
    }


def _read_signed(document: dict[str, str]) -> Signed:
    return Signed(document["statement"].encode(), str(document["signer"]), _bytes(document["signature"]))


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _bytes(value: str) -> bytes:
    return base64.b64decode(value, validate=True)
