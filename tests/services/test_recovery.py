"""The archive had back from paper: the drill in which everybody is gone, rehearsals, new sheets (G9)."""

from dataclasses import replace
from pathlib import Path

import pytest

from testimony.domain.audit import Action
from testimony.domain.errors import (
    BadSheet,
    Conflict,
    NoRecovery,
    NotFound,
    NotYet,
    SignInFailed,
    WeakPassword,
)
from testimony.domain.events import EventFilter
from testimony.domain.roles import Role
from testimony.services.accounts import activate, enrol, suspend
from testimony.services.archives import Archive
from testimony.services.audit import events, open_detail
from testimony.services.invitations import Newcomer
from testimony.services.membership import wrap_for_members
from testimony.services.pending_orders import RENEWAL
from testimony.services.receiving import receive_inbox
from testimony.services.recovering import Recovered, open_with_sheets, restore, share_identity, vacant_roles
from testimony.services.recovery_orders import (
    confirm_sharing,
    confirm_sheets,
    order_sharing,
    order_sheets,
    withdraw_order,
)
from testimony.services.recovery_statements import SheetPlan
from testimony.services.recovery_status import recovery_status
from testimony.services.rehearsing import read_sheet, rehearse
from testimony.services.review import queue
from testimony.services.signin import SignIn
from testimony.services.throttling import Throttle
from testimony.storage.compartments import Compartment
from testimony.storage.keyring_file import read_keyring
from tests.recovery_archive import (
    PLAN,
    Founded,
    archive,
    clock,
    enter,
    found_here,
    open_copy,
    people,
    read,
    with_sheets,
)
from tests.review_room import handed_in
from tests.services.conftest import Clock, People

__all__ = ["archive", "clock", "people", "with_sheets"]

NEW = "four lanterns beyond the harbour"
REASON = "the sheets were lost in a move"
CUSTODIAN = Newcomer("custodian-new", "New custodian", frozenset({Role.CUSTODIAN}))
REVIEWER = Newcomer("reviewer-new", "New reviewer", frozenset({Role.REVIEWER}))
AUDITOR = Newcomer("auditor-new", "New auditor", frozenset({Role.AUDITOR}))


def test_when_every_password_is_lost_two_sheets_give_everything_back(
    archive: Archive, with_sheets: Founded, clock: Clock, people: People
) -> None:
    """The drill: the sole administrator is gone, and everybody else too."""
    code = handed_in(people["interviewer"], clock())
    recovered = open_with_sheets(archive, read(archive, with_sheets.sheets[1:]))

    second = Newcomer("custodian-second", "Second", frozenset({Role.CUSTODIAN}))
    restored = restore(archive, recovered, CUSTODIAN, NEW, (REVIEWER, AUDITOR, second), clock())
    for invitation in restored.invitations:
        activate(archive, Throttle(), invitation.row.handle, invitation.code, NEW, clock())
    custodian = enter(archive, "custodian-new", NEW, clock)
    reviewer = enter(archive, "reviewer-new", NEW, clock)
    auditor = enter(archive, "auditor-new", NEW, clock)
    suspended = [suspend(custodian, f"custodian-{n}", clock()) for n in (1, 2, 3)]
    shared = share_identity(archive, opened_again(archive, with_sheets), clock())
    second_custodian = enter(archive, "custodian-second", NEW, clock)
    order_sharing(custodian, REASON, clock())
    confirm_sharing(second_custodian, REASON, clock())

    receive_inbox(reviewer, clock())
    assert restored.missing == ()
    assert set(reviewer.archive.secrets) == {Compartment.LEDGER, Compartment.VAULT, Compartment.READING_ROOM}
    assert set(auditor.archive.secrets) == {Compartment.LEDGER, Compartment.AUDIT}
    assert [line.code for line in queue(reviewer, clock()).lines] == [code]
    assert (len(suspended), shared) == (3, 2)


def opened_again(archive: Archive, with_sheets: Founded) -> Recovered:
    return open_with_sheets(archive, read(archive, with_sheets.sheets[:2]))


