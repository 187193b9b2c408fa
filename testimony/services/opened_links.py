"""The links that open for somebody: those of one witness for custodians, all for who erases. Shows nothing."""

from contextlib import suppress

from testimony.domain.errors import IntegrityFailed
from testimony.services.account_link_statements import LinkKind, LinkState, OpenedLink, open_link
from testimony.services.sessions import Session
from testimony.storage import account_links as rows
from testimony.storage.connections import Connection


def opened_links(session: Session, connection: Connection, kind: LinkKind) -> tuple[OpenedLink, ...]:
    """Those that open for this person. One that was bent is left out; `testimony check` is the place to find it."""
    found = []
    for row in rows.links(connection, kind.value):
        with suppress(IntegrityFailed):
            link = open_link(session, connection, row)
            if link is not None:
                found.append(link)
    return tuple(found)


def same_witness_pairs(session: Session, connection: Connection) -> tuple[frozenset[str], ...]:
    """For a custodian: pairs of accounts that two people hold to be of one witness."""
    links = opened_links(session, connection, LinkKind.WITNESS)
    return tuple(frozenset(link.codes) for link in links if link.state is LinkState.CONFIRMED)


def of_the_same_witness(code: str, pairs: tuple[frozenset[str], ...]) -> frozenset[str]:
    """Every account that pairs lead to from this one, and this one."""
    found, grew = frozenset({code}), True
    while grew:
        more = found.union(*(pair for pair in pairs if not pair.isdisjoint(found)))
        found, grew = more, more != found
    return found


def forget_links(session: Session, connection: Connection, code: str) -> None:
    """A testimony is being erased by a session that holds vault and reading room: its links go, whatever they say.

    So do those that do not open any more: nobody could tell whether they name it. What the log says of them in words
    goes too: it names both codes.
    """
    for row in rows.links(connection):
        try:
            link = open_link(session, connection, row)
        except IntegrityFailed:
            link = None
        if link is None or code in link.codes:
            rows.delete_link(connection, row.link_id)
