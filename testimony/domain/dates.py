"""Dates that keep their uncertainty: a strict part of EDTF level 1 (ISO 8601-2).

date      := point [qualifier] | end "/" end
end       := point [qualifier] | ".."          (".." on one side only)
point     := YYYY | YYYY-MM | YYYY-MM-DD | YYYY-MM-XX | YYYY-XX | YYYY-XX-XX
qualifier := "~" approximate | "?" uncertain | "%" both

Not read: seasons, sets, level 2, years beyond four digits, times of day. Nothing is guessed: an
unknown day never becomes the first.
"""

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from testimony.domain.errors import BadDate

_POINT = re.compile(r"([0-9]{4})(?:-([0-9]{2}|XX))?(?:-([0-9]{2}|XX))?([~?%])?")
_OPEN = ".."


class Precision(StrEnum):
    """How finely a point in time is known."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


PADDING: dict[Precision, timedelta] = {
    Precision.DAY: timedelta(days=3),
    Precision.MONTH: timedelta(days=20),
    Precision.YEAR: timedelta(days=180),
}
"""How far an approximate or uncertain date reaches beyond its bounds when dates are matched."""


@dataclass(frozen=True, slots=True)
class Point:
    """One end of a date: first and last possible day, both inclusive."""

    lower: date
    upper: date
    precision: Precision
    approximate: bool
    uncertain: bool

    @property
    def padding(self) -> timedelta:
        return PADDING[self.precision] if self.approximate or self.uncertain else timedelta(0)


@dataclass(frozen=True, slots=True)
class EdtfDate:
    """A date as written. `start` is None for "from any time", `end` None for "still going on"."""

    text: str
    start: Point | None
    end: Point | None

    @property
    def lower(self) -> date | None:
        """First possible day as written; None where the start is open."""
        return self.start.lower if self.start else None

    @property
    def upper(self) -> date | None:
        """Last possible day as written; None where the end is open."""
        return self.end.upper if self.end else None

    @property
    def padded_lower(self) -> date | None:
        """First day worth matching: `lower` less the padding of an approximate or uncertain date."""
        return _shift(self.start.lower, -self.start.padding) if self.start else None

    @property
    def padded_upper(self) -> date | None:
        """Last day worth matching."""
        return _shift(self.end.upper, self.end.padding) if self.end else None

    @property
    def month(self) -> str:
        """The date without its day.

        `YYYY-MM`, or `YYYY` where only the year is known. Raises BadDate if open.
        """
        if self.start is None:
            raise BadDate
        year = f"{self.start.lower.year:04}"
        return year if self.start.precision is Precision.YEAR else f"{year}-{self.start.lower.month:02}"

    @property
    def is_exact_day(self) -> bool:
        return self.lower is not None and self.lower == self.upper


def parse_date(text: str) -> EdtfDate:
    """Raises BadDate."""
    first, slash, second = text.partition("/")
    if not slash:
        point = _parse_point(first)
        return EdtfDate(text, point, point)
    start = None if first == _OPEN else _parse_point(first)
    end = None if second == _OPEN else _parse_point(second)
    if start is None and end is None:
        raise BadDate
    if start and end and start.lower > end.upper:
        raise BadDate
    return EdtfDate(text, start, end)


def parse_day(text: str) -> date:
    """Return a calendar day written `YYYY-MM-DD` and nothing else. Raises BadDate."""
    parsed = parse_date(text)
    if len(text) != 10 or parsed.lower is None or not parsed.is_exact_day:
        raise BadDate
    return parsed.lower


def _parse_point(text: str) -> Point:
    found = _POINT.fullmatch(text)
    if found is None:
        raise BadDate
    year, month, day, qualifier = found.groups()
    lower, upper, precision = _bounds(int(year), month or "XX", day or "XX")
    return Point(
        lower, upper, precision, approximate=qualifier in ("~", "%"), uncertain=qualifier in ("?", "%")
    )


def _bounds(year: int, month: str, day: str) -> tuple[date, date, Precision]:
    try:
        if month == "XX":
            if day != "XX":
                raise BadDate
            return date(year, 1, 1), date(year, 12, 31), Precision.YEAR
        if day == "XX":
            last = calendar.monthrange(year, int(month))[1]
            return date(year, int(month), 1), date(year, int(month), last), Precision.MONTH
        exact = date(year, int(month), int(day))
    except (ValueError, calendar.IllegalMonthError):
        raise BadDate from None
    return exact, exact, Precision.DAY


def _shift(day: date, by: timedelta) -> date:
    # The calendar of `date` ends at both sides; a padded date stops there.
    try:
        return day + by
    except OverflowError:
        return date.max if by > timedelta(0) else date.min
