"""Handing in: from a finished submission to a register row, a consent, an inbox item and, perhaps, a sealed
identity.

All of it is one ledger transaction with its entry in the log. Afterwards the interviewer's account opens
none of it (G3).
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from testimony.domain.audit import Action
from testimony.domain.codes import LONG, SHORT, TESTIMONY, WITNESS, new_code
from testimony.domain.consent import Consent, ConsentStatus, status
from testimony.domain.errors import Conflict, Invalid, NotFound, Problem
from testimony.domain.grants import ClosedPart
from testimony.domain.purposes import Purpose
from testimony.domain.testimony import State, Submission
from testimony.domain.witness import IdentityState
from testimony.policy.access import Permission, require
from testimony.services.consent_versions import AT_THE_INTERVIEW, put_version, signed_version, terms_of
from testimony.services.envelopes import seal_identity, seal_submission
from testimony.services.erasure_statements import digest_of
from testimony.services.exhibits import require_consented
from testimony.services.interpreters import require_unquestioned
from testimony.services.kept_tags import hand_in_tags
from testimony.services.second_accounts import take_along
from testimony.services.sessions import Session, Work, timestamp
from testimony.storage import cases, consents, identities, inbox, register
from testimony.storage.compartments import Compartment
from testimony.storage.connections import Connection
from testimony.storage.erasures import erasure_key, is_erased
from testimony.storage.objects import ObjectId

QUARANTINES = frozenset(
    {
        ConsentStatus.INVALID_NO_GUARDIAN,
        ConsentStatus.INVALID_COERCED,
        ConsentStatus.INVALID_NOT_INFORMED,
    }
)
"""A submission under one of these is sealed as a closed note: nobody works on it until a custodian
decides.
"""

_TRIES = 64


@dataclass(frozen=True, slots=True)
class HandedIn:
    """All that an interviewer still sees of a submission."""

    code: str
    state: State
    submitted_on: date

    @property
    def is_quarantined(self) -> bool:
        return self.state is State.QUARANTINED


def new_codes(connection: Connection) -> tuple[str, str]:
    """Return a testimony's code that is free in this archive, and a witness's.

    The witness's code stands in sealed documents only, so nobody can ask whether it is free: it is one of a
    thousand million.
    """
    return _free_code(connection), new_code(WITNESS, secrets.randbelow, LONG)


def submit(
    session: Session, submission: Submission, identity: Mapping[str, object] | None, now: datetime
) -> HandedIn:
    """Hand in a ready submission. The same submission id again gives the same answer and changes nothing.

    identity: a JSON-able document, sealed to the custodians; only with CP06.
    Raises Invalid; Conflict when the submission id is another account's; Refused.
    """
    with session.work(now) as work:
        require(session.account, Permission.SUBMIT)
        before = find_handed_in(session, work.connection, submission.submission_id)
        return before or hand_in(session, work, submission, identity)


def find_handed_in(session: Session, connection: Connection, submission_id: str) -> HandedIn | None:
    """What became of a submission id; None when it was never handed in. Raises Conflict when someone else
    did.
    """
    row = register.find_submission(connection, submission_id)
    if row is None:
        return None
    if row.interviewer_id != session.account.id:
        raise Conflict
    return HandedIn(row.code, State(row.state), date.fromisoformat(row.submitted_on))


def find_submission(session: Session, draft_id: str) -> HandedIn:
    """What became of a draft of one's own. Raises NotFound when it was not handed in."""
    require(session.account, Permission.LIST_OWN_SUBMISSIONS)
    with session.reading() as connection:
        return handed_in_before(session, connection, draft_id)


def handed_in_before(session: Session, connection: Connection, draft_id: str) -> HandedIn:
    try:
        before = find_handed_in(session, connection, draft_id)
    except Conflict:
        raise NotFound from None  # another account's looks like none
    if before is None:
        raise NotFound
    return before


def hand_in(
    session: Session, work: Work, submission: Submission, identity: Mapping[str, object] | None
) -> HandedIn:
    """The same, inside the caller's unit of work, for a submission id that was not handed in before."""
    was_here = is_erased(work.connection, digest_of(erasure_key(work.connection), submission.code))
    if was_here or register.find_row(work.connection, submission.code) is not None:
        submission = replace(submission, code=_free_code(work.connection))
    today = work.now.date()
    standing = status(submission.consent, today)
    _require_consistent(session, work.connection, submission, identity, standing)
    state = State.QUARANTINED if standing in QUARANTINES else State.SEALED
    # From here to the commit: either all of these rows are on disk, with the entry that tells of them, or
    # none.
    register.insert_row(work.connection, register_row(submission, session.account.id, today, state))
    _put_first_consent(session, work, submission, standing)
    take_along(session, work, submission)
    archive = session.archive
    item = inbox.InboxItem(
        submission_id=submission.submission_id,
        code=submission.code,
        signer_id=session.account.id,
        submitted_at=timestamp(work.now),
        sealed=seal_submission(archive.public(Compartment.VAULT), session.keys.signing, submission),
    )
    inbox.insert_item(
        work.connection, item, tuple(ObjectId(file.object_id) for file in submission.attachments)
    )
    if identity is not None:
        sealed = seal_identity(archive.public(Compartment.IDENTITY), dict(identity), submission.submission_id)
        kept = identities.SealedIdentity(submission.submission_id, submission.code, today.isoformat(), sealed)
        identities.insert_identity(work.connection, kept)
        hand_in_tags(session, work, submission, identity)
    work.log(Action.WRITTEN, subject=("testimony", submission.code), case=submission.case_id)
    return HandedIn(submission.code, state, today)


