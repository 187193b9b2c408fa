"""Which of many names stand in a text, however they are written there."""

import pytest

from testimony.domain.matching import named_in, occurrences_of_each

NAMES = ("zoe lukasz", "custodian-3", "dukasz", "مريم", "ana")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("He met Zoë  Łukasz there", {"zoe lukasz"}),
        ("It was CUSTODIAN 3 who came", {"custodian-3"}),
        ("قالت ومريم ذهبت", {"مريم"}),
        ("the bananas lay there", set()),
        ("", set()),
    ],
)
def test_a_name_is_found_as_it_is_found_with_its_place(text: str, found: set[str]) -> None:
    slowly = {name for name, spans in zip(NAMES, occurrences_of_each(text, NAMES), strict=True) if spans}

    assert named_in(text, NAMES) == slowly == found
