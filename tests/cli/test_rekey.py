"""`testimony rekey`: what it costs first, then an order, a confirmation, and what was carried out."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from testimony.cli import main
from testimony.services.archives import Archive
from tests.services.conftest import PASSWORD, archive, clock, founded_template, people

__all__ = ["archive", "clock", "founded_template", "people"]


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    file = tmp_path / "password"
    file.write_text(PASSWORD + "\n")
    return file


def run(archive: Archive, password_file: Path, who: str, *words: str) -> Result:
    call = ["rekey", words[0], str(archive.directory.path), *words[1:], "--as", who]
    return CliRunner().invoke(main, [*call, "--password-file", str(password_file)])


def test_new_keys_are_ordered_confirmed_and_carried_out_by_three_people(
    archive: Archive, password_file: Path
) -> None:
    chosen = ("--compartment", "vault", "--compartment", "ledger", "--reason", "it is time")
    ordered = run(archive, password_file, "custodian-1", "order", *chosen)
    assert ordered.exit_code == 0
    assert "MB written anew, about 1 s" in ordered.output
    found = re.search(r"Ordered: ([0-9a-f]{16})", ordered.output)
    assert found is not None

    confirmed = run(archive, password_file, "custodian-2", "confirm", found[1], "--reason", "yes")
    assert "The ledger has a new key." in confirmed.output and "vault has" not in confirmed.output
    done = run(archive, password_file, "reviewer-1", "carry-out")

    assert done.output.strip().endswith("The vault has a new key.")
    status = run(archive, password_file, "custodian-1", "status")
    assert "order" not in status.output
    assert re.search(r"vault +generation 1", status.output)
