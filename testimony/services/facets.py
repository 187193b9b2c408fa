"""Facets: how many of all hits have a value of a field, after the small-cell rule. Knows no page and no word.

What is counted has passed the gate already. Here counts that would point at people are withheld, and values are
given back in the form in which vocabularies and registers have them: the index folds them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from search.fields import field_value
from search.queries import Labels, Query
from search.results import FacetCount
from search.tree import FieldPrefix, FieldValue, Phrase, Word, leaves
from testimony.domain.places import Place, PlaceLevel
from testimony.domain.purposes import Audience
from testimony.domain.vocabulary import load
from testimony.policy.small_cells import (
    THRESHOLDS,
    Cell,
    Withheld,
    countable_acts,
    finest_place,
    is_sexual_violence,
    listed,
    suppressed,
    suppressed_overlapping,
    suppressed_tree,
)
from testimony.storage import coding
from testimony.storage.countries import countries

VOCABULARIES: Mapping[str, str] = {**coding.VOCABULARIES, "language": "language"}
"""Fields whose values are codes, and the vocabulary of each."""

_ONE_VALUE = frozenset({"case", "language", "audience", "attachment"})
_TELLING = 4
"""Shorter words of a label ("of", "and") do not tell what it is about."""


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value. parent: what contains it, None at the top. count: None exactly when it is withheld."""

    value: str
    parent: str | None
    count: int | None
    withheld: Withheld | None


@dataclass(frozen=True, slots=True)
class Facet:
    """The values of one field. threshold: the lowest count that may be shown.

    Without values: any count of it would tell too much.
    """

    field: str
    values: tuple[FacetValue, ...]
    threshold: int


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the archive knows of values that were counted. cases: ids. places: by id, with what contains them."""

    cases: tuple[str, ...]
    places: Mapping[str, Place]


def facets_of(
    query: Query,
    counts: Mapping[str, tuple[FacetCount, ...]],
    total: int,
    audience: Audience,
    around: Surroundings,
) -> tuple[Facet, ...]:
    """The facets that may be shown, fields in the order counted; a field that no hit has is left out.

    Of fewer hits than the threshold the values alone.
    """
    threshold = THRESHOLDS[audience]
    acts = acts_asked_for(query)
    if total < threshold:
        acts |= _spelled("act", counts.get("act", ()), around).keys()
    facets = []
    for field, raw in counts.items():
        named = _spelled(field, raw, around)
        parents = _parents(field, named, around)
        told = _told(field, named, query, finest_place(acts, audience), around)
        if not told:
            continue
        cells = _cells(field, told, parents, total, threshold)
        values = (
            FacetValue(cell.value, parents.get(cell.value), cell.count, cell.withheld) for cell in cells
        )
        facets.append(Facet(field, tuple(values), threshold))
    return tuple(facets)


@cache
def spellings(field: str) -> Mapping[str, str]:
    """Folded value, as the index has it → the value of the vocabulary. Ids of places but countries are as they are."""
    known: Iterable[str] = countries() if field == "place" else ()
    if field in VOCABULARIES:
        known = load(VOCABULARIES[field]).codes
    return {field_value(value): value for value in known}


def _cells(
    field: str, counts: Mapping[str, int], parents: Mapping[str, str | None], total: int, threshold: int
) -> tuple[Cell, ...]:
    if total < threshold:
        return listed(counts, total, threshold)
    if field in _ONE_VALUE:
        return suppressed(counts, total, threshold)
    if any(parents.values()):
        return suppressed_tree(counts, parents, total, threshold)
    return suppressed_overlapping(counts, total, threshold)


def _spelled(field: str, counts: Iterable[FacetCount], around: Surroundings) -> dict[str, int]:
    """The counts under the values' own spelling; of months also the years."""
    spelling = {field_value(case): case for case in around.cases} if field == "case" else spellings(field)
    found = {spelling.get(each.value, each.value): each.count for each in counts}
    if field != "month":
        return found
    years: dict[str, int] = {}
    for month, count in found.items():
        years[month[:4]] = years.get(month[:4], 0) + count
    return years | {month: count for month, count in found.items() if month not in years}


def _parents(field: str, values: Iterable[str], around: Surroundings) -> dict[str, str | None]:
    match field:
        case "act":
            terms = load("violation").by_code
            return {v: (terms[v].columns["parent"] or None) if v in terms else None for v in values}
        case "place":
            return {v: around.places[v].parent if v in around.places else None for v in values}
        case "month":
            return {v: None if len(v) == 4 else v[:4] for v in values}
        case _:
            return dict.fromkeys(values)


def _told(
    field: str, counts: Mapping[str, int], query: Query, finest: PlaceLevel, around: Surroundings
) -> dict[str, int]:
    """The values that may be told at all: no table of sexual violence is finer than a region."""
    if field == "act":
        levels = [around.places[place].level for place in _named(query, "place") if place in around.places]
        return {act: counts[act] for act in countable_acts(tuple(counts), levels)}
    if field == "place":
        return {
            place: count
            for place, count in counts.items()
            if place in around.places and around.places[place].level.rank <= finest.rank
        }
    return dict(counts)


def acts_asked_for(query: Query) -> frozenset[str]:
    """The acts that a query names: as values, and of sexual violence also by words of its labels."""
    words = {
        part
        for leaf in leaves(query.root)
        for text in (
            [leaf.text] if isinstance(leaf, Word) else leaf.words if isinstance(leaf, Phrase) else []
        )
        for part in field_value(text).split()
    }
    spoken = {act for act, label_words in _sexual_violence_words().items() if words & label_words}
    return frozenset(_named(query, "act")) | spoken


def _named(query: Query, field: str) -> tuple[str, ...]:
    """The values of a field in a query, in the spelling of the vocabulary, labels looked up."""
    wanted = {
        field_value(leaf.value)
        for leaf in leaves(query.root)
        if isinstance(leaf, FieldValue | FieldPrefix) and leaf.field == field
    }
    if not wanted:
        return ()
    named = _values_called(query.labels, field, wanted)
    if field == "act":
        codes = load("violation").codes
        named |= {code for code in codes if any(field_value(code).startswith(value) for value in wanted)}
    return tuple(named | wanted)


def _values_called(labels: Labels, field: str, wanted: Iterable[str]) -> set[str]:
    asked = frozenset(wanted)
    return {
        value
        for label, values in labels.get(field, {}).items()
        if field_value(label) in asked
        for value in values
    }


@cache
def _sexual_violence_words() -> Mapping[str, frozenset[str]]:
    return {
        term.code: frozenset(
            word
            for language in ("en", "fr", "ar")
            for word in map(field_value, term.label(language).replace("'", " ").split())
            if len(word) >= _TELLING
        )
        for term in load("violation").terms
        if is_sexual_violence(term.code)
    }
