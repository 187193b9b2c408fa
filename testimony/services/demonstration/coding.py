"""What the demonstration's reviewer codes of the released testimonies, so that there is something to find by act."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from testimony.domain.acts import Attribute, Coding, Perpetrators, Victims
from testimony.domain.places import PlaceId, PlaceLevel, PlaceName
from testimony.domain.purposes import Audience
from testimony.domain.quoting import quoted
from testimony.domain.witness import Sex
from testimony.services.coded import open_to_code
from testimony.services.coding import NOTHING_CLOSES, code_act
from testimony.services.coding_access import FromRelease
from testimony.services.places import NewPlace, add_place
from testimony.services.sessions import Session

REGION = "tombouctou"
"""Where all that is in `ACTS` happened, by its name among the places of the records."""

_ARMY = Perpetrators("PG01", "IN01", "ID03")
_FIVE_MEN = Victims(5, 5, sex=Sex.MALE)


@dataclass(frozen=True, slots=True)
class Told:
    """One act. words: those of the release that tell it."""

    violation: str
    words: str = field(repr=False)
    place: str = REGION
    basis: str = "BA01"
    victims: Victims = field(default_factory=Victims)
    perpetrators: Perpetrators | None = _ARMY
    when: str | None = None
    methods: tuple[str, ...] = ()
    attributes: frozenset[Attribute] = frozenset()
    outcome: str | None = None


@dataclass(frozen=True, slots=True)
class RecordedPlace:
    """A place that the demonstration adds. name: what acts call it. parent: such a name, or a country."""

    name: str
    parent: str
    level: PlaceLevel
    names: tuple[PlaceName, ...]


ACTS: Mapping[str, tuple[Audience, tuple[Told, ...]]] = {
    "T-0001": (
        Audience.PUBLIC,
        (
            Told(
                "LIB.02",
                "They took five men from the row of shops",
                basis="BA03",
                victims=_FIVE_MEN,
                when="2024-11-14",
                outcome="VS03",
            ),
            Told("PRO.02", "then the shops burned", when="2024-11-14", methods=("ME05",)),
            Told("OBJ.03", "They slept two nights in the school", when="2024-11-14/2024-11-16"),
        ),
    ),
    "T-0003": (
        Audience.PARTNER,
        (
            Told("PRO.05", "He asked for fifty thousand francs", victims=Victims(1, 1), when="2025-02-03"),
            Told(
                "INJ.02",
                "They tied my hands and beat me with a cable until the sunset prayer",
                victims=Victims(1, 1, sex=Sex.MALE),
                when="2025-02-03",
                methods=("ME02", "ME12"),
                attributes=frozenset({Attribute.IN_FRONT_OF_OTHERS}),
                outcome="VS02",
            ),
            Told("PRO.04", "They kept the goats", victims=Victims(1, 1), when="2025-02-03"),
        ),
    ),
    "T-0006": (
        Audience.PARTNER,
        (
            Told(
                "LIB.02",
                "Ils ont pris cinq hommes",
                victims=_FIVE_MEN,
                perpetrators=Perpetrators("PG01", "IN01", "ID04"),
                when="2024-11~",
                outcome="VS03",
            ),
            Told(
                "PRO.02", "ils ont brûlé les boutiques, la mienne aussi", when="2024-11~", methods=("ME05",)
            ),
        ),
    ),
}
"""By testimony: the release that is coded, and what it tells."""


def add_places(reviewer: Session, places: Iterable[RecordedPlace], now: datetime) -> Mapping[str, PlaceId]:
    """Each inside the one that it names, which was added before it or is a country; ids by their names here."""
    ids: dict[str, PlaceId] = {}
    for place in places:
        parent = ids.get(place.parent, PlaceId(place.parent))
        new = NewPlace(parent, place.level, None, place.names)
        ids[place.name] = add_place(reviewer, FromRelease(Audience.PARTNER), new, now)
    return ids


def code_released(
    reviewer: Session,
    release: tuple[str, Audience],
    acts: Iterable[Told],
    places: Mapping[str, PlaceId],
    now: datetime,
) -> None:
    """release: code of the testimony, and the audience of the release that is coded."""
    code, source = release[0], FromRelease(release[1])
    text = open_to_code(reviewer, code, source, now).text
    for told in acts:
        coding = Coding(
            violation=told.violation,
            passage=quoted(text, told.words, "", 0),
            basis=told.basis,
            victims=told.victims,
            perpetrators=told.perpetrators,
            place=places[told.place],
            when=told.when,
            methods=told.methods,
            attributes=told.attributes,
            outcome=told.outcome,
        )
        code_act(reviewer, code, source, coding, NOTHING_CLOSES, now)
