"""Snippets: the part of a text where the query's words stand closest, with those words marked.

Square brackets hold words that belong together (a token for something withheld): a snippet has such a bracket whole or
not at all, and begins or ends nowhere inside one.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace

from search.analysis import Analysis
from search.documents import Label
from search.marking import Mark, Marker, NameRule, Rule, WordRule
from search.name_marking import whole_names
from search.results import Fragment, Reason, ReasonKind

LENGTH = 240
LEAD = 60
ELLIPSIS = "…"
MAX_REASONS = 8
BRACKET = 80
"""Longer brackets are the text's own, and may be cut."""
_BLANK = re.compile(r"\s+")
_BRACKETED = re.compile(rf"\[[^\[\]]{{0,{BRACKET}}}\]")


def highlight(text: str, language: str, marker: Marker) -> tuple[tuple[Fragment, ...], tuple[Reason, ...]]:
    """Return the snippet of one text, about LENGTH characters, and why its words were found."""
    found = marker.marks(text, language)
    if marker.wants_names:
        found = whole_names(text, found, marker.rules)
    best = _best(found)
    start = _begin(text, found, best)
    end = _end(text, start, found[best].end if found else 0)
    # A word that comes again has the very same reason: most are told apart without comparing.
    different = {id(mark.reason): mark.reason for mark in found}
    reasons = tuple(dict.fromkeys(different.values()))[:MAX_REASONS]
    return _fragments(text, start, end, found), reasons


def label_marker(rules: Sequence[Rule], analysis: Analysis) -> Marker:
    """Return what marks labels by these rules. Names are looked for in texts alone."""
    words = [
        replace(rule, terms=rule.labels) if isinstance(rule, WordRule) else rule
        for rule in rules
        if not isinstance(rule, NameRule)
    ]
    return Marker(words, analysis)


def label_reasons(labels: Iterable[Label], marker: Marker) -> tuple[Reason, ...]:
    """Return which labels of a document answer a rule. They stand in no text, so nothing is marked."""
    reasons = (
        Reason(ReasonKind.LABEL, marker.rules[mark.rule].asked, label.text)
        for label in labels
        for mark in marker.marks(label.text, label.language)
    )
    return tuple(dict.fromkeys(reasons))[:MAX_REASONS]


def _best(found: Sequence[Mark]) -> int:
    """Return the number of the mark from which most rules, then most marks, fit into a snippet."""
    best, best_worth = 0, (0, 0)
    last = 0
    several = len({mark.rule for mark in found}) > 1
    for number, mark in enumerate(found):
        last = max(last, number)
        while last + 1 < len(found) and found[last + 1].end <= mark.start + LENGTH - LEAD:
            last += 1
        rules = len({other.rule for other in found[number : last + 1]}) if several else 1
        worth = (rules, last - number)
        if worth > best_worth:
            best, best_worth = number, worth
    return best


def _begin(text: str, found: Sequence[Mark], best: int) -> int:
    """Return where the snippet begins: after a blank a little before the best mark, or at a whole character."""
    if not found or found[best].start <= LEAD:
        return 0
    first = found[best].start
    blank = _BLANK.search(text, first - LEAD, first)
    begin = blank.end() if blank and blank.end() < first else safe_cut(text, first - LEAD)
    around = _bracket_around(text, begin)
    return around[0] if around else begin


def _end(text: str, start: int, first: int) -> int:
    """Return where the snippet ends: before a blank, or at a whole character; never inside the first mark."""
    limit = max(start + LENGTH, min(first, start + 2 * LENGTH))
    if limit >= len(text):
        return len(text)
    blank = _last_blank(text, limit - LEAD, limit + 1)
    end = blank if blank is not None and blank >= first else safe_cut(text, limit)
    around = _bracket_around(text, end)
    return around[1] if around else end


def _last_blank(text: str, start: int, end: int) -> int | None:
    """Return where the last run of blanks begins; None when there is none."""
    window = text[start:end]
    before = window.rstrip()
    if before == window:
        words = window.rsplit(None, 1)
        if len(words) < 2:
            return None
        before = words[0]
    return start + len(before)


def _bracket_around(text: str, place: int) -> tuple[int, int] | None:
    """Return where a bracket begins and ends that a cut at this place would part; None when there is none."""
    first, last = max(0, place - BRACKET - 1), place + BRACKET + 2
    if "[" not in text[first:place]:
        return None
    for match in _BRACKETED.finditer(text, first, last):
        if match.start() < place < match.end():
            return match.span()
    return None


def safe_cut(text: str, end: int) -> int:
    """Return the nearest place at or before `end` that does not part a character from what belongs to it."""
    if end >= len(text):
        return len(text)
    cut = end
    while cut > 0 and _belongs(text[cut - 1], text[cut]):
        cut -= 1
    return cut or end


def _belongs(before: str, after: str) -> bool:
    """True when `after` extends the character `before` it (Unicode annex 29, the common cases)."""
    return (
        unicodedata.category(after) in {"Mn", "Mc", "Me"}
        or after in "\u200c\u200d"
        or before == "\u200d"
        or "\U0001f3fb" <= after <= "\U0001f3ff"
        or ("\U0001f1e6" <= before <= "\U0001f1ff" and "\U0001f1e6" <= after <= "\U0001f1ff")
        or (before == "\r" and after == "\n")
    )


def _fragments(text: str, start: int, end: int, found: Sequence[Mark]) -> tuple[Fragment, ...]:
    pieces: list[Fragment] = [Fragment(ELLIPSIS, marked=False)] if start > 0 else []
    place = start
    for begin, stop, _, _ in found:
        if stop <= place:
            continue
        if begin >= end:
            break  # They stand in the order of the text.
        begin, stop = max(begin, place), min(stop, end)
        if begin > place:
            pieces.append(Fragment(text[place:begin], marked=False))
        pieces.append(Fragment(text[begin:stop], marked=True))
        place = stop
    if place < end:
        pieces.append(Fragment(text[place:end], marked=False))
    if end < len(text):
        pieces.append(Fragment(ELLIPSIS, marked=False))
    return tuple(pieces)
