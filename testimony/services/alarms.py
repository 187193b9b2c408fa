"""Alarms as auditors and custodians see and answer them, and what the rules are set to. Codes and numbers alone.

Whoever an alarm is about does not answer it; one rule is switched off by two people.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from testimony.domain.audit import Action, DenyReason
from testimony.domain.errors import Conflict, Invalid, NotFound, Problem, Refused
from testimony.policy.access import Permission, require
from testimony.policy.alarms import ALWAYS_ON, BOUNDS, Rule, Setting
from testimony.services.alarm_raising import effective_settings
from testimony.services.alarm_watch import SEEN_BY, setting_fields
from testimony.services.sessions import Session, Work, seal_detail, timestamp
from testimony.storage import accounts as account_rows
from testimony.storage import alarm_rules
from testimony.storage import alarms as alarm_rows
from testimony.storage.alarms import Acknowledgement, AlarmRow
from testimony.storage.connections import Connection

PAGE = 50
OFF_ASKED = "alarm-off-asked"
OFF_KEPT = "alarm-off-dropped"


@dataclass(frozen=True, slots=True)
class Alarm:
    """number: of its entry in the log. about, seen_by: handles, None when nobody. events: numbers of entries, the
    oldest of `total`. is_mine: it is about the one who looks, who then does not answer it.
    """

    number: int
    rule: Rule
    what: str
    at: datetime
    about: str | None
    is_mine: bool
    events: tuple[int, ...]
    total: int
    seen_by: str | None
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class AlarmPage:
    """waiting: those nobody has looked at, duress first. looked_at: the others, newest first. older: what to hand in as
    `before` for the next page; None at the end.
    """

    waiting: tuple[Alarm, ...]
    looked_at: tuple[Alarm, ...]
    older: int | None


@dataclass(frozen=True, slots=True)
class RuleView:
    """asked_by: handle of who asked to switch it off; None when nobody did."""

    rule: Rule
    setting: Setting
    is_fixed: bool
    asked_by: str | None
    asked_by_oneself: bool


def list_alarms(session: Session, before: int | None, now: datetime) -> AlarmPage:
    """Raises Refused."""
    with session.work(now) as work:
        require(session.account, Permission.SEE_ALARMS)
        handles = _handles(work.connection)
        rows = alarm_rows.alarms_before(work.connection, before=before, limit=PAGE + 1)
        waiting = alarm_rows.open_alarms(work.connection, PAGE) if before is None else ()
        views = [_view(session, row, seen, handles) for row, seen in rows[:PAGE] if seen is not None]
        order = list(Rule)
        first = sorted(
            (_view(session, row, None, handles) for row in waiting),
            key=lambda alarm: (order.index(alarm.rule), alarm.number),
        )
        work.log(Action.LIST_SHOWN, fields=("alarms",), count=len(views) + len(first))
    return AlarmPage(tuple(first), tuple(views), rows[PAGE - 1][0].number if len(rows) > PAGE else None)


def count_open(session: Session) -> Mapping[Rule, int]:
    """How many alarms of each rule nobody has looked at, for the front page. Raises Refused."""
    require(session.account, Permission.SEE_ALARMS)
    with session.reading() as connection:
        counts = alarm_rows.count_open(connection)
    return {rule: counts[rule] for rule in Rule if rule in counts}


def acknowledge(session: Session, number: int, note: str, now: datetime) -> None:
    """Say that one has looked into an alarm. note: what was found, sealed to auditors.

    Raises Refused (SAME_PERSON: an alarm about oneself), NotFound, Conflict when somebody has, Invalid without a note.
    """
    with session.work(now) as work:
        require(session.account, Permission.ANSWER_ALARMS)
        row = alarm_rows.find_alarm(work.connection, number)
        if row is None:
            raise NotFound
        if row.about == session.account.id:
            raise Refused((DenyReason.SAME_PERSON,), subject=("event", str(number)))
        if alarm_rows.find_acknowledgement(work.connection, number) is not None:
            raise Conflict
        if not note.strip():
            raise Invalid((Problem("note", "required"),))
        sealed = seal_detail(session.archive, note.strip())
        answer = Acknowledgement(number, session.account.id, timestamp(now), sealed)
        alarm_rows.insert_acknowledgement(work.connection, answer)
        work.log(
            Action.LOG_CHECKED,
            subject=("event", str(number)),
            fields=(SEEN_BY, row.rule, f"alarm:{number}"),
            detail=note.strip(),
        )


def list_rules(session: Session, now: datetime) -> tuple[RuleView, ...]:
    """Raises Refused."""
    with session.work(now) as work:
        require(session.account, Permission.SEE_ALARMS)
        handles = _handles(work.connection)
        settings = effective_settings(work.connection)
        orders = alarm_rules.orders(work.connection)
        work.log(Action.LIST_SHOWN, fields=("alarm-rules",), count=len(settings))
    views = []
    for rule in Rule:
        asked = orders.get(rule.value, (None, ""))[0]
        name = None if asked is None else handles.get(asked, asked)
        views.append(RuleView(rule, settings[rule], rule in ALWAYS_ON, name, asked == session.account.id))
    return tuple(views)


def set_rule(session: Session, rule: Rule, setting: Setting, reason: str, now: datetime) -> None:
    """Switch a rule on, or change its numbers within its bounds. reason: sealed to auditors.

    Raises Refused, Invalid, Conflict when it is set so already, or would be switched off: that takes two.
    """
    with session.work(now) as work:
        require(session.account, Permission.SET_ALARMS)
        if not setting.is_on or rule in ALWAYS_ON:
            raise Conflict
        problems = _problems(rule, setting, reason)
        if problems:
            raise Invalid(problems)
        if effective_settings(work.connection)[rule] == setting:
            raise Conflict
        _put(work, rule, setting, reason)
        alarm_rules.delete_order(work.connection, rule.value)


def ask_off(session: Session, rule: Rule, reason: str, now: datetime) -> None:
    """The first of two people asks to switch a rule off. Raises Refused, Invalid, Conflict."""
    with session.work(now) as work:
        _require_on(session, work, rule, reason)
        if rule.value in alarm_rules.orders(work.connection):
            raise Conflict
        alarm_rules.put_order(work.connection, rule.value, session.account.id, timestamp(now))
        work.log(Action.LOG_CHECKED, fields=(OFF_ASKED, rule.value), detail=reason.strip())


def agree_off(session: Session, rule: Rule, reason: str, now: datetime) -> None:
    """A second person agrees; the rule is off from now on.

    Raises Refused (SAME_PERSON: who asked), Invalid, Conflict when nobody has asked.
    """
    with session.work(now) as work:
        _require_on(session, work, rule, reason)
        order = alarm_rules.orders(work.connection).get(rule.value)
        if order is None:
            raise Conflict
        if order[0] == session.account.id:
            raise Refused((DenyReason.SAME_PERSON,))
        _put(work, rule, _off(effective_settings(work.connection)[rule]), reason)
        alarm_rules.delete_order(work.connection, rule.value)


def keep_on(session: Session, rule: Rule, now: datetime) -> None:
    """Take back, or refuse, what somebody asked. Raises Refused, Conflict when nobody has asked."""
    with session.work(now) as work:
        require(session.account, Permission.SET_ALARMS)
        if rule.value not in alarm_rules.orders(work.connection):
            raise Conflict
        alarm_rules.delete_order(work.connection, rule.value)
        work.log(Action.LOG_CHECKED, fields=(OFF_KEPT, rule.value))


def _require_on(session: Session, work: Work, rule: Rule, reason: str) -> None:
    require(session.account, Permission.SET_ALARMS)
    if not reason.strip():
        raise Invalid((Problem("reason", "required"),))
    if rule in ALWAYS_ON or not effective_settings(work.connection)[rule].is_on:
        raise Conflict


def _off(setting: Setting) -> Setting:
    return Setting(False, setting.limit, setting.span)


def _put(work: Work, rule: Rule, setting: Setting, reason: str) -> None:
    alarm_rules.put_setting(
        work.connection, rule.value, is_on=setting.is_on, limit=setting.limit, span=setting.span
    )
    work.log(Action.LOG_CHECKED, fields=setting_fields(rule, setting), detail=reason.strip())


def _problems(rule: Rule, setting: Setting, reason: str) -> tuple[Problem, ...]:
    problems = []
    if not BOUNDS[rule].allow(setting):
        problems.append(Problem("limit", "out_of_range"))
    if not reason.strip():
        problems.append(Problem("reason", "required"))
    return tuple(problems)


def _view(session: Session, row: AlarmRow, seen: Acknowledgement | None, handles: Mapping[str, str]) -> Alarm:
    return Alarm(
        number=row.number,
        # A rule of a later version is shown as what it is here: something that was altered.
        rule=Rule(row.rule) if row.rule in set(Rule) else Rule.ALTERED,
        what=row.what,
        at=datetime.fromisoformat(row.at).astimezone(UTC),
        about=None if row.about is None else handles.get(row.about, row.about),
        is_mine=row.about == session.account.id,
        events=tuple(int(number) for number in row.events.split(",") if number.isdecimal()),
        total=row.total,
        seen_by=None if seen is None else handles.get(seen.account_id, seen.account_id),
        seen_at=None if seen is None else datetime.fromisoformat(seen.at).astimezone(UTC),
    )


def _handles(connection: Connection) -> Mapping[str, str]:
    return {row.account_id: row.handle for row in account_rows.all_accounts(connection)}
