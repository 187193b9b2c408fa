"""Making the index anew from rows, while others work: what differs is mended, what is stale goes, and it is equal."""

from collections.abc import Callable
from contextlib import ExitStack
from itertools import islice
from random import Random

import pytest
import sqlalchemy as sa

from search import mending
from testimony.domain.errors import Refused
from testimony.services.checking import check
from testimony.services.importing_redacted import ATTESTED, import_redacted
from testimony.services.redacted_rows import Pair
from testimony.services.reindexing import Progress, fill, reindex
from testimony.services.sessions import Session
from testimony.storage import files, originals_index, releases
from testimony.storage.compartments import Compartment
from testimony.storage.releases import INDEX
from tests.deaths import next_process
from tests.redacted_rows import TEXT, brought, lines, row
from tests.released_testimonies import Shelf, codes, leaf, look
from tests.services.conftest import Clock, People


@pytest.fixture
def shelf(people: People, clock: Clock) -> Shelf:
    shelf = Shelf(people, clock, Random(11))
    for number in range(7):
        shelf.put(f"They poisoned the wells before the rain, at hour {number}.")
    shelf.grant()
    return shelf


def run(shelf: Shelf, *statements: str) -> None:
    """What a fault, or somebody with the file and the key, may have done to the index."""
    with shelf.people["reviewer"].work(shelf.clock()) as work:
        for statement in statements:
            work.connection.execute(sa.text(statement))
    INDEX.forget()
    originals_index.INDEX.forget()


def rebuilt(shelf: Shelf, compartment: Compartment = Compartment.READING_ROOM) -> Progress:
    said = reindex(shelf.people["reviewer"], shelf.clock())
    return [each for each in said if each.compartment is compartment][-1]


def test_an_index_that_is_right_is_compared_and_left_as_it_is(shelf: Shelf) -> None:
    result = rebuilt(shelf)

    assert (result.testimonies, result.mended, result.removed, result.equal) == (7, 0, 0, True)


@pytest.mark.parametrize(
    ("fault", "mended", "removed"),
    [
        ("DELETE FROM reading_room.search_documents WHERE id = 3", 1, 0),
        ("DELETE FROM reading_room.search_fields WHERE document = 3 AND name = 'case'", 1, 0),
        ("UPDATE reading_room.search_fields SET value = 'CASE-2' WHERE document = 3 AND name = 'case'", 1, 0),
        ("UPDATE reading_room.search_text SET exact = 'nothing' WHERE rowid IN (2, 5)", 2, 0),
        ("DELETE FROM reading_room.search_text WHERE rowid = 1", 1, 0),
        ("INSERT INTO reading_room.search_labels VALUES (4, 'Pillage', 'eng')", 1, 0),
        ("INSERT INTO reading_room.search_documents VALUES (99, 'eng')", 0, 1),
        ("INSERT INTO reading_room.search_labels VALUES (99, 'Pillage', 'eng')", 0, 1),
        ("INSERT INTO reading_room.search_terms VALUES ('exact', 'oldenbeck')", 0, 1),
        ("DELETE FROM reading_room.search_terms WHERE term = 'wells'", 7, 0),
        (
            "INSERT INTO reading_room.search_text (rowid, exact, stem, name, label) VALUES (99, 'a', '', '', '')",
            0,
            1,
        ),
        ("UPDATE reading_room.search_documents SET language = 'fra' WHERE id < 8", 7, 0),
    ],
)
def test_what_differs_from_the_rows_is_mended(shelf: Shelf, fault: str, mended: int, removed: int) -> None:
    run(shelf, fault)

    result = rebuilt(shelf)

    assert (result.mended, result.removed, result.equal) == (mended, removed, True)
    assert look(shelf.people, shelf.clock).total == 7
    assert rebuilt(shelf).mended == 0


def test_a_release_that_was_replaced_leaves_the_index_if_it_was_still_there(shelf: Shelf) -> None:
    with shelf.people["reviewer"].reading() as connection:
        replaced = releases.documents_after(connection, 2, 1)[0]
    with shelf.people["reviewer"].work(shelf.clock()) as work:
        releases.retire_release(work.connection, replaced.id)
        INDEX.put(work.connection, replaced)

    result = rebuilt(shelf)

    assert (result.testimonies, result.mended, result.removed, result.equal) == (6, 0, 1, True)
    assert replaced.fields["code"][0] not in codes(look(shelf.people, shelf.clock))


def test_an_index_that_is_broken_inside_is_made_anew(shelf: Shelf) -> None:
    run(shelf, "UPDATE reading_room.search_text_data SET block = zeroblob(40) WHERE id > 10")

    result = rebuilt(shelf)

    assert (result.mended, result.equal) == (7, True)
    assert look(shelf.people, shelf.clock).total == 7
    assert check(shelf.people["reviewer"], shelf.clock()) == ()


def test_an_index_of_many_pages_is_rebuilt_page_by_page(shelf: Shelf) -> None:
    run(
        shelf,
        "DELETE FROM reading_room.search_documents WHERE id IN (1, 4, 7)",
        "INSERT INTO reading_room.search_documents VALUES (900, 'eng')",
    )

    steps = reindex(shelf.people["reviewer"], shelf.clock(), page=2)
    said = [each for each in steps if each.compartment is Compartment.READING_ROOM]

    assert (said[-1].mended, said[-1].removed, said[-1].equal) == (3, 1, True)
    assert [progress.done for progress in said] == sorted(progress.done for progress in said)
    assert said[-1].done == said[-1].total == 14


