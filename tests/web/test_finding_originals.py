"""Originals in the finding room, without script: who comes there, with what reason, and how they look."""

from collections.abc import Callable

import pytest
from flask import Flask

from testimony.domain.audit import Action
from testimony.domain.purposes import Purpose
from testimony.services import originals_search
from testimony.web.factory import create_app
from testimony.web.finding import ROOM
from testimony.web.wiring import Services
from tests.originals_room import REASON, WELLS, OriginalsRoom
from tests.services.conftest import Clock, People
from tests.web.conftest import Visitor

Visit = Callable[..., Visitor]


@pytest.fixture
def app(services: Services) -> Flask:
    return create_app(services, rooms=(ROOM,))


@pytest.fixture
def room(people: People, clock: Clock) -> OriginalsRoom:
    return OriginalsRoom(people, clock)


@pytest.fixture
def reader(visit: Visit, room: OriginalsRoom) -> Visitor:
    """An investigator whose grant names originals, and who has come by the key."""
    room.grant(Purpose.CP07, Purpose.CP09)
    room.enter()
    visitor = visit("investigator")
    visitor.get("/finding/purpose")
    visitor.post("/finding/purpose", purpose="CP07")
    return visitor


def ask(visitor: Visitor, query: str = "wells", **changed: str) -> str:
    visitor.get("/finding/originals/")
    fields = {"query": query, "case": "CASE-1", "reason": REASON, **changed}
    answer = visitor.send("/finding/originals/", dict(fields))
    assert answer.status_code == 303
    return str(answer.location)


def test_whoever_has_no_grant_to_originals_reads_what_would_appear(visit: Visit, room: OriginalsRoom) -> None:
    room.grant(originals=False)
    visitor = visit("investigator")
    visitor.get("/finding/purpose")
    visitor.post("/finding/purpose", purpose="CP07")

    assert "No original is open to you." in visitor.get("/finding/originals/").text
    assert "Search originals" not in visitor.get("/finding/").text


def test_before_the_key_has_come_the_page_says_when_it_comes(visit: Visit, room: OriginalsRoom) -> None:
    room.grant()
    visitor = visit("investigator")
    visitor.get("/finding/purpose")
    visitor.post("/finding/purpose", purpose="CP07")

    assert "their key has not come yet" in visitor.get("/finding/originals/").text


def test_for_a_purpose_that_the_grant_does_not_name_the_page_says_for_which_it_is(
    reader: Visitor, room: OriginalsRoom
) -> None:
    room.grant(Purpose.CP10, originals=False)
    reader.get("/finding/purpose")
    reader.post("/finding/purpose", purpose="CP10", confirmed="yes")

    page = reader.get("/finding/originals/").text

    assert "Originals are open to you for: internal study, partner organisation." in page


@pytest.mark.parametrize("reason", ["", "because", "x" * 501, "  a    b  "])
def test_without_a_reason_nothing_is_searched(reader: Visitor, room: OriginalsRoom, reason: str) -> None:
    room.put()
    reader.get("/finding/originals/")
    before = room.entries(1)[0].seq

    answer = reader.post("/finding/originals/", query="wells", case="CASE-1", reason=reason)

    assert answer.status_code == 422
    assert room.entries(1)[0].seq == before


def test_what_is_found_stands_under_its_reason_with_its_excerpt_folded_away(
    reader: Visitor, room: OriginalsRoom
) -> None:
    code = room.put()

    page = reader.get(ask(reader)).text

    assert "1 original" in page and code in page
    assert "Originals, not redacted. Searched by you alone for:" in page and REASON in page
    assert page.index("<details") < page.index("<mark>wells</mark>")


def test_an_original_is_read_after_a_warning_and_under_its_reason(
    reader: Visitor, room: OriginalsRoom
) -> None:
    code = room.put()
    found = ask(reader)
    reader.get(found)

    before = reader.get(f"{found}/{code}").text
    opened = reader.post(f"{found}/{code}")
    page = reader.get(opened.location)

    assert "Nothing of it is shown until you say so" in before and "Inekar" not in before
    assert WELLS in page.text
    assert "Original, not redacted. Shown to you alone for:" in page.text and REASON in page.text
    assert "You can read 19 more originals today." in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert room.entries(1)[0].action == Action.ITEM_SHOWN


def test_only_what_a_search_showed_can_be_opened_for_its_reason(reader: Visitor, room: OriginalsRoom) -> None:
    room.put()
    other = room.put("Nothing of the kind.")
    found = ask(reader)
    reader.get(found)

    reader.post(f"{found}/{other}")

    assert reader.get(f"{found}/{other}").status_code == 404


def test_the_day_ends_after_as_many_originals_as_one_may_read(
    reader: Visitor, room: OriginalsRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(originals_search, "DAILY_CEILING", 1)
    first, second = room.put(), room.put()
    found = ask(reader)
    reader.get(found)
    for code in (first, second):
        reader.get(f"{found}/{code}")
        reader.post(f"{found}/{code}")

    answers = [reader.get(f"{found}/{code}") for code in (first, second)]

    assert [answer.status_code for answer in answers] == [200, 429]
    assert "Enough originals for today" in answers[1].text


def test_when_the_purpose_changes_what_was_found_in_originals_is_put_away(
    reader: Visitor, room: OriginalsRoom
) -> None:
    room.put()
    found = ask(reader)
    reader.get("/finding/purpose")
    reader.post("/finding/purpose", purpose="CP09", confirmed="yes")

    assert reader.get(found).location == "/finding/originals/"


def test_words_and_reason_are_in_no_address_no_title_and_no_header(
    reader: Visitor, room: OriginalsRoom
) -> None:
    room.put()
    found = ask(reader, "wells", reason="Looking for the quadrille at dawn")

    page = reader.get(found)

    assert "wells" not in found and "quadrille" not in found + str(page.headers)
    assert "wells" not in page.text.split("<title>")[1].split("</title>")[0]
    assert not [part for part in page.text.split('"') if part.startswith("/") and "wells" in part]


def test_a_case_without_a_grant_cannot_be_chosen(reader: Visitor, room: OriginalsRoom) -> None:
    room.open_second_case()
    reader.get("/finding/originals/")

    answer = reader.post("/finding/originals/", query="wells", case="CASE-2", reason=REASON)

    assert answer.status_code == 422
