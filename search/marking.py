"""Which words of a text the query found, and by which rule.

Only words that some rule wants are looked at more than once: most of a text is not what was asked for.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from search.analysis import Analysis
from search.candidates import Candidates
from search.folding import APOSTROPHES, WORD, continues_word, written_words
from search.names import SEPARATOR, AskedPart
from search.results import Reason, ReasonKind


@dataclass(frozen=True, slots=True)
class WordRule:
    """Any of `terms`, as an exact form or a stem. `exact` is the asked word's own form; `labels`: terms for labels."""

    asked: str
    kind: ReasonKind
    exact: str
    terms: frozenset[str]
    labels: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PhraseRule:
    """`terms` in order, or with `slop` in any order with at most that many words between."""

    asked: str
    terms: tuple[str, ...]
    slop: int
    prefix: bool


@dataclass(frozen=True, slots=True)
class NameRule:
    """Any of these spellings of a name's parts. readings: the parts, as asked and with words that are joined."""

    asked: str
    spellings: frozenset[str]
    readings: tuple[tuple[AskedPart, ...], ...] = ()


# What a term may begin with; without one between two words nothing stands between them.
_LETTER = re.compile(r"[^\W_]")
_SHORT = 8

Rule = WordRule | PhraseRule | NameRule


class Mark(NamedTuple):
    """Code points `start` to `end` of the text answer rule number `rule`."""

    start: int
    end: int
    rule: int
    reason: Reason


class _Spot(NamedTuple):
    """One term of the text: its number among all terms, and where its word stands."""

    place: int
    term: str
    start: int
    end: int


class _Answered(NamedTuple):
    """What a written word answers: rules by number, each with the reason; and whether it is in a phrase."""

    reasons: tuple[tuple[int, Reason], ...]
    in_phrase: bool


class Marker:
    """Marks texts by the rules of one query."""

    def __init__(self, rules: Sequence[Rule], analysis: Analysis) -> None:
        self.rules = rules
        self._analysis = analysis
        self._phrases = [
            (number, rule)
            for number, rule in enumerate(rules)
            if isinstance(rule, PhraseRule) and len(rule.terms) > 1
        ]
        self._slop = max((rule.slop for _, rule in self._phrases), default=0)
        self._terms = frozenset(
            term for rule in rules if not isinstance(rule, NameRule) for term in _terms_of(rule)
        )
        self._begins = tuple(
            rule.terms[-1] for rule in rules if isinstance(rule, PhraseRule) and rule.prefix and rule.terms
        )
        self._spellings = frozenset(
            form for rule in rules if isinstance(rule, NameRule) for form in rule.spellings
        )
        stems = frozenset(
            term
            for rule in rules
            if isinstance(rule, WordRule) and rule.kind is ReasonKind.EXACT
            for term in _terms_of(rule)
        )
        self.wants_names = any(isinstance(rule, NameRule) for rule in rules)
        self._candidates = Candidates(stems, self._terms - stems)
        self._known: dict[str, dict[str, _Answered]] = {}

    def marks(self, text: str, language: str) -> tuple[Mark, ...]:
        """Return what to mark in a text, in the order of the text."""
        found: list[Mark] = []
        in_phrases: list[tuple[int, int, str]] = []
        known = self._known.setdefault(language, {})
        for start, end in self._spans(text, language):
            raw = text[start:end]
            answered = known.get(raw)
            if answered is None:
                answered = known[raw] = self._answered(raw, language)
            for number, reason in answered.reasons:
                found.append(Mark(start, end, number, reason))
            if answered.in_phrase:
                in_phrases.append((start, end, raw))
        spots = _spots(text, in_phrases, self._analysis, self._slop) if in_phrases else []
        for number, rule in self._phrases:
            for start, end in _phrase_places(rule, spots):
                found.append(Mark(start, end, number, Reason(ReasonKind.EXACT, rule.asked, text[start:end])))
        if len(self.rules) > 1:
            found.sort(key=_in_order)
        return tuple(found)

    def _answered(self, raw: str, language: str) -> "_Answered":
        exact = self._analysis.exact[raw]
        return _Answered(
            tuple(_reasons(raw, language, self.rules, self._analysis)),
            any(_has_part(rule, exact) for _, rule in self._phrases),
        )

    def _spans(self, text: str, language: str) -> list[tuple[int, int]]:
        """Return where words stand that a rule may want, in order."""
        words = self._candidates.spans(text, language) if self._terms else []
        if words is not None and not self._spellings:
            return words
        # Each chunk between blanks once: other letters than plain ones are slow to split.
        written = set(written_words(text if text.isascii() else " ".join(set(text.split()))))
        raws: set[str] = set()
        if words is None:
            raws |= self._wanted_words(written, language)
        if self._spellings:
            stripped = {raw.strip(APOSTROPHES) for raw in written}
            raws |= self._analysis.names.written_as(stripped, self._spellings)
        found = {(start, start + len(raw)) for raw in raws if raw for start in _places(text, raw)}
        return sorted(found.union(words or ()))

    def _wanted_words(self, words: set[str], language: str) -> set[str]:
        """Return those of the written words of a text that a rule may want: a quick look, since most are in no rule."""
        found = self._analysis.stems(language).written_as(words, self._terms)
        if begins := self._begins:
            exact = self._analysis.exact
            found.update(
                raw
                for raw in words
                if (form := exact[raw]).startswith(begins)
                or (" " in form and any(part.startswith(begins) for part in form.split()))
            )
        return {raw.strip(APOSTROPHES) for raw in found}