def test_a_recovery_is_loud_in_the_log(
    archive: Archive, with_sheets: Founded, clock: Clock, people: People
) -> None:
    restore(archive, opened_again(archive, with_sheets), CUSTODIAN, NEW, (), clock())

    loud = events(people["auditor"], EventFilter(action=Action.EMERGENCY_ACCESS), None, clock()).events

    about = {event.subject.id: event.fields for event in loud if event.subject is not None}
    assert about["recovery"] == ("opened-with-sheets", "serial:1", "sheet:1", "sheet:2")
    assert set(about) == {"recovery", *Compartment}
    assert open_detail(people["auditor"], loud[0].seq, clock()) if loud[0].has_detail else True


def test_with_colleagues_left_the_new_custodian_opens_identities_with_one_of_them(
    archive: Archive, with_sheets: Founded, clock: Clock, people: People
) -> None:
    restored = restore(archive, opened_again(archive, with_sheets), CUSTODIAN, NEW, (), clock())

    order_sharing(enter(archive, "custodian-new", NEW, clock), REASON, clock())
    confirm_sharing(people["custodian"], REASON, clock())

    assert restored.shares_identity
    assert vacant_roles(archive.keyring()) == frozenset()


def test_where_nobody_is_left_reviewer_and_auditor_are_missed(archive: Archive, people: People) -> None:
    for handle in ("reviewer-1", "reviewer-2", "auditor-1"):
        suspend(people["custodian"], handle, people.clock())

    assert vacant_roles(archive.keyring()) == {Role.REVIEWER, Role.AUDITOR}


def test_one_sheet_fewer_opens_nothing(archive: Archive, with_sheets: Founded) -> None:
    once = read(archive, with_sheets.sheets[:1])

    with pytest.raises(NotYet):
        open_with_sheets(archive, once + once)


def test_a_mistyped_sheet_and_a_word_of_no_sheet_are_named(archive: Archive, with_sheets: Founded) -> None:
    words = with_sheets.sheets[0].split()
    swapped = [*words[:10], words[11], words[10], *words[12:]]
    assert swapped != words

    with pytest.raises(BadSheet) as mistyped:
        read_sheet(archive.keyring(), " ".join(swapped))
    with pytest.raises(BadSheet) as unknown:
        read_sheet(archive.keyring(), " ".join([*words[:4], "granary", *words[5:]]))

    assert (mistyped.value.code, unknown.value.places) == ("mistyped", (5,))
    assert words[10] not in str(mistyped.value)


def test_a_rehearsal_proves_a_sheet_and_its_date_is_there_for_custodians_and_auditors(
    archive: Archive, with_sheets: Founded, clock: Clock, people: People
) -> None:
    proven_at = clock.forward(days=1)
    number = rehearse(archive, with_sheets.sheets[1].upper(), proven_at)
    with pytest.raises(BadSheet):
        rehearse(archive, with_sheets.sheets[0] + " more", clock())

    status = recovery_status(people["custodian"], clock())
    logged = events(people["auditor"], EventFilter(action=Action.KEY_OPERATION), None, clock()).events
    later = recovery_status(people["custodian_b"], clock.forward(days=181))

    assert number == 2
    assert [(s.number, s.proven, s.due) for s in status.sheets] == [
        (1, None, True),
        (2, proven_at, False),
        (3, None, True),
    ]
    assert ("kept-while-locked", "sheet-rehearsed", "serial:1", "sheet:2") in {e.fields for e in logged}
    assert (status.due, later.due) == (2, 3)
    assert status.missing == ()


def test_two_custodians_make_new_sheets_and_the_old_ones_are_refused(
    archive: Archive, with_sheets: Founded, clock: Clock, people: People
) -> None:
    order_sheets(people["custodian"], SheetPlan(3, 5), REASON, clock())
    made = confirm_sheets(people["custodian_b"], REASON, clock())
    missing = recovery_status(people["custodian_b"], clock()).missing
    wrap_for_members(people["reviewer"], clock())
    wrap_for_members(people["auditor"], clock())

    recovered = open_with_sheets(archive, read(archive, made.sheets[:3]))

    assert (made.serial, len(made.sheets)) == (2, 5)
    assert set(missing) == {Compartment.VAULT, Compartment.READING_ROOM, Compartment.AUDIT}
    assert recovered.missing == ()
    with pytest.raises(BadSheet) as refused:
        read_sheet(archive.keyring(), with_sheets.sheets[0])
    assert refused.value.code == "foreign"


