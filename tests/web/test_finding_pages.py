"""The finding room as an investigator meets it without script."""

import json
import re
from collections.abc import Callable
from random import Random

import pytest
from flask import Flask

from testimony.storage.consents import DecisionRow
from testimony.web.factory import create_app
from testimony.web.finding import ROOM
from testimony.web.finding_desk import MAX_SEARCHES
from testimony.web.wiring import Services
from tests.released_testimonies import WELLS, Shelf
from tests.services.conftest import Clock, People
from tests.web.conftest import Visitor

Visit = Callable[..., Visitor]

TOKEN = re.compile(r'name="csrf_token" value="[^"]+"')
"""It carries the second in which it was made."""


@pytest.fixture
def app(services: Services) -> Flask:
    return create_app(services, rooms=(ROOM,))


@pytest.fixture
def shelf(people: People, clock: Clock) -> Shelf:
    return Shelf(people, clock, Random(5))


@pytest.fixture
def reader(visit: Visit, shelf: Shelf) -> Visitor:
    """An investigator with one case open, at the search page for internal study."""
    shelf.grant()
    visitor = visit("investigator")
    visitor.get("/finding/purpose")
    visitor.post("/finding/purpose", purpose="CP07")
    return visitor


def ask(visitor: Visitor, query: str) -> str:
    """Search; return the address of what was found."""
    visitor.get("/finding/")
    answer = visitor.post("/finding/search", query=query)
    assert answer.status_code == 303
    return str(answer.location)


def test_what_is_found_is_shown_with_code_month_language_and_case(reader: Visitor, shelf: Shelf) -> None:
    code = shelf.put()

    page = reader.get(ask(reader, "wells")).text

    assert "1 testimony" in page
    assert code in page and "November 2025" in page and "English" in page and "CASE-1" in page
    assert "<mark>wells</mark>" in page
    assert "Read as:" in page


def test_the_words_of_a_query_are_in_no_address_and_no_header(reader: Visitor, shelf: Shelf) -> None:
    shelf.put()
    reader.get("/finding/")

    answer = reader.post("/finding/search", query="zanzibarquadrille")
    page = reader.get(answer.location)

    assert "zanzibar" not in str(answer.headers) + answer.text
    assert "zanzibar" not in str(page.headers)
    assert not [part for part in page.text.split('"') if part.startswith("/") and "zanzibar" in part]
    assert page.headers["Referrer-Policy"] == "no-referrer"


def test_nothing_found_says_where_it_was_looked_for(reader: Visitor, shelf: Shelf) -> None:
    page = reader.get(ask(reader, "<b>quicksand</b>")).text

    assert "Nothing found for" in page and "in cases you may read." in page
    assert "<b>quicksand" not in page


def test_a_query_with_broken_signs_is_read_as_words_and_said_so(reader: Visitor, shelf: Shelf) -> None:
    shelf.put()

    page = reader.get(ask(reader, 'wells "rain')).text

    assert "A quotation mark was never closed" in page
    assert "1 testimony" in page


def test_an_empty_search_and_a_too_long_one_are_told_at_the_field(reader: Visitor) -> None:
    reader.get("/finding/")

    empty = reader.post("/finding/search", query="   ")
    long = reader.post("/finding/search", query="x" * 2001)

    assert (empty.status_code, long.status_code) == (422, 422)
    assert "Type what to look for." in empty.text
    assert "Use at most 2,000 characters." in long.text


def test_a_search_that_costs_too_much_says_what_to_do(reader: Visitor, shelf: Shelf) -> None:
    shelf.put()

    answer = reader.get(ask(reader, " ".join(f"word{number}" for number in range(70))))

    assert answer.status_code == 422
    assert "Use fewer than 64." in answer.text
    assert "word69" in answer.text


def test_further_pages_are_reached_by_a_link_and_back_again(reader: Visitor, shelf: Shelf) -> None:
    put = [shelf.put(f"The wells were dry, year {number}.") for number in range(23)]
    found = ask(reader, "wells")

    first = reader.get(found).text
    second = reader.get(f"{found}?page=2").text

    assert "1 to 20" in first and "21 to 23" in second
    assert sum(f">{code}<" in first for code in put) == 20
    assert sum(f">{code}<" in second for code in put) == 3
    assert reader.get(f"{found}?page=4").status_code == 404


def test_a_testimony_is_read_with_tokens_limits_and_a_line_to_cite(reader: Visitor, shelf: Shelf) -> None:
    code = shelf.put(
        "I saw [victim 2] at [area or month].\n\nThey said [nothing].",
        release={"number": 2, "withheld": '{"X.2":1,"X.4":1}', "hides_named_details": 1},
        decisions=(DecisionRow("CP07", "granted_with_conditions", ("CC04",), valid_until="2026-12-31"),),
    )

    page = reader.get(f"/finding/testimony/{code}").text

    assert "Withheld: </span>victim 2</span>" in page
    assert "They said [nothing]." in page
    assert "Withheld for safety: 1 mention of a person, 1 place or date." in page
    assert f"{code}, release 2, partner layer" in page
    assert "Further details that the witness named are hidden" in page
    assert "31 December 2026" in page and "1 February 2027" in page
    assert page.count('<p dir="auto">') == 2


