"""The second person.

A layer is proposed by its redactor, looked at twice by another reviewer, and approved or sent back.

    propose → compare (side by side) → read alone (as an enemy would) → approve | send back

Both sign the same bytes. Nobody approves what they touched, took or interpreted; nothing undecided is
proposed; the two looks are in the log.
"""

import secrets
from dataclasses import replace
from datetime import datetime

from crypto.labels import Label
from crypto.signing import sign
from testimony.domain.audit import Action, DenyReason
from testimony.domain.errors import Conflict, Invalid, NotFound, NotYet, Problem, Refused
from testimony.domain.purposes import Audience
from testimony.domain.residual import require_reason
from testimony.policy.redaction import require_decided
from testimony.services.bearings import help_withheld
from testimony.services.looking import Layer, Tick, code_of, look_at, require_approver
from testimony.services.mark_acts import Turn, my_account
from testimony.services.residual_checks import (
    Checked,
    check,
    keep_details,
    log_override,
    require_fits_enough,
    require_help_was_said,
)
from testimony.services.sessions import Session, Work, timestamp
from testimony.services.signed_layers import (
    marks_digest,
    require_signature,
    set_statement,
    still_stands,
    text_digest,
)
from testimony.services.under_review import (
    UnderReview,
    marks_of,
    require_work,
    settle_state,
)
from testimony.storage import recipients, redaction_sets
from testimony.storage.redaction_sets import SetRow

__all__ = [
    "MAX_ANSWER",
    "Layer",
    "Tick",
    "approve",
    "code_of",
    "compare",
    "propose",
    "propose_despite",
    "propose_for",
    "propose_for_despite",
    "read_alone",
    "send_back",
]

MAX_ANSWER = 5_000


def propose(session: Session, turn: Turn, audience: Audience, now: datetime) -> str:
    """Put the layer of one audience before a second reviewer; return its set id.

    An open one for that audience ends. Raises Refused: DR08 while a suggestion is undecided, DR09 when what is left
    together fits too few people; Invalid (`reason`) when it withholds from a court what helps the accused.
    """
    return _propose(session, turn, audience, now, reason="")


def propose_despite(session: Session, turn: Turn, audience: Audience, reason: str, now: datetime) -> str:
    """The same, although it fits too few people or withholds what helps the accused, for a reason.

    The approver must confirm it. reason: sealed to auditors, and read by the reviewers of this account. Raises Invalid,
    and Refused (DR08).
    """
    return _propose(session, turn, audience, now, reason=require_reason(reason))


def propose_for(session: Session, turn: Turn, recipient_id: str, now: datetime) -> str:
    """The same as `propose` for one named recipient. Raises NotFound where there is none of this id."""
    return _propose_for(session, turn, recipient_id, now, reason="")


def propose_for_despite(session: Session, turn: Turn, recipient_id: str, reason: str, now: datetime) -> str:
    """The same as `propose_despite` for one named recipient."""
    return _propose_for(session, turn, recipient_id, now, reason=require_reason(reason))


def _propose(session: Session, turn: Turn, audience: Audience, now: datetime, *, reason: str) -> str:
    with session.work(now) as work:
        account = my_account(session, work, turn)
        return _put(session, work, account, audience, reason)


def _propose_for(session: Session, turn: Turn, recipient_id: str, now: datetime, *, reason: str) -> str:
    with session.work(now) as work:
        account = my_account(session, work, turn)
        recipient = recipients.find_recipient(work.connection, recipient_id)
        if recipient is None:
            raise NotFound
        account = replace(account, recipient=recipient_id)
        return _put(session, work, account, Audience(recipient.audience), reason)


def _put(session: Session, work: Work, account: UnderReview, audience: Audience, reason: str) -> str:
    """Write the layer that is looked at, of an audience or of a recipient, as its redactor proposes it."""
    try:
        require_decided(marks_of(account))
    except Refused as refusal:
        raise Refused(refusal.reasons, subject=account.subject) from None
    for layer in redaction_sets.open_sets(work.connection, (account.code,)):
        if (layer.audience, layer.recipient_id) == (audience, account.recipient):
            redaction_sets.change_set(work.connection, layer, state="superseded")
    found = check(session, work.connection, account, audience)
    if not found.passed and not reason:
        raise Refused((DenyReason.QUASI_IDENTIFIERS,), subject=account.subject)
    helping = help_withheld(work.connection, account, audience)
    if helping and not reason:
        raise Invalid((Problem("reason", "helps_the_accused"),))
    checked = Checked(found, "" if found.passed and not helping else reason, helping)
    keep_details(work.connection, account.code, found)
    row = signed_proposal(session, account, audience, checked, work.now)
    redaction_sets.insert_set(work.connection, row)
    if checked.is_override:
        log_override(work, account, audience, checked)
    settle_state(work, account.code)
    _log(work, account, "proposed", row, people=found.k)
    return row.set_id


