"""Tokens over random marks: kept text stays to the letter, lengths tell nothing, one entity has one token."""

import re

from hypothesis import given
from hypothesis import strategies as st

from testimony.domain.purposes import Audience
from testimony.domain.redaction import Mark, MarkDecision, build_release, release_pieces
from testimony.domain.tokens import PLAIN, Series

CATEGORIES = ("X.1", "X.2", "X.4", "X.5", "B.2")
NUMBERED = re.compile(r"\[(?:victim|soldier) ([0-9]+)\]")

kept = st.text("abcdefgh \n", min_size=1, max_size=12)
hidden = st.text("QRSTUVWXYZ", min_size=4, max_size=30)
parts = st.lists(st.tuples(kept, st.sampled_from(CATEGORIES), st.integers(0, 3)), min_size=1, max_size=12)
names = st.lists(hidden, min_size=4, max_size=4, unique=True)


def told(given_parts: list[tuple[str, str, int]], given_names: list[str]) -> tuple[str, list[Mark]]:
    """Kept parts, each followed by the name of one entity, and marks over the names."""
    text, marks = "", []
    for number, (words, category, who) in enumerate(given_parts):
        start = len(text) + len(words) + 1
        text += f"{words} {given_names[who]} "
        end = start + len(given_names[who])
        made = Mark(
            f"m-{number}", start, end, category, Audience.COURT, MarkDecision.ACCEPTED, entity=f"e-{who}"
        )
        marks.append(made)
    return text, marks


@given(parts, names, names)
def test_a_release_does_not_depend_on_what_is_withheld(
    parts: list[tuple[str, str, int]], names: list[str], others: list[str]
) -> None:
    for series in (PLAIN, Series(b"k" * 32)):
        one = build_release(*told(parts, names), Audience.PUBLIC, series)
        other = build_release(*told(parts, others), Audience.PUBLIC, series)

        assert one == other


@given(parts, names)
def test_kept_text_is_kept_to_the_letter_and_withheld_text_is_gone(
    parts: list[tuple[str, str, int]], names: list[str]
) -> None:
    text, marks = told(parts, names)

    pieces = release_pieces(text, marks, Audience.PUBLIC, Series(b"k" * 32))

    assert [piece.text for piece in pieces if piece.mark is None] == [
        text[piece.start : piece.end] for piece in pieces if piece.mark is None
    ]
    assert not any(character in "QRSTUVWXYZ" for piece in pieces for character in piece.text)


@given(parts, names)
def test_one_entity_has_one_token_within_a_release(
    parts: list[tuple[str, str, int]], names: list[str]
) -> None:
    text, marks = told(parts, names)

    pieces = release_pieces(text, marks, Audience.PARTNER)

    tokens = {(piece.mark.entity, piece.text) for piece in pieces if piece.mark is not None}
    assert len({entity for entity, _ in tokens}) == len(tokens)
    numbered = [token for token in dict.fromkeys(piece.text for piece in pieces) if NUMBERED.search(token)]
    by_kind: dict[str, list[int]] = {}
    for token in numbered:
        by_kind.setdefault(token.split()[0], []).append(int(NUMBERED.search(token)[1]))  # type: ignore[index]
    assert all(numbers == sorted(numbers) for numbers in by_kind.values())


@given(parts, names)
def test_no_number_of_one_release_is_a_number_of_another_series(
    parts: list[tuple[str, str, int]], names: list[str]
) -> None:
    text, marks = told(parts, names)

    plain = set(NUMBERED.findall(build_release(text, marks, Audience.PARTNER)))
    keyed = set(NUMBERED.findall(build_release(text, marks, Audience.PUBLIC, Series(b"k" * 32))))

    assert not plain & keyed
