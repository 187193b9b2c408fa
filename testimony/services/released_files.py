"""Copies of files in the reading room: released beside a text, opened under the same gate.

What the reading room holds of a file says nothing of the original: not its name, its hash, or where something is
hidden.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime

from crypto.labels import Label
from crypto.signing import sign
from testimony.domain.audit import Action
from testimony.domain.canonical import canonical_json
from testimony.domain.codes import parse_code
from testimony.domain.errors import Conflict, IntegrityFailed, NotFound, NotYet
from testimony.domain.purposes import Audience, Purpose
from testimony.policy.access import Permission, require
from testimony.services.approving_files import content_of, require_two_persons
from testimony.services.archives import OpenArchive
from testimony.services.copy_conditions import require_met
from testimony.services.joint_reviews import require_joint_review
from testimony.services.reading import permitted
from testimony.services.releasing import require_consent_carries
from testimony.services.sessions import Session, Work, timestamp
from testimony.services.signed_layers import require_signature
from testimony.services.under_review import open_account
from testimony.storage import derivatives, originals, released_files, releases, withdrawals
from testimony.storage.derivatives import Derivative
from testimony.storage.released_files import ReleasedFile

RELEASED_FORMAT = "released-file/1"


@dataclass(frozen=True, slots=True)
class OpenedCopy:
    """A released copy and its bytes, which are whole and what was released."""

    file: ReleasedFile
    content: bytes = field(repr=False)


def release_copy(session: Session, derivative_id: str, now: datetime) -> str:
    """Hand an approved copy with its key to the reading room, beside the release for the same audience.

    Raises NotFound for one of a named recipient; NotYet without an approval or without such a release; Refused when
    consent does not carry the audience, asks for another voice or no face (DR06), or the testimony is stopped;
    IntegrityFailed when a signature does not hold.
    """
    with session.work(now) as work:
        require(session.account, Permission.RELEASE)
        row = derivatives.find_derivative(work.connection, derivative_id)
        if row is None or row.recipient_id:
            # One for a named recipient is for nobody else, whatever audience it was made from.
            raise NotFound
        account = open_account(session, work, row.code)
        attachment = originals.find_attachment(work.connection, row.code, row.number)
        standing = releases.release_for(work.connection, row.code, row.audience)
        if row.state != "approved" or standing is None or attachment is None:
            raise NotYet
        require_two_persons(session, account, row)
        require_consent_carries(work, account, Audience(row.audience), now)
        require_joint_review(session, work, account.code, Audience(row.audience))
        require_met(work.connection, row)
        content_of(session.archive.objects, row, row.derivative_id)
        released_files.put_file(work.connection, _signed(session, row, attachment.kind, now))
        if not derivatives.change_derivative(work.connection, row, state="released"):
            raise Conflict
        work.log(
            Action.REDACTION_DECIDED,
            subject=account.subject,
            case=account.row.case_id,
            fields=("file-released", row.audience),
            count=row.number,
        )
    return row.code


def files_beside(session: Session, code: str, purpose: Purpose, now: datetime) -> tuple[ReleasedFile, ...]:
    """What this reader may open beside the release they may read. Shows none. Raises NotFound, Refused."""
    with session.work(now) as work:
        require(session.account, Permission.READ_RELEASED)
        _, release_id = permitted(session, work, parse_code(code), purpose)
        release = releases.find_release(work.connection, release_id)
        if release is None:
            raise NotFound
        found = open_files(work, release.code, Audience(release.audience))
        if found:
            work.log(
                Action.LIST_SHOWN,
                subject=("testimony", release.code),
                case=release.case_id,
                purpose=purpose,
                fields=("files", release.audience),
                count=len(found),
            )
    return found


def open_released(session: Session, code: str, number: int, purpose: Purpose, now: datetime) -> OpenedCopy:
    """One file beside the release that this purpose is served with; the entry commits before it is opened.

    Raises NotFound, Refused as `read_release`; IntegrityFailed when it is not what was released.
    """
    with session.work(now) as work:
        require(session.account, Permission.READ_RELEASED)
        _, release_id = permitted(session, work, parse_code(code), purpose)
        release = releases.find_release(work.connection, release_id)
        files = open_files(work, release.code, Audience(release.audience)) if release else ()
        file = next((file for file in files if file.number == number), None)
        if release is None or file is None:
            raise NotFound
        work.log(
            Action.ITEM_SHOWN,
            subject=("testimony", release.code),
            case=release.case_id,
            purpose=purpose,
            fields=("file-copy", release.audience),
            count=number,
        )
    require_file_holds(session.archive, file)
    return OpenedCopy(file, content_of(session.archive.objects, file, file.file_id))


def open_files(work: Work, code: str, audience: Audience) -> tuple[ReleasedFile, ...]:
    """What is released to exactly this audience.

    None while vault and reading room have yet to follow a consent that changed: what it asks of a copy, only the vault
    knows.
    """
    if withdrawals.has_work(work.connection, code):
        return ()
    return released_files.files_for(work.connection, code, audience.value)


def require_file_holds(archive: OpenArchive, file: ReleasedFile) -> None:
    """Raises IntegrityFailed unless a certified reviewer signed this row as it is."""
    if released_statement(archive.keyring().archive_id, file) != file.statement:
        raise IntegrityFailed
    require_signature(archive, file.releaser_id, file.statement, file.signature, Label.DERIVATIVE_RELEASE)


def released_statement(archive_id: str, file: ReleasedFile) -> bytes:
    """What the releasing reviewer signs: everything that the reading room says about this file but its key."""
    return canonical_json(
        {
            "type": RELEASED_FORMAT,
            "archive": archive_id,
            "file": file.file_id,
            "code": file.code,
            "audience": file.audience,
            "number": file.number,
            "kind": file.kind,
            "sha256": file.sha256,
            "size": file.size,
            "mime": file.mime,
            "released_at": file.released_at,
            "maker": file.maker_id,
            "approver": file.approver_id,
            "releaser": file.releaser_id,
        }
    )


def _signed(session: Session, row: Derivative, kind: str, now: datetime) -> ReleasedFile:
    unsigned = ReleasedFile(
        file_id=row.derivative_id,
        code=row.code,
        audience=row.audience,
        number=row.number,
        kind=kind,
        object_id=row.object_id,
        key=row.key,
        sha256=row.sha256,
        size=row.size,
        mime=row.mime,
        current=1,
        released_at=timestamp(now),
        maker_id=row.maker_id,
        approver_id=row.approver_id or "",
        releaser_id=session.account.id,
        statement=b"",
        signature=b"",
    )
    statement = released_statement(session.archive.keyring().archive_id, unsigned)
    return replace(
        unsigned,
        statement=statement,
        signature=sign(session.keys.signing, statement, Label.DERIVATIVE_RELEASE),
    )
