"""Who belongs in which compartment, handing the keys on, and taking the vault's back.

A custodian's certificate says who may hold a key, and for an investigator and the vault a grant to originals; only
a session that holds a key can wrap it. So this runs at each sign-in, and at the next request of anyone signed in
after the keyring changed. A slot taken back no longer opens the vault at the next sign-in; who kept a copy of
the directory can open that copy until the compartment is re-keyed.
"""

from collections.abc import Mapping
from datetime import datetime

from crypto.labels import Label
from crypto.sealing import seal
from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action
from testimony.domain.roles import Role
from testimony.services.certificates import Certified, certified_account
from testimony.services.granting import accounts_with_originals, may_hold_originals
from testimony.services.sessions import Session
from testimony.services.two_people import is_confirmed
from testimony.storage.compartments import Compartment
from testimony.storage.connections import Connection
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.keyring import Keyring, KeySlot, write_keyring

MEMBERS: Mapping[Role, frozenset[Compartment]] = {
    Role.INTERVIEWER: frozenset({Compartment.LEDGER}),
    Role.REVIEWER: frozenset({Compartment.LEDGER, Compartment.VAULT, Compartment.READING_ROOM}),
    Role.INVESTIGATOR: frozenset({Compartment.LEDGER, Compartment.READING_ROOM}),
    Role.AUDITOR: frozenset({Compartment.LEDGER, Compartment.AUDIT}),
    Role.CUSTODIAN: frozenset({Compartment.LEDGER}),
}
"""Identity is in no row: it is opened by shares, never by a slot. An investigator joins the vault by a grant."""

TAKEN_BACK = "vault-taken-back"


def compartments_of(roles: frozenset[Role]) -> frozenset[Compartment]:
    return frozenset().union(*(MEMBERS[role] for role in roles))


def slot_context(archive_id: str, compartment: Compartment, account_id: AccountId) -> bytes:
    """Binds a slot to its place: moved to another account or compartment it does not open."""
    return f"{archive_id}/{compartment.value}/{account_id}".encode()


def wrap_for_members(session: Session, now: datetime) -> None:
    """Give every active member who lacks it each compartment secret that this session holds.

    Takes the vault's back from those whose grant to originals has ended.
    """
    if not any(_changes(session, session.archive.keyring(), now)):
        return
    with session.archive.directory.keyring_lock:
        keyring = session.archive.keyring()
        missing, ended = _changes(session, keyring, now)
        for certified, compartment in missing:
            context = slot_context(keyring.archive_id, compartment, certified.account_id)
            secret = session.archive.secret(compartment)
            sealed = seal(certified.sealing, secret.raw, Label.KEY_SLOT, context)
            keyring = keyring.with_slot(KeySlot(compartment, certified.account_id, sealed))
        for account_id in ended:
            keyring = keyring.without_slot(account_id, Compartment.VAULT)
        # The entry first: a key that was handed on without one would be worse than an entry about a key that
        # was not.
        with session.work(now) as work:
            for certified, compartment in missing:
                work.log(
                    Action.KEY_OPERATION,
                    subject=("account", certified.account_id),
                    fields=(compartment.value,),
                )
            for account_id in ended:
                work.log(
                    Action.KEY_OPERATION,
                    subject=("account", account_id),
                    fields=(TAKEN_BACK,),
                )
        write_keyring(session.archive.directory, keyring)


def _changes(
    session: Session, keyring: Keyring, now: datetime
) -> tuple[list[tuple[Certified, Compartment]], list[AccountId]]:
    """Which keys are to be handed on, and who is to hold the vault's no longer."""
    missing: list[tuple[Certified, Compartment]] = []
    ended: list[AccountId] = []
    with session.reading() as connection:
        with_originals = accounts_with_originals(session, connection, now)
        lacking_a_second = _lacking_a_second(keyring, connection)
    for account_id in keyring.accounts:
        slots = keyring.slots_of(account_id)
        if keyring.accounts[account_id].activation is None:
            continue  # Keys go to what the person made, never to an invitation.
        try:
            certified = certified_account(keyring, account_id)
        except ArchiveDamaged:
            continue  # A forged account gets no key; `testimony check` names it.
        if certified.suspended:
            continue
        members_of = compartments_of(certified.roles)
        if account_id in with_originals and may_hold_originals(certified.roles):
            members_of |= {Compartment.VAULT}
        wanted = members_of & session.archive.secrets.keys()
        if account_id in lacking_a_second:
            wanted &= {Compartment.LEDGER}
        missing += [(certified, compartment) for compartment in sorted(wanted - slots.keys())]
        if Compartment.VAULT in slots.keys() - members_of:
            ended.append(account_id)
    return missing, ended


def _lacking_a_second(keyring: Keyring, connection: Connection) -> frozenset[AccountId]:
    """Accounts that one custodian alone enrolled: they get the ledger's key and no other until a second confirms."""
    return frozenset(a for a in keyring.accounts if not is_confirmed(keyring, connection, a))
