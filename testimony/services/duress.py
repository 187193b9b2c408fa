"""What a duress signal does: the account's grants end and it rests until two custodians say otherwise.

While an account rests its own password opens the empty profile as well (docs/decisions/0014): a refusal would show
that something is wrong to whoever forces the person. In the server's pages and commands, that is; who has the disk,
the program and the real password opens what it opens.
"""

from dataclasses import replace
from datetime import datetime

from crypto.labels import Label
from crypto.sealing import seal
from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action, DenyReason, Outcome
from testimony.domain.errors import Conflict, NotFound, Refused
from testimony.policy.access import Permission, require
from testimony.services.alarm_raising import consider_log
from testimony.services.archives import Archive
from testimony.services.closings import Closing, Kind, write_closing
from testimony.services.generations import compartment_key
from testimony.services.sessions import Session, Work, timestamp
from testimony.services.verified_grants import ENDED
from testimony.storage import account_guards, log
from testimony.storage import accounts as account_rows
from testimony.storage import grants as grant_rows
from testimony.storage.account_guards import Guard
from testimony.storage.compartments import Compartment
from testimony.storage.connections import Connection
from testimony.storage.directory import ArchiveDirectory
from testimony.storage.errors import StorageFailed
from testimony.storage.keyring import Keyring

DURESS = "duress"
LIFT_ASKED = "hold-lift-asked"
LIFTED = "hold-lifted"
ENTERED_WHILE_HELD = "own-password"
"""The field of a duress signal that came with the account's own password, while it rested."""


def end_grants_of(
    connection: Connection, account_id: AccountId, cause: str, at: str
) -> tuple[log.Entry, ...]:
    """End every grant of an account; return the entries that say so, to be appended in this transaction."""
    entries = []
    for row in grant_rows.grants_of(connection, account_id):
        if grant_rows.revoke_grant(connection, row.grant_id, at):
            entries.append(
                log.Entry(
                    at=at,
                    actor=None,
                    roles=(),
                    action=Action.GRANT_CHANGED.value,
                    outcome=Outcome.ALLOWED.value,
                    subject=("grant", row.grant_id),
                    case_id=row.case_id,
                    fields=(ENDED, f"to:{account_id}", cause),
                )
            )
    return tuple(entries)


def hold(
    directory: ArchiveDirectory, connection: Connection, account_id: AccountId, since: str, now: datetime
) -> tuple[log.Entry, ...]:
    """Let an account rest, end its grants and its sessions. Returns the entries to append. since: of the signal.

    It is noted outside as well, so that a copy put back from a backup of before lets the account rest too.
    """
    write_closing(directory, connection, Closing(Kind.REST, account_id, since))
    return rest(connection, account_id, since, now)


def rest(connection: Connection, account_id: AccountId, since: str, now: datetime) -> tuple[log.Entry, ...]:
    """The same, where it is noted already."""
    guard = account_guards.find_guard(connection, account_id)
    account_guards.write_guard(
        connection,
        replace(
            guard,
            signed_out_at=timestamp(now),
            held_since=guard.held_since or since,
            lift_asked_by=None,
            lift_asked_at=None,
        ),
    )
    return end_grants_of(connection, account_id, DURESS, timestamp(now))


def signal_at_once(archive: Archive, keyring: Keyring, account_id: AccountId, now: datetime) -> bool:
    """Write the signal and what follows from it into a ledger that somebody has open in this process.

    Returns False when nobody has, or it cannot be written now: the signal then waits outside, sealed.
    """
    at = timestamp(now)
    entry = log.Entry(
        at=at,
        actor=account_id,
        roles=(),
        action=Action.DURESS_SIGNAL.value,
        outcome=Outcome.ALLOWED.value,
        subject=("account", account_id),
        fields=(DURESS,),
        detail=seal(compartment_key(keyring, Compartment.AUDIT), DURESS.encode(), Label.AUDIT_DETAIL),
    )
    try:
        with archive.open_database() as database:
            if database is None:
                return False
            with database.writing() as connection:
                log.append(connection, (entry, *hold(archive.directory, connection, account_id, at, now)))
                consider_log(connection, now)
    except StorageFailed:
        return False
    return True


def is_held(work: Work, account_id: AccountId) -> bool:
    return account_guards.find_guard(work.connection, account_id).held_since is not None


def held(session: Session) -> tuple[Guard, ...]:
    """The accounts that rest after a duress signal. Raises Refused."""
    require(session.account, Permission.LIST_ACCOUNTS)
    with session.reading() as connection:
        return account_guards.held_accounts(connection)


def ask_to_lift(session: Session, account_id: AccountId, reason: str, now: datetime) -> None:
    """The first of two custodians says that the person is free again. reason: sealed to auditors.

    Raises Refused (SAME_PERSON: one's own account), NotFound, Conflict when it was asked already.
    """
    with session.work(now) as work:
        guard = _held_guard(session, work, account_id)
        if guard.lift_asked_by is not None:
            raise Conflict
        asked = replace(guard, lift_asked_by=session.account.id, lift_asked_at=timestamp(now))
        account_guards.write_guard(work.connection, asked)
        work.log(Action.KEY_OPERATION, subject=("account", account_id), fields=(LIFT_ASKED,), detail=reason)


def agree_to_lift(session: Session, account_id: AccountId, reason: str, now: datetime) -> None:
    """The second custodian agrees: the account works again, without the grants that ended.

    Raises Refused (SAME_PERSON: one's own account, or who asked), NotFound, Conflict when nobody has asked.
    """
    with session.work(now) as work:
        guard = _held_guard(session, work, account_id)
        if guard.lift_asked_by is None:
            raise Conflict
        if guard.lift_asked_by == session.account.id:
            raise Refused((DenyReason.SAME_PERSON,), subject=("account", account_id))
        free = Guard(account_id, signed_out_at=guard.signed_out_at)
        account_guards.write_guard(work.connection, free)
        work.log(Action.KEY_OPERATION, subject=("account", account_id), fields=(LIFTED,), detail=reason)


def _held_guard(session: Session, work: Work, account_id: AccountId) -> Guard:
    require(session.account, Permission.MANAGE_ACCOUNTS)
    if account_rows.find_account(work.connection, account_id) is None:
        raise NotFound
    if account_id == session.account.id:
        raise Refused((DenyReason.SAME_PERSON,), subject=("account", account_id))
    guard = account_guards.find_guard(work.connection, account_id)
    if guard.held_since is None:
        raise NotFound
    return guard
