"""Small cells: counts so low that they would point at people are not shown, nor what would give them back.

A table is the counts of one field under one total. A cell of 1 to threshold - 1 is withheld as SMALL. With it the
smallest of the other cells is withheld as COMPLEMENT, always and not only where it is needed: which cells are
withheld then follows from what is published, so that knowing this rule tells a reader nothing more. Where even that
leaves a small cell one possible value, no table is shown. `tests/properties/test_small_cells.py` tries every small
table against a reader who knows the rule.

Fewer hits than the threshold are no table: all of them together are one small cell. What the reader has then is a list
of accounts, each of which they may open and whose values (language, month, acts, places …) stand there. `listed` names
the values that occur and no number: which values those are is all that it depends on, so that nothing can be worked out
of it that opening the accounts one by one does not tell, and no figure leaves the page that could end in a report. It
does not promise two possible counts: of one hit each value has one, and whoever sees the hit knows that without it.
From the threshold up this is not done: names beside one another, left without counts because a table would be unsafe,
would say that it was.

Sources: R35 (small cells and their complements; no sexual-violence table below region), DOMAIN 4.2 step 5 (k).
Not defended: a reader who counts the testimonies that they may read one by one, or compares tables of different days.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from testimony.domain.places import FLOORS, PlaceLevel
from testimony.domain.purposes import Audience

THRESHOLDS: Mapping[Audience, int] = {Audience.PUBLIC: 10, Audience.PARTNER: 5, Audience.COURT: 5}
"""The lowest count that a table for this audience shows. Partner serves use inside the organisation too."""

SEXUAL_VIOLENCE = "SXV"


class Withheld(StrEnum):
    """Why a count is not shown. SMALL: "fewer than 5"; COMPLEMENT: "not shown", however large it is."""

    SMALL = "small"
    COMPLEMENT = "complement"


@dataclass(frozen=True, slots=True)
class Cell:
    """One value. count: None exactly when it is withheld."""

    value: str
    count: int | None
    withheld: Withheld | None = None


def suppressed(counts: Mapping[str, int], total: int, threshold: int) -> tuple[Cell, ...]:
    """The cells of a field of which each testimony has one value at most, in the order given.

    total: of all testimonies counted; those without a value are the rest. Empty when no table may be shown.
    Raises ValueError for counts that are no such table.
    """
    rest = total - sum(counts.values())
    _require_table(counts, total, threshold)
    if rest < 0:
        raise ValueError("the counts of a field with one value add up to no more than the total")
    table = [*counts.values(), rest]
    withheld = _withheld(table, threshold)
    if withheld is None:
        return _as_they_are(counts)
    if not _one_value_is_safe(table, withheld, threshold):
        return ()
    return _cells(counts, withheld)


def suppressed_overlapping(counts: Mapping[str, int], total: int, threshold: int) -> tuple[Cell, ...]:
    """The cells of a field of which a testimony may have several values. Otherwise as `suppressed`."""
    _require_table(counts, total, threshold)
    table = list(counts.values())
    withheld = _withheld(table, threshold)
    if withheld is None:
        return _as_they_are(counts)
    if not _overlapping_is_safe(table, withheld, total, threshold):
        return ()
    return _cells(counts, withheld)


def suppressed_tree(
    counts: Mapping[str, int], parents: Mapping[str, str | None], total: int, threshold: int
) -> tuple[Cell, ...]:
    """The cells of a field whose values lie inside each other (acts in groups, places in places).

    Each value counts for what contains it too. parents: of every value; None, or one that is not counted: at the
    top. Below a count that is withheld nothing is told, since the parts would say how large the whole is.
    """
    below: dict[str | None, dict[str, int]] = {}
    for value, count in counts.items():
        parent = parents.get(value)
        below.setdefault(parent if parent in counts else None, {})[value] = count
    cells: dict[str, Cell] = {}
    waiting: list[tuple[str | None, int]] = [(None, total)]
    while waiting:
        parent, whole = waiting.pop()
        for cell in suppressed_overlapping(below.get(parent, {}), whole, threshold):
            cells[cell.value] = cell
            if cell.count is not None:
                waiting.append((cell.value, cell.count))
    return tuple(cells[value] for value in counts if value in cells)


def listed(counts: Mapping[str, int], total: int, threshold: int) -> tuple[Cell, ...]:
    """The values that occur among fewer hits than the threshold, in the order given, none with its count.

    Raises ValueError for as many hits as make a table.
    """
    _require_table(counts, total, threshold)
    if total >= threshold:
        raise ValueError("values are listed without counts only below the threshold")
    return tuple(Cell(value, None, Withheld.SMALL) for value, count in counts.items() if count)


def finest_place(acts: Iterable[str], audience: Audience) -> PlaceLevel:
    """The finest level of place that may be counted.

    acts: every act that the query or a filter names, or that is listed; one of sexual violence allows regions
    and no finer.
    """
    if any(is_sexual_violence(act) for act in acts):
        return PlaceLevel.REGION
    return FLOORS[audience]


def countable_acts(acts: Collection[str], places: Iterable[PlaceLevel]) -> tuple[str, ...]:
    """Those of the acts that may be counted.

    places: the level of every place that the query or a filter names; below region none of sexual violence.
    """
    if all(level.rank <= PlaceLevel.REGION.rank for level in places):
        return tuple(acts)
    return tuple(act for act in acts if not is_sexual_violence(act))


def is_sexual_violence(act: str) -> bool:
    return act.partition(".")[0] == SEXUAL_VIOLENCE


def _require_table(counts: Mapping[str, int], total: int, threshold: int) -> None:
    if threshold < 2 or total < 0 or any(not 0 <= count <= total for count in counts.values()):
        raise ValueError("a table has counts from nought to its total and a threshold of two or more")


def _withheld(table: list[int], threshold: int) -> dict[int, Withheld] | None:
    """What is withheld, by place in the table; None when nothing is small."""
    small = {place: Withheld.SMALL for place, count in enumerate(table) if 0 < count < threshold}
    if not small:
        return None
    others = [(count, place) for place, count in enumerate(table) if count >= threshold]
    return small | ({min(others)[1]: Withheld.COMPLEMENT} if others else {})


def _as_they_are(counts: Mapping[str, int]) -> tuple[Cell, ...]:
    return tuple(Cell(value, count) for value, count in counts.items())


def _cells(counts: Mapping[str, int], withheld: Mapping[int, Withheld]) -> tuple[Cell, ...]:
    return tuple(
        Cell(value, None if place in withheld else count, withheld.get(place))
        for place, (value, count) in enumerate(counts.items())
    )


def _complement_bounds(
    table: list[int], withheld: Mapping[int, Withheld], threshold: int, most: int
) -> tuple[int, int]:
    """The least and the most that the complement can be, as the reader of the rest knows; 0, 0 without one."""
    hidden = [place for place, why in withheld.items() if why is Withheld.COMPLEMENT]
    if not hidden:
        return 0, 0
    shown = [(count, place) for place, count in enumerate(table) if place not in withheld and count]
    if not shown:
        return threshold, most
    least_shown, place = min(shown)
    # Of two equal cells the first is taken: one that stands behind its equal is smaller.
    return threshold, least_shown if hidden[0] < place else least_shown - 1


def _one_value_is_safe(table: list[int], withheld: Mapping[int, Withheld], threshold: int) -> bool:
    """Whether each small cell can still be one of at least two numbers, given the sum of all withheld."""
    total = sum(table[place] for place in withheld)
    others = sum(why is Withheld.SMALL for why in withheld.values()) - 1
    least, most = _complement_bounds(table, withheld, threshold, sum(table))
    low = max(1, total - others * (threshold - 1) - most)
    high = min(threshold - 1, total - others - least)
    return total >= threshold and low < high


def _overlapping_is_safe(
    table: list[int], withheld: Mapping[int, Withheld], total: int, threshold: int
) -> bool:
    """The same where the sum says only that every testimony may have a value: the counts reach the total."""
    shown = sum(count for place, count in enumerate(table) if place not in withheld)
    others = sum(why is Withheld.SMALL for why in withheld.values()) - 1
    _, most = _complement_bounds(table, withheld, threshold, total)
    low = max(1, total - shown - others * (threshold - 1) - most)
    high = min(threshold - 1, total)
    return total >= threshold and low < high
