"""The index of originals stands and falls with their rows, down to the pages of the file."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from search.access import Access
from search.queries import parse
from search.results import PageRequest
from testimony.services.archives import Archive
from testimony.services.checking import check
from testimony.storage import originals, originals_index
from testimony.storage.compartments import Compartment
from testimony.storage.originals import ORIGINALS, VERSIONS, TextVersion
from tests.originals_room import OriginalsRoom
from tests.properties.test_releases_hide_what_is_withheld import decrypted
from tests.services.conftest import Clock, People, archive, clock, founded_template, people

__all__ = ["archive", "clock", "founded_template", "people"]

TELLING = "Zebulonwell burned; Oumarou Quixanthe ran to the riverbank of Narjabeel. " * 8
TRACES = (b"ebulonwel", b"uixanth", b"uixant", b"arjabee", b"riverbank")


@pytest.fixture
def room(people: People, clock: Clock) -> OriginalsRoom:
    return OriginalsRoom(people, clock)


def vault_bytes(people: People, archive: Archive) -> bytes:
    return decrypted(
        archive.directory.file_of(Compartment.VAULT),
        people["reviewer"].archive.secret(Compartment.VAULT),
    )


def found(connection: sa.Connection, query: str) -> set[int]:
    page = originals_index.INDEX.search(
        connection,
        parse(query, originals_index.FIELDS),
        Access("o.id IS NOT NULL", {}, "JOIN vault.original_documents o ON o.id = doc.id"),
        PageRequest(size=100),
    )
    return {hit.id for hit in page.hits}


def forget(connection: sa.Connection, code: str) -> None:
    """As an erasure will: the index first, since its numbers name the rows."""
    originals_index.remove_original(connection, code)
    connection.execute(VERSIONS.delete().where(VERSIONS.c.code == code))
    connection.execute(ORIGINALS.delete().where(ORIGINALS.c.code == code))


def test_a_forgotten_original_is_in_no_page_of_the_vault(
    room: OriginalsRoom, people: People, archive: Archive
) -> None:
    for number in range(40):
        room.put(f"A quiet village, number {number}, told of wells and of rain.")
    code = room.put(TELLING)
    before = vault_bytes(people, archive)

    with people["reviewer"].work(room.clock()) as work:
        forget(work.connection, code)
    after = vault_bytes(people, archive)

    assert [trace for trace in (*TRACES, code.encode()) if trace not in before] == []
    assert [trace for trace in (*TRACES, code.encode()) if trace in after] == []
    with people["reviewer"].reading() as connection:
        words = connection.exec_driver_sql("SELECT term FROM vault.search_vocabulary").scalars().all()
        assert found(connection, "zebulonwell OR zeb* OR narjabeel~") == set()
        assert originals_index.count_differences(connection) == 0
    assert [word for word in words if "ebulon" in word or "arjabe" in word] == []


def test_what_is_forgotten_in_a_transaction_that_fails_is_still_there(
    room: OriginalsRoom, people: People
) -> None:
    code = room.put(TELLING)

    with pytest.raises(RuntimeError), people["reviewer"].work(room.clock()) as work:
        forget(work.connection, code)
        assert found(work.connection, "zebulonwell") == set()
        raise RuntimeError

    with people["reviewer"].reading() as connection:
        assert len(found(connection, "zebulonwell")) == 1


def test_every_version_of_a_text_is_a_document_of_its_own(room: OriginalsRoom, people: People) -> None:
    code = room.put(TELLING)
    translated = TextVersion(
        code, 2, "translation", "fra", "Le puits a brûlé.", 4, "0" * 64, "a-translator", "2026-03-02"
    )

    with people["reviewer"].work(room.clock()) as work:
        work.connection.execute(
            VERSIONS.insert(), {c.name: getattr(translated, c.name) for c in VERSIONS.columns}
        )
        originals_index.put_version(work.connection, code, 2)
        originals_index.put_version(work.connection, code, 2)

    with people["reviewer"].reading() as connection:
        both = found(connection, f"code:{code}")
        (french,) = found(connection, "brûler language:fra")
        rows = originals_index.found_versions(connection, sorted(both))
        newest = originals.newest_version(connection, code)
    assert len(both) == 2
    assert (rows[french].version_no, rows[french].kind) == (2, "translation")
    assert newest is not None and newest.version_no == 2


def test_a_text_is_kept_once(room: OriginalsRoom, people: People) -> None:
    room.put(TELLING)

    with people["reviewer"].reading() as connection:
        copies = connection.exec_driver_sql("SELECT count(*) FROM vault.search_originals").scalar_one()

    assert copies == 0


def test_an_entry_that_is_not_what_its_text_says_is_found_by_the_check(
    room: OriginalsRoom, people: People
) -> None:
    room.put(TELLING)
    assert check(people["reviewer"], room.clock()) == ()

    with people["reviewer"].work(room.clock()) as work:
        work.connection.exec_driver_sql("UPDATE vault.search_text SET exact = 'another text'")

    findings = check(people["reviewer"], room.clock())
    assert ("index_differs", "vault.db") in [(one.what, one.where) for one in findings]


def test_the_vault_lies_on_the_disk_without_a_word_of_its_index(
    room: OriginalsRoom, archive: Archive
) -> None:
    room.put(TELLING)

    held = b"".join(path.read_bytes() for path in Path(archive.directory.path).rglob("*") if path.is_file())

    assert len(held) > 100_000
    assert [trace for trace in TRACES if trace in held] == []
