"""Raises alarms in the transaction that writes the entries they follow from, so that a crash loses neither.

The ledger keeps how far the log was considered. Every unit of work moves that on; one that finds it elsewhere considers
what lies between as well (entries that were taken in, or written by hand).
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from testimony.domain.audit import Action, Outcome
from testimony.domain.roles import Role
from testimony.policy import alarms as policy
from testimony.policy.alarms import COUNTED_ACTIONS, GrantSpan, Rule, Seen, Setting, Verdict
from testimony.storage import alarm_entries, alarm_rules, log
from testimony.storage import alarms as alarm_rows
from testimony.storage.alarm_entries import Row
from testimony.storage.alarms import EVENTS_KEPT, AlarmRow
from testimony.storage.connections import Connection

ALARM = "alarm"
"""First field of the entry of an alarm; the rule's name follows."""

_WATCHED = frozenset(
    {
        Action.DURESS_SIGNAL,
        Action.LOG_CHECKED,
        Action.IDENTITY_SHOWN,
        Action.EMERGENCY_ACCESS,
        Action.KEY_OPERATION,
        Action.SIGN_IN_FAILED,
        Action.LIST_SHOWN,
        Action.ITEM_SHOWN,
    }
)


def consider(connection: Connection, entries: Sequence[log.Entry], last: int, now: datetime) -> int:
    """Look at entries that were just appended; return the number of the newest one after that.

    last: the number of the newest of them.
    """
    first = last - len(entries) + 1
    if alarm_rows.advance(connection, first, last + 1):
        seen = [_of_entry(entry, first + place) for place, entry in enumerate(entries) if _may_count(entry)]
        raised = evaluate(connection, seen, now) if seen else ()
    else:
        raised = (*_of_a_gap(connection, first), *_catch_up(connection, last + 1, now))
    return raise_alarms(connection, raised, now) or last


def consider_log(connection: Connection, now: datetime) -> None:
    """Look at whatever was appended and not considered yet."""
    size = log.size(connection)
    if alarm_rows.position(connection) != size:
        raise_alarms(connection, (*_of_a_gap(connection, size), *_catch_up(connection, size, now)), now)


def _may_count(entry: log.Entry) -> bool:
    return entry.action in _WATCHED or entry.outcome == Outcome.DENIED.value


def _of_a_gap(connection: Connection, first: int) -> tuple[Verdict, ...]:
    """A position that is gone or lies ahead is nobody's work but somebody's with the file open."""
    position = alarm_rows.position(connection)
    if position is not None and position <= first:
        return ()
    return (Verdict(Rule.ALTERED, None, "position", ()),)


def _catch_up(connection: Connection, size: int, now: datetime) -> tuple[Verdict, ...]:
    position = alarm_rows.position(connection)
    start = max(0, min(size if position is None else position, size))
    alarm_rows.set_position(connection, size)
    return evaluate(connection, seen_in(alarm_entries.rows_from(connection, start, size)), now)


def evaluate(connection: Connection, seen: Sequence[Seen], now: datetime) -> tuple[Verdict, ...]:
    """What these entries raise, with what came before them."""
    settings = effective_settings(connection)
    verdicts = list(policy.said_by_entries(seen, settings))
    actions = {entry.action for entry in seen}
    for rule, action in COUNTED_ACTIONS.items():
        if action in actions and settings[rule].is_on:
            verdicts += _counted(connection, rule, settings[rule], seen)
    if settings[Rule.PAST_GRANT].is_on:
        verdicts += _past_grants(connection, seen)
    return tuple(verdicts)


def effective_settings(connection: Connection) -> Mapping[Rule, Setting]:
    known = {rule.value for rule in Rule}
    kept = alarm_rules.settings(connection).items()
    return policy.settings_with({Rule(name): Setting(*values) for name, values in kept if name in known})


def _counted(connection: Connection, rule: Rule, setting: Setting, seen: Sequence[Seen]) -> Iterable[Verdict]:
    mine = [entry for entry in seen if policy.counts_for(rule, entry) is not None]
    for person in {policy.person_of(rule, entry) for entry in mine}:
        if person is None and rule is not Rule.FAILED_SIGN_INS:
            continue
        oldest = min(entry.at for entry in mine if policy.person_of(rule, entry) == person)
        before = alarm_rows.last_alarm(connection, rule, person, "")
        rows = _rows_for(
            connection,
            rule,
            person,
            _text(oldest - timedelta(minutes=setting.span)),
            -1 if before is None else before[0].through,
        )
        # Before any is parsed: a page opened again and again is many rows and one testimony.
        if len(rows) <= setting.limit or (
            rule is Rule.BULK_READING and len({row[4] for row in rows}) <= setting.limit
        ):
            continue
        events = [
            (entry.at, entry.seq, word)
            for entry in seen_in(rows)
            if (word := policy.counts_for(rule, entry)) is not None
        ]
        found = policy.crowded(events, setting)
        if found:
            yield Verdict(rule, person, "", found)


def _rows_for(connection: Connection, rule: Rule, person: str | None, since: str, after: int) -> list[Row]:
    if person is None:
        return alarm_entries.failed_sign_ins(connection, since, after)
    if rule is Rule.REFUSALS:
        return alarm_entries.refusals_of(connection, person, since, after)
    return alarm_entries.opened_by(connection, person, since, after)


