"""The pages of the auditors' room in a browser without script."""

import json
import re
from collections.abc import Callable

import pytest

from testimony.domain.findings import About, AboutKind
from testimony.services import interpreters
from tests.audit_room import finding, show
from tests.services.conftest import Clock, People
from tests.services.test_custody_readers import CODE, give, take_in
from tests.web.conftest import Visitor

Visit = Callable[..., Visitor]


@pytest.fixture
def planted(people: People, clock: Clock) -> None:
    take_in(people, clock)
    give(people, clock)
    show(people["investigator"], clock(), 70)


def test_an_answer_leads_to_the_person_the_events_and_a_finding(
    visit: Visit, people: People, planted: None
) -> None:
    visitor = visit("auditor")
    page = visitor.get("/log/questions/bulk-reading").text
    finding_at = re.search(r'href="(/log/findings/new\?[^"]+)"', page)
    assert finding_at

    assert ">Much read at once</bdi>" in visitor.get("/log/").text
    assert "What may be harmless" in page
    assert "70 things shown in the hour from 09:00 on 2 March 2026" in page
    assert f"/log/person/{people['investigator'].account.id}" in page
    form = visitor.get(finding_at[1].replace("&amp;", "&")).text
    assert "Much read at once" in form
    made = visitor.post(
        "/log/findings/new",
        kind="question",
        id="bulk-reading",
        words="Seventy in an hour",
        events="3, 4",
        state="open",
        owner=people["auditor"].account.id,
    )
    shown = visitor.get(made.location).text
    assert "Seventy in an hour" in shown
    assert "Much read at once" in shown
    assert "Finding" in visitor.get("/log/").text


def test_what_was_read_after_its_interpreter_came_under_question_is_told_in_plain_words(
    visit: Visit, people: People, clock: Clock
) -> None:
    take_in(people, clock, interpreter_id=people["interviewer_b"].account.id)
    interpreters.question(people["interviewer"], "interviewer-2", "somebody fears him", clock())
    show(people["investigator"], clock.forward(minutes=5), 2)

    page = visit("auditor").get("/log/questions/questioned-interpreter").text

    assert "read 2 times since 2 March 2026, when its interpreter was put under question" in page
    assert f"/log/testimony/{CODE}" in page
    assert "somebody fears him" not in page


def test_markup_in_a_finding_is_text_and_a_note_needs_its_reason_to_close(
    visit: Visit, people: People, clock: Clock
) -> None:
    visitor = visit("auditor")
    number = finding(people["auditor"], clock(), text='<script>alert(1)</script><img src="x">')
    page = visitor.get(f"/log/findings/{number}").text
    fields = {"words": "done", "state": "closed", "owner": people["auditor"].account.id}

    refused = visitor.post(f"/log/findings/{number}", **fields)
    closed = visitor.post(f"/log/findings/{number}", **fields, closing="explained")

    assert "&lt;script&gt;alert(1)" in page and "<script>alert" not in page
    assert refused.status_code == 422 and "Say why it is closed" in refused.text
    assert closed.status_code == 303
    assert "There is a harmless explanation" in visitor.get(f"/log/findings/{number}").text


def test_a_choice_is_saved_by_name_and_opened_by_an_address_without_it(visit: Visit, planted: None) -> None:
    visitor = visit("auditor")
    page = visitor.get("/log/?did=AA06&role=investigator").text
    assert "/log/saved/new?role=investigator&amp;did=AA06" in page
    visitor.get("/log/saved/new?role=investigator&did=AA06")
    kept = visitor.post("/log/saved/new?role=investigator&did=AA06", name="What they open")
    listed = visitor.get(kept.location).text
    address = re.search(r'href="(/log/saved/[0-9a-f]{32})"', listed)
    assert address

    opened = visitor.get(address[1])
    assert "What they open" in listed
    assert opened.location == "/log/?role=investigator&did=AA06"
    visitor.get("/log/saved")
    visitor.post(f"{address[1]}/forget")
    assert "You have saved no choice" in visitor.get("/log/saved").text


def test_a_testimonys_history_says_grant_and_consent_and_the_readers_page_the_difference(
    visit: Visit, people: People, clock: Clock, planted: None
) -> None:
    show(people["investigator_b"], clock())
    visitor = visit("auditor")
    history = visitor.get(f"/log/testimony/{CODE}").text
    readers = visitor.get(f"/log/testimony/{CODE}/readers").text
    case = visitor.get("/log/case/CASE-1").text

    assert "version 1 of the consent" in history and "until 1 April 2026" in history
    assert "no grant that we know of" in history
    for page in (readers, case):
        assert "3 people can see it. 1 of them has seen it. 1 person who has seen it no longer can." in page


def test_the_picture_has_a_number_for_each_hour_and_the_choice_stays(visit: Visit, planted: None) -> None:
    page = visit("auditor").get("/log/picture?did=AA06").text

    assert ">70</td>" in page
    assert len(re.findall(r'<td class="week-', page)) == 7 * 24
    assert 'chip-remove" href="/log/picture"' in page


def test_the_report_is_a_page_and_two_files_without_a_code_or_a_name(visit: Visit, planted: None) -> None:
    visitor = visit("auditor")
    page = visitor.get("/log/report").text
    main = page[page.index("<main") :]
    table, document = visitor.get("/log/report.csv"), visitor.get("/log/report.json")

    assert "Counts and event numbers only" in page
    for text in (main, table.text, document.text):
        assert CODE not in text and "investigator-1" not in text and "CASE-1" not in text
    assert "audit-report-2026-" in table.headers["Content-Disposition"]
    assert json.loads(document.text)["format"] == "testimony-audit-report/1"
    assert visitor.get("/log/report?since=2026-03-05&until=2026-03-01").status_code == 422


@pytest.mark.parametrize(
    "path",
    [
        "/log/questions/refused?least=0",
        "/log/questions/refused?since=x",
        "/log/saved/new?who=nobody",
        "/log/picture?did=AA99",
    ],
)
def test_what_cannot_be_asked_is_said_and_nothing_is_looked_for(visit: Visit, path: str) -> None:
    answer = visit("auditor").get(path)

    assert answer.status_code == 422
    assert "This did not go through" in answer.text


def test_no_page_of_the_room_says_a_persons_name(
    visit: Visit, people: People, clock: Clock, planted: None
) -> None:
    visitor, who = visit("auditor"), people["investigator"].account.id
    number = finding(people["auditor"], clock(), About(AboutKind.ACCOUNT, who))
    for path in (
        "/log/",
        f"/log/person/{who}",
        f"/log/testimony/{CODE}",
        "/log/case/CASE-1",
        f"/log/findings/{number}",
    ):
        page = visitor.get(path).text
        assert "Investigator 1" not in page
        assert "investigator-1" in page
