"""Accounts: who works here, under which handle, with which roles; and what a password must not be.

Knows no key and no password hash. Lengths are counted in code points after Unicode NFKC.
"""

import re
import unicodedata
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import NewType

from testimony.domain.errors import BadHandle, WeakPassword
from testimony.domain.roles import Role, require_compatible

AccountId = NewType("AccountId", str)

MIN_PASSWORD_LENGTH = 12
MAX_PASSWORD_LENGTH = 512
_MIN_DISTINCT = 5
_MIN_CORE = 4
_MOST_ALIKE = 0.7
_WORD = re.compile(r"\w+")

_HANDLE = re.compile(r"[a-z0-9._-]{2,40}")
_LEET = str.maketrans("01345789@$!|+", "oieastbgasiit")
_WALKS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertyuiopasdfghjklzxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "qwertzuiopasdfghjklyxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "qazwsxedcrfvtgbyhnujmikolp",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
)


class AccountState(StrEnum):
    """Where an account stands; only an active one signs in."""

    INVITED = "invited"
    ACTIVE = "active"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class Account:
    """Raises BadHandle, IncompatibleRoles."""

    id: AccountId
    handle: str = field(repr=False)
    name: str = field(repr=False)
    roles: frozenset[Role]
    state: AccountState

    def __post_init__(self) -> None:
        require_handle(self.handle)
        require_compatible(self.roles)


def require_handle(handle: str) -> None:
    """Raises BadHandle unless it is 2 to 40 of `a-z 0-9 . - _`."""
    if not _HANDLE.fullmatch(handle):
        raise BadHandle


@cache
def common_passwords() -> frozenset[str]:
    """Return the passwords, and cores of passwords, that are guessed first.

    Lower case, without decoration.
    """
    path = files("testimony.domain") / "common_passwords.txt"
    return frozenset(line for line in path.read_text(encoding="utf-8").splitlines() if line)


def require_strong_password(password: str, handle: str, common: Container[str]) -> None:
    """Refuse what is guessed early. No rule about kinds of characters: length and rarity are what count.

    common: `common_passwords()`; lower case.
    Raises WeakPassword with the code `too_short`, `too_long`, `repeated`, `sequence`, `handle` or `common`.
    """
    text = unicodedata.normalize("NFKC", password)
    if len(text) < MIN_PASSWORD_LENGTH:
        raise WeakPassword("too_short")
    if len(text) > MAX_PASSWORD_LENGTH:
        raise WeakPassword("too_long")
    if len(set(text)) < _MIN_DISTINCT:
        raise WeakPassword("repeated")
    forms = set(_folded_forms(text))
    if any(_is_walk(form) for form in forms):
        raise WeakPassword("sequence")
    if any(form in set(_folded_forms(handle)) for form in forms):
        raise WeakPassword("handle")
    if any(form in common or _is_pair(form, common) for form in forms):
        raise WeakPassword("common")


def require_unlike(password: str, other: str) -> None:
    """Refuse a password that somebody who knows the other one would recognise, or hit by mistyping it.

    Raises WeakPassword with the code `similar`.
    """
    one, two = (_plain(text) for text in (password, other))
    words = [set(_WORD.findall(unicodedata.normalize("NFKC", text).casefold())) for text in (password, other)]
    shared = {word for word in words[0] & words[1] if len(word) >= _MIN_CORE}
    alike = SequenceMatcher(None, one, two, autojunk=False).ratio()
    if one in two or two in one or alike > _MOST_ALIKE or len(shared) > min(map(len, words)) / 2:
        raise WeakPassword("similar")


def _plain(text: str) -> str:
    """Letters and digits without case and disguise; the whole text where it has hardly any."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    plain = re.sub(r"[\W_]+", "", folded.translate(_LEET))
    return plain if len(plain) >= _MIN_CORE else folded


def _folded_forms(text: str) -> Iterator[str]:
    """Yield the word with simple disguises taken off: case, added digits and signs, leet, repetition."""
    lower = text.lower()
    for spelling in {lower, lower.translate(_LEET)}:
        stripped = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", spelling)
        compact = re.sub(r"[\W_]+", "", spelling)
        letters = re.sub(r"[\W\d_]+", "", spelling)
        for form in {spelling, stripped, compact, letters, re.sub(r"^\d+|\d+$", "", compact)}:
            if len(form) >= _MIN_CORE:
                yield form
                yield _unit(form)
    # Digits at the end are a year or a counter far more often than leet: take them off before reading leet.
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", lower).translate(_LEET)
    if len(core) >= _MIN_CORE:
        yield core
        yield _unit(core)


def _is_pair(text: str, common: Container[str]) -> bool:
    return any(
        text[:at] in common and text[at:] in common for at in range(_MIN_CORE, len(text) - _MIN_CORE + 1)
    )


def _unit(text: str) -> str:
    """Return the shortest text that `text` repeats; a text that repeats nothing is its own."""
    period = (text + text).find(text, 1)
    return text[:period]


def _is_walk(text: str) -> bool:
    """Say whether the text only walks along the alphabet, the digits or a keyboard, 3 keys or more a step."""
    if len(text) < MIN_PASSWORD_LENGTH // 2:
        return False
    rest = text
    while rest:
        longest = _longest_step(rest)
        if longest < 3:
            return False
        rest = rest[longest:]
    return True


def _longest_step(text: str) -> int:
    longest = 0
    for walk in (*_WALKS, *(walk[::-1] for walk in _WALKS)):
        length = longest
        while length < len(text) and text[: length + 1] in walk:
            length += 1
        longest = max(longest, length)
    return longest
