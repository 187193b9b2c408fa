"""What a measurement shows: tables to read, and bars that are met or missed."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Real corpora lie beside the project, not in it: a machine that only runs the archive has none.
DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


class DataAbsent(Exception):
    """A measurement needs real data that is not on this machine."""


@dataclass(frozen=True, slots=True)
class Table:
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError("every row has one cell a column")

    def __str__(self) -> str:
        widths = [max(map(len, cells)) for cells in zip(self.columns, *self.rows, strict=True)]
        return "\n".join((self.title, *self._lines(widths)))

    def _lines(self, widths: list[int]) -> Iterator[str]:
        for row in (self.columns, *self.rows):
            first, *figures = (
                cell.ljust(width) if i == 0 else cell.rjust(width)
                for i, (cell, width) in enumerate(zip(row, widths, strict=True))
            )
            yield "  " + "  ".join((first, *figures)).rstrip()


@dataclass(frozen=True, slots=True)
class Bar:
    """One promised figure. Made by `at_least` or `at_most`; the unit is part of what is printed."""

    name: str
    value: float
    limit: float
    unit: str
    met: bool
    relation: str

    def __str__(self) -> str:
        needs = f"{self.relation} {_figure(self.limit)}{self.unit}"
        verdict = "met" if self.met else "missed"
        return f"bar {self.name}: {_figure(self.value)}{self.unit} (needs {needs}) {verdict}"


def at_least(name: str, value: float, limit: float, unit: str = "") -> Bar:
    return Bar(name, value, limit, unit, value >= limit, ">=")


def at_most(name: str, value: float, limit: float, unit: str = "") -> Bar:
    return Bar(name, value, limit, unit, value <= limit, "<=")


def data(name: str) -> Path:
    """Return the path of one real data file; raises DataAbsent where it is not."""
    path = DATA / name
    if not path.exists():
        raise DataAbsent(f"shared/data/{name} is not beside the project")
    return path


def _figure(value: float) -> str:
    """Three significant digits, thousands in full: 0.00412, 0.63, 48.2, 17,016."""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"
