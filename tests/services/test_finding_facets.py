"""Facets, order, suggestions and the switch for names, as an investigator meets them."""

from random import Random

import pytest

from search.queries import Names
from testimony.domain.audit import Action
from testimony.domain.purposes import Purpose
from testimony.policy.small_cells import Withheld
from testimony.services.facets import Facet
from testimony.services.finding import SearchPage, search
from testimony.services.search_requests import SearchOrder, SearchRequest
from tests.released_testimonies import Shelf, codes, leaf, look
from tests.services.conftest import Clock, People

STUDY = Purpose.CP07


@pytest.fixture
def shelf(people: People, clock: Clock) -> Shelf:
    shelf = Shelf(people, clock, Random(11))
    shelf.grant()
    return shelf


def ask(shelf: Shelf, request: SearchRequest) -> SearchPage:
    return search(shelf.people["investigator"], request, STUDY, None, shelf.clock())


def facet(page: SearchPage, name: str) -> Facet:
    return next(facet for facet in page.facets if facet.field == name)


def shown(page: SearchPage, name: str) -> dict[str, int | Withheld | None]:
    """The values of a facet with what stands beside them."""
    return {value.value: value.withheld or value.count for value in facet(page, name).values}


def put_languages(shelf: Shelf, **numbers: int) -> None:
    for language, number in numbers.items():
        for _ in range(number):
            shelf.put(register={"language": language})


def test_values_are_counted_over_all_hits_not_over_the_page(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    put_languages(shelf, eng=16, fra=9)

    page = look(people, clock)

    assert shown(page, "language") == {"eng": 16, "fra": 9}
    assert len(page.hits) < page.total == 25


def test_a_count_that_would_point_at_people_is_withheld_and_so_is_what_would_give_it_back(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    put_languages(shelf, eng=12, fra=7, arb=2)

    page = look(people, clock)

    assert shown(page, "language") == {"eng": 12, "fra": Withheld.COMPLEMENT, "arb": Withheld.SMALL}
    assert facet(page, "language").threshold == 5


def test_of_a_handful_the_values_are_named_and_nothing_is_counted(shelf: Shelf) -> None:
    put_languages(shelf, eng=2, fra=1)
    shelf.describe(shelf.put(), act=("PRO", "PRO.03"))

    page = ask(shelf, SearchRequest("wells"))

    assert page.total == 4
    assert shown(page, "language") == {"eng": Withheld.SMALL, "fra": Withheld.SMALL}
    assert shown(page, "act") == {"PRO": Withheld.SMALL, "PRO.03": Withheld.SMALL}
    assert {value.count for found in page.facets for value in found.values} == {None}


def test_acts_are_counted_by_group_and_code_in_the_spelling_of_the_vocabulary(shelf: Shelf) -> None:
    for number in range(12):
        shelf.describe(shelf.put(), act=("PRO", "PRO.03") if number % 2 else ("KIL", "KIL.01"))

    page = ask(shelf, SearchRequest("wells"))

    assert shown(page, "act") == {"KIL": 6, "KIL.01": 6, "PRO": 6, "PRO.03": 6}
    assert {value.value: value.parent for value in facet(page, "act").values}["PRO.03"] == "PRO"


def test_months_lie_inside_their_years(shelf: Shelf) -> None:
    for month in ("2024-12", "2025-03", "2025-11"):
        for _ in range(6):
            shelf.put(register={"month": month})

    page = ask(shelf, SearchRequest("wells"))

    assert shown(page, "month") == {"2024": 6, "2025": 12, "2024-12": 6, "2025-03": 6, "2025-11": 6}
    assert ask(shelf, SearchRequest("wells", filters=(("month", "2025"),))).total == 12


def test_below_a_count_that_is_withheld_nothing_is_told(shelf: Shelf) -> None:
    for number in range(18):
        act = ("KIL", "KIL.01") if number < 10 else ("PRO", "PRO.03") if number < 16 else ("DIS", "DIS.01")
        shelf.describe(shelf.put(), act=act)

    acts = shown(ask(shelf, SearchRequest("wells")), "act")

    assert acts["DIS"] is Withheld.SMALL
    assert "DIS.01" not in acts


def test_what_was_chosen_narrows_the_search_and_is_in_how_it_was_read(shelf: Shelf) -> None:
    put_languages(shelf, eng=6, fra=5)

    page = ask(shelf, SearchRequest("wells OR rain", filters=(("language", "fra"),)))

    assert (page.total, {hit.language for hit in page.hits}) == (5, {"fra"})
    assert page.explanation.text == '(wells OR rain) AND language:"fra"'


def test_a_filter_on_a_field_that_is_none_changes_nothing(shelf: Shelf) -> None:
    put_languages(shelf, eng=3)

    assert ask(shelf, SearchRequest("wells", filters=(("identity", "x"),))).total == 3


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (SearchOrder.NEWEST, ["2025-11", "2025-03", "2024-12"]),
        (SearchOrder.OLDEST, ["2024-12", "2025-03", "2025-11"]),
    ],
)
def test_hits_come_in_the_order_in_which_they_were_told(
    shelf: Shelf, order: SearchOrder, expected: list[str]
) -> None:
    for month in ("2025-03", "2025-11", "2024-12"):
        shelf.put(register={"month": month})

    assert [hit.month for hit in ask(shelf, SearchRequest("wells", order)).hits] == expected


