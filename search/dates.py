"""Dates as spans of days, so that "about November 2024" meets "2024-11-14". A part of EDTF (ISO 8601-2:2019).

Read: year, month, day, season, `start/end`, an open `..`, unspecified digits (`2025-XX`), one of a set (`[a,b]`:
from the earliest to the latest), and the qualifiers `? ~ %`. A qualified date reaches further than its bounds, as
far as people err: PADDING. Seasons are those of the Sahel, where they are told by rain and heat, not by the sun.
"""

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

FIRST_DAY = "0000-00-00"
LAST_DAY = "9999-99-99"
PADDING = {
    "day": timedelta(days=3),
    "month": timedelta(days=20),
    "season": timedelta(days=30),
    "year": timedelta(days=180),
}
"""How far a date that is about, or not sure, may be off, by how finely it is known. A choice of this project."""

# Season → first month, last month, years later that it ends: hot, rains, after the rains, cold.
_SEASONS = {21: (3, 6, 0), 22: (7, 9, 0), 23: (10, 11, 0), 24: (11, 2, 1)}
_DATE = re.compile(r"(\d{4})(?:-(\d\d|XX))?(?:-(\d\d|XX))?([?~%])?")
_DIGITS = {
    ord(digit): str(value) for digits in ("٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹") for value, digit in enumerate(digits)
}


@dataclass(frozen=True, slots=True)
class Span:
    """First and last day as `YYYY-MM-DD`, compared as text."""

    low: str
    high: str


class NotADate(ValueError):
    """The text is no date this package reads."""


def span_of(text: str) -> Span:
    """Read a date, an interval or a set of dates. Raises NotADate."""
    plain = text.strip().translate(_DIGITS)
    if plain[:1] in "[{" and plain[-1:] in "]}" and len(plain) > 2:
        spans = [_interval(part.strip()) for part in re.split(r",|\.\.(?=[^.])", plain[1:-1]) if part.strip()]
        return Span(min(span.low for span in spans), max(span.high for span in spans))
    return _interval(plain)


def _interval(text: str) -> Span:
    start, slash, end = text.partition("/")
    if not slash:
        return _span(start)
    low = FIRST_DAY if start in {"", ".."} else _span(start).low
    high = LAST_DAY if end in {"", ".."} else _span(end).high
    return Span(low, high)


def _span(text: str) -> Span:
    match = _DATE.fullmatch(text)
    if not match:
        raise NotADate
    year, month, day, qualifier = match.groups()
    try:
        first, last, precision = _bounds(int(year), month or "XX", day or "XX")
    except ValueError:
        raise NotADate from None
    padding = PADDING[precision] if qualifier else timedelta(0)
    return Span(_shifted(first, -padding).isoformat(), _shifted(last, padding).isoformat())


def _bounds(year: int, month: str, day: str) -> tuple[date, date, str]:
    if month == "XX":
        if day != "XX":
            raise NotADate
        return date(year, 1, 1), date(year, 12, 31), "year"
    if int(month) in _SEASONS:
        if day != "XX":
            raise NotADate
        begins, ends, later = _SEASONS[int(month)]
        return date(year, begins, 1), _last_of(year + later, ends), "season"
    if day == "XX":
        return date(year, int(month), 1), _last_of(year, int(month)), "month"
    exact = date(year, int(month), int(day))
    return exact, exact, "day"


def _last_of(year: int, month: int) -> date:
    if not 1 <= month <= 12:
        raise NotADate
    return date(year, month, calendar.monthrange(year, month)[1])


def _shifted(day: date, by: timedelta) -> date:
    # The calendar of `date` ends at both sides; a padded date stops there.
    try:
        return day + by
    except OverflowError:
        return date.max if by > timedelta(0) else date.min
