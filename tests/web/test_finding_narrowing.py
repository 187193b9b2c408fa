"""Narrowing, sorting, suggestions, codes to take away and similar texts, without script."""

import re
from collections.abc import Callable
from random import Random

import pytest
from flask import Flask

from testimony.web.factory import create_app
from testimony.web.finding import ROOM
from testimony.web.wiring import Services
from tests.released_testimonies import Shelf
from tests.services.conftest import Clock, People
from tests.web.conftest import Visitor

Visit = Callable[..., Visitor]

VALUE = re.compile(
    r'<button class="facet-value" name="add" value="([^"]+)"[^>]*><bdi[^>]*>([^<]+)</bdi> '
    r'<span class="facet-count">([^<]+)</span>'
)


@pytest.fixture
def app(services: Services) -> Flask:
    return create_app(services, rooms=(ROOM,))


@pytest.fixture
def shelf(people: People, clock: Clock) -> Shelf:
    shelf = Shelf(people, clock, Random(5))
    for number in range(6):
        shelf.describe(shelf.put(register={"month": "2024-12"}), act=("PRO", "PRO.03"))
        code = shelf.put("Les puits étaient secs, the wells.", register={"language": "fra"})
        shelf.describe(code, act=("KIL", "KIL.01" if number else "KIL.02"))
    shelf.put("The wells of the harbour.", register={"language": "arb"})
    shelf.grant()
    return shelf


@pytest.fixture
def reader(visit: Visit, shelf: Shelf) -> Visitor:
    visitor = visit("investigator")
    visitor.get("/finding/purpose")
    visitor.post("/finding/purpose", purpose="CP07")
    return visitor


def ask(visitor: Visitor, query: str, **more: object) -> str:
    visitor.get("/finding/")
    return str(visitor.post("/finding/search", query=query, **more).location)


def change(visitor: Visitor, address: str, **wanted: str) -> str:
    visitor.get(address)
    answer = visitor.send(f"{address.split('#')[0]}/change", dict(wanted))
    assert answer.status_code == 303
    return str(answer.location)


def values(page: str) -> dict[str, tuple[str, str]]:
    return {sends: (label, count) for sends, label, count in VALUE.findall(page)}


def test_values_stand_in_the_readers_words_with_their_counts(reader: Visitor) -> None:
    found = values(reader.get(ask(reader, "wells")).text)

    assert found["act:PRO"] == ("Property", "6")
    assert found["language:fra"][0] == "French"
    assert sorted(found[f"language:{code}"][1] for code in ("eng", "fra")) == ["6", "not shown"]
    assert found["language:arb"] == ("Standard Arabic", "fewer than 5")
    assert found["month:2025"][0] == "2025"
    assert "act:PRO.03" not in found and "audience:partner" not in found


def test_a_chosen_value_narrows_shows_what_lies_inside_it_and_can_be_taken_away(reader: Visitor) -> None:
    whole = ask(reader, "wells")

    narrowed = change(reader, whole, add="act:KIL")
    page = reader.get(narrowed).text
    back = reader.get(change(reader, narrowed, remove="act:KIL")).text

    assert narrowed.endswith("#results") and narrowed.split("#")[0] != whole
    assert "6 testimonies" in page and "13 testimonies" in back
    assert 'name="remove" value="act:KIL"' in page
    assert '<span class="quiet">Act:</span> <bdi>Killing</bdi>' in page
    assert values(page)["act:KIL.01"] == ("Execution of a person in custody or under control", "not shown")
    assert "act%3AKIL" not in narrowed and "KIL" not in narrowed


def test_the_search_before_stays_where_it_was(reader: Visitor) -> None:
    whole = ask(reader, "wells")
    change(reader, whole, add="act:KIL")

    assert "13 testimonies" in reader.get(whole).text


def test_a_new_query_beside_a_narrowed_one_stays_narrowed_and_says_so(reader: Visitor) -> None:
    narrowed = change(reader, ask(reader, "wells"), add="language:fra")
    page = reader.get(narrowed).text
    beside = re.search(r'name="beside" value="([^"]+)"', page)
    assert beside is not None

    answer = reader.post("/finding/search", query="rain", beside=beside[1])
    empty = reader.get(answer.location).text
    cleared = reader.send(f"{answer.location}/change", {"clear": "all"})

    assert "Only what fits the values chosen above was looked at." in empty
    assert "6 testimonies" in reader.get(cleared.location).text


def test_hits_are_sorted_as_chosen(reader: Visitor) -> None:
    page = reader.get(change(reader, ask(reader, "wells"), order="oldest")).text

    assert "Sorted: told first" in page
    assert page.index("December 2024") < page.index("November 2025")


