"""The words of a query to FTS5 MATCH expressions, everything a reader typed quoted as a term.

Also says what to mark in the text of a hit, so that marks and matches come from the same rules.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from search.analysis import Analysis
from search.marking import NameRule, PhraseRule, Rule, WordRule
from search.name_queries import NO_TERM, name_query, name_ranking
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

WORDS = "{exact stem}"


@dataclass(slots=True)
class Compiler:
    """Compiles one query against one index at one moment.

    languages: of its texts. label_languages: of its labels; empty when it has none, and none is looked for.
    """

    analysis: Analysis
    vocabulary: Vocabulary
    languages: tuple[str, ...]
    label_languages: tuple[str, ...]
    _leaves: dict[Node, tuple[str, list[Rule]]] = field(default_factory=dict)

    def ranking(self, root: Node, is_common: Callable[[str], bool]) -> str:
        """Return the expression that orders what a query finds; empty when no word decides.

        A word that stands in more than half of all texts tells nothing (BM25 gives it no weight, for all the
        work of reading each of its occurrences), so it does not take part unless it is joined by OR.
        Raises QueryTooCostly when a pattern fits too many words.
        """
        parts = root.nodes if isinstance(root, And) else (root,)
        text = [
            part
            for part in parts
            if is_text(part) and not (isinstance(part, Word) and is_common(self.expression(part)))
        ]
        if all(isinstance(part, Not) for part in text):
            return ""
        return self._ranked(And(tuple(text)) if len(text) > 1 else text[0])

    def _ranked(self, node: Node) -> str:
        """Return an expression that finds no less than a part does, and orders it.

        A name is ordered by its spellings alone: which of them stand near each other was found before, and FTS5
        would look at each pair of them again.
        """
        match node:
            case And(nodes):
                return (
                    "("
                    + " AND ".join(self._ranked(part) for part in nodes if not isinstance(part, Not))
                    + ")"
                )
            case Or(nodes):
                return "(" + " OR ".join(map(self._ranked, nodes)) + ")"
            case Name():
                rules = [rule for rule in self._leaf(node)[1] if isinstance(rule, NameRule)]
                return name_ranking(rules[0]) if rules and rules[0].readings else self.expression(node)
            case _:
                return self.expression(node)

    def rules(self, root: Node) -> tuple[Rule, ...]:
        """Return what to mark: the words a query wants, not those it does not."""
        match root:
            case And(nodes) | Or(nodes):
                return tuple(rule for part in nodes for rule in self.rules(part))
            case Word() | Phrase() | Prefix() | Pattern() | Fuzzy() | Name():
                return tuple(self._leaf(root)[1])
            case _:
                return ()

    def expression(self, node: Node) -> str:
        """Return the MATCH expression of a part that `is_text`. Raises QueryTooCostly."""
        match node:
            case And(nodes):
                wanted = [self.expression(part) for part in nodes if not isinstance(part, Not)]
                unwanted = [self.expression(part.node) for part in nodes if isinstance(part, Not)]
                both = "(" + " AND ".join(wanted) + ")"
                return f"({both} NOT ({' OR '.join(unwanted)}))" if unwanted else both
            case Or(nodes):
                return "(" + " OR ".join(map(self.expression, nodes)) + ")"
            case Word() | Phrase() | Prefix() | Pattern() | Fuzzy() | Name():
                expression, _ = self._leaf(node)
                # FTS5 has no weights for terms, but scores each phrase of the expression: said twice, it counts twice.
                return expression if node.boost == 1 else "(" + " OR ".join([expression] * node.boost) + ")"
            case _:
                raise ValueError("only words can be matched")

    def _leaf(self, node: Node) -> tuple[str, list[Rule]]:
        if node not in self._leaves:
            self._leaves[node] = self._compiled(node)
        return self._leaves[node]

    def _compiled(self, node: Node) -> tuple[str, list[Rule]]:
        match node:
            case Word(text):
                exact = self.analysis.exact[text].rpartition(" ")[2]
                terms, labels = self._forms(text, self.languages), self._forms(text, self.label_languages)
                expression = _any_of(WORDS, terms)
                if self.label_languages:
                    # Apart: the stem of "mother" in French is that of "moths" in English.
                    expression = f"({expression} OR {_any_of('{label}', labels)})"
                return expression, [WordRule(text, ReasonKind.EXACT, exact, terms, labels)]
            case Phrase(words, slop):
                terms_in_order = self._exact_terms(words)
                return self._phrase(terms_in_order, slop), [
                    PhraseRule(" ".join(words), terms_in_order, slop, prefix=False)
                ]
            case Prefix(words):
                terms_in_order = self._exact_terms(words)
                expression = f"{self._spelled} : {_quoted(terms_in_order)} *" if terms_in_order else NO_TERM
                return expression, [PhraseRule(" ".join(words), terms_in_order, 0, prefix=True)]
            case Pattern(pattern):
                found = self.vocabulary.matching(pattern)
                return _any_of("{exact}", found), [WordRule(pattern, ReasonKind.PATTERN, "", found)]
            case Fuzzy(word, distance, prefix):
                exact = self.analysis.exact[word].rpartition(" ")[2]
                found = self.vocabulary.near(exact, distance, prefix)
                return _any_of("{exact}", found), [WordRule(word, ReasonKind.SIMILAR, exact, found)]
            case Name(parts):
                expression, rule = name_query(parts, self.vocabulary)
                return expression, [rule]
            case _:
                raise ValueError("not a leaf of words")

    @property
    def _spelled(self) -> str:
        """The columns that hold words as they were spelled."""
        return "{exact label}" if self.label_languages else "{exact}"

    def _forms(self, word: str, languages: Iterable[str]) -> frozenset[str]:
        exact = self.analysis.exact[word].rpartition(" ")[2]
        return frozenset({exact, *(self.analysis.stems(language)[word] for language in languages)} - {""})

    def _exact_terms(self, words: Iterable[str]) -> tuple[str, ...]:
        return tuple(term for word in words for term in self.analysis.exact[word].split())

    def _phrase(self, terms: tuple[str, ...], slop: int) -> str:
        if not terms:
            return NO_TERM
        if slop and len(terms) > 1:
            return f"{{exact}} : NEAR({' '.join(map(_quote, terms))}, {slop})"
        return f"{self._spelled} : {_quoted(terms)}"


def is_text(node: Node) -> bool:
    """True when FTS5 alone can decide it: only words, and no NOT without something beside it."""
    match node:
        case And(nodes):
            return all(map(is_text, nodes)) and not all(isinstance(part, Not) for part in nodes)
        case Or(nodes):
            return all(is_text(part) and not isinstance(part, Not) for part in nodes)
        case Not(part):
            return is_text(part) and not isinstance(part, Not)
        case Everything() | Nothing() | FieldValue() | FieldPrefix() | FieldRange():
            return False
        case _:
            return True


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
