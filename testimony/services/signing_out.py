"""Ending sessions everywhere: of oneself, and by a custodian of anybody.

The ledger keeps the moment before which no session of the account counts. The keyring's version goes up with it, which
every open session in every process notices at its next step; those of this process are closed at once by the caller.
"""

from dataclasses import replace
from datetime import datetime

from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action
from testimony.domain.errors import NotFound
from testimony.policy.access import Permission, require
from testimony.services.sessions import Session, Work, timestamp
from testimony.storage import account_guards
from testimony.storage import accounts as account_rows
from testimony.storage.keyring_file import write_keyring

EVERYWHERE = "signed-out-everywhere"
ONE_OTHER = "signed-out-one"


def sign_out_elsewhere(session: Session, now: datetime) -> None:
    """Make every older session of one's own worthless. The caller keeps this one (`SessionStore.close_others`)."""
    require(session.account, Permission.CHANGE_OWN_BUNDLE)
    _sign_out(session, session.account.id, None, now)


def sign_out_account(session: Session, account_id: AccountId, reason: str, now: datetime) -> None:
    """Make every session of an account worthless, one's own included. reason: sealed to auditors.

    Raises Refused, NotFound.
    """
    require(session.account, Permission.MANAGE_ACCOUNTS)
    _sign_out(session, account_id, reason, now)


def log_one_closed(session: Session, now: datetime) -> None:
    """Note that one of one's own sessions was closed from another."""
    with session.work(now) as work:
        work.log(Action.SIGN_IN, subject=("account", session.account.id), fields=(ONE_OTHER,))


def is_worthless(session: Session, counts_from: datetime) -> bool:
    """Whether all sessions of the account were ended after this one began, or the account rests."""
    with session.reading() as connection:
        guard = account_guards.find_guard(connection, session.account.id)
    return guard.signed_out_at is not None and timestamp(counts_from) < guard.signed_out_at


def _sign_out(session: Session, account_id: AccountId, reason: str | None, now: datetime) -> None:
    directory = session.archive.directory
    with directory.keyring_lock:
        with session.work(now) as work:
            if account_rows.find_account(work.connection, account_id) is None:
                raise NotFound
            _mark(work, account_id, now)
            work.log(Action.SIGN_IN, subject=("account", account_id), fields=(EVERYWHERE,), detail=reason)
        write_keyring(directory, session.archive.keyring())


def _mark(work: Work, account_id: AccountId, now: datetime) -> None:
    guard = account_guards.find_guard(work.connection, account_id)
    account_guards.write_guard(work.connection, replace(guard, signed_out_at=timestamp(now)))
