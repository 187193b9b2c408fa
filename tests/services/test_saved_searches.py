"""Saved searches: their owner's alone, and notices that are made anew through the gate of the moment."""

from collections.abc import Callable
from random import Random

import pytest

from search.queries import Names
from testimony.domain.audit import Action, Outcome
from testimony.domain.errors import Conflict, Invalid, NotFound, Problem, Refused
from testimony.domain.purposes import Purpose
from testimony.services import saved_searches as service
from testimony.services.granting import end_grant
from testimony.services.saved_searches import MAX_SAVED, Notice, SavedSearch, news
from testimony.services.search_requests import SearchOrder, SearchRequest
from testimony.storage.consents import DecisionRow
from testimony.storage.log import size
from tests.released_testimonies import Shelf, leaf
from tests.services.conftest import Clock, People

STUDY = Purpose.CP07
REFUSED = DecisionRow("CP07", "refused")


@pytest.fixture
def shelf(people: People, clock: Clock) -> Shelf:
    return Shelf(people, clock, Random(17))


def keep(people: People, clock: Clock, query: str = "wells", purpose: Purpose = STUDY) -> SavedSearch:
    return service.save(people["investigator"], SearchRequest(query), "The wells", purpose, clock())


def told(people: People, clock: Clock) -> dict[str, int]:
    return {notice.saved_id: notice.count for notice in news(people["investigator"], clock())}


def entries(people: People) -> int:
    with people["reviewer"].reading() as connection:
        return size(connection)


def test_a_saved_search_comes_back_as_it_was_kept(shelf: Shelf, people: People, clock: Clock) -> None:
    shelf.grant()
    request = SearchRequest(
        'wells OR name:"Мохамед"', SearchOrder.NEWEST, Names.AS_WRITTEN, (("case", "CASE-1"), ("act", "PRO"))
    )

    kept = service.save(people["investigator"], request, "  The wells, محمد  ", STUDY, clock())

    assert service.saved(people["investigator"], clock()) == (kept,)
    assert service.find_saved(people["investigator"], kept.id, clock()) == kept
    assert (kept.name, kept.request, kept.purpose, kept.is_open) == ("The wells, محمد", request, STUDY, True)
    assert service.unreadable(people["investigator"]) == ()


def test_each_person_has_their_own(shelf: Shelf, people: People, clock: Clock) -> None:
    shelf.grant()
    shelf.grant(handle="investigator-2")
    kept = keep(people, clock)

    assert service.saved(people["investigator_b"], clock()) == ()
    with pytest.raises(NotFound):
        service.find_saved(people["investigator_b"], kept.id, clock())
    with pytest.raises(NotFound):
        service.forget(people["investigator_b"], kept.id, clock())
    with pytest.raises(NotFound):
        service.mark_seen(people["investigator_b"], kept.id, clock())


def test_a_forgotten_search_is_gone(shelf: Shelf, people: People, clock: Clock) -> None:
    shelf.grant()
    kept = keep(people, clock)

    service.forget(people["investigator"], kept.id, clock())

    assert service.saved(people["investigator"], clock()) == ()
    with pytest.raises(NotFound):
        service.forget(people["investigator"], kept.id, clock())


@pytest.mark.parametrize(
    ("request_", "name", "problem"),
    [
        (SearchRequest("wells"), "   ", Problem("name", "required")),
        (SearchRequest("wells"), "n" * 121, Problem("name", "too_long")),
        (SearchRequest("wells"), "a\x07b", Problem("name", "bad_character")),
        (SearchRequest("w" * 2001), "n", Problem("query", "too_long")),
        (SearchRequest("\ud800"), "n", Problem("", "bad_character")),
        (SearchRequest("w", filters=(("case", "x"),) * 41), "n", Problem("filters", "too_many")),
        (SearchRequest("w", filters=(("case", "x" * 201),)), "n", Problem("filters", "too_long")),
    ],
)
def test_what_is_out_of_bounds_is_not_kept(
    shelf: Shelf, people: People, clock: Clock, request_: SearchRequest, name: str, problem: Problem
) -> None:
    shelf.grant()

    with pytest.raises(Invalid) as invalid:
        service.save(people["investigator"], request_, name, STUDY, clock())

    assert problem in invalid.value.problems
    assert service.saved(people["investigator"], clock()) == ()


def test_there_are_fifty_at_most(shelf: Shelf, people: People, clock: Clock) -> None:
    shelf.grant()
    for _ in range(MAX_SAVED):
        keep(people, clock)

    with pytest.raises(Conflict):
        keep(people, clock)


def test_a_purpose_that_is_not_granted_is_not_kept(shelf: Shelf, people: People, clock: Clock) -> None:
    shelf.grant()

    with pytest.raises(Refused):
        keep(people, clock, purpose=Purpose.CP14)


@pytest.mark.parametrize("name", ["reviewer", "interviewer", "custodian", "auditor"])
def test_who_may_not_search_has_none(shelf: Shelf, people: People, clock: Clock, name: str) -> None:
    acts: tuple[Callable[[], object], ...] = (
        lambda: service.save(people[name], SearchRequest("wells"), "n", STUDY, clock()),
        lambda: service.saved(people[name], clock()),
        lambda: service.unreadable(people[name]),
        lambda: news(people[name], clock()),
    )
    for act in acts:
        with pytest.raises(Refused):
            act()


