"""Receiving.

What interviewers sealed is opened into the vault, one item a transaction, when a reviewer is there to open
it. An item that does not open, was not signed by who the register says, or says something else than the
register is left as it is, named, and never in the way of the others. A quarantined one is not opened at
all.
"""

import hashlib
import json
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from crypto.errors import CryptoError
from crypto.sealing import SealingKey
from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action, DenyReason, Outcome
from testimony.domain.errors import Conflict, Invalid
from testimony.domain.roles import Role
from testimony.domain.testimony import State, Submission
from testimony.policy.access import Permission, require
from testimony.services.certificates import certified_account
from testimony.services.envelopes import SignedDocument, open_submission
from testimony.services.identity_conflicts import note_concerned
from testimony.services.interpreters import limit_received
from testimony.services.opening import sealing_keys
from testimony.services.second_accounts import note_unapproved
from testimony.services.sessions import Session, Work, timestamp
from testimony.services.under_review import day, subject_of
from testimony.storage import inbox, originals, register
from testimony.storage.compartments import Compartment
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.inbox import InboxItem
from testimony.storage.originals import Attachment, DamagedItem, Original, TextVersion
from testimony.storage.register import RegisterRow

BATCH = 25
"""Items a request opens at most; the next request goes on. One takes some milliseconds."""

_WORD = re.compile(r"\w+(?:['’]\w+)*")


class Fault(Exception):
    """Why an item was not taken in; `word` is kept beside its id."""

    def __init__(self, word: str) -> None:
        self.word = word
        super().__init__(word)


@dataclass(frozen=True, slots=True)
class Received:
    """codes: taken in now. damaged: every item that could not be, ever. left: still waiting to be opened."""

    codes: tuple[str, ...]
    damaged: tuple[DamagedItem, ...]
    left: int


def receive_inbox(session: Session, now: datetime, limit: int = BATCH) -> Received:
    """Open at most `limit` items.

    Raises Refused for anyone but a reviewer, CompartmentClosed without the vault.
    """
    require(session.account, Permission.RECEIVE)
    keys = sealing_keys(session.archive, Compartment.VAULT)
    with session.reading() as connection:
        items = originals.waiting(connection, limit)
    codes = tuple(item.code for item in items if _receive(session, keys, item, now))
    with session.reading() as connection:
        return Received(codes, originals.damaged_items(connection), originals.count_waiting(connection))


def try_damaged_again(session: Session, now: datetime) -> Received:
    """Forget which items were damaged and open them again: for when the ledger was restored from a backup."""
    with session.work(now) as work:
        require(session.account, Permission.RECEIVE)
        count = originals.forget_damaged(work.connection)
        work.log(Action.WRITTEN, fields=("inbox-tried-again",), count=count)
    return receive_inbox(session, now)


def _receive(session: Session, keys: tuple[SealingKey, ...], item: InboxItem, now: datetime) -> bool:
    """Whether the item is in the vault now. Two reviewers may open the same item at once.

    The second finds it gone.
    """
    try:
        with session.work(now) as work:
            _take_in(session, work, keys, item)
        return True
    except Fault as fault:
        _set_aside(session, item, fault, now)
    except Conflict:
        pass
    return False


def _take_in(session: Session, work: Work, keys: tuple[SealingKey, ...], item: InboxItem) -> None:
    row = register.find_row(work.connection, item.code)
    if row is not None and (row.quarantined or row.state == State.RESTRICTED):
        raise Conflict
    if inbox.find_item(work.connection, item.submission_id) is None:
        raise Conflict
    signed = _open(session, keys, item)
    submission = _read(signed)
    if row is None or not _agree(item, submission, row):
        raise Fault("register_differs")
    if row.state != State.SEALED or originals.find_original(work.connection, item.code) is not None:
        raise Fault("received_before")
    originals.insert_original(
        work.connection,
        original_of(submission, signed, item.signer_id, session.account.id, work.now),
        first_version(submission, item.signer_id, work.now),
        _attachments(submission),
    )
    inbox.delete_item(work.connection, item.submission_id)
    if not register.move_state(
        work.connection, item.code, before=State.SEALED.value, after=State.RECEIVED.value
    ):
        raise Conflict
    work.log(Action.WRITTEN, subject=subject_of(item.code), case=row.case_id, fields=("received",))
    note_concerned(session, work, submission)
    limit_received(work, submission)
    note_unapproved(session, work, submission)


