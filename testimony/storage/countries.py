"""Countries by ISO 3166-1 code and their names in the languages of the pages, from Babel's territory data.

They are places that a new archive has without anybody's work; a row is made for one when it is first used.
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from babel import Locale

from testimony.domain.places import Place, PlaceId, PlaceLevel, PlaceName

LANGUAGES: Mapping[str, str] = MappingProxyType({"en": "eng", "fr": "fra", "ar": "arb"})
"""The languages of the pages, and what a label in them is indexed as (ISO 639-3)."""

_NO_COUNTRIES = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})
"""Two-letter codes of the data that name groups, tests and "unknown"."""


@cache
def countries() -> Mapping[PlaceId, Place]:
    """Every country by its code, in the order of the codes."""
    territories = {language: _territories(language) for language in LANGUAGES}
    everywhere = set.intersection(*(set(names) for names in territories.values()))
    codes = sorted(code for code in everywhere if len(code) == 2 and code.isalpha())
    return MappingProxyType(
        {PlaceId(code): _country(code, territories) for code in codes if code not in _NO_COUNTRIES}
    )


def _territories(language: str) -> Mapping[str, str]:
    return {str(code): str(name) for code, name in Locale(language).territories.items()}


def _country(code: str, territories: Mapping[str, Mapping[str, str]]) -> Place:
    names = (PlaceName(territories[short][code], language) for short, language in LANGUAGES.items())
    return Place(PlaceId(code), None, PlaceLevel.COUNTRY, None, tuple(names))
