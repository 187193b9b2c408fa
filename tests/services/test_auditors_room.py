"""The auditors' room: findings, saved choices, histories, who can see against who has seen, the report."""

import json
from datetime import date, timedelta

import pytest

from testimony.domain.audit import Action, DenyReason, Outcome
from testimony.domain.errors import Conflict, Invalid, NotFound
from testimony.domain.events import EventFilter
from testimony.domain.findings import About, AboutKind, Closing, FindingState, parse_events
from testimony.domain.purposes import Purpose
from testimony.domain.roles import Role
from testimony.policy import surprise
from testimony.policy.seeing import Depth
from testimony.services import audit, findings, log_histories, log_picture, saved_filters, seen_and_can
from testimony.services.granting import end_grant
from testimony.services.log_report import make_report
from testimony.services.log_report_files import report_csv, report_json
from testimony.services.questions import usual_span
from testimony.storage import findings as finding_rows
from testimony.storage import grants as grant_rows
from testimony.storage import log
from tests.audit_room import finding, note, second_auditor, show
from tests.services.conftest import Clock, People
from tests.services.test_custody_readers import CODE, give, take_in


def test_the_parts_of_a_choice_combine_and_a_role_stands_for_its_people(people: People, clock: Clock) -> None:
    auditor = people["auditor"]
    show(people["investigator"], clock(), 3)
    show(people["investigator_b"], clock(), 2, case="CASE-2")
    show(people["reviewer"], clock(), 4, purpose=None)
    now = clock()
    day = now.replace(hour=0)

    def total(**parts: object) -> int:
        return audit.events(auditor, EventFilter(**parts), None, now).total  # type: ignore[arg-type]

    shown = {"action": Action.ITEM_SHOWN, "since": day}
    assert total(role=Role.INVESTIGATOR, **shown) == 5
    assert total(role=Role.INVESTIGATOR, case_id="CASE-2", **shown) == 2
    assert total(role=Role.REVIEWER, purpose=Purpose.CP07, **shown) == 0
    assert total(subject=CODE, until=day) == 0
    assert total(purpose=Purpose.CP07) == 5
    assert total(purpose=Purpose.CP07, outcome=Outcome.DENIED) == 0
    assert total(role=Role.INVESTIGATOR, actor=people["reviewer"].account.id) == 0


def test_a_picture_folds_events_into_days_and_hours_of_the_week(people: People, clock: Clock) -> None:
    show(people["investigator"], clock(), 3)
    show(people["investigator"], clock() + timedelta(days=7, hours=2), 2)
    clock.forward(days=7, hours=3)

    found = log_picture.picture(people["auditor"], EventFilter(action=Action.ITEM_SHOWN), clock())

    monday = found.hours[0]
    assert (monday[9], monday[11], found.total) == (3, 2, 5)
    assert len(found.days) == log_picture.USUAL_DAYS
    assert dict(found.days)[date(2026, 3, 2)] == 3


def test_a_saved_choice_opens_for_its_owner_as_it_was_kept(people: People, clock: Clock) -> None:
    auditor = people["auditor"]
    wanted = EventFilter(
        role=Role.INVESTIGATOR, action=Action.ITEM_SHOWN, subject=CODE, since=clock(), purpose=Purpose.CP07
    )
    kept = saved_filters.save_filter(auditor, wanted, " Nights ", clock())

    assert saved_filters.find_filter(auditor, kept.id).wanted == wanted
    assert [one.name for one in saved_filters.saved_filters(auditor)] == ["Nights"]
    saved_filters.forget_filter(auditor, kept.id, clock())
    assert saved_filters.saved_filters(auditor) == ()
    with pytest.raises(Invalid):
        saved_filters.save_filter(auditor, wanted, "two\nlines", clock())
    for number in range(saved_filters.MAX_SAVED):
        saved_filters.save_filter(auditor, wanted, str(number), clock())
    with pytest.raises(Conflict):
        saved_filters.save_filter(auditor, wanted, "one more", clock())


