"""Each ready question finds what was planted for it, and leaves what is harmless alone."""

from datetime import timedelta
from random import Random

import pytest

from testimony.domain.audit import Action, DenyReason, Outcome
from testimony.domain.errors import Invalid, Refused
from testimony.domain.purposes import Purpose
from testimony.policy.questions import Question
from testimony.services import interpreters
from testimony.services.granting import end_grant
from testimony.services.joint_acts import Kind
from testimony.services.questions import ask, usual_span
from testimony.services.reading import read_release
from testimony.services.testimony_walls import confirm_testimony_wall, propose_testimony_wall
from testimony.storage import contact_tasks, identity_limits, identity_requests
from testimony.storage import grants as grant_rows
from testimony.storage.consents import CONSENTS, ConsentRow, DecisionRow, insert_consent
from tests.audit_room import answer, rows, show
from tests.released_testimonies import Shelf
from tests.services.conftest import Clock, People
from tests.services.test_custody_readers import CODE, give, take_in


def test_bulk_reading_names_the_hour_in_which_very_much_was_shown(people: People, clock: Clock) -> None:
    show(people["investigator"], clock(), 70)
    show(people["investigator_b"], clock(), 40)
    show(people["investigator_b"], clock.forward(hours=1), 40)

    (found,) = rows(people, Question.BULK_READING, clock())

    assert (found.account, found.count) == (people["investigator"].account.id, 70)
    assert found.since is not None and found.since.hour == 9
    assert found.events[1] - found.events[0] == 69


def test_out_of_hours_finds_the_night_and_not_the_day_and_rest_days_when_asked(
    people: People, clock: Clock
) -> None:
    show(people["investigator"], clock().replace(hour=2), 6)
    show(people["investigator_b"], clock(), 30)
    saturday = clock() - timedelta(days=2)
    show(people["reviewer"], saturday, 6, purpose=None)

    by_night = rows(people, Question.OUT_OF_HOURS, clock())
    with_rest = rows(people, Question.OUT_OF_HOURS, clock(), rest=1)

    assert [row.account for row in by_night] == [people["investigator"].account.id]
    assert {row.account for row in with_rest} == {
        people["investigator"].account.id,
        people["reviewer"].account.id,
    }


def test_much_read_just_before_a_grant_was_ended_is_found_with_what_is_usual(
    people: People, clock: Clock
) -> None:
    give(people, clock)
    show(people["investigator"], clock.forward(days=1), 14)
    show(people["investigator"], clock.forward(days=10), 40)
    with people["auditor"].reading() as connection:
        (grant,) = grant_rows.all_grants(connection)
    end_grant(people["custodian"], grant.grant_id, "no longer needed", clock.forward(hours=1))

    (found,) = rows(people, Question.BEFORE_GRANT_ENDED, clock.forward(hours=1))

    assert (found.account, found.count, found.words) == (
        people["investigator"].account.id,
        40,
        ("ended",),
    )
    assert found.other == 1
    assert rows(people, Question.BEFORE_GRANT_ENDED, clock(), least=41) == []


def test_a_day_unlike_the_persons_own_past_is_shown_with_its_numbers(people: People, clock: Clock) -> None:
    steady, sudden = people["investigator"], people["investigator_b"]
    for week in range(9):
        show(steady, clock() + timedelta(weeks=week), 30)
        show(sudden, clock() + timedelta(weeks=week), 5 if week < 8 else 90)
    clock.forward(weeks=8)

    (found,) = rows(people, Question.UNUSUAL_DAY, clock())

    assert found.account == sudden.account.id
    assert found.surprise is not None
    assert (found.surprise.shown, found.surprise.usual, found.surprise.highest) == (90, 5, 5)


def test_readers_with_many_cases_are_counted_by_case(people: People, clock: Clock) -> None:
    for number in range(5):
        show(people["investigator"], clock(), 2, case=f"CASE-{number}")
    show(people["investigator_b"], clock(), 30)

    (found,) = rows(people, Question.MANY_CASES, clock())

    assert (found.account, found.other, found.count) == (people["investigator"].account.id, 5, 10)


