"""What stands round every page: the bar, this person's rooms, how long the archive stays open."""

from dataclasses import dataclass

from flask import Flask, g, request, url_for

from testimony.services.sessions import Session
from testimony.web.rooms import PurposeChip, Room
from testimony.web.sessions import current_session, is_signed_in
from testimony.web.translation import LanguageLink, current_direction, current_language, language_links
from testimony.web.wiring import Services, now


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    minutes_left: int


@dataclass(frozen=True, slots=True)
class RoomLink:
    title: str
    href: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class PageFrame:
    """person: None when nobody is signed in; then there are no rooms and no purpose."""

    name: str
    language: str
    direction: str
    languages: tuple[LanguageLink, ...]
    is_demonstration: bool
    person: Person | None = None
    rooms: tuple[RoomLink, ...] = ()
    purpose: PurposeChip | None = None


_HOSTS = {
    "alarms": ("custody", "log"),
    "around": ("custody", "review"),
    "asking": ("identity",),
    "coding": ("review", "finding"),
    "links": ("review", "finding"),
}
"""Pages without a room of their own, and the rooms that they stand in: the first that the person has."""


def install(app: Flask, services: Services, rooms: tuple[Room, ...]) -> None:
    app.context_processor(lambda: {"frame": _frame(services, rooms)})


def _frame(services: Services, rooms: tuple[Room, ...]) -> PageFrame:
    session = current_session() if is_signed_in() else None
    mine = () if session is None else tuple(room for room in rooms if room.admits(session.account.roles))
    return PageFrame(
        name=services.name,
        language=current_language(),
        direction=current_direction(),
        languages=language_links(),
        is_demonstration=services.demo is not None,
        person=None if session is None else Person(session.account.name, session.minutes_left(now())),
        rooms=tuple(_link(room, _here(mine)) for room in mine),
        purpose=None if session is None else _purpose(session, mine),
    )


def _link(room: Room, here: str | None) -> RoomLink:
    return RoomLink(str(room.title), url_for(room.front), room.blueprint.name == here)


def _here(mine: tuple[Room, ...]) -> str | None:
    """The room that the page stands in, by the name of its blueprint."""
    names = {room.blueprint.name for room in mine}
    # An answer in place of a page stands in no room: what is not theirs must look like what is not there.
    hosts = () if "has_no_address" in g else _HOSTS.get(request.blueprint or "", ())
    return next((host for host in hosts if host in names), request.blueprint)


def _purpose(session: Session, rooms: tuple[Room, ...]) -> PurposeChip | None:
    chips = (room.purpose(session) for room in rooms)
    return next((chip for chip in chips if chip is not None), None)
