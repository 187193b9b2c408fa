"""Files of a draft: hashed and sealed as their bytes arrive, before anything else is done with them.

Nothing of a file touches the disk in clear: each piece goes through the hash into a sealed frame, in
constant memory.
"""

import hashlib
import io
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import BinaryIO, cast

from crypto.frames import seal_frames
from crypto.keys import Secret
from testimony.domain.errors import Conflict, Invalid, NotFound, Problem, TooLarge
from testimony.domain.statement import Acquired, AttachmentRef
from testimony.domain.vocabulary import load
from testimony.policy.access import Permission, require
from testimony.services.consent_answers import granted_in
from testimony.services.drafts import MAX_FILES, Draft, Step
from testimony.services.exhibits import may_keep
from testimony.services.intake import open_own, store
from testimony.services.sessions import Session
from testimony.storage import drafts
from testimony.storage.objects import ObjectId

MAX_FILE_BYTES = 500 * 1024 * 1024
MAX_NAME = 255
UNKNOWN_TYPE = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class FileDescription:
    """What is told about a file. kind: code of exhibit.csv; acquired: how it came; name, mime: as the sender
    said.
    """

    name: str = field(repr=False)
    mime: str
    kind: str
    acquired: str


class _Measured(io.RawIOBase):
    """A source that is hashed and counted as it is read."""

    def __init__(self, source: BinaryIO, limit_bytes: int) -> None:
        self._source = source
        self._limit_bytes = limit_bytes
        self.digest = hashlib.sha256()
        self.size = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """Raises TooLarge as soon as the limit is passed."""
        piece = self._source.read(size)
        self.size += len(piece)
        if self.size > self._limit_bytes:
            raise TooLarge(self._limit_bytes)
        self.digest.update(piece)
        return piece


def attach(
    session: Session,
    draft_id: str,
    source: BinaryIO,
    description: FileDescription,
    now: datetime,
    *,
    limit_bytes: int = MAX_FILE_BYTES,
) -> AttachmentRef:
    """Seal a file into the object store and name it in the draft.

    source: read once, to its end; what it raises when it is cut short leaves nothing.
    Raises Invalid for a wrong description, an empty file or a kind the witness did not allow; TooLarge;
    NotFound; Conflict.
    """
    acquired = _require_description(description)
    require(session.account, Permission.KEEP_DRAFTS)
    with session.reading() as connection:
        _require_room(open_own(session, connection, draft_id)[1], description.kind)
    measured, key = _Measured(source, limit_bytes), Secret.random()
    frames = seal_frames(key, cast(BinaryIO, measured), draft_id.encode())
    object_id = session.archive.objects.write(frames)
    # From here an orphan is in the store; the row below makes it a file of this draft.
    try:
        if measured.size == 0:
            raise Invalid((Problem("files.file", "empty_file"),))
        file = AttachmentRef(
            object_id=object_id,
            key=key.raw.hex(),
            sha256=measured.digest.hexdigest(),
            size=measured.size,
            mime=description.mime or UNKNOWN_TYPE,
            name=description.name,
            acquired=acquired,
            kind=description.kind,
        )
        _name_in_draft(session, draft_id, file, now)
    except BaseException:
        session.archive.objects.delete(object_id)
        raise
    return file


def detach(session: Session, draft_id: str, object_id: str, now: datetime) -> None:
    """Take a file out of a draft and destroy it with its key. Raises NotFound."""
    with session.work(now) as work:
        require(session.account, Permission.KEEP_DRAFTS)
        row, draft = open_own(session, work.connection, draft_id)
        kept = tuple(file for file in draft.files if file.object_id != object_id)
        if len(kept) == len(draft.files):
            raise NotFound
        drafts.release_object(work.connection, draft_id, ObjectId(object_id))
        store(session, work, row, replace(draft, files=kept))
    session.archive.objects.delete(ObjectId(object_id))


def _name_in_draft(session: Session, draft_id: str, file: AttachmentRef, now: datetime) -> None:
    with session.work(now) as work:
        require(session.account, Permission.KEEP_DRAFTS)
        row, draft = open_own(session, work.connection, draft_id)
        _require_room(draft, file.kind)
        drafts.claim_object(work.connection, draft_id, ObjectId(file.object_id))
        store(session, work, row, replace(draft, files=(*draft.files, file)))


def _require_room(draft: Draft, kind: str) -> None:
    if not may_keep(kind, granted_in(draft.answers(Step.CONSENT))):
        raise Invalid((Problem("files.kind", "not_consented"),))
    if len(draft.files) >= MAX_FILES:
        raise Conflict


def _require_description(description: FileDescription) -> Acquired:
    """Raises Invalid naming every field that is wrong."""
    name_fits = len(description.name.strip()) > 0 and len(description.name) <= MAX_NAME
    rules = (
        (name_fits, "files.file", "required"),
        (len(description.mime) <= MAX_NAME, "files.file", "too_long"),
        (description.kind in load("exhibit"), "files.kind", "required"),
        (description.acquired in tuple(Acquired), "files.acquired", "required"),
    )
    if problems := tuple(Problem(name, code) for holds, name, code in rules if not holds):
        raise Invalid(problems)
    return Acquired(description.acquired)
