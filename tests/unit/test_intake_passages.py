"""Marks that stay on their words while the text is being written."""

import pytest

from testimony.services.passages import follow, paragraphs

TEXT = "one two three"


def marked(before: str, after: str, words: str) -> str:
    """What a mark on `words` of `before` covers in `after`; empty where it is gone."""
    start = before.index(words)
    mark = {"start": str(start), "end": str(start + len(words)), "basis": "BA01", "speaker": ""}
    moved = follow(before, after, (mark,))
    return after[int(moved[0]["start"]) : int(moved[0]["end"])] if moved else ""


@pytest.mark.parametrize(
    ("after", "covered"),
    [
        ("one two three", "two"),
        ("At first one two three", "two"),
        ("one two three four", "two"),
        ("one, then two three", "two"),
        ("one two and three", "two"),
        ("one t-w-o three", "t-w-o"),
        ("one three", ""),
        ("", ""),
        ("🕊️ one two three", "two"),
    ],
)
def test_a_mark_stays_on_its_words(after: str, covered: str) -> None:
    assert marked(TEXT, after, "two") == covered


def test_text_put_in_right_before_a_mark_stays_outside_it() -> None:
    assert marked(TEXT, "Slowly: " + TEXT, "one") == "one"


def test_text_put_in_right_behind_a_mark_stays_outside_it() -> None:
    assert marked(TEXT, TEXT + " four", "three") == "three"


def test_paragraphs_are_the_lines_that_hold_something() -> None:
    text = "  first line \n\n\nسطر ثان\n.\n"

    assert [text[start:end] for start, end in paragraphs(text)] == ["first line", "سطر ثان", "."]
