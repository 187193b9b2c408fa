"""Suggestions for a file of texts: a line in, a line of JSON out, no archive, nothing kept."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from testimony.cli import main


def run(*arguments: str, lines: str = "") -> Result:
    return CliRunner().invoke(main, ["suggest", *arguments], input=lines)


def answers(lines: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run("-", lines=lines).stdout.splitlines()]


def test_each_row_is_answered_with_its_spans() -> None:
    rows = [
        {"id": "a", "language": "bam", "text": "😀 call +223 10 55 21 84."},
        {"id": 7, "language": "fr", "text": ""},
    ]

    first, second = answers("\n".join(map(json.dumps, rows)))

    assert first == {"id": "a", "spans": [[7, 23, "PHONE", "B.1", "phone/1"]]}
    assert second == {"id": 7, "spans": []}


def test_the_list_to_protect_is_words_or_words_with_their_kind() -> None:
    protect = ["zebra", {"text": "yurt", "kind": "PLACE_LANDMARK"}, {"text": "x"}]
    row = {"id": "a", "language": "eng", "text": "the zebra at the yurt", "protect": protect}

    (answer,) = answers(json.dumps(row))

    assert [span[2:4] for span in answer["spans"]] == [["THIRD_PARTY_NAME", "B.5"], ["PLACE_LANDMARK", "X.4"]]


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("nonsense", "not_json"),
        ("[1]", "not_an_object"),
        ("[" * 100_000, "not_json"),
        ('{"language": "en", "text": "x"}', "bad_id"),
        ('{"id": true, "language": "en", "text": "x"}', "bad_id"),
        ('{"id": "a", "text": "x"}', "bad_language"),
        ('{"id": "a", "language": "e", "text": "x"}', "bad_language"),
        ('{"id": "a", "language": "en"}', "bad_text"),
        ('{"id": "a", "language": "en", "text": "x", "protect": 5}', "bad_protect"),
        ('{"id": "a", "language": "en", "text": "x", "protect": [5]}', "bad_protect"),
        (json.dumps({"id": "a", "language": "en", "text": "x" * 1_000_001}), "too_long"),
    ],
)
def test_a_bad_row_is_answered_and_ends_no_other(line: str, error: str) -> None:
    good = json.dumps({"id": "good", "language": "eng", "text": "x"})

    result = run("-", lines=f"{line}\n{good}\n")

    first, second = map(json.loads, result.stdout.splitlines())
    assert first["error"] == error
    assert second["id"] == "good"
    assert result.exit_code == 1


def test_good_rows_and_empty_lines_end_with_nought() -> None:
    result = run("-", lines='\n{"id": "a", "language": "en", "text": "x"}\n\n')

    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 1


def test_a_lone_surrogate_is_answered_in_plain_characters() -> None:
    (answer,) = answers('{"id": "\\ud800", "language": "en", "text": "\\ud800 Call +223 10 55 21 84"}')

    assert answer["id"] == "\ud800"
    assert answer["spans"][-1][0] == 7


def test_a_gazetteer_is_a_file_of_names(tmp_path: Path) -> None:
    names = tmp_path / "places.txt"
    names.write_text("Tin Tassayt\n\n", encoding="utf-8")
    row = json.dumps({"id": "a", "language": "bam", "text": "the road to Tin-Tassayt was closed"})

    answer = json.loads(run("-", "--gazetteer", str(names), lines=row).stdout)

    assert [12, 23, "TOWN", "X.4", "loaded-gazetteer/1"] in answer["spans"]


def test_a_gazetteer_that_is_no_text_is_refused(tmp_path: Path) -> None:
    names = tmp_path / "places.txt"
    names.write_bytes(b"\xff\xfe\x00")

    assert run("-", "--gazetteer", str(names)).exit_code == 1


def test_nothing_is_written_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text(json.dumps({"id": "a", "language": "eng", "text": "my name is Akli"}))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))

    result = run(str(rows))

    assert result.exit_code == 0
    assert os.listdir(tmp_path) == ["rows.jsonl"]
