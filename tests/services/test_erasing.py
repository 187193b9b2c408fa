"""An erased testimony is gone from everything that is kept, and what stays says that it was there and who decided."""

import json

import pytest
import sqlalchemy as sa

from testimony.domain.audit import DenyReason
from testimony.domain.disposal import Cause, ErasureState, Trouble
from testimony.domain.errors import Conflict, NotFound, Refused
from testimony.domain.purposes import Audience, Purpose
from testimony.domain.testimony import State
from testimony.services import erasing
from testimony.services.checking import check
from testimony.services.erasing import carry_out_waiting
from testimony.services.erasures import (
    approve_erasure,
    find_erasure,
    list_erasures,
    propose_erasure,
    refuse_erasure,
    was_erased,
)
from testimony.services.finding import search
from testimony.services.holding import ask_lift, lift_hold
from testimony.services.releasing import release
from testimony.services.search_requests import SearchRequest
from testimony.services.session_store import SessionStore
from testimony.services.verification import examine_log
from testimony.storage import erasures, forgetting, register
from testimony.storage.chained_lines import read_lines
from testimony.storage.schema import SCHEMAS
from tests.disposal_room import approve_to_erase, erase, hold, kept, lift, released_with_file
from tests.released_testimonies import Shelf
from tests.review_room import handed_in
from tests.services.conftest import HANDLES, PASSWORD, Clock, People


def state_of(people: People, code: str) -> str | None:
    with people["reviewer"].reading() as connection:
        row = register.find_row(connection, code)
    return None if row is None else row.state


def test_an_erased_testimony_leaves_no_row_no_object_and_a_log_that_verifies(
    people: People, clock: Clock
) -> None:
    code = released_with_file(people, clock())
    other = released_with_file(people, clock(), "The granary of the other village burned.")

    erasure_id = erase(people, code, clock())

    reviewer = people["reviewer"]
    with reviewer.reading() as connection:
        assert forgetting.remains(connection, code) == ()
        assert forgetting.remains(connection, other) != ()
    assert len(reviewer.archive.objects.names()) == 1
    verdict = examine_log(reviewer, clock())
    assert verdict.whole
    assert verdict.erased_subjects > 5
    assert check(reviewer, clock()) == ()
    view = find_erasure(people["custodian"], erasure_id, clock())
    assert (view.state, view.code, view.cause) == (ErasureState.CARRIED_OUT, None, Cause.WITNESS_WISH)
    assert (view.proposed_by, view.decided_by, view.carried_out_by) == (
        "custodian-1",
        "custodian-2",
        "reviewer-1",
    )


def test_the_gate_closes_with_the_approval_and_not_with_the_carrying_out(
    people: People, clock: Clock
) -> None:
    code = released_with_file(people, clock())
    Shelf(people, clock, None).grant(Purpose.CP07)  # type: ignore[arg-type]  # no chance is needed
    request = SearchRequest("granary")

    def found() -> list[str]:
        page = search(people["investigator"], request, Purpose.CP07, None, clock())
        return [hit.code for hit in page.hits]

    assert found() == [code]

    approve_to_erase(people, code, clock())

    assert found() == []
    assert state_of(people, code) == State.DISPOSED
    with pytest.raises(NotFound):
        release(people["reviewer_b"], code, Audience.PUBLIC, clock())


def test_a_testimony_is_erased_while_it_still_lies_sealed(people: People, clock: Clock) -> None:
    code = handed_in(people["interviewer"], clock())

    erase(people, code, clock(), Cause.INVALID_CONSENT)

    assert state_of(people, code) is None
    assert check(people["reviewer"], clock()) == ()


def test_the_next_request_of_whoever_holds_the_files_carries_it_out(people: People, clock: Clock) -> None:
    code = kept(people, clock())
    store = SessionStore(people.archive)
    token = store.open(people.door.sign_in(HANDLES["reviewer_b"], PASSWORD, None, clock()), clock())
    approve_to_erase(people, code, clock())
    assert state_of(people, code) == State.DISPOSED

    store.find(token, clock())

    assert state_of(people, code) is None
    store.close(token, clock())


def test_the_next_sign_in_of_whoever_holds_the_files_carries_it_out(people: People, clock: Clock) -> None:
    code = kept(people, clock())
    approve_to_erase(people, code, clock())

    for nobody in ("investigator", "auditor", "custodian_b"):
        assert carry_out_waiting(people[nobody], clock(), again=True) == 0
    session = people.door.sign_in(HANDLES["reviewer_b"], PASSWORD, None, clock())

    assert state_of(people, code) is None
    people.archive.release(session.archive.secrets)


