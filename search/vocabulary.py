"""The words an index holds, read within bounds to spell out patterns. Never shown: a word here may stand only in
texts the reader may not find."""

import re
from collections.abc import Collection, Iterable

from rapidfuzz import process
from rapidfuzz.distance import OSA
from sqlalchemy import Connection

from search.changes import Changes
from search.errors import CostReason, QueryTooCostly
from search.folding import fold
from search.name_forms import variants
from search.names import SEPARATOR, keys_of, name_term, spellings_among
from search.reading import among, rows
from search.tables import TERMS, TERMS_AMONG

MAX_EXPANSIONS = 1_000
# Spellings of one part of a name; more of them say less each.
MAX_SPELLINGS = 200
_END = chr(0x10FFFF)


class KnownTerms:
    """The terms that queries have read from one state of an index; another state begins anew."""

    def __init__(self) -> None:
        # One value, so that threads never pair a state with the words of another.
        self._held: tuple[str, dict[tuple[str, str], tuple[str, ...]]] = ("", {})
        self._sounding: tuple[str, dict[str, tuple[tuple[str, float], ...]]] = ("", {})

    def sounding(self, state: str) -> dict[str, tuple[tuple[str, float], ...]]:
        """Return the name terms known to sound like a part of a name, likest first, by that part."""
        held = self._sounding
        if held[0] != state:
            self._sounding = held = (state, {})
        return held[1]

    def at(self, state: str) -> dict[tuple[str, str], tuple[str, ...]]:
        """Return what is known of a state, to be added to."""
        held = self._held
        if held[0] != state:
            self._held = held = (state, {})
        return held[1]

    def forget(self) -> None:
        """Keep no word."""
        self._held = ("", {})
        self._sounding = ("", {})


class Vocabulary:
    """The terms of one index, as of this transaction, for one query and within its bound."""

    def __init__(self, connection: Connection, schema: str, changes: Changes, known: KnownTerms) -> None:
        self._connection = connection
        self._schema = schema
        self._changes = changes
        self._known = known
        self._left = MAX_EXPANSIONS

    def matching(self, pattern: str) -> frozenset[str]:
        """Return the exact forms that fit a pattern of `?` and `*`. Raises QueryTooCostly when too many do."""
        pieces = re.split(r"([*?])", pattern)
        begins = fold(pieces[0])
        shape = re.compile(
            "".join({"*": ".*", "?": "."}.get(piece) or re.escape(fold(piece)) for piece in pieces)
        )
        return self._bounded(term for term in self._terms("exact", begins) if shape.fullmatch(term))

    def near(self, word: str, distance: int, prefix: int) -> frozenset[str]:
        """Return the exact forms within an edit distance that share the first `prefix` letters."""
        terms = self._terms("exact", word[:prefix])
        near = process.extract_iter(word, terms, scorer=OSA.distance, score_cutoff=distance)
        return self._bounded(term for term, *_ in near)

    def spellings(self, part: str, most: int) -> dict[str, float]:
        """Return the name terms (key and form) that sound most like one part of a name, how much by each."""
        known = self._known.sounding(self._changes.state(self._connection))
        if part not in known:
            found = self._sounding_like(part)
            best = sorted(found, key=lambda term: (-found[term], term))[:MAX_SPELLINGS]
            known[part] = tuple((term, found[term]) for term in best)
        chosen = dict(known[part][: min(most, self._left)])
        self._left -= len(chosen)
        return chosen

    def _sounding_like(self, part: str) -> dict[str, float]:
        terms = {
            term.partition(SEPARATOR)[2]: term
            for key in keys_of(part)
            for term in self._terms("name", key + SEPARATOR)
        }
        found = {terms[form]: share for form, share in spellings_among(part, terms).items()}
        if others := variants().get(part):
            found |= dict.fromkeys(self.standing({name_term(form) for form in others}), 1.0)
        return found

    def standing(self, terms: Collection[str]) -> frozenset[str]:
        """Return those of these name terms that stand in some text."""
        statement = TERMS_AMONG.replace("{schema}", self._schema).replace(":kind", "'name'")
        return frozenset(row[0] for row in among(self._connection, statement, sorted(terms)))

    def _terms(self, kind: str, begins: str) -> tuple[str, ...]:
        known = self._known.at(self._changes.state(self._connection))
        if (kind, begins) not in known:
            statement = TERMS.replace("{schema}", self._schema)
            values = {"begins": begins, "ends": begins + _END, "kind": kind}
            ((found,),) = rows(self._connection, statement, values)
            known[kind, begins] = tuple(found.split(" ")) if found else ()
        return known[kind, begins]

    def _bounded(self, terms: Iterable[str]) -> frozenset[str]:
        found: set[str] = set()
        for term in terms:
            found.add(term)
            if len(found) > self._left:
                raise QueryTooCostly(CostReason.EXPANSIONS)
        self._left -= len(found)
        return frozenset(found)
