"""Dates as spans of days, so that "2025-05" meets "2025-05-17". A small part of EDTF (ISO 8601-2:2019).

Read: year, month, day, `start/end`, an open `..`, unspecified digits (`2025-XX`), and the qualifiers `? ~ %`, which
do not widen a date here.
"""

import re
from dataclasses import dataclass

FIRST_DAY = "0000-00-00"
LAST_DAY = "9999-99-99"
_DATE = re.compile(r"(\d{4})(?:-(\d\d|XX))?(?:-(\d\d|XX))?[?~%]?")


@dataclass(frozen=True, slots=True)
class Span:
    """First and last day as `YYYY-MM-DD`, compared as text; the last day of a month is written 99."""

    low: str
    high: str


class NotADate(ValueError):
    """The text is no date this package reads."""


def span_of(text: str) -> Span:
    """Read a date or an interval. Raises NotADate."""
    start, slash, end = text.strip().partition("/")
    if not slash:
        return _span(start)
    low = FIRST_DAY if start in {"", ".."} else _span(start).low
    high = LAST_DAY if end in {"", ".."} else _span(end).high
    return Span(low, high)


def _span(text: str) -> Span:
    match = _DATE.fullmatch(text.translate(_DIGITS))
    if not match:
        raise NotADate
    year, month, day = (part if part != "XX" else None for part in match.groups())
    month_known = month if month else None
    day_known = day if month and day else None
    return Span(
        f"{year}-{month_known or '00'}-{day_known or '00'}",
        f"{year}-{month_known or '99'}-{day_known or '99'}",
    )


_DIGITS = {
    ord(digit): str(value) for digits in ("٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹") for value, digit in enumerate(digits)
}
