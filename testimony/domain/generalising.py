"""Saying less exactly what a mark withholds: an age by its band, a day by its month, a place by what contains it.

    exact := "age:" years | "date:" EDTF | "place:" JSON [[level, name], …]      (the country first)

What a generalised token says depends on the audience's floor and on the value a reviewer confirmed, never on how it
was written or how long it was. It is always coarser than the value; where nothing coarser may be said there is none.
"""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from testimony.domain.dates import EdtfDate, Precision, parse_date
from testimony.domain.errors import BadDate, Invalid, Problem
from testimony.domain.places import FLOORS, Place, PlaceLevel
from testimony.domain.purposes import Audience
from testimony.domain.vocabulary import load

MAX_EXACT = 1_000
OLDEST = 120

_NUMBER = re.compile(r"[0-9]+")
_BAND = re.compile(r"([0-9]+)(?:-([0-9]+)|\+)")
_WRITTEN_DAY = re.compile(r"([0-9]{1,2})[./ -]([0-9]{1,2})[./ -]([0-9]{4})")
_ISO = re.compile(r"[0-9]{4}(?:-[0-9]{2}){0,2}")

# How a token names a place of each level, and what it says before the name of what contains it.
_THINGS: Mapping[PlaceLevel, str] = {
    PlaceLevel.REGION: "region",
    PlaceLevel.CERCLE: "cercle",
    PlaceLevel.COMMUNE: "commune",
    PlaceLevel.SETTLEMENT: "village",
    PlaceLevel.SITE: "place",
    PlaceLevel.POINT: "place",
}
_INSIDE: Mapping[PlaceLevel, str] = {
    PlaceLevel.COUNTRY: "",
    PlaceLevel.REGION: "the region of ",
    PlaceLevel.CERCLE: "the cercle of ",
    PlaceLevel.COMMUNE: "the commune of ",
    PlaceLevel.SETTLEMENT: "",
    PlaceLevel.SITE: "",
}


@dataclass(frozen=True, slots=True)
class Age:
    """Whole years, 0 to 120."""

    years: int = field(repr=False)


@dataclass(frozen=True, slots=True)
class When:
    """A single date, EDTF without an interval."""

    date: EdtfDate = field(repr=False)


@dataclass(frozen=True, slots=True)
class Where:
    """A place and all that contain it, the country first."""

    path: tuple[tuple[PlaceLevel, str], ...] = field(repr=False)


Exact = Age | When | Where


def parse_exact(text: str) -> Exact:
    """Read what `written` wrote. Raises Invalid."""
    kind, _, value = text.partition(":")
    try:
        if kind == "age" and value.isascii() and value.isdecimal() and int(value) <= OLDEST:
            return Age(int(value))
        if kind == "date":
            return When(_single(value))
        if kind == "place":
            path = tuple((PlaceLevel(level), str(name)) for level, name in json.loads(value))
            if path and all(name.isprintable() for _, name in path):
                return Where(path)
    except (BadDate, ValueError, TypeError):
        pass
    raise Invalid((Problem("exact", "not_found"),))


def written(exact: Exact) -> str:
    match exact:
        case Age(years):
            return f"age:{years}"
        case When(date):
            return f"date:{date.text}"
        case Where(path):
            return "place:" + json.dumps([[level.value, name] for level, name in path], ensure_ascii=False)


def read_exact(words: str) -> Exact | None:
    """The age or date that words say in digits of any script; None where they say neither, or more than one."""
    text = "".join(_digit(character) for character in words).strip()
    if _ISO.fullmatch(text) and len(text) >= 4:
        return _date_or_none(text)
    if day := _WRITTEN_DAY.search(text):
        return _date_or_none(f"{day[3]}-{int(day[2]):02}-{int(day[1]):02}")
    numbers = _NUMBER.findall(text)
    if len(numbers) == 1 and len(numbers[0]) <= 3 and int(numbers[0]) <= OLDEST:
        return Age(int(numbers[0]))
    return None


def where(path: Sequence[Place], language: str) -> Where:
    """path: a place and all that contain it, the country first. language: of the names, ISO 639-3."""
    return Where(tuple((place.level, place.name(language)) for place in path))


def generalise(exact: Exact, audience: Audience) -> str:
    """The token that says as much as this audience may be told; empty where it may be told nothing of it."""
    match exact:
        case Age(years):
            return f"[aged {age_band(years)}]"
        case When(date):
            return _month(date)
        case Where(path):
            return _place(path, audience)


@cache
def _bands() -> tuple[tuple[int, int, str], ...]:
    found = [(match, term.code) for term in load("age_band").terms if (match := _BAND.fullmatch(term.code))]
    return tuple((int(match[1]), int(match[2] or OLDEST), code) for match, code in found)


def age_band(years: int) -> str:
    """The code of age_band.csv for an age."""
    return next(code for first, last, code in _bands() if first <= years <= last)


def _month(date: EdtfDate) -> str:
    point = date.start
    if point is None or point.precision is Precision.YEAR:
        return ""
    year = f"{point.lower.year:04}"
    return f"[{year}]" if point.precision is Precision.MONTH else f"[{year}-{point.lower.month:02}]"


def _place(path: tuple[tuple[PlaceLevel, str], ...], audience: Audience) -> str:
    finest = path[-1][0]
    told = [step for step in path[:-1] if step[0].rank <= FLOORS[audience].rank and step[0] in _INSIDE]
    if not told or finest not in _THINGS:
        return ""
    level, name = told[-1]
    return f"[{_THINGS[finest]} in {_INSIDE[level]}{name}]"


def _single(text: str) -> EdtfDate:
    date = parse_date(text)
    if date.start is not date.end:
        raise BadDate
    return date


def _date_or_none(text: str) -> When | None:
    try:
        return When(_single(text))
    except BadDate:
        return None


def _digit(character: str) -> str:
    value = unicodedata.decimal(character, None)
    return character if value is None else str(value)
