"""How alike two spellings of a name part sound, in Latin, Cyrillic and Arabic letters.

A spelling is a row of sounds, one character each: letters of its own script, and capitals for what is written with
several letters (S for sh, K for kh). Two rows are aligned; each pair of sounds adds the logarithm of how much more
often it stands in spellings of one name than by chance. These odds are learned from groups of spellings:
`python -m benchmarks.names` writes `search/data/sound_odds.csv`. So rare letters that agree say more than common
ones, and short names say less than long ones.
"""

import csv
import re
from functools import cache
from importlib import resources

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
# Few groups hold a name in Cyrillic and Arabic, so it is compared as a Latin writer would hear it.
_HEARD = str.maketrans(
    "абвгдежзийклмнопрстуфхцчшыэёіїєґўқғҳңөұүәј", "abvgdeZziiklmnoprstufKXCSieeiieguqGhnouuej"
)
# Arabic writes no letter twice for being long; in other scripts a doubled letter is one sound.
_DOUBLED = re.compile(r"([^\W\u0600-\u06ff])\1+")


def _as_one(letters: re.Match[str]) -> str:
    return _WRITTEN_TOGETHER[letters[0]]


def sounds_of(form: str) -> str:
    """Return the sounds of a folded spelling."""
    return _DOUBLED.sub(r"\1", _LETTERS.sub(_as_one, form))


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


def _highest(sounds: str) -> float:
    odds = learned_odds()
    return sum(odds.get(sound + sound, SAME_LETTER) for sound in sounds)


def likeness(one: str, other: str) -> tuple[float, float]:
    """Return the odds that two folded spellings reach, and about the highest that such spellings can, at least 1."""
    first, second = sounds_of(one), sounds_of(other)
    if {script_of(first), script_of(second)} == {Script.ARABIC, Script.CYRILLIC}:
        first, second = first.translate(_HEARD), second.translate(_HEARD)
    return alignment(first, second, learned_odds()), max((_highest(first) + _highest(second)) / 2, 1.0)
