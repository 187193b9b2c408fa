"""Copies of text documents, on the real archive: read, decided, made anew, approved by another, released."""

import pytest

from testimony.domain.errors import Conflict, IntegrityFailed, Invalid, NotFound, NotYet, Refused
from testimony.domain.purposes import Audience, Purpose
from testimony.services.approving_files import FileTick, approve_copy, open_copy
from testimony.services.comparing_texts import compare_text
from testimony.services.derivatives import categories_of
from testimony.services.proposing import detect_nothing
from testimony.services.released_files import open_released, release_copy
from testimony.services.text_copies import SPELLING, Document, Withheld, make_text, open_text
from testimony.storage import derivatives
from tests.file_copies import copied, give_grant, released_text, with_photograph
from tests.media import documents
from tests.media.documents import HIDDEN
from tests.services.conftest import Clock, People

TOLD = "Tadfest kept the well. Akli ag Wartan drank. tadfest and Akly Ag Ouartane left for Inekar."
WELL_KEEPER = Withheld("Tadfest", "X.2")
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def handed_in(people: People, clock: Clock, told: str = TOLD) -> str:
    content = documents.docx(documents.paragraph(told))
    return with_photograph(people, clock, content, kind="XK04", mime=DOCX)


def opened(people: People, clock: Clock, code: str, *decided: Withheld) -> Document:
    return open_text(people["reviewer"], code, 1, decided, (), clock(), detect_nothing)


def made(
    people: People, clock: Clock, code: str, *withheld: Withheld, kept: tuple[str, ...] = ()
) -> tuple[str, str]:
    """The id of the copy made for partners, and its words."""
    seen = opened(people, clock, code)
    copy = make_text(people["reviewer"], code, 1, Audience.PARTNER, withheld, kept, seen.sha256, clock())
    _, content = open_copy(people["reviewer_b"], copy, clock())
    return copy, content.decode()


def test_words_are_withheld_wherever_the_document_says_them(people: People, clock: Clock) -> None:
    code = handed_in(people, clock)

    copy, text = made(people, clock, code, WELL_KEEPER)

    assert text.startswith("[victim] kept the well.") and "[victim] and Akly" in text
    assert "tadfest" not in text.lower() and HIDDEN not in text
    with people["reviewer"].reading() as connection:
        row = derivatives.find_derivative(connection, copy)
    assert row is not None and row.mime == "text/plain" and categories_of(row) == ("X.2", "X.2")
    assert "Tadfest" not in row.parameters


def test_another_spelling_of_a_withheld_name_is_decided_before_a_copy_is_made(
    people: People, clock: Clock
) -> None:
    code = handed_in(people, clock)
    name = Withheld("Akli ag Wartan", "X.2")

    proposed = opened(people, clock, code, name).suggested
    with pytest.raises(Invalid) as refused:
        made(people, clock, code, name)
    _, text = made(people, clock, code, name, *(Withheld(one.words, "X.2") for one in proposed))

    told = {one.words: (one.category, one.detector) for one in proposed}
    assert told["Akly"] == told["Ouartane"] == ("X.2", SPELLING)
    assert [problem.code for problem in refused.value.problems] == ["spelling_undecided"]
    assert "Akl" not in text and "artan" not in text.lower()


def test_a_spelling_may_be_left_in_by_word(people: People, clock: Clock) -> None:
    code = handed_in(people, clock)

    _, text = made(people, clock, code, Withheld("Akli ag Wartan", "X.2"), kept=("Akly", "Ouartane"))

    assert "Akly Ag Ouartane left" in text


def test_words_that_the_document_does_not_say_withhold_nothing_silently(people: People, clock: Clock) -> None:
    code = handed_in(people, clock)

    with pytest.raises(Invalid) as refused:
        made(people, clock, code, Withheld("Tatfest", "X.2"))

    assert [problem.code for problem in refused.value.problems] == ["not_in_text"]


def test_a_copy_is_made_only_of_the_text_that_was_seen(people: People, clock: Clock) -> None:
    code = handed_in(people, clock)

    with pytest.raises(Conflict):
        make_text(people["reviewer"], code, 1, Audience.PARTNER, (WELL_KEEPER,), (), "0" * 64, clock())


