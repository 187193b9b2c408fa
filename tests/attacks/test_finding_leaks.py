"""What the gate refuses, looked for on every path out of the finding room. PEERS: hidden text and hidden fields
absent from list, facet, suggestion, similar texts, export, the command line's JSON, pages, addresses and logs.
"""

import csv
import io
import json
import logging
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from testimony.cli.commands import main
from testimony.domain.purposes import Purpose
from testimony.services.exporting_codes import export_codes
from testimony.services.finding import SearchPage, search
from testimony.services.reading import read_release
from testimony.services.search_requests import SearchRequest
from testimony.services.session_store import SessionStore
from testimony.services.signin import SignIn
from testimony.services.similar import similar
from testimony.services.throttling import Throttle
from testimony.storage.consents import DecisionRow
from testimony.web.factory import create_app
from testimony.web.finding import ROOM
from testimony.web.wiring import Services
from tests.released_testimonies import Shelf, open_shelf
from tests.services.conftest import PASSWORD, founded_template
from tests.web.conftest import Visitor

__all__ = ["founded_template"]

STUDY = Purpose.CP07
HIDDEN = "sesquipedalian"
"""A word of texts that are closed, and of layers above this reader's; it stands nowhere else."""

NEAR_IT = "sesquipedalion"
CLOSED_TEXT = f"The {HIDDEN} wells were poisoned before the rain; the lorries came from the north."
OPEN_TEXT = "The wells were poisoned before the rain; the lorries came from the north. We walked."
TELLING = {
    "act": ("SXV", "SXV.01"),
    "perp": ("PG07",),
    "basis": ("BA06",),
    "account": ("AT09",),
    "event": ("1999-02-03",),
}
"""What closed testimonies are coded as; no open one is."""


QUERIED = "zanzibarquadrille"


