"""Marking what bears on the accused, on the original, by reviewers; and what of it a court would not be given (R61).

Whoever may open the account may mark: the same hearers, walls and stops. A mark that helps the accused is taken back
by another person than who made it, and not by who redacts.
"""

import secrets
from dataclasses import dataclass, field
from datetime import datetime

from testimony.domain.audit import Action
from testimony.domain.bearing import MAX_PASSAGES, MarkedPassage, NewBearing
from testimony.domain.errors import Conflict, Invalid, NotFound, Problem, Refused
from testimony.domain.purposes import Audience
from testimony.policy.access import Permission, require
from testimony.policy.bearing import goes_to_court, require_may_take_back, told_in, withheld_from_court
from testimony.services.sessions import Session, Work
from testimony.services.under_review import UnderReview, marks_of, name_of, open_account, redactors_of
from testimony.storage import bearings as rows
from testimony.storage import recipients
from testimony.storage.connections import Connection
from testimony.storage.register import RegisterRow


@dataclass(frozen=True, slots=True)
class BearingView:
    """words: of the passage; empty where it lies in an older version. marked_by: a name."""

    passage: MarkedPassage
    words: str = field(repr=False)
    marked_by: str
    withheld: bool
    may_take_back: bool


@dataclass(frozen=True, slots=True)
class BearingDesk:
    """The newest text before a reviewer, and what stands marked in it. withheld: of those that help, from a court.

    elsewhere: how many other accounts of the case help the accused.
    """

    code: str
    version: int
    language: str
    marked: tuple[BearingView, ...]
    withheld: int
    elsewhere: int
    text: str = field(repr=False)


def open_bearings(session: Session, code: str, now: datetime) -> BearingDesk:
    """Raises as `under_review.open_account`."""
    with session.work(now) as work:
        require(session.account, Permission.READ_ORIGINAL)
        account = open_account(session, work, code)
        found = tuple(each for each in rows.bearings_of(work.connection, account.code) if each.stands)
        withheld = _withheld(work.connection, account, Audience.COURT)
        views = tuple(_view(session, work, account, each, each in withheld) for each in found)
        _log(work, account, Action.ITEM_SHOWN, ("original", "bearings"), count=len(views))
        version = account.version
        elsewhere = rows.helping_in_case(work.connection, account.row.case_id, account.code)
    return BearingDesk(
        code, version.version_no, version.language, views, len(withheld), elsewhere, version.text
    )


def mark_bearing(session: Session, code: str, version: int, said: NewBearing, now: datetime) -> str:
    """Mark a passage of the newest text; return its id.

    Raises as `open_account`; Conflict when `version` is not the newest; Invalid when the passage is not in the text.
    """
    with session.work(now) as work:
        require(session.account, Permission.CODE_ACTS)
        require(session.account, Permission.READ_ORIGINAL)
        account = open_account(session, work, code)
        if account.version.version_no != version:
            raise Conflict
        text, passage = account.version.text, said.passage
        if passage.end > len(text) or not text[passage.start : passage.end].strip():
            raise Invalid((Problem("passage", "out_of_range"),))
        standing = [each for each in rows.bearings_of(work.connection, account.code) if each.stands]
        if len(standing) >= MAX_PASSAGES:
            raise Invalid((Problem("passage", "too_many"),))
        bearing_id, day = secrets.token_hex(8), now.date().isoformat()
        marked = MarkedPassage(bearing_id, account.code, version, said, session.account.id, day)
        rows.insert_bearing(work.connection, marked)
        where = f"bearing {bearing_id}, version {version}, passage {passage.start}-{passage.end}"
        _log(work, account, Action.WRITTEN, ("bearing", said.bearing.value), detail=where)
    return bearing_id


def take_back_bearing(session: Session, code: str, bearing_id: str, now: datetime) -> None:
    """Take a mark back; the row stays. Raises as `open_account`; NotFound; Refused (DR12); Conflict."""
    with session.work(now) as work:
        require(session.account, Permission.CODE_ACTS)
        require(session.account, Permission.READ_ORIGINAL)
        account = open_account(session, work, code)
        found = {each.bearing_id: each for each in rows.bearings_of(work.connection, account.code)}
        if bearing_id not in found:
            raise NotFound
        passage = found[bearing_id]
        try:
            require_may_take_back(session.account.id, passage, redactors_of(work, account))
        except Refused as refusal:
            raise Refused(refusal.reasons, subject=account.subject) from None
        day = now.date().isoformat()
        if not rows.take_back(work.connection, bearing_id, by=session.account.id, on=day):
            raise Conflict
        fields = ("bearing-taken-back", passage.said.bearing.value)
        _log(work, account, Action.WRITTEN, fields, detail=f"bearing {bearing_id}")


def helping_of(connection: Connection, code: str) -> int:
    """How many passages stand marked as helping the accused."""
    return sum(each.stands and each.said.bearing.helps for each in rows.bearings_of(connection, code))


def help_withheld(connection: Connection, account: UnderReview, audience: Audience) -> int:
    """How many passages that help would be withheld from a court by the layer that is looked at."""
    return len(_withheld(connection, account, audience))


def told_to_court(
    connection: Connection, account: UnderReview, audience: Audience, kind: str, leaves: str
) -> dict[str, dict[str, int]]:
    """For the manifest of what leaves for a court; empty for others. kind: of the recipient."""
    if not goes_to_court(audience, kind):
        return {}
    passages = rows.bearings_of(connection, account.code)
    told = told_in(passages, account.version.text, account.version.version_no, leaves)
    return {
        kind.value: {"contained": each.contained, "withheld": each.withheld} for kind, each in told.items()
    }


def helping_elsewhere(connection: Connection, row: RegisterRow, audience: Audience, kind: str) -> int:
    """How many other accounts of the case help the accused, for the two who hand this one to a court; else 0."""
    return rows.helping_in_case(connection, row.case_id, row.code) if goes_to_court(audience, kind) else 0


def _withheld(connection: Connection, account: UnderReview, audience: Audience) -> tuple[MarkedPassage, ...]:
    recipient = recipients.find_recipient(connection, account.recipient) if account.recipient else None
    if not goes_to_court(audience, recipient.kind if recipient else ""):
        return ()
    passages = rows.bearings_of(connection, account.code)
    return withheld_from_court(passages, marks_of(account), account.version.version_no, audience)


def _view(
    session: Session, work: Work, account: UnderReview, passage: MarkedPassage, withheld: bool
) -> BearingView:
    span, here = passage.said.passage, passage.version == account.version.version_no
    words = account.version.text[span.start : span.end] if here else ""
    try:
        require_may_take_back(session.account.id, passage, redactors_of(work, account))
        may = True
    except Refused:
        may = False
    return BearingView(passage, words, name_of(work, passage.marked_by), withheld, may)


def _log(
    work: Work,
    account: UnderReview,
    action: Action,
    fields: tuple[str, ...],
    *,
    count: int | None = None,
    detail: str | None = None,
) -> None:
    work.log(
        action, subject=account.subject, case=account.row.case_id, fields=fields, count=count, detail=detail
    )
