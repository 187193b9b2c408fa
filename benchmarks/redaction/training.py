"""Learning the shipped models: a linear-chain conditional random field a language, from the free corpora alone.

What is kept is sums of weights by a hash of each feature; no word, name or line of a corpus is in a model file.
"""

import tempfile
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import pycrfsuite

from benchmarks.redaction import arabic
from benchmarks.redaction.corpora import Annotated, Mention, spans_of, tab
from benchmarks.redaction.scoring import words_of
from testimony.detection.features import features_at, number_of
from testimony.detection.spans import Found
from testimony.detection.statistical import marks_of, type_features
from testimony.detection.suggesting import RULES, Text, read_text
from testimony.detection.weights import LABELS, Model

LANGUAGES = ("en", "fr", "es", "ru", "ar")
# The lowest at which the bars on precision hold, on documents that were not learned from.
THRESHOLDS = {"en": 0.042, "fr": 0.04, "es": 0.04, "ru": 0.1, "ar": 0.3}
FRENCH_PASSAGES = 600
SPANISH_CASES = 150
_ENOUGH = 50
_SMALLEST = 0.02
_PARAMETERS = {
    "c1": 0.0,
    "c2": 3.0,
    "max_iterations": 90,
    "feature.minfreq": 1,
    "feature.possible_transitions": True,
}
_CHUNK = 4_000

# What the corpora call it → what this project calls it.
TYPES = {
    "PERSON": "THIRD_PARTY_NAME",
    "PER": "THIRD_PARTY_NAME",
    "Person": "THIRD_PARTY_NAME",
    "LEGAL_PROFESSIONAL": "STAFF_NAME",
    "NOMBRE_SUJETO_ASISTENCIA": "THIRD_PARTY_NAME",
    "NOMBRE_PERSONAL_SANITARIO": "STAFF_NAME",
    "LOC": "VILLAGE_ORIGIN",
    "LocOrg": "TOWN",
    "Location": "TOWN",
    "TERRITORIO": "TOWN",
    "CALLE": "CAMP_ADDRESS",
    "PAIS": "TOWN",
    "ORG": "NGO_SOURCE",
    "Org": "NGO_SOURCE",
    "Facility": "PLACE_LANDMARK",
    "HOSPITAL": "NGO_SERVICE",
    "INSTITUCION": "NGO_SOURCE",
    "CENTRO_SALUD": "NGO_SERVICE",
    "CODE": "WITNESS_ID_DOC",
    "ID_SUJETO_ASISTENCIA": "MEDICAL_DOC_ID",
    "ID_ASEGURAMIENTO": "WITNESS_ID_DOC",
    "ID_TITULACION_PERSONAL_SANITARIO": "WITNESS_ID_DOC",
    "ID_CONTACTO_ASISTENCIAL": "MEDICAL_DOC_ID",
    "DATETIME": "DATE_EXACT",
    "DATE": "DATE_EXACT",
    "TIME": "DATE_PARTIAL",
    "FECHAS": "DATE_EXACT",
    "DEM": "BIOGRAPHIC_DETAIL",
    "NATIONALITY": "ETHNIC_OR_CLAN",
    "ETHNIC_CATEGORY": "ETHNIC_OR_CLAN",
    "EDAD_SUJETO_ASISTENCIA": "AGE_EXACT",
    "QUANTITY": "COUNT",
    "CURRENCY": "AMOUNT",
    "CORREO_ELECTRONICO": "COMM_MEANS",
    "NUMERO_TELEFONO": "PHONE",
    "NUMERO_FAX": "PHONE",
    "PROFESION": "OCCUPATION",
    "FAMILIARES_SUJETO_ASISTENCIA": "RELATIVE_RELATION",
}
_OTHER_TYPE = "BIOGRAPHIC_DETAIL"


@dataclass(frozen=True, slots=True)
class Lesson:
    """A document ready to be learned from or read."""

    document: Annotated
    seen: Text = field(repr=False)
    rules: tuple[Found, ...] = field(repr=False)
    marks: list[str] = field(repr=False)


def lesson(document: Annotated) -> Lesson:
    seen = read_text(document.text, document.language, (), ())
    rules = tuple(found for detector in RULES for found in detector.find(seen))
    return Lesson(document, seen, rules, marks_of(seen.tokens, rules))


