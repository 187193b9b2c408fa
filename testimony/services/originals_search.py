"""Searching and reading originals: for holders of a grant that names them, with a reason, each showing in the log.

A right of its own, apart from released text (R39). What the gate before originals does not let pass does not
exist here, and nothing says whether it is not there or not open. Reason and words searched for are sealed to
auditors; no other eye of the archive reads them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from search.errors import QueryTooCostly
from search.explanations import Explanation
from search.results import Fragment, Hit, PageKey, PageRequest, Reason
from testimony.domain.audit import Action, DenyReason, Outcome
from testimony.domain.codes import parse_code
from testimony.domain.errors import BadDate, DailyCeilingReached, IntegrityFailed, Invalid, NotFound, Refused
from testimony.domain.purposes import Purpose
from testimony.policy.originals import asked_for_original, original_predicate, permit_original
from testimony.services.consent_versions import require_consent_stands
from testimony.services.finding import NO_WARNING
from testimony.services.original_queries import original_order_of, original_query_of
from testimony.services.original_readers import (
    DAILY_CEILING,
    ORIGINAL,
    read_today,
    require_reason,
    seconds_to_midnight,
    use_for_originals,
)
from testimony.services.reader_marks import NOTHING_TOLD, ReaderMarks, marks_for_readers
from testimony.services.search_queries import loggable
from testimony.services.search_requests import SearchRequest
from testimony.services.sessions import Session, Work
from testimony.services.under_review import read_submission, require_signed, subject_of
from testimony.storage import originals, originals_index, register
from testimony.storage.originals import TextVersion
from testimony.storage.originals_index import FoundVersion
from testimony.storage.register import RegisterRow

PAGE_SIZE = 20


@dataclass(frozen=True, slots=True)
class FoundOriginal:
    """One hit: a version of an original and why it was found.

    month: EDTF. warning: code of warning.csv; None when nobody gave one. kind: verbatim, notes, translation …
    """

    code: str
    version_no: int
    kind: str
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
class OriginalsPage:
    """total: every hit that this person may find for this purpose. next_key: None on the last page."""

    explanation: Explanation = field(repr=False)
    total: int
    hits: tuple[FoundOriginal, ...]
    next_key: PageKey | None


@dataclass(frozen=True, slots=True)
class OriginalText:
    """One version of what was said. kind: verbatim, notes, translation …; language: ISO 639-3."""

    version_no: int
    kind: str
    language: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class OriginalView:
    """An original as its reader may see it. versions: newest first, never empty. left_today: how many more."""

    code: str
    case_id: str
    month: str | None
    warning: str | None
    versions: tuple[OriginalText, ...]
    left_today: int
    marks: ReaderMarks = NOTHING_TOLD

    @property
    def text(self) -> str:
        return self.versions[0].text

    @property
    def language(self) -> str:
        return self.versions[0].language


def search_originals(
    session: Session,
    request: SearchRequest,
    purpose: Purpose,
    reason: str,
    page_key: PageKey | None,
    now: datetime,
) -> OriginalsPage:
    """One page of what a query finds among originals, each hit in the log before any is shown.

    reason: 10 to 500 code points; sealed to auditors with the query. Raises Invalid for another; Refused without
    a grant that names originals and the purpose; CompartmentClosed without the vault's key; QueryTooCostly,
    which is in the log as well.
    """
    why = require_reason(reason)
    refusal: QueryTooCostly | None = None
    with session.work(now) as work:
        use = use_for_originals(session, work, purpose)
        allowed = original_predicate(use, purpose, work.now)
        try:
            query = original_query_of(request)
            asked_page = PageRequest(size=PAGE_SIZE, after=page_key, order=original_order_of(request))
            page = originals_index.search_originals(work.connection, query, allowed, asked_page)
        except QueryTooCostly as too_costly:
            refusal = too_costly
            _log_too_costly(work, request, purpose, why, too_costly)
        else:
            rows = originals_index.found_versions(work.connection, [hit.id for hit in page.hits])
            hits = tuple(_found(hit, rows[hit.id]) for hit in page.hits)
            _log_search(work, request, purpose, why, page.total, hits)
    if refusal is not None:
        raise refusal
    return OriginalsPage(page.explanation, page.total, hits, page.next_key)


def read_original(session: Session, code: str, purpose: Purpose, reason: str, now: datetime) -> OriginalView:
    """Everything that was said, word for word; the entry commits first.

    Raises Invalid, CompartmentClosed and Refused as `search_originals`; BadCode; NotFound, like which a refusal
    looks outside; DailyCeilingReached; IntegrityFailed when what is stored is not what was signed.
    """
    why = require_reason(reason)
    canonical = parse_code(code)
    failure: DailyCeilingReached | IntegrityFailed | None = None
    with session.work(now) as work:
        row = _permitted(session, work, canonical, purpose)
        today = read_today(session, work) | {canonical}
        try:
            if len(today) > DAILY_CEILING:
                raise DailyCeilingReached(DAILY_CEILING, seconds_to_midnight(now))
            versions = _intact_versions(session, work, canonical)
            marks = marks_for_readers(work.connection, canonical)
        except (DailyCeilingReached, IntegrityFailed) as failed:
            failure = failed
            _log_not_shown(work, row, purpose, failed)
        else:
            work.log(
                Action.ITEM_SHOWN,
                subject=subject_of(canonical),
                case=row.case_id,
                purpose=purpose,
                fields=(ORIGINAL, f"version:{versions[0].version_no}"),
                detail=why,
            )
    if failure is not None:
        raise failure
    texts = tuple(OriginalText(v.version_no, v.kind, v.language, v.text) for v in versions)
    return OriginalView(
        canonical, row.case_id, row.month, row.warning, texts, DAILY_CEILING - len(today), marks
    )


def _permitted(session: Session, work: Work, code: str, purpose: Purpose) -> RegisterRow:
    """The register's row of an original that passes the gate. Raises NotFound, Refused."""
    use = use_for_originals(session, work, purpose)
    subject = subject_of(code)
    try:
        facts = originals_index.find_facts(work.connection, asked_for_original(use, purpose, work.now), code)
    except BadDate:
        raise Refused((DenyReason.INTEGRITY_FAILED,), subject=subject, purpose=purpose) from None
    row = register.find_row(work.connection, code)
    if facts is None or row is None:
        raise NotFound
    try:
        permit_original(use, purpose, facts, work.now)
    except Refused as refusal:
        raise Refused(refusal.reasons, subject=subject, purpose=purpose) from None
    return row


