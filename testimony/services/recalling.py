"""Calling back what was handed over, and what the recipient answered. What was published cannot be called back."""

from datetime import datetime

from testimony.domain.audit import Action
from testimony.domain.errors import Conflict, Invalid, Problem
from testimony.policy.access import Permission, require
from testimony.services.disclosing import change, day_of, find_row, log_act
from testimony.services.sessions import Session
from testimony.storage import disclosures

ANSWERS = ("deleted", "cannot_be_called_back", "refused")


def send_recall(session: Session, disclosure_id: str, now: datetime) -> None:
    """Note that the recipient was told to give it back or delete it. Raises NotFound, Conflict where none is due."""
    with session.work(now) as work:
        require(session.account, Permission.KEEP_DISCLOSURES)
        found, row = find_row(work, disclosure_id)
        recall = disclosures.find_recall(work.connection, disclosure_id)
        if recall is None or recall.sent_on is not None:
            raise Conflict
        disclosures.change_recall(work.connection, disclosure_id, sent_on=day_of(now))
        change(work, found, "sent", state="recalled")
        log_act(work, Action.RECALL_SENT, row, found, found.recipient_type)


def note_recall_answer(session: Session, disclosure_id: str, answer: str, now: datetime) -> None:
    """What the recipient answered. Raises NotFound, Invalid, Conflict before it was sent or after an answer."""
    if answer not in ANSWERS:
        raise Invalid((Problem("answer", "required"),))
    with session.work(now) as work:
        require(session.account, Permission.KEEP_DISCLOSURES)
        found, row = find_row(work, disclosure_id)
        recall = disclosures.find_recall(work.connection, disclosure_id)
        if recall is None or recall.sent_on is None or recall.answer is not None:
            raise Conflict
        disclosures.change_recall(work.connection, disclosure_id, answer=answer, answered_on=day_of(now))
        if answer == "deleted":
            change(work, found, "recalled", state="confirmed_deleted")
        log_act(work, Action.RECALL_SENT, row, found, f"answer:{answer}")
