"""Statistical recognition: a linear-chain model a language, trained by `python -m benchmarks.redaction`.

Weights are added up over hashed features; the probability that a word belongs to no identifier decides, with a
threshold low enough that little is missed. See docs/models/redaction.md.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from math import exp

from testimony.detection.features import (
    as_read,
    document_feature,
    number_of,
    pair_feature,
    word_features,
)
from testimony.detection.spans import Found
from testimony.detection.tokens import WORD, Tokens
from testimony.detection.weights import NOTHING, Model, Vector, unpack

NAME = "model/1"
SURE = 0.5
_LEARNED_FROM_ACCOUNTS = frozenset(("ar",))
_MODELLED = ("en", "fr", "es", "ru", "ar")
_KEPT_VECTORS = 60_000
# The rules whose word the model hears, by a letter each.
RULE_LETTERS = {
    "date/1": "d",
    "duration/1": "u",
    "age/1": "a",
    "quantity/1": "q",
    "phone/1": "n",
    "document/1": "n",
    "plate/1": "n",
    "gazetteer/1": "g",
    "group/1": "e",
    "organisation/1": "o",
    "name-context/1": "c",
    "address/1": "s",
}


def has_model(language: str) -> bool:
    return (
        language in _MODELLED
        and files("testimony.detection.data").joinpath(f"model-{language}.bin").is_file()
    )


@cache
def model_of(language: str) -> "Reader | None":
    """Return what reads a language; None where nothing was learned."""
    if not has_model(language):
        return None
    return Reader(unpack(files("testimony.detection.data").joinpath(f"model-{language}.bin").read_bytes()))


def silences(language: str) -> tuple[str, ...]:
    """Return the rules that the model of a language speaks for; none where there is no model."""
    reader = model_of(language)
    return reader.model.silences if reader else ()


class _Vectors(dict[str, Vector]):
    """What a word adds for a word so many places away; forgets when it has seen very many."""

    def __init__(self, model: Model, offset: int) -> None:
        self._weights = model.weights
        self._offset = offset

    def add(self, word: str, folded: str, kinds: int) -> Vector:
        if len(self) >= _KEPT_VECTORS:
            self.clear()
        weights = self._weights
        o = b = i = 0.0
        for feature in word_features(word, folded, kinds, self._offset):
            if (found := weights.get(number_of(feature))) is not None:
                o, b, i = o + found[0], b + found[1], i + found[2]
        vector = self[word] = (o, b, i)
        return vector


class Reader:
    """A model in use, with what it has learned of the words it met. Keeps words in memory, never on disk."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._near = [_Vectors(model, offset) for offset in (-2, -1, 0, 1, 2)]
        self._edges = [
            model.weights.get(number_of(f"{offset}:edge"), NOTHING) for offset in (-2, -1, 0, 1, 2)
        ]
        self._other: dict[str, Vector] = {}

    def _of(self, feature: str) -> Vector:
        found = self._other.get(feature)
        if found is None:
            if len(self._other) >= _KEPT_VECTORS:
                self._other.clear()
            found = self._other[feature] = self.model.weights.get(number_of(feature), NOTHING)
        return found

    def _columns(self, tokens: Tokens, words: list[str]) -> list[list[Vector]]:
        columns = []
        size = len(tokens)
        for offset, table, edge in zip((-2, -1, 0, 1, 2), self._near, self._edges, strict=True):
            column = [
                found if (found := table.get(word)) is not None else table.add(word, folded, kinds)
                for word, folded, kinds in zip(words, tokens.folded, tokens.kinds, strict=True)
            ]
            if offset < 0:
                column = ([edge] * -offset + column)[:size]
            elif offset > 0:
                column = (column[offset:] + [edge] * offset)[-size:] if size else column
            columns.append(column)
        return columns

    def emissions(self, tokens: Tokens, forms: dict[str, int], marks: list[str]) -> list[Vector]:
        """Return, for each word, what its features say of each label, as factors."""
        of = self._of
        folded = tokens.folded
        words, shapes = as_read(tokens)
        before, after = ["", *folded[:-1]], [*folded[1:], ""]
        mark_before, mark_after = ["", *marks[:-1]], [*marks[1:], ""]
        out = []
        for v, w, x, y, z, form, prev, following, shape, mark, mp, ma in zip(
            *self._columns(tokens, words),
            folded,
            before,
            after,
            shapes,
            marks,
            mark_before,
            mark_after,
            strict=True,
        ):
            p = of(pair_feature(prev, form, "p"))
            n = of(pair_feature(form, following, "n"))
            d = of(document_feature(shape, forms.get(form, 0)))
            r = of(f"r={mark}|{mp}")
            s = of(f"r+={ma}")
            o = v[0] + w[0] + x[0] + y[0] + z[0] + p[0] + n[0] + d[0] + r[0] + s[0]
            b = v[1] + w[1] + x[1] + y[1] + z[1] + p[1] + n[1] + d[1] + r[1] + s[1]
            i = v[2] + w[2] + x[2] + y[2] + z[2] + p[2] + n[2] + d[2] + r[2] + s[2]
            top = o if o > b and o > i else b if b > i else i
            out.append((exp(o - top), exp(b - top), exp(i - top)))
        return out

    def marginals(self, tokens: Tokens, forms: dict[str, int], marks: list[str]) -> list[tuple[float, float]]:
        """Return, for each word, the probability of being outside, and of beginning, an identifier."""
        if not len(tokens):
            return []
        emitted = self.emissions(tokens, forms, marks)
        (oo, ob, oi), (bo, bb, bi), (io, ib, ii) = (tuple(map(exp, row)) for row in self.model.steps)
        ahead: list[Vector] = []
        o, b, i = 1.0, 1.0, 1.0
        first = True
        for e in emitted:
            if first:
                o, b, i = e
                first = False
            else:
                o, b, i = (
                    (o * oo + b * bo + i * io) * e[0],
                    (o * ob + b * bb + i * ib) * e[1],
                    (o * oi + b * bi + i * ii) * e[2],
                )
            total = o + b + i
            o, b, i = o / total, b / total, i / total
            ahead.append((o, b, i))
        out: list[tuple[float, float]] = []
        p, q, r = 1.0, 1.0, 1.0
        for at in range(len(emitted) - 1, -1, -1):
            o, b, i = ahead[at]
            o, b, i = o * p, b * q, i * r
            total = o + b + i or 1.0
            out.append((o / total, b / total))
            e = emitted[at]
            p, q, r = p * e[0], q * e[1], r * e[2]
            p, q, r = oo * p + ob * q + oi * r, bo * p + bb * q + bi * r, io * p + ib * q + ii * r
            total = p + q + r
            p, q, r = p / total, q / total, r / total
        out.reverse()
        return out

    def type_of(self, tokens: Tokens, first: int, last: int, marks: list[str]) -> str:
        """Return the type that the words of a span and those beside it speak for."""
        sums = [0.0] * len(self.model.types)
        for feature in type_features(tokens, first, last, marks):
            if (weights := self.model.type_weights.get(number_of(feature))) is not None:
                for at, weight in enumerate(weights):
                    sums[at] += weight
        return self.model.types[sums.index(max(sums))]


