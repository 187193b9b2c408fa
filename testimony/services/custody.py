"""What custodians keep: cases, and the register of testimonies with the promises made about each. No word of
content.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action
from testimony.domain.cases import OVER, CaseStatus
from testimony.domain.codes import parse_code
from testimony.domain.consent import ConsentStatus
from testimony.domain.errors import Conflict, Invalid, NotFound, Problem
from testimony.policy.access import Permission, require
from testimony.services.accounts import list_accounts, suspend
from testimony.services.sessions import Session, timestamp
from testimony.storage import accounts as account_rows
from testimony.storage import cases as case_rows
from testimony.storage import grants as grant_rows
from testimony.storage import register_pages
from testimony.storage.cases import Case
from testimony.storage.compartments import Compartment
from testimony.storage.register_pages import RegisterLine

PAGE = 50
REVIEW_AHEAD = timedelta(days=30)
"""How long before a consent's review it is shown as due."""

MAX_TITLE = 120
_CASE_ID = re.compile(r"[A-Z0-9][A-Z0-9-]{1,19}")


@dataclass(frozen=True, slots=True)
class CaseView:
    """grants: how many are kept for it and were not ended, whatever their dates."""

    case: Case
    opened_by: str
    testimonies: int
    grants: int


@dataclass(frozen=True, slots=True)
class RegisterEntry:
    """status: what the consent amounts to on the day it is shown. due: its review is near or past."""

    line: RegisterLine
    status: str | None
    due: bool


@dataclass(frozen=True, slots=True)
class RegisterPage:
    """older: what to hand in as `before` for the next page; None at the end."""

    entries: tuple[RegisterEntry, ...]
    older: tuple[str, str] | None


def open_case(session: Session, case_id: str, title: str, now: datetime) -> Case:
    """Open a case. The title must name nobody: nothing here can check that, so the page says it.

    case_id: 2 to 20 capital letters, digits and hyphens. Raises Refused, Invalid, Conflict when there is
    such a case.
    """
    problems = []
    if not _CASE_ID.fullmatch(case_id):
        problems.append(Problem("case_id", "bad_form"))
    if not title.strip():
        problems.append(Problem("title", "required"))
    if len(title) > MAX_TITLE:
        problems.append(Problem("title", "too_long"))
    with session.work(now) as work:
        require(session.account, Permission.MANAGE_CASES)
        if problems:
            raise Invalid(tuple(problems))
        if case_rows.find_case(work.connection, case_id) is not None:
            raise Conflict
        case = Case(case_id, title.strip(), CaseStatus.OPEN.value, timestamp(now), session.account.id)
        case_rows.insert_case(work.connection, case)
        work.log(Action.WRITTEN, subject=("case", case_id), case=case_id, fields=("opened",))
    return case


def set_case_status(session: Session, case_id: str, status: CaseStatus, reason: str, now: datetime) -> None:
    """reason: sealed to auditors. Raises Refused, NotFound, Conflict when the case stands so already."""
    with session.work(now) as work:
        require(session.account, Permission.MANAGE_CASES)
        case = case_rows.find_case(work.connection, case_id)
        if case is None:
            raise NotFound
        if case.status == status:
            raise Conflict
        closed_on = now.date().isoformat() if status in OVER else None
        case_rows.set_case_status(work.connection, case_id, status.value, closed_on=closed_on)
        work.log(
            Action.WRITTEN,
            subject=("case", case_id),
            case=case_id,
            fields=("status", status.value),
            detail=reason,
        )


def list_cases(session: Session, now: datetime) -> tuple[CaseView, ...]:
    """Every case, by its id. Raises Refused."""
    with session.work(now) as work:
        require(session.account, Permission.MANAGE_CASES)
        handles = {row.account_id: row.handle for row in account_rows.all_accounts(work.connection)}
        counts = register_pages.count_by_case(work.connection)
        standing = [row.case_id for row in grant_rows.all_grants(work.connection) if row.revoked_at is None]
        views = tuple(
            CaseView(
                case,
                handles.get(AccountId(case.opened_by), case.opened_by),
                counts.get(case.case_id, 0),
                standing.count(case.case_id),
            )
            for case in case_rows.all_cases(work.connection)
        )
        work.log(Action.LIST_SHOWN, fields=("cases",), count=len(views))
    return views


