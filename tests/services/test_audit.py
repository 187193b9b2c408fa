"""What auditors see of the log, and what their looking leaves in it."""

from datetime import timedelta

import pytest

from testimony.domain.audit import Action, Outcome
from testimony.domain.errors import NotFound, Refused, SignInFailed
from testimony.domain.events import EVERYTHING, EventFilter
from testimony.domain.purposes import Purpose
from testimony.services import audit
from testimony.services.proving import witnesses_of
from testimony.services.sessions import Session
from testimony.storage import log
from testimony.storage.log import StoredEntry
from tests.services.conftest import Clock, People

CODE = "T-7Q4K-29"


def last_entries(session: Session, number: int) -> list[StoredEntry]:
    with session.reading() as connection:
        size = log.size(connection)
        return list(log.entries_from(connection, size - number, size))


def show_testimony(session: Session, code: str, clock: Clock) -> None:
    with session.work(clock()) as work:
        work.log(
            Action.ITEM_SHOWN,
            subject=("testimony", code),
            case="CASE-1",
            purpose=Purpose.CP07.value,
            detail="why it was opened",
        )


def test_events_come_newest_first_and_page_by_page_without_a_gap(people: People, clock: Clock) -> None:
    auditor = people["auditor"]
    for _ in range(3):
        with people["reviewer"].work(clock()) as work:
            for _ in range(40):
                work.log(Action.LIST_SHOWN, fields=("queue",), count=1)

    first = audit.events(auditor, EVERYTHING, None, clock())
    second = audit.events(auditor, EVERYTHING, first.older, clock())

    seqs = [event.seq for event in first.events + second.events]
    assert seqs == list(range(seqs[0], seqs[0] - 2 * audit.PAGE, -1))
    assert first.total > 120


def test_the_last_page_says_that_nothing_is_older(people: People, clock: Clock) -> None:
    page = audit.events(people["auditor"], EventFilter(action=Action.KEY_OPERATION), 4, clock())

    assert page.older is None
    assert [event.seq for event in page.events] == [3, 2, 1, 0]


def test_each_look_at_the_log_is_itself_in_the_log(people: People, clock: Clock) -> None:
    auditor = people["auditor"]
    shown = audit.events(auditor, EVERYTHING, None, clock())

    entry = last_entries(auditor, 1)[0]

    assert (entry.action, entry.actor) == (Action.LIST_SHOWN, auditor.account.id)
    assert f'"count":{len(shown.events)}' in entry.leaf.decode()
    assert audit.events(auditor, EVERYTHING, None, clock()).events[0].seq == entry.seq


def test_what_an_auditor_looked_for_is_sealed_to_auditors(people: People, clock: Clock) -> None:
    auditor = people["auditor"]
    audit.events(auditor, EventFilter(subject=CODE), None, clock())

    entry = last_entries(auditor, 1)[0]

    assert CODE.encode() not in entry.leaf
    assert entry.detail is not None
    assert audit.open_detail(auditor, entry.seq, clock()) == f'{{"subject":"{CODE}"}}'


def test_filters_narrow_by_person_act_case_code_purpose_outcome_and_time(
    people: People, clock: Clock
) -> None:
    auditor, reviewer = people["auditor"], people["reviewer"]
    clock.forward(hours=2)
    show_testimony(reviewer, CODE, clock)
    clock.forward(hours=2)
    show_testimony(people["interviewer"], "T-0000-00", clock)
    narrow = [
        EventFilter(subject=CODE),
        EventFilter(actor=reviewer.account.id, action=Action.ITEM_SHOWN),
        EventFilter(
            purpose=Purpose.CP07, since=clock() - timedelta(hours=3), until=clock() - timedelta(hours=1)
        ),
        EventFilter(case_id="CASE-1", outcome=Outcome.ALLOWED, actor=reviewer.account.id),
    ]

    found = [audit.events(auditor, wanted, None, clock()).events for wanted in narrow]

    assert [len(events) for events in found] == [1, 1, 1, 1]
    assert {events[0].subject.id for events in found if events[0].subject} == {CODE}


