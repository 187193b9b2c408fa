"""When, how long, how old, how much: dates in digits and words, ages, durations, sums, counted things."""

import re
from collections.abc import Iterator

from testimony.detection.lexicon import Kind
from testimony.detection.spans import Found
from testimony.detection.tokens import DIGIT, WORD, Tokens

DATE, DURATION, AGE, QUANTITY = "date/1", "duration/1", "age/1", "quantity/1"

_NUMERIC = re.compile(
    r"(?<![\w./])(?:\d{1,2}\s?[./\-]\s?\d{1,2}\s?[./\-]\s?(?:\d{4}|\d{2})|\d{4}[./\-]\d{1,2}[./\-]\d{1,2})(?![\w/])"
)
_CLOCK = re.compile(
    r"(?<![\w.,/])\d{1,2}\s?(?:[:.h]\s?\d{2}\s?(?:[ap]\.?\s?m\b\.?|hrs?\b|hours\b|h\b|heures\b)|:\d{2}|h\d{0,2}\b)"
    r"|(?<![\w.,/])\d{1,2}\s?[ap]\.?\s?m\b\.?",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:1[789]|20)\d\d(?:s|-х)?")
_HIJRI_YEAR = re.compile(r"1[345]\d\d")
_SYMBOL_SUM = re.compile(r"[€$£¥₽]\s?\d[\d.,\u00a0 ]{0,18}|\d[\d.,\u00a0]{0,18}\s?[€$£¥₽]")

_MONTHS = (Kind.MONTH | Kind.HIJRI).value
_WEEKDAY, _NUMBER, _ORDINAL = Kind.WEEKDAY.value, Kind.NUMBER.value, Kind.ORDINAL.value
_DAYTIME, _DURATION, _UNIT, _MONEY = (
    Kind.DAYTIME.value,
    Kind.DURATION.value,
    Kind.UNIT.value,
    Kind.MONEY.value,
)
_PLAIN, _AGE, _PARTICLE = Kind.PLAIN.value, Kind.AGE.value, Kind.PARTICLE.value
_LINKS = frozenset(
    (
        "of",
        "de",
        "du",
        "del",
        "d",
        "'",
        "’",
        "من",
        "ل",
        "about",
        "the",
        "شهر",
        "mes",
        "mois",
        "month",
        "в",
        "at",
        "à",
    )
)
_DATE_HEADS = frozenset(
    (
        "early",
        "late",
        "mid",
        "middle",
        "beginning",
        "end",
        "début",
        "fin",
        "mi",
        "mediados",
        "finales",
        "principios",
        "inicio",
        "начале",
        "конце",
        "середине",
        "начала",
        "конца",
        "أوائل",
        "أواخر",
        "منتصف",
        "بداية",
        "نهاية",
        "بداية",
        "والي",
    )
)
_ARTICLES = frozenset(("le", "el", "the", "du", "au", "يوم", "شهر", "عام", "سنة"))
_YEAR_TAILS = frozenset(("г", "года", "году", "год", "ad", "هـ", "م", "h"))


def dates(tokens: Tokens) -> Iterator[Found]:
    for match in _NUMERIC.finditer(tokens.text):
        yield Found(*match.span(), "DATE_EXACT", DATE)
    for match in _CLOCK.finditer(tokens.text):
        yield Found(*match.span(), "DATE_PARTIAL", DATE)
    last = -1
    for at, kinds in enumerate(tokens.kinds):
        if at <= last:
            continue
        if kinds & _MONTHS and _is_month(tokens, at):
            first, last = _around_month(tokens, at)
        elif kinds & _WEEKDAY:
            first, last = at, at
        elif tokens.shapes[at] & DIGIT and _YEAR.fullmatch(tokens.folded[at]) and _is_year(tokens, at):
            first, last = at, _year_end(tokens, at)
        else:
            continue
        if tokens.form(first - 1) in _ARTICLES:
            first -= 1
        has_day = any(tokens.shapes[i] & DIGIT for i in range(first, last + 1)) and kinds & _MONTHS
        yield Found(
            tokens.starts[first], tokens.ends[last], "DATE_EXACT" if has_day else "DATE_PARTIAL", DATE
        )


def _is_month(tokens: Tokens, at: int) -> bool:
    """May, March, mars are also other words: a small letter or a lone word in English needs a number beside it."""
    word, form = tokens.words[at], tokens.folded[at]
    beside = (
        tokens.shape(at - 1) & DIGIT
        or tokens.shape(at + 1) & DIGIT
        or tokens.form(at - 1) in ("of", "in", "since")
    )
    if form in (
        "may",
        "mar",
        "march",
        "dec",
        "jan",
        "sep",
        "sept",
        "oct",
        "nov",
        "jun",
        "jul",
        "apr",
        "feb",
        "aug",
    ):
        return word[0].isupper() and bool(beside)
    if form in ("mars", "mai", "marzo", "mayo", "ав", "мая", "май", "اب", "جوان", "كرامة", "محرم", "ماي"):
        return bool(beside) or tokens.language in ("fr", "es") or tokens.form(at - 1) in ("في", "شهر")
    return True


def _around_month(tokens: Tokens, at: int) -> tuple[int, int]:
    first = last = at
    for _ in range(6):
        kinds, form = tokens.kind(first - 1), tokens.form(first - 1)
        if first == 0:
            break
        if (
            tokens.shape(first - 1) & DIGIT
            or kinds & (_WEEKDAY | _ORDINAL)
            or form in _DATE_HEADS
            or (kinds & _NUMBER and not kinds & _PARTICLE and form not in ("un", "une", "una"))
        ):
            first -= 1
        elif first > 1 and (form in _LINKS or form in ("", "-") or tokens.word(first - 1) in ",–-'’"):
            before = tokens.kind(first - 2)
            if (
                tokens.shape(first - 2) & DIGIT
                or before & (_WEEKDAY | _ORDINAL | _DURATION)
                or tokens.form(first - 2) in _DATE_HEADS
            ):
                first -= 2
            else:
                break
        elif kinds & _DURATION and tokens.kind(first - 2) & (_ORDINAL | _NUMBER):
            first -= 2
        else:
            break
    while tokens.kind(last + 1) & _ORDINAL and tokens.language in ("ar", ""):
        last += 1
    if tokens.shape(last + 1) & DIGIT and len(tokens.words[last + 1]) <= 2:
        last += 1
    return first, _with_year(tokens, last)


def _with_year(tokens: Tokens, last: int) -> int:
    for there in range(last + 1, min(len(tokens), last + 4)):
        if tokens.shapes[there] & DIGIT:
            is_year = _YEAR.fullmatch(tokens.folded[there]) or _HIJRI_YEAR.fullmatch(tokens.folded[there])
            return _year_end(tokens, there) if is_year else last
        if tokens.folded[there] not in _LINKS and tokens.words[there] not in ".,/":
            return last
    return last


def _is_year(tokens: Tokens, at: int) -> bool:
    if tokens.kind(at + 1) & (_MONEY | _UNIT) or tokens.word(at + 1) in ("/", "°", "%"):
        return False
    glued = at > 0 and tokens.ends[at - 1] == tokens.starts[at]
    return not glued or tokens.words[at - 1] in "('’«“\"-–,"


def _year_end(tokens: Tokens, at: int) -> int:
    if tokens.form(at + 1) in _YEAR_TAILS:
        return at + 1
    if tokens.word(at + 1) in ("-", "–") and _YEAR.fullmatch(tokens.form(at + 2)):
        return at + 2
    return at


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
        yield Found(tokens.starts[at], tokens.ends[last], "AGE_APPROX", AGE, rank=3)
