"""All detectors over one text: what they propose, and by name those that could not say.

Deterministic: the same text, language and list give the same spans. Nothing is applied, kept or logged here.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from testimony.detection import circumstances, dates, groups, names, numbers, places, protecting, statistical
from testimony.detection.features import document_forms
from testimony.detection.lexicon import language_of, lexicon_for
from testimony.detection.places import Gazetteer
from testimony.detection.protecting import Protect
from testimony.detection.repeats import REPEATED, repeats
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
    Detector(dates.QUANTITY, lambda text: dates.quantities(text.tokens)),
    Detector(places.ADDRESS, lambda text: places.addresses(text.tokens)),
    Detector(places.GAZETTEER, lambda text: places.gazetteer_places(text.tokens, text.gazetteers)),
    Detector(groups.GROUP, lambda text: groups.groups(text.tokens)),
    Detector(groups.ORGANISATION, lambda text: groups.organisations(text.tokens)),
    Detector(groups.RELATION, lambda text: groups.relations(text.tokens)),
    Detector(names.CONTEXT, lambda text: names.names_in_context(text.tokens)),
    Detector(names.CAPITALS, lambda text: _capitals(text)),
    Detector(names.QUOTED, lambda text: names.quoted_names(text.tokens) if text.tokens.first_person else ()),
    Detector(circumstances.CIRCUMSTANCE, lambda text: circumstances.circumstances(text.tokens)),
)


def _capitals(text: Text) -> Iterable[Found]:
    """Where nothing was learned, and where people tell of themselves: every capital that grammar does not ask for."""
    if text.tokens.first_person or not statistical.has_model(text.tokens.language):
        return names.capitals(text.tokens, text.forms)
    return ()


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
    run(Detector(statistical.NAME, lambda text: statistical.recognised(text.tokens, text.forms, rules)))
    for detector in plugins:
        run(detector)
    named = tuple(found)
    run(Detector(REPEATED, lambda text: repeats(text.tokens, named)))
    return Suggestions(merged(text, found), tuple(failures))


def read_text(text: str, language: str, protect: Sequence[Protect], gazetteers: Sequence[Gazetteer]) -> Text:
    short = language_of(language)
    tokens = tokenise(text, short, lexicon_for(short))
    return Text(tokens, document_forms(tokens), tuple(protect), (places.known_places(), *gazetteers))


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
