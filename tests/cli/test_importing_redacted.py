"""`import --redacted` as scripts and people see it: two sign-ins, one word of both, a line for each row."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from testimony.cli import main
from testimony.services.archives import Archive
from tests.redacted_rows import row
from tests.services.conftest import PASSWORD, archive, clock, founded_template

__all__ = ["archive", "clock", "founded_template"]

FIRST, SECOND = "reviewer-1", "reviewer-2"


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    file = tmp_path / "rows.jsonl"
    write(file, row("field-1"))
    return file


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    return secret(tmp_path, PASSWORD)


def secret(folder: Path, password: str, name: str = "password") -> Path:
    file = folder / name
    file.write_text(password + "\n")
    return file


def write(file: Path, *lines: object) -> None:
    file.write_bytes(b"".join((r if isinstance(r, bytes) else json.dumps(r).encode()) + b"\n" for r in lines))


def bring(
    archive: Archive,
    rows: Path,
    password_file: Path,
    *words: str,
    second: str = SECOND,
    second_file: Path | None = None,
    typed: str | None = None,
) -> Result:
    call = ["import", str(archive.directory.path), str(rows), "--redacted", "--as", FIRST, *words]
    call += ["--password-file", str(password_file), "--approved-by", second]
    call += ["--approver-password-file", str(second_file or password_file)]
    return CliRunner().invoke(main, call, input=typed)


def check(archive: Archive, password_file: Path) -> Result:
    call = ["check", str(archive.directory.path), "--as", FIRST, "--password-file", str(password_file)]
    return CliRunner().invoke(main, call)


def test_each_row_has_its_line_and_the_totals_come_last(
    archive: Archive, rows: Path, password_file: Path
) -> None:
    protect = [{"text": "Zenobia Amastan", "kind": "WITNESS_NAME"}]
    write(
        rows,
        row("field-1"),
        row("field-2", text="ZENOBIA AMASTAN was there.", protect=protect),
        b"",
        b"{not json",
        row("field-3", consent={"CP01": "granted"}),
        row("field-4", audience=None),
        row("field-5"),
    )

    result = bring(archive, rows, password_file, "--we-both-checked")

    said = result.stdout.splitlines()
    assert result.exit_code == 1
    assert said[0].startswith("line 1: T-")
    assert said[1] == "line 2: not kept: protect: still in the text (item 1)"
    assert said[2] == "line 4: not kept: row: not_json"
    assert said[3] == "line 5: not kept: consent: DR04"
    assert said[4] == "line 6: not kept: audience: required"
    assert said[5].startswith("line 7: T-")
    assert said[6:] == ["2 kept, 4 not kept."]
    assert "Amastan" not in result.output.replace("AMASTAN", "Amastan")
    assert check(archive, password_file).exit_code == 0


def test_a_second_run_says_what_is_already_there(archive: Archive, rows: Path, password_file: Path) -> None:
    first = bring(archive, rows, password_file, "--we-both-checked")

    second = bring(archive, rows, password_file, "--we-both-checked")

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert second.stdout.splitlines()[0] == first.stdout.splitlines()[0] + " (already there)"
    assert second.stdout.splitlines()[1] == "1 kept, 0 not kept. 1 of them were already there."


SIGNING_IN = f"{PASSWORD}\n\n" * 2
"""A password and no code, for both."""


@pytest.mark.parametrize(("typed", "exit_code"), [("y\n" + SIGNING_IN, 0), ("n\n" + SIGNING_IN, 1), ("", 1)])
def test_at_a_prompt_what_both_attest_is_shown_and_asked(
    archive: Archive, rows: Path, typed: str, exit_code: int
) -> None:
    call = ["import", str(archive.directory.path), str(rows), "--redacted", "--as", FIRST]

    result = CliRunner().invoke(main, [*call, "--approved-by", SECOND], input=typed)

    assert result.exit_code == exit_code
    assert f"Both {FIRST} and {SECOND} attest" in result.stderr
    assert ("line 1: T-" in result.stdout) == (exit_code == 0)


def test_who_hands_in_both_passwords_in_files_attests_by_that(
    archive: Archive, rows: Path, password_file: Path
) -> None:
    result = bring(archive, rows, password_file)

    assert result.exit_code == 0
    assert f"Both {FIRST} and {SECOND} attest" in result.stderr
    assert "line 1: T-" in result.stdout


def test_a_wrong_second_password_imports_nothing_and_is_not_said(
    archive: Archive, rows: Path, password_file: Path, tmp_path: Path
) -> None:
    wrong = secret(tmp_path, "some other lantern entirely", "wrong")

    result = bring(archive, rows, password_file, "--we-both-checked", second_file=wrong)

    assert result.exit_code == 1
    assert "Sign-in failed" in result.stderr
    assert result.stdout == ""
    assert "lantern" not in result.output


@pytest.mark.parametrize("second", [FIRST, "interviewer-1", "custodian-1", "nobody-here"])
def test_only_another_reviewer_approves(
    archive: Archive, rows: Path, password_file: Path, second: str
) -> None:
    result = bring(archive, rows, password_file, "--we-both-checked", second=second)

    assert result.exit_code == 1
    assert result.stdout == ""


@pytest.mark.parametrize(
    "words",
    [
        ("--redacted",),
        ("--approved-by", SECOND),
        ("--we-both-checked",),
        ("--approver-password-file", "PASSWORD_FILE"),
    ],
    ids=str,
)
def test_a_call_with_half_of_it_is_refused(
    archive: Archive, rows: Path, password_file: Path, words: tuple[str, ...]
) -> None:
    given = [str(password_file) if word == "PASSWORD_FILE" else word for word in words]
    call = ["import", str(archive.directory.path), str(rows), "--as", FIRST]

    result = CliRunner().invoke(main, [*call, "--password-file", str(password_file), *given])

    assert result.exit_code == 2


def test_passwords_are_in_no_output(archive: Archive, rows: Path, password_file: Path) -> None:
    asked = bring(archive, rows, password_file, typed="y\n")

    assert PASSWORD not in asked.output
