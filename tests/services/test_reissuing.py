"""New keys for somebody who lost their password: two custodians, two half codes."""

from pathlib import Path

import pytest

from testimony.domain.accounts import AccountState
from testimony.domain.errors import Conflict, NotFound, NotSignedIn, NotYet, SignInFailed
from testimony.services.accounts import activate, list_accounts, suspend
from testimony.services.archives import Archive
from testimony.services.checking import check
from testimony.services.intake import list_drafts, start_draft
from testimony.services.membership import wrap_for_members
from testimony.services.recovery_orders import confirm_sharing, order_sharing
from testimony.services.recovery_status import recovery_status
from testimony.services.reissuing import confirm_reissue, find_order, order_reissue, withdraw_order
from testimony.services.session_store import SessionStore
from testimony.services.sessions import Session
from testimony.services.signin import SignIn
from testimony.services.throttling import Throttle
from testimony.storage.compartments import Compartment
from tests.recovery_archive import archive, clock, enter, found_here, open_copy, people, with_sheets
from tests.review_room import taken
from tests.services.conftest import HANDLES, PASSWORD, Clock, People

__all__ = ["archive", "clock", "people", "with_sheets"]

NEW = "four lanterns beyond the harbour"
REASON = "the password was forgotten"


def reissue(people: People, lost: str, first: str = "custodian", second: str = "custodian_b") -> str:
    """Both halves of the code."""
    account_id, now = people[lost].account.id, people.clock()
    half = order_reissue(people[first], account_id, REASON, now)
    return f"{half} {confirm_reissue(people[second], account_id, REASON, now)}"


def come_back(archive: Archive, people: People, clock: Clock, lost: str, **by: str) -> Session:
    activate(archive, Throttle(), HANDLES[lost], reissue(people, lost, **by), NEW, clock())
    return enter(archive, HANDLES[lost], NEW, clock)


def test_who_lost_a_password_comes_back_with_the_same_account_and_the_keys_of_its_roles(
    archive: Archive, clock: Clock, people: People
) -> None:
    before = people["reviewer"].account.id

    back = come_back(archive, people, clock, "reviewer")
    wrap_for_members(people["reviewer_b"], clock())

    again = enter(archive, "reviewer-1", NEW, clock)
    assert back.account.id == again.account.id == before
    assert set(again.archive.secrets) == {Compartment.LEDGER, Compartment.VAULT, Compartment.READING_ROOM}
    with pytest.raises(SignInFailed):
        enter(archive, "reviewer-1", PASSWORD, clock)


def test_between_the_second_custodian_and_the_person_nobody_is_in(
    archive: Archive, clock: Clock, people: People
) -> None:
    store = SessionStore(archive)
    session = people["reviewer"]
    archive.acquire(session.archive.secrets)
    token = store.open(session, clock())

    reissue(people, "reviewer")

    with pytest.raises(NotSignedIn):
        store.find(token, clock())
    with pytest.raises(SignInFailed):
        enter(archive, "reviewer-1", PASSWORD, clock)
    views = {view.handle: view for view in list_accounts(people["custodian"], clock())}
    assert views["reviewer-1"].state is AccountState.INVITED
    assert views["reviewer-1"].compartments == (Compartment.LEDGER,)


def test_what_the_old_keys_signed_still_holds(archive: Archive, clock: Clock, people: People) -> None:
    """A custodian who signed everybody, and an interviewer whose account waits."""
    code = taken(people["interviewer"], people["reviewer"], clock())
    come_back(archive, people, clock, "custodian", first="custodian_b", second="custodian_c")
    back = come_back(archive, people, clock, "interviewer", first="custodian_b", second="custodian_c")
    wrap_for_members(people["reviewer"], clock())

    findings = check(enter(archive, "reviewer-2", PASSWORD, clock), clock())

    assert code
    assert back.account.handle == "interviewer-1"
    assert list(findings) == []


def test_what_only_the_lost_keys_opened_is_gone_and_breaks_nothing(
    archive: Archive, clock: Clock, people: People
) -> None:
    start_draft(people["interviewer"], clock())

    back = come_back(archive, people, clock, "interviewer")

    assert list_drafts(back) == ()


