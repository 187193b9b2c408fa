"""The coding pages as a browser without script uses them: by investigators from what they read, by reviewers."""

import re
from collections.abc import Callable
from html import unescape
from random import Random

import pytest

from testimony.domain.places import PlaceId, PlaceLevel, PlaceName
from testimony.services.coded import acts_of
from testimony.services.places import NewPlace, add_place
from testimony.storage.acts import CODED_ACTS
from testimony.web.coding_dates import TypedDate, edtf_of, typed_of
from tests import review_room
from tests.coded_accounts import PARTNER_RELEASE, STUDY, coding, put_act
from tests.released_testimonies import Shelf
from tests.services.conftest import Clock, People
from tests.web.conftest import Visitor, app, archive, clock, founded_template, people, services, visit

__all__ = ["app", "archive", "clock", "founded_template", "people", "services", "visit"]

Visit = Callable[..., Visitor]

ACT: dict[str, object] = {
    "violation": "PRO.06",
    "begins": "poisoned the wells",
    "basis": "BA01",
    "unit": "person",
    "sex": "undisclosed",
}


@pytest.fixture
def shelf(people: People, clock: Clock) -> Shelf:
    return Shelf(people, clock, Random(9))


@pytest.fixture
def reader(shelf: Shelf, visit: Visit) -> Visitor:
    """An investigator with a grant and a purpose."""
    shelf.grant()
    visitor = visit("investigator")
    visitor.post("/finding/purpose", purpose="CP07")
    return visitor


def act_ids(people: People) -> list[str]:
    with people["reviewer"].reading() as connection:
        return [row.act_id for row in connection.execute(CODED_ACTS.select().order_by(CODED_ACTS.c.coded_on))]


