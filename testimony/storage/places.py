"""Places in the reading room: what lies in what, how finely it is known, and its names in every spelling.

The names of countries come from `countries`; every other place was added by a coder. Holds no rule about who
may be told how much.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from testimony.domain.matching import fold
from testimony.domain.places import Place, PlaceId, PlaceLevel, PlaceName
from testimony.storage.countries import countries
from testimony.storage.schema import READING_ROOM

PLACES = sa.Table(
    "places",
    READING_ROOM,
    sa.Column("place_id", sa.Text, primary_key=True),
    sa.Column("parent", sa.Text, sa.ForeignKey("reading_room.places.place_id")),
    sa.Column("level", sa.Text, nullable=False),
    sa.Column("kind", sa.Text),
    sa.Column("added_by", sa.Text, nullable=False),
    sa.Column("added_on", sa.Text, nullable=False),
    sa.Column(
        "population_band",
        sa.Text,
        sa.CheckConstraint("population_band IN ('PB1', 'PB2', 'PB3', 'PB4', 'PB5', 'PB6')"),
    ),
    sa.CheckConstraint("level IN ('PL1', 'PL2', 'PL3', 'PL4', 'PL5', 'PL6', 'PL7')"),
    sa.CheckConstraint("(level = 'PL1') = (parent IS NULL)"),
    sqlite_strict=True,
)
sa.Index("places_inside", PLACES.c.parent)

PLACE_NAMES = sa.Table(
    "place_names",
    READING_ROOM,
    sa.Column("place_id", sa.Text, sa.ForeignKey("reading_room.places.place_id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("folded", sa.Text, nullable=False),
    sa.UniqueConstraint("place_id", "text", "language"),
    sqlite_strict=True,
)
sa.Index("place_names_folded", PLACE_NAMES.c.folded)

_PLACE = (PLACES.c.place_id, PLACES.c.parent, PLACES.c.level, PLACES.c.kind)
_NAME = (PLACE_NAMES.c.text, PLACE_NAMES.c.language)
_WITH_NAMES = PLACES.outerjoin(PLACE_NAMES, PLACE_NAMES.c.place_id == PLACES.c.place_id)


def insert_place(connection: sa.Connection, place: Place, *, added_by: str, added_on: str) -> None:
    """Write a place and its names. What contains it is there already; a country's row is made when it is not."""
    if place.parent is not None:
        ensure_country(connection, place.parent, added_by=added_by, added_on=added_on)
    connection.execute(
        PLACES.insert(),
        {
            "place_id": place.id,
            "parent": place.parent,
            "level": place.level.value,
            "kind": place.kind,
            "added_by": added_by,
            "added_on": added_on,
        },
    )
    if place.id not in countries():
        insert_names(connection, place.id, place.names, first=0)


def insert_names(
    connection: sa.Connection, place_id: PlaceId, names: Iterable[PlaceName], *, first: int
) -> None:
    """Further names of a place; first: how many it has."""
    for position, name in enumerate(names, start=first):
        connection.execute(
            PLACE_NAMES.insert(),
            {
                "place_id": place_id,
                "position": position,
                "text": name.text,
                "language": name.language,
                "folded": fold(name.text),
            },
        )


def ensure_country(connection: sa.Connection, place_id: PlaceId, *, added_by: str, added_on: str) -> None:
    """Make the row of a country that is used for the first time; anything else is left alone."""
    country = countries().get(place_id)
    if country is None:
        return
    known = sa.select(PLACES.c.place_id).where(PLACES.c.place_id == place_id)
    if connection.execute(known).first() is None:
        insert_place(connection, country, added_by=added_by, added_on=added_on)


def find_place(connection: sa.Connection, place_id: str) -> Place | None:
    return next(iter(_places(connection, PLACES.c.place_id == place_id)), None) or countries().get(
        PlaceId(place_id)
    )


def paths(connection: sa.Connection, place_ids: Iterable[str]) -> Mapping[PlaceId, tuple[Place, ...]]:
    """Of each place: itself and all that contain it, the country first. Unknown ids are left out."""
    known: dict[PlaceId, Place] = {}
    wanted = {PlaceId(place_id) for place_id in place_ids}
    asked = set(wanted)
    while asked:
        found = _places(connection, PLACES.c.place_id.in_(asked))
        known.update({place.id: place for place in found})
        known.update({i: countries()[i] for i in asked - known.keys() if i in countries()})
        asked = {place.parent for place in found if place.parent is not None} - known.keys()
    return {place_id: _path(known, place_id) for place_id in sorted(wanted) if place_id in known}


