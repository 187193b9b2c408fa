"""How the finding room puts tokens, counts and limits into words."""

from collections.abc import Iterator
from datetime import date

import pytest
from flask import Flask

from search.results import Fragment, Reason, ReasonKind
from testimony.domain.purposes import READING_PURPOSES, Audience
from testimony.domain.vocabulary import load
from testimony.services.reading import ConsentLimits, Withheld
from testimony.web.finding_reasons import why_words
from testimony.web.finding_text import paragraphs, snippet_pieces
from testimony.web.finding_words import (
    AUDIENCES,
    CONDITIONS,
    PURPOSES,
    WARNINGS,
    html_language,
    limit_sentences,
    told_words,
    warning_words,
    withheld_sentence,
)


@pytest.fixture(autouse=True)
def speaking(app: Flask) -> Iterator[None]:
    with app.test_request_context("/"):
        yield


def test_tokens_of_the_vocabulary_are_marks_and_other_brackets_stay_the_witnesss_own() -> None:
    ((first, second, third, *rest),) = paragraphs("I saw [victim 12] and [the witness]; he said [sobs].")

    assert (first.text, first.is_token) == ("I saw ", False)
    assert (second.text, second.is_token) == ("victim 12", True)
    assert (third.text, [piece.text for piece in rest]) == (" and ", ["the witness", "; he said [sobs]."])
    assert [piece.is_token for piece in rest] == [True, False]


@pytest.mark.parametrize(
    ("fragments", "shown"),
    [
        ([("…he said [sobs] at the ", False), ("well", True)], "…he said [sobs] at the |well"),
        (
            [("the [", False), ("place", True), (" withheld] was dark", False)],
            "the |place withheld| was dark",
        ),
        ([("the ", False), ("well [place", True), (" withheld]", False)], "the |well |place withheld"),
    ],
)
def test_inside_a_token_of_an_excerpt_nothing_is_marked(
    fragments: list[tuple[str, bool]], shown: str
) -> None:
    pieces = snippet_pieces([Fragment(text, marked) for text, marked in fragments])

    assert "|".join(piece.text for piece in pieces) == shown


def test_an_account_that_came_redacted_does_not_say_that_nothing_was_withheld() -> None:
    assert withheld_sentence((), tokens=2).startswith("It was redacted before it came here.")


def test_all_spellings_of_one_name_stand_in_one_line() -> None:
    found = [Reason(ReasonKind.NAME_VARIANT, "Mohamed Elmoctar", word) for word in ("محمد", "المختار")]

    (line,) = why_words([*found, Reason(ReasonKind.EXACT, "well", "well"), found[0]])

    assert line.replace("\u2068", "").replace("\u2069", "") == (
        "“Mohamed Elmoctar” in another spelling: “محمد”, “المختار”"
    )


def test_every_token_a_release_can_hold_is_known() -> None:
    tokens = {term.columns["replacement_en"].replace(" n]", " 3]") for term in load("redaction").terms}

    for token in tokens:
        (((piece,)),) = paragraphs(token)
        assert piece.is_token, token


def test_blank_lines_part_paragraphs_and_single_breaks_stay_inside() -> None:
    text = "\n\nOne\nline.\n \t\n\nTwo.\n\n"

    assert [[piece.text for piece in paragraph] for paragraph in paragraphs(text)] == [
        ["One\nline."],
        ["Two."],
    ]


@pytest.mark.parametrize(
    ("withheld", "sentence"),
    [
        ((), "Nothing was withheld in this layer."),
        ((Withheld("X.1", 1),), "Withheld for safety: 1 mention of a person."),
        ((Withheld("A.6.1", 1), Withheld("B.2", 2)), "Withheld for safety: 3 mentions of people."),
        (
            (Withheld("X.4", 2), Withheld("A.1", 1), Withheld("X.8", 1)),
            "Withheld for safety: 3 places or dates, 1 detail.",
        ),
        ((Withheld("Z.9", 2),), "Withheld for safety: 2 details."),
    ],
)
def test_what_is_withheld_is_told_in_one_sentence(withheld: tuple[Withheld, ...], sentence: str) -> None:
    assert withheld_sentence(withheld, tokens=0) == sentence


def test_limits_name_the_conditions_and_the_days_on_which_the_text_closes() -> None:
    said = limit_sentences(ConsentLimits(("CC01",), date(2027, 2, 1), date(2026, 12, 31)))

    assert said[0] == "Never pass it to the state in which this happened."
    assert "31 December 2026" in said[1]
    assert "1 February 2027" in said[2]


@pytest.mark.parametrize(
    ("month", "words"),
    [("2025-11", "told in November 2025"), ("2025~", "told in 2025~"), (None, "month not known")],
)
def test_months_are_written_as_people_write_them(month: str | None, words: str) -> None:
    assert told_words(month) == words


def test_browsers_are_told_languages_by_the_tags_they_know() -> None:
    assert [html_language(code) for code in ("eng", "arb", "taq", "und")] == ["en", "ar", "taq", "und"]


def test_everything_that_can_be_chosen_read_or_warned_of_has_words() -> None:
    assert set(PURPOSES) == set(READING_PURPOSES)
    assert set(AUDIENCES) == set(Audience)
    assert set(WARNINGS) == set(load("warning").codes) - {"CW00"}
    assert set(CONDITIONS) <= set(load("consent_condition").codes)
    assert "nobody has noted" in warning_words(None)