@pytest.fixture(scope="module")
def shelf(founded_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """Some that may be found, and one closed in every way, all with the same words around the hidden one."""
    shelf = open_shelf(founded_template, tmp_path_factory.mktemp("leaks") / "archive", 17)
    shelf.open_second_case()
    for number in range(12):
        shelf.describe(shelf.put(f"{OPEN_TEXT} Year {number}."), act=("PRO", "PRO.03"))
    register = {"language": "bam", "month": "1999-01", "attachments": 3}
    closed: list[dict[str, object]] = [
        {"register": {**register, "quarantined": 1}},
        {"register": {**register, "case_id": "CASE-2"}},
        {"register": register, "consent": {"status": "withdrawn"}},
        {"register": register, "decisions": (DecisionRow("CP07", "refused"),)},
        {"register": register, "release": {"audience": "court"}},
        {"register": register, "release": {"hides_named_details": 0, "residual_checked": 0}},
    ]
    for one in closed:
        shelf.describe(shelf.put(CLOSED_TEXT, **one), "Rape", **TELLING)  # type: ignore[arg-type]  # by name
    # Open in the layer for partners, with more in the one for courts.
    layered = shelf.put(f"{OPEN_TEXT} A layer.")
    shelf.release(shelf.row_of(layered), CLOSED_TEXT, audience="court")
    shelf.put(f"They came back. {QUERIED}")
    shelf.grant()
    return shelf


def ask(shelf: Shelf, query: str, *filters: tuple[str, str]) -> SearchPage:
    request = SearchRequest(query, filters=filters)
    return search(shelf.people["investigator"], request, STUDY, None, shelf.clock())


def open_codes(shelf: Shelf) -> set[str]:
    codes = {hit.code for hit in ask(shelf, "walked").hits}
    assert len(codes) == 13
    return codes


def test_the_hidden_word_is_there_for_whoever_may_read_it(founded_template: Path, tmp_path: Path) -> None:
    shelf = open_shelf(founded_template, tmp_path / "archive", 18)
    to_court = (DecisionRow("CP07", "granted"), DecisionRow("CP14", "granted"))
    code = shelf.put(OPEN_TEXT, decisions=to_court)
    shelf.release(shelf.row_of(code), CLOSED_TEXT, audience="court")
    shelf.grant(Purpose.CP07, Purpose.CP14)

    request, me = SearchRequest(HIDDEN), shelf.people["investigator"]
    study, court = (search(me, request, p, None, shelf.clock()) for p in (STUDY, Purpose.CP14))

    assert ([hit.code for hit in study.hits], [hit.code for hit in court.hits]) == ([], [code])


@pytest.mark.parametrize(
    "query",
    [HIDDEN, f"{HIDDEN}*", f"{NEAR_IT}~2", f"={HIDDEN}", "sesqu?pedalian", "language:bam", "month:1999-01"]
    + [f"{name}:{value}" for name, values in TELLING.items() for value in values]
    + ["rape", "attachment:yes", "audience:court", "case:CASE-2"],
)
def test_no_query_finds_or_counts_what_is_closed(shelf: Shelf, query: str) -> None:
    page = ask(shelf, query)

    assert (page.total, page.hits, page.facets) == (0, (), ())


def test_no_facet_counts_what_is_closed_and_no_value_of_it_is_named(shelf: Shelf) -> None:
    page = ask(shelf, "wells OR poisoned OR *")

    assert page.total == 14
    values = {(facet.field, value.value) for facet in page.facets for value in facet.values}
    hidden = {"bam", "1999-01", "1999", "court", "yes", "CASE-2"}.union(*TELLING.values())
    assert {value for _, value in values} & hidden == set()
    assert ("act", "PRO.03") in values
    assert "CASE-2" not in page.case_titles


@pytest.mark.parametrize("name", ["language", "act", "case", "month", "audience"])
def test_no_filter_that_was_made_up_reaches_what_is_closed(shelf: Shelf, name: str) -> None:
    value = {"language": "bam", "act": "SXV.01", "case": "CASE-2", "month": "1999-01", "audience": "court"}[
        name
    ]

    page = ask(shelf, "*", (name, value))

    assert (page.total, page.facets) == (0, ())


def test_no_suggestion_has_a_word_that_stands_only_in_what_is_closed(shelf: Shelf) -> None:
    for query in (NEAR_IT, f'"{NEAR_IT} wells"', f"wells {NEAR_IT}"):
        suggestion = ask(shelf, query).suggestion

        assert suggestion is None or HIDDEN not in suggestion


def test_no_similar_text_is_one_that_is_closed(shelf: Shelf) -> None:
    may_be_seen = open_codes(shelf)
    layered = next(hit.code for hit in ask(shelf, '"a layer"').hits)

    hits = similar(shelf.people["investigator"], layered, STUDY, shelf.clock())

    assert {hit.code for hit in hits} <= may_be_seen
    assert HIDDEN not in json.dumps([asdict(hit) for hit in hits])


def test_no_list_of_codes_has_one_that_is_closed(shelf: Shelf) -> None:
    answer = export_codes(shelf.people["investigator"], SearchRequest("*"), STUDY, shelf.clock()).decode()

    rows = list(csv.DictReader(io.StringIO(answer)))
    assert {row["code"] for row in rows} > open_codes(shelf) and len(rows) == 14
    assert {(row["audience"], row["case"], row["language"]) for row in rows} == {("partner", "CASE-1", "eng")}


def test_the_layer_above_is_in_no_text_that_is_read(shelf: Shelf) -> None:
    layered = next(hit.code for hit in ask(shelf, '"a layer"').hits)

    view = read_release(shelf.people["investigator"], layered, STUDY, shelf.clock())

    assert HIDDEN not in view.text
    assert view.notice.audience == "partner"


def test_the_command_line_gives_no_more(founded_template: Path, tmp_path: Path) -> None:
    shelf = open_shelf(founded_template, tmp_path / "archive", 19)
    shelf.clock.now = datetime.now(UTC)  # The command asks the clock on the wall.
    consent: dict[str, object] = {"review_due": f"{shelf.clock().year + 1}-12-31"}
    code = shelf.put(OPEN_TEXT, consent=consent)
    shelf.describe(shelf.put(CLOSED_TEXT, consent=consent, register={"quarantined": 1}), "Rape", **TELLING)
    shelf.release(shelf.row_of(code), CLOSED_TEXT, audience="court")
    shelf.grant()
    (tmp_path / "password").write_text(PASSWORD)
    call = ["search", str(tmp_path / "archive"), f"{HIDDEN} OR wells OR rape", "--json", "--purpose", "CP07"]

    result = CliRunner().invoke(
        main, [*call, "--as", "investigator-1", "--password-file", str(tmp_path / "password")]
    )

    document = json.loads(result.stdout)
    assert (document["count"], [hit["code"] for hit in document["hits"]]) == (1, [code])
    assert HIDDEN not in json.dumps(document["hits"])


@pytest.fixture
def reader(shelf: Shelf) -> Visitor:
    archive, throttle = shelf.people.archive, Throttle()
    door, store = SignIn(archive, throttle), SessionStore(archive)
    app = create_app(Services("Test archive", archive, door, throttle, store, shelf.clock), rooms=(ROOM,))
    client = app.test_client()
    client.environ_base["wsgi.url_scheme"] = "https"
    visitor = Visitor(client)
    visitor.sign_in("investigator")
    visitor.get("/finding/purpose")
    visitor.post("/finding/purpose", purpose="CP07")
    return visitor


def test_no_page_shows_a_hidden_word_a_hidden_value_or_their_number(reader: Visitor) -> None:
    reader.get("/finding/")
    page = reader.get(reader.post("/finding/search", query="wells").location)

    assert "13 testimonies" in page.text
    assert HIDDEN not in page.text
    for hidden in ("Bambara", "1999", "Sexual", "court layer", "with a file", "Case two"):
        assert hidden not in page.text


def test_the_words_of_a_query_are_in_no_address_no_log_and_no_header_whatever_is_done_with_it(
    reader: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    """Searched, narrowed, sorted, turned over, taken as codes, read: the word travels in bodies of forms alone."""
    word = QUERIED
    seen: list[str] = []
    caplog.set_level(logging.DEBUG)

    reader.get("/finding/")
    answer = reader.post("/finding/search", query=word)
    for step in ({"add": "language:eng"}, {"order": "newest"}, {"remove": "language:eng"}):
        seen.append(str(answer.headers))
        reader.get(answer.location)
        answer = reader.send(answer.location.split("#")[0] + "/change", dict(step))
    found = reader.get(answer.location)
    codes = reader.post(answer.location.split("#")[0] + "/codes")
    seen += [str(answer.headers), str(found.headers), str(codes.headers), codes.text, caplog.text]

    assert "1 testimony" in found.text and codes.status_code == 200
    assert not [each for each in seen if word in each]
    assert not [part for part in found.text.split('"') if part.startswith(("/", "?", "#")) and word in part]
    assert word not in found.text.split("<title>")[1].split("</title>")[0]
    assert found.headers["Referrer-Policy"] == "no-referrer"
    assert codes.headers["Cache-Control"] == "no-store"
    assert codes.headers["Content-Disposition"] == 'attachment; filename="testimony-codes.csv"'
