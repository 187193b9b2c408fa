"""Searching what was coded: labels in every language, places inside places, and what may not be counted together."""

from random import Random

import pytest

from testimony.domain.acts import Perpetrators
from testimony.domain.grants import ClosedPart
from testimony.domain.places import PlaceId, PlaceLevel, PlaceName
from testimony.domain.purposes import Purpose
from testimony.services.coding import set_account_types
from testimony.services.coding_access import ForPurpose
from testimony.services.exporting_codes import export_codes
from testimony.services.finding import SearchPage, search
from testimony.services.places import NewPlace, add_place
from testimony.services.search_requests import SearchRequest
from tests.coded_accounts import AGREED, PARTNER_RELEASE, coding, put_act
from tests.released_testimonies import Shelf, codes, leaf
from tests.services.conftest import Clock, People

STUDY = Purpose.CP07


@pytest.fixture
def shelf(people: People, clock: Clock) -> Shelf:
    shelf = Shelf(people, clock, Random(31))
    shelf.grant(parts=frozenset({ClosedPart.SEXUAL_VIOLENCE}))
    return shelf


@pytest.fixture
def places(people: People, clock: Clock) -> list[PlaceId]:
    """Mali, a region and a settlement inside each other."""
    path = [PlaceId("ML")]
    for level, name in (("PL2", "Gawa"), ("PL5", "Tin Amalek")):
        new = NewPlace(path[-1], PlaceLevel(level), None, (PlaceName(name, "und"),))
        path.append(add_place(people["reviewer"], PARTNER_RELEASE, new, clock()))
    return path


def ask(shelf: Shelf, query: str, *filters: tuple[str, str]) -> SearchPage:
    request = SearchRequest(query, filters=filters)
    return search(shelf.people["investigator"], request, STUDY, None, shelf.clock())


def coded(
    shelf: Shelf,
    act: str,
    place: PlaceId | None = None,
    text: str = "They came at night from the north, and left.",
) -> str:
    code = shelf.put(text)
    what = coding(act, place=place)
    put_act(shelf.people["investigator"], code, shelf.clock, what, closing=AGREED)
    return code


def shown(page: SearchPage, name: str) -> dict[str, int | str | None]:
    facet = next(facet for facet in page.facets if facet.field == name)
    return {value.value: value.withheld or value.count for value in facet.values}


@pytest.mark.parametrize(
    "query",
    [
        "pillage",
        "Pillage",
        "act:pillage",
        "act:PRO.03",
        "act:PRO",
        "act:pro.03 AND night",
        "name:x OR pillage",
    ],
)
def test_what_is_coded_as_pillage_is_found_by_its_label_and_by_its_code(shelf: Shelf, query: str) -> None:
    code = coded(shelf, "PRO.03")
    coded(shelf, "KIL.01")

    assert codes(ask(shelf, query)) == [code]


@pytest.mark.parametrize(
    "query",
    [
        "perp:army",
        "perp:PG01",
        "armée",
        "place:Gawa",
        "event:2024-11-14",
        "event:[2024-10 TO 2025-01]",
        "basis:saw",
        'account:"direct victim"',
        "account:AT01",
        "attachment:no AND act:pillage",
    ],
)
def test_every_field_that_the_help_names_is_found_by_code_and_label(
    shelf: Shelf, places: list[PlaceId], query: str
) -> None:
    code = shelf.put("They came at night from the north, and left.")
    who = Perpetrators("PG01", "IN01", "ID03")
    what = coding("PRO.03", place=places[2], when="2024-11~", perpetrators=who, basis="BA01")
    me = shelf.people["investigator"]
    put_act(me, code, shelf.clock, what)
    set_account_types(me, code, ForPurpose(STUDY), ("AT01",), AGREED, shelf.clock())
    shelf.put("They came at night from the north, and left.")

    assert codes(ask(shelf, query)) == [code]


def test_a_list_of_codes_reads_labels_as_the_search_does(shelf: Shelf) -> None:
    code = coded(shelf, "PRO.03")

    answer = export_codes(
        shelf.people["investigator"], SearchRequest("act:pillage"), STUDY, shelf.clock()
    ).decode()

    assert [line.split(",")[0] for line in answer.splitlines()[1:]] == [code]


def test_a_hit_says_what_was_coded_and_in_which_region_and_the_log_that_it_did(
    shelf: Shelf, places: list[PlaceId]
) -> None:
    coded(shelf, "PRO.03", places[2])

    page = ask(shelf, "night")

    (hit,) = page.hits
    assert (hit.acts, [place.name("eng") for place in hit.regions]) == (("PRO.03",), ["Gawa"])
    assert leaf(shelf.entries(1)[0])["fields"] == ["snippet", "acts", "release:1", "partner"]


def test_places_are_counted_with_all_that_lies_inside_them(shelf: Shelf, places: list[PlaceId]) -> None:
    for _ in range(6):
        coded(shelf, "PRO.03", places[2])

    page = ask(shelf, "night")

    assert shown(page, "place") == {"ML": 6, places[1]: 6, places[2]: 6}
    assert page.places["ML"].name("fra") == "Mali"


def test_a_place_finds_what_lies_inside_it_by_name_and_as_a_filter(
    shelf: Shelf, places: list[PlaceId]
) -> None:
    code = coded(shelf, "PRO.03", places[2])
    coded(shelf, "PRO.03")

    for page in (ask(shelf, "place:Gawa"), ask(shelf, "place:mali"), ask(shelf, "*", ("place", places[1]))):
        assert codes(page) == [code]


@pytest.mark.parametrize(
    ("query", "filters"),
    [("act:SXV", ()), ("act:rape", ()), ("viol", ()), ("*", (("act", "SXV.01"),)), ("act:SXV*", ())],
)
def test_sexual_violence_is_counted_in_no_place_finer_than_a_region(
    shelf: Shelf, places: list[PlaceId], query: str, filters: tuple[tuple[str, str], ...]
) -> None:
    for _ in range(6):
        coded(shelf, "SXV.01", places[2])

    counted = shown(ask(shelf, query, *filters), "place")

    assert counted == {"ML": 6, places[1]: 6}


def test_below_region_no_act_of_sexual_violence_is_counted(shelf: Shelf, places: list[PlaceId]) -> None:
    for act in ("SXV.01", "PRO.03"):
        for _ in range(6):
            coded(shelf, act, places[2])

    region = shown(ask(shelf, "*", ("place", places[1])), "act")
    settlement = shown(ask(shelf, "*", ("place", places[2])), "act")
    by_name = shown(ask(shelf, 'place:"Tin Amalek"'), "act")

    assert region == {"PRO": 6, "PRO.03": 6, "SXV": 6, "SXV.01": 6}
    assert settlement == by_name == {"PRO": 6, "PRO.03": 6}


def test_among_a_handful_with_sexual_violence_no_place_finer_than_a_region_is_named(
    shelf: Shelf, places: list[PlaceId]
) -> None:
    coded(shelf, "PRO.03", places[2])
    without = shown(ask(shelf, "*"), "place")

    coded(shelf, "SXV.01", places[1])

    assert set(without) == set(places)
    assert set(shown(ask(shelf, "*"), "place")) == {"ML", places[1]}
