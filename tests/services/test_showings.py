"""Who has seen my testimony: what a custodian is told for the witness who asks."""

from dataclasses import fields as parts_of
from datetime import date, timedelta

import pytest

from testimony.domain.audit import Action, DenyReason, Outcome
from testimony.domain.codes import new_code
from testimony.domain.errors import BadCode, IntegrityFailed, NotFound, Refused
from testimony.policy.showings import Shown
from testimony.services.sessions import Session
from testimony.services.showings import Answer, Disclosed, who_has_seen
from testimony.storage import log
from testimony.storage.connections import Connection
from testimony.storage.log import SUBJECTS
from testimony.storage.register import REGISTER, RegisterRow, insert_row
from tests.services.conftest import Clock, People

CODE = new_code("T", lambda below: below // 5)
OTHER = new_code("T", lambda below: below // 7)


@pytest.fixture(autouse=True)
def testimonies(people: People, clock: Clock) -> None:
    session = people["interviewer"]
    with session.work(clock()) as work:
        for code in (CODE, OTHER):
            row = RegisterRow(
                code=code,
                submission_id=code,
                case_id="CASE-1",
                state="released",
                language="fra",
                month="2026-01",
                submitted_on="2026-02-01",
                interviewer_id=session.account.id,
                interpreter_id=None,
                risk="R2",
            )
            insert_row(work.connection, row)


def show(
    session: Session,
    clock: Clock,
    *fields: str,
    code: str = CODE,
    action: Action = Action.ITEM_SHOWN,
    purpose: str | None = "CP07",
    denied: bool = False,
) -> None:
    with session.work(clock()) as work:
        work.log(
            action,
            subject=("testimony", code),
            case="CASE-1",
            purpose=purpose,
            fields=fields,
            outcome=Outcome.DENIED if denied else Outcome.ALLOWED,
            reasons=(DenyReason.NO_GRANT,) if denied else (),
        )


def asked(people: People, clock: Clock, **more: object) -> Answer:
    return who_has_seen(people["custodian"], CODE, clock(), **more)  # type: ignore[arg-type]  # handed through


def test_nobody_has_seen_what_only_lies_in_the_register(people: People, clock: Clock) -> None:
    show(people["custodian"], clock, "register", purpose=None)

    answer = asked(people, clock)

    assert (answer.seen, answer.identities, answer.disclosed) == ((), (), ())
    assert answer.since == date(2026, 2, 1)


def test_people_are_counted_by_what_they_saw_and_for_what(people: People, clock: Clock) -> None:
    for name in ("investigator", "investigator_b", "investigator"):
        show(people[name], clock, "text", "release:1", "partner")
        clock.forward(days=31)
    show(people["reviewer"], clock, "original", "marks", purpose=None)

    answer = asked(people, clock)

    assert [(one.what, one.people, one.months) for one in answer.seen] == [
        (Shown.PREPARED, 1, (date(2026, 6, 1),)),
        (Shown.RELEASED, 2, (date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1))),
    ]


def test_refused_attempts_and_readings_of_others_are_no_showings(people: People, clock: Clock) -> None:
    show(people["investigator"], clock, "text", denied=True)
    show(people["investigator"], clock, "text", "release:1", code=OTHER)
    show(people["investigator"], clock, action=Action.DENIED, denied=True)

    assert asked(people, clock).seen == ()


def test_identities_are_told_apart_from_readings(people: People, clock: Clock) -> None:
    for part in ("names", "contacts"):
        show(people["reviewer"], clock, part, "request:1", action=Action.IDENTITY_SHOWN, purpose=None)

    answer = asked(people, clock)

    assert answer.seen == ()
    assert [(one.people, one.fields) for one in answer.identities] == [(1, ("contacts", "names"))]


def test_what_left_is_told_as_whoever_keeps_disclosures_tells_it(people: People, clock: Clock) -> None:
    gone = Disclosed(date(2026, 3, 1), "RT06", "CP14")

    def disclosures(_: Connection, code: str) -> tuple[Disclosed, ...]:
        return (gone,) if code == CODE else ()

    assert asked(people, clock, disclosures_of=disclosures).disclosed == (gone,)


def test_an_export_that_no_disclosure_explains_is_not_passed_over(people: People, clock: Clock) -> None:
    show(people["custodian"], clock, action=Action.EXPORT_SENT)

    assert asked(people, clock).exported


def test_telling_is_an_entry_of_its_own_and_no_showing(people: People, clock: Clock) -> None:
    asked(people, clock)

    with people["custodian"].reading() as connection:
        size = log.size(connection)
        (entry,) = log.entries_from(connection, size - 1, size)
    assert entry.action == Action.ITEM_SHOWN
    assert b'["seen-by"]' in entry.leaf
    assert asked(people, clock).seen == ()


def test_of_an_erased_testimony_nothing_is_told_but_that(people: People, clock: Clock) -> None:
    show(people["investigator"], clock, "text", "release:1")
    with people["custodian"].archive.database.writing() as connection:
        connection.execute(SUBJECTS.delete().where(SUBJECTS.c.subject == CODE))
        connection.execute(REGISTER.update().where(REGISTER.c.code == CODE).values(state="disposed"))

    answer = asked(people, clock)

    assert answer.is_gone
    assert answer.seen == ()


def test_the_answer_holds_no_account_and_no_handle(people: People, clock: Clock) -> None:
    reader = people["investigator"]
    show(reader, clock, "text", "release:1")

    answer = asked(people, clock)

    assert reader.account.id not in repr(answer)
    assert "investigator-1" not in repr(answer)
    assert {part.name for part in parts_of(answer.seen[0])} == {
        "what",
        "role",
        "purpose",
        "people",
        "months",
        "fields",
    }


@pytest.mark.parametrize("name", ["interviewer", "reviewer", "investigator", "auditor"])
def test_only_custodians_answer_witnesses(people: People, clock: Clock, name: str) -> None:
    with pytest.raises(Refused):
        who_has_seen(people[name], CODE, clock())


def test_what_is_not_there_is_not_told_of(people: People, clock: Clock) -> None:
    with pytest.raises(NotFound):
        who_has_seen(people["custodian"], new_code("T", lambda below: below // 3), clock())
    with pytest.raises(BadCode):
        who_has_seen(people["custodian"], "no code", clock())


def test_an_entry_that_can_no_longer_be_read_stops_the_answer(people: People, clock: Clock) -> None:
    show(people["investigator"], clock, "text", "release:1")
    with people["custodian"].archive.database.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER log_entries_no_update")
        connection.exec_driver_sql(
            "UPDATE log_entries SET leaf = x'7b' WHERE seq = (SELECT max(seq) FROM log_subjects WHERE subject = ?)",
            (CODE,),
        )

    with pytest.raises(IntegrityFailed):
        asked(people, clock)


def test_a_year_later_the_months_are_still_told(people: People, clock: Clock) -> None:
    show(people["investigator"], clock, "text", "release:1")
    clock.now += timedelta(days=400)

    answer = who_has_seen(people["custodian_b"], CODE, clock())

    assert answer.seen[0].months == (date(2026, 3, 1),)
