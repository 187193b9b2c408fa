"""What was withdrawn or redacted anew is nowhere that a search looks, at once (G5, G6; PEERS 1: deleted text was
still found in search and previews). The attacker has an account, or later the file and its key."""

from pathlib import Path
from random import Random

import pytest

from crypto.keys import database_key
from crypto.labels import Label as KeyLabel
from testimony.domain.purposes import Purpose
from testimony.services.finding import SearchPage, search
from testimony.services.search_requests import SearchRequest
from testimony.services.similar import similar
from testimony.storage import releases
from testimony.storage.compartments import Compartment
from testimony.storage.consents import DecisionRow
from tests.decrypting import decrypted
from tests.released_testimonies import Shelf, codes
from tests.services.conftest import Clock, People, archive, clock, founded_template, people

__all__ = ["archive", "clock", "founded_template", "people"]

NAMED = "They asked for Zebulon Quillonbrand near the granary; the granary burned, the poisoned wells stank."
KEPT = "They asked for [name withheld] near the granary; the granary burned, the poisoned wells stank."
OTHER = "The granary burned that night and the poisoned wells stank for weeks, as everybody told."
WAYS = ("quillonbrand", "Quillonbran*", "quillonbrand~", 'name:"Zebulon Quillonbrand"', '"asked for Zebulon"')


@pytest.fixture
def shelf(people: People, clock: Clock) -> Shelf:
    shelf = Shelf(people, clock, Random(5))
    shelf.grant(Purpose.CP07)
    return shelf


def look(shelf: Shelf, query: str) -> SearchPage:
    request = SearchRequest(query)
    return search(shelf.people["investigator"], request, Purpose.CP07, None, shelf.clock())


def near(shelf: Shelf, code: str) -> list[str]:
    found = similar(shelf.people["investigator"], code, Purpose.CP07, shelf.clock())
    return [hit.code for hit in found]


def redact_anew(shelf: Shelf, code: str) -> None:
    row = shelf.row_of(code)
    with shelf.people["reviewer"].work(shelf.clock()) as work:
        standing = releases.release_for(work.connection, code, "partner")
        assert standing is not None
        releases.retire_release(work.connection, standing.id)
    shelf.release(row, KEPT, number=2)


@pytest.mark.parametrize("query", WAYS)
def test_withdrawn_consent_takes_a_testimony_out_of_every_search_at_once(shelf: Shelf, query: str) -> None:
    code, other = shelf.put(NAMED), shelf.put(OTHER)
    assert codes(look(shelf, query)) == [code]
    assert near(shelf, other) == [code]

    shelf.decide(code, DecisionRow("CP07", "withdrawn"), status="partly_withdrawn")

    assert codes(look(shelf, query)) == []
    assert near(shelf, other) == []
    assert codes(look(shelf, "*")) == [other]
    # "Did you mean" names no word that stands in closed texts alone.
    assert look(shelf, "quillonbrant").suggestion is None


@pytest.mark.parametrize("query", WAYS)
def test_what_is_withheld_now_is_found_by_no_way_of_asking(shelf: Shelf, query: str) -> None:
    code = shelf.put(NAMED)
    assert codes(look(shelf, query)) == [code]
    assert look(shelf, "quillonbrant").suggestion

    redact_anew(shelf, code)

    assert codes(look(shelf, query)) == []
    assert look(shelf, "quillonbrant").suggestion is None
    shown = [piece.text for hit in look(shelf, "granary").hits for piece in hit.snippet]
    assert "uillon" not in "".join(shown)


def test_what_is_withheld_now_is_in_no_page_of_the_reading_room(shelf: Shelf) -> None:
    code = shelf.put(NAMED)
    reviewer = shelf.people["reviewer"]
    secret = reviewer.archive.secrets[Compartment.READING_ROOM]
    key = database_key(secret, KeyLabel.COMPARTMENT_DATABASE)
    room: Path = reviewer.archive.directory.file_of(Compartment.READING_ROOM)
    before = decrypted(room, key).lower()

    redact_anew(shelf, code)
    after = decrypted(room, key).lower()

    assert b"quillonbrand" in before
    assert b"granary" in after
    assert [word for word in (b"quillon", b"zebulon") if word in after] == []
