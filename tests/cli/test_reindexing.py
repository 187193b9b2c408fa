"""`testimony reindex`: one line that says what was done, and an exit code that scripts can go by."""

from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from testimony.cli import main
from testimony.services.archives import Archive
from testimony.storage.releases import INDEX
from tests.released_testimonies import Shelf
from tests.services.conftest import PASSWORD, Clock, People, archive, clock, founded_template, people

__all__ = ["archive", "clock", "founded_template", "people"]


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    file = tmp_path / "password"
    file.write_text(PASSWORD + "\n")
    return file


def reindex(archive: Archive, password_file: Path, who: str = "reviewer-1") -> Result:
    call = ["reindex", str(archive.directory.path), "--as", who, "--password-file", str(password_file)]
    return CliRunner().invoke(main, call)


def test_what_was_mended_is_said_and_the_second_run_finds_nothing(
    archive: Archive, people: People, clock: Clock, password_file: Path
) -> None:
    shelf = Shelf(people, clock, Random(5))
    for _ in range(3):
        shelf.put()
    with people["reviewer"].work(clock()) as work:
        for fault in (
            "DELETE FROM reading_room.search_fields WHERE document = 1",
            "INSERT INTO reading_room.search_documents VALUES (70, 'eng')",
        ):
            work.connection.execute(sa.text(fault))
    INDEX.forget()

    first = reindex(archive, password_file)
    second = reindex(archive, password_file)

    assert (first.exit_code, second.exit_code) == (0, 0), first.output
    originals = "0 originals, 0 entries mended, 0 removed; the index of originals is equal to the rows.\n"
    assert first.stdout == (
        f"3 testimonies, 1 entry mended, 1 removed; the index is equal to the rows.\n{originals}"
    )
    assert second.stdout == (
        f"3 testimonies, 0 entries mended, 0 removed; the index is equal to the rows.\n{originals}"
    )


def test_an_empty_archive_has_an_index_equal_to_it(archive: Archive, password_file: Path) -> None:
    result = reindex(archive, password_file)

    assert result.exit_code == 0
    assert result.stdout.startswith(
        "0 testimonies, 0 entries mended, 0 removed; the index is equal to the rows."
    )


@pytest.mark.parametrize("who", ["interviewer-1", "investigator-1", "auditor-1", "custodian-1"])
def test_only_a_reviewer_reindexes(archive: Archive, password_file: Path, who: str) -> None:
    result = reindex(archive, password_file, who)

    assert result.exit_code == 1
    assert "Not allowed" in result.stderr
