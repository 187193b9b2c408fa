"""Circumstances: clauses of a person's own account that may tell who speaks, though they hold no name.

"He is the only one in the village who does that work." Only for accounts in the first person: an act of a court is
full of kin and illness and would be marked from end to end.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise

from testimony.detection.lexicon import Kind
from testimony.detection.spans import Found, Reach, Span, in_order, merged
from testimony.detection.tokens import DIGIT, UPPER, WORD, Tokens

CIRCUMSTANCE = "circumstance/1"
_MOST_TOKENS = 40
"""Words and signs of a piece of a clause: transcripts without a comma have clauses as long as they are."""

# Which words make a clause telling, what it is then, and whether the whole sentence goes with it.
_RULES = (
    (Kind.CONTACT, "COMM_MEANS", True),
    (Kind.ONLY, "ROLE_UNIQUE", True),
    (Kind.INTERPRETER, "INTERPRETER_CONDUCT", True),
    (Kind.ROLE, "ROLE_UNIQUE", True),
    (Kind.HIDE, "EVIDENCE_LOCATION", False),
    (Kind.BORN, "BIRTH_DATE_PLACE", False),
    (Kind.HEALTH, "HEALTH_DETAIL", False),
    (Kind.BODY, "PHYSICAL_MARK", False),
    (Kind.EVENT, "FAMILY_EVENT", False),
    (Kind.OCCUPATION, "OCCUPATION", False),
    (Kind.KIN, "RELATIVE_RELATION", False),
    (Kind.MINOR, "CHILD_IDENTIFIER", False),
    (Kind.GROUP, "ETHNIC_OR_CLAN", False),
    (Kind.VEHICLE, "PROPERTY_UNIQUE", False),
    (Kind.LIVE, "BIOGRAPHIC_DETAIL", False),
    (Kind.WHERE, "VANTAGE_POINT", False),
    (Kind.UNIT, "VANTAGE_POINT", False),
)
# A clause that begins so tells of what stands before it.
_RELATIVE = frozenset(
    (
        *(
            "who",
            "whom",
            "whose",
            "which",
            "that",
            "where",
            "qui",
            "que",
            "dont",
            "quien",
            "cuyo",
            "cuya",
            "donde",
        ),
        *("الذي", "التي", "الذين", "который", "которая", "которые", "которого", "которой", "чей"),
    )
)
_TELLING = 0
for _rule_kind, *_ in _RULES:
    _TELLING |= _rule_kind.value


def circumstances(tokens: Tokens) -> Iterator[Found]:
    """Yield telling clauses, each by itself: a reviewer decides each, and a wide mark hides what is decided."""
    if not tokens.first_person:
        return
    for first, last in _sentences(tokens):
        whole = _rule(tokens, first, last, whole_only=True)
        kind: str | None = None
        for begun, end in _clauses(tokens, first, last):
            own = _rule(tokens, begun, end, whole_only=False)
            if own is None and kind is not None and tokens.folded[begun] in _RELATIVE:
                own = kind
            if own is None and _follows_a_name(tokens, begun):
                own = "VICTIM_DESCRIPTION"
            kind = own or whole
            if kind is not None:
                for piece in range(begun, end + 1, _MOST_TOKENS):
                    yield _found(tokens, piece, min(end, piece + _MOST_TOKENS - 1), kind)


def _follows_a_name(tokens: Tokens, first: int) -> bool:
    """Say whether a clause stands behind a name and a comma: "Akli, le radio", "Bakary, with the ring"."""
    named = first - 2
    return (
        named >= 0
        and tokens.words[first - 1] in (",", "،")
        and bool(tokens.shapes[named] & UPPER)
        and not tokens.begins_sentence(named)
        and not tokens.kinds[named] & (Kind.PLAIN | Kind.FIRST).value
    )


def _sentences(tokens: Tokens) -> Iterator[tuple[int, int]]:
    first = 0
    for at in range(len(tokens)):
        if tokens.is_end(at):
            yield first, at
            first = at + 1
    if first < len(tokens):
        yield first, len(tokens) - 1


def _clauses(tokens: Tokens, first: int, last: int) -> Iterator[tuple[int, int]]:
    begun = first
    for at in range(first, last + 1):
        if tokens.is_pause(at):
            if begun < at:
                yield begun, at - 1
            begun = at + 1
    if begun <= last:
        yield begun, last


def _rule(tokens: Tokens, first: int, last: int, *, whole_only: bool) -> str | None:
    kinds = 0
    for at in range(first, last + 1):
        kinds |= tokens.kinds[at]
    if not kinds & _TELLING:
        return None
    for kind, named, whole in _RULES:
        if kinds & kind and whole >= whole_only:
            return named
    return None


def _found(tokens: Tokens, first: int, last: int, kind: str) -> Found:
    while last > first and not tokens.shapes[last] & (WORD | DIGIT):
        last -= 1
    while first < last and not tokens.shapes[first] & (WORD | DIGIT):
        first += 1
    return Found(tokens.starts[first], tokens.ends[last], kind, CIRCUMSTANCE, Reach.CIRCUMSTANCE)


_NUMERIC = frozenset(
    (
        *(
            "AGE_EXACT",
            "AGE_APPROX",
            "COUNT",
            "AMOUNT",
            "DURATION",
            "GPS",
            "CAMP_ADDRESS",
            "CAMP_ADDRESS_COARSE",
        ),
        *("DATE_EXACT", "DATE_PARTIAL", "DATE_APPROX"),
    )
)
_GAP = re.compile(
    r"[\s,;:،؛—–-]{0,3}(?:(?:à|in|at|en|de|of|from|to|the|le|la|el|في|ب|в|из|на|et|and|y|و|и)\s){0,2}"
)
_LONGEST_GAP = 14


def widened_circumstances(tokens: Tokens, spans: Sequence[Span]) -> tuple[Span, ...]:
    """Let a circumstance take in the detail it leans on: "Mariam, daughter of …", "my sister …, in Kayes".

    Numbers a word or two apart become a circumstance of their own: "fifteen, maybe sixteen after the rains".
    """
    if not tokens.first_person:
        return tuple(spans)
    text = tokens.text
    details = [span for span in spans if span.detector != CIRCUMSTANCE]
    wide = [span for span in spans if span.detector == CIRCUMSTANCE]
    for one, other in pairwise(details):
        gap = text[one.end : other.start]
        both = (one.type in _NUMERIC and other.type in _NUMERIC) or (
            other.type in _NUMERIC and _GAP.fullmatch(gap) is not None
        )
        if both and 0 < len(gap) <= _LONGEST_GAP and len(gap.split()) <= 2 and not set(".!?؟\n") & set(gap):
            wide.append(Span(one.start, other.end, one.type, one.category, CIRCUMSTANCE))
    starts, ends = [span.start for span in details], [span.end for span in details]
    grown: list[Found] = []
    for span in sorted(wide, key=lambda span: (span.start, span.end)):
        start, end = span.start, span.end
        before = bisect_right(ends, start) - 1
        if before >= 0 and start - ends[before] <= _LONGEST_GAP and _GAP.fullmatch(text, ends[before], start):
            start = starts[before]
        after = bisect_left(starts, end)
        if (
            after < len(starts)
            and starts[after] - end <= _LONGEST_GAP
            and _GAP.fullmatch(text, end, starts[after])
        ):
            end = ends[after]
        # Two that lean on the same detail do not become one: the first has it.
        if grown and grown[-1].end <= span.start:
            start = max(start, grown[-1].end)
            while start < span.start and not text[start].isalnum():
                start += 1
        grown.append(Found(start, end, span.type, CIRCUMSTANCE, Reach.CIRCUMSTANCE))
    known = {(span.start, span.end) for span in details}
    united = (span for span in merged(text, grown) if (span.start, span.end) not in known)
    return in_order((*details, *united))
