"""One person tries to be two: by approving what they asked for, by widening what was approved, by accounts of their
own making, by walls that are only a row. Each attack is there; none opens anything.
"""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
import sqlalchemy as sa

from crypto.labels import Label
from testimony.domain.accounts import AccountId, AccountState
from testimony.domain.audit import Action
from testimony.domain.cases import CaseStatus
from testimony.domain.errors import Conflict, Invalid, NotSignedIn, Refused
from testimony.domain.grants import ClosedPart, GrantRequest
from testimony.domain.purposes import Purpose
from testimony.domain.roles import Role
from testimony.services.account_statements import confirmation_statement
from testimony.services.accounts import activate, enrol, suspend
from testimony.services.certificates import sign_statement
from testimony.services.confirming import confirm_enrolment, unconfirmed
from testimony.services.custody import set_case_status
from testimony.services.ended_grants import CLOSED
from testimony.services.grant_checks import Approval, Wanted
from testimony.services.grant_requests import approve, ask, refuse, take_back
from testimony.services.grant_views import own_grants
from testimony.services.granting import Standing, end_grant, grants_in_force, list_grants
from testimony.services.invitations import Newcomer
from testimony.services.membership import wrap_for_members
from testimony.services.session_store import SessionStore
from testimony.services.sessions import Session
from testimony.services.throttling import Throttle
from testimony.services.walls import confirm_wall, drop_wall_step, propose_wall, walls_of
from testimony.storage.compartments import Compartment
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.grant_requests import REQUESTS, WALLS
from testimony.storage.grants import GRANTS
from testimony.storage.keyring_file import write_keyring
from tests.grants import REASON, grant_alone
from tests.grants import GrantRequest as Short
from tests.released_testimonies import Shelf, codes, leaf, look
from tests.services.conftest import PASSWORD, Clock, People, archive, clock, founded_template, people

__all__ = ["archive", "clock", "founded_template", "people"]

PART = ClosedPart.SEXUAL_VIOLENCE


@pytest.fixture
def shelf(people: People, clock: Clock) -> Shelf:
    return Shelf(people, clock, Random(9))


def wish(clock: Clock, **changes: object) -> Wanted:
    usual = Wanted(
        handle="investigator-1",
        case_id="CASE-1",
        purposes=frozenset({Purpose.CP07}),
        valid_from=clock(),
        valid_until=clock() + timedelta(days=30),
        reason=REASON,
    )
    return replace(usual, **changes)  # type: ignore[arg-type]  # fields by name


def in_force(session: Session, clock: Clock) -> list[str]:
    with session.reading() as connection:
        return [one.id for one in grants_in_force(session, connection, session.account.id, clock())]


def edit(session: Session, statement: sa.Executable) -> None:
    with session.archive.database.writing() as connection:
        assert connection.execute(statement).rowcount == 1


# Approving what is one's own.


@pytest.mark.parametrize("who", ["investigator", "custodian"])
def test_who_asked_does_not_approve(people: People, clock: Clock, who: str) -> None:
    asked = ask(people[who], wish(clock), clock())

    with pytest.raises(Refused):
        approve(people[who], asked, Approval(), REASON, clock())
    assert in_force(people["investigator"], clock) == []

    approve(people["custodian_b"], asked, Approval(), REASON, clock())
    assert in_force(people["investigator"], clock) == [asked]


def test_nobody_asks_for_somebody_else_but_a_custodian(people: People, clock: Clock) -> None:
    with pytest.raises(Refused):
        ask(people["investigator_b"], wish(clock), clock())


def test_a_request_in_anothers_name_is_no_request(people: People, clock: Clock) -> None:
    """A custodian writes a request as if the investigator had signed it, to approve it then."""
    custodian, reader = people["custodian"], people["investigator"].account.id
    asked = ask(custodian, wish(clock), clock())
    with custodian.reading() as connection:
        row = connection.execute(REQUESTS.select()).one()
    forged = replace(GrantRequest.from_statement(row.statement), requested_by=reader)
    signed = sign_statement(
        forged.to_document(), custodian.account.id, custodian.keys.signing, Label.GRANT_REQUEST
    )
    values = {"statement": signed.statement, "signature": signed.signature, "signer": reader}
    edit(custodian, REQUESTS.update().values(values))

    with pytest.raises(ArchiveDamaged):
        approve(custodian, asked, Approval(), REASON, clock())
    assert in_force(people["investigator"], clock) == []


