"""Ways round the gate of the finding room: forged grants and releases, hostile queries, a lost log, the disk."""

from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa

from crypto.labels import Label
from search.errors import QueryTooCostly
from testimony.domain.audit import Action, DenyReason
from testimony.domain.errors import IntegrityFailed, Refused
from testimony.domain.purposes import Purpose
from testimony.services.archives import Archive
from testimony.services.certificates import sign_statement
from testimony.services.finding import search
from testimony.services.reading import read_release
from testimony.services.search_requests import SearchRequest
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.grants import GRANTS, GrantRow, insert_grant
from testimony.storage.releases import RELEASES
from tests.released_testimonies import Shelf, open_shelf
from tests.services.conftest import Clock, People, archive, clock, founded_template, people

__all__ = ["archive", "clock", "founded_template", "people"]

STUDY = Purpose.CP07
MARKED = "zanzibarquadrille"
"""A word that stands nowhere else: what is looked for on the disk."""


@pytest.fixture
def shelf(people: People, clock: Clock) -> Shelf:
    return Shelf(people, clock, Random(11))


def total(people: People, clock: Clock, name: str = "investigator") -> int:
    return search(people[name], SearchRequest("wells"), STUDY, None, clock()).total


def test_a_grant_that_an_investigator_signed_for_themselves_opens_nothing(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    code = shelf.put()
    given = shelf.grant(handle="investigator-2")
    me = people["investigator"]
    document = {**given.to_document(), "account": me.account.id, "id": "forged"}
    forged = sign_statement(document, me.account.id, me.keys.signing, Label.GRANT)

    with me.work(clock()) as work:
        insert_grant(work.connection, GrantRow("forged", me.account.id, "CASE-1", forged, None))

    assert total(people, clock, "investigator_b") == 1
    with pytest.raises(Refused):
        total(people, clock)
    with pytest.raises(Refused):
        read_release(me, code, STUDY, clock())


def test_a_row_that_points_a_genuine_grant_at_another_account_opens_nothing(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    shelf.put()
    given = shelf.grant(handle="investigator-2")
    me = people["investigator"].account.id

    with people["investigator"].work(clock()) as work:
        work.connection.execute(GRANTS.update().values(account_id=me))

    assert given.account_id != me
    with pytest.raises(Refused):
        total(people, clock)


def test_a_genuine_grant_with_a_longer_life_written_into_it_opens_nothing(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    shelf.put()
    given = shelf.grant(days=2)
    clock.forward(days=3)
    with people["investigator"].work(clock()) as work:
        row = work.connection.execute(GRANTS.select()).one()
        longer = row.statement.replace(given.valid_until.isoformat().encode(), b"2026-04-01T09:00:00+00:00")
        work.connection.execute(GRANTS.update().values(statement=longer))
    assert longer != row.statement

    with pytest.raises(Refused):
        total(people, clock)


def test_the_session_of_another_investigator_finds_nothing_with_my_grant(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    code = shelf.put()
    shelf.grant()

    assert total(people, clock) == 1
    with pytest.raises(Refused):
        total(people, clock, "investigator_b")
    with pytest.raises(Refused):
        read_release(people["investigator_b"], code, STUDY, clock())


def test_a_released_text_that_was_changed_on_disk_is_not_shown(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    code = shelf.put()
    shelf.grant()
    with people["reviewer"].work(clock()) as work:
        work.connection.execute(RELEASES.update().values(text="They never came."))

    with pytest.raises(IntegrityFailed):
        read_release(people["investigator"], code, STUDY, clock())

    entry = shelf.entries(1)[0]
    assert entry.action == Action.DENIED
    assert DenyReason.INTEGRITY_FAILED.encode() in entry.leaf


def test_a_release_that_no_reviewer_signed_is_not_shown(shelf: Shelf, people: People, clock: Clock) -> None:
    code = shelf.put()
    shelf.grant()
    with people["reviewer"].work(clock()) as work:
        work.connection.execute(RELEASES.update().values(signature=b"\0" * 3373))

    with pytest.raises(IntegrityFailed):
        read_release(people["investigator"], code, STUDY, clock())


def test_when_the_log_cannot_be_written_nothing_is_shown(shelf: Shelf, people: People, clock: Clock) -> None:
    code = shelf.put()
    shelf.grant()
    me = people["investigator"]
    with me.work(clock()) as work:
        work.connection.execute(
            sa.text(
                "CREATE TRIGGER no_more BEFORE INSERT ON log_entries BEGIN SELECT RAISE(ABORT, 'full'); END"
            )
        )

    with pytest.raises(ArchiveDamaged):
        total(people, clock)
    with pytest.raises(ArchiveDamaged):
        read_release(me, code, STUDY, clock())


HOSTILE = (
    "' OR 1=1 --",
    "'; DROP TABLE releases; --",
    '") OR l.current = 0 OR ("',
    "wells' UNION SELECT text FROM vault.originals --",
    ":gate_account :search_match ? ?1 @x $y",
    '"unclosed',
    "((((((((((",
    "NOT NOT NOT NOT",
    "AND OR NOT",
    "*",
    "a*",
    "?????????",
    "~~~~9999999999",
    "wells^99999999999999999999",
    "month:[2025 TO",
    "month:{]",
    "code:T-* case:*",
    "name:",
    "text:exact:stem:wells",
    "{exact stem} : wells",
    "NEAR(wells rain, 5)",
    "^wells + rain - \\ / . ..",
    "\x00\x01\x02wells\x7f",
    "\ud800 half a character",
    "\u202e sllew \u202c \u200b\u200d\ufeff",
    "e\u0301" * 200,
    "Ω≈ç√∫˜µ≤≥÷ 社會科學院語學研究所 ゜・。。・゜",
    "الكل في المجمو عة (5)",
    "👾 🙇 💁 🙅 🙆 👩🏽‍🚒",
    "<script>alert(1)</script>",
    "{{ 7*7 }} ${7*7} %s %n %d",
    "../../../../etc/passwd",
    "wells OR " * 60,
    "-" * 1999,
    "x" * 100_000,
)


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_a_hostile_query_finds_nothing_that_is_closed_and_breaks_nothing(
    mixed_shelf: tuple[Shelf, str], number: int
) -> None:
    shelf, open_code = mixed_shelf

    try:
        page = search(
            shelf.people["investigator"], SearchRequest(HOSTILE[number]), STUDY, None, shelf.clock()
        )
    except QueryTooCostly:
        return

    assert {hit.code for hit in page.hits} <= {open_code}
    assert page.total <= 1


@pytest.fixture(scope="module")
def mixed_shelf(founded_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Shelf, str]:
    """One testimony that may be found, one that may not, and the code of the first."""
    shelf = open_shelf(founded_template, tmp_path_factory.mktemp("hostile") / "archive", 13)
    open_code = shelf.put()
    shelf.put("The wells, the rain and everything else.", register={"quarantined": 1})
    shelf.grant()
    return shelf, open_code


def test_no_word_of_a_query_or_of_what_it_found_is_on_the_disk_in_clear(
    shelf: Shelf, people: People, clock: Clock, archive: Archive
) -> None:
    code = shelf.put(f"They asked for the {MARKED} again.")
    shelf.grant()

    found = search(people["investigator"], SearchRequest(f"{MARKED} OR {MARKED}s"), STUDY, None, clock())
    read_release(people["investigator"], code, STUDY, clock())

    assert found.total == 1
    held = b"".join(path.read_bytes() for path in archive.directory.path.rglob("*") if path.is_file())
    assert len(held) > 100_000
    assert MARKED.encode() not in held
    assert MARKED.encode("utf-16-le") not in held


def test_the_words_of_a_query_are_in_no_table_that_investigators_can_open(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    shelf.put()
    shelf.grant()
    me = people["investigator"]

    search(me, SearchRequest(MARKED), STUDY, None, clock())

    with me.reading() as connection:
        kept = [
            str(value).casefold()
            for schema in ("main", "reading_room")
            for (name,) in connection.execute(
                sa.text(f"SELECT name FROM {schema}.sqlite_schema WHERE type = 'table'")
            ).all()
            for row in connection.execute(sa.text(f'SELECT * FROM {schema}."{name}"'))
            for value in row
        ]
    assert len(kept) > 100
    assert not [value for value in kept if MARKED in value]
