"""What is left, taken together: refused below the threshold, said less exactly, or let pass by two with a reason."""

import json
from dataclasses import replace

import pytest

from testimony.domain.audit import DenyReason
from testimony.domain.errors import Conflict, IntegrityFailed, Invalid, NotFound, Refused
from testimony.domain.places import Place, PlaceId, PlaceLevel, PlaceName
from testimony.domain.purposes import Audience
from testimony.domain.telling_details import Detail, Kind
from testimony.domain.witness import IdentityState, Sex, Witness
from testimony.services.approving import Tick, approve, compare, propose, propose_despite, read_alone
from testimony.services.audit import open_detail
from testimony.services.redacting import Cover, mark_words
from testimony.services.releasing import release
from testimony.services.residual_checks import (
    preview,
    read_checked,
    say_population,
    say_population_in_case,
)
from testimony.services.thresholds import set_threshold, thresholds_of
from testimony.storage import log, places, redaction_sets, releases, residual_details
from testimony.storage.countries import countries
from tests.review_room import approved, marks, taken, turn
from tests.services.conftest import Clock, People

TEXT = "I was a 14-year-old widow in the camp of Tadrart. Lorries came at night."
GIRL = Witness(IdentityState.NEVER_KNOWN, sex=Sex.FEMALE, age_band="13-17")
REASON = "The prosecutor needs her age before Friday."


@pytest.fixture
def code(people: People, clock: Clock) -> str:
    mali = next(place.id for place in countries().values() if place.name("eng") == "Mali")
    camp = Place(PlaceId("p-camp"), mali, PlaceLevel.SETTLEMENT, "PK15", (PlaceName("Tadrart", "eng"),))
    with people["reviewer"].work(clock()) as work:
        places.insert_place(work.connection, camp, added_by="a", added_on="2026-03-01")
    return taken(people["interviewer"], people["reviewer"], clock(), TEXT, witness=GIRL)


def despite(people: People, code: str, clock: Clock, audience: Audience = Audience.PARTNER) -> str:
    me = people["reviewer"]
    return propose_despite(me, turn(me, code), audience, REASON, clock())


def looked_at(people: People, set_id: str, clock: Clock) -> frozenset[Tick]:
    compare(people["reviewer_b"], set_id, clock())
    return read_alone(people["reviewer_b"], set_id, clock()).needed


def test_a_layer_that_fits_too_few_people_is_refused(people: People, clock: Clock, code: str) -> None:
    me = people["reviewer"]

    with pytest.raises(Refused) as refusal:
        propose(me, turn(me, code), Audience.PARTNER, clock())

    assert refusal.value.reasons == (DenyReason.QUASI_IDENTIFIERS,)
    with me.reading() as connection:
        assert redaction_sets.sets_of(connection, code) == ()


def test_both_reviewers_are_shown_what_it_is(people: People, clock: Clock, code: str) -> None:
    before = preview(people["reviewer"], code, Audience.PARTNER, clock()).found
    look = compare(people["reviewer_b"], despite(people, code, clock), clock())

    assert before.k == 1 and before.threshold == 5
    assert set(before.details) >= {
        Detail(Kind.SEX, "F"),
        Detail(Kind.AGE, "14"),
        Detail(Kind.KIN, "widow"),
        Detail(Kind.PLACE, "Tadrart"),
        Detail(Kind.MONTH, "2026-02"),
        Detail(Kind.LANGUAGE, "eng"),
    }
    assert look.residual_now == before
    assert look.residual is not None and look.residual.found == before
    assert look.residual.reason == REASON


def test_said_less_exactly_it_passes(people: People, clock: Clock, code: str) -> None:
    me = people["reviewer"]
    for words, cover in (
        ("14-year-old", Cover("X.3", Audience.PARTNER, exact="14")),
        ("widow", Cover("X.3", Audience.PARTNER)),
        ("Tadrart", Cover("X.4", Audience.PARTNER)),
    ):
        mark_words(me, turn(me, code), words, 0, cover, clock())

    approved(me, people["reviewer_b"], code, clock())
    release(me, code, Audience.PARTNER, clock())

    with people["investigator"].reading() as connection:
        shown = releases.current_release(connection, code, 1)
    assert shown is not None and shown.residual_checked == 1
    assert "[aged 13-17]" in shown.text


