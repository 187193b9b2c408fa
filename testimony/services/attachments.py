"""Opening a sealed attachment: its key and its context come from the submission that named it.

Who may open one is the caller's to decide.
"""

from collections.abc import Iterator

from crypto.frames import open_frames
from crypto.keys import Secret
from testimony.storage.objects import ObjectId, Objects
from testimony.storage.originals import Attachment


def open_attachment(objects: Objects, attachment: Attachment, submission_id: str) -> Iterator[bytes]:
    """The file as it was handed in, piece by piece.

    What was yielded counts only when the end is reached without an error.
    Raises ArchiveDamaged when the object is not there, Tampered when it is not what was sealed for this submission.
    """
    with objects.open(ObjectId(attachment.object_id)) as source:
        yield from open_frames(Secret(attachment.key), source, submission_id.encode())