def test_detectors_propose_and_nothing_of_theirs_is_applied_alone(people: People, clock: Clock) -> None:
    code = handed_in(people, clock, "Call me on +223 10 55 21 84. I live in Inekar.")

    seen = open_text(people["reviewer"], code, 1, (), (), clock())
    _, text = made(people, clock, code)

    assert ("+223 10 55 21 84", "B.1") in {(one.words, one.category) for one in seen.suggested}
    assert "+223 10 55 21 84" in text


def test_who_made_a_text_copy_cannot_approve_it_and_another_can(people: People, clock: Clock) -> None:
    code = handed_in(people, clock)
    released_text(people, clock, code)
    copy, text = made(people, clock, code, WELL_KEEPER)
    ticks = frozenset({FileTick.NOBODY_RECOGNISED})

    open_copy(people["reviewer"], copy, clock())
    with pytest.raises(Refused):
        approve_copy(people["reviewer"], copy, ticks, clock())
    with pytest.raises(NotYet):
        approve_copy(people["reviewer_b"], copy, ticks, clock())
    compare_text(people["reviewer_b"], copy, clock())
    with pytest.raises(NotYet):
        approve_copy(people["reviewer_b"], copy, ticks, clock())
    open_copy(people["reviewer_b"], copy, clock())
    approve_copy(people["reviewer_b"], copy, ticks, clock())
    release_copy(people["reviewer_b"], copy, clock())
    give_grant(people, clock)
    read = open_released(people["investigator"], code, 1, Purpose.CP07, clock())

    assert read.content.decode() == text and read.file.mime == "text/plain"


def test_a_file_that_is_no_text_is_refused_in_words(people: People, clock: Clock) -> None:
    code = with_photograph(people, clock)

    with pytest.raises(Invalid) as refused:
        opened(people, clock, code)

    assert [(p.field, p.code) for p in refused.value.problems] == [("document", "not_supported")]


def test_a_second_reviewer_sees_original_and_result_with_every_place_that_is_withheld(
    people: People, clock: Clock
) -> None:
    code = handed_in(people, clock)
    copy, text = made(
        people, clock, code, WELL_KEEPER, Withheld("Akli ag Wartan", "X.2"), kept=("Akly", "Ouartane")
    )

    seen = compare_text(people["reviewer_b"], copy, clock())

    assert seen.released == text and seen.copy.may_approve
    assert [seen.original[mark.start : mark.end] for mark in seen.marks] == [
        "Tadfest",
        "Akli ag Wartan",
        "tadfest",
    ]
    assert {text[span.start : span.end] for span in seen.alike} >= {"Akly", "Ouartane"}
    assert seen.remaining == ()


@pytest.mark.parametrize(
    ("withheld", "kept"),
    [
        ((Withheld("Akli ag Wartan drank", "X.2"), Withheld("Akli ag Wartan", "X.3")), ("Akly", "Ouartane")),
        ((Withheld("kept the", "X.4"), Withheld("the well", "X.3")), ()),
        ((Withheld("Tadfest kept", "X.4"), Withheld("tadfest", "X.2")), ()),
    ],
)
def test_words_that_overlap_compare_with_the_copy_that_was_made_of_them(
    people: People, clock: Clock, withheld: tuple[Withheld, ...], kept: tuple[str, ...]
) -> None:
    code = handed_in(people, clock)
    copy, text = made(people, clock, code, *withheld, kept=kept)

    assert compare_text(people["reviewer_b"], copy, clock()).released == text


def test_a_copy_that_its_marks_do_not_make_is_not_shown_beside_the_original(
    people: People, clock: Clock
) -> None:
    code = handed_in(people, clock)
    copy, _ = made(people, clock, code, WELL_KEEPER)
    with people["reviewer"].work(clock()) as work:
        other = derivatives.DERIVATIVES.update().values(parameters='{"spans":[],"text_sha256":"0"}')
        work.connection.execute(other)

    with pytest.raises((Conflict, IntegrityFailed)):
        compare_text(people["reviewer_b"], copy, clock())


def test_only_a_copy_of_words_is_compared_as_words(people: People, clock: Clock) -> None:
    code = with_photograph(people, clock)

    with pytest.raises(NotFound):
        compare_text(people["reviewer_b"], copied(people, clock, code), clock())
