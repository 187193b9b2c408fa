"""Retention, legal demands, security incidents, and the failure cases of DOMAIN 4.6 that end in them."""

import base64
import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from crypto.labels import Label
from crypto.merkle import leaf_hash, verify_inclusion
from crypto.notes import open_checkpoint
from crypto.signing import VerifyingKey, verify
from testimony.domain.audit import DenyReason
from testimony.domain.cases import CaseStatus
from testimony.domain.consent import Assent, ConsentStatus, GuardianDecision
from testimony.domain.disposal import Cause, DemandKind, DemandState, IncidentKind
from testimony.domain.errors import Conflict, NotYet, Refused
from testimony.domain.purposes import Purpose
from testimony.domain.witness import IdentityState, Witness
from testimony.policy.exposure import Lost, Standing, Way, by_case, exposed
from testimony.policy.retention import Deed, Retention
from testimony.services.accounts import activate
from testimony.services.affected import Loss, who_is_affected
from testimony.services.certificates import log_key
from testimony.services.compacting import compact_files
from testimony.services.custody import set_case_status
from testimony.services.demands import (
    DemandRequest,
    answer_demand,
    instruct_counsel,
    record_demand,
    touched_by,
)
from testimony.services.erasing import carry_out_waiting
from testimony.services.erasure_certificates import certify_erasure
from testimony.services.erasures import approve_erasure, propose_erasure
from testimony.services.hold_views import list_holds
from testimony.services.holding import ask_lift
from testimony.services.incidents import (
    IncidentRequest,
    close_incident,
    find_incident,
    mark_contained,
    mark_notified,
    mark_warned,
    record_incident,
)
from testimony.services.retention import due_by, kept_until, log_review, propose_due
from testimony.services.sessions import log_origin
from testimony.services.submitting import submit
from testimony.services.throttling import Throttle
from testimony.storage import drafts, register
from testimony.storage.compartments import Compartment
from testimony.storage.consents import CONSENTS
from tests.disposal_room import erase, hold, released_with_file
from tests.review_room import PURPOSES, granted, handed_in, received, submission
from tests.services.conftest import Clock, People
from tests.services.intake_answers import type_draft
from tests.services.test_reissuing import NEW, reissue


def child_without_guardian(people: People, clock: Clock) -> str:
    made = submission(people["interviewer"], protect=())
    consent = replace(
        made.consent, minor=True, guardian_decision=GuardianDecision.NOT_ASKED, assent=Assent.NOT_ASKED
    )
    return submit(people["interviewer"], replace(made, consent=consent), None, clock()).code


def with_identity(people: People, clock: Clock) -> str:
    made = submission(people["interviewer"], protect=())
    said = granted(*PURPOSES, Purpose.CP06, Purpose.CP21)
    consent = replace(made.consent, decisions=said, contact_channel="a cousin", contact_hours="evenings")
    made = replace(made, consent=consent, witness=Witness(IdentityState.STORED))
    return submit(people["interviewer"], made, {"name": "somebody"}, clock()).code


def test_f4_a_minor_without_guardian_is_disposed_of_after_14_days_with_a_certificate(
    people: People, clock: Clock
) -> None:
    code, custodian = child_without_guardian(people, clock), people["custodian"]
    assert due_by(custodian, clock().date() + timedelta(days=13), clock()) == ()
    clock.forward(days=14)
    people.sessions.clear()
    custodian = people["custodian"]
    (line,) = due_by(custodian, clock().date(), clock())
    assert (line.code, line.due.retention, line.due.deed) == (
        code,
        Retention.WITHOUT_VALID_CONSENT,
        Deed.DISPOSE,
    )

    (erasure_id,) = propose_due(custodian, (code, "T-0000-00"), "no guardian was found", clock()).proposed
    approve_erasure(people["custodian_b"], erasure_id, "I asked the interviewer", clock())
    carry_out_waiting(people["reviewer"], clock(), again=True)
    certificate = certify_erasure(custodian, erasure_id, clock())

    assert certificate.cause is Cause.INVALID_CONSENT
    assert code not in certificate.text
    assert (certificate.proposed_by, certificate.approved_by) == ("custodian-1", "custodian-2")
    review = log_review(custodian)
    assert review is not None and review.on.year == 2051


