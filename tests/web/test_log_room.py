"""The auditors' room in a browser without script."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from testimony.domain.audit import Action
from testimony.web.log_fields import field_words
from tests.services.conftest import Clock, People
from tests.web.conftest import Visitor

CODE = "T-7Q4K-29"
Visit = Callable[..., Visitor]

PAGES = ("/log/", "/log/event/0", "/log/check", "/log/checkpoints")


@pytest.fixture
def shown(people: People, clock: Clock) -> None:
    """A reviewer has seen a testimony and has searched."""
    with people["reviewer"].work(clock()) as work:
        work.log(Action.ITEM_SHOWN, subject=("testimony", CODE), case="CASE-1", purpose="CP07")
        work.log(
            Action.SEARCH_RELEASED, count=3, purpose="CP09", detail="wells AND <script>alert(1)</script>"
        )


@pytest.mark.parametrize("name", ["interviewer", "reviewer", "investigator", "custodian"])
def test_the_log_is_not_there_for_anybody_but_auditors(visit: Visit, name: str) -> None:
    visitor = visit(name)

    answers = [visitor.get(path).status_code for path in PAGES]
    answers += [visitor.post("/log/check").status_code, visitor.post("/log/checkpoints").status_code]
    answers.append(visitor.post("/log/event/0/words").status_code)

    assert set(answers) == {404}


def test_the_first_page_says_whether_the_log_is_whole_and_who_did_what(visit: Visit, shown: None) -> None:
    page = visit("auditor").get("/log/").text

    assert "The log is whole:" in page
    assert CODE in page
    assert "reviewer-1" in page
    assert "Reviewer 1" not in page


@pytest.mark.parametrize(
    ("query", "number"),
    [
        (f"about={CODE}", 1),
        ("did=AA03&purpose=CP09", 1),
        ("case=CASE-1", 1),
        ("ended=denied", 0),
        ("since=2026-03-02&until=2026-03-02&did=AA06", 1),
        ("until=2026-03-01", 0),
    ],
)
def test_the_address_of_a_choice_shows_those_events_alone(
    visit: Visit, shown: None, query: str, number: int
) -> None:
    page = visit("auditor").get(f"/log/?{query}").text

    assert len(re.findall(r'class="river-number"', page)) == number


def test_a_choice_is_shown_as_chips_that_can_be_taken_away(visit: Visit, shown: None) -> None:
    page = visit("auditor").get(f"/log/?about={CODE}&did=AA06").text

    chips = re.findall(r'chip-remove" href="([^"]+)"', page)
    assert sorted(chips) == [f"/log/?about={CODE}", "/log/?did=AA06"]


@pytest.mark.parametrize(
    "query",
    [
        "who=nobody",
        "did=AA99",
        "ended=perhaps",
        "purpose=CP06",
        "case=%00",
        "since=yesterday",
        "about=" + "x" * 65,
        "until=9999-99-99",
    ],
)
def test_a_choice_that_cannot_be_read_says_so_and_looks_for_nothing(visit: Visit, query: str) -> None:
    answer = visit("auditor").get(f"/log/?{query}")

    assert answer.status_code == 422
    assert "This did not go through" in answer.text
    assert "river-number" not in answer.text


@pytest.mark.parametrize("before", ["-1", "abc", "9" * 40, "1e3", "", "٣"])
def test_a_page_key_that_is_no_number_is_the_first_page(visit: Visit, before: str) -> None:
    answer = visit("auditor").get(f"/log/?before={before}")

    assert answer.status_code == 200


def test_older_events_follow_page_by_page_to_the_first(visit: Visit, people: People, clock: Clock) -> None:
    with people["reviewer"].work(clock()) as work:
        for _ in range(120):
            work.log(Action.LIST_SHOWN, fields=("queue",), count=1)
    visitor, path, seen = visit("auditor"), "/log/", []

    while path:
        page = visitor.get(path).text
        seen += re.findall(r'href="/log/event/(\d+)">', page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        path = following[1].replace("&amp;", "&") if following else ""

    assert [int(seq) for seq in seen] == list(reversed(range(int(seen[0]) + 1)))


def test_sealed_words_are_opened_by_a_button_and_never_executed(visit: Visit, shown: None) -> None:
    visitor = visit("auditor")
    page = visitor.get("/log/?did=AA03").text
    seq = re.findall(r'href="/log/event/(\d+)">', page)[0]

    before = visitor.get(f"/log/event/{seq}").text
    after = visitor.post(f"/log/event/{seq}/words").text

    assert "wells AND" not in before
    assert "wells AND &lt;script&gt;" in after
    assert "<script>alert" not in after


def test_an_event_that_is_not_there_is_not_there(visit: Visit) -> None:
    visitor = visit("auditor")

    assert visitor.get("/log/event/999999").status_code == 404
    assert visitor.get("/log/event/-1").status_code == 404
    assert visitor.post("/log/event/0/words").status_code == 404


def test_a_checkpoint_is_taken_kept_and_the_log_checked_against_it(visit: Visit, shown: None) -> None:
    visitor = visit("auditor")
    visitor.get("/log/checkpoints")
    taken = visitor.post("/log/checkpoints")
    page = visitor.get(taken.location).text
    body = re.search(r'id="body" dir="ltr">([^<]+)<', page)
    note = re.search(r'id="note" dir="ltr">([^<]+)<', page)
    assert body and note

    by_body = visitor.post("/log/check", kept=body[1]).text
    by_note = visitor.post("/log/check", kept=note[1]).text

    assert "<svg" in page
    assert len(body[1].splitlines()) == 3
    assert "It continues the checkpoint that you kept" in by_body
    assert "It continues the checkpoint that you kept" in by_note
    assert "against your checkpoint over" in visitor.get("/log/").text


def test_a_text_that_is_no_checkpoint_is_told(visit: Visit) -> None:
    visitor = visit("auditor")

    page = visitor.post("/log/check", kept="hello <b>").text

    assert "is not a checkpoint of this log" in page
    assert "The log is whole" not in page


def test_a_broken_log_is_told_at_once_in_words(visit: Visit, people: People, shown: None) -> None:
    with people["reviewer"].archive.database.writing() as connection:
        connection.exec_driver_sql("UPDATE log_subjects SET subject = 'T-0000-00' WHERE subject = ?", (CODE,))

    page = visit("auditor").get("/log/").text

    assert "The log is broken." in page
    assert "was made to be about something else" in page


def test_an_event_that_is_no_event_any_more_does_not_hide_that_the_log_is_broken(
    visit: Visit, people: People, shown: None
) -> None:
    with people["reviewer"].archive.database.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER log_entries_no_update")
        connection.exec_driver_sql("UPDATE log_entries SET leaf = x'00' WHERE seq = 3")
    visitor = visit("auditor")

    listed = visitor.get("/log/")
    checked = visitor.post("/log/check").text

    assert "An event can no longer be read." in listed.text
    assert "Event 3 can no longer be read." in checked


def test_the_home_page_asks_for_a_check_until_there_was_one(visit: Visit) -> None:
    visitor = visit("auditor")

    before = visitor.get("/").text
    visitor.get("/log/")
    after = visitor.get("/").text

    assert "The log waits to be checked" in before
    assert "The log waits to be checked" not in after


def test_the_log_speaks_arabic_from_the_right(visit: Visit, shown: None) -> None:
    page = visit("auditor").get("/log/?lang=ar").text

    assert 'dir="rtl"' in page


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("release:2", "الإصدار 2"),
        ("partner", "طبقة الشركاء"),
        ("vault", "الخزنة"),
        ("text", "النص"),
        ("CP07", "CP07"),
        ("nothing-of-the-kind", "nothing of the kind"),
    ],
)
def test_what_an_event_says_besides_is_said_in_the_language_of_the_page(
    app: Flask, field: str, said: str
) -> None:
    with app.test_request_context("/", headers={"Accept-Language": "ar"}):
        assert field_words(field) == said
