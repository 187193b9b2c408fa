"""Alarms on a real archive: raised with the entries they follow from, answered, set, and told of."""

from datetime import timedelta

import pytest

from testimony.domain.audit import Action, DenyReason, Outcome
from testimony.domain.errors import Conflict, Invalid, NotFound, Refused, SignInFailed
from testimony.domain.purposes import Purpose
from testimony.policy.alarms import Rule, Setting
from testimony.services import alarms
from testimony.services.alarm_notices import Notice, Undelivered, send_waiting
from testimony.services.alarm_watch import watch
from testimony.services.archives import Archive
from testimony.services.custody import suspend_account
from testimony.services.duress import signal_at_once
from testimony.services.sessions import Session
from testimony.services.signin import SignIn
from testimony.services.throttling import Throttle
from testimony.services.verification import verify_log
from testimony.storage import alarms as alarm_rows
from testimony.storage import log
from testimony.storage.alarms import AlarmRow
from testimony.storage.locked_events import clear_locked_events
from tests.grants import GrantRequest, grant
from tests.services.conftest import PASSWORD, Clock, People


def raised(session: Session, rule: Rule) -> list[AlarmRow]:
    with session.reading() as connection:
        rows = alarm_rows.alarms_before(connection, before=None, limit=1000)
    return [row for row, _ in rows if row.rule == rule]


def open_text(session: Session, code: str, clock: Clock, case: str = "CASE-1") -> None:
    with session.work(clock()) as work:
        work.log(
            Action.ITEM_SHOWN,
            subject=("testimony", code),
            case=case,
            purpose=Purpose.CP07.value,
            fields=("text", "release:1"),
        )


def codes(number: int) -> list[str]:
    return [f"T-{n:04d}-29" for n in range(number)]


def fail(archive: Archive, clock: Clock, times: int) -> None:
    for n in range(times):
        with pytest.raises(SignInFailed):
            SignIn(archive, Throttle()).sign_in(f"name-{n}", "not the right password", None, clock())


def test_a_suspension_raises_an_alarm_in_the_same_transaction(people: People, clock: Clock) -> None:
    custodian, gone = people["custodian"], people["investigator_b"].account.id

    suspend_account(custodian, gone, "left the team", clock())

    (alarm,) = [row for row in raised(custodian, Rule.KEY_OPERATION) if row.what == "suspended"]
    with custodian.reading() as connection:
        (entry,) = log.entries_from(connection, alarm.number, alarm.number + 1)
        assert alarm_rows.position(connection) == log.size(connection)
    assert entry.action == Action.LOG_CHECKED
    assert b'"fields":["alarm","key-operation","suspended"]' in entry.leaf
    assert alarm.about == custodian.account.id
    assert str(alarm.number - 1) in alarm.events.split(",")


def test_a_unit_of_work_that_fails_leaves_no_alarm(people: People, clock: Clock) -> None:
    custodian = people["custodian"]
    before = len(raised(custodian, Rule.DURESS))

    with pytest.raises(RuntimeError), custodian.work(clock()) as work:
        work.log(Action.DURESS_SIGNAL, fields=("duress",))
        work.write_entries()
        raise RuntimeError

    assert len(raised(custodian, Rule.DURESS)) == before


def test_a_duress_signal_raises_one_at_once_while_somebody_has_the_ledger_open(
    archive: Archive, people: People, clock: Clock
) -> None:
    custodian, forced = people["custodian"], people["investigator"].account.id

    assert signal_at_once(archive, archive.keyring(), forced, clock())

    (alarm,) = raised(custodian, Rule.DURESS)
    assert alarm.about == forced
    assert next(iter(alarms.count_open(custodian))) is Rule.DURESS


def test_failed_sign_ins_that_waited_outside_are_counted_when_they_are_taken_in(
    archive: Archive, people: People, clock: Clock
) -> None:
    fail(archive, clock, 11)
    clock.forward(hours=20)

    (alarm,) = raised(people["custodian"], Rule.FAILED_SIGN_INS)

    assert (alarm.about, alarm.total) == (None, 11)


