"""What two people signed, verified when it is used: request, grant, their signers, their columns and the log.

Knows no session and no date but those that were signed.
"""

import hashlib
import json
from typing import Any

from crypto.labels import Label
from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action
from testimony.domain.errors import Invalid
from testimony.domain.grants import Grant, GrantRequest
from testimony.services import two_people
from testimony.services.certificates import certified_account, certified_custodian, read_statement
from testimony.services.recovery_statements import Keys
from testimony.storage import grant_requests, log_queries
from testimony.storage.connections import Connection
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.grant_requests import RequestRow
from testimony.storage.grants import GrantRow
from testimony.storage.keyring import Keyring, Signed

ASKED, GIVEN, REFUSED, TAKEN_BACK, ENDED = "asked", "given", "refused", "taken-back", "ended"


def verified_grant(keyring: Keyring, connection: Connection, row: GrantRow) -> Grant:
    """What two people signed, whether or not it still holds; or one custodian, before two were asked for.

    Raises ArchiveDamaged when a signature, a signer, a column beside a statement or the log disagrees.
    """
    key = certified_custodian(keyring, AccountId(row.signed.signer))
    try:
        signed = Grant.from_document(_read_once(keyring, row.signed, key, Label.GRANT))
    except Invalid:
        raise ArchiveDamaged from None
    said = (signed.id, signed.account_id, signed.case_id, signed.granted_by)
    if said != (row.grant_id, row.account_id, row.case_id, row.signed.signer):
        raise ArchiveDamaged
    given = [
        seq
        for what, actor, seq in changes_of(connection, row.grant_id)
        if (what, actor) == (GIVEN, signed.granted_by)
    ]
    if not given:
        raise ArchiveDamaged
    if signed.requested_by is None:
        first = two_people.since(connection)
        # One that a custodian signs alone today is no old grant, whatever its dates say.
        if first is None or given[0] >= first:
            raise ArchiveDamaged
        return signed
    two_people.counted_custodian(keyring, connection, signed.granted_by)
    asked = grant_requests.find_request(connection, row.grant_id)
    if asked is None or not signed.answers(
        verified_request(keyring, connection, asked), asked.signed.statement
    ):
        raise ArchiveDamaged
    return signed


def verified_request(keyring: Keyring, connection: Connection, row: RequestRow) -> GrantRequest:
    """What somebody asked for and signed: for themself, or as a custodian for another.

    Raises ArchiveDamaged when the signature, the signer, a column or the log disagrees.
    """
    requester = certified_account(keyring, AccountId(row.signed.signer))
    try:
        asked = GrantRequest.from_document(
            _read_once(keyring, row.signed, requester.signed_with, Label.GRANT_REQUEST)
        )
    except Invalid:
        raise ArchiveDamaged from None
    said = (asked.id, asked.account_id, asked.case_id, asked.requested_by)
    if said != (row.grant_id, row.account_id, row.case_id, row.signed.signer):
        raise ArchiveDamaged
    if asked.requested_by != asked.account_id:
        two_people.counted_custodian(keyring, connection, asked.requested_by)
    if not any(
        (what, actor) == (ASKED, asked.requested_by)
        for what, actor, _ in changes_of(connection, row.grant_id)
    ):
        raise ArchiveDamaged
    return asked


def _read_once(keyring: Keyring, signed: Signed, key: Keys, label: Label) -> dict[str, Any]:
    """A statement, its signature verified once for each keyring that was read.

    Kept is that these very bytes were signed by this very key, which never changes; whether a grant holds is asked
    each time.
    """
    each = key if isinstance(key, tuple) else (key,)
    parts = (label.encode(), *(one.raw for one in each), signed.statement, signed.signature)
    name = hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()
    if not keyring.verified.get(("statement", name)):
        read_statement(signed, key, label)
        keyring.verified["statement", name] = True
    document: dict[str, Any] = json.loads(signed.statement)
    return document


def changes_of(connection: Connection, grant_id: str) -> tuple[tuple[str, str, int], ...]:
    """What the log says was done to a grant or its request: (what, by which account, number of the entry)."""
    leaves = log_queries.leaves_about(connection, "grant", grant_id, Action.GRANT_CHANGED.value)
    try:
        entries = [json.loads(leaf) for leaf in leaves]
        return tuple((entry["fields"][0], entry["actor"], entry["seq"]) for entry in entries)
    except (ValueError, KeyError, IndexError, TypeError):
        raise ArchiveDamaged from None


def chain_of(connection: Connection, grant: Grant) -> tuple[str, ...]:
    """The grants that led to this one, by their signed words, newest first. They may have ended long ago."""
    found: list[str] = []
    older = grant.renews
    while older is not None and older not in found:
        found.append(older)
        row = grant_requests.find_request(connection, older)
        older = None if row is None else _renews(row)
    return tuple(found)


def _renews(row: RequestRow) -> str | None:
    try:
        return GrantRequest.from_statement(row.signed.statement).renews
    except Invalid:
        return None  # What was changed on disk leads no further; its own line says so.
