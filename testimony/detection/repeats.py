"""Whoever is named once is marked wherever the account names them: whole, and by each part that tells."""

from collections.abc import Iterable, Iterator

from testimony.detection.lexicon import Kind
from testimony.detection.spans import Found, Reach
from testimony.detection.tokens import DIGIT, UPPER, WORD, Tokens

REPEATED = "repeated-mention/1"
_LONGEST = 12

_PEOPLE = frozenset(
    (
        *(
            "WITNESS_NAME",
            "WITNESS_NICKNAME",
            "RELATIVE_NAME",
            "CHILD_NAME",
            "THIRD_PARTY_NAME",
            "STAFF_NAME",
        ),
        *("PERP_NAME", "PERP_ALIAS", "INTERPRETER_NAME", "VICTIM_NAME"),
    )
)
_WHOLE = _PEOPLE | {
    *("VILLAGE_ORIGIN", "VILLAGE", "TOWN", "NGO_SERVICE", "NGO_SOURCE"),
    *("PHONE", "WITNESS_ID_DOC", "VEHICLE_PLATE_PERP", "DEVICE_ID"),
}
_KNOWN = (
    Kind.PLAIN.value
    | Kind.PARTICLE.value
    | Kind.TITLE.value
    | Kind.KIN.value
    | Kind.ORG.value
    | Kind.PLACENOUN.value
)
_COMMON = _KNOWN | (Kind.MONTH | Kind.WEEKDAY | Kind.NUMBER | Kind.OCCUPATION | Kind.GROUP).value


def repeats(tokens: Tokens, found: Iterable[Found]) -> Iterator[Found]:
    """Yield the other mentions of the names among `found`."""
    whole: dict[str, list[tuple[tuple[str, ...], Found]]] = {}
    parts: dict[str, Found] = {}
    seen: set[tuple[str, ...]] = set()
    for one, first, last in _places(tokens, found):
        first, last = _bare(tokens, first, last)
        words = tuple(tokens.words[first : last + 1])
        if not words or len(words) > _LONGEST or words in seen or len("".join(words)) < 3:
            continue
        seen.add(words)
        if len(words) > 1 or not tokens.kinds[first] & _COMMON:
            whole.setdefault(words[0], []).append((words, one))
        if one.type in _PEOPLE:
            for at in range(first, last + 1):
                if len(tokens.words[at]) > 2 and tokens.shapes[at] & UPPER and not tokens.kinds[at] & _COMMON:
                    parts.setdefault(tokens.words[at], one)
    yield from _elsewhere(tokens, whole, parts)


def _places(tokens: Tokens, found: Iterable[Found]) -> Iterator[tuple[Found, int, int]]:
    """Yield what was found with its first and last token, in the order of the text."""
    at = 0
    for one in sorted(found, key=lambda f: (f.start, f.end)):
        if one.type not in _WHOLE or one.reach is not Reach.DETAIL:
            continue
        while at < len(tokens) and tokens.ends[at] <= one.start:
            at += 1
        last = at
        while last + 1 < len(tokens) and last - at <= _LONGEST + 4 and tokens.starts[last + 1] < one.end:
            last += 1
        if at < len(tokens):
            yield one, at, last


def _bare(tokens: Tokens, first: int, last: int) -> tuple[int, int]:
    """Leave out what stands around a name: article, title, trade, quotation marks."""
    while first < last and (
        (not tokens.shapes[first] & (UPPER | DIGIT) and tokens.kinds[first] & _COMMON)
        or not tokens.shapes[first] & WORD
    ):
        first += 1
    while first < last and not tokens.shapes[last] & WORD:
        last -= 1
    return first, last


def _elsewhere(
    tokens: Tokens, whole: dict[str, list[tuple[tuple[str, ...], Found]]], parts: dict[str, Found]
) -> Iterator[Found]:
    for at, word in enumerate(tokens.words):
        for words, one in whole.get(word, ()):
            last = at + len(words) - 1
            if tuple(tokens.words[at : last + 1]) == words:
                yield Found(tokens.starts[at], tokens.ends[last], one.type, REPEATED, rank=4)
        if (named := parts.get(word)) is not None:
            yield Found(tokens.starts[at], tokens.ends[at], named.type, REPEATED, rank=4)
