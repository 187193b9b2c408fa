"""What the pages were built with: the archive, the open sessions, the clock. Made once, outside."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from flask import current_app

from testimony.domain.roles import Role
from testimony.services.archives import Archive
from testimony.services.attaching import MAX_FILE_BYTES
from testimony.services.session_store import SessionStore
from testimony.services.signin import SignIn
from testimony.services.throttling import Throttle

EXTENSION = "testimony"


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """An invented account that anyone may be. Only a demonstration has any, so its password is no secret."""

    handle: str
    role: Role
    password: str


@dataclass(frozen=True, slots=True, repr=False)
class Services:
    """What the pages need from outside.

    name: what the archive is called on every page. door: sign-in. throttle: the one that `door` counts with.
    clock: aware times, UTC.
    demo: the people of a demonstration; None for an archive that is not one.
    max_attachment_bytes: the largest file that may be handed in.
    sign_in_rate, request_rate: per address, as `limits` writes them; the services throttle by handle.
    """

    name: str
    archive: Archive
    door: SignIn
    throttle: Throttle
    store: SessionStore
    clock: Callable[[], datetime]
    demo: tuple[DemoPerson, ...] | None = None
    max_attachment_bytes: int = MAX_FILE_BYTES
    sign_in_rate: str = "20 per minute"
    request_rate: str = "1200 per minute"


def current_services() -> Services:
    return cast(Services, current_app.extensions[EXTENSION])


def now() -> datetime:
    """The time of this moment, by the archive's clock."""
    return current_services().clock()
