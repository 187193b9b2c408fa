"""`testimony affected` and `compact`: codes by case on standard output, the counts beside it, nothing of content."""

from datetime import UTC, datetime
from pathlib import Path

from click.testing import CliRunner

from testimony.cli import main
from testimony.services.archives import Archive
from testimony.services.signin import SignIn
from testimony.services.throttling import Throttle
from tests.review_room import handed_in
from tests.services.conftest import PASSWORD, Clock, People, archive, clock, founded_template

__all__ = ["archive", "clock", "founded_template"]


def test_the_commands_say_who_is_affected_and_compact_the_files(archive: Archive, tmp_path: Path) -> None:
    now = Clock(datetime.now(UTC))
    code = handed_in(People(archive, now, SignIn(archive, Throttle()))["interviewer"], now())
    password = tmp_path / "password"
    password.write_text(PASSWORD + "\n")
    directory, signed = str(archive.directory.path), ["--password-file", str(password), "--as"]

    lost = ["affected", directory, *signed, "custodian-1", "--account", "interviewer-1"]
    told = CliRunner().invoke(main, lost)
    unsaid = CliRunner().invoke(main, ["affected", directory, *signed, "custodian-1"])
    refused = CliRunner().invoke(main, ["affected", directory, *signed, "auditor-1", "--account", "x"])
    compacted = CliRunner().invoke(main, ["compact", directory, *signed, "reviewer-1"])

    assert told.stdout == f"CASE-1\t{code}\ttook_it,register\n"
    assert "1 testimonies are touched" in told.stderr
    assert (unsaid.exit_code, refused.exit_code, compacted.exit_code) == (2, 1, 0)
    assert [line.partition(":")[0] for line in compacted.stdout.splitlines()] == [
        "ledger.db",
        "vault.db",
        "reading_room.db",
    ]
