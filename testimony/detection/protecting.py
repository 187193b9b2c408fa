"""What the witness asked to protect, wherever the text says it, in other spellings and scripts as well.

Shares the name keys of `search`: Akli ag Wartan, Akly Ag Ouartane, أكلي آغ وارتان.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache

from search.folding import written_words
from search.name_forms import Weight, name_form, name_parts, weights
from search.names import key_of, keys_of, spellings_among
from testimony.detection.lexicon import Kind
from testimony.detection.spans import Found
from testimony.detection.tokens import DIGIT, UPPER, WORD, Tokens
from testimony.domain.matching import occurrences_of_each
from testimony.domain.vocabulary import load

LIST, VARIANT = "protect-list/2", "protect-variant/1"
MOST_ITEMS = 1_000
_SHORTEST_PART = 3
_WINDOW = 4
_PLAIN = Kind.PLAIN.value


@dataclass(frozen=True, slots=True)
class Protect:
    """Words to protect. kind: a type of identifier_type.csv, a code of redaction.csv, or empty."""

    text: str = field(repr=False)
    kind: str = ""


@cache
def _type_of_category(category: str) -> str:
    """Return a type that is withheld under this category."""
    terms = load("identifier_type").terms
    return next(
        (term.code for term in terms if term.columns["default_category"] == category), "THIRD_PARTY_NAME"
    )


def _type_and_category(item: Protect) -> tuple[str, str]:
    if item.kind in load("identifier_type"):
        # What is usually kept was put on the list by a person who had a reason.
        default = load("identifier_type").require(item.kind).columns["default_category"]
        return item.kind, "" if default else "B.5"
    if item.kind in load("redaction"):
        return _type_of_category(item.kind), item.kind
    return "THIRD_PARTY_NAME", "B.5"


def protected(tokens: Tokens, items: Iterable[Protect]) -> Iterator[Found]:
    """Yield every mention as listed."""
    held = tuple(items)[:MOST_ITEMS]
    if not held:
        return
    for item, spans in zip(held, occurrences_of_each(tokens.text, (i.text for i in held)), strict=True):
        kind, category = _type_and_category(item)
        for span in spans:
            yield Found(span.start, span.end, kind, LIST, rank=0, category=category)


def variants(tokens: Tokens, items: Iterable[Protect]) -> Iterator[Found]:
    """Yield mentions of listed names in another spelling, and of one telling part alone."""
    held = [(item, parts) for item in tuple(items)[:MOST_ITEMS] if (parts := _telling_parts(item.text))]
    if not held:
        return
    forms = [
        name_form(word) if shape & WORD and not shape & DIGIT and len(word) >= _SHORTEST_PART else ""
        for word, shape in zip(tokens.words, tokens.shapes, strict=True)
    ]
    by_key: dict[str, set[str]] = {}
    for form in set(forms):
        if len(form) >= 2:
            by_key.setdefault(key_of(form), set()).add(form)
    places: dict[str, list[int]] = {}
    for at, form in enumerate(forms):
        if form:
            places.setdefault(form, []).append(at)
    for item, parts in held:
        spots = {
            at
            for part in parts
            for form in _alike(part, by_key)
            for at in places[form]
            if _may_be_name(tokens, at)
        }
        kind, category = _type_and_category(item)
        for first, last in _runs(tokens, sorted(spots)):
            yield Found(tokens.starts[first], tokens.ends[last], kind, VARIANT, rank=0, category=category)


def _telling_parts(text: str) -> tuple[str, ...]:
    """Return the parts of a listed name that find it again; none for what is no name (a number, a sentence)."""
    words = written_words(text)
    if not 0 < len(words) <= 8 or any(map(str.isdecimal, text)):
        return ()
    named = [word for word in words if word[0].isupper() or word[0].lower() == word[0].upper()]
    return tuple(part for part in name_parts(named) if len(part) >= _SHORTEST_PART)


def _alike(part: str, by_key: dict[str, set[str]]) -> Iterable[str]:
    candidates = {form for key in keys_of(part) for form in by_key.get(key, ())}
    return spellings_among(part, candidates)


def _may_be_name(tokens: Tokens, at: int) -> bool:
    word = tokens.words[at]
    if tokens.kinds[at] & _PLAIN and not (tokens.shapes[at] & UPPER and not tokens.begins_sentence(at)):
        return False
    return bool(tokens.shapes[at] & UPPER) or word[0].lower() == word[0].upper()


def _runs(tokens: Tokens, spots: list[int]) -> Iterator[tuple[int, int]]:
    """Put parts that stand beside each other, particles between them, into one span."""
    first = last = -1
    for at in spots:
        if first >= 0 and at - last <= _WINDOW and all(_joins(tokens, i) for i in range(last + 1, at)):
            last = at
            continue
        if first >= 0:
            yield first, last
        first = last = at
    if first >= 0:
        yield first, last


def _joins(tokens: Tokens, at: int) -> bool:
    known = weights().get(name_form(tokens.words[at]))
    return tokens.words[at] in "-'’.‑" or known in (Weight.NONE, Weight.JOINED, Weight.BEHIND, Weight.NAME)
