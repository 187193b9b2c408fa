"""Who a finding may be about and who may look after it: handles, for the forms of the auditors' room."""

from collections.abc import Mapping

from testimony.domain.accounts import AccountId
from testimony.domain.findings import About, AboutKind
from testimony.domain.roles import Role
from testimony.policy.access import Permission, require
from testimony.services.asking import accounts_with
from testimony.services.sessions import Session
from testimony.storage import accounts as account_rows


def handle_of(session: Session, about: About) -> Mapping[str, str]:
    """What an account that a finding is to be about is called, by its id; empty for anything else."""
    require(session.account, Permission.WRITE_FINDINGS)
    if about.kind is not AboutKind.ACCOUNT:
        return {}
    with session.reading() as connection:
        row = account_rows.find_account(connection, AccountId(about.id))
    return {} if row is None else {row.account_id: row.handle}


def owners(session: Session) -> tuple[tuple[AccountId, str], ...]:
    """Auditors who may look after a finding: (id, handle). Raises Refused."""
    require(session.account, Permission.WRITE_FINDINGS)
    with session.reading() as connection:
        auditors = set(accounts_with(connection, session.archive.keyring(), Role.AUDITOR))
        people = account_rows.all_accounts(connection)
    return tuple((row.account_id, row.handle) for row in people if row.account_id in auditors)
