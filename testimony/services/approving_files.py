"""The second person before a copy of a file: sees the result alone, then approves it or sends it back.

A text is first compared with its original (comparing_texts.py).

Both sign the same bytes. Nobody approves what they made, took or interpreted; the look is in the log.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from crypto.errors import CryptoError
from crypto.frames import open_frames
from crypto.keys import Secret
from crypto.labels import Label
from crypto.signing import sign
from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action
from testimony.domain.errors import Conflict, IntegrityFailed, Invalid, NotFound, NotYet, Problem, Refused
from testimony.policy.access import Permission, require
from testimony.policy.redaction import require_may_approve
from testimony.services.archives import OpenArchive
from testimony.services.copy_conditions import kind_of
from testimony.services.keeping_copies import statement_of
from testimony.services.sessions import Session, Work, timestamp
from testimony.services.signed_layers import require_signature
from testimony.services.under_review import UnderReview, named_details, open_account
from testimony.storage import derivatives, recipients
from testimony.storage.derivatives import Derivative
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.objects import ObjectId, Objects
from testimony.storage.recipients import Recipient
from testimony.storage.released_files import ReleasedFile

MAX_ANSWER = 5_000
PLAIN = "text/plain"


class FileTick(StrEnum):
    """What the second reviewer confirms by hand."""

    NOBODY_RECOGNISED = "nobody_recognised"
    NAMED_DETAILS_HIDDEN = "named_details_hidden"
    FACES_HIDDEN = "faces_hidden"


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy as one reviewer has it before them. may_approve: whether this one may. recipient: whom alone it is for."""

    account: UnderReview
    row: Derivative
    named_details: tuple[str, ...] = field(repr=False)
    may_approve: bool
    recipient: Recipient | None = None
    is_compared: bool = True
    """False for a text that this reviewer has not seen beside its original yet: to see it alone counts after that."""

    @property
    def needed(self) -> frozenset[FileTick]:
        needed = {
            FileTick.NOBODY_RECOGNISED: True,
            FileTick.NAMED_DETAILS_HIDDEN: bool(self.named_details),
            # The maker said so, and both sign it.
            FileTick.FACES_HIDDEN: kind_of(self.row.mime, self.row.parameters).hides_faces,
        }
        return frozenset(tick for tick, is_needed in needed.items() if is_needed)


def code_of_copy(session: Session, derivative_id: str) -> str:
    """Which account a copy belongs to: a public fact of the queue. Raises NotFound."""
    require(session.account, Permission.LIST_QUEUE)
    with session.reading() as connection:
        row = derivatives.find_derivative(connection, derivative_id)
    if row is None:
        raise NotFound
    return row.code


def approach_copy(session: Session, derivative_id: str, now: datetime) -> Copy:
    """What a copy is, without it. Raises NotFound; as `open_account`."""
    with session.work(now) as work:
        require(session.account, Permission.READ_ORIGINAL)
        copy = look_at_copy(session, work, derivative_id)
        work.log(
            Action.LIST_SHOWN,
            subject=copy.account.subject,
            case=copy.account.row.case_id,
            fields=("files",),
            count=1,
        )
    return copy


def open_copy(session: Session, derivative_id: str, now: datetime) -> tuple[Derivative, bytes]:
    """The copy itself; the entry commits before a byte of it is opened. For who may approve it, this is the look.

    Raises NotFound; IntegrityFailed when it is not what was made.
    """
    with session.work(now) as work:
        require(session.account, Permission.READ_ORIGINAL)
        copy = look_at_copy(session, work, derivative_id)
        if copy.may_approve and copy.is_compared and copy.row.seen_by != session.account.id:
            _change(work, copy.row, seen_by=session.account.id)
        work.log(
            Action.ITEM_SHOWN,
            subject=copy.account.subject,
            case=copy.account.row.case_id,
            fields=("file-copy", copy.row.layer),
            count=copy.row.number,
        )
    return copy.row, content_of(session.archive.objects, copy.row, copy.row.derivative_id)