def test_a_custodian_who_came_back_gets_a_share_again_by_two_others(
    archive: Archive, clock: Clock, people: People
) -> None:
    come_back(archive, people, clock, "custodian", first="custodian_b", second="custodian_c")
    without = recovery_status(people["custodian_b"], clock()).without_share

    order_sharing(people["custodian_b"], REASON, clock())
    confirm_sharing(people["custodian_c"], REASON, clock())
    order_sharing(enter(archive, "custodian-1", NEW, clock), REASON, clock())

    assert without == ("custodian-1",)
    assert recovery_status(people["custodian_b"], clock()).without_share == ()


def test_a_second_loss_is_met_like_the_first(archive: Archive, clock: Clock, people: People) -> None:
    come_back(archive, people, clock, "interviewer")
    lost_again = reissue(people, "interviewer")
    replaced = reissue(people, "interviewer")

    with pytest.raises(SignInFailed):
        activate(archive, Throttle(), "interviewer-1", lost_again, NEW, clock())
    activate(archive, Throttle(), "interviewer-1", replaced, NEW, clock())

    assert enter(archive, "interviewer-1", NEW, clock).account.handle == "interviewer-1"


def test_an_order_is_withdrawn_ends_after_a_week_and_stands_alone(clock: Clock, people: People) -> None:
    custodian, lost = people["custodian"], people["reviewer"].account.id
    order_reissue(custodian, lost, REASON, clock())
    with pytest.raises(Conflict):
        order_reissue(people["custodian_b"], lost, REASON, clock())
    withdraw_order(people["custodian_b"], lost, clock())
    order_reissue(custodian, lost, REASON, clock())
    clock.forward(days=8)

    with pytest.raises(NotFound):
        confirm_reissue(people["custodian_b"], lost, REASON, clock())
    with custodian.reading() as connection:
        assert find_order(connection, custodian.archive.keyring(), lost, clock()) is None


def test_oneself_and_who_was_stopped_get_no_new_keys(clock: Clock, people: People) -> None:
    suspend(people["custodian"], "reviewer-2", clock())
    stopped = people["custodian"].archive.keyring().accounts
    reviewer = next(i for i, record in stopped.items() if record.suspension is not None)

    with pytest.raises(Conflict):
        order_reissue(people["custodian"], reviewer, REASON, clock())
    with pytest.raises(Conflict):
        order_reissue(people["custodian"], people["custodian"].account.id, REASON, clock())


def test_the_last_holder_of_something_is_not_given_up_for_lost(tmp_path: Path, clock: Clock) -> None:
    """Without sheets, the only auditor's password is the last way to the sealed words of the log."""
    found_here(tmp_path / "old", clock, plan=None)
    people = People(open_copy(tmp_path / "old"), clock, SignIn(open_copy(tmp_path / "old"), Throttle()))

    with pytest.raises(NotYet):
        order_reissue(people["custodian"], people["auditor"].account.id, REASON, clock())


def test_new_keys_that_died_before_the_keyring_are_ordered_again_and_the_old_password_stays_out(
    archive: Archive, clock: Clock, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost, confirmer = people["interviewer"].account.id, people["custodian_b"]
    order_reissue(people["custodian"], lost, REASON, clock())
    monkeypatch.setattr("testimony.services.reissuing.write_keyring", _die)
    with pytest.raises(KeyboardInterrupt):
        confirm_reissue(confirmer, lost, REASON, clock())
    monkeypatch.undo()
    with pytest.raises(SignInFailed):
        enter(archive, "interviewer-1", PASSWORD, clock)

    back = come_back(archive, people, clock, "interviewer")

    assert back.account.id == lost


def _die(*_: object) -> None:
    raise KeyboardInterrupt


def test_custodians_may_give_new_keys_to_one_another_over_the_years(
    archive: Archive, clock: Clock, people: People
) -> None:
    """Each link rests on what was signed before it, so two accounts that once helped one another both hold."""
    come_back(archive, people, clock, "custodian_b", first="custodian", second="custodian_c")
    people.sessions["custodian_b"] = enter(archive, "custodian-2", NEW, clock)
    come_back(archive, people, clock, "custodian", first="custodian_b", second="custodian_c")
    people.sessions["custodian"] = enter(archive, "custodian-1", NEW, clock)
    come_back(archive, people, clock, "custodian_c", first="custodian_b", second="custodian")

    wrap_for_members(people["reviewer"], clock())

    for handle in ("custodian-1", "custodian-2", "custodian-3"):
        assert enter(archive, handle, NEW, clock).account.state is AccountState.ACTIVE
    assert list(check(enter(archive, "reviewer-2", PASSWORD, clock), clock())) == []
