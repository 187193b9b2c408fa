"""Keeping what was made of a file as a sealed object of its own, before a second reviewer, with its entry in the log.

The entry holds the tool, the parameters' hash and the SHA-256 of both, sealed to auditors, since a hash tells whoever
has the file that it is here.
"""

import hashlib
import io
import secrets
from datetime import datetime

from crypto.frames import seal_frames
from crypto.keys import Secret
from crypto.labels import Label
from crypto.signing import sign
from testimony.domain.audit import Action
from testimony.domain.canonical import canonical_json
from testimony.domain.errors import Invalid, NotFound, Problem
from testimony.domain.purposes import Audience
from testimony.media.copying import Made
from testimony.policy.access import Permission, require
from testimony.services.copy_conditions import require_sayable
from testimony.services.sessions import Session, Work, timestamp
from testimony.services.under_review import UnderReview, open_account
from testimony.storage import derivatives, originals, recipients
from testimony.storage.derivatives import Derivative
from testimony.storage.objects import ObjectId
from testimony.storage.originals import Attachment

DERIVATIVE_FORMAT = "derivative/1"
REDACTED_COPY = "CU08"
"""Of custody.csv: a redacted copy was made."""


def keep(
    session: Session,
    attachment: Attachment,
    audience: Audience,
    made: Made,
    parameters: bytes,
    now: datetime,
    recipient_id: str = "",
) -> str:
    """Seal what was made of a file and put it before a second reviewer; return its id.

    recipient_id: for whom alone it is, who may see what `audience` may; raises NotFound for nobody known.
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
            _require_served(work, audience, recipient_id)
            sealed = (derivative_id, object_id, key)
            row = _signed(session, attachment, (audience, recipient_id), parameters, made, sealed, now)
            _put(work, row)
            _log_made(work, account, row)
    except BaseException:
        session.archive.objects.delete(object_id)
        raise
    return derivative_id


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
            **({"recipient": row.recipient_id} if row.recipient_id else {}),
        }
    )


def find_file(session: Session, work: Work, code: str, number: int) -> tuple[UnderReview, Attachment]:
    """Raises NotFound; as `open_account`."""
    account = open_account(session, work, code)
    attachment = originals.find_attachment(work.connection, code, number)
    if attachment is None:
        raise NotFound
    return account, attachment


def _signed(
    session: Session,
    attachment: Attachment,
    layer: tuple[Audience, str],
    parameters: bytes,
    made: Made,
    sealed: tuple[str, ObjectId, Secret],
    now: datetime,
) -> Derivative:
    """layer: the audience and the id of the one recipient. sealed: the copy's id, its object and that one's key."""
    derivative_id, object_id, key = sealed
    values = {
        "derivative_id": derivative_id,
        "code": attachment.code,
        "number": attachment.number,
        "audience": layer[0].value,
        "recipient_id": layer[1],
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


def _require_served(work: Work, audience: Audience, recipient_id: str) -> None:
    """Raises NotFound for a recipient nobody named, Invalid for one who may see something else."""
    recipient = recipients.find_recipient(work.connection, recipient_id) if recipient_id else None
    if recipient_id and recipient is None:
        raise NotFound
    if recipient is not None and recipient.audience != audience:
        raise Invalid((Problem("audience", "unknown_code"),))


def _put(work: Work, row: Derivative) -> None:
    for standing in derivatives.derivatives_of(work.connection, row.code):
        same = (standing.number, standing.audience, standing.recipient_id) == (
            row.number,
            row.audience,
            row.recipient_id,
        )
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
        fields=("file-copied", REDACTED_COPY, row.layer),
        count=row.number,
        detail=canonical_json(told).decode(),
    )
