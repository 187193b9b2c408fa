"""A second custodian's word that an enrolment is right, without which an account gets no key but the ledger's."""

from dataclasses import dataclass, replace
from datetime import datetime

from crypto.labels import Label
from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action, DenyReason
from testimony.domain.errors import Conflict, NotFound, Refused
from testimony.domain.roles import Role
from testimony.policy.access import Permission, require
from testimony.services.account_statements import confirmation_statement
from testimony.services.certificates import certified_account, sign_statement
from testimony.services.sessions import Session
from testimony.services.two_people import CONFIRMED, counted_custodian, is_alone, is_confirmed
from testimony.storage import accounts as account_rows
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.keyring_file import write_keyring


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """An account that waits. may_confirm: this person may; is_alone: because no other custodian is left."""

    account_id: AccountId
    handle: str
    name: str
    roles: tuple[Role, ...]
    enrolled_by: str
    enrolled_at: str
    may_confirm: bool
    is_alone: bool


def confirm_enrolment(session: Session, account_id: AccountId, reason: str, now: datetime) -> None:
    """Sign that this person, with these roles, is to be in the archive. reason: sealed to auditors.

    At the next sign-in of somebody who holds them the account gets the keys of its roles.
    Raises Refused (DR12 for the custodian who enrolled it, unless no other is left), NotFound, Conflict when it is
    confirmed, ArchiveDamaged for an enrolment that no custodian signed.
    """
    archive = session.archive
    with archive.directory.keyring_lock:
        keyring = archive.keyring()
        with session.work(now) as work:
            require(session.account, Permission.MANAGE_ACCOUNTS)
            record = keyring.accounts.get(account_id)
            if record is None or record.suspension is not None:
                raise NotFound
            certified_account(keyring, account_id)
            counted_custodian(keyring, work.connection, session.account.id)
            if is_confirmed(keyring, work.connection, account_id):
                raise Conflict
            is_second = session.account.id not in (record.enrolment.signer, account_id)
            if not is_second and not is_alone(keyring, work.connection, session.account.id, account_id, now):
                raise Refused((DenyReason.SAME_PERSON,), subject=("account", account_id))
            # The entry first: without it the signature below counts for nothing.
            work.log(
                Action.KEY_OPERATION,
                subject=("account", account_id),
                fields=(CONFIRMED,) if is_second else (CONFIRMED, "alone"),
                detail=reason,
            )
        statement = confirmation_statement(keyring.archive_id, account_id, record.enrolment, now)
        confirmation = sign_statement(statement, session.account.id, session.keys.signing, Label.CONFIRMATION)
        write_keyring(archive.directory, keyring.with_account(replace(record, confirmation=confirmation)))


def unconfirmed(session: Session, now: datetime) -> tuple[Unconfirmed, ...]:
    """Accounts that wait for a second custodian, by handle. For a page of this person; Raises Refused."""
    require(session.account, Permission.LIST_ACCOUNTS)
    keyring, me = session.archive.keyring(), session.account.id
    found = []
    with session.reading() as connection:
        rows = account_rows.all_accounts(connection)
        handles = {row.account_id: row.handle for row in rows}
        for row in rows:
            record = keyring.accounts.get(row.account_id)
            if record is None or record.suspension is not None:
                continue
            if is_confirmed(keyring, connection, row.account_id):
                continue
            try:
                roles = tuple(sorted(certified_account(keyring, row.account_id).roles))
            except ArchiveDamaged:
                continue  # Nobody can confirm what no custodian signed.
            by = AccountId(record.enrolment.signer)
            alone = me == by and is_alone(keyring, connection, me, row.account_id, now)
            found.append(
                Unconfirmed(
                    account_id=row.account_id,
                    handle=row.handle,
                    name=row.name,
                    roles=roles,
                    enrolled_by=handles.get(by, by),
                    enrolled_at=row.enrolled_at,
                    may_confirm=alone or me not in (by, row.account_id),
                    is_alone=alone,
                )
            )
    return tuple(found)
