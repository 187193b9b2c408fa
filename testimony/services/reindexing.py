"""Rebuilding: each full-text index is compared with the rows it is made of, mended, and compared again.

A page at a time, each page that differs in a short transaction of its own, while everybody else reads and writes.
Dies between any two: every page is as it was or as it should be, and the next run goes on, since what is right
already is only compared. Nothing is kept outside the archive.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from search.mending import FIRST_TERM, Term, TermPage
from testimony.domain.audit import Action, DenyReason, Outcome
from testimony.policy.access import Permission, require
from testimony.services.sessions import Session
from testimony.storage import indexing
from testimony.storage.compartments import Compartment
from testimony.storage.indexing import Indexed

TERM_PAGE = 5_000

PAGE = 200
"""Documents a transaction; one takes a millisecond or two, and a writer elsewhere waits as long."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the rebuilding of one index is.

    done, total: pages' documents looked at, twice each. testimonies: how many the rows tell of. mended, removed.
    Entries. equal: None until all was compared again; then whether the index is what the rows make.
    """

    compartment: Compartment
    done: int
    total: int
    testimonies: int
    mended: int
    removed: int
    equal: bool | None = None


def reindex(session: Session, now: datetime, *, page: int = PAGE) -> Iterator[Progress]:
    """Rebuild every index that this account can open; the last word on each has `equal`.

    Raises Refused; CompartmentClosed for an account that holds no such key.
    """
    with session.work(now) as work:
        require(session.account, Permission.REINDEX)
        session.archive.secret(Compartment.READING_ROOM)
        work.log(Action.WRITTEN, fields=("reindex-started",))
    for indexed in _open_to(session):
        yield from _rebuild(session, indexed, page, now)


def fill(session: Session, now: datetime) -> None:
    """Give every index that is short of entries those it lacks, as after an upgrade that emptied it.

    For whoever holds the key; it shows nothing and changes nothing but the index.
    """
    for indexed in _open_to(session):
        with session.reading() as connection:
            short = indexing.is_short(connection, indexed)
        if short:
            for _ in _mend_pages(session, indexed, PAGE, now):
                pass


def _open_to(session: Session) -> tuple[Indexed, ...]:
    return tuple(i for i in indexing.INDEXES if i.compartment in session.archive.secrets)


def _rebuild(session: Session, indexed: Indexed, size: int, now: datetime) -> Iterator[Progress]:
    _begin(session, indexed, now)
    with session.reading() as connection:
        total = 2 * indexed.count(connection)
    done = mended = removed = 0
    for seen, wrong, stale in _mend_pages(session, indexed, size, now):
        done, mended, removed = done + seen, mended + wrong, removed + stale
        yield Progress(indexed.compartment, min(done, total), total, 0, mended, removed)
    removed += _drop_stray_terms(session, indexed, now)
    testimonies: set[str] = set()
    equal = True
    for difference in _pages(session, indexed, size):
        equal = equal and difference.is_none
        testimonies.update(*(document.fields["code"] for document in difference.documents))
        done += len(difference.documents)
        yield Progress(indexed.compartment, min(done, total), total, len(testimonies), mended, removed)
    equal = equal and not any(page.stray for page in _term_pages(session, indexed))
    with session.reading() as connection:
        equal = equal and indexing.is_sound(connection, indexed)
    with session.work(now) as work:
        work.log(
            Action.WRITTEN,
            fields=("reindexed", indexed.compartment.value),
            count=mended + removed,
            outcome=Outcome.ALLOWED if equal else Outcome.DENIED,
            reasons=() if equal else (DenyReason.INTEGRITY_FAILED,),
        )
    yield Progress(indexed.compartment, total, total, len(testimonies), mended, removed, equal)


def _begin(session: Session, indexed: Indexed, now: datetime) -> None:
    """Empty an index that is damaged inside: pages could be compared, but not mended. Number what has no number."""
    with session.reading() as connection:
        sound = indexing.is_sound(connection, indexed)
    with session.work(now) as work:
        if numbered := indexed.number(work.connection):
            work.log(Action.WRITTEN, fields=("index-numbered", indexed.compartment.value), count=numbered)
        if not sound:
            indexing.make_anew(work.connection, indexed)
            work.log(Action.WRITTEN, fields=("index-emptied", indexed.compartment.value))


def _mend_pages(
    session: Session, indexed: Indexed, size: int, now: datetime
) -> Iterator[tuple[int, int, int]]:
    """Mend page by page; yield how many documents, how many entries were written and how many removed."""
    after: int | None = 0
    while after is not None:
        with session.reading() as connection:
            page = indexing.difference(connection, indexed, after, size)
        if not page.is_none:
            # From here to the commit: this page is as it was, or as its rows are.
            with session.work(now) as work:
                page = indexing.mend(work.connection, indexed, page, after, size)
                work.log(
                    Action.WRITTEN,
                    fields=("index-mended", indexed.compartment.value),
                    count=len(page.wrong) + len(page.stale),
                )
        yield len(page.documents), len(page.wrong), len(page.stale)
        after = page.last


def _drop_stray_terms(session: Session, indexed: Indexed, now: datetime) -> int:
    """Forget words that stand in no document of the index; return how many there were."""
    dropped = 0
    for page in _term_pages(session, indexed):
        if page.stray:
            with session.work(now) as work:
                indexing.drop_terms(work.connection, indexed, page.stray)
                work.log(
                    Action.WRITTEN,
                    fields=("index-terms-dropped", indexed.compartment.value),
                    count=len(page.stray),
                )
        dropped += len(page.stray)
    return dropped


def _term_pages(session: Session, indexed: Indexed) -> Iterator[TermPage]:
    after: Term | None = FIRST_TERM
    while after is not None:
        with session.reading() as connection:
            page = indexing.terms(connection, indexed, after, TERM_PAGE)
        yield page
        after = page.last


def _pages(session: Session, indexed: Indexed, size: int) -> Iterator[indexing.Difference]:
    after: int | None = 0
    while after is not None:
        with session.reading() as connection:
            page = indexing.difference(connection, indexed, after, size)
        yield page
        after = page.last