def test_two_people_let_it_pass_with_a_reason(people: People, clock: Clock, code: str) -> None:
    set_id = despite(people, code, clock)
    needed = looked_at(people, set_id, clock)

    assert Tick.RESIDUAL_CONFIRMED in needed
    with pytest.raises(Invalid):
        approve(people["reviewer_b"], set_id, needed - {Tick.RESIDUAL_CONFIRMED}, clock())
    approve(people["reviewer_b"], set_id, needed, clock())
    release(people["reviewer"], code, Audience.PARTNER, clock())

    with people["reviewer"].reading() as connection:
        layer = redaction_sets.find_set(connection, set_id)
    assert layer is not None
    kept = read_checked(layer.residual)
    assert kept is not None and kept.is_override and kept.reason == REASON
    assert layer.redactor_id != layer.approver_id


def test_the_reason_is_sealed_to_auditors_and_in_no_leaf(people: People, clock: Clock, code: str) -> None:
    set_id = despite(people, code, clock)
    approve(people["reviewer_b"], set_id, looked_at(people, set_id, clock), clock())

    with people["auditor"].reading() as connection:
        entries = tuple(log.entries_from(connection, 0, log.size(connection)))
    told = [(json.loads(e.leaf)["fields"], e.seq) for e in entries]
    (overridden,) = [seq for fields, seq in told if fields[:1] == ["residual-overridden"]]
    assert [fields for fields, _ in told if fields[:1] == ["residual-confirmed"]] == [
        ["residual-confirmed", "partner"]
    ]
    assert REASON not in "".join(str(e.leaf) for e in entries)
    assert open_detail(people["auditor"], overridden, clock()) == REASON


@pytest.mark.parametrize("reason", ["", "         ", "because"])
def test_a_reason_is_a_reason(people: People, clock: Clock, code: str, reason: str) -> None:
    me = people["reviewer"]

    with pytest.raises(Invalid):
        propose_despite(me, turn(me, code), Audience.PARTNER, reason, clock())


def test_a_reason_where_none_is_needed_is_not_kept(people: People, clock: Clock) -> None:
    me = people["reviewer"]
    quiet = taken(people["interviewer"], me, clock(), "Lorries came at night.")

    set_id = propose_despite(me, turn(me, quiet), Audience.PARTNER, REASON, clock())

    assert Tick.RESIDUAL_CONFIRMED not in looked_at(people, set_id, clock)
    with me.reading() as connection:
        layer = redaction_sets.find_set(connection, set_id)
    assert layer is not None and REASON not in layer.residual


def test_a_court_is_told_who_it_is_about(people: People, clock: Clock, code: str) -> None:
    me = people["reviewer"]

    set_id = propose(me, turn(me, code), Audience.COURT, clock())

    assert Tick.RESIDUAL_CONFIRMED not in looked_at(people, set_id, clock)


def test_custodians_set_the_number_for_a_case(people: People, clock: Clock) -> None:
    me = people["reviewer"]
    text = "I am a teacher. Lorries came."
    told = taken(people["interviewer"], me, clock(), text, witness=replace(GIRL, age_band="30-39"))
    propose(me, turn(me, told), Audience.PUBLIC, clock())
    fits = preview(me, told, Audience.PUBLIC, clock()).found.k

    set_threshold(
        people["custodian"], "CASE-1", Audience.PUBLIC, min(fits + 1, 1_000), "A small town", clock()
    )

    kept = thresholds_of(people["custodian"], "CASE-1")
    assert kept[Audience.PUBLIC] == min(fits + 1, 1_000) and kept[Audience.PARTNER] == 5
    assert preview(me, told, Audience.PUBLIC, clock()).found.passed == (fits >= 1_000)


def test_a_threshold_raised_after_the_approval_stops_the_release(people: People, clock: Clock) -> None:
    me = people["reviewer"]
    village = "I am a nurse of the region of Tadrart, and a widow. Lorries came."
    told = taken(people["interviewer"], me, clock(), village, witness=GIRL)
    fits = preview(me, told, Audience.PARTNER, clock()).found.k
    approved(me, people["reviewer_b"], told, clock())
    assert 5 <= fits < 1_000
    set_threshold(people["custodian"], "CASE-1", Audience.PARTNER, 1_000, "They are few", clock())

    with pytest.raises(Refused) as refusal:
        release(me, told, Audience.PARTNER, clock())

    assert refusal.value.reasons == (DenyReason.QUASI_IDENTIFIERS,)


