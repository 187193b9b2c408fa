"""Saved searches and their notices. What somebody looks for is sealed to that person alone.

A notice says that later releases match, and how many: no word, no code. It is made anew each time, through the
gate of that moment, and never kept: what was withdrawn, closed or granted until yesterday raises none.
"""

import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime

from crypto.errors import Tampered
from search.errors import CostReason, QueryTooCostly
from search.results import PageRequest
from testimony.domain.audit import Action, Outcome
from testimony.domain.errors import Conflict, Invalid, NotFound, Problem
from testimony.domain.grants import Grant
from testimony.domain.purposes import Purpose, audience_of
from testimony.policy.access import Permission, require
from testimony.policy.facts import Use
from testimony.policy.gate import predicate
from testimony.services.finding import use_for
from testimony.services.granting import grants_in_force, use_in_force
from testimony.services.saved_search_documents import SavedDocument, open_row, seal_saved
from testimony.services.search_queries import MAX_LOGGED_QUERY, loggable, query_of
from testimony.services.search_requests import SearchRequest
from testimony.services.sessions import Session, Work, timestamp
from testimony.storage import released, saved_searches
from testimony.storage.coding import query_labels
from testimony.storage.compartments import Compartment
from testimony.storage.connections import Connection
from testimony.storage.saved_searches import SavedSearchRow

MAX_SAVED = 50
MAX_NAME = 120
MAX_FILTERS = 40
MAX_FILTER = 200
"""Code points of a field's name and of its value."""


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """One's own. created_at: ISO 8601, UTC. is_open: whether a grant in force carries its purpose.

    One that is not open is kept and runs nothing.
    """

    id: str
    name: str = field(repr=False)
    request: SearchRequest
    purpose: Purpose
    created_at: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class Notice:
    """How many releases made since the owner last looked match a saved search, and may be found, now."""

    saved_id: str
    count: int


def save(session: Session, request: SearchRequest, name: str, purpose: Purpose, now: datetime) -> SavedSearch:
    """Keep a search. Releases made from now on raise notices.

    Raises Refused when no grant in force carries the purpose; QueryTooCostly; Conflict when there are
    `MAX_SAVED`; Invalid with fields name (required, too_long, bad_character), query (too_long), filters
    (too_many, too_long).
    """
    document = SavedDocument(name.strip(), request, purpose, 0)
    _require_bounds(document)
    saved_id = secrets.token_hex(16)
    with session.work(now) as work:
        require(session.account, Permission.SEARCH_RELEASED)
        session.archive.secret(Compartment.READING_ROOM)
        use_for(session, work, purpose)
        query_of(request)
        if saved_searches.count_saved(work.connection, session.account.id) >= MAX_SAVED:
            raise Conflict
        document = replace(document, seen=released.newest_release(work.connection))
        row = SavedSearchRow(
            saved_id, session.account.id, _sealed(session, saved_id, document), timestamp(now)
        )
        saved_searches.insert_saved(work.connection, row)
        work.log(Action.WRITTEN, subject=("saved-search", saved_id))
    return _shown(row, document, is_open=True)


def saved(session: Session, now: datetime) -> tuple[SavedSearch, ...]:
    """One's own, oldest first. Those that no longer open are left out; `unreadable` names them."""
    require(session.account, Permission.SEARCH_RELEASED)
    with session.reading() as connection:
        opened = _opened(session, connection)
        granted = _granted(grants_in_force(session, connection, session.account.id, now))
    return tuple(_shown(row, one, is_open=one.purpose in granted) for row, one in opened)


def unreadable(session: Session) -> tuple[str, ...]:
    """Ids of one's own that do not open: changed on disk, or sealed to keys that this account had before."""
    require(session.account, Permission.SEARCH_RELEASED)
    with session.reading() as connection:
        rows = saved_searches.saved_by(connection, session.account.id)
        opened = {row.saved_id for row, _ in _opened(session, connection)}
    return tuple(row.saved_id for row in rows if row.saved_id not in opened)


def find_saved(session: Session, saved_id: str, now: datetime) -> SavedSearch:
    """One of one's own, to run it again. Raises NotFound, also for another account's; Tampered."""
    require(session.account, Permission.SEARCH_RELEASED)
    with session.reading() as connection:
        row, document = _open_own(session, connection, saved_id)
        granted = _granted(grants_in_force(session, connection, session.account.id, now))
    return _shown(row, document, is_open=document.purpose in granted)


def forget(session: Session, saved_id: str, now: datetime) -> None:
    """Delete one of one's own. Nothing of it can be brought back. Raises NotFound."""
    with session.work(now) as work:
        require(session.account, Permission.SEARCH_RELEASED)
        if not saved_searches.delete_saved(work.connection, saved_id, session.account.id):
            raise NotFound
        work.log(Action.DISPOSED, subject=("saved-search", saved_id))


def mark_seen(session: Session, saved_id: str, now: datetime) -> None:
    """Raise no more notices of what was released until the last notice. Raises NotFound, Tampered."""
    with session.work(now) as work:
        require(session.account, Permission.SEARCH_RELEASED)
        session.archive.secret(Compartment.READING_ROOM)
        row, document = _open_own(session, work.connection, saved_id)
        newest = released.newest_release(work.connection)
        # What was released between the notice and this is still news.
        seen = min(newest, int(session.desk.get(_told_name(saved_id), newest)))
        if seen > document.seen:
            sealed = _sealed(session, saved_id, replace(document, seen=seen))
            saved_searches.replace_sealed(work.connection, row, sealed)
            work.log(Action.WRITTEN, subject=("saved-search", saved_id), fields=("seen",))