def test_a_certificate_is_checked_against_the_log_by_whoever_has_the_file(
    people: People, clock: Clock
) -> None:
    erasure_id = erase(people, handed_in(people["interviewer"], clock()), clock())

    text = certify_erasure(people["custodian"], erasure_id, clock()).text

    document = json.loads(text.splitlines()[3])
    keyring = people.archive.keyring()
    checkpoint = open_checkpoint(document["checkpoint"], log_origin(keyring.archive_id), log_key(keyring))
    entry = json.loads(document["entry"])
    path = [bytes.fromhex(node) for node in document["path"]]
    verify_inclusion(
        leaf_hash(document["entry"].encode()), entry["seq"], document["size"], path, checkpoint.root
    )
    assert entry["action"] == "AA19"
    assert entry["fields"] == ["carried-out", "witness_wish"]
    assert set(document["statements"]) == {"proposal", "approval", "tombstone"}


def test_a_certificate_names_the_keys_that_signed_when_one_of_them_was_renewed_since(
    people: People, clock: Clock
) -> None:
    erasure_id = erase(people, handed_in(people["interviewer"], clock()), clock())
    code = reissue(people, "custodian_b", "custodian", "custodian_c")
    activate(people.archive, Throttle(), "custodian-2", code, NEW, clock())

    document = json.loads(certify_erasure(people["custodian"], erasure_id, clock()).text.splitlines()[3])

    for name, label in (
        ("proposal", Label.ERASURE_PROPOSAL),
        ("approval", Label.ERASURE_APPROVAL),
        ("tombstone", Label.ERASURE_CARRIED_OUT),
    ):
        said = document["statements"][name]
        key = VerifyingKey(base64.b64decode(document["keys"][said["signer"]]))
        verify(key, said["statement"].encode(), base64.b64decode(said["signature"]), label)


def test_f13_the_witness_died_and_the_identity_comes_up_to_be_closed(people: People, clock: Clock) -> None:
    """Identity closed; the account itself stays, as its consent says: no automatic release, no automatic disposal."""
    code = with_identity(people, clock)
    custodian = people["custodian"]
    two_years = clock().date().replace(year=2028)

    lines = due_by(custodian, two_years, clock())

    assert [(line.code, line.due.deed) for line in lines] == [(code, Deed.CLOSE_IDENTITY)]


def test_bel_from_its_receipt_nothing_a_demand_touches_may_be_disposed_of(
    people: People, clock: Clock
) -> None:
    custodian, interviewer = people["custodian"], people["interviewer"]
    code, other = handed_in(interviewer, clock()), handed_in(interviewer, clock())
    waiting = propose_erasure(custodian, code, Cause.WITNESS_WISH, "asked", clock())
    request = DemandRequest(
        received_on=clock().date(), kind=DemandKind.SUBPOENA, words="a court, file 7", codes=(code,)
    )

    demand_id = record_demand(custodian, request, clock())

    with pytest.raises(Refused) as refused:
        approve_erasure(people["custodian_b"], waiting, "yes", clock())
    assert refused.value.reasons == (DenyReason.LEGAL_HOLD,)
    propose_erasure(custodian, other, Cause.WITNESS_WISH, "asked", clock())
    (held,) = list_holds(custodian, clock())
    assert (held.demand_id, held.cause.value, held.authority) == (demand_id, "LH01", "a court, file 7")
    with pytest.raises(Conflict):
        ask_lift(custodian, held.id, "not needed", clock())
    with pytest.raises(NotYet):
        touched_by(custodian, demand_id, clock())
    instruct_counsel(custodian, demand_id, "counsel has the letter", clock())
    assert [line.code for line in touched_by(custodian, demand_id, clock())] == [code]
    answer_demand(custodian, demand_id, "refused, with reasons", clock())
    ask_lift(custodian, held.id, "answered", clock())


def test_a_demand_for_a_case_holds_what_comes_later_too(people: People, clock: Clock) -> None:
    custodian = people["custodian"]
    before = handed_in(people["interviewer"], clock())
    request = DemandRequest(
        received_on=clock().date(), kind=DemandKind.COURT_ORDER, words="a court", case_ids=("CASE-1",)
    )
    record_demand(custodian, request, clock())
    later = handed_in(people["interviewer"], clock())

    for code in (before, later):
        with pytest.raises(Refused):
            propose_erasure(custodian, code, Cause.WITNESS_WISH, "asked", clock())
    with custodian.reading() as connection:
        row = register.find_row(connection, before)
    assert row is not None and row.on_hold == 1


def test_a_hold_opens_nothing_and_lets_a_withdrawal_through_the_gate(people: People, clock: Clock) -> None:
    code = handed_in(people["interviewer"], clock())
    hold(people["custodian"], code, clock())

    with people["custodian"].work(clock()) as work:
        work.connection.execute(
            CONSENTS.update().where(CONSENTS.c.code == code).values(status=ConsentStatus.WITHDRAWN.value)
        )

    view = kept_until(people["custodian"], code)
    assert view is not None and view.retention is Retention.WITHDRAWN
    (line,) = due_by(people["custodian"], clock().date() + timedelta(days=31), clock())
    assert line.on_hold


