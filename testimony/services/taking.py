"""Taking an account to redact it, and taking it over from another reviewer."""

from datetime import datetime

from testimony.domain.errors import Conflict
from testimony.domain.places import PlaceLevel
from testimony.domain.testimony import State
from testimony.policy.access import Permission, require
from testimony.services.mark_acts import Turn, row_of, write_act
from testimony.services.proposing import Detect, detect, propose
from testimony.services.redacting import log_redaction
from testimony.services.sessions import Session, Work, timestamp
from testimony.services.under_review import UnderReview, move, open_account, require_work
from testimony.storage import places, redactions
from testimony.storage.redactions import WorkRow


def take(session: Session, code: str, now: datetime, detecting: Detect = detect) -> None:
    """Begin to redact an account, with the witness's own list and what the detectors found as suggestions.

    Detectors that could not say are written down with it. Raises Conflict when somebody has it already, or another
    version came while the detectors read this one.
    """
    # The detectors take a second over a long account: nobody who writes waits for them. What they say counts only
    # when the account still lies as they read it, and is gone when the process dies before.
    with session.work(now) as work:
        require(session.account, Permission.REDACT)
        account = _untaken(session, work, code)
        known = tuple(name for name, _ in places.name_values(work.connection, PlaceLevel.POINT))
    version = account.version
    proposed = propose(version.text, version.language, account.submission.protect, detecting, places=known)
    with session.work(now) as work:
        account = _untaken(session, work, code)
        if account.version != version:
            raise Conflict
        row = WorkRow(code, version.version_no, 1, session.account.id, timestamp(now))
        redactions.insert_work(work.connection, row)
        redactions.put_marks(work.connection, tuple(row_of(mark, row) for mark in proposed.marks))
        if proposed.failed:
            write_act(session, work, row, redactions.failing(proposed.failed), ())
        if account.row.state not in (State.RELEASED, State.REDACTION_DRAFT):
            move(work, account.row, State.REDACTION_DRAFT)
        log_redaction(work, account, "taken", *(f"failed:{name}" for name in proposed.failed))


def _untaken(session: Session, work: Work, code: str) -> UnderReview:
    """Raises Conflict when somebody has it, and as `open_account`."""
    account = open_account(session, work, code)
    if account.work is not None:
        raise Conflict
    return account


def take_over(session: Session, turn: Turn, now: datetime) -> None:
    """Go on with what another reviewer began. Their marks stay.

    From now on neither of the two may approve this version.
    """
    with session.work(now) as work:
        require(session.account, Permission.REDACT)
        account = open_account(session, work, turn.code)
        row = require_work(account)
        if row.revision != turn.revision or row.redactor_id == session.account.id:
            raise Conflict
        write_act(session, work, row, "taken-over", (), undoes=None)
        if not redactions.advance_work(work.connection, row, redactor_id=session.account.id, note=row.note):
            raise Conflict
        log_redaction(work, account, "taken-over")
