"""The Arabic model: names that nothing stands beside, and ordinary words that are names elsewhere."""

import pytest

from benchmarks.report import DataAbsent
from testimony.detection.arabic import listed_names, stem_of
from testimony.detection.suggesting import suggest

MODEL = "model-ar/1"
BARE = (
    ("لم يرجع عثمان منذ ذلك المساء.", "عثمان"),
    ("سألت جارتي ثم ذهبت إلى مليكة فلم أجدها.", "مليكة"),
    ("خرجنا ليلا ومعنا بكري ورشيد.", "بكري"),
    ("ضربوا إدريس أمامنا ثم حملوه.", "إدريس"),
    ("خرجنا من عين الحجر قبل الفجر.", "عين الحجر"),
)
ORDINARY = (
    "كان الجو جميلا وكنت سعيدا، والكلام حسن.",
    "لم يبق لنا أمل في العودة، ولا نور ولا ماء.",
    "كان رجلا كريما أمينا مع الناس.",
)


@pytest.mark.parametrize(("text", "name"), BARE)
def test_an_arabic_name_with_nothing_beside_it_is_found_by_the_model(text: str, name: str) -> None:
    found = {text[span.start : span.end]: span.detector for span in suggest(text, "arb").spans}

    assert found[name] == MODEL


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_words_that_are_names_elsewhere_are_left(text: str) -> None:
    assert not [span for span in suggest(text, "ar").spans if span.detector == MODEL]


def test_what_is_joined_in_front_is_told_from_the_rest() -> None:
    assert [stem_of(word) for word in ("ومحمد", "بالقريه", "لل", "ولد")] == [
        ("و", "محمد"),
        ("بال", "قريه"),
        ("", "لل"),
        ("", "ولد"),
    ]
    assert "محمد" in listed_names()


def test_what_measures_the_arabic_model_shares_nothing_with_what_it_learned_from() -> None:
    arabic = pytest.importorskip("benchmarks.redaction.arabic")
    try:
        unseen = arabic.made(arabic.UNSEEN, 20)
    except DataAbsent:
        pytest.skip("the names beside the project are not there")
    learned = {s for kind in ("told", "plain") for s in arabic.sentences(kind, arabic.LEARNED)}

    assert not learned & {s for kind in ("told", "plain") for s in arabic.sentences(kind, arabic.UNSEEN)}
    names = {m.entity for document in unseen for m in document.mentions if m.type == "PERSON"}
    assert names
    assert all(arabic.is_unseen(name) for name in names if " " not in name)
    assert unseen == arabic.made(arabic.UNSEEN, 20)
