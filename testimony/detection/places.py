"""Places: a gazetteer of countries and larger cities in five languages, one the user loads, streets and camps."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from babel import Locale

from search.folding import fold
from testimony.detection.lexicon import LANGUAGES, Kind
from testimony.detection.spans import Found
from testimony.detection.tokens import DIGIT, UPPER, WORD, Tokens

GAZETTEER, LOADED, ADDRESS = "gazetteer/1", "loaded-gazetteer/1", "address/1"
MOST_PARTS = 8

_ADDRESS, _STREET, _NUMBER = Kind.ADDRESS.value, Kind.STREET.value, (Kind.NUMBER | Kind.ORDINAL).value
_PLAIN, _PARTICLE, _WHERE = Kind.PLAIN.value, Kind.PARTICLE.value, Kind.WHERE.value
_ELISIONS = frozenset(("l", "d", "L", "D"))


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Folded names by their first word. Reads nothing else than what it is made of."""

    by_first: Mapping[str, tuple[tuple[str, ...], ...]] = field(repr=False)

    @staticmethod
    def of(names: Iterable[str]) -> "Gazetteer":
        grouped: dict[str, set[tuple[str, ...]]] = {}
        for name in names:
            parts = tuple(filter(None, (fold(part) for part in _split(name))))[:MOST_PARTS]
            if parts and len("".join(parts)) > 2:
                grouped.setdefault(parts[0], set()).add(parts)
        return Gazetteer(
            {first: tuple(sorted(all_, key=len, reverse=True)) for first, all_ in grouped.items()}
        )


def _split(name: str) -> list[str]:
    for sign in "-'’.,()":
        name = name.replace(sign, " ")
    return name.split()


@cache
def known_places() -> Gazetteer:
    """Return countries and the cities that stand for time zones, as CLDR writes them (through Babel)."""
    return Gazetteer.of(_countries() | _cities())


@cache
def known_countries() -> Gazetteer:
    return Gazetteer.of(_countries())


@cache
def known_cities() -> Gazetteer:
    """Those that are not written as a country is."""
    return Gazetteer.of(_cities() - _countries())


def _countries() -> set[str]:
    return {
        name for code in LANGUAGES for key, name in Locale.parse(code).territories.items() if key.isalpha()
    }


def _cities() -> set[str]:
    """A language names only the zones that it writes otherwise than their ids do; the ids are a spelling too."""
    zones = [pair for code in LANGUAGES for pair in Locale.parse(code).time_zones.items()]
    names = {zone["city"] for _, zone in zones if isinstance(zone.get("city"), str) and zone["city"]}
    return names | {str(zone).rpartition("/")[2].replace("_", " ") for zone, _ in zones}


def gazetteer_places(
    tokens: Tokens, gazetteers: Iterable[Gazetteer], name: str = GAZETTEER
) -> Iterator[Found]:
    """Yield known places; in scripts with capitals, only where one stands."""
    held = tuple(gazetteers)
    last = -1
    for at, form in enumerate(tokens.folded):
        if at <= last:
            continue
        for gazetteer in held:
            end = _match(tokens, at, gazetteer.by_first.get(form, ()))
            if end is not None and _may_be_name(tokens, at, end):
                last = max(last, end)
                yield Found(tokens.starts[at], tokens.ends[end], "TOWN", name)


def _may_be_name(tokens: Tokens, at: int, end: int) -> bool:
    word = tokens.words[at]
    if word[0].isupper():
        return not tokens.kinds[at] & _PLAIN or not tokens.begins_sentence(at)
    return word[0].lower() == word[0].upper() and (end > at or len(word) > 3) and not tokens.kinds[at]


def _match(tokens: Tokens, at: int, names: tuple[tuple[str, ...], ...]) -> int | None:
    for name in names:
        there = at
        for part in name:
            while there > at and there < len(tokens) and tokens.words[there] in ("-", "'", "’", "."):
                there += 1
            if tokens.form(there) != part:
                break
            there += 1
        else:
            return there - 1
    return None


