"""Opening a sealed attachment: its key and its context come from the submission that named it.

Who may open one is the caller's to decide.
"""

from collections.abc import Iterator
from typing import BinaryIO

from crypto.frames import open_frames
from crypto.keys import Secret
from testimony.storage.objects import ObjectId, Objects
from testimony.storage.originals import Attachment


def open_attachment(objects: Objects, attachment: Attachment, submission_id: str) -> Iterator[bytes]:
    """The file as it was handed in, piece by piece; what came counts only once the end is reached without an error.

    Raises ArchiveDamaged at once when the object is not there, Tampered on the way when it is not what was sealed
    for this submission.
    """
    source = objects.open(ObjectId(attachment.object_id))
    return _frames(source, Secret(attachment.key), submission_id.encode())


def _frames(source: BinaryIO, key: Secret, context: bytes) -> Iterator[bytes]:
    with source:
        yield from open_frames(key, source, context)
