"""What is told with "I", in texts of one line: the model reads "I" as a word and not as an initial before a name."""

import pytest

from testimony.detection.suggesting import suggest

TOLD = (
    ("I saw Yusuf Oldenbeck.", ("Yusuf Oldenbeck",)),
    ("I saw Amina at the well.", ("Amina",)),
    ("When I saw them I ran.", ()),
    ("I saw nothing that night. I ran.", ()),
    ("They came at night. Then I saw Moussa.", ("Moussa",)),
)


@pytest.mark.parametrize(("text", "names"), TOLD)
def test_a_turn_of_phrase_with_i_is_no_name_and_a_name_behind_it_is(
    text: str, names: tuple[str, ...]
) -> None:
    found = [text[span.start : span.end] for span in suggest(text, "eng").spans]

    assert not [words for words in found if words in ("I saw", "I ran") or words.startswith("I saw ")]
    assert all(name in found for name in names)
