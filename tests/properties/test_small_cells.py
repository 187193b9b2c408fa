"""No table gives a small count away, to a reader who knows the rule and tries every table that looks the same."""

import itertools
from collections import defaultdict
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testimony.domain.places import PlaceLevel
from testimony.domain.purposes import Audience
from testimony.policy.small_cells import (
    THRESHOLDS,
    Cell,
    Withheld,
    countable_acts,
    finest_place,
    listed,
    suppressed,
    suppressed_overlapping,
    suppressed_tree,
)

Rule = Callable[[Mapping[str, int], int, int], tuple[Cell, ...]]
Answers = dict[tuple[int, tuple[Cell, ...]], list[dict[str, int]]]

COUNTS = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 40), max_size=8)

FEW = st.dictionaries(st.sampled_from("abcd"), st.integers(1, 4), max_size=4)


def every_table(rule: Rule, cells: int, most: int, threshold: int, rests: int) -> Answers:
    """All tables up to a total, by what is published of each. rests: how far the total goes beyond its cells."""
    seen: Answers = defaultdict(list)
    for numbers in itertools.product(range(most + 1), repeat=cells):
        counts = dict(zip("abcd", numbers, strict=False))
        for rest in range(rests + 1):
            total = (max(numbers) if rule is suppressed_overlapping else sum(numbers)) + rest
            if total <= most and (rule is suppressed or total <= sum(numbers)):
                seen[total, rule(counts, total, threshold)].append(counts)
    return seen


@pytest.mark.parametrize(("cells", "most", "threshold"), [(2, 14, 3), (3, 13, 3), (3, 17, 5), (4, 12, 4)])
@pytest.mark.parametrize("rests", [0, 17])
@pytest.mark.parametrize("rule", [suppressed, suppressed_overlapping])
def test_a_reader_who_tries_every_table_finds_two_values_for_each_small_cell(
    rule: Rule, cells: int, most: int, threshold: int, rests: int
) -> None:
    for (_, published), possible in every_table(rule, cells, most, threshold, rests).items():
        for cell in published:
            if cell.withheld is Withheld.SMALL:
                assert len({counts[cell.value] for counts in possible}) > 1, (published, possible)


@given(COUNTS, st.integers(0, 9), st.sampled_from([3, 5, 10]))
def test_what_is_shown_is_true_and_never_small(counts: dict[str, int], rest: int, threshold: int) -> None:
    total = sum(counts.values()) + rest

    cells = suppressed(counts, total, threshold)

    assert [cell.value for cell in cells] in ([], list(counts))
    for cell in cells:
        assert (cell.count is None) == (cell.withheld is not None)
        assert cell.count is None or (cell.count == counts[cell.value] and cell.count >= threshold)
        assert (cell.withheld is Withheld.SMALL) == (counts[cell.value] < threshold)


@given(COUNTS, st.sampled_from([3, 5, 10]))
def test_the_total_less_what_is_shown_is_never_a_small_count(counts: dict[str, int], threshold: int) -> None:
    total = sum(counts.values())

    cells = suppressed(counts, total, threshold)

    left = total - sum(cell.count or 0 for cell in cells)
    assert not cells or left == 0 or left >= threshold


@given(st.dictionaries(st.sampled_from(["PRO.01", "PRO.02", "KIL.01", "KIL.02"]), st.integers(1, 30)))
def test_below_a_withheld_group_nothing_is_told(acts: dict[str, int]) -> None:
    groups = {act[:3]: 0 for act in acts}
    for act, count in acts.items():
        groups[act[:3]] += count
    parents = {act: act[:3] for act in acts}

    cells = {c.value: c for c in suppressed_tree(groups | acts, parents, sum(groups.values()), 5)}

    for act in acts:
        if act in cells:
            assert cells[act[:3]].count is not None


def test_a_table_without_small_cells_is_whole() -> None:
    assert suppressed({"fra": 20, "arb": 5}, 25, 5) == (Cell("fra", 20), Cell("arb", 5))


def test_one_small_cell_takes_the_smallest_of_the_others_with_it() -> None:
    cells = suppressed({"fra": 20, "arb": 3, "bam": 9}, 32, 5)

    assert cells == (
        Cell("fra", 20),
        Cell("arb", None, Withheld.SMALL),
        Cell("bam", None, Withheld.COMPLEMENT),
    )


def test_those_without_a_value_are_a_cell_too() -> None:
    """Two of 22 without a language: with all the others shown, the total would tell it."""
    cells = suppressed({"fra": 12, "arb": 8}, 22, 5)

    assert cells == (Cell("fra", 12), Cell("arb", None, Withheld.COMPLEMENT))


def test_a_table_over_fewer_than_the_threshold_is_not_shown() -> None:
    assert suppressed({"fra": 3}, 3, 5) == ()
    assert suppressed_overlapping({"KIL": 3, "PRO": 3}, 3, 5) == ()


@given(FEW, FEW, st.sampled_from([5, 10]))
def test_what_is_listed_of_a_few_depends_on_nothing_but_which_values_occur(
    one: dict[str, int], other: dict[str, int], threshold: int
) -> None:
    same_values = {value: other.get(value, 1) for value in one}

    cells = listed(one, 4, threshold)

    assert cells == listed(same_values, 4, threshold)
    assert [cell.value for cell in cells] == list(one)
    assert {(cell.count, cell.withheld) for cell in cells} <= {(None, Withheld.SMALL)}


@pytest.mark.parametrize("total", [5, 6, 40])
def test_from_the_threshold_up_nothing_is_listed_without_its_count(total: int) -> None:
    with pytest.raises(ValueError, match="below the threshold"):
        listed({"fra": 2}, total, 5)


def test_the_public_gets_ten_and_everybody_else_five() -> None:
    assert [THRESHOLDS[audience] for audience in Audience] == [10, 5, 5]


@pytest.mark.parametrize(
    ("counts", "total", "threshold"),
    [({"a": 3}, 2, 5), ({"a": -1}, 2, 5), ({"a": 1}, 2, 1), ({"a": 3, "b": 3}, 5, 5)],
)
def test_numbers_that_are_no_table_are_a_mistake(counts: dict[str, int], total: int, threshold: int) -> None:
    with pytest.raises(ValueError, match="total"):
        suppressed(counts, total, threshold)


def test_sexual_violence_is_counted_by_region_and_no_finer() -> None:
    assert finest_place(["PRO.03", "SXV.01"], Audience.COURT) is PlaceLevel.REGION
    assert finest_place(["PRO.03"], Audience.COURT) is PlaceLevel.POINT
    assert finest_place([], Audience.PUBLIC) is PlaceLevel.CERCLE
    assert countable_acts(["PRO", "SXV", "SXV.01"], [PlaceLevel.SETTLEMENT]) == ("PRO",)
    assert countable_acts(["PRO", "SXV", "SXV.01"], [PlaceLevel.REGION]) == ("PRO", "SXV", "SXV.01")
