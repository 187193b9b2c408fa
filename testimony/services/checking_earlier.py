"""The part of a check that looks at links and second accounts: what this account can open is what two people signed."""

import json
from collections.abc import Iterator
from contextlib import suppress

from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action
from testimony.domain.errors import IntegrityFailed
from testimony.domain.testimony import State
from testimony.services.account_link_statements import LinkState, open_link
from testimony.services.second_account_statements import is_signed, read_request
from testimony.services.sessions import Session
from testimony.storage import account_links, case_notes, log_queries, register, second_accounts
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


def requests_gone(connection: Connection) -> Iterator[str]:
    """Testimonies whose witness asked for silence by the log, and of which the row is not there."""
    after: tuple[str, str] | None = None
    kept = tuple(state for state in State if state is not State.DISPOSED)
    while found := register.rows_in_state(connection, kept, after=after, limit=200):
        for row in found:
            if not all(case_notes.find_note(connection, one) for one in _asked_by_log(connection, row.code)):
                yield row.code
        after = (found[-1].submitted_on, found[-1].code)


def _asked_by_log(connection: Connection, code: str) -> Iterator[str]:
    """Ids of the requests. A leaf that cannot be read is a fault that the check of the log tells of."""
    action = Action.REDACTION_DECIDED.value
    for leaf in log_queries.leaves_about(connection, "testimony", code, action):
        with suppress(ValueError, KeyError, TypeError):
            fields = json.loads(leaf)["fields"]
            if fields[:1] == ["witness-request"] and len(fields) == 2:
                yield str(fields[1]).removeprefix("note:")


def _holds(session: Session, connection: Connection, row: RequestRow) -> bool:
    try:
        read_request(session, row)
    except IntegrityFailed:
        return False
    if row.decision is None or row.decided_by is None:
        return row.decision is None
    return is_signed(session, connection, row, AccountId(row.decided_by))
