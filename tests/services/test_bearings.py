"""What helps the accused: marked by reviewers, withheld from a court only by two with a reason, and told to it."""

import io
import json
import zipfile

import pytest

from testimony.domain.bearing import Bearing, NewBearing
from testimony.domain.errors import Conflict, Invalid
from testimony.domain.matching import Span
from testimony.domain.purposes import Audience, Purpose
from testimony.services import disclosing
from testimony.services.approving import (
    Tick,
    approve,
    compare,
    propose,
    propose_despite,
    propose_for,
    propose_for_despite,
    read_alone,
)
from testimony.services.bearings import mark_bearing, open_bearings
from testimony.services.coded import acts_of
from testimony.services.coding_access import FromRelease
from testimony.services.handing_to_recipient import ToRecipient, prepare_for_recipient, take_package
from testimony.services.recipients import add_recipient, release_to_recipient
from testimony.services.redacting import Cover, mark_words
from testimony.services.releasing import release
from testimony.services.residual_checks import preview
from testimony.services.sessions import Session
from testimony.storage import bearings, forgetting
from tests.review_room import PURPOSES, approved, consent, granted, taken, turn
from tests.services.conftest import Clock, People

TEXT = "Lorries came at night. The commander told his men to leave us alone. They burnt the store."
HELPS = "The commander told his men to leave us alone."
TO_A_COURT = granted(*dict.fromkeys((*PURPOSES, Purpose.CP14)))
REASON = "His place that night would name the witness; the prosecutor knows of it."


def mark(
    who: Session, code: str, clock: Clock, words: str = HELPS, bearing: Bearing = Bearing.IN_FAVOUR
) -> str:
    at = TEXT.index(words)
    said = NewBearing(bearing, Span(at, at + len(words)), note="heard by three")
    return mark_bearing(who, code, 1, said, clock())


@pytest.fixture
def code(people: People, clock: Clock) -> str:
    return taken(
        people["interviewer"],
        people["reviewer"],
        clock(),
        TEXT,
        consent=consent(people["interviewer"].account.id, TO_A_COURT),
    )


def withhold(people: People, code: str, clock: Clock, words: str = "commander") -> None:
    me = people["reviewer"]
    mark_words(me, turn(me, code), words, 0, Cover("X.1", Audience.COURT), clock())


def test_a_passage_is_marked_and_shown_with_its_words(people: People, clock: Clock, code: str) -> None:
    mark(people["reviewer"], code, clock)
    mark(people["reviewer_b"], code, clock, "They burnt the store.", Bearing.AGAINST)

    desk = open_bearings(people["reviewer_b"], code, clock())

    assert [(v.passage.said.bearing, v.words) for v in desk.marked] == [
        (Bearing.IN_FAVOUR, HELPS),
        (Bearing.AGAINST, "They burnt the store."),
    ]
    assert desk.marked[0].passage.said.note == "heard by three" and "three" not in repr(desk)
    assert desk.withheld == 0


def test_a_passage_lies_in_the_text_that_the_reviewer_saw(people: People, clock: Clock, code: str) -> None:
    with pytest.raises(Invalid):
        mark_bearing(people["reviewer"], code, 1, NewBearing(Bearing.AGAINST, Span(0, 9_999)), clock())
    with pytest.raises(Conflict):
        mark_bearing(people["reviewer"], code, 2, NewBearing(Bearing.AGAINST, Span(0, 5)), clock())


def test_what_helps_is_withheld_from_a_court_only_for_a_reason_that_a_second_person_confirms(
    people: People, clock: Clock, code: str
) -> None:
    me, second = people["reviewer"], people["reviewer_b"]
    mark(me, code, clock)
    withhold(people, code, clock)

    with pytest.raises(Invalid):
        propose(me, turn(me, code), Audience.COURT, clock())
    assert preview(me, code, Audience.COURT, clock()).help_withheld == 1
    set_id = propose_despite(me, turn(me, code), Audience.COURT, REASON, clock())
    compare(second, set_id, clock())
    look = read_alone(second, set_id, clock())
    assert look.residual is not None
    assert (look.residual.help_withheld, look.residual.reason) == (1, REASON)
    with pytest.raises(Invalid):
        approve(second, set_id, look.needed - {Tick.HELP_WITHHELD_SEEN}, clock())
    approve(second, set_id, look.needed, clock())
    assert release(second, code, Audience.COURT, clock()).number == 1


def test_what_is_left_in_asks_nothing_and_coding_shows_how_many(
    people: People, clock: Clock, code: str
) -> None:
    mark(people["reviewer"], code, clock)
    withhold(people, code, clock, "store")
    approved(people["reviewer"], people["reviewer_b"], code, clock(), Audience.COURT)
    release(people["reviewer_b"], code, Audience.COURT, clock())

    assert acts_of(people["reviewer"], code, FromRelease(Audience.COURT), clock()).helping == 1


def test_a_mark_made_after_the_approval_stops_the_release(people: People, clock: Clock, code: str) -> None:
    withhold(people, code, clock)
    approved(people["reviewer"], people["reviewer_b"], code, clock(), Audience.COURT)
    mark(people["reviewer_b"], code, clock)

    with pytest.raises(Conflict):
        release(people["reviewer_b"], code, Audience.COURT, clock())


def test_marks_go_with_their_testimony(people: People, clock: Clock, code: str) -> None:
    mark(people["reviewer"], code, clock)

    with people["reviewer"].work(clock()) as work:
        held = forgetting.remains(work.connection, code)
        forgetting.forget_everywhere(work.connection, code)
        assert "vault.bearings" in held and bearings.bearings_of(work.connection, code) == ()


def test_a_court_is_told_in_the_manifest_how_much_is_in_it_and_how_much_is_not(
    people: People, clock: Clock, code: str
) -> None:
    me, second = people["reviewer"], people["reviewer_b"]
    mark(me, taken(people["interviewer"], me, clock(), TEXT), clock)
    mark(me, code, clock)
    mark(me, code, clock, "They burnt the store.", Bearing.CONTRADICTION)
    withhold(people, code, clock)
    # Made from the layer of partners, it is one for a court all the same.
    for audience in (Audience.COURT, Audience.PARTNER):
        who = add_recipient(me, f"a court {audience}", "RT06", audience, clock())
        with pytest.raises(Invalid):
            propose_for(me, turn(me, code), who, clock())
        set_id = propose_for_despite(me, turn(me, code), who, REASON, clock())
        compare(second, set_id, clock())
        approve(second, set_id, read_alone(second, set_id, clock()).needed, clock())
        kept = release_to_recipient(second, set_id, clock())
        wanted = ToRecipient(
            purpose=Purpose.CP14, of_the_state=False, death_penalty=False, fair_trial=True, protective=True
        )
        disclosure_id = prepare_for_recipient(me, code, kept, wanted, clock())
        # Whoever approves is told that another account of the case helps, by number alone.
        found = disclosing.find_disclosure(people["custodian"], disclosure_id, clock())
        assert found.row.helping_elsewhere == 1
        disclosing.approve(people["custodian"], disclosure_id, clock())
        package = take_package(me, disclosure_id, clock())
        with zipfile.ZipFile(io.BytesIO(package.content)) as zipped:
            manifest = json.loads(zipped.read("manifest.json"))
        assert manifest["helps_the_accused"] == {
            "in_favour": {"contained": 0, "withheld": 1},
            "contradiction": {"contained": 1, "withheld": 0},
        }
