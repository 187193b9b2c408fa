"""How many people the details that are left in a release still fit: k, against a threshold.

    k := the smaller of what the population says and what the archive says, at least 1

    population   people of the smallest place that can be read, divided by how rare each detail is
    archive      testimonies checked so far that share every detail about a person, this one included

Both are estimates. Rarity is multiplied as if details were independent, except where they plainly are not; rates are
rough and the same everywhere. A small k is a warning worth acting on; a large one is no proof that nobody can be found.
Where the numbers come from: docs/residual.md.
The archive says nothing while it is small: every early testimony is the only one of its kind in it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from testimony.domain.errors import Invalid, Problem
from testimony.domain.generalising import age_band
from testimony.domain.places import PlaceLevel
from testimony.domain.purposes import Audience
from testimony.domain.telling_details import Detail, Kind
from testimony.domain.vocabulary import load

DEFAULT_THRESHOLDS: Mapping[Audience, int] = {Audience.PUBLIC: 10, Audience.PARTNER: 5, Audience.COURT: 1}
"""The fewest people that a release must fit, where a case has no other number. A court is told who it is about."""

LEAST_THRESHOLD, MOST_THRESHOLD = 1, 1_000
SHORTEST_REASON, LONGEST_REASON = 10, 2_000
ARCHIVE_SAYS_FROM = 200
"""Testimonies that must have been checked before their number says anything."""

ABOUT_A_PERSON = (Kind.SEX, Kind.BAND, Kind.KIN, Kind.OCCUPATION, Kind.CHILDREN)
"""The kinds of detail by which testimonies in the archive are compared."""

EVERYWHERE = 1_000_000
"""People among whom somebody is looked for when no place can be read."""

POPULATIONS: Mapping[PlaceLevel, int] = {
    PlaceLevel.COUNTRY: 5_000_000,
    PlaceLevel.REGION: 500_000,
    PlaceLevel.CERCLE: 100_000,
    PlaceLevel.COMMUNE: 20_000,
    PlaceLevel.SETTLEMENT: 1_000,
    PlaceLevel.SITE: 200,
    PlaceLevel.POINT: 20,
}
"""How many people are taken to live in a place of a level when nobody said."""

_SEX = {"F": 2, "M": 2, "X": 200}
_BAND = {"0-4": 7, "5-12": 5, "13-17": 9, "18-29": 5, "30-39": 8, "40-49": 10, "50-59": 14, "60-69": 22} | {
    "70-79": 45,
    "80+": 150,
    "adult": 2,
}
_EXACT_AGE, _EXACT_HIGH_AGE, _HIGH_AGE = 60, 400, 70
_LEFT_IN = 5
_UNEXPECTED = {("widow", True): 20, ("widower", True): 20, ("pregnant", True): 4}


@dataclass(frozen=True, slots=True)
class Told:
    """A place that can be read. band: code of population_band.csv, or None where nobody said how many live there.

    of_kind: the same for places of its level, as it counts in the case; None where nobody said.
    """

    id: str
    name: str = field(repr=False)
    level: PlaceLevel
    band: str | None
    of_kind: str | None = None

    @property
    def population(self) -> int:
        band = self.band or self.of_kind
        if band is None:
            return POPULATIONS[self.level]
        return int(load("population_band").require(band).columns["fewest"])


@dataclass(frozen=True, slots=True)
class Residual:
    """What a check found. population, in_archive: the two numbers that k is made of; None where one says nothing.

    details: what is left, in order. places are among them by name.
    """

    k: int
    threshold: int
    population: int
    in_archive: int | None
    details: tuple[Detail, ...]

    @property
    def passed(self) -> bool:
        return self.k >= self.threshold


def archive_says(sharing: int, checked: int) -> int | None:
    """sharing: testimonies with the same details about a person. checked: all that were ever checked."""
    return max(sharing, 1) if checked >= ARCHIVE_SAYS_FROM else None


def residual(
    details: Iterable[Detail], places: Iterable[Told], in_archive: int | None, threshold: int
) -> Residual:
    """places: all that can be read from text, codings and metadata, as finely as this audience is told."""
    held, told = frozenset(details), tuple(places)
    rarity = 1
    for detail in _independent(held):
        rarity *= _one_in(detail)
    people = min((place.population for place in told), default=EVERYWHERE)
    # "The only one in the village" is one person, however many live there.
    population = (
        1 if any(d.kind is Kind.ONLY_ONE for d in held) else max(people // (rarity * _together(held)), 1)
    )
    k = population if in_archive is None else min(population, in_archive)
    named = {Detail(Kind.PLACE, place.name) for place in told if place.population == people}
    return Residual(k, threshold, population, in_archive, tuple(sorted(held | named)))


def about_a_person(details: Iterable[Detail]) -> tuple[Detail, ...]:
    """The details by which testimonies are compared."""
    return tuple(sorted(detail for detail in details if detail.kind in ABOUT_A_PERSON))


def require_reason(reason: str) -> str:
    """Return it without white space around it. Raises Invalid."""
    kept = reason.strip()
    if not SHORTEST_REASON <= len(kept) <= LONGEST_REASON:
        raise Invalid(
            (Problem("residual_reason", "required" if len(kept) < SHORTEST_REASON else "too_long"),)
        )
    return kept


def _independent(details: frozenset[Detail]) -> tuple[Detail, ...]:
    """Those whose rarities are multiplied. An age says its band; several ages or numbers tell of several people.

    Of each kind that only one can be true of somebody, the rarest counts.
    """
    kept: list[Detail] = []
    for kind in (Kind.SEX, Kind.OCCUPATION, Kind.CHILDREN):
        kept += sorted((d for d in details if d.kind is kind), key=_one_in)[-1:]
    ages = sorted((d for d in details if d.kind is Kind.AGE), key=_one_in)[-1:]
    kept += ages or sorted((d for d in details if d.kind is Kind.BAND), key=_one_in)[-1:]
    kept += [d for d in details if d.kind in (Kind.KIN, Kind.LEFT_IN)]
    return tuple(kept)


def _one_in(detail: Detail) -> int:
    match detail.kind:
        case Kind.SEX:
            return _SEX.get(detail.value, 1)
        case Kind.BAND:
            return _BAND.get(detail.value, 1)
        case Kind.AGE:
            return _EXACT_HIGH_AGE if int(detail.value) >= _HIGH_AGE else _EXACT_AGE
        case Kind.CHILDREN:
            return 5 if int(detail.value) < 4 else 8 if int(detail.value) < 7 else 20
        case Kind.KIN | Kind.OCCUPATION:
            return int(load("telling_detail").require(detail.value).columns["one_in"])
        case Kind.LEFT_IN:
            return _LEFT_IN
        case _:
            return 1


def _together(details: frozenset[Detail]) -> int:
    """How much rarer details are together than each alone would say."""
    bands = {d.value for d in details if d.kind is Kind.BAND}
    bands |= {age_band(int(d.value)) for d in details if d.kind is Kind.AGE}
    is_child = bool(bands) and bands <= {"0-4", "5-12", "13-17"}
    factor = 1
    for detail in details:
        factor *= _UNEXPECTED.get((detail.value, is_child), 1) if detail.kind is Kind.KIN else 1
    return factor
