"""What a script is told of an act makes of the page before it the page after it, whatever the marks."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testimony.domain.purposes import Audience
from testimony.domain.redaction import Mark, MarkDecision
from testimony.domain.tokens import PLAIN
from testimony.web import review_panes
from testimony.web.review_panes import (
    Paragraph,
    Segment,
    as_json,
    mark_lines,
    original_paragraphs,
    result_paragraphs,
)
from testimony.web.review_patches import patches

TEXTS = st.text(alphabet=st.sampled_from("ab \n\ré\u0301ي👍🏽"), min_size=1, max_size=40)


@st.composite
def accounts(draw: st.DrawFn) -> tuple[str, tuple[Mark, ...], tuple[Mark, ...]]:
    """A text with two sets of marks over it, some of which are the same."""
    text = draw(TEXTS)
    marks = draw(st.lists(_marks(text), max_size=7, unique_by=lambda mark: mark.id))
    others = draw(st.lists(_marks(text), max_size=4, unique_by=lambda mark: mark.id))
    replaced = {mark.id: mark for mark in (*marks, *others)}
    for mark_id in draw(st.sets(st.sampled_from("pqrstu"))):
        replaced.pop(mark_id, None)
    return text, _in_order(marks), _in_order(replaced.values())


def _marks(text: str) -> st.SearchStrategy[Mark]:
    places = st.tuples(st.integers(0, len(text) - 1), st.integers(1, 9))
    return st.builds(
        lambda mark_id, place, category, audience, decision, entity: Mark(
            mark_id, place[0], min(sum(place), len(text)), category, audience, decision, entity=entity
        ),
        st.sampled_from("pqrstuvwx"),
        places,
        st.sampled_from(("X.1", "X.2")),
        st.sampled_from(Audience),
        st.sampled_from(MarkDecision),
        st.sampled_from((None, "one", "two")),
    )


def _in_order(marks: Any) -> tuple[Mark, ...]:
    return tuple(sorted(marks, key=lambda mark: (mark.start, mark.end, mark.id)))


def redrawn(shown: tuple[Paragraph, ...], windows: Any, tokens: dict[str, str]) -> tuple[Paragraph, ...]:
    """What the script does with a pane."""
    for start, end, drawn in windows:
        made = tuple(
            Paragraph(at, tuple(Segment(*segment) for segment in segments)) for at, segments in drawn
        )
        shown = (*(p for p in shown if p.start < start), *made, *(p for p in shown if p.start >= end))
    return tuple(
        Paragraph(p.start, tuple(_renumbered(segment, tokens) for segment in p.segments)) for p in shown
    )


def _renumbered(segment: Segment, tokens: dict[str, str]) -> Segment:
    if segment.kind not in ("token", "suggested") or segment.mark not in tokens:
        return segment
    text = tokens[segment.mark]
    return Segment(text, segment.start, segment.mark, segment.kind, text)


def relisted(shown: list[dict[str, object]], told: Any) -> list[dict[str, object]]:
    """What the script does with the list."""
    shown = [line for line in shown if line["id"] not in told["gone"]]
    for line in told["marks"]:
        shown = [one for one in shown if one["id"] != line["id"]]
        ids = [one["id"] for one in shown]
        shown.insert(ids.index(line["behind"]) + 1 if line["behind"] else 0, line)
    return [{name: value for name, value in line.items() if name != "behind"} for line in shown]


@given(account=accounts(), audience=st.sampled_from(Audience))
def test_a_patched_page_is_the_page_that_would_be_made_anew(
    account: tuple[str, tuple[Mark, ...], tuple[Mark, ...]], audience: Audience
) -> None:
    text, before, after = account

    with pytest.MonkeyPatch.context() as outside_a_request:
        outside_a_request.setattr(review_panes, "current_language", lambda: "en")
        told: Any = patches(text, before, after, audience, PLAIN)
        lines, lines_after = ([as_json(line) for line in mark_lines(text, side)] for side in (before, after))

    assert redrawn(original_paragraphs(text, before, audience), told["original"], {}) == original_paragraphs(
        text, after, audience
    )
    assert redrawn(
        result_paragraphs(text, before, audience, PLAIN), told["result"], told["tokens"]
    ) == result_paragraphs(text, after, audience, PLAIN)
    assert relisted(lines, told) == lines_after