def test_hits_come_in_the_order_of_events_and_those_without_a_date_last(shelf: Shelf) -> None:
    undated, late, early = shelf.put(), shelf.put(), shelf.put()
    shelf.describe(late, event=("2025-02-03",))
    shelf.describe(early, event=("2024-11~",))

    assert codes(ask(shelf, SearchRequest("wells", SearchOrder.EVENT_EARLIEST))) == [early, late, undated]
    assert codes(ask(shelf, SearchRequest("wells", SearchOrder.EVENT_LATEST))) == [late, early, undated]


def test_sorted_by_code_every_page_goes_on_where_the_last_one_ended(shelf: Shelf) -> None:
    put = sorted(shelf.put() for _ in range(45))
    found: list[str] = []
    key = None

    for _ in range(3):
        request = SearchRequest("wells", SearchOrder.CODE)
        page = search(shelf.people["investigator"], request, STUDY, key, shelf.clock())
        found += codes(page)
        key = page.next_key

    assert found == put


def test_a_misspelt_word_brings_one_that_is_there(shelf: Shelf) -> None:
    shelf.put("They poisoned the cistern.")

    page = ask(shelf, SearchRequest("cistren", filters=(("language", "eng"),)))

    assert (page.total, page.suggestion) == (0, "cistern")
    assert ask(shelf, SearchRequest("cistern")).suggestion is None


def test_no_suggestion_is_made_of_a_text_that_is_closed(shelf: Shelf) -> None:
    shelf.put("They poisoned the cistern.", register={"quarantined": 1})

    assert ask(shelf, SearchRequest("cistren")).suggestion is None


def test_that_a_suggestion_was_made_is_in_the_log_without_its_words(shelf: Shelf) -> None:
    shelf.put("They poisoned the cistern.")

    ask(shelf, SearchRequest("cistren"))

    entry = shelf.entries(1)[0]
    assert (entry.action, leaf(entry)["fields"]) == (Action.SEARCH_RELEASED, ["suggestion"])
    assert b"cist" not in entry.leaf and b"cist" not in (entry.detail or b"")


def test_a_capitalised_word_may_be_asked_for_as_a_name(shelf: Shelf) -> None:
    shelf.put("They asked for Mohamed at the wells.")

    page = ask(shelf, SearchRequest("Muhammad wells"))

    assert (page.total, page.name_offer) == (0, 'name:"Muhammad" AND wells')
    assert ask(shelf, SearchRequest(page.name_offer or "")).total == 1
    assert ask(shelf, SearchRequest("wells")).name_offer is None


def test_the_switch_finds_the_letters_that_were_typed_and_no_other_spelling(shelf: Shelf) -> None:
    shelf.put("They asked for Mohamed.")

    on = ask(shelf, SearchRequest("name:Muhammad"))
    off = ask(shelf, SearchRequest("name:Muhammad", names=Names.AS_WRITTEN))
    same = ask(shelf, SearchRequest("name:Mohamed", names=Names.AS_WRITTEN))

    assert (on.total, off.total, same.total) == (1, 0, 1)


def test_a_label_finds_what_was_coded_and_says_so(shelf: Shelf) -> None:
    code = shelf.put("They took the goats.")
    shelf.describe(code, "Pillage", act=("PRO", "PRO.03"))

    page = ask(shelf, SearchRequest("pillage"))

    assert codes(page) == [code]
    assert [(reason.kind.value, reason.found) for reason in page.hits[0].reasons] == [("label", "Pillage")]


def test_the_titles_of_cases_come_with_their_counts_and_no_others(shelf: Shelf) -> None:
    shelf.open_second_case()
    put_languages(shelf, eng=6)

    assert dict(ask(shelf, SearchRequest("wells")).case_titles) == {"CASE-1": "Case one"}
