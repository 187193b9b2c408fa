"""Tables of codings and places: made in an archive of the version before, and strict about what they take."""

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory

from testimony.domain.places import PlaceId, PlaceLevel
from testimony.storage import migrating
from testimony.storage.compartments import Compartment
from testimony.storage.countries import countries
from testimony.storage.directory import ArchiveDirectory
from testimony.storage.places import levels, named, paths
from tests.coded_accounts import STUDY, coding, put_act
from tests.released_testimonies import Shelf
from tests.services.conftest import Clock, People, archive, clock, founded_template, people
from tests.storage.test_migrations import SECRET, opened

__all__ = ["archive", "clock", "founded_template", "people"]

RELEASE = {
    "id": 7,
    "code": "T-0000-00",
    "audience": "partner",
    "rank": 1,
    "number": 1,
    "language": "eng",
    "month": "2025-11",
    "case_id": "CASE-1",
    "text": "They took the goats.",
    "text_sha256": "00",
    "withheld": "{}",
    "warning": "CW00",
    "hides_named_details": 0,
    "residual_checked": 1,
    "current": 1,
    "released_at": "2026-01-01T00:00:00.000+00:00",
    "redactor_id": "a",
    "approver_id": "b",
    "releaser_id": "b",
    "statement": b"",
    "signature": b"",
}


@pytest.fixture
def old_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ArchiveDirectory:
    """A reading room as the version before made it, with one release in it."""
    directory = ArchiveDirectory(tmp_path / "archive")
    directory.create()
    with monkeypatch.context() as before:
        before.setattr(
            migrating, "_script", lambda compartment: Until(migrating._MIGRATIONS / compartment.value)
        )
        migrating.upgrade(directory, Compartment.READING_ROOM, SECRET)
    connection = opened(directory.file_of(Compartment.READING_ROOM))
    names = ", ".join(RELEASE)
    marks = ", ".join("?" for _ in RELEASE)
    connection.execute(
        f"INSERT INTO releases ({names}) VALUES ({marks})", tuple(RELEASE.values())
    )  # our own names
    connection.commit()
    connection.close()
    return directory


class Until(ScriptDirectory):
    """The revisions as they were before there was any coding."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))

    def get_current_head(self) -> str | None:
        return "reading_room_0001"

    def _upgrade_revs(self, destination: str, current_rev: str) -> Any:
        return super()._upgrade_revs("reading_room_0001", current_rev)


def test_an_archive_of_the_version_before_gets_the_tables_and_keeps_its_releases(
    old_archive: ArchiveDirectory,
) -> None:
    path = old_archive.file_of(Compartment.READING_ROOM)
    assert "coded_acts" not in tables_of(path)

    migrating.upgrade(old_archive, Compartment.READING_ROOM, SECRET)

    assert {"coded_acts", "coded_account_types", "places", "place_names"} <= tables_of(path)
    connection = opened(path)
    assert connection.execute("SELECT id, text FROM releases").fetchall() == [(7, "They took the goats.")]
    connection.execute(
        "INSERT INTO coded_account_types (code, release_id, types, coder, coded_on) "
        "VALUES ('T-0000-00', 7, ',AT01,', 'c', '2026-01-02')"
    )


def tables_of(path: Path) -> set[str]:
    rows = opened(path).execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
    return {name for (name,) in rows}


@pytest.fixture
def connection(people: People, clock: Clock) -> Iterator[sa.Connection]:
    """An archive with one act in it."""
    shelf = Shelf(people, clock, Random(3))
    shelf.grant()
    put_act(people["investigator"], shelf.put(), clock, coding(place=PlaceId("ML")), source=STUDY)
    with people["reviewer"].reading() as reading:
        yield reading


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE reading_room.coded_acts SET passage_end = NULL",
        "UPDATE reading_room.coded_acts SET passage_end = passage_start",
        "UPDATE reading_room.coded_acts SET victims_min = 5, victims_max = 4",
        "UPDATE reading_room.coded_acts SET involvement = 'IN01'",
        "UPDATE reading_room.coded_acts SET withdrawn_on = '2026-01-01'",
        "UPDATE reading_room.coded_acts SET in_custody = 2",
        "UPDATE reading_room.coded_acts SET place_id = 'nowhere'",
        "UPDATE reading_room.coded_acts SET release_id = 99",
        "UPDATE reading_room.coded_acts SET replaces = 'nothing'",
        "UPDATE reading_room.coded_acts SET victims_min = 'many'",
        "UPDATE reading_room.places SET level = 'PL9'",
        "UPDATE reading_room.places SET parent = 'ML'",
        "DELETE FROM reading_room.places",
    ],
)
def test_what_makes_no_sense_is_no_row(connection: sa.Connection, change: str) -> None:
    with pytest.raises(sa.exc.DatabaseError):
        connection.exec_driver_sql(change)


def test_a_new_archive_knows_every_country_in_every_language_of_the_pages(people: People) -> None:
    with people["reviewer"].reading() as reading:
        found = [place.id for place in named(reading, "maurit", PlaceLevel.COUNTRY, 5)]
        (mali,) = paths(reading, ["ML"])[PlaceId("ML")]
        known = levels(reading, ["ML", "nowhere"])

    assert {"MR", "MU"} <= set(found)
    assert [mali.name(language) for language in ("eng", "fra", "arb")] == ["Mali", "Mali", "مالي"]
    assert known == {"ML": PlaceLevel.COUNTRY}
    assert all(len(place.names) == 3 for place in countries().values())
