"""When: dates and times in digits and words, in five languages and two calendars."""

import re
from collections.abc import Iterator

from testimony.detection.lexicon import Kind
from testimony.detection.spans import Found
from testimony.detection.tokens import DIGIT, Tokens

DATE = "date/1"

_NUMERIC = re.compile(
    r"(?<![\w./])(?:\d{1,2}\s?[./\-]\s?\d{1,2}\s?[./\-]\s?(?:\d{4}|\d{2})|\d{4}[./\-]\d{1,2}[./\-]\d{1,2})(?![\w/])"
)
_CLOCK = re.compile(
    r"(?<![\w.,/])\d{1,2}\s?(?:[:.h]\s?\d{2}\s?(?:[ap]\.?\s?m\b\.?|hrs?\b|hours\b|h\b|heures\b)|:\d{2}|h\d{0,2}\b)"
    r"|(?<![\w.,/])\d{1,2}\s?[ap]\.?\s?m\b\.?",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:1[789]|20)\d\d(?:s|-х)?")
_AROUND = frozenset(
    (
        *(
            "after",
            "before",
            "during",
            "until",
            "since",
            "apres",
            "avant",
            "pendant",
            "depuis",
            "despues",
            "antes",
        ),
        *("durante", "desde", "hasta", "بعد", "قبل", "خلال", "منذ", "после", "до", "перед", "во", "с"),
    )
)
_HIJRI_YEAR = re.compile(r"1[345]\d\d")
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
        elif kinds & _DAYTIME and tokens.first_person and (start := _around_daytime(tokens, at)) is not None:
            first, last = start, at
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


def _around_daytime(tokens: Tokens, at: int) -> int | None:
    """Return where "after the rains" begins."""
    for first in range(at - 1, max(-1, at - 4), -1):
        if tokens.folded[first] in _AROUND:
            return first
    return None


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
