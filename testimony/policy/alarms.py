"""When an alarm is raised. Pure: entries and settings in, verdicts out; knows no log, clock or mail.

Three kinds of rules: what one entry says (a duress signal), how many of a kind in a stretch of time (failed sign-ins),
and what has not been done for too long (a backup).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from testimony.domain.audit import Action
from testimony.domain.roles import Role
from testimony.policy.showings import READINGS, TEXTS, Shown, shown


class Rule(StrEnum):
    """In the order in which they are shown: what may concern somebody's safety first."""

    DURESS = "duress"
    LOG_BROKEN = "log-broken"
    ALTERED = "alarms-altered"
    IDENTITY_SHOWN = "identity-shown"
    PAST_GRANT = "past-grant-used"
    FAILED_SIGN_INS = "failed-sign-ins"
    BULK_READING = "bulk-reading"
    REFUSALS = "refused-attempts"
    KEY_OPERATION = "key-operation"
    OUT_OF_HOURS = "out-of-hours"
    WAITING = "waiting-too-long"
    BACKUP_OVERDUE = "backup-overdue"
    CHECK_OVERDUE = "check-overdue"
    CHECKPOINT_OVERDUE = "checkpoint-overdue"


ALWAYS_ON = frozenset({Rule.DURESS, Rule.LOG_BROKEN, Rule.ALTERED})
"""Nobody switches these off: whoever wanted to would be the one they are about."""


class Unit(StrEnum):
    """What the two numbers of a rule count."""

    NONE = "none"
    IN_MINUTES = "in-minutes"
    DAYS = "days"
    HOURS_OF_DAY = "hours-of-day"


@dataclass(frozen=True, slots=True)
class Setting:
    """limit: how many, or how many days, or the hour at which work begins (UTC). span: within how many minutes, or the
    hour at which work ends. Both 0 where a rule has no numbers.
    """

    is_on: bool
    limit: int = 0
    span: int = 0


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a rule may be set to. A limit without a bound would be a way to switch it off alone."""

    unit: Unit
    usual: Setting
    limits: tuple[int, int] = (0, 0)
    spans: tuple[int, int] = (0, 0)

    def allow(self, setting: Setting) -> bool:
        (least, most), (short, long) = self.limits, self.spans
        sound = self.unit is not Unit.HOURS_OF_DAY or setting.limit < setting.span
        return least <= setting.limit <= most and short <= setting.span <= long and sound


_PLAIN = Bounds(Unit.NONE, Setting(True))


def _days(usual: int, most: int) -> Bounds:
    return Bounds(Unit.DAYS, Setting(True, usual), (1, most))


BOUNDS: Mapping[Rule, Bounds] = {
    Rule.DURESS: _PLAIN,
    Rule.LOG_BROKEN: _PLAIN,
    Rule.ALTERED: _PLAIN,
    Rule.IDENTITY_SHOWN: _PLAIN,
    Rule.PAST_GRANT: _PLAIN,
    Rule.KEY_OPERATION: _PLAIN,
    Rule.FAILED_SIGN_INS: Bounds(Unit.IN_MINUTES, Setting(True, 10, 15), (3, 100), (5, 1440)),
    Rule.BULK_READING: Bounds(Unit.IN_MINUTES, Setting(True, 40, 60), (5, 200), (10, 1440)),
    Rule.REFUSALS: Bounds(Unit.IN_MINUTES, Setting(True, 20, 60), (3, 100), (10, 1440)),
    # Nobody has told the archive when its people work, so this one waits to be set.
    Rule.OUT_OF_HOURS: Bounds(Unit.HOURS_OF_DAY, Setting(False, 5, 22), (0, 23), (1, 24)),
    Rule.WAITING: _days(21, 90),
    Rule.BACKUP_OVERDUE: _days(14, 90),
    Rule.CHECK_OVERDUE: _days(14, 90),
    Rule.CHECKPOINT_OVERDUE: _days(31, 180),
}

OVERDUE = frozenset({Rule.WAITING, Rule.BACKUP_OVERDUE, Rule.CHECK_OVERDUE, Rule.CHECKPOINT_OVERDUE})

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_QUIET: Mapping[Rule, timedelta] = {
    Rule.DURESS: _HOUR,
    Rule.IDENTITY_SHOWN: _HOUR,
    Rule.KEY_OPERATION: _HOUR,
    **dict.fromkeys(OVERDUE, timedelta(days=7)),
}

KEY_WORDS = frozenset(
    {
        "matching-key-anew",
        "enrolled",
        "suspended",
        "ordered",
        "re-issued",
        "new-sheets",
        "identity-shared-anew",
        "hold-lifted",
        "opened-with-sheets",
        "rekey-ordered",
        "rekey-confirmed",
        "rekey-begun",
    }
)
"""First fields of key operations that are raised; a changed password or a handed-on key is not."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One entry of the log, as far as the rules look at it. subject: (kind, id), None when there is none any more."""

    seq: int
    at: datetime
    actor: str | None
    roles: tuple[Role, ...]
    action: Action
    denied: bool
    subject: tuple[str, str] | None
    case_id: str | None
    purpose: str | None
    fields: tuple[str, ...]
    shown: Shown | None = field(init=False)

    def __post_init__(self) -> None:
        # Once: several rules ask, and a page of a list is twenty entries.
        of_testimony = not self.denied and self.subject is not None and self.subject[0] == "testimony"
        what = shown(self.action, self.fields, self.roles) if of_testimony else None
        object.__setattr__(self, "shown", what)

    @property
    def first(self) -> str:
        return self.fields[0] if self.fields else ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """An alarm is due. about: the account whose acts raised it, None when nobody's. what: a word that tells alarms of
    one rule apart. events: numbers of entries, oldest first.
    """

    rule: Rule
    about: str | None
    what: str
    events: tuple[int, ...]