def words(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def test_an_act_is_coded_with_a_form_and_shown_in_words(reader: Visitor, shelf: Shelf) -> None:
    code = shelf.put()
    reader.get(f"/coding/{code}/act")
    typed = {
        **ACT,
        "victims_min": "3",
        "unit": "household",
        "group": "PG01",
        "involvement": "IN01",
        "place": "ML",
        "year": "2024",
        "month": "11",
        "sign": "~",
        "methods": ["ME09"],
        "attributes": ["in_front_of_others"],
        "outcome": "VS11",
    }

    answer = reader.send(f"/coding/{code}/act", typed)

    assert (answer.status_code, answer.headers["Location"]) == (303, f"/coding/{code}")
    page = words(reader.get(f"/coding/{code}").text)
    for said in (
        "Destruction or poisoning of wells and water PRO.06",
        "poisoned the wells",
        "at least 3 (households)",
        "Army · Carried out the act",
        "Mali",
        "about November 2024",
        "Poison · In front of others · Displaced in own country",
        "Coded by you on 2 March 2026.",
    ):
        assert said in page, said


def test_what_is_wrong_is_said_at_the_top_and_what_was_typed_is_kept(reader: Visitor, shelf: Shelf) -> None:
    code = shelf.put()
    reader.get(f"/coding/{code}/act")

    answer = reader.send(
        f"/coding/{code}/act",
        {**ACT, "begins": "a song nobody sang", "victims_min": "9", "victims_max": "4", "year": "20x4"},
    )

    assert answer.status_code == 422
    assert 'href="#begins"' in answer.text
    assert "a song nobody sang" in answer.text

    answer = reader.send(f"/coding/{code}/act", {**ACT, "victims_min": "9", "victims_max": "4"})
    assert 'href="#victims_max"' in answer.text
    answer = reader.send(f"/coding/{code}/act", {**ACT, "year": "20x4"})
    assert 'href="#year"' in answer.text


def test_words_that_stand_more_than_once_ask_which(reader: Visitor, shelf: Shelf, people: People) -> None:
    code = shelf.put("They came. They burned the store. They left.")
    reader.get(f"/coding/{code}/act")

    asked = reader.send(f"/coding/{code}/act", {**ACT, "begins": "they"})
    assert (asked.status_code, 'href="#which"' in asked.text) == (422, True)

    reader.send(f"/coding/{code}/act", {**ACT, "begins": "they", "ends": "the store", "which": "2"})
    assert "They burned the store</blockquote>" in reader.get(f"/coding/{code}").text


def test_a_place_is_found_and_added_without_losing_what_was_typed(
    reader: Visitor, shelf: Shelf, people: People, clock: Clock
) -> None:
    code = shelf.put()
    reader.get(f"/coding/{code}/act")

    found = reader.send(f"/coding/{code}/act", {**ACT, "place_words": "mali", "find": "1"})
    assert 'value="ML"' in found.text
    assert "poisoned the wells" in found.text

    nowhere = reader.send(f"/coding/{code}/act", {**ACT, "new_name": "Gao", "add": "1"})
    assert (nowhere.status_code, 'href="#place"' in nowhere.text) == (422, True)

    new = {"new_name": "Gao", "new_language": "und", "new_level": "PL2", "add": "1"}
    added = reader.send(f"/coding/{code}/act", {**ACT, "place": "ML", **new})
    chosen = re.search(r'<input checked[^>]*name="place"[^>]*value="([0-9a-f]{10})"', added.text)
    assert chosen is not None
    assert "Gao, Mali" in added.text

    spelling = {"new_name": "غاو", "new_language": "arb", "spell": "1"}
    assert reader.send(f"/coding/{code}/act", {**ACT, "place": chosen[1], **spelling}).status_code == 200
    assert "Gao, Mali" in reader.send(f"/coding/{code}/act", {**ACT, "place_words": "غاو", "find": "1"}).text
    refused = reader.send(f"/coding/{code}/act", {**ACT, "place": "ML", **spelling})
    assert (refused.status_code, 'href="#new_name"' in refused.text) == (422, True)

    inside = reader.send(f"/coding/{code}/act", {**ACT, "place": "ML", "find": "1"})
    assert "Gao, Mali" in inside.text

    reader.send(f"/coding/{code}/act", {**ACT, "place": chosen[1]})
    assert "Gao, Mali" in reader.get(f"/coding/{code}").text


def test_an_investigator_is_offered_no_level_below_their_floor(reader: Visitor, shelf: Shelf) -> None:
    page = reader.get(f"/coding/{shelf.put()}/act").text

    assert '<option value="PL5">' in page
    assert '<option value="PL6">' not in page


def test_an_act_closed_by_default_says_so_and_asks_first(
    reader: Visitor, shelf: Shelf, people: People
) -> None:
    code = shelf.put()
    reader.get(f"/coding/{code}/act")

    asked = reader.send(f"/coding/{code}/act", {**ACT, "violation": "SXV.04"})

    assert asked.status_code == 200
    assert "This closes the account" in asked.text
    assert act_ids(people) == []
    assert shelf.row_of(code).tag_s == 0

    sent = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', asked.text)
    answer = reader.send(f"/coding/{code}/act", {name: unescape(value) for name, value in sent})

    assert answer.headers["Location"] == f"/coding/{code}/closed"
    assert shelf.row_of(code).tag_s == 1
    assert "the account is closed" in reader.get(f"/coding/{code}/closed").text
    assert reader.get(f"/coding/{code}").status_code == 404


def test_a_correction_comes_filled_in_and_withdraws_what_was_there(
    reader: Visitor, shelf: Shelf, people: People
) -> None:
    code = shelf.put()
    reader.get(f"/coding/{code}/act")
    reader.send(f"/coding/{code}/act", {**ACT, "year": "2024", "sign": "?"})
    (first,) = act_ids(people)

    page = reader.get(f"/coding/{code}/act?of={first}").text
    assert "poisoned the wells</textarea>" in page
    assert 'value="2024"' in page

    reader.send(f"/coding/{code}/act?of={first}", {**ACT, "violation": "PRO.05"})

    shown = words(reader.get(f"/coding/{code}").text)
    assert "1 act is coded." in shown
    assert "1 act was withdrawn" in shown
    assert reader.get(f"/coding/{code}/act?of={first}").status_code == 404


def test_an_act_is_withdrawn_with_a_button(reader: Visitor, shelf: Shelf, people: People) -> None:
    code = shelf.put()
    reader.get(f"/coding/{code}/act")
    reader.send(f"/coding/{code}/act", ACT)
    (act_id,) = act_ids(people)

    assert reader.post(f"/coding/{code}/act/{act_id}/withdraw").status_code == 303
    assert "Nothing is coded yet." in reader.get(f"/coding/{code}").text


def test_account_types_are_ticked(reader: Visitor, shelf: Shelf, people: People, clock: Clock) -> None:
    code = shelf.put()
    reader.get(f"/coding/{code}")

    reader.send(f"/coding/{code}/types", {"types": ["AT01", "AT06"]})

    kept = acts_of(people["investigator"], code, STUDY, clock()).account_types
    assert kept is not None
    assert kept.types == ("AT01", "AT06")
    assert reader.get(f"/coding/{code}").text.count("checked") == 2


def test_an_insiders_account_asks_before_it_closes(reader: Visitor, shelf: Shelf) -> None:
    code = shelf.put()
    reader.get(f"/coding/{code}")

    asked = reader.send(f"/coding/{code}/types", {"types": ["AT05"]})

    assert "This closes the account" in asked.text
    assert shelf.row_of(code).tag_p == 0


def test_without_a_purpose_it_is_chosen_first(shelf: Shelf, visit: Visit) -> None:
    shelf.grant()

    answer = visit("investigator").get(f"/coding/{shelf.put()}")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/finding/purpose")


def test_before_a_graphic_account_stands_its_warning(reader: Visitor, shelf: Shelf, visit: Visit) -> None:
    code = shelf.put("They beat him.", register={"warning": "CW02"})

    for address in (f"/coding/{code}", f"/coding/{code}/act"):
        answer = reader.get(address)
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/finding/testimony/{code}")

    reader.get(f"/finding/testimony/{code}")
    reader.post(f"/finding/testimony/{code}/open")
    assert reader.get(f"/coding/{code}").status_code == 200


def test_without_a_grant_there_is_nothing(shelf: Shelf, visit: Visit, people: People, clock: Clock) -> None:
    shelf.grant()
    shelf.open_second_case()
    code = shelf.put(register={"case_id": "CASE-2"})
    visitor = visit("investigator")
    visitor.post("/finding/purpose", purpose="CP07")

    assert visitor.get(f"/coding/{code}").status_code == 404
    assert visitor.send(f"/coding/{code}/act", ACT).status_code == 404
    assert act_ids(people) == []


def test_a_reviewer_codes_the_widest_release_and_may_choose_another(
    people: People, clock: Clock, visit: Visit
) -> None:
    code, _ = review_room.released(people["interviewer"], people["reviewer"], people["reviewer_b"], clock())
    visitor = visit("reviewer")
    page = visitor.get(f"/coding/{code}").text
    assert "partner layer" in page

    visitor.get(f"/coding/{code}/act?release=partner")
    answer = visitor.send(f"/coding/{code}/act?release=partner", {**ACT, "begins": "I heard the shots"})

    assert answer.headers["Location"] == f"/coding/{code}?release=partner"
    assert "I heard the shots" in visitor.get(f"/coding/{code}").text
    assert visitor.get(f"/coding/{code}?release=court").status_code == 404
    assert f"/coding/{code}" in visitor.get("/review/released").text


def test_the_text_of_an_account_and_names_of_places_are_escaped(
    reader: Visitor, shelf: Shelf, people: People, clock: Clock
) -> None:
    code = shelf.put("<script>alert(1)</script> they sang.")
    name = "<b>Gao</b>"
    place = add_place(
        people["reviewer"],
        PARTNER_RELEASE,
        NewPlace(PlaceId("ML"), PlaceLevel.REGION, None, (PlaceName(name, "und"),)),
        clock(),
    )
    put_act(people["investigator"], code, clock, coding(place=place))

    for address in (f"/coding/{code}", f"/coding/{code}/act"):
        page = reader.get(address).text
        assert "<script>alert" not in page
        assert name not in page


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_the_pages_name_codes_in_the_language_of_the_page(
    reader: Visitor, shelf: Shelf, language: str
) -> None:
    code = shelf.put()
    pillage = {"fr": "Pillage", "ar": "نهب"}[language]

    page = reader.get(f"/coding/{code}/act?lang={language}").text

    assert f"{pillage} · PRO.03" in page
    assert {"fr": "novembre", "ar": "نوفمبر"}[language] in page


@pytest.mark.parametrize("when", ["2024", "2024-11~", "2024-11-14?", "2023-05/2023-06%", "../2024"])
def test_a_date_survives_the_boxes(when: str) -> None:
    assert edtf_of(*typed_of(when)) == when


def test_boxes_that_are_empty_are_no_date() -> None:
    assert edtf_of(TypedDate(), TypedDate()) is None
    assert edtf_of(TypedDate(year="2024", day="3"), TypedDate()) == "2024-XX-03"
