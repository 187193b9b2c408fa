"""What no entry raises: what has not been done for too long, and alarms or rules that somebody changed by hand.

Looked at when somebody signs in, and by the server's timer while the ledger is open. The log is what counts: rows that
differ from it are put back, and that they differed is an alarm.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from crypto.errors import CryptoError
from testimony.domain.audit import Action
from testimony.policy import alarms as policy
from testimony.policy.alarms import BOUNDS, Rule, Seen, Setting, Verdict
from testimony.services.alarm_raising import (
    ALARM,
    consider_log,
    effective_settings,
    raise_alarms,
    seen_in,
)
from testimony.services.alarm_sources import last_backup, oldest_waiting
from testimony.services.archives import Archive
from testimony.storage import alarm_entries, alarm_rules
from testimony.storage import alarms as alarm_rows
from testimony.storage.alarms import AlarmRow
from testimony.storage.connections import Connection
from testimony.storage.errors import ArchiveDamaged, StorageFailed

SEEN_BY = "alarm-seen"
RULE_SET = "alarm-rule"

_KEPT = frozenset({"checkpoint-taken", "kept-compared"})
"""Fields of entries that say that somebody outside holds a checkpoint."""


@dataclass(frozen=True, slots=True)
class _Said:
    """What the log says of alarms. checked: when the log was last found whole. kept: when a checkpoint last left."""

    raised: Mapping[int, Seen]
    acknowledged: Mapping[int, str | None]
    settings: Mapping[Rule, Setting]
    checked: datetime | None
    kept: datetime | None


@dataclass(slots=True)
class _Reading:
    raised: dict[int, Seen] = field(default_factory=dict)
    acknowledged: dict[int, str | None] = field(default_factory=dict)
    settings: dict[Rule, Setting] = field(default_factory=dict)
    checked: datetime | None = None
    kept: datetime | None = None


def watch(archive: Archive, now: datetime) -> None:
    """Look at everything once, in files that somebody has open; does nothing when nobody has.

    A broken log or a full disk stops nobody from signing in: that is said where the log is checked.
    """
    try:
        with archive.open_database() as database:
            if database is None:
                return
            with database.writing() as connection:
                consider_log(connection, now)
                raise_alarms(connection, tuple(_verdicts(archive, connection, now)), now)
    except (ArchiveDamaged, StorageFailed, CryptoError):
        return


def _verdicts(archive: Archive, connection: Connection, now: datetime) -> Iterator[Verdict]:
    said = _read(seen_in(alarm_entries.watch_leaves(connection)))
    yield from _mend(connection, said)
    settings = effective_settings(connection)
    began = alarm_entries.first_time(connection)
    if began is None:
        return
    since = datetime.fromisoformat(began).astimezone(UTC)
    backup = last_backup(archive.directory, archive.keyring().archive_id)
    last: dict[Rule, datetime | None] = {
        Rule.CHECK_OVERDUE: said.checked or since,
        Rule.CHECKPOINT_OVERDUE: said.kept or since,
        Rule.BACKUP_OVERDUE: backup or since,
        Rule.WAITING: oldest_waiting(connection),
    }
    for rule, when in last.items():
        if when is not None and policy.is_overdue(when, settings[rule], now):
            yield Verdict(rule, None, "", ())


def _read(entries: list[Seen]) -> _Said:
    reading = _Reading()
    for entry in entries:
        if entry.action is not Action.LOG_CHECKED or entry.denied:
            continue
        if entry.first == "whole":
            reading.checked = entry.at
        elif entry.first in _KEPT:
            reading.kept = entry.at
        elif entry.first == ALARM and entry.actor is None:
            reading.raised[entry.seq] = entry
        else:
            # Only what was changed by hand is not as it was written; a check of the log says which it is.
            with suppress(ValueError, IndexError):
                _read_act(reading, entry)
    return _Said(reading.raised, reading.acknowledged, reading.settings, reading.checked, reading.kept)


def _read_act(reading: _Reading, entry: Seen) -> None:
    if entry.first == SEEN_BY:
        reading.acknowledged[int(entry.fields[2].removeprefix("alarm:"))] = entry.actor
    elif entry.first == RULE_SET:
        _, rule, state, limit, span = entry.fields
        reading.settings[Rule(rule)] = Setting(
            state == "on", int(limit.removeprefix("limit:")), int(span.removeprefix("span:"))
        )


def setting_fields(rule: Rule, setting: Setting) -> tuple[str, ...]:
    """How a setting stands in the log."""
    state = "on" if setting.is_on else "off"
    return (RULE_SET, rule.value, state, f"limit:{setting.limit}", f"span:{setting.span}")


def _mend(connection: Connection, said: _Said) -> Iterator[Verdict]:
    """Put rows back to what the log says, and say where they differed."""
    rows = alarm_rules.settings(connection)
    for name in {*rows, *(rule.value for rule in said.settings)}:
        logged = said.settings.get(Rule(name)) if name in set(Rule) else None
        kept = Setting(*rows[name]) if name in rows else None
        if kept == logged:
            continue
        if logged is None or not BOUNDS[Rule(name)].allow(logged):
            alarm_rules.delete_setting(connection, name)
        else:
            alarm_rules.put_setting(
                connection, name, is_on=logged.is_on, limit=logged.limit, span=logged.span
            )
        yield Verdict(Rule.ALTERED, None, f"rule:{name}", ())
    yield from _mend_alarms(connection, said)


def _mend_alarms(connection: Connection, said: _Said) -> Iterator[Verdict]:
    numbers = alarm_rows.all_numbers(connection)
    for number, entry in said.raised.items():
        if number not in numbers:
            alarm_rows.insert_alarm(connection, _as_logged(entry))
            yield Verdict(Rule.ALTERED, None, f"alarm:{number}", ())
    strange = {n for n, rule in numbers.items() if n not in said.raised or said.raised[n].fields[1] != rule}
    looked_at = alarm_rows.acknowledged_numbers(connection)
    forged = {n for n, who in looked_at.items() if said.acknowledged.get(n) != who}
    for number in sorted(strange | forged):
        what = f"{'alarm' if number in strange else 'acknowledged'}:{number}"
        # Such a row cannot be taken away: it is said once.
        if alarm_rows.last_alarm(connection, Rule.ALTERED, None, what) is None:
            yield Verdict(Rule.ALTERED, None, what, ())


def _as_logged(entry: Seen) -> AlarmRow:
    """An alarm as its entry tells it; which entries it was about is gone."""
    return AlarmRow(
        number=entry.seq,
        rule=entry.fields[1],
        about=entry.subject[1] if entry.subject is not None else None,
        what=entry.fields[2] if len(entry.fields) > 2 else "",
        at=entry.at.isoformat(timespec="milliseconds"),
        events="",
        total=0,
        through=entry.seq,
    )
