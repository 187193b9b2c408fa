"""People by what stands beside their names: titles, kin, "named", particles, capitals."""

from collections.abc import Iterator, Mapping

from testimony.detection.lexicon import Kind
from testimony.detection.spans import Found
from testimony.detection.tokens import DIGIT, UPPER, WORD, Tokens

CONTEXT, CAPITALS = "name-context/1", "capitals/1"
MOST_PARTS = 12

_TITLE, _KIN, _NAMED, _PARTICLE = Kind.TITLE.value, Kind.KIN.value, Kind.NAMED.value, Kind.PARTICLE.value
_OCCUPATION, _PLAIN, _ORG, _MINOR = Kind.OCCUPATION.value, Kind.PLAIN.value, Kind.ORG.value, Kind.MINOR.value
_PLACENOUN, _FIRST, _PLACE = Kind.PLACENOUN.value, Kind.FIRST.value, Kind.PLACE.value
_DATED = (Kind.MONTH | Kind.HIJRI | Kind.WEEKDAY | Kind.NUMBER | Kind.DURATION).value
_STOPS_ARABIC = (
    _PLAIN | _DATED | (Kind.WHERE | Kind.LIVE | Kind.HEALTH | Kind.HIDE | Kind.NAMED | Kind.CONTACT).value
)
_ARTICLES = frozenset(("the", "le", "la", "l", "el", "los", "las", "les", "un", "une", "a", "an"))
MINE = frozenset(
    (
        "my",
        "his",
        "her",
        "our",
        "their",
        "mon",
        "ma",
        "mes",
        "son",
        "sa",
        "ses",
        "notre",
        "mi",
        "su",
        "nuestro",
    )
)
CALL_ME = frozenset(("me", "m", "نادونني", "ينادونني", "ينادوني", "يعرفني", "меня", "on", "يسمونني"))
_OF = frozenset(
    (
        "of",
        "de",
        "du",
        "d",
        "des",
        "del",
        "la",
        "le",
        "al",
        "las",
        "los",
        "el",
        "the",
        "y",
        "and",
        "et",
        "en",
        "и",
    )
)


def names_in_context(tokens: Tokens) -> Iterator[Found]:
    """Yield names behind a title, a relation, a trade or a word such as "called"."""
    for at, kinds in enumerate(tokens.kinds):
        if kinds & (_TITLE | _KIN | _OCCUPATION | _NAMED):
            yield from _behind(tokens, at, kinds)
        if kinds & _PARTICLE and tokens.language in ("ar", "") and tokens.words[at][0] >= "\u0600":
            yield from _around_particle(tokens, at)


def _behind(tokens: Tokens, at: int, kinds: int) -> Iterator[Found]:
    there = at + 1
    # Sr. X, sister-in-law X, "named" is X, l'imam X; a title before a title.
    while there < min(len(tokens), at + 5) and (
        (tokens.words[there] in (".", ":", "-", "،") and not tokens.is_end(there))
        or tokens.form(there) in ("in", "law", "is", "est", "es", "هو", "هي", "was", "était", "al", "ci")
        or (kinds & _NAMED and tokens.form(there) in CALL_ME)
        or (tokens.kinds[there] & (_TITLE | _OCCUPATION) and not tokens.shapes[there] & UPPER)
    ):
        there += 1
    if kinds & _KIN and tokens.word(there) in (",", "،"):
        there += 1
    end = name_end(tokens, there)
    if end is None:
        return
    first = at if kinds & (_TITLE | _OCCUPATION | _KIN) else there
    if kinds & _KIN or (kinds & _OCCUPATION and not kinds & _TITLE) or tokens.first_person:
        first = _with_article(tokens, first)
    yield Found(tokens.starts[first], tokens.ends[end], _type_behind(tokens, at, kinds), CONTEXT)


def _with_article(tokens: Tokens, first: int) -> int:
    if tokens.word(first - 1) in "'’" and tokens.form(first - 2) in ("l", "d"):
        return max(0, first - 2)
    if tokens.form(first - 1) in _ARTICLES or tokens.form(first - 1) in MINE:
        return max(0, first - 1)
    return first


def _type_behind(tokens: Tokens, at: int, kinds: int) -> str:
    around = tokens.folded[max(0, at - 3) : at + 2]
    if kinds & _NAMED:
        if any(form in CALL_ME for form in around) and tokens.first_person:
            return "WITNESS_NICKNAME"
        return (
            "WITNESS_NAME"
            if any(form in MINE or form in ("mi", "اسمي", "m") for form in around)
            else "THIRD_PARTY_NAME"
        )
    if kinds & _KIN:
        return "CHILD_NAME" if kinds & _MINOR else "RELATIVE_NAME"
    if kinds & Kind.INTERPRETER.value:
        return "INTERPRETER_NAME"
    return "THIRD_PARTY_NAME"


def name_end(tokens: Tokens, at: int) -> int | None:
    """Return the last token of a name that begins at `at`, None where none does."""
    if at >= len(tokens) or not tokens.shapes[at] & WORD or tokens.shapes[at] & DIGIT:
        return None
    if tokens.shapes[at] & UPPER:
        return capitals_end(tokens, at)
    letter = tokens.words[at][0]
    if letter.lower() != letter.upper() or tokens.kinds[at] & _STOPS_ARABIC:
        return None
    return _caseless_end(tokens, at)


