"""Handing a released text over to somebody outside, and calling it back.

    prepare (a reviewer) → approve (a custodian) → sent → recalled → answered

The gate is asked at each of the first three, each time anew: for the purpose, the consent as it is then, and what was
found out about the recipient. What leaves is a release: its number and hash are kept, so that it can be named. The
layer of one named recipient is prepared and put together in handing_to_recipient.py; no other act may count as a
handing over.
"""

import secrets
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from testimony.domain.audit import Action, DenyReason
from testimony.domain.consent_terms import CHANNELS
from testimony.domain.errors import (
    BadDate,
    Conflict,
    IntegrityFailed,
    Invalid,
    NotFound,
    Problem,
    Refused,
)
from testimony.domain.purposes import Audience, Purpose, audience_of
from testimony.domain.vocabulary import load
from testimony.policy.access import Permission, require
from testimony.policy.disclosing import HandingOver, Recipient, permit_handing_over
from testimony.policy.facts import Use
from testimony.services.bearings import helping_elsewhere
from testimony.services.consent_versions import require_consent_stands
from testimony.services.finding_consent import require_code
from testimony.services.joint_reviews import require_joint_review
from testimony.services.recipient_names import name_of, pass_name_on, sealed_names
from testimony.services.releasing import require_release_holds
from testimony.services.sessions import Session, Work, timestamp
from testimony.storage import consents, disclosures, originals_index, register, releases
from testimony.storage.disclosures import DisclosureRow, RecallRow, parts_of_layer
from testimony.storage.register import RegisterRow

