"""Handing over to somebody outside, and calling back."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from testimony.domain.audit import Action, DenyReason
from testimony.domain.errors import Conflict, Refused
from testimony.domain.purposes import Audience, Purpose
from testimony.services import disclosing, recalling
from testimony.services.disclosing import Wanted
from testimony.services.withdrawing import ALL, withdraw
from testimony.storage import disclosures
from testimony.storage.consents import DecisionRow
from tests.later_consents import IN_PERSON
from tests.released_testimonies import Shelf
from tests.services.conftest import Clock, People

PARTNER = Purpose.CP09
WANTED = Wanted(
    purpose=PARTNER,
    audience=Audience.PARTNER,
    kind="RT02",
    name="Archive of the valley",
    of_the_state=False,
    death_penalty=False,
    fair_trial=False,
    protective=False,
)


@pytest.fixture
def shelf(people: People, clock: Clock) -> Shelf:
    return Shelf(people, clock, Random(43))


def put(shelf: Shelf, *conditions: str, decision: str = "granted") -> str:
    said = "granted_with_conditions" if conditions else decision
    row = DecisionRow("CP09", said, conditions)
    interviewer = shelf.people["interviewer"].account.id
    return shelf.put(
        decisions=(row, DecisionRow("CP07", "granted")), register={"interviewer_id": interviewer}
    )


def sent(people: People, clock: Clock, code: str, wanted: Wanted = WANTED) -> str:
    disclosure_id = disclosing.prepare(people["reviewer"], code, wanted, clock())
    disclosing.approve(people["custodian"], disclosure_id, clock())
    disclosing.mark_sent(people["custodian_b"], disclosure_id, "in_person", clock())
    return disclosure_id


def state(people: People, disclosure_id: str) -> str:
    with people["custodian"].reading() as connection:
        row = disclosures.find_disclosure(connection, disclosure_id)
    assert row is not None
    return row.state


def test_a_release_is_handed_over_by_two_people_with_its_consent_version_and_hash(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    code = put(shelf)

    disclosure_id = sent(people, clock, code)

    view = disclosing.find_disclosure(people["custodian_b"], disclosure_id, clock())
    assert (view.row.state, view.row.consent_version, view.name) == ("sent", 1, "Archive of the valley")
    assert len(view.row.text_sha256) == 64
    actions = [entry.action for entry in shelf.entries(8)]
    assert [one for one in actions if one in {"AA12", "AA13", "AA14"}] == ["AA12", "AA13", "AA14"]
    assert Action.EXPORT_SENT.value == "AA14"


def test_the_recipients_name_is_sealed_to_custodians_alone(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    disclosure_id = sent(people, clock, put(shelf))
    custodians = {people[name].account.id for name in ("custodian", "custodian_b")}

    with people["reviewer"].reading() as connection:
        named = disclosures.named_to(connection, disclosure_id)
        sealed = [disclosures.sealed_name(connection, disclosure_id, one) for one in named]

    assert custodians <= named and people["reviewer"].account.id not in named
    assert not any(b"valley" in (one or b"") for one in sealed)


def test_without_a_yes_to_the_purpose_nothing_is_prepared(shelf: Shelf, people: People, clock: Clock) -> None:
    code = put(shelf, decision="refused")

    with pytest.raises(Refused) as refusal:
        disclosing.prepare(people["reviewer"], code, WANTED, clock())

    assert refusal.value.reasons == (DenyReason.CONSENT_REFUSED,)


def test_who_heard_an_account_hands_nothing_of_it_over(shelf: Shelf, people: People, clock: Clock) -> None:
    code = shelf.put(decisions=(DecisionRow("CP09", "granted"),))

    with pytest.raises(Refused) as refusal:
        disclosing.prepare(people["reviewer"], code, WANTED, clock())

    assert refusal.value.reasons == (DenyReason.SAME_PERSON,)


@pytest.mark.parametrize(
    ("condition", "wrong", "right"),
    [
        ("CC01", {"of_the_state": True}, {}),
        ("CC02", {"death_penalty": True}, {}),
        ("CC03", {}, {"fair_trial": True}),
        ("CC08", {}, {"protective": True}),
    ],
)
def test_a_condition_on_the_recipient_is_judged_by_what_was_found_out(
    shelf: Shelf,
    people: People,
    clock: Clock,
    condition: str,
    wrong: dict[str, bool],
    right: dict[str, bool],
) -> None:
    code = put(shelf, condition)

    with pytest.raises(Refused) as refusal:
        disclosing.prepare(people["reviewer"], code, replace(WANTED, **wrong), clock())  # type: ignore[arg-type]  # flags
    assert refusal.value.reasons == (DenyReason.RECIPIENT_CONDITION,)

    assert sent(people, clock, code, replace(WANTED, **right))  # type: ignore[arg-type]  # flags


@pytest.mark.parametrize("condition", ["CC10", "CC11", "CC16", "CC15"])
def test_a_condition_that_cannot_be_known_of_a_recipient_refuses(
    shelf: Shelf, people: People, clock: Clock, condition: str
) -> None:
    with pytest.raises(Refused):
        disclosing.prepare(people["reviewer"], put(shelf, condition), WANTED, clock())


def test_ask_me_again_each_time_needs_an_answer_for_this_very_one(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    code = put(shelf, "CC12")
    first = disclosing.prepare(people["reviewer"], code, WANTED, clock())
    with pytest.raises(Refused):
        disclosing.approve(people["custodian"], first, clock())

    disclosing.note_answer(people["custodian"], first, clock())
    disclosing.approve(people["custodian"], first, clock())

    second = disclosing.prepare(people["reviewer"], code, WANTED, clock())
    with pytest.raises(Refused):
        disclosing.approve(people["custodian"], second, clock())


def test_another_kind_of_recipient_than_the_purpose_names_is_refused(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    with pytest.raises(Refused) as refusal:
        disclosing.prepare(people["reviewer"], put(shelf), replace(WANTED, kind="RT06"), clock())

    assert refusal.value.reasons == (DenyReason.RECIPIENT_CONDITION,)


def test_a_withdrawal_cancels_what_did_not_leave_and_lists_what_did(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    code = put(shelf)
    gone = sent(people, clock, code)
    waits = disclosing.prepare(people["reviewer"], code, WANTED, clock())
    ready = disclosing.prepare(people["reviewer"], code, WANTED, clock())
    disclosing.approve(people["custodian"], ready, clock())

    done = withdraw(people["interviewer_b"], code, frozenset({PARTNER}), IN_PERSON, clock())

    assert (done.effects.cancelled, done.effects.to_recall) == (2, 1)
    assert (state(people, waits), state(people, ready)) == ("cancelled", "cancelled")
    with pytest.raises((Refused, Conflict)):
        disclosing.mark_sent(people["custodian"], ready, "in_person", clock())
    with people["custodian"].reading() as connection:
        ((recall, about),) = disclosures.unanswered(connection)
    assert (about.disclosure_id, recall.due_on) == (gone, (clock().date() + timedelta(days=30)).isoformat())


def test_a_recall_is_sent_answered_and_done(shelf: Shelf, people: People, clock: Clock) -> None:
    code = put(shelf)
    gone = sent(people, clock, code)
    withdraw(people["custodian"], code, ALL, IN_PERSON, clock())
    with pytest.raises(Conflict):
        recalling.note_recall_answer(people["custodian"], gone, "deleted", clock())

    recalling.send_recall(people["custodian"], gone, clock())
    assert state(people, gone) == "recalled"
    recalling.note_recall_answer(people["custodian"], gone, "deleted", clock())

    assert state(people, gone) == "confirmed_deleted"
    with people["custodian"].reading() as connection:
        assert disclosures.unanswered(connection) == ()


def test_a_consent_that_ends_between_approval_and_sending_stops_it(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    code = put(shelf)
    disclosure_id = disclosing.prepare(people["reviewer"], code, WANTED, clock())
    disclosing.approve(people["custodian"], disclosure_id, clock())
    clock.forward(days=400)

    people.sessions.clear()
    with pytest.raises(Refused) as refusal:
        disclosing.mark_sent(people["custodian"], disclosure_id, "in_person", clock())

    assert refusal.value.reasons == (DenyReason.CONSENT_PAST_REVIEW,)
