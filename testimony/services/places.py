"""Places to code with: found by name or by what they lie in, added by coders, and given further spellings.

Nobody is told of a place finer than they may be told where an act was; for them it is not there.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from testimony.domain.audit import Action
from testimony.domain.errors import Invalid, NotFound, Problem
from testimony.domain.matching import fold
from testimony.domain.places import MAX_NAMES, Place, PlaceId, PlaceLevel, PlaceName, require_inside
from testimony.policy.access import Permission, require
from testimony.services.coding_access import Source, finest_of
from testimony.services.sessions import Session, Work
from testimony.storage import acts, releases
from testimony.storage import places as rows

MAX_FOUND = 40


@dataclass(frozen=True, slots=True)
class FoundPlace:
    """A place and all that contain it, the country first."""

    place: Place
    path: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class NewPlace:
    """What a coder adds. parent: what it lies in. kind: code of place_kind.csv, or None."""

    parent: PlaceId
    level: PlaceLevel
    kind: str | None
    names: tuple[PlaceName, ...]


def places_named(session: Session, source: Source, words: str, now: datetime) -> tuple[FoundPlace, ...]:
    """Places with a name that holds these words, coarse first, `MAX_FOUND` at most. Raises Refused."""
    with session.work(now) as work:
        require(session.account, Permission.LIST_PLACES)
        finest = finest_of(session, work, source)
        found = rows.named(work.connection, words, finest, MAX_FOUND)
        work.log(Action.LIST_SHOWN, fields=("places",), count=len(found))
        return _with_paths(work, found)


def places_inside(session: Session, source: Source, parent: PlaceId, now: datetime) -> tuple[FoundPlace, ...]:
    """What lies directly inside a place, by name. Raises Refused, NotFound."""
    with session.work(now) as work:
        require(session.account, Permission.LIST_PLACES)
        finest = finest_of(session, work, source)
        _known(work, parent, finest)
        found = rows.inside(work.connection, parent, finest)
        work.log(Action.LIST_SHOWN, fields=("places",), count=len(found))
        return _with_paths(work, found)


def find_place(session: Session, source: Source, place_id: PlaceId, now: datetime) -> FoundPlace:
    """Raises Refused, NotFound."""
    with session.work(now) as work:
        require(session.account, Permission.LIST_PLACES)
        place = _known(work, place_id, finest_of(session, work, source))
        work.log(Action.LIST_SHOWN, fields=("places",), count=1)
        return _with_paths(work, (place,))[0]


def add_place(session: Session, source: Source, new: NewPlace, now: datetime) -> PlaceId:
    """Add a place inside another. Its names must name nobody: nothing here can check that, so the page says it.

    Raises Refused; NotFound for a place around it that this person may not know of; Invalid, also when a place of
    this level and name lies there already.
    """
    with session.work(now) as work:
        require(session.account, Permission.ADD_PLACES)
        finest = finest_of(session, work, source)
        parent = _known(work, new.parent, finest)
        require_inside(new.level, parent)
        if new.level.rank > finest.rank:
            raise Invalid((Problem("level", "too_fine"),))
        place = Place(PlaceId(secrets.token_hex(5)), parent.id, new.level, new.kind, new.names)
        _require_new(work, place)
        rows.insert_place(
            work.connection, place, added_by=session.account.id, added_on=now.date().isoformat()
        )
        work.log(Action.WRITTEN, subject=("place", place.id), fields=("place", place.level.value))
    return place.id


def add_spelling(session: Session, source: Source, place_id: PlaceId, name: PlaceName, now: datetime) -> None:
    """Give a place another name. Raises Refused, NotFound, Invalid; the names of countries stay as they are."""
    with session.work(now) as work:
        require(session.account, Permission.ADD_PLACES)
        place = _known(work, place_id, finest_of(session, work, source))
        if place.level is PlaceLevel.COUNTRY:
            raise Invalid((Problem("names", "of_a_country"),))
        if len(place.names) >= MAX_NAMES:
            raise Invalid((Problem("names", "too_many"),))
        Place(place.id, place.parent, place.level, place.kind, (*place.names, name))
        rows.insert_names(work.connection, place.id, (name,), first=len(place.names))
        for code in acts.codes_at(work.connection, place.id):
            releases.reindex_testimony(work.connection, code)
        work.log(Action.WRITTEN, subject=("place", place.id), fields=("spelling",))


def _known(work: Work, place_id: PlaceId, finest: PlaceLevel) -> Place:
    place = rows.find_place(work.connection, place_id)
    if place is None or place.level.rank > finest.rank:
        raise NotFound
    return place


def _require_new(work: Work, place: Place) -> None:
    wanted = {fold(name.text) for name in place.names}
    for beside in rows.inside(work.connection, place.parent or "", PlaceLevel.POINT):
        if beside.level is place.level and wanted & {fold(name.text) for name in beside.names}:
            raise Invalid((Problem("names", "there_already"),))


def _with_paths(work: Work, found: tuple[Place, ...]) -> tuple[FoundPlace, ...]:
    paths = rows.paths(work.connection, (place.id for place in found))
    return tuple(FoundPlace(place, paths[place.id]) for place in found)
