"""How what people type is read, and that the page can say so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from whoosh.qparser import QueryParser

from search.dates import NotADate, Span, span_of
from search.explanations import Repair
from search.grammar import parser_for
from search.queries import parse
from search.results import PageKey, PageRequest
from search.tree import And, Fuzzy, Name, Not, Or, Pattern, Phrase, Prefix, Word
from tests.search_index import FIELDS


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("well burned", "well AND burned"),
        ("well OR fire", "well OR fire"),
        ("well NOT fire", "well AND NOT fire"),
        ("a b OR c d", "a AND (b OR c) AND d"),
        ("“the well”", '"the well"'),
        ("« le puits »", '"le puits"'),
        ('"a b"~3', '"a b"~3'),
        ('"a b"~1', '"a b"~1'),
        ("=burned", "=burned"),
        ('="burned down"', '"burned down"'),
        ("wel*", "wel*"),
        ("w?lls", "w?lls"),
        ("*lls", "*lls"),
        ("well~", "well~1"),
        ("well~2/3", "well~2/3"),
        ("well~9", "well~2"),
        ("well^3 fire", "well^3 AND fire"),
        ("(well fire)^2 camp", "well^2 AND fire^2 AND camp"),
        ("saint-louis", '"saint louis"'),
        ("where are the wells?", "where AND are AND the AND wells"),
        ("name:Elmoctar", 'name:"Elmoctar"'),
        ('name:"ag Elmoctar"', 'name:"ag Elmoctar"'),
        ("language:fra", 'language:"fra"'),
        ("month:[2025-01 to 2025-06]", "month:[2025-01 to 2025-06]"),
        ("month:{2025 TO]", "month:{2025 to]"),
        ("code:T-00*", "code:T-00*"),
        ("unknown:thing", '"unknown thing"'),
        ("*", "*"),
        ("l'eau", "l'eau"),
    ],
)
def test_a_query_is_read_and_written_out_in_full(typed: str, read: str) -> None:
    explanation = parse(typed, FIELDS).explanation

    assert (explanation.text, explanation.repairs) == (read, ())


@pytest.mark.parametrize(
    ("typed", "read", "repair"),
    [
        ('"the well', "the AND well", Repair.UNCLOSED_QUOTE),
        ("(well fire", "well AND fire", Repair.UNBALANCED_GROUP),
        ("well) fire", "well AND fire", Repair.UNBALANCED_GROUP),
        ("well AND", "well AND AND", Repair.OPERATOR_AS_WORD),
        ("OR well", "OR AND well", Repair.OPERATOR_AS_WORD),
        ("[a to b]", "a AND to AND b", Repair.RANGE_AS_WORDS),
        ("NOT NOT NOT", "NOT AND NOT AND NOT", Repair.READ_AS_WORDS),
        ("", "", Repair.NOTHING_TO_FIND),
        ("… ?!", "", Repair.NOTHING_TO_FIND),
        ('""', "", Repair.NOTHING_TO_FIND),
    ],
)
def test_what_is_not_syntax_is_read_as_words_and_said_to_be(typed: str, read: str, repair: Repair) -> None:
    explanation = parse(typed, FIELDS).explanation

    assert explanation.text == read
    assert repair in explanation.repairs
    assert not explanation.understood


def test_the_reading_is_a_tree_a_page_can_put_into_its_own_words() -> None:
    query = parse('well (fire OR NOT "le puits"~2) wel* w?lls well~ name:Ali', FIELDS)

    assert query.explanation.reading == And(
        (
            Word("well"),
            Or((Word("fire"), Not(Phrase(("le", "puits"), slop=2)))),
            Prefix(("wel",)),
            Pattern("w?lls"),
            Fuzzy("well", 1, 1),
            Name(("Ali",)),
        )
    )


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("2025", Span("2025-01-01", "2025-12-31")),
        ("2024-02", Span("2024-02-01", "2024-02-29")),
        ("2025-05-17", Span("2025-05-17", "2025-05-17")),
        ("2024-11~", Span("2024-10-12", "2024-12-20")),
        ("2024-11-14?", Span("2024-11-11", "2024-11-17")),
        ("2024%", Span("2023-07-05", "2025-06-29")),
        ("2024-XX", Span("2024-01-01", "2024-12-31")),
        ("2024-22", Span("2024-07-01", "2024-09-30")),
        ("2024-24~", Span("2024-10-02", "2025-03-30")),
        ("[2024-11-14,2024-11-21]", Span("2024-11-14", "2024-11-21")),
        ("2024-11/2025-02-03", Span("2024-11-01", "2025-02-03")),
        ("../2025", Span("0000-00-00", "2025-12-31")),
        ("2025/..", Span("2025-01-01", "9999-99-99")),
        ("٢٠٢٥-٠٥", Span("2025-05-01", "2025-05-31")),
    ],
)
def test_a_date_is_the_days_it_may_mean(text: str, span: Span) -> None:
    assert span_of(text) == span


@pytest.mark.parametrize("text", ["", "yesterday", "2025-5", "20251", "2025-05-17T10:00", "2025/2026/2027"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(NotADate):
        span_of(text)


@pytest.mark.parametrize("key", [PageKey(1.25, 7), PageKey("2025-05", -3), PageKey(1e-6, 2**62)])
def test_a_page_key_survives_a_form(key: PageKey) -> None:
    assert PageKey.from_text(key.to_text()) == key


@pytest.mark.parametrize(
    "text",
    ["", "x", "[]", "[1]", "[1,2,3]", "{}", '[1,"2"]', "[null,1]", "[true,1]", "[1,true]", "[NaN,1]", "[1e999,1]",
     f"[1,{2**63}]", "[[1],1]", "[" * 5000],
)  # fmt: skip
def test_a_page_key_that_is_not_ours_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # json's own message or ours
        PageKey.from_text(text)


@pytest.mark.parametrize("size", [0, -1, 1001])
def test_a_page_has_a_size_within_reason(size: int) -> None:
    with pytest.raises(ValueError, match="hits"):
        PageRequest(size=size)


_PIECES = (
    "well",
    "l'eau",
    "بئر",
    "name:",
    "language:",
    "unknown:",
    "=",
    '"',
    "~",
    "~2",
    "^2",
    "*",
    "?",
    "(",
    ")",
    "[",
)
_MORE = ("]", "{", "}", "AND", "OR", "NOT", "TO", "to", " ", " ", "_", "-", ":", "1", "é", "\u0301")


@given(st.lists(st.sampled_from(_PIECES + _MORE), max_size=14).map("".join))
def test_syntax_is_found_where_whooshs_own_parser_finds_it(typed: str) -> None:
    parser = parser_for((*FIELDS, "language", "name"))

    found = parser.tag(typed)

    assert [_shown(node) for node in found] == [_shown(node) for node in QueryParser.tag(parser, typed)]


def _shown(node: object) -> tuple[str, str]:
    return type(node).__name__, repr(node)
