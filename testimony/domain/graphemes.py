"""Where a text may be cut without splitting what a reader sees as one character.

A conservative reading of UAX #29: where the standard's tables are not in the standard library it keeps
together rather than cuts, because a cut in the wrong place can leave a mark that tells which letter was
withheld.
"""

import unicodedata
from functools import lru_cache

_ZERO_WIDTH_NON_JOINER, _ZERO_WIDTH_JOINER = "\u200c", "\u200d"


@lru_cache(maxsize=4096)
def _extends(character: str) -> bool:
    """Marks, joiners, variation selectors, skin tones, tags, Hangul vowels and finals."""
    return (
        unicodedata.category(character) in ("Mn", "Me", "Mc")
        or character in (_ZERO_WIDTH_NON_JOINER, _ZERO_WIDTH_JOINER)
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or "\U000e0020" <= character <= "\U000e007f"
        or "\u1160" <= character <= "\u11ff"
        or "\ud7b0" <= character <= "\ud7fb"
        or character in "\uff9e\uff9f"
    )


def _is_regional(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _prepends(character: str) -> bool:
    return "\u0600" <= character <= "\u0605" or character in ("\u06dd", "\u070f", "\u08e2")


def is_boundary(text: str, at: int) -> bool:
    """Say whether `text` may be cut before code point `at`; both ends of the text are boundaries."""
    if at <= 0 or at >= len(text):
        return True
    before, after = text[at - 1], text[at]
    if before == "\r" and after == "\n":
        return False
    if before.isascii() and after.isascii():
        return True
    if before in "\r\n":
        return True
    if _extends(after) or _prepends(before):
        return False
    if before == _ZERO_WIDTH_JOINER and not after.isspace():
        return False
    return not (_is_regional(before) and _is_regional(after) and _is_second_of_pair(text, at))


def _is_second_of_pair(text: str, at: int) -> bool:
    """Two regional indicators make one flag: count those before `at`, in a run."""
    first = at
    while first > 0 and _is_regional(text[first - 1]):
        first -= 1
    return (at - first) % 2 == 1


def widen(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the smallest span around `start`..`end` (code points) that splits no character a reader sees."""
    while not is_boundary(text, start):
        start -= 1
    while not is_boundary(text, end):
        end += 1
    return start, end
