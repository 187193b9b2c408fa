"""Files of OpenTimestamps are, byte for byte, those that the library of the format's authors makes and merges."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from crypto.errors import BadSignature, CryptoError, Malformed
from crypto.opentimestamps import ots_file, promises, with_answer
from crypto.ots_proofs import Header, read_headers, standing

VECTOR: dict[str, Any] = json.loads(
    Path(__file__).with_name("opentimestamps.json").read_text(encoding="utf-8")
)
TEXT = VECTOR["text"].encode()
NONCE, VALUE, ANSWER, FILE, LATER, COMPLETED = (
    bytes.fromhex(VECTOR[name]) for name in ("nonce", "value", "answer", "file", "later", "completed")
)
GENESIS = VECTOR["genesis"]
HEADER = Header(GENESIS["number"], datetime.fromisoformat(GENESIS["at"]))


def test_the_file_of_a_promise_and_the_file_with_what_came_later_are_those_of_the_library() -> None:
    assert ots_file(TEXT, NONCE, ANSWER) == FILE
    assert promises(FILE, TEXT) == (("https://calendar.example", VALUE),)
    assert with_answer(FILE, TEXT, VALUE, LATER) == COMPLETED


def test_a_file_says_who_promises_and_which_block_it_names() -> None:
    assert standing(FILE, TEXT, {}).named == ()
    found = standing(COMPLETED, TEXT, read_headers(GENESIS["header"]))

    assert set(found.calendars) == {
        what for kind, what, _ in VECTOR["attestations"] if kind == "PendingAttestation"
    }
    assert (found.named, found.held) == ((915123,), ())


def test_a_block_whose_root_is_the_value_holds_it() -> None:
    (root,) = (value for kind, _, value in VECTOR["attestations"] if kind.startswith("Bitcoin"))

    found = standing(COMPLETED, TEXT, {bytes.fromhex(root): HEADER})

    assert (found.named, found.held) == ((), (HEADER,))


def test_the_first_block_of_bitcoin_is_read_and_a_changed_one_was_worked_for_by_nobody() -> None:
    read = read_headers(f"# the first\n\n{GENESIS['header']}  # remark\n")

    assert read == {bytes.fromhex(GENESIS["root"]): HEADER}
    for wrong in (
        GENESIS["header"].replace("3ba3ed", "3ba3ee"),
        GENESIS["header"][:-2],
        "x" + GENESIS["header"][1:],
        GENESIS["header"].replace("ffff001d", "ffff7f20"),
    ):
        with pytest.raises(Malformed):
            read_headers(wrong)


def test_a_file_of_another_text_or_one_that_is_cut_is_none() -> None:
    with pytest.raises(BadSignature):
        standing(COMPLETED, TEXT + b"x", {})
    for end in range(len(COMPLETED)):
        with pytest.raises(CryptoError):
            standing(COMPLETED[:end], TEXT, {})


@pytest.mark.parametrize(
    "answer",
    [b"", b"\x08", LATER + b"\x00", LATER[:-1], b"\x55" + LATER, ANSWER[-36:], b"\x08" * 300 + LATER],
)
def test_an_answer_that_is_none_or_says_nothing_new_changes_nothing(answer: bytes) -> None:
    with pytest.raises(CryptoError):
        with_answer(FILE, TEXT, VALUE, answer)


def test_an_answer_to_a_promise_that_nobody_made_is_refused() -> None:
    with pytest.raises(Malformed):
        with_answer(FILE, TEXT, VALUE[:-1], LATER)
