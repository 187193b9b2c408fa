"""Search and reading of released text: what exists for an investigator, and what their looking leaves in the log."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from search.errors import CostReason, QueryTooCostly
from testimony.domain.audit import Action, DenyReason
from testimony.domain.codes import TESTIMONY, new_code
from testimony.domain.errors import BadCode, NotFound, Refused
from testimony.domain.grants import ClosedPart
from testimony.domain.purposes import Audience, Purpose
from testimony.services.finding import PAGE_SIZE, SearchPage, offered_purposes, search
from testimony.services.granting import end_grant
from testimony.services.reading import ReleaseNotice, ReleaseView, approach_release, read_release
from testimony.storage.consents import DecisionRow
from testimony.storage.log import StoredEntry
from tests.released_testimonies import WELLS, YES_TO_STUDY, Shelf, open_shelf
from tests.services.conftest import Clock, People

STUDY = Purpose.CP07


@pytest.fixture
def shelf(people: People, clock: Clock) -> Shelf:
    return Shelf(people, clock, Random(7))


def look(people: People, clock: Clock, query: str = "wells", purpose: Purpose = STUDY) -> SearchPage:
    return search(people["investigator"], query, purpose, None, clock())


def codes(page: SearchPage) -> list[str]:
    return [hit.code for hit in page.hits]


def leaf(entry: StoredEntry) -> dict[str, object]:
    found: dict[str, object] = json.loads(entry.leaf)
    return found


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


REFUSED: dict[str, dict[str, Any]] = {
    "the purpose was never asked about": {"decisions": ()},
    "the witness said no": {"decisions": (DecisionRow("CP07", "refused"),)},
    "the witness was not asked": {"decisions": (DecisionRow("CP07", "not_asked"),)},
    "only another purpose was allowed": {"decisions": (DecisionRow("CP14", "granted"),)},
    "the consent was withdrawn": {"consent": {"status": "withdrawn"}},
    "the consent is paused": {"consent": {"status": "paused_rights_asserted"}},
    "the review date has come": {"consent": {"review_due": "2026-03-02"}},
    "no review date was set": {"consent": {"review_due": None}},
    "there is no lawful basis": {"consent": {"basis": None}},
    "the permission has ended": {"decisions": (DecisionRow("CP07", "granted", valid_until="2026-03-02"),)},
    "the permission has not begun": {"decisions": (DecisionRow("CP07", "granted", not_before="2026-03-03"),)},
    "details that the witness named are not hidden": {
        "decisions": (DecisionRow("CP07", "granted_with_conditions", ("CC04",)),)
    },
    "others are named as readers": {
        "decisions": (DecisionRow("CP07", "granted_with_conditions", ("CC11",), readers=("a-other",)),)
    },
    "a condition cannot be known to hold": {
        "decisions": (DecisionRow("CP07", "granted_with_conditions", ("CC10",)),)
    },
    "a condition is unknown": {"decisions": (DecisionRow("CP07", "granted_with_conditions", ("CC99",)),)},
    "it is not released": {"register": {"state": "redaction_reviewed"}},
    "it is quarantined": {"register": {"quarantined": 1}},
    "it is restricted": {"register": {"state": "restricted"}},
    "it lies in another case": {"register": {"case_id": "CASE-2"}},
    "it lies in the closed part for sexual violence": {"register": {"tag_s": 1}},
    "it lies in the closed part for children": {"register": {"tag_c": 1}},
    "it is a minor's without a guardian": {"register": {"minor": 1}},
    "the release is not current": {"release": {"current": 0}},
    "it is released to courts alone": {"release": {"audience": "court"}},
    "nobody checked what is left": {"release": {"residual_checked": 0}},
}


@pytest.fixture(scope="module")
def closed_shelf(
    founded_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Shelf, dict[str, str]]:
    """One testimony that may be found, named "open", and one for each piece that can be missing; their codes."""
    shelf = open_shelf(founded_template, tmp_path_factory.mktemp("closed") / "archive", 3)
    shelf.open_second_case()
    put = {name: shelf.put(**columns) for name, columns in REFUSED.items()}
    put["open"] = shelf.put("The wells were dry.")
    shelf.grant()
    return shelf, put


@pytest.mark.parametrize("missing", REFUSED, ids=lambda text: text.replace(" ", "-"))
def test_with_one_piece_missing_it_exists_neither_as_hit_nor_count_nor_text(
    closed_shelf: tuple[Shelf, dict[str, str]], missing: str
) -> None:
    shelf, put = closed_shelf
    me, now = shelf.people["investigator"], shelf.clock()

    everything, by_code = (search(me, query, STUDY, None, now) for query in ("wells", f"code:{put[missing]}"))

    assert (codes(everything), everything.total) == ([put["open"]], 1)
    assert (codes(by_code), by_code.total) == ([], 0)
    with pytest.raises(Refused):
        read_release(me, put[missing], STUDY, now)
    with pytest.raises(Refused):
        approach_release(me, put[missing], STUDY, now)


ALLOWED: dict[str, dict[str, Any]] = {
    "named details are hidden": {
        "decisions": (DecisionRow("CP07", "granted_with_conditions", ("CC04",)),),
        "release": {"hides_named_details": 1},
    },
    "a recipient condition binds others": {
        "decisions": (DecisionRow("CP07", "granted_with_conditions", ("CC01",)),)
    },
    "a guardian agreed for the minor": {"register": {"minor": 1, "guardian_ok": 1}},
    "a part was withdrawn and this purpose stands": {"consent": {"status": "partly_withdrawn"}},
}


@pytest.mark.parametrize("reason", ALLOWED, ids=lambda text: text.replace(" ", "-"))
def test_it_is_found_when(shelf: Shelf, people: People, clock: Clock, reason: str) -> None:
    code = shelf.put(**ALLOWED[reason])
    shelf.grant()

    assert codes(look(people, clock)) == [code]
    assert read_release(people["investigator"], code, STUDY, clock()).text == WELLS


def test_the_reader_whom_the_witness_named_finds_it(shelf: Shelf, people: People, clock: Clock) -> None:
    me = people["investigator"].account.id
    code = shelf.put(decisions=(DecisionRow("CP07", "granted_with_conditions", ("CC11",), readers=(me,)),))
    shelf.grant()
    shelf.grant(handle="investigator-2")

    theirs = search(people["investigator_b"], "wells", STUDY, None, clock())

    assert codes(look(people, clock)) == [code]
    assert (codes(theirs), theirs.total) == ([], 0)


def test_a_closed_part_opens_with_a_grant_that_names_it(shelf: Shelf, people: People, clock: Clock) -> None:
    code = shelf.put(register={"tag_s": 1})
    shelf.grant(parts=frozenset({ClosedPart.SEXUAL_VIOLENCE}))

    assert codes(look(people, clock)) == [code]


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


def test_a_purpose_that_is_not_in_the_grant_opens_nothing(shelf: Shelf, people: People, clock: Clock) -> None:
    shelf.put(decisions=(YES_TO_STUDY, DecisionRow("CP13", "granted")))
    shelf.grant(STUDY)

    with pytest.raises(Refused) as refusal:
        look(people, clock, purpose=Purpose.CP13)

    assert refusal.value.reasons == (DenyReason.PURPOSE_NOT_GRANTED,)


def test_the_purpose_of_another_case_does_not_open_this_one(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    shelf.open_second_case()
    shelf.put(decisions=(YES_TO_STUDY, DecisionRow("CP13", "granted")))
    shelf.grant(STUDY)
    shelf.grant(Purpose.CP13, case_id="CASE-2")

    page = look(people, clock, purpose=Purpose.CP13)

    assert (codes(page), page.total) == ([], 0)


def test_an_ended_grant_closes_everything_at_once(shelf: Shelf, people: People, clock: Clock) -> None:
    shelf.put()
    given = shelf.grant()
    assert look(people, clock).total == 1

    end_grant(people["custodian"], given.id, "the work is done", clock())

    with pytest.raises(Refused):
        look(people, clock)


def test_a_grant_past_its_day_closes_everything(shelf: Shelf, people: People, clock: Clock) -> None:
    code = shelf.put()
    shelf.grant(days=2)

    clock.forward(days=2)

    with pytest.raises(Refused):
        look(people, clock)
    with pytest.raises(Refused):
        read_release(people["investigator"], code, STUDY, clock())
    assert offered_purposes(people["investigator"], clock()) == ()


def test_a_review_date_that_passes_closes_the_testimony_that_day(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    shelf.put(consent={"review_due": "2026-03-05"})
    shelf.grant()
    before = look(people, clock).total

    clock.forward(days=3)

    assert (before, look(people, clock).total) == (1, 0)


def test_a_no_said_later_takes_effect_with_the_next_search(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    code = shelf.put()
    shelf.grant()
    assert look(people, clock).total == 1

    shelf.decide(code, DecisionRow("CP07", "withdrawn"), status="partly_withdrawn")

    assert look(people, clock).total == 0
    with pytest.raises(Refused) as refusal:
        read_release(people["investigator"], code, STUDY, clock())
    assert refusal.value.reasons == (DenyReason.CONSENT_REFUSED,)


def test_each_purpose_is_served_with_the_release_made_for_it(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    code = shelf.put(decisions=(YES_TO_STUDY, DecisionRow("CP10", "granted")))
    shelf.release(shelf.row_of(code), "They poisoned the wells of [place withheld].", audience="public")
    shelf.grant(STUDY, Purpose.CP10)

    inside, public = look(people, clock), look(people, clock, purpose=Purpose.CP10)

    assert (codes(inside), inside.hits[0].audience) == ([code], Audience.PARTNER)
    assert (codes(public), public.hits[0].audience) == ([code], Audience.PUBLIC)
    assert look(people, clock, "walked", Purpose.CP10).total == 0
    assert "[place" in read_release(people["investigator"], code, Purpose.CP10, clock()).text


def test_pages_give_every_testimony_once(shelf: Shelf, people: People, clock: Clock) -> None:
    put = {shelf.put(f"The wells were dry in the year {number}.") for number in range(2 * PAGE_SIZE + 3)}
    shelf.grant()
    session = people["investigator"]

    first = look(people, clock)
    second = search(session, "wells", STUDY, first.next_key, clock())
    third = search(session, "wells", STUDY, second.next_key, clock())

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
            search(people[name], "wells", STUDY, None, clock())
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
