"""Witnesses who decide anew: more, less, later, as grown-ups, after an event, after their death."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random

import pytest
import sqlalchemy as sa

from testimony.domain.audit import DenyReason
from testimony.domain.consent import Assent, Decision, GuardianDecision
from testimony.domain.consent_terms import Change, Decided
from testimony.domain.errors import Conflict, Invalid, NotFound, Refused
from testimony.domain.purposes import Purpose
from testimony.services import consent_events, consent_history
from testimony.services.approving import compare
from testimony.services.carrying_out import carry_out_waiting
from testimony.services.checking import check
from testimony.services.consent_words import Words
from testimony.services.consenting import Recorded, confirm, decline, record
from testimony.services.identity_access import read_facts
from testimony.services.reading import read_release
from testimony.services.withdrawing import ALL, confirm_to_witness, note_receipt, receipt, withdraw
from testimony.storage import consent_versions, consents, disclosures, withdrawals
from testimony.storage.connections import Connection
from testimony.storage.consents import DecisionRow
from testimony.storage.register import find_row
from tests.later_consents import IN_PERSON
from tests.released_testimonies import Shelf
from tests.review_room import (
    accept_all,
    approved,
    consent,
    granted,
    handed_in,
    received,
    released,
    taken,
)
from tests.services.conftest import Clock, People

STUDY = Purpose.CP07


@pytest.fixture
def shelf(people: People, clock: Clock) -> Shelf:
    return Shelf(people, clock, Random(42))


def change(clock: Clock, *decided: Decided, **differs: object) -> Change:
    made = Change(decisions=decided, given_on=clock().date(), language="eng", evidence="CE04", explained=True)
    return replace(made, **differs)  # type: ignore[arg-type]  # fields of a change


def yes(purpose: Purpose, *conditions: str, **differs: object) -> Decided:
    said = Decision.GRANTED_WITH_CONDITIONS if conditions else Decision.GRANTED
    return replace(Decided(purpose, said, conditions), **differs)  # type: ignore[arg-type]  # fields of it


def put(people: People, clock: Clock) -> str:
    return released(people["interviewer"], people["reviewer"], people["reviewer_b"], clock())[0]


def decide(people: People, clock: Clock, code: str, made: Change, words: Words | None = None) -> Recorded:
    """Recorded by one custodian, and where it waits confirmed by another."""
    done = record(people["custodian"], code, made, words or Words(), IN_PERSON, clock())
    if done.in_force:
        return done
    with people["custodian"].reading() as connection:
        waiting = consent_versions.proposal_of(connection, code)
    assert waiting is not None
    return confirm(people["custodian_b"], waiting.proposal_id, clock())


def refused(people: People, clock: Clock, code: str, purpose: Purpose = STUDY) -> tuple[DenyReason, ...]:
    with pytest.raises(Refused) as refusal:
        read_release(people["investigator"], code, purpose, clock())
    return refusal.value.reasons


def test_less_holds_at_once_and_the_older_version_stays(shelf: Shelf, people: People, clock: Clock) -> None:
    code = put(people, clock)
    shelf.grant()

    done = record(
        people["custodian"],
        code,
        change(clock, Decided(STUDY, Decision.REFUSED)),
        Words(),
        IN_PERSON,
        clock(),
    )

    assert (done.in_force, done.version) == (True, 2)
    assert refused(people, clock, code) == (DenyReason.CONSENT_REFUSED,)
    history = consent_history.history(people["custodian"], code, clock())
    assert [(one.terms.version, one.is_current) for one in history.versions] == [(2, True), (1, False)]
    assert history.versions[1].terms.decision_on(STUDY).decision is Decision.GRANTED
    assert history.is_whole
    assert check(people["reviewer"], clock()) == ()


def test_a_condition_put_on_later_binds_and_its_words_reach_the_reviewers_alone(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    code = put(people, clock)
    shelf.grant()

    done = decide(people, clock, code, change(clock, yes(STUDY, "CC04")), Words((("CC04", "the lorries"),)))

    assert done.in_force
    assert refused(people, clock, code) == (DenyReason.CONDITION_NOT_MET,)
    with people["custodian"].reading() as connection:
        row = consent_versions.find_version(connection, code, 2)
    assert row is not None and row.sealed is not None
    assert b"lorries" not in row.sealed + row.statement
    redactor, approver = people["reviewer"], people["reviewer_b"]
    other = taken(people["interviewer"], redactor, clock())
    decide(people, clock, other, change(clock, yes(STUDY, "CC04")), Words((("CC04", "the mill"),)))
    accept_all(redactor, other, clock())
    set_id = approved(redactor, approver, other, clock())
    assert compare(approver, set_id, clock()).named_details == ("the mill",)


def test_a_review_that_was_missed_is_made_good_by_asking_again(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    code = shelf.put(consent={"review_due": "2026-03-20"})
    shelf.grant()
    clock.forward(days=30)
    assert DenyReason.CONSENT_PAST_REVIEW in refused(people, clock, code)
    due = consent_history.due(people["custodian"], clock())
    assert [row.code for row in due.reviews] == [code]

    decide(people, clock, code, change(clock, review_due=date(2027, 3, 1)))

    assert read_release(people["investigator"], code, STUDY, clock()).text
    assert consent_history.due(people["custodian"], clock()).reviews == ()


def test_a_declined_decision_opens_nothing_and_another_can_be_taken_down(
    people: People, clock: Clock
) -> None:
    code = put(people, clock)
    made = change(clock, yes(Purpose.CP13))
    record(people["interviewer"], code, made, Words(), IN_PERSON, clock())
    with pytest.raises(Conflict):
        record(people["interviewer"], code, made, Words(), IN_PERSON, clock())
    with people["custodian"].reading() as connection:
        waiting = consent_versions.proposal_of(connection, code)
    assert waiting is not None

    decline(people["custodian"], waiting.proposal_id, "could not be reached to ask", clock())

    with pytest.raises(NotFound):
        confirm(people["custodian_b"], waiting.proposal_id, clock())
    assert not record(people["interviewer"], code, made, Words(), IN_PERSON, clock()).in_force


def test_a_withdrawal_puts_aside_a_yes_that_waits(people: People, clock: Clock) -> None:
    code = put(people, clock)
    record(people["interviewer"], code, change(clock, yes(Purpose.CP13)), Words(), IN_PERSON, clock())
    with people["custodian"].reading() as connection:
        waiting = consent_versions.proposal_of(connection, code)
    assert waiting is not None

    withdraw(people["interviewer_b"], code, ALL, IN_PERSON, clock())

    with pytest.raises(NotFound):
        confirm(people["custodian"], waiting.proposal_id, clock())


def test_a_child_who_comes_of_age_decides_alone_and_until_then_the_gate_is_closed(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    code = shelf.put(register={"minor": 1, "guardian_ok": 1})
    shelf.grant()
    assert read_release(people["investigator"], code, STUDY, clock()).text
    decide(people, clock, code, change(clock, reconfirm_on=clock().date() + timedelta(days=10)))
    assert read_release(people["investigator"], code, STUDY, clock()).text

    clock.forward(days=10)

    assert refused(people, clock, code) == (DenyReason.CONSENT_PAST_REVIEW,)
    assert [row.code for row in consent_history.due(people["custodian"], clock()).majority] == [code]
    decide(people, clock, code, change(clock, yes(Purpose.CP01), yes(STUDY), own_decision=True))
    assert read_release(people["investigator"], code, STUDY, clock()).text
    assert consent_history.due(people["custodian"], clock()).majority == ()


def test_what_a_grown_up_does_not_answer_ends(people: People, clock: Clock, shelf: Shelf) -> None:
    code = shelf.put(
        register={"minor": 1, "guardian_ok": 1},
        decisions=(DecisionRow("CP07", "granted"), DecisionRow("CP09", "granted")),
    )
    shelf.grant(STUDY, Purpose.CP09)

    decide(people, clock, code, change(clock, yes(Purpose.CP01), yes(STUDY), own_decision=True))

    assert read_release(people["investigator"], code, STUDY, clock()).text
    assert refused(people, clock, code, Purpose.CP09) == (DenyReason.CONSENT_REFUSED,)


def test_f4_minor_without_guardian_is_counted_down_and_opens_when_guardian_and_child_agreed(
    people: People, clock: Clock
) -> None:
    interviewer = people["interviewer"]
    childs = replace(
        consent(interviewer.account.id, granted(Purpose.CP01, STUDY)),
        minor=True,
        guardian_decision=GuardianDecision.NOT_ASKED,
        assent=Assent.GIVEN,
    )
    code = handed_in(interviewer, clock(), consent=childs)
    with people["custodian"].reading() as connection:
        row = find_row(connection, code)
    assert row is not None and (row.state, row.quarantined) == ("quarantined", 1)
    (waiting,) = consent_history.due(people["custodian"], clock()).guardians
    assert waiting == (code, clock().date() + timedelta(days=14))

    decide(people, clock, code, change(clock, guardian_ok=True, evidence="CE05"))

    with people["custodian"].reading() as connection:
        row = find_row(connection, code)
    assert row is not None and (row.state, row.quarantined, row.guardian_ok) == ("sealed", 0, 1)
    received(interviewer, people["reviewer"], clock())
    with people["custodian"].reading() as connection:
        row = find_row(connection, code)
    assert row is not None and row.state == "received"


def test_an_event_opens_what_waits_for_it_once_a_second_custodian_confirmed_it(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    code = shelf.put(decisions=(DecisionRow("CP07", "granted_with_conditions", ("CC07",)),))
    shelf.grant()
    custodian = people["custodian"]
    with pytest.raises(Invalid):
        consent_events.record_event(custodian, code, Purpose.CP09, clock().date(), clock())

    event_id = consent_events.record_event(custodian, code, STUDY, clock().date(), clock())

    assert refused(people, clock, code) == (DenyReason.CONDITION_NOT_MET,)
    with pytest.raises(Refused):
        consent_events.confirm_event(custodian, event_id, clock())
    consent_events.confirm_event(people["custodian_b"], event_id, clock())
    assert read_release(people["investigator"], code, STUDY, clock()).text


def test_an_event_counts_no_more_once_the_decision_it_was_for_is_another(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    waits = DecisionRow("CP07", "granted_with_conditions", ("CC07",))
    code = shelf.put(decisions=(DecisionRow("CP01", "granted"), waits))
    shelf.grant()
    event_id = consent_events.record_event(people["custodian"], code, STUDY, clock().date(), clock())
    consent_events.confirm_event(people["custodian_b"], event_id, clock())

    decide(people, clock, code, change(clock, Decided(Purpose.CP09, Decision.REFUSED)))
    assert read_release(people["investigator"], code, STUDY, clock()).text
    decide(people, clock, code, change(clock, yes(STUDY, "CC05", "CC07")))

    assert refused(people, clock, code) == (DenyReason.CONDITION_NOT_MET,)


def identity_is_closed(connection: Connection, code: str) -> bool:
    row = find_row(connection, code)
    assert row is not None
    return read_facts(connection, row).closed


def test_f13_death_of_the_witness_closes_the_identity_and_opens_only_what_waited_for_it(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    waits = shelf.put(
        decisions=(DecisionRow("CP06", "granted"), DecisionRow("CP07", "granted_with_conditions", ("CC15",)))
    )
    shelf.grant()
    custodian = people["custodian"]
    assert refused(people, clock, waits) == (DenyReason.CONDITION_NOT_MET,)
    with custodian.reading() as connection:
        assert not identity_is_closed(connection, waits)

    event_id = consent_events.record_death(custodian, waits, clock().date(), clock())
    assert refused(people, clock, waits) == (DenyReason.CONDITION_NOT_MET,)
    consent_events.confirm_event(people["custodian_b"], event_id, clock())

    assert read_release(people["investigator"], waits, STUDY, clock()).text
    with custodian.reading() as connection:
        assert identity_is_closed(connection, waits)


def test_f1_consent_withdrawn_runs_in_the_order_of_the_domain(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    code = put(people, clock)
    shelf.grant()
    interviewer = people["interviewer_b"]

    done = withdraw(interviewer, code, ALL, IN_PERSON, clock())

    with people["custodian"].reading() as connection:
        current = consents.current_consent(connection, code)
        row = find_row(connection, code)
    assert current is not None and row is not None
    assert (current.version, current.status, row.state) == (2, "withdrawn", "restricted")
    assert refused(people, clock, code)
    paper = receipt(interviewer, code, done.version, clock())
    assert paper.is_whole and paper.language == "eng"
    note_receipt(interviewer, code, done.version, "refused_unsafe", clock())
    assert [row.code for row in consent_history.due(people["custodian"], clock()).to_tell] == [code]
    confirm_to_witness(people["custodian"], code, done.version, clock())
    assert consent_history.due(people["custodian"], clock()).to_tell == ()
    with pytest.raises(Conflict):
        withdraw(interviewer, code, ALL, IN_PERSON, clock())


def test_a_testimony_that_came_back_is_found_in_the_vault_again(people: People, clock: Clock) -> None:
    code = put(people, clock)
    withdraw(people["custodian"], code, ALL, IN_PERSON, clock())
    decide(people, clock, code, change(clock, yes(Purpose.CP01), yes(STUDY)))

    carry_out_waiting(people["reviewer"], clock())

    assert check(people["reviewer"], clock()) == ()
    with people["reviewer"].reading() as connection:
        numbered = connection.execute(sa.text("SELECT count(*) FROM vault.original_documents")).scalar()
    assert numbered == 1


def test_erasure_can_forget_all_that_is_kept_of_one_consent(people: People, clock: Clock) -> None:
    code, other = put(people, clock), put(people, clock)
    withdraw(people["custodian"], code, ALL, IN_PERSON, clock())

    with people["custodian"].work(clock()) as work:
        for forget in (disclosures, withdrawals, consent_versions):
            forget.forget_testimony(work.connection, code)

    with people["custodian"].reading() as connection:
        for table in ("consents", "consent_decisions", "consent_versions", "withdrawals", "withdrawal_work"):
            rows = connection.execute(sa.text(f"SELECT DISTINCT code FROM {table}")).scalars().all()
            assert code not in rows
        assert consents.current_consent(connection, other) is not None
