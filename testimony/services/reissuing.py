"""New keys for somebody who lost their password: two custodians, two half codes, one person.

A orders and gets the first half of the one-time code, B confirms and gets the second; the person types both. Neither
half opens anything alone, so no custodian can become somebody else. With the old keys is gone what was sealed to them
alone: drafts, saved searches, an identity share. Keys of compartments are wrapped anew by whoever holds them.

Dies between the ledger and the keyring: ordering and confirming are done again; the drafts of the account are gone.
"""

from dataclasses import replace
from datetime import datetime

from crypto.codes import CODE_CHARACTERS, OneTimeCode, new_one_time_code, normalise_code
from crypto.errors import BadCode, WrongPassword
from crypto.keys import Secret
from crypto.labels import Label
from crypto.passwords import Argon2Cost, LockedBundle, lock_bundle, unlock_bundle
from crypto.sealing import SealingKey, open_sealed
from crypto.signing import SigningKey
from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action, DenyReason, Outcome
from testimony.domain.errors import Conflict, NotFound, NotYet, Refused
from testimony.policy.access import Permission, require
from testimony.services import pending_orders
from testimony.services.account_statements import activation_statement
from testimony.services.archives import Archive
from testimony.services.certificates import INVITATION, certified_account, read_statement, sign_statement
from testimony.services.locked_log import log_while_locked
from testimony.services.membership import Recipient, slot_context, slot_of
from testimony.services.reissue_statements import order_document, read_order, reissue_document
from testimony.services.sessions import BundleContent, Session, parse_keys, serialise_keys, timestamp
from testimony.services.signin import require_pinned
from testimony.services.two_people import counted_custodian
from testimony.storage import account_guards, disclosures, drafts, saved_searches
from testimony.storage.compartments import Compartment
from testimony.storage.connections import Connection
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.keyring import AccountRecord, Keyring, Reissue, Signed
from testimony.storage.keyring_file import read_signed_document, signed_document, write_keyring


class PendingReissue:
    """An order that waits for another custodian. ordered_by: whose signature holds."""

    __slots__ = ("bundle", "ordered_by", "signed", "until")

    def __init__(self, signed: Signed, bundle: LockedBundle, until: datetime) -> None:
        self.ordered_by = AccountId(signed.signer)
        self.signed = signed
        self.bundle = bundle
        self.until = until


def order_reissue(session: Session, account_id: AccountId, reason: str, now: datetime) -> OneTimeCode:
    """Return the first half of the code, shown once.

    Raises Refused, NotFound, Conflict (one's own account, a suspended one, one nobody has activated yet, or an order
    that waits), NotYet when this account alone opens something: its password is then the last way in.
    """
    keyring = session.archive.keyring()
    with session.work(now) as work:
        require(session.account, Permission.MANAGE_ACCOUNTS)
        record = _require_lost(session, keyring, account_id)
        _require_other_holders(keyring, account_id)
        if find_order(work.connection, keyring, account_id, now) is not None:
            raise Conflict
        keys, bundle, code = _invitation(keyring, account_id, session.archive.archive.cost)
        serial = len(record.reissues) + 1
        public = (SealingKey(keys.sealing).public, SigningKey(keys.signing).public)
        document = order_document(keyring.archive_id, account_id, serial, public, now)
        order = sign_statement(document, session.account.id, session.keys.signing, Label.REISSUE_ORDER)
        kept = {"order": signed_document(order), "bundle": bundle.to_dict()}
        pending_orders.put(work.connection, account_id, kept)
        work.log(
            Action.KEY_OPERATION,
            subject=("account", account_id),
            fields=("ordered", "re-issue"),
            detail=reason,
        )
    return code


def find_order(
    connection: Connection, keyring: Keyring, account_id: AccountId, now: datetime
) -> PendingReissue | None:
    """The order that waits, if a custodian signed it for the account as it stands and it is not past."""
    kept = pending_orders.pending(connection, account_id)
    record = keyring.accounts.get(account_id)
    if kept is None or record is None:
        return None
    try:
        signed = read_signed_document(kept["order"])
        document = read_order(
            keyring,
            account_id,
            len(record.reissues) + 1,
            signed,
            lambda signer: counted_custodian(keyring, connection, signer),
            read_statement,
        )
        until = datetime.fromisoformat(document["until"])
        bundle = LockedBundle.from_dict(kept["bundle"])
    except (ArchiveDamaged, KeyError, ValueError, TypeError, AttributeError):
        return None
    suspended = keyring.accounts[AccountId(signed.signer)].suspension is not None
    in_time = datetime.fromisoformat(document["at"]) <= now <= until
    return PendingReissue(signed, bundle, until) if in_time and not suspended else None


