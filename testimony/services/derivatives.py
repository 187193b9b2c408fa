"""Copies of an account's files for one audience, with what gives somebody away made unrecognisable.

    preview → make (reviewer A) → show and approve, or send back (reviewer B) → release

A copy is a sealed object of its own with a key of its own; the original is read and never written. Each step is an
event of custody in the log: what was read, what was made of it, by which tool with which parameters, and the SHA-256
of both, sealed to auditors, since a hash tells whoever has the file that it is here.
"""

import hashlib
import io
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from crypto.frames import seal_frames
from crypto.keys import Secret
from crypto.labels import Label
from crypto.signing import sign
from testimony.domain.audit import Action
from testimony.domain.canonical import canonical_json
from testimony.domain.errors import Invalid, NotFound, Problem
from testimony.domain.purposes import Audience
from testimony.domain.vocabulary import load
from testimony.media import copying
from testimony.media.boxes import Box
from testimony.media.copying import MAX_CONTENT_BYTES, Made
from testimony.media.faults import Fault, MediaRefused
from testimony.policy.access import Permission, require
from testimony.services.attachments import open_attachment
from testimony.services.copy_conditions import asked_by_witness, require_sayable
from testimony.services.copy_parameters import edges_of, told_of_faces
from testimony.services.sessions import Session, Work, timestamp
from testimony.services.under_review import UnderReview, open_account
from testimony.storage import derivatives, originals
from testimony.storage.derivatives import Derivative
from testimony.storage.objects import ObjectId
from testimony.storage.originals import Attachment

DERIVATIVE_FORMAT = "derivative/1"
REDACTED_COPY = "CU08"
"""Of custody.csv: a redacted copy was made."""


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
    """The files of one account with the copies made of them, newest first. asked: conditions on copies, as codes."""

    account: UnderReview
    attachments: tuple[Attachment, ...]
    copies: tuple[Derivative, ...]
    asked: frozenset[str] = frozenset()