def test_a_finding_goes_from_one_auditor_to_another_and_is_closed_with_a_reason(
    people: People, clock: Clock
) -> None:
    first, second = people["auditor"], second_auditor(people, clock())
    about = About(AboutKind.ACCOUNT, people["investigator"].account.id)
    number = finding(first, clock(), about)
    findings.add_note(
        second,
        number,
        note(second, "I ask them", FindingState.LOOKING, due=date(2026, 3, 9), events=(3, 5)),
        clock.forward(hours=1),
    )
    closing = note(first, "A trial", FindingState.CLOSED, closing=Closing.EXPLAINED)
    findings.add_note(first, number, closing, clock.forward(hours=1))

    found = findings.find_finding(second, number, clock()).finding

    assert found.about == about
    assert [(one.state, one.author) for one in found.notes] == [
        (FindingState.OPEN, first.account.id),
        (FindingState.LOOKING, second.account.id),
        (FindingState.CLOSED, first.account.id),
    ]
    assert all(one.is_as_written for one in found.notes)
    assert found.notes[1].said is not None and found.notes[1].said.events == (3, 5)
    assert findings.pinned(first, clock()) == ()
    with first.reading() as connection:
        entries = connection.exec_driver_sql(
            "SELECT count(*) FROM log_subjects WHERE kind = 'finding' AND subject = ?", (str(number),)
        ).scalar()
    assert entries == 4


def test_what_a_finding_needs_is_said_before_it_is_written(people: People, clock: Clock) -> None:
    auditor = people["auditor"]
    for broken in (
        lambda: note(auditor, " "),
        lambda: note(auditor, "x" * 4001),
        lambda: note(auditor, "why", FindingState.CLOSED),
        lambda: note(auditor, "why", closing=Closing.MISUSE),
        lambda: parse_events("12, x"),
        lambda: finding(auditor, clock(), About(AboutKind.TESTIMONY, CODE)),
        lambda: finding(auditor, clock(), About(AboutKind.EVENT, "999999")),
        lambda: findings.open_finding(
            auditor, About(AboutKind.FREE), note(auditor, owner=people["reviewer"].account.id), clock()
        ),
    ):
        with pytest.raises(Invalid):
            broken()
    with pytest.raises(NotFound):
        findings.add_note(auditor, 7, note(auditor), clock())
    assert parse_events("3, 5 3") == (3, 5)


def test_a_finding_that_is_late_waits_for_its_owner_alone(people: People, clock: Clock) -> None:
    auditor = people["auditor"]
    findings.open_finding(auditor, About(AboutKind.FREE), note(auditor, due=date(2026, 3, 5)), clock())

    (early,) = findings.pinned(auditor, clock())
    (late,) = findings.pinned(auditor, clock.forward(days=4))

    assert (early.is_late, late.is_late, late.owner) == (False, True, "auditor-1")


def test_erasing_a_testimony_takes_what_was_found_of_it_and_leaves_that_there_was_a_finding(
    people: People, clock: Clock
) -> None:
    take_in(people, clock)
    auditor = people["auditor"]
    number = finding(auditor, clock(), About(AboutKind.TESTIMONY, CODE))
    kept = finding(auditor, clock())
    with auditor.work(clock()) as work:
        finding_rows.forget_testimony(work.connection, CODE)

    erased = findings.find_finding(auditor, number, clock()).finding
    other = findings.find_finding(auditor, kept, clock()).finding

    assert erased.about is None and erased.last.said is None and erased.last.is_as_written
    assert other.last.said is not None


def test_the_history_of_a_testimony_says_under_which_grant_and_consent_it_was_seen(
    people: People, clock: Clock
) -> None:
    take_in(people, clock)
    give(people, clock)
    show(people["investigator"], clock.forward(hours=1))
    show(people["investigator_b"], clock.forward(hours=1), purpose="CP09", fields=("warning",))
    show(people["reviewer"], clock.forward(hours=1), purpose=None, fields=("original", "marks"))

    found = log_histories.testimony_history(people["auditor"], CODE, None, clock())
    reviewer, without, granted = found.looks

    assert (granted.depth, len(granted.grants), granted.consent, granted.lacking) == (Depth.WORDS, 1, 1, None)
    assert (without.depth, without.grants, without.lacking) == (Depth.ABOUT, (), DenyReason.CONSENT_REFUSED)
    assert (reviewer.depth, reviewer.grants, reviewer.lacking) == (Depth.WORDS, (), None)
    assert {one.account_id: one.has_seen_words for one in found.seen} == {
        people["reviewer"].account.id: True,
        people["investigator_b"].account.id: False,
        people["investigator"].account.id: True,
    }