@pytest.mark.parametrize(
    "sent",
    [
        {"add": "identity:x"},
        {"add": "act:"},
        {"add": 'act:x" OR *'},
        {"add": "act"},
        {"add": "act:" + "x" * 201},
        {"order": "nonsense"},
        {"remove": "act:KIL"},
        {},
    ],
)
def test_what_no_page_offers_changes_nothing(reader: Visitor, sent: dict[str, str]) -> None:
    whole = ask(reader, "wells")

    assert change(reader, whole, **sent) == f"{whole}#results"


def test_of_one_testimony_there_is_nothing_to_narrow(reader: Visitor) -> None:
    page = reader.get(ask(reader, "harbour")).text

    assert "1 testimony" in page
    assert values(page) == {}


def test_a_handful_is_narrowed_by_values_that_all_say_the_same(reader: Visitor, shelf: Shelf) -> None:
    shelf.describe(shelf.put("Another harbour.", register={"language": "fra"}), act=("PRO", "PRO.03"))

    found = values(reader.get(ask(reader, "harbour")).text)

    assert {"language:fra", "language:arb", "act:PRO"} <= found.keys()
    assert {count for _, count in found.values()} == {"fewer than 5"}


def test_did_you_mean_is_a_button_whose_words_are_in_no_address(reader: Visitor) -> None:
    page = reader.get(ask(reader, "welsl")).text

    assert "Did you mean:" in page
    assert '<input type="hidden" name="query" value="wells">' in page
    assert "query=" not in page


def test_a_capitalised_word_is_offered_as_a_name_and_the_switch_keeps_its_place(reader: Visitor) -> None:
    on = reader.get(ask(reader, "Mohamed")).text
    off = reader.get(ask(reader, "name:Mohamed", names="as_written")).text

    assert "As a name, in any spelling:" in on
    assert 'name="names" value="any_spelling" checked' in on
    assert 'name="names" value="any_spelling">' in off
    assert '<bdi dir="auto" class="read-as-query">=Mohamed</bdi>' in off


def test_codes_are_taken_as_a_file_that_says_nothing(reader: Visitor) -> None:
    found = ask(reader, "wells")
    page = reader.get(found).text

    answer = reader.post(f"{found}/codes")

    assert "no word of any testimony" in page
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="testimony-codes.csv"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert len(answer.text.splitlines()) == 14
    assert "wells" not in answer.text


def test_a_list_that_is_too_long_says_to_narrow_it(reader: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("testimony.services.exporting_codes.MAX_CODES", 5)
    found = ask(reader, "wells")
    reader.get(found)

    answer = reader.post(f"{found}/codes")

    assert answer.status_code == 422
    assert "Narrow it, then take the list." in answer.text


def test_similar_texts_are_one_link_away_and_lead_back(reader: Visitor, shelf: Shelf) -> None:
    code = shelf.put("Lanterns beside the cistern.")
    other = shelf.put("A cistern, and lanterns.")

    link = re.search(r'href="([^"]+)" data-similar', reader.get(f"/finding/testimony/{code}").text)
    assert link is not None
    page = reader.get(link[1]).text

    assert other in page and "<mark>" in page
    assert f'href="/finding/testimony/{code}"' in page


def test_similar_texts_of_what_is_closed_are_not_there(reader: Visitor, shelf: Shelf) -> None:
    closed = shelf.put(register={"quarantined": 1})

    assert reader.get(f"/finding/testimony/{closed}/similar").status_code == 404


def test_single_letters_are_keys_until_they_are_turned_off(reader: Visitor) -> None:
    before = reader.get("/finding/").text
    reader.get("/finding/help")
    reader.post("/finding/keys", keys="off")
    after = reader.get("/finding/").text
    reader.get("/finding/help")
    reader.post("/finding/keys", keys="on")

    assert 'data-keys="on"' in before and 'data-keys="off"' in after
    assert 'data-keys="on"' in reader.get("/finding/").text


def test_another_investigator_can_do_nothing_with_my_search(
    reader: Visitor, visit: Visit, shelf: Shelf
) -> None:
    shelf.grant(handle="investigator-2")
    found = ask(reader, "wells")
    other = visit("investigator_b")
    other.get("/finding/purpose")
    other.post("/finding/purpose", purpose="CP07")
    other.get("/finding/")

    assert other.send(f"{found}/change", {"add": "act:KIL"}).location == "/finding/"
    assert other.send(f"{found}/codes", {}).location == "/finding/"
