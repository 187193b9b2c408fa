"""What the statistical detector looks at: the one definition, for training and for use.

A feature is a text; a model knows it by a number alone (`number_of`), so that no word of a corpus is in it.
"""

import re
from collections.abc import Iterator
from zlib import crc32

from testimony.detection.arabic import arabic_features, is_arabic
from testimony.detection.lexicon import Kind
from testimony.detection.tokens import DIGIT, UPPER, Tokens

OFFSETS = (-2, -1, 0, 1, 2)
_RUNS = re.compile(r"(.)\1{2,}")
_NAMES = tuple((kind.value, kind.name or "") for kind in Kind)
_CAPITAL = UPPER


def number_of(feature: str) -> int:
    """Return 32 bits that stand for a feature."""
    return crc32(feature.encode("utf-8", "surrogatepass"))


def shape_of(word: str) -> str:
    """Letters as X and x, digits as 9, runs cut to two: McDonald → XxXxx, 36244 → 99."""
    signs = "".join(
        "X" if c.isupper() else "x" if c.isalpha() else "9" if c.isdecimal() else c for c in word[:24]
    )
    return _RUNS.sub(r"\1\1", signs)


def word_features(word: str, folded: str, kinds: int, offset: int) -> list[str]:
    """Features of one word as seen from a word `offset` places before or behind it."""
    at = f"{offset}:"
    found = [f"{at}w={folded}", f"{at}s={shape_of(word)}"]
    found += [f"{at}k={name}" for value, name in _NAMES if kinds & value]
    if -1 <= offset <= 1:
        found += [f"{at}z={folded[-3:]}", f"{at}f={shape_of(word)}|{folded[-2:]}"]
    if offset == 0:
        found += ["b", f"p={folded[:3]}", f"p4={folded[:4]}", f"z2={folded[-2:]}", f"z4={folded[-4:]}"]
        found.append(f"l={min(len(word), 12)}")
        if len(word) > 1 and word.isupper():
            found.append("caps")
    if is_arabic(folded):
        found += arabic_features(folded, kinds, at)
    return found


def pair_feature(one: str, other: str, place: str) -> str:
    return f"{place}:{one}|{other}"


def document_forms(tokens: Tokens) -> dict[str, int]:
    """How a word is used in this document. By folded form: 1 written small, 2 capital inside a sentence, 4 again."""
    seen: dict[str, int] = {}
    shapes, previous = tokens.shapes, "."
    for at, (form, word) in enumerate(zip(tokens.folded, tokens.words, strict=True)):
        if shapes[at] & UPPER:
            before = seen.get(form, 0)
            inside = 0 if previous in '.!?:"“«—-' else 2
            seen[form] = before | inside | (4 if before & 2 and inside else 0)
        elif len(form) > 2:
            seen[form] = seen.get(form, 0) | 1
        previous = word
    return seen


def document_feature(shape: int, use: int) -> str:
    """Of a capital: how else the document writes the word."""
    return f"d={use}" if shape & UPPER else "d9" if shape & DIGIT else "d-"


def as_read(tokens: Tokens) -> tuple[list[str], list[int]]:
    """Words and shapes as a model is told of them.

    In judgments a capital alone is an initial, and what follows it a name: in an account of one's own it is "I".
    """
    if not tokens.first_person or tokens.language != "en":
        return tokens.words, tokens.shapes
    words = ["i" if word == "I" else word for word in tokens.words]
    shapes = [
        shape & ~UPPER if word == "I" else shape
        for word, shape in zip(tokens.words, tokens.shapes, strict=True)
    ]
    return words, shapes


def features_at(tokens: Tokens, at: int, forms: dict[str, int], marks: list[str]) -> Iterator[str]:
    """Every feature of one word. marks: what the rules say of each word, empty for nothing."""
    words, shapes = as_read(tokens)
    for offset in OFFSETS:
        there = at + offset
        if 0 <= there < len(tokens):
            yield from word_features(words[there], tokens.folded[there], tokens.kinds[there], offset)
        else:
            yield f"{offset}:edge"
    yield pair_feature(tokens.form(at - 1), tokens.form(at), "p")
    yield pair_feature(tokens.form(at), tokens.form(at + 1), "n")
    yield document_feature(shapes[at], forms.get(tokens.folded[at], 0))
    yield f"r={marks[at]}|{marks[at - 1] if at else ''}"
    yield f"r+={marks[at + 1] if at + 1 < len(tokens) else ''}"
