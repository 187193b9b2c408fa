"""Choosing, keeping and changing the purpose one reads for."""

from collections.abc import Callable
from random import Random

import pytest
from flask import Flask

from testimony.domain.purposes import Purpose
from testimony.services.granting import end_grant
from testimony.storage.consents import DecisionRow
from testimony.web.factory import create_app
from testimony.web.finding import ROOM
from testimony.web.wiring import Services
from tests.released_testimonies import YES_TO_STUDY, Shelf
from tests.services.conftest import Clock, People
from tests.web.conftest import Visitor

Visit = Callable[..., Visitor]

STUDY = Purpose.CP07


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


def test_the_first_question_is_for_which_purpose_i_read(visit: Visit, shelf: Shelf) -> None:
    shelf.grant(STUDY, Purpose.CP14)
    visitor = visit("investigator")

    answer = visitor.get("/finding/")
    page = visitor.get(answer.location).text

    assert answer.location == "/finding/purpose"
    assert "For which purpose are you reading?" in page
    assert "internal study" in page and "International Criminal Court" in page
    assert "United Nations" not in page
    assert "checked" not in page


def test_the_chosen_purpose_stands_in_the_bar(reader: Visitor) -> None:
    page = reader.get("/finding/").text

    assert "Purpose: internal study" in page
    assert "Search what was released to you" in page


def test_no_purpose_chosen_is_told_beside_the_choice(visit: Visit, shelf: Shelf) -> None:
    shelf.grant()
    visitor = visit("investigator")
    visitor.get("/finding/purpose")

    answer = visitor.post("/finding/purpose")

    assert answer.status_code == 422
    assert "Choose the purpose you are reading for." in answer.text


def test_a_purpose_that_is_not_granted_cannot_be_chosen(visit: Visit, shelf: Shelf) -> None:
    shelf.grant(STUDY)
    visitor = visit("investigator")
    visitor.get("/finding/purpose")

    answer = visitor.post("/finding/purpose", purpose="CP14")

    assert answer.status_code == 422
    assert visitor.get("/finding/").location == "/finding/purpose"


def test_without_a_grant_the_room_says_who_opens_cases(visit: Visit) -> None:
    page = visit("investigator").get("/finding/purpose").text

    assert "No case is open to you now. When a grant opens one" in page


def test_changing_the_purpose_asks_first_and_puts_away_what_was_found(visit: Visit, shelf: Shelf) -> None:
    shelf.put(decisions=(YES_TO_STUDY, DecisionRow("CP13", "granted")))
    shelf.grant(STUDY, Purpose.CP13)
    visitor = visit("investigator")
    visitor.get("/finding/purpose")
    visitor.post("/finding/purpose", purpose="CP07")
    found = ask(visitor, "wells")

    question = visitor.post("/finding/purpose", purpose="CP13")
    still = visitor.get("/finding/").text
    visitor.post("/finding/purpose", purpose="CP13", confirmed="yes")

    assert "Change the purpose?" in question.text
    assert "Purpose: internal study" in still
    assert "Purpose: United Nations" in visitor.get("/finding/").text
    assert visitor.get(found).location == "/finding/"


def test_a_grant_that_is_ended_meanwhile_leads_to_the_door_and_the_purpose_is_forgotten(
    visit: Visit, shelf: Shelf, people: People, clock: Clock
) -> None:
    shelf.put()
    given = shelf.grant()
    visitor = visit("investigator")
    visitor.get("/finding/purpose")
    visitor.post("/finding/purpose", purpose="CP07")
    found = ask(visitor, "wells")

    end_grant(people["custodian"], given.id, "the work is done", clock())

    assert visitor.get(found).location == "/sign-in"
    visitor.sign_in("investigator")
    assert "Purpose:" not in visitor.get("/finding/purpose").text


def test_the_home_page_says_which_case_is_open_until_when(reader: Visitor) -> None:
    assert "CASE-1 is open to you until 1 May 2026" in reader.get("/").text
