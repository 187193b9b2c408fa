"""One account on a reviewer's desk: what is known of it, and whether this person may have it there.

Every function of the review room opens its account through `open_account`; nobody reads an original by
another way.
"""

import hashlib
import json
from dataclasses import dataclass, field, replace
from datetime import datetime

from crypto.errors import CryptoError
from crypto.labels import Label
from testimony.domain.accounts import Account, AccountId
from testimony.domain.audit import DenyReason
from testimony.domain.consent import HIDE_DETAILS, YES
from testimony.domain.errors import IntegrityFailed, NotFound, NotYet, Refused
from testimony.domain.purposes import Audience
from testimony.domain.redaction import Mark, MarkDecision
from testimony.domain.roles import Role
from testimony.domain.testimony import State, Submission, require_transition
from testimony.policy.redaction import Hearers, require_may_redact
from testimony.services.archives import OpenArchive
from testimony.services.certificates import certified_account, verify_by
from testimony.services.consent_words import words_of
from testimony.services.granting import grants_in_force
from testimony.services.sessions import Session, Work
from testimony.services.walled_testimonies import require_beyond_no_wall
from testimony.storage import accounts, consents, lifts, originals, redaction_sets, redactions, register
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.lifts import LiftRow
from testimony.storage.originals import Original, TextVersion
from testimony.storage.redactions import MarkRow, WorkRow
from testimony.storage.register import RegisterRow

IN_REVIEW = (
    State.RECEIVED,
    State.TRANSCRIBED,
    State.TRANSLATED,
    State.CODED,
    State.REDACTION_DRAFT,
    State.REDACTION_REVIEWED,
    State.RELEASABLE,
)
OPEN_TO_REVIEW = (*IN_REVIEW, State.RELEASED)

_STOPPED = {State.QUARANTINED: DenyReason.QUARANTINED, State.RESTRICTED: DenyReason.CONSENT_REFUSED}


@dataclass(frozen=True, slots=True)
class UnderReview:
    """An account as it lies open. `version`: the newest text; `work`: None until somebody took it.

    `lifts`: redactions lifted for an audience or a recipient. `recipient`: id of the one whose layer is looked at;
    empty for the layers of audiences.
    """

    row: RegisterRow
    original: Original
    submission: Submission = field(repr=False)
    version: TextVersion
    work: WorkRow | None
    marks: tuple[MarkRow, ...]
    lifts: tuple[LiftRow, ...] = ()
    recipient: str = ""

    @property
    def code(self) -> str:
        return self.row.code

    @property
    def subject(self) -> tuple[str, str]:
        return subject_of(self.row.code)

    @property
    def signer(self) -> AccountId:
        """Who handed it in and signed the document."""
        return AccountId(self.original.interviewer_id)

    @property
    def interviewer(self) -> AccountId | None:
        """Who took the account, as far as the archive can know; None where it came redacted from elsewhere."""
        return None if self.submission.is_redacted_elsewhere else self.signer

    @property
    def hearers(self) -> Hearers:
        """Who heard the account: interviewers, and interpreters by the document, the register or their name."""
        interview = self.submission.interview
        interpreter = interview.interpreter if interview else None
        ids = (
            self.interviewer,
            interview.second_interviewer if interview else None,
            interpreter.account_id if interpreter else None,
            self.row.interpreter_id,
        )
        unknown = interpreter.name if interpreter and interpreter.account_id is None else ""
        return Hearers(frozenset(AccountId(each) for each in ids if each), unknown)


def subject_of(code: str) -> tuple[str, str]:
    return ("testimony", code)


def open_account(session: Session, work: Work, code: str) -> UnderReview:
    """Read one account for this reviewer, in a unit of work whose entry the caller writes.

    Raises NotFound; NotYet while it lies sealed; Refused with DR12 for its interviewer or interpreter, DR10
    when quarantined, DR04 when restricted; IntegrityFailed when what is stored is not what was signed.
    """
    row = register.find_row(work.connection, code)
    if row is None or row.state == State.DISPOSED:
        raise NotFound
    require_not_stopped(row)
    if row.state == State.SEALED:
        raise NotYet
    original = originals.find_original(work.connection, code)
    version = originals.newest_version(work.connection, code)
    if original is None or version is None or row.state not in OPEN_TO_REVIEW:
        raise NotFound
    account = UnderReview(
        row=row,
        original=original,
        submission=read_submission(original),
        version=version,
        work=redactions.find_work(work.connection, code, version.version_no),
        marks=redactions.marks_of(work.connection, code, version.version_no),
        lifts=lifts.lifts_of(work.connection, code, version.version_no),
    )
    require_may_open(session.account, account)
    if Role.INVESTIGATOR in session.account.roles:
        # Reviewers see both sides of a wall, which is how it comes to be reviewed; who also reads for a case does not.
        grants = grants_in_force(session, work.connection, session.account.id, work.now)
        require_beyond_no_wall(session, work.connection, session.account.id, code, grants)
    require_intact(session.archive, account)
    return account


def require_not_stopped(row: RegisterRow) -> None:
    """Raises Refused for a quarantined or restricted testimony."""
    reason = DenyReason.QUARANTINED if row.quarantined else _STOPPED.get(State(row.state))
    if reason is not None:
        raise Refused((reason,), subject=subject_of(row.code))


