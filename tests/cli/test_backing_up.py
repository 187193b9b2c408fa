"""Backup and restore on the command line, for whoever runs the machine."""

import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from testimony.cli import main
from testimony.storage.backup_notes import last_rehearsal, notes_file
from testimony.storage.directory import ArchiveDirectory
from tests.services.conftest import founded_template

__all__ = ["founded_template"]


def run(*call: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in call])


@pytest.fixture
def path(founded_template: Path, tmp_path: Path) -> Path:
    shutil.copytree(founded_template, tmp_path / "archive")
    return tmp_path / "archive"


def test_a_backup_says_its_key_once_and_is_restored_with_it(path: Path, tmp_path: Path) -> None:
    place, receipt = tmp_path / "dest", tmp_path / "receipt.jsonl"
    first = run("backup", path, place, "--receipt", receipt)
    second = run("backup", path, place, "--receipt", receipt)
    found = re.search(r"^  ([0-9a-f]{64})$", first.output, re.M)
    assert found

    unknown = run("restore", place, tmp_path / "new")
    looked = run("restore", place, "--verify-only", "--fingerprint", found[1], "--note-in", path)
    given = run("restore", place, tmp_path / "new", "--fingerprint", found[1], "--known", receipt)
    again = run("restore", place, tmp_path / "new", "--fingerprint", found[1])

    assert found[1] not in second.output
    assert "Backup 2" in second.output and "Writers waited" in second.output
    assert unknown.exit_code == again.exit_code == 1
    assert "not known here" in unknown.output and "not there yet" in again.output
    assert "Every byte of it" in looked.output and looked.exit_code == 0
    assert given.exit_code == 0 and "Backup 2" in given.output
    note = last_rehearsal(notes_file(ArchiveDirectory(path)), archive_id_of(path))
    assert note is not None and note.verified == 2
    assert (
        ArchiveDirectory(tmp_path / "new").keyring.read_bytes() == ArchiveDirectory(path).keyring.read_bytes()
    )


def archive_id_of(path: Path) -> str:
    found = re.search(r'"archive_id": "([0-9a-f]{32})"', ArchiveDirectory(path).keyring.read_text())
    assert found
    return found[1]


def test_a_folder_without_an_archive_and_a_place_inside_it_are_refused(path: Path, tmp_path: Path) -> None:
    nothing = run("backup", tmp_path / "none", tmp_path / "dest")
    inside = run("backup", path, path / "backups")
    nowhere = run("restore", tmp_path / "dest")

    assert (nothing.exit_code, inside.exit_code, nowhere.exit_code) == (1, 1, 2)
    assert "lies apart" in inside.output
