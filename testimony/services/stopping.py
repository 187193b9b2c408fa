"""The witness asks to stop: what there is can be sealed at once, without inventing what was not done."""

from datetime import datetime

from testimony.policy.access import Permission, require
from testimony.services.drafts import Step
from testimony.services.intake import open_own, store
from testimony.services.sessions import Session


def stop_interview(session: Session, draft_id: str, topic: str, reason: str, now: datetime) -> None:
    """Note that the witness stopped, and that nothing was read back. What was answered before stays as it is.

    topic: what was stopped, in words; reason: why nothing was read back, in words. Raises NotFound.
    """
    with session.work(now) as work:
        require(session.account, Permission.KEEP_DRAFTS)
        row, draft = open_own(session, work.connection, draft_id)
        account, closing = draft.answers(Step.ACCOUNT), draft.answers(Step.CLOSING)
        silences = [*map(dict, account.rows("unanswered")), {"topic": topic, "why": "stopped"}]
        not_read = {"read_back": "no", "read_note": reason} if not closing.line("read_back") else {}
        ended = {"ended_by": "witness"} if not closing.line("ended_by") else {}
        draft = draft.with_answers(Step.ACCOUNT, {**account.values, "unanswered": silences})
        draft = draft.with_answers(Step.CLOSING, {**closing.values, **not_read, **ended})
        store(session, work, row, draft)
