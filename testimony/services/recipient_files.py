"""Copies of files that go with a layer for one named recipient.

    a copy for one recipient (derivatives.py) → approved → release_copy_to_recipient → goes with their layer

Where no copy was made for them alone, a file goes as it was released to the audience that their layer is made from.
What goes is what stands on the day it goes: a copy that was replaced, closed, or no longer meets what the witness asks
goes no more. Nothing of it is in the reading room.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime

from crypto.labels import Label
from crypto.signing import sign
from testimony.domain.audit import Action
from testimony.domain.canonical import canonical_json
from testimony.domain.errors import Conflict, IntegrityFailed, NotFound, NotYet
from testimony.domain.purposes import Audience
from testimony.policy.access import Permission, require
from testimony.services.approving_files import content_of, require_two_persons
from testimony.services.archives import OpenArchive
from testimony.services.consent_versions import require_consent_stands
from testimony.services.copy_conditions import require_met, row_still_met
from testimony.services.recipients import require_said_yes, require_sealed_holds
from testimony.services.released_files import open_files, require_file_holds
from testimony.services.releasing import require_consent_carries
from testimony.services.sessions import Session, Work, timestamp
from testimony.services.signed_layers import require_signature
from testimony.services.under_review import UnderReview, open_account
from testimony.storage import derivatives, originals, recipient_files, recipients, withdrawals
from testimony.storage.derivatives import Derivative
from testimony.storage.recipient_files import RecipientFile
from testimony.storage.recipients import Recipient, SealedRelease
from testimony.storage.released_files import ReleasedFile

FILE_FORMAT = "recipient-file/1"


@dataclass(frozen=True, slots=True)
class GoingFile:
    """A file that goes: a copy made for this recipient alone (`own`), or the one of the audience."""

    number: int
    kind: str
    mime: str
    size: int
    sha256: str
    copy: ReleasedFile | Derivative
    own: RecipientFile | None = None


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A file that goes and its bytes, which are whole and what was released."""

    file: GoingFile
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Going:
    """A recipient's layer as it stands: its text, and the files that go with it."""

    account: UnderReview
    recipient: Recipient
    kept: SealedRelease
    files: tuple[GoingFile, ...]


def release_copy_to_recipient(session: Session, derivative_id: str, now: datetime) -> str:
    """Let an approved copy go with the layer of its recipient; return the testimony's code.

    Raises NotFound for a copy of an audience; NotYet without an approval, or before a layer was sealed for them;
    Refused when consent does not carry this recipient, or asks for another voice or no face; IntegrityFailed.
    """
    with session.work(now) as work:
        require(session.account, Permission.RELEASE)
        row = derivatives.find_derivative(work.connection, derivative_id)
        recipient = recipients.find_recipient(work.connection, row.recipient_id) if row else None
        if row is None or recipient is None:
            raise NotFound
        account = open_account(session, work, row.code)
        attachment = originals.find_attachment(work.connection, row.code, row.number)
        if row.state != "approved" or attachment is None or newest_sealed(work, row.code, recipient) is None:
            raise NotYet
        require_two_persons(session, account, row)
        _require_carried(session, work, account, recipient)
        require_met(work.connection, row)
        content_of(session.archive.objects, row, row.derivative_id)
        recipient_files.put_file(work.connection, _signed(session, row, attachment.kind, now))
        if not derivatives.change_derivative(work.connection, row, state="released"):
            raise Conflict
        work.log(
            Action.REDACTION_DECIDED,
            subject=account.subject,
            case=account.row.case_id,
            fields=("file-sealed-for-recipient", recipient.recipient_id),
            count=row.number,
        )
    return row.code


def approach_recipient(session: Session, code: str, release_id: int, now: datetime) -> Going:
    """Whose layer it is and what goes with it, as `files_for_recipient`."""
    with session.work(now) as work:
        require(session.account, Permission.READ_ORIGINAL)
        going = going_to(session, work, code, release_id)
        _log_listed(work, going)
    return going


def files_for_recipient(session: Session, code: str, release_id: int, now: datetime) -> tuple[GoingFile, ...]:
    """The files that go with what is kept for a recipient; shows none. Raises NotFound, Refused, IntegrityFailed."""
    with session.work(now) as work:
        require(session.account, Permission.READ_ORIGINAL)
        going = going_to(session, work, code, release_id)
        if going.files:
            _log_listed(work, going)
    return going.files