def capitals_end(tokens: Tokens, at: int) -> int:
    """Follow a run of capitals over initials, hyphens and particles between them."""
    end = at
    limit = min(len(tokens), at + MOST_PARTS)
    while end + 1 < limit:
        following = tokens.words[end + 1]
        if tokens.shapes[end + 1] & UPPER and not tokens.is_end(end):
            end += 1
        elif following in (".", "-", "'", "’", "‑") and tokens.shape(end + 2) & UPPER and end + 2 < limit:
            glued = tokens.starts[end + 1] == tokens.ends[end]
            if not glued or (following == "." and len(tokens.words[end]) > 2):
                break
            end += 2
        elif (
            tokens.kinds[end + 1] & _PARTICLE
            and not tokens.shapes[end + 1] & DIGIT
            and tokens.shape(end + 2) & UPPER
        ):
            end += 2
        else:
            break
    return min(end, len(tokens) - 1)


def _caseless_end(tokens: Tokens, at: int) -> int:
    """In a script without capitals: one word, what a particle joins to it, and one more that is no known word."""
    end = at
    added = 0
    while end + 1 < min(len(tokens), at + MOST_PARTS):
        following = end + 1
        gap = tokens.text[tokens.ends[end] : tokens.starts[following]]
        if "\n" in gap or not tokens.shapes[following] & WORD:
            break
        if tokens.kinds[following] & _PARTICLE or tokens.folded[end] == "عبد":
            end += 2 if tokens.kinds[following] & _PARTICLE else 1
        elif (
            added == 0
            and not tokens.kinds[following] & ~(_TITLE | _PARTICLE)
            and not _is_joined(tokens.words[following])
        ):
            end += 1
            added += 1
        else:
            break
    return min(end, len(tokens) - 1)


def _is_joined(word: str) -> bool:
    """Say whether "and" or "so" stands in front of an Arabic word: then another clause begins."""
    return len(word) > 3 and word[0] in "وف"


def _around_particle(tokens: Tokens, at: int) -> Iterator[Found]:
    before, after = at - 1, at + 1
    if (
        before < 0
        or after >= len(tokens)
        or not (tokens.shapes[before] & WORD and tokens.shapes[after] & WORD)
    ):
        return
    if (
        tokens.kinds[before] & _STOPS_ARABIC
        or tokens.kinds[after] & _PLAIN
        or tokens.folded[at] in ("ام", "ال")
    ):
        return
    first = before - 1 if tokens.form(before - 1) == "عبد" or tokens.kind(before - 1) & _TITLE else before
    yield Found(
        tokens.starts[max(0, first)], tokens.ends[_caseless_end(tokens, after)], "THIRD_PARTY_NAME", CONTEXT
    )


def capitals(tokens: Tokens, forms: Mapping[str, int]) -> Iterator[Found]:
    """Yield every run of capitals that no grammar asks for; for people's own accounts.

    forms: how the document writes each word (`features.document_forms`).
    """
    at = 0
    while at < len(tokens):
        if not tokens.shapes[at] & UPPER or tokens.shapes[at] & DIGIT:
            at += 1
            continue
        end = capitals_end(tokens, at)
        first = at
        if tokens.begins_sentence(at):
            while first <= end and _is_common(tokens, first, forms):
                first += 1
        elif end == at and tokens.kinds[at] & (_PLAIN | _DATED | _FIRST):
            first = end + 1
        while first <= end and not tokens.shapes[first] & UPPER:
            first += 1
        if first <= end and (end > first or len(tokens.words[first]) > 1):
            start = _led_by_place(tokens, first)
            end = _with_possession(tokens, end)
            yield Found(
                tokens.starts[start],
                tokens.ends[end],
                _type_of_run(tokens, start, first, end),
                CAPITALS,
                rank=3,
            )
        at = end + 1


def _is_common(tokens: Tokens, at: int, forms: Mapping[str, int]) -> bool:
    """Say whether a capital is only there because a sentence begins."""
    known = tokens.kinds[at] & ~(_PARTICLE | _TITLE | _PLACE)
    return bool(known) or (
        forms.get(tokens.folded[at], 0) & 3 != 2 and bool(forms.get(tokens.folded[at], 0) & 1)
    )


def _led_by_place(tokens: Tokens, first: int) -> int:
    """Take in "well of", "la clinique de", "the class of Monsieur"."""
    there = first - 1
    while there >= 0 and first - there <= 3 and (tokens.form(there) in _OF or tokens.word(there) in "'’"):
        there -= 1
    if there >= 0 and there < first and tokens.kinds[there] & (_PLACENOUN | _ORG) and first - there <= 4:
        return _with_article(tokens, there)
    return first


def _with_possession(tokens: Tokens, end: int) -> int:
    """Take in "'s house": what somebody owns tells of them."""
    is_possessive = tokens.word(end + 1) in ("'", "’") and tokens.word(end + 2) == "s"
    owned = tokens.shape(end + 3) & WORD and tokens.first_person
    return end + 3 if is_possessive and owned else end


def _type_of_run(tokens: Tokens, start: int, first: int, end: int) -> str:
    kinds = 0
    for at in range(start, end + 1):
        kinds |= tokens.kinds[at]
    if kinds & Kind.GROUP.value:
        return "ETHNIC_OR_CLAN"
    if kinds & _PLACENOUN or tokens.form(first - 1) in (
        "in",
        "at",
        "from",
        "to",
        "à",
        "en",
        "desde",
        "hacia",
        "в",
        "из",
        "на",
    ):
        return "VILLAGE_ORIGIN"
    return "NGO_SERVICE" if kinds & _ORG else "THIRD_PARTY_NAME"
