"""When an alarm is raised, from values alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from testimony.domain.audit import Action
from testimony.domain.roles import Role
from testimony.policy.alarms import (
    ALWAYS_ON,
    BOUNDS,
    OVERDUE,
    GrantSpan,
    Rule,
    Seen,
    Setting,
    Verdict,
    counts_for,
    crowded,
    is_covered,
    is_overdue,
    is_quiet,
    said_by_entries,
    settings_with,
)

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
USUAL = settings_with({})
READING = Seen(
    seq=7,
    at=NOON,
    actor="an-account",
    roles=(Role.INVESTIGATOR,),
    action=Action.ITEM_SHOWN,
    denied=False,
    subject=("testimony", "T-7Q4K-29"),
    case_id="CASE-1",
    purpose="CP07",
    fields=("text", "release:1", "partner"),
)


def entry(action: Action, *fields: str, denied: bool = False) -> Seen:
    return replace(READING, action=action, fields=fields, denied=denied, subject=None)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (entry(Action.DURESS_SIGNAL, "duress"), Rule.DURESS),
        (entry(Action.LOG_CHECKED, "broken", "gap", denied=True), Rule.LOG_BROKEN),
        (entry(Action.LOG_CHECKED, "locked-events-broken", denied=True), Rule.LOG_BROKEN),
        (entry(Action.IDENTITY_SHOWN, "names"), Rule.IDENTITY_SHOWN),
        (entry(Action.KEY_OPERATION, "enrolled"), Rule.KEY_OPERATION),
        (entry(Action.KEY_OPERATION, "suspended"), Rule.KEY_OPERATION),
        (entry(Action.EMERGENCY_ACCESS), Rule.KEY_OPERATION),
    ],
)
def test_what_one_entry_says_raises_its_rule(seen: Seen, expected: Rule) -> None:
    (verdict,) = said_by_entries((seen,), USUAL)

    assert (verdict.rule, verdict.about, verdict.events) == (expected, "an-account", (7,))


@pytest.mark.parametrize(
    "seen",
    [
        READING,
        entry(Action.LOG_CHECKED, "whole"),
        entry(Action.LOG_CHECKED, "alarm", "duress"),
        entry(Action.KEY_OPERATION, "password"),
        entry(Action.KEY_OPERATION, "relocked"),
        entry(Action.SIGN_IN),
    ],
)
def test_an_ordinary_entry_raises_nothing(seen: Seen) -> None:
    assert said_by_entries((seen,), USUAL) == ()


def test_several_parts_of_one_identity_are_one_alarm() -> None:
    shown = [replace(entry(Action.IDENTITY_SHOWN, part), seq=n) for n, part in enumerate(("names", "note"))]

    assert said_by_entries(shown, USUAL) == (Verdict(Rule.IDENTITY_SHOWN, "an-account", "", (0, 1)),)


@pytest.mark.parametrize(("hour", "is_out"), [(0, True), (6, True), (7, False), (18, False), (19, True)])
def test_reading_is_out_of_hours_before_and_after_the_hours_that_were_set(hour: int, is_out: bool) -> None:
    settings = settings_with({Rule.OUT_OF_HOURS: Setting(True, 7, 19)})
    seen = replace(READING, at=NOON.replace(hour=hour))

    assert bool(said_by_entries((seen,), settings)) is is_out


def test_a_list_of_the_register_at_night_is_no_reading() -> None:
    settings = settings_with({Rule.OUT_OF_HOURS: Setting(True, 7, 19)})
    night = replace(READING, at=NOON.replace(hour=3), fields=("register",), roles=(Role.CUSTODIAN,))

    assert said_by_entries((night,), settings) == ()


def times(*minutes: float) -> list[tuple[datetime, int, str]]:
    return [(NOON + timedelta(minutes=m), number, str(number)) for number, m in enumerate(minutes)]


def test_as_many_as_the_limit_are_no_alarm_and_one_more_is() -> None:
    setting = Setting(True, 3, 10)

    assert crowded(times(0, 1, 2), setting) == ()
    assert crowded(times(0, 1, 2, 3), setting) == (0, 1, 2, 3)


def test_the_same_number_over_a_longer_time_is_none() -> None:
    assert crowded(times(0, 4, 8, 12, 16, 20), Setting(True, 3, 10)) == ()


def test_what_comes_in_late_and_out_of_order_is_counted_by_its_own_time() -> None:
    assert crowded(list(reversed(times(0, 60, 61, 62, 63))), Setting(True, 3, 10)) == (1, 2, 3, 4)


def test_one_testimony_opened_again_and_again_counts_once() -> None:
    again = [(NOON + timedelta(seconds=n), n, "T-7Q4K-29") for n in range(50)]

    assert crowded(again, Setting(True, 3, 60)) == ()


def test_opened_texts_count_as_reading_and_excerpts_in_lists_do_not() -> None:
    listed = replace(READING, action=Action.LIST_SHOWN, fields=("snippet",))

    assert counts_for(Rule.BULK_READING, READING) == "T-7Q4K-29"
    assert counts_for(Rule.BULK_READING, listed) is None


def test_an_unanswered_alarm_stands_for_what_follows_and_an_answered_one_does_not() -> None:
    assert is_quiet(Rule.FAILED_SIGN_INS, NOON, False, NOON + timedelta(hours=5))
    assert not is_quiet(Rule.FAILED_SIGN_INS, NOON, True, NOON + timedelta(hours=5))
    assert not is_quiet(Rule.FAILED_SIGN_INS, NOON, False, NOON + timedelta(hours=25))
    assert is_quiet(Rule.BACKUP_OVERDUE, NOON, True, NOON + timedelta(days=2))


def test_an_alarm_from_the_future_silences_nothing() -> None:
    assert not is_quiet(Rule.DURESS, NOON + timedelta(hours=3), False, NOON)


def test_what_must_always_be_on_is_on_whatever_was_set() -> None:
    off = settings_with({rule: Setting(False) for rule in ALWAYS_ON})

    assert all(off[rule].is_on for rule in ALWAYS_ON)
    assert Rule.DURESS in ALWAYS_ON


@pytest.mark.parametrize("setting", [Setting(True, 10**6, 15), Setting(True, 10, 0), Setting(True, 0, 15)])
def test_a_limit_out_of_bounds_counts_for_nothing(setting: Setting) -> None:
    assert settings_with({Rule.FAILED_SIGN_INS: setting})[Rule.FAILED_SIGN_INS] == USUAL[Rule.FAILED_SIGN_INS]


def test_every_rule_has_bounds_that_allow_what_is_usual() -> None:
    assert {rule for rule in Rule if not BOUNDS[rule].allow(BOUNDS[rule].usual)} == set()


def test_a_moment_is_covered_only_within_a_grant_that_was_not_ended_before() -> None:
    grant = GrantSpan(NOON, NOON + timedelta(days=1), None)

    assert is_covered(NOON, [grant])
    assert not is_covered(NOON + timedelta(days=1), [grant])
    assert not is_covered(NOON + timedelta(hours=2), [replace(grant, ended=NOON + timedelta(hours=1))])
    assert not is_covered(NOON, [])


@pytest.mark.parametrize("rule", sorted(OVERDUE))
def test_something_is_overdue_the_moment_after_its_days_are_over(rule: Rule) -> None:
    days = timedelta(days=USUAL[rule].limit)

    assert not is_overdue(NOON, USUAL[rule], NOON + days)
    assert is_overdue(NOON, USUAL[rule], NOON + days + timedelta(seconds=1))
    assert not is_overdue(NOON, replace(USUAL[rule], is_on=False), NOON + 10 * days)