def waiting_order(session: Session, account_id: AccountId, now: datetime) -> PendingReissue | None:
    """The same for a custodian's page of the account. Raises Refused."""
    require(session.account, Permission.MANAGE_ACCOUNTS)
    with session.reading() as connection:
        return find_order(connection, session.archive.keyring(), account_id, now)


def withdraw_order(session: Session, account_id: AccountId, now: datetime) -> None:
    """Raises Refused, NotFound."""
    with session.work(now) as work:
        require(session.account, Permission.MANAGE_ACCOUNTS)
        if pending_orders.pending(work.connection, account_id) is None:
            raise NotFound
        pending_orders.put(work.connection, account_id, None)
        work.log(Action.KEY_OPERATION, subject=("account", account_id), fields=("order-withdrawn",))


def confirm_reissue(session: Session, account_id: AccountId, reason: str, now: datetime) -> OneTimeCode:
    """Return the second half of the code, shown once. The old password opens nothing from here on.

    The account's open sessions are the caller's to close. Raises Refused (also for who ordered it), NotFound, Conflict.
    """
    archive = session.archive
    with archive.directory.keyring_lock:
        keyring = archive.keyring()
        with session.work(now) as work:
            require(session.account, Permission.MANAGE_ACCOUNTS)
            record = _require_lost(session, keyring, account_id)
            _require_other_holders(keyring, account_id)
            order = find_order(work.connection, keyring, account_id, now)
            if order is None:
                raise NotFound
            if order.ordered_by == session.account.id:
                raise Refused((DenyReason.SAME_PERSON,), subject=("account", account_id))
            keys, bundle, code = _invitation(keyring, account_id, archive.archive.cost)
            reissue = _confirmed(session, keyring, record, order, keys, bundle, now)
            pending_orders.put(work.connection, account_id, None)
            pending_orders.note_reissues(work.connection, account_id, len(record.reissues) + 1)
            _forget_sealed_to(work.connection, account_id)
            # They were keyed with a secret of the bundle that is replaced.
            account_guards.replace_codes(work.connection, account_id, (), timestamp(now))
            work.log(
                Action.KEY_OPERATION, subject=("account", account_id), fields=("re-issued",), detail=reason
            )
        record = replace(record, bundle=order.bundle, reissues=(*record.reissues, reissue))
        keyring = keyring.with_account(record).without_slots_of(account_id)
        keyring = replace(keyring, shares=tuple(s for s in keyring.shares if s.account_id != account_id))
        to = Recipient(account_id, SealingKey(keys.sealing).public)
        ledger = archive.secret(Compartment.LEDGER)
        write_keyring(archive.directory, keyring.with_slot(slot_of(keyring, Compartment.LEDGER, to, ledger)))
    return code


def waits_for_its_person(record: AccountRecord) -> bool:
    """Whether new keys were issued and nobody has made them theirs yet."""
    return bool(record.reissues) and not record.is_activated and record.suspension is None


def activate(
    archive: Archive, keyring: Keyring, record: AccountRecord, code: str, password: str, now: datetime
) -> None:
    """Turn both halves of the code into the person's own keys. Call with the keyring's lock held.

    code: the first half and the second, in this order. Raises WrongPassword, BadCode.
    """
    reissue = record.reissues[-1]
    halves = _halves(code)
    if reissue.bundle is None:
        raise WrongPassword
    account_id = record.account_id
    invitations = tuple(
        parse_keys(unlock_bundle(half, bundle, account_id))
        for half, bundle in zip(halves, (record.bundle, reissue.bundle), strict=True)
    )
    for invitation in invitations:
        require_pinned(keyring, invitation)
    certified_account(keyring, account_id)
    what = (Action.KEY_OPERATION, Outcome.ALLOWED)
    log_while_locked(archive, keyring, what, account_id, "activated", now)
    write_keyring(archive.directory, _activated(archive, keyring, record, invitations, password, now))


