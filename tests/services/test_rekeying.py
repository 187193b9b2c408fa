"""New keys: ordered by one custodian, confirmed by another, carried out by who holds them (issue 5, point 5)."""

import shutil
from datetime import timedelta

import pytest

from crypto.labels import Label
from crypto.sealing import SealingKey, open_sealed
from crypto.shares import combine
from testimony.domain.audit import Action
from testimony.domain.errors import Conflict, Invalid, NotFound, Refused, SignInFailed
from testimony.domain.events import EventFilter
from testimony.domain.purposes import Audience
from testimony.domain.rekeying import Cause, is_rotation_due
from testimony.domain.roles import Role
from testimony.services.accounts import activate, enrol, suspend
from testimony.services.audit import events, open_detail
from testimony.services.checking import check
from testimony.services.confirming import confirm_enrolment
from testimony.services.envelopes import seal_identity
from testimony.services.generations import compartment_key, generation_of
from testimony.services.invitations import Newcomer
from testimony.services.opening import keys_of, open_with_any, sealing_key_of
from testimony.services.receiving import receive_inbox
from testimony.services.rekey_running import carry_out, waiting_orders
from testimony.services.rekeying import (
    OrderRequest,
    confirm,
    drop,
    find_order,
    order,
    own_share,
    rotation_days,
    set_rotation,
)
from testimony.services.session_store import SessionStore
from testimony.services.throttling import Throttle
from testimony.services.token_series import series_of
from testimony.storage import identities
from testimony.storage.compartments import Compartment
from testimony.storage.errors import StorageFailed
from tests.new_keys import can_enter, confirmed, ordered, rekeyed, signed_in_anew, with_identity
from tests.review_room import handed_in
from tests.services.conftest import HANDLES, PASSWORD, Clock, People

EVERY = tuple(Compartment)


def number(people: People, compartment: Compartment) -> int:
    return generation_of(people.archive.keyring(), compartment).number


@pytest.mark.parametrize("compartment", EVERY)
def test_a_key_is_changed_and_everybody_who_remains_goes_on(people: People, compartment: Compartment) -> None:
    code = handed_in(people["interviewer"], people.clock())

    rekeyed(people, compartment)

    assert number(people, compartment) == 1
    for name in HANDLES:
        can_enter(people, name)
    assert receive_inbox(people["reviewer"], people.clock()).codes == (code,)
    assert check(people["reviewer"], people.clock()) == ()
    assert people.archive.keyring().pending == ()


def test_all_keys_are_changed_twice_by_one_order_each(people: People) -> None:
    for _ in range(2):
        rekeyed(people, *EVERY)

    assert [number(people, compartment) for compartment in EVERY] == [2] * 5
    assert waiting_orders(people.archive.keyring()) == ()
    assert check(people["auditor"], people.clock()) == ()


def test_what_waits_is_carried_out_at_the_next_sign_in_of_who_holds_the_key(people: People) -> None:
    confirmed(people, Compartment.VAULT)
    assert carry_out(people["custodian_b"], people.clock()) == ()
    assert carry_out(people["investigator"], people.clock()) == ()

    session = people["reviewer"]

    assert number(people, Compartment.VAULT) == 1
    assert check(session, people.clock()) == ()


def test_open_sessions_go_on_after_the_key_was_changed(people: People, clock: Clock) -> None:
    store = SessionStore(people.archive)
    tokens = {name: store.open(people[name], clock()) for name in ("reviewer", "interviewer", "custodian_b")}
    people.sessions.clear()
    confirmed(people, Compartment.LEDGER, Compartment.VAULT)
    inside = store.find(tokens["interviewer"], clock())

    carry_out(store.find(tokens["custodian_b"], clock()), clock())

    with pytest.raises(StorageFailed), inside.reading():
        pass
    assert handed_in(store.find(tokens["interviewer"], clock()), clock())
    assert len(receive_inbox(store.find(tokens["reviewer"], clock()), clock()).codes) == 1
    assert number(people, Compartment.VAULT) == number(people, Compartment.LEDGER) == 1
    signed_in_anew(people)
    for token in tokens.values():
        store.close(token, clock())
    assert people.archive.locked


def test_nobody_confirms_their_own_order_or_one_that_is_about_them(people: People) -> None:
    own = ordered(people, Compartment.VAULT)
    about = ordered(people, Compartment.LEDGER, without="custodian_b")

    with pytest.raises(Refused):
        confirm(people["custodian"], own, "alone", people.clock())
    with pytest.raises(Refused):
        confirm(people["custodian_b"], about, "not me", people.clock())
    assert waiting_orders(people.archive.keyring()) == ()


@pytest.mark.parametrize("name", ["reviewer", "auditor", "interviewer", "investigator"])
def test_only_custodians_order_and_confirm(people: People, name: str) -> None:
    order_id = ordered(people, Compartment.VAULT)
    wanted = OrderRequest(frozenset({Compartment.VAULT}), Cause.ROTATION, None, "mine")

    with pytest.raises(Refused):
        order(people[name], wanted, people.clock())
    with pytest.raises(Refused):
        confirm(people[name], order_id, "mine", people.clock())


def test_an_order_that_makes_no_sense_is_not_taken(people: People) -> None:
    custodian, now = people["custodian"], people.clock()
    vault = frozenset({Compartment.VAULT})
    for wanted in (
        OrderRequest(frozenset(), Cause.ROTATION, None, "no compartment"),
        OrderRequest(vault, Cause.MEMBER_REMOVED, None, "nobody removed"),
        OrderRequest(vault, Cause.MEMBER_REMOVED, custodian.account.id, "oneself"),
    ):
        with pytest.raises(Invalid):
            order(custodian, wanted, now)


