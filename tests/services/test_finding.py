"""Search and reading of released text, and what they leave in the log."""

from random import Random

import pytest

from search.errors import CostReason, QueryTooCostly
from testimony.domain.audit import Action, DenyReason
from testimony.domain.codes import TESTIMONY, new_code
from testimony.domain.errors import BadCode, NotFound, Refused
from testimony.domain.purposes import Audience, Purpose
from testimony.services.finding import PAGE_SIZE, offered_purposes, search
from testimony.services.reading import ReleaseNotice, ReleaseView, approach_release, read_release
from testimony.services.search_requests import SearchRequest
from tests.released_testimonies import WELLS, Shelf, codes, leaf, look
from tests.services.conftest import Clock, People

STUDY = Purpose.CP07


@pytest.fixture
def shelf(people: People, clock: Clock) -> Shelf:
    return Shelf(people, clock, Random(7))


def test_a_granted_consented_and_released_testimony_is_found_with_its_words_marked(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    code = shelf.put()
    shelf.grant()

    page = look(people, clock)

    assert (codes(page), page.total, page.next_key) == ([code], 1, None)
    assert [piece.text for piece in page.hits[0].snippet if piece.marked] == ["wells"]
    assert page.hits[0].case_id == "CASE-1"


def test_reading_gives_the_released_text_and_what_was_withheld(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    code = shelf.put(release={"withheld": '{"X.1":2,"X.4":1}', "number": 3})
    shelf.grant()

    view = read_release(people["investigator"], code.lower(), STUDY, clock())

    assert view.text == WELLS
    assert [(w.category, w.count) for w in view.withheld] == [("X.1", 2), ("X.4", 1)]
    assert (view.notice.number, view.notice.audience) == (3, Audience.PARTNER)
    assert str(view.limits.review_due) == "2027-02-01"


def test_without_a_grant_there_is_no_search_and_the_denial_is_in_the_log(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    code = shelf.put()

    with pytest.raises(Refused):
        look(people, clock)
    with pytest.raises(Refused):
        read_release(people["investigator"], code, STUDY, clock())

    assert [entry.action for entry in shelf.entries(2)] == [Action.DENIED] * 2
    assert leaf(shelf.entries(1)[0])["reasons"] == [DenyReason.NO_GRANT]


def test_pages_give_every_testimony_once(shelf: Shelf, people: People, clock: Clock) -> None:
    put = {shelf.put(f"The wells were dry in the year {number}.") for number in range(2 * PAGE_SIZE + 3)}
    shelf.grant()
    session = people["investigator"]

    first = look(people, clock)
    second = search(session, SearchRequest("wells"), STUDY, first.next_key, clock())
    third = search(session, SearchRequest("wells"), STUDY, second.next_key, clock())

    shown = codes(first) + codes(second) + codes(third)
    assert (len(shown), set(shown)) == (len(put), put)
    assert (first.total, second.total, third.total) == (len(put),) * 3
    assert third.next_key is None


def test_the_search_and_each_testimony_it_showed_are_in_the_log(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    put = [shelf.put(), shelf.put(), shelf.put()]
    shelf.grant()

    shown = codes(look(people, clock))

    searched, *listed = shelf.entries(4)
    assert (searched.action, leaf(searched)["count"], searched.purpose) == (Action.SEARCH_RELEASED, 3, STUDY)
    assert searched.detail is not None and b"wells" not in searched.detail
    assert [entry.action for entry in listed] == [Action.LIST_SHOWN] * 3
    assert [entry.subject[1] for entry in listed if entry.subject] == shown
    assert sorted(shown) == sorted(put)


def test_reading_is_in_the_log_with_what_was_read_and_why(shelf: Shelf, people: People, clock: Clock) -> None:
    code = shelf.put(release={"number": 2})
    shelf.grant()

    read_release(people["investigator"], code, STUDY, clock())

    entry = shelf.entries(1)[0]
    assert (entry.action, entry.purpose, entry.case_id) == (Action.ITEM_SHOWN, STUDY, "CASE-1")
    assert entry.subject is not None and entry.subject[:2] == ("testimony", code)
    assert leaf(entry)["fields"] == ["text", "release:2", "partner"]


def test_a_refused_reading_is_in_the_log_with_every_reason(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    code = shelf.put(register={"quarantined": 1}, consent={"status": "withdrawn"})
    shelf.grant()

    with pytest.raises(Refused):
        read_release(people["investigator"], code, STUDY, clock())

    entry = shelf.entries(1)[0]
    assert entry.subject is not None and entry.subject[:2] == ("testimony", code)
    assert leaf(entry)["reasons"] == [DenyReason.CONSENT_REFUSED, DenyReason.QUARANTINED]
    assert entry.purpose == STUDY


def test_what_costs_too_much_is_refused_with_the_reason_and_is_in_the_log(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    shelf.put()
    shelf.grant()

    with pytest.raises(QueryTooCostly) as refusal:
        look(people, clock, "wells " * 400)

    entry = shelf.entries(1)[0]
    assert refusal.value.reason is CostReason.LENGTH
    assert (entry.action, leaf(entry)["fields"]) == (Action.SEARCH_RELEASED, ["too costly", "length"])


def test_a_graphic_account_gives_its_warning_before_its_text(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    code = shelf.put(register={"warning": "CW02"})
    shelf.grant()

    notice = approach_release(people["investigator"], code, STUDY, clock())

    assert isinstance(notice, ReleaseNotice)
    assert notice.is_graphic and WELLS not in repr(notice)
    assert (shelf.entries(1)[0].action, leaf(shelf.entries(1)[0])["fields"]) == (
        Action.LIST_SHOWN,
        ["warning", "release:1", "partner"],
    )
    assert read_release(people["investigator"], code, STUDY, clock()).text == WELLS


def test_an_account_without_a_warning_opens_at_once(shelf: Shelf, people: People, clock: Clock) -> None:
    code = shelf.put()
    shelf.grant()

    assert isinstance(approach_release(people["investigator"], code, STUDY, clock()), ReleaseView)


def test_an_account_nobody_looked_at_for_warnings_counts_as_graphic(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    code = shelf.put(register={"warning": None})
    shelf.grant()

    assert isinstance(approach_release(people["investigator"], code, STUDY, clock()), ReleaseNotice)
    assert look(people, clock).hits[0].is_graphic


def test_a_code_that_was_never_given_and_a_mistyped_one_are_not_found(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    code = shelf.put()
    shelf.grant()
    never = new_code(TESTIMONY, Random(99).randrange)

    with pytest.raises(NotFound):
        read_release(people["investigator"], never, STUDY, clock())
    with pytest.raises(BadCode):
        read_release(people["investigator"], code[:-1] + "?", STUDY, clock())


def test_only_investigators_search_and_read(shelf: Shelf, people: People, clock: Clock) -> None:
    code = shelf.put()

    for name in ("interviewer", "reviewer", "auditor", "custodian"):
        with pytest.raises(Refused):
            search(people[name], SearchRequest("wells"), STUDY, None, clock())
        with pytest.raises(Refused):
            read_release(people[name], code, STUDY, clock())


def test_the_purposes_offered_are_those_of_grants_in_force_with_their_cases(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    shelf.open_second_case()
    shelf.grant(STUDY, days=10)
    shelf.grant(STUDY, Purpose.CP14, case_id="CASE-2", days=20)

    offers = offered_purposes(people["investigator"], clock())

    assert [(o.purpose, o.audience) for o in offers] == [
        (STUDY, Audience.PARTNER),
        (Purpose.CP14, Audience.COURT),
    ]
    assert [[opened.case.case_id for opened in o.cases] for o in offers] == [["CASE-1", "CASE-2"], ["CASE-2"]]
    assert offered_purposes(people["investigator_b"], clock()) == ()


def test_how_the_query_was_read_comes_with_the_hits(shelf: Shelf, people: People, clock: Clock) -> None:
    shelf.put()
    shelf.grant()

    page = look(people, clock, '"poisoned the wells" OR (')

    assert page.total == 1
    assert not page.explanation.understood