def test_refused_attempts_count_from_the_number_that_was_set(people: People, clock: Clock) -> None:
    for who, times in (("investigator", 5), ("investigator_b", 2)):
        for _ in range(times):
            with pytest.raises(Refused), people[who].work(clock()):
                raise Refused((DenyReason.NO_GRANT,))

    (found,) = rows(people, Question.REFUSED, clock())

    assert (found.account, found.count) == (people["investigator"].account.id, 5)
    assert len(rows(people, Question.REFUSED, clock(), least=2)) == 2


def test_an_identity_shown_without_a_task_of_ones_own_is_found(people: People, clock: Clock) -> None:
    take_in(people, clock)
    reviewer = people["reviewer"]
    with people["custodian"].work(clock()) as work:
        row = {c.name: "x" for c in identity_requests.REQUESTS.columns if not c.nullable}
        row |= {"request_id": "11" * 8, "code": CODE, "requester_id": reviewer.account.id, "state": "opened"}
        for column in identity_requests.REQUESTS.columns:
            if column.name in row and isinstance(column.type, type(contact_tasks.TASKS.c.sealed.type)):
                row[column.name] = b"x"  # type: ignore[assignment]
        work.connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
        work.connection.execute(identity_requests.REQUESTS.insert(), row)
        work.connection.exec_driver_sql("PRAGMA ignore_check_constraints = OFF")
    own, none, others = ("names", "request:" + "11" * 8), ("names",), ("names", "task:unknown")
    for fields in (own, none, others):
        show(reviewer, clock(), fields=fields, action=Action.IDENTITY_SHOWN, purpose=None)
    show(people["reviewer_b"], clock(), fields=own, action=Action.IDENTITY_SHOWN, purpose=None)

    found = rows(people, Question.IDENTITY_WITHOUT_TASK, clock())

    assert [row.account for row in found] == [
        reviewer.account.id,
        reviewer.account.id,
        people["reviewer_b"].account.id,
    ]


def test_what_was_sent_out_by_fewer_than_two_people_is_found(people: People, clock: Clock) -> None:
    first, second = people["custodian"], people["custodian_b"]
    acts = (
        ("good", first, Action.EXPORT_PREPARED),
        ("good", second, Action.EXPORT_APPROVED),
        ("good", first, Action.EXPORT_SENT),
        ("alone", first, Action.EXPORT_PREPARED),
        ("alone", first, Action.EXPORT_APPROVED),
        ("alone", first, Action.EXPORT_SENT),
        ("never", second, Action.EXPORT_PREPARED),
        ("never", first, Action.EXPORT_SENT),
    )
    for thing, who, action in acts:
        with who.work(clock()) as work:
            work.log(action, subject=("disclosure", thing), case="CASE-1")

    found = rows(people, Question.ONE_APPROVER, clock())

    assert [row.other for row in found] == [1, 0]


def test_one_person_who_proposed_and_approved_is_found(people: People, clock: Clock) -> None:
    first, second = people["reviewer"], people["reviewer_b"]
    acts = (
        (first, "proposed", "partner"),
        (second, "approved", "partner"),
        (first, "proposed", "court"),
        (first, "approved", "court"),
    )
    for who, act, audience in acts:
        show(who, clock(), fields=(act, audience), action=Action.REDACTION_DECIDED, purpose=None)

    (found,) = rows(people, Question.SAME_PERSON, clock())

    assert (found.account, found.code) == (first.account.id, CODE)


def test_reading_outside_every_grant_is_found_and_work_without_a_purpose_is_not(
    people: People, clock: Clock
) -> None:
    give(people, clock)
    show(people["investigator"], clock.forward(days=1), 3)
    show(people["investigator_b"], clock(), 2)
    show(people["reviewer"], clock(), 9, purpose=None, fields=("original", "marks"))
    show(people["investigator"], clock.forward(days=40), 4)

    found = rows(people, Question.GRANT_PAST_DATE, clock())
    outside = {row.account: row.count for row in found if row.words == ("read-outside",)}
    past = [row for row in found if row.words == ("not-ended",)]

    assert outside == {people["investigator"].account.id: 4}
    assert len(past) == 1
    earlier = ask(
        people["auditor"],
        Question.GRANT_PAST_DATE,
        usual_span(clock() - timedelta(days=39)),
        {},
        clock(),
    )
    assert [row.account for row in earlier.rows if row.words == ("read-outside",)] == [
        people["investigator_b"].account.id
    ]


