"""Other spellings of withheld names that a release still says, in any script: a second look for the second person.

It finds too much rather than too little: a name that only sounds alike is marked as well, and a part of a name is
marked alone. It finds no nickname, no mention without a name, and nothing in scripts that `search.names` cannot hear.
"""

from collections.abc import Iterable

from search.folding import WORD
from search.names import SEPARATOR, NameTerms
from testimony.domain.matching import Span
from testimony.domain.redaction import Mark
from testimony.services.name_spellings import NameForms

SHORTEST = 3
"""Shorter parts of names are also other words, in every language."""

_OF_PEOPLE_AND_PLACES = ("X.1", "X.2", "X.4", "X.5", "X.6", "X.10", "A.", "B.")


def names_among(text: str, marks: Iterable[Mark]) -> frozenset[str]:
    """What marks of people and places cover."""
    return frozenset(
        text[mark.start : mark.end]
        for mark in marks
        if any(
            mark.category == c or (c[-1] == "." and mark.category.startswith(c))
            for c in _OF_PEOPLE_AND_PLACES
        )
    )


def other_spellings(text: str, names: Iterable[str]) -> tuple[Span, ...]:
    """Where a text says what may be a part of one of the names, in order."""
    terms = NameTerms()
    wanted = {form for name in names for form in _forms(name, terms)}
    if not wanted:
        return ()
    words = [(Span(*found.span()), found[0]) for found in WORD.finditer(text)]
    # What the text also writes small is a common word, at the beginning of a sentence say.
    common = {word for _, word in words if word[:1].islower()}
    forms: dict[str, str] = {}
    for _, word in words:
        if word not in forms and word.lower() not in common and (form := _form(word, terms)):
            forms[word] = form
    said = NameForms(forms.values())
    alike = frozenset[str]().union(*(said.like(part) for part in wanted))
    return tuple(span for span, word in words if forms.get(word) in alike)


def _forms(name: str, terms: NameTerms) -> Iterable[str]:
    return (form for found in WORD.finditer(name) if (form := _form(found[0], terms)))


def _form(word: str, terms: NameTerms) -> str:
    """The spelling under which a name is compared; empty for what is no name, or too short to tell."""
    _, parted, form = terms[word].partition(SEPARATOR)
    return form if parted and len(form) >= SHORTEST else ""
