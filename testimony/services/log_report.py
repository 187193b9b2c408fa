"""An auditor's report: counts and event numbers only. No code, no handle, no word of a finding (DOMAIN 4.4, step 6).

`log_report_files.py` writes it as CSV and JSON.
"""

from dataclasses import dataclass
from datetime import date, datetime

from testimony.domain.audit import Action
from testimony.domain.findings import FindingState
from testimony.domain.roles import Role
from testimony.policy.access import Permission, require
from testimony.policy.questions import Question, settings_of
from testimony.services.asking import Asked, accounts_with
from testimony.services.findings import read_findings
from testimony.services.questions import answer_in, require_span
from testimony.services.questions_of_upkeep import last_check
from testimony.services.sessions import Session, Work
from testimony.storage import log, log_queries, room_queries
from testimony.storage.room_queries import Span


@dataclass(frozen=True, slots=True)
class Counted:
    """done, refused: how many entries of one act or one role. what: its code."""

    what: str
    done: int
    refused: int


@dataclass(frozen=True, slots=True)
class ReportedFinding:
    """events: numbers that the auditors named, and the entry of its last note is not among them."""

    number: int
    state: str
    closing: str | None
    opened_on: date
    due_on: date | None
    notes: int
    events: tuple[int, ...]
    is_whole: bool


@dataclass(frozen=True, slots=True)
class ReportedQuestion:
    question: Question
    settings: tuple[tuple[str, int], ...]
    rows: int
    is_cut: bool
    events: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """since, until: the span, until excluded. checked_at, check: the last check that found the log whole.

    checkpoint: entries that the newest signed checkpoint covers, and when it was made.
    """

    made_at: datetime
    since: datetime
    until: datetime
    size: int
    events: int
    first: int
    last: int
    check: int | None
    checked_at: datetime | None
    checkpoint: tuple[int, datetime] | None
    actions: tuple[Counted, ...]
    roles: tuple[Counted, ...]
    people: int
    findings: tuple[ReportedFinding, ...]
    questions: tuple[ReportedQuestion, ...]


def make_report(session: Session, span: Span, now: datetime) -> Report:
    """Ask every question and count. Raises Refused, Invalid for a span longer than a year."""
    require_span(span)
    with session.work(now) as work:
        require(session.account, Permission.READ_LOG)
        require(session.account, Permission.READ_FINDINGS)
        events, first, last = room_queries.numbers_within(work.connection, span)
        asked = Asked(work.connection, session.archive.keyring(), span, {}, now)
        check = last_check(asked, None)
        checkpoints = log_queries.checkpoints_before(work.connection, before=None, limit=1)
        by_actor = room_queries.counts_by(work.connection, span, "actor")
        report = Report(
            made_at=now,
            since=span.since,
            until=span.until,
            size=log.size(work.connection),
            events=events,
            first=first,
            last=last,
            check=None if check is None else check.seq,
            checked_at=None if check is None else datetime.fromisoformat(check.at),
            checkpoint=(checkpoints[0].size, datetime.fromisoformat(checkpoints[0].at))
            if checkpoints
            else None,
            actions=_counted(room_queries.counts_by(work.connection, span, "action")),
            roles=_by_role(session, work, by_actor),
            people=len({actor for actor, _, _ in by_actor if actor is not None}),
            findings=_findings(session, work, span),
            questions=tuple(_question(session, work, one, span) for one in Question),
        )
        work.log(Action.LIST_SHOWN, fields=("report",), count=len(report.findings))
    return report


def _counted(found: tuple[tuple[str | None, str, int], ...]) -> tuple[Counted, ...]:
    counts: dict[str, list[int]] = {}
    for what, outcome, number in found:
        counts.setdefault(what or "", [0, 0])[outcome == "denied"] += number
    return tuple(Counted(what, done, denied) for what, (done, denied) in sorted(counts.items()))


def _by_role(
    session: Session, work: Work, by_actor: tuple[tuple[str | None, str, int], ...]
) -> tuple[Counted, ...]:
    """Entries of the people who carry a role; somebody with two counts in both, nobody signed in in none."""
    keyring = session.archive.keyring()
    found = []
    for role in Role:
        people = set(accounts_with(work.connection, keyring, role))
        mine = [(outcome, number) for actor, outcome, number in by_actor if actor in people]
        done = sum(number for outcome, number in mine if outcome != "denied")
        found.append(Counted(role.value, done, sum(number for _, number in mine) - done))
    return tuple(found)


def _findings(session: Session, work: Work, span: Span) -> tuple[ReportedFinding, ...]:
    """Those that are not closed, and those that were noted of within the span."""
    found = []
    for one in read_findings(session, work.connection, frozenset(FindingState)):
        within = any(span.since <= note.at < span.until for note in one.notes)
        if not within and one.last.state is FindingState.CLOSED:
            continue
        events = [seq for note in one.notes if note.said for seq in note.said.events]
        whole = not one.missing and all(note.is_as_written for note in one.notes)
        closing = one.last.said.closing if one.last.said else None
        found.append(
            ReportedFinding(
                one.number,
                one.last.state.value,
                None if closing is None else closing.value,
                one.opened_at.date(),
                one.last.due,
                len(one.notes),
                tuple(dict.fromkeys(events)),
                whole,
            )
        )
    return tuple(found)


def _question(session: Session, work: Work, question: Question, span: Span) -> ReportedQuestion:
    answer = answer_in(session, work, question, span, settings_of(question, {}))
    events = tuple(dict.fromkeys(seq for row in answer.rows for seq in row.events))
    settings = tuple((setting.value, value) for setting, value in answer.settings.items())
    return ReportedQuestion(question, settings, len(answer.rows), answer.is_cut, events)
