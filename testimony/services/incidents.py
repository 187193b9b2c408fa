"""Security incidents: what was lost, whom it touches, what was done, who was warned. 72 hours to tell the authority.

Whom it touches is counted when the incident is recorded and kept with it. A witness can be warned only where the
archive keeps an identity and the witness agreed to be contacted again; the others are listed as out of reach.
"""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from testimony.domain.audit import Action
from testimony.domain.consent import YES, ConsentStatus
from testimony.domain.disposal import IncidentKind
from testimony.domain.errors import Conflict, Invalid, NotFound, Problem
from testimony.domain.purposes import Purpose
from testimony.policy.access import Permission, require
from testimony.policy.exposure import TELLING, Way
from testimony.services.affected import Loss, affected_in
from testimony.services.custodian_words import open_words, seal_words
from testimony.services.erasures import handles_of
from testimony.services.sessions import Session, Work, timestamp
from testimony.storage import consents, incidents
from testimony.storage.compartments import Compartment
from testimony.storage.connections import Connection
from testimony.storage.identities import find_identity
from testimony.storage.incidents import AffectedRow, IncidentRow

NOTIFY_WITHIN = timedelta(hours=72)


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRequest:
    """words: what happened, sealed to the custodians. found_at: aware, UTC."""

    kind: IncidentKind
    found_at: datetime
    words: str
    loss: Loss


@dataclass(frozen=True, slots=True)
class Warning:
    """One witness to warn. can_be_reached: an identity is kept and the witness agreed to be contacted again."""

    code: str
    case_id: str
    ways: tuple[Way, ...]
    can_be_reached: bool
    warned_on: date | None

    @property
    def tells(self) -> bool:
        return bool(TELLING & set(self.ways))


@dataclass(frozen=True, slots=True)
class IncidentView:
    """notify_by: 72 hours after it was found. handle: of the account that was lost."""

    id: str
    kind: IncidentKind
    found_at: datetime
    notify_by: datetime
    handle: str | None
    compartment: Compartment | None
    copied_on: date | None
    recorded_by: str
    words: str | None
    contained_at: datetime | None
    notified_at: datetime | None
    closed_at: datetime | None
    warnings: tuple[Warning, ...]


def record_incident(session: Session, request: IncidentRequest, now: datetime) -> str:
    """Record it with everybody it touches; return its id.

    Raises Refused; NotFound for an unknown handle; Invalid with words (required), found_at (out_of_range).
    """
    incident_id, loss = secrets.token_hex(8), request.loss
    with session.work(now) as work:
        require(session.account, Permission.KEEP_INCIDENTS)
        problems = []
        if not request.words.strip():
            problems.append(Problem("words", "required"))
        if request.found_at > now:
            problems.append(Problem("found_at", "out_of_range"))
        if problems:
            raise Invalid(tuple(problems))
        found = affected_in(session, work.connection, loss, now)
        row = IncidentRow(
            incident_id=incident_id,
            kind=request.kind.value,
            found_at=timestamp(request.found_at),
            since=None if loss.since is None else loss.since.isoformat(),
            account_id=found.account_id,
            compartment=None if loss.compartment is None else loss.compartment.value,
            copied_on=None if loss.copied_on is None else loss.copied_on.isoformat(),
            words=seal_words(session, request.words.strip(), f"incident/{incident_id}"),
            recorded_by=session.account.id,
            recorded_at=timestamp(now),
        )
        touched = (
            AffectedRow(incident_id, one.code, one.case_id, ",".join(("", *one.ways, "")))
            for one in found.exposed
        )
        incidents.insert_incident(work.connection, row, touched)
        fields = ("incident", request.kind.value)
        work.log(Action.WRITTEN, subject=("incident", incident_id), fields=fields, count=len(found.exposed))
    return incident_id


def mark_contained(session: Session, incident_id: str, reason: str, now: datetime) -> None:
    """reason: what was done, sealed to auditors. Raises Refused, NotFound, Conflict when it was noted before."""
    _stamp(session, incident_id, ("contained_at", "contained"), reason, now)


def mark_notified(session: Session, incident_id: str, reason: str, now: datetime) -> None:
    """The authority was told. Raises as `mark_contained`."""
    _stamp(session, incident_id, ("notified_at", "notified"), reason, now)


