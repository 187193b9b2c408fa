"""What a text shows of a name that was found: the whole of it, and only where it stands.

A name is found by the words that decide it. What is joined to them in another spelling (the article in El Moctar)
is marked with them, and a lone letter only beside another part of the name.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from search.folding import WORD, fold
from search.marking import Mark, NameRule, Rule
from search.name_forms import name_form
from search.results import Reason, ReasonKind

# What an initial and the name beside it may have between them, in code points.
BESIDE = 3
_BEFORE = re.compile(rf"({WORD.pattern})[\s\-‐'’ʼ]{{1,2}}$")
_BEHIND = re.compile(rf"[\s\-‐'’ʼ]{{1,2}}({WORD.pattern})")
# The longest word that is joined to a name, and the sign between them.
_LONGEST = 10


def whole_names(text: str, marks: Sequence[Mark], rules: Sequence[Rule]) -> tuple[Mark, ...]:
    """Return the marks in the order of the text, those of names as the text has them, others as they are."""
    return tuple(
        sorted(_whole_names(text, marks, rules), key=lambda mark: (mark.start, -mark.end, mark.rule))
    )


def _whole_names(text: str, marks: Sequence[Mark], rules: Sequence[Rule]) -> Iterator[Mark]:
    for mark in marks:
        rule = rules[mark.rule]
        if not isinstance(rule, NameRule):
            yield mark
        elif mark.end - mark.start > 1 or _is_beside(mark, marks):
            start, end = _whole(text, mark.start, mark.end)
            yield Mark(start, end, mark.rule, _reason(rule.asked, text[start:end]))


def _is_beside(initial: Mark, marks: Iterable[Mark]) -> bool:
    return any(
        mark.rule == initial.rule
        and mark.end - mark.start > 1
        and initial.start - BESIDE <= mark.end
        and mark.start <= initial.end + BESIDE
        for mark in marks
    )


def _whole(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the place of a name with the words around it that would be taken off were they joined to it."""
    form, joined = name_form(text[start:end]), text[start:end].lower()
    while before := _BEFORE.search(text[max(0, start - _LONGEST) : start]):
        if name_form(before[1].lower() + joined) != form:
            break
        joined = before[1].lower() + joined
        start -= len(before[0])
    behind = _BEHIND.match(text, end)
    if behind and name_form(joined + behind[1].lower()) == form:
        end = behind.end()
    return start, end


def _reason(asked: str, found: str) -> Reason:
    as_asked = {fold(word) for word in WORD.findall(asked)}
    same = as_asked.issuperset(fold(word) for word in WORD.findall(found))
    return Reason(ReasonKind.NAME if same else ReasonKind.NAME_VARIANT, asked, found)