def find_case(session: Session, case_id: str, now: datetime) -> Case:
    """Raises Refused, NotFound."""
    with session.work(now) as work:
        require(session.account, Permission.MANAGE_CASES)
        case = case_rows.find_case(work.connection, case_id)
        if case is None:
            raise NotFound
        work.log(Action.ITEM_SHOWN, subject=("case", case_id), case=case_id)
    return case


def register_page(
    session: Session, before: tuple[str, str] | None, case_id: str | None, now: datetime
) -> RegisterPage:
    """The register, newest first, of one case or of all. Raises Refused."""
    with session.work(now) as work:
        require(session.account, Permission.LIST_REGISTER)
        lines = register_pages.lines_before(work.connection, before=before, case_id=case_id, limit=PAGE + 1)
        shown = lines[:PAGE]
        work.log(Action.LIST_SHOWN, case=case_id, fields=("register",), count=len(shown))
        for line in shown:
            # A list of twenty is twenty entries: each testimony has its own history.
            subject = ("testimony", line.code)
            work.log(Action.LIST_SHOWN, subject=subject, case=line.case_id, fields=("register",))
    last = (shown[-1].submitted_on, shown[-1].code) if len(lines) > PAGE else None
    return RegisterPage(tuple(_entry(line, now.date()) for line in shown), last)


def register_entry(session: Session, code: str, now: datetime) -> RegisterEntry:
    """One testimony as custodians see it. Raises Refused, BadCode, NotFound."""
    canonical = parse_code(code)
    with session.work(now) as work:
        require(session.account, Permission.LIST_REGISTER)
        line = register_pages.find_line(work.connection, canonical)
        if line is None:
            raise NotFound
        work.log(Action.ITEM_SHOWN, subject=("testimony", canonical), case=line.case_id, fields=("register",))
    return _entry(line, now.date())


@dataclass(frozen=True, slots=True)
class Promises:
    """What is due, in numbers, for the front page. reviews: consents past or near their review."""

    reviews: int
    invitations: int


def promises(session: Session, now: datetime) -> Promises:
    """Raises Refused."""
    require(session.account, Permission.LIST_REGISTER)
    with session.reading() as connection:
        reviews = register_pages.count_due_by(connection, (now.date() + REVIEW_AHEAD).isoformat())
    records = session.archive.keyring().accounts.values()
    return Promises(reviews, sum(not r.is_activated and r.suspension is None for r in records))


def _entry(line: RegisterLine, today: date) -> RegisterEntry:
    if line.review_due is None:
        return RegisterEntry(line, line.status, due=False)
    review = date.fromisoformat(line.review_due)
    status = line.status
    if today >= review and status in (ConsentStatus.ACTIVE, ConsentStatus.PARTLY_WITHDRAWN):
        status = ConsentStatus.EXPIRED.value
    return RegisterEntry(line, status, due=today + REVIEW_AHEAD >= review)


@dataclass(frozen=True, slots=True)
class KeyCard:
    """For whom a compartment opens. threshold: how many of them together; 1 when each alone."""

    compartment: Compartment
    handles: tuple[str, ...]
    threshold: int


def key_cards(session: Session, now: datetime) -> tuple[KeyCard, ...]:
    """One card a compartment. Raises Refused."""
    views = list_accounts(session, now)
    keyring = session.archive.keyring()
    cards = [
        KeyCard(compartment, tuple(view.handle for view in views if compartment in view.compartments), 1)
        for compartment in (Compartment.VAULT, Compartment.READING_ROOM, Compartment.AUDIT)
    ]
    holders = {share.account_id for share in keyring.shares}
    threshold = max((share.threshold for share in keyring.shares), default=0)
    names = tuple(view.handle for view in views if view.id in holders)
    return (*cards, KeyCard(Compartment.IDENTITY, names, threshold))


def suspend_account(session: Session, account_id: AccountId, reason: str, now: datetime) -> None:
    """Stop an account; its open sessions are the caller's to close. reason: sealed to auditors.

    Raises Refused, NotFound, Conflict as `accounts.suspend` does.
    """
    with session.work(now) as work:
        require(session.account, Permission.MANAGE_ACCOUNTS)
        row = account_rows.find_account(work.connection, account_id)
        if row is None:
            raise NotFound
        # The reason first: a suspension without one would be worse than a reason without a suspension.
        work.log(
            Action.KEY_OPERATION,
            subject=("account", account_id),
            fields=("reason-to-suspend",),
            detail=reason,
        )
    suspend(session, row.handle, now)
