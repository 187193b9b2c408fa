"""Who gets a log gets one file that verifies it: put together from modules, and the same program as they are."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from testimony.exports import one_file, verify_testimony_log
from testimony.services.proving import prove_event
from testimony.services.sessions import Session
from testimony.services.verification import verify_log
from tests.exported_logs import ExportedLog
from tests.services.conftest import Clock, People

FIRST_BLOCK = json.loads(Path("tests/vectors/opentimestamps.json").read_text(encoding="utf-8"))["genesis"][
    "header"
]
OURS = {"testimony", "crypto", "search"}


@pytest.fixture
def folder(people: People, clock: Clock, tmp_path: Path) -> Path:
    """A sound log, a broken one, a proof of an event, and the program."""
    auditor: Session = people["auditor"]
    assert verify_log(auditor, clock()).whole
    proof = prove_event(auditor, 2, clock()).text
    log = ExportedLog.of(auditor, clock())
    for name, text in (
        ("sound.jsonl", log.text),
        ("broken.jsonl", log.text.replace('\\"count\\":null', '\\"count\\":7', 1)),
        ("event.tlog-proof", proof),
        ("bad.tlog-proof", proof.replace("index 2", "index 3")),
        ("blocks.txt", f"# the first of all\n{FIRST_BLOCK}\n"),
        ("no-blocks.txt", FIRST_BLOCK[:-1] + "d"),
        (one_file.NAME, one_file.program()),
    ):
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def alone(folder: Path, *arguments: str, watched: bool = False) -> subprocess.CompletedProcess[str]:
    watching = ["-X", "importtime"] if watched else []
    call = [sys.executable, "-I", *watching, one_file.NAME, *arguments]
    return subprocess.run(call, capture_output=True, text=True, cwd=folder, check=False)


def test_the_one_file_runs_without_importing_anything_of_ours(folder: Path) -> None:
    done = alone(folder, "sound.jsonl", watched=True)

    imported = {line.rpartition("|")[2].strip().split(".")[0] for line in done.stderr.splitlines()}
    assert done.returncode == 0
    assert "cryptography" in imported
    assert not imported & OURS


def test_the_one_file_says_what_its_modules_say(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    for arguments, status in (
        (("sound.jsonl",), 0),
        (("broken.jsonl",), 1),
        (("sound.jsonl", "--root", "0" * 64), 1),
        (("sound.jsonl", "--proof", "event.tlog-proof"), 0),
        (("sound.jsonl", "--proof", "bad.tlog-proof"), 1),
        (("sound.jsonl", "--block-headers", "blocks.txt"), 0),
        (("sound.jsonl", "--block-headers", "no-blocks.txt"), 2),
        (("nothing.jsonl",), 2),
    ):
        done = alone(folder, *arguments)
        of_modules = verify_testimony_log.main(list(arguments))
        said = capsys.readouterr()

        assert (done.returncode, of_modules) == (status, status), arguments
        assert (done.stdout, done.stderr) == (said.out, said.err)
        assert done.stdout or done.stderr


def test_the_one_file_is_the_same_each_time_and_a_stranger_can_read_it() -> None:
    source = one_file.program()
    tree = ast.parse(source)

    assert source == one_file.program()
    assert source.startswith("#!/usr/bin/env python3\n")
    assert "without the archive" in str(ast.get_docstring(tree))
    imports = [place for place, node in enumerate(tree.body) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert imports == list(range(1, len(imports) + 1)), "every import stands once, at the top"
    assert max(map(len, source.splitlines())) <= 122, "a sentence above a part has two characters more"


@pytest.mark.parametrize(
    "later", ["class Broken: ...", "Broken = 1", "from testimony.exports.log_keys import Broken as B"]
)
def test_parts_that_would_mean_two_things_by_one_name_are_not_put_together(later: str) -> None:
    first = ast.parse("class Broken: ...")

    one_file.require_apart(
        {"first": first, "second": ast.parse("from testimony.exports.log_keys import Broken")}
    )
    with pytest.raises(one_file.Collision):
        one_file.require_apart({"first": first, "second": ast.parse(later)})
