"""Nations, peoples, faiths; organisations by the word that makes them one; relations and "the only …"."""

from collections.abc import Iterator

from testimony.detection.lexicon import Kind
from testimony.detection.names import capitals_end
from testimony.detection.spans import Found
from testimony.detection.tokens import UPPER, Tokens

GROUP, ORGANISATION, RELATION = "group/1", "organisation/1", "relation/1"

_GROUP, _ORG, _KIN, _PLAIN = Kind.GROUP.value, Kind.ORG.value, Kind.KIN.value, Kind.PLAIN.value
_MINE = frozenset(("my", "our", "mon", "ma", "mes", "notre", "nos", "mi", "mis", "nuestro", "nuestra"))
_LINKS = frozenset(
    ("of", "for", "de", "du", "des", "d", "del", "la", "le", "and", "et", "y", "the", "'", "’", "on", "en")
)


def groups(tokens: Tokens) -> Iterator[Found]:
    for at, kinds in enumerate(tokens.kinds):
        if kinds & _GROUP and len(tokens.words[at]) > 2:
            end = at
            if tokens.folded[at] == "kel" or tokens.form(at).startswith(("قبيل", "عشير")):
                end = min(at + 1, len(tokens) - 1)
            elif not _is_people(tokens, at):
                continue
            yield Found(tokens.starts[at], tokens.ends[end], "ETHNIC_OR_CLAN", GROUP)


def _is_people(tokens: Tokens, at: int) -> bool:
    """English writes peoples with a capital; "black" and "white" are colours but in an account of one's own."""
    if tokens.language == "en" and not tokens.shapes[at] & UPPER:
        return tokens.first_person and tokens.folded[at] in ("black", "white", "gay", "lesbian", "homosexual")
    return tokens.language in ("ar", "ru", "fr", "es", "en") or bool(tokens.shapes[at] & UPPER)


def organisations(tokens: Tokens) -> Iterator[Found]:
    """Yield "Ministry of the Interior", "Sahel-Soins Clinic": a word for a body with a capital, and its name."""
    last = -1
    for at, kinds in enumerate(tokens.kinds):
        if at <= last or not kinds & _ORG or not tokens.shapes[at] & UPPER:
            continue
        first, end = at, capitals_end(tokens, at)
        while first > max(0, at - 5) and tokens.shapes[first - 1] & UPPER and not tokens.is_end(first - 1):
            first -= 1
        there = end + 1
        while there < min(len(tokens), end + 4) and (
            tokens.form(there) in _LINKS or tokens.word(there) in "'’"
        ):
            there += 1
        if end < there < len(tokens) and tokens.shapes[there] & UPPER and there > end + 1:
            end = capitals_end(tokens, there)
        if end > first or tokens.first_person:
            last = end
            yield Found(tokens.starts[first], tokens.ends[end], "NGO_SOURCE", ORGANISATION)


def relations(tokens: Tokens) -> Iterator[Found]:
    """Yield "my brother", "ma belle-sœur", "ابني"; in an account of one's own alone."""
    if not tokens.first_person:
        return
    for at, kinds in enumerate(tokens.kinds):
        if not kinds & _KIN:
            continue
        first = at
        if tokens.form(at - 1) in _MINE:
            first = at - 1
        elif tokens.word(at - 1) == "-" and tokens.form(at - 3) in _MINE:
            first = at - 3
        elif not (tokens.language == "ar" and tokens.folded[at].endswith("ي")):
            continue
        end = at
        while end + 2 < min(len(tokens), at + 5) and tokens.words[end + 1] == "-":
            end += 2
        yield Found(tokens.starts[first], tokens.ends[end], "RELATIVE_RELATION", RELATION)