def _intact_versions(session: Session, work: Work, code: str) -> tuple[TextVersion, ...]:
    """Every version, newest first, each held against what was signed. Raises IntegrityFailed."""
    require_consent_stands(session.archive.keyring(), work.connection, code)
    original = originals.find_original(work.connection, code)
    versions = originals.versions_of(work.connection, code)[::-1]
    if original is None or not versions:
        raise IntegrityFailed  # The register says that it lies in the vault.
    try:
        submission = read_submission(original)
    except (Invalid, ValueError):
        raise IntegrityFailed from None
    for version in versions:
        require_signed(session.archive, original, submission, version)
    return versions


def _found(hit: Hit, row: FoundVersion) -> FoundOriginal:
    return FoundOriginal(
        code=row.code,
        version_no=row.version_no,
        kind=row.kind,
        case_id=row.case_id,
        month=row.month,
        language=row.language,
        warning=row.warning,
        score=hit.score,
        snippet=hit.snippet,
        reasons=hit.reasons,
    )


def _log_search(
    work: Work,
    request: SearchRequest,
    purpose: Purpose,
    why: str,
    total: int,
    hits: Sequence[FoundOriginal],
) -> None:
    """The search, then each original of the page on its own: a list of twenty is twenty that were seen."""
    work.log(Action.SEARCH_ORIGINAL, purpose=purpose, count=total, detail=_detail(request, why))
    for hit in hits:
        work.log(
            Action.LIST_SHOWN,
            subject=subject_of(hit.code),
            case=hit.case_id,
            purpose=purpose,
            fields=(ORIGINAL, "snippet", f"version:{hit.version_no}"),
        )


def _log_too_costly(
    work: Work, request: SearchRequest, purpose: Purpose, why: str, refusal: QueryTooCostly
) -> None:
    work.log(
        Action.SEARCH_ORIGINAL,
        purpose=purpose,
        fields=("too costly", refusal.reason.value),
        count=0,
        detail=_detail(request, why),
        outcome=Outcome.DENIED,
    )


def _log_not_shown(
    work: Work, row: RegisterRow, purpose: Purpose, failure: DailyCeilingReached | IntegrityFailed
) -> None:
    at_ceiling = isinstance(failure, DailyCeilingReached)
    work.log(
        Action.DENIED,
        subject=subject_of(row.code),
        case=row.case_id,
        purpose=purpose,
        fields=(ORIGINAL, "daily ceiling") if at_ceiling else (ORIGINAL,),
        outcome=Outcome.DENIED,
        reasons=() if at_ceiling else (DenyReason.INTEGRITY_FAILED,),
    )


def _detail(request: SearchRequest, why: str) -> str:
    """What auditors read: the words searched for, then on the last line the reason."""
    return f"{loggable(request)}\n{why}"