def news(session: Session, now: datetime) -> tuple[Notice, ...]:
    """The notices of this moment. Each is in the log before it is returned.

    When nothing was released since, nothing is searched and nothing logged. Raises Refused.
    """
    require(session.account, Permission.SEARCH_RELEASED)
    if not _waiting(session, now):
        return ()
    notices = []
    with session.work(now) as work:
        newest = released.newest_release(work.connection)
        use = use_in_force(session, work.connection, session.account.id, now)
        for row, one in _opened(session, work.connection):
            if not _is_waiting(session, row, one, newest) or one.purpose not in _granted(use.grants):
                continue
            found = _count(work, one, use)
            session.desk[_told_name(row.saved_id)] = str(newest)
            if found.count:
                notices.append(Notice(row.saved_id, found.count))
            else:
                # In memory only, and only that there was nothing: the next release makes it look again.
                session.desk[_nothing_name(row.saved_id)] = str(newest)
            if found.took_all_time:
                break  # The rest is looked at next time: nobody else can write while this lasts.
    return tuple(notices)


def _waiting(session: Session, now: datetime) -> bool:
    """Whether there is anything to look for: cheap, and leaves no trace."""
    if Compartment.READING_ROOM not in session.archive.secrets:
        return False
    with session.reading() as connection:
        newest = released.newest_release(connection)
        waiting = [one for row, one in _opened(session, connection) if _is_waiting(session, row, one, newest)]
        if not waiting:
            return False
        granted = _granted(grants_in_force(session, connection, session.account.id, now))
    return any(one.purpose in granted for one in waiting)


def _is_waiting(session: Session, row: SavedSearchRow, one: SavedDocument, newest: int) -> bool:
    return one.seen < newest and session.desk.get(_nothing_name(row.saved_id)) != str(newest)


@dataclass(frozen=True, slots=True)
class _Looked:
    count: int
    took_all_time: bool = False


def _count(work: Work, saved_one: SavedDocument, use: Use) -> _Looked:
    """Search and log."""
    purpose = saved_one.purpose
    allowed = predicate(use, purpose, audience_of(purpose), work.now)
    page = PageRequest(size=1, newer_than=saved_one.seen)
    try:
        query = query_of(saved_one.request, query_labels(work.connection, audience_of(purpose)))
        count = released.search_released(work.connection, query, allowed, page).total
    except QueryTooCostly as too_costly:
        _log(work, saved_one, 0, ("too costly", too_costly.reason.value), Outcome.DENIED)
        return _Looked(0, too_costly.reason is CostReason.TIME)
    _log(work, saved_one, count)
    return _Looked(count)


def _log(
    work: Work,
    saved_one: SavedDocument,
    count: int,
    more: tuple[str, ...] = (),
    outcome: Outcome = Outcome.ALLOWED,
) -> None:
    work.log(
        Action.SEARCH_RELEASED,
        purpose=saved_one.purpose,
        fields=("saved-search", *more),
        count=count,
        detail=loggable(saved_one.request),
        outcome=outcome,
    )


def _opened(session: Session, connection: Connection) -> list[tuple[SavedSearchRow, SavedDocument]]:
    found = []
    for row in saved_searches.saved_by(connection, session.account.id):
        try:
            found.append((row, open_row(session.keys.sealing, session.account.id, row)))
        except Tampered:
            continue  # Named by `unreadable`; one broken row must not take the others away.
    return found


def _open_own(
    session: Session, connection: Connection, saved_id: str
) -> tuple[SavedSearchRow, SavedDocument]:
    row = saved_searches.find_saved(connection, saved_id, session.account.id)
    if row is None:
        raise NotFound
    return row, open_row(session.keys.sealing, session.account.id, row)


def _sealed(session: Session, saved_id: str, document: SavedDocument) -> bytes:
    return seal_saved(session.keys.sealing, session.account.id, saved_id, document)


def _shown(row: SavedSearchRow, document: SavedDocument, *, is_open: bool) -> SavedSearch:
    return SavedSearch(
        row.saved_id, document.name, document.request, document.purpose, row.created_at, is_open
    )


def _granted(grants: tuple[Grant, ...]) -> frozenset[Purpose]:
    return frozenset[Purpose]().union(*(grant.purposes for grant in grants))


def _require_bounds(document: SavedDocument) -> None:
    request = document.request
    parts = tuple(part for one in request.filters for part in one)
    rules = (
        (bool(document.name), "name", "required"),
        (len(document.name) <= MAX_NAME, "name", "too_long"),
        (len(request.query) <= MAX_LOGGED_QUERY, "query", "too_long"),
        (len(request.filters) <= MAX_FILTERS, "filters", "too_many"),
        (all(len(part) <= MAX_FILTER for part in parts), "filters", "too_long"),
        (document.name.isprintable(), "name", "bad_character"),
        (all(map(_is_whole, (document.name, request.query, *parts))), "", "bad_character"),
    )
    if problems := tuple(Problem(name, code) for holds, name, code in rules if not holds):
        raise Invalid(problems)


def _is_whole(text: str) -> bool:
    """Whether UTF-8 has a form for it: a terminal may hand in half a character."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _told_name(saved_id: str) -> str:
    return f"saved-search-told:{saved_id}"


def _nothing_name(saved_id: str) -> str:
    return f"saved-search-nothing:{saved_id}"
