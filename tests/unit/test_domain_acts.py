"""What a coding may say, how finely a date and a place may be told, and labels in every language of the pages."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testimony.domain.acts import (
    Attribute,
    Coding,
    Perpetrators,
    Unit,
    Victims,
    acts,
    closed_part_of,
    group_of,
    require_account_types,
    told_to,
)
from testimony.domain.dates import parse_date
from testimony.domain.errors import Invalid, UnknownCode
from testimony.domain.grants import ClosedPart
from testimony.domain.matching import Span
from testimony.domain.places import FLOORS, Place, PlaceId, PlaceLevel, PlaceName, require_inside, shown_to
from testimony.domain.purposes import Audience
from testimony.domain.vocabulary import load

LABELLED = (
    "violation",
    "perp_group",
    "basis",
    "account_type",
    "place_precision",
    "place_kind",
    "method",
    "victim_status",
    "involvement",
    "identified_by",
    "age_band",
    "consent_condition",
    "consent_evidence",
    "consent_purpose",
    "exhibit",
    "explained",
    "language",
    "lawful_basis",
    "population_band",
    "presence",
    "protective",
    "redaction",
    "risk",
    "setting",
    "telling_detail",
    "vulnerability",
    "warning",
    "witness_role",
)
"""The vocabularies that pages show."""


def problems(**differs: Any) -> list[tuple[str, str]]:
    try:
        Coding(**{"violation": "PRO.03", "passage": Span(0, 4), "basis": "BA01", **differs})
    except Invalid as invalid:
        return [(problem.field, problem.code) for problem in invalid.problems]
    return []


def test_an_act_needs_its_code_its_basis_and_nothing_else() -> None:
    assert problems() == []
    assert problems(passage=None) == []


@pytest.mark.parametrize(
    ("differs", "field"),
    [
        ({"violation": "PRO"}, "violation"),
        ({"violation": "they burned it"}, "violation"),
        ({"basis": "BA99"}, "basis"),
        ({"passage": Span(4, 4)}, "passage"),
        ({"passage": Span(-1, 4)}, "passage"),
        ({"when": "yesterday"}, "when"),
        ({"when": "2024-13"}, "when"),
        ({"methods": ("ME01", "ME01")}, "methods"),
        ({"methods": ("ME42",)}, "methods"),
        ({"outcome": "VS42"}, "outcome"),
    ],
)
def test_what_is_no_code_number_or_date_is_refused(differs: dict[str, Any], field: str) -> None:
    assert [name for name, _ in problems(**differs)] == [field]


@pytest.mark.parametrize(
    "when", ["2024-11~", "2024?", "2024-11-14", "2024-11/2024-12", "../2024", "2024-11-XX"]
)
def test_a_date_keeps_its_uncertainty(when: str) -> None:
    assert problems(when=when) == []


def test_victims_are_a_range_whose_ends_may_be_unknown() -> None:
    assert Victims(3, None, Unit.HOUSEHOLD).maximum is None
    for least, most in ((5, 4), (-1, None), (None, 0), (None, 1_000_001)):
        with pytest.raises(Invalid):
            Victims(least, most)
    with pytest.raises(Invalid):
        Victims(age_band="young")


def test_a_group_of_perpetrators_is_codes() -> None:
    for group in (("PG42",), ("PG01", "IN42"), ("PG01", None, "ID42")):
        with pytest.raises(Invalid):
            Perpetrators(*group)


def test_no_field_of_a_coding_takes_free_text() -> None:
    """R37: what names somebody has no place to stand."""
    name = "Tadfest Amellal"

    for field in ("violation", "basis", "when", "outcome"):
        assert problems(**{field: name}), field
    assert problems(methods=(name,))
    with pytest.raises(Invalid):
        Perpetrators(name)
    with pytest.raises(Invalid):
        Victims(age_band=name)
    with pytest.raises(ValueError, match="is not a valid Attribute"):
        Attribute(name)


def test_acts_are_the_second_level() -> None:
    assert len(acts()) == 62
    assert "PRO" not in acts()
    assert group_of("PRO.03") == "PRO"


def test_sexual_violence_and_children_are_closed_by_default() -> None:
    parts = {violation: closed_part_of(violation) for violation in acts()}

    assert {v for v, part in parts.items() if part is ClosedPart.SEXUAL_VIOLENCE} == {
        v for v in acts() if v.startswith("SXV.")
    }
    assert {v for v, part in parts.items() if part is ClosedPart.CHILDREN} == {"CHD.01"}
    with pytest.raises(UnknownCode):
        closed_part_of("XXX.01")


def test_account_types_are_codes_once_each() -> None:
    require_account_types(("AT01", "AT02"))
    for types in (("AT42",), ("AT01", "AT01")):
        with pytest.raises(Invalid):
            require_account_types(types)


@pytest.mark.parametrize(
    ("when", "told"),
    [
        ("2024-11-14", "2024-11"),
        ("2024-11-14~", "2024-11~"),
        ("2024-11-14/2024-12-02%", "2024-11/2024-12%"),
        ("2024-11-14/2024-11-16", "2024-11"),
        ("../2024-11-14", "../2024-11"),
        ("2024-11-14/..", "2024-11/.."),
        ("2024-XX-XX?", "2024?"),
        ("2024-11-XX", "2024-11"),
    ],
)
def test_the_public_is_told_no_day(when: str, told: str) -> None:
    assert told_to(when, Audience.PUBLIC) == told
    assert told_to(when, Audience.PARTNER) == told_to(when, Audience.COURT) == when


@given(st.dates(), st.sampled_from(["", "~", "?", "%"]))
def test_what_the_public_is_told_holds_the_day(day: Any, sign: str) -> None:
    whole, told = parse_date(f"{day}{sign}"), parse_date(told_to(f"{day}{sign}", Audience.PUBLIC))

    assert whole.lower is not None
    assert told.lower is not None
    assert told.upper is not None
    assert told.lower <= whole.lower <= told.upper


def path(*levels: PlaceLevel) -> list[Place]:
    places: list[Place] = []
    for number, level in enumerate(levels):
        parent = places[-1].id if places else None
        places.append(
            Place(PlaceId(f"p{number}"), parent, level, None, (PlaceName(f"Place {number}", "und"),))
        )
    return places


@given(st.lists(st.sampled_from(list(PlaceLevel)[2:]), unique=True), st.sampled_from(list(Audience)))
def test_a_place_is_told_down_to_the_floor_and_with_all_that_contain_it(
    finer: list[PlaceLevel], audience: Audience
) -> None:
    whole = path(PlaceLevel.COUNTRY, *sorted(finer))

    told = shown_to(whole, audience)

    assert list(told) == whole[: len(told)]
    assert all(place.level.rank <= FLOORS[audience].rank for place in told)
    assert all(place.level.rank > FLOORS[audience].rank for place in whole[len(told) :])


def test_a_place_lies_in_a_coarser_one() -> None:
    country, region = path(PlaceLevel.COUNTRY, PlaceLevel.REGION)
    require_inside(PlaceLevel.REGION, country)

    for level in (PlaceLevel.REGION, PlaceLevel.COUNTRY):
        with pytest.raises(Invalid):
            require_inside(level, region)


@pytest.mark.parametrize(
    ("parent", "level", "kind", "names"),
    [
        (None, PlaceLevel.REGION, None, ("A",)),
        ("ML", PlaceLevel.COUNTRY, None, ("A",)),
        ("ML", PlaceLevel.UNKNOWN, None, ("A",)),
        ("ML", PlaceLevel.REGION, "a well", ("A",)),
        ("ML", PlaceLevel.REGION, None, ()),
        ("ML", PlaceLevel.REGION, None, ("A", "A")),
    ],
)
def test_a_place_that_makes_no_sense_is_refused(
    parent: str | None, level: PlaceLevel, kind: str | None, names: tuple[str, ...]
) -> None:
    with pytest.raises(Invalid):
        Place(
            PlaceId("x"),
            None if parent is None else PlaceId(parent),
            level,
            kind,
            tuple(PlaceName(name, "und") for name in names),
        )


def test_a_place_is_called_what_the_reader_calls_it() -> None:
    place = Place(
        PlaceId("ML"), None, PlaceLevel.COUNTRY, None, (PlaceName("Mali", "eng"), PlaceName("مالي", "arb"))
    )

    assert (place.name("arb"), place.name("fra")) == ("مالي", "Mali")


@pytest.mark.parametrize("vocabulary", LABELLED)
@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_every_code_has_a_label_in_every_language_of_the_pages(vocabulary: str, language: str) -> None:
    columns = {f"{prefix}_{language}" for prefix in ("label", "item", "name")}
    labels = [
        "".join(term.columns[column] for column in columns & set(term.columns))
        for term in load(vocabulary).terms
    ]

    assert all(labels)
    assert len(set(labels)) == len(labels)
    assert all(label == label.strip() for label in labels)
