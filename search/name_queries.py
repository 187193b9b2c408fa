"""A name as asked to one FTS5 expression over the `name` column, and what to mark of it.

Parts may stand in any order, close together. Of three parts or more one may be missing: texts leave out middle
names and patronymics, and one part may be spelled past recognition. Words parted in one spelling and joined in
another (Abou Bakar, Aboubakar) answer each other.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise, product

from search.marking import NameRule
from search.name_forms import Weight, name_form, name_parts, variants, weights
from search.names import NAME_WINDOW, NO_CONSONANT, SEPARATOR, AskedPart, initials_of, keys_of, name_term
from search.vocabulary import MAX_SPELLINGS, Vocabulary

# No term is a lone separator, so this finds nothing. (FTS5 drops an empty phrase and would match the rest.)
NO_TERM = f'"{SEPARATOR}"'
# Two spellings of which both are doubtful are not the person; nor is a doubtful one beside an initial.
ALIKE_TOGETHER = 0.8
ALIKE_BESIDE_INITIAL = 0.3
# Nor is a word two parts at once, unless it clearly is.
ALIKE_JOINED = 0.8
# Spellings in one expression: FTS5 looks each of them up. The likest are taken.
MOST_SPELLINGS = 80
# Names of more parts than this need more than two of them.
MANY = 3
# A word as short as this may be joined to its neighbour in another spelling.
SHORT = 4
SHORTEST_SPLIT = 5
# BM25 prefers rare terms, and a strange spelling is rarer than the one that was asked.
ASKED_COUNTS = 4


@dataclass(frozen=True, slots=True)
class _Part:
    """One part as asked.

    phrases: how much each of its terms sounds like it; two terms after one
    another are a part written in two words. initials: the terms of
    its first letter alone. prefixes: what its terms begin with; for an asked initial, what names it begins begin with.
    """

    form: str
    phrases: Mapping[str, float]
    initials: tuple[str, ...]
    prefixes: tuple[str, ...]

    @property
    def is_initial(self) -> bool:
        return len(self.form) == 1

    def as_asked(self) -> AskedPart:
        """Return the part for a look at the names of a text."""
        terms = frozenset(term for phrase in (*self.phrases, *self.initials) for term in phrase.split(" "))
        return AskedPart(self.form, terms, self.prefixes if self.is_initial else ())

    def beside_initial(self) -> "_Part":
        """Return the part without doubtful spellings: an initial beside it says little."""
        alike = {phrase: share for phrase, share in self.phrases.items() if share >= ALIKE_BESIDE_INITIAL}
        return replace(self, phrases=alike)


def name_query(words: Sequence[str], vocabulary: Vocabulary) -> tuple[str, NameRule]:
    """Return the expression, one that finds nothing when no spelling is known, and the rule for marks."""
    given = name_parts(words)
    # An initial stands for every name that begins with its consonant; vowels begin too many.
    asked = tuple(part for part in given if len(part) > 1 or keys_of(part) != (NO_CONSONANT,)) or given
    most = MOST_SPELLINGS // len(asked) if len(asked) > 1 else MAX_SPELLINGS
    known = {form: _part(form, vocabulary.spellings(form, most), vocabulary) for form in asked}
    if len(asked) == 1 < len(given):
        known = {form: part.beside_initial() for form, part in known.items()}
    readings = [tuple(known[form] for form in asked)]
    for joined, rest in _joined(words, asked):
        # What sounds like one of the two words alone is not the two.
        apart = {phrase for form in asked if form not in rest for phrase in known[form].phrases}
        both = {
            term: share
            for term, share in vocabulary.spellings(joined, most).items()
            if share >= ALIKE_JOINED and term not in apart
        }
        if both:
            known[joined] = _part(joined, both, vocabulary)
            readings.append((known[joined], *(known[form] for form in rest)))
    found = list(dict.fromkeys(filter(None, map(_expression, readings))))
    expression = f"({' OR '.join(found)})" if found else NO_TERM
    forms = frozenset(_forms(known.values(), alone=len(asked) == 1))
    dropped = tuple(_vowel(form) for form in given if form not in asked)
    parts = tuple((*(part.as_asked() for part in reading), *dropped) for reading in readings)
    return expression, NameRule(" ".join(words), forms, parts)


def name_ranking(rule: NameRule) -> str:
    """Return the expression that orders texts that hold a name: its spellings, the asked ones before rarer others."""
    parts = [part for reading in rule.readings for part in reading]
    terms = {term for part in parts for term in part.terms}
    asked = [term for term in dict.fromkeys(name_term(part.form) for part in parts) if term in terms]
    ordered = [*sorted(terms), *asked * ASKED_COUNTS]
    return f"{{name}} : ({' OR '.join(map(quote, ordered))})" if ordered else NO_TERM


def _vowel(initial: str) -> AskedPart:
    return AskedPart(initial, frozenset(), letters=initials_of(initial))


def _forms(parts: Iterable[_Part], *, alone: bool) -> Iterator[str]:
    for part in parts:
        for phrase in part.phrases if alone else (*part.phrases, *part.initials):
            yield from (term.rpartition(SEPARATOR)[2] for term in phrase.split(" "))


def _part(form: str, spellings: Mapping[str, float], vocabulary: Vocabulary) -> _Part:
    if len(form) == 1:
        return _Part(form, spellings, (), keys_of(form))
    splits = list(_splits(form))
    initials = tuple(map(name_term, initials_of(form)))
    standing = vocabulary.standing({*initials, *(term for split in splits for term in split)})
    written = (f"{first} {second}" for first, second in splits if standing.issuperset((first, second)))
    phrases = {**spellings, **dict.fromkeys(written, 1.0)}
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
        if Weight.NONE in (weights().get(one), weights().get(other)):
            continue
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
    if one.is_initial or other.is_initial:
        initial, name = (one, other) if one.is_initial else (other, one)
        alike = name.beside_initial().phrases
        return f"({any_of(alike)} AND {_keys_near(initial, name)})" if alike and not name.is_initial else ""
    return _each_near(_pairs(one, other))


def _pairs(one: _Part, other: _Part) -> Iterator[tuple[str, str]]:
    for (first, share), (second, other_share) in product(one.phrases.items(), other.phrases.items()):
        if share + other_share >= ALIKE_TOGETHER:
            # FTS5 takes one word for two that are near each other.
            yield quote(first), quote(f"{first} {second}" if first == second else second)
    for initials, name in ((one.initials, other), (other.initials, one)):
        for first, second in product(initials, name.beside_initial().phrases):
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
