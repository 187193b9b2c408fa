"""What is said less exactly: age bands, months, wider places; and the numbers that tell entities apart."""

from dataclasses import replace

import pytest

from testimony.domain.dates import parse_date
from testimony.domain.errors import Invalid
from testimony.domain.generalising import (
    Age,
    Exact,
    When,
    Where,
    age_band,
    generalise,
    parse_exact,
    read_exact,
    written,
)
from testimony.domain.places import PlaceLevel
from testimony.domain.purposes import Audience
from testimony.domain.redaction import Mark, MarkDecision, build_release
from testimony.domain.tokens import PLAIN, Series

INEKAR = Where(
    (
        (PlaceLevel.COUNTRY, "Mali"),
        (PlaceLevel.REGION, "Timbuktu"),
        (PlaceLevel.COMMUNE, "Alafia"),
        (PlaceLevel.SETTLEMENT, "Inekar"),
    )
)
MARKET = Where((*INEKAR.path, (PlaceLevel.SITE, "the goat market")))


def mark(text: str, words: str, *, category: str = "X.3", exact: str = "", number: int = 0) -> Mark:
    start = text.index(words)
    return Mark(
        f"m-{number}-{start}",
        start,
        start + len(words),
        category,
        Audience.PARTNER,
        MarkDecision.ACCEPTED,
        exact=exact,
    )


@pytest.mark.parametrize(
    ("exact", "audience", "token"),
    [
        (Age(14), Audience.PUBLIC, "[aged 13-17]"),
        (Age(30), Audience.COURT, "[aged 30-39]"),
        (Age(97), Audience.PUBLIC, "[aged 80+]"),
        (When(parse_date("2024-05-03")), Audience.PUBLIC, "[2024-05]"),
        (When(parse_date("2024-05")), Audience.PARTNER, "[2024]"),
        (When(parse_date("2024")), Audience.PARTNER, ""),
        (INEKAR, Audience.PUBLIC, "[village in the region of Timbuktu]"),
        (INEKAR, Audience.PARTNER, "[village in the commune of Alafia]"),
        (MARKET, Audience.PARTNER, "[place in Inekar]"),
        (MARKET, Audience.PUBLIC, "[place in the region of Timbuktu]"),
        (Where(INEKAR.path[:1]), Audience.COURT, ""),
    ],
)
def test_a_value_is_said_as_exactly_as_an_audience_may_be_told(
    exact: Exact, audience: Audience, token: str
) -> None:
    assert generalise(exact, audience) == token


@pytest.mark.parametrize(
    ("words", "exact"),
    [
        ("34", Age(34)),
        ("I was 14 years old", Age(14)),
        ("تسع ١٤ سنة", Age(14)),
        ("2024-05-03", When(parse_date("2024-05-03"))),
        ("03/05/2024", When(parse_date("2024-05-03"))),
        ("٣/٥/٢٠٢٤", When(parse_date("2024-05-03"))),
        ("2024", When(parse_date("2024"))),
        ("thirty-four", None),
        ("between 30 and 40", None),
        ("31/02/2024", None),
        ("2024-05-99", None),
        ("999", None),
        ("", None),
    ],
)
def test_figures_of_any_script_say_an_age_or_a_day(words: str, exact: Exact | None) -> None:
    assert read_exact(words) == exact


@pytest.mark.parametrize("exact", [Age(0), Age(120), When(parse_date("2024-05-03~")), INEKAR, MARKET])
def test_a_value_is_read_as_it_was_written(exact: Exact) -> None:
    assert parse_exact(written(exact)) == exact


@pytest.mark.parametrize(
    "text",
    [
        "",
        "age:",
        "age:-1",
        "age:121",
        "age:٣",
        "date:..",
        "date:2024/2025",
        "place:",
        "place:[]",
        'place:[["PL9","x"]]',
        'place:[["PL1","a\\nb"]]',
        "place:{}",
        "place:[1]",
        "place:null",
    ],
)
def test_what_is_no_value_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_exact(text)


def test_every_age_has_a_band() -> None:
    assert {age_band(years) for years in range(121)} >= {"0-4", "13-17", "18-29", "80+"}


@pytest.mark.parametrize(
    ("words", "exact"),
    [
        ("Timbuktu", written(INEKAR)),
        ("2024-05", "date:2024-05-03"),
        ("30-39", "age:34"),
    ],
)
def test_a_coarser_value_that_says_the_withheld_words_is_refused(words: str, exact: str) -> None:
    text = f"It was {words} there."

    with pytest.raises(Invalid) as refusal:
        build_release(text, [mark(text, words, exact=exact)], Audience.PUBLIC)

    assert [problem.code for problem in refusal.value.problems] == ["repeats_withheld"]


def test_a_coarser_place_that_another_mark_withholds_is_not_said() -> None:
    text = "I am from Inekar, near Timbuktu."
    marks = (mark(text, "Inekar", exact=written(INEKAR)), mark(text, "Timbuktu", category="X.4"))

    released = build_release(text, marks, Audience.PUBLIC)

    assert released == "I am from [generalised], near [area or month]."


def test_a_token_of_ones_own_that_says_what_another_mark_withholds_is_not_used() -> None:
    text = "Akli met Fadi."
    own = replace(mark(text, "Akli", category="B.3"), replacement="[the brother of Fadi]")

    released = build_release(text, (own, mark(text, "Fadi", category="B.2")), Audience.PUBLIC)

    assert released == "[person] met [relative]."


def test_every_mention_of_an_entity_has_the_token_of_the_first() -> None:
    text = "Akli came. My brother ran. Akli fell."
    first = replace(mark(text, "Akli", category="X.2"), entity="a")
    other = replace(mark(text, "My brother", category="B.2"), entity="a")
    last = replace(first, id="m-last", start=27, end=31)

    released = build_release(text, (first, other, last), Audience.PUBLIC)

    assert released == "[victim 1] came. [victim 1] ran. [victim 1] fell."


def test_the_plain_series_counts_in_the_order_of_appearance() -> None:
    assert [PLAIN.number("[victim n]", range(given)) for given in range(3)] == [1, 2, 3]


def test_a_keyed_series_gives_numbers_of_one_width_and_none_twice() -> None:
    series, given = Series(b"k" * 32), list[int]()

    for _ in range(450):
        given.append(series.number("[victim n]", given))

    assert len(set(given)) == 450
    assert {len(str(number)) for number in given} == {3}


def test_two_series_cannot_be_joined_by_their_numbers() -> None:
    one, other = (list[int](), list[int]())
    for series, given in ((Series(b"1" * 32), one), (Series(b"2" * 32), other)):
        for _ in range(60):
            given.append(series.number("[victim n]", given))

    assert sum(a == b for a, b in zip(one, other, strict=True)) < 5
    assert sorted(one) != one


def test_the_key_of_a_series_is_in_no_repr() -> None:
    assert "secret" not in repr(Series(b"secret"))
