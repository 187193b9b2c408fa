"""The command line as scripts see it: words, exit codes, and secrets only from files or prompts."""

import json
from pathlib import Path

import pytest
from click import Command, Context, Group
from click.testing import CliRunner, Result

from testimony.cli import main
from testimony.services.archives import Archive
from tests.services.conftest import PASSWORD, People, archive, clock, founded_template, people

__all__ = ["archive", "clock", "founded_template", "people"]

GOOD = {
    "text": "I am Zenobia Amastan and they burned the granary.",
    "language": "eng",
    "interview_date": "2025-02",
    "consent": {"CP01": "granted", "CP07": "granted"},
    "protect": [{"text": "Zenobia Amastan", "kind": "WITNESS_NAME"}],
    "external_id": "field-17",
}


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    file = tmp_path / "password"
    file.write_text(PASSWORD + "\n")
    return file


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    return tmp_path / "rows.jsonl"


def run(archive: Archive, password_file: Path, *words: str, who: str = "") -> Result:
    """`testimony <words>` with DIR put where the commands want it."""
    group = 2 if words[0] in {"account", "audit"} else 1
    call = [*words[:group], str(archive.directory.path), *words[group:]]
    if who:
        call += ["--as", who, "--password-file", str(password_file)]
    return CliRunner().invoke(main, call)


def write(rows: Path, *lines: object) -> None:
    rows.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines) + "\n")


def test_good_rows_are_kept_and_bad_ones_named_by_line_and_reason(
    archive: Archive, password_file: Path, rows: Path
) -> None:
    write(
        rows,
        GOOD,
        {"text": "", "language": "eng"},
        "{not json",
        {**GOOD, "external_id": "field-18", "consent": {"CP09": "granted"}},
        {**GOOD, "external_id": "field-19", "colour": "red"},
        {**GOOD, "external_id": "field-20", "interview_date": "last winter"},
        {**GOOD, "external_id": "field-21", "consent": None, "protect": None},
    )

    result = run(archive, password_file, "import", str(rows), who="interviewer-1")

    assert result.exit_code == 1
    assert "2 kept, 5 not kept." in result.output
    assert "line 2: not kept: text: required" in result.output
    assert "line 3: not kept: row: not_json" in result.output
    assert "line 4: not kept" in result.output
    assert "line 6: not kept: interview_date: bad_date" in result.output
    assert "Zenobia" not in result.output
    assert "red" not in result.output.replace("required", "")


def test_the_same_row_twice_is_one_testimony(archive: Archive, password_file: Path, rows: Path) -> None:
    write(rows, GOOD)
    first = run(archive, password_file, "import", str(rows), who="interviewer-1")

    second = run(archive, password_file, "import", str(rows), who="interviewer-1")

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "(already there)" in second.output


def test_only_an_interviewer_imports(archive: Archive, password_file: Path, rows: Path) -> None:
    write(rows, GOOD)

    result = run(archive, password_file, "import", str(rows), who="investigator-1")

    assert result.exit_code == 1
    assert "Not allowed" in result.output


def test_the_log_is_listed_as_json_and_verified(archive: Archive, password_file: Path, rows: Path) -> None:
    write(rows, GOOD)
    run(archive, password_file, "import", str(rows), who="interviewer-1")

    listed = run(archive, password_file, "audit", "list", "--json", who="auditor-1")
    verified = run(archive, password_file, "audit", "verify", who="auditor-1")

    entries = json.loads(listed.output)
    assert entries[0]["seq"] > entries[-1]["seq"] == 0
    assert any(e["action"] == "AA08" and e["kind"] == "testimony" for e in entries)
    assert "granary" not in listed.output
    assert verified.exit_code == 0
    assert "The log is whole" in verified.output


def test_an_investigator_without_a_grant_searches_nothing(archive: Archive, password_file: Path) -> None:
    result = run(
        archive, password_file, "search", "granary", "--purpose", "CP07", "--json", who="investigator-1"
    )

    assert result.exit_code == 1
    assert "Not allowed" in result.output


@pytest.mark.parametrize("who", ["interviewer-1", "reviewer-1", "investigator-1", "auditor-1", "custodian-1"])
def test_everyone_checks_what_they_may_open(archive: Archive, password_file: Path, who: str) -> None:
    result = run(archive, password_file, "check", who=who)

    assert result.exit_code == 0
    assert result.output == "All that this account may open is whole.\n"


def test_a_damaged_page_is_found_by_the_check(archive: Archive, password_file: Path, people: People) -> None:
    """A page that nothing reads on the way in: the root of the acts of redaction."""
    with people["reviewer"].reading() as connection:
        root = "SELECT rootpage FROM vault.sqlite_schema WHERE name = 'mark_acts'"
        page = connection.exec_driver_sql(root).scalar_one()
    vault = archive.directory.path / "vault.db"
    content = bytearray(vault.read_bytes())
    content[4096 * (page - 1) + 100] ^= 1
    vault.write_bytes(content)

    result = run(archive, password_file, "check", who="reviewer-1")

    assert result.exit_code == 1
    assert "vault.db: file damaged" in result.output


