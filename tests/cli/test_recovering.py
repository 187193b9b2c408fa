"""Recovery on the command line: sheets at founding, rehearsals, and the archive had back."""

import re
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from testimony.cli import main
from testimony.services.archives import Archive
from tests.recovery_archive import Founded, archive, clock, enter, with_sheets
from tests.services.conftest import Clock

__all__ = ["archive", "clock", "with_sheets"]

NEW = "four lanterns beyond the harbour"


def rows(words: str) -> str:
    """A sheet as somebody types it, in three rows."""
    each = words.split()
    return "".join(" ".join(each[start : start + 11]) + "\n" for start in (0, 11, 22))


def run(*call: object, typed: str = "") -> Result:
    return CliRunner().invoke(main, [str(word) for word in call], input=typed)


def sheets_in(output: str) -> list[str]:
    """What stands in the numbered grids."""
    found = []
    for part in output.split("Recovery sheet ")[1:]:
        words = dict(re.findall(r"(?<![\w-])(\d{1,2}) ([a-z]+)(?= )", part.split("  - ")[0] + " "))
        found.append(" ".join(words[str(number)] for number in range(1, 34)))
    return found


def test_without_a_terminal_init_prints_codes_and_sheets_and_does_not_wait(tmp_path: Path) -> None:
    made = run("init", tmp_path / "archive", "--recovery", "2/3")

    sheets = sheets_in(made.output)
    rehearsed = run("rehearse", tmp_path / "archive", typed=rows(sheets[2]))

    assert made.exit_code == 0
    assert made.output.count("custodian-1 ") == 1
    assert len(sheets) == 3
    assert rehearsed.output.endswith(
        "Sheet 3 of 3 is whole. The date is in the log when somebody signs in next.\n"
    )


def test_sheets_to_print_are_private_files_apart_from_the_archive(tmp_path: Path) -> None:
    inside = run("init", tmp_path / "archive", "--sheets", tmp_path / "archive" / "sheets")
    made = run("init", tmp_path / "archive", "--name", "<b>Wells</b>", "--sheets", tmp_path / "paper")

    pages = sorted((tmp_path / "paper").iterdir())
    assert inside.exit_code == 2
    assert made.exit_code == 0
    assert [page.name for page in pages] == [f"recovery-sheet-{n}-of-5.html" for n in range(1, 6)]
    assert {stat.S_IMODE(page.stat().st_mode) for page in pages} == {0o600}
    assert "&lt;b&gt;Wells" in pages[0].read_text()
    assert sheets_in(made.output) == []


@pytest.mark.parametrize("plan", ["1/3", "3/3", "2/17", "many"])
def test_a_plan_that_one_sheet_opens_or_that_bears_no_loss_is_refused(tmp_path: Path, plan: str) -> None:
    result = run("init", tmp_path / "archive", "--recovery", plan)

    assert result.exit_code == 2
    assert not (tmp_path / "archive").exists()


def test_an_archive_without_sheets_says_so(tmp_path: Path) -> None:
    made = run("init", tmp_path / "archive", "--no-recovery")

    rehearsed = run("rehearse", tmp_path / "archive")

    assert sheets_in(made.output) == []
    assert rehearsed.exit_code == 1
    assert "no recovery sheets" in rehearsed.output


def test_typed_sheets_give_back_a_custodian_and_slips_are_named_at_once(
    archive: Archive, with_sheets: Founded, clock: Clock, tmp_path: Path
) -> None:
    first, second, _ = with_sheets.sheets
    slipped = first.split()
    slipped[3], slipped[5] = "granary", slipped[6]
    file = tmp_path / "password"
    file.write_text(NEW + "\n")
    wrong_row = " ".join(slipped[:11]) + "\n"
    mistyped = rows(" ".join([*first.split()[:9], first.split()[10], first.split()[9], *first.split()[11:]]))
    typed = wrong_row + mistyped + rows(first) + rows(first) + rows(second)

    result = run(
        "recover", archive.directory.path, "--reviewer", "nadia", "--password-file", file, typed=typed
    )

    assert result.exit_code == 0, result.output
    assert "No sheet has such a word: word 4" in result.output
    assert "What was typed as sheet 1 of 2 is mistyped" in result.output
    assert "Sheet 1 was typed already" in result.output
    assert "custodian-recovered is a custodian and can sign in" in result.output
    assert re.search(r"nadia +reviewer +\w{5}-\w{5}-\w{5}-\w{5}", result.output)
    assert first not in result.output
    assert enter(archive, "custodian-recovered", NEW, clock)


def test_the_identities_are_shared_anew_with_the_sheets_alone(archive: Archive, with_sheets: Founded) -> None:
    typed = rows(with_sheets.sheets[0]) + rows(with_sheets.sheets[2])

    result = run("recover", archive.directory.path, "--identity", typed=typed)

    assert result.exit_code == 0
    assert "split between 3 custodians" in result.output


def test_another_archives_sheet_is_named_as_such(archive: Archive, tmp_path: Path) -> None:
    foreign = sheets_in(run("init", tmp_path / "other", "--recovery", "2/3").output)[0]

    result = run("rehearse", archive.directory.path, typed=rows(foreign))

    assert result.exit_code == 1
    assert "no sheet of this archive" in result.output
