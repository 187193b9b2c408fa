"""One reviewer's marks: suggestions, decisions, all mentions, undo; and what one window may not do to another."""

import pytest

from testimony.domain.errors import Conflict, Invalid, NotFound, NotYet, Refused
from testimony.domain.purposes import Audience
from testimony.domain.redaction import MarkDecision
from testimony.domain.testimony import State
from testimony.services.mark_acts import undo
from testimony.services.mentions import list_mentions
from testimony.services.redacting import (
    Cover,
    Edge,
    change_mark,
    decide,
    decide_alike,
    mark_everywhere,
    mark_span,
    mark_words,
    stretch_mark,
    write_note,
)
from testimony.services.taking import take, take_over
from testimony.storage import register
from tests.review_room import ACCOUNT, handed_in, marks, received, taken, turn
from tests.services.conftest import Clock, People

COVER = Cover("X.1", Audience.PARTNER)


def covered(people: People, code: str) -> list[str]:
    return [
        ACCOUNT[m.start : m.end]
        for m in marks(people["reviewer"], code)
        if m.decision == MarkDecision.ACCEPTED
    ]


def test_taking_an_account_brings_the_witnesss_own_list_as_suggestions(people: People, clock: Clock) -> None:
    code = taken(people["interviewer"], people["reviewer"], clock())

    suggested = marks(people["reviewer"], code)

    assert {ACCOUNT[m.start : m.end] for m in suggested} == {"Tadfest Amellal", "Inekar"}
    assert len(suggested) == 3
    assert {m.decision for m in suggested} == {MarkDecision.PROPOSED}
    assert {m.detector for m in suggested} == {"protect-list/1"}


def test_taking_an_account_moves_it_to_redaction(people: People, clock: Clock) -> None:
    code = taken(people["interviewer"], people["reviewer"], clock())

    with people["reviewer"].reading() as connection:
        row = register.find_row(connection, code)
    assert row is not None and row.state == State.REDACTION_DRAFT


def test_an_account_is_taken_once(people: People, clock: Clock) -> None:
    code = taken(people["interviewer"], people["reviewer"], clock())

    with pytest.raises(Conflict):
        take(people["reviewer_b"], code, clock())


def test_a_sealed_account_cannot_be_taken(people: People, clock: Clock) -> None:
    code = handed_in(people["interviewer"], clock())

    with pytest.raises(NotYet):
        take(people["reviewer"], code, clock())


def test_accepting_one_mention_alike_accepts_every_mention(people: People, clock: Clock) -> None:
    code = taken(people["interviewer"], people["reviewer"], clock())
    first = marks(people["reviewer"], code)[0]

    decide_alike(
        people["reviewer"], turn(people["reviewer"], code), first.mark_id, MarkDecision.ACCEPTED, clock()
    )

    assert covered(people, code) == ["Tadfest Amellal", "Tadfest Amellal"]


def test_words_are_marked_wherever_they_stand_or_at_one_place(people: People, clock: Clock) -> None:
    reviewer = people["reviewer"]
    code = taken(people["interviewer"], reviewer, clock(), ACCOUNT, protect=())

    mark_words(reviewer, turn(reviewer, code), "tadfest amellal", 2, COVER, clock())
    mark_words(reviewer, turn(reviewer, code), "the", 0, COVER, clock())

    assert (
        covered(people, code) == ["the", "the", "Tadfest Amellal", "the", "the"][: len(covered(people, code))]
    )
    assert covered(people, code).count("Tadfest Amellal") == 1


def test_words_that_the_account_does_not_say_cannot_be_marked(people: People, clock: Clock) -> None:
    code = taken(people["interviewer"], people["reviewer"], clock())

    with pytest.raises(Invalid):
        mark_words(people["reviewer"], turn(people["reviewer"], code), "Zanzibar", 0, COVER, clock())


def test_all_other_mentions_of_a_mark_are_marked_as_the_same_entity(people: People, clock: Clock) -> None:
    reviewer = people["reviewer"]
    code = taken(people["interviewer"], reviewer, clock(), ACCOUNT, protect=())
    start = ACCOUNT.index("Tadfest Amellal")
    done = mark_span(reviewer, turn(reviewer, code), (start, start + 15), COVER, clock())

    mark_everywhere(reviewer, turn(reviewer, code), done.mark_ids[0], clock())

    assert covered(people, code) == ["Tadfest Amellal", "Tadfest Amellal"]
    assert len({m.entity for m in marks(reviewer, code)}) == 1


@pytest.mark.parametrize("span", [(-1, 3), (5, 5), (9, 2), (0, 10_000), (10_000, 10_001)])
def test_a_span_outside_the_text_is_refused(people: People, clock: Clock, span: tuple[int, int]) -> None:
    code = taken(people["interviewer"], people["reviewer"], clock())

    with pytest.raises(Invalid):
        mark_span(people["reviewer"], turn(people["reviewer"], code), span, COVER, clock())


def test_a_span_that_cuts_a_letter_is_widened_to_the_whole_letter(people: People, clock: Clock) -> None:
    text = "I saw Ame\u0301lie at the gate."
    reviewer = people["reviewer"]
    code = taken(people["interviewer"], reviewer, clock(), text)

    mark_span(reviewer, turn(reviewer, code), (6, 9), COVER, clock())

    (mark,) = marks(reviewer, code)
    assert text[mark.start : mark.end] == "Ame\u0301"


