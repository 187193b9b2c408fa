"""The classes of words, by language: which words name kin, months, trades, and so on.

A language without words of its own gets all of them: their scripts keep most of them apart.
"""

from enum import IntFlag, auto
from functools import cache
from importlib.resources import files

from search.folding import fold

LANGUAGES = ("en", "fr", "es", "ar", "ru")
_ALIASES = {
    "eng": "en",
    "fra": "fr",
    "fre": "fr",
    "spa": "es",
    "ara": "ar",
    "arb": "ar",
    "rus": "ru",
    "ary": "ar",
    "arz": "ar",
    "mey": "ar",
    "apc": "ar",
    "acm": "ar",
    "arq": "ar",
    "aeb": "ar",
    "apd": "ar",
}
_KEPT_WORDS = 50_000
_LONGEST_STEM = 16
# One-letter words and the conjunction in front of an Arabic word.
_ARABIC_PREFIXES = ("وال", "بال", "فال", "كال", "لل", "ال", "و", "ف", "ب", "ل", "ك")


class Kind(IntFlag):
    """What a word is known as; the names are the headings of lexicon.txt."""

    KIN = auto()
    MINOR = auto()
    TITLE = auto()
    PARTICLE = auto()
    NAMED = auto()
    OCCUPATION = auto()
    BODY = auto()
    HEALTH = auto()
    MONTH = auto()
    HIJRI = auto()
    WEEKDAY = auto()
    DAYTIME = auto()
    NUMBER = auto()
    ORDINAL = auto()
    DURATION = auto()
    AGE = auto()
    BORN = auto()
    MONEY = auto()
    UNIT = auto()
    ADDRESS = auto()
    STREET = auto()
    PLACENOUN = auto()
    ORG = auto()
    GROUP = auto()
    HIDE = auto()
    WHERE = auto()
    LIVE = auto()
    ONLY = auto()
    ROLE = auto()
    EVENT = auto()
    CONTACT = auto()
    INTERPRETER = auto()
    VEHICLE = auto()
    DOCUMENT = auto()
    FIRST = auto()
    PLAIN = auto()
    PLACE = auto()
    """Known to the gazetteer."""


def language_of(code: str) -> str:
    """Return the two letters of a language that has words of its own; empty for any other."""
    lower = code.strip().lower().split("-")[0].split("_")[0]
    short = _ALIASES.get(lower, lower)
    return short if short in LANGUAGES else ""


class Lexicon(dict[str, tuple[str, int]]):
    """A word as written → its folded form and the kinds it is known as. Forgets when it has seen very many words."""

    def __init__(self, words: dict[str, int], stems: dict[str, int]) -> None:
        self._words = words
        self._stems = stems

    def __missing__(self, raw: str) -> tuple[str, int]:
        if len(self) >= _KEPT_WORDS:
            self.clear()
        folded = fold(raw)
        found = self[raw] = (folded, self._kinds(folded))
        return found

    def _kinds(self, folded: str) -> int:
        kinds = self._known(folded)
        if not kinds and "\u0600" <= folded[:1] <= "\u06ff":
            for prefix in _ARABIC_PREFIXES:
                if folded.startswith(prefix) and len(folded) > len(prefix) + 1:
                    kinds = self._known(folded[len(prefix) :])
                    if kinds:
                        break
        return kinds

    def _known(self, folded: str) -> int:
        kinds = self._words.get(folded, 0)
        for length in range(3, min(len(folded), _LONGEST_STEM) + 1):
            if (stem := self._stems.get(folded[:length])) and len(folded) - length <= 5:
                kinds |= stem
        return kinds


@cache
def _entries() -> tuple[tuple[str, str, int], ...]:
    """Language, word as in the file, kind."""
    found: list[tuple[str, str, int]] = []
    kind = 0
    for line in files("testimony.detection.data").joinpath("lexicon.txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            kind = Kind[line.strip("[]").upper()].value
        elif line and not line.startswith("#"):
            language, _, words = line.partition(": ")
            found += ((language, word, kind) for word in words.split())
    return tuple(found)


@cache
def lexicon_for(language: str) -> Lexicon:
    """Return the words of one of LANGUAGES, or of all of them for any other."""
    words: dict[str, int] = {}
    stems: dict[str, int] = {}
    for spoken, word, kind in _entries():
        if language in ("", spoken):
            table = stems if word.endswith("*") else words
            folded = fold(word)
            table[folded] = table.get(folded, 0) | kind
    return Lexicon(words, stems)