def test_a_few_mistyped_passwords_are_no_alarm(archive: Archive, people: People, clock: Clock) -> None:
    fail(archive, clock, 9)

    assert raised(people["custodian"], Rule.FAILED_SIGN_INS) == []


def test_somebody_who_opens_many_testimonies_in_an_hour_raises_one_alarm(
    people: People, clock: Clock
) -> None:
    reader = people["investigator"]
    for code in codes(60):
        open_text(reader, code, clock)
        clock.forward(seconds=30)

    (alarm,) = raised(reader, Rule.BULK_READING)

    assert (alarm.about, alarm.total) == (reader.account.id, 41)
    assert len(alarm.events.split(",")) == alarm_rows.EVENTS_KEPT


def test_two_people_who_each_open_some_raise_none(people: People, clock: Clock) -> None:
    for code in codes(30):
        open_text(people["investigator"], code, clock)
        open_text(people["investigator_b"], code, clock)

    assert raised(people["custodian"], Rule.BULK_READING) == []


def test_many_refusals_of_one_person_raise_one(people: People, clock: Clock) -> None:
    interviewer = people["interviewer"]
    for _ in range(25):
        with pytest.raises(Refused):
            alarms.list_alarms(interviewer, None, clock())

    (alarm,) = raised(interviewer, Rule.REFUSALS)

    assert alarm.about == interviewer.account.id


def test_reading_after_the_last_day_of_a_grant_is_raised_though_the_gate_forbids_it(
    people: People, clock: Clock
) -> None:
    request = GrantRequest(
        handle="investigator-1",
        case_id="CASE-1",
        purposes=frozenset({Purpose.CP07}),
        closed_parts=frozenset(),
        valid_from=clock(),
        valid_until=clock() + timedelta(days=2),
    )
    grant(people["custodian"], request, clock())
    reader = people["investigator"]

    clock.forward(days=1)
    open_text(reader, "T-7Q4K-29", clock)
    within = raised(reader, Rule.PAST_GRANT)
    clock.forward(days=2)
    open_text(reader, "T-7Q4K-29", clock)

    assert within == []
    assert [row.about for row in raised(reader, Rule.PAST_GRANT)] == [reader.account.id]


def test_hours_of_work_once_set_raise_what_is_read_at_night(people: People, clock: Clock) -> None:
    reader = people["investigator"]
    night = clock.forward(hours=15)
    open_text(reader, "T-7Q4K-29", clock)
    before = raised(reader, Rule.OUT_OF_HOURS)

    alarms.set_rule(people["auditor"], Rule.OUT_OF_HOURS, Setting(True, 7, 19), "we go home", night)
    open_text(reader, "T-7Q4K-29", clock)

    assert before == []
    assert len(raised(reader, Rule.OUT_OF_HOURS)) == 1


def test_what_is_overdue_is_raised_at_a_sign_in_and_once_a_week(
    archive: Archive, people: People, clock: Clock
) -> None:
    clock.forward(days=15)
    custodian = people["custodian"]
    first = {rule: len(raised(custodian, rule)) for rule in (Rule.CHECK_OVERDUE, Rule.BACKUP_OVERDUE)}

    watch(archive, clock.forward(days=1))
    again = len(raised(custodian, Rule.CHECK_OVERDUE))
    watch(archive, clock.forward(days=7))

    assert first == {Rule.CHECK_OVERDUE: 1, Rule.BACKUP_OVERDUE: 1}
    assert (again, len(raised(custodian, Rule.CHECK_OVERDUE))) == (1, 2)


def test_a_log_that_was_checked_and_a_backup_that_was_made_are_not_overdue(
    archive: Archive, people: People, clock: Clock
) -> None:
    auditor = people["auditor"]
    clock.forward(days=10)
    verify_log(auditor, clock())
    note = f'{{"archive": "{archive.keyring().archive_id}", "at": "{clock().isoformat()}"}}\n'
    (archive.directory.path / "backups.jsonl").write_text(note)

    watch(archive, clock.forward(days=8))

    assert raised(auditor, Rule.CHECK_OVERDUE) == []
    assert raised(auditor, Rule.BACKUP_OVERDUE) == []


