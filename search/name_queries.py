"""A name as asked to one FTS5 expression over the `name` column, and what to mark of it.

Parts may stand in any order, close together. Of three parts or more one may be missing: texts leave out middle
names and patronymics, and one part may be spelled past recognition. Words parted in one spelling and joined in
another (Abou Bakar, Aboubakar) answer each other.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, combinations, pairwise, product

from search.marking import NameRule
from search.name_forms import name_form, name_parts, variants
from search.names import NO_CONSONANT, SEPARATOR, initials_of, keys_of, name_term
from search.vocabulary import Vocabulary

# No term is a lone separator, so this finds nothing. (FTS5 drops an empty phrase and would match the rest.)
NO_TERM = f'"{SEPARATOR}"'
# Parts of one name stand this close: at most this many other name words between two of them.
NAME_WINDOW = 3
# FTS5 finds so many pairs of spellings close together in the time of two keys, which stand for all kept under them.
PAIRS_A_KEY = 50
# Spellings in one expression: FTS5 looks each of them up. The likest are taken.
MOST_SPELLINGS = 120
# Names of more parts than this need more than two of them.
MANY = 3
# A word as short as this may be joined to its neighbour in another spelling.
SHORT = 4
SHORTEST_SPLIT = 5


@dataclass(frozen=True, slots=True)
class _Part:
    """One part as asked.

    phrases: its terms, or two terms after one another where it is written in two words. initials: the terms of
    its first letter alone. prefixes: what its terms begin with; for an asked initial, what names it begins begin with.
    """

    form: str
    phrases: tuple[str, ...]
    initials: tuple[str, ...]
    prefixes: tuple[str, ...]

    @property
    def is_initial(self) -> bool:
        return len(self.form) == 1


def name_query(words: Sequence[str], vocabulary: Vocabulary) -> tuple[str, NameRule]:
    """Return the expression, one that finds nothing when no spelling is known, and the rule for marks."""
    asked = name_parts(words)
    if len(asked) > 1:
        # An initial stands for every name that begins with its consonant; vowels begin too many.
        asked = tuple(part for part in asked if len(part) > 1 or keys_of(part) != (NO_CONSONANT,)) or asked
    most = MOST_SPELLINGS // len(asked)
    known = {form: _part(form, vocabulary.spellings(form, most), vocabulary) for form in asked}
    readings = [tuple(known[form] for form in asked)]
    for joined, rest in _joined(words, asked):
        # What sounds like one of the two words alone is not the two.
        apart = {phrase for form in asked if form not in rest for phrase in known[form].phrases}
        if both := vocabulary.spellings(joined, most).keys() - apart:
            known[joined] = _part(joined, both, vocabulary)
            readings.append((known[joined], *(known[form] for form in rest)))
    found = list(dict.fromkeys(filter(None, map(_expression, readings))))
    expression = f"({' OR '.join(found)})" if found else NO_TERM
    return expression, NameRule(" ".join(words), frozenset(_forms(known.values(), alone=len(asked) == 1)))


def _forms(parts: Iterable[_Part], *, alone: bool) -> Iterator[str]:
    for part in parts:
        for phrase in part.phrases if alone else (*part.phrases, *part.initials):
            yield from (term.rpartition(SEPARATOR)[2] for term in phrase.split(" "))


def _part(form: str, spellings: Collection[str], vocabulary: Vocabulary) -> _Part:
    if len(form) == 1:
        return _Part(form, tuple(sorted(spellings)), (), keys_of(form))
    splits = list(_splits(form))
    initials = tuple(map(name_term, initials_of(form)))
    standing = vocabulary.standing({*initials, *(term for split in splits for term in split)})
    written = (f"{first} {second}" for first, second in splits if standing.issuperset((first, second)))
    phrases = (*sorted(spellings), *written)
    initials = tuple(term for term in initials if term in standing)
    begins = {phrase.partition(SEPARATOR)[0] + SEPARATOR for phrase in (*phrases, *initials)}
    return _Part(form, phrases, initials, tuple(sorted(begins)))


def _splits(form: str) -> Iterator[tuple[str, str]]:
    """Yield two terms for each way to write a part in two words."""
    for variant in variants().get(form, ()):
        first, _, second = variant.partition(" ")
        if second:
            yield name_term(first), name_term(name_form(second))
    if len(form) >= SHORTEST_SPLIT:
        for at in range(2, len(form) - 1):
            yield name_term(form[:at]), name_term(form[at:])


def _joined(words: Sequence[str], asked: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield two words of the name as one, with the parts that are left beside it."""
    for first, second in pairwise(words):
        one, other = name_form(first), name_form(second)
        if min(len(one), len(other)) <= SHORT and len(one) > 1 < len(other):
            joined = name_form(first + second.lower())
            rest = list(asked)
            for form in (one, other):
                if form in rest:
                    rest.remove(form)
            if joined not in asked:
                yield joined, tuple(rest)