def _put_first_consent(session: Session, work: Work, submission: Submission, standing: ConsentStatus) -> None:
    """Write the first version, signed and named in the log as every later one is."""
    row = register.find_row(work.connection, submission.code)
    if row is None:
        raise RuntimeError("the consent follows its register row")
    terms = terms_of(
        consent_row(submission, standing), minor=bool(row.minor), guardian_ok=bool(row.guardian_ok)
    )
    signed = signed_version(session, work, submission.code, terms, AT_THE_INTERVIEW)
    put_version(work, row, terms, signed)


def _require_consistent(
    session: Session,
    connection: Connection,
    submission: Submission,
    identity: Mapping[str, object] | None,
    standing: ConsentStatus,
) -> None:
    """Raises Invalid for what each part allows and the whole does not."""
    # A closed note of need may be kept of someone who cannot decide alone yet: a child without a guardian.
    notes_allowed = Purpose.CP01 in submission.consent.granted or standing in QUARANTINES
    granted = submission.consent.granted
    require_consented(submission.attachments, granted)
    require_unquestioned(connection, submission)
    case = cases.find_case(connection, submission.case_id)
    interview = submission.interview
    stored = submission.witness.identity_state is IdentityState.STORED
    rules = (
        (case is not None and case.status == "open", "case_id", "unknown_code"),
        (
            interview is None or interview.interviewer == session.account.id,
            "interview.interviewer",
            "not_yours",
        ),
        (interview is None or notes_allowed, "consent.decisions", "notes_not_granted"),
        (identity is None or Purpose.CP06 in granted, "identity", "not_consented"),
        (stored == (identity is not None), "identity", "required"),
        # That has a way of its own, with two signatures: `importing_redacted`.
        (not submission.is_redacted_elsewhere, "imported.redacted_for", "not_for_decision"),
    )
    if problems := tuple(Problem(name, code) for holds, name, code in rules if not holds):
        raise Invalid(problems)


def register_row(
    submission: Submission, handed_in_by: str, today: date, state: State
) -> register.RegisterRow:
    interpreter = submission.interview.interpreter if submission.interview else None
    parts = submission.closed_parts
    return register.RegisterRow(
        code=submission.code,
        submission_id=submission.submission_id,
        case_id=submission.case_id,
        state=state.value,
        language=submission.statement.language,
        month=submission.month,
        submitted_on=today.isoformat(),
        interviewer_id=handed_in_by,
        interpreter_id=interpreter.account_id if interpreter else None,
        risk=submission.witness.risk,
        tag_s=int(ClosedPart.SEXUAL_VIOLENCE in parts),
        tag_c=int(ClosedPart.CHILDREN in parts or submission.consent.minor),
        tag_p=int(ClosedPart.INSIDERS in parts),
        tag_r4=int(ClosedPart.EXTREME_RISK in parts),
        minor=int(submission.consent.minor),
        guardian_ok=int(submission.consent.guardian_ok),
        quarantined=int(state is State.QUARANTINED),
        warning=submission.warning,
        attachments=len(submission.attachments),
    )


def consent_row(submission: Submission, standing: ConsentStatus) -> consents.ConsentRow:
    consent = submission.consent
    return consents.ConsentRow(
        code=submission.code,
        version=consent.version,
        status=standing.value,
        given_on=consent.given_on.isoformat(),
        language=consent.language,
        evidence=consent.evidence,
        basis=consent.basis,
        review_due=consent.review_due.isoformat(),
        decisions=_decision_rows(consent),
    )


def _decision_rows(consent: Consent) -> tuple[consents.DecisionRow, ...]:
    return tuple(
        consents.DecisionRow(
            purpose=decision.purpose.value,
            decision=decision.decision.value,
            conditions=tuple(condition.code for condition in decision.conditions),
            not_before=decision.not_before.isoformat() if decision.not_before else None,
            valid_until=decision.valid_until.isoformat() if decision.valid_until else None,
            readers=tuple(sorted(decision.readers)),
        )
        for decision in consent.decisions
    )


def _free_code(connection: Connection) -> str:
    """Raises RuntimeError when the space is so full that chance finds no free code."""
    for tried in range(_TRIES):
        code = new_code(TESTIMONY, secrets.randbelow, SHORT if tried < _TRIES // 2 else LONG)
        digest = digest_of(erasure_key(connection), code)
        if register.find_row(connection, code) is None and not is_erased(connection, digest):
            return code
    raise RuntimeError("no free code was found")
