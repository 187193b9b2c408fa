"""Which words of a text the query found, and by which rule."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from search.analysis import Analysis, Token
from search.names import name_form
from search.results import Reason, ReasonKind


@dataclass(frozen=True, slots=True)
class WordRule:
    """Any of `terms`, as an exact form or a stem. `exact` is the asked word's own form."""

    asked: str
    kind: ReasonKind
    exact: str
    terms: frozenset[str]


@dataclass(frozen=True, slots=True)
class PhraseRule:
    """`terms` in order, or with `slop` in any order with at most that many words between."""

    asked: str
    terms: tuple[str, ...]
    slop: int
    prefix: bool


@dataclass(frozen=True, slots=True)
class NameRule:
    """Any of these spellings of a name's parts."""

    asked: str
    spellings: frozenset[str]


Rule = WordRule | PhraseRule | NameRule


@dataclass(frozen=True, slots=True)
class Mark:
    """Tokens `first` to `last` (both included) answer rule number `rule`."""

    first: int
    last: int
    rule: int
    reason: Reason


def marks(
    text: str, tokens: Sequence[Token], language: str, rules: Sequence[Rule], analysis: Analysis
) -> tuple[Mark, ...]:
    """Return what to mark in a text whose words are `tokens`."""
    found: list[Mark] = []
    positions = [
        (term, index) for index, token in enumerate(tokens) for term in analysis.exact[token.raw].split()
    ]
    for number, rule in enumerate(rules):
        match rule:
            case WordRule():
                found.extend(_word_marks(number, rule, tokens, language, analysis))
            case PhraseRule():
                for first, last in _phrase_places(rule, positions):
                    written = text[tokens[first].start : tokens[last].end]
                    found.append(Mark(first, last, number, Reason(ReasonKind.EXACT, rule.asked, written)))
            case NameRule():
                found.extend(_name_marks(number, rule, tokens))
    return tuple(sorted(found, key=lambda mark: (mark.first, -mark.last, mark.rule)))


def _word_marks(
    number: int, rule: WordRule, tokens: Sequence[Token], language: str, analysis: Analysis
) -> Iterator[Mark]:
    stems: Mapping[str, str] = analysis.stems(language)
    for index, token in enumerate(tokens):
        exact = analysis.exact[token.raw].split()
        stem = stems[token.raw]
        if stem not in rule.terms and rule.terms.isdisjoint(exact):
            continue
        kind = rule.kind
        if rule.exact in exact:
            kind = ReasonKind.EXACT
        elif kind is ReasonKind.EXACT:
            kind = ReasonKind.INFLECTION
        yield Mark(index, index, number, Reason(kind, rule.asked, token.raw))


def _phrase_places(rule: PhraseRule, positions: Sequence[tuple[str, int]]) -> Iterator[tuple[int, int]]:
    if not rule.terms:
        return
    if rule.slop and len(rule.terms) > 1:
        yield from _near_places(rule, positions)
        return
    size = len(rule.terms)
    for start in range(len(positions) - size + 1):
        window = [term for term, _ in positions[start : start + size]]
        last_fits = window[-1].startswith(rule.terms[-1]) if rule.prefix else window[-1] == rule.terms[-1]
        if last_fits and tuple(window[:-1]) == rule.terms[:-1]:
            yield positions[start][1], positions[start + size - 1][1]


def _near_places(rule: PhraseRule, positions: Sequence[tuple[str, int]]) -> Iterator[tuple[int, int]]:
    """Mark each wanted word that has all the others near it (FTS5 NEAR: words between first and last)."""
    wanted = frozenset(rule.terms)
    spots = [(place, term) for place, (term, _) in enumerate(positions) if term in wanted]
    marked: set[int] = set()
    for start, (first, _) in enumerate(spots):
        seen: dict[str, int] = {}
        for place, term in spots[start:]:
            if place - first - 1 > rule.slop:
                break
            seen.setdefault(term, place)
        if len(seen) == len(wanted):
            marked.update(seen.values())
    for place in sorted(marked):
        yield positions[place][1], positions[place][1]


def _name_marks(number: int, rule: NameRule, tokens: Sequence[Token]) -> Iterator[Mark]:
    asked = {name_form(part) for part in rule.asked.split()}
    for index, token in enumerate(tokens):
        form = name_form(token.raw)
        if form in rule.spellings:
            kind = ReasonKind.NAME if form in asked else ReasonKind.NAME_VARIANT
            yield Mark(index, index, number, Reason(kind, rule.asked, token.raw))