def test_an_archive_of_before_has_no_sheets_until_two_custodians_make_them(
    tmp_path: Path, clock: Clock
) -> None:
    found_here(tmp_path / "old", clock, plan=None)
    archive = open_copy(tmp_path / "old")
    people = People(archive, clock, SignIn(archive, Throttle()))
    with pytest.raises(NoRecovery):
        rehearse(archive, "some words", clock())
    assert recovery_status(people["custodian"], clock()).serial == 0

    order_sheets(people["custodian"], PLAN, REASON, clock())
    made = confirm_sheets(people["custodian_b"], REASON, clock())
    wrap_for_members(people["reviewer"], clock())

    recovered = open_with_sheets(archive, read(archive, made.sheets[:2]))
    assert recovered.missing == (Compartment.AUDIT,)
    assert Compartment.IDENTITY in recovered.secrets


def test_who_was_recovered_before_the_sheets_were_replaced_stays_a_custodian(
    archive: Archive, with_sheets: Founded, clock: Clock, people: People
) -> None:
    restore(archive, opened_again(archive, with_sheets), CUSTODIAN, NEW, (), clock())
    custodian = enter(archive, "custodian-new", NEW, clock)
    assert recovery_status(custodian, clock()).used == clock()

    order_sheets(custodian, PLAN, REASON, clock.forward(hours=1))
    confirm_sheets(people["custodian"], REASON, clock())

    again = enter(archive, "custodian-new", NEW, clock)
    assert recovery_status(again, clock()).used is None
    assert enrol(again, Newcomer("nadia", "Nadia", frozenset({Role.INTERVIEWER})), clock()).code


def test_an_order_ends_after_a_week_or_when_it_is_withdrawn(clock: Clock, people: People) -> None:
    order_sheets(people["custodian"], PLAN, REASON, clock())
    with pytest.raises(Conflict):
        order_sheets(people["custodian_b"], PLAN, REASON, clock())
    withdraw_order(people["custodian_b"], RENEWAL, clock())
    order_sheets(people["custodian"], PLAN, REASON, clock())

    clock.forward(days=8)

    with pytest.raises(NotFound):
        confirm_sheets(people["custodian_b"], REASON, clock())


def test_a_handle_that_is_taken_or_a_weak_password_recovers_nobody(
    archive: Archive, with_sheets: Founded, clock: Clock
) -> None:
    recovered = opened_again(archive, with_sheets)
    before = read_keyring(archive.directory)

    with pytest.raises(Conflict):
        restore(archive, recovered, replace(CUSTODIAN, handle="custodian-1"), NEW, (), clock())
    with pytest.raises(WeakPassword):
        restore(archive, recovered, CUSTODIAN, "short", (), clock())

    assert read_keyring(archive.directory) == before


def test_a_recovery_that_died_before_the_keyring_is_done_again(
    archive: Archive, with_sheets: Founded, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    recovered = opened_again(archive, with_sheets)
    monkeypatch.setattr("testimony.services.recovering.write_keyring", _die)
    with pytest.raises(KeyboardInterrupt):
        restore(archive, recovered, CUSTODIAN, NEW, (), clock())
    monkeypatch.undo()
    with pytest.raises(SignInFailed):
        enter(archive, "custodian-new", NEW, clock)

    restore(archive, recovered, CUSTODIAN, NEW, (), clock())

    assert enter(archive, "custodian-new", NEW, clock).account.roles == {Role.CUSTODIAN}


def _die(*_: object) -> None:
    raise KeyboardInterrupt


def test_new_sheets_that_died_before_the_keyring_leave_the_old_ones_and_are_ordered_again(
    archive: Archive, with_sheets: Founded, clock: Clock, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_sheets(people["custodian"], PLAN, REASON, clock())
    confirmer = people["custodian_b"]
    monkeypatch.setattr("testimony.services.recovery_orders.write_keyring", _die)
    with pytest.raises(KeyboardInterrupt):
        confirm_sheets(confirmer, REASON, clock())
    monkeypatch.undo()
    still = opened_again(archive, with_sheets)

    order_sheets(people["custodian"], PLAN, REASON, clock())
    made = confirm_sheets(confirmer, REASON, clock())

    assert still.missing == ()
    assert read(archive, made.sheets)