def inside(connection: sa.Connection, parent: str, finest: PlaceLevel) -> tuple[Place, ...]:
    """What lies directly inside a place, no finer than a level, by name."""
    found = _places(connection, PLACES.c.parent == parent, PLACES.c.level <= finest.value)
    return tuple(sorted(found, key=lambda place: fold(place.names[0].text)))


def named(connection: sa.Connection, words: str, finest: PlaceLevel, limit: int) -> tuple[Place, ...]:
    """Places with a name that holds these words, however they are written, no finer than a level; coarse first."""
    wanted = fold(words)
    if not wanted:
        return ()
    holds = sa.func.instr(PLACE_NAMES.c.folded, wanted) > 0
    matching = sa.select(PLACE_NAMES.c.place_id).where(holds)
    found = _places(
        connection, PLACES.c.place_id.in_(matching), PLACES.c.level <= finest.value, PLACES.c.level != "PL1"
    )
    of_country = [place for place in countries().values() if any(wanted in fold(n.text) for n in place.names)]
    both = sorted((*of_country, *found), key=lambda place: (place.level, fold(place.names[0].text)))
    return tuple(both[:limit])


def name_values(connection: sa.Connection, finest: PlaceLevel) -> tuple[tuple[str, PlaceId], ...]:
    """(name, id) of every place that coders added, no finer than a level."""
    query = sa.select(PLACE_NAMES.c.text, PLACE_NAMES.c.place_id).select_from(_WITH_NAMES)
    rows = connection.execute(query.where(PLACES.c.level <= finest.value, PLACE_NAMES.c.text.is_not(None)))
    return tuple((row.text, PlaceId(row.place_id)) for row in rows)


def levels(connection: sa.Connection, place_ids: Iterable[str]) -> Mapping[str, PlaceLevel]:
    """How finely each of these places is known; unknown ids are left out."""
    wanted = set(place_ids)
    rows = connection.execute(
        sa.select(PLACES.c.place_id, PLACES.c.level).where(PLACES.c.place_id.in_(wanted))
    )
    known = {row.place_id: PlaceLevel(row.level) for row in rows}
    return {i: PlaceLevel.COUNTRY for i in wanted if i in countries()} | known


def population_bands(connection: sa.Connection, place_ids: Iterable[str]) -> Mapping[str, str]:
    """How many people live in these places, as far as somebody said: codes of `residual.BANDS`."""
    known = PLACES.c.place_id.in_(set(place_ids)) & PLACES.c.population_band.is_not(None)
    query = sa.select(PLACES.c.place_id, PLACES.c.population_band).where(known)
    return {row.place_id: row.population_band for row in connection.execute(query)}


def set_population_band(connection: sa.Connection, place_id: str, band: str) -> bool:
    """Whether there is such a place."""
    statement = PLACES.update().where(PLACES.c.place_id == place_id).values(population_band=band)
    return connection.execute(statement).rowcount == 1


def _places(connection: sa.Connection, *where: sa.ColumnElement[bool]) -> tuple[Place, ...]:
    query = sa.select(*_PLACE, *_NAME).select_from(_WITH_NAMES).where(*where)
    rows = connection.execute(query.order_by(PLACES.c.place_id, PLACE_NAMES.c.position))
    return tuple(_place(list(group)) for _, group in groupby(rows, key=lambda row: row.place_id))


def _place(rows: Sequence[Any]) -> Place:
    first = rows[0]
    country = countries().get(PlaceId(first.place_id))
    if country is not None:
        return country
    return Place(
        PlaceId(first.place_id),
        None if first.parent is None else PlaceId(first.parent),
        PlaceLevel(first.level),
        first.kind,
        tuple(PlaceName(row.text, row.language) for row in rows),
    )


def _path(known: Mapping[PlaceId, Place], place_id: PlaceId) -> tuple[Place, ...]:
    path: list[Place] = []
    following: PlaceId | None = place_id
    while following is not None and following in known and len(path) < len(PlaceLevel):
        path.append(known[following])
        following = known[following].parent
    return tuple(reversed(path))
