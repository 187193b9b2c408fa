"""An archive with its door and its sessions put together, for the pages as for the commands. Knows no page."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from obstore.store import from_url

from crypto.passwords import Argon2Cost
from testimony.alarm_ways import ways_of
from testimony.services.alarm_notices import Send
from testimony.services.archives import Archive
from testimony.services.decoys import Decoys
from testimony.services.session_store import SessionStore
from testimony.services.signin import SignIn
from testimony.services.throttling import Throttle
from testimony.settings import Settings
from testimony.storage.directory import ArchiveDirectory
from testimony.storage.objects import Objects, local_objects


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, repr=False)
class Assembly:
    """An archive with its door and its sessions, ready for a face (pages or commands)."""

    archive: Archive
    throttle: Throttle
    door: SignIn
    store: SessionStore
    decoys: Decoys | None = None
    alarm_ways: Mapping[str, Send] = field(default_factory=dict)


def assemble(path: Path, settings: Settings, cost: Argon2Cost | None = None) -> Assembly:
    """cost: of passwords that are locked from now on; None for what is recommended. Raises NoArchive."""
    directory = ArchiveDirectory(path)
    directory.require()
    archive = Archive(directory, open_objects(directory, settings), cost or Argon2Cost.DEFAULT)
    throttle, decoys = Throttle(), Decoys()
    return Assembly(
        archive, throttle, SignIn(archive, throttle, decoys), SessionStore(archive), decoys, ways_of(settings)
    )


def open_objects(directory: ArchiveDirectory, settings: Settings) -> Objects:
    if settings.object_store is None:
        return local_objects(directory.objects)
    return Objects(from_url(settings.object_store))