def test_the_history_of_an_account_counts_by_day_act_case_and_testimony(people: People, clock: Clock) -> None:
    who = people["investigator"]
    show(who, clock(), 3)
    show(who, clock.forward(days=1), 2, code="T-OTHER")

    found = log_histories.person_history(people["auditor"], who.account.id, clock())

    assert [count for _, count in found.days if count] == [3, 2]
    assert (Action.ITEM_SHOWN, "allowed", 5) in found.actions
    assert found.cases == (("CASE-1", 5, 0),)
    assert [(code, times) for code, times, _, _ in found.testimonies] == [(CODE, 3), ("T-OTHER", 2)]
    assert found.today is None
    with pytest.raises(NotFound):
        log_histories.person_history(people["auditor"], "nobody", clock())


def test_who_can_see_now_is_set_against_who_has_seen(people: People, clock: Clock) -> None:
    take_in(people, clock)
    give(people, clock)
    show(people["investigator"], clock())
    show(people["investigator_b"], clock())
    show(people["custodian"], clock(), fields=("register",), purpose=None)
    auditor = people["auditor"]

    for found in (
        seen_and_can.compare_testimony(auditor, CODE, clock()),
        seen_and_can.compare_case(auditor, "CASE-1", clock()),
    ):
        assert found.can_released == ("investigator-1",)
        assert found.can_original == ("reviewer-1", "reviewer-2")
        assert (found.both, found.can_only, found.seen_only) == (
            ("investigator-1",),
            ("reviewer-1", "reviewer-2"),
            ("investigator-2",),
        )
    with auditor.reading() as connection:
        (row,) = grant_rows.all_grants(connection)
    end_grant(people["custodian"], row.grant_id, "no longer needed", clock())
    assert "investigator-1" in seen_and_can.compare_testimony(auditor, CODE, clock()).seen_only


def test_the_report_holds_counts_and_event_numbers_and_no_code_and_no_name(
    people: People, clock: Clock
) -> None:
    take_in(people, clock)
    auditor = people["auditor"]
    show(people["investigator"], clock(), 70)
    findings.open_finding(
        auditor,
        About(AboutKind.TESTIMONY, CODE),
        note(auditor, f"{CODE} by investigator-1", events=(4, 9)),
        clock(),
    )
    report = make_report(auditor, usual_span(clock()), clock())

    for text in (report_json(report).decode(), report_csv(report).decode()):
        for secret in (
            CODE,
            "investigator-1",
            "CASE-1",
            people["investigator"].account.id,
            "Looks",
            "auditor-1",
        ):
            assert secret not in text
    document = json.loads(report_json(report))
    assert document["findings"][0]["events"] == [4, 9]
    asked = {one["question"]: one["rows"] for one in document["questions"]}
    assert (asked["bulk-reading"], asked["out-of-hours"]) == (1, 0)
    assert {"action": "AA06", "done": 70, "refused": 0} in document["actions"]
    with auditor.reading() as connection:
        assert document["log"]["entries"] == log.size(connection) - 1


def test_surprise_needs_a_past_and_forgives_small_numbers() -> None:
    day = date(2026, 3, 2)
    counts = {day - timedelta(weeks=week): 10 for week in range(1, 9)}

    assert surprise.weigh(counts, day, day - timedelta(days=27)) is None
    calm = surprise.weigh(counts | {day: 25}, day, day - timedelta(days=200))
    odd = surprise.weigh(counts | {day: 40}, day, day - timedelta(days=200))
    few = surprise.weigh({day: 19}, day, day - timedelta(days=200))
    noisy = surprise.weigh(
        {day - timedelta(weeks=week): 10 * week for week in range(1, 9)} | {day: 100},
        day,
        day - timedelta(days=200),
    )
    assert calm and odd and few and noisy
    assert (calm.is_surprising, odd.is_surprising, few.is_surprising, noisy.is_surprising) == (
        False,
        True,
        False,
        False,
    )