def test_refused_acts_can_be_listed_alone(people: People, clock: Clock) -> None:
    with pytest.raises(Refused):
        audit.events(people["interviewer"], EVERYTHING, None, clock())

    page = audit.events(people["auditor"], EventFilter(outcome=Outcome.DENIED), None, clock())

    assert [(event.action, event.reasons) for event in page.events] == [(Action.DENIED, ("DR01",))]
    assert page.events[0].actor == people["interviewer"].account.id


def test_activity_counts_the_events_of_each_hour_of_a_week(people: People, clock: Clock) -> None:
    auditor = people["auditor"]
    clock.forward(hours=30)
    with people["reviewer"].work(clock()) as work:
        for _ in range(7):
            work.log(Action.ITEM_SHOWN, subject=("testimony", CODE))

    page = audit.events(auditor, EventFilter(action=Action.ITEM_SHOWN), None, clock())

    counts = dict(page.activity)
    assert len(page.activity) == 7 * 24
    assert page.activity[-1][0].date() == clock().date()
    assert counts[clock().replace(minute=0)] == 7
    assert sum(counts.values()) == 7


def test_a_sealed_detail_is_opened_one_by_one_and_each_opening_is_logged(
    people: People, clock: Clock
) -> None:
    auditor = people["auditor"]
    show_testimony(people["reviewer"], CODE, clock)
    seq = audit.events(auditor, EventFilter(subject=CODE), None, clock()).events[0].seq

    words = audit.open_detail(auditor, seq, clock())

    entry = last_entries(auditor, 1)[0]
    assert words == "why it was opened"
    assert entry.subject is not None
    assert entry.subject[:2] == ("event", str(seq))
    assert '"fields":["detail"]' in entry.leaf.decode()


def test_a_handle_tried_while_the_archive_was_locked_is_for_auditors(people: People, clock: Clock) -> None:
    with pytest.raises(SignInFailed):
        people.door.sign_in("someone-unknown", "not the right password", None, clock())
    auditor = people["auditor"]
    failed = audit.events(auditor, EventFilter(action=Action.SIGN_IN_FAILED), None, clock()).events[0]

    assert failed.actor is None
    assert audit.open_detail(auditor, failed.seq, clock()) == "someone-unknown"


@pytest.mark.parametrize("name", ["interviewer", "reviewer", "investigator", "custodian"])
def test_only_auditors_read_the_log_its_details_and_its_checkpoints(
    people: People, clock: Clock, name: str
) -> None:
    session = people[name]

    for look in (
        lambda: audit.events(session, EVERYTHING, None, clock()),
        lambda: audit.event(session, 0, clock()),
        lambda: audit.open_detail(session, 0, clock()),
        lambda: audit.take_checkpoint(session, clock()),
        lambda: audit.list_checkpoints(session, None, clock()),
        lambda: audit.choices(session, clock()),
    ):
        with pytest.raises(Refused):
            look()


def test_an_event_without_a_detail_has_none_to_open(people: People, clock: Clock) -> None:
    with pytest.raises(NotFound):
        audit.open_detail(people["auditor"], 0, clock())


def test_there_is_no_event_beyond_the_end(people: People, clock: Clock) -> None:
    with pytest.raises(NotFound):
        audit.event(people["auditor"], 1_000_000, clock())


def test_an_event_shows_its_leaf_and_the_hash_of_it(people: People, clock: Clock) -> None:
    shown = audit.event(people["auditor"], 0, clock())

    assert shown.event.action is Action.KEY_OPERATION
    assert shown.event.subject is not None
    assert shown.event.subject.id in shown.handles
    assert len(bytes.fromhex(shown.event.leaf_hash)) == 32


def test_a_checkpoint_that_is_taken_covers_its_own_taking(people: People, clock: Clock) -> None:
    auditor = people["auditor"]

    checkpoint = audit.take_checkpoint(auditor, clock())

    with auditor.reading() as connection:
        assert checkpoint.size == log.size(connection)
    assert checkpoint.note.split("\n")[1] == str(checkpoint.size)
    assert audit.list_checkpoints(auditor, None, clock())[0] == checkpoint
    assert witnesses_of(auditor, checkpoint.size, clock()).note == checkpoint.note
