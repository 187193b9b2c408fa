"""Finding: an investigator's search of released text under one purpose.

What grant, consent and release do not allow together does not exist here: the gate's predicate is part of the
statement that finds, counts and orders, so no total, no page and no snippet is made of it. Every hit is in the log,
one by one, before any is shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from search.errors import QueryTooCostly
from search.explanations import Explanation
from search.queries import parse
from search.results import Fragment, Hit, Page, PageKey, PageRequest, Reason
from testimony.domain.audit import Action, DenyReason, Outcome
from testimony.domain.errors import Refused
from testimony.domain.grants import Grant
from testimony.domain.purposes import READING_PURPOSES, Audience, Purpose, audience_of
from testimony.policy.access import Permission, require
from testimony.policy.facts import Use
from testimony.policy.gate import predicate
from testimony.services.granting import grants_in_force
from testimony.services.sessions import Session, Work
from testimony.storage import cases, released
from testimony.storage.cases import Case
from testimony.storage.released import ReleasedRow

PAGE_SIZE = 20
MAX_LOGGED_QUERY = 2000
"""Code points of a query that the log keeps; a longer one is refused and searches nothing."""

NO_WARNING = "CW00"


@dataclass(frozen=True, slots=True)
class CaseOpen:
    """A case that grants open for a purpose. until: the last of them ends then."""

    case: Case
    until: datetime


@dataclass(frozen=True, slots=True)
class PurposeOffer:
    """A purpose that this person may choose, and what it opens. cases: by id, never empty."""

    purpose: Purpose
    audience: Audience
    cases: tuple[CaseOpen, ...]


@dataclass(frozen=True, slots=True)
class FoundRelease:
    """One hit: a release and why it was found.

    month: EDTF. warning: code of warning.csv; None when nobody gave one. snippet: with the found words marked.
    """

    code: str
    number: int
    audience: Audience
    case_id: str
    month: str | None
    language: str
    warning: str | None
    score: float
    snippet: tuple[Fragment, ...] = field(repr=False)
    reasons: tuple[Reason, ...] = field(repr=False)

    @property
    def is_graphic(self) -> bool:
        """Whether a warning stands before it. An account that nobody has looked at for this is one."""
        return self.warning != NO_WARNING


@dataclass(frozen=True, slots=True)
class SearchPage:
    """total: every hit that this person may find for this purpose. next_key: None on the last page."""

    explanation: Explanation = field(repr=False)
    total: int
    hits: tuple[FoundRelease, ...]
    next_key: PageKey | None


def offered_purposes(session: Session, now: datetime) -> tuple[PurposeOffer, ...]:
    """The purposes this person may read for at this moment, each by a verified grant. Empty without one."""
    require(session.account, Permission.SEARCH_RELEASED)
    with session.reading() as connection:
        grants = grants_in_force(session, connection, session.account.id, now)
        known = {case.case_id: case for case in cases.all_cases(connection)}
    return tuple(
        PurposeOffer(purpose, audience_of(purpose), opened)
        for purpose in READING_PURPOSES
        if (opened := _cases_open(grants, purpose, known))
    )


def search(
    session: Session, query_text: str, purpose: Purpose, page_key: PageKey | None, now: datetime
) -> SearchPage:
    """One page of what a query finds for a purpose. Bad syntax is read as words; the explanation says how.

    Raises Refused when no grant in force carries the purpose; QueryTooCostly, which is in the log as well.
    """
    refusal: QueryTooCostly | None = None
    with session.work(now) as work:
        require(session.account, Permission.SEARCH_RELEASED)
        use = use_for(session, work, purpose)
        try:
            page = _find(work, query_text, use, purpose, page_key)
        except QueryTooCostly as too_costly:
            refusal = too_costly
            _log_refusal(work, query_text, purpose, too_costly)
        else:
            rows = released.released_rows(work.connection, [hit.id for hit in page.hits])
            hits = tuple(_found(hit, rows[hit.id]) for hit in page.hits)
            _log_search(work, query_text, purpose, page.total, hits)
    if refusal is not None:
        raise refusal
    return SearchPage(page.explanation, page.total, hits, page.next_key)


def use_for(session: Session, work: Work, purpose: Purpose) -> Use:
    """Who reads, with grants verified in this unit of work.

    Raises Refused when none in force carries the purpose.
    """
    grants = grants_in_force(session, work.connection, session.account.id, now=work.now)
    if not grants:
        raise Refused((DenyReason.NO_GRANT,), purpose=purpose)
    if not any(purpose in grant.purposes for grant in grants):
        raise Refused((DenyReason.PURPOSE_NOT_GRANTED,), purpose=purpose)
    return Use(session.account.id, grants)


def _cases_open(grants: Sequence[Grant], purpose: Purpose, known: dict[str, Case]) -> tuple[CaseOpen, ...]:
    ends: dict[str, datetime] = {}
    for grant in grants:
        if purpose in grant.purposes:
            ends[grant.case_id] = max(grant.valid_until, ends.get(grant.case_id, grant.valid_until))
    return tuple(CaseOpen(known[case_id], until) for case_id, until in sorted(ends.items()))


def _find(work: Work, query_text: str, use: Use, purpose: Purpose, page_key: PageKey | None) -> Page:
    query = parse(query_text, released.FIELDS)
    allowed = predicate(use, purpose, audience_of(purpose), work.now)
    request = PageRequest(size=PAGE_SIZE, after=page_key)
    return released.search_released(work.connection, query, allowed, request)


def _found(hit: Hit, row: ReleasedRow) -> FoundRelease:
    return FoundRelease(
        code=row.code,
        number=row.number,
        audience=Audience(row.audience),
        case_id=row.case_id,
        month=row.month,
        language=row.language,
        warning=row.warning,
        score=hit.score,
        snippet=hit.snippet,
        reasons=hit.reasons,
    )


def _log_search(
    work: Work, query_text: str, purpose: Purpose, total: int, hits: Sequence[FoundRelease]
) -> None:
    """The search, then each testimony of the page on its own: a list of twenty is twenty that were seen."""
    work.log(Action.SEARCH_RELEASED, purpose=purpose, count=total, detail=_loggable(query_text))
    for hit in hits:
        work.log(
            Action.LIST_SHOWN,
            subject=("testimony", hit.code),
            case=hit.case_id,
            purpose=purpose,
            fields=("snippet", f"release:{hit.number}", hit.audience.value),
        )


def _log_refusal(work: Work, query_text: str, purpose: Purpose, refusal: QueryTooCostly) -> None:
    work.log(
        Action.SEARCH_RELEASED,
        purpose=purpose,
        fields=("too costly", refusal.reason.value),
        count=0,
        detail=_loggable(query_text),
        outcome=Outcome.DENIED,
    )


def _loggable(query_text: str) -> str:
    """The query as the log can keep it: a terminal may hand in half a character, which UTF-8 has no form for."""
    return query_text[:MAX_LOGGED_QUERY].encode(errors="backslashreplace").decode()
