"""Attacks through the search box and on what the index keeps."""

import json
from pathlib import Path

import pytest
from sqlalchemy import Connection

from search.access import Access
from search.documents import Document, Label
from search.errors import CostReason
from search.index import Index
from search.queries import QueryTooCostly, parse
from search.results import PageRequest
from tests.decrypting import decrypted
from tests.search_index import EVERYTHING, FIELDS, KEY, SCHEMA, found, open_index, search, texts

HOSTILE = (
    "' OR 1=1 --",
    '") OR doc.id IN (SELECT 1) --',
    "exact : well",
    "{exact} : well",
    "NEAR(well burn, 5)",
    '"well" * OR rowid:1',
    "search_text MATCH 'x'",
    ":search_match",
    ":allowed",
    "well\x00burn",
    "\ud800 lone surrogate",
    "NOT NOT NOT",
    "AND OR NOT",
    "((((((((((",
    "))))(((",
    '"""""""',
    "*?*?*",
    "^^^5",
    "~~~9/9",
    "[to to to]",
    "{[}] to [{",
    "language:language:language:",
    "month:[2025 to",
    "month:nonsense",
    "month:[99999999 to -1]",
    "name:",
    'name:"ag ag ag"',
    "name:*",
    "=",
    '=""',
    "-well +burn",
    "\u202ewell\u202c",
    "\u0301\u0301\u0301",
    "İıſK",
    "ﷺ",
    "🏳️‍🌈 👩‍👩‍👧‍👦",
)


@pytest.mark.parametrize("typed", HOSTILE)
def test_hostile_input_is_read_as_something_and_answered(typed: str) -> None:
    with open_index(None, *texts("the well burned", "a village")) as opened:
        page = search(opened, typed)

    assert page.total == len(page.hits)


def test_a_list_of_naughty_strings_is_answered_or_refused_as_too_costly(
    naughty_strings: tuple[str, ...],
) -> None:
    with open_index(None, *texts("the well burned", *naughty_strings)) as opened:
        outcomes = {_outcome(opened, typed) for typed in naughty_strings}

    assert outcomes <= {
        "answered",
        CostReason.LENGTH,
        CostReason.TERMS,
        CostReason.DEPTH,
        CostReason.EXPANSIONS,
    }


@pytest.fixture
def naughty_strings() -> tuple[str, ...]:
    """Max Woolf's Big List of Naughty Strings, where a copy lies beside the project."""
    path = Path(__file__).parents[3] / "shared/data/security/blns.json"
    if not path.exists():
        pytest.skip("no copy of the list here")
    return tuple(json.loads(path.read_text(encoding="utf-8")))


def _outcome(opened: tuple[Connection, Index], typed: str) -> str:
    try:
        search(opened, typed)
    except QueryTooCostly as refused:
        return refused.reason
    return "answered"


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("well " * 500, CostReason.LENGTH),
        ("w " * 65, CostReason.TERMS),
        ("(" * 13 + "well" + ")" * 13, CostReason.DEPTH),
        ("[" * 25, CostReason.TERMS),
        ('name:"' + "Хахими " * 9 + '"', CostReason.TERMS),
    ],
)
def test_a_query_beyond_bounds_is_refused_before_it_runs(typed: str, reason: CostReason) -> None:
    with pytest.raises(QueryTooCostly) as refused:
        parse(typed, FIELDS)

    assert refused.value.reason is reason


def test_a_pattern_that_fits_too_many_words_is_refused() -> None:
    many = " ".join(f"a{number}b" for number in range(1200))

    with open_index(None, *texts(many)) as opened, pytest.raises(QueryTooCostly) as refused:
        search(opened, "a*b")

    assert refused.value.reason is CostReason.EXPANSIONS


def test_patterns_share_one_bound_on_words() -> None:
    words = " ".join(f"{letter}{number}z" for letter in "abcdefgh" for number in range(300))

    with open_index(None, *texts(words)) as opened, pytest.raises(QueryTooCostly) as refused:
        search(opened, " OR ".join(f"{letter}*z" for letter in "abcdefgh"))

    assert refused.value.reason is CostReason.EXPANSIONS


@pytest.mark.parametrize(
    "typed",
    [
        " OR ".join(f"well{number}" for number in range(63)) + " OR well",
        "well " + " ".join(f"NOT fire{number}" for number in range(63)),
        "(NOT " * 10 + "(well OR fire)" + ")" * 10 + " OR well",
        " OR ".join(f'"well {number}"~9' for number in range(31)) + " OR well",
        'name:"' + "Хахими " * 8 + '" OR well',
    ],
)
def test_a_query_at_the_bounds_is_answered(typed: str) -> None:
    with open_index(None, *texts("the well", "a village")) as opened:
        assert 1 in found(opened, typed)


