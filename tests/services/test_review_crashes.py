"""Whatever stops a step of the review between two of its writes, the archive is as it was before the step."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import pytest
import sqlalchemy as sa

from testimony.domain.purposes import Audience
from testimony.services.approving import Tick, approve, compare, propose, read_alone, send_back
from testimony.services.mark_acts import undo
from testimony.services.receiving import receive_inbox
from testimony.services.redacting import mark_everywhere
from testimony.services.releasing import release
from testimony.services.taking import take
from testimony.storage.schema import LEDGER, READING_ROOM, VAULT
from tests.review_room import (
    accept_all,
    approved,
    handed_in,
    marks,
    received,
    released,
    taken,
    turn,
    withhold,
)
from tests.services.conftest import Clock, People

MOST_WRITES = 200
INDEX_TABLES = ("search_documents", "search_originals", "search_fields", "search_text")


class PowerCut(Exception):
    """The process ends here."""


@contextmanager
def power_cut_before(write: int) -> Iterator[None]:
    """Stop just before the n-th statement, from 0, that writes."""
    seen = 0

    def count(
        _connection: object,
        _cursor: object,
        statement: str,
        _parameters: object,
        _context: object,
        _many: object,
    ) -> None:
        nonlocal seen
        if statement.lstrip()[:6].upper() in ("INSERT", "UPDATE", "DELETE"):
            if seen == write:
                raise PowerCut
            seen += 1

    sa.event.listen(sa.Engine, "before_cursor_execute", count)
    try:
        yield
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", count)


def everything(people: People) -> dict[str, list[str]]:
    """Every row of the three files, the index and the log included."""
    with people["reviewer"].reading() as connection:
        found = {
            table.fullname: sorted(map(repr, connection.execute(table.select())))
            for schema in (LEDGER, VAULT, READING_ROOM)
            for table in schema.tables.values()
        }
        for name in INDEX_TABLES:
            index = sa.table(name, schema="reading_room")
            found[name] = sorted(map(repr, connection.execute(sa.select(sa.text("*")).select_from(index))))
    return found


def receiving(people: People, clock: Clock) -> Callable[[], object]:
    handed_in(people["interviewer"], clock())
    return partial(receive_inbox, people["reviewer"], clock())


def taking(people: People, clock: Clock) -> Callable[[], object]:
    code = received(people["interviewer"], people["reviewer"], clock())
    return partial(take, people["reviewer"], code, clock())


def marking(people: People, clock: Clock) -> Callable[[], object]:
    reviewer = people["reviewer"]
    code = taken(people["interviewer"], reviewer, clock(), protect=())
    withhold(reviewer, code, ["Inekar"], clock())
    return partial(mark_everywhere, reviewer, turn(reviewer, code), marks(reviewer, code)[0].mark_id, clock())


def undoing(people: People, clock: Clock) -> Callable[[], object]:
    reviewer = people["reviewer"]
    code = ready(people, clock)
    approved(reviewer, people["reviewer_b"], code, clock())
    return partial(undo, reviewer, turn(reviewer, code), clock())


def ready(people: People, clock: Clock) -> str:
    code = taken(people["interviewer"], people["reviewer"], clock())
    accept_all(people["reviewer"], code, clock())
    return code


def proposing(people: People, clock: Clock) -> Callable[[], object]:
    code = ready(people, clock)
    propose(people["reviewer"], turn(people["reviewer"], code), Audience.PARTNER, clock())
    return partial(propose, people["reviewer"], turn(people["reviewer"], code), Audience.PARTNER, clock())


def looked_at(people: People, clock: Clock) -> tuple[str, frozenset[Tick]]:
    code = ready(people, clock)
    set_id = propose(people["reviewer"], turn(people["reviewer"], code), Audience.PARTNER, clock())
    compare(people["reviewer_b"], set_id, clock())
    return set_id, frozenset(read_alone(people["reviewer_b"], set_id, clock()).needed)


def approving(people: People, clock: Clock) -> Callable[[], object]:
    set_id, needed = looked_at(people, clock)
    return partial(approve, people["reviewer_b"], set_id, needed, clock())


def sending_back(people: People, clock: Clock) -> Callable[[], object]:
    set_id, _ = looked_at(people, clock)
    return partial(send_back, people["reviewer_b"], set_id, "Look again.", clock())


def releasing(people: People, clock: Clock) -> Callable[[], object]:
    code = ready(people, clock)
    approved(people["reviewer"], people["reviewer_b"], code, clock())
    return partial(release, people["reviewer"], code, Audience.PARTNER, clock())


def releasing_again(people: People, clock: Clock) -> Callable[[], object]:
    code, _ = released(people["interviewer"], people["reviewer"], people["reviewer_b"], clock())
    withhold(people["reviewer"], code, ["lorries"], clock())
    approved(people["reviewer"], people["reviewer_b"], code, clock())
    return partial(release, people["reviewer_b"], code, Audience.PARTNER, clock())


@pytest.mark.parametrize(
    "prepare",
    [
        receiving,
        taking,
        marking,
        undoing,
        proposing,
        approving,
        sending_back,
        releasing,
        releasing_again,
    ],
)
def test_a_step_is_done_whole_or_not_at_all(
    people: People, clock: Clock, prepare: Callable[[People, Clock], Callable[[], object]]
) -> None:
    step = prepare(people, clock)
    before = everything(people)
    cuts = 0

    for write in range(MOST_WRITES):
        try:
            with power_cut_before(write):
                step()
        except PowerCut:
            cuts += 1
            assert everything(people) == before
        else:
            break

    assert 2 < cuts < MOST_WRITES
    assert everything(people) != before
