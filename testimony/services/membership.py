"""Who belongs in which compartment, and handing the keys on.

A custodian's certificate says who may hold a key; only a session that holds it can wrap it. So this runs at
each sign-in, and
at the next request of anyone signed in after the keyring changed.
"""

from collections.abc import Mapping
from datetime import datetime

from crypto.labels import Label
from crypto.sealing import seal
from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action
from testimony.domain.roles import Role
from testimony.services.certificates import Certified, certified_account
from testimony.services.sessions import Session
from testimony.storage.compartments import Compartment
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.keyring import Keyring, KeySlot, write_keyring

MEMBERS: Mapping[Role, frozenset[Compartment]] = {
    Role.INTERVIEWER: frozenset({Compartment.LEDGER}),
    Role.REVIEWER: frozenset({Compartment.LEDGER, Compartment.VAULT, Compartment.READING_ROOM}),
    Role.INVESTIGATOR: frozenset({Compartment.LEDGER, Compartment.READING_ROOM}),
    Role.AUDITOR: frozenset({Compartment.LEDGER, Compartment.AUDIT}),
    Role.CUSTODIAN: frozenset({Compartment.LEDGER}),
}
"""Identity is in no row: it is opened by shares, never by a slot."""


def compartments_of(roles: frozenset[Role]) -> frozenset[Compartment]:
    return frozenset().union(*(MEMBERS[role] for role in roles))


def slot_context(archive_id: str, compartment: Compartment, account_id: AccountId) -> bytes:
    """Binds a slot to its place: moved to another account or compartment it does not open."""
    return f"{archive_id}/{compartment.value}/{account_id}".encode()


def wrap_for_members(session: Session, now: datetime) -> None:
    """Give every active member who lacks it each compartment secret that this session holds."""
    if not _missing(session, session.archive.keyring()):
        return
    with session.archive.directory.keyring_lock:
        keyring = session.archive.keyring()
        missing = _missing(session, keyring)
        for certified, compartment in missing:
            context = slot_context(keyring.archive_id, compartment, certified.account_id)
            secret = session.archive.secret(compartment)
            sealed = seal(certified.sealing, secret.raw, Label.KEY_SLOT, context)
            keyring = keyring.with_slot(KeySlot(compartment, certified.account_id, sealed))
        # The entry first: a key that was handed on without one would be worse than an entry about a key that
        # was not.
        with session.work(now) as work:
            for certified, compartment in missing:
                work.log(
                    Action.KEY_OPERATION,
                    subject=("account", certified.account_id),
                    fields=(compartment.value,),
                )
        write_keyring(session.archive.directory, keyring)


def _missing(session: Session, keyring: Keyring) -> list[tuple[Certified, Compartment]]:
    missing = []
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
        wanted = compartments_of(certified.roles) & session.archive.secrets.keys()
        missing += [(certified, compartment) for compartment in sorted(wanted - slots.keys())]
    return missing