def files_of(session: Session, code: str, now: datetime) -> FilesOfAccount:
    """List the files of an account; shows none. Raises as `open_account`."""
    with session.work(now) as work:
        require(session.account, Permission.READ_ORIGINAL)
        account = open_account(session, work, code)
        attachments = originals.attachments_of(work.connection, code)
        copies = derivatives.derivatives_of(work.connection, code)
        asked = asked_by_witness(work.connection, code)
        work.log(
            Action.LIST_SHOWN,
            subject=account.subject,
            case=account.row.case_id,
            fields=("files",),
            count=len(attachments),
        )
    return FilesOfAccount(account, attachments, copies, asked)


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
) -> str:
    """Make a copy for an audience and put it before a second reviewer; return its id.

    One that waits or was approved for the same file and audience ends. hides_faces: this reviewer says that every
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
    return keep(session, attachment, audience, made, parameters_of(hidden, hides_faces=hides_faces), now)


def keep(
    session: Session, attachment: Attachment, audience: Audience, made: Made, parameters: bytes, now: datetime
) -> str:
    """Seal what was made of a file and put it before a second reviewer; return its id.

    Raises Invalid when the witness asked for more (`copy_conditions`); as `open_account`.
    """
    derivative_id, key = secrets.token_hex(8), Secret.random()
    object_id = session.archive.objects.write(
        seal_frames(key, io.BytesIO(made.content), derivative_id.encode())
    )
    # From here an orphan is in the store; the row below makes it a copy of this file.
    try:
        with session.work(now) as work:
            require(session.account, Permission.REDACT)
            account, attachment = find_file(session, work, attachment.code, attachment.number)
            require_sayable(work.connection, attachment.code, made.mime, parameters.decode())
            sealed = (derivative_id, object_id, key)
            row = _signed(session, attachment, audience, parameters, made, sealed, now)
            _put(work, row)
            _log_made(work, account, row)
    except BaseException:
        session.archive.objects.delete(object_id)
        raise
    return derivative_id


def parameters_of(hidden: Sequence[Hidden], *, hides_faces: bool = False) -> bytes:
    """What is hidden where, as it is signed: [left, top, right, bottom, page, category] each, in millionths."""
    boxes = [[*edges_of(part.box), part.box.page, part.category] for part in hidden]
    return canonical_json({"boxes": boxes, **told_of_faces(hides_faces=hides_faces)})


def statement_of(archive_id: str, row: Derivative) -> bytes:
    """What the maker and the second reviewer sign."""
    return canonical_json(
        {
            "type": DERIVATIVE_FORMAT,
            "archive": archive_id,
            "derivative": row.derivative_id,
            "code": row.code,
            "number": row.number,
            "audience": row.audience,
            "source_sha256": row.source_sha256,
            "sha256": row.sha256,
            "size": row.size,
            "mime": row.mime,
            "tool": row.tool,
            "parameters_sha256": hashlib.sha256(row.parameters.encode()).hexdigest(),
        }
    )


def categories_of(row: Derivative) -> tuple[str, ...]:
    """The category of each part that a copy hides, in order."""
    told = json.loads(row.parameters)
    kinds = (told.get(kind, ()) for kind in ("boxes", "silenced", "spans"))
    return tuple(str(part[-1]) for parts in kinds for part in parts)


def find_file(session: Session, work: Work, code: str, number: int) -> tuple[UnderReview, Attachment]:
    """Raises NotFound; as `open_account`."""
    account = open_account(session, work, code)
    attachment = originals.find_attachment(work.connection, code, number)
    if attachment is None:
        raise NotFound
    return account, attachment


def content_of_file(session: Session, account: UnderReview, attachment: Attachment) -> bytes:
    """The original, whole, in memory. Raises Invalid when it is larger than is copied here, Tampered."""
    if attachment.size > MAX_CONTENT_BYTES:
        raise Invalid((Problem("file", Fault.TOO_LARGE.value),))
    frames = open_attachment(session.archive.objects, attachment, account.original.submission_id)
    return b"".join(frames)


def _signed(
    session: Session,
    attachment: Attachment,
    audience: Audience,
    parameters: bytes,
    made: Made,
    sealed: tuple[str, ObjectId, Secret],
    now: datetime,
) -> Derivative:
    """sealed: the copy's id, its object and that one's key."""
    derivative_id, object_id, key = sealed
    values = {
        "derivative_id": derivative_id,
        "code": attachment.code,
        "number": attachment.number,
        "audience": audience.value,
        "state": "proposed",
        "object_id": object_id,
        "key": key.raw,
        "sha256": hashlib.sha256(made.content).hexdigest(),
        "size": len(made.content),
        "mime": made.mime,
        "source_sha256": attachment.sha256,
        "tool": made.tool,
        "parameters": parameters.decode(),
        "maker_id": session.account.id,
        "made_at": timestamp(now),
    }
    unsigned = Derivative(**values, statement=b"", proposal_signature=b"")  # type: ignore[arg-type]  # its fields
    statement = statement_of(session.archive.keyring().archive_id, unsigned)
    signature = sign(session.keys.signing, statement, Label.DERIVATIVE_PROPOSAL)
    return Derivative(**values, statement=statement, proposal_signature=signature)  # type: ignore[arg-type]  # its fields


def _put(work: Work, row: Derivative) -> None:
    for standing in derivatives.derivatives_of(work.connection, row.code):
        same = (standing.number, standing.audience) == (row.number, row.audience)
        if same and standing.state in derivatives.OPEN_STATES:
            derivatives.change_derivative(work.connection, standing, state="superseded")
    derivatives.insert_derivative(work.connection, row)


def _log_made(work: Work, account: UnderReview, row: Derivative) -> None:
    told = {
        "derivative": row.derivative_id,
        "tool": row.tool,
        "parameters_sha256": hashlib.sha256(row.parameters.encode()).hexdigest(),
        "before_sha256": row.source_sha256,
        "after_sha256": row.sha256,
    }
    work.log(
        Action.REDACTION_DECIDED,
        subject=account.subject,
        case=account.row.case_id,
        fields=("file-copied", REDACTED_COPY, row.audience),
        count=row.number,
        detail=canonical_json(told).decode(),
    )
