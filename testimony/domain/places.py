"""Places as reports need them: how finely each is known, and how finely an audience may be told.

place := country > region > cercle > commune > settlement > site > exact point, each inside the one before.
A level may be left out where nobody knows it. Names are those of places, never of people.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

from testimony.domain.errors import Invalid, Problem
from testimony.domain.purposes import Audience
from testimony.domain.vocabulary import load

PlaceId = NewType("PlaceId", str)

MAX_NAME = 120
MAX_NAMES = 12
_LANGUAGE = re.compile("[a-z]{3}")


class PlaceLevel(StrEnum):
    """How finely a place is known. Source: vocabulary/place_precision.csv."""

    UNKNOWN = "PL0"
    COUNTRY = "PL1"
    REGION = "PL2"
    CERCLE = "PL3"
    COMMUNE = "PL4"
    SETTLEMENT = "PL5"
    SITE = "PL6"
    POINT = "PL7"

    @property
    def rank(self) -> int:
        """0 unknown to 7 exact point: a higher rank is finer."""
        return int(self.value[2])


FLOORS: Mapping[Audience, PlaceLevel] = {
    Audience.PUBLIC: PlaceLevel.CERCLE,
    Audience.PARTNER: PlaceLevel.SETTLEMENT,
    Audience.COURT: PlaceLevel.POINT,
}
"""The finest level that each audience may be told. Source: DOMAIN 2.9."""


@dataclass(frozen=True, slots=True)
class PlaceName:
    """One spelling. language: ISO 639-3; `und` where it is not known."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Place:
    """One place. parent: what contains it; None for a country alone. kind: code of place_kind.csv, or None.

    Raises Invalid.
    """

    id: PlaceId
    parent: PlaceId | None
    level: PlaceLevel
    kind: str | None
    names: tuple[PlaceName, ...]

    def __post_init__(self) -> None:
        rules = (
            (bool(self.id), "id", "required"),
            (self.level is not PlaceLevel.UNKNOWN, "level", "unknown_code"),
            ((self.parent is None) == (self.level is PlaceLevel.COUNTRY), "parent", "required"),
            (self.kind is None or self.kind in load("place_kind"), "kind", "unknown_code"),
            (0 < len(self.names) <= MAX_NAMES, "names", "required"),
            (len(set(self.names)) == len(self.names), "names", "twice"),
        )
        problems = [Problem(name, code) for holds, name, code in rules if not holds]
        problems += [problem for name in self.names for problem in _name_problems(name)]
        if problems:
            raise Invalid(tuple(problems))

    def name(self, language: str) -> str:
        """The name in this language (ISO 639-3); the first one where there is none."""
        return next((each.text for each in self.names if each.language == language), self.names[0].text)


def require_inside(level: PlaceLevel, parent: Place) -> None:
    """Raises Invalid unless a place of this level can lie inside the other: it is finer."""
    if level.rank <= parent.level.rank:
        raise Invalid((Problem("level", "not_inside"),))


def shown_to(path: Sequence[Place], audience: Audience) -> tuple[Place, ...]:
    """What of a place an audience may be told.

    path: the place and all that contain it, the country first. Those finer than the audience's floor are left
    out, so that the finest one shown is the lower of what is known and what may be told.
    """
    floor = FLOORS[audience].rank
    return tuple(place for place in path if place.level.rank <= floor)


def _name_problems(name: PlaceName) -> tuple[Problem, ...]:
    rules = (
        (bool(name.text.strip()), "required"),
        (name.text == name.text.strip() and name.text.isprintable(), "bad_character"),
        (len(name.text) <= MAX_NAME, "too_long"),
        (_LANGUAGE.fullmatch(name.language) is not None, "unknown_code"),
    )
    return tuple(Problem("names", code) for holds, code in rules if not holds)
