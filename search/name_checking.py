"""Texts that hold a part of a longer name only: whether they leave the rest out, or name somebody else.

Of three parts or more one may be missing. "Ivan Petrov" may be Ivan Ivanovich Petrov; "Ivan Petrovich Petrov" and
"Ivan Ivanovich Sidorov" are not. FTS5 cannot tell these apart, so the names of what it found are read again.
"""

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import Connection, bindparam, text

from search.languages import Script, script_of
from search.marking import NameRule
from search.name_forms import name_parts, weights
from search.names import BREAK, NAME_WINDOW, SEPARATOR, AskedPart, begin_apart
from search.sets import count_of, from_highest
from search.tree import Name, Node, leaves

# More texts than this are not read: they all stay, those with more of the name first.
MOST_READ = 1_000
_NAMES_OF = "SELECT rowid, name FROM {schema}.search_text WHERE rowid IN :ids"


def has_doubtful_name(node: Node) -> bool:
    """True when a part of a query is a name of which a part may be missing or is an initial.

    FTS5 takes one word of a text for two parts, Moctar for "M. Elmoctar", and knows nothing of vowels.
    """
    names = (name_parts(leaf.parts) for leaf in leaves(node) if isinstance(leaf, Name))
    return any(len(parts) > 2 or (len(parts) > 1 and 1 in map(len, parts)) for parts in names)


def holding(connection: Connection, schema: str, rule: NameRule, found: int) -> Iterable[int]:
    """Return which of the documents found hold the name."""
    ids = list(from_highest(found))
    if count_of(found) > MOST_READ or not rule.readings:
        return ids
    bound = text(_NAMES_OF.replace("{schema}", schema)).bindparams(bindparam("ids", expanding=True))
    rows = connection.execute(bound, {"ids": ids})
    return [int(row[0]) for row in rows if holds(str(row[1]).split(" "), rule.readings)]


def holds(terms: Sequence[str], readings: Iterable[tuple[AskedPart, ...]]) -> bool:
    """True when the terms of a text's names hold one of these readings of a name."""
    return any(_holds(terms, parts) for parts in readings)


def _holds(terms: Sequence[str], parts: tuple[AskedPart, ...]) -> bool:
    fits = [tuple(part for part in parts if part.fits(term)) for term in terms]
    places = [place for place, fitting in enumerate(fits) if fitting]
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
    missing, others = list(parts), []
    for place in range(first, last + 1):
        part = next((part for part in fits[place] if part in missing), None)
        if part is not None:
            missing.remove(part)
        elif not fits[place]:
            others.append(terms[place])
    if not missing:
        return True
    if len(parts) - len(missing) < 2 or BREAK in others:
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
