"""Others want to hear a witness again: how often, and the account that there is offered instead, under consent."""

from dataclasses import replace
from datetime import timedelta

import pytest

from testimony.domain.consent import Condition, Decision, PurposeDecision
from testimony.domain.disposal import DemandKind
from testimony.domain.errors import Conflict, Invalid, NotFound, NotYet, Refused
from testimony.domain.purposes import Purpose
from testimony.services import account_links as linking
from testimony.services.account_link_statements import LinkState
from testimony.services.demand_offers import asked_for_by, offer_account, offers_of, times_asked_for
from testimony.services.demands import (
    DemandRequest,
    answer_demand,
    find_demand,
    instruct_counsel,
    record_demand,
)
from testimony.services.receiving import receive_inbox
from testimony.services.submitting import submit
from testimony.services.withdrawing import withdraw
from tests.disposal_room import erase, lift
from tests.later_consents import IN_PERSON
from tests.review_room import granted, received, submission
from tests.services.conftest import Clock, People

WHY = "they would ask the same again"


def demanded(people: People, clock: Clock, *codes: str, kind: DemandKind = DemandKind.REQUEST) -> str:
    """A demand that is with counsel; its id."""
    wanted = DemandRequest(received_on=clock().date(), kind=kind, words="an office", codes=codes)
    demand = record_demand(people["custodian"], wanted, clock())
    instruct_counsel(people["custodian"], demand, "counsel was asked", clock())
    return demand


def agreed(people: People, clock: Clock, *purposes: Purpose) -> str:
    """An account whose witness said yes to these."""
    return decided(people, clock, *granted(Purpose.CP01, Purpose.CP06, *purposes))


def decided(people: People, clock: Clock, *decisions: PurposeDecision) -> str:
    made = submission(people["interviewer"], decisions=granted(Purpose.CP01))
    consent = replace(made.consent, decisions=decisions, contact_channel="phone", contact_hours="evenings")
    return submit(people["interviewer"], replace(made, consent=consent), None, clock()).code


@pytest.mark.parametrize(
    ("said", "kind", "rests_on"),
    [
        ((Purpose.CP21,), DemandKind.REQUEST, Purpose.CP21),
        ((Purpose.CP25,), DemandKind.REQUEST, Purpose.CP25),
        ((Purpose.CP25,), DemandKind.SUBPOENA, Purpose.CP25),
    ],
)
def test_the_existing_account_is_offered_under_the_witnesss_yes(
    people: People, clock: Clock, said: tuple[Purpose, ...], kind: DemandKind, rests_on: Purpose
) -> None:
    code = agreed(people, clock, *said)
    demand = demanded(people, clock, code, kind=kind)

    offer_account(people["custodian"], demand, code, rests_on, WHY, clock())

    (offer,) = offers_of(people["custodian_b"], demand, clock())
    assert (offer.code, offer.purpose) == (code, rests_on)
    with pytest.raises(Conflict):
        offer_account(people["custodian"], demand, code, rests_on, WHY, clock())


@pytest.mark.parametrize("said", [(), (Purpose.CP07, Purpose.CP14), (Purpose.CP25,)])
def test_without_that_yes_nobody_is_told_that_there_is_one(
    people: People, clock: Clock, said: tuple[Purpose, ...]
) -> None:
    code = agreed(people, clock, *said)
    demand = demanded(people, clock, code)

    with pytest.raises(Refused):
        offer_account(people["custodian"], demand, code, Purpose.CP21, WHY, clock())

    assert offers_of(people["custodian"], demand, clock()) == ()


def test_a_court_needs_the_yes_to_courts(people: People, clock: Clock) -> None:
    code = agreed(people, clock, Purpose.CP21)
    demand = demanded(people, clock, code, kind=DemandKind.COURT_ORDER)

    with pytest.raises(Invalid):
        offer_account(people["custodian"], demand, code, Purpose.CP21, WHY, clock())
    with pytest.raises(Invalid):
        offer_account(people["custodian"], demand, code, Purpose.CP07, WHY, clock())


def test_a_yes_that_was_taken_back_or_is_past_its_day_carries_nothing(people: People, clock: Clock) -> None:
    code, later = agreed(people, clock, Purpose.CP21), agreed(people, clock, Purpose.CP21)
    demand = demanded(people, clock, code, later)
    withdraw(people["custodian"], code, frozenset({Purpose.CP21}), IN_PERSON, clock())
    with pytest.raises(Refused):
        offer_account(people["custodian"], demand, code, Purpose.CP21, WHY, clock())

    clock.forward(days=365 * 3)
    people.sessions.clear()

    with pytest.raises(Refused):
        offer_account(people["custodian"], demand, later, Purpose.CP21, WHY, clock())


