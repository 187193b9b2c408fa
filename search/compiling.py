"""A query tree to one FTS5 MATCH expression and SQL conditions, everything a reader typed bound as a parameter.

Also says what to mark in the text of a hit, so that marks and matches come from the same rules.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import product

from search.analysis import Analysis
from search.dates import FIRST_DAY, LAST_DAY, NotADate, Span, span_of
from search.folding import fold
from search.marking import NameRule, PhraseRule, Rule, WordRule
from search.names import SEPARATOR, initial_term, keys_of, name_parts
from search.queries import FieldKind, Query
from search.results import ReasonKind
from search.tree import (
    And,
    Everything,
    FieldPrefix,
    FieldRange,
    FieldValue,
    Fuzzy,
    Name,
    Node,
    Not,
    Nothing,
    Or,
    Pattern,
    Phrase,
    Prefix,
    Word,
)
from search.vocabulary import Vocabulary

# No term is a lone separator, so this finds nothing. (FTS5 drops an empty phrase and would match the rest.)
NO_TERM = f'"{SEPARATOR}"'
# Parts of one name stand this close: at most this many other name words between first and last.
NAME_WINDOW = 3


@dataclass(frozen=True, slots=True)
class Compiled:
    """`match` is empty when no word decides; `condition` is SQL over `doc`; `rules` mark the text of a hit."""

    match: str
    condition: str
    parameters: Mapping[str, object]
    rules: tuple[Rule, ...]


@dataclass(slots=True)
class Compiler:
    """Compiles one query against one index at one moment."""

    schema: str
    analysis: Analysis
    vocabulary: Vocabulary
    languages: tuple[str, ...]
    kinds: Mapping[str, FieldKind]
    parameters: dict[str, object] = field(default_factory=dict)
    rules: list[Rule] = field(default_factory=list)

    def compile(self, query: Query) -> Compiled:
        """Return the statement's parts. Raises QueryTooCostly when a pattern fits too many words."""
        parts = query.root.nodes if isinstance(query.root, And) else (query.root,)
        positive = tuple(part for part in parts if self._is_text(part) and not isinstance(part, Not))
        if not positive:
            condition = self._condition(query.root, marked=True)
            return Compiled("", condition, self.parameters, tuple(self.rules))
        text = tuple(part for part in parts if self._is_text(part))
        rest = [self._condition(part, marked=True) for part in parts if not self._is_text(part)]
        match = self._match(And(text) if len(text) > 1 else text[0], marked=True)
        return Compiled(match, " AND ".join(rest) or "1", self.parameters, tuple(self.rules))

    def _is_text(self, node: Node) -> bool:
        """True when FTS5 alone can decide it: only words, and no NOT without something beside it."""
        match node:
            case And(nodes):
                return all(map(self._is_text, nodes)) and not all(isinstance(part, Not) for part in nodes)
            case Or(nodes):
                return all(self._is_text(part) and not isinstance(part, Not) for part in nodes)
            case Not(part):
                return self._is_text(part) and not isinstance(part, Not)
            case Everything() | Nothing() | FieldValue() | FieldPrefix() | FieldRange():
                return False
            case _:
                return True

    def _match(self, node: Node, *, marked: bool) -> str:
        match node:
            case And(nodes):
                wanted = [self._match(part, marked=marked) for part in nodes if not isinstance(part, Not)]
                unwanted = [self._match(part.node, marked=False) for part in nodes if isinstance(part, Not)]
                both = "(" + " AND ".join(wanted) + ")"
                return f"({both} NOT ({' OR '.join(unwanted)}))" if unwanted else both
            case Or(nodes):
                return "(" + " OR ".join(self._match(part, marked=marked) for part in nodes) + ")"
            case Word() | Phrase() | Prefix() | Pattern() | Fuzzy() | Name():
                expression, rules = self._leaf(node)
                if marked:
                    self.rules.extend(rules)
                # FTS5 has no weights for terms, but scores each phrase of the expression: said twice, it counts twice.
                return expression if node.boost == 1 else "(" + " OR ".join([expression] * node.boost) + ")"
            case _:
                raise ValueError("only words can be matched")

    def _leaf(self, node: Node) -> tuple[str, list[Rule]]:
        match node:
            case Word(text):
                exact = self.analysis.exact[text].rpartition(" ")[2]
                terms = frozenset(
                    {exact, *(self.analysis.stems(language)[text] for language in self.languages)} - {""}
                )
                return _any_of("{exact stem}", terms), [WordRule(text, ReasonKind.EXACT, exact, terms)]
            case Phrase(words, slop):
                terms_in_order = self._exact_terms(words)
                return self._phrase(terms_in_order, slop), [
                    PhraseRule(" ".join(words), terms_in_order, slop, prefix=False)
                ]
            case Prefix(words):
                terms_in_order = self._exact_terms(words)
                expression = f"{{exact}} : {_quoted(terms_in_order)} *" if terms_in_order else NO_TERM
                return expression, [PhraseRule(" ".join(words), terms_in_order, 0, prefix=True)]
            case Pattern(pattern):
                found = self.vocabulary.matching(pattern)
                return _any_of("{exact}", found), [WordRule(pattern, ReasonKind.PATTERN, "", found)]
            case Fuzzy(word, distance, prefix):
                exact = self.analysis.exact[word].rpartition(" ")[2]
                found = self.vocabulary.near(exact, distance, prefix)
                return _any_of("{exact}", found), [WordRule(word, ReasonKind.SIMILAR, exact, found)]
            case Name(parts):
                return self._name(parts)
            case _:
                raise ValueError("not a leaf of words")

    def _exact_terms(self, words: Iterable[str]) -> tuple[str, ...]:
        return tuple(term for word in words for term in self.analysis.exact[word].split())

    def _phrase(self, terms: tuple[str, ...], slop: int) -> str:
        if not terms:
            return NO_TERM
        if slop and len(terms) > 1:
            return f"{{exact}} : NEAR({' '.join(map(_quote, terms))}, {slop})"
        return f"{{exact}} : {_quoted(terms)}"

    def _name(self, parts: tuple[str, ...]) -> tuple[str, list[Rule]]:
        wanted = name_parts(parts)
        if len(wanted) > 1:
            # An initial stands for every name that begins with its consonant; vowels begin too many.
            wanted = (
                tuple(part for part in wanted if len(part) > 1 or keys_of(part) != keys_of("a")) or wanted
            )
        spellings = [self.vocabulary.spellings(part) for part in wanted]
        for at, part in enumerate(wanted[:-1]):
            spellings[at] |= {initial_term(part)}
        forms = frozenset(term.rpartition(SEPARATOR)[2] for found in spellings for term in found)
        rule = NameRule(" ".join(parts), forms)
        if not wanted or not all(spellings):
            return NO_TERM, [rule]
        spelled = [
            _any_of("{name}", found)
            for part, found in zip(wanted, spellings, strict=True)
            if len(part) > 1 or len(wanted) == 1
        ]
        if len(wanted) > 1:
            keys = [_key_prefixes(part, found) for part, found in zip(wanted, spellings, strict=True)]
            spelled.append(_near(keys, NAME_WINDOW + len(wanted) - 2))
        return "(" + " AND ".join(spelled) + ")", [rule]

    def _condition(self, node: Node, *, marked: bool) -> str:
        if self._is_text(node) and not isinstance(node, Not):
            name = self._bind(self._match(node, marked=marked))
            table = f"{self.schema}.search_text"
            return f"doc.id IN (SELECT rowid FROM {table} WHERE search_text MATCH {name})"  # noqa: S608  # bound
        match node:
            case And(nodes):
                return "(" + " AND ".join(self._condition(part, marked=marked) for part in nodes) + ")"
            case Or(nodes):
                return "(" + " OR ".join(self._condition(part, marked=marked) for part in nodes) + ")"
            case Not(part):
                return f"NOT {self._condition(part, marked=False)}"
            case FieldValue(name, value):
                return self._field(
                    name, FieldRange(name, value, value, excludes_low=False, excludes_high=False)
                )
            case FieldPrefix(name, value):
                return self._field_prefix(name, value)
            case FieldRange(name):
                return self._field(name, node)
            case Everything():
                return "1"
            case _:
                return "0"

    def _field(self, name: str, wanted: FieldRange) -> str:
        kind = self.kinds[name]
        tests: list[str] = []
        if kind is FieldKind.DATE:
            tests.append("v.high <> ''")
            try:
                low = span_of(wanted.low) if wanted.low else Span(FIRST_DAY, FIRST_DAY)
                high = span_of(wanted.high) if wanted.high else Span(LAST_DAY, LAST_DAY)
            except NotADate:
                return "0"
            tests.append(
                f"v.low > {self._bind(low.high)}"
                if wanted.excludes_low
                else f"v.high >= {self._bind(low.low)}"
            )
            tests.append(
                f"v.high < {self._bind(high.low)}"
                if wanted.excludes_high
                else f"v.low <= {self._bind(high.high)}"
            )
        else:
            if wanted.low:
                tests.append(
                    f"v.value {'>' if wanted.excludes_low else '>='} {self._bind(field_value(wanted.low))}"
                )
            if wanted.high:
                tests.append(
                    f"v.value {'<' if wanted.excludes_high else '<='} {self._bind(field_value(wanted.high))}"
                )
        return self._field_exists(name, tests)

    def _field_prefix(self, name: str, value: str) -> str:
        begins = field_value(value)
        # Not LIKE: its wildcards would be the reader's to type.
        return self._field_exists(
            name, [f"v.value >= {self._bind(begins)}", f"v.value < {self._bind(begins + chr(0x10FFFF))}"]
        )

    def _field_exists(self, name: str, tests: list[str]) -> str:
        conditions = " AND ".join([f"v.name = {self._bind(name)}", *tests])
        values = f"{self.schema}.search_fields AS v"
        return f"doc.id IN (SELECT v.document FROM {values} WHERE {conditions})"  # noqa: S608  # bound

    def _bind(self, value: object) -> str:
        name = f"search_{len(self.parameters)}"
        self.parameters[name] = value
        return f":{name}"


def field_value(value: str) -> str:
    """Return the form in which values of fields are kept and compared."""
    return " ".join(fold(part) if part.isalpha() else part.casefold() for part in value.split())


def _quote(term: str) -> str:
    return '"' + term.replace('"', '""') + '"'


def _quoted(terms: Iterable[str]) -> str:
    return _quote(" ".join(terms))


def _any_of(columns: str, terms: Iterable[str]) -> str:
    ordered = sorted(terms)
    if not ordered:
        return NO_TERM
    if len(ordered) == 1:
        return f"{columns} : {_quote(ordered[0])}"
    return f"{columns} : ({' OR '.join(map(_quote, ordered))})"


def _key_prefixes(part: str, spellings: frozenset[str]) -> list[str]:
    if len(part) == 1:
        return list(keys_of(part))
    return sorted({term.partition(SEPARATOR)[0] + SEPARATOR for term in spellings})


def _near(prefixes: list[list[str]], window: int) -> str:
    near = (" ".join(f"{_quote(prefix)} *" for prefix in group) for group in product(*prefixes))
    return "(" + " OR ".join(f"{{name}} : NEAR({group}, {window})" for group in near) + ")"
