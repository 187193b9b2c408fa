"""Coding by those who may: what is written, what is shown to whom, what closes, what is found."""

from random import Random

import pytest

from testimony.domain.acts import Attribute, Perpetrators, Unit, Victims
from testimony.domain.audit import Action, DenyReason
from testimony.domain.errors import Conflict, Invalid, NotFound, Refused
from testimony.domain.grants import ClosedPart
from testimony.domain.matching import Span
from testimony.domain.places import PlaceId, PlaceLevel, PlaceName
from testimony.domain.purposes import Audience, Purpose
from testimony.domain.statement import Statement, StatementKind
from testimony.services.coded import acts_of, open_to_code
from testimony.services.coding import correct_act, set_account_types, withdraw_act
from testimony.services.coding_access import FromRelease
from testimony.services.places import NewPlace, add_place, add_spelling, places_inside, places_named
from testimony.services.releasing import release
from testimony.storage.coding import coded_fields, query_labels
from testimony.storage.consents import DecisionRow
from tests import review_room
from tests.coded_accounts import AGREED, PARTNER_RELEASE, PUBLISH, STUDY, coding, put_act
from tests.released_testimonies import YES_TO_STUDY, Shelf, codes, leaf, look
from tests.services.conftest import Clock, People, archive, clock, founded_template, people

__all__ = ["archive", "clock", "founded_template", "people"]

YES_TO_BOTH = (YES_TO_STUDY, DecisionRow("CP10", "granted"))


@pytest.fixture
def shelf(people: People, clock: Clock) -> Shelf:
    return Shelf(people, clock, Random(5))


@pytest.fixture
def code(shelf: Shelf) -> str:
    shelf.grant(Purpose.CP07, Purpose.CP10)
    return shelf.put(decisions=YES_TO_BOTH)


@pytest.fixture
def gao(people: People, clock: Clock) -> list[PlaceId]:
    """Mali, a region, a settlement and a site inside each other."""
    reviewer = people["reviewer"]
    path = [PlaceId("ML")]
    for level, name in (("PL2", "Gawa"), ("PL5", "Tin Amalek"), ("PL6", "The old well")):
        new = NewPlace(path[-1], PlaceLevel(level), None, (PlaceName(name, "und"),))
        path.append(add_place(reviewer, PARTNER_RELEASE, new, clock()))
    return path


def fields(people: People, code: str, audience: Audience) -> dict[str, tuple[str, ...]]:
    with people["reviewer"].reading() as connection:
        return dict(coded_fields(connection, code, audience))


def test_an_investigator_codes_what_they_may_read(people: People, clock: Clock, code: str) -> None:
    what = coding(
        "PRO.06",
        victims=Victims(3, None, Unit.HOUSEHOLD),
        perpetrators=Perpetrators("PG05", "IN01", "ID03"),
        when="2024-11~",
        place=PlaceId("ML"),
        methods=("ME09",),
        attributes=frozenset({Attribute.IN_FRONT_OF_OTHERS}),
        outcome="VS11",
    )

    act_id = put_act(people["investigator"], code, clock, what)

    (view,) = acts_of(people["investigator"], code, STUDY, clock()).acts
    assert view.act.coding == what
    assert (view.act.act_id, view.act.vocabulary, view.is_mine) == (act_id, "1", True)
    assert [place.name("fra") for place in view.place] == ["Mali"]


def test_a_reviewer_codes_a_release_and_an_investigator_reads_the_act(
    people: People, clock: Clock, shelf: Shelf
) -> None:
    code, _ = review_room.released(people["interviewer"], people["reviewer"], people["reviewer_b"], clock())
    shelf.grant()

    put_act(people["reviewer_b"], code, clock, coding(passage=Span(0, 5)), source=PARTNER_RELEASE)

    (view,) = acts_of(people["investigator"], code, STUDY, clock()).acts
    assert (view.act.coding.violation, view.coder, view.is_mine) == ("PRO.06", "", False)
    assert not view.may_withdraw
    (seen,) = acts_of(people["reviewer"], code, PARTNER_RELEASE, clock()).acts
    assert seen.coder == people["reviewer_b"].account.name