def test_a_case_keeps_the_day_on_which_it_was_closed(people: People, clock: Clock) -> None:
    custodian = people["custodian"]
    code = handed_in(people["interviewer"], clock())
    set_case_status(custodian, "CASE-1", CaseStatus.CLOSED, "over", clock())

    lines = due_by(custodian, clock().date().replace(year=2028), clock())

    assert [(line.code, line.due.retention) for line in lines] == [(code, Retention.WITHOUT_ARCHIVE_CONSENT)]


def test_f3_a_device_taken_under_pressure_lists_what_was_written_on_it(people: People, clock: Clock) -> None:
    interviewer, custodian = people["interviewer"], people["custodian"]
    earlier = handed_in(interviewer, clock())
    clock.forward(days=2)
    people.sessions.clear()
    interviewer, custodian = people["interviewer"], people["custodian"]
    draft = type_draft(interviewer, clock())
    later = handed_in(interviewer, clock())
    loss = Loss(handle="interviewer-1", since=clock().date())

    found = who_is_affected(custodian, loss, clock())

    took = {one.code for one in found.exposed if Way.TOOK_IT in one.ways}
    assert took == {later}
    assert earlier in {one.code for one in found.exposed}
    assert [draft_id for draft_id, _ in found.drafts] == [draft]
    assert found.opens == (Compartment.LEDGER,)


def test_a_lost_reviewer_touches_every_original_and_release(people: People, clock: Clock) -> None:
    released = released_with_file(people, clock())
    sealed = handed_in(people["interviewer"], clock())

    found = who_is_affected(people["custodian"], Loss(handle="reviewer-2"), clock())

    ways = {one.code: set(one.ways) for one in found.exposed}
    assert {Way.ORIGINAL, Way.RELEASED} <= ways[released]
    assert Way.READ_IT in ways[released]
    assert Way.UNOPENED in ways[sealed]
    assert [(count.case_id, count.codes, count.telling) for count in found.cases] == [("CASE-1", 2, 2)]


def test_a_lost_copy_touches_what_was_there_that_day() -> None:
    rows = [
        Standing(f"T-{n}", f"C{n % 3}", "received", f"2026-01-{n:02}", "i", False, n % 2 == 0)
        for n in range(1, 31)
    ]

    found = exposed(Lost(opens=frozenset({"vault", "identity"}), copied_on=date(2026, 1, 10)), rows)

    assert len(found) == 10
    assert sum(Way.IDENTITY in one.ways for one in found) == 5
    assert [count.codes for count in by_case(found)] == [3, 4, 3]


def test_an_incident_runs_72_hours_and_warns_whom_it_can_reach(people: People, clock: Clock) -> None:
    custodian = people["custodian"]
    reached, unreached = with_identity(people, clock), handed_in(people["interviewer"], clock())
    request = IncidentRequest(
        kind=IncidentKind.DEVICE_LOST,
        found_at=clock(),
        words="left on a bus",
        loss=Loss(handle="interviewer-1"),
    )

    incident_id = record_incident(custodian, request, clock())
    mark_contained(custodian, incident_id, "suspended", clock())
    mark_notified(custodian, incident_id, "letter sent", clock())
    mark_warned(custodian, incident_id, reached, clock())

    view = find_incident(custodian, incident_id, clock())
    assert view.notify_by - view.found_at == timedelta(hours=72)
    assert {one.code: (one.can_be_reached, one.warned_on) for one in view.warnings} == {
        reached: (True, clock().date()),
        unreached: (False, None),
    }
    with pytest.raises(Conflict):
        mark_warned(custodian, incident_id, unreached, clock())
    close_incident(custodian, incident_id, "done", clock())
    with pytest.raises(Conflict):
        close_incident(custodian, incident_id, "again", clock())


def test_compacting_gives_back_what_erasures_left_free(people: People, clock: Clock) -> None:
    text = " ".join(f"word{n}" for n in range(20_000))
    code = received(people["interviewer"], people["reviewer"], clock(), text, protect=())
    erase(people, code, clock())

    done = {one.compartment: one for one in compact_files(people["reviewer"], clock())}

    assert done[Compartment.VAULT].after < done[Compartment.VAULT].before
    with people["reviewer"].reading() as connection:
        assert drafts.draft_objects(connection) == frozenset()
    assert DemandState.ANSWERED.value == "answered"
