"""Codes of testimonies and witnesses: `T-7Q4K-29`, `W-…`. Random; they carry no place, sex, order or initial.

code  := prefix "-" data "-" check
data  := 4 or 6 Crockford base-32 characters
check := 2 characters, so that  data * 1024 + check  leaves the prefix's number modulo 1021

1021 is prime and no two of the first eight powers of 32 agree modulo 1021, so every wrong character, every
exchange of two characters at any distance and every wrong prefix is detected. Two or more other errors
pass once in 1021.
"""

import re
from collections.abc import Callable

from testimony.domain.errors import BadCode

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
TESTIMONY = "T"
WITNESS = "W"
PREFIXES = (TESTIMONY, WITNESS)
SHORT, LONG = 4, 6

_MODULUS = 1021
_CHECK_SPACE = 32 * 32
_SEPARATORS = re.compile("[\\s\u2010-\u2015\u2212-]+")
_LOOK_ALIKES = str.maketrans("OIL", "011")


def new_code(prefix: str, random_below: Callable[[int], int], length: int = SHORT) -> str:
    """Return a random code.

    random_below: called with n, returns an unpredictable integer in 0..n-1 (`secrets.randbelow`).
    length: data characters, 4 (a million codes) or 6 (a thousand million) once the space fills.
    Raises ValueError for another prefix or length.
    """
    if prefix not in PREFIXES or length not in (SHORT, LONG):
        raise ValueError("a code has a known prefix and 4 or 6 characters")
    value = random_below(32**length)
    return f"{prefix}-{_digits(value, length)}-{_digits(_check(prefix, value), 2)}"


def parse_code(text: str) -> str:
    """Return the canonical form of a code as typed: any case, spaces or dashes; O for 0, I or L for 1.

    Raises BadCode.
    """
    bare = _SEPARATORS.sub("", text)
    if not bare.isascii():
        raise BadCode
    prefix, body = bare[:1].upper(), bare[1:].upper().translate(_LOOK_ALIKES)
    if (
        prefix not in PREFIXES
        or len(body) not in (SHORT + 2, LONG + 2)
        or any(c not in ALPHABET for c in body)
    ):
        raise BadCode
    data, check = body[:-2], body[-2:]
    if _digits(_check(prefix, _number(data)), 2) != check:
        raise BadCode
    return f"{prefix}-{data}-{check}"


def _check(prefix: str, value: int) -> int:
    return (ord(prefix) - value * _CHECK_SPACE) % _MODULUS


def _digits(value: int, length: int) -> str:
    return "".join(ALPHABET[value >> 5 * place & 31] for place in reversed(range(length)))


def _number(digits: str) -> int:
    value = 0
    for digit in digits:
        value = value * 32 + ALPHABET.index(digit)
    return value
