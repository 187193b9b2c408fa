"""Files of a draft: hashed and sealed as they arrive, kept only as far as the witness allowed, gone when
they are taken out.
"""

import hashlib
import io
from typing import BinaryIO, cast

import pytest

from crypto.errors import Tampered
from crypto.frames import open_frames
from crypto.keys import Secret
from testimony.domain.errors import Invalid, NotFound, TooLarge
from testimony.domain.statement import AttachmentRef
from testimony.services.archives import Archive
from testimony.services.attaching import FileDescription, attach, detach
from testimony.services.drafts import Step
from testimony.services.intake import check_draft, discard_draft, open_draft, submit_draft
from testimony.services.sessions import Session
from testimony.storage import drafts, inbox
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.objects import ObjectId
from tests.services.conftest import Clock, People
from tests.services.intake_answers import change, type_draft

ALLOWED = {"decision-CP05": "granted"}
PHOTOGRAPH = FileDescription("IMG_0042.jpg", "image/jpeg", "XK01", "original_device")


class CutShort(io.RawIOBase):
    """A sender whose connection breaks in the middle of a file."""

    def __init__(self, whole: bytes) -> None:
        self._rest = io.BytesIO(whole)

    def read(self, size: int = -1) -> bytes:
        piece = self._rest.read(size)
        if not piece:
            raise ConnectionError
        return piece


def attached(session: Session, clock: Clock, content: bytes) -> tuple[str, AttachmentRef]:
    draft_id = type_draft(session, clock(), consent=ALLOWED)
    return draft_id, attach(session, draft_id, io.BytesIO(content), PHOTOGRAPH, clock())


def opened(archive: Archive, draft_id: str, file: AttachmentRef) -> bytes:
    source = io.BytesIO(bytes(archive.objects.open(ObjectId(file.object_id)).read()))
    return b"".join(open_frames(Secret(bytes.fromhex(file.key)), source, draft_id.encode()))


@pytest.mark.parametrize("size", [1, 65_536, 300_001])
def test_a_file_comes_back_as_it_was_with_the_hash_of_the_original(
    people: People, clock: Clock, archive: Archive, size: int
) -> None:
    content = bytes(range(251)) * (size // 251 + 1)

    draft_id, file = attached(people["interviewer"], clock, content[:size])

    assert opened(archive, draft_id, file) == content[:size]
    assert (file.sha256, file.size) == (hashlib.sha256(content[:size]).hexdigest(), size)


def test_the_store_holds_neither_content_nor_name(people: People, clock: Clock, archive: Archive) -> None:
    _, file = attached(people["interviewer"], clock, b"canary of the file " * 100)

    stored = archive.objects.open(ObjectId(file.object_id)).read()

    assert b"canary" not in bytes(stored) and b"IMG_0042" not in bytes(stored)


def test_a_file_is_bound_to_its_draft(people: People, clock: Clock, archive: Archive) -> None:
    _, file = attached(people["interviewer"], clock, b"a photograph")

    with pytest.raises(Tampered):
        opened(archive, "0" * 32, file)


def test_a_file_that_is_cut_short_leaves_nothing(people: People, clock: Clock, archive: Archive) -> None:
    interviewer = people["interviewer"]
    draft_id = type_draft(interviewer, clock(), consent=ALLOWED)

    with pytest.raises(ConnectionError):
        attach(interviewer, draft_id, cast(BinaryIO, CutShort(b"x" * 200_000)), PHOTOGRAPH, clock())

    assert open_draft(interviewer, draft_id, clock()).files == ()
    assert archive.objects.names() == frozenset()


def test_a_file_beyond_the_limit_leaves_nothing(people: People, clock: Clock, archive: Archive) -> None:
    interviewer = people["interviewer"]
    draft_id = type_draft(interviewer, clock(), consent=ALLOWED)

    with pytest.raises(TooLarge):
        attach(interviewer, draft_id, io.BytesIO(b"x" * 1001), PHOTOGRAPH, clock(), limit_bytes=1000)

    assert archive.objects.names() == frozenset()


@pytest.mark.parametrize(
    ("content", "description", "problem"),
    [
        (b"", PHOTOGRAPH, ("files.file", "empty_file")),
        (b"x", FileDescription("", "image/jpeg", "XK01", "cable"), ("files.file", "required")),
        (b"x", FileDescription("a", "image/jpeg", "XK99", "cable"), ("files.kind", "required")),
        (b"x", FileDescription("a", "image/jpeg", "XK01", "by air"), ("files.acquired", "required")),
        (b"x", FileDescription("a", "audio/ogg", "XK12", "cable"), ("files.kind", "not_consented")),
    ],
)
def test_a_file_that_may_not_be_kept_is_named_and_leaves_nothing(
    people: People,
    clock: Clock,
    archive: Archive,
    content: bytes,
    description: FileDescription,
    problem: tuple[str, str],
) -> None:
    interviewer = people["interviewer"]
    draft_id = type_draft(interviewer, clock(), consent=ALLOWED)

    with pytest.raises(Invalid) as invalid:
        attach(interviewer, draft_id, io.BytesIO(content), description, clock())

    assert [(p.field, p.code) for p in invalid.value.problems] == [problem]
    assert archive.objects.names() == frozenset()


def test_a_file_whose_consent_was_taken_back_stops_the_handing_in(people: People, clock: Clock) -> None:
    interviewer = people["interviewer"]
    draft_id, file = attached(interviewer, clock, b"a photograph")

    change(interviewer, draft_id, Step.CONSENT, clock(), **{"decision-CP05": "refused"})

    problems = check_draft(interviewer, draft_id, clock()).problems
    assert [(p.field, p.code) for p in problems] == [(f"files.{file.object_id}", "not_consented")]


def test_a_file_taken_out_is_destroyed(people: People, clock: Clock, archive: Archive) -> None:
    interviewer = people["interviewer"]
    draft_id, file = attached(interviewer, clock, b"a photograph")

    detach(interviewer, draft_id, file.object_id, clock())

    assert open_draft(interviewer, draft_id, clock()).files == ()
    with pytest.raises(ArchiveDamaged):
        archive.objects.open(ObjectId(file.object_id))


def test_a_file_of_another_draft_is_not_taken_out(people: People, clock: Clock, archive: Archive) -> None:
    _, file = attached(people["interviewer"], clock, b"a photograph")
    other = type_draft(people["interviewer"], clock())

    with pytest.raises(NotFound):
        detach(people["interviewer"], other, file.object_id, clock())

    assert archive.objects.names() == {file.object_id}


def test_a_discarded_draft_takes_its_files_with_it(people: People, clock: Clock, archive: Archive) -> None:
    draft_id, _ = attached(people["interviewer"], clock, b"a photograph")

    discard_draft(people["interviewer"], draft_id, clock())

    assert archive.objects.names() == frozenset()


def test_every_object_is_named_by_a_draft_and_then_by_the_inbox(
    people: People, clock: Clock, archive: Archive
) -> None:
    interviewer = people["interviewer"]
    draft_id, file = attached(interviewer, clock, b"a photograph")

    with interviewer.reading() as connection:
        before = (drafts.draft_objects(connection), inbox.inbox_objects(connection))
    submit_draft(interviewer, draft_id, clock())
    with interviewer.reading() as connection:
        after = (drafts.draft_objects(connection), inbox.inbox_objects(connection))

    named = frozenset({ObjectId(file.object_id)})
    assert (before, after) == ((named, frozenset()), (frozenset(), named))
    assert opened(archive, draft_id, file) == b"a photograph"
