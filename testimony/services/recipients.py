"""Layers for one named recipient, and what becomes of them: kept in the vault, sealed, until they are disclosed.

A recipient's layer is made from an audience's: withheld is what is withheld from that audience, less what was lifted
for this recipient. It is never put into the reading room, so no reader finds it, whatever their grant. It leaves by a
disclosure to exactly this recipient (handing_to_recipient.py).
"""

import hashlib
import secrets
from dataclasses import replace
from datetime import datetime

from crypto.labels import Label
from crypto.signing import sign
from testimony.domain.audit import Action, DenyReason
from testimony.domain.canonical import canonical_json
from testimony.domain.consent import YES
from testimony.domain.errors import Conflict, IntegrityFailed, Invalid, NotFound, NotYet, Problem, Refused
from testimony.domain.purposes import Audience
from testimony.domain.redaction import build_release
from testimony.domain.vocabulary import load
from testimony.policy.access import Permission, require
from testimony.services.consent_versions import require_consent_stands
from testimony.services.joint_reviews import require_joint_review
from testimony.services.looking import find_layer
from testimony.services.releasing import require_consent_carries, require_two_persons
from testimony.services.residual_checks import check, read_checked, require_fits_enough, require_help_was_said
from testimony.services.sessions import Session, Work, timestamp
from testimony.services.signed_layers import require_signature
from testimony.services.token_series import series_of
from testimony.services.under_review import UnderReview, marks_of, open_account, settle_state
from testimony.services.witness_requests import require_silence_kept
from testimony.services.witness_word import require_not_refused_by_witness
from testimony.storage import consents, recipients, redaction_sets
from testimony.storage.recipients import Recipient, SealedRelease

RELEASE_FORMAT = "recipient-release/1"
MAX_NAME = 200


def add_recipient(session: Session, name: str, kind: str, audience: Audience, now: datetime) -> str:
    """Name somebody for whom layers can be made; return their id. kind: code of recipient.csv. Raises Refused, Invalid.

    The name lies in the vault; the log says only that one was added.
    """
    with session.work(now) as work:
        require(session.account, Permission.REDACT)
        rules = (
            (bool(name.strip()) and name.isprintable(), "recipient", "required"),
            (len(name) <= MAX_NAME, "recipient", "too_long"),
            (kind in load("recipient"), "kind", "unknown_code"),
        )
        if problems := tuple(Problem(field, code) for holds, field, code in rules if not holds):
            raise Invalid(problems)
        made = Recipient(
            secrets.token_hex(6), name.strip(), kind, audience.value, session.account.id, timestamp(now)
        )
        recipients.insert_recipient(work.connection, made)
        subject = ("recipient", made.recipient_id)
        work.log(Action.WRITTEN, subject=subject, fields=("recipient", kind, audience.value))
    return made.recipient_id


def release_to_recipient(session: Session, set_id: str, now: datetime) -> int:
    """Seal the approved layer of a named recipient for its disclosure; return the id of what is kept.

    Raises NotFound for a layer of an audience; NotYet before it is approved; Refused when consent does not carry this
    recipient, the witness said no to this text, or what is left fits too few people; Conflict when marks changed since;
    IntegrityFailed.
    """
    with session.work(now) as work:
        require(session.account, Permission.RELEASE)
        layer = find_layer(work, set_id)
        recipient = recipients.find_recipient(work.connection, layer.recipient_id)
        if recipient is None:
            raise NotFound
        opened = open_account(session, work, layer.code)
        if layer.state != "approved":
            raise NotYet
        account, audience = replace(opened, recipient=recipient.recipient_id), Audience(layer.audience)
        require_two_persons(session, work, account, layer)
        require_not_refused_by_witness(work, account, layer)
        require_consent_stands(session.archive.keyring(), work.connection, account.code)
        require_joint_review(session, work, account.code, audience)
        require_silence_kept(work, account)
        require_consent_carries(work, account, audience, now)
        require_said_yes(work, account, recipient)
        found = check(session, work.connection, account, audience)
        require_fits_enough(account, read_checked(layer.residual), found)
        require_help_was_said(work.connection, account, audience, read_checked(layer.residual))
        number = recipients.next_sealed_number(work.connection, account.code, recipient.recipient_id)
        kept = recipients.insert_sealed(
            work.connection, _sealed(session, account, audience, set_id, number, now)
        )
        if not redaction_sets.change_set(work.connection, layer, state="released"):
            raise Conflict
        settle_state(work, account.code)
        work.log(
            Action.REDACTION_DECIDED,
            subject=account.subject,
            case=account.row.case_id,
            fields=("sealed-for-recipient", recipient.recipient_id),
            count=number,
        )
    return kept