def settings_with(changed: Mapping[Rule, Setting]) -> Mapping[Rule, Setting]:
    """What holds for every rule. A setting that its bounds do not allow counts for nothing."""
    effective = {rule: bounds.usual for rule, bounds in BOUNDS.items()}
    for rule, setting in changed.items():
        if BOUNDS[rule].allow(setting):
            effective[rule] = setting
    for rule in ALWAYS_ON:
        effective[rule] = BOUNDS[rule].usual
    return effective


def is_quiet(rule: Rule, raised_at: datetime, acknowledged: bool, now: datetime) -> bool:
    """Whether an earlier alarm of the same rule about the same stands for this one too.

    One that somebody has looked at does not, except for what is overdue: that would be raised again at once. Nor does
    one from the future, or setting the clock forward and back would silence the rule.
    """
    if acknowledged and rule not in OVERDUE:
        return False
    return timedelta(0) <= now - raised_at < _QUIET.get(rule, _DAY)


def said_by_entries(entries: Iterable[Seen], settings: Mapping[Rule, Setting]) -> tuple[Verdict, ...]:
    """What single entries raise; one alarm for all that are about the same."""
    found: dict[tuple[Rule, str | None, str], list[int]] = {}
    hours = settings[Rule.OUT_OF_HOURS]
    for entry in entries:
        for rule, what in _rules_of(entry):
            if settings[rule].is_on:
                found.setdefault((rule, entry.actor, what), []).append(entry.seq)
        if hours.is_on and entry.shown in READINGS and _is_out(entry, hours):
            found.setdefault((Rule.OUT_OF_HOURS, entry.actor, ""), []).append(entry.seq)
    return tuple(Verdict(*key, tuple(events)) for key, events in found.items())


def _rules_of(entry: Seen) -> Iterable[tuple[Rule, str]]:
    if entry.action is Action.DURESS_SIGNAL:
        yield Rule.DURESS, ""
    elif entry.action is Action.LOG_CHECKED and entry.denied:
        yield Rule.LOG_BROKEN, entry.first
    elif entry.action is Action.IDENTITY_SHOWN and not entry.denied:
        yield Rule.IDENTITY_SHOWN, ""
    elif entry.action is Action.EMERGENCY_ACCESS or (
        entry.action is Action.KEY_OPERATION and not entry.denied and entry.first in KEY_WORDS
    ):
        yield Rule.KEY_OPERATION, entry.first


def _is_out(entry: Seen, setting: Setting) -> bool:
    return not setting.limit <= entry.at.hour < setting.span


def crowded(events: Sequence[tuple[datetime, int, str]], setting: Setting) -> tuple[int, ...]:
    """The first stretch of time in which more than the limit of different things happened; empty without one.

    events: (when, number of the entry, what makes it different from another), in any order.
    """
    span, window = timedelta(minutes=setting.span), list[tuple[datetime, int, str]]()
    for event in sorted(events):
        window = [*(one for one in window if event[0] - one[0] < span), event]
        if len({one[2] for one in window}) > setting.limit:
            return tuple(sorted(one[1] for one in window))
    return ()


def counts_for(rule: Rule, entry: Seen) -> str | None:
    """What an entry adds to a counted rule: two with the same word count once; None when it adds nothing."""
    if rule is Rule.FAILED_SIGN_INS:
        return str(entry.seq) if entry.action is Action.SIGN_IN_FAILED else None
    if rule is Rule.REFUSALS:
        return str(entry.seq) if entry.denied and entry.action is Action.DENIED else None
    # A reviewer opens one desk again at each step: different testimonies are counted, not pages.
    return entry.subject[1] if entry.subject is not None and entry.shown in TEXTS else None


COUNTED_ACTIONS: Mapping[Rule, Action] = {
    Rule.FAILED_SIGN_INS: Action.SIGN_IN_FAILED,
    Rule.BULK_READING: Action.ITEM_SHOWN,
    Rule.REFUSALS: Action.DENIED,
}
"""The one kind of entry that adds to each counted rule."""


def person_of(rule: Rule, entry: Seen) -> str | None:
    """Whose acts are counted together. Failed sign-ins are everybody's: one guesser tries many names."""
    return None if rule is Rule.FAILED_SIGN_INS else entry.actor


def reads_under_grant(entry: Seen) -> bool:
    return (
        Role.INVESTIGATOR in entry.roles
        and entry.purpose is not None
        and entry.case_id is not None
        and entry.shown in READINGS
    )


@dataclass(frozen=True, slots=True)
class GrantSpan:
    """ended: when it was taken back; None when it was not."""

    begins: datetime
    ends: datetime
    ended: datetime | None


def is_covered(at: datetime, grants: Iterable[GrantSpan]) -> bool:
    """Whether one grant held at this moment."""
    return any(
        grant.begins <= at < grant.ends and (grant.ended is None or at <= grant.ended) for grant in grants
    )


def is_overdue(last: datetime, setting: Setting, now: datetime) -> bool:
    return setting.is_on and now - last > timedelta(days=setting.limit)
