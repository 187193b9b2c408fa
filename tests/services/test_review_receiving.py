"""What interviewers sealed comes into the vault whole, or stays where it is and is named."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from testimony.domain.canonical import canonical_json
from testimony.domain.consent import Answer, Capacity
from testimony.domain.errors import Refused
from testimony.domain.testimony import State
from testimony.services.receiving import receive_inbox, try_damaged_again
from testimony.services.submitting import submit
from testimony.storage import inbox, originals, register
from tests.review_room import ACCOUNT, handed_in, submission
from tests.services.conftest import Clock, People


def test_a_received_account_is_what_its_interviewer_signed(people: People, clock: Clock) -> None:
    made = submission(people["interviewer"])
    code = submit(people["interviewer"], made, None, clock()).code

    received = receive_inbox(people["reviewer"], clock())

    with people["reviewer"].reading() as connection:
        original = originals.find_original(connection, code)
        version = originals.newest_version(connection, code)
        row = register.find_row(connection, code)
        left = inbox.count_items(connection)
    assert received.codes == (code,)
    assert original is not None and original.document == canonical_json(made.to_document())
    assert version is not None and version.text == ACCOUNT
    assert row is not None and row.state == State.RECEIVED
    assert (left, received.left) == (0, 0)


def test_one_request_opens_a_batch_and_says_what_is_left(people: People, clock: Clock) -> None:
    for _ in range(3):
        handed_in(people["interviewer"], clock())

    first = receive_inbox(people["reviewer"], clock(), limit=2)
    second = receive_inbox(people["reviewer"], clock(), limit=2)

    assert (len(first.codes), first.left) == (2, 1)
    assert (len(second.codes), second.left) == (1, 0)


def test_a_damaged_item_is_named_once_and_does_not_hold_up_the_others(people: People, clock: Clock) -> None:
    broken = handed_in(people["interviewer"], clock())
    with people["interviewer"].work(clock()) as work:
        work.connection.execute(inbox.INBOX.update().values(sealed=sa.literal(b"\x01" + bytes(2000))))
    whole = handed_in(people["interviewer"], clock())

    received = receive_inbox(people["reviewer"], clock(), limit=1)
    again = receive_inbox(people["reviewer"], clock(), limit=1)

    assert [(item.code, item.fault) for item in received.damaged] == [(broken, "not_signed")]
    assert again.codes == (whole,)
    assert again.damaged == received.damaged


def test_an_item_that_was_restored_is_received_when_it_is_tried_again(people: People, clock: Clock) -> None:
    code = handed_in(people["interviewer"], clock())
    with people["interviewer"].reading() as connection:
        (item,) = inbox.waiting_items(connection)
    with people["interviewer"].work(clock()) as work:
        work.connection.execute(inbox.INBOX.update().values(sealed=sa.literal(b"spoilt")))
    receive_inbox(people["reviewer"], clock())
    with people["interviewer"].work(clock()) as work:
        work.connection.execute(inbox.INBOX.update().values(sealed=sa.literal(item.sealed)))

    received = try_damaged_again(people["reviewer"], clock())

    assert received.codes == (code,)
    assert received.damaged == ()


def test_a_register_that_was_rewritten_to_another_interviewer_stops_the_item(
    people: People, clock: Clock
) -> None:
    handed_in(people["interviewer"], clock())
    with people["interviewer_b"].work(clock()) as work:
        other = people["interviewer_b"].account.id
        work.connection.execute(register.REGISTER.update().values(interviewer_id=other))

    received = receive_inbox(people["reviewer"], clock())

    assert [item.fault for item in received.damaged] == ["register_differs"]


def test_a_quarantined_account_stays_sealed(people: People, clock: Clock) -> None:
    made = submission(people["interviewer"])
    coerced = Capacity(Answer.NO, Answer.YES, Answer.YES)
    quarantined = replace(made, consent=replace(made.consent, capacity=coerced))
    submit(people["interviewer"], quarantined, None, clock())

    received = receive_inbox(people["reviewer"], clock())

    with people["reviewer"].reading() as connection:
        assert inbox.count_items(connection) == 1
    assert (received.codes, received.damaged, received.left) == ((), (), 0)


@pytest.mark.parametrize("who", ["interviewer", "investigator", "auditor", "custodian"])
def test_only_reviewers_open_the_inbox(people: People, clock: Clock, who: str) -> None:
    handed_in(people["interviewer"], clock())

    with pytest.raises(Refused):
        receive_inbox(people[who], clock())


def test_two_reviewers_receive_the_same_item_once(people: People, clock: Clock) -> None:
    code = handed_in(people["interviewer"], clock())

    first = receive_inbox(people["reviewer"], clock())
    second = receive_inbox(people["reviewer_b"], clock())

    assert (first.codes, second.codes) == ((code,), ())
