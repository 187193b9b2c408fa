"""Codes that catch mistyping, dates that keep their uncertainty, one encoding for what is signed."""

import secrets
from datetime import date
from itertools import combinations

import pytest

from testimony.domain.canonical import canonical_json
from testimony.domain.codes import ALPHABET, new_code, parse_code
from testimony.domain.dates import parse_date, parse_day
from testimony.domain.errors import BadCode, BadDate


def is_code(text: str) -> bool:
    try:
        return bool(parse_code(text))
    except BadCode:
        return False


@pytest.mark.parametrize("length", [4, 6])
@pytest.mark.parametrize("prefix", ["T", "W"])
def test_a_new_code_reads_back(prefix: str, length: int) -> None:
    code = new_code(prefix, secrets.randbelow, length)

    assert parse_code(code) == code
    assert code.startswith(f"{prefix}-") and len(code) == length + 5


@pytest.mark.parametrize("drawn", [0, 1, 31, 32, 524_287, 777_777, 1_048_575])
def test_every_single_wrong_character_is_detected(drawn: int) -> None:
    bare = new_code("T", lambda _: drawn).replace("-", "")
    wrong = [
        bare[:at] + other + bare[at + 1 :]
        for at in range(1, len(bare))
        for other in ALPHABET
        if other != bare[at]
    ]

    assert len(wrong) == 6 * 31
    assert not any(is_code(text) for text in wrong)


@pytest.mark.parametrize("length", [4, 6])
@pytest.mark.parametrize("seed", range(40))
def test_every_exchange_of_two_characters_is_detected(seed: int, length: int) -> None:
    bare = new_code("W", lambda space: (seed * 7_919_317 + 12_345) % space, length).replace("-", "")
    swapped = []
    for one, other in combinations(range(1, len(bare)), 2):
        characters = list(bare)
        characters[one], characters[other] = characters[other], characters[one]
        if (text := "".join(characters)) != bare:
            swapped.append(text)

    assert swapped
    assert not any(is_code(text) for text in swapped)


def test_a_testimony_code_is_not_a_witness_code() -> None:
    assert not is_code("W" + new_code("T", secrets.randbelow)[1:])


def test_a_code_is_read_as_people_type_it() -> None:
    code = new_code("T", lambda _: 0x0041)
    assert code.startswith("T-0021-")

    assert parse_code(f"  t {code[2:6].replace('0', 'o').replace('1', 'l')}\u2013{code[7:].lower()} ") == code


@pytest.mark.parametrize(
    "text", ["", "T", "T-7Q4K", "X-7Q4K-29", "T-7Q4K-2U", "T-٧Q4K-29", "T-7Q4K-29-29-29", "T/7Q4K/29"]
)
def test_what_is_no_code_is_refused(text: str) -> None:
    assert not is_code(text)


def test_a_code_has_a_known_prefix_and_length() -> None:
    with pytest.raises(ValueError, match="prefix"):
        new_code("X", secrets.randbelow)
    with pytest.raises(ValueError, match="prefix"):
        new_code("T", secrets.randbelow, 5)


@pytest.mark.parametrize(
    ("text", "lower", "upper"),
    [
        ("2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2024-11-XX", date(2024, 11, 1), date(2024, 11, 30)),
        ("2024-XX-XX", date(2024, 1, 1), date(2024, 12, 31)),
        ("2024-11-14%", date(2024, 11, 14), date(2024, 11, 14)),
        ("2024-12-02/2024-12-03", date(2024, 12, 2), date(2024, 12, 3)),
        ("2024-11/..", date(2024, 11, 1), None),
        ("../2024-11", None, date(2024, 11, 30)),
    ],
)
def test_a_date_keeps_its_first_and_last_possible_day(
    text: str, lower: date | None, upper: date | None
) -> None:
    parsed = parse_date(text)

    assert (parsed.text, parsed.lower, parsed.upper) == (text, lower, upper)


@pytest.mark.parametrize(
    ("text", "lower", "upper"),
    [
        ("2024-11-14", date(2024, 11, 14), date(2024, 11, 14)),
        ("2024-11-14~", date(2024, 11, 11), date(2024, 11, 17)),
        ("2024-11?", date(2024, 10, 12), date(2024, 12, 20)),
        ("2024%", date(2023, 7, 5), date(2025, 6, 29)),
        ("0001~", date.min, date(2, 6, 29)),
        ("9999~", date(9998, 7, 5), date.max),
        ("2024-11-14~/..", date(2024, 11, 11), None),
    ],
)
def test_an_approximate_date_is_matched_a_little_wider(
    text: str, lower: date | None, upper: date | None
) -> None:
    assert (parse_date(text).padded_lower, parse_date(text).padded_upper) == (lower, upper)


@pytest.mark.parametrize(
    "text",
    [
        "", "24", "2024-13", "2024-00", "2023-02-29", "2024-11-31", "2024-XX-14", "0000", "2024/", "/2024", "../..",
        "2025/2024", "2024-11-14T10:00", "2024-21-01", "２０２４", "2024-11-14\n", " 2024", "2024~?",
        "[2024,2025]", "2024/2025/2026",
    ],
)  # fmt: skip
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(BadDate):
        parse_date(text)


@pytest.mark.parametrize(
    ("text", "month"),
    [("2024-11-14", "2024-11"), ("2024-11~", "2024-11"), ("2024", "2024"), ("2024-11-02/..", "2024-11")],
)
def test_a_release_knows_the_month_and_not_the_day(text: str, month: str) -> None:
    assert parse_date(text).month == month


@pytest.mark.parametrize(
    "text", ["2024-11", "2024-11-14~", "2024-11-14/2024-11-14", "20241114", "2024-11-XX"]
)
def test_a_calendar_day_is_one_day_and_certain(text: str) -> None:
    with pytest.raises(BadDate):
        parse_day(text)


def test_canonical_json_is_one_encoding() -> None:
    value = {"b": [1, True, None, "é\n\u2028"], "a": {"\U0001f600": 1, "\ufb33": 2}, "": ""}

    assert canonical_json(value) == (
        '{"":"","a":{"\U0001f600":1,"\ufb33":2},"b":[1,true,null,"é\\n\u2028"]}'.encode()
    )


@pytest.mark.parametrize(
    "value", [1.0, float("nan"), "\ud800", {1: 2}, b"x", 2**53, {"a": {"b": {1.5}}}, {"\udfff": 1}]
)
def test_canonical_json_refuses_what_has_no_one_encoding(value: object) -> None:
    with pytest.raises(ValueError, match="canonical JSON"):
        canonical_json(value)
