"""What is told by first letters is never less than what looking at every word tells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.analysis import Analysis
from search.candidates import _KEEPS, Candidates, Span
from search.languages import STEMMERS
from search.marking import Mark, Marker, PhraseRule, Rule, WordRule
from search.results import ReasonKind

LANGUAGES = ("eng", "fra", "spa", "rus", "ukr", "deu", "bam", "arb", "tur", "nld")
WORDS = (
    "constamment constant négligemment négligent explications expliquer chevaux cheval biologie hoping hope possibility"
    " possible nationality national relational explicación vuestra freedoms soldiers"
    " child children Children's CHILD childish l'enfant L’Enfant enfants d'été été Été dying die dies lying tie tied"
    " o'er Sana'a œuvre oeuvre Œuvre naïve cafe café CAFÉ don't 'cause goin' señor año Straße strasse Ärger aerger"
    " деревня деревни Деревню й ёлка елка село п'ять пʼять المختار والمختار مختار ٤٤١٧ 4417 ag Ag müssen kızı"
    " 村 東京都 ไทย e\u0301te\u0301 ﬁre ²x _under_ a-b qu'il jusqu'ici «mot» “big” house-big x" + "y" * 80
).split()
SEPARATORS = (" ", "  ", "\n", ", ", " — ", "-", "?", "? ", "…", "'", "’ ", "_")


class Everything:
    """Tells nothing, so that every word is looked at."""

    def spans(self, text: str, language: str) -> list[Span] | None:
        return None


def rule_of(word: str, analysis: Analysis, kind: str) -> Rule | None:
    exact = analysis.exact[word]
    terms = tuple(exact.split())
    if not terms:
        return None
    if kind == "phrase":
        return PhraseRule(word, terms, 0, prefix=False)
    if kind == "prefix":
        return PhraseRule(word, (terms[-1][:2],), 0, prefix=True)
    stems = {analysis.stems(language)[word] for language in LANGUAGES}
    found = frozenset({terms[-1], *stems} - {""})
    return WordRule(word, ReasonKind.EXACT if kind == "word" else ReasonKind.SIMILAR, terms[-1], found)


def marks_both_ways(text: str, language: str, rules: list[Rule]) -> tuple[tuple[Mark, ...], tuple[Mark, ...]]:
    analysis = Analysis()
    quick, slow = Marker(rules, analysis), Marker(rules, analysis)
    slow._candidates = Everything()  # type: ignore[assignment]
    return quick.marks(text, language), slow.marks(text, language)


@given(
    st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(SEPARATORS)), max_size=25),
    st.sampled_from(LANGUAGES),
    st.lists(
        st.tuples(st.sampled_from(WORDS), st.sampled_from(("word", "phrase", "prefix", "similar"))),
        min_size=1,
        max_size=3,
    ),
)
def test_first_letters_tell_all_that_every_word_tells(
    pieces: list[tuple[str, str]], language: str, asked: list[tuple[str, str]]
) -> None:
    text = "".join(word + between for word, between in pieces)
    analysis = Analysis()
    rules = [rule for word, kind in asked if (rule := rule_of(word, analysis, kind)) is not None]

    quick, slow = marks_both_ways(text, language, rules)

    # Words on two sides of two apostrophes are seen by the quick way alone.
    assert set(slow) <= set(quick)
    assert "''" in text or "'’" in text or "’'" in text or set(quick) == set(slow)


@pytest.mark.parametrize(
    "language", ["eng", "fra", "spa", "por", "ita", "ron", "cat", "swe", "nob", "dan", "hun", "eus", "rus"]
)
def test_stems_keep_the_first_letters_of_their_words(language: str) -> None:
    """Two at least, and all but three; of the words of several languages put to each stemmer, "dying" told apart."""
    analysis = Analysis()
    assert _KEEPS[STEMMERS[language]] == 2
    for word in WORDS:
        exact, stem = analysis.exact[word].rpartition(" ")[2], analysis.stems(language)[word]
        if exact and stem and not any("\u0600" <= letter <= "\u06ff" for letter in word):
            kept = 1 if len(stem) == 3 and stem.endswith("ie") else max(2, len(stem) - 3)
            assert exact.startswith(stem[:kept])


@pytest.mark.parametrize(
    ("language", "term"),
    [("nld", "house"), ("ind", "house"), ("tur", "house"), ("eng", "مختار"), ("eng", "東")],
)
def test_where_beginnings_change_nothing_is_told(language: str, term: str) -> None:
    assert Candidates(frozenset({term}), frozenset()).spans("a house of ours", language) is None


def test_a_word_of_another_case_or_accent_is_told() -> None:
    found = Candidates(frozenset({"ete"}), frozenset()).spans("L’Été, ETE; d'été: e\u0301te\u0301 été", "fra")

    assert found == [(0, 5), (7, 10), (12, 17), (19, 24), (25, 28)]
