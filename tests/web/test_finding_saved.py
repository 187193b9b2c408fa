"""Saved searches and their notices, as an investigator meets them without script."""

import re
from collections.abc import Callable
from random import Random

import pytest
from flask import Flask

from testimony.domain.purposes import Purpose
from testimony.web.factory import create_app
from testimony.web.finding import ROOM
from testimony.web.wiring import Services
from tests.released_testimonies import Shelf
from tests.services.conftest import Clock, People
from tests.web.conftest import Visitor

Visit = Callable[..., Visitor]

WORD = "zanzibarquadrille"


@pytest.fixture
def app(services: Services) -> Flask:
    return create_app(services, rooms=(ROOM,))


@pytest.fixture
def shelf(people: People, clock: Clock) -> Shelf:
    shelf = Shelf(people, clock, Random(5))
    shelf.put(f"They spoke of the {WORD}.")
    shelf.grant(Purpose.CP07, Purpose.CP09)
    return shelf


@pytest.fixture
def reader(visit: Visit, shelf: Shelf) -> Visitor:
    visitor = visit("investigator")
    choose(visitor, "CP07")
    return visitor


def choose(visitor: Visitor, purpose: str) -> None:
    visitor.get("/finding/purpose")
    visitor.post("/finding/purpose", purpose=purpose, confirmed="yes")


def save(visitor: Visitor, query: str = WORD, name: str = "The quadrille") -> str:
    """Search and save; return the saved search's id."""
    visitor.get("/finding/")
    found = visitor.post("/finding/search", query=query).location
    visitor.get(f"{found}/save")
    assert visitor.post(f"{found}/save", name=name).location == "/finding/saved/"
    listed = re.findall(r'action="/finding/saved/([0-9a-f]{32})/run"', visitor.get("/finding/saved/").text)
    return str(listed[-1])


def test_a_search_is_saved_under_a_name_and_run_again(reader: Visitor) -> None:
    saved = save(reader)
    listed = reader.get("/finding/saved/").text

    answer = reader.post(f"/finding/saved/{saved}/run")

    assert "The quadrille" in listed and WORD in listed and "For: internal study." in listed
    assert "1 testimony" in reader.get(answer.location).text
    assert WORD not in answer.location and "quadrille" not in answer.location


def test_the_page_says_what_will_happen_before_anything_is_saved(reader: Visitor) -> None:
    reader.get("/finding/")
    found = reader.post("/finding/search", query=WORD).location

    page = reader.get(f"{found}/save").text

    assert "Only you can open it" in page and "your home page says how many, and nothing else" in page


@pytest.mark.parametrize(
    ("name", "said"),
    [("  ", "Give it a name."), ("x" * 121, "Use at most 120 characters."), ("a\x00b", "on one line")],
)
def test_a_name_that_does_not_do_is_told_at_the_field(reader: Visitor, name: str, said: str) -> None:
    reader.get("/finding/")
    found = reader.post("/finding/search", query=WORD).location
    reader.get(f"{found}/save")

    answer = reader.post(f"{found}/save", name=name)

    assert answer.status_code == 422
    assert said in answer.text


def test_the_home_page_says_how_many_and_nothing_of_what_was_looked_for(
    reader: Visitor, shelf: Shelf
) -> None:
    save(reader)
    before = reader.get("/").text
    for _ in range(2):
        shelf.put(f"Once more the {WORD}.")

    home = reader.get("/").text

    assert "a search you saved" not in before
    assert "2 new testimonies match a search you saved" in home
    assert WORD not in home and "quadrille" not in home


def test_of_what_the_gate_refuses_there_is_no_notice(reader: Visitor, shelf: Shelf) -> None:
    save(reader)
    shelf.put(f"Once more the {WORD}.", register={"quarantined": 1})

    assert "a search you saved" not in reader.get("/").text


def test_a_notice_goes_when_its_owner_says_so(reader: Visitor, shelf: Shelf) -> None:
    saved = save(reader)
    shelf.put(f"Once more the {WORD}.")
    assert "1 new testimony" in reader.get("/finding/saved/").text

    reader.post(f"/finding/saved/{saved}/seen")

    assert "new testimony" not in reader.get("/finding/saved/").text
    assert "a search you saved" not in reader.get("/").text


def test_one_saved_for_another_purpose_asks_before_the_purpose_changes(reader: Visitor) -> None:
    saved = save(reader)
    choose(reader, "CP09")
    reader.get("/finding/saved/")

    asked = reader.post(f"/finding/saved/{saved}/run")
    answer = reader.post(f"/finding/saved/{saved}/run", confirmed="yes")

    assert "This search was saved for: internal study." in asked.text
    assert "Purpose: internal study" in reader.get(answer.location).text


def test_forgetting_asks_once_and_then_it_is_gone(reader: Visitor) -> None:
    saved = save(reader)

    asked = reader.get(f"/finding/saved/{saved}/forget").text
    reader.post(f"/finding/saved/{saved}/forget")

    assert "cannot be brought back" in asked and "The quadrille" in asked
    assert "You have saved no search." in reader.get("/finding/saved/").text
    assert reader.get(f"/finding/saved/{saved}/forget").status_code == 404


def test_another_investigator_sees_nothing_of_it(reader: Visitor, visit: Visit, shelf: Shelf) -> None:
    saved = save(reader)
    shelf.grant(handle="investigator-2")
    other = visit("investigator_b")
    choose(other, "CP07")

    assert "You have saved no search." in other.get("/finding/saved/").text
    for act in ("run", "seen", "forget"):
        assert other.post(f"/finding/saved/{saved}/{act}").status_code == 404


def test_titles_and_addresses_say_nothing_of_what_was_saved(reader: Visitor) -> None:
    saved = save(reader)

    for address in ("/finding/saved/", f"/finding/saved/{saved}/forget"):
        page = reader.get(address).text
        assert "quadrille" not in page.split("<title>")[1].split("</title>")[0]
        assert not [part for part in page.split('"') if part.startswith("/") and "quadrille" in part]