def test_a_newcomer_is_invited_activated_and_suspended(
    archive: Archive, password_file: Path, tmp_path: Path
) -> None:
    added = run(archive, password_file, "account", "add", "nadia", "--role", "interviewer", who="custodian-1")
    code = tmp_path / "code"
    code.write_text(added.output.rsplit(": ", 1)[1])

    call = ["account", "activate", str(archive.directory.path), "nadia"]
    files = ["--code-file", str(code), "--password-file", str(password_file)]
    activated = CliRunner().invoke(main, call + files)
    works = run(archive, password_file, "check", who="nadia")
    words = ("account", "sign-out", "nadia", "--reason", "a lost laptop")
    signed_out = run(archive, password_file, *words, who="custodian-1")
    nobody = run(archive, password_file, "account", "sign-out", "x", "--reason", "r", who="custodian-1")
    suspended = run(
        archive, password_file, "account", "suspend", "nadia", "--reason", "left", who="custodian-1"
    )
    listed = run(archive, password_file, "account", "list", who="custodian-1")
    refused = run(archive, password_file, "check", who="nadia")

    assert (activated.exit_code, works.exit_code, suspended.exit_code) == (0, 0, 0)
    assert (signed_out.exit_code, nobody.exit_code) == (0, 1)
    assert [line.split()[1] for line in listed.output.splitlines() if line.startswith("nadia")] == [
        "suspended"
    ]
    assert refused.exit_code == 1
    assert "Sign-in failed" in refused.output


def test_roles_that_must_not_meet_are_refused(archive: Archive, password_file: Path) -> None:
    result = run(
        archive,
        password_file,
        "account",
        "add",
        "both",
        "--role",
        "auditor",
        "--role",
        "reviewer",
        who="custodian-1",
    )

    assert result.exit_code == 1
    assert "must not meet" in result.output


def test_a_folder_without_an_archive_is_said_plainly(tmp_path: Path, password_file: Path) -> None:
    result = CliRunner().invoke(
        main, ["check", str(tmp_path), "--as", "x", "--password-file", str(password_file)]
    )

    assert result.exit_code == 1
    assert result.output == "Error: There is no archive in this directory.\n"


def test_a_folder_in_use_is_not_founded_over(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("mine")

    result = CliRunner().invoke(main, ["init", str(tmp_path)])

    assert result.exit_code == 1
    assert "not empty" in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]


def test_no_command_takes_a_secret_as_an_argument() -> None:
    options = {option for command in _commands(main) for p in command.params for option in p.opts}

    assert "--password-file" in options
    assert options.isdisjoint({"--password", "--code", "--totp", "--key"})


def _commands(command: Command) -> list[Command]:
    context = Context(command)
    names = command.list_commands(context) if isinstance(command, Group) else ()
    inner = [found for name in names if (found := command.get_command(context, name))]  # type: ignore[attr-defined]
    return [command, *(found for child in inner for found in _commands(child))]


def test_a_second_custodian_confirms_whom_the_first_invited(archive: Archive, password_file: Path) -> None:
    added = run(
        archive, password_file, "account", "add", "reviewer-3", "--role", "reviewer", who="custodian-1"
    )
    words = ("account", "confirm", "reviewer-3", "--reason", "known to both")
    own = run(archive, password_file, *words, who="custodian-1")
    other = run(archive, password_file, *words, who="custodian-2")
    again = run(archive, password_file, *words, who="custodian-2")

    assert added.exit_code == 0
    assert (own.exit_code, other.exit_code, again.exit_code) == (1, 0, 1)
    assert other.output == "The enrolment of reviewer-3 is confirmed.\n"


def test_the_log_is_written_out_and_verified_without_an_account(
    archive: Archive, password_file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    exported = run(archive, password_file, "audit", "export", str(out), who="auditor-1")
    again = run(archive, password_file, "audit", "export", str(out), who="auditor-1")
    kept = tmp_path / "kept.txt"
    with (out / "log.jsonl").open(encoding="utf-8") as lines:
        notes = [row["checkpoint"] for row in map(json.loads, lines) if "checkpoint" in row]
    kept.write_text(notes[0].partition("\n\n")[0], encoding="utf-8")
    runner = CliRunner()

    whole = runner.invoke(main, ["audit", "verify", str(out), "--checkpoint", str(kept)])
    text = (out / "log.jsonl").read_text(encoding="utf-8")
    (out / "log.jsonl").write_text(text.replace('\\"count\\":null', '\\"count\\":7', 1), encoding="utf-8")
    broken = runner.invoke(main, ["audit", "verify", str(out / "log.jsonl")])
    nothing = runner.invoke(main, ["audit", "verify", str(tmp_path)])

    assert exported.exit_code == 0, exported.output
    assert sorted(path.name for path in out.iterdir()) == ["log.jsonl", "verify_testimony_log.py"]
    assert again.exit_code == 1
    assert whole.exit_code == 0, whole.output
    assert "It extends the checkpoint handed in" in whole.output
    assert (broken.exit_code, "BROKEN at entry" in broken.output) == (1, True)
    assert nothing.exit_code == 1


def test_an_archives_own_log_asks_who_verifies_it(archive: Archive, password_file: Path) -> None:
    assert run(archive, password_file, "audit", "verify").exit_code == 2
    assert run(archive, password_file, "audit", "verify", who="auditor-1").exit_code == 0


def test_nobody_is_asked_for_a_time_stamp_who_was_not_configured(
    archive: Archive, password_file: Path
) -> None:
    done = run(archive, password_file, "audit", "timestamp", who="auditor-1")

    assert done.exit_code == 1
    assert "No authority is configured" in done.output
