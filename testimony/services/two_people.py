"""Whose word counts as a second person's: accounts whose enrolment two custodians stand for.

One custodian can invite anybody, so an account that one alone enrolled is not yet a second person. It counts when it

- was there from the founding, or from before archives asked for this (the log says since when: the mark), or
- was confirmed by a custodian who counts and is not the one who enrolled it, or
- was confirmed by the one who enrolled it, at a moment when no other custodian was left. One whom that same person
  had suspended in the 30 days before is counted as left: else a custodian could make themself alone.

The log, not the clock, says what was when, so a verdict never changes later. What cannot be known is no.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from crypto.labels import Label
from testimony.domain.accounts import AccountId, AccountState
from testimony.domain.audit import Action
from testimony.domain.roles import Role
from testimony.services.certificates import (
    Certified,
    certified_account,
    certified_custodian,
    confirmed_by,
    signed_after,
)
from testimony.services.generations import OrderSeen
from testimony.services.recovery_statements import Keys, order_of, serial_of_signer
from testimony.services.sessions import Work
from testimony.storage import accounts as account_rows
from testimony.storage import log_queries
from testimony.storage.connections import Connection
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.keyring import ROOT, AccountRecord, Keyring, Signed

MARK = "two-people"
CONFIRMED = "confirmed"
SUSPENSION_COUNTS = timedelta(days=30)
_AFTER_ALL = 2**62
"""A number no entry has."""


@dataclass(frozen=True, slots=True)
class _Event:
    seq: int
    at: datetime
    actor: str | None
    what: str


def begin(work: Work) -> None:
    """Note once, at the first sign-in, that from here two people are asked for."""
    if since(work.connection) is None:
        work.log(Action.KEY_OPERATION, fields=(MARK,))


def since(connection: Connection) -> int | None:
    """The number of the entry from which two people are asked for; None before the first sign-in."""
    return log_queries.first_with_field(connection, Action.KEY_OPERATION.value, MARK)


def is_confirmed(
    keyring: Keyring,
    connection: Connection,
    account_id: AccountId,
    asked: frozenset[AccountId] = frozenset(),
) -> bool:
    """Whether two people stand for this account. asked: those whose own verdict waits for this one."""
    if keyring.verified.get(("confirmed", account_id)):
        return True
    found = keys_stand(keyring, connection, account_id, None, asked)
    if found:
        keyring.verified["confirmed", account_id] = True
    return found


def keys_stand(
    keyring: Keyring,
    connection: Connection,
    account_id: AccountId,
    after: int | None = None,
    asked: frozenset[AccountId] = frozenset(),
) -> bool:
    """The same for the keys it had after so many re-issues; None: for those it has now.

    New keys are given by two people, so each of the two must count with the keys that signed. `certificates` has
    proven that no link rests on itself, so this ends.
    """
    record = keyring.accounts.get(account_id)
    if record is None or not _enrolment_stands(keyring, connection, record, asked):
        return False
    return all(
        _signer_stands(keyring, connection, signed, label, asked)
        for reissue in record.reissues[:after]
        for signed, label in ((reissue.order, Label.REISSUE_ORDER), (reissue.confirmation, Label.REISSUE))
    )


def sheets_stand(
    keyring: Keyring, connection: Connection, certificate: Signed, asked: frozenset[AccountId] = frozenset()
) -> bool:
    """Whether recovery sheets are the founding's, or were ordered and made by two custodians who both count."""
    if certificate.signer == ROOT:
        return True
    return _signer_stands(
        keyring, connection, certificate, Label.RECOVERY_CERTIFICATE, asked
    ) and _signer_stands(keyring, connection, order_of(certificate), Label.RECOVERY_ORDER, asked)


def order_stands(keyring: Keyring, connection: Connection, order: OrderSeen) -> bool:
    """Whether two custodians who both count want new keys."""
    by = (order.ordered_by, order.confirmed_by)
    return all(one is not None and is_confirmed(keyring, connection, one) for one in by)


def _signer_stands(
    keyring: Keyring, connection: Connection, signed: Signed, label: Label, asked: frozenset[AccountId]
) -> bool:
    try:
        after = signed_after(keyring, signed, label)
    except ArchiveDamaged:
        return False
    return keys_stand(keyring, connection, AccountId(signed.signer), after, asked)


def _enrolment_stands(
    keyring: Keyring, connection: Connection, record: AccountRecord, asked: frozenset[AccountId]
) -> bool:
    # Two accounts that confirm one another are confirmed by nobody.
    if record.account_id in asked:
        return False
    return (
        record.enrolment.signer == ROOT
        or _is_by_sheets(keyring, connection, record, asked)
        or _is_older(connection, record.account_id)
        or _second_stands(keyring, connection, record.account_id, asked)
    )


def _is_by_sheets(
    keyring: Keyring, connection: Connection, record: AccountRecord, asked: frozenset[AccountId]
) -> bool:
    """Whether several people brought their recovery sheets together for it, and the ledger knows of that."""
    row = account_rows.find_account(connection, record.account_id)
    enrolled = hashlib.sha256(record.enrolment.statement).hexdigest()
    serial = serial_of_signer(record.enrolment.signer)
    certificates = [one for one in (*keyring.recovered, keyring.recovery) if one is not None]
    return (
        serial is not None
        and row is not None
        and row.enrolment_sha256 == enrolled
        and 1 <= serial <= len(certificates)
        and sheets_stand(keyring, connection, certificates[serial - 1], asked | {record.account_id})
    )