def test_a_later_release_that_matches_raises_a_notice_and_says_only_how_many(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    shelf.grant()
    shelf.put()
    kept, other = keep(people, clock), keep(people, clock, "quarry")
    assert told(people, clock) == {}

    shelf.put()
    shelf.put()
    shelf.put("Nothing of this kind.")

    assert news(people["investigator"], clock()) == (Notice(kept.id, 2),)
    assert other.id not in told(people, clock)


def test_a_notice_is_in_the_log_with_what_was_searched_sealed(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    shelf.grant()
    keep(people, clock)
    shelf.put()

    news(people["investigator"], clock())

    entry = shelf.entries(1)[0]
    said = leaf(entry)
    assert (said["action"], said["fields"], said["count"], said["purpose"], said["outcome"]) == (
        Action.SEARCH_RELEASED,
        ["saved-search"],
        1,
        "CP07",
        Outcome.ALLOWED,
    )
    assert said["detail"] is not None
    assert b"wells" not in entry.leaf


def test_when_nothing_was_released_nothing_is_searched_and_nothing_logged(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    shelf.grant()
    shelf.put()
    keep(people, clock)
    before = entries(people)

    found = news(people["investigator"], clock()), news(people["investigator"], clock())

    assert found == ((), ())
    assert entries(people) == before


def test_a_release_that_does_not_match_is_looked_at_once_in_a_session(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    shelf.grant()
    keep(people, clock)
    shelf.put("Nothing of this kind.")
    before = entries(people)

    found = news(people["investigator"], clock()), news(people["investigator"], clock())
    looked = entries(people) - before
    shelf.put()

    assert (found, looked) == (((), ()), 1)
    assert list(told(people, clock).values()) == [1]


def test_what_was_seen_is_no_news_and_what_came_after_it_is(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    shelf.grant()
    kept = keep(people, clock)
    shelf.put()
    assert told(people, clock) == {kept.id: 1}

    service.mark_seen(people["investigator"], kept.id, clock())
    seen = told(people, clock)
    shelf.put()

    assert seen == {}
    assert told(people, clock) == {kept.id: 1}
    assert service.find_saved(people["investigator"], kept.id, clock()) == kept


def test_what_was_released_between_the_notice_and_the_look_stays_news(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    shelf.grant()
    kept = keep(people, clock)
    shelf.put()
    news(people["investigator"], clock())
    shelf.put()

    service.mark_seen(people["investigator"], kept.id, clock())

    assert told(people, clock) == {kept.id: 1}


def test_a_notice_goes_when_the_witness_says_no_and_none_comes_back(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    shelf.grant()
    kept = keep(people, clock)
    code = shelf.put()
    assert told(people, clock) == {kept.id: 1}

    shelf.decide(code, REFUSED)

    assert told(people, clock) == {}


@pytest.mark.parametrize(
    "closed",
    [
        {"quarantined": 1},
        {"state": "restricted"},
        {"tag_s": 1},
        {"tag_r4": 1},
        {"case_id": "CASE-2"},
        {"minor": 1},
    ],
    ids=str,
)
def test_a_closed_testimony_raises_no_notice(
    shelf: Shelf, people: People, clock: Clock, closed: dict[str, object]
) -> None:
    shelf.open_second_case()
    shelf.grant()
    kept = keep(people, clock)
    shelf.put(register=closed)

    first = told(people, clock)
    code = shelf.put()
    open_one = told(people, clock)
    shelf.change(code, **closed)

    assert (first, open_one) == ({}, {kept.id: 1})
    assert told(people, clock) == {}


def test_a_release_for_another_audience_raises_no_notice(shelf: Shelf, people: People, clock: Clock) -> None:
    shelf.grant()
    keep(people, clock)

    shelf.put(release={"audience": "court"})

    assert told(people, clock) == {}


def test_after_the_grant_has_ended_there_is_no_notice_and_the_search_is_kept_closed(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    given = shelf.grant()
    kept = keep(people, clock)
    shelf.put()
    assert told(people, clock) == {kept.id: 1}

    end_grant(people["custodian"], given.id, "no longer on this", clock())
    before = entries(people)
    after = told(people, clock)

    assert after == {}
    assert entries(people) == before
    (closed,) = service.saved(people["investigator"], clock())
    assert (closed.id, closed.is_open) == (kept.id, False)


def test_after_the_last_day_of_the_grant_there_is_no_notice(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    shelf.grant(days=1)
    keep(people, clock)
    shelf.put()
    clock.forward(days=1)

    assert told(people, clock) == {}
    assert not service.saved(people["investigator"], clock())[0].is_open


def test_a_search_that_costs_too_much_is_in_the_log_and_raises_no_notice(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    shelf.grant()
    shelf.put(" ".join(f"a{number:04}x" for number in range(1100)))
    keep(people, clock, "*x")
    shelf.put("a0001x")

    assert told(people, clock) == {}

    said = leaf(shelf.entries(1)[0])
    assert (said["action"], said["outcome"]) == (Action.SEARCH_RELEASED, Outcome.DENIED)
    assert said["fields"] == ["saved-search", "too costly", "expansions"]
