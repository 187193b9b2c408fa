"""The ready questions to the log: their names, what may be set, and the bounds. What counts as odd is decided here."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from testimony.domain.errors import Invalid, Problem


class Question(StrEnum):
    """Source: DOMAIN 4.4, steps 3 and 4; F5 for interpreters."""

    BULK_READING = "bulk-reading"
    OUT_OF_HOURS = "out-of-hours"
    BEFORE_GRANT_ENDED = "before-grant-ended"
    UNUSUAL_DAY = "unusual-day"
    MANY_CASES = "many-cases"
    REFUSED = "refused"
    IDENTITY_WITHOUT_TASK = "identity-without-task"
    ONE_APPROVER = "one-approver"
    SAME_PERSON = "same-person"
    GRANT_PAST_DATE = "grant-past-date"
    CONSENT_EXPIRED = "consent-expired"
    TOO_NEAR = "too-near"
    BOTH_SIDES = "both-sides"
    QUESTIONED_INTERPRETER = "questioned-interpreter"
    DORMANT = "dormant"
    CAPTURE_WAITS = "capture-waits"
    CHECK_LONG_AGO = "check-long-ago"


class Setting(StrEnum):
    """What an auditor may set for a question. REST: the days of rest, 0 none, 1 Saturday and Sunday, 2 Friday and
    Saturday.
    """

    LEAST = "least"
    HOURS = "hours"
    DAYS = "days"
    FROM_HOUR = "from_hour"
    TO_HOUR = "to_hour"
    REST = "rest"


@dataclass(frozen=True, slots=True)
class Bounds:
    usual: int
    low: int
    high: int


SETTINGS: Mapping[Question, Mapping[Setting, Bounds]] = {
    Question.BULK_READING: {Setting.LEAST: Bounds(60, 2, 100_000)},
    Question.OUT_OF_HOURS: {
        Setting.FROM_HOUR: Bounds(6, 0, 23),
        Setting.TO_HOUR: Bounds(20, 1, 24),
        Setting.REST: Bounds(0, 0, 2),
        Setting.LEAST: Bounds(5, 1, 100_000),
    },
    Question.BEFORE_GRANT_ENDED: {Setting.HOURS: Bounds(48, 1, 336), Setting.LEAST: Bounds(30, 1, 100_000)},
    Question.UNUSUAL_DAY: {},
    Question.MANY_CASES: {Setting.LEAST: Bounds(4, 2, 1_000)},
    Question.REFUSED: {Setting.LEAST: Bounds(5, 1, 100_000)},
    Question.IDENTITY_WITHOUT_TASK: {},
    Question.ONE_APPROVER: {},
    Question.SAME_PERSON: {},
    Question.GRANT_PAST_DATE: {},
    Question.CONSENT_EXPIRED: {},
    Question.TOO_NEAR: {},
    Question.BOTH_SIDES: {},
    Question.QUESTIONED_INTERPRETER: {},
    Question.DORMANT: {Setting.DAYS: Bounds(60, 7, 730)},
    Question.CAPTURE_WAITS: {Setting.DAYS: Bounds(14, 1, 365)},
    Question.CHECK_LONG_AGO: {Setting.DAYS: Bounds(30, 1, 365)},
}

OF_A_PERIOD = frozenset(Question) - {
    Question.BOTH_SIDES,
    Question.DORMANT,
    Question.CAPTURE_WAITS,
    Question.CHECK_LONG_AGO,
}
"""Questions about what happened between two days; the others are about today."""

PERIOD_DAYS = 30
"""How far a question looks back unless it is told."""

MAX_PERIOD_DAYS = 366


def settings_of(question: Question, chosen: Mapping[Setting, int]) -> Mapping[Setting, int]:
    """Every setting of a question, the usual ones where nothing was chosen. Raises Invalid (out_of_range)."""
    values = {setting: chosen.get(setting, bounds.usual) for setting, bounds in SETTINGS[question].items()}
    wrong = [
        Problem(setting.value, "out_of_range")
        for setting, bounds in SETTINGS[question].items()
        if not bounds.low <= values[setting] <= bounds.high
    ]
    if Setting.FROM_HOUR in values and values[Setting.FROM_HOUR] >= values[Setting.TO_HOUR]:
        wrong.append(Problem(Setting.TO_HOUR.value, "out_of_range"))
    if wrong:
        raise Invalid(tuple(wrong))
    return values
