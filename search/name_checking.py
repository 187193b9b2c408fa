"""Whether the names of a text hold a name that FTS5 found in it, or only words of several.

Parts stand side by side, in any order. Of three parts or more one may be missing: "Ivan Petrov" may be Ivan
Ivanovich Petrov, but "Ivan Petrovich Petrov" and "Ivan Ivanovich Sidorov" are not. FTS5 cannot tell these apart, so
the names of what it found are read again.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import compress, count

from sqlalchemy import Connection

from search.languages import Script, script_of
from search.marking import NameRule
from search.name_forms import name_parts, weights
from search.names import BREAK, NAME_WINDOW, SEPARATOR, AskedPart, begin_apart
from search.reading import among
from search.sets import from_highest
from search.tree import Name, Node, leaves

# More texts than this are not read: they all stay, those with more of the name first.
MOST_READ = 2_000
# Of the table in which FTS5 holds its content (https://sqlite.org/fts5.html, section 9.3); asked for one column, FTS5
# itself reads the whole row.
_NAMES_OF = "SELECT id, c0 FROM {schema}.search_text_content WHERE id IN :ids"


def has_full_name(node: Node) -> bool:
    """True when a part of a query is a name of more than one part.

    FTS5 takes one word of a text for two parts, Moctar for "M. Elmoctar", and finds parts of two people's names near
    each other.
    """
    return any(isinstance(leaf, Name) and len(name_parts(leaf.parts)) > 1 for leaf in leaves(node))


def holding(connection: Connection, schema: str, rule: NameRule, found: int) -> Iterable[int]:
    """Return which of the documents found hold the name."""
    ids = list(from_highest(found))
    if len(ids) > MOST_READ or not rule.readings:
        return ids
    readings = tuple(map(Fits, rule.readings))
    found_names = among(connection, _NAMES_OF.replace("{schema}", schema), ids)
    return [document for document, names in found_names if holds(names.split(" "), readings)]


class Fits(dict[str, tuple[AskedPart, ...]]):
    """Term of a text → the parts of one reading of a name that it can be. Most terms come again and again."""

    def __init__(self, parts: tuple[AskedPart, ...]) -> None:
        super().__init__()
        self.parts = parts

    def __missing__(self, term: str) -> tuple[AskedPart, ...]:
        self[term] = fitting = tuple(part for part in self.parts if part.fits(term))
        return fitting


def holds(terms: Sequence[str], readings: Iterable[Fits]) -> bool:
    """True when the terms of a text's names hold one of these readings of a name."""
    return any(_holds(terms, reading) for reading in readings)


def _holds(terms: Sequence[str], reading: Fits) -> bool:
    parts = reading.parts
    fits = list(map(reading.__getitem__, terms))
    places = list(compress(count(), fits))
    if len(parts) == 1:
        return bool(places)
    return any(
        _is_the_name(terms, fits, first, last, parts)
        for at, first in enumerate(places)
        for last in places[at + 1 :]
        if last - first <= len(parts) + NAME_WINDOW
    )


def _is_the_name(
    terms: Sequence[str],
    fits: Sequence[tuple[AskedPart, ...]],
    first: int,
    last: int,
    parts: tuple[AskedPart, ...],
) -> bool:
    """True when what stands from `first` to `last` is the name, all of it or with a part left out."""
    if BREAK in terms[first:last]:
        return False
    missing, others = list(parts), []
    for term, fitting in zip(terms[first : last + 1], fits[first : last + 1], strict=True):
        part = next((part for part in fitting if part in missing), None)
        if part is None:
            others.append(term)
        else:
            missing.remove(part)
    if not missing:
        return True
    if len(parts) - len(missing) < 2:
        return False
    others += _around(terms, first, last, before=parts[0] in missing)
    for form in (term.rpartition(SEPARATOR)[2] for term in others):
        heard = next((part for part in missing if not begin_apart(part.form, form)), None)
        if heard is not None:
            missing.remove(heard)
        elif form not in weights():
            return False
    return True


def _around(terms: Sequence[str], first: int, last: int, *, before: bool) -> Iterator[str]:
    """Yield the name words beside a name; where a script has no capitals, any word would be one."""
    if script_of(terms[first].rpartition(SEPARATOR)[2]) is Script.ARABIC:
        return
    if last + 1 < len(terms) and terms[last + 1] != BREAK:
        yield terms[last + 1]
    # A sentence may begin with a word before the name; when the first part is missing, it is another's name.
    if before and first and terms[first - 1] != BREAK:
        yield terms[first - 1]