def test_nothing_is_raised_or_opened_while_nobody_is_signed_in(archive: Archive, clock: Clock) -> None:
    watch(archive, clock.forward(days=100))

    assert archive.locked


def test_entries_that_nobody_considered_are_considered_by_the_next_unit_of_work(
    people: People, clock: Clock
) -> None:
    custodian = people["custodian"]
    entry = log.Entry(
        clock().isoformat(timespec="milliseconds"),
        "an-account",
        (),
        Action.DURESS_SIGNAL.value,
        Outcome.ALLOWED.value,
    )
    with custodian.archive.database.writing() as connection:
        log.append(connection, [entry])
    before = raised(custodian, Rule.DURESS)

    alarms.list_rules(custodian, clock())

    assert before == []
    assert [row.about for row in raised(custodian, Rule.DURESS)] == ["an-account"]


def test_an_answered_alarm_keeps_its_note_for_auditors_and_is_not_answered_twice(
    people: People, clock: Clock
) -> None:
    auditor, custodian = people["auditor"], people["custodian"]
    suspend_account(custodian, people["investigator_b"].account.id, "left", clock())
    number = raised(custodian, Rule.KEY_OPERATION)[0].number

    alarms.acknowledge(auditor, number, "agreed with the custodian", clock())

    page = alarms.list_alarms(people["custodian_b"], None, clock())
    (line,) = [alarm for alarm in page.looked_at if alarm.number == number]
    assert line.seen_by == "auditor-1"
    with auditor.reading() as connection:
        kept = alarm_rows.find_acknowledgement(connection, number)
    assert kept is not None
    assert b"agreed" not in kept.note
    with pytest.raises(Conflict):
        alarms.acknowledge(people["custodian_b"], number, "me too", clock())
    with pytest.raises(NotFound):
        alarms.acknowledge(auditor, 1, "no such alarm", clock())


def test_an_answer_without_a_word_is_none(people: People, clock: Clock) -> None:
    suspend_account(people["custodian"], people["investigator_b"].account.id, "left", clock())
    number = raised(people["custodian"], Rule.KEY_OPERATION)[0].number

    with pytest.raises(Invalid):
        alarms.acknowledge(people["auditor"], number, "  ", clock())


def test_duress_stands_first_however_many_came_before(archive: Archive, people: People, clock: Clock) -> None:
    custodian = people["custodian"]
    suspend_account(custodian, people["investigator_b"].account.id, "left", clock())
    signal_at_once(archive, archive.keyring(), people["investigator"].account.id, clock())

    page = alarms.list_alarms(people["auditor"], None, clock())

    assert page.waiting[0].rule is Rule.DURESS


def test_a_rule_is_switched_off_by_two_people_and_on_by_one(people: People, clock: Clock) -> None:
    custodian, auditor, rule = people["custodian"], people["auditor"], Rule.KEY_OPERATION
    alarms.ask_off(custodian, rule, "too many of them", clock())
    with pytest.raises(Refused) as refusal:
        alarms.agree_off(custodian, rule, "me again", clock())
    still_on = {view.rule: view.setting.is_on for view in alarms.list_rules(auditor, clock())}

    alarms.agree_off(auditor, rule, "yes", clock())
    known = len(raised(custodian, rule))
    suspend_account(custodian, people["investigator_b"].account.id, "left", clock())
    silent = len(raised(custodian, rule))
    alarms.set_rule(auditor, rule, Setting(True), "wanted again", clock())

    assert refusal.value.reasons == (DenyReason.SAME_PERSON,)
    assert still_on[rule]
    assert silent == known
    assert all(view.setting.is_on for view in alarms.list_rules(auditor, clock()) if view.rule is rule)


