"""How words are folded and stemmed, in the languages and scripts that witnesses speak."""

import pytest

from search.analysis import Analysis
from search.folding import WORD, fold, written_words


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("École", "ecole"),
        ("BRÛLÉ", "brule"),
        ("Straße", "strasse"),
        ("cœur", "coeur"),
        ("Ɓamako", "bamako"),
        ("Ŋɛɲɛ", "nene"),
        ("١٢٣", "123"),
        ("۴۵۶", "456"),
        ("أحمد", "احمد"),
        ("إسلام", "اسلام"),
        ("مُحَمَّد", "محمد"),
        ("محـــمد", "محمد"),
        ("مدرسة", "مدرسه"),
        ("مستشفى", "مستشفي"),
        ("ﷺ", "صلياللهعليهوسلم"),
        ("Ёлка", "елка"),
        ("Йод", "йод"),
        ("İstanbul", "istanbul"),
        ("soft\u00adhyphen", "softhyphen"),
        ("ߒߞߏ\u07eb", "ߒߞߏ"),
        ("𞤆𞤵𞤤𞤢𞥄𞤪", "𞤨𞤵𞤤𞤢𞤪"),
        ("ء", ""),
    ],
)
def test_the_ways_a_word_can_be_written_fold_to_one(written: str, folded: str) -> None:
    assert fold(written) == folded


@pytest.mark.parametrize(
    ("text", "exact"),
    [
        ("l’eau potable", "l eau potable"),
        ("J'ai vu qu'il n'y avait", "j ai vu qu il n y avait"),
        ("aujourd'hui", "aujourdhui"),
        ("п'ять", "пять"),
        ("Sana'a", "sanaa"),
        ("N'Diaye", "ndiaye"),
        ("the witness's words", "the witness words"),
        ("'quoted'", "quoted"),
        ("Saint-Louis", "saint louis"),
        ("snake_case", "snake case"),
        ("证人 证言", "证 人 证 言"),
        ("من، أين؟", "من اين"),
    ],
)
def test_a_text_is_kept_as_its_folded_words(text: str, exact: str) -> None:
    assert Analysis().terms(text, "und").exact.split() == exact.split()


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("eng", "burned", "burning"),
        ("fra", "brûlé", "brûler"),
        ("fra", "l'école", "écoles"),
        ("spa", "quemaron", "quemaban"),
        ("por", "queimaram", "queimar"),
        ("rus", "солдаты", "солдатами"),
        ("arb", "القرية", "قرية"),
        ("arb", "والقرية", "بالقرية"),
        ("arb", "وبالكتاب", "كتاب"),
        ("arb", "القريه", "قُرَيَّة"),
        ("mey", "الجنود", "جنود"),
        ("tur", "evler", "ev"),
    ],
)
def test_forms_of_one_word_share_a_stem(language: str, one: str, other: str) -> None:
    stems = Analysis().stems(language)

    assert stems[one] == stems[other]


@pytest.mark.parametrize("language", ["bam", "taq", "ffm", "ses", "wol", "ukr", "und", "xxx"])
def test_a_language_without_a_stemmer_keeps_its_words_whole(language: str) -> None:
    stems = Analysis().stems(language)

    assert [stems[word] for word in ("burning", "Saaraw", "солдаты", "القرية")] == [
        "burning",
        "saaraw",
        "солдаты",
        "القريه",
    ]


def test_a_word_in_another_script_is_stemmed_in_the_language_of_that_script() -> None:
    analysis = Analysis()

    assert analysis.stems("fra")["солдатами"] == analysis.stems("rus")["солдаты"]
    assert analysis.stems("eng")["والقرية"] == analysis.stems("arb")["قرية"]
    assert analysis.stems("rus")["burning"] == "burning"


@pytest.mark.parametrize(
    "text",
    [
        "The witness's words, 'quoted' and \"said\" — l’eau, aujourd'hui.",
        "قال: «أحرقوا القرية»، ثم ذهبوا.",
        "п'ять колодців; 12-го числа…",
        "证人说abc 水。",
        "नमस्ते दुनिया।",
        "a_b c__d 'x' ''y'' z'",
    ],
)
def test_the_quick_way_to_split_a_text_agrees_with_the_slow_one(text: str) -> None:
    exact = Analysis().exact

    quick = " ".join(exact[word] for word in written_words(text)).split()
    slow = " ".join(exact[word] for word in WORD.findall(text)).split()

    assert quick == slow


def test_a_run_of_letters_that_is_no_word_is_kept_by_its_beginning() -> None:
    assert Analysis().terms("x" * 10_000, "eng").exact == "x" * 64