# Widening what was approved.


def test_an_approval_does_not_hold_for_a_request_that_was_widened_after_it(
    people: People, clock: Clock
) -> None:
    investigator = people["investigator"]
    asked = ask(investigator, wish(clock), clock())
    approve(people["custodian"], asked, Approval(), REASON, clock())
    assert in_force(investigator, clock) == [asked]
    with investigator.reading() as connection:
        statement = connection.execute(sa.select(REQUESTS.c.statement)).scalar_one()

    wider = replace(GrantRequest.from_statement(statement), purposes=frozenset({Purpose.CP07, Purpose.CP14}))
    signed = sign_statement(
        wider.to_document(), investigator.account.id, investigator.keys.signing, Label.GRANT_REQUEST
    )
    edit(investigator, REQUESTS.update().values(statement=signed.statement, signature=signed.signature))

    assert in_force(investigator, clock) == []
    assert [view.standing for view in list_grants(people["custodian"], clock())] == [Standing.BROKEN]


def test_a_closed_part_is_given_by_name_or_not_at_all(people: People, clock: Clock) -> None:
    asked = ask(people["investigator"], wish(clock, closed_parts={PART: "they work on these"}), clock())

    given = approve(people["custodian"], asked, Approval(), REASON, clock())

    assert given.closed_parts == frozenset()


def test_a_closed_part_that_nobody_asked_for_is_not_signed_in(people: People, clock: Clock) -> None:
    asked = ask(people["investigator"], wish(clock), clock())

    given = approve(people["custodian"], asked, Approval(frozenset({PART}), originals=True), REASON, clock())

    assert (given.closed_parts, given.originals) == (frozenset(), False)


def test_an_approver_who_signs_more_than_was_asked_opens_nothing(people: People, clock: Clock) -> None:
    custodian, investigator = people["custodian"], people["investigator"]
    asked = ask(investigator, wish(clock), clock())
    given = approve(custodian, asked, Approval(), REASON, clock())
    more = replace(given, closed_parts=frozenset({PART}))
    signed = sign_statement(more.to_document(), custodian.account.id, custodian.keys.signing, Label.GRANT)

    edit(custodian, GRANTS.update().values(statement=signed.statement, signature=signed.signature))

    assert in_force(investigator, clock) == []


def test_a_closed_part_needs_its_own_reason(people: People, clock: Clock) -> None:
    with pytest.raises(Invalid) as fault:
        ask(people["investigator"], wish(clock, closed_parts={PART: " "}), clock())

    assert [(one.field, one.code) for one in fault.value.problems] == [("part_S", "required")]


def test_a_refused_request_that_is_set_back_to_waiting_is_not_answered_again(
    people: People, clock: Clock
) -> None:
    asked = ask(people["investigator"], wish(clock), clock())
    refuse(people["custodian"], asked, "not their case", clock())

    edit(people["investigator"], REQUESTS.update().values(outcome="waiting"))

    with pytest.raises(Conflict):
        approve(people["custodian_b"], asked, Approval(), REASON, clock())
    (request,) = own_grants(people["investigator"], clock()).requests
    assert request.answer == "not their case"
    assert not request.may_answer


def test_a_request_that_was_taken_back_or_waited_too_long_is_not_approved(
    people: People, clock: Clock
) -> None:
    back, old = (ask(people["investigator"], wish(clock), clock()) for _ in range(2))
    take_back(people["investigator"], back, clock())
    clock.forward(days=14)

    for asked in (back, old):
        with pytest.raises(Conflict):
            approve(people["custodian"], asked, Approval(), REASON, clock())


def test_a_grant_of_the_old_form_that_one_custodian_signs_today_opens_nothing(
    people: People, clock: Clock
) -> None:
    request = Short(
        handle="investigator-1",
        case_id="CASE-1",
        purposes=frozenset({Purpose.CP07}),
        valid_from=clock() - timedelta(days=40),
        valid_until=clock() + timedelta(days=40),
    )

    grant_alone(people["custodian"], request, clock())

    assert in_force(people["investigator"], clock) == []
    assert [view.standing for view in list_grants(people["custodian"], clock())] == [Standing.BROKEN]


