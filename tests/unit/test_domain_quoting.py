"""A quoted passage is where the account says it, and nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testimony.domain.errors import Invalid
from testimony.domain.matching import Span
from testimony.domain.quoting import mention_of, quoted

TEXT = "They came. They burned the store. [soldier 1] took the goats, then they left.\n\nوصلوا إلى البئر."


def problem(begins: str, ends: str = "", which: int = 0) -> tuple[str, str]:
    with pytest.raises(Invalid) as refusal:
        quoted(TEXT, begins, ends, which)
    (found,) = refusal.value.problems
    return found.field, found.code


@pytest.mark.parametrize(
    ("begins", "ends", "which", "words"),
    [
        ("BURNED  the\nstore", "", 0, "burned the store"),
        ("they", "", 2, "They"),
        ("they", "the store", 2, "They burned the store"),
        ("They came", "left", 0, TEXT[: TEXT.index(".\n")]),
        ("soldier 1 took", "", 0, "soldier 1] took"),
        ("[soldier 1] took", "", 0, "soldier 1] took"),
        ("الى البير", "", 0, "إلى البئر"),
    ],
)
def test_a_passage_is_found_however_it_is_typed(begins: str, ends: str, which: int, words: str) -> None:
    span = quoted(TEXT, begins, ends, which)

    assert TEXT[span.start : span.end].strip("[ ") == words


def test_what_is_not_there_is_said() -> None:
    assert problem(" ") == ("begins", "required")
    assert problem("they sang") == ("begins", "not_found")
    assert problem("they", which=9) == ("begins", "not_found")
    assert problem("they") == ("which", "several")
    assert problem("the goats", "the store") == ("ends", "not_found")
    assert problem("a" * 30_000) == ("begins", "too_long")


def test_the_mention_of_a_passage_leads_back_to_it() -> None:
    assert mention_of(TEXT, Span(11, 15)) == 2
    assert mention_of(TEXT, Span(16, 32)) == 0


@given(st.text(alphabet="ab [].\n", max_size=60), st.text(alphabet="ab []", max_size=6), st.integers(0, 4))
def test_a_passage_always_lies_in_the_text(text: str, begins: str, which: int) -> None:
    try:
        span = quoted(text, begins, "", which)
    except Invalid:
        return

    assert 0 <= span.start < span.end <= len(text)
    assert text[span.start : span.end].strip()
