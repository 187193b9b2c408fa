"""Dates in plain words, from and to EDTF: what was typed in boxes becomes a date that keeps its uncertainty."""

from dataclasses import dataclass

from flask_babel import format_date, gettext, pgettext

from testimony.domain.dates import EdtfDate, Point, Precision, parse_date

_SIGNS = {(False, False): "", (True, False): "~", (False, True): "?", (True, True): "%"}


@dataclass(frozen=True, slots=True)
class TypedDate:
    """One end of a date as somebody typed it. sign: "", "~" about, "?" uncertain, "%" both; empty year: no date."""

    year: str = ""
    month: str = ""
    day: str = ""
    sign: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.year or self.month or self.day)

    @property
    def edtf(self) -> str:
        """What was typed, in the form of EDTF; `parse_date` says whether it is a date."""
        parts = [self.year.strip().zfill(4)]
        if self.month or self.day:
            parts.append(self.month.strip().zfill(2) if self.month else "XX")
        if self.day:
            parts.append(self.day.strip().zfill(2))
        return "-".join(parts) + self.sign


def edtf_of(start: TypedDate, end: TypedDate) -> str | None:
    """The date or the time between two; None where nothing was typed. `parse_date` says whether it is one."""
    if start.is_empty and end.is_empty:
        return None
    if end.is_empty:
        return start.edtf
    return f"{'..' if start.is_empty else start.edtf}/{end.edtf}"


def typed_of(when: str | None) -> tuple[TypedDate, TypedDate]:
    """A date put back into the boxes. An open end becomes an empty one."""
    if when is None:
        return TypedDate(), TypedDate()
    date = parse_date(when)
    start = TypedDate() if date.start is None else _typed(date.start)
    return start, TypedDate() if date.end is date.start or date.end is None else _typed(date.end)


def when_words(when: str) -> str:
    """A date as people write it: "about November 2024", "from May to June 2023, uncertain"."""
    date = parse_date(when)
    if date.start is date.end:
        return _point_words(date.start)
    return _between(date)


def _between(date: EdtfDate) -> str:
    if date.start is None:
        return str(pgettext("when something happened", "until %(day)s", day=_point_words(date.end)))
    if date.end is None:
        return str(gettext("since %(day)s", day=_point_words(date.start)))
    return str(
        gettext("from %(first)s to %(last)s", first=_point_words(date.start), last=_point_words(date.end))
    )


def _point_words(point: Point | None) -> str:
    if point is None:
        return ""
    form = {Precision.DAY: "d MMMM y", Precision.MONTH: "MMMM y", Precision.YEAR: "y"}[point.precision]
    day = format_date(point.lower, form)
    if point.approximate and point.uncertain:
        return str(gettext("about %(day)s, uncertain", day=day))
    if point.approximate:
        return str(gettext("about %(day)s", day=day))
    if point.uncertain:
        return str(gettext("%(day)s, uncertain", day=day))
    return str(day)


def _typed(point: Point) -> TypedDate:
    return TypedDate(
        year=str(point.lower.year),
        month="" if point.precision is Precision.YEAR else str(point.lower.month),
        day=str(point.lower.day) if point.precision is Precision.DAY else "",
        sign=_SIGNS[point.approximate, point.uncertain],
    )