def close_incident(session: Session, incident_id: str, reason: str, now: datetime) -> None:
    """Raises as `mark_contained`, and Conflict while it is not contained."""
    _stamp(session, incident_id, ("closed_at", "closed"), reason, now)


def _stamp(session: Session, incident_id: str, what: tuple[str, str], reason: str, now: datetime) -> None:
    column, word = what
    with session.work(now) as work:
        require(session.account, Permission.KEEP_INCIDENTS)
        row = _require(work, incident_id)
        if getattr(row, column) is not None or row.closed_at is not None:
            raise Conflict
        if column == "closed_at" and row.contained_at is None:
            raise Conflict
        incidents.update_incident(work.connection, incident_id, **{column: timestamp(now)})
        subject = ("incident", incident_id)
        work.log(Action.WRITTEN, subject=subject, fields=("incident", word), detail=reason)


def mark_warned(session: Session, incident_id: str, code: str, now: datetime) -> None:
    """A witness was warned, by the safe channel their identity names.

    Raises Refused, NotFound, Conflict when noted before or when this witness cannot be reached.
    """
    with session.work(now) as work:
        require(session.account, Permission.KEEP_INCIDENTS)
        _require(work, incident_id)
        if not _can_be_reached(work.connection, code):
            raise Conflict
        if not incidents.mark_warned(
            work.connection, incident_id, code, now.date().isoformat(), session.account.id
        ):
            raise Conflict
        work.log(Action.WRITTEN, subject=("testimony", code), fields=("witness-warned", incident_id))


def list_incidents(session: Session, now: datetime) -> tuple[IncidentView, ...]:
    """Newest first, without their warnings. Raises Refused."""
    with session.work(now) as work:
        require(session.account, Permission.KEEP_INCIDENTS)
        rows = incidents.all_incidents(work.connection)
        work.log(Action.LIST_SHOWN, fields=("incidents",), count=len(rows))
        return tuple(_view(session, work, row, ()) for row in rows)


def find_incident(session: Session, incident_id: str, now: datetime) -> IncidentView:
    """Raises Refused, NotFound."""
    with session.work(now) as work:
        require(session.account, Permission.KEEP_INCIDENTS)
        row = _require(work, incident_id)
        warnings = tuple(
            Warning(
                one.code,
                one.case_id,
                tuple(Way(way) for way in one.ways.split(",") if way),
                _can_be_reached(work.connection, one.code),
                None if one.warned_on is None else date.fromisoformat(one.warned_on),
            )
            for one in incidents.affected_by(work.connection, incident_id)
        )
        work.log(Action.ITEM_SHOWN, subject=("incident", incident_id), count=len(warnings))
        for one in warnings:
            work.log(
                Action.LIST_SHOWN, subject=("testimony", one.code), case=one.case_id, fields=("affected",)
            )
        return _view(session, work, row, warnings)


def count_open(session: Session) -> int:
    with session.reading() as connection:
        return incidents.count_open(connection)


def _can_be_reached(connection: Connection, code: str) -> bool:
    consent = consents.current_consent(connection, code)
    if consent is None or consent.status not in (ConsentStatus.ACTIVE, ConsentStatus.PARTLY_WITHDRAWN):
        return False
    agreed = any(one.purpose == Purpose.CP21 and one.decision in YES for one in consent.decisions)
    return agreed and find_identity(connection, code) is not None


def _require(work: Work, incident_id: str) -> IncidentRow:
    row = incidents.find_incident(work.connection, incident_id)
    if row is None:
        raise NotFound
    return row


def _view(session: Session, work: Work, row: IncidentRow, warnings: tuple[Warning, ...]) -> IncidentView:
    handles = handles_of(work.connection)
    found_at = datetime.fromisoformat(row.found_at)
    return IncidentView(
        id=row.incident_id,
        kind=IncidentKind(row.kind),
        found_at=found_at,
        notify_by=found_at + NOTIFY_WITHIN,
        handle=None if row.account_id is None else handles.get(row.account_id, row.account_id),
        compartment=None if row.compartment is None else Compartment(row.compartment),
        copied_on=None if row.copied_on is None else date.fromisoformat(row.copied_on),
        recorded_by=handles.get(row.recorded_by, row.recorded_by),
        words=open_words(session, row.words, f"incident/{row.incident_id}"),
        contained_at=_moment(row.contained_at),
        notified_at=_moment(row.notified_at),
        closed_at=_moment(row.closed_at),
        warnings=warnings,
    )


def _moment(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)
