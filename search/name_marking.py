"""What a text shows of a name that was found: the whole of it, and only where it stands.

A name is found by the words that decide it. What is joined to them in another spelling (the article in El Moctar)
is marked with them, and a lone letter only beside another part of the name.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from search.folding import WORD, fold
from search.marking import Mark, NameRule, Rule
from search.name_forms import name_form, name_parts
from search.results import Reason, ReasonKind

# What an initial and the name beside it may have between them, in code points; and two parts of one name.
BESIDE = 3
NEAR = 40
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
        elif _is_part(text, mark, rule, marks):
            start, end = _whole(text, mark.start, mark.end)
            yield Mark(start, end, mark.rule, _reason(rule.asked, text[start:end]))


def _is_part(text: str, found: Mark, rule: NameRule, marks: Iterable[Mark]) -> bool:
    """True when this stands beside another part of the name asked, or only one part was asked.

    A word alone may sound like a part and be none, above all where a script has no capitals.
    """
    is_letter = found.end - found.start == 1
    if not is_letter and len(name_parts(rule.asked.split())) < 2:
        return True
    distance = BESIDE if is_letter else NEAR
    form = fold(text[found.start : found.end])
    return any(
        mark.rule == found.rule
        and (mark.end - mark.start > 1 or not is_letter)
        and found.start - distance <= mark.end
        and mark.start <= found.end + distance
        and fold(text[mark.start : mark.end]) != form
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
