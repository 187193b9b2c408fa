"""Releasing.

An approved layer is rebuilt from kept text, signed, written to the reading room and found from then on.
Row, index, history in the vault, state and entry are one transaction over three files. Only what both
reviewers signed is built: a mark that changed since, a stopped testimony or a consent that no longer
carries the audience refuses.
"""

import hashlib
import json
from dataclasses import dataclass, field, replace
from datetime import datetime

from crypto.labels import Label
from crypto.signing import sign
from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action, DenyReason
from testimony.domain.canonical import canonical_json
from testimony.domain.consent import YES, ConsentStatus
from testimony.domain.errors import Conflict, IntegrityFailed, NotFound, NotYet, Refused
from testimony.domain.purposes import READING_PURPOSES, Audience, audience_of
from testimony.domain.redaction import build_release, withheld_counts
from testimony.domain.testimony import State
from testimony.policy.access import Permission, require
from testimony.policy.redaction import require_apart, require_decided
from testimony.services.archives import OpenArchive
from testimony.services.consent_versions import require_consent_stands
from testimony.services.joint_reviews import require_joint_review
from testimony.services.residual_checks import check, read_checked, require_fits_enough, require_help_was_said
from testimony.services.sessions import Session, Work, timestamp
from testimony.services.signed_layers import require_signature, require_signatures, still_stands
from testimony.services.token_series import series_of
from testimony.services.told_types import note_told_types
from testimony.services.under_review import (
    UnderReview,
    marks_of,
    move,
    name_of,
    open_account,
    redactors_of,
)
from testimony.services.witness_requests import note_silent_places, require_silence_kept
from testimony.services.witness_word import require_not_refused_by_witness
from testimony.storage import consents, redaction_sets, releases
from testimony.storage.consents import ConsentRow
from testimony.storage.redaction_sets import SetRow
from testimony.storage.register import RegisterRow
from testimony.storage.releases import Release

RELEASE_FORMAT = "release/1"

