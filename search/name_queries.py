"""A name as asked to one FTS5 expression over the `name` column, and what to mark of it.

Parts may stand in any order, close together. Of three parts or more one may be missing: texts leave out middle
names and patronymics, and one part may be spelled past recognition. Words parted in one spelling and joined in
another (Abou Bakar, Aboubakar) answer each other.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise, product

from search.marking import NameRule
from search.name_forms import name_form, name_parts, variants
from search.names import NO_CONSONANT, SEPARATOR, keys_of, name_term
from search.vocabulary import Vocabulary

# No term is a lone separator, so this finds nothing. (FTS5 drops an empty phrase and would match the rest.)
NO_TERM = f'"{SEPARATOR}"'
# Parts of one name stand this close: at most this many other name words between two of them.
NAME_WINDOW = 3
# So many pairs of spellings are asked for one by one; for more, the keys they are kept under.
MOST_PAIRS = 64
# A word as short as this may be joined to its neighbour in another spelling.
SHORT = 4
SHORTEST_SPLIT = 5


@dataclass(frozen=True, slots=True)
class _Part:
    """One part as asked. phrases: its terms, or two terms after one another where it is written in two words."""

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
    known = {form: _part(form, vocabulary.spellings(form)) for form in asked}
    readings = [tuple(known[form] for form in asked)]
    for joined, rest in _joined(words, asked):
        # What sounds like one of the two words alone is not the two.
        apart = {phrase for form in asked if form not in rest for phrase in known[form].phrases}
        if both := vocabulary.spellings(joined) - apart:
            known[joined] = _part(joined, both)
            readings.append((known[joined], *(known[form] for form in rest)))
    found = list(dict.fromkeys(filter(None, map(_expression, readings))))
    expression = f"({' OR '.join(found)})" if found else NO_TERM
    forms = {term.rpartition(SEPARATOR)[2] for part in known.values() for term in part.initials}
    forms |= {
        term.rpartition(SEPARATOR)[2]
        for part in known.values()
        for phrase in part.phrases
        for term in phrase.split(" ")
    }
    return expression, NameRule(" ".join(words), frozenset(forms))


def _part(form: str, spellings: frozenset[str]) -> _Part:
    if len(form) == 1:
        return _Part(form, tuple(sorted(spellings)), (), keys_of(form))
    splits = tuple(_splits(form))
    phrases = tuple(sorted(spellings)) + tuple(f"{first} {second}" for first, second in splits)
    initial = name_term(form[0])
    prefixes = {term.partition(SEPARATOR)[0] + SEPARATOR for term in (*spellings, initial)}
    prefixes |= {first.partition(SEPARATOR)[0] + SEPARATOR for first, _ in splits}
    return _Part(form, phrases, (initial,), tuple(sorted(prefixes)))


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
    written = tuple(part for part in parts if part.phrases or part.is_initial)
    needed = len(parts) if len(parts) < 3 else len(parts) - 1
    if len(written) < needed or (all(part.is_initial for part in written) and len(parts) > 1):
        return ""
    if len(parts) == 1:
        return any_of(parts[0].phrases) if parts[0].phrases else ""
    chosen = [group for group in combinations(written, needed) if not all(part.is_initial for part in group)]
    return "(" + " OR ".join(map(_together, chosen)) + ")" if chosen else ""


def _together(parts: Sequence[_Part]) -> str:
    """Return the expression for all of these parts close together, not all of them as initials."""
    written = [part for part in parts if not part.is_initial]
    wanted = [any_of(phrase for part in written for phrase in part.phrases)]
    if len(written) > 1:
        wanted += (any_of((*part.phrases, *part.initials)) for part in written)
    return "(" + " AND ".join([*wanted, *(_near(*pair) for pair in pairwise(parts))]) + ")"


def _near(one: _Part, other: _Part) -> str:
    pairs = product(one.prefixes, other.prefixes)
    near = (f"NEAR({quote(first)} * {quote(second)} *, {NAME_WINDOW})" for first, second in pairs)
    return "(" + " OR ".join(f"{{name}} : {group}" for group in near) + ")"


def any_of(phrases: Iterable[str]) -> str:
    """Return the expression for any of these phrases."""
    ordered = sorted(set(phrases))
    return f"{{name}} : ({' OR '.join(map(quote, ordered))})" if ordered else NO_TERM


def quote(phrase: str) -> str:
    return '"' + phrase.replace('"', '""') + '"'
