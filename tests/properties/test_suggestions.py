"""Whatever the text: spans lie in it, in order, on whole characters, and always the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testimony.detection.lexicon import LANGUAGES
from testimony.detection.protecting import Protect
from testimony.detection.suggesting import suggest
from testimony.domain.graphemes import is_boundary
from testimony.domain.redaction import categories
from testimony.domain.vocabulary import load
from tests.naughty import STRINGS

PIECES = (
    *(
        "My",
        "brother",
        "Akli",
        "ag",
        "Wartan",
        "3",
        "May",
        "2024",
        ",",
        ".",
        "the",
        "only",
        "tent",
        "318",
        "and",
        "«",
        "»",
    ),
    *(
        "+223 10 55 21 84",
        "15.87, -2.90",
        "الشيخ",
        "أحمد",
        "بن",
        "١٠",
        "ديسمبر",
        "сын",
        "Иван",
        "года",
        "l'",
        "Rue",
        "de",
    ),
    *(
        "e\u0301",
        "\u0301",
        "\u200d",
        "\U0001f1e6",
        "\U0001f468\u200d\U0001f469",
        "\n",
        "\ud800",
        "@",
        "/",
        "mon",
        "mi",
        "años",
    ),
)
TEXTS = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=40).map(" ".join),
    st.lists(st.sampled_from(PIECES), max_size=40).map("".join),
    st.text(max_size=120),
    st.sampled_from(STRINGS),
)
CODES = st.sampled_from((*LANGUAGES, "bam", "kmr"))


@given(TEXTS, CODES, st.lists(st.sampled_from(PIECES), max_size=3))
def test_every_span_is_a_place_in_the_text(text: str, language: str, listed: list[str]) -> None:
    said = suggest(text, language, [Protect(words) for words in listed])

    assert said.failures == ()
    assert all(0 <= span.start < span.end <= len(text) for span in said.spans)
    assert all(is_boundary(text, span.start) and is_boundary(text, span.end) for span in said.spans)
    assert all(text[span.start : span.end].strip() or "\ud800" in text for span in said.spans)
    assert all(span.type in load("identifier_type") and span.category in categories() for span in said.spans)
    assert list(said.spans) == sorted(said.spans, key=lambda span: (span.start, -span.end, span.type))


@given(TEXTS, CODES)
def test_the_same_text_always_gets_the_same_spans(text: str, language: str) -> None:
    assert suggest(text, language) == suggest(text, language)


@given(st.lists(st.sampled_from(PIECES), max_size=12), st.sampled_from(("zebra", "Akli", "٤٥٦٧٨٩")))
def test_what_is_listed_is_always_found(around: list[str], listed: str) -> None:
    text = " ".join((*around, ".", listed, ".", *around))
    start = text.index(f" {listed} ") + 1
    spans = suggest(text, "eng", [Protect(listed)]).spans

    assert any(span.start <= start and start + len(listed) <= span.end for span in spans)


@pytest.mark.parametrize("text", STRINGS)
@pytest.mark.parametrize("language", ["en", "ar", "bam"])
def test_careless_and_hostile_texts_break_no_detector(text: str, language: str) -> None:
    assert suggest(text, language).failures == ()
