"""The witness asks to stop, or for a lawyer: what there is can be sealed at once, and nothing is made up."""

from datetime import datetime

from testimony.policy.access import Permission, require
from testimony.services.counsel import COUNSEL
from testimony.services.drafts import Draft, Step
from testimony.services.intake import open_own, store
from testimony.services.sessions import Session


def stop_interview(session: Session, draft_id: str, topic: str, reason: str, now: datetime) -> None:
    """Note that the witness stopped, and that nothing was read back. What was answered before stays as it is.

    topic: what was stopped, in words; reason: why nothing was read back, in words. Raises NotFound.
    """
    with session.work(now) as work:
        require(session.account, Permission.KEEP_DRAFTS)
        row, draft = open_own(session, work.connection, draft_id)
        store(session, work, row, _stopped(draft, topic, reason, "witness"))


def stop_for_counsel(session: Session, draft_id: str, topic: str, reason: str, now: datetime) -> None:
    """They asked for a lawyer: the account ends here, and nothing can be added to it any more (F6).

    What there is can be sealed at once. Raises NotFound.
    """
    with session.work(now) as work:
        require(session.account, Permission.KEEP_DRAFTS)
        row, draft = open_own(session, work.connection, draft_id)
        before = draft.answers(Step.BEFORE)
        draft = draft.with_answers(Step.BEFORE, {**before.values, COUNSEL: "yes"})
        store(session, work, row, _stopped(draft, topic, reason, COUNSEL))


def _stopped(draft: Draft, topic: str, reason: str, by: str) -> Draft:
    account, closing = draft.answers(Step.ACCOUNT), draft.answers(Step.CLOSING)
    silences = [*map(dict, account.rows("unanswered")), {"topic": topic, "why": "stopped"}]
    not_read = {"read_back": "no", "read_note": reason} if not closing.line("read_back") else {}
    ended = {"ended_by": by} if not closing.line("ended_by") else {}
    draft = draft.with_answers(Step.ACCOUNT, {**account.values, "unanswered": silences})
    return draft.with_answers(Step.CLOSING, {**closing.values, **not_read, **ended})