def learn(
    lessons: Iterable[Lesson], wanted: Callable[[Annotated], Sequence[Mention]], threshold: float
) -> Model:
    """Train on documents. wanted: which of its mentions count."""
    chain = pycrfsuite.Trainer(verbose=False, algorithm="lbfgs", params=_PARAMETERS)
    kinds = pycrfsuite.Trainer(verbose=False, algorithm="lbfgs", params=_PARAMETERS)
    types: Counter[str] = Counter()
    for one in lessons:
        tokens, mentions = one.seen.tokens, wanted(one.document)
        labels, spans = _labels(one, mentions)
        features = [list(features_at(tokens, at, one.seen.forms, one.marks)) for at in range(len(tokens))]
        for begin in range(0, len(features), _CHUNK):
            chain.append(features[begin : begin + _CHUNK], labels[begin : begin + _CHUNK])
        for first, last, kind in spans:
            types[kind] += 1
            kinds.append([list(type_features(tokens, first, last, one.marks))], [kind])
    states, steps = _weights(chain)
    type_states, _ = _weights(kinds)
    order = tuple(sorted(types))
    return Model(
        weights=_by_number(states, LABELS),  # type: ignore[arg-type]  # three labels make three weights
        steps=tuple(tuple(steps.get((a, b), 0.0) for b in LABELS) for a in LABELS),  # type: ignore[arg-type]
        threshold=threshold,
        types=order,
        type_weights=_by_number(type_states, order),
    )


def _labels(one: Lesson, mentions: Sequence[Mention]) -> tuple[list[str], list[tuple[int, int, str]]]:
    tokens = one.seen.tokens
    labels = ["O"] * len(tokens)
    spans = []
    for mention in sorted(mentions, key=lambda m: (m.start, -m.end)):
        first = bisect_right(tokens.ends, mention.start)
        at = first
        while at < len(tokens) and tokens.starts[at] < mention.end:
            if labels[at] == "O":
                labels[at] = "B" if at == first else "I"
            at += 1
        if at > first:
            spans.append((first, at - 1, TYPES.get(mention.type, _OTHER_TYPE)))
    return labels, spans


def _weights(
    trainer: pycrfsuite.Trainer,
) -> tuple[dict[tuple[str, str], float], dict[tuple[str, str], float]]:
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "model")
        trainer.train(path)
        tagger = pycrfsuite.Tagger()
        tagger.open(path)
        info = tagger.info()
        tagger.close()
    return info.state_features, info.transitions


def _by_number(states: dict[tuple[str, str], float], labels: Sequence[str]) -> dict[int, tuple[float, ...]]:
    place = {label: at for at, label in enumerate(labels)}
    found: dict[int, list[float]] = {}
    for (feature, label), weight in states.items():
        if abs(weight) >= _SMALLEST:
            found.setdefault(number_of(feature), [0.0] * len(labels))[place[label]] += weight
    return {number: tuple(weights) for number, weights in found.items()}


def everything(document: Annotated) -> Sequence[Mention]:
    return document.mentions


def what_is_masked(document: Annotated) -> Sequence[Mention]:
    return document.to_mask


@dataclass(frozen=True, slots=True)
class Course:
    """What a language is learned from. documents: those that also measure; others: only ever learned from."""

    language: str
    documents: tuple[Lesson, ...] = field(repr=False)
    others: tuple[Lesson, ...] = field(repr=False)
    wanted: Callable[[Annotated], Sequence[Mention]]

    def learn_from(self, documents: Sequence[Lesson]) -> Model:
        model = learn((*documents, *self.others), self.wanted, THRESHOLDS[self.language])
        return replace(model, silences=_often_wrong(documents, self.wanted))


@cache
def course(language: str) -> Course:
    """Raises DataAbsent."""
    if language == "en":
        # The same court in two other languages: what is not of one language is learned from it too.
        others = _lessons((*spans_of("fr-echr"), *spans_of("es-echr")))
        return Course(language, _lessons(tab()), others, what_is_masked)
    if language == "ar":
        # No annotated text is to be had: sentences of our own, and running text where nothing is to be marked.
        learned, _ = arabic.declaration()
        return Course(language, _lessons((*arabic.made(arabic.LEARNED), *learned)), (), everything)
    if language == "ru":
        return Course(language, _lessons(spans_of("ru-factrueval")), (), everything)
    # And the other way round, where numbers, shapes and kinds of words count.
    own, other = {
        "fr": ("fr-echr", spans_of("fr-europeana")[:FRENCH_PASSAGES]),
        "es": ("es-echr", spans_of("es-meddocan")[:SPANISH_CASES]),
    }[language]
    return Course(language, _lessons(spans_of(own)), _lessons((*tab(), *other)), everything)


def _lessons(documents: Iterable[Annotated]) -> tuple[Lesson, ...]:
    return tuple(map(lesson, documents))


def _often_wrong(
    lessons: Iterable[Lesson], wanted: Callable[[Annotated], Sequence[Mention]]
) -> tuple[str, ...]:
    """Return the rules less than half of whose words somebody wanted hidden."""
    right: Counter[str] = Counter()
    said: Counter[str] = Counter()
    for one in lessons:
        text = one.document.text
        hidden = {word for m in wanted(one.document) for word in words_of(text, m.start, m.end)}
        for found in one.rules:
            words = words_of(text, found.start, found.end)
            said[found.detector] += len(words)
            right[found.detector] += sum(word in hidden for word in words)
    return tuple(sorted(name for name, count in said.items() if count >= _ENOUGH and right[name] * 2 < count))