def test_a_place_that_turns_out_to_be_small_stops_the_release(people: People, clock: Clock) -> None:
    me = people["reviewer"]
    mali = next(place.id for place in countries().values() if place.name("eng") == "Mali")
    made = Place(PlaceId("p-town"), mali, PlaceLevel.COMMUNE, None, (PlaceName("Kidira", "eng"),))
    with me.work(clock()) as work:
        places.insert_place(work.connection, made, added_by="a", added_on="2026-03-01")
    told = taken(people["interviewer"], me, clock(), "I am a tailor in Kidira. Lorries came.")
    approved(me, people["reviewer_b"], told, clock())

    say_population(me, told, PlaceId("p-town"), "PB2", clock())

    with pytest.raises(Refused) as refusal:
        release(me, told, Audience.PARTNER, clock())
    assert refusal.value.reasons == (DenyReason.QUASI_IDENTIFIERS,)
    assert [each.band for each in preview(me, told, Audience.PARTNER, clock()).places] == ["PB2"]


@pytest.mark.parametrize("who", ["custodian", "interviewer", "investigator", "auditor"])
def test_only_reviewers_see_what_is_left(people: People, clock: Clock, code: str, who: str) -> None:
    with pytest.raises(Refused):
        preview(people[who], code, Audience.PARTNER, clock())
    with pytest.raises((Refused, NotFound)):
        say_population(people[who], code, PlaceId("p-camp"), "PB1", clock())


@pytest.mark.parametrize("who", ["reviewer", "interviewer", "investigator", "auditor"])
def test_only_custodians_set_the_number(people: People, clock: Clock, who: str) -> None:
    with pytest.raises(Refused):
        set_threshold(people[who], "CASE-1", Audience.PARTNER, 2, "why not", clock())
    with pytest.raises(Refused):
        thresholds_of(people[who], "CASE-1")


@pytest.mark.parametrize(("people_", "reason"), [(0, "why"), (1_001, "why"), (5, "  ")])
def test_a_number_out_of_range_or_without_a_reason_is_refused(
    people: People, clock: Clock, people_: int, reason: str
) -> None:
    with pytest.raises(Invalid):
        set_threshold(people["custodian"], "CASE-1", Audience.PARTNER, people_, reason, clock())
    with pytest.raises(NotFound):
        set_threshold(people["custodian"], "CASE-9", Audience.PARTNER, 5, "why", clock())


def test_what_is_left_in_by_hand_counts(people: People, clock: Clock) -> None:
    me = people["reviewer"]
    told = taken(people["interviewer"], me, clock(), "I heard the drums of Ansongo.")
    mark_words(me, turn(me, told), "drums", 0, Cover("X.3", Audience.PUBLIC), clock())

    partner = preview(me, told, Audience.PARTNER, clock()).found
    public = preview(me, told, Audience.PUBLIC, clock()).found

    assert Detail(Kind.LEFT_IN, "X.3") in partner.details
    assert Detail(Kind.LEFT_IN, "X.3") not in public.details
    assert len(marks(me, told)) == 1


def test_the_archive_is_asked_once_it_is_large(people: People, clock: Clock, code: str) -> None:
    me = people["reviewer"]
    with me.work(clock()) as work:
        connection = work.connection
        residual_details.put_details(connection, code, [("sex", "F"), ("kin", "widow")])

        assert residual_details.count_checked(connection) == 1
        assert residual_details.count_sharing(connection, "T-other", [("sex", "F")]) == 2
        assert residual_details.count_sharing(connection, "T-other", [("sex", "M")]) == 1
        assert residual_details.count_sharing(connection, code, [("sex", "F")]) == 1
        residual_details.put_details(connection, code, [])
        assert residual_details.count_sharing(connection, "T-other", [("sex", "F")]) == 1


# Attacks.


def test_one_person_alone_overrides_nothing(people: People, clock: Clock, code: str) -> None:
    set_id = despite(people, code, clock)
    compare(people["reviewer"], set_id, clock())

    with pytest.raises(Refused) as refusal:
        approve(people["reviewer"], set_id, frozenset(Tick), clock())

    assert refusal.value.reasons == (DenyReason.SAME_PERSON,)


def test_a_forged_result_is_not_approved(people: People, clock: Clock, code: str) -> None:
    set_id = despite(people, code, clock)
    needed = looked_at(people, set_id, clock)
    with people["reviewer"].work(clock()) as work:
        layer = redaction_sets.find_set(work.connection, set_id)
        assert layer is not None
        better = json.dumps({**json.loads(layer.residual), "k": 5_000, "reason": ""})
        redaction_sets.change_set(work.connection, layer, residual=better)

    with pytest.raises(Conflict):
        approve(people["reviewer_b"], set_id, needed, clock())