_IN_FORCE = (ConsentStatus.ACTIVE, ConsentStatus.PARTLY_WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Published:
    """A release that was made, by its id and its number for the audience."""

    release_id: int
    number: int
    audience: Audience


def release(session: Session, code: str, audience: Audience, now: datetime) -> Published:
    """Publish the approved layer of one audience; number n+1 replaces n.

    Raises NotYet without an approved layer; Refused when consent does not carry this audience, the witness said no to
    this text, the testimony is stopped, or what is left fits too few people; Conflict when marks changed since the
    approval; IntegrityFailed when a signature does not hold.
    """
    with session.work(now) as work:
        require(session.account, Permission.RELEASE)
        account = open_account(session, work, code)
        layer = _approved(work, code, audience)
        require_two_persons(session, work, account, layer)
        require_not_refused_by_witness(work, account, layer)
        require_consent_carries(work, account, audience, now)
        require_consent_stands(session.archive.keyring(), work.connection, code)
        require_joint_review(session, work, code, audience)
        require_silence_kept(work, account)
        found = check(session, work.connection, account, audience)
        require_fits_enough(account, read_checked(layer.residual), found)
        require_help_was_said(work.connection, account, audience, read_checked(layer.residual))
        number = releases.next_number(work.connection, code, audience)
        built = signed_release(session, account, layer, number, now)
        standing = releases.release_for(work.connection, code, audience)
        if standing is not None:
            releases.retire_release(work.connection, standing.id)
        release_id = releases.insert_release(work.connection, built, set_id=layer.set_id)
        note_told_types(work, account, release_id, session.account.id)
        note_silent_places(session, work, account, audience, release_id)
        if not redaction_sets.change_set(work.connection, layer, state="released"):
            raise Conflict
        if account.row.state != State.RELEASED:
            move(work, account.row, State.RELEASED)
        work.log(
            Action.REDACTION_DECIDED,
            subject=account.subject,
            case=account.row.case_id,
            fields=("released", audience.value),
            count=built.number,
        )
    return Published(release_id, built.number, audience)


@dataclass(frozen=True, slots=True)
class PastRelease:
    """A release as the vault keeps it, replaced or not. `is_current`: whether the reading room shows it."""

    release_id: int
    audience: Audience
    number: int
    released_at: str
    is_current: bool
    language: str
    text: str = field(repr=False)


def read_past_release(session: Session, code: str, release_id: int, now: datetime) -> PastRelease:
    """Show a reviewer one release of an account, also a replaced one. Raises NotFound."""
    with session.work(now) as work:
        require(session.account, Permission.READ_ORIGINAL)
        past = releases.find_past(work.connection, release_id)
        if past is None or past.release.code != code:
            raise NotFound
        account = open_account(session, work, code)
        work.log(
            Action.ITEM_SHOWN,
            subject=account.subject,
            case=account.row.case_id,
            fields=("release", past.release.audience),
            count=past.release.number,
        )
    shown = past.release
    return PastRelease(
        release_id,
        Audience(shown.audience),
        shown.number,
        shown.released_at,
        shown.current == 1,
        shown.language,
        shown.text,
    )


def require_release_holds(archive: OpenArchive, shown: Release) -> None:
    """Raises IntegrityFailed unless a certified reviewer signed this row as it is."""
    if hashlib.sha256(shown.text.encode()).hexdigest() != shown.text_sha256:
        raise IntegrityFailed
    if release_statement(archive.keyring().archive_id, shown) != shown.statement:
        raise IntegrityFailed
    require_signature(archive, shown.releaser_id, shown.statement, shown.signature, Label.RELEASE)


def release_statement(archive_id: str, shown: Release) -> bytes:
    """What the releasing reviewer signs: everything that the reading room says about this release."""
    return canonical_json(
        {
            "type": RELEASE_FORMAT,
            "archive": archive_id,
            "code": shown.code,
            "audience": shown.audience,
            "number": shown.number,
            "language": shown.language,
            "month": shown.month,
            "case": shown.case_id,
            "text_sha256": shown.text_sha256,
            "withheld": json.loads(shown.withheld),
            "warning": shown.warning,
            "hides_named_details": shown.hides_named_details == 1,
            "residual_checked": shown.residual_checked == 1,
            "released_at": shown.released_at,
            "redactor": shown.redactor_id,
            "approver": shown.approver_id,
            "releaser": shown.releaser_id,
        }
    )


def require_consent_carries(work: Work, account: UnderReview, audience: Audience, now: datetime) -> None:
    """Raises Refused with every reason why nothing may be released to this audience today."""
    consent = consents.current_consent(work.connection, account.code)
    if reasons := refusals(consent, account.row, audience, now):
        raise Refused(reasons, subject=account.subject)


def refusals(
    consent: ConsentRow | None, row: RegisterRow, audience: Audience, now: datetime
) -> tuple[DenyReason, ...]:
    """Every reason why nothing of a testimony may be released to this audience today; empty when it may."""
    today = now.date().isoformat()
    reasons: list[DenyReason] = []
    if consent is None or consent.status not in {status.value for status in _IN_FORCE}:
        reasons.append(DenyReason.CONSENT_MISSING if consent is None else DenyReason.CONSENT_REFUSED)
    if consent is not None:
        if not consent.basis:
            reasons.append(DenyReason.NO_LAWFUL_BASIS)
        if consent.review_due is None or consent.review_due <= today:
            reasons.append(DenyReason.CONSENT_PAST_REVIEW)
        if consent.reconfirm_on is not None and consent.reconfirm_on <= today:
            reasons.append(DenyReason.CONSENT_PAST_REVIEW)
        if not allows_some_use(consent, audience):
            reasons.append(DenyReason.CONSENT_REFUSED)
    if row.minor and not row.guardian_ok:
        reasons.append(DenyReason.MINOR_WITHOUT_GUARDIAN)
    return tuple(dict.fromkeys(reasons))


def allows_some_use(consent: ConsentRow, audience: Audience) -> bool:
    """A layer is made for the uses it serves.

    One for the public serves partners too, one for a court serves nobody else.
    """
    said_yes = {decision.purpose for decision in consent.decisions if decision.decision in set(YES)}
    return any(p.value in said_yes and audience_of(p).rank >= audience.rank for p in READING_PURPOSES)


def _approved(work: Work, code: str, audience: Audience) -> SetRow:
    for layer in redaction_sets.open_sets(work.connection, (code,)):
        # One for a named recipient is for nobody else, whatever audience it was made from.
        if layer.audience == audience and layer.state == "approved" and not layer.recipient_id:
            return layer
    raise NotYet


def require_two_persons(session: Session, work: Work, account: UnderReview, layer: SetRow) -> None:
    """What was approved is what is there, and the approval was one.

    Nothing stored is believed without its signature.
    """
    require_decided(m for m in marks_of(account) if m.is_withheld_from(Audience(layer.audience)))
    if not still_stands(account, layer, session.archive.keyring().archive_id):
        raise Conflict
    require_signatures(session.archive, layer)
    approver = AccountId(layer.approver_id or "")
    redactors = redactors_of(work, account)
    names = (name_of(work, each) for each in (approver, *redactors))
    try:
        require_apart(redactors, approver, account.hearers, names)
    except Refused as refusal:
        raise Refused(refusal.reasons, subject=account.subject) from None


def signed_release(
    session: Session, account: UnderReview, layer: SetRow, number: int, now: datetime
) -> Release:
    """The release of an approved layer, built from kept text and signed by who releases it; nothing is written."""
    if layer.approver_id is None:
        raise IntegrityFailed
    audience, marks = Audience(layer.audience), marks_of(account)
    text = build_release(
        account.version.text, marks, audience, series_of(session, account.code, audience, account.recipient)
    )
    unsigned = Release(
        code=account.code,
        audience=audience.value,
        rank=audience.rank,
        number=number,
        language=account.version.language,
        month=account.row.month,
        case_id=account.row.case_id,
        text=text,
        text_sha256=hashlib.sha256(text.encode()).hexdigest(),
        withheld=canonical_json(withheld_counts(marks, audience)).decode(),
        warning=account.row.warning,
        hides_named_details=layer.hides_named_details,
        residual_checked=layer.residual_checked,
        current=1,
        released_at=timestamp(now),
        redactor_id=layer.redactor_id,
        approver_id=layer.approver_id,
        releaser_id=session.account.id,
        statement=b"",
        signature=b"",
    )
    statement = release_statement(session.archive.keyring().archive_id, unsigned)
    return replace(
        unsigned, statement=statement, signature=sign(session.keys.signing, statement, Label.RELEASE)
    )
