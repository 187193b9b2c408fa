"""Ways round the gate by coding: acts without a grant, after a no, in a closed part; places and passages that tell."""

from dataclasses import replace
from random import Random

import pytest
import sqlalchemy as sa

from testimony.domain.audit import Action, DenyReason
from testimony.domain.errors import IntegrityFailed, Invalid, NotFound, Refused
from testimony.domain.grants import ClosedPart
from testimony.domain.matching import Span
from testimony.domain.places import PlaceId, PlaceLevel, PlaceName
from testimony.domain.purposes import Audience, Purpose
from testimony.services.coded import acts_of, open_to_code
from testimony.services.coding import code_act, correct_act, set_account_types, withdraw_act
from testimony.services.coding_access import ForPurpose, FromRelease, Source
from testimony.services.places import NewPlace, add_place, find_place, places_inside, places_named
from testimony.services.releasing import release
from testimony.services.sessions import Session
from testimony.storage.acts import CODED_ACTS
from testimony.storage.coding import coded_fields, coded_labels
from testimony.storage.consents import DecisionRow
from testimony.storage.places import PLACE_NAMES
from testimony.storage.releases import RELEASES
from tests import review_room
from tests.coded_accounts import AGREED, PARTNER_RELEASE, STUDY, coding, put_act
from tests.released_testimonies import YES_TO_STUDY, Shelf, codes, leaf, look
from tests.services.conftest import Clock, People, archive, clock, founded_template, people

__all__ = ["archive", "clock", "founded_template", "people"]

COURT_RELEASE = FromRelease(Audience.COURT)


@pytest.fixture
def shelf(people: People, clock: Clock) -> Shelf:
    return Shelf(people, clock, Random(17))


def acts_in(people: People) -> int:
    with people["reviewer"].reading() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(CODED_ACTS)).scalar_one()


def try_everything(session: Session, code: str, clock: Clock, source: Source) -> list[type[Exception]]:
    """Every way to code or to look at codings; what each of them raised."""
    tries = (
        lambda: open_to_code(session, code, source, clock()),
        lambda: acts_of(session, code, source, clock()),
        lambda: code_act(session, code, source, coding(), AGREED, clock()),
        lambda: correct_act(session, code, source, "0" * 16, coding(), AGREED, clock()),
        lambda: withdraw_act(session, code, source, "0" * 16, clock()),
        lambda: set_account_types(session, code, source, ("AT01",), AGREED, clock()),
    )
    raised: list[type[Exception]] = []
    for attempt in tries:
        try:
            attempt()
        except Exception as error:
            raised.append(type(error))
    return raised


