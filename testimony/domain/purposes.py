"""What a testimony may be used for, and the audience that each use is served at."""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from types import MappingProxyType

from testimony.domain.vocabulary import load


class Purpose(StrEnum):
    """A use that a witness decides about; labels and dependencies are in vocabulary/consent_purpose.csv."""

    CP01 = "CP01"
    CP02 = "CP02"
    CP03 = "CP03"
    CP04 = "CP04"
    CP05 = "CP05"
    CP06 = "CP06"
    CP07 = "CP07"
    CP08 = "CP08"
    CP09 = "CP09"
    CP10 = "CP10"
    CP11 = "CP11"
    CP12 = "CP12"
    CP13 = "CP13"
    CP14 = "CP14"
    CP15 = "CP15"
    CP16 = "CP16"
    CP17 = "CP17"
    CP18 = "CP18"
    CP19 = "CP19"
    CP20 = "CP20"
    CP21 = "CP21"
    CP22 = "CP22"
    CP23 = "CP23"
    CP24 = "CP24"
    CP25 = "CP25"
    CP26 = "CP26"


class Audience(StrEnum):
    """Who a release is made for, from the widest to the narrowest."""

    PUBLIC = "public"
    PARTNER = "partner"
    COURT = "court"

    @property
    def rank(self) -> int:
        """0 public, 1 partner, 2 court: a higher rank may show more, never less."""
        return _RANKS[self]


_RANKS: dict[Audience, int] = {Audience.PUBLIC: 0, Audience.PARTNER: 1, Audience.COURT: 2}

_PUBLIC_PURPOSES = frozenset({Purpose.CP10, Purpose.CP11, Purpose.CP12, Purpose.CP24})
_COURT_PURPOSES = frozenset({Purpose.CP14, Purpose.CP15, Purpose.CP16, Purpose.CP25})

INSIDE_PURPOSES = frozenset({Purpose.CP07, Purpose.CP08})
"""Uses inside the organisation: no recipient stands behind the reader."""

READING_PURPOSES = (
    Purpose.CP07,
    Purpose.CP08,
    Purpose.CP09,
    Purpose.CP10,
    Purpose.CP13,
    Purpose.CP14,
    Purpose.CP15,
    Purpose.CP16,
    Purpose.CP17,
    Purpose.CP18,
    Purpose.CP19,
    Purpose.CP22,
    Purpose.CP23,
    Purpose.CP24,
)
"""The purposes an investigator may choose for a session and a grant may carry."""


def audience_of(purpose: Purpose) -> Audience:
    """Return the audience whose release serves this purpose."""
    if purpose in _PUBLIC_PURPOSES:
        return Audience.PUBLIC
    if purpose in _COURT_PURPOSES:
        return Audience.COURT
    return Audience.PARTNER


@cache
def _dependencies() -> Mapping[Purpose, frozenset[Purpose]]:
    return MappingProxyType(
        {
            Purpose(term.code): frozenset(
                Purpose(code) for code in term.columns["depends_on"].split("|") if code
            )
            for term in load("consent_purpose").terms
        }
    )


def depends_on(purpose: Purpose) -> frozenset[Purpose]:
    """Return the purposes that must be granted before this one can be."""
    return _dependencies()[purpose]


def dependants(purpose: Purpose) -> frozenset[Purpose]:
    """Return every purpose that falls when this one is withdrawn, directly or through another."""
    direct = {other for other, needed in _dependencies().items() if purpose in needed}
    return frozenset(direct).union(*(dependants(other) for other in direct))