def _expression(parts: tuple[_Part, ...]) -> str:
    """Return the expression for enough of these parts, two of them close together; empty when there are too few."""
    if len(parts) == 1:
        return any_of(parts[0].phrases) if parts[0].phrases else ""
    if len(parts) <= MANY:
        near = " OR ".join(filter(None, (_near(*pair) for pair in combinations(parts, 2))))
        return near and f"({near})"
    # Of each two neighbours one: a given name and a surname, not two given names alone.
    halves = (parts[at : at + 2] for at in range(0, len(parts) - 1, 2))
    wanted = (
        any_of(phrase for part in half for phrase in (*part.phrases, *part.initials)) for half in halves
    )
    near = " OR ".join(filter(None, (_near(*pair) for pair in pairwise(parts))))
    return near and f"({' AND '.join(wanted)} AND ({near}))"


def _near(one: _Part, other: _Part) -> str:
    """Return the expression for both parts close together, one of them at least written out; empty for none."""
    if one.is_initial and other.is_initial:
        return ""
    if not one.is_initial and not other.is_initial:
        count = (len(one.phrases) + len(one.initials)) * (len(other.phrases) + len(other.initials))
        if count <= PAIRS_A_KEY * len(one.prefixes) * len(other.prefixes):
            return _each_near(_pairs(one, other))
    if not any((one.phrases, other.phrases)):
        return ""
    written = [part for part in (one, other) if not part.is_initial]
    wanted = [any_of(phrase for part in written for phrase in part.phrases)]
    if len(written) > 1:
        wanted += (any_of((*part.phrases, *part.initials)) for part in written)
    keys = (
        (f"{quote(first)} *", f"{quote(second)} *") for first in one.prefixes for second in other.prefixes
    )
    return f"({' AND '.join(wanted)} AND {_each_near(keys)})"


def _pairs(one: _Part, other: _Part) -> Iterator[tuple[str, str]]:
    for first, second in chain(
        product(one.phrases, (*other.phrases, *other.initials)), product(one.initials, other.phrases)
    ):
        yield quote(first), quote(second)


def _keys_near(one: _Part, other: _Part) -> str:
    pairs = product(one.prefixes, other.prefixes)
    return _each_near((f"{quote(first)} *", f"{quote(second)} *") for first, second in pairs)


def _each_near(pairs: Iterable[tuple[str, str]]) -> str:
    near = " OR ".join(f"NEAR({first} {second}, {NAME_WINDOW})" for first, second in pairs)
    return near and f"{{name}} : ({near})"


def any_of(phrases: Iterable[str]) -> str:
    """Return the expression for any of these phrases."""
    ordered = sorted(set(phrases))
    return f"{{name}} : ({' OR '.join(map(quote, ordered))})" if ordered else NO_TERM


def quote(phrase: str) -> str:
    return '"' + phrase.replace('"', '""') + '"'