def test_a_row_that_makes_somebody_investigator_opens_nothing(people: People, clock: Clock) -> None:
    with pytest.raises(Invalid):
        ask(people["custodian"], wish(clock, handle="reviewer-2"), clock())


# Renewal.


def test_a_grant_is_asked_for_again_in_its_last_fortnight_and_follows_the_old_one(
    people: People, clock: Clock
) -> None:
    investigator = people["investigator"]
    first = ask(investigator, wish(clock), clock())
    approve(people["custodian"], first, Approval(), REASON, clock())
    with pytest.raises(Invalid) as early:
        ask(investigator, wish(clock, renews=first), clock())

    clock.forward(days=17)
    again = ask(investigator, wish(clock, renews=first), clock())
    assert in_force(investigator, clock) == [first]
    approve(people["custodian"], again, Approval(), REASON, clock())

    assert [(one.field, one.code) for one in early.value.problems] == [("renews", "too_early")]
    chains = {one.grant.id: one.follows for one in own_grants(investigator, clock()).grants}
    assert chains == {first: (), again: (first,)}


def test_anothers_grant_is_not_renewed(people: People, clock: Clock) -> None:
    first = ask(people["investigator"], wish(clock), clock())
    approve(people["custodian"], first, Approval(), REASON, clock())
    clock.forward(days=20)

    with pytest.raises(Invalid):
        ask(people["investigator_b"], wish(clock, handle="investigator-2", renews=first), clock())


# Walls.


@pytest.fixture
def two_cases(shelf: Shelf) -> tuple[str, str]:
    """A released testimony in each of two cases, both granted to the first investigator."""
    shelf.open_second_case()
    one, other = shelf.put(), shelf.put(register={"case_id": "CASE-2"})
    shelf.grant()
    shelf.grant(case_id="CASE-2")
    return one, other


def wall(people: People, clock: Clock, does: str = "set") -> str:
    step = propose_wall(people["custodian"], ("CASE-2", "CASE-1"), does, "insiders and victims", clock())
    confirm_wall(people["custodian_b"], step, "agreed", clock())
    return step


def test_two_grants_given_before_a_wall_close_one_another(
    people: People, clock: Clock, two_cases: tuple[str, str]
) -> None:
    assert sorted(codes(look(people, clock))) == sorted(two_cases)

    wall(people, clock)

    with pytest.raises(Refused) as refusal:
        look(people, clock)
    assert refusal.value.reasons == ("DR13",)
    first = in_force(people["investigator"], clock)[0]
    end_grant(people["custodian"], first, "one side is enough", clock())
    assert len(codes(look(people, clock))) == 1


def test_one_custodian_sets_no_wall_and_takes_none_down(
    people: People, clock: Clock, two_cases: tuple[str, str]
) -> None:
    step = propose_wall(people["custodian"], ("CASE-1", "CASE-2"), "set", "both sides", clock())

    with pytest.raises(Refused):
        confirm_wall(people["custodian"], step, "agreed", clock())
    assert len(codes(look(people, clock))) == 2

    confirm_wall(people["custodian_b"], step, "agreed", clock())
    propose_wall(people["custodian_b"], ("CASE-1", "CASE-2"), "lift", "over", clock())
    with pytest.raises(Refused):
        look(people, clock)


def test_a_wall_that_two_took_down_is_down(people: People, clock: Clock, two_cases: tuple[str, str]) -> None:
    wall(people, clock)
    wall(people, clock, "lift")

    assert len(codes(look(people, clock))) == 2
    assert walls_of(people["custodian"], "CASE-1", clock()) == ()


