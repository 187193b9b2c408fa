"""Suggestions of the detectors for an account: undecided, named, in the way of approval; failures told."""

import pytest

from testimony.detection.places import Gazetteer
from testimony.detection.protecting import Protect
from testimony.detection.spans import Span
from testimony.detection.suggesting import Failure, Suggestions, Trouble
from testimony.domain.errors import Conflict, Refused
from testimony.domain.places import Place, PlaceId, PlaceLevel, PlaceName
from testimony.domain.purposes import Audience
from testimony.domain.redaction import MarkDecision
from testimony.domain.statement import ProtectItem
from testimony.services import mark_acts, proposing
from testimony.services.approving import propose as propose_layer
from testimony.services.proposing import TOO_MANY, detect_nothing, propose
from testimony.services.redacting import decide
from testimony.services.review import open_desk
from testimony.services.taking import take
from testimony.storage import places as rows
from testimony.storage import redactions
from tests.review_room import marks, received, turn
from tests.services.conftest import Clock, People

TOLD = "I saw Hamma at the well. Call +223 10 55 21 84 at night, and ask for Hamma."


def failing(
    text: str, language: str, protect: tuple[Protect, ...], gazetteers: tuple[Gazetteer, ...]
) -> Suggestions:
    return Suggestions((), (Failure("phone/1", Trouble.FAILED), Failure("spacy-xx/3", Trouble.SLOW)))


def test_what_the_detectors_find_is_suggested_with_name_and_version(people: People, clock: Clock) -> None:
    code = received(people["interviewer"], people["reviewer"], clock(), TOLD)

    take(people["reviewer"], code, clock())

    found = {TOLD[m.start : m.end]: m for m in marks(people["reviewer"], code)}
    assert found["+223 10 55 21 84"].detector == "phone/1"
    assert found["+223 10 55 21 84"].category == "B.1"
    assert {m.decision for m in found.values()} == {MarkDecision.PROPOSED}
    assert {m.decided_by for m in found.values()} == {None}


def test_an_undecided_suggestion_stands_in_the_way_of_approval(people: People, clock: Clock) -> None:
    reviewer = people["reviewer"]
    code = received(people["interviewer"], reviewer, clock(), TOLD)
    take(reviewer, code, clock())

    first, *others = marks(reviewer, code)
    for mark in others:
        decide(reviewer, turn(reviewer, code), mark.mark_id, MarkDecision.REJECTED, clock())

    with pytest.raises(Refused):
        propose_layer(reviewer, turn(reviewer, code), Audience.PARTNER, clock())
    decide(reviewer, turn(reviewer, code), first.mark_id, MarkDecision.REJECTED, clock())
    assert propose_layer(reviewer, turn(reviewer, code), Audience.PARTNER, clock())


def test_mentions_of_one_word_are_decided_together() -> None:
    said = propose(TOLD, "eng", ()).marks

    both = [mark.entity for mark in said if TOLD[mark.start : mark.end] == "Hamma"]
    assert len(both) == 2 and len(set(both)) == 1


def test_the_witnesses_list_is_suggested_once() -> None:
    said = propose(TOLD, "eng", (ProtectItem("Hamma", "INTERMEDIARY"),)).marks

    places = [(mark.start, mark.end) for mark in said]
    assert len(places) == len(set(places))
    assert [m.detector for m in said if TOLD[m.start : m.end] == "Hamma"] == ["protect-list/1"] * 2


def test_a_detector_that_failed_is_told_and_is_nobodys_act(people: People, clock: Clock) -> None:
    reviewer = people["reviewer"]
    code = received(people["interviewer"], reviewer, clock(), TOLD)

    take(reviewer, code, clock(), failing)
    desk = open_desk(reviewer, code, clock())

    assert desk.failed_detectors == ("phone/1", "spacy-xx/3")
    assert not desk.can_undo


def test_without_trouble_nothing_is_told(people: People, clock: Clock) -> None:
    code = received(people["interviewer"], people["reviewer"], clock(), TOLD)

    take(people["reviewer"], code, clock())

    assert open_desk(people["reviewer"], code, clock()).failed_detectors == ()


def test_more_than_a_page_can_hold_is_said_and_the_narrow_ones_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(proposing, "MAX_SUGGESTIONS", 2)
    spans = (
        Span(0, 9, "OCCUPATION", "X.3", "w/1"),
        Span(2, 4, "PHONE", "B.1", "a/1"),
        Span(5, 6, "GPS", "X.4", "a/1"),
    )

    said = propose("abcdefghij", "eng", (), lambda *_: Suggestions(spans))

    assert [(mark.start, mark.end) for mark in said.marks] == [(2, 4), (5, 6)]
    assert said.failed == (TOO_MANY,)
    assert mark_acts.MAX_SUGGESTIONS <= mark_acts.MAX_MARKS


def test_a_place_that_people_of_this_archive_added_is_suggested(people: People, clock: Clock) -> None:
    reviewer = people["reviewer"]
    told = "They came at night. We fled from Inabogouten with nothing."
    code = received(people["interviewer"], reviewer, clock(), told)
    with reviewer.work(clock()) as work:
        name = PlaceName("Inabogouten", "fra")
        place = Place(PlaceId("0123456789"), PlaceId("ML"), PlaceLevel.SETTLEMENT, None, (name,))
        rows.insert_place(work.connection, place, added_by=reviewer.account.id, added_on="2026-03-02")

    take(reviewer, code, clock())

    assert "Inabogouten" in {told[m.start : m.end] for m in marks(reviewer, code)}


def test_an_account_taken_by_somebody_while_the_detectors_read_is_theirs(
    people: People, clock: Clock
) -> None:
    reviewer, other = people["reviewer"], people["reviewer_b"]
    code = received(people["interviewer"], reviewer, clock(), TOLD)

    def slow(*seen: object) -> Suggestions:
        take(other, code, clock(), detect_nothing)
        return Suggestions(())

    with pytest.raises(Conflict):
        take(reviewer, code, clock(), slow)

    with other.reading() as connection:
        work = redactions.find_work(connection, code, 1)
    assert work is not None and work.redactor_id == other.account.id
