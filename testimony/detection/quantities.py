"""How long, how old, how much: durations, ages, sums and counted things, in digits and words."""

import re
from collections.abc import Iterator

from testimony.detection.lexicon import Kind
from testimony.detection.spans import Found
from testimony.detection.tokens import DIGIT, WORD, Tokens

DURATION, AGE, QUANTITY = "duration/1", "age/1", "quantity/1"

_SYMBOL_SUM = re.compile(r"[€$£¥₽]\s?\d[\d.,\u00a0 ]{0,18}|\d[\d.,\u00a0]{0,18}\s?[€$£¥₽]")


_NUMBER, _DURATION, _UNIT, _MONEY = Kind.NUMBER.value, Kind.DURATION.value, Kind.UNIT.value, Kind.MONEY.value
_PLAIN, _AGE, _PARTICLE = Kind.PLAIN.value, Kind.AGE.value, Kind.PARTICLE.value
_BEING = frozenset(("is", "was", "am", "a", "avait", "tiene", "tenia"))
_PERSONS = frozenset(("he", "she", "i", "il", "elle", "el", "ella"))


def _number_run(tokens: Tokens, at: int) -> int:
    """Return the last token of the number that begins at `at`, in digits or words."""
    last = at
    while True:
        following = last + 1
        if following >= len(tokens):
            return last
        joins = tokens.word(following) in ("-", ",", ".", "،", "\u00a0") or tokens.form(following) in (
            "and",
            "et",
            "y",
            "و",
        )
        if tokens.kind(following) & _NUMBER or tokens.shapes[following] & DIGIT:
            last = following
        elif joins and (
            (tokens.kind(following + 1) & _NUMBER and not tokens.kind(following + 1) & _PARTICLE)
            or (
                tokens.shape(following + 1) & DIGIT and tokens.ends[following] == tokens.starts[following + 1]
            )
        ):
            last = following + 1
        else:
            return last


def quantities(tokens: Tokens) -> Iterator[Found]:
    """Yield ages, durations, sums and counted things."""
    for match in _SYMBOL_SUM.finditer(tokens.text):
        yield Found(match.start(), match.start() + len(match[0].rstrip(" .,\u00a0")), "AMOUNT", QUANTITY)
    last = -1
    for at, kinds in enumerate(tokens.kinds):
        if at <= last or not (kinds & _NUMBER or tokens.shapes[at] & DIGIT):
            if kinds & _MONEY and tokens.words[at].isupper() and tokens.shape(at + 1) & DIGIT:
                last = _number_run(tokens, at + 1)
                yield Found(tokens.starts[at], tokens.ends[last], "AMOUNT", QUANTITY)
            elif tokens.language == "ar" and kinds & _DURATION and tokens.folded[at].endswith("ين"):
                yield Found(tokens.starts[at], tokens.ends[at], "DURATION", DURATION)
            continue
        last = _number_run(tokens, at)
        yield from _measured(tokens, at, last)


def _measured(tokens: Tokens, at: int, last: int) -> Iterator[Found]:
    unit = last + 1
    if tokens.word(unit) == "-":
        unit += 1
    if (
        not tokens.kind(unit) & (_DURATION | _MONEY | _UNIT)
        and tokens.kind(unit + 1) & (_DURATION | _MONEY | _UNIT)
        and (
            (not tokens.kind(unit) & _PLAIN and tokens.shape(unit) & WORD)
            or tokens.form(unit) in ("de", "of", "d")
        )
    ):
        unit += 1
    kinds = tokens.kind(unit)
    start = tokens.starts[at]
    if kinds & _DURATION or tokens.form(unit) in ("year", "ans"):
        around = range(max(0, at - 4), min(len(tokens), unit + 5))
        old = any(tokens.kinds[i] & _AGE and not tokens.kinds[i] & _DURATION for i in around)
        if tokens.language == "ru" and tokens.form(unit) in ("лет", "года", "год"):
            old = old or tokens.first_person
        end = unit + 2 if tokens.word(unit + 1) == "-" else unit + 1
        end = end if tokens.form(end) in ("old", "edad") else unit
        yield Found(start, tokens.ends[end], "AGE_EXACT" if old else "DURATION", AGE if old else DURATION)
    elif kinds & _MONEY:
        yield Found(start, tokens.ends[unit], "AMOUNT", QUANTITY)
    elif kinds & _UNIT:
        yield Found(start, tokens.ends[unit], "COUNT", QUANTITY)
    elif any(tokens.kind(i) & _AGE and not tokens.kind(i) & _DURATION for i in range(at - 3, at)):
        yield Found(start, tokens.ends[last], "AGE_EXACT", AGE)
    elif tokens.first_person:
        yield from _counted(tokens, at, last)


def _counted(tokens: Tokens, at: int, last: int) -> Iterator[Found]:
    """In a person's own account: "I am thirty-four", "forty-one sheep"."""
    noun = last + 1
    if at == last and tokens.form(at) in ("one", "un", "une", "una", "uno", "first", "один", "одна", "both"):
        return
    if noun < len(tokens) and tokens.shapes[noun] & WORD and not tokens.kinds[noun] & _PLAIN:
        of = noun + 1 if tokens.kind(noun) & _NUMBER else noun
        yield Found(tokens.starts[at], tokens.ends[min(of, len(tokens) - 1)], "COUNT", QUANTITY)
    else:
        first = at - 2 if tokens.form(at - 1) in _BEING and tokens.form(at - 2) in _PERSONS else at
        yield Found(tokens.starts[first], tokens.ends[last], "AGE_APPROX", AGE, rank=3)