@pytest.mark.parametrize(
    "meanwhile",
    [
        lambda shelf: shelf.put("A new one was released, at the wells."),
        lambda shelf: shelf.change(codes(look(shelf.people, shelf.clock))[0], attachments=2),
    ],
    ids=["released", "changed"],
)
def test_others_go_on_meanwhile(shelf: Shelf, meanwhile: Callable[[Shelf], object]) -> None:
    run(shelf, "DELETE FROM reading_room.search_documents")
    going = reindex(shelf.people["reviewer"], shelf.clock(), page=2)
    next(going)
    next(going)

    meanwhile(shelf)
    list(going)

    assert rebuilt(shelf).equal is True
    assert look(shelf.people, shelf.clock).total >= 7


def test_a_rebuilding_that_stops_is_gone_on_with(shelf: Shelf) -> None:
    run(shelf, "DELETE FROM reading_room.search_documents")
    list(islice(reindex(shelf.people["reviewer"], shelf.clock(), page=2), 2))

    result = rebuilt(shelf)

    assert (result.mended, result.equal) == (3, True)


def test_each_step_is_in_the_log_without_a_word_of_content(shelf: Shelf) -> None:
    run(shelf, "DELETE FROM reading_room.search_documents WHERE id = 2")

    rebuilt(shelf)

    assert [(leaf(entry)["fields"], leaf(entry)["count"]) for entry in shelf.entries(4)] == [
        (["reindex-started"], None),
        (["index-mended", "reading_room"], 1),
        (["reindexed", "reading_room"], 1),
        (["reindexed", "vault"], 0),
    ]


@pytest.mark.parametrize("who", ["interviewer", "investigator", "auditor", "custodian"])
def test_only_a_reviewer_rebuilds(shelf: Shelf, who: str) -> None:
    with pytest.raises(Refused):
        next(reindex(shelf.people[who], shelf.clock()))


def test_an_index_that_an_upgrade_left_empty_is_filled_by_whoever_holds_the_key(shelf: Shelf) -> None:
    look(shelf.people, shelf.clock)
    with shelf.people["reviewer"].work(shelf.clock()) as work:
        mending.empty(work.connection, INDEX)
    assert look(shelf.people, shelf.clock).total == 0

    fill(shelf.people["investigator"], shelf.clock())

    assert look(shelf.people, shelf.clock).total == 7
    assert rebuilt(shelf).mended == 0


def test_after_an_upgrade_the_first_sign_in_fills_what_it_left_empty(shelf: Shelf) -> None:
    with shelf.people["reviewer"].work(shelf.clock()) as work:
        mending.empty(work.connection, INDEX)
    assert "investigator" not in shelf.people.sessions

    assert look(shelf.people, shelf.clock).total == 7


def test_an_index_that_is_broken_inside_keeps_nobody_out(shelf: Shelf) -> None:
    run(
        shelf,
        "DELETE FROM reading_room.search_documents WHERE id = 2",
        "UPDATE reading_room.search_text_data SET block = zeroblob(40) WHERE id > 10",
    )

    assert shelf.people["investigator"].account.handle == "investigator-1"
    assert rebuilt(shelf).equal


def test_filling_leaves_an_index_alone_that_lacks_nothing(shelf: Shelf) -> None:
    before = shelf.entries(1)

    fill(shelf.people["reviewer"], shelf.clock())
    fill(shelf.people["interviewer"], shelf.clock())

    assert shelf.entries(1)[0].seq <= before[0].seq + 1  # the sign-in of the interviewer alone


def test_an_index_that_another_process_wrote_to_is_not_called_damaged(people: People, clock: Clock) -> None:
    """FTS5 compares what a connection remembers of an index with what lies there, unless it is made to look again."""
    rows = lines(*(row(f"field-{n}", text=f"{TEXT} Number {n}.") for n in range(40)))
    brought(people, clock, rows[:20])
    assert check(people["reviewer"], clock()) == ()
    second = people["reviewer_b"]
    with next_process(people["reviewer"]) as first:
        approver = Session(second.account, second.keys, first.archive, second.opened_at, second.seen_at)
        list(import_redacted(Pair(first, approver), rows[20:], ATTESTED, clock))

    with ExitStack() as opened:
        # The one that wrote the first rows is among them.
        connections = [opened.enter_context(people["reviewer"].reading()) for _ in range(4)]
        assert all(files.is_sound(each, Compartment.READING_ROOM) for each in connections)
        assert all(mending.is_sound(each, INDEX) for each in connections)


@pytest.mark.parametrize(
    ("fault", "mended", "removed"),
    [
        ("DELETE FROM vault.search_fields WHERE document = 2", 1, 0),
        ("DELETE FROM vault.original_documents WHERE id = 2", 1, 1),
        ("INSERT INTO vault.search_documents VALUES (50, 'eng')", 0, 1),
        ("UPDATE vault.search_text_data SET block = zeroblob(40) WHERE id > 10", 3, 0),
    ],
)
def test_the_index_of_originals_is_mended_as_well(
    people: People, clock: Clock, fault: str, mended: int, removed: int
) -> None:
    brought(people, clock, lines(*(row(f"field-{n}", text=f"{TEXT} Number {n}.") for n in range(3))))
    shelf = Shelf(people, clock, Random(1))
    run(shelf, fault)

    result = rebuilt(shelf, Compartment.VAULT)

    assert (result.testimonies, result.mended, result.removed, result.equal) == (3, mended, removed, True)
    assert check(people["reviewer"], clock()) == ()