def test_a_held_testimony_is_not_proposed_not_approved_and_not_erased(people: People, clock: Clock) -> None:
    custodian, code = people["custodian"], kept(people, clock())
    hold_id = hold(custodian, code, clock())

    with pytest.raises(Refused) as proposing:
        propose_erasure(custodian, code, Cause.WITNESS_WISH, "asked", clock())
    lift(people, hold_id, clock())
    erasure_id = propose_erasure(custodian, code, Cause.WITNESS_WISH, "asked", clock())
    later = hold(custodian, code, clock.forward(minutes=1))
    with pytest.raises(Refused) as approving:
        approve_erasure(people["custodian_b"], erasure_id, "yes", clock())
    lift(people, later, clock())
    approve_erasure(people["custodian_b"], erasure_id, "yes", clock())
    last = hold(custodian, code, clock.forward(minutes=1))
    carried_out = carry_out_waiting(people["reviewer"], clock())

    assert proposing.value.reasons == approving.value.reasons == (DenyReason.LEGAL_HOLD,)
    assert carried_out == 0
    assert list_erasures(custodian, clock())[0].trouble is Trouble.HELD
    lift(people, last, clock())
    assert carry_out_waiting(people["reviewer"], clock(), again=True) == 1


def test_a_hold_is_lifted_by_two(people: People, clock: Clock) -> None:
    code = kept(people, clock())
    hold_id = hold(people["custodian"], code, clock())
    ask_lift(people["custodian"], hold_id, "the claim was not made", clock())

    with pytest.raises(Refused) as alone:
        lift_hold(people["custodian"], hold_id, "I say so twice", clock())

    assert alone.value.reasons == (DenyReason.SAME_PERSON,)


def test_a_refused_proposal_names_no_testimony_and_another_can_follow(people: People, clock: Clock) -> None:
    custodian, code = people["custodian"], kept(people, clock())
    first = propose_erasure(custodian, code, Cause.WITNESS_WISH, "asked", clock())
    with pytest.raises(Conflict):
        propose_erasure(people["custodian_b"], code, Cause.WITNESS_WISH, "asked", clock())

    refuse_erasure(people["custodian_b"], first, "the witness changed their mind", clock())

    assert find_erasure(custodian, first, clock()).code is None
    assert propose_erasure(custodian, code, Cause.WITNESS_WISH, "asked again", clock()) != first


def test_an_erased_code_is_never_given_again_and_can_be_asked_about(people: People, clock: Clock) -> None:
    code = kept(people, clock())
    erase(people, code, clock())

    again = handed_in(people["interviewer"], clock(), code=code)

    assert again != code
    assert was_erased(people["custodian"], code, clock())
    assert not was_erased(people["custodian"], again, clock())


def test_a_copy_from_before_learns_of_the_erasure_before_anybody_sees_anything(
    people: People, clock: Clock, tmp_path: object
) -> None:
    code = released_with_file(people, clock())
    files = list(people.archive.directory.path.glob("*.db"))
    before = {file: file.read_bytes() for file in files}
    erase(people, code, clock())
    for session in people.sessions.values():
        people.archive.release(session.archive.secrets)
    people.sessions.clear()
    for file, content in before.items():
        file.write_bytes(content)

    people["investigator"]  # signs in first, and holds no vault

    with people["investigator"].reading() as connection:
        row = register.find_row(connection, code)
        assert row is not None and row.state == State.DISPOSED
    assert state_of(people, code) is None
    assert check(people["reviewer"], clock()) == ()
    assert len(read_lines(people.archive.directory.erasures)) == 1


def test_every_table_that_could_name_a_testimony_is_forgotten_or_named_as_kept(people: People) -> None:
    touched: set[str] = set()
    names = {"code", "submission_id", "set_id", "object_id", "subject", "release_id"}
    suspects = {
        table.fullname
        for metadata in SCHEMAS.values()
        for table in metadata.sorted_tables
        if names & set(table.c.keys()) and table.name not in forgetting.KEPT
    }

    def note(_c: object, _u: object, statement: str, *_: object) -> None:
        words = statement.replace('"', "").split()
        if words[0] == "DELETE":
            touched.add(words[2])
        # A table that is only ever added to keeps the row, without the code that it was about.
        elif words[0] == "UPDATE" and words[2:4] == ["SET", "code=?"]:
            touched.add(words[1])

    sa.event.listen(sa.engine.Engine, "before_cursor_execute", note)
    try:
        with people["reviewer"].archive.database.writing() as connection:
            forgetting.forget_everywhere(connection, "T-0000-00")
    finally:
        sa.event.remove(sa.engine.Engine, "before_cursor_execute", note)

    assert suspects - touched == set()
    assert erasing.FORGETTERS is forgetting.FORGETTERS


def test_what_stays_says_no_code_and_is_what_was_signed(people: People, clock: Clock) -> None:
    code = kept(people, clock())
    erasure_id = erase(people, code, clock())

    with people["reviewer"].reading() as connection:
        row = erasures.find_erasure(connection, erasure_id)

    assert row is not None and row.tombstone is not None
    said = json.loads(row.tombstone)
    assert code not in row.tombstone.decode() + row.proposal.decode() + (row.approval or b"").decode()
    assert (said["proposed_by"], said["approved_by"]) == (row.proposer, row.approver)
    assert len(said["content_sha256"]) == 64
    assert code.encode() not in people.archive.directory.erasures.read_bytes()
