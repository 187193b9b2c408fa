"""Which words of a text a query may want, told by their first letters, so that the rest is not looked at.

A stemmer takes endings off; most keep how a word begins. Where one does not, nothing is told and all words are looked
at. What is found here is a little more than what a query wants, never less.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from operator import lt

from search.folding import (
    APOSTROPHES,
    MARKS,
    WORD,
    fold,
    has_unspaced,
    typeset_made_plain,
)
from search.languages import Script, script_of, stemmer_for

# How many first letters of a folded word its stem keeps at least, of Snowball's algorithms that take endings off alone.
# Not here: those that also take beginnings off (Arabic, Dutch, Indonesian, Irish, Sesotho) or respell (Esperanto,
# Serbian, Turkish).
_KEEPS = {
    "": 2,
    "english": 2,
    "french": 2,
    "spanish": 2,
    "portuguese": 2,
    "italian": 2,
    "romanian": 2,
    "catalan": 2,
    "swedish": 2,
    "norwegian": 2,
    "danish": 2,
    "hungarian": 2,
    "basque": 2,
    "russian": 2,
    "german": 1,
    "finnish": 1,
}
# English: "dying" and "tying" have the stems "die" and "tie".
_RESPELLED = re.compile(r".ie")
_NEW_ENDING = 3
"""Of a longer stem no more letters than these are an ending that the word itself has not: "constant", constamment."""
_ENOUGH = 12
"""More first letters would find hardly less."""
_BLANK = ord(" ")
_STRANGE = ord("?")
_APOSTROPHE = ord("'")
_FEW = 50
"""One strange letter in so many is looked at by itself."""
_KEPT_BEFORE = rf"(?<![\w{MARKS}])"
_REST = rf"[\w{MARKS}{APOSTROPHES}]*"
_INSIDE = re.compile(rf"[^\W_]|[{MARKS}]")

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Candidates:
    """Finds words that may have one of some terms.

    stems: that a word may have as its stem, or as spelled. spelled: that a word is spelled as, or begins with.
    """

    stems: frozenset[str]
    spelled: frozenset[str]

    def spans(self, text: str, language: str) -> list[Span] | None:
        """Return where such words stand, in code points, in order; None where first letters do not tell."""
        begins = _beginnings(self.stems, self.spelled, language)
        if begins is None:
            return None
        if text.isascii():
            letters = text.encode().translate(_plain_table())
            return _in_order(_in_letters(text, b" %b " % letters, begins, _CODECS[0]))
        plain = typeset_made_plain(text).replace("?", " ")
        for codec in _CODECS:
            letters = plain.encode(codec, "replace")
            strange = letters.count(_STRANGE)
            if strange * _FEW <= len(letters):
                # A blank before and one behind: what stands between is the words.
                found = _in_letters(text, b" %b " % letters.translate(_table(codec)), begins, codec)
                return _in_order(found)
        if has_unspaced(text):
            return None
        return list(_in_any(plain.replace("_", " "), begins))


@lru_cache(maxsize=256)
def _beginnings(stems: frozenset[str], spelled: frozenset[str], language: str) -> frozenset[str] | None:
    """Return how words begin that may have these terms; None where no beginning tells it."""
    terms = (*stems, *spelled)
    if not all(script_of(term) in {Script.LATIN, Script.CYRILLIC} or term.isdecimal() for term in terms):
        return None
    kept = [_KEEPS.get(stemmer_for(language, script)) for script in (Script.LATIN, Script.CYRILLIC)]
    if None in kept:
        return None
    least = min(number for number in kept if number is not None)
    return frozenset(
        {term[: _kept_of(term, least)] for term in stems if term}
        | {term[:_ENOUGH] for term in spelled if term}
    )


def _kept_of(stem: str, least: int) -> int:
    if least == 1 or _RESPELLED.fullmatch(stem):
        return 1
    return max(least, min(len(stem) - _NEW_ENDING, _ENOUGH))


_CODECS = ("latin-1", "cp1251")
"""A byte for each letter of a text in Latin or Cyrillic letters: searched several times as fast as code points."""


@lru_cache
def _table(codec: str) -> bytes:
    """Return what each byte becomes: its letter folded, an apostrophe, a blank, or the sign of a strange letter."""
    return bytes(_folded(bytes((byte,)).decode(codec, "replace"), codec) for byte in range(256))


def _folded(letter: str, codec: str) -> int:
    if letter == "?":
        return _STRANGE
    if letter in APOSTROPHES:
        return ord("'")
    if not _is_inside(letter):
        return _BLANK
    form = fold(letter).encode(codec, "replace")
    return form[0] if len(form) == 1 else _STRANGE


@lru_cache(maxsize=1)
def _plain_table() -> bytes:
    """Return the table of an ASCII text: it has no strange letter, so that a question mark is none."""
    return _table(_CODECS[0]).replace(b"?", b" ")


def _in_order(found: list[Span]) -> list[Span]:
    """Return each place once, in the order of the text: mostly they were found so."""
    return found if all(map(lt, found, islice(found, 1, None))) else sorted(set(found))


def _in_letters(text: str, letters: bytes, begins: frozenset[str], codec: str) -> list[Span]:
    """Return the words that begin so, have a part behind an apostrophe that does, or hold a strange letter.

    letters: a byte for each code point of `text` between two blanks, so that where a blank is the next word begins.
    """
    at_start, behind = _patterns(begins, codec)
    found: list[Span] = []
    for match in at_start.finditer(letters):
        start, begun = match.span()
        end = letters.find(_BLANK, begun)
        word = letters[start:end]
        if _APOSTROPHE in word or _STRANGE in word:
            found += _words(text, start, end - 1)
        else:
            found.append((start, end - 1))
    for match in behind.finditer(letters):
        start, begun = match.span()
        found += _words(text, letters.rfind(_BLANK, 0, start), letters.find(_BLANK, begun) - 1)
    place = letters.find(_STRANGE)
    while place >= 0:
        end = letters.find(_BLANK, place)
        found += _words(text, letters.rfind(_BLANK, 0, place), end - 1)
        place = letters.find(_STRANGE, end)
    return found


@lru_cache(maxsize=256)
def _patterns(begins: frozenset[str], codec: str) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    encoded = (begin.encode(codec, "replace") for begin in sorted(begins))
    # Within a word apostrophes close up. What has a strange letter is looked at anyway.
    ways = [
        b"'*".join(re.escape(bytes((letter,))) for letter in begin)
        for begin in encoded
        if _STRANGE not in begin
    ]
    one = ways[0] if len(ways) == 1 else b"(?:" + b"|".join(ways) + b")" if ways else b"(?!)"
    return re.compile(b" " + one), re.compile(b"'" + one)


def _in_any(text: str, begins: frozenset[str]) -> Iterator[Span]:
    """Yield the words of a text in any spaced script whose first letter fits."""
    firsts = {begin[0] for begin in begins}
    wanted = frozenset(letter for letter in set(text) if _first_of(letter) in firsts or not _first_of(letter))
    pattern = _pattern_of("".join(sorted(letter for letter in wanted if letter.isalnum())))
    if pattern is None:
        return
    for match in pattern.finditer(text):
        start = match.start()
        while start > 0 and (text[start - 1] in APOSTROPHES or _is_inside(text[start - 1])):
            start -= 1
        yield from _words(text, start, match.end())


@lru_cache(maxsize=4096)
def _first_of(letter: str) -> str:
    return fold(letter)[:1]


@lru_cache(maxsize=256)
def _pattern_of(letters: str) -> re.Pattern[str] | None:
    return re.compile(f"{_KEPT_BEFORE}[{re.escape(letters)}]{_REST}") if letters else None


def _is_inside(character: str) -> bool:
    return _INSIDE.match(character) is not None


def _words(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield the words between: one, but for stray apostrophes and two of them inside."""
    return (match.span() for match in WORD.finditer(text, start, end))
