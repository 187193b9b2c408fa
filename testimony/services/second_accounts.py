"""A second account of one witness is taken only for a written reason, and with a second person's signature (R15).

    interviewer signs {draft, reason} → a custodian signs {that very request, approved | refused} → handed in

The approval holds for one draft, one interviewer and one reason: another reason is another request. Custodians decide,
since they answer to the witness, hear who asks for one, and read no account; nobody decides about their own. What is
handed in without it is refused. A row is not believed: both signatures are verified again at that moment.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action
from testimony.domain.consent import Answer
from testimony.domain.errors import Conflict, Invalid, NotFound, Problem
from testimony.domain.testimony import Submission
from testimony.policy.access import Permission, require
from testimony.services.drafts import Draft, Step, open_row, seal_draft
from testimony.services.earlier_questions import is_found
from testimony.services.second_account_statements import (
    context_of,
    is_approval,
    is_signed,
    open_for_me,
    open_own,
    sign_request,
)
from testimony.services.sessions import Session, Work, timestamp
from testimony.storage import drafts
from testimony.storage import second_accounts as rows
from testimony.storage.connections import Connection
from testimony.storage.second_accounts import RequestRow

ASKED = "second-account-asked"
TAKEN, NOT_AGREED = "second-account", "second-account-not-agreed"
MAX_REASON = 2_000


@dataclass(frozen=True, slots=True)
class OwnRequest:
    """What an interviewer sees of the newest request about a draft. answer: why it was refused, for them."""

    reason: str
    decision: str | None
    answer: str | None


def ask(session: Session, draft_id: str, reason: str, now: datetime) -> str:
    """Ask that this draft may become a second account; return the request's id. Another one that waits is replaced.

    The reason is written into the draft, whose submission must say the same. Raises NotFound; Conflict when nothing
    says that there is an earlier account; Invalid with before.reinterview_reason or before.case.
    """
    said = reason.strip()
    with session.work(now) as work:
        require(session.account, Permission.ASK_EARLIER)
        row = drafts.find_draft(work.connection, draft_id, session.account.id)
        if row is None:
            raise NotFound
        draft = open_row(session.keys.sealing, row)
        before = draft.answers(Step.BEFORE)
        _require_asked_for(work.connection, draft)
        problems = [] if 0 < len(said) <= MAX_REASON else [Problem("before.reinterview_reason", "required")]
        if not before.line("case"):
            problems.append(Problem("before.case", "required"))
        if problems:
            raise Invalid(tuple(problems))
        if before.text("reinterview_reason") != said:
            draft = draft.with_answers(Step.BEFORE, {**before.values, "reinterview_reason": said})
            sealed = seal_draft(session.keys.sealing, draft)
            if not drafts.replace_draft(work.connection, row, sealed, timestamp(now)):
                raise Conflict
        rows.drop_waiting(work.connection, draft_id)
        found_by = "archive" if is_found(work.connection, draft_id) else "witness"
        request = sign_request(session, (draft_id, before.line("case")), found_by, said, now)
        rows.insert_request(work.connection, request)
        work.log(
            Action.WRITTEN,
            subject=("draft", draft_id),
            case=request.case_id,
            fields=(ASKED, f"request:{request.request_id}", f"found-by:{request.found_by}"),
            detail=said,
        )
    return request.request_id


def own_request(session: Session, draft_id: str) -> OwnRequest | None:
    """The newest request about a draft of one's own. Raises Refused, IntegrityFailed."""
    require(session.account, Permission.ASK_EARLIER)
    with session.reading() as connection:
        row = next(iter(rows.requests_of(connection, draft_id)), None)
    if row is None or row.asked_by != session.account.id:
        return None
    words = open_own(session, row)
    answer = (
        None if row.answer is None else open_for_me(session, row.answer, context_of(row, "answer")).decode()
    )
    return OwnRequest(words, row.decision, answer)


def own_decisions(session: Session) -> Mapping[str, str | None]:
    """By draft of one's own, what was decided about a second account; None while it waits. Raises Refused."""
    require(session.account, Permission.ASK_EARLIER)
    with session.reading() as connection:
        return rows.newest_of_drafts(connection, session.account.id)


def is_missing(session: Session, connection: Connection, submission: Submission) -> bool:
    """Whether somebody says that there is an earlier account and no approval of this reason was signed by another."""
    interview = submission.interview
    if interview is None:
        return False
    told = interview.earlier_accounts is Answer.YES
    if not told and not is_found(connection, submission.submission_id):
        return False
    return _approved(session, connection, submission) is None


def _approved(session: Session, connection: Connection, submission: Submission) -> RequestRow | None:
    """The newest request for this account that another person's signature approves, for the reason that it gives."""
    interview = submission.interview
    if interview is None:
        return None
    interpreter = interview.interpreter.account_id if interview.interpreter else None
    heard = {interview.second_interviewer, interpreter}
    for row in rows.requests_of(connection, submission.submission_id):
        if row.decided_by not in heard and is_approval(
            session, connection, row, interview.reinterview_reason
        ):
            return row
    return None


def take_along(session: Session, work: Work, submission: Submission) -> None:
    """At handing in: the approval belongs to the testimony from now on. Raises Invalid when there is none."""
    if is_missing(session, work.connection, submission):
        raise Invalid((Problem("interview.earlier_accounts", "not_approved"),))
    approved = _approved(session, work.connection, submission)
    if approved is not None:
        work.log(
            Action.WRITTEN,
            subject=("testimony", submission.code),
            case=submission.case_id,
            fields=(TAKEN, f"request:{approved.request_id}"),
        )
    rows.note_code(work.connection, submission.submission_id, submission.code)


def note_unapproved(session: Session, work: Work, submission: Submission) -> None:
    """At receiving: say in the log that an account came in which nobody agreed to.

    Handed in by a program of the interviewer's own, or before second accounts had to be agreed to.
    """
    interview = submission.interview
    if interview is None or interview.earlier_accounts is not Answer.YES:
        return
    agreed = any(
        row.decision == "approved"
        and row.decided_by is not None
        and is_signed(session, work.connection, row, AccountId(row.decided_by))
        for row in rows.requests_of(work.connection, submission.submission_id)
    )
    if not agreed:
        work.log(
            Action.WRITTEN,
            subject=("testimony", submission.code),
            case=submission.case_id,
            fields=(NOT_AGREED,),
        )


def _require_asked_for(connection: Connection, draft: Draft) -> None:
    told = draft.answers(Step.BEFORE).line("earlier") == "yes"
    if not told and not is_found(connection, draft.draft_id):
        raise Conflict
