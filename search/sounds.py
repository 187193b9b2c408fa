"""How alike two spellings of a name part sound, in Latin, Cyrillic and Arabic letters.

A spelling is a row of sounds, one character each: letters of its own script, and capitals for what is written with
several letters (S for sh, K for kh). Two rows are aligned; each pair of sounds adds the logarithm of how much more
often it stands in spellings of one name than by chance. These odds are learned from groups of spellings:
`python -m benchmarks.names` writes `search/data/sound_odds.csv`. So rare letters that agree say more than common
ones, and short names say less than long ones.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from operator import add

from search.languages import Script, script_of

# What stands where the other spelling has nothing, by that other's script: Arabic leaves out vowels, others do not.
GAP = "-"
GAPS = {Script.LATIN: GAP, Script.ARABIC: "ـ", Script.CYRILLIC: "~"}
# For what was never met in the spellings of one name.
UNMET = -3.5
UNMET_GAP = -3.0
# Letters of scripts the table does not know agree with themselves alone.
SAME_LETTER = 3.0

_WRITTEN_TOGETHER = {
    **dict.fromkeys(("tsch", "tch", "tsh", "ch", "cz", "tx", "تش"), "C"),
    **dict.fromkeys(("sch", "sh", "sz", "sj"), "S"),
    **dict.fromkeys(("zh", "zs"), "Z"),
    **dict.fromkeys(("dzh", "dj", "dsch", "dsh", "дж"), "J"),
    "kh": "K",
    "gh": "G",
    "rh": "R",
    "ph": "f",
    "th": "T",
    "dh": "D",
    **dict.fromkeys(("ou", "oo", "uu", "oux"), "U"),
    **dict.fromkeys(("ee", "ie"), "I"),
    **dict.fromkeys(("ai", "ay", "ei", "ey", "aj", "ej"), "E"),
    **dict.fromkeys(("eaux", "eau", "aux"), "o"),
    **dict.fromkeys(("ts", "tz", "dz", "дз", "تس"), "X"),
    **dict.fromkeys(("ck", "kk", "cc"), "k"),
    "x": "ks",
    "щ": "ш",
    "ъ": "",
    "ь": "",
    "ю": "йу",
    "я": "йа",
}
_LETTERS = re.compile("|".join(sorted(_WRITTEN_TOGETHER, key=len, reverse=True)))
# In the east x is kh (Moxtar, Xalid); between vowels and at the end of a name it is ks (Maxim, Félix).
_EASTERN_X = re.compile("x(?=[bdfghjklmnpqrstvwyz])|^x(?=[aou])")
# Few groups hold a name in Cyrillic and Arabic, so it is compared as a Latin writer would hear it.
_HEARD = str.maketrans(
    "абвгдежзийклмнопрстуфхцчшыэёіїєґўқғҳңөұүәј", "abvgdeZziiklmnoprstufKXCSieeiieguqGhnouuej"
)
# Arabic writes no letter twice for being long; in other scripts a doubled letter is one sound.
_DOUBLED = re.compile(r"([^\W\u0600-\u06ff])\1+")


def _as_one(letters: re.Match[str]) -> str:
    return _WRITTEN_TOGETHER[letters[0]]


@lru_cache(maxsize=200_000)
def sounds_of(form: str) -> str:
    """Return the sounds of a folded spelling."""
    letters = _EASTERN_X.sub("kh", form) if "x" in form else form
    return _DOUBLED.sub(r"\1", _LETTERS.sub(_as_one, letters))


@cache
def learned_odds() -> dict[str, float]:
    """Return the log odds of two sounds, or of a sound before a gap, by both written after one another."""
    text = resources.files("search.data").joinpath("sound_odds.csv").read_text(encoding="utf-8")
    table = {}
    for row in csv.DictReader(text.splitlines()):
        table[row["one"] + row["other"]] = table[row["other"] + row["one"]] = float(row["odds"])
    return table


def gap_beside(sounds: str) -> str:
    """Return the gap that stands in a row of sounds."""
    return GAPS.get(script_of(sounds), GAP)


def alignment(one: str, other: str, odds: dict[str, float]) -> float:
    """Return the highest sum of odds of any alignment of two rows of sounds."""
    beside_one, beside_other = gap_beside(one), gap_beside(other)
    gaps = [odds.get(sound + beside_one, UNMET_GAP) for sound in other]
    above = [0.0]
    for gap in gaps:
        above.append(above[-1] + gap)
    for sound in one:
        gap = odds.get(sound + beside_other, UNMET_GAP)
        diagonal = above[0]
        best = diagonal + gap
        row = [best]
        for at, against in enumerate(other):
            met = odds.get(sound + against)
            if met is None:
                met = SAME_LETTER if sound == against else UNMET
            best = max(diagonal + met, above[at + 1] + gap, best + gaps[at])
            diagonal = above[at + 1]
            row.append(best)
        above = row
    return above[-1]


@cache
def _best_partners() -> dict[str, float]:
    """Return the highest odds of each sound beside any other; a gap never adds."""
    best: dict[str, float] = {}
    for pair, met in learned_odds().items():
        best[pair[0]] = max(best.get(pair[0], SAME_LETTER), met)
    return best


@dataclass(frozen=True, slots=True)
class Demand:
    """What spellings must reach, as shares of the highest they can; short ones may reach `telling` instead."""

    share: float
    when_short: float
    telling: float

    def least(self, highest: float) -> float:
        return max(self.share * highest, min(self.when_short * highest, self.telling))


class Listener:
    """Compares one spelling with many of one script: rows of the table that begin alike are worked out once, and
    what cannot reach the demand any more is left."""

    def __init__(self, form: str, script: Script, demand: Demand) -> None:
        odds = learned_odds()
        self._heard = {script_of(form), script} == {Script.ARABIC, Script.CYRILLIC}
        self._own = own = self._sounds(form)
        self._demand = demand
        self._highest = sum(odds.get(sound + sound, SAME_LETTER) for sound in own)
        self._gap = gap_beside(own)
        beside_other = GAP if self._heard else GAPS.get(script, GAP)
        self._gaps = [odds.get(sound + beside_other, UNMET_GAP) for sound in own]
        rest = [0.0]
        for sound in reversed(own):
            rest.append(rest[-1] + _best_partners().get(sound, SAME_LETTER))
        self._rest = rest[::-1]
        self._met: dict[str, tuple[float, float, list[tuple[float, float]]]] = {}

    def alike(self, forms: Iterable[str]) -> Iterator[tuple[str, float, float]]:
        """Yield the forms that reach the demand, with the odds reached and about the highest they can."""
        above = [0.0]
        for gap in self._gaps:
            above.append(above[-1] + gap)
        rows, tops, spoken, dead = [above], [0.0], "", ""
        for sounds, form in sorted((self._sounds(form), form) for form in forms):
            if dead and sounds.startswith(dead):
                continue
            dead = ""
            shared = _begin_alike(sounds, spoken)
            del rows[shared + 1 :], tops[shared + 1 :]
            spoken = sounds
            for at in range(shared, len(sounds)):
                row, top, reachable = self._next(rows[-1], tops[-1], sounds[at])
                rows.append(row)
                tops.append(top)
                if reachable < self._demand.least((self._highest + top) / 2):
                    dead = spoken = sounds[: at + 1]
                    break
            else:
                highest = max((self._highest + tops[-1]) / 2, 1.0)
                if rows[-1][-1] >= self._demand.least(highest):
                    yield form, rows[-1][-1], highest

    def _next(self, above: list[float], top: float, sound: str) -> tuple[list[float], float, float]:
        """Return the row below, the highest odds so far, and the most that can still be reached."""
        if sound not in self._met:
            self._met[sound] = self._beside(sound)
        gap, same, beside = self._met[sound]
        diagonal = above[0]
        best = diagonal + gap
        row = [best]
        for (met, own_gap), up in zip(beside, above[1:], strict=True):
            best += own_gap
            if diagonal + met > best:
                best = diagonal + met
            if up + gap > best:
                best = up + gap
            diagonal = up
            row.append(best)
        return row, top + same, max(map(add, row, self._rest))

    def _beside(self, sound: str) -> tuple[float, float, list[tuple[float, float]]]:
        odds = learned_odds()
        met = [odds.get(sound + own, SAME_LETTER if sound == own else UNMET) for own in self._own]
        gap = odds.get(sound + self._gap, UNMET_GAP)
        return gap, odds.get(sound + sound, SAME_LETTER), list(zip(met, self._gaps, strict=True))

    def _sounds(self, form: str) -> str:
        sounds = sounds_of(form)
        return sounds.translate(_HEARD) if self._heard else sounds


def _begin_alike(one: str, other: str) -> int:
    """Return how many characters two strings have in common from their beginning."""
    return next(
        (at for at, (first, second) in enumerate(zip(one, other, strict=False)) if first != second),
        min(len(one), len(other)),
    )
