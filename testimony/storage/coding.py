"""What the index is told of a coded testimony: values of fields, and words in every language of the pages.

"pillage" finds what is coded PRO.03, whoever wrote the account in whatever language.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import sqlalchemy as sa

from search.documents import Label
from testimony.domain.acts import Coding, told_to
from testimony.domain.places import FLOORS, Place, shown_to
from testimony.domain.purposes import Audience
from testimony.domain.vocabulary import load
from testimony.storage.acts import account_types_of, standing_acts
from testimony.storage.countries import LANGUAGES, countries
from testimony.storage.places import name_values, paths

VOCABULARIES: Mapping[str, str] = MappingProxyType(
    {"act": "violation", "perp": "perp_group", "basis": "basis", "account": "account_type"}
)
"""Fields whose values are codes, and the vocabulary of each."""

_LABELLED = ("act", "perp", "account")


@dataclass(frozen=True, slots=True)
class Coded:
    """What the index is told of one testimony for one audience.

    fields: act perp place event basis account; one without a value is left out. act: groups and codes. place: ids of
    the places and of all that contain them, none finer than the audience's floor. event: EDTF, none finer than this
    audience may be told. labels: the words for all that, in every language of the pages; places in all their names.
    """

    fields: Mapping[str, tuple[str, ...]]
    labels: tuple[Label, ...]


NOT_CODED = Coded(MappingProxyType({}), ())
_CODED_AMONG = sa.text(
    "SELECT code FROM reading_room.coded_acts WHERE code IN :codes "
    "UNION SELECT code FROM reading_room.coded_account_types WHERE code IN :codes"
).bindparams(sa.bindparam("codes", expanding=True))


def coded_among(connection: sa.Connection, codes: Collection[str]) -> frozenset[str]:
    """Those of these testimonies of which anything was ever coded: few of all that are indexed."""
    return frozenset(connection.execute(_CODED_AMONG, {"codes": sorted(codes)}).scalars())


def coded(connection: sa.Connection, code: str, audience: Audience) -> Coded:
    acts = [act.coding for act in standing_acts(connection, code, audience)]
    types = account_types_of(connection, code, audience)
    places = _places(connection, acts, audience)
    fields = {
        "act": _distinct(value for act in acts for value in (act.group, act.violation)),
        "perp": _distinct(act.perpetrators.group for act in acts if act.perpetrators),
        "place": tuple(place.id for place in places),
        "event": _distinct(told_to(act.when, audience) for act in acts if act.when),
        "basis": _distinct(act.basis for act in acts),
        "account": types.types if types else (),
    }
    return Coded({name: values for name, values in fields.items() if values}, _words(fields, places))


def coded_fields(connection: sa.Connection, code: str, audience: Audience) -> Mapping[str, tuple[str, ...]]:
    return coded(connection, code, audience).fields


def coded_labels(connection: sa.Connection, code: str, audience: Audience) -> tuple[Label, ...]:
    return coded(connection, code, audience).labels


def query_labels(
    connection: sa.Connection, audience: Audience
) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """The words that a query may use for values, by field: act:pillage for PRO.03.

    Of places no more than this audience may be told that they exist.
    """
    found: dict[str, list[str]] = {name: list(ids) for name, ids in _country_labels().items()}
    for name, place_id in name_values(connection, FLOORS[audience]):
        found.setdefault(name, []).append(place_id)
    return {**_code_labels(), "place": {name: _distinct(ids) for name, ids in found.items()}}


def _places(connection: sa.Connection, acts: Iterable[Coding], audience: Audience) -> tuple[Place, ...]:
    named = {act.place for act in acts if act.place is not None}
    if not named:
        return ()
    shown = (place for path in paths(connection, named).values() for place in shown_to(path, audience))
    return tuple({place.id: place for place in shown}.values())


def _words(fields: Mapping[str, tuple[str, ...]], places: Iterable[Place]) -> tuple[Label, ...]:
    codes = [
        Label(text, language)
        for field in _LABELLED
        for value in fields[field]
        for text, language in _labels(VOCABULARIES[field])[value]
    ]
    names = [Label(name.text, name.language) for place in places for name in place.names]
    return tuple(dict.fromkeys((*codes, *names)))


@cache
def _labels(vocabulary: str) -> Mapping[str, tuple[tuple[str, str], ...]]:
    """(label, language) of each code."""
    return MappingProxyType(
        {
            term.code: tuple((term.label(short), language) for short, language in LANGUAGES.items())
            for term in load(vocabulary).terms
        }
    )


@cache
def _code_labels() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    found: dict[str, dict[str, list[str]]] = {}
    for field, vocabulary in VOCABULARIES.items():
        words = found.setdefault(field, {})
        for code, labels in _labels(vocabulary).items():
            for text, _ in labels:
                words.setdefault(text, []).append(code)
    return MappingProxyType(
        {
            field: MappingProxyType({text: _distinct(codes) for text, codes in words.items()})
            for field, words in found.items()
        }
    )


@cache
def _country_labels() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for place in countries().values():
        for name in place.names:
            found.setdefault(name.text, []).append(place.id)
    return MappingProxyType({name: _distinct(ids) for name, ids in found.items()})


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