def require_may_open(account: Account, under_review: UnderReview) -> None:
    """Raises Refused for those who took the account or interpreted it.

    This is where closed parts (sexual violence, children, insiders, extreme risk) will ask for a grant of
    their own, once reviewers have grants: the flags are `under_review.row.tag_*`.
    """
    try:
        require_may_redact(account, under_review.hearers)
    except Refused as refusal:
        raise Refused(refusal.reasons, subject=under_review.subject) from None


def require_intact(archive: OpenArchive, account: UnderReview) -> None:
    """Raises IntegrityFailed unless the account is what was signed when it was handed in."""
    require_signed(archive, account.original, account.submission, account.version)


def require_signed(
    archive: OpenArchive, original: Original, submission: Submission, version: TextVersion
) -> None:
    """Raises IntegrityFailed unless the document is what was signed when it was handed in, and the text is the one
    it names.
    """
    try:
        signer = certified_account(archive.keyring(), AccountId(original.interviewer_id))
        verify_by(signer.signed_with, original.document, original.signature, Label.SUBMISSION)
    except (CryptoError, ArchiveDamaged):
        raise IntegrityFailed from None
    if submission.is_redacted_elsewhere and Role.REVIEWER not in signer.roles:
        # An interviewer who writes so of an account they took would be free to approve it.
        raise IntegrityFailed
    whole = (
        hashlib.sha256(original.document).hexdigest() == original.sha256,
        hashlib.sha256(version.text.encode()).hexdigest() == version.sha256,
        version.version_no > 1 or version.text == submission.statement.text,
        submission.code == original.code == version.code,
    )
    if not all(whole):
        raise IntegrityFailed


def read_submission(original: Original) -> Submission:
    return Submission.from_document(json.loads(original.document))


def require_work(account: UnderReview) -> WorkRow:
    """Raises NotYet while nobody took the account."""
    if account.work is None:
        raise NotYet
    return account.work


def mark_of(row: MarkRow) -> Mark:
    return Mark(
        id=row.mark_id,
        start=row.start,
        end=row.end,
        category=row.category,
        withheld_from=Audience(row.withheld_from),
        decision=MarkDecision(row.decision),
        replacement=row.replacement,
        entity=row.entity,
        detector=row.detector,
        exact=row.exact,
    )


def marks_of(account: UnderReview) -> tuple[Mark, ...]:
    """The marks that count for the layer that is looked at: without what was lifted for its recipient."""
    lifted: dict[str, set[str]] = {}
    for lift in account.lifts:
        lifted.setdefault(lift.mark_id, set()).add(lift.layer)
    return tuple(
        replace(mark_of(row), lifted_for=frozenset(a for a in Audience if a in lifted[row.mark_id]))
        if row.mark_id in lifted
        else mark_of(row)
        for row in account.marks
        if not account.recipient or account.recipient not in lifted.get(row.mark_id, ())
    )


def redactors_of(work: Work, account: UnderReview) -> frozenset[AccountId]:
    """Everybody who decided a mark of this version or proposed one of its sets: none of them approves."""
    authors = redactions.authors_of(work.connection, account.code, account.version.version_no)
    proposers = {
        row.redactor_id
        for row in redaction_sets.sets_of(work.connection, account.code)
        if row.version == account.version.version_no
    }
    # Marks may have been carried over from an earlier version, and lifted without a change of their own.
    deciders = {row.decided_by for row in account.marks if row.decided_by}
    lifters = {row.lifted_by for row in account.lifts}
    return frozenset(map(AccountId, authors | proposers | deciders | lifters))


def named_details(session: Session, work: Work, account: UnderReview) -> tuple[str, ...]:
    """What the witness asked to hide beyond the marks.

    Asked for by the register's consent, in the words of the submission and of what was said later.
    """
    consent = consents.current_consent(work.connection, account.code)
    asked = consent is not None and any(
        HIDE_DETAILS in decision.conditions for decision in consent.decisions if decision.decision in set(YES)
    )
    words = {
        condition.parameter.strip()
        for decision in account.submission.consent.decisions
        for condition in decision.conditions
        if condition.code == HIDE_DETAILS
    } | words_of(session, work.connection, account.code, HIDE_DETAILS)
    return tuple(sorted(words or {""})) if asked or words else ()


def name_of(work: Work, account_id: str | None) -> str:
    """The name people here know an account by; empty for nobody."""
    row = accounts.find_account(work.connection, AccountId(account_id)) if account_id else None
    return row.name if row else ""


def move(work: Work, row: RegisterRow, *steps: State) -> None:
    """Take a testimony through states, one by one.

    Raises NotYet for a step that is not allowed, IntegrityFailed when it was moved meanwhile.
    """
    before = State(row.state)
    for after in steps:
        require_transition(before, after)
        if not register.move_state(work.connection, row.code, before=before.value, after=after.value):
            raise IntegrityFailed
        before = after


def settle_state(work: Work, code: str) -> None:
    """Let the register say where the redaction of a testimony stands.

    A released testimony stays released while another layer is worked on: its readers lose nothing by that.
    """
    row = register.find_row(work.connection, code)
    if row is None or row.state == State.RELEASED:
        return
    approved = any(s.state == "approved" for s in redaction_sets.sets_of(work.connection, code))
    if approved and row.state != State.RELEASABLE:
        move(work, row, State.REDACTION_REVIEWED, State.RELEASABLE)
    elif not approved and row.state != State.REDACTION_DRAFT:
        move(work, row, State.REDACTION_DRAFT)


def day(now: datetime) -> str:
    return now.date().isoformat()