def test_reading_after_the_consent_ran_out_or_was_taken_back_is_found(people: People, clock: Clock) -> None:
    take_in(people, clock)
    show(people["investigator"], clock(), 2)
    with people["custodian"].work(clock()) as work:
        work.connection.execute(CONSENTS.update().values(review_due="2026-03-10"))
    show(people["investigator"], clock.forward(days=8), 1)
    show(people["investigator"], clock.forward(days=1), 3)
    with people["custodian"].work(clock.forward(days=1)) as work:
        decisions = (DecisionRow("CP07", "withdrawn"),)
        insert_consent(
            work.connection,
            ConsentRow(CODE, 2, "withdrawn", "2026-03-12", "fra", "CE01", "LB01", None, decisions),
        )
        work.log(Action.CONSENT_CHANGED, subject=("testimony", CODE), fields=("version", "2", "00"))
    show(people["investigator_b"], clock.forward(days=1), 1)

    answered = rows(people, Question.CONSENT_EXPIRED, clock())
    found = {(row.account, row.count, row.words[0], row.other) for row in answered}

    assert found == {
        (people["investigator"].account.id, 3, DenyReason.CONSENT_PAST_REVIEW.value, 1),
        (people["investigator_b"].account.id, 1, DenyReason.CONSENT_REFUSED.value, 2),
    }


def test_somebody_too_near_who_goes_on_reading_is_found(people: People, clock: Clock) -> None:
    take_in(people, clock)
    near, far = people["investigator"].account.id, people["investigator_b"].account.id
    show(people["investigator"], clock(), 5)
    with people["custodian"].work(clock.forward(hours=1)) as work:
        for account in (near, far):
            identity_limits.insert_conflict(
                work.connection, CODE, account, declared_by=near, declared_at=clock().isoformat()
            )
    show(people["investigator"], clock.forward(hours=1), 2)

    (found,) = rows(people, Question.TOO_NEAR, clock())

    assert (found.account, found.count) == (near, 2)


def test_what_an_interpreter_under_question_rendered_and_was_read_after_is_found(
    people: People, clock: Clock
) -> None:
    take_in(people, clock, interpreter_id=people["interviewer_b"].account.id)
    show(people["investigator"], clock(), 5)
    assert rows(people, Question.QUESTIONED_INTERPRETER, clock()) == []

    interpreters.question(
        people["interviewer"], "interviewer-2", "the witness fears him", clock.forward(hours=1)
    )
    flagged = clock()
    interpreters.marked(people["custodian"], people["interviewer_b"].account.id, clock.forward(hours=1))
    show(people["investigator"], clock(), 2)
    show(people["reviewer"], clock(), 3, purpose=None, fields=("original", "marks"))
    show(people["investigator_b"], clock(), 9, code="T-9999-99")
    show(people["investigator_b"], clock(), 4, fields=("codes",), action=Action.LIST_SHOWN)
    with people["investigator_b"].work(clock()) as work:
        work.log(
            Action.ITEM_SHOWN,
            subject=("testimony", CODE),
            case="CASE-1",
            fields=("text",),
            outcome=Outcome.DENIED,
        )

    found = rows(people, Question.QUESTIONED_INTERPRETER, clock.forward(hours=1))

    assert [(row.account, row.code, row.count, row.since) for row in found] == [
        (people["reviewer"].account.id, CODE, 3, flagged),
        (people["investigator"].account.id, CODE, 2, flagged),
    ]
    earlier = ask(
        people["auditor"],
        Question.QUESTIONED_INTERPRETER,
        usual_span(flagged - timedelta(days=1)),
        {},
        clock(),
    )
    assert earlier.rows == ()