def _in_order(mark: Mark) -> tuple[int, int, int]:
    return mark.start, -mark.end, mark.rule


def _terms_of(rule: WordRule | PhraseRule) -> Iterator[str]:
    yield from rule.terms
    if isinstance(rule, WordRule):
        yield rule.exact


def _places(text: str, raw: str) -> Iterator[int]:
    """Yield where a written word stands in a text as a whole word."""
    start = text.find(raw)
    plain = raw[:1].isascii()
    while start >= 0:
        # Inside a longer word of plain letters, as a short word mostly is: seen without asking the expression.
        inside = plain and start > 0 and (before := text[start - 1]).isascii() and before.isalnum()
        if not inside:
            match = WORD.match(text, start)
            if match and match.end() == start + len(raw) and not continues_word(text, start):
                yield start
        start = text.find(raw, start + len(raw))


def _spots(text: str, found: Sequence[tuple[int, int, str]], analysis: Analysis, slop: int) -> list[_Spot]:
    """Return the terms of these written words, in the order of the text, numbered among all its terms.

    slop: a wider gap than this is not measured out; the numbers on its two sides are only far enough apart.
    """
    spots: list[_Spot] = []
    place = seen = 0
    for start, end, raw in found:
        if _LETTER.search(text, seen, start):
            # Where one word is too much, a longer stretch with a letter is not looked into.
            place += _gap(text, seen, start, analysis, slop) if slop or start - seen < _SHORT else 1
        for term in analysis.exact[raw].split():
            spots.append(_Spot(place, term, start, end))
            place += 1
        seen = end
    return spots


def _gap(text: str, start: int, end: int, analysis: Analysis, slop: int) -> int:
    """Return how many terms stand between two places, counted until there are more than `slop`."""
    gap = 0
    for between in WORD.finditer(text, start, end):
        gap += len(analysis.exact[between.group()].split())
        if gap > slop:
            break
    return gap


def _reasons(
    raw: str, language: str, rules: Sequence[Rule], analysis: Analysis
) -> Iterator[tuple[int, Reason]]:
    for number, rule in enumerate(rules):
        match rule:
            case WordRule(asked, kind, exact, terms, _):
                parts = analysis.exact[raw].split()
                if exact in parts and exact in terms:
                    yield number, Reason(ReasonKind.EXACT, asked, raw)
                elif kind is not ReasonKind.EXACT:
                    if not terms.isdisjoint(parts):
                        yield number, Reason(kind, asked, raw)
                elif not terms.isdisjoint(parts) or analysis.stems(language)[raw] in terms:
                    yield number, Reason(ReasonKind.INFLECTION, asked, raw)
            case NameRule(asked, spellings, _):
                form = analysis.names[raw].rpartition(SEPARATOR)[2]
                if form in spellings:
                    yield number, Reason(ReasonKind.NAME_VARIANT, asked, raw)
            case PhraseRule(asked, (term,), _, prefix):
                parts = analysis.exact[raw].split()
                if term in parts or (prefix and any(part.startswith(term) for part in parts)):
                    yield number, Reason(ReasonKind.EXACT, asked, raw)
            case PhraseRule():
                pass  # Of several words: found where they stand.


def _has_part(rule: PhraseRule, exact: str) -> bool:
    return any(
        term in rule.terms or (rule.prefix and term.startswith(rule.terms[-1])) for term in exact.split()
    )


def _phrase_places(rule: PhraseRule, spots: Sequence[_Spot]) -> Iterator[tuple[int, int]]:
    if rule.slop and len(rule.terms) > 1:
        yield from _near_places(rule, spots)
        return
    size = len(rule.terms)
    for first, spot in enumerate(spots):
        if spot.term != rule.terms[0]:
            continue
        window = spots[first : first + size]
        if len(window) < size or any(after.place != before.place + 1 for before, after in pairwise(window)):
            continue
        *before, last = (spot.term for spot in window)
        fits = last.startswith(rule.terms[-1]) if rule.prefix else last == rule.terms[-1]
        if fits and tuple(before) == rule.terms[:-1]:
            yield window[0].start, window[-1].end


def _near_places(rule: PhraseRule, spots: Sequence[_Spot]) -> Iterator[tuple[int, int]]:
    """Yield each wanted word that has all the others near it (FTS5's NEAR: words between first and last)."""
    wanted = frozenset(rule.terms)
    near = [spot for spot in spots if spot.term in wanted]
    marked: dict[int, _Spot] = {}
    for number, first in enumerate(near):
        seen: dict[str, _Spot] = {}
        for spot in near[number : number + rule.slop + 2]:
            if spot.place - first.place - 1 <= rule.slop:
                seen.setdefault(spot.term, spot)
        if len(seen) == len(wanted):
            marked.update((spot.place, spot) for spot in seen.values())
    for _, spot in sorted(marked.items()):
        yield spot.start, spot.end
