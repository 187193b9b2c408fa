"""Finding what a mark covers again, as the same words and as a name in other spellings and scripts."""

import pytest

from testimony.services.mentions import Spelling, spellings_of

TEXT = (
    "Yusuf Oldenbeck came first. Then Yousouf Oldenbek spoke, and Mr Oldenbeck again.\n\n"
    "قال لي ويوسف أولدنبك إن الرقم هو رقمه. جاء يوسف أولدنبك.\n\n"
    "Юсуф Ольденбек пришёл. YUSUF OLDENBECK was on the list. Maria went on."
)


def texts(spellings: tuple[Spelling, ...]) -> dict[str, int]:
    return {spelling.text: len(spelling.spans) for spelling in spellings}


def test_a_name_is_found_across_spellings_and_scripts() -> None:
    found = spellings_of(TEXT, "Yusuf Oldenbeck")

    whole = texts(tuple(s for s in found if s.is_whole))
    assert whole["Yusuf Oldenbeck"] == 2
    assert whole["Yousouf Oldenbek"] == 1
    assert whole["يوسف أولدنبك"] == 2
    assert whole["Юсуф Ольденбек"] == 1
    assert [s.is_same for s in found] == [True, *[False] * (len(found) - 1)]


def test_a_part_of_a_name_is_told_from_the_whole_and_others_are_left_alone() -> None:
    found = spellings_of(TEXT, "Yusuf Oldenbeck")

    parts = texts(tuple(s for s in found if not s.is_whole))
    assert parts.get("Oldenbeck") == 1
    assert not any("Maria" in spelling.text for spelling in found)


@pytest.mark.parametrize("words", ["", " ", "0612345678", "...", "a " * 40, "\u0301"])
def test_what_is_no_name_has_no_other_spelling(words: str) -> None:
    assert [spelling for spelling in spellings_of(TEXT, words) if not spelling.is_same] == []


def test_places_are_whole_words_in_their_order() -> None:
    for spelling in spellings_of(TEXT, "Yusuf Oldenbeck"):
        assert list(spelling.spans) == sorted(spelling.spans)
        for span in spelling.spans:
            assert TEXT[span.start : span.end].strip() == TEXT[span.start : span.end]
