"""A list of codes to take away: CSV of what a search finds, with no word of any testimony in it.

rows := header row*, each ended by CR LF, fields in quotes where they need them (RFC 4180), UTF-8. A field that a
spreadsheet would read as a formula begins with an apostrophe. Each listed testimony is in the log on its own.
"""

import csv
import io
from collections.abc import Iterable
from datetime import datetime

from search.errors import QueryTooCostly
from testimony.domain.audit import Action, Outcome
from testimony.domain.errors import TestimonyError
from testimony.domain.purposes import Purpose, audience_of
from testimony.policy.access import Permission, require
from testimony.policy.gate import predicate
from testimony.services.finding import use_for
from testimony.services.search_queries import loggable, query_of
from testimony.services.search_requests import SearchRequest
from testimony.services.sessions import Session, Work
from testimony.storage import released
from testimony.storage.coding import query_labels
from testimony.storage.released import ReleasedRow

MAX_CODES = 5000
COLUMNS = ("code", "release", "audience", "case", "month", "language")

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class TooManyCodes(TestimonyError):
    """The search finds more than `MAX_CODES`: it is to be narrowed."""


def export_codes(session: Session, request: SearchRequest, purpose: Purpose, now: datetime) -> bytes:
    """The codes of all that a request finds for a purpose, in the order of the codes.

    Raises Refused when no grant in force carries the purpose; TooManyCodes and QueryTooCostly, which are in the
    log as well.
    """
    refusal: TooManyCodes | QueryTooCostly | None = None
    rows: list[ReleasedRow] = []
    with session.work(now) as work:
        require(session.account, Permission.SEARCH_RELEASED)
        use = use_for(session, work, purpose)
        allowed = predicate(use, purpose, audience_of(purpose), work.now)
        labels = query_labels(work.connection, audience_of(purpose))
        try:
            ids = released.released_ids(work.connection, query_of(request, labels), allowed, MAX_CODES + 1)
            if len(ids) > MAX_CODES:
                raise TooManyCodes
        except (TooManyCodes, QueryTooCostly) as refused:
            refusal = refused
            _log_refusal(work, request, purpose)
        else:
            rows = sorted(released.released_rows(work.connection, ids).values(), key=lambda row: row.code)
            _log_export(work, request, purpose, rows)
    if refusal is not None:
        raise refusal
    return _csv(rows)


def _csv(rows: Iterable[ReleasedRow]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows:
        values = (row.code, str(row.number), row.audience, row.case_id, row.month or "", row.language)
        writer.writerow(map(_harmless, values))
    return text.getvalue().encode()


def _harmless(value: str) -> str:
    return f"'{value}" if value.startswith(_FORMULA) else value


def _log_export(work: Work, request: SearchRequest, purpose: Purpose, rows: list[ReleasedRow]) -> None:
    work.log(
        Action.EXPORT_PREPARED,
        purpose=purpose,
        fields=("codes",),
        count=len(rows),
        detail=loggable(request),
    )
    for row in rows:
        work.log(
            Action.LIST_SHOWN,
            subject=("testimony", row.code),
            case=row.case_id,
            purpose=purpose,
            fields=("codes", f"release:{row.number}", row.audience),
        )


def _log_refusal(work: Work, request: SearchRequest, purpose: Purpose) -> None:
    work.log(
        Action.EXPORT_PREPARED,
        purpose=purpose,
        fields=("codes", "too many"),
        count=0,
        detail=loggable(request),
        outcome=Outcome.DENIED,
    )