def _open(session: Session, keys: tuple[SealingKey, ...], item: InboxItem) -> SignedDocument:
    """Raises Fault unless it opens and a certified interviewer signed it.

    One suspended since has still signed it.
    """
    try:
        signer = certified_account(session.archive.keyring(), AccountId(item.signer_id))
        if Role.INTERVIEWER not in signer.roles:
            raise Fault("not_signed")
    except ArchiveDamaged:
        raise Fault("not_signed") from None
    # One may have been sealed just before the vault's key was changed.
    for key in keys:
        with suppress(CryptoError):
            return open_submission(key, signer.signed_with, item.sealed, item.submission_id)
    raise Fault("not_signed")


def _read(signed: SignedDocument) -> Submission:
    try:
        submission = Submission.from_document(json.loads(signed.document))
    except (Invalid, ValueError, RecursionError):
        raise Fault("not_readable") from None
    if submission.is_redacted_elsewhere:
        # Nobody counts as the interviewer of such a one. It enters with two signatures and never through here.
        raise Fault("redacted_elsewhere")
    return submission


def _agree(item: InboxItem, submission: Submission, row: RegisterRow) -> bool:
    """Whether envelope, content and register speak of the same testimony.

    Every account can write the register.
    """
    interview = submission.interview
    interpreter = interview.interpreter.account_id if interview and interview.interpreter else None
    taken_by = interview.interviewer if interview else item.signer_id
    return (submission.submission_id, submission.code, submission.case_id, taken_by, interpreter) == (
        item.submission_id,
        item.code,
        row.case_id,
        item.signer_id,
        row.interpreter_id,
    ) and (row.submission_id, row.interviewer_id, row.language) == (
        item.submission_id,
        item.signer_id,
        submission.statement.language,
    )


def original_of(
    submission: Submission, signed: SignedDocument, signer_id: str, receiver_id: str, now: datetime
) -> Original:
    return Original(
        code=submission.code,
        submission_id=submission.submission_id,
        document=signed.document,
        sha256=hashlib.sha256(signed.document).hexdigest(),
        interviewer_id=signer_id,
        signature=signed.signature,
        received_at=timestamp(now),
        received_by=receiver_id,
    )


def first_version(submission: Submission, author_id: str, now: datetime) -> TextVersion:
    statement = submission.statement
    return TextVersion(
        code=submission.code,
        version_no=1,
        kind=statement.kind.value,
        language=statement.language,
        text=statement.text,
        words=len(_WORD.findall(statement.text)),
        sha256=hashlib.sha256(statement.text.encode()).hexdigest(),
        author=author_id,
        made_on=day(now),
    )


def _attachments(submission: Submission) -> tuple[Attachment, ...]:
    return tuple(
        Attachment(
            object_id=ref.object_id,
            code=submission.code,
            number=number,
            key=bytes.fromhex(ref.key),
            sha256=ref.sha256,
            size=ref.size,
            mime=ref.mime,
            name=ref.name,
            acquired=ref.acquired.value,
            kind=ref.kind,
        )
        for number, ref in enumerate(submission.attachments, start=1)
    )


def _set_aside(session: Session, item: InboxItem, fault: Fault, now: datetime) -> None:
    """Name an item that was not taken in, once. Its bytes stay in the inbox."""
    with session.work(now) as work:
        named = DamagedItem(item.submission_id, item.code, fault.word, timestamp(now))
        if originals.insert_damaged(work.connection, named):
            work.log(
                Action.WRITTEN,
                subject=subject_of(item.code),
                fields=("received",),
                outcome=Outcome.DENIED,
                reasons=(DenyReason.INTEGRITY_FAILED,),
            )
