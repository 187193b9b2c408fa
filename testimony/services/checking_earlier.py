"""The part of a check that looks at links and second accounts: what this account can open is what two people signed."""

from collections.abc import Iterator

from testimony.domain.accounts import AccountId
from testimony.domain.errors import IntegrityFailed
from testimony.services.account_link_statements import LinkState, open_link
from testimony.services.second_account_statements import is_signed, read_request
from testimony.services.sessions import Session
from testimony.storage import account_links, second_accounts
from testimony.storage.connections import Connection
from testimony.storage.second_accounts import RequestRow


def changed_links(session: Session, connection: Connection) -> Iterator[str]:
    """Ids of links that are not what was signed, or that nobody signed the second time."""
    for row in account_links.links(connection):
        try:
            link = open_link(session, connection, row)
        except IntegrityFailed:
            yield row.link_id
            continue
        if link is not None and link.state is LinkState.BROKEN:
            yield row.link_id


def changed_requests(session: Session, connection: Connection) -> Iterator[str]:
    """Ids of requests for a second account that are not what an interviewer and a custodian signed."""
    for row in second_accounts.all_requests(connection):
        if not _holds(session, connection, row):
            yield row.request_id


def _holds(session: Session, connection: Connection, row: RequestRow) -> bool:
    try:
        read_request(session, row)
    except IntegrityFailed:
        return False
    if row.decision is None or row.decided_by is None:
        return row.decision is None
    return is_signed(session, connection, row, AccountId(row.decided_by))
