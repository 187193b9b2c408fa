"""What is written in digits and signs: telephones, coordinates, plates, papers, devices, addresses on the net.

Every expression starts from a rare sign or eats what it has read: time grows with the text, whatever the text.
"""

import re
from collections.abc import Iterator

import phonenumbers

from testimony.detection.lexicon import Kind
from testimony.detection.spans import Found
from testimony.detection.tokens import DIGIT, Tokens

PHONE, COORDINATES, DOCUMENT, PLATE, NET = "phone/1", "coordinates/1", "document/1", "plate/1", "net/1"

_GAP = r"[ .()/\-\u2010-\u2013\u00a0\u202f]{0,3}"
_DIGITS = re.compile(rf"(?<![\w.,/-])(?:\+|\(\+?|00)?\d(?:{_GAP}\d){{4,19}}(?!\w)")
_DATE_LIKE = re.compile(r"\d{1,2}([./\- ])\d{1,2}\1(?:\d\d){1,2}|\d{4}([./\- ])\d{1,2}\2\d{1,2}")
_NUMBER = r"[-\u2212]?\d{1,3}[.,\u066b]\d{2,9}"
_PAIR = re.compile(
    rf"(?<![\d.,])(?:[NSEWOLСЮВЗ][ :]?)?{_NUMBER}\s?°?\s?[NSEWOСЮВЗ]?\s?[,;/\u060c ]\s?"
    rf"(?:[NSEWOLСЮВЗ][ :]?)?{_NUMBER}(?!\d)\s?°?(?:\s?[NSEWOСЮВЗ]\b)?"
)
_DEGREES = re.compile(
    r"(?<!\d)\d{1,3}(?:[.,]\d{1,8})?\s?[°º](?:\s?\d{1,2}(?:[.,]\d{1,6})?\s?['’′]"
    r"(?:\s?\d{1,2}(?:[.,]\d{1,6})?\s?(?:\"|”|″|''|’’))?)?\s?(?:[NSEWO]\b|[شجغق]|[сюзв]\b)?"
)
_GRID = re.compile(r"(?<!\w)\d{1,2}\s?[C-HJ-NP-X]\s?[A-HJ-NP-Z]{2}\s?\d{2,5}\s?\d{2,5}(?!\w)")
_CASE_NUMBER = re.compile(r"(?<![\w/])\d{2,6}\s?/\s?\d{2,4}(?![\w/])")
_PLATES = re.compile(
    r"(?<![\w-])(?:[A-Z]{1,3}[- ]\d{2,5}[- ][A-Z]{1,3}(?:[- ]?\d{1,2})?|\d{2,4}[- ][A-Z]{1,3}[- ]\d{1,5}"
    r"|\d{1,5}[ -]?[\u0621-\u064a][ -]?\d{1,5}|[А-Я]\s?\d{3}\s?[А-Я]{2}\s?\d{2,3}|[A-Z]{1,2}[- ]?\d{4,6}[- ]?[A-Z]{0,3}"
    r"|\d{4}[- ]?[A-Z]{3})(?![\w-])"
)
_CHUNK = re.compile(r"\S+")
_WEB = re.compile(r"(?:https?://|www\.)[^\s<>\"«»]{1,2000}|(?<!\w)t\.me/\w{1,64}", re.IGNORECASE)
_STRIP = ".,;:!?()[]{}«»“”\"'’‘…،؛؟"
_LONGEST_CODE = 40
_REGIONS = (
    "ML",
    "MR",
    "BF",
    "NE",
    "DZ",
    "MA",
    "EH",
    "TN",
    "LY",
    "EG",
    "SY",
    "IQ",
    "FR",
    "ES",
    "GB",
    "US",
    "RU",
    "UA",
)


def phones(tokens: Tokens) -> Iterator[Found]:
    """Yield telephone numbers, and devices' numbers of fifteen digits."""
    text = tokens.text
    for match in _DIGITS.finditer(text):
        start, end = match.span()
        raw = match[0]
        digits = "".join(str(int(c)) for c in raw if c.isdecimal())
        if raw.startswith("(") and ")" not in raw:
            start += 1
        if len(digits) == 15 and not raw.startswith("+"):
            yield Found(start, end, "DEVICE_ID", DOCUMENT)
        elif len(digits) < 7 or _DATE_LIKE.fullmatch(raw):
            continue
        elif raw.startswith(("+", "00", "(+")) or _is_national(digits, raw) or _is_announced(text, start):
            yield Found(start, end, "PHONE", PHONE)
        elif len(digits) >= 8:
            yield Found(start, end, "WITNESS_ID_DOC", DOCUMENT, rank=2)


