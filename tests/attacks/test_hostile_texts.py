"""Texts made to keep a detector busy: the time grows with the text, and nothing of it is said in an error."""

import json
from collections.abc import Callable
from cProfile import Profile
from functools import partial

import pytest
from click.testing import CliRunner

from testimony.cli import main
from testimony.detection.protecting import Protect
from testimony.detection.suggesting import suggest

HOSTILE = {
    "one word": "a",
    "one capital word": "A",
    "digits": "1",
    "digits with gaps": "1 ",
    "digits with signs": "1-(",
    "decimals": "1.1",
    "decimal pairs": "1.11,",
    "handles": "@",
    "mail": "a@",
    "accents": "\u0301",
    "flags": "\U0001f1e6",
    "joined people": "\U0001f468\u200d",
    "capital words": "Abc ",
    "initials": "A. ",
    "particles": "Ag ag ",
    "streets": "Rue ",
    "English streets": "Street ",
    "streets with links": "rue de la ",
    "organisations": "Court of ",
    "zones": "Zone 4, ",
    "months": "May ",
    "numbers in words": "twenty-",
    "kin": "my brother ",
    "titles": "mr ",
    "openers": "«",
    "quotes": '"a ',
    "Arabic particles": "بن ",
    "Arabic titles": "الشيخ ",
    "servants": "عبد ",
    "slashes": "12/",
    "degrees": "12°3'",
    "web": "http://",
    "first person": "I hid my only brother, ",
    "newlines": "\n",
    "spaces": " ",
}


def steps_of(act: Callable[[], object]) -> int:
    """Count the calls that are made: the same on every machine, however slow."""
    profile = Profile()
    profile.enable()
    try:
        act()
    finally:
        profile.disable()
    return sum(called.callcount for called in profile.getstats())


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE.keys())
def test_twice_the_text_is_at_most_a_little_more_than_twice_the_work(piece: str) -> None:
    short, long = (piece * (size // len(piece)) for size in (8_000, 32_000))
    suggest(short, "en")

    once, four_times = (steps_of(partial(suggest, text, "en")) for text in (short, long))

    assert four_times < 6 * once + 1_000


@pytest.mark.timeout(300)
@pytest.mark.parametrize("piece", ["a", "\u0301", "12/", "Rue "])
def test_a_million_characters_are_read_to_the_end(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))

    said = suggest(text, "fr", [Protect("Akli ag Wartan"), Protect("1")])

    assert said.failures == ()


def test_no_answer_to_a_bad_row_repeats_the_row() -> None:
    rows = [
        {"id": "1", "language": "en", "text": 5, "x": "SECRET-WORD"},
        {"id": {"SECRET-WORD": 1}, "language": "en", "text": "x"},
        {"id": "2", "language": ["SECRET-WORD"], "text": "x"},
        {"id": "3", "language": "en", "text": "x", "protect": [{"text": "SECRET-WORD", "kind": 5}]},
    ]
    lines = "\n".join([*map(json.dumps, rows), '{"SECRET-WORD', "SECRET-WORD"])

    result = CliRunner().invoke(main, ["suggest", "-"], input=lines)

    assert result.exit_code == 1
    assert len(result.stdout.splitlines()) == 6
    assert "SECRET-WORD" not in result.output
