"""From what is known of a witness to tags: keyed hashes of how names sound, of telephones, of years. Pure.

    tag := HKDF(matching key, NAME_TAG, kind | value), first 8 bytes

Values: two sounds of a name, in the order of the alphabet, so that neither spelling nor order of the parts matters;
the last nine digits of a telephone with one sound; five years in which the witness may have been born; sex. Sounds and
particles are `search.names`' own, so what a search takes for one name is one here.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations, product

from crypto.keys import Secret, expand
from crypto.labels import Label
from search.folding import written_words
from search.name_forms import name_parts
from search.names import key_of, keys_of
from testimony.domain.earlier_accounts import TAG_BYTES, NameTags

_DIGITS, _LEAST_DIGITS = 9, 7
_BAND = re.compile(r"(\d+)(?:-(\d+)|\+)")
_OLDEST = 100
_MARGIN, _STRETCH = 2, 5
"""Ages are estimated: two years more on either side, in stretches of five."""


@dataclass(frozen=True, slots=True)
class KnownOfWitness:
    """names: as they are written. telephones: the witness's own. age_band: a code, in the year in which it was told."""

    names: tuple[str, ...] = field(repr=False)
    telephones: tuple[str, ...] = field(default=(), repr=False)
    sex: str = "undisclosed"
    age_band: str = "undisclosed"
    year: int = 0


def known_from_identity(identity: Mapping[str, object], sex: str, age_band: str, year: int) -> KnownOfWitness:
    """identity: "testimony-identity/1"."""
    names = tuple(str(row.get("full", "")) for row in _rows(identity.get("names")))
    own = (row for row in _rows(identity.get("contacts")) if row.get("owner") == "self")
    return KnownOfWitness(names, tuple(str(row.get("value", "")) for row in own), sex, age_band, year)


def tags_of(known: KnownOfWitness, key: Secret, key_id: str) -> NameTags:
    """Every tag of one witness. Nothing of names, telephones or years can be read back without guessing and the key."""
    parts = [name_parts(written_words(name)) for name in known.names]
    names = {_pair(key_of(a), key_of(b)) for name in parts for a, b in combinations(name, 2)}
    readings = {
        _pair(one, other)
        for name in parts
        for a, b in combinations(name, 2)
        for one, other in product(keys_of(a), keys_of(b))
    }
    sounds = {key_of(part) for name in parts for part in name}
    numbers = {digits for digits in map(_digits, known.telephones) if digits}
    reached = {f"reached|{number}|{sound}" for number in numbers for sound in sounds}
    born = {f"born|{stretch}" for stretch in _stretches(known.age_band, known.year)}
    sex = {f"sex|{known.sex}"} if known.sex != "undisclosed" else set()
    made = (_tags(key, values) for values in (names, readings, reached, born, sex))
    return NameTags(key_id, *made)


def _tags(key: Secret, values: Iterable[str]) -> frozenset[bytes]:
    return frozenset(expand(key, Label.NAME_TAG, value.encode(), TAG_BYTES) for value in values)


def _pair(one: str, other: str) -> str:
    low, high = sorted((one, other))
    return f"name|{low}|{high}"


def _digits(text: str) -> str:
    """The last digits of a telephone, in any script; empty for what is too short to tell anybody apart."""
    found = "".join(
        str(unicodedata.digit(sign)) for sign in text if unicodedata.digit(sign, None) is not None
    )
    return found[-_DIGITS:] if len(found) >= _LEAST_DIGITS else ""


def _stretches(age_band: str, year: int) -> frozenset[int]:
    band = _BAND.fullmatch(age_band)
    if band is None or not year:
        return frozenset()
    youngest, oldest = int(band[1]), int(band[2] or _OLDEST)
    first, last = year - oldest - 1 - _MARGIN, year - youngest + _MARGIN
    return frozenset(range(first // _STRETCH, last // _STRETCH + 1))


def _rows(value: object) -> tuple[Mapping[str, object], ...]:
    return tuple(row for row in value if isinstance(row, Mapping)) if isinstance(value, list | tuple) else ()
