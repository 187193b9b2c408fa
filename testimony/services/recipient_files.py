"""Copies of files that go with a layer for one named recipient.

A recipient's layer is made from an audience's, and so are the files: those released to that audience, under the same
signatures. None is made for one recipient alone. Nothing is kept of them here: what goes is what stands on the day it
goes, so that a copy that was replaced or closed goes no more.
"""

from dataclasses import dataclass
from datetime import datetime

from testimony.domain.audit import Action
from testimony.domain.errors import NotFound
from testimony.domain.purposes import Audience
from testimony.policy.access import Permission, require
from testimony.services.approving_files import content_of
from testimony.services.consent_versions import require_consent_stands
from testimony.services.recipients import require_said_yes, require_sealed_holds
from testimony.services.released_files import OpenedCopy, open_files, require_file_holds
from testimony.services.releasing import require_consent_carries
from testimony.services.sessions import Session, Work
from testimony.services.under_review import UnderReview, open_account
from testimony.storage import recipients
from testimony.storage.recipients import SealedRelease
from testimony.storage.released_files import ReleasedFile


@dataclass(frozen=True, slots=True)
class _Going:
    account: UnderReview
    kept: SealedRelease
    files: tuple[ReleasedFile, ...]


def files_for_recipient(
    session: Session, code: str, release_id: int, now: datetime
) -> tuple[ReleasedFile, ...]:
    """The files that go with what is kept for a recipient; shows none. Raises NotFound, Refused, IntegrityFailed."""
    with session.work(now) as work:
        require(session.account, Permission.READ_ORIGINAL)
        going = _going(session, work, code, release_id)
        if going.files:
            work.log(
                Action.LIST_SHOWN,
                subject=going.account.subject,
                case=going.account.row.case_id,
                fields=("recipient-files", going.kept.recipient_id),
                count=len(going.files),
            )
    return going.files


def open_for_recipient(
    session: Session, code: str, release_id: int, number: int, now: datetime
) -> OpenedCopy:
    """One of them; the entry commits before it is opened. Raises NotFound, Refused, IntegrityFailed."""
    with session.work(now) as work:
        require(session.account, Permission.RELEASE)
        going = _going(session, work, code, release_id)
        file = next((file for file in going.files if file.number == number), None)
        if file is None:
            raise NotFound
        work.log(
            Action.ITEM_SHOWN,
            subject=going.account.subject,
            case=going.account.row.case_id,
            fields=("recipient-file", going.kept.recipient_id),
            count=number,
        )
    require_file_holds(session.archive, file)
    return OpenedCopy(file, content_of(session.archive.objects, file, file.file_id))


def _going(session: Session, work: Work, code: str, release_id: int) -> _Going:
    """As consent stands today: what the text was sealed under may have ended."""
    kept = recipients.find_sealed(work.connection, release_id)
    recipient = recipients.find_recipient(work.connection, kept.recipient_id) if kept else None
    if kept is None or kept.code != code or recipient is None:
        raise NotFound
    account = open_account(session, work, code)
    require_sealed_holds(session, kept)
    require_consent_stands(session.archive.keyring(), work.connection, code)
    audience = Audience(recipient.audience)
    require_consent_carries(work, account, audience, work.now)
    require_said_yes(work, account, recipient)
    return _Going(account, kept, open_files(work, code, audience))
