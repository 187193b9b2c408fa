"""Taking a testimony: drafts that only their owner opens, and handing one in.

A draft is opened and saved under its owner's key alone. Its first opening in a session is in the log; each save
is not: what a person types is theirs until they hand it in.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action
from testimony.domain.codes import TESTIMONY, WITNESS, new_code
from testimony.domain.consent import ConsentStatus, status
from testimony.domain.errors import Conflict, Invalid, NotFound, NotYet, Problem
from testimony.domain.purposes import Purpose
from testimony.domain.testimony import State, Submission
from testimony.policy.access import Permission, require
from testimony.services.assembling import Assembled, Names, assemble
from testimony.services.consent_answers import granted_in, named_readers
from testimony.services.counsel import with_counsel
from testimony.services.drafts import Answers, Draft, Step, open_row, require_answers, seal_draft
from testimony.services.earlier_questions import may_write_account
from testimony.services.problem_places import place_problems
from testimony.services.second_accounts import is_missing
from testimony.services.sessions import Session, Work, timestamp
from testimony.services.submitting import QUARANTINES, HandedIn, hand_in, handed_in_before, new_codes
from testimony.storage import accounts, cases, drafts, earlier_accounts, register, second_accounts
from testimony.storage.cases import Case
from testimony.storage.connections import Connection
from testimony.storage.drafts import DraftRow

NOT_APPROVED = Problem("before.earlier", "not_approved")
"""There is an earlier account, and no second person agreed to another one."""

MAX_DRAFTS = 200
"""Of one account; a mistake in a script does not fill the disk."""


class StepChanged(Conflict):
    """The step was saved elsewhere since this page was loaded; `stored` is how it is now."""

    def __init__(self, stored: Answers) -> None:
        self.stored = stored
        super().__init__("the step was saved elsewhere")


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A draft in its owner's list. Times: ISO 8601, UTC. next_step: the first that was never saved; None
    when each was.
    """

    draft_id: str
    created_at: str
    updated_at: str
    case_id: str
    next_step: Step | None


@dataclass(frozen=True, slots=True)
class Saved:
    """version: to be handed back with the next save of this step."""

    version: int
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether a draft can be handed in now. problems: field `<step>.<field>`. submission: None while there
    are problems.
    """

    problems: tuple[Problem, ...]
    submission: Submission | None = field(default=None, repr=False)
    standing: ConsentStatus | None = None

    @property
    def is_ready(self) -> bool:
        return self.submission is not None

    @property
    def will_be_quarantined(self) -> bool:
        return self.standing in QUARANTINES


@dataclass(frozen=True, slots=True)
class OwnSubmission:
    """All that an interviewer sees of what they handed in."""

    code: str
    submitted_on: date
    state: State


def open_cases(session: Session) -> tuple[Case, ...]:
    """The cases that a testimony may be taken for."""
    require(session.account, Permission.KEEP_DRAFTS)
    with session.reading() as connection:
        return tuple(case for case in cases.all_cases(connection) if case.status == "open")


def start_draft(session: Session, now: datetime) -> str:
    """Begin a draft and return its id, which is also the id of the submission it will become.

    Raises Conflict when the account has `MAX_DRAFTS` drafts already.
    """
    with session.work(now) as work:
        require(session.account, Permission.KEEP_DRAFTS)
        if drafts.count_drafts(work.connection, session.account.id) >= MAX_DRAFTS:
            raise Conflict
        at = timestamp(now)
        draft = Draft(secrets.token_hex(16), at, at)
        sealed = seal_draft(session.keys.sealing, draft)
        drafts.insert_draft(work.connection, DraftRow(draft.draft_id, session.account.id, 1, sealed, at, at))
        work.log(Action.WRITTEN, subject=("draft", draft.draft_id))
    session.desk[_opened_name(draft.draft_id)] = at
    return draft.draft_id


def list_drafts(session: Session) -> tuple[DraftLine, ...]:
    """One's own, oldest first. Of each only how far it is."""
    require(session.account, Permission.KEEP_DRAFTS)
    with session.reading() as connection:
        rows = drafts.drafts_of(connection, session.account.id)
    return tuple(_line(open_row(session.keys.sealing, row)) for row in rows)


def count_drafts(session: Session) -> int:
    require(session.account, Permission.KEEP_DRAFTS)
    with session.reading() as connection:
        return drafts.count_drafts(connection, session.account.id)


def open_draft(session: Session, draft_id: str, now: datetime) -> Draft:
    """Raises NotFound for a draft that is not there or is another account's; Tampered for one that was
    changed on disk.
    """
    if _opened_name(draft_id) in session.desk:
        require(session.account, Permission.KEEP_DRAFTS)
        with session.reading() as connection:
            return open_own(session, connection, draft_id)[1]
    with session.work(now) as work:
        require(session.account, Permission.KEEP_DRAFTS)
        draft = open_own(session, work.connection, draft_id)[1]
        work.log(Action.ITEM_SHOWN, subject=("draft", draft_id))
    session.desk[_opened_name(draft_id)] = timestamp(now)
    return draft