@pytest.mark.parametrize("attack", ["the row is deleted", "the row says lift", "a lift by one person"])
def test_a_wall_does_not_fall_with_its_row(
    people: People, clock: Clock, two_cases: tuple[str, str], attack: str
) -> None:
    wall(people, clock)
    investigator, custodian = people["investigator"], people["custodian"]

    if attack == "the row is deleted":
        edit(investigator, WALLS.delete())
    elif attack == "the row says lift":
        edit(investigator, WALLS.update().values(does="lift"))
    else:
        step = propose_wall(custodian, ("CASE-1", "CASE-2"), "lift", "over", clock())
        wanted = WALLS.update().where(WALLS.c.step_id == step)
        edit(custodian, wanted.values(second_signer=custodian.account.id, second_signature=b"mine"))

    with pytest.raises(Refused):
        look(people, clock)


def test_beyond_a_wall_nothing_is_asked_for_and_nothing_approved(
    people: People, clock: Clock, shelf: Shelf
) -> None:
    shelf.open_second_case()
    shelf.grant()
    before = ask(people["investigator"], wish(clock, case_id="CASE-2"), clock())
    wall(people, clock)

    with pytest.raises(Invalid) as fault:
        ask(people["investigator"], wish(clock, case_id="CASE-2"), clock())
    with pytest.raises(Refused) as refusal:
        approve(people["custodian"], before, Approval(), REASON, clock())

    assert [(one.field, one.code) for one in fault.value.problems] == [("case_id", "wall")]
    assert refusal.value.reasons == ("DR13",)


def test_a_step_that_was_dropped_is_not_confirmed(
    people: People, clock: Clock, two_cases: tuple[str, str]
) -> None:
    step = propose_wall(people["custodian"], ("CASE-1", "CASE-2"), "set", "both sides", clock())
    drop_wall_step(people["custodian_b"], step, "no need", clock())

    assert walls_of(people["custodian"], "CASE-1", clock()) == ()
    assert len(codes(look(people, clock))) == 2


# Open sessions.


@pytest.mark.parametrize("ending", ["its day", "by hand", "its case", "a wall"])
def test_a_session_that_read_by_a_grant_ends_with_it(
    people: People, clock: Clock, shelf: Shelf, ending: str
) -> None:
    shelf.open_second_case()
    shelf.put()
    given = shelf.grant(days=2)
    shelf.grant(case_id="CASE-2", days=60)
    clock.forward(days=2, minutes=-5)
    session = people.door.sign_in("investigator-1", PASSWORD, None, clock())
    store = SessionStore(people.archive)
    token = store.open(session, clock())
    people.sessions["investigator"] = store.find(token, clock())
    look(people, clock)
    assert store.find(token, clock())

    if ending == "its day":
        clock.forward(minutes=5)
    elif ending == "by hand":
        end_grant(people["custodian"], given.id, "left", clock())
    elif ending == "its case":
        set_case_status(people["custodian"], "CASE-1", CaseStatus.SUSPENDED, "danger", clock())
    else:
        wall(people, clock)
    store.expire(clock())

    assert len(store) == 0
    with pytest.raises(NotSignedIn):
        store.find(token, clock())
    del people.sessions["investigator"]
    closed = leaf(shelf.entries(1)[0])
    assert (closed["actor"], closed["fields"]) == (given.account_id, list(CLOSED))


def test_a_session_that_read_by_no_grant_stays_open(people: People, clock: Clock, shelf: Shelf) -> None:
    given = shelf.grant()
    store = SessionStore(people.archive)
    session = people.door.sign_in("investigator-1", PASSWORD, None, clock())
    token = store.open(session, clock())

    end_grant(people["custodian"], given.id, "left", clock())

    assert store.find(token, clock())
    store.forget(token)


# Accounts of one's own making.


def newcomer(people: People, clock: Clock, handle: str, role: Role, by: str = "custodian") -> AccountId:
    invitation = enrol(people[by], Newcomer(handle, handle, frozenset({role})), clock())
    activate(people.archive, Throttle(), handle, invitation.code, PASSWORD, clock())
    return invitation.record.account_id


def slots(people: People, account_id: AccountId) -> set[Compartment]:
    return set(people.archive.keyring().slots_of(account_id))


def test_the_puppet_of_one_custodian_gets_no_key_but_the_ledgers(people: People, clock: Clock) -> None:
    puppet = newcomer(people, clock, "reviewer-3", Role.REVIEWER)
    with pytest.raises(Refused):
        confirm_enrolment(people["custodian"], puppet, "I know them", clock())

    wrap_for_members(people["reviewer"], clock())

    assert slots(people, puppet) == {Compartment.LEDGER}
    confirm_enrolment(people["custodian_b"], puppet, "known to both", clock())
    wrap_for_members(people["reviewer"], clock())
    assert slots(people, puppet) == {Compartment.LEDGER, Compartment.VAULT, Compartment.READING_ROOM}


