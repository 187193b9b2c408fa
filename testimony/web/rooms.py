"""What a room tells the frame about itself: its name in the bar, who may enter, what waits in it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from flask import Blueprint, current_app
from flask_babel import LazyString

from testimony.domain.roles import Role
from testimony.services.sessions import Session


@dataclass(frozen=True, slots=True)
class Waiting:
    """One line of somebody's home page, in a sentence: "2 drafts are not finished"."""

    sentence: str
    href: str
    count: int


@dataclass(frozen=True, slots=True)
class PurposeChip:
    """The purpose under which this person reads ("Purpose: internal study"), and where to change it."""

    text: str
    href: str


ROOMS_EXTENSION = "testimony-rooms"


def nothing_waits(session: Session, now: datetime) -> tuple[Waiting, ...]:
    return ()


def no_purpose(session: Session) -> PurposeChip | None:
    return None


@dataclass(frozen=True, slots=True)
class Room:
    """One blueprint and its place in the frame.

    front: the endpoint that the bar leads to. when_empty: what will appear here and how, when nothing waits.
    waiting: oldest first; called for each home page of a person with one of `roles`, so it must be quick.
    """

    blueprint: Blueprint
    title: LazyString
    front: str
    roles: frozenset[Role]
    when_empty: LazyString
    waiting: Callable[[Session, datetime], tuple[Waiting, ...]] = nothing_waits
    purpose: Callable[[Session], PurposeChip | None] = no_purpose

    def admits(self, roles: frozenset[Role]) -> bool:
        return not self.roles.isdisjoint(roles)


def current_rooms() -> tuple[Room, ...]:
    return cast(tuple[Room, ...], current_app.extensions[ROOMS_EXTENSION])
