"""What a second reviewer looks at, what they must confirm by hand, and whether they may.

Built anew at every look from the account as it lies open. The units of work and their entries are the caller's.
"""

import json
from dataclasses import dataclass, field, replace
from enum import StrEnum

from testimony.domain.errors import Conflict, IntegrityFailed, NotFound, Refused
from testimony.domain.interview import InterpreterFlag
from testimony.domain.matching import Span
from testimony.domain.purposes import Audience
from testimony.domain.redaction import build_release, remaining_occurrences, withheld_counts, withheld_strings
from testimony.domain.residual import Residual
from testimony.policy.access import Permission, require
from testimony.policy.redaction import require_may_approve
from testimony.services.residual_checks import Checked, check, read_checked
from testimony.services.sessions import Session, Work
from testimony.services.token_series import series_of
from testimony.services.under_review import UnderReview, marks_of, named_details, open_account, redactors_of
from testimony.services.variants import names_among, other_spellings
from testimony.storage import recipients, redaction_sets, redactions
from testimony.storage.recipients import Recipient
from testimony.storage.redaction_sets import SetRow


class Tick(StrEnum):
    """What the second reviewer confirms by hand."""

    NO_ONE_POINTED_AT = "no_one_pointed_at"
    NAMED_DETAILS_HIDDEN = "named_details_hidden"
    REMAINING_SEEN = "remaining_seen"
    NOT_THE_INTERPRETER = "not_the_interpreter"
    RESIDUAL_CONFIRMED = "residual_confirmed"
    HELP_WITHHELD_SEEN = "help_withheld_seen"


@dataclass(frozen=True, slots=True)
class Layer:
    """What a second reviewer looks at.

    remaining: spans of `released` that still say what is withheld elsewhere. alike: that may say it in another
    spelling, or a part of it. named_details: what the witness asked to hide beyond the marks (CC04), one text a
    purpose; to be confirmed when there are any. residual: what was found when it was proposed, None for
    a layer from before there was a check; residual_now: what is found now. may_approve: whether this reviewer may.
    failed_detectors: those that could not say when it was taken, so that nothing of theirs was ever suggested.
    recipient: whom alone it is for, or None.
    """

    account: UnderReview
    layer: SetRow
    released: str = field(repr=False)
    remaining: tuple[Span, ...]
    alike: tuple[Span, ...]
    counts: dict[str, int]
    named_details: tuple[str, ...] = field(repr=False)
    residual: Checked | None
    residual_now: Residual
    may_approve: bool
    recipient: Recipient | None = None
    failed_detectors: tuple[str, ...] = ()

    @property
    def needed(self) -> frozenset[Tick]:
        asked = {
            Tick.NO_ONE_POINTED_AT: True,
            Tick.NAMED_DETAILS_HIDDEN: bool(self.named_details),
            Tick.REMAINING_SEEN: bool(self.remaining or self.alike),
            Tick.RESIDUAL_CONFIRMED: self.residual is not None and not self.residual.found.passed,
            Tick.HELP_WITHHELD_SEEN: self.residual is not None and self.residual.help_withheld > 0,
            Tick.NOT_THE_INTERPRETER: _has_unknown_interpreter(self.account),
        }
        return frozenset(tick for tick, holds in asked.items() if holds)


def look_at(session: Session, work: Work, set_id: str) -> Layer:
    """Raises NotFound, Conflict for a layer of marks or a text that changed, and as `open_account`."""
    require(session.account, Permission.APPROVE)
    layer = find_layer(work, set_id)
    account = replace(open_account(session, work, layer.code), recipient=layer.recipient_id)
    if json.loads(layer.statement).get("set") != set_id:
        raise IntegrityFailed
    if layer.version != account.version.version_no or layer.state == "superseded":
        raise Conflict
    text, audience, marks = account.version.text, Audience(layer.audience), marks_of(account)
    released = build_release(
        text, marks, audience, series_of(session, layer.code, audience, layer.recipient_id)
    )
    counting = tuple(mark for mark in marks if mark.is_withheld_from(audience))
    remaining = remaining_occurrences(released, withheld_strings(text, counting, audience))
    return Layer(
        account=account,
        layer=layer,
        released=released,
        remaining=remaining,
        alike=_apart_from(other_spellings(released, names_among(text, counting)), remaining),
        counts=withheld_counts(marks, audience),
        named_details=named_details(session, work, account),
        residual=read_checked(layer.residual),
        residual_now=check(session, work.connection, account, audience),
        may_approve=layer.state == "proposed" and may_approve(session, work, account),
        recipient=recipients.find_recipient(work.connection, layer.recipient_id),
        failed_detectors=redactions.failed_detectors(work.connection, layer.code, layer.version),
    )


def _apart_from(spans: tuple[Span, ...], others: tuple[Span, ...]) -> tuple[Span, ...]:
    """Those spans that meet none of the others; both are in order."""
    kept: list[Span] = []
    at = 0
    for span in spans:
        while at < len(others) and others[at].end <= span.start:
            at += 1
        if at == len(others) or others[at].start >= span.end:
            kept.append(span)
    return tuple(kept)


def _has_unknown_interpreter(account: UnderReview) -> bool:
    """Whether the interpreter's part in it is in doubt and no account says who that was."""
    interview = account.submission.interview
    interpreter = interview.interpreter if interview else None
    return bool(
        interpreter and interpreter.account_id is None and interpreter.flag is not InterpreterFlag.NONE
    )


def code_of(session: Session, set_id: str) -> str:
    """Which account a layer belongs to: a public fact of the queue. Raises NotFound."""
    require(session.account, Permission.LIST_QUEUE)
    with session.reading() as connection:
        layer = redaction_sets.find_set(connection, set_id)
    if layer is None:
        raise NotFound
    return layer.code


def find_layer(work: Work, set_id: str) -> SetRow:
    """Raises NotFound."""
    layer = redaction_sets.find_set(work.connection, set_id)
    if layer is None:
        raise NotFound
    return layer


def require_approver(session: Session, work: Work, account: UnderReview) -> None:
    """Raises Refused."""
    try:
        require_may_approve(session.account, redactors_of(work, account), account.hearers)
    except Refused as refusal:
        raise Refused(refusal.reasons, subject=account.subject) from None


def may_approve(session: Session, work: Work, account: UnderReview) -> bool:
    try:
        require_approver(session, work, account)
    except Refused:
        return False
    return True