def test_what_is_coded_is_in_the_log_without_a_word_of_the_account(
    people: People, clock: Clock, shelf: Shelf, code: str
) -> None:
    put_act(people["investigator"], code, clock)

    entry = leaf(shelf.entries(1)[0])
    assert (entry["action"], entry["fields"]) == (Action.WRITTEN.value, ["act", "PRO.06"])
    assert entry["detail"] is not None
    assert (entry["case"], entry["purpose"]) == ("CASE-1", "CP07")


def test_the_text_to_code_from_is_logged_before_it_is_shown(
    people: People, clock: Clock, shelf: Shelf, code: str
) -> None:
    desk = open_to_code(people["investigator"], code, STUDY, clock())

    entry = leaf(shelf.entries(1)[0])
    assert (entry["action"], entry["fields"]) == (
        Action.ITEM_SHOWN.value,
        ["text", "acts", "release:1", "partner"],
    )
    assert desk.text.startswith("They poisoned")


def test_a_coded_account_is_found_by_group_by_code_and_by_words_in_any_language(
    people: People, clock: Clock, code: str
) -> None:
    put_act(people["investigator"], code, clock, coding("PRO.03", passage=Span(0, 4)))

    for query in ("act:PRO", "act:PRO.03", "pillage", "نهب", "basis:BA01"):
        assert codes(look(people, clock, query)) == [code], query
    assert codes(look(people, clock, "act:KIL")) == []


def test_a_withdrawn_act_is_found_no_more_and_stays_in_the_history(
    people: People, clock: Clock, code: str
) -> None:
    act_id = put_act(people["investigator"], code, clock, coding("PRO.03"))

    withdraw_act(people["investigator"], code, STUDY, act_id, clock())

    assert codes(look(people, clock, "act:PRO")) == []
    (view,) = acts_of(people["investigator"], code, STUDY, clock()).acts
    assert view.act.is_withdrawn
    with pytest.raises(Conflict):
        withdraw_act(people["investigator"], code, STUDY, act_id, clock())


def test_a_correction_withdraws_and_adds(people: People, clock: Clock, code: str) -> None:
    first = put_act(people["investigator"], code, clock, coding("PRO.03"))

    second = correct_act(people["investigator"], code, STUDY, first, coding("PRO.05"), frozenset(), clock())

    before, after = acts_of(people["investigator"], code, STUDY, clock()).acts
    assert (before.act.act_id, before.act.is_withdrawn) == (first, True)
    assert (after.act.act_id, after.act.replaces) == (second, first)


def test_an_investigator_does_not_withdraw_what_another_coded(
    people: People, clock: Clock, shelf: Shelf, code: str
) -> None:
    shelf.grant(handle="investigator-2")
    act_id = put_act(people["investigator_b"], code, clock)

    with pytest.raises(Refused):
        withdraw_act(people["investigator"], code, STUDY, act_id, clock())

    entry = leaf(shelf.entries(1)[0])
    assert (entry["action"], entry["reasons"]) == (Action.DENIED.value, [DenyReason.NO_GRANT.value])