def signed_proposal(
    session: Session, account: UnderReview, audience: Audience, checked: Checked, now: datetime
) -> SetRow:
    """The layer of one audience as its redactor signs it; nothing is written."""
    set_id, residual = secrets.token_hex(8), checked.to_text()
    statement = set_statement(session.archive.keyring().archive_id, set_id, account, audience, residual)
    return SetRow(
        set_id=set_id,
        code=account.code,
        version=account.version.version_no,
        audience=audience.value,
        state="proposed",
        text_sha256=text_digest(account.version.text),
        marks_sha256=marks_digest(account, audience),
        statement=statement,
        redactor_id=session.account.id,
        proposed_at=timestamp(now),
        proposal_signature=sign(session.keys.signing, statement, Label.REDACTION_PROPOSAL),
        note=require_work(account).note,
        residual=residual,
        recipient_id=account.recipient,
    )


def signed_approval(session: Session, layer: SetRow) -> bytes:
    """The second reviewer's signature over what the redactor signed."""
    return sign(session.keys.signing, layer.statement, Label.REDACTION_APPROVAL)


def compare(session: Session, set_id: str, now: datetime) -> Layer:
    """First look: original and result side by side.

    It counts for this reviewer when they are one who may approve.
    """
    with session.work(now) as work:
        look = look_at(session, work, set_id)
        if look.may_approve and look.layer.compared_by != session.account.id:
            _change(work, look.layer, compared_by=session.account.id, read_alone_by=None)
        work.log(
            Action.ITEM_SHOWN,
            subject=look.account.subject,
            case=look.account.row.case_id,
            fields=("original", "result", look.layer.audience),
        )
    return look


def read_alone(session: Session, set_id: str, now: datetime) -> Layer:
    """Second look: the result alone. Raises NotYet for a reviewer who did not compare first."""
    with session.work(now) as work:
        look = look_at(session, work, set_id)
        if look.may_approve:
            if look.layer.compared_by != session.account.id:
                raise NotYet
            if look.layer.read_alone_by != session.account.id:
                _change(work, look.layer, read_alone_by=session.account.id)
        work.log(
            Action.ITEM_SHOWN,
            subject=look.account.subject,
            case=look.account.row.case_id,
            fields=("result", look.layer.audience),
        )
    return look


def approve(session: Session, set_id: str, ticks: frozenset[Tick], now: datetime) -> None:
    """Sign what the redactor signed.

    Raises Refused (DR12) for anyone who touched, took or interpreted it; NotYet before both looks; Invalid
    for a tick that is missing; Conflict when it is no longer what was proposed; Refused (DR09) when what is left
    fits too few people and nobody gave a reason. To approve a layer that was proposed despite that is to confirm it.
    """
    with session.work(now) as work:
        look = look_at(session, work, set_id)
        require_approver(session, work, look.account)
        layer = look.layer
        if layer.state != "proposed" or not still_stands(
            look.account, layer, session.archive.keyring().archive_id
        ):
            raise Conflict
        if (layer.compared_by, layer.read_alone_by) != (session.account.id, session.account.id):
            raise NotYet
        if missing := look.needed - ticks:
            raise Invalid(tuple(Problem(tick.value, "required") for tick in sorted(missing)))
        require_decided(marks_of(look.account))
        require_fits_enough(look.account, look.residual, look.residual_now)
        require_help_was_said(work.connection, look.account, Audience(layer.audience), look.residual)
        require_signature(
            session.archive,
            layer.redactor_id,
            layer.statement,
            layer.proposal_signature,
            Label.REDACTION_PROPOSAL,
        )
        _change(
            work,
            layer,
            state="approved",
            approver_id=session.account.id,
            approval_signature=signed_approval(session, layer),
            decided_at=timestamp(now),
            residual_checked=1,
            hides_named_details=int(Tick.NAMED_DETAILS_HIDDEN in look.needed),
        )
        settle_state(work, look.account.code)
        if look.residual is not None and look.residual.is_override:
            _log(work, look.account, "residual-confirmed", layer)
        _log(work, look.account, "approved", layer)


def send_back(session: Session, set_id: str, answer: str, now: datetime) -> None:
    """Return a proposal, or an approval not yet released, to its redactor with a word why.

    Raises Invalid without one.
    """
    with session.work(now) as work:
        look = look_at(session, work, set_id)
        require_approver(session, work, look.account)
        if not answer.strip() or len(answer) > MAX_ANSWER:
            raise Invalid((Problem("answer", "required" if not answer.strip() else "too_long"),))
        if look.layer.state not in redaction_sets.OPEN_STATES:
            raise Conflict
        _change(work, look.layer, state="sent_back", answer=answer.strip(), decided_at=timestamp(now))
        settle_state(work, look.account.code)
        _log(work, look.account, "sent-back", look.layer)


def _change(work: Work, layer: SetRow, **values: str | int | bytes | None) -> None:
    if not redaction_sets.change_set(work.connection, layer, **values):
        raise Conflict


def _log(work: Work, account: UnderReview, act: str, layer: SetRow, *, people: int | None = None) -> None:
    work.log(
        Action.REDACTION_DECIDED,
        subject=account.subject,
        case=account.row.case_id,
        fields=(act, layer.recipient_id or layer.audience),
        count=people,
    )
