"""What a condition waits for, and the death of a witness: one custodian writes the day down, another confirms it.

An event opens what waits for it, so one person's word is not enough. Death closes the identity and opens nothing but
what the witness allowed for after it (F13).
"""

import secrets
from datetime import date, datetime

from testimony.domain.audit import Action, DenyReason
from testimony.domain.consent import NOT_BEFORE, YES
from testimony.domain.errors import Conflict, Invalid, NotFound, Problem, Refused
from testimony.domain.purposes import Purpose
from testimony.policy.access import Permission, require
from testimony.services.consent_versions import EVENT_CONFIRMED
from testimony.services.finding_consent import find, require_code
from testimony.services.identity_sweeping import end_requests
from testimony.services.sessions import Session, Work, timestamp
from testimony.storage import consent_versions, consents, register
from testimony.storage.consent_versions import CONDITION, DEATH, EventRow


def record_death(session: Session, code: str, occurred_on: date, now: datetime) -> str:
    """Return the id of the event, which waits for another custodian.

    Raises Refused, NotFound, Invalid, Conflict when it was recorded before.
    """
    with session.work(now) as work:
        row = find(session, work, require_code(code), Permission.CONFIRM_CONSENT)
        if any(event.kind == DEATH for event in consent_versions.events_of(work.connection, row.code)):
            raise Conflict
        return _put(session, work, row, DEATH, "", 0, occurred_on)


def record_event(session: Session, code: str, purpose: Purpose, occurred_on: date, now: datetime) -> str:
    """That what the witness waits for with CC07 has come. Raises as `record_death`; Invalid where nothing waits."""
    with session.work(now) as work:
        row = find(session, work, require_code(code), Permission.CONFIRM_CONSENT)
        consent = consents.current_consent(work.connection, row.code)
        waits = consent is not None and any(
            one.purpose == purpose
            and one.decision in set(YES)
            and NOT_BEFORE in one.conditions
            and one.not_before is None
            for one in consent.decisions
        )
        if consent is None or not waits:
            raise Invalid((Problem("purpose", "not_for_decision"),))
        return _put(session, work, row, CONDITION, purpose.value, consent.version, occurred_on)


def confirm_event(session: Session, event_id: str, now: datetime) -> None:
    """Raises Refused (DR12: who recorded it), NotFound, Conflict."""
    with session.work(now) as work:
        require(session.account, Permission.CONFIRM_CONSENT)
        event, row = _event(work, event_id)
        if event.recorded_by == session.account.id:
            raise Refused((DenyReason.SAME_PERSON,), subject=("testimony", event.code))
        by, at = session.account.id, timestamp(now)
        if not consent_versions.confirm_event(work.connection, event_id, by=by, at=at):
            raise Conflict
        if event.kind == DEATH:
            # Nobody is to be reached any more: what was asked for is over, and the ways to the witness go.
            end_requests(work, event.code)
        work.log(
            Action.CONSENT_CHANGED,
            subject=("testimony", event.code),
            case=row.case_id,
            fields=(EVENT_CONFIRMED, event_id, event.kind),
        )


def drop_event(session: Session, event_id: str, reason: str, now: datetime) -> None:
    """Put an unconfirmed event aside. reason: sealed to auditors. Raises Refused, NotFound, Conflict."""
    with session.work(now) as work:
        require(session.account, Permission.CONFIRM_CONSENT)
        event, row = _event(work, event_id)
        if not consent_versions.delete_event(work.connection, event_id):
            raise Conflict
        work.log(
            Action.CONSENT_CHANGED,
            subject=("testimony", event.code),
            case=row.case_id,
            fields=("event-dropped", event_id),
            detail=reason,
        )


def _put(
    session: Session,
    work: Work,
    row: register.RegisterRow,
    kind: str,
    purpose: str,
    version: int,
    occurred_on: date,
) -> str:
    if occurred_on > work.now.date():
        raise Invalid((Problem("occurred_on", "out_of_range"),))
    event_id = secrets.token_hex(8)
    consent_versions.insert_event(
        work.connection,
        EventRow(
            event_id=event_id,
            code=row.code,
            kind=kind,
            purpose=purpose,
            version=version,
            occurred_on=occurred_on.isoformat(),
            recorded_by=session.account.id,
            recorded_at=timestamp(work.now),
        ),
    )
    work.log(
        Action.CONSENT_CHANGED,
        subject=("testimony", row.code),
        case=row.case_id,
        fields=("event-recorded", event_id, kind),
    )
    return event_id


def _event(work: Work, event_id: str) -> tuple[EventRow, register.RegisterRow]:
    event = consent_versions.find_event(work.connection, event_id)
    row = None if event is None else register.find_row(work.connection, event.code)
    if event is None or row is None:
        raise NotFound
    return event, row