def test_a_confirmation_is_of_one_enrolment_alone(people: People, clock: Clock) -> None:
    """The confirmation of somebody else, put beside one's puppet."""
    known = newcomer(people, clock, "reviewer-3", Role.REVIEWER)
    puppet = newcomer(people, clock, "reviewer-4", Role.REVIEWER)
    confirm_enrolment(people["custodian_b"], known, "known to both", clock())
    keyring = people.archive.keyring()
    stolen = replace(keyring.accounts[puppet], confirmation=keyring.accounts[known].confirmation)

    write_keyring(people.archive.directory, keyring.with_account(stolen))
    wrap_for_members(people["reviewer"], clock())

    assert slots(people, puppet) == {Compartment.LEDGER}


def test_a_puppet_custodian_is_no_second_person(people: People, clock: Clock) -> None:
    newcomer(people, clock, "custodian-9", Role.CUSTODIAN)
    puppet = people.door.sign_in("custodian-9", PASSWORD, None, clock())
    asked = ask(people["custodian"], wish(clock), clock())

    with pytest.raises(Refused):
        approve(puppet, asked, Approval(), REASON, clock())
    puppet.account = replace(puppet.account, state=AccountState.ACTIVE)  # As if sign-in had not asked.
    with pytest.raises(ArchiveDamaged):
        approve(puppet, asked, Approval(), REASON, clock())

    assert in_force(people["investigator"], clock) == []
    people.archive.release(puppet.archive.secrets)


def test_two_puppets_do_not_confirm_one_another(people: People, clock: Clock) -> None:
    handles = ("custodian-8", "custodian-9")
    ids = [newcomer(people, clock, handle, Role.CUSTODIAN) for handle in handles]
    sessions = [people.door.sign_in(handle, PASSWORD, None, clock()) for handle in handles]
    for session, other in zip(sessions, reversed(ids), strict=True):
        keyring = people.archive.keyring()
        record = keyring.accounts[other]
        statement = confirmation_statement(keyring.archive_id, other, record.enrolment, clock())
        signed = sign_statement(statement, session.account.id, session.keys.signing, Label.CONFIRMATION)
        with session.work(clock()) as work:
            work.log(Action.KEY_OPERATION, subject=("account", other), fields=("confirmed",))
        write_keyring(people.archive.directory, keyring.with_account(replace(record, confirmation=signed)))

    assert {one.account_id for one in unconfirmed(people["custodian"], clock())} == set(ids)
    for session in sessions:
        people.archive.release(session.archive.secrets)


def test_a_custodian_who_suspends_the_others_is_not_alone_for_thirty_days(
    people: People, clock: Clock
) -> None:
    custodian = people["custodian"]
    for handle in ("custodian-2", "custodian-3"):
        suspend(custodian, handle, clock())
    puppet = newcomer(people, clock, "reviewer-3", Role.REVIEWER)

    with pytest.raises(Refused):
        confirm_enrolment(custodian, puppet, "nobody else is here", clock())

    clock.forward(days=31)
    custodian = people.sessions["custodian"] = people.door.sign_in("custodian-1", PASSWORD, None, clock())
    confirm_enrolment(custodian, puppet, "nobody else is here", clock())
    assert unconfirmed(custodian, clock()) == ()


def test_where_no_other_custodian_is_there_a_request_says_so(people: People, clock: Clock) -> None:
    for handle in ("custodian-2", "custodian-3"):
        suspend(people["custodian"], handle, clock())

    with pytest.raises(Invalid) as fault:
        ask(people["custodian"], wish(clock), clock())
    asked = ask(people["investigator"], wish(clock), clock())

    assert [(one.field, one.code) for one in fault.value.problems] == [("case_id", "no_second_custodian")]
    approve(people["custodian"], asked, Approval(), REASON, clock())
    assert in_force(people["investigator"], clock) == [asked]