def test_accounts_that_rest_and_one_that_came_back_are_told_apart(people: People, clock: Clock) -> None:
    people["investigator"]
    clock.forward(days=100)
    people.sessions.pop("investigator")
    people["investigator"]
    people["auditor"]

    found = rows(people, Question.DORMANT, clock())
    words = {(row.account, row.words[0]) for row in found}

    assert (people["investigator"].account.id, "came-back") in words
    assert (people["investigator"].account.id, "rests") not in words
    assert (people["auditor"].account.id, "rests") not in words
    assert {word for _, word in words} == {"came-back", "rests"}


def test_a_log_that_nobody_checks_is_told_until_it_is_checked(people: People, clock: Clock) -> None:
    before = rows(people, Question.CHECK_LONG_AGO, clock())
    with people["auditor"].work(clock()) as work:
        work.log(Action.LOG_CHECKED, fields=("broken", "gap"))
        work.log(Action.LOG_CHECKED, fields=("checkpoint-taken",))
    still = rows(people, Question.CHECK_LONG_AGO, clock())
    with people["auditor"].work(clock()) as work:
        work.log(Action.LOG_CHECKED, fields=("whole",))

    assert [row.words for row in before] == [row.words for row in still] == [("archive",), ("auditor",)]
    assert rows(people, Question.CHECK_LONG_AGO, clock()) == []
    assert len(rows(people, Question.CHECK_LONG_AGO, clock.forward(days=31))) == 2


def test_drafts_older_than_a_fortnight_are_counted_by_owner(people: People, clock: Clock) -> None:
    owner = people["interviewer"].account.id
    with people["interviewer"].work(clock()) as work:
        for number in range(3):
            work.connection.exec_driver_sql(
                "INSERT INTO drafts VALUES (?, ?, 1, x'00', ?, ?)",
                (f"d{number}", owner, clock().isoformat(), clock().isoformat()),
            )

    assert rows(people, Question.CAPTURE_WAITS, clock.forward(days=13)) == []
    (found,) = rows(people, Question.CAPTURE_WAITS, clock.forward(days=2))
    assert (found.account, found.count, found.other, found.words) == (owner, 3, 15, ("draft",))


def test_who_was_shown_both_sides_of_a_wall_is_named_while_it_stands(people: People, clock: Clock) -> None:
    shelf = Shelf(people, clock, Random(3))
    one, other = shelf.put(), shelf.put()
    shelf.grant()
    for code in (one, other):
        read_release(people["investigator"], code, Purpose.CP07, clock())
    assert rows(people, Question.BOTH_SIDES, clock()) == []
    words = ("told of one another", "")
    step = propose_testimony_wall(people["custodian"], (one, other), Kind.WALL_SET, words, clock())
    confirm_testimony_wall(people["custodian_b"], step, "agreed", clock())

    found = rows(people, Question.BOTH_SIDES, clock())

    reader = people["investigator"].account.id
    assert {row.code for row in found if row.account == reader} == {one, other}
    assert {row.account for row in found} == {reader, people["reviewer"].account.id}  # who took both


@pytest.mark.parametrize("question", list(Question))
def test_every_question_is_asked_of_an_empty_time_and_leaves_its_entry(
    people: People, clock: Clock, question: Question
) -> None:
    found = answer(people, question, clock())
    with people["auditor"].reading() as connection:
        subject = connection.exec_driver_sql(
            "SELECT kind, subject FROM log_subjects ORDER BY seq DESC LIMIT 1"
        ).one()

    assert tuple(subject) == ("question", question.value)
    assert found.rows == () or question is Question.CHECK_LONG_AGO


def test_a_setting_or_a_span_outside_its_bounds_asks_nothing(people: People, clock: Clock) -> None:
    span = usual_span(clock())
    with pytest.raises(Invalid):
        answer(people, Question.REFUSED, clock(), least=0)
    with pytest.raises(Invalid):
        answer(people, Question.OUT_OF_HOURS, clock(), from_hour=20, to_hour=6)
    with pytest.raises(Invalid):
        ask(people["auditor"], Question.REFUSED, type(span)(span.until, span.since), {}, clock())
