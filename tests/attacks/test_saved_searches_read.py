"""What somebody looks for is theirs alone (G4): not a colleague's, not a custodian's, not a thief's of the disk."""

from random import Random

import pytest
import sqlalchemy as sa

from crypto.errors import Tampered
from crypto.labels import Label
from crypto.sealing import SealingKey, open_sealed
from testimony.domain.purposes import Purpose
from testimony.services import saved_searches as service
from testimony.services.archives import Archive
from testimony.services.opening import sealing_key_of
from testimony.services.saved_searches import Notice, SavedSearch, news
from testimony.services.search_requests import SearchRequest
from testimony.storage.saved_searches import SAVED_SEARCHES, SavedSearchRow, saved_by
from tests.released_testimonies import Shelf
from tests.services.conftest import HANDLES, Clock, People, archive, clock, founded_template, people
from tests.traces import of_words, traces

__all__ = ["archive", "clock", "founded_template", "people"]

STUDY = Purpose.CP07
MARKED = ("zanzibarquadrille", "Ωκεανοῦβροντή")


@pytest.fixture
def shelf(people: People, clock: Clock) -> Shelf:
    shelf = Shelf(people, clock, Random(19))
    shelf.grant()
    shelf.grant(handle="investigator-2")
    return shelf


def keep(people: People, clock: Clock, who: str = "investigator", query: str = MARKED[0]) -> SavedSearch:
    request = SearchRequest(query, filters=(("case", MARKED[0]),))
    return service.save(people[who], request, f"{MARKED[0]} {MARKED[1]}", STUDY, clock())


def row_of(people: People, saved: SavedSearch, who: str = "investigator") -> SavedSearchRow:
    with people[who].reading() as connection:
        rows = saved_by(connection, people[who].account.id)
    return next(row for row in rows if row.saved_id == saved.id)


def change(people: People, saved: SavedSearch, **columns: object) -> None:
    """What anybody can do who opens the ledger, and every account does."""
    with people["interviewer"].work(people.clock()) as work:
        update = SAVED_SEARCHES.update().where(SAVED_SEARCHES.c.saved_id == saved.id)
        assert work.connection.execute(update.values(columns)).rowcount == 1


def test_a_row_that_is_moved_to_another_account_opens_for_nobody(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    kept = keep(people, clock)
    thief = people["investigator_b"]

    change(people, kept, owner_id=thief.account.id)

    assert service.saved(thief, clock()) == service.saved(people["investigator"], clock()) == ()
    assert service.unreadable(thief) == (kept.id,)
    with pytest.raises(Tampered):
        service.find_saved(thief, kept.id, clock())
    with pytest.raises(Tampered):
        service.mark_seen(thief, kept.id, clock())


def test_what_is_sealed_in_one_row_does_not_open_in_another(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    one, other = keep(people, clock), keep(people, clock, query="wells")
    sealed = row_of(people, one).sealed

    change(people, other, sealed=sealed)

    assert service.saved(people["investigator"], clock()) == (one,)
    assert service.unreadable(people["investigator"]) == (other.id,)
    with pytest.raises(Tampered):
        service.find_saved(people["investigator"], other.id, clock())


def test_a_row_that_does_not_open_takes_no_notice_of_the_others_away(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    broken = keep(people, clock)
    whole = service.save(people["investigator"], SearchRequest("wells"), "wells", STUDY, clock())
    sealed = row_of(people, broken).sealed
    shelf.put()

    change(people, broken, sealed=sealed[:-1] + bytes([sealed[-1] ^ 1]))

    assert service.saved(people["investigator"], clock()) == (whole,)
    assert news(people["investigator"], clock()) == (Notice(whole.id, 1),)
    service.forget(people["investigator"], broken.id, clock())
    assert service.unreadable(people["investigator"]) == ()


@pytest.mark.parametrize("who", [name for name in HANDLES if name != "investigator"])
def test_no_key_of_anybody_else_opens_it(shelf: Shelf, people: People, clock: Clock, who: str) -> None:
    """Neither their own key nor any compartment's that they hold, a custodian's included."""
    kept = keep(people, clock)
    row = row_of(people, kept)
    owner = people["investigator"].account.id
    context = f"{owner}/{kept.id}".encode()
    assert open_sealed(people["investigator"].keys.sealing, row.sealed, Label.SAVED_SEARCH, context)
    keys: list[SealingKey] = [people[who].keys.sealing]
    keys += [sealing_key_of(secret) for secret in people[who].archive.secrets.values()]

    for key in keys:
        with pytest.raises(Tampered):
            open_sealed(key, row.sealed, Label.SAVED_SEARCH, context)


def test_no_word_of_it_is_on_the_disk_in_clear(
    shelf: Shelf, people: People, clock: Clock, archive: Archive
) -> None:
    kept = keep(people, clock)
    shelf.put()
    news(people["investigator"], clock())
    service.mark_seen(people["investigator"], kept.id, clock())

    assert traces([archive.directory.path], of_words(MARKED)) == []
    service.forget(people["investigator"], kept.id, clock())
    assert traces([archive.directory.path], of_words(MARKED)) == []


def test_no_table_that_an_account_can_open_holds_a_word_of_it(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    kept = keep(people, clock)
    shelf.put()
    news(people["investigator"], clock())

    with people["reviewer"].reading() as connection:
        held = [
            value if isinstance(value, bytes) else str(value).encode()
            for schema in ("main", "vault", "reading_room")
            for (name,) in connection.execute(
                sa.text(f"SELECT name FROM {schema}.sqlite_schema WHERE type = 'table'")
            ).all()
            for row in connection.execute(sa.text(f'SELECT * FROM {schema}."{name}"'))
            for value in row
        ]
    assert kept.id.encode() in held
    assert [form for form in of_words(MARKED).values() if any(form in value for value in held)] == []


def test_a_row_says_nothing_but_whose_it_is_and_since_when(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    short, long = keep(people, clock, query="a"), keep(people, clock, query="b")
    columns = [column.name for column in SAVED_SEARCHES.columns]

    assert columns == ["saved_id", "owner_id", "sealed", "created_at"]
    assert len(row_of(people, short).sealed) == len(row_of(people, long).sealed)


def test_looking_at_it_does_not_show_from_outside_as_a_longer_row(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    kept = keep(people, clock)
    before = row_of(people, kept)
    shelf.put()

    service.mark_seen(people["investigator"], kept.id, clock())

    after = row_of(people, kept)
    assert after.sealed != before.sealed
    assert len(after.sealed) == len(before.sealed)
