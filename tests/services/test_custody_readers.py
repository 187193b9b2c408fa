"""Who can read one testimony now, as custodians are told, is what the gate says."""

from datetime import timedelta

import pytest

from testimony.domain.codes import new_code
from testimony.domain.errors import NotFound, Refused
from testimony.domain.grants import ClosedPart
from testimony.domain.purposes import Purpose
from testimony.services.accounts import suspend
from testimony.services.custody import key_cards, suspend_account
from testimony.services.readers import Readers, who_can_read
from testimony.storage import log
from testimony.storage.compartments import Compartment
from testimony.storage.consents import ConsentRow, DecisionRow, insert_consent
from testimony.storage.register import RegisterRow, insert_row
from tests.grants import GrantRequest, grant
from tests.services.conftest import Clock, People

CODE = new_code("T", lambda below: 7)


def take_in(people: People, clock: Clock, **changes: object) -> None:
    interviewer = people["interviewer"]
    values: dict[str, object] = {
        "code": CODE,
        "submission_id": "s",
        "case_id": "CASE-1",
        "state": "released",
        "language": "fra",
        "month": "2026-01",
        "submitted_on": "2026-02-01",
        "interviewer_id": interviewer.account.id,
        "interpreter_id": None,
        "risk": "R2",
    }
    decisions = (DecisionRow("CP07", "granted"), DecisionRow("CP09", "refused"))
    with interviewer.work(clock()) as work:
        insert_row(work.connection, RegisterRow(**(values | changes)))  # type: ignore[arg-type]  # columns by name
        consent = ConsentRow(CODE, 1, "active", "2026-02-01", "fra", "CE01", "LB01", "2027-02-01", decisions)
        insert_consent(work.connection, consent)


def give(people: People, clock: Clock, *parts: ClosedPart) -> None:
    request = GrantRequest(
        handle="investigator-1",
        case_id="CASE-1",
        purposes=frozenset({Purpose.CP07, Purpose.CP09, Purpose.CP14}),
        closed_parts=frozenset(parts),
        valid_from=clock(),
        valid_until=clock() + timedelta(days=30),
    )
    grant(people["custodian"], request, clock())


def readers(people: People, clock: Clock) -> Readers:
    return who_can_read(people["custodian"], CODE, clock())


def verdicts(found: Readers) -> dict[str, tuple[str, ...]]:
    return {one.purpose.value: tuple(one.reasons) for one in found.released_to[0].verdicts}


def test_grant_times_consent_decides_purpose_by_purpose(people: People, clock: Clock) -> None:
    take_in(people, clock)
    give(people, clock)

    found = readers(people, clock)

    assert [reader.handle for reader in found.released_to] == ["investigator-1"]
    assert verdicts(found) == {"CP07": (), "CP09": ("DR04",), "CP14": ("DR03",)}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"state": "received"}, "DR08"),
        ({"quarantined": 1}, "DR10"),
        ({"minor": 1}, "DR07"),
        ({"tag_s": 1}, "DR01"),
    ],
)
def test_what_closes_a_testimony_closes_it_for_every_reader(
    people: People, clock: Clock, changes: dict[str, object], reason: str
) -> None:
    take_in(people, clock, **changes)
    give(people, clock)

    assert reason in verdicts(readers(people, clock))["CP07"]


def test_a_closed_part_opens_with_a_grant_that_names_it(people: People, clock: Clock) -> None:
    take_in(people, clock, tag_s=1)
    give(people, clock, ClosedPart.SEXUAL_VIOLENCE)

    assert verdicts(readers(people, clock))["CP07"] == ()


def test_without_a_grant_no_investigator_is_named(people: People, clock: Clock) -> None:
    take_in(people, clock)

    assert readers(people, clock).released_to == ()


def test_originals_open_for_those_who_hold_the_vaults_key(people: People, clock: Clock) -> None:
    take_in(people, clock)
    before = readers(people, clock).original_to

    suspend(people["custodian"], "reviewer-2", clock())

    assert before == ("reviewer-1", "reviewer-2")
    assert readers(people, clock).original_to == ("reviewer-1",)


def test_only_custodians_are_told_and_only_of_what_is_there(people: People, clock: Clock) -> None:
    with pytest.raises(NotFound):
        readers(people, clock)
    with pytest.raises(Refused):
        who_can_read(people["investigator"], CODE, clock())


def test_key_cards_name_the_holders_and_how_many_open_identities(people: People, clock: Clock) -> None:
    cards = {card.compartment: card for card in key_cards(people["custodian"], clock())}

    assert cards[Compartment.VAULT].handles == ("reviewer-1", "reviewer-2")
    assert cards[Compartment.AUDIT].handles == ("auditor-1",)
    assert cards[Compartment.IDENTITY].handles == ("custodian-1", "custodian-2", "custodian-3")
    assert cards[Compartment.IDENTITY].threshold == 2


def test_a_suspension_keeps_its_reason_for_auditors(people: People, clock: Clock) -> None:
    custodian, target = people["custodian"], people["investigator_b"].account.id

    suspend_account(custodian, target, "a reason in words", clock())

    with custodian.reading() as connection:
        size = log.size(connection)
        # The alarm that keys were changed comes last.
        reason, done, _ = log.entries_from(connection, size - 3, size)
    assert (reason.action, done.action) == ("AA24", "AA24")
    assert reason.detail is not None
    assert b"a reason in words" not in reason.leaf + reason.detail
    assert all("investigator-2" not in card.handles for card in key_cards(custodian, clock()))
