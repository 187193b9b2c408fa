"""Learns search/data/sound_odds.csv from the learning half: how often sounds stand against each other in spellings
of one name, against chance."""

import csv
import io
import math
import random
from collections import Counter
from collections.abc import Iterator, Sequence

from benchmarks.names.groups import Group, Source
from search.name_forms import name_form
from search.sounds import GAP, GAPS, alignment, gap_beside, sounds_of

PAIRS_A_SOURCE = 6_000
ROUNDS = 4
# Seen this often by chance, a pair says nothing yet.
SMOOTHING = 0.5
# Writers of the Sahel spell one sound so (gh, rh, r, غ: Ghissa, Rhissa), and the groups hold few of their names; nor
# do they hold names in Arabic with one of two letters that are pronounced alike.
FLOORS = {
    3.0: ("GR", "Gr", "Rg", "Rr", "Gg", "Rغ", "Gغ", "Rق", "Gق", "rغ"),
    1.5: ("gr", "rق", "cs", "سص", "تط", "دض", "زظ", "ذز", "غق", "حه"),
}
ALL_GAPS = frozenset((GAP, *GAPS.values()))


def training_pairs(groups: Sequence[Group], seed: int) -> list[tuple[str, str]]:
    """Return pairs of sound rows, as many from each source."""
    chosen = random.Random(seed)
    pairs = []
    for source in Source:
        own = [group for group in groups if group.source is source]
        for _ in range(PAIRS_A_SOURCE):
            group = chosen.choice(own)
            one, other = (chosen.choices(group.spellings, group.weights)[0] for _ in range(2))
            first, second = name_form(one), name_form(other)
            if first != second:
                pairs.append((sounds_of(first), sounds_of(second)))
    return pairs


def learn(pairs: Sequence[tuple[str, str]]) -> dict[str, float]:
    """Return the log odds of every two sounds met, one order only; a gap comes second."""
    table = _first_guess(pairs)
    for _ in range(ROUNDS):
        table = _counted(pairs, table)
    for floor, pairs_alike in FLOORS.items():
        for one, other in map(sorted, pairs_alike):
            table[one + other] = max(floor, table.get(one + other, floor))
    return {key: value for key, value in table.items() if _is_first_order(key)}


def _is_first_order(key: str) -> bool:
    one, other = key[0], key[1]
    if one in ALL_GAPS or other in ALL_GAPS:
        return other in ALL_GAPS
    return one <= other


def as_csv(table: dict[str, float]) -> str:
    written = io.StringIO()
    rows = csv.writer(written, lineterminator="\n")
    rows.writerow(("one", "other", "odds"))
    rows.writerows((key[0], key[1], f"{value:.2f}") for key, value in sorted(table.items()))
    return written.getvalue()


_CLASSES = (
    "bpfvwبفوвбпфwPڤپу",
    "tdTDтдتدطضثذX",
    "kgqcKGхкгكقخغhحهx",
    "szjcSZCJXсзшжчцшسصزشجظذث",
    "lлل",
    "rRрرGغ",
    "mмم",
    "nнن",
    "aeiouyUIEjwаеиоуыэйіїєاويAعه",
)


def _first_guess(pairs: Sequence[tuple[str, str]]) -> dict[str, float]:
    sounds = {sound for pair in pairs for row in pair for sound in row}
    table = {}
    vowels = set(_CLASSES[-1])
    for one in sounds:
        for gap in ALL_GAPS:
            table[one + gap] = table[gap + one] = -0.7 if one in vowels else -1.8
        for other in sounds:
            alike = any(one in found and other in found for found in _CLASSES)
            table[one + other] = 3.0 if one == other else 1.5 if alike else -3.0
    return table


def _counted(pairs: Sequence[tuple[str, str]], table: dict[str, float]) -> dict[str, float]:
    together: Counter[str] = Counter()
    alone: Counter[str] = Counter()
    opposite: Counter[str] = Counter()
    for one, other in pairs:
        if alignment(one, other, table) <= 0:
            continue
        for first, second in aligned(one, other, table):
            together[first + second] += 1
            together[second + first] += 1
        opposite.update(sound + gap_beside(other) for sound in one)
        opposite.update(sound + gap_beside(one) for sound in other)
        alone.update(one)
        alone.update(other)
    total, letters = sum(together.values()), sum(alone.values())
    learned = {}
    for key, count in together.items():
        one, other = key[0], key[1]
        if other in ALL_GAPS:
            learned[key] = learned[other + one] = math.log((count + SMOOTHING) / (opposite[key] + 2))
        elif one in ALL_GAPS:
            continue
        else:
            chance = alone[one] * alone[other] / letters / letters * total
            learned[key] = math.log((count + SMOOTHING * chance / total) / (chance + SMOOTHING))
    return {key: value for key, value in learned.items() if together[key] > 1}


def aligned(one: str, other: str, table: dict[str, float]) -> Iterator[tuple[str, str]]:
    """Yield the pairs of the best alignment, last first."""
    rows = [[0.0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for i in range(len(one) + 1):
        for j in range(len(other) + 1):
            if i or j:
                rows[i][j] = max(value for value, _ in _steps(rows, one, other, i, j, table))
    i, j = len(one), len(other)
    while i or j:
        _, (back_i, back_j) = max(_steps(rows, one, other, i, j, table))
        yield (one[i - 1] if back_i else gap_beside(one)), (other[j - 1] if back_j else gap_beside(other))
        i, j = i - back_i, j - back_j


def _steps(
    rows: list[list[float]], one: str, other: str, i: int, j: int, table: dict[str, float]
) -> Iterator[tuple[float, tuple[int, int]]]:
    if i and j:
        yield rows[i - 1][j - 1] + table.get(one[i - 1] + other[j - 1], -3.5), (1, 1)
    if i:
        yield rows[i - 1][j] + table.get(one[i - 1] + gap_beside(other), -3.0), (1, 0)
    if j:
        yield rows[i][j - 1] + table.get(other[j - 1] + gap_beside(one), -3.0), (0, 1)