def approve_copy(session: Session, derivative_id: str, ticks: frozenset[FileTick], now: datetime) -> None:
    """Sign what the maker signed.

    Raises Refused (DR12) for who made, took or interpreted it; NotYet before this reviewer opened it, and compared it
    if it is a text; Invalid for a tick that is missing; Conflict when it no longer waits; IntegrityFailed when it is
    not what its maker signed.
    """
    with session.work(now) as work:
        require(session.account, Permission.APPROVE)
        copy = look_at_copy(session, work, derivative_id)
        require_approver(session, copy.account, copy.row)
        if copy.row.state != "proposed":
            raise Conflict
        if not copy.is_compared or copy.row.seen_by != session.account.id:
            raise NotYet
        if missing := copy.needed - ticks:
            raise Invalid(tuple(Problem(tick.value, "required") for tick in sorted(missing)))
        require_made(session.archive, copy.row)
        _change(
            work,
            copy.row,
            state="approved",
            approver_id=session.account.id,
            approval_signature=sign(session.keys.signing, copy.row.statement, Label.DERIVATIVE_APPROVAL),
            decided_at=timestamp(now),
        )
        _log(work, copy, "file-approved")


def send_copy_back(session: Session, derivative_id: str, answer: str, now: datetime) -> None:
    """Return a copy that is not yet released to its maker, with a word why. Raises Invalid without one."""
    with session.work(now) as work:
        require(session.account, Permission.APPROVE)
        copy = look_at_copy(session, work, derivative_id)
        require_approver(session, copy.account, copy.row)
        if not answer.strip() or len(answer) > MAX_ANSWER:
            raise Invalid((Problem("answer", "required" if not answer.strip() else "too_long"),))
        if copy.row.state not in derivatives.OPEN_STATES:
            raise Conflict
        _change(work, copy.row, state="sent_back", answer=answer.strip(), decided_at=timestamp(now))
        _log(work, copy, "file-sent-back")


def require_two_persons(session: Session, account: UnderReview, row: Derivative) -> None:
    """Raises IntegrityFailed or Refused unless two people who may signed this copy as it is."""
    if row.approver_id is None or row.approval_signature is None:
        raise IntegrityFailed
    require_made(session.archive, row)
    require_signature(
        session.archive, row.approver_id, row.statement, row.approval_signature, Label.DERIVATIVE_APPROVAL
    )
    if row.approver_id in {row.maker_id, *account.hearers.ids}:
        raise IntegrityFailed


def require_approver(session: Session, account: UnderReview, row: Derivative) -> None:
    """Raises Refused for who made the copy, took the account or interpreted it."""
    makers = frozenset({AccountId(row.maker_id)})
    try:
        require_may_approve(session.account, makers, account.hearers)
    except Refused as refusal:
        raise Refused(refusal.reasons, subject=account.subject) from None


def require_made(archive: OpenArchive, row: Derivative) -> None:
    """Raises IntegrityFailed unless its maker, a certified reviewer, signed this copy as it is."""
    if row.statement != statement_of(archive.keyring().archive_id, row):
        raise IntegrityFailed
    require_signature(archive, row.maker_id, row.statement, row.proposal_signature, Label.DERIVATIVE_PROPOSAL)


def content_of(objects: Objects, row: Derivative | ReleasedFile, copy_id: str) -> bytes:
    """The copy, whole, in memory; `copy_id` is what it was sealed for.

    Raises IntegrityFailed unless the object is there and holds what the row says.
    """
    try:
        with objects.open(ObjectId(row.object_id)) as source:
            content = b"".join(open_frames(Secret(row.key), source, copy_id.encode()))
    except (CryptoError, ArchiveDamaged, ValueError):
        raise IntegrityFailed from None
    if hashlib.sha256(content).hexdigest() != row.sha256:
        raise IntegrityFailed
    return content


def look_at_copy(session: Session, work: Work, derivative_id: str) -> Copy:
    """Raises NotFound; as `open_account`."""
    row = derivatives.find_derivative(work.connection, derivative_id)
    if row is None:
        raise NotFound
    account = open_account(session, work, row.code)
    try:
        require_approver(session, account, row)
        may_approve = row.state == "proposed"
    except Refused:
        may_approve = False
    recipient = recipients.find_recipient(work.connection, row.recipient_id)
    is_compared = row.mime != PLAIN or row.compared_by == session.account.id
    return Copy(account, row, named_details(session, work, account), may_approve, recipient, is_compared)


def _change(work: Work, row: Derivative, **values: str | bytes | None) -> None:
    if not derivatives.change_derivative(work.connection, row, **values):
        raise Conflict


def _log(work: Work, copy: Copy, act: str) -> None:
    work.log(
        Action.REDACTION_DECIDED,
        subject=copy.account.subject,
        case=copy.account.row.case_id,
        fields=(act, copy.row.layer),
        count=copy.row.number,
    )