def test_a_graphic_account_is_shown_after_a_click_and_counted_for_me(reader: Visitor, shelf: Shelf) -> None:
    code = shelf.put(register={"warning": "CW02"})
    found = ask(reader, "wells")
    listed = reader.get(found).text

    before = reader.get(f"/finding/testimony/{code}").text
    opened = reader.post(f"/finding/testimony/{code}/open")
    after = reader.get(opened.location).text

    assert "This account speaks of torture. Show the excerpt" in listed
    assert "Nothing of it is shown until you say so" in before and "poisoned" not in before
    assert opened.location == f"/finding/testimony/{code}"
    assert "poisoned" in after
    assert "You have read 1 violent account today." in after


def test_a_break_is_offered_after_five_violent_accounts(reader: Visitor, shelf: Shelf) -> None:
    for _ in range(5):
        code = shelf.put(register={"warning": "CW01"})
        reader.get(f"/finding/testimony/{code}")
        reader.get(reader.post(f"/finding/testimony/{code}/open").location)

    assert "A break is part of the work" in reader.get("/finding/").text


def test_what_is_closed_what_never_was_and_what_is_mistyped_look_the_same(
    reader: Visitor, shelf: Shelf
) -> None:
    closed = shelf.put(register={"quarantined": 1})
    mistyped = closed[:-1] + ("0" if closed[-1] != "0" else "1")

    asked = (closed, mistyped, "T-0000-00", "nonsense")
    answers = [(code, reader.get(f"/finding/testimony/{code}")) for code in asked]

    assert {answer.status_code for _, answer in answers} == {404}
    assert len({TOKEN.sub("", answer.text.replace(code, "…")) for code, answer in answers}) == 1


def test_accepting_a_warning_opens_nothing_that_is_closed(reader: Visitor, shelf: Shelf) -> None:
    code = shelf.put(register={"warning": "CW02", "quarantined": 1})
    reader.get("/finding/")

    answer = reader.post(f"/finding/testimony/{code}/open")

    assert reader.get(answer.location).status_code == 404


def test_from_the_text_the_list_and_its_neighbours_are_one_step_away(reader: Visitor, shelf: Shelf) -> None:
    for number in range(3):
        shelf.put(f"The wells were dry, year {number}.")
    found = ask(reader, "wells")
    codes = [part.split("?")[0] for part in reader.get(found).text.split('href="/finding/testimony/')[1:]]
    token = found.rsplit("/", 1)[1]

    page = reader.get(f"/finding/testimony/{codes[1]}?found={token}").text

    assert f'href="{found}"' in page
    assert f'rel="prev" href="/finding/testimony/{codes[0]}?found={token}"' in page
    assert f'rel="next" href="/finding/testimony/{codes[2]}?found={token}"' in page


def test_another_investigator_cannot_open_my_search(reader: Visitor, visit: Visit, shelf: Shelf) -> None:
    shelf.put()
    shelf.grant(handle="investigator-2")
    found = ask(reader, "wells")
    other = visit("investigator_b")
    other.get("/finding/purpose")
    other.post("/finding/purpose", purpose="CP07")

    assert other.get(found).location == "/finding/"


def test_old_searches_are_forgotten_and_lead_to_a_new_one(reader: Visitor, shelf: Shelf) -> None:
    first = ask(reader, "wells")
    for number in range(MAX_SEARCHES):
        ask(reader, f"rain {number}")

    assert reader.get(first).location == "/finding/"


@pytest.mark.parametrize("name", ["interviewer", "reviewer", "auditor", "custodian"])
def test_the_room_is_not_there_for_others(visit: Visit, name: str) -> None:
    visitor = visit(name)

    assert visitor.get("/finding/").status_code == 404
    assert visitor.get("/finding/testimony/T-0000-00").status_code == 404


def test_the_page_on_how_to_search_shows_each_sign_with_its_meaning(reader: Visitor) -> None:
    page = reader.get("/finding/help").text

    assert "How to search" in page and "these words in this order" in page


def test_titles_and_addresses_name_codes_alone(reader: Visitor, shelf: Shelf) -> None:
    code = shelf.put()

    page = reader.get(f"/finding/testimony/{code}").text

    title = page.split("<title>")[1].split("</title>")[0]
    assert title == f"{code} · Test archive"
    assert WELLS not in title


def test_a_text_goes_to_paper_by_its_own_page_which_the_log_tells_as_printed(
    reader: Visitor, shelf: Shelf, people: People
) -> None:
    code = shelf.put()
    page = reader.get(f"/finding/testimony/{code}").text

    paper = reader.get(f"/finding/testimony/{code}/paper").text

    with people["auditor"].reading() as connection:
        # What was shown last.
        leaf = connection.exec_driver_sql(
            "SELECT leaf FROM log_entries WHERE action = 'AA06' ORDER BY seq DESC LIMIT 1"
        ).scalar_one()
    said = json.loads(leaf)
    assert f'href="/finding/testimony/{code}/paper"' in page
    assert "for-paper" not in page
    assert "for-paper" in paper and "Printed by investigator-1 on" in paper
    assert said["action"] == "AA06" and said["fields"][0] == "text" and said["fields"][-1] == "print"


def test_a_graphic_text_goes_to_paper_only_after_its_warning(reader: Visitor, shelf: Shelf) -> None:
    code = shelf.put(register={"warning": "CW02"})

    before = reader.get(f"/finding/testimony/{code}/paper")
    reader.post(f"/finding/testimony/{code}/open")
    after = reader.get(f"/finding/testimony/{code}/paper")

    assert (before.status_code, before.location) == (303, f"/finding/testimony/{code}")
    assert "for-paper" in after.text


def test_what_is_closed_does_not_go_to_paper(reader: Visitor, shelf: Shelf) -> None:
    code = shelf.put(register={"quarantined": 1})

    assert reader.get(f"/finding/testimony/{code}/paper").status_code == 404
