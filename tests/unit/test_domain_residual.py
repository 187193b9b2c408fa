"""What a text tells of somebody without a name, and how many people that still fits."""

import pytest

from testimony.domain.errors import Invalid
from testimony.domain.places import PlaceLevel
from testimony.domain.purposes import Audience
from testimony.domain.residual import (
    ARCHIVE_SAYS_FROM,
    DEFAULT_THRESHOLDS,
    EVERYWHERE,
    Residual,
    Told,
    about_a_person,
    archive_says,
    require_reason,
    residual,
)
from testimony.domain.telling_details import Detail, Kind, details_of
from testimony.domain.vocabulary import load

WIDOW, GIRL = Detail(Kind.KIN, "widow"), Detail(Kind.SEX, "F")
FOURTEEN = Detail(Kind.AGE, "14")
CAMP = Told("p-1", "Camp", PlaceLevel.SETTLEMENT, "PB5")


def people(*details: Detail, places: tuple[Told, ...] = (CAMP,), in_archive: int | None = None) -> Residual:
    return residual(details, places, in_archive, 5)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("I was a 14-year-old widow.", {("age", "14"), ("kin", "widow")}),
        ("At the age of fourteen I fled", {("age", "14")}),
        ("I have nine children", {("children", "9")}),
        ("my three sons", {("children", "3")}),
        ("I am the only midwife in the village.", {("occupation", "midwife"), ("only_one", "only_one")}),
        ("J'avais quatorze ans, et mes neuf enfants", {("age", "14"), ("children", "9")}),
        ("la seule infirmière du village", {("occupation", "health_worker"), ("only_one", "only_one")}),
        (
            "Tengo siete hijos, soy viuda y tengo 41 años",
            {("children", "7"), ("kin", "widow"), ("age", "41")},
        ),
        ("el único panadero del pueblo", {("occupation", "baker"), ("only_one", "only_one")}),
        ("أنا أرملة وعمري ١٤ سنة ولدي تسعة أطفال", {("kin", "widow"), ("age", "14"), ("children", "9")}),
        ("المعلمة الوحيدة في القرية", {("occupation", "teacher"), ("only_one", "only_one")}),
        ("Мне 14 лет, у меня девять детей", {("age", "14"), ("children", "9")}),
        ("единственная учительница в нашем селе", {("occupation", "teacher"), ("only_one", "only_one")}),
        ("the only way was through the wall; 12 children were killed", set()),
        ("He had 300 years of history; 0 ans", set()),
        ("", set()),
    ],
)
def test_details_are_read_in_five_languages(text: str, told: set[tuple[str, str]]) -> None:
    assert {(detail.kind.value, detail.value) for detail in details_of(text)} == told


def test_a_text_without_spaces_is_read_in_a_moment() -> None:
    assert details_of("a" * 1_000_000) == frozenset()


def test_a_widow_of_fourteen_in_a_camp_is_found() -> None:
    found = people(GIRL, FOURTEEN, WIDOW)

    assert (found.k, found.passed) == (1, False)
    assert Detail(Kind.PLACE, "Camp") in found.details


def test_nothing_that_tells_fits_everybody_there() -> None:
    assert people(places=()).k == EVERYWHERE
    assert people().k == 10_000
    assert people(Detail(Kind.MONTH, "2026-02"), Detail(Kind.LANGUAGE, "eng")).k == 10_000


def test_a_coarser_age_and_a_wider_place_let_it_pass() -> None:
    region = Told("p-2", "Region", PlaceLevel.REGION, None)

    found = people(GIRL, Detail(Kind.BAND, "30-39"), WIDOW, places=(region,))

    assert found.passed
    assert found.k > 1_000


def test_the_smallest_place_decides() -> None:
    site = Told("p-3", "Well", PlaceLevel.SITE, None)

    assert people(places=(CAMP, site)).population == 200
    assert Detail(Kind.PLACE, "Well") in people(places=(CAMP, site)).details


def test_the_only_one_is_one() -> None:
    only = Detail(Kind.ONLY_ONE, "only_one")

    assert people(only, places=()).k == 1


def test_each_detail_more_fits_no_more_people() -> None:
    details = (
        GIRL,
        Detail(Kind.BAND, "18-29"),
        WIDOW,
        Detail(Kind.OCCUPATION, "teacher"),
        Detail(Kind.CHILDREN, "3"),
        Detail(Kind.LEFT_IN, "X.3"),
    )

    fits = [people(*details[:number], places=()).k for number in range(len(details) + 1)]

    assert fits == sorted(fits, reverse=True)
    assert len(set(fits)) == len(fits)


def test_an_exact_age_counts_in_place_of_its_band_and_the_rarest_of_several() -> None:
    both = people(FOURTEEN, Detail(Kind.BAND, "13-17"), places=())
    several = people(FOURTEEN, Detail(Kind.AGE, "90"), places=())

    assert both.k == people(FOURTEEN, places=()).k
    assert several.k == people(Detail(Kind.AGE, "90"), places=()).k


def test_the_archive_counts_once_it_is_large_enough() -> None:
    assert archive_says(1, ARCHIVE_SAYS_FROM - 1) is None
    assert archive_says(0, ARCHIVE_SAYS_FROM) == 1
    assert people(GIRL, in_archive=3).k == 3
    assert people(GIRL, in_archive=10**9).k == people(GIRL).k


def test_only_details_about_a_person_are_compared_in_the_archive() -> None:
    details = (WIDOW, GIRL, FOURTEEN, Detail(Kind.MONTH, "2026-02"), Detail(Kind.PLACE, "Camp"))

    assert set(about_a_person(details)) == {WIDOW, GIRL}


def test_thresholds_rise_with_the_circle_of_readers() -> None:
    by_rank = sorted(Audience, key=lambda audience: audience.rank)

    assert [DEFAULT_THRESHOLDS[audience] for audience in by_rank] == [10, 5, 1]


@pytest.mark.parametrize("reason", ["", "too short", " " * 40, "x" * 2_001])
def test_an_override_needs_a_reason_worth_the_name(reason: str) -> None:
    with pytest.raises(Invalid):
        require_reason(reason)
    assert require_reason("  the court asked  ") == "the court asked"


def test_every_telling_detail_has_a_rarity_and_words() -> None:
    for term in load("telling_detail").terms:
        assert int(term.columns["one_in"]) > 1
        assert term.columns["kind"] in ("kin", "occupation")
        assert all(term.columns["words"].split("|"))


def test_what_was_found_is_in_no_repr() -> None:
    assert "widow" not in repr(people(WIDOW)) and "Camp" not in repr(people())
