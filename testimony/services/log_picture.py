"""When the events of a choice happened: by day, and by hour and weekday. Counts alone."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from testimony.domain.audit import Action
from testimony.domain.events import EventFilter
from testimony.policy.access import Permission, require
from testimony.services.audit import describe_filter, with_people
from testimony.services.sessions import Session
from testimony.storage import log_pages

USUAL_DAYS = 56
MOST_DAYS = 366


@dataclass(frozen=True, slots=True)
class Picture:
    """days: (day, number), oldest first, every day. hours: seven days from Monday, of 24 numbers each, in UTC.

    is_cut: the choice reaches further back than is drawn.
    """

    days: tuple[tuple[date, int], ...]
    hours: tuple[tuple[int, ...], ...]
    total: int
    is_cut: bool


def picture(session: Session, wanted: EventFilter, now: datetime) -> Picture:
    """The last eight weeks of a choice, or its own days, a year of them at most. Raises Refused."""
    end = wanted.until or _midnight(now) + timedelta(days=1)
    since = wanted.since or end - timedelta(days=USUAL_DAYS)
    first = max(since, end - timedelta(days=MOST_DAYS))
    with session.work(now) as work:
        require(session.account, Permission.READ_LOG)
        spanned = with_people(session, work.connection, replace(wanted, since=first, until=end))
        hours = log_pages.hours_of(work.connection, spanned)
        detail = None if wanted.is_empty else describe_filter(wanted)
        work.log(Action.LIST_SHOWN, fields=("log-picture",), count=len(hours), detail=detail)
    return draw(hours, first, end, is_cut=first > since)


def draw(hours: Mapping[str, int], since: datetime, until: datetime, *, is_cut: bool) -> Picture:
    """Fold numbers by hour (`2026-03-02T09`) into days and into a week of hours."""
    number = max(0, (until - since).days)
    days = {since.date() + timedelta(days=n): 0 for n in range(number)}
    week = [[0] * 24 for _ in range(7)]
    for key, count in hours.items():
        day, hour = date.fromisoformat(key[:10]), int(key[11:13])
        days[day] = days.get(day, 0) + count
        week[day.weekday()][hour] += count
    return Picture(tuple(sorted(days.items())), tuple(map(tuple, week)), sum(days.values()), is_cut)


def _midnight(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