def addresses(tokens: Tokens) -> Iterator[Found]:
    """Yield tents, zones and blocks with their numbers, streets with their names; neighbours in a list as one."""
    first = last = -1
    for start, end in _address_parts(tokens):
        if (
            first >= 0
            and start <= last + 3
            and all(
                tokens.word(i) in (",", "،", "-", "/")
                or tokens.form(i) in ("l", "la", "el", "the", "et", "and", "y", "و", "в")
                for i in range(last + 1, start)
            )
        ):
            last = max(last, end)
            continue
        if first >= 0:
            yield _address(tokens, first, last)
        first, last = start, end
    if first >= 0:
        yield _address(tokens, first, last)


def _address(tokens: Tokens, first: int, last: int) -> Found:
    if tokens.word(first - 1) in "'’" and tokens.word(first - 2) in _ELISIONS:
        first -= 2
    numbers = sum(1 for i in range(first, last + 1) if tokens.shapes[i] & DIGIT)
    kind = "CAMP_ADDRESS" if numbers > 1 or last - first > 2 else "CAMP_ADDRESS_COARSE"
    return Found(tokens.starts[first], tokens.ends[last], kind, ADDRESS)


def _address_parts(tokens: Tokens) -> Iterator[tuple[int, int]]:
    for at, kinds in enumerate(tokens.kinds):
        if kinds & _ADDRESS:
            there = at + 1
            while tokens.form(there) in (
                "n",
                "no",
                "nº",
                "número",
                "numero",
                "number",
                "رقم",
                "номер",
                "№",
                "",
                "site",
                "de",
                "°",
            ):
                if there >= len(tokens) or tokens.is_end(there) or tokens.is_pause(there) or there > at + 3:
                    break
                there += 1
            if (
                (tokens.shape(there) & DIGIT and len(tokens.word(there)) <= 6)
                or (there < len(tokens) and tokens.kind(there) & _NUMBER and there == at + 1)
                or (len(tokens.word(there)) == 1 and tokens.shape(there) & UPPER and there == at + 1)
            ):
                yield at, there
            elif (
                tokens.first_person
                and tokens.shape(there) & UPPER
                and tokens.form(at) in ("site", "camp", "quartier", "barrio")
            ):
                yield at, _name_end(tokens, there)
        if kinds & _STREET:
            yield from _street(tokens, at)


def _street(tokens: Tokens, at: int) -> Iterator[tuple[int, int]]:
    there = at + 1
    while tokens.kind(there) & _PARTICLE or tokens.form(there) in (
        "de",
        "la",
        "du",
        "des",
        "d",
        "'",
        "’",
        "los",
        "las",
        ".",
    ):
        there += 1
        if there > at + 4:
            return
    if tokens.shape(there) & UPPER and not (there == at + 1 and tokens.begins_sentence(there)):
        end = _name_end(tokens, there)
        if tokens.word(end + 1) in (",", "nº", "№") and tokens.shape(end + 2) & DIGIT:
            end += 2
        elif tokens.shape(end + 1) & DIGIT:
            end += 1
        yield at, end
    elif tokens.words[at][0].isupper() and at > 0 and tokens.shape(at - 1) & UPPER:
        first = at - 1
        while first > max(0, at - MOST_PARTS) and tokens.shape(first - 1) & (UPPER | DIGIT):
            first -= 1
        yield first, at
    elif tokens.language == "ar" and tokens.shape(at + 1) & WORD and not tokens.kind(at + 1) & _PLAIN:
        yield at, at + 1


def _name_end(tokens: Tokens, at: int) -> int:
    end = at
    while end + 1 < min(len(tokens), at + MOST_PARTS):
        if tokens.shapes[end + 1] & UPPER:
            end += 1
        elif (tokens.kinds[end + 1] & _PARTICLE or tokens.words[end + 1] in "-'’") and tokens.shape(
            end + 2
        ) & UPPER:
            end += 2
        else:
            break
    return end
