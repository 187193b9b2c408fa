"""Detectors that a user has installed: spaCy's or Presidio's models. Off unless they are asked for by name.

Their packages are no part of the archive. One that breaks or hangs is told by name, as any other detector.
"""

from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from threading import Thread
from typing import Any

from testimony.detection.spans import Found
from testimony.detection.suggesting import Detector, Text

SECONDS = 60.0
_SPACY, _PRESIDIO = "spacy", "presidio"

# Labels of their models → types of identifier_type.csv.
_TYPES = {
    "PERSON": "THIRD_PARTY_NAME",
    "PER": "THIRD_PARTY_NAME",
    "GPE": "TOWN",
    "LOC": "TOWN",
    "LOCATION": "TOWN",
    "FAC": "PLACE_LANDMARK",
    "ORG": "NGO_SOURCE",
    "ORGANIZATION": "NGO_SOURCE",
    "NORP": "ETHNIC_OR_CLAN",
    "NRP": "ETHNIC_OR_CLAN",
    "DATE": "DATE_EXACT",
    "DATE_TIME": "DATE_EXACT",
    "TIME": "DATE_PARTIAL",
    "MONEY": "AMOUNT",
    "QUANTITY": "COUNT",
    "CARDINAL": "COUNT",
    "PHONE_NUMBER": "PHONE",
    "EMAIL_ADDRESS": "COMM_MEANS",
    "URL": "COMM_MEANS",
}
_OTHER = "BIOGRAPHIC_DETAIL"

Read = Callable[[str], Iterable[tuple[int, int, str]]]
"""A text → start, end and label of each entity."""


class NotInstalled(ValueError):
    """A plug-in that was asked for is not on this machine; its message is the plug-in's name."""


def plugin(name: str) -> Detector:
    """Return the detector for `spacy:MODEL` or `presidio:MODEL` (a spaCy model it uses). Raises NotInstalled."""
    kind, _, model = name.partition(":")
    package = {_SPACY: "spacy", _PRESIDIO: "presidio_analyzer"}.get(kind)
    if package is None or not model.isidentifier() or find_spec(package) is None or find_spec(model) is None:
        raise NotInstalled(name)
    try:
        release = version(model)
    except PackageNotFoundError:
        release = version(package)
    load = _spacy if kind == _SPACY else _presidio
    return within(f"{kind}-{model}/{release}", lambda text: load(model)(text), SECONDS)


def within(name: str, read: Read, seconds: float) -> Detector:
    """Return a detector that gives up on `read` after so many seconds.

    The thread that hangs is left to end by itself: nothing it finds is taken in any more.
    """

    def find(text: Text) -> Iterator[Found]:
        for start, end, label in _answer(read, text.tokens.text, seconds):
            yield Found(start, end, _TYPES.get(label, _OTHER), name, rank=2)

    return Detector(name, find)


def _answer(read: Read, text: str, seconds: float) -> tuple[tuple[int, int, str], ...]:
    """Raises TimeoutError; RuntimeError without what was said, because it may hold the text."""
    said: list[tuple[tuple[int, int, str], ...]] = []
    broke: list[str] = []

    def run() -> None:
        try:
            said.append(tuple(read(text)))
        except Exception as error:  # an error of theirs may quote the text: only its kind is kept
            broke.append(type(error).__name__)

    thread = Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if broke:
        raise RuntimeError(broke[0])
    if not said:
        raise TimeoutError
    return said[0]


_LOADED: dict[str, Any] = {}


def _spacy(model: str) -> Read:
    pipeline = _LOADED.get(f"{_SPACY}:{model}")
    if pipeline is None:
        pipeline = _LOADED[f"{_SPACY}:{model}"] = import_module("spacy").load(model)
    return lambda text: [
        (entity.start_char, entity.end_char, entity.label_) for entity in pipeline(text).ents
    ]


def keep_off_the_net() -> None:
    """Presidio asks `tldextract` what domains there are, and that asks the net at the first mail address of a text.

    Whoever watches the line would learn that somebody redacts. From here on it knows the list that came with it.
    """
    if find_spec("tldextract") is None:
        return
    domains = import_module("tldextract")
    domains.extract = domains.TLDExtract(suffix_list_urls=(), cache_dir=None)  # type: ignore[attr-defined]  # theirs


def _presidio(model: str) -> Read:
    engine = _LOADED.get(f"{_PRESIDIO}:{model}")
    if engine is None:
        keep_off_the_net()
        providers = import_module("presidio_analyzer.nlp_engine")
        language = model[:2]
        settings = {"nlp_engine_name": "spacy", "models": [{"lang_code": language, "model_name": model}]}
        nlp = providers.NlpEngineProvider(nlp_configuration=settings).create_engine()
        analyzer = import_module("presidio_analyzer").AnalyzerEngine(
            nlp_engine=nlp, supported_languages=[language]
        )
        engine = _LOADED[f"{_PRESIDIO}:{model}"] = (analyzer, language)
    analyzer, language = engine
    return lambda text: [(r.start, r.end, r.entity_type) for r in analyzer.analyze(text, language=language)]