@pytest.mark.parametrize("violation", ["SXV.04", "CHD.01"])
def test_an_act_that_is_closed_by_default_asks_first(
    people: People, clock: Clock, shelf: Shelf, code: str, violation: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        put_act(people["investigator"], code, clock, coding(violation))

    assert [problem.code for problem in refusal.value.problems] == ["required"]
    assert (shelf.row_of(code).tag_s, shelf.row_of(code).tag_c) == (0, 0)
    assert acts_of(people["investigator"], code, STUDY, clock()).acts == ()


def test_coding_sexual_violence_closes_the_account_at_once(
    people: People, clock: Clock, shelf: Shelf, code: str
) -> None:
    put_act(people["investigator"], code, clock, coding("SXV.04"), closing=AGREED)

    assert shelf.row_of(code).tag_s == 1
    assert codes(look(people, clock)) == []
    assert [leaf(entry)["fields"] for entry in shelf.entries(3)[:2]] == [["closed", "S"], ["act", "SXV.04"]]
    with pytest.raises(Refused):
        acts_of(people["investigator"], code, STUDY, clock())
    shelf.grant(parts=frozenset({ClosedPart.SEXUAL_VIOLENCE}))
    assert len(acts_of(people["investigator"], code, STUDY, clock()).acts) == 1


def test_inside_the_closed_part_nothing_is_asked(people: People, clock: Clock, shelf: Shelf) -> None:
    shelf.grant(parts=frozenset({ClosedPart.SEXUAL_VIOLENCE}))
    code = shelf.put(register={"tag_s": 1})

    put_act(people["investigator"], code, clock, coding("SXV.01"))

    assert fields(people, code, Audience.PARTNER)["act"] == ("SXV", "SXV.01")


def test_an_insiders_account_closes_too(people: People, clock: Clock, shelf: Shelf, code: str) -> None:
    with pytest.raises(Invalid):
        set_account_types(people["investigator"], code, STUDY, ("AT05",), frozenset(), clock())

    set_account_types(people["investigator"], code, STUDY, ("AT05",), AGREED, clock())

    assert shelf.row_of(code).tag_p == 1


def test_account_types_replace_each_other_and_are_found(people: People, clock: Clock, code: str) -> None:
    for types in (("AT01",), ("AT02", "AT06")):
        set_account_types(people["investigator"], code, STUDY, types, frozenset(), clock())

    shown = acts_of(people["investigator"], code, STUDY, clock()).account_types
    assert shown is not None
    assert shown.types == ("AT02", "AT06")
    assert codes(look(people, clock, "account:AT02")) == [code]
    assert codes(look(people, clock, "account:AT01")) == []


def test_a_place_is_known_by_all_that_contain_it_down_to_the_floor(
    people: People, clock: Clock, gao: list[PlaceId]
) -> None:
    code, _ = review_room.released(
        people["interviewer"], people["reviewer"], people["reviewer_b"], clock(), audience=Audience.PUBLIC
    )
    public = FromRelease(Audience.PUBLIC)

    put_act(
        people["reviewer"],
        code,
        clock,
        coding(passage=Span(0, 5), place=gao[-1], when="2024-11-14"),
        source=public,
    )

    told = {audience: fields(people, code, audience) for audience in Audience}
    assert told[Audience.PUBLIC]["place"] == tuple(gao[:2])
    assert told[Audience.PARTNER]["place"] == tuple(gao[:3])
    assert told[Audience.COURT]["place"] == tuple(gao)
    assert told[Audience.PUBLIC]["event"] == ("2024-11",)
    assert told[Audience.PARTNER]["event"] == ("2024-11-14",)


def test_labels_for_queries_hold_codes_countries_and_places(people: People, gao: list[PlaceId]) -> None:
    with people["reviewer"].reading() as connection:
        partner, court = (query_labels(connection, a) for a in (Audience.PARTNER, Audience.COURT))

    assert partner["act"]["Pillage"] == ("PRO.03",)
    assert partner["act"]["نهب"] == ("PRO.03",)
    assert partner["perp"]["Armée"] == ("PG01",)
    assert partner["place"]["Mali"] == ("ML",)
    assert partner["place"]["Tin Amalek"] == (gao[2],)
    assert "The old well" not in partner["place"]
    assert court["place"]["The old well"] == (gao[3],)


def test_a_new_spelling_finds_what_was_coded_before(
    people: People, clock: Clock, shelf: Shelf, code: str, gao: list[PlaceId]
) -> None:
    put_act(people["investigator"], code, clock, coding(place=gao[2]))

    add_spelling(people["investigator"], STUDY, gao[2], PlaceName("Tinamallek", "fra"), clock())

    assert codes(look(people, clock, "Tinamallek")) == [code]
    (found,) = places_named(people["investigator"], STUDY, "tinamall", clock())
    assert [place.id for place in found.path] == gao[:3]


def test_places_are_found_by_what_they_lie_in(
    people: People, clock: Clock, gao: list[PlaceId], shelf: Shelf
) -> None:
    shelf.grant()

    assert [f.place.id for f in places_inside(people["investigator"], STUDY, gao[0], clock())] == [gao[1]]
    assert places_inside(people["investigator"], STUDY, gao[2], clock()) == ()
    assert [f.place.id for f in places_inside(people["reviewer"], PARTNER_RELEASE, gao[2], clock())] == [
        gao[3]
    ]


def test_the_same_place_is_not_added_twice(people: People, clock: Clock, gao: list[PlaceId]) -> None:
    again = NewPlace(gao[0], PlaceLevel.REGION, None, (PlaceName("GAWA", "eng"),))

    with pytest.raises(Invalid):
        add_place(people["reviewer"], PARTNER_RELEASE, again, clock())


def test_a_place_lies_only_in_a_coarser_one(people: People, clock: Clock, gao: list[PlaceId]) -> None:
    with pytest.raises(Invalid):
        add_place(
            people["reviewer"],
            PARTNER_RELEASE,
            NewPlace(gao[2], PlaceLevel.REGION, None, (PlaceName("Other", "und"),)),
            clock(),
        )


def test_what_the_interviewer_said_of_the_account_is_taken_over_at_the_release(
    people: People, clock: Clock
) -> None:
    told = Statement(review_room.ACCOUNT, "eng", kind=StatementKind.VERBATIM, account_types=("AT01", "AT05"))
    code = review_room.taken(people["interviewer"], people["reviewer"], clock(), statement=told)
    review_room.accept_all(people["reviewer"], code, clock())
    review_room.approved(people["reviewer"], people["reviewer_b"], code, clock())
    release(people["reviewer_b"], code, Audience.PARTNER, clock())

    assert fields(people, code, Audience.PARTNER) == {"account": ("AT01",)}


def test_after_a_newer_release_the_act_stays_and_its_passage_goes(
    people: People, clock: Clock, shelf: Shelf
) -> None:
    code, _ = review_room.released(people["interviewer"], people["reviewer"], people["reviewer_b"], clock())
    put_act(people["reviewer"], code, clock, coding(passage=Span(0, 5)), source=PARTNER_RELEASE)

    review_room.approved(people["reviewer"], people["reviewer_b"], code, clock())
    release(people["reviewer_b"], code, Audience.PARTNER, clock())

    desk = acts_of(people["reviewer"], code, PARTNER_RELEASE, clock())
    (view,) = desk.acts
    assert (desk.number, view.act.release_number, view.act.source_is_current) == (2, 1, False)
    assert view.act.coding.passage is None
    assert fields(people, code, Audience.PARTNER)["act"] == ("PRO", "PRO.06")


def test_a_passage_of_a_wider_release_is_not_laid_over_another_text(
    people: People, clock: Clock, shelf: Shelf, code: str
) -> None:
    shelf.release(shelf.row_of(code), "Shorter.", audience="public", rank=0)
    put_act(people["investigator"], code, clock, coding(passage=Span(0, 7)), source=PUBLISH)

    (of_study,) = acts_of(people["investigator"], code, STUDY, clock()).acts
    (of_public,) = acts_of(people["investigator"], code, PUBLISH, clock()).acts

    assert of_study.act.coding.passage is None
    assert of_public.act.coding.passage == Span(0, 7)


def test_without_a_release_there_is_nothing_to_code(people: People, clock: Clock) -> None:
    code = review_room.taken(people["interviewer"], people["reviewer"], clock())

    with pytest.raises(NotFound):
        open_to_code(people["reviewer"], code, PARTNER_RELEASE, clock())
