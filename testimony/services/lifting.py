"""Lifting a redaction for one audience, or one named recipient, because somebody who may order it did.

It stays for everybody else. What was proposed or approved over it ends, so that a second person decides about the
layer without it as about any new one; releases made before stay as they are. When the mark changes the lift ends.
"""

from dataclasses import dataclass, field
from datetime import date, datetime

from testimony.domain.audit import Action
from testimony.domain.errors import Conflict, Invalid, NotFound, Problem
from testimony.domain.purposes import Audience
from testimony.domain.redaction import Mark, MarkDecision
from testimony.services.mark_acts import Done, Turn, advance, done, find_mark, my_account
from testimony.services.sessions import Session, timestamp
from testimony.services.signed_layers import end_changed_layers
from testimony.services.under_review import marks_of, require_work
from testimony.storage import lifts, recipients
from testimony.storage.connections import Connection
from testimony.storage.lifts import LiftRow

SHORTEST_REASON, LONGEST = 10, 2_000


@dataclass(frozen=True, slots=True)
class Order:
    """authority: who ordered it, and by what decision. on: the day of that decision."""

    authority: str = field(repr=False)
    reason: str = field(repr=False)
    on: date

    def require(self, today: date) -> None:
        """Raises Invalid."""
        rules = (
            (bool(self.authority.strip()), "authority", "required"),
            (len(self.authority) <= LONGEST, "authority", "too_long"),
            (len(self.reason.strip()) >= SHORTEST_REASON, "lift_reason", "required"),
            (len(self.reason) <= LONGEST, "lift_reason", "too_long"),
            (self.on <= today, "ordered_on", "out_of_range"),
        )
        if problems := tuple(Problem(name, code) for holds, name, code in rules if not holds):
            raise Invalid(problems)


def lift(session: Session, turn: Turn, mark_id: str, layer: str, order: Order, now: datetime) -> Done:
    """layer: an audience, or the id of a named recipient. The reason is sealed to auditors.

    Raises Invalid: for an order without authority, reason or day; for a mark that is not withheld from that layer, or
    is from a narrower audience as well, which would then see less. Conflict when it is lifted already.
    """
    with session.work(now) as work:
        account = my_account(session, work, turn)
        order.require(now.date())
        row = require_work(account)
        find_mark(account, mark_id)
        mark = next(mark for mark in marks_of(account) if mark.id == mark_id)
        if any((each.mark_id, each.layer) == (mark_id, layer) for each in account.lifts):
            raise Conflict
        _require_liftable(mark, layer, _audience_of(work.connection, layer))
        kept = LiftRow(
            code=row.code,
            version=row.version,
            mark_id=mark_id,
            layer=layer,
            authority=order.authority.strip(),
            reason=order.reason.strip(),
            ordered_on=order.on.isoformat(),
            lifted_by=session.account.id,
            lifted_at=timestamp(now),
        )
        lifts.insert_lift(work.connection, kept)
        advance(work, row, row.note)
        end_changed_layers(work, account)
        work.log(
            Action.REDACTION_LIFTED,
            subject=account.subject,
            case=account.row.case_id,
            fields=(layer, mark.category, kept.ordered_on),
            detail=f"{kept.authority}\n{kept.reason}",
        )
        return done(session, work, account, (mark_id,))


def end_lift(session: Session, turn: Turn, mark_id: str, now: datetime) -> Done:
    """Withhold again, from everybody it was lifted for, what a mark covers. Raises NotFound where nothing is lifted."""
    with session.work(now) as work:
        account = my_account(session, work, turn)
        row = require_work(account)
        if not any(each.mark_id == mark_id for each in account.lifts):
            raise NotFound
        lifts.end_lifts(work.connection, row.code, row.version, (mark_id,))
        advance(work, row, row.note)
        end_changed_layers(work, account)
        work.log(
            Action.REDACTION_DECIDED,
            subject=account.subject,
            case=account.row.case_id,
            fields=("lift-ended",),
        )
        return done(session, work, account, (mark_id,))


def _audience_of(connection: Connection, layer: str) -> Audience:
    """Whose layer it is, or is made from. Raises NotFound."""
    if layer in {audience.value for audience in Audience}:
        return Audience(layer)
    recipient = recipients.find_recipient(connection, layer)
    if recipient is None:
        raise NotFound
    return Audience(recipient.audience)


def _require_liftable(mark: Mark, layer: str, audience: Audience) -> None:
    decided = mark.decision is MarkDecision.ACCEPTED and mark.is_withheld_from(audience)
    if not decided:
        raise Invalid((Problem("layer", "not_withheld"),))
    narrower = (each for each in Audience if each.rank > audience.rank)
    # Readers of a narrower audience read the wider layers too: these must never say more than theirs.
    if layer == audience and any(mark.is_withheld_from(each) for each in narrower):
        raise Invalid((Problem("layer", "narrower_first"),))
