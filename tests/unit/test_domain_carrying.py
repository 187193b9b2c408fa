"""Marks on a newer text: standing where their words are shared, proposed anew where they were found elsewhere."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from testimony.domain.carrying import carry
from testimony.domain.purposes import Audience
from testimony.domain.redaction import Mark, MarkDecision

OLD = "Akli kept the well.\nFadi came at noon with Moussa.\nAkli ran.\n"


def mark(text: str, words: str, *, nth: int = 0, decision: MarkDecision = MarkDecision.ACCEPTED) -> Mark:
    at = -1
    for _ in range(nth + 1):
        at = text.index(words, at + 1)
    return Mark(f"m-{at}", at, at + len(words), "X.2", Audience.PARTNER, decision)


def covered(text: str, marks: tuple[Mark, ...]) -> list[tuple[str, str]]:
    return [(text[m.start : m.end], m.decision.value) for m in marks]


def test_marks_move_with_lines_that_stay() -> None:
    new = "A line before.\n" + OLD

    carried = carry(OLD, new, (mark(OLD, "Akli"), mark(OLD, "Akli", nth=1), mark(OLD, "Fadi")))

    assert covered(new, carried) == [("Akli", "accepted"), ("Fadi", "accepted"), ("Akli", "accepted")]


def test_in_a_changed_line_words_that_stay_keep_their_mark() -> None:
    new = OLD.replace("at noon", "in the early morning")

    carried = carry(OLD, new, (mark(OLD, "Fadi"), mark(OLD, "Moussa"), mark(OLD, "noon")))

    assert covered(new, carried) == [("Fadi", "accepted"), ("Moussa", "accepted")]


def test_words_found_elsewhere_wait_for_a_decision() -> None:
    new = "MOUSSA was there before.\nAnd Moussa again.\n"

    carried = carry(OLD, new, (mark(OLD, "Moussa"),))

    assert covered(new, carried) == [("MOUSSA", "proposed"), ("Moussa", "proposed")]
    assert len({m.id for m in carried}) == 2


def test_a_mark_whose_words_were_altered_in_the_middle_does_not_stand() -> None:
    whole = mark(OLD, "Fadi came at noon")
    new = OLD.replace("came at", "came before")

    assert carry(OLD, new, (whole,)) == ()


def test_what_was_left_in_is_not_proposed_elsewhere() -> None:
    left_in = mark(OLD, "Moussa", decision=MarkDecision.REJECTED)

    assert carry(OLD, "Moussa alone.", (left_in,)) == ()
    assert carry(OLD, OLD, (left_in,)) == (left_in,)


def test_what_was_left_in_is_looked_at_again_beside_other_words() -> None:
    left_in = mark(OLD, "Moussa", decision=MarkDecision.REJECTED)
    new = OLD.replace("with Moussa", "with my uncle Moussa")

    assert covered(new, carry(OLD, new, (left_in,))) == [("Moussa", "proposed")]


@given(st.text("ab \n", max_size=60), st.text("ab \n", max_size=60), st.data())
def test_what_stands_covers_the_same_words(old: str, new: str, data: st.DataObject) -> None:
    if not old:
        return
    start = data.draw(st.integers(0, len(old) - 1))
    end = data.draw(st.integers(start + 1, len(old)))
    made = replace(mark(OLD, "Akli"), start=start, end=end)

    for carried in carry(old, new, (made,)):
        assert 0 <= carried.start < carried.end <= len(new)
        if carried.decision is MarkDecision.ACCEPTED:
            assert new[carried.start : carried.end] == old[start:end]