def open_for_recipient(
    session: Session, code: str, release_id: int, number: int, now: datetime
) -> OpenedFile:
    """One of them, to look at; the entry commits before it is opened. Raises NotFound, Refused, IntegrityFailed."""
    with session.work(now) as work:
        require(session.account, Permission.RELEASE)
        going = going_to(session, work, code, release_id)
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
    return OpenedFile(file, content_of_going(session, file))


def going_to(session: Session, work: Work, code: str, release_id: int) -> Going:
    """As consent stands today: what the text was sealed under may have ended."""
    kept = recipients.find_sealed(work.connection, release_id)
    recipient = recipients.find_recipient(work.connection, kept.recipient_id) if kept else None
    if kept is None or kept.code != code or recipient is None:
        raise NotFound
    account = open_account(session, work, code)
    require_sealed_holds(session, kept)
    _require_carried(session, work, account, recipient)
    return Going(account, recipient, kept, _files(work, code, recipient))


def content_of_going(session: Session, file: GoingFile) -> bytes:
    """The bytes of a file that goes. Raises IntegrityFailed unless signed and whole."""
    if isinstance(file.copy, ReleasedFile):
        require_file_holds(session.archive, file.copy)
        return content_of(session.archive.objects, file.copy, file.copy.file_id)
    require_own_holds(session.archive, file.own, file.copy)
    return content_of(session.archive.objects, file.copy, file.copy.derivative_id)


def newest_sealed(work: Work, code: str, recipient: Recipient) -> SealedRelease | None:
    sealed = recipients.sealed_of(work.connection, code)
    return next((one for one in sealed if one.recipient_id == recipient.recipient_id), None)


def require_own_holds(archive: OpenArchive, file: RecipientFile | None, row: Derivative) -> None:
    """Raises IntegrityFailed unless a certified reviewer released exactly this copy to exactly this recipient."""
    if file is None or _statement(archive.keyring().archive_id, file, row) != file.statement:
        raise IntegrityFailed
    require_signature(archive, file.releaser_id, file.statement, file.signature, Label.RECIPIENT_FILE)


def _log_listed(work: Work, going: Going) -> None:
    work.log(
        Action.LIST_SHOWN,
        subject=going.account.subject,
        case=going.account.row.case_id,
        fields=("recipient-files", going.kept.recipient_id),
        count=len(going.files),
    )


def _require_carried(session: Session, work: Work, account: UnderReview, recipient: Recipient) -> None:
    require_consent_stands(session.archive.keyring(), work.connection, account.code)
    require_consent_carries(work, account, Audience(recipient.audience), work.now)
    require_said_yes(work, account, recipient)


def _files(work: Work, code: str, recipient: Recipient) -> tuple[GoingFile, ...]:
    """Theirs alone before those of the audience. None while the vault has yet to follow a consent that changed."""
    if withdrawals.has_work(work.connection, code):
        return ()
    found = {
        file.number: GoingFile(file.number, file.kind, file.mime, file.size, file.sha256, file)
        for file in open_files(work, code, Audience(recipient.audience))
    }
    for own in recipient_files.files_for(work.connection, code, recipient.recipient_id):
        found.pop(own.number, None)
        row = derivatives.find_derivative(work.connection, own.file_id)
        if row is not None and row_still_met(work.connection, row):
            found[own.number] = GoingFile(own.number, own.kind, row.mime, row.size, row.sha256, row, own)
    return tuple(found[number] for number in sorted(found))


def _statement(archive_id: str, file: RecipientFile, row: Derivative) -> bytes:
    return canonical_json(
        {
            "type": FILE_FORMAT,
            "archive": archive_id,
            "file": file.file_id,
            "recipient": file.recipient_id,
            "code": file.code,
            "number": file.number,
            "kind": file.kind,
            "sha256": row.sha256,
            "size": row.size,
            "mime": row.mime,
            "maker": row.maker_id,
            "approver": row.approver_id,
            "released_at": file.released_at,
            "releaser": file.releaser_id,
        }
    )


def _signed(session: Session, row: Derivative, kind: str, now: datetime) -> RecipientFile:
    unsigned = RecipientFile(
        file_id=row.derivative_id,
        recipient_id=row.recipient_id,
        code=row.code,
        number=row.number,
        kind=kind,
        current=1,
        released_at=timestamp(now),
        releaser_id=session.account.id,
        statement=b"",
        signature=b"",
    )
    statement = _statement(session.archive.keyring().archive_id, unsigned, row)
    signature = sign(session.keys.signing, statement, Label.RECIPIENT_FILE)
    return replace(unsigned, statement=statement, signature=signature)
