"""Testimonies with the words of another: those that the gate allows, each in the log before it is shown."""

from datetime import datetime

from search.errors import QueryTooCostly
from testimony.domain.audit import Action, Outcome
from testimony.domain.codes import parse_code
from testimony.domain.purposes import Purpose, audience_of
from testimony.policy.access import Permission, require
from testimony.policy.gate import predicate
from testimony.services.finding import FoundRelease, found_releases, log_hits, use_for
from testimony.services.reading import permitted
from testimony.services.sessions import Session
from testimony.storage import released

SIMILAR = 10


def similar(session: Session, code: str, purpose: Purpose, now: datetime) -> tuple[FoundRelease, ...]:
    """The nearest, best first; of each the words that it shares are marked.

    Raises BadCode, NotFound and Refused as reading it does; QueryTooCostly, which is in the log as well.
    """
    refusal: QueryTooCostly | None = None
    hits: tuple[FoundRelease, ...] = ()
    canonical = parse_code(code)
    subject = ("testimony", canonical)
    with session.work(now) as work:
        require(session.account, Permission.SEARCH_RELEASED)
        _, release_id = permitted(session, work, canonical, purpose)
        allowed = predicate(use_for(session, work, purpose), purpose, audience_of(purpose), work.now)
        try:
            near = released.similar_released(work.connection, release_id, allowed, SIMILAR)
        except QueryTooCostly as too_costly:
            refusal = too_costly
            fields = ("similar", "too costly", too_costly.reason.value)
            work.log(
                Action.SEARCH_RELEASED,
                subject=subject,
                purpose=purpose,
                fields=fields,
                count=0,
                outcome=Outcome.DENIED,
            )
        else:
            hits = found_releases(work.connection, near)
            work.log(
                Action.SEARCH_RELEASED, subject=subject, purpose=purpose, fields=("similar",), count=len(hits)
            )
            log_hits(work, purpose, hits, "similar", "snippet")
    if refusal is not None:
        raise refusal
    return hits