def test_a_request_to_switch_off_can_be_dropped(people: People, clock: Clock) -> None:
    alarms.ask_off(people["custodian"], Rule.BULK_READING, "why not", clock())
    alarms.keep_on(people["auditor"], Rule.BULK_READING, clock())

    with pytest.raises(Conflict):
        alarms.agree_off(people["auditor"], Rule.BULK_READING, "yes", clock())


@pytest.mark.parametrize("name", ["interviewer", "reviewer", "investigator"])
def test_others_see_answer_and_set_no_alarm(people: People, clock: Clock, name: str) -> None:
    session = people[name]
    for act in (
        lambda: alarms.list_alarms(session, None, clock()),
        lambda: alarms.list_rules(session, clock()),
        lambda: alarms.count_open(session),
        lambda: alarms.acknowledge(session, 1, "x", clock()),
        lambda: alarms.set_rule(session, Rule.BULK_READING, Setting(True, 50, 60), "x", clock()),
        lambda: alarms.ask_off(session, Rule.BULK_READING, "x", clock()),
        lambda: alarms.keep_on(session, Rule.BULK_READING, clock()),
    ):
        with pytest.raises(Refused):
            act()


def test_a_change_of_a_rule_is_in_the_log_with_its_numbers(people: People, clock: Clock) -> None:
    auditor = people["auditor"]

    alarms.set_rule(auditor, Rule.BULK_READING, Setting(True, 50, 30), "a quiet month", clock())

    with auditor.reading() as connection:
        size = log.size(connection)
        (entry,) = log.entries_from(connection, size - 1, size)
    assert b'["alarm-rule","bulk-reading","on","limit:50","span:30"]' in entry.leaf
    assert entry.detail is not None


def test_what_could_not_be_sent_is_tried_again_later_and_less_and_less_often(
    archive: Archive, people: People, clock: Clock
) -> None:
    custodian = people["custodian"]
    suspend_account(custodian, people["investigator_b"].account.id, "left", clock())
    first, began = min(row.number for row in raised(custodian, Rule.KEY_OPERATION)), clock()
    tried: list[timedelta] = []

    def send(notice: Notice) -> None:
        if notice.number == first:
            tried.append(clock() - began)
        raise Undelivered

    for step in (0, 30, 31, 60, 70, 120, 130):
        send_waiting(archive, {"webhook": send}, clock.forward(seconds=step))

    assert tried == [
        timedelta(seconds=0),
        timedelta(seconds=61),
        timedelta(seconds=191),
        timedelta(seconds=441),
    ]
    assert send_waiting(archive, {"webhook": lambda notice: None}, clock.forward(hours=2)) >= 1
    assert send_waiting(archive, {"webhook": send}, clock.forward(hours=2)) == 0


def test_a_message_that_was_sent_and_not_noted_is_sent_again_with_its_number(
    archive: Archive, people: People, clock: Clock
) -> None:
    suspend_account(people["custodian"], people["investigator_b"].account.id, "left", clock())
    sent: list[int] = []

    class Killed(BaseException):
        """The process ends here."""

    def send_and_die(notice: Notice) -> None:
        sent.append(notice.number)
        raise Killed

    with pytest.raises(Killed):
        send_waiting(archive, {"webhook": send_and_die}, clock())
    send_waiting(archive, {"webhook": lambda notice: sent.append(notice.number)}, clock())

    assert sent[0] == sent[1]
    assert len(sent) == len(set(sent)) + 1


def test_an_archive_from_before_alarms_raises_none_about_its_past(
    archive: Archive, people: People, clock: Clock
) -> None:
    clear_locked_events(archive.directory)
    session = people.door.sign_in("auditor-1", PASSWORD, None, clock())
    with session.archive.database.writing() as connection:
        alarm_rows.set_position(connection, log.size(connection))
    before = len(raised(session, Rule.KEY_OPERATION))
    alarms.list_rules(session, clock())

    assert len(raised(session, Rule.KEY_OPERATION)) == before
    archive.release(session.archive.secrets)
