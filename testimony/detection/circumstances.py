"""Circumstances: clauses of a person's own account that may tell who speaks, though they hold no name.

"He is the only one in the village who does that work." Only for accounts in the first person: an act of a court is
full of kin and illness and would be marked from end to end.
"""

from collections.abc import Iterator

from testimony.detection.lexicon import Kind
from testimony.detection.spans import Found, Reach
from testimony.detection.tokens import DIGIT, WORD, Tokens

CIRCUMSTANCE = "circumstance/1"
_MOST_TOKENS = 60

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
)
_TELLING = 0
for _rule_kind, *_ in _RULES:
    _TELLING |= _rule_kind.value


def circumstances(tokens: Tokens) -> Iterator[Found]:
    """Yield telling clauses; those that only a comma parts become one."""
    if not tokens.first_person:
        return
    for first, last in _sentences(tokens):
        clauses = list(_clauses(tokens, first, last))
        whole = _rule(tokens, first, last, whole_only=True)
        if whole is not None and last - first < _MOST_TOKENS:
            yield _found(tokens, first, last, whole)
            continue
        yield from _joined(tokens, clauses)


def _joined(tokens: Tokens, clauses: list[tuple[int, int]]) -> Iterator[Found]:
    begun: tuple[int, int, str] | None = None
    for first, last in clauses:
        kind = _rule(tokens, first, last, whole_only=False)
        if kind is None:
            if begun is not None:
                yield _found(tokens, *begun)
            begun = None
        elif begun is None or last - begun[0] >= _MOST_TOKENS:
            if begun is not None:
                yield _found(tokens, *begun)
            begun = (first, last, kind)
        else:
            begun = (begun[0], last, begun[2])
    if begun is not None:
        yield _found(tokens, *begun)


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