def test_a_token_that_repeats_what_it_hides_is_refused(people: People, clock: Clock) -> None:
    code = taken(people["interviewer"], people["reviewer"], clock())
    cover = Cover("X.1", Audience.PARTNER, replacement="[Yusuf Oldenbeck]")

    with pytest.raises(Invalid):
        mark_words(people["reviewer"], turn(people["reviewer"], code), "Yusuf Oldenbeck", 0, cover, clock())


def test_a_mark_grows_and_shrinks_by_words(people: People, clock: Clock) -> None:
    reviewer = people["reviewer"]
    code = taken(people["interviewer"], reviewer, clock(), ACCOUNT, protect=())
    done = mark_words(reviewer, turn(reviewer, code), "Oldenbeck", 0, COVER, clock())

    for edge in (Edge.START_OUT, Edge.END_OUT, Edge.START_OUT, Edge.START_IN):
        stretch_mark(reviewer, turn(reviewer, code), done.mark_ids[0], edge, clock())

    assert covered(people, code) == ["Yusuf Oldenbeck came"]


def test_undo_takes_back_ones_own_acts_one_by_one(people: People, clock: Clock) -> None:
    reviewer = people["reviewer"]
    code = taken(people["interviewer"], reviewer, clock())
    before = marks(reviewer, code)
    decide(reviewer, turn(reviewer, code), before[0].mark_id, MarkDecision.REJECTED, clock())
    mark_words(reviewer, turn(reviewer, code), "lorries", 0, COVER, clock())

    undo(reviewer, turn(reviewer, code), clock())
    undo(reviewer, turn(reviewer, code), clock())

    assert marks(reviewer, code) == before
    with pytest.raises(NotYet):
        undo(reviewer, turn(reviewer, code), clock())


def test_an_older_window_cannot_overwrite_a_newer_one(people: People, clock: Clock) -> None:
    reviewer = people["reviewer"]
    code = taken(people["interviewer"], reviewer, clock())
    stale = turn(reviewer, code)
    mark_words(reviewer, stale, "lorries", 0, COVER, clock())

    with pytest.raises(Conflict):
        mark_words(reviewer, stale, "wall", 0, COVER, clock())


def test_another_reviewer_marks_only_after_taking_over(people: People, clock: Clock) -> None:
    code = taken(people["interviewer"], people["reviewer"], clock())
    second = people["reviewer_b"]

    with pytest.raises(NotYet):
        mark_words(second, turn(second, code), "lorries", 0, COVER, clock())
    take_over(second, turn(second, code), clock())
    mark_words(second, turn(second, code), "lorries", 0, COVER, clock())

    assert "lorries" in covered(people, code)


def test_changing_a_suggestion_accepts_it(people: People, clock: Clock) -> None:
    reviewer = people["reviewer"]
    code = taken(people["interviewer"], reviewer, clock())
    mark = marks(reviewer, code)[0]

    change_mark(
        reviewer, turn(reviewer, code), mark.mark_id, Cover("X.2", Audience.COURT, "[a person]"), clock()
    )

    changed = marks(reviewer, code)[0]
    assert (changed.category, changed.withheld_from, changed.decision) == ("X.2", "court", "accepted")
    assert changed.replacement == "[a person]"


def test_a_mark_that_is_not_there_cannot_be_decided(people: People, clock: Clock) -> None:
    code = taken(people["interviewer"], people["reviewer"], clock())

    with pytest.raises(NotFound):
        decide(
            people["reviewer"], turn(people["reviewer"], code), "elsewhere", MarkDecision.ACCEPTED, clock()
        )


def test_a_note_is_kept_and_counts_as_a_step(people: People, clock: Clock) -> None:
    code = taken(people["interviewer"], people["reviewer"], clock())
    before = turn(people["reviewer"], code)

    write_note(people["reviewer"], before, "The well has one keeper.", clock())

    assert turn(people["reviewer"], code).revision == before.revision + 1


@pytest.mark.parametrize("who", ["interviewer", "investigator", "auditor", "custodian"])
def test_only_reviewers_redact(people: People, clock: Clock, who: str) -> None:
    code = received(people["interviewer"], people["reviewer"], clock())

    with pytest.raises(Refused):
        take(people[who], code, clock())


def test_all_mentions_take_the_spellings_that_were_ticked_and_no_others(people: People, clock: Clock) -> None:
    text = "Yusuf Oldenbeck came. Then Yousouf Oldenbek. Юсуф Ольденбек. Mr Oldenbeck."
    reviewer = people["reviewer"]
    code = taken(people["interviewer"], reviewer, clock(), text)
    mark_words(reviewer, turn(reviewer, code), "Yusuf Oldenbeck", 0, Cover("X.2", Audience.PARTNER), clock())
    (mark,) = marks(reviewer, code)
    found = list_mentions(reviewer, code, mark.mark_id, clock())
    ticked = [s.key for s in found.spellings if s.is_whole]

    done = mark_everywhere(reviewer, turn(reviewer, code), mark.mark_id, clock(), [*ticked, "nobody"])

    kept = marks(reviewer, code)
    assert [text[m.start : m.end] for m in kept] == ["Yusuf Oldenbeck", "Yousouf Oldenbek", "Юсуф Ольденбек"]
    assert {m.entity for m in kept} == {mark.mark_id}
    assert found.open[found.spellings[0].key] == 0 and done.account.marks == kept
    with pytest.raises(NotYet):
        list_mentions(people["reviewer_b"], code, mark.mark_id, clock())