def test_a_search_that_runs_too_long_is_stopped_and_the_connection_works_on() -> None:
    with open_index(None, *texts(*("a quiet well" for _ in range(400)))) as (connection, _):
        ticks = iter(range(1_000_000))
        hurried = Index(SCHEMA, seconds=1, clock=lambda: float(next(ticks)))

        with pytest.raises(QueryTooCostly) as refused:
            hurried.search(connection, parse("well", FIELDS), EVERYTHING, PageRequest())
        after = found((connection, Index(SCHEMA)), "well")

    assert refused.value.reason is CostReason.TIME
    assert len(after) == 400


def test_no_query_reaches_past_the_access_predicate() -> None:
    nothing = Access("doc.id = :only", {"only": 2}, "")
    typed = (
        "well OR village",
        "NOT nothing",
        "*",
        "doc.id:1 OR 1=1",
        "well) OR (village",
        "well OR month:[1 to 2]",
    )

    with open_index(None, *texts("the well", "the village")) as opened:
        seen = [found(opened, query, nothing) for query in typed]

    assert set().union(*seen) == {2}


def test_an_access_that_is_empty_or_takes_our_parameters_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="predicate"):
        Access("  ", {}, "")
    with pytest.raises(ValueError, match="search_"):
        Access("doc.id = :search_match", {"search_match": "x"}, "")


TELLING = "The men from Zebulonwell, led by Amastanquarq, asked for قهرماناتنا by name."
TRACES = (
    "zebulonwel",
    "Zebulonwell",
    "mst\ue000amastanquarq",
    "amastanquarq",
    "قهرماناتنا",
    "qx-77031",
    "2031-07",
    "Quillonbrand",
    "quillonbrand",
)
CODED = (Label("Quillonbrand of wells", "eng"),)


def test_a_removed_text_is_in_no_page_of_the_file(tmp_path: Path) -> None:
    told = Document(7, TELLING, "eng", {"code": ("QX-77031",), "month": ("2031-07",)}, CODED)
    # Enough neighbours for terms to be spread over pages that are split, merged and freed.
    others = texts(*(f"A quiet village number {number} told of wells and rain." for number in range(400)))
    with open_index(tmp_path, *(document for document in others if document.id != 7), told) as (
        connection,
        index,
    ):
        before = decrypted(tmp_path / "reading_room.db", KEY)

        connection.exec_driver_sql("BEGIN IMMEDIATE")
        index.remove(connection, 7)
        connection.exec_driver_sql("COMMIT")
        after = decrypted(tmp_path / "reading_room.db", KEY)

    assert [trace for trace in TRACES if trace.encode() not in before] == []
    assert [trace for trace in TRACES if trace.encode() in after] == []


def test_a_replaced_text_leaves_nothing_of_its_first_form(tmp_path: Path) -> None:
    with open_index(tmp_path, Document(7, TELLING * 20, "eng", {"code": ("QX-77031",)})) as (
        connection,
        index,
    ):
        before = decrypted(tmp_path / "reading_room.db", KEY)

        connection.exec_driver_sql("BEGIN IMMEDIATE")
        index.put(connection, Document(7, "The men from ███, led by ███.", "eng", {"code": ("T-1",)}))
        connection.exec_driver_sql("COMMIT")
        after = decrypted(tmp_path / "reading_room.db", KEY)

    assert b"zebulonwel" in before
    assert [trace for trace in TRACES if trace.encode() in after] == []


def test_a_removed_word_is_no_longer_in_the_vocabulary_patterns_are_spelled_from() -> None:
    with open_index(None, *texts("Zebulonwell burned", "a village")) as opened:
        connection, index = opened
        meant = index.suggest(connection, parse("zebulonwelt", FIELDS), EVERYTHING)
        index.remove(connection, 1)

        after = found(opened, "zeb*") | found(opened, "z?bulonwell") | found(opened, "zebulonwel~")
        suggested = index.suggest(connection, parse("zebulonwelt", FIELDS), EVERYTHING)
        words = connection.exec_driver_sql(
            "SELECT term FROM reading_room.search_vocabulary UNION ALL SELECT term FROM reading_room.search_terms"
        ).scalars()
        left = [word for word in words if "ebulonwel" in word or "burn" in word]

    assert meant is not None
    assert suggested is None
    assert after == set()
    assert left == []


def test_nothing_that_is_printed_of_a_query_or_a_document_tells_its_words() -> None:
    printed = repr(parse("Zebulonwell", FIELDS)) + repr(Document(1, TELLING, "eng", {"code": ("QX-77031",)}))

    assert [trace for trace in TRACES if trace.lower() in printed.lower()] == []


def test_what_costs_too_much_is_refused_without_repeating_the_query() -> None:
    with pytest.raises(QueryTooCostly) as refused:
        parse("Zebulonwell " * 400, FIELDS)

    assert "ebulon" not in f"{refused.value!r}{refused.value}"