MAX_NAME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a reviewer wants to hand over. name: of the recipient, for custodians alone. expires_on: when the recipient
    must have given it back; None for never.
    """

    purpose: Purpose
    audience: Audience
    kind: str
    name: str = field(repr=False)
    of_the_state: bool
    death_penalty: bool
    fair_trial: bool
    protective: bool
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class DisclosureView:
    """One handing over. name: None for whom it was not sealed to."""

    row: DisclosureRow
    name: str | None = field(repr=False)
    recall: RecallRow | None
    prepared_by_me: bool


def prepare(session: Session, code: str, wanted: Wanted, now: datetime) -> str:
    """Propose to hand the current release of an audience over; return the id.

    Raises Refused with every reason (DR12 for who handed it in or interpreted it), NotFound, Invalid, IntegrityFailed.
    """
    with session.work(now) as work:
        require(session.account, Permission.PREPARE_DISCLOSURE)
        _require_sayable(wanted, now.date())
        row = _row(work, require_code(code))
        require_did_not_hear(session, row)
        release = releases.release_for(work.connection, row.code, wanted.audience.value)
        if release is None:
            raise Refused((DenyReason.NOT_APPROVED,), subject=("testimony", row.code))
        require_release_holds(session.archive, release)
        consent = consents.current_consent(work.connection, row.code)
        disclosure = DisclosureRow(
            disclosure_id=secrets.token_hex(8),
            code=row.code,
            purpose=wanted.purpose.value,
            recipient_type=wanted.kind,
            consent_version=consent.version if consent else 0,
            layer=wanted.audience.value,
            release_id=release.id,
            number=release.number,
            text_sha256=release.text_sha256,
            hides_named_details=release.hides_named_details,
            of_the_state=int(wanted.of_the_state),
            death_penalty=int(wanted.death_penalty),
            fair_trial=int(wanted.fair_trial),
            protective=int(wanted.protective),
            prepared_by=session.account.id,
            prepared_at=timestamp(now),
            expires_on=wanted.expires_on.isoformat() if wanted.expires_on else None,
            helping_elsewhere=helping_elsewhere(work.connection, row, wanted.audience, wanted.kind),
        )
        # "Ask me again each time" is answered after this, and asked at the approval.
        require_permitted(session, work, replace(disclosure, asked_again_on="later"))
        names = sealed_names(session.archive.keyring(), disclosure.disclosure_id, wanted.name)
        disclosures.insert_disclosure(work.connection, disclosure, names)
        log_act(work, Action.EXPORT_PREPARED, row, disclosure, wanted.purpose.value, wanted.kind)
    return disclosure.disclosure_id


def note_answer(session: Session, disclosure_id: str, now: datetime) -> None:
    """Note that the witness was asked about this one handing over and said yes (CC12).

    By an interviewer or custodian who did not prepare it. Raises Refused, NotFound, Conflict.
    """
    with session.work(now) as work:
        require(session.account, Permission.KEEP_DISCLOSURES)
        found, row = find_row(work, disclosure_id)
        if session.account.id == found.prepared_by:
            raise Refused((DenyReason.SAME_PERSON,), subject=("disclosure", disclosure_id))
        change(work, found, "prepared", asked_again_on=day_of(now), asked_again_by=session.account.id)
        log_act(work, Action.CONSENT_CHANGED, row, found, "asked-again")


def approve(session: Session, disclosure_id: str, now: datetime) -> None:
    """Raises Refused with every reason of the gate at this moment, DR12 for who prepared it; NotFound, Conflict."""
    with session.work(now) as work:
        require(session.account, Permission.KEEP_DISCLOSURES)
        found, row = find_row(work, disclosure_id)
        if session.account.id in (found.prepared_by, row.interviewer_id):
            raise Refused((DenyReason.SAME_PERSON,), subject=("disclosure", disclosure_id))
        require_permitted(session, work, found)
        change(
            work,
            found,
            "prepared",
            state="approved",
            approved_by=session.account.id,
            approved_at=timestamp(now),
            consent_version=_version(work, row),
        )
        log_act(work, Action.EXPORT_APPROVED, row, found, found.purpose)


def mark_sent(session: Session, disclosure_id: str, channel: str, now: datetime) -> None:
    """Say that it left. The gate is asked once more. Raises Refused, NotFound, Invalid, Conflict unless approved."""
    if channel not in CHANNELS:
        raise Invalid((Problem("channel", "required"),))
    with session.work(now) as work:
        require(session.account, Permission.KEEP_DISCLOSURES)
        found, row = find_row(work, disclosure_id)
        require_permitted(session, work, found)
        change(
            work,
            found,
            "approved",
            state="sent",
            sent_on=day_of(now),
            channel=channel,
            consent_version=_version(work, row),
        )
        log_act(work, Action.EXPORT_SENT, row, found, found.purpose, channel)


def cancel(session: Session, disclosure_id: str, now: datetime) -> None:
    """Give up what did not leave yet. Raises Refused, NotFound, Conflict."""
    with session.work(now) as work:
        require(session.account, Permission.KEEP_DISCLOSURES)
        found, row = find_row(work, disclosure_id)
        if found.state not in disclosures.PENDING:
            raise Conflict
        change(work, found, found.state, state="cancelled")
        log_act(work, Action.EXPORT_PREPARED, row, found, "cancelled")


def list_disclosures(session: Session, now: datetime) -> tuple[DisclosureView, ...]:
    """Every handing over, newest first, with the names that this custodian can open. Raises Refused."""
    states = ("prepared", "approved", "sent", "recalled", "confirmed_deleted", "cancelled")
    with session.work(now) as work:
        require(session.account, Permission.KEEP_DISCLOSURES)
        rows = disclosures.disclosures_in(work.connection, states)
        for row in rows:
            pass_name_on(session, work, row.disclosure_id)
        views = tuple(_view(session, work, row) for row in rows)
        work.log(Action.LIST_SHOWN, fields=("disclosures",), count=len(views))
    return views


def find_disclosure(session: Session, disclosure_id: str, now: datetime) -> DisclosureView:
    """Raises Refused, NotFound."""
    with session.work(now) as work:
        require(session.account, Permission.KEEP_DISCLOSURES)
        found, row = find_row(work, disclosure_id)
        view = _view(session, work, found)
        log_act(work, Action.ITEM_SHOWN, row, found, "recipient")
    return view


def require_did_not_hear(session: Session, row: RegisterRow) -> None:
    """Raises Refused (DR12) for who handed an account in or interpreted it."""
    if session.account.id in (row.interviewer_id, row.interpreter_id):
        raise Refused((DenyReason.SAME_PERSON,), subject=("testimony", row.code))


def require_permitted(session: Session, work: Work, row: DisclosureRow) -> None:
    """Raises Refused with the subject named; IntegrityFailed when the consent is not the one that was signed last."""
    recipient = Recipient(
        kind=row.recipient_type,
        of_the_state=row.of_the_state == 1,
        death_penalty=row.death_penalty == 1,
        fair_trial=row.fair_trial == 1,
        protective=row.protective == 1,
        asked_again=row.asked_again_on is not None,
    )
    purpose = Purpose(row.purpose)
    asked = HandingOver(Use(session.account.id, ()), purpose, audience_of(purpose), work.now, recipient)
    subject = ("testimony", row.code)
    require_consent_stands(session.archive.keyring(), work.connection, row.code)
    audience = Audience(parts_of_layer(row.layer)[0])
    require_joint_review(session, work, row.code, audience)
    try:
        facts = originals_index.find_facts(work.connection, asked, row.code)
    except BadDate:
        raise IntegrityFailed from None
    if facts is None:
        raise NotFound
    facts = replace(facts, hides_named_details=row.hides_named_details == 1, residual_checked=True)
    try:
        permit_handing_over(asked, audience, facts)
    except Refused as refusal:
        raise Refused(refusal.reasons, subject=subject, purpose=row.purpose) from None


def _require_sayable(wanted: Wanted, today: date) -> None:
    rules = (
        (wanted.kind in load("recipient"), "kind", "unknown_code"),
        (bool(wanted.name.strip()), "name", "required"),
        (len(wanted.name) <= MAX_NAME, "name", "too_long"),
        (wanted.expires_on is None or wanted.expires_on > today, "expires_on", "out_of_range"),
    )
    if problems := tuple(Problem(name, code) for holds, name, code in rules if not holds):
        raise Invalid(problems)


def _view(session: Session, work: Work, row: DisclosureRow) -> DisclosureView:
    return DisclosureView(
        row,
        name_of(session, work, row.disclosure_id),
        disclosures.find_recall(work.connection, row.disclosure_id),
        row.prepared_by == session.account.id,
    )


def _row(work: Work, code: str) -> RegisterRow:
    row = register.find_row(work.connection, code)
    if row is None:
        raise NotFound
    return row


def find_row(work: Work, disclosure_id: str) -> tuple[DisclosureRow, RegisterRow]:
    found = disclosures.find_disclosure(work.connection, disclosure_id)
    if found is None:
        raise NotFound
    return found, _row(work, found.code)


def _version(work: Work, row: RegisterRow) -> int:
    consent = consents.current_consent(work.connection, row.code)
    return consent.version if consent else 0


def change(work: Work, found: DisclosureRow, wanted: str, **values: Any) -> None:
    if found.state != wanted or not disclosures.change_disclosure(work.connection, found, **values):
        raise Conflict


def day_of(now: datetime) -> str:
    return now.date().isoformat()


def log_act(work: Work, action: Action, row: RegisterRow, disclosure: DisclosureRow, *fields: str) -> None:
    work.log(
        action,
        subject=("disclosure", disclosure.disclosure_id),
        case=row.case_id,
        purpose=disclosure.purpose,
        fields=fields,
    )
