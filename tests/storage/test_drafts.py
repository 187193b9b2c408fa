"""Drafts, inbox and identities as rows: owned, compared before they are swapped, and bound to what they belong to."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from testimony.services.archives import Archive
from testimony.storage import drafts, identities, inbox, register
from testimony.storage.drafts import DraftRow
from testimony.storage.inbox import InboxItem
from testimony.storage.objects import ObjectId
from testimony.storage.register import RegisterRow
from tests.services.conftest import Clock, People, archive, clock, founded_template, people

__all__ = ["archive", "clock", "founded_template", "people"]

OBJECT = ObjectId("0" * 32)


@pytest.fixture
def connection(people: People, archive: Archive, clock: Clock) -> Iterator[sa.Connection]:
    others = people["interviewer_b"]  # Signing in writes: done before the transaction that the test sits in.
    with people["interviewer"].work(clock()) as work:
        assert others.account.id != people["interviewer"].account.id
        yield work.connection


@pytest.fixture
def draft(people: People, connection: sa.Connection) -> DraftRow:
    row = DraftRow("a-draft", people["interviewer"].account.id, 1, b"sealed", "2026-03-02", "2026-03-02")
    drafts.insert_draft(connection, row)
    return row


@pytest.fixture
def registered(people: People, connection: sa.Connection) -> str:
    """The submission id of a row in the register."""
    row = RegisterRow(
        code="T-0000-00",
        submission_id="a-submission",
        case_id="CASE-1",
        state="sealed",
        language="eng",
        month=None,
        submitted_on="2026-03-02",
        interviewer_id=people["interviewer"].account.id,
        interpreter_id=None,
        risk=None,
    )
    register.insert_row(connection, row)
    return row.submission_id


def item(people: People, submission_id: str) -> InboxItem:
    return InboxItem(submission_id, "T-0000-00", people["interviewer"].account.id, "2026-03-02", b"sealed")


def test_a_draft_is_found_by_its_owner_alone(
    people: People, connection: sa.Connection, draft: DraftRow
) -> None:
    assert drafts.find_draft(connection, draft.draft_id, draft.owner_id) == draft
    assert drafts.find_draft(connection, draft.draft_id, people["interviewer_b"].account.id) is None


def test_of_two_saves_from_the_same_revision_one_is_kept(connection: sa.Connection, draft: DraftRow) -> None:
    first = drafts.replace_draft(connection, draft, b"first", "2026-03-03")
    second = drafts.replace_draft(connection, draft, b"second", "2026-03-03")

    kept = drafts.find_draft(connection, draft.draft_id, draft.owner_id)
    assert (first, second) == (True, False)
    assert kept is not None and (kept.revision, kept.sealed) == (2, b"first")


def test_a_deleted_draft_gives_up_its_objects(connection: sa.Connection, draft: DraftRow) -> None:
    drafts.claim_object(connection, draft.draft_id, OBJECT)
    claimed = drafts.draft_objects(connection)

    drafts.delete_draft(connection, draft.draft_id)

    assert claimed == frozenset({OBJECT})
    assert drafts.draft_objects(connection) == frozenset()
    assert drafts.drafts_of(connection, draft.owner_id) == ()


def test_an_object_is_claimed_for_a_draft_that_is_there(connection: sa.Connection) -> None:
    with pytest.raises(sa.exc.IntegrityError):
        drafts.claim_object(connection, "no such draft", OBJECT)


def test_the_inbox_holds_what_is_in_the_register(people: People, connection: sa.Connection) -> None:
    with pytest.raises(sa.exc.IntegrityError):
        inbox.insert_item(connection, item(people, "not registered"), ())


def test_an_item_leaves_the_inbox_with_its_claim_on_objects(
    people: People, connection: sa.Connection, registered: str
) -> None:
    inbox.insert_item(connection, item(people, registered), (OBJECT,))
    waiting, named = inbox.count_items(connection), inbox.inbox_objects(connection)

    inbox.delete_item(connection, registered)

    assert (waiting, named) == (1, frozenset({OBJECT}))
    assert inbox.count_items(connection) == 0
    assert inbox.inbox_objects(connection) == frozenset()


def test_one_testimony_has_one_identity_and_it_can_be_destroyed(
    connection: sa.Connection, registered: str
) -> None:
    identity = identities.SealedIdentity(registered, "T-0000-00", "2026-03-02", b"sealed")
    identities.insert_identity(connection, identity)
    with pytest.raises(sa.exc.IntegrityError):
        identities.insert_identity(connection, identity)

    identities.delete_identity(connection, "T-0000-00")

    assert identities.find_identity(connection, "T-0000-00") is None


@pytest.mark.parametrize(
    "row", [DraftRow("d", "o", 1, b"content", "", ""), InboxItem("s", "c", "i", "", b"content")]
)
def test_a_row_does_not_show_what_is_sealed_in_it(row: DraftRow | InboxItem) -> None:
    assert "content" not in repr(row)
