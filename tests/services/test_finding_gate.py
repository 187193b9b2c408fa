"""What exists for an investigator: only what grant, consent and release allow together, at this moment (G5)."""

from pathlib import Path
from random import Random
from typing import Any

import pytest

from testimony.domain.audit import DenyReason
from testimony.domain.errors import Refused
from testimony.domain.grants import ClosedPart
from testimony.domain.purposes import Audience, Purpose
from testimony.services.finding import offered_purposes, search
from testimony.services.granting import end_grant
from testimony.services.reading import approach_release, read_release
from testimony.services.search_requests import SearchRequest
from testimony.storage.consents import DecisionRow
from tests.released_testimonies import WELLS, YES_TO_STUDY, Shelf, codes, look, open_shelf
from tests.services.conftest import Clock, People

STUDY = Purpose.CP07


@pytest.fixture
def shelf(people: People, clock: Clock) -> Shelf:
    return Shelf(people, clock, Random(7))


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

    asked = (SearchRequest("wells"), SearchRequest(f"code:{put[missing]}"))
    everything, by_code = (search(me, request, STUDY, None, now) for request in asked)

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

    theirs = search(people["investigator_b"], SearchRequest("wells"), STUDY, None, clock())

    assert codes(look(people, clock)) == [code]
    assert (codes(theirs), theirs.total) == ([], 0)


def test_a_closed_part_opens_with_a_grant_that_names_it(shelf: Shelf, people: People, clock: Clock) -> None:
    code = shelf.put(register={"tag_s": 1})
    shelf.grant(parts=frozenset({ClosedPart.SEXUAL_VIOLENCE}))

    assert codes(look(people, clock)) == [code]


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
