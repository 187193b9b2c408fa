"""Ready questions about how much was read, when, and in how many cases. Each answers with rows, the oddest first."""

from collections.abc import Mapping
from datetime import date, timedelta

from testimony.domain.accounts import AccountId
from testimony.policy import surprise
from testimony.policy.questions import Setting
from testimony.services.asking import ROWS, SHOWN, WORK, Asked, Row, hour_of, moment_of
from testimony.services.grants_over_time import GrantSpan, grant_spans
from testimony.storage import room_queries
from testimony.storage.room_queries import Span, Tally

_REST_DAYS = {0: (), 1: (0, 6), 2: (5, 6)}
"""Days of rest by the setting; 0 is Sunday."""


def bulk_reading(asked: Asked) -> list[Row]:
    """Many items shown within one hour."""
    found = room_queries.by_hour(
        asked.connection, asked.span, SHOWN, least=asked.settings[Setting.LEAST], limit=ROWS + 1
    )
    return [_row(one, hours=1) for one in found]


def out_of_hours(asked: Asked) -> list[Row]:
    """Work before or after hours, or on days of rest: a row a person and day."""
    settings = asked.settings
    found = room_queries.out_of_hours(
        asked.connection,
        asked.span,
        WORK,
        hours=(settings[Setting.FROM_HOUR], settings[Setting.TO_HOUR]),
        rest=_REST_DAYS[settings[Setting.REST]],
        least=settings[Setting.LEAST],
        limit=ROWS + 1,
    )
    return [_row(one, hours=24) for one in found]


def before_grant_ended(asked: Asked) -> list[Row]:
    """Much read in the last hours of a grant: a row a grant. other: what is usual in as many hours."""
    window = timedelta(hours=asked.settings[Setting.HOURS])
    ending = [
        one for one in grant_spans(asked.connection) if asked.span.since <= one.until < asked.span.until
    ]
    actors = tuple({one.account_id for one in ending})
    by_pair: dict[tuple[str, str], list[GrantSpan]] = {}
    for one in ending:
        by_pair.setdefault((one.account_id, one.case_id), []).append(one)
    counts: dict[str, list[int]] = {one.id: [] for one in ending}
    before: dict[str, int] = dict.fromkeys(counts, 0)
    longest = max(window, timedelta(days=28))
    span = Span(asked.span.since - longest, asked.span.until)
    for actor, case_id, text, seq in room_queries.reads_of(asked.connection, span, SHOWN, actors):
        for one in by_pair.get((actor, case_id), ()):
            at = moment_of(text)
            if one.until - window <= at < one.until:
                counts[one.id].append(seq)
            elif one.until - timedelta(days=28) <= at < one.until - window:
                before[one.id] += 1
    days = max(1.0, 28 - window / timedelta(days=1))
    rows = [
        Row(
            account=one.account_id,
            case_id=one.case_id,
            count=len(counts[one.id]),
            other=round(before[one.id] / days * (window / timedelta(days=1))),
            events=_ends(counts[one.id]),
            since=one.until - window,
            until=one.until,
            words=("ended",) if one.was_ended else ("ran-out",),
        )
        for one in ending
        if len(counts[one.id]) >= asked.settings[Setting.LEAST]
    ]
    return sorted(rows, key=lambda row: row.count, reverse=True)


def many_cases(asked: Asked) -> list[Row]:
    """Who was shown things of many cases. other: how many cases."""
    found = room_queries.cases_of_people(
        asked.connection, asked.span, SHOWN, least=asked.settings[Setting.LEAST], limit=ROWS + 1
    )
    return [Row(account=AccountId(actor), count=entries, other=cases) for actor, cases, entries in found]


def unusual_days(asked: Asked) -> list[Row]:
    """Days unlike the person's own past, the furthest from it first."""
    past = timedelta(weeks=surprise.WEEKS, days=1)
    span = Span(asked.span.since - past, asked.span.until)
    counted = room_queries.by_day(asked.connection, span, SHOWN)
    rows = []
    for actor, days in counted.items():
        known = known_since(asked, actor)
        if known is not None:
            rows += surprising_days(AccountId(actor), days, known, asked.span)
    rows.sort(key=lambda row: row.count - (row.surprise.limit if row.surprise else 0), reverse=True)
    return rows


def surprising_days(account: AccountId, days: Mapping[str, int], known: date, span: Span) -> list[Row]:
    """Those days of a span that are unlike the person's past."""
    counts = {date.fromisoformat(day): count for day, count in days.items()}
    rows = []
    for day, count in counts.items():
        start = hour_of(f"{day.isoformat()}T00")
        if not span.since <= start < span.until:
            continue
        found = surprise.weigh(counts, day, known)
        if found is not None and found.is_surprising:
            until = start + timedelta(days=1)
            rows.append(Row(account=account, count=count, since=start, until=until, surprise=found))
    return rows


def known_since(asked: Asked, actor: str) -> date | None:
    """The day of somebody's first entry."""
    ends = room_queries.ends_of(asked.connection, actor)
    return None if ends is None else moment_of(ends[0]).date()


def _row(tally: Tally, *, hours: int) -> Row:
    since = hour_of(tally.key if hours == 1 else f"{tally.key}T00")
    return Row(
        account=AccountId(tally.actor),
        count=tally.count,
        events=_ends((tally.first, tally.last)),
        since=since,
        until=since + timedelta(hours=hours),
    )


def _ends(seqs: list[int] | tuple[int, ...]) -> tuple[int, ...]:
    """The first and the last."""
    return tuple(sorted({min(seqs), max(seqs)})) if seqs else ()