def type_features(tokens: Tokens, first: int, last: int, marks: list[str]) -> Iterator[str]:
    yield "t"
    for at in range(first, min(last, first + 8) + 1):
        for feature in word_features(tokens.words[at], tokens.folded[at], tokens.kinds[at], 0):
            yield f"in {feature}"
        yield f"r={marks[at]}"
    for place, at in (("<", first - 1), (">", last + 1)):
        if 0 <= at < len(tokens):
            for feature in word_features(tokens.words[at], tokens.folded[at], tokens.kinds[at], 1):
                yield f"{place} {feature}"


def marks_of(tokens: Tokens, rules: Iterable[Found]) -> list[str]:
    """Return a letter for each word that a rule speaks of."""
    marks = [""] * len(tokens)
    at = 0
    heard = (found for found in rules if found.detector in RULE_LETTERS)
    for found in sorted(heard, key=lambda f: (f.start, f.end, f.detector)):
        while at < len(tokens) and tokens.ends[at] <= found.start:
            at += 1
        there = at
        letter = RULE_LETTERS[found.detector]
        while there < len(tokens) and tokens.starts[there] < found.end and there - at < 20:
            if not marks[there]:
                marks[there] = letter
            there += 1
    return marks


def recognised(tokens: Tokens, forms: dict[str, int], rules: Iterable[Found]) -> Iterator[Found]:
    """Yield what the language's model takes for identifiers; nothing where there is none."""
    reader = model_of(tokens.language)
    return recognised_by(reader, tokens, forms, rules) if reader else iter(())


def recognised_by(
    reader: Reader, tokens: Tokens, forms: dict[str, int], rules: Iterable[Found]
) -> Iterator[Found]:
    marks = marks_of(tokens, rules)
    detector = f"model-{tokens.language}/1"
    threshold = reader.model.threshold
    if tokens.first_person and tokens.language not in _LEARNED_FROM_ACCOUNTS:
        # Accounts of one's own are not what was learned from: there only what the model is sure of helps.
        threshold = max(threshold, SURE)
    for first, last in spans_over(tokens, reader.marginals(tokens, forms, marks), threshold):
        kind = reader.type_of(tokens, first, last, marks)
        yield Found(tokens.starts[first], tokens.ends[last], kind, detector, rank=2)


def spans_over(
    tokens: Tokens, marginals: list[tuple[float, float]], threshold: float
) -> Iterator[tuple[int, int]]:
    """Yield first and last word of each run that is an identifier with at least this probability."""
    first = -1
    for at, (outside, begins) in enumerate(marginals):
        inside = 1 - outside >= threshold
        if first >= 0 and (not inside or begins > 0.5 or tokens.is_end(at - 1)):
            yield from _trimmed(tokens, first, at - 1)
            first = -1
        if inside and first < 0:
            first = at
    if first >= 0:
        yield from _trimmed(tokens, first, len(marginals) - 1)


def _trimmed(tokens: Tokens, first: int, last: int) -> Iterator[tuple[int, int]]:
    while first <= last and not tokens.shapes[first] & WORD:
        first += 1
    while last >= first and not tokens.shapes[last] & WORD:
        last -= 1
    if first <= last:
        yield first, last