def counted_custodian(keyring: Keyring, connection: Connection, account_id: AccountId) -> Keys:
    """The key of a custodian whose word counts as a second person's. Raises ArchiveDamaged for anybody else."""
    key = certified_custodian(keyring, account_id)
    if not is_confirmed(keyring, connection, account_id):
        raise ArchiveDamaged
    return key


def state_at_sign_in(keyring: Keyring, connection: Connection, account: Certified) -> AccountState:
    """Active; but nobody is custodian, and nobody has new keys, by one custodian's word.

    Until a second confirms, the account may do nothing.
    """
    needs_two = Role.CUSTODIAN in account.roles or bool(keyring.accounts[account.account_id].reissues)
    if needs_two and not is_confirmed(keyring, connection, account.account_id):
        return AccountState.INVITED
    return AccountState.ACTIVE


def other_custodians(
    keyring: Keyring, connection: Connection, without: Iterable[AccountId]
) -> tuple[AccountId, ...]:
    """Custodians who can sign now and whose word counts, besides these."""
    left_out = frozenset(without)
    found = []
    for account_id in keyring.accounts.keys() - left_out:
        try:
            one = certified_account(keyring, account_id)
        except ArchiveDamaged:
            continue
        if Role.CUSTODIAN not in one.roles or one.suspended or not one.active:
            continue
        if is_confirmed(keyring, connection, account_id):
            found.append(account_id)
    return tuple(sorted(found))


def is_alone(
    keyring: Keyring, connection: Connection, custodian: AccountId, newcomer: AccountId, now: datetime
) -> bool:
    """Whether no other custodian is left who could confirm what this one enrolled."""
    at_this_moment = _Event(_AFTER_ALL, now, custodian, CONFIRMED)
    return _alone_at(keyring, connection, at_this_moment, custodian, newcomer)


def _second_stands(
    keyring: Keyring, connection: Connection, account_id: AccountId, asked: frozenset[AccountId]
) -> bool:
    try:
        signer = confirmed_by(keyring, account_id)
    except ArchiveDamaged:
        return False
    if signer is None or signer == account_id:
        return False
    noted = [e for e in _events(connection, account_id) if e.what == CONFIRMED and e.actor == signer]
    if not noted:
        return False
    if signer == keyring.accounts[account_id].enrolment.signer:
        return _alone_at(keyring, connection, noted[0], signer, account_id, asked)
    confirmation = keyring.accounts[account_id].confirmation
    return confirmation is not None and _signer_stands(
        keyring, connection, confirmation, Label.CONFIRMATION, asked | {account_id}
    )


def _alone_at(
    keyring: Keyring,
    connection: Connection,
    moment: _Event,
    custodian: AccountId,
    newcomer: AccountId,
    asked: frozenset[AccountId] = frozenset(),
) -> bool:
    after = 0 if moment.seq < _AFTER_ALL else None
    if not keys_stand(keyring, connection, custodian, after, asked | {newcomer}):
        return False
    for row in account_rows.all_accounts(connection):
        if row.account_id in (custodian, newcomer):
            continue
        if row.account_id not in keyring.accounts:
            return False  # Somebody was taken out of the keyring: who is left cannot be known.
        if _was_left(keyring, connection, row.account_id, moment, custodian):
            return False
    return True


def _was_left(
    keyring: Keyring, connection: Connection, account_id: AccountId, moment: _Event, custodian: AccountId
) -> bool:
    """Whether this was a custodian at that moment who could have confirmed."""
    try:
        if Role.CUSTODIAN not in certified_account(keyring, account_id).roles:
            return False
    except ArchiveDamaged:
        return True
    record, events = keyring.accounts[account_id], _events(connection, account_id)
    counted_from = (
        0
        if record.enrolment.signer == ROOT
        or _is_by_sheets(keyring, connection, record, frozenset())
        or _is_older(connection, account_id)
        else min((e.seq for e in events if e.what == CONFIRMED), default=_AFTER_ALL)
    )
    if counted_from >= moment.seq:
        return False
    ends = [e for e in events if e.what == "suspended" and e.seq < moment.seq]
    if not ends or record.suspension is None:
        return True
    by_oneself = record.suspension.signer == custodian
    return by_oneself and moment.at - ends[0].at < SUSPENSION_COUNTS


def _is_older(connection: Connection, account_id: AccountId) -> bool:
    first = since(connection)
    enrolled = [
        event.seq for event in _events(connection, account_id) if event.what in ("enrolled", "founded")
    ]
    return first is None or any(seq < first for seq in enrolled)


def _events(connection: Connection, account_id: AccountId) -> tuple[_Event, ...]:
    """What was done with the keys of one account, oldest first."""
    leaves = log_queries.leaves_about(connection, "account", account_id, Action.KEY_OPERATION.value)
    try:
        entries = [json.loads(leaf) for leaf in leaves]
        return tuple(
            _Event(e["seq"], datetime.fromisoformat(e["at"]), e["actor"], e["fields"][0])
            for e in entries
            if e["fields"]
        )
    except (ValueError, KeyError, IndexError, TypeError):
        raise ArchiveDamaged from None
