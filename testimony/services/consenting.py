"""A witness decides anew: more, less, other conditions, another day. Each decision is a version; none is overwritten.

Less holds at once. More waits until a custodian who did not take it down confirms it: one person's record of a "yes"
where there was a "no" opens nothing.

    record → in force | waits → confirm | decline
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from crypto.labels import Label
from crypto.signing import sign
from testimony.domain.audit import Action, DenyReason
from testimony.domain.consent_terms import CHANNELS, RECOGNISED_BY, Change, Terms, allows_more, changed
from testimony.domain.errors import Conflict, Invalid, NotFound, Problem, Refused
from testimony.domain.testimony import State
from testimony.policy.access import Permission, require
from testimony.services.carrying_out import carry_out, holds_both
from testimony.services.closings import Kind, note_closing
from testimony.services.consent_documents import terms_from_statement
from testimony.services.consent_effects import follow
from testimony.services.consent_versions import (
    Taken,
    current_terms,
    put_version,
    require_consent_stands,
    require_signed_by,
    signed_version,
)
from testimony.services.consent_words import MAX_WORDS, Words, seal_words
from testimony.services.finding_consent import found
from testimony.services.sessions import Session, Work, timestamp
from testimony.storage import consent_versions, register
from testimony.storage.consent_versions import ProposalRow, VersionRow
from testimony.storage.register import RegisterRow


@dataclass(frozen=True, slots=True)
class Recorded:
    """in_force: whether it holds now; otherwise it waits for a custodian."""

    code: str
    version: int
    in_force: bool


def record(
    session: Session, code: str, change: Change, words: Words, taken: Taken, now: datetime
) -> Recorded:
    """Take down what the witness decided.

    Raises Refused, NotFound, Throttled; Invalid with fields of the change, recognised_by, channel, words; Conflict
    where nothing changed, or while a version waits.
    """
    with found(session, code, Permission.RECORD_CONSENT, now) as (work, row):
        _require_taken(taken, words)
        before = current_terms(work.connection, row)
        if before is None or consent_versions.proposal_of(work.connection, row.code) is not None:
            raise Conflict
        after = changed(before, change, now.date())
        sealed = seal_words(session.archive, row.code, after.version, words)
        signed = signed_version(session, work, row.code, after, taken, sealed)
        in_force = not allows_more(before, after)
        if in_force:
            _put(session, work, row, before, after, signed)
        else:
            _propose(work, row, signed)
    return Recorded(row.code, after.version, in_force)


def what_was_decided(session: Session, code: str, now: datetime) -> Terms:
    """The current decisions, for who takes the next ones down. Raises Refused, NotFound, Throttled."""
    with found(session, code, Permission.RECORD_CONSENT, now) as (work, row):
        terms = current_terms(work.connection, row)
        if terms is None:
            raise NotFound
        work.log(Action.ITEM_SHOWN, subject=("testimony", row.code), case=row.case_id, fields=("decisions",))
    return terms


def confirm(session: Session, proposal_id: str, now: datetime) -> Recorded:
    """Let a version that allows more hold. Raises Refused (DR12: who took it down), NotFound, Conflict."""
    with session.work(now) as work:
        require(session.account, Permission.CONFIRM_CONSENT)
        waiting, row = _waiting(work, proposal_id)
        if session.account.id in (waiting.signer_id, row.interviewer_id):
            raise Refused((DenyReason.SAME_PERSON,), subject=("testimony", row.code))
        before = current_terms(work.connection, row)
        if before is None or before.version + 1 != waiting.version:
            raise Conflict
        keyring = session.archive.keyring()
        require_consent_stands(keyring, work.connection, row.code)
        require_signed_by(keyring, waiting.signer_id, waiting.statement, waiting.signature)
        after = terms_from_statement(waiting.statement, keyring.archive_id, row.code)
        signed = VersionRow(
            code=row.code,
            version=waiting.version,
            statement=waiting.statement,
            signer_id=waiting.signer_id,
            signature=waiting.signature,
            second_id=session.account.id,
            second_signature=sign(session.keys.signing, waiting.statement, Label.CONSENT_CONFIRMATION),
            recorded_at=timestamp(now),
            sealed=waiting.sealed,
        )
        _put(session, work, row, before, after, signed, "confirmed")
    return Recorded(row.code, after.version, in_force=True)


def decline(session: Session, proposal_id: str, reason: str, now: datetime) -> None:
    """Put a waiting version aside. reason: sealed to auditors. Raises Refused, NotFound."""
    with session.work(now) as work:
        require(session.account, Permission.CONFIRM_CONSENT)
        _, row = _waiting(work, proposal_id)
        consent_versions.delete_proposals(work.connection, row.code)
        work.log(
            Action.CONSENT_CHANGED,
            subject=("testimony", row.code),
            case=row.case_id,
            fields=("declined",),
            detail=reason,
        )


def _propose(work: Work, row: RegisterRow, signed: VersionRow) -> None:
    waiting = ProposalRow(
        proposal_id=secrets.token_hex(8),
        code=row.code,
        version=signed.version,
        statement=signed.statement,
        signer_id=signed.signer_id,
        signature=signed.signature,
        proposed_at=timestamp(work.now),
        sealed=signed.sealed,
    )
    consent_versions.insert_proposal(work.connection, waiting)
    work.log(
        Action.CONSENT_CHANGED,
        subject=("testimony", row.code),
        case=row.case_id,
        fields=("waits-for-second", str(signed.version)),
    )


def _put(
    session: Session,
    work: Work,
    row: RegisterRow,
    before: Terms,
    after: Terms,
    signed: VersionRow,
    *what: str,
) -> None:
    # From here to the commit: the version, what follows from it and the entry are on disk together, or none is.
    put_version(work, row, after, signed, *what)
    follow(work, row, before, after)
    if fallen := before.granted - after.granted:
        note_closing(session, work, Kind.CONSENT, row.code, fallen)
    if holds_both(session):
        carry_out(session, work, row.code)


def _waiting(work: Work, proposal_id: str) -> tuple[ProposalRow, RegisterRow]:
    waiting = consent_versions.find_proposal(work.connection, proposal_id)
    row = None if waiting is None else register.find_row(work.connection, waiting.code)
    if waiting is None or row is None or row.state == State.DISPOSED:
        raise NotFound
    return waiting, row


def _require_taken(taken: Taken, words: Words) -> None:
    long = max(len(words.said), *(len(text) for _, text in words.by_condition), 0)
    rules = (
        (taken.recognised_by in RECOGNISED_BY, "recognised_by", "required"),
        (taken.channel in CHANNELS, "channel", "required"),
        (long <= MAX_WORDS, "words", "too_long"),
    )
    if problems := tuple(Problem(name, code) for holds, name, code in rules if not holds):
        raise Invalid(problems)
