"""Attacks on the auditors' room: from outside it, from inside it, and on the disk below it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from crypto.errors import Tampered
from crypto.labels import Label
from crypto.sealing import open_sealed
from testimony.domain.errors import NotFound, Refused
from testimony.domain.events import EventFilter
from testimony.domain.findings import About, AboutKind, FindingState
from testimony.policy.questions import Question
from testimony.services import (
    audit,
    findings,
    log_histories,
    log_picture,
    log_report,
    questions,
    saved_filters,
    seen_and_can,
)
from testimony.services.archives import Archive
from testimony.services.log_report import Counted, ReportedFinding
from testimony.services.log_report_files import report_csv
from testimony.services.opening import sealing_key_of
from testimony.services.questions import usual_span
from testimony.services.sessions import Session
from testimony.storage.findings import NOTES
from testimony.storage.saved_filters import SAVED_FILTERS
from tests.audit_room import finding, note, second_auditor, show
from tests.services.conftest import HANDLES, Clock, People, archive, clock, founded_template, people
from tests.services.test_custody_readers import CODE, take_in
from tests.traces import of_words, traces

__all__ = ["archive", "clock", "founded_template", "people"]

MARKED = ("zanzibarquadrille", "Ωκεανοῦβροντή")

SERVICES: dict[str, Callable[[Session, Clock], object]] = {
    "picture": lambda s, clock: log_picture.picture(s, EventFilter(), clock()),
    "question": lambda s, clock: questions.ask(s, Question.REFUSED, usual_span(clock()), {}, clock()),
    "person": lambda s, clock: log_histories.person_history(s, s.account.id, clock()),
    "testimony": lambda s, clock: log_histories.testimony_history(s, CODE, None, clock()),
    "case": lambda s, clock: seen_and_can.compare_case(s, "CASE-1", clock()),
    "readers": lambda s, clock: seen_and_can.compare_testimony(s, CODE, clock()),
    "save": lambda s, clock: saved_filters.save_filter(s, EventFilter(), "x", clock()),
    "saved": lambda s, clock: saved_filters.saved_filters(s),
    "forget": lambda s, clock: saved_filters.forget_filter(s, "x", clock()),
    "open": lambda s, clock: finding(s, clock()),
    "note": lambda s, clock: findings.add_note(s, 1, note(s), clock()),
    "finding": lambda s, clock: findings.find_finding(s, 1, clock()),
    "findings": lambda s, clock: findings.list_findings(s, frozenset(FindingState), None, clock()),
    "pinned": lambda s, clock: findings.pinned(s, clock()),
    "report": lambda s, clock: log_report.make_report(s, usual_span(clock()), clock()),
}


@pytest.mark.parametrize("name", SERVICES)
def test_who_is_no_auditor_is_refused_by_each_service(people: People, clock: Clock, name: str) -> None:
    take_in(people, clock)
    finding(people["auditor"], clock())
    for who in ("interviewer", "reviewer", "investigator", "custodian"):
        with pytest.raises(Refused):
            SERVICES[name](people[who], clock)


@pytest.mark.parametrize(
    "act",
    [
        "UPDATE finding_notes SET state = 'closed'",
        "UPDATE finding_notes SET sealed = x'00'",
        "UPDATE finding_notes SET owner_id = author_id, at = at || ' '",
        "DELETE FROM finding_notes",
        "DELETE FROM findings",
        "UPDATE findings SET number = 9",
    ],
)
def test_an_auditor_who_edits_a_finding_is_stopped_by_the_database(
    people: People, clock: Clock, act: str
) -> None:
    auditor = people["auditor"]
    number = finding(auditor, clock())

    with pytest.raises(sa.exc.DBAPIError, match="append-only"), auditor.work(clock()) as work:
        work.connection.exec_driver_sql(act)

    assert findings.find_finding(auditor, number, clock()).finding.last.is_as_written


def test_a_note_changed_moved_added_or_taken_away_below_the_triggers_is_told(
    people: People, clock: Clock
) -> None:
    auditor = people["auditor"]
    number, other = finding(auditor, clock()), finding(auditor, clock(), text="Another")
    for text in ("second", "third"):
        findings.add_note(auditor, number, note(auditor, text), clock())
    with auditor.work(clock()) as work:
        for trigger in ("finding_notes_no_update", "finding_notes_no_delete"):
            work.connection.exec_driver_sql(f"DROP TRIGGER {trigger}")
        # Closed behind everybody's back; the words of another finding put in; a note deleted; one invented.
        work.connection.exec_driver_sql(
            "UPDATE finding_notes SET state = 'closed' WHERE finding = 1 AND number = 1"
        )
        sealed = work.connection.execute(sa.select(NOTES.c.sealed).where(NOTES.c.finding == other)).scalar()
        work.connection.execute(
            NOTES.update().where(NOTES.c.finding == number, NOTES.c.number == 2).values(sealed=sealed)
        )
        work.connection.execute(NOTES.delete().where(NOTES.c.finding == number, NOTES.c.number == 3))
        row = work.connection.execute(NOTES.select().where(NOTES.c.finding == other)).one()._mapping
        work.connection.execute(NOTES.insert(), {**row, "number": 2})

    broken = findings.find_finding(auditor, number, clock()).finding
    invented = findings.find_finding(auditor, other, clock()).finding

    assert [one.is_as_written for one in broken.notes] == [False, False]
    assert broken.notes[1].said is None
    assert broken.missing == (3,)
    assert [one.is_as_written for one in invented.notes] == [True, False]


def test_no_word_of_a_finding_and_nothing_of_whom_it_is_about_is_there_for_other_accounts(
    people: People, clock: Clock, archive: Archive
) -> None:
    auditor, about = people["auditor"], people["investigator"].account.id
    number = finding(auditor, clock(), About(AboutKind.ACCOUNT, about), " ".join(MARKED))
    findings.find_finding(auditor, number, clock())

    with people["investigator"].reading() as connection:
        notes = connection.execute(NOTES.select()).all()
        rows = connection.exec_driver_sql("SELECT * FROM findings").all()
    keys = [people[name].keys.sealing for name in HANDLES if name != "auditor"]
    keys += [
        sealing_key_of(secret)
        for name in ("custodian", "reviewer", "investigator")
        for secret in people[name].archive.secrets.values()
    ]

    assert traces([archive.directory.path], of_words(MARKED)) == []
    assert about not in str(rows) and about not in str([row._mapping["owner_id"] for row in notes])
    for key in keys:
        with pytest.raises(Tampered):
            open_sealed(key, notes[0].sealed, Label.FINDING_NOTE, b"1/1")


def test_a_saved_choice_is_read_by_no_other_auditor(people: People, clock: Clock, archive: Archive) -> None:
    owner, thief = people["auditor"], second_auditor(people, clock())
    kept = saved_filters.save_filter(owner, EventFilter(subject=MARKED[0]), MARKED[1], clock())
    assert saved_filters.find_filter(owner, kept.id).name == MARKED[1]

    with pytest.raises(NotFound):
        saved_filters.find_filter(thief, kept.id)
    with pytest.raises(NotFound):
        saved_filters.forget_filter(thief, kept.id, clock())
    with thief.work(clock()) as work:
        work.connection.execute(SAVED_FILTERS.update().values(owner_id=thief.account.id))
    assert [(one.name, one.wanted) for one in saved_filters.saved_filters(thief)] == [("", None)]
    with pytest.raises(NotFound):
        saved_filters.find_filter(thief, kept.id)
    assert traces([archive.directory.path], of_words(MARKED)) == []


def test_a_formula_in_a_report_is_no_formula_in_a_spreadsheet(people: People, clock: Clock) -> None:
    report = log_report.make_report(people["auditor"], usual_span(clock()), clock())
    evil = "=HYPERLINK(1)"
    planted = ReportedFinding(1, evil, "+1", clock().date(), None, 1, (), True)
    values = {name: getattr(report, name) for name in report.__slots__}
    values |= {"actions": (Counted("@SUM(1)", 1, 0),), "findings": (planted,)}

    lines = report_csv(log_report.Report(**values)).decode().splitlines()

    assert f"finding,1,'{evil}:+1,1,," in lines
    assert "action,'@SUM(1),,1,0," in lines
    assert not any(part.startswith(("=", "+", "@")) for line in lines for part in line.split(","))


def test_a_clock_set_forward_hides_nothing_from_a_choice_without_an_end(people: People, clock: Clock) -> None:
    """An entry that says it was written next year is still among those since yesterday."""
    show(people["investigator"], clock() + timedelta(days=400))
    wanted = EventFilter(since=clock() - timedelta(days=1), actor=people["investigator"].account.id)

    listed = audit.events(people["auditor"], wanted, None, clock())
    assert any(event.at.year == 2027 for event in listed.events)
    found = log_histories.person_history(people["auditor"], people["investigator"].account.id, clock())
    assert found.last is not None and found.last.year == 2027
