"""Marks, releases rebuilt from kept text, and finding words again."""

from dataclasses import replace

import pytest

from testimony.domain.errors import Invalid, UnknownCode
from testimony.domain.matching import Span, occurrences
from testimony.domain.purposes import Audience
from testimony.domain.redaction import (
    Mark,
    MarkDecision,
    build_release,
    categories,
    category_of_kind,
    remaining_occurrences,
    require_valid_marks,
    suggest_from_protect,
    withheld_counts,
    withheld_strings,
)
from testimony.domain.statement import ProtectItem

TEXT = "Akli ag Wartan went to the market. Fadi saw Akli ag Wartan; Moussa did not."


def mark(text: str, words: str, category: str = "X.2", *, nth: int = 0, entity: str | None = None) -> Mark:
    at = -1
    for _ in range(nth + 1):
        at = text.index(words, at + 1)
    end = at + len(words)
    return Mark(f"m-{at}-{end}", at, end, category, Audience.PARTNER, MarkDecision.ACCEPTED, entity=entity)


def test_kept_text_is_kept_to_the_letter() -> None:
    text = "one\r\n\ttwo   Akli\u00a0 three\n"

    released = build_release(text, [mark(text, "Akli", "B.3")], Audience.PUBLIC)

    assert released == "one\r\n\ttwo   [person]\u00a0 three\n"


def test_one_person_has_one_number_inside_a_release() -> None:
    marks = (
        mark(TEXT, "Akli ag Wartan", entity="e-1"),
        mark(TEXT, "Fadi", entity="e-2"),
        mark(TEXT, "Akli ag Wartan", nth=1, entity="e-1"),
        mark(TEXT, "Moussa"),
    )

    released = build_release(TEXT, marks, Audience.PUBLIC)

    assert released == "[victim 1] went to the market. [victim 2] saw [victim 1]; [victim 3] did not."


def test_the_same_name_without_an_entity_is_the_same_person() -> None:
    marks = (mark(TEXT, "Akli ag Wartan"), mark(TEXT, "Akli ag Wartan", nth=1))

    released = build_release(TEXT, marks, Audience.PUBLIC)

    assert released.count("[victim 1]") == 2


def test_the_length_of_what_is_withheld_tells_nothing() -> None:
    short, long = "A saw it", "Abdoulaye-Mohamed saw it"

    releases = {
        build_release(text, [mark(text, text.removesuffix(" saw it"))], Audience.PUBLIC)
        for text in (short, long)
    }

    assert releases == {"[victim 1] saw it"}


def test_overlapping_marks_leave_nothing_between_them_and_one_token() -> None:
    text = "in Zone 4, Block 12, tent 318 now"
    marks = (
        mark(text, "Zone 4, Block 12", "B.1"),
        mark(text, "12, tent 318", "X.4"),
        mark(text, "Block", "B.3"),
    )

    released = build_release(text, marks, Audience.PUBLIC)

    assert released == "in [contact] now"


def test_touching_marks_stay_two() -> None:
    marks = (mark("AkliFadi", "Akli", "B.3"), mark("AkliFadi", "Fadi", "B.2"))

    assert build_release("AkliFadi", marks, Audience.PUBLIC) == "[person][relative]"


@pytest.mark.parametrize(
    ("withheld_from", "shown_to"),
    [
        (Audience.PUBLIC, {Audience.PARTNER, Audience.COURT}),
        (Audience.PARTNER, {Audience.COURT}),
        (Audience.COURT, set()),
    ],
)
def test_a_mark_is_kept_from_its_audience_and_from_every_wider_one(
    withheld_from: Audience, shown_to: set[Audience]
) -> None:
    marks = [replace(mark(TEXT, "Fadi"), withheld_from=withheld_from)]

    seen = {audience for audience in Audience if "Fadi" in build_release(TEXT, marks, audience)}

    assert seen == shown_to


def test_a_suggestion_nobody_looked_at_never_shows_its_text() -> None:
    undecided = replace(mark(TEXT, "Fadi"), decision=MarkDecision.PROPOSED)
    rejected = replace(mark(TEXT, "Moussa"), decision=MarkDecision.REJECTED)

    released = build_release(TEXT, [undecided, rejected], Audience.PUBLIC)

    assert "Fadi" not in released
    assert "Moussa" in released


@pytest.mark.parametrize(
    ("text", "cut", "left"),
    [
        ("re\u0301sume", (0, 2), "[person]sume"),
        ("x e\u0301", (3, 4), "x [person]"),
        ("a\U0001f468\u200d\U0001f469b", (1, 2), "a[person]b"),
        ("a\U0001f44d\U0001f3fdb", (2, 3), "a[person]b"),
        ("\U0001f1f2\U0001f1f1\U0001f1f2\U0001f1f7", (0, 1), "[person]\U0001f1f2\U0001f1f7"),
        ("كَتب", (0, 1), "[person]تب"),
        ("a\r\nb", (1, 2), "a[person]b"),
        ("각b", (0, 1), "[person]b"),
    ],
)
def test_a_cut_never_leaves_a_loose_mark(text: str, cut: tuple[int, int], left: str) -> None:
    made = Mark("m-1", *cut, "B.3", Audience.COURT, MarkDecision.ACCEPTED)

    assert build_release(text, [made], Audience.COURT) == left


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"start": -1}, "out_of_range"),
        ({"end": 999}, "out_of_range"),
        ({"start": 4, "end": 4}, "out_of_range"),
        ({"category": "A"}, "unknown_code"),
        ({"category": "Z.9"}, "unknown_code"),
        ({"replacement": "a man called AKLI"}, "repeats_withheld"),
        ({"replacement": "a\nb"}, "bad_character"),
        ({"replacement": "x" * 201}, "too_long"),
        ({"id": ""}, "twice"),
    ],
)
def test_a_mark_that_cannot_be_right_is_refused(changed: dict[str, object], problem: str) -> None:
    wrong = replace(mark(TEXT, "Akli"), **changed)  # type: ignore[arg-type]  # the table names fields and values

    with pytest.raises(Invalid) as invalid:
        build_release(TEXT, [wrong], Audience.PUBLIC)

    assert [one.code for one in invalid.value.problems] == [problem]


