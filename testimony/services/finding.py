"""Finding: an investigator's search of released text under one purpose.

What grant, consent and release do not allow together does not exist here: the gate's predicate is part of the
search that finds, counts and orders, so no total, no page, no facet, no snippet and no suggestion is made of it.
Every hit is in the log, one by one, before any is shown; facets are counts and are logged with their search.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from search.errors import QueryTooCostly
from search.explanations import Explanation
from search.fields import field_value
from search.results import RELEVANCE, Fragment, Hit, Order, Page, PageKey, PageRequest, Reason
from testimony.domain.audit import Action, Outcome
from testimony.domain.places import Place, PlaceId, PlaceLevel
from testimony.domain.purposes import READING_PURPOSES, Audience, Purpose, audience_of
from testimony.policy.access import Permission, require
from testimony.policy.facts import Use
from testimony.policy.gate import predicate
from testimony.services.ended_grants import note_use
from testimony.services.facets import Facet, Surroundings, facets_of, spellings
from testimony.services.granting import require_purpose, use_in_force
from testimony.services.search_queries import loggable, query_of
from testimony.services.search_requests import SearchOrder, SearchRequest
from testimony.services.sessions import Session, Work
from testimony.services.suggestions import better_query, name_query
from testimony.storage import cases, released
from testimony.storage.cases import Case
from testimony.storage.coding import query_labels
from testimony.storage.connections import Connection
from testimony.storage.places import paths
from testimony.storage.released import ReleasedRow

PAGE_SIZE = 20
NO_WARNING = "CW00"

ORDERS: Mapping[SearchOrder, Order] = {
    SearchOrder.RELEVANCE: RELEVANCE,
    SearchOrder.NEWEST: Order("month", descending=True),
    SearchOrder.OLDEST: Order("month", descending=False),
    SearchOrder.EVENT_LATEST: Order("event", descending=True),
    SearchOrder.EVENT_EARLIEST: Order("event", descending=False),
    SearchOrder.CODE: Order("code", descending=False),
}


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
    acts: codes of violation.csv. regions: where they happened, no finer than that.
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
    acts: tuple[str, ...] = field(default=(), repr=False)
    regions: tuple[Place, ...] = field(default=(), repr=False)

    @property
    def is_graphic(self) -> bool:
        """Whether a warning stands before it. An account that nobody has looked at for this is one."""
        return self.warning != NO_WARNING


@dataclass(frozen=True, slots=True)
class SearchPage:
    """total: every hit that this person may find for this purpose. next_key: None on the last page.

    suggestion: a query that finds more, where this one found little. name_offer: the query with its capitalised
    words as names in any spelling. Both None where there is none, and written so that they read back as they are.
    case_titles, places: what is known of values in the facets; of other values nothing.
    """

    explanation: Explanation = field(repr=False)
    total: int
    hits: tuple[FoundRelease, ...]
    next_key: PageKey | None
    facets: tuple[Facet, ...] = field(default=(), repr=False)
    suggestion: str | None = field(default=None, repr=False)
    name_offer: str | None = field(default=None, repr=False)
    case_titles: Mapping[str, str] = field(default_factory=dict, repr=False)
    places: Mapping[str, Place] = field(default_factory=dict, repr=False)


def offered_purposes(session: Session, now: datetime) -> tuple[PurposeOffer, ...]:
    """The purposes this person may read for at this moment, each by a verified grant. Empty without one."""
    require(session.account, Permission.SEARCH_RELEASED)
    with session.reading() as connection:
        use = use_in_force(session, connection, session.account.id, now)
        known = {case.case_id: case for case in cases.all_cases(connection)}
    return tuple(
        PurposeOffer(purpose, audience_of(purpose), opened)
        for purpose in READING_PURPOSES
        if (opened := _cases_open(use, purpose, known))
    )


def begin_purpose(session: Session, purpose: Purpose, now: datetime) -> None:
    """From here this session reads by the grants that carry a purpose, and ends with any of them."""
    require(session.account, Permission.SEARCH_RELEASED)
    with session.reading() as connection:
        note_use(session, use_in_force(session, connection, session.account.id, now), purpose)


def search(
    session: Session, request: SearchRequest, purpose: Purpose, page_key: PageKey | None, now: datetime
) -> SearchPage:
    """One page of what a request finds for a purpose. Bad syntax is read as words; the explanation says how.

    Suggestions come with the first page. Raises Refused when no grant in force carries the purpose;
    QueryTooCostly, which is in the log as well.
    """
    refusal: QueryTooCostly | None = None
    with session.work(now) as work:
        require(session.account, Permission.SEARCH_RELEASED)
        use = use_for(session, work, purpose)
        try:
            found = _searched(work, request, use, purpose, page_key)
        except QueryTooCostly as too_costly:
            refusal = too_costly
            _log_refusal(work, request, purpose, too_costly)
        else:
            _log_search(work, request, purpose, found)
    if refusal is not None:
        raise refusal
    return found


def use_for(session: Session, work: Work, purpose: Purpose) -> Use:
    """Who reads, with grants verified in this unit of work.

    Raises Refused when none in force carries the purpose, or a wall stands before all that do.
    """
    use = use_in_force(session, work.connection, session.account.id, now=work.now)
    require_purpose(use, use.grants, purpose)
    note_use(session, use, purpose)
    return use


def _cases_open(use: Use, purpose: Purpose, known: dict[str, Case]) -> tuple[CaseOpen, ...]:
    ends: dict[str, datetime] = {}
    for grant in use.grants:
        if purpose in grant.purposes and grant.case_id not in use.walled:
            ends[grant.case_id] = max(grant.valid_until, ends.get(grant.case_id, grant.valid_until))
    return tuple(CaseOpen(known[case_id], until) for case_id, until in sorted(ends.items()))


def _searched(
    work: Work, request: SearchRequest, use: Use, purpose: Purpose, page_key: PageKey | None
) -> SearchPage:
    audience = audience_of(purpose)
    allowed = predicate(use, purpose, audience, work.now)
    query = query_of(request, query_labels(work.connection, audience))
    is_first = page_key is None
    asked = PageRequest(
        size=PAGE_SIZE,
        after=page_key,
        order=ORDERS[request.order],
        facets=released.FACETS,
    )
    page = released.search_released(work.connection, query, allowed, asked)
    around, titles = _surroundings(work.connection, page)
    return SearchPage(
        page.explanation,
        page.total,
        found_releases(work.connection, page.hits),
        page.next_key,
        facets_of(query, page.facets, page.total, audience, around),
        better_query(work.connection, query, request, allowed, page.total) if is_first else None,
        name_query(query_of(replace(request, filters=()))) if is_first else None,
        titles,
        around.places,
    )


def found_releases(connection: Connection, hits: Sequence[Hit]) -> tuple[FoundRelease, ...]:
    """What is shown of hits, in their order, with what was coded of them."""
    ids = [hit.id for hit in hits]
    rows = released.released_rows(connection, ids)
    coded = {
        key: {name: tuple(spellings(name).get(v, v) for v in values) for name, values in fields.items()}
        for key, fields in released.found_by(connection, ids, ("act", "place")).items()
    }
    named = paths(connection, {place for fields in coded.values() for place in fields.get("place", ())})
    places = {key: path[-1] for key, path in named.items()}
    return tuple(_found(hit, rows[hit.id], coded[hit.id], places) for hit in hits)


def log_hits(work: Work, purpose: Purpose, hits: Sequence[FoundRelease], *fields: str) -> None:
    """Each testimony of a list on its own: a list of twenty is twenty that were seen."""
    for hit in hits:
        coded = ("acts",) if hit.acts else ()
        work.log(
            Action.LIST_SHOWN,
            subject=("testimony", hit.code),
            case=hit.case_id,
            purpose=purpose,
            fields=(*fields, *coded, f"release:{hit.number}", hit.audience.value),
        )


def _surroundings(connection: Connection, page: Page) -> tuple[Surroundings, Mapping[str, str]]:
    """What is known of the values that were counted, and the titles of the cases among them."""
    counted = {value.value for value in page.facets.get("case", ())}
    titles = {
        case.case_id: case.title
        for case in cases.all_cases(connection)
        if counted and field_value(case.case_id) in counted
    }
    ids = spellings("place")
    found = paths(connection, [ids.get(v.value, v.value) for v in page.facets.get("place", ())])
    return Surroundings(tuple(titles), {key: path[-1] for key, path in found.items()}), titles


def _found(
    hit: Hit, row: ReleasedRow, coded: Mapping[str, tuple[str, ...]], places: Mapping[PlaceId, Place]
) -> FoundRelease:
    acts = coded.get("act", ())
    within = (places[PlaceId(place)] for place in coded.get("place", ()) if PlaceId(place) in places)
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
        acts=tuple(act for act in acts if not any(other.startswith(f"{act}.") for other in acts)),
        regions=tuple(place for place in within if place.level is PlaceLevel.REGION),
    )


def _log_search(work: Work, request: SearchRequest, purpose: Purpose, found: SearchPage) -> None:
    """The search, then each testimony of the page. A suggestion says that its words are there, so it is noted."""
    work.log(
        Action.SEARCH_RELEASED,
        purpose=purpose,
        fields=("facets",) * bool(found.facets) + ("suggestion",) * (found.suggestion is not None),
        count=found.total,
        detail="\n".join(filter(None, (loggable(request), found.suggestion))),
    )
    log_hits(work, purpose, found.hits, "snippet")


def _log_refusal(work: Work, request: SearchRequest, purpose: Purpose, refusal: QueryTooCostly) -> None:
    work.log(
        Action.SEARCH_RELEASED,
        purpose=purpose,
        fields=("too costly", refusal.reason.value),
        count=0,
        detail=loggable(request),
        outcome=Outcome.DENIED,
    )
