"""All detectors over one text: what they propose, and by name those that could not say.

Deterministic: the same text, language and list give the same spans. Nothing is applied, kept or logged here.
"""

import time
from bisect import bisect_left
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import islice

from testimony.detection import (
    circumstances,
    dates,
    groups,
    names,
    numbers,
    places,
    protecting,
    quantities,
    quotes,
    statistical,
)
from testimony.detection.features import document_forms
from testimony.detection.lexicon import language_of, lexicon_for
from testimony.detection.places import Gazetteer
from testimony.detection.protecting import Protect
from testimony.detection.repeats import repeats
from testimony.detection.spans import Found, Span, merged
from testimony.detection.tokens import Tokens, tokenise

SECONDS_A_DETECTOR = 30.0
_LOOKS = 64
"""A detector's time is looked at after as many spans."""


class Trouble(StrEnum):
    """Why a detector said nothing, or not all."""

    FAILED = "failed"
    SLOW = "slow"


@dataclass(frozen=True, slots=True)
class Failure:
    """detector: name and version. What it had found before is among the spans."""

    detector: str
    trouble: Trouble


@dataclass(frozen=True, slots=True)
class Suggestions:
    spans: tuple[Span, ...]
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """What a detector may look at."""

    tokens: Tokens = field(repr=False)
    forms: dict[str, int] = field(repr=False)
    """How the document writes each word (`features.document_forms`)."""
    protect: tuple[Protect, ...] = field(repr=False)
    gazetteers: tuple[Gazetteer, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Detector:
    """name: with its version."""

    name: str
    find: Callable[[Text], Iterable[Found]] = field(repr=False)


RULES = (
    Detector(protecting.LIST, lambda text: protecting.protected(text.tokens, text.protect)),
    Detector(protecting.VARIANT, lambda text: protecting.variants(text.tokens, text.protect)),
    Detector(numbers.PHONE, lambda text: numbers.phones(text.tokens)),
    Detector(numbers.COORDINATES, lambda text: numbers.coordinates(text.tokens)),
    Detector(numbers.PLATE, lambda text: numbers.plates(text.tokens)),
    Detector(numbers.DOCUMENT, lambda text: numbers.documents(text.tokens)),
    Detector(numbers.NET, lambda text: numbers.addresses_on_the_net(text.tokens)),
    Detector(dates.DATE, lambda text: dates.dates(text.tokens)),
    Detector(quantities.QUANTITY, lambda text: quantities.quantities(text.tokens)),
    Detector(places.ADDRESS, lambda text: places.addresses(text.tokens)),
    Detector(places.GAZETTEER, lambda text: places.gazetteer_places(text.tokens, (places.known_places(),))),
    Detector(
        places.CITY, lambda text: places.gazetteer_places(text.tokens, (places.known_cities(),), places.CITY)
    ),
    Detector(
        places.LOADED, lambda text: places.gazetteer_places(text.tokens, text.gazetteers, places.LOADED)
    ),
    Detector(groups.GROUP, lambda text: groups.groups(text.tokens)),
    Detector(groups.ORGANISATION, lambda text: groups.organisations(text.tokens)),
    Detector(groups.RELATION, lambda text: groups.relations(text.tokens)),
    Detector(names.CONTEXT, lambda text: names.names_in_context(text.tokens)),
    Detector(names.CAPITALS, lambda text: names.capitals(text.tokens, text.forms)),
    Detector(
        quotes.QUOTED, lambda text: quotes.quoted_names(text.tokens) if text.tokens.first_person else ()
    ),
    Detector(circumstances.CIRCUMSTANCE, lambda text: circumstances.circumstances(text.tokens)),
)


def suggest(
    text: str,
    language: str,
    protect: Sequence[Protect] = (),
    *,
    gazetteers: Sequence[Gazetteer] = (),
    plugins: Sequence[Detector] = (),
    clock: Callable[[], float] = time.monotonic,
    seconds: float = SECONDS_A_DETECTOR,
) -> Suggestions:
    """Propose what to withhold.

    language: ISO 639-3 or 639-1; one without words of its own is read with all words there are. gazetteers: beside
    the one that comes with the archive. seconds: what one detector may take.
    """
    seen = read_text(text, language, protect, gazetteers)
    found: list[Found] = []
    failures: list[Failure] = []

    def run(detector: Detector) -> None:
        failures.extend(_run(detector, seen, found, clock, seconds))

    for detector in RULES:
        run(detector)
    rules = tuple(found)
    found.clear()
    run(Detector(statistical.NAME, lambda text: statistical.recognised(text.tokens, text.forms, rules)))
    for detector in plugins:
        run(detector)
    learned = tuple(found)
    spans = brought_together(seen, rules, learned, statistical.silences(seen.tokens.language))
    return Suggestions(spans, tuple(failures))


def brought_together(
    seen: Text, rules: Iterable[Found], learned: Iterable[Found], silences: Container[str]
) -> tuple[Span, ...]:
    """Return one list of what rules and models found, with every other mention of the names among it.

    An account of one's own is not what the models learned from, nor is a note: there each rule speaks for itself.
    """
    tokens = seen.tokens
    speaks = tokens.first_person or len(tokens) < _NOTE
    found = [one for one in rules if speaks or one.detector not in silences or one.detector not in _GUESSES]
    exact = [one for one in found if one.detector in _EXACT]
    # A turn of phrase that a model points at must not swallow a name: its other mentions would be missed.
    named = [one for one in found if speaks and one.detector == names.CAPITALS]
    found += _beside(tokens.text, (one for one in learned if one.type != _BIOGRAPHY), exact)
    told = (one for one in learned if one.type == _BIOGRAPHY)
    found += _beside(tokens.text, told, [*exact, *named])
    found += list(repeats(tokens, found))
    return circumstances.widened_circumstances(tokens, merged(tokens.text, found))


_BIOGRAPHY = "BIOGRAPHIC_DETAIL"
_NOTE = 200
"""A text of fewer words and signs is no act of a court."""
# Rules that a model may speak for; what is written in digits is found by rule in every text.
_GUESSES = frozenset((names.CAPITALS, places.GAZETTEER, groups.GROUP, groups.ORGANISATION))
# What is written in digits and signs ends where the rule says: a model's span is cut around it.
_EXACT = frozenset(
    (
        numbers.PHONE,
        numbers.COORDINATES,
        numbers.PLATE,
        numbers.DOCUMENT,
        numbers.NET,
        dates.DATE,
        protecting.LIST,
    )
)


def _beside(text: str, learned: Iterable[Found], exact: list[Found]) -> Iterator[Found]:
    """Yield what is left of each span outside the exact ones."""
    edges = sorted((one.start, one.end) for one in exact)
    for one in learned:
        at = one.start
        first = max(0, bisect_left(edges, (one.start, 0)) - 1)
        for start, end in islice(edges, first, None):
            if start >= one.end:
                break
            if end > at:
                yield from _piece(text, one, at, start)
                at = max(at, end)
        yield from _piece(text, one, at, one.end)


def _piece(text: str, one: Found, start: int, end: int) -> Iterator[Found]:
    while start < end and not text[start].isalnum():
        start += 1
    while end > start and not text[end - 1].isalnum():
        end -= 1
    if start < end:
        yield replace(one, start=start, end=end)


def read_text(text: str, language: str, protect: Sequence[Protect], gazetteers: Sequence[Gazetteer]) -> Text:
    short = language_of(language)
    tokens = tokenise(text, short, lexicon_for(short))
    return Text(tokens, document_forms(tokens), tuple(protect), tuple(gazetteers))


def _run(
    detector: Detector, text: Text, found: list[Found], clock: Callable[[], float], seconds: float
) -> tuple[Failure, ...]:
    """Take in what a detector finds; say so when it breaks or takes too long."""
    begun = clock()
    try:
        for number, one in enumerate(detector.find(text)):
            found.append(one)
            if number % _LOOKS == 0 and clock() - begun > seconds:
                return (Failure(detector.name, Trouble.SLOW),)
    except TimeoutError:
        return (Failure(detector.name, Trouble.SLOW),)
    except Exception:  # whatever breaks in a detector, the others still speak, and this one is named
        return (Failure(detector.name, Trouble.FAILED),)
    return ()
