"""One file of an account, handed to a reviewer frame by frame."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from testimony.domain.audit import Action
from testimony.domain.errors import NotFound
from testimony.policy.access import Permission, require
from testimony.services import attachments
from testimony.services.sessions import Session
from testimony.services.under_review import open_account
from testimony.storage import originals
from testimony.storage.originals import Attachment


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """An attachment and its plaintext, frame by frame. Reading on may raise Tampered.

    Then what came so far is not all.
    """

    attachment: Attachment
    frames: Iterator[bytes]


def open_attachment(session: Session, code: str, number: int, now: datetime) -> OpenedFile:
    """Hand out one file of an account; the entry commits before its first byte. Raises NotFound."""
    with session.work(now) as work:
        require(session.account, Permission.READ_ORIGINAL)
        account = open_account(session, work, code)
        attachment = originals.find_attachment(work.connection, code, number)
        if attachment is None:
            raise NotFound
        work.log(
            Action.ITEM_SHOWN,
            subject=account.subject,
            case=account.row.case_id,
            fields=("attachment",),
            count=number,
        )
    content = attachments.open_attachment(session.archive.objects, attachment, account.original.submission_id)
    return OpenedFile(attachment, content)
