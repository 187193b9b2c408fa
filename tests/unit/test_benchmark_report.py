"""What the benchmarks print is read by scripts: a bar's line and its verdict."""

import pytest

from benchmarks.report import Bar, DataAbsent, Table, at_least, at_most, data


@pytest.mark.parametrize(
    ("bar", "line"),
    [
        (
            at_least("seal against SHA-256", 0.7214, 0.40),
            "bar seal against SHA-256: 0.721 (needs >= 0.4) met",
        ),
        (
            at_least("entries a second", 99_999, 100_000),
            "bar entries a second: 99,999 (needs >= 100,000) missed",
        ),
        (at_most("memory growth", 64.0, 64, " MiB"), "bar memory growth: 64 MiB (needs <= 64 MiB) met"),
        (at_most("append", 0.51, 0.5, " ms"), "bar append: 0.51 ms (needs <= 0.5 ms) missed"),
    ],
)
def test_a_bar_says_its_value_its_limit_and_whether_it_is_met(bar: Bar, line: str) -> None:
    assert str(bar) == line
    assert bar.met == line.endswith(" met")


def test_a_table_lines_its_figures_up_to_the_right() -> None:
    table = Table("Work", ("part", "ms"), (("short", "1.5"), ("much longer", "120")))

    assert str(table).splitlines() == [
        "Work",
        "  part          ms",
        "  short        1.5",
        "  much longer  120",
    ]


def test_a_row_with_a_cell_too_few_is_no_table() -> None:
    with pytest.raises(ValueError, match="one cell a column"):
        Table("Work", ("part", "ms"), (("short",),))


def test_real_data_that_is_not_on_this_machine_is_named() -> None:
    with pytest.raises(DataAbsent, match="text/no-such-corpus"):
        data("text/no-such-corpus.jsonl.gz")
