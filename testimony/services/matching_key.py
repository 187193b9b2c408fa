"""The key that tags of names are made with: interviewers hold it, and nobody who can open the tags.

    slot := seal(interviewer, key, MATCHING_KEY, archive/key id/account)
    statement := signed by the interviewer who gave it: whose slot, of which key, to which of their keys

Whoever holds the vault reads tags and cannot make one; whoever holds this key makes tags and can read none. So it is
given to interviewers that two people stand for and that have no role with a way to the vault, and to nobody else. It
is made by the first interviewer who needs it and handed on by any who has it. It is not exchanged when somebody leaves:
tags cannot be made anew without names, and it opens nothing. Lost by all, it is made anew, which is in the log, and
what came before that day cannot be told.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from crypto.errors import CryptoError
from crypto.keys import Secret
from crypto.labels import Label
from crypto.sealing import open_sealed, seal
from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action
from testimony.domain.roles import Role
from testimony.services.certificates import Certified, certified_account, read_statement, sign_statement
from testimony.services.membership import known_to_ledger
from testimony.services.sessions import Session, Work, timestamp
from testimony.services.two_people import is_confirmed
from testimony.storage import earlier_accounts as rows
from testimony.storage.connections import Connection
from testimony.storage.earlier_accounts import SlotRow
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.keyring import Keyring

FORMAT = "testimony-matching-slot/1"
MADE, MADE_ANEW, HANDED_ON = "matching-key", "matching-key-anew", "matching-key-handed-on"
_WITH_A_WAY_TO_THE_VAULT = frozenset({Role.REVIEWER, Role.INVESTIGATOR})


@dataclass(frozen=True, slots=True)
class MatchingKey:
    """since: when it was made; accounts of before carry no tag of it."""

    key_id: str
    since: datetime
    secret: Secret


def may_hold(keyring: Keyring, connection: Connection, account_id: AccountId) -> Certified | None:
    """An interviewer who may be given the key; None for anybody else."""
    try:
        certified = certified_account(keyring, account_id)
    except ArchiveDamaged:
        return None
    fits = Role.INTERVIEWER in certified.roles and certified.roles.isdisjoint(_WITH_A_WAY_TO_THE_VAULT)
    stands = certified.active and not certified.suspended and is_confirmed(keyring, connection, account_id)
    return certified if fits and stands else None


def matching_key(session: Session, work: Work) -> MatchingKey | None:
    """The key, for this interviewer; made if nobody has one, and handed on to colleagues who lack it.

    None for whoever may not hold it, and for a newcomer to whom no colleague has given it yet.
    """
    keyring = session.archive.keyring()
    if may_hold(keyring, work.connection, session.account.id) is None:
        return None
    standing = [slot for slot in rows.all_slots(work.connection) if _stands(keyring, work.connection, slot)]
    if not standing:
        return _make(session, work, keyring)
    newest = max(standing, key=lambda slot: (slot.made_at, slot.key_id))
    of_newest = [slot for slot in standing if slot.key_id == newest.key_id]
    mine = next((slot for slot in of_newest if slot.account_id == session.account.id), None)
    key = None if mine is None else open_slot(session, keyring, mine)
    if key is not None:
        _hand_on(session, work, keyring, key, frozenset(slot.account_id for slot in of_newest))
    return key


def pass_on(session: Session, now: datetime) -> None:
    """At an interviewer's sign-in: give the key to colleagues who joined. Makes none."""
    if Role.INTERVIEWER not in session.account.roles:
        return
    with session.reading() as connection:
        keyring, slots = session.archive.keyring(), rows.all_slots(connection)
        # A slot of before somebody got new keys does not count any more.
        have = {slot.account_id for slot in slots if _stands(keyring, connection, slot)}
        lacking = {
            account_id
            for account_id in keyring.accounts.keys() - have
            if may_hold(keyring, connection, account_id) is not None
        }
    if slots and lacking:
        with session.work(now) as work:
            matching_key(session, work)


def _make(session: Session, work: Work, keyring: Keyring) -> MatchingKey:
    anew = bool(rows.all_slots(work.connection))
    key = MatchingKey(secrets.token_hex(8), work.now, Secret.random())
    word = MADE_ANEW if anew else MADE
    work.log(Action.KEY_OPERATION, fields=(word, f"key:{key.key_id}"))
    _hand_on(session, work, keyring, key, frozenset())
    return key


def _hand_on(session: Session, work: Work, keyring: Keyring, key: MatchingKey, have: frozenset[str]) -> None:
    known = known_to_ledger(work.connection, keyring)
    for account_id in sorted(known - have):
        to = may_hold(keyring, work.connection, account_id) if account_id in keyring.accounts else None
        if to is None:
            continue
        rows.delete_slot(work.connection, key.key_id, account_id)
        rows.insert_slot(work.connection, slot_for(session, keyring, key, to))
        if account_id != session.account.id:
            work.log(Action.KEY_OPERATION, subject=("account", account_id), fields=(HANDED_ON,))


def slot_for(session: Session, keyring: Keyring, key: MatchingKey, to: Certified) -> SlotRow:
    sealed = seal(
        to.sealing, key.secret.raw, Label.MATCHING_KEY, _context(keyring, key.key_id, to.account_id)
    )
    document = _document(keyring, (key.key_id, timestamp(key.since)), to, sealed)
    signed = sign_statement(document, session.account.id, session.keys.signing, Label.MATCHING_KEY_HANDED_ON)
    return SlotRow(
        key_id=key.key_id,
        account_id=to.account_id,
        made_at=timestamp(key.since),
        giver=session.account.id,
        sealed=sealed,
        statement=signed.statement,
        signature=signed.signature,
    )


def _stands(keyring: Keyring, connection: Connection, slot: SlotRow) -> bool:
    """Whether an interviewer gave this slot to somebody who may hold it now, under the keys they have now."""
    to = may_hold(keyring, connection, AccountId(slot.account_id))
    if to is None:
        return False
    try:
        giver = certified_account(keyring, AccountId(slot.giver))
        document = read_statement(slot.given, giver.signed_with, Label.MATCHING_KEY_HANDED_ON)
    except ArchiveDamaged:
        return False
    # A reviewer who plants a key of their own would read names out of the tags made with it.
    by_interviewer = Role.INTERVIEWER in giver.roles and giver.roles.isdisjoint(_WITH_A_WAY_TO_THE_VAULT)
    same = document == _document(keyring, (slot.key_id, slot.made_at), to, slot.sealed)
    return by_interviewer and same and is_confirmed(keyring, connection, giver.account_id)


def _document(keyring: Keyring, key: tuple[str, str], to: Certified, sealed: bytes) -> dict[str, object]:
    return {
        "format": FORMAT,
        "archive": keyring.archive_id,
        "key": key[0],
        "made_at": key[1],
        "account": to.account_id,
        "sealed_to": hashlib.sha256(to.sealing.raw).hexdigest(),
        "sealed_sha256": hashlib.sha256(sealed).hexdigest(),
    }


def open_slot(session: Session, keyring: Keyring, slot: SlotRow) -> MatchingKey | None:
    context = _context(keyring, slot.key_id, session.account.id)
    try:
        raw = open_sealed(session.keys.sealing, slot.sealed, Label.MATCHING_KEY, context)
        return MatchingKey(slot.key_id, datetime.fromisoformat(slot.made_at), Secret(raw))
    except (CryptoError, ValueError):
        return None


def _context(keyring: Keyring, key_id: str, account_id: str) -> bytes:
    return f"{keyring.archive_id}/{key_id}/{account_id}".encode()