def save_step(
    session: Session, draft_id: str, step: Step, values: Mapping[str, object], version: int, now: datetime
) -> Saved:
    """Save what was typed in one step, complete or not.

    version: the step's version that the page was loaded with; 0 for a step never saved.
    Raises StepChanged when the step was saved elsewhere since; NotYet for an account before its time;
    TooLarge;
    Invalid; NotFound.
    """
    require_answers(values)
    with session.work(now) as work:
        require(session.account, Permission.KEEP_DRAFTS)
        row, draft = open_own(session, work.connection, draft_id)
        if draft.answers(step).version != version:
            raise StepChanged(draft.answers(step))
        if step is Step.ACCOUNT and not may_write_account(work.connection, draft):
            raise NotYet
        saved = draft.with_answers(step, with_counsel(draft, step, values))
        store(session, work, row, saved)
    return Saved(saved.answers(step).version, now)


def discard_draft(session: Session, draft_id: str, now: datetime) -> None:
    """Delete a draft and its files. Nothing of it can be brought back. Raises NotFound."""
    with session.work(now) as work:
        require(session.account, Permission.KEEP_DRAFTS)
        if drafts.find_draft(work.connection, draft_id, session.account.id) is None:
            raise NotFound
        objects = drafts.objects_of_draft(work.connection, draft_id)
        earlier_accounts.drop_questions(work.connection, draft_id)
        second_accounts.drop_draft(work.connection, draft_id)
        drafts.delete_draft(work.connection, draft_id)
        work.log(Action.DISPOSED, subject=("draft", draft_id), count=len(objects))
    # After the commit: a crash here leaves orphans without a key, which the next start sweeps.
    for object_id in sorted(objects):
        session.archive.objects.delete(object_id)


def check_draft(session: Session, draft_id: str, now: datetime) -> Readiness:
    """What is still missing before this draft can be handed in, and what its consent amounts to."""
    draft = open_draft(session, draft_id, now)
    with session.reading() as connection:
        readers = _readers(connection, draft)
    # The codes are thrown away; the ones that count are drawn when it is handed in.
    code, pseudonym = (new_code(prefix, secrets.randbelow) for prefix in (TESTIMONY, WITNESS))
    try:
        ready = assemble(draft, Names(code, pseudonym, session.account.id, readers))
    except Invalid as invalid:
        return Readiness(invalid.problems)
    with session.reading() as connection:
        if is_missing(session, connection, ready.submission):
            return Readiness((NOT_APPROVED,))
    return Readiness((), ready.submission, status(ready.submission.consent, now.date()))


def submit_draft(session: Session, draft_id: str, now: datetime) -> HandedIn:
    """Hand in a draft: from then on this account cannot open it.

    Repeating it, also after a crash, gives the same code. Raises Invalid with every problem, by step and
    field; NotFound.
    """
    with session.work(now) as work:
        require(session.account, Permission.SUBMIT)
        row = drafts.find_draft(work.connection, draft_id, session.account.id)
        if row is None:
            return handed_in_before(session, work.connection, draft_id)
        draft = open_row(session.keys.sealing, row)
        ready = _assemble(session, work, draft)
        try:
            handed_in = hand_in(session, work, ready.submission, ready.identity)
        except Invalid as invalid:
            raise Invalid(place_problems(invalid.problems, draft)) from None
        drafts.delete_draft(work.connection, draft_id)
        earlier_accounts.drop_questions(work.connection, draft_id)
    session.desk.pop(_opened_name(draft_id), None)
    return handed_in


def own_submissions(session: Session) -> tuple[OwnSubmission, ...]:
    """Newest first: code, day and state, and nothing else."""
    require(session.account, Permission.LIST_OWN_SUBMISSIONS)
    with session.reading() as connection:
        rows = register.rows_of_interviewer(connection, session.account.id)
    return tuple(
        OwnSubmission(row.code, date.fromisoformat(row.submitted_on), State(row.state)) for row in rows
    )


def open_own(session: Session, connection: Connection, draft_id: str) -> tuple[DraftRow, Draft]:
    """Raises NotFound."""
    row = drafts.find_draft(connection, draft_id, session.account.id)
    if row is None:
        raise NotFound
    return row, open_row(session.keys.sealing, row)


def store(session: Session, work: Work, before: DraftRow, draft: Draft) -> None:
    """Replace a draft that was read in this unit of work. Raises Conflict."""
    sealed = seal_draft(session.keys.sealing, draft)
    if not drafts.replace_draft(work.connection, before, sealed, timestamp(work.now)):
        raise Conflict


def _assemble(session: Session, work: Work, draft: Draft) -> Assembled:
    code, pseudonym = new_codes(work.connection)
    names = Names(code, pseudonym, session.account.id, _readers(work.connection, draft))
    return assemble(draft, names)


def _readers(connection: Connection, draft: Draft) -> Mapping[str, AccountId]:
    handles = {h for typed in named_readers(draft.answers(Step.CONSENT)).values() for h in typed}
    found = {handle: accounts.find_handle(connection, handle) for handle in handles}
    return {handle: row.account_id for handle, row in found.items() if row is not None}


def _line(draft: Draft) -> DraftLine:
    missing = (step for step in Step if draft.answers(step).is_empty and not _may_stay_empty(draft, step))
    return DraftLine(
        draft.draft_id,
        draft.created_at,
        draft.updated_at,
        draft.answers(Step.BEFORE).line("case"),
        next(missing, None),
    )


def _may_stay_empty(draft: Draft, step: Step) -> bool:
    """Identity is asked for only with CP06; words to protect and files may be none."""
    without_name = Purpose.CP06 not in granted_in(draft.answers(Step.CONSENT))
    return step in (Step.PROTECT, Step.FILES) or (step is Step.IDENTITY and without_name)


def _opened_name(draft_id: str) -> str:
    return f"draft-opened:{draft_id}"
