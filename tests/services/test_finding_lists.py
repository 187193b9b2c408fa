"""Similar testimonies, and lists of codes to take away."""

import csv
import io
from random import Random

import pytest

from testimony.domain.audit import Action, Outcome
from testimony.domain.codes import TESTIMONY, new_code
from testimony.domain.errors import NotFound, Refused
from testimony.domain.purposes import Purpose
from testimony.services import exporting_codes
from testimony.services.exporting_codes import TooManyCodes, export_codes
from testimony.services.search_requests import SearchRequest
from testimony.services.similar import similar
from tests.released_testimonies import Shelf, leaf
from tests.services.conftest import Clock, People

STUDY = Purpose.CP07
CISTERN = "The lorries stood beside the cistern when the lanterns went out."


@pytest.fixture
def shelf(people: People, clock: Clock) -> Shelf:
    shelf = Shelf(people, clock, Random(13))
    shelf.grant()
    return shelf


def rows(shelf: Shelf, request: SearchRequest) -> list[list[str]]:
    answer = export_codes(shelf.people["investigator"], request, STUDY, shelf.clock())
    return list(csv.reader(io.StringIO(answer.decode(), newline="")))


def test_the_nearest_texts_come_first_and_the_text_itself_not_at_all(shelf: Shelf) -> None:
    code = shelf.put(CISTERN)
    far = shelf.put("Beside the school there were lanterns.")
    near = shelf.put("Two lorries stood beside a cistern; there were no lanterns.")
    for number in range(12):
        shelf.put(f"It was quiet in the year {number}.")

    hits = similar(shelf.people["investigator"], code.lower(), STUDY, shelf.clock())

    assert [hit.code for hit in hits] == [near, far]


def test_each_similar_text_is_in_the_log_before_it_is_shown(shelf: Shelf) -> None:
    code, other = shelf.put(CISTERN), shelf.put(CISTERN + " Nobody came.")

    similar(shelf.people["investigator"], code, STUDY, shelf.clock())

    searched, listed = shelf.entries(2)
    assert (searched.action, leaf(searched)["fields"]) == (Action.SEARCH_RELEASED, ["similar"])
    assert searched.subject is not None and searched.subject[1] == code
    assert (listed.action, leaf(listed)["fields"]) == (
        Action.LIST_SHOWN,
        ["similar", "snippet", "release:1", "partner"],
    )
    assert listed.subject is not None and listed.subject[1] == other


def test_nothing_is_similar_to_what_is_closed_and_what_never_was(shelf: Shelf) -> None:
    closed = shelf.put(CISTERN, register={"quarantined": 1})
    shelf.put(CISTERN)
    me = shelf.people["investigator"]

    with pytest.raises(Refused):
        similar(me, closed, STUDY, shelf.clock())
    with pytest.raises(NotFound):
        similar(me, new_code(TESTIMONY, Random(99).randrange), STUDY, shelf.clock())


def test_a_list_has_a_row_for_each_testimony_found_and_not_a_word_of_any(shelf: Shelf) -> None:
    put = sorted(shelf.put() for _ in range(25))
    shelf.put("A cistern.")

    found = rows(shelf, SearchRequest("wells"))

    assert found[0] == ["code", "release", "audience", "case", "month", "language"]
    assert [row[0] for row in found[1:]] == put
    assert found[1][1:] == ["1", "partner", "CASE-1", "2025-11", "eng"]


def test_each_listed_code_is_in_the_log(shelf: Shelf) -> None:
    put = sorted(shelf.put() for _ in range(3))

    rows(shelf, SearchRequest("wells", filters=(("language", "eng"),)))

    exported, *listed = shelf.entries(4)
    assert (exported.action, leaf(exported)["count"]) == (Action.EXPORT_PREPARED, 3)
    assert exported.detail is not None and b"wells" not in exported.detail
    assert [entry.subject[1] for entry in listed if entry.subject] == put
    assert {entry.action for entry in listed} == {Action.LIST_SHOWN}


def test_lines_end_as_rfc_4180_says(shelf: Shelf) -> None:
    shelf.put()

    answer = export_codes(shelf.people["investigator"], SearchRequest("wells"), STUDY, shelf.clock())

    assert answer.endswith(b",2025-11,eng\r\n")
    assert answer.count(b"\r\n") == answer.count(b"\n") == 2


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_field_is_a_formula_to_a_spreadsheet(shelf: Shelf, value: str) -> None:
    shelf.put(register={"month": value}, release={"month": value})

    assert rows(shelf, SearchRequest("wells"))[1][4] == f"'{value}"


def test_a_list_that_is_too_long_is_refused_whole_and_the_refusal_is_in_the_log(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting_codes, "MAX_CODES", 2)
    for _ in range(3):
        shelf.put()

    with pytest.raises(TooManyCodes):
        rows(shelf, SearchRequest("wells"))

    entry = shelf.entries(1)[0]
    assert (entry.action, entry.outcome) == (Action.EXPORT_PREPARED, Outcome.DENIED)


def test_without_a_grant_there_is_no_list(shelf: Shelf) -> None:
    shelf.put()

    with pytest.raises(Refused):
        export_codes(shelf.people["investigator_b"], SearchRequest("wells"), STUDY, shelf.clock())