@pytest.mark.parametrize("forged", ["", "{", "[]", '{"k": 9}'])
def test_a_result_taken_away_or_spoilt_releases_nothing(
    people: People, clock: Clock, code: str, forged: str
) -> None:
    set_id = despite(people, code, clock)
    approve(people["reviewer_b"], set_id, looked_at(people, set_id, clock), clock())
    with people["reviewer"].work(clock()) as work:
        layer = redaction_sets.find_set(work.connection, set_id)
        assert layer is not None
        redaction_sets.change_set(work.connection, layer, residual=forged)

    with pytest.raises((Conflict, IntegrityFailed)):
        release(people["reviewer"], code, Audience.PARTNER, clock())


def test_an_override_covers_no_more_than_was_confirmed(people: People, clock: Clock) -> None:
    me = people["reviewer"]
    mali = next(place.id for place in countries().values() if place.name("eng") == "Mali")
    made = Place(PlaceId("p-town"), mali, PlaceLevel.SETTLEMENT, None, (PlaceName("Kidira", "eng"),))
    with me.work(clock()) as work:
        places.insert_place(work.connection, made, added_by="a", added_on="2026-03-01")
    told = taken(people["interviewer"], me, clock(), "I am a nurse in Kidira. Lorries came.")
    set_id = propose_despite(me, turn(me, told), Audience.PARTNER, REASON, clock())
    approve(people["reviewer_b"], set_id, looked_at(people, set_id, clock), clock())

    say_population(me, told, PlaceId("p-town"), "PB1", clock())

    with pytest.raises(Refused) as refusal:
        release(me, told, Audience.PARTNER, clock())
    assert refusal.value.reasons == (DenyReason.QUASI_IDENTIFIERS,)


def test_a_city_that_nobody_added_is_read_as_a_place_and_asked_of_nobody(
    people: People, clock: Clock
) -> None:
    told = "I saw the lorries in Bamako. They came from Niger."
    code = taken(people["interviewer"], people["reviewer"], clock(), text=told)

    shown = preview(people["reviewer"], code, Audience.PUBLIC, clock())

    assert Detail(Kind.PLACE, "Bamako") in shown.found.details
    assert shown.found.population <= 100_000
    assert "Bamako" not in {place.name for place in shown.places}


def test_what_is_said_in_a_case_alone_goes_before_what_is_said_for_all_and_before_the_guess(
    people: People, clock: Clock
) -> None:
    me = people["reviewer"]
    mali = next(place.id for place in countries().values() if place.name("eng") == "Mali")
    made = Place(PlaceId("p-town"), mali, PlaceLevel.COMMUNE, None, (PlaceName("Kidira", "eng"),))
    with me.work(clock()) as work:
        places.insert_place(work.connection, made, added_by="a", added_on="2026-03-01")
    told = taken(people["interviewer"], me, clock(), "I am a tailor in Kidira. Lorries came.")

    def fits() -> int:
        return preview(me, told, Audience.PARTNER, clock()).found.k

    guessed = fits()
    say_population_in_case(me, told, PlaceLevel.COMMUNE, "PB2", clock())
    of_kind = fits()
    say_population(me, told, PlaceId("p-town"), "PB6", clock())
    for_all = fits()
    say_population_in_case(me, told, "p-town", "PB1", clock())
    in_case = fits()
    say_population_in_case(me, told, "p-town", "", clock())

    assert in_case <= of_kind < guessed < for_all == fits()
    assert preview(me, told, Audience.PARTNER, clock()).in_case == {"PL4": "PB2"}


def test_only_reviewers_say_what_counts_in_a_case_and_only_of_what_there_is(
    people: People, clock: Clock, code: str
) -> None:
    for who in ("custodian", "interviewer", "investigator", "auditor"):
        with pytest.raises((Refused, NotFound)):
            say_population_in_case(people[who], code, PlaceLevel.SITE, "PB1", clock())
    with pytest.raises(NotFound):
        say_population_in_case(people["reviewer"], code, "nowhere", "PB1", clock())
    with pytest.raises(Invalid):
        say_population_in_case(people["reviewer"], code, PlaceLevel.SITE, "PB9", clock())
