"""Copies of an account's files for one audience, with what gives somebody away made unrecognisable.

    preview → make (reviewer A) → show and approve, or send back (reviewer B) → release

A copy is a sealed object of its own with a key of its own (keeping_copies.py); the original is read and never written.
Each step is an event of custody in the log.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from testimony.domain.audit import Action
from testimony.domain.canonical import canonical_json
from testimony.domain.errors import Invalid, Problem
from testimony.domain.purposes import Audience
from testimony.domain.vocabulary import load
from testimony.media import copying
from testimony.media.boxes import Box
from testimony.media.copying import MAX_CONTENT_BYTES, Made
from testimony.media.faults import Fault, MediaRefused
from testimony.policy.access import Permission, require
from testimony.services.attachments import open_attachment
from testimony.services.copy_conditions import asked_by_witness
from testimony.services.copy_parameters import edges_of, told_of_faces
from testimony.services.keeping_copies import find_file, keep
from testimony.services.sessions import Session
from testimony.services.under_review import UnderReview, open_account
from testimony.storage import derivatives, originals, recipients
from testimony.storage.derivatives import Derivative
from testimony.storage.originals import Attachment
from testimony.storage.recipients import Recipient


@dataclass(frozen=True, slots=True)
class Hidden:
    """What is hidden in a picture, and why. category: code of redaction.csv; raises Invalid for another."""

    box: Box
    category: str

    def __post_init__(self) -> None:
        if self.category not in load("redaction"):
            raise Invalid((Problem("boxes", "unknown_code"),))


@dataclass(frozen=True, slots=True)
class FilesOfAccount:
    """The files of one account with the copies made of them, newest first. asked: conditions on copies, as codes.

    recipients: everybody for whom alone a copy can be made.
    """

    account: UnderReview
    attachments: tuple[Attachment, ...]
    copies: tuple[Derivative, ...]
    asked: frozenset[str] = frozenset()
    recipients: tuple[Recipient, ...] = ()


def files_of(session: Session, code: str, now: datetime) -> FilesOfAccount:
    """List the files of an account; shows none. Raises as `open_account`."""
    with session.work(now) as work:
        require(session.account, Permission.READ_ORIGINAL)
        account = open_account(session, work, code)
        attachments = originals.attachments_of(work.connection, code)
        copies = derivatives.derivatives_of(work.connection, code)
        asked = asked_by_witness(work.connection, code)
        known = recipients.all_recipients(work.connection)
        work.log(
            Action.LIST_SHOWN,
            subject=account.subject,
            case=account.row.case_id,
            fields=("files",),
            count=len(attachments),
        )
    return FilesOfAccount(account, attachments, copies, asked, known)


def preview(session: Session, code: str, number: int, page: int, now: datetime) -> Made:
    """A small picture of a file, or of one page of it, to draw boxes on. The entry commits before it is made.

    Raises NotFound; Invalid when it cannot be drawn; as `open_account`.
    """
    content = _content_for(session, code, number, Permission.READ_ORIGINAL, "preview", now)
    try:
        return copying.preview(content, page)
    except MediaRefused as refused:
        raise Invalid((Problem("file", refused.fault.value),)) from None


def suggest_faces(
    session: Session, code: str, number: int, page: int, now: datetime
) -> tuple[tuple[Box, ...], str]:
    """Boxes that may hold a face, undecided, and the detector that proposes them.

    Raises NotFound; Invalid, with `tool_missing` where no detector is installed; as `open_account`.
    """
    content = _content_for(session, code, number, Permission.REDACT, "faces", now)
    try:
        return copying.suggest_faces(content, page)
    except MediaRefused as refused:
        raise Invalid((Problem("faces", refused.fault.value),)) from None


def _content_for(
    session: Session, code: str, number: int, permission: Permission, shown_as: str, now: datetime
) -> bytes:
    """The bytes of a file, after the entry that says what they are opened for."""
    with session.work(now) as work:
        require(session.account, permission)
        account, attachment = find_file(session, work, code, number)
        work.log(
            Action.ITEM_SHOWN,
            subject=account.subject,
            case=account.row.case_id,
            fields=("attachment", shown_as),
            count=number,
        )
    return content_of_file(session, account, attachment)


def make(
    session: Session,
    code: str,
    number: int,
    audience: Audience,
    hidden: Sequence[Hidden],
    now: datetime,
    *,
    hides_faces: bool = False,
    recipient_id: str = "",
) -> str:
    """Make a copy for an audience, or one recipient alone, and put it before a second reviewer; return its id.

    One that waits or was approved for the same file and layer ends. hides_faces: this reviewer says that every
    face is covered, or that there is none; the second one confirms it.
    Raises NotFound; Invalid when the file cannot be copied; as `open_account`.
    """
    with session.work(now) as work:
        require(session.account, Permission.REDACT)
        account, attachment = find_file(session, work, code, number)
    content = content_of_file(session, account, attachment)
    try:
        made = copying.redact(content, [part.box for part in hidden])
    except MediaRefused as refused:
        raise Invalid((Problem("file", refused.fault.value),)) from None
    parameters = parameters_of(hidden, hides_faces=hides_faces)
    return keep(session, attachment, audience, made, parameters, now, recipient_id)


def parameters_of(hidden: Sequence[Hidden], *, hides_faces: bool = False) -> bytes:
    """What is hidden where, as it is signed: [left, top, right, bottom, page, category] each, in millionths."""
    boxes = [[*edges_of(part.box), part.box.page, part.category] for part in hidden]
    return canonical_json({"boxes": boxes, **told_of_faces(hides_faces=hides_faces)})


def categories_of(row: Derivative) -> tuple[str, ...]:
    """The category of each part that a copy hides, in order."""
    told = json.loads(row.parameters)
    kinds = (told.get(kind, ()) for kind in ("boxes", "silenced", "spans"))
    return tuple(str(part[-1]) for parts in kinds for part in parts)


def content_of_file(session: Session, account: UnderReview, attachment: Attachment) -> bytes:
    """The original, whole, in memory. Raises Invalid when it is larger than is copied here, Tampered."""
    if attachment.size > MAX_CONTENT_BYTES:
        raise Invalid((Problem("file", Fault.TOO_LARGE.value),))
    frames = open_attachment(session.archive.objects, attachment, account.original.submission_id)
    return b"".join(frames)
