"""Many queries under one sign-in: a line in, a line of JSON out, and no line ends the others."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner, Result

from testimony.cli import main
from testimony.domain.purposes import Purpose
from testimony.services.archives import Archive
from testimony.services.signin import SignIn
from testimony.services.throttling import Throttle
from testimony.storage.log import size
from tests.released_testimonies import Shelf, leaf
from tests.services.conftest import PASSWORD, Clock, People, archive, clock, founded_template

__all__ = ["archive", "clock", "founded_template"]


@pytest.fixture
def shelf(archive: Archive) -> Shelf:
    """The commands go by the real clock, and so does what they are to find."""
    now = Clock(datetime.now(UTC))
    shelf = Shelf(People(archive, now, SignIn(archive, Throttle())), now, Random(7))
    reviewed: dict[str, object] = {"review_due": (now().date() + timedelta(days=300)).isoformat()}
    shelf.put("They poisoned the wells before the rain.", consent=reviewed)
    shelf.put("The wells were dry. \u2028 We walked to the river.", consent=reviewed)
    shelf.grant(Purpose.CP07)
    return shelf


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    file = tmp_path / "password"
    file.write_text(PASSWORD + "\n")
    return file


def search(shelf: Shelf, password_file: Path, *words: str, stdin: bytes = b"") -> Result:
    call = ["search", str(shelf.people.archive.directory.path), *words, "--purpose", "CP07"]
    return CliRunner().invoke(
        main, [*call, "--as", "investigator-1", "--password-file", str(password_file)], input=stdin
    )


def ask(shelf: Shelf, password_file: Path, lines: bytes) -> list[dict[str, Any]]:
    result = search(shelf, password_file, "--queries", "-", "--json", stdin=lines)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_each_query_is_answered_on_its_own_line(shelf: Shelf, password_file: Path) -> None:
    answers = ask(shelf, password_file, b"wells\nriver\r\n\nnobody-said-this\n")

    assert [answer["asked"] for answer in answers] == ["wells", "river", "", "nobody-said-this"]
    assert [answer["count"] for answer in answers] == [2, 1, 0, 0]
    assert [len(answer["hits"]) for answer in answers] == [2, 1, 0, 0]
    assert {"code", "score", "snippet", "reasons"} <= answers[1]["hits"][0].keys()
    assert "river" in answers[1]["hits"][0]["snippet"]


def test_a_line_is_answered_as_the_single_query_is(shelf: Shelf, password_file: Path) -> None:
    alone = json.loads(search(shelf, password_file, "wells OR river", "--json").output)

    (in_file,) = ask(shelf, password_file, b"wells OR river")

    assert in_file == {"asked": "wells OR river", **alone}


def test_a_query_that_asks_too_much_is_refused_on_its_line_and_the_rest_goes_on(
    shelf: Shelf, password_file: Path
) -> None:
    longest = b"river ".ljust(2000, b"r")
    too_long = b"river ".ljust(2001, b"r")
    endless = b"wells " * 400_000

    answers = ask(shelf, password_file, b"\n".join((longest, too_long, endless, b"(" * 500 + b"a", b"river")))

    assert [answer.get("error") for answer in answers] == [None, "length", "length", "depth", None]
    assert answers[-1]["count"] == 1


def test_bytes_that_are_no_text_are_answered_and_never_break_a_line(
    shelf: Shelf, password_file: Path
) -> None:
    hostile = (b"\xff\xfe wells", b"\x00\x1b[2J river", b"\xed\xa0\x80", "a\u2028b\x85".encode(), b'"name:((')

    answers = ask(shelf, password_file, b"\n".join(hostile) + b"\n")

    assert len(answers) == len(hostile)
    assert all("count" in answer for answer in answers)


def test_all_queries_share_one_sign_in_and_each_is_in_the_log(shelf: Shelf, password_file: Path) -> None:
    reader = shelf.people["reviewer"]
    with reader.reading() as connection:
        before = size(connection)

    ask(shelf, password_file, b"wells\nriver\n")

    with reader.reading() as connection:
        added = size(connection) - before
    actions = [leaf(entry)["action"] for entry in shelf.entries(added)]
    assert actions.count("AA03") == 2
    assert actions.count("AA05") == 3
    assert actions.count("AA01") == 2  # in and out


@pytest.mark.parametrize(
    "words", [("--json",), ("wells", "--queries", "-", "--json"), ("--queries", "-")], ids=str
)
def test_a_call_that_is_not_one_or_the_other_is_refused(
    shelf: Shelf, password_file: Path, words: tuple[str, ...]
) -> None:
    assert search(shelf, password_file, *words).exit_code == 2


def test_without_a_grant_no_line_is_answered(archive: Archive, password_file: Path) -> None:
    shelf = Shelf(People(archive, Clock(), SignIn(archive, Throttle())), Clock(), Random(7))

    result = search(shelf, password_file, "--queries", "-", "--json", stdin=b"wells\n")

    assert result.exit_code == 1
    assert result.stdout == ""