def _activated(
    archive: Archive,
    keyring: Keyring,
    record: AccountRecord,
    invitations: tuple[BundleContent, ...],
    password: str,
    now: datetime,
) -> Keyring:
    account_id, newest = record.account_id, record.reissues[-1]
    sealing, signing = Secret.random(), Secret.random()
    own = SealingKey(sealing)
    statement = activation_statement(
        keyring.archive_id, account_id, (own.public, SigningKey(signing).public), now
    )
    first, second = (
        sign_statement(statement, INVITATION, SigningKey(each.signing), Label.ACTIVATION)
        for each in invitations
    )
    root = invitations[1].root
    payload = serialise_keys(account_id, sealing, signing, root, None)
    bundle = lock_bundle(password, payload, account_id, archive.cost)
    for compartment, slot in keyring.slots_of(account_id).items():
        context = slot_context(keyring.archive_id, compartment, account_id)
        old = SealingKey(invitations[1].sealing)
        secret = Secret(open_sealed(old, slot.sealed, Label.KEY_SLOT, context))
        to = Recipient(account_id, own.public)
        keyring = keyring.with_slot(slot_of(keyring, compartment, to, secret))
    newest = replace(newest, activation=(first, second), bundle=None)
    return keyring.with_account(replace(record, bundle=bundle, reissues=(*record.reissues[:-1], newest)))


def _require_lost(session: Session, keyring: Keyring, account_id: AccountId) -> AccountRecord:
    record = keyring.accounts.get(account_id)
    if record is None:
        raise NotFound
    if account_id == session.account.id or record.suspension is not None or record.activation is None:
        raise Conflict
    return record


def _require_other_holders(keyring: Keyring, account_id: AccountId) -> None:
    """Raises NotYet when with these keys something would be gone for good: the sheets count as a holder.

    A password that was only mislaid must not be given up while it is the last one.
    """
    others = {slot.compartment for slot in keyring.slots if slot.account_id != account_id}
    lost = keyring.slots_of(account_id).keys() - others
    shares = [share for share in keyring.shares if share.account_id != account_id]
    threshold = max((share.threshold for share in keyring.shares), default=0)
    if len(shares) < threshold and len(shares) < len(keyring.shares):
        lost |= {Compartment.IDENTITY} - others
    if lost:
        raise NotYet


def _invitation(
    keyring: Keyring, account_id: AccountId, cost: Argon2Cost
) -> tuple[BundleContent, LockedBundle, OneTimeCode]:
    sealing, signing, code = Secret.random(), Secret.random(), new_one_time_code()
    payload = serialise_keys(account_id, sealing, signing, keyring.root, None)
    return parse_keys(payload), lock_bundle(normalise_code(code), payload, account_id, cost), code


def _confirmed(
    session: Session,
    keyring: Keyring,
    record: AccountRecord,
    order: PendingReissue,
    keys: BundleContent,
    bundle: LockedBundle,
    now: datetime,
) -> Reissue:
    public = (SealingKey(keys.sealing).public, SigningKey(keys.signing).public)
    serial = len(record.reissues) + 1
    document = reissue_document(keyring.archive_id, record.account_id, serial, order.signed, public, now)
    signed = sign_statement(document, session.account.id, session.keys.signing, Label.REISSUE)
    return Reissue(order.signed, signed, None, bundle)


def _forget_sealed_to(connection: Connection, account_id: AccountId) -> None:
    """What only the lost keys opened. Sealed objects of drafts are swept like other uploads that nothing names."""
    for draft in drafts.drafts_of(connection, account_id):
        for object_id in drafts.objects_of_draft(connection, draft.draft_id):
            drafts.release_object(connection, draft.draft_id, object_id)
        drafts.delete_draft(connection, draft.draft_id)
    # The other custodians pass the names of recipients on anew.
    disclosures.forget_names_for(connection, account_id)
    for saved in saved_searches.saved_by(connection, account_id):
        saved_searches.delete_saved(connection, saved.saved_id, account_id)


def _halves(code: str) -> tuple[OneTimeCode, OneTimeCode]:
    """Raises BadCode."""
    kept = [character for character in code[:256] if character.isalnum()]
    if len(kept) != 2 * CODE_CHARACTERS:
        raise BadCode("new keys need both halves of the code")
    text = "".join(kept)
    return normalise_code(text[:CODE_CHARACTERS]), normalise_code(text[CODE_CHARACTERS:])
