"""Finding words again however they are written: case, accents, spaces, dashes, Arabic letters, digits.

Offsets are Unicode code points of the text as given. A match begins and ends at the edge of a word; dashes,
apostrophes and, in Arabic script, prefixed particles are edges. It does not find other spellings of a name.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from testimony.domain.graphemes import widen

_MIN_NUMBER = 5
_SPACES = re.compile(" {2,}")
_LONGEST_PREFIX = 16
_NUMBER_SIGNS = frozenset("+()./-_ ")
_DASHES = frozenset("-_\u00ad\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u05be")
_APOSTROPHES = frozenset("\u2018\u2019\u02bc\u02b9\u02bb\u02be\u02bf`\u00b4\u2032")
_LETTERS = str.maketrans(
    {
        "\u0649": "\u064a",  # alef maksura, often typed for ya
        "\u06cc": "\u064a",  # Farsi ya
        "\u0629": "\u0647",  # ta marbuta
        "\u0671": "\u0627",  # alef wasla
        "\u06a9": "\u0643",  # Farsi kaf
        "\u0131": "i",
        "\u0111": "d",
        "\u00f0": "d",
        "\u0142": "l",
        "\u00f8": "o",
        "\u014b": "n",
        "\u0272": "n",
        "\u0253": "b",
        "\u0257": "d",
        "\u01b4": "y",
        "\u0263": "g",
        "\u01dd": "e",
        "\u0259": "e",
        "\u025b": "e",
        "\u0254": "o",
        "\u0640": None,  # tatweel only stretches a word
    }
)
# And, so, by, like, for, the article, and what they make together.
_ARABIC_PREFIXES = frozenset(
    ("و", "ف", "ب", "ك", "ل", "ال", "لل", "وال", "فال", "بال", "كال", "ول", "وب", "فل", "فب", "وبال", "ولل")
)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Code points `start` (inclusive) to `end` (exclusive)."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Folded:
    """A folded text; `origins[i]` is the code point of the original that folded character i comes from."""

    text: str
    origins: tuple[int, ...]


@lru_cache(maxsize=4096)
def _fold_character(character: str) -> str:
    """Return one character's folded form: none, one or several characters."""
    if character.isspace() or character in _DASHES:
        return " "
    if character in _APOSTROPHES:
        return "'"
    if unicodedata.category(character) == "Cf":
        return ""
    if (digit := unicodedata.decimal(character, None)) is not None:
        return str(digit)
    decomposed = unicodedata.normalize("NFKD", character.casefold())
    kept = "".join(part for part in decomposed if unicodedata.category(part) not in ("Mn", "Me", "Cf"))
    return kept.translate(_LETTERS)


def fold(text: str) -> str:
    """Return the form under which two spellings of the same word are compared."""
    return _fold(text).text.strip()


def _fold(text: str) -> _Folded:
    characters: list[str] = []
    origins: list[int] = []
    for at, character in enumerate(text):
        # A soft hyphen or a direction mark inside a word is nothing; a run of spaces or dashes is one space.
        for part in "" if character == "\u00ad" else _fold_character(character):
            if part == " " and characters and characters[-1] == " ":
                continue
            characters.append(part)
            origins.append(at)
    return _Folded("".join(characters), tuple(origins))


def _digits_only(folded: _Folded) -> _Folded:
    kept = [
        (part, at) for part, at in zip(folded.text, folded.origins, strict=True) if part not in _NUMBER_SIGNS
    ]
    return _Folded("".join(part for part, _ in kept), tuple(at for _, at in kept))


def occurrences(text: str, needle: str) -> tuple[Span, ...]:
    """Return where `needle` stands in `text`, in order, without overlaps; nothing for a blank needle.

    A needle of five digits or more, with or without signs between them, is found under any grouping.
    """
    return _occurrences(text, _fold(text), needle)


def occurrences_of_each(text: str, needles: Iterable[str]) -> tuple[tuple[Span, ...], ...]:
    """Return where each of the needles stands in `text`, in the order of the needles."""
    folded = _fold(text)  # once: it is most of the work
    return tuple(_occurrences(text, folded, needle) for needle in needles)


class _Folding(dict[int, str]):
    """A table for `str.translate`, filled as characters are met: much faster where no offsets are needed."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = _fold_character(chr(code))
        return folded


_FOLDING = _Folding()


def named_in(text: str, needles: Iterable[str]) -> frozenset[str]:
    """Return the needles that `occurrences_of_each` finds in `text`; quick where there are none."""
    folded = _quick_fold(text)
    likely = tuple(
        needle for needle in needles if (wanted := _quick_fold(needle).strip()) and wanted in folded
    )
    if not likely:
        return frozenset()
    return frozenset(
        needle for needle, spans in zip(likely, occurrences_of_each(text, likely), strict=True) if spans
    )


def _quick_fold(text: str) -> str:
    return _SPACES.sub(" ", text.translate(_FOLDING))


def occurrences_of_any(text: str, needles: Iterable[str]) -> tuple[Span, ...]:
    """Return where any of the needles stands in `text`, in order; spans of different needles may overlap."""
    return tuple(sorted({span for spans in occurrences_of_each(text, set(needles)) for span in spans}))


def _occurrences(text: str, folded: _Folded, needle: str) -> tuple[Span, ...]:
    wanted = fold(needle)
    number = "".join(part for part in wanted if part not in _NUMBER_SIGNS)
    if number.isdecimal() and len(number) >= _MIN_NUMBER:
        return _find(text, _digits_only(folded), number, is_number=True)
    return _find(text, folded, wanted, is_number=False) if wanted else ()


def _find(text: str, folded: _Folded, wanted: str, *, is_number: bool) -> tuple[Span, ...]:
    found: list[Span] = []
    at = folded.text.find(wanted)
    while at >= 0:
        last = at + len(wanted) - 1
        first = folded.origins[at]
        while is_number and text[max(first - 1, 0) : first] in ("+", "("):
            first -= 1
        start, end = widen(text, first, folded.origins[last] + 1)
        if _has_edges(text, start, end, is_number=is_number) and (not found or start >= found[-1].end):
            found.append(Span(start, end))
        at = folded.text.find(wanted, at + 1)
    return tuple(found)


def _has_edges(text: str, start: int, end: int, *, is_number: bool) -> bool:
    before, after = text[max(start - 1, 0) : start], text[end : end + 1]
    if is_number:
        return not before.isdecimal() and not after.isdecimal()
    if _is_word(text[start]) and _is_word(before) and not _is_arabic_prefix(text, start):
        return False
    return not (_is_word(text[end - 1]) and _is_word(after))


def _is_word(character: str) -> bool:
    return character != "" and (character.isalnum() or unicodedata.category(character) in ("Mn", "Mc"))


def _is_arabic_prefix(text: str, start: int) -> bool:
    """Say whether only particles ("and", "by", the article) stand between the word's edge and `start`."""
    first = start
    while first > 0 and _is_word(text[first - 1]):
        first -= 1
        # Longer than any particle with its vowel signs: a word without end is not walked through from each place in it.
        if start - first > _LONGEST_PREFIX:
            return False
    return fold(text[first:start]) in _ARABIC_PREFIXES