def test_an_investigator_without_a_grant_neither_codes_nor_sees_acts(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    code = shelf.put()
    shelf.grant(handle="investigator-2")
    put_act(people["investigator_b"], code, clock)

    raised = try_everything(people["investigator"], code, clock, STUDY)

    assert raised == [Refused] * 6
    assert [leaf(entry)["action"] for entry in shelf.entries(6)] == [Action.DENIED.value] * 6
    assert acts_in(people) == 1


def test_a_grant_for_another_purpose_or_case_codes_nothing(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    shelf.open_second_case()
    shelf.grant()
    elsewhere = shelf.put(register={"case_id": "CASE-2"})
    here = shelf.put()

    assert try_everything(people["investigator"], elsewhere, clock, STUDY) == [Refused] * 6
    assert try_everything(people["investigator"], here, clock, ForPurpose(Purpose.CP09)) == [Refused] * 6
    assert acts_in(people) == 0


def test_after_a_no_of_the_witness_the_acts_are_gone_with_the_account(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    shelf.grant()
    code = shelf.put()
    put_act(people["investigator"], code, clock, coding("PRO.03"))
    assert codes(look(people, clock, "act:PRO.03")) == [code]

    shelf.decide(code, DecisionRow("CP07", "refused"))

    assert codes(look(people, clock, "act:PRO.03")) == []
    assert try_everything(people["investigator"], code, clock, STUDY) == [Refused] * 6


def test_an_account_in_a_closed_part_is_not_coded_without_it(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    shelf.grant()
    code = shelf.put(register={"tag_s": 1})

    assert try_everything(people["investigator"], code, clock, STUDY) == [Refused] * 6
    assert DenyReason.NO_GRANT.value in str(leaf(shelf.entries(1)[0])["reasons"])


@pytest.mark.parametrize("violation", ["SXV.01", "CHD.01"])
def test_no_act_that_is_closed_by_default_stays_open(
    shelf: Shelf, people: People, clock: Clock, violation: str
) -> None:
    shelf.grant(parts=frozenset({ClosedPart.INSIDERS}))
    code = shelf.put(register={"tag_p": 1})

    with pytest.raises(Invalid):
        put_act(people["investigator"], code, clock, coding(violation))
    with pytest.raises(Invalid):
        put_act(
            people["investigator"], code, clock, coding(violation), closing=frozenset({ClosedPart.INSIDERS})
        )

    assert acts_in(people) == 0


def test_a_correction_cannot_bring_an_open_account_an_act_of_a_closed_kind(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    shelf.grant()
    code = shelf.put()
    act_id = put_act(people["investigator"], code, clock)

    with pytest.raises(Invalid):
        correct_act(people["investigator"], code, STUDY, act_id, coding("SXV.01"), frozenset(), clock())

    (view,) = acts_of(people["investigator"], code, STUDY, clock()).acts
    assert not view.act.is_withdrawn


@pytest.mark.parametrize("passage", [Span(0, 10_000), Span(70, 73), Span(4, 5), None])
def test_a_passage_outside_the_text_points_at_nothing(
    shelf: Shelf, people: People, clock: Clock, passage: Span | None
) -> None:
    shelf.grant()
    code = shelf.put()

    with pytest.raises(Invalid):
        put_act(people["investigator"], code, clock, coding(passage=passage))

    assert acts_in(people) == 0


def test_roles_that_do_not_code_find_no_door(shelf: Shelf, people: People, clock: Clock) -> None:
    code = shelf.put()

    for name in ("interviewer", "auditor", "custodian"):
        for source in (STUDY, PARTNER_RELEASE):
            assert set(try_everything(people[name], code, clock, source)) == {Refused}
    assert try_everything(people["investigator"], code, clock, PARTNER_RELEASE) == [Refused] * 6


def test_an_interviewer_who_reviews_does_not_code_what_they_took_themselves(
    people: People, clock: Clock
) -> None:
    code, _ = review_room.released(people["interviewer"], people["reviewer"], people["reviewer_b"], clock())
    with people["reviewer"].work(clock()) as work:
        work.connection.execute(sa.text("UPDATE register SET quarantined = 1"))

    assert set(try_everything(people["reviewer"], code, clock, PARTNER_RELEASE)) == {Refused}


def test_a_reviewer_codes_no_release_whose_audience_the_witness_refused(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    code, _ = review_room.released(people["interviewer"], people["reviewer"], people["reviewer_b"], clock())
    put_act(people["reviewer"], code, clock, coding(passage=Span(0, 5)), source=PARTNER_RELEASE)

    shelf.decide(code, DecisionRow("CP07", "refused"))

    assert set(try_everything(people["reviewer"], code, clock, PARTNER_RELEASE)) == {Refused}


def test_what_only_the_court_was_told_is_coded_for_nobody_else(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    """The passage on the burning is withheld from partners; so must be that it is coded."""
    shelf.grant()
    code = review_room.taken(
        people["interviewer"],
        people["reviewer"],
        clock(),
        consent=review_room.consent(
            people["interviewer"].account.id, review_room.granted(*review_room.PURPOSES, Purpose.CP14)
        ),
    )
    review_room.accept_all(people["reviewer"], code, clock())
    for audience in (Audience.COURT, Audience.PARTNER):
        review_room.approved(people["reviewer"], people["reviewer_b"], code, clock(), audience)
        release(people["reviewer_b"], code, audience, clock())

    act_id = put_act(
        people["reviewer"], code, clock, coding("PRO.01", passage=Span(0, 5)), source=COURT_RELEASE
    )
    set_account_types(people["reviewer"], code, COURT_RELEASE, ("AT01",), frozenset(), clock())

    assert codes(look(people, clock, "act:PRO.01")) == []
    assert codes(look(people, clock, "account:AT01")) == []
    desk = acts_of(people["investigator"], code, STUDY, clock())
    assert (desk.acts, desk.account_types) == ((), None)
    with pytest.raises(NotFound):
        withdraw_act(people["investigator"], code, STUDY, act_id, clock())
    with people["reviewer"].reading() as connection:
        assert coded_fields(connection, code, Audience.PUBLIC) == {}
        assert coded_labels(connection, code, Audience.PARTNER) == ()
        assert coded_fields(connection, code, Audience.COURT)["act"] == ("PRO", "PRO.01")


def test_a_place_finer_than_the_floor_is_told_nowhere(shelf: Shelf, people: People, clock: Clock) -> None:
    shelf.grant()
    reviewer, investigator = people["reviewer"], people["investigator"]
    settlement = add_place(reviewer, PARTNER_RELEASE, named("Tin Amalek", PlaceLevel.SETTLEMENT), clock())
    well = add_place(
        reviewer, PARTNER_RELEASE, replace(named("Zanzibarwell", PlaceLevel.SITE), parent=settlement), clock()
    )
    code, _ = review_room.released(people["interviewer"], reviewer, people["reviewer_b"], clock())
    put_act(reviewer, code, clock, coding(passage=Span(0, 5), place=well), source=PARTNER_RELEASE)

    (view,) = acts_of(investigator, code, STUDY, clock()).acts
    with reviewer.reading() as connection:
        fields = coded_fields(connection, code, Audience.PARTNER)
        labels = coded_labels(connection, code, Audience.PARTNER)

    assert [place.id for place in view.place] == ["ML", settlement]
    assert view.act.coding.place == settlement
    assert fields["place"] == ("ML", settlement)
    assert "Zanzibarwell" not in [label.text for label in labels]
    assert codes(look(people, clock, "Zanzibarwell")) == codes(look(people, clock, f"place:{well}")) == []
    assert codes(look(people, clock, f"place:{settlement}")) == [code]


def test_an_investigator_neither_finds_nor_names_a_place_finer_than_their_floor(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    shelf.grant()
    code = shelf.put()
    investigator = people["investigator"]
    well = add_place(people["reviewer"], PARTNER_RELEASE, named("Zanzibarwell", PlaceLevel.SITE), clock())

    with pytest.raises(Invalid):
        put_act(investigator, code, clock, coding(place=well))
    with pytest.raises(Invalid):
        put_act(investigator, code, clock, coding(place=PlaceId("0" * 10)))
    with pytest.raises(Invalid):
        add_place(investigator, STUDY, named("Another well", PlaceLevel.SITE), clock())
    with pytest.raises(NotFound):
        find_place(investigator, STUDY, well, clock())
    assert places_named(investigator, STUDY, "zanzibar", clock()) == ()
    assert places_inside(investigator, STUDY, PlaceId("ML"), clock()) == ()


def test_a_place_whose_name_the_release_withholds_is_not_coded_from_it(people: People, clock: Clock) -> None:
    """Inekar is marked in the account; a reviewer knows it from the original."""
    code, _ = review_room.released(people["interviewer"], people["reviewer"], people["reviewer_b"], clock())
    inekar = add_place(people["reviewer"], PARTNER_RELEASE, named("INÉKAR", PlaceLevel.SETTLEMENT), clock())

    with pytest.raises(Invalid) as refusal:
        put_act(
            people["reviewer"],
            code,
            clock,
            coding(passage=Span(0, 5), place=inekar),
            source=PARTNER_RELEASE,
        )

    assert [problem.code for problem in refusal.value.problems] == ["withheld"]


def test_the_offsets_of_a_replaced_release_are_in_no_row(people: People, clock: Clock) -> None:
    """With the newer text in hand, a passage of the old one would be as long as the word now withheld."""
    code, _ = review_room.released(people["interviewer"], people["reviewer"], people["reviewer_b"], clock())
    put_act(people["reviewer"], code, clock, coding(passage=Span(0, 5)), source=PARTNER_RELEASE)
    review_room.approved(people["reviewer"], people["reviewer_b"], code, clock())

    release(people["reviewer_b"], code, Audience.PARTNER, clock())

    with people["reviewer"].reading() as connection:
        kept = connection.execute(sa.select(CODED_ACTS.c.passage_start, CODED_ACTS.c.passage_end)).all()
    assert kept == [(None, None)]


def test_a_release_that_was_tampered_with_is_not_coded(shelf: Shelf, people: People, clock: Clock) -> None:
    shelf.grant()
    code = shelf.put()
    with people["reviewer"].work(clock()) as work:
        work.connection.execute(RELEASES.update().values(text="They sang."))

    with pytest.raises(IntegrityFailed):
        put_act(people["investigator"], code, clock, coding(passage=Span(0, 4)))


@pytest.mark.parametrize("name", ["", " ", "a" * 121, "line\nbreak", "\u202egnp", " leading"])
def test_a_place_has_a_name_of_one_plain_line(people: People, clock: Clock, name: str) -> None:
    with pytest.raises(Invalid):
        add_place(people["reviewer"], PARTNER_RELEASE, named(name, PlaceLevel.SETTLEMENT), clock())

    with people["reviewer"].reading() as connection:
        assert connection.execute(sa.select(PLACE_NAMES)).all() == []


def test_acts_of_another_account_are_not_reached_through_an_open_one(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    shelf.grant()
    shelf.grant(handle="investigator-2", parts=frozenset({ClosedPart.SEXUAL_VIOLENCE}))
    open_one, closed = shelf.put(), shelf.put(register={"tag_s": 1}, decisions=(YES_TO_STUDY,))
    act_id = put_act(people["investigator_b"], closed, clock)

    with pytest.raises(NotFound):
        withdraw_act(people["investigator"], open_one, STUDY, act_id, clock())
    with pytest.raises(NotFound):
        correct_act(people["investigator"], open_one, STUDY, act_id, coding(), AGREED, clock())


def named(name: str, level: PlaceLevel) -> NewPlace:
    return NewPlace(PlaceId("ML"), level, None, (PlaceName(name, "und"),))