def test_an_order_waits_seven_days_for_a_second_custodian(people: People, clock: Clock) -> None:
    order_id = ordered(people, Compartment.VAULT)
    signed_in_anew(people)
    clock.forward(days=8)

    with pytest.raises(Conflict):
        confirm(people["custodian_b"], order_id, "late", clock())
    ordered(people, Compartment.AUDIT)
    with pytest.raises(NotFound):
        find_order(people.archive.keyring(), order_id)


def test_an_order_is_taken_back_until_it_is_confirmed(people: People) -> None:
    first, second = ordered(people, Compartment.VAULT), confirmed(people, Compartment.AUDIT)

    drop(people["custodian_b"], first, "a mistake", people.clock())

    with pytest.raises(NotFound):
        find_order(people.archive.keyring(), first)
    with pytest.raises(Conflict):
        drop(people["custodian"], second, "too late", people.clock())


def test_sealed_words_of_before_open_to_auditors_of_now(people: People) -> None:
    order_id = confirmed(people, Compartment.AUDIT, Compartment.LEDGER)
    signed_in_anew(people)
    auditor = people["auditor"]
    rekeyed(people, Compartment.AUDIT)
    auditor = people["auditor"]
    wanted = EventFilter(action=Action.KEY_OPERATION)
    found = [e for e in events(auditor, wanted, None, people.clock()).events if e.has_detail]

    said = {open_detail(auditor, event.seq, people.clock()) for event in found}

    assert {"it is time", "I agree"} <= said
    assert order_id and number(people, Compartment.AUDIT) == 2


def test_what_was_logged_while_the_ledger_was_locked_is_taken_in(people: People, clock: Clock) -> None:
    people["custodian_b"], people["custodian"]
    with pytest.raises(SignInFailed):
        people.door.sign_in(HANDLES["interviewer"], "not the password", None, clock())
    clock.forward(minutes=10)
    rekeyed(people, Compartment.LEDGER)
    with pytest.raises(SignInFailed):
        people.door.sign_in(HANDLES["interviewer"], "not the password", None, clock())
    clock.forward(minutes=10)

    found = events(people["auditor"], EventFilter(action=Action.SIGN_IN_FAILED), None, clock())

    assert len(found.events) == 2


def test_numbers_in_releases_stay_the_same(people: People) -> None:
    before = series_of(people["reviewer"], "T-0000-00", Audience.COURT)

    for _ in range(2):
        rekeyed(people, Compartment.VAULT)

    assert series_of(people["reviewer"], "T-0000-00", Audience.COURT) == before


def identity_keys(people: People, *names: str) -> tuple[SealingKey, ...]:
    keyring = people.archive.keyring()
    shares = [own_share(people[name], keyring) for name in names]
    return keys_of(keyring, Compartment.IDENTITY, combine([words for words in shares if words is not None]))


def test_identities_open_to_any_two_custodians_of_now(people: People, clock: Clock) -> None:
    code = with_identity(people)
    newcomer = Newcomer("custodian-4", "Custodian 4", frozenset({Role.CUSTODIAN}))
    invitation = enrol(people["custodian"], newcomer, clock())
    activate(people.archive, Throttle(), "custodian-4", invitation.code, PASSWORD, clock())
    confirm_enrolment(people["custodian_b"], invitation.record.account_id, "we know her", clock())

    rekeyed(people, Compartment.IDENTITY)

    people.sessions["new"] = people.door.sign_in("custodian-4", PASSWORD, None, clock())
    keys = identity_keys(people, "new", "custodian_b")
    with people["custodian"].reading() as connection:
        kept = identities.find_identity(connection, code)
    assert kept is not None
    plain = open_sealed(keys[0], kept.sealed, Label.IDENTITY, kept.submission_id.encode())
    assert b"a name of theirs" in plain
    assert len(people.archive.keyring().shares) == 4
    assert all(o.wraps == () for o in people.archive.keyring().orders)


def test_an_identity_sealed_to_the_key_of_before_opens_all_the_same(people: People, clock: Clock) -> None:
    old = people.archive.keyring()
    rekeyed(people, Compartment.IDENTITY)
    sealed = seal_identity(compartment_key(old, Compartment.IDENTITY), {"name": "late"}, "an id")

    keys = identity_keys(people, "custodian", "custodian_b")
    assert b"late" in open_with_any(keys, sealed, Label.IDENTITY, b"an id")


def test_two_custodians_are_not_shared_out_to_one(people: People, clock: Clock) -> None:
    suspend(people["custodian"], "custodian-3", clock())
    confirmed(people, Compartment.IDENTITY, without=None)
    suspend(people["custodian_b"], "custodian-1", clock())

    with pytest.raises(Conflict):
        carry_out(people["custodian_b"], clock())
    assert number(people, Compartment.IDENTITY) == 0


def test_keys_are_due_after_the_days_that_were_set(people: People, clock: Clock) -> None:
    custodian = people["custodian"]
    with pytest.raises(Invalid):
        set_rotation(custodian, 3, "too often", clock())
    set_rotation(custodian, 90, "our rule", clock())

    with custodian.reading() as connection:
        days = rotation_days(connection)

    assert not is_rotation_due(clock().date(), days, clock().date() + timedelta(days=89))
    assert is_rotation_due(clock().date(), days, clock().date() + timedelta(days=90))


def test_a_full_disk_leaves_the_old_key_in_force(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    confirmed(people, Compartment.LEDGER)
    usage = shutil.disk_usage(people.archive.directory.path)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)

    with pytest.raises(StorageFailed):
        carry_out(people["custodian_b"], people.clock())

    assert number(people, Compartment.LEDGER) == 0
    assert sealing_key_of(people["custodian_b"].archive.secret(Compartment.LEDGER))
    can_enter(people, "interviewer")