def _past_grants(connection: Connection, seen: Sequence[Seen]) -> Iterable[Verdict]:
    under: dict[tuple[str, str], list[Seen]] = {}
    for entry in seen:
        if entry.actor is not None and entry.case_id is not None and policy.reads_under_grant(entry):
            under.setdefault((entry.actor, entry.case_id), []).append(entry)
    for (actor, case_id), entries in under.items():
        spans = _spans(alarm_entries.grant_statements(connection, actor, case_id))
        # Without any grant there is none past its date: that one may read at all is the gate's to refuse.
        past = tuple(entry.seq for entry in entries if spans and not policy.is_covered(entry.at, spans))
        if past:
            yield Verdict(Rule.PAST_GRANT, actor, "", past)


def _spans(statements: Iterable[tuple[bytes, str | None]]) -> list[GrantSpan]:
    """The dates alone, as they were signed; whether the signature holds is asked where somebody reads."""
    spans = []
    for statement, ended in statements:
        try:
            said = json.loads(statement)
            spans.append(
                GrantSpan(
                    datetime.fromisoformat(said["valid_from"]),
                    datetime.fromisoformat(said["valid_until"]),
                    None if ended is None else datetime.fromisoformat(ended),
                )
            )
        except (ValueError, KeyError, TypeError):
            continue
    return spans


@dataclass(frozen=True, slots=True)
class _Due:
    verdict: Verdict
    events: tuple[int, ...]


def raise_alarms(connection: Connection, verdicts: Iterable[Verdict], now: datetime) -> int | None:
    """Write what is not said already: an entry of the log and a row each. The number of the last; None without one."""
    due: dict[tuple[Rule, str | None, str], _Due] = {}
    for verdict in verdicts:
        events = _not_said(connection, verdict, now)
        if events is not None:
            due[(verdict.rule, verdict.about, verdict.what)] = _Due(verdict, events)
    if not due:
        return None
    last = log.append(connection, [_entry(each, now) for each in due.values()])
    first = last - len(due) + 1
    for number, each in enumerate(due.values(), start=first):
        alarm_rows.insert_alarm(connection, _row(number, each, now))
    alarm_rows.set_position(connection, last + 1)
    return last


def _not_said(connection: Connection, verdict: Verdict, now: datetime) -> tuple[int, ...] | None:
    """The events of a verdict that no alarm counted before; None when it is not to be raised."""
    before = alarm_rows.last_alarm(connection, verdict.rule, verdict.about, verdict.what)
    if before is None:
        return verdict.events
    row, acknowledged = before
    if policy.is_quiet(verdict.rule, datetime.fromisoformat(row.at), acknowledged, now):
        return None
    events = tuple(event for event in verdict.events if event > row.through)
    # Considered twice, after somebody set the position back: what was said stays said.
    return None if verdict.events and not events else events


def _entry(due: _Due, now: datetime) -> log.Entry:
    verdict = due.verdict
    return log.Entry(
        at=_text(now),
        actor=None,
        roles=(),
        action=Action.LOG_CHECKED.value,
        outcome=Outcome.ALLOWED.value,
        subject=None if verdict.about is None else ("account", verdict.about),
        fields=(ALARM, verdict.rule.value, *((verdict.what,) if verdict.what else ())),
        count=len(due.events) or None,
    )


def _row(number: int, due: _Due, now: datetime) -> AlarmRow:
    verdict = due.verdict
    return AlarmRow(
        number=number,
        rule=verdict.rule.value,
        about=verdict.about,
        what=verdict.what,
        at=_text(now),
        events=",".join(map(str, due.events[:EVENTS_KEPT])),
        total=len(due.events),
        through=max(due.events, default=number),
    )


def _of_entry(entry: log.Entry, seq: int) -> Seen:
    return Seen(
        seq=seq,
        at=_moment(entry.at),
        actor=entry.actor,
        roles=_roles(entry.roles),
        action=Action(entry.action),
        denied=entry.outcome == Outcome.DENIED.value,
        subject=entry.subject,
        case_id=entry.case_id,
        purpose=entry.purpose,
        fields=entry.fields,
    )


def seen_in(rows: Iterable[Row]) -> list[Seen]:
    """Stored entries, without those that can no longer be read: a check of the log says which."""
    found = []
    for seq, at, leaf, kind, subject in rows:
        try:
            said = json.loads(leaf)
            found.append(
                Seen(
                    seq=seq,
                    at=_moment(at),
                    actor=said["actor"],
                    roles=_roles(tuple(said["roles"])),
                    action=Action(said["action"]),
                    denied=said["outcome"] == Outcome.DENIED.value,
                    subject=None if kind is None or subject is None else (kind, subject),
                    case_id=said["case"],
                    purpose=said["purpose"],
                    fields=tuple(said["fields"]),
                )
            )
        except (ValueError, KeyError, TypeError):
            continue
    return found


@lru_cache(maxsize=64)
def _moment(text: str) -> datetime:
    """Kept, since the entries of one page have one time."""
    return datetime.fromisoformat(text).astimezone(UTC)


@lru_cache(maxsize=64)
def _roles(names: tuple[str, ...]) -> tuple[Role, ...]:
    return tuple(Role(name) for name in names)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