def _is_national(digits: str, raw: str) -> bool:
    """Say whether digits in groups are a number that some country's plan could give out."""
    if len(digits) > 12 or not any(c in " .-" for c in raw):
        return False
    for region in _REGIONS:
        try:
            if phonenumbers.is_valid_number(phonenumbers.parse(digits, region)):
                return True
        except phonenumbers.NumberParseException:
            continue
    return False


_ANNOUNCE = re.compile(
    r"t[eé]l|phone|mobile|cell|whatsapp|signal|telegram|call|num[eé]ro|n[uú]mero|llam|m[oó]vil"
    r"|هاتف|جوال|رقم|اتصل|واتساب|тел|номер|звон|моб",
    re.IGNORECASE,
)


def _is_announced(text: str, start: int) -> bool:
    return _ANNOUNCE.search(text, max(0, start - 40), start) is not None


def coordinates(tokens: Tokens) -> Iterator[Found]:
    for pattern in (_PAIR, _DEGREES, _GRID):
        for match in pattern.finditer(tokens.text):
            end = match.end() - (len(match[0]) - len(match[0].rstrip()))
            yield Found(match.start(), end, "GPS", COORDINATES)


def plates(tokens: Tokens) -> Iterator[Found]:
    for match in _PLATES.finditer(tokens.text):
        yield Found(*match.span(), "VEHICLE_PLATE_PERP", PLATE)


def documents(tokens: Tokens) -> Iterator[Found]:
    """Yield case numbers, and runs of letters and digits that name a paper, a device or a file."""
    text = tokens.text
    for match in _CASE_NUMBER.finditer(text):
        yield Found(*match.span(), "WITNESS_ID_DOC", DOCUMENT, rank=2)
    for match in _CHUNK.finditer(text):
        if match.end() - match.start() > _LONGEST_CODE:
            continue
        bare = match[0].strip(_STRIP)
        if (kind := _code_type(bare)) is not None:
            start = match.start() + match[0].index(bare)
            yield Found(start, start + len(bare), kind, DOCUMENT, rank=2)
    yield from _announced(tokens)


_FILE = re.compile(
    r"[\w.-]{1,34}\.(?:jpe?g|png|mp[34]|mov|pdf|docx?|wav|3gp|m4a|heic|avi|xlsx?|zip)", re.IGNORECASE
)


def _code_type(bare: str) -> str | None:
    if len(bare) < 4:
        return None
    digits = sum(map(str.isdecimal, bare))
    if _FILE.fullmatch(bare):
        return "FILE_NAME"
    if digits >= 5 and digits == len(bare):
        return "WITNESS_ID_DOC"
    letters = sum(map(str.isalpha, bare))
    if digits >= 2 and letters and digits + letters >= len(bare) - 4:
        joined = any(sign in bare for sign in "-/_.")
        upper = any(map(str.isupper, bare))
        if (
            (joined or digits >= 3)
            and (upper or digits >= 4)
            and bare[-2:].lower() not in ("st", "nd", "rd", "th")
        ):
            return "EXHIBIT_MARK" if digits + letters < 10 else "WITNESS_ID_DOC"
    return None


def _announced(tokens: Tokens) -> Iterator[Found]:
    """Yield digits that a word such as "passport" or "no." announces."""
    for at, kinds in enumerate(tokens.kinds):
        if not kinds & _DOCUMENT:
            continue
        for there in range(at + 1, min(at + 4, len(tokens))):
            if tokens.shapes[there] & DIGIT and len(tokens.words[there]) >= 4:
                yield Found(tokens.starts[there], tokens.ends[there], "WITNESS_ID_DOC", DOCUMENT, rank=2)
                break


_DOCUMENT = Kind.DOCUMENT.value


def addresses_on_the_net(tokens: Tokens) -> Iterator[Found]:
    """Yield mail addresses, handles and web addresses."""
    text = tokens.text
    for match in _WEB.finditer(text):
        address = match[0].rstrip(_STRIP)
        if address:
            yield Found(match.start(), match.start() + len(address), "COMM_MEANS", NET)
    at = text.find("@")
    while at >= 0:
        start, end = at, at + 1
        while start > 0 and at - start < 64 and _in_address(text[start - 1]):
            start -= 1
        while end < len(text) and end - at < 128 and _in_address(text[end]):
            end += 1
        while end > at + 1 and text[end - 1] in ".-":
            end -= 1
        if end > at + 2:
            is_mail = start < at and "." in text[at:end]
            yield Found(start if is_mail else at, end, "COMM_MEANS" if is_mail else "PERP_HANDLE", NET)
        at = text.find("@", max(end, at + 1))


def _in_address(character: str) -> bool:
    return character.isalnum() or character in "._-+"