def test_two_marks_with_one_id_are_refused() -> None:
    with pytest.raises(Invalid):
        require_valid_marks(TEXT, [mark(TEXT, "Fadi"), mark(TEXT, "Fadi")])


def test_no_text_of_a_mark_is_in_its_repr_or_in_a_refusal() -> None:
    made = replace(mark(TEXT, "Akli"), replacement="Akli the herder")

    with pytest.raises(Invalid) as invalid:
        require_valid_marks(TEXT, [made])

    assert "Akli the" not in repr(made) + str(invalid.value)


@pytest.mark.parametrize(
    ("text", "needle", "spans"),
    [
        ("Akli, akli and AKLI", "Akli", [(0, 4), (6, 10), (15, 19)]),
        ("Aklinator Akli", "akli", [(10, 14)]),
        ("Traoré et Traore\u0301 et TRAORE", "traore", [(0, 6), (10, 17), (21, 27)]),
        ("Tin-Tassayt, Tin Tassayt, Tin\u2011Tassayt", "tin tassayt", [(0, 11), (13, 24), (26, 37)]),
        ("walet-Akli d'Akli Akli's", "Akli", [(6, 10), (13, 17), (18, 22)]),
        ("+223 10 55 21 84 or 10552184", "10 55 21 84", [(5, 16), (20, 28)]),
        ("call (+223) 10552184.", "+22310552184", [(5, 20)]),
        ("١٠٥٥٢١٨٤", "10552184", [(0, 8)]),
        ("وأكلي وأكْلي اكلي", "أكلي", [(1, 5), (7, 12), (13, 17)]),
        ("قال لأكلي", "أكلي", [(5, 9)]),
        ("أكليون", "أكلي", []),
        ("Straße STRASSE", "strasse", [(0, 6), (7, 14)]),
        ("Ak\u00adli A\u200bkli", "Akli", [(0, 5), (6, 11)]),
        ("Akli  ag\nWartan", "akli ag wartan", [(0, 15)]),
        ("Ɓamako Ŋoma", "bamako", [(0, 6)]),
        ("anything", "", []),
        ("anything", " - ", []),
        ("a b", "\u0301", []),
    ],
)
def test_words_are_found_however_they_are_written(
    text: str, needle: str, spans: list[tuple[int, int]]
) -> None:
    assert [(span.start, span.end) for span in occurrences(text, needle)] == spans


def test_every_mention_of_what_to_protect_is_suggested_and_nothing_is_decided() -> None:
    items = (ProtectItem("akli ag wartan", "RELATIVE_NAME"), ProtectItem("market", "X.4"))

    marks = suggest_from_protect(TEXT, items)

    assert [(one.start, one.category, one.withheld_from) for one in marks] == [
        (0, "B.2", Audience.COURT),
        (44, "B.2", Audience.COURT),
        (27, "X.4", Audience.PARTNER),
    ]
    assert {one.decision for one in marks} == {MarkDecision.PROPOSED}
    assert len({one.id for one in marks}) == 3
    assert marks[0].entity == marks[1].entity != marks[2].entity


def test_a_kind_that_is_usually_kept_is_still_protected_when_asked_for() -> None:
    assert category_of_kind("PERP_HANDLE").code == "B.5"
    with pytest.raises(UnknownCode):
        category_of_kind("NOT_A_KIND")


def test_counts_say_how_much_was_left_out_and_not_what() -> None:
    for_public = replace(mark(TEXT, "market", "X.5"), withheld_from=Audience.PUBLIC)
    marks = (mark(TEXT, "Fadi"), mark(TEXT, "Moussa"), for_public)

    assert withheld_counts(marks, Audience.PUBLIC) == {"X.2": 2, "X.5": 1}
    assert withheld_counts(marks, Audience.COURT) == {}


def test_the_second_reviewer_is_warned_of_a_name_left_elsewhere() -> None:
    marks = (mark(TEXT, "Akli ag Wartan"),)
    released = build_release(TEXT, marks, Audience.PUBLIC)

    left = remaining_occurrences(released, withheld_strings(TEXT, marks, Audience.PUBLIC))

    assert left == (Span(40, 54),)
    assert released[40:54] == "Akli ag Wartan"


def test_every_category_has_a_token_and_an_audience() -> None:
    assert len(categories()) == 45
    assert all(category.replacement.startswith("[") for category in categories().values())
    assert categories()["X.1"].withheld_from is Audience.PARTNER