def read_sealed(session: Session, code: str, release_id: int, now: datetime) -> SealedRelease:
    """Show a reviewer what is kept for a recipient of an account. Raises NotFound, Refused, IntegrityFailed."""
    with session.work(now) as work:
        require(session.account, Permission.READ_ORIGINAL)
        kept = recipients.find_sealed(work.connection, release_id)
        if kept is None or kept.code != code:
            raise NotFound
        account = open_account(session, work, code)
        require_sealed_holds(session, kept)
        work.log(
            Action.ITEM_SHOWN,
            subject=account.subject,
            case=account.row.case_id,
            fields=("recipient-release", kept.recipient_id),
            count=kept.number,
        )
    return kept


def require_said_yes(work: Work, account: UnderReview, recipient: Recipient) -> None:
    """The witness allowed the use that such a recipient is served for. Raises Refused."""
    allowed = set(load("recipient").require(recipient.kind).columns["consent"].split("|")) - {""}
    consent = consents.current_consent(work.connection, account.code)
    said_yes = {d.purpose for d in consent.decisions if d.decision in set(YES)} if consent else set()
    # Only the witness's own copy needs no purpose.
    if allowed and not allowed & said_yes:
        raise Refused((DenyReason.CONSENT_REFUSED,), subject=account.subject)


def _sealed(
    session: Session, account: UnderReview, audience: Audience, set_id: str, number: int, now: datetime
) -> SealedRelease:
    series = series_of(session, account.code, audience, account.recipient)
    text = build_release(account.version.text, marks_of(account), audience, series)
    unsigned = SealedRelease(
        recipient_id=account.recipient,
        code=account.code,
        number=number,
        language=account.version.language,
        text=text,
        text_sha256=hashlib.sha256(text.encode()).hexdigest(),
        released_at=timestamp(now),
        releaser_id=session.account.id,
        set_id=set_id,
        statement=b"",
        signature=b"",
    )
    statement = _statement(session, unsigned)
    signature = sign(session.keys.signing, statement, Label.RECIPIENT_RELEASE)
    return replace(unsigned, statement=statement, signature=signature)


def _statement(session: Session, kept: SealedRelease) -> bytes:
    return canonical_json(
        {
            "type": RELEASE_FORMAT,
            "archive": session.archive.keyring().archive_id,
            "code": kept.code,
            "recipient": kept.recipient_id,
            "number": kept.number,
            "language": kept.language,
            "text_sha256": kept.text_sha256,
            "released_at": kept.released_at,
            "releaser": kept.releaser_id,
            "set": kept.set_id,
        }
    )


def require_sealed_holds(session: Session, kept: SealedRelease) -> None:
    """Raises IntegrityFailed unless a certified reviewer sealed it as it is."""
    if hashlib.sha256(kept.text.encode()).hexdigest() != kept.text_sha256:
        raise IntegrityFailed
    if _statement(session, kept) != kept.statement:
        raise IntegrityFailed
    require_signature(
        session.archive, kept.releaser_id, kept.statement, kept.signature, Label.RECIPIENT_RELEASE
    )