def test_a_yes_from_a_later_day_waits_for_it(people: People, clock: Clock) -> None:
    day = clock().date() + timedelta(days=10)
    later = (Condition("CC07"),)
    yes = PurposeDecision(Purpose.CP21, Decision.GRANTED_WITH_CONDITIONS, later, not_before=day)
    code = decided(people, clock, *granted(Purpose.CP01, Purpose.CP06), yes)
    demand = demanded(people, clock, code)
    with pytest.raises(Refused):
        offer_account(people["custodian"], demand, code, Purpose.CP21, WHY, clock())

    clock.forward(days=10)
    people.sessions.clear()

    offer_account(people["custodian"], demand, code, Purpose.CP21, WHY, clock())


def under(people: People, clock: Clock, condition: str) -> str:
    """An account whose witness said yes to being contacted, if."""
    said = (Condition(condition, "evenings"),)
    yes = PurposeDecision(Purpose.CP21, Decision.GRANTED_WITH_CONDITIONS, said)
    return decided(people, clock, *granted(Purpose.CP01, Purpose.CP06), yes)


def test_a_condition_on_the_way_of_contact_holds(people: People, clock: Clock) -> None:
    code = under(people, clock, "CC09")
    demand = demanded(people, clock, code)

    offer_account(people["custodian"], demand, code, Purpose.CP21, WHY, clock())

    assert len(offers_of(people["custodian"], demand, clock())) == 1


@pytest.mark.parametrize("condition", ["CC01", "CC11", "CC12"])
def test_a_condition_that_cannot_be_met_here_is_a_no(people: People, clock: Clock, condition: str) -> None:
    code = under(people, clock, condition)
    demand = demanded(people, clock, code)

    with pytest.raises(Refused):
        offer_account(people["custodian"], demand, code, Purpose.CP21, WHY, clock())


def test_nothing_is_offered_before_counsel_or_of_somebody_it_does_not_name(
    people: People, clock: Clock
) -> None:
    code, other = agreed(people, clock, Purpose.CP21), agreed(people, clock, Purpose.CP21)
    wanted = DemandRequest(
        received_on=clock().date(), kind=DemandKind.REQUEST, words="an office", codes=(code,)
    )
    demand = record_demand(people["custodian"], wanted, clock())

    with pytest.raises(NotYet):
        offer_account(people["custodian"], demand, code, Purpose.CP21, WHY, clock())
    with pytest.raises(NotFound):
        offer_account(people["custodian"], demand, other, Purpose.CP21, WHY, clock())
    for name in ("interviewer", "reviewer", "investigator", "auditor"):
        with pytest.raises(Refused):
            offer_account(people[name], demand, code, Purpose.CP21, WHY, clock())
        with pytest.raises(Refused):
            times_asked_for(people[name], code)


def test_demands_are_counted_by_witness_and_not_by_account(people: People, clock: Clock) -> None:
    first, second, other = (
        received(people["interviewer"], people["reviewer"], clock(), text) for text in ("A.", "B.", "C.")
    )
    demanded(people, clock, first)
    demand = demanded(people, clock, second, other)
    assert times_asked_for(people["custodian"], first) == 1
    link = linking.propose_same_witness(people["custodian"], (first, second), "she said so", clock())
    # Not before a second person agreed.
    assert times_asked_for(people["custodian"], first) == 1
    linking.decide(people["custodian_b"], link, LinkState.CONFIRMED, None, "yes", clock())

    assert times_asked_for(people["custodian"], first) == 2
    assert times_asked_for(people["custodian"], other) == 1
    assert (asked := asked_for_by(people["custodian"], [demand])[demand]).witnesses == 2 and asked.most == 2


def test_erasing_takes_an_offer_along(people: People, clock: Clock) -> None:
    custodian, code = people["custodian"], agreed(people, clock, Purpose.CP21)
    receive_inbox(people["reviewer"], clock())
    demand = demanded(people, clock, code)
    offer_account(custodian, demand, code, Purpose.CP21, WHY, clock())
    answer_demand(custodian, demand, "they took the account", clock())
    (hold_id,) = find_demand(custodian, demand, clock()).holds
    lift(people, hold_id, clock())

    erase(people, code, clock())

    assert offers_of(custodian, demand, clock()) == ()
