"""The index in a real encrypted file: what is found, in which order, and what a hit shows."""

import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from sqlalchemy import Connection

from search import apart
from search.access import Access
from search.apart import AnalysisApart, Gone
from search.documents import Document, Label
from search.index import Index
from search.queries import FieldKind, Labels, parse
from search.results import FacetCount, Fragment, Hit, Order, PageRequest, Reason, ReasonKind
from search.writing import BATCH, FEW_BATCHES
from tests.search_index import EVERYTHING, SCHEMA, found, open_index, search, texts

ACCOUNTS = (
    Document(
        1,
        "Armed men burned the wells near Saint-Louis. Muhammad Ag El Moctar saw them.",
        "eng",
        {"code": ("T-0001",), "month": ("2025-01",)},
    ),
    Document(
        2,
        "Ils ont brûlé le puits et l'eau était perdue ; Mohamed ag Elmoctar a tout vu.",
        "fra",
        {"code": ("T-0002",), "month": ("2025-02",)},
    ),
    Document(
        3,
        "قال محمد اغ المختار إن الجنود أحرقوا القرية والبئر.",
        "arb",
        {"code": ("T-0003",), "month": ("2024-11/2025-01",)},
    ),
    Document(4, "Мохамед видел солдат у колодца.", "rus", {"code": ("X-0004",), "month": ("2023",)}),
    Document(5, "Saaraw, Ali M. Traoré ye ji bɔ.", "bam", {"code": ("X-0005",)}),
)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Connection, Index]]:
    with open_index(tmp_path_factory.mktemp("index"), *ACCOUNTS) as opened:
        yield opened


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("well", {1}),
        ("burning", {1}),
        ("=well", set()),
        ("=wells", {1}),
        ('"the wells"', {1}),
        ('"the well"', set()),
        ("bruler", {2}),
        ("eau", {2}),
        ("l’eau", {2}),
        ('"l\'eau était"', {2}),
        ("قرية", {3}),
        ("بالقُرى OR القريه", {3}),
        ("جنود", {3}),
        ("солдаты", {4}),
        ("bo ji", {5}),
        ("saint-louis", {1}),
        ('"men wells"~3', {1}),
        ('"men wells"~1', set()),
        ("wel*", {1}),
        ("w?lls", {1}),
        ("*lls", {1}),
        ("welks~", {1}),
        ("NOT (wells OR puits)", {3, 4, 5}),
        ("wells OR NOT language:fra", {1, 3, 4, 5}),
        ("language:fra", {2}),
        ("code:T-0002", {2}),
        ("code:t-0002", {2}),
        ("code:T-00*", {1, 2, 3}),
        ("code:[T-0002 to T-0003]", {2, 3}),
        ("month:2025", {1, 2, 3}),
        ("month:2025-01", {1, 3}),
        ("month:[2024-12 to 2025-01-15]", {1, 3}),
        ("month:{2025-01 to]", {2}),
        ("month:[to 2024]", {3, 4}),
        ("month:soon", set()),
        ("brûlé month:[2025 to]", {2}),
        ("nothing", set()),
    ],
)
def test_a_query_finds_the_accounts_it_means(
    opened: tuple[Connection, Index], query: str, ids: set[int]
) -> None:
    assert found(opened, query) == ids


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ('name:"Mohamed ag Elmoctar"', {1, 2, 3}),
        ('name:"Elmoctar Mohamed"', {1, 2, 3}),
        ('name:"محمد المختار"', {1, 2, 3}),
        ("name:Muhammad", {1, 2, 3, 4}),
        ("name:Мохамед", {1, 2, 3, 4}),
        ('name:"M. Elmoctar"', {1, 2, 3}),
        ('name:"Ali Moussa Traore"', {5}),
        ('name:"Mamadou Traore"', {5}),
        ('name:"Bakary Traore"', set()),
        ('name:"Ali Bakary"', set()),
        ("name:soldiers", set()),
        ("name:Zebulon", set()),
    ],
)
def test_a_name_is_found_however_it_is_spelled(
    opened: tuple[Connection, Index], query: str, ids: set[int]
) -> None:
    assert found(opened, query) == ids


def test_a_hit_says_which_word_answers_and_why(opened: tuple[Connection, Index]) -> None:
    (english,) = search(opened, "burning wells").hits
    (arabic,) = search(opened, 'name:"Mohamed" language:arb').hits

    assert english.reasons == (
        Reason(ReasonKind.INFLECTION, "burning", "burned"),
        Reason(ReasonKind.EXACT, "wells", "wells"),
    )
    assert arabic.reasons == (Reason(ReasonKind.NAME_VARIANT, "Mohamed", "محمد"),)
    assert Fragment("محمد", marked=True) in arabic.snippet


def test_a_snippet_put_together_is_the_text(opened: tuple[Connection, Index]) -> None:
    (hit,) = search(opened, "قرية").hits

    assert "".join(fragment.text for fragment in hit.snippet) == ACCOUNTS[2].text


def test_the_nearer_text_comes_first_and_a_boost_can_turn_it() -> None:
    with open_index(None, *texts("fire camp camp", "well well camp", *["rain"] * 5)) as opened:
        plain = [hit.id for hit in search(opened, "fire OR well").hits]
        boosted = [hit.id for hit in search(opened, "fire^5 OR well").hits]

    assert plain == [2, 1]
    assert boosted == [1, 2]


@pytest.mark.parametrize(
    ("order", "ids"),
    [
        (Order("code", descending=True), [5, 4, 3, 2, 1]),
        (Order("code", descending=False), [1, 2, 3, 4, 5]),
        (Order("month", descending=True), [2, 3, 1, 4, 5]),
        (Order("month", descending=False), [4, 1, 3, 2, 5]),
        (Order("nowhere"), [5, 4, 3, 2, 1]),
    ],
)
def test_hits_come_in_the_order_of_a_field(
    opened: tuple[Connection, Index], order: Order, ids: list[int]
) -> None:
    whole = search(opened, "*", PageRequest(order=order))
    first = search(opened, "*", PageRequest(size=3, order=order))
    second = search(opened, "*", PageRequest(size=3, order=order, after=first.next_key))

    assert [hit.id for hit in whole.hits] == ids
    assert [hit.id for hit in (*first.hits, *second.hits)] == ids
    assert second.next_key is None


def test_access_joins_tables_of_the_caller_into_the_same_statement(opened: tuple[Connection, Index]) -> None:
    connection, _ = opened
    connection.exec_driver_sql("CREATE TEMP TABLE grants (document INTEGER, reader TEXT)")
    connection.exec_driver_sql("INSERT INTO grants VALUES (1, 'a'), (2, 'a'), (3, 'b')")
    joins = "JOIN temp.grants AS g ON g.document = doc.id"

    seen = {
        reader: found(opened, "NOT колодца", Access("g.reader = :reader", {"reader": reader}, joins))
        for reader in ("a", "b", "c")
    }

    assert seen == {"a": {1, 2}, "b": {3}, "c": set()}


def test_a_document_put_again_is_there_once_in_its_new_form(tmp_path: Path) -> None:
    with open_index(tmp_path, *texts("the well", "the camp")) as opened:
        connection, index = opened
        index.put_all(
            connection, [Document(1, "the fire", "fra", {"code": ("B",)}), Document(1, "a river", "fra", {})]
        )

        assert found(opened, "well") | found(opened, "fire") | found(opened, "code:B") == set()
        assert found(opened, "river") == found(opened, "language:fra") == {1}


def test_what_is_put_in_a_transaction_that_fails_is_not_there(tmp_path: Path) -> None:
    with open_index(tmp_path, *texts("the well")) as opened:
        connection, index = opened
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        index.put(connection, Document(2, "the fire", "eng", {}))
        during = found(opened, "fire")
        connection.exec_driver_sql("ROLLBACK")

        assert (during, found(opened, "fire"), found(opened, "well")) == ({2}, set(), {1})


def test_a_pattern_knows_the_words_of_this_moment_and_of_no_transaction_that_failed(tmp_path: Path) -> None:
    with open_index(tmp_path, *texts("the well")) as opened:
        connection, index = opened
        connection.commit()
        before = found(opened, "w?ll"), found(opened, "wills~")
        connection.commit()
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        index.put(connection, Document(2, "the will", "eng", {}))
        during = found(opened, "w?ll"), found(opened, "wills~")
        connection.exec_driver_sql("ROLLBACK")
        connection.commit()
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        index.put(connection, Document(2, "the wall", "eng", {}))
        connection.exec_driver_sql("COMMIT")
        connection.commit()

        assert (before, during) == (({1}, set()), ({1, 2}, {2}))
        assert (found(opened, "w?ll"), found(opened, "wills~"), found(opened, "walls~")) == (
            {1, 2},
            set(),
            {2},
        )


def test_texts_can_stay_with_the_caller(tmp_path: Path) -> None:
    def read(connection: Connection, ids: Sequence[int]) -> Mapping[int, str]:
        return {document.id: document.text for document in ACCOUNTS if document.id in ids}

    with open_index(tmp_path) as (connection, _):
        index = Index(SCHEMA, text_of=read)
        index.put_all(connection, ACCOUNTS)
        kept = connection.exec_driver_sql("SELECT count(*) FROM reading_room.search_originals").scalar_one()

        assert marked(search((connection, index), "wells").hits) == ["wells"]
        assert kept == 0


def marked(hits: Sequence[Hit]) -> list[str]:
    return [fragment.text for hit in hits for fragment in hit.snippet if fragment.marked]


def test_a_long_text_is_shown_where_its_words_stand_closest() -> None:
    noise = "They walked all day and slept under the trees. " * 40
    text = f"{noise}One well was dry. {noise}The soldiers burned the well at dawn. {noise}"

    with open_index(None, *texts(text)) as opened:
        (hit,) = search(opened, "burned well").hits
    shown = "".join(fragment.text for fragment in hit.snippet)

    assert "soldiers burned the well at dawn" in shown
    assert shown.startswith("…") and shown.endswith("…")
    assert 180 <= len(shown) <= 260
    assert marked((hit,))[:2] == ["burned", "well"]


def test_a_snippet_never_parts_a_character_from_its_marks() -> None:
    text = "e\u0301" * 500 + " well " + "क्षि" * 300 + "👩‍👩‍👧‍👦" * 100

    with open_index(None, *texts(text)) as opened:
        (hit,) = search(opened, "well").hits
    shown = "".join(fragment.text for fragment in hit.snippet).strip("…")

    assert marked((hit,)) == ["well"]
    assert shown.startswith("e")
    assert len(shown) <= 300


@pytest.mark.parametrize("shift", range(24))
def test_a_snippet_has_what_stands_in_brackets_whole_or_not_at_all(shift: int) -> None:
    tokens = "[place withheld] [victim 3] [the witness] " * 30

    with open_index(None, *texts(f"{tokens}{'x' * shift} well {tokens}")) as opened:
        (hit,) = search(opened, "well").hits
    shown = "".join(fragment.text for fragment in hit.snippet).strip("…")

    rest = re.sub(r"\[(place withheld|victim 3|the witness)\]", "", shown)
    assert rest != shown
    assert "[" not in rest and "]" not in rest


def test_a_bracket_that_is_never_closed_is_cut_like_any_words() -> None:
    with open_index(None, *texts("[" + "they slept " * 80 + "well" + " they slept" * 80 + "]")) as opened:
        (hit,) = search(opened, "well").hits

    assert len("".join(fragment.text for fragment in hit.snippet)) <= 260


def test_the_other_scripts_are_marked_where_they_stand() -> None:
    documents = (
        Document(1, "وصل الجنود إلى القريةِ ليلاً، وأحرقوا البيوت.", "arb", {}),
        Document(2, "证人说军队烧了村庄。", "zho", {}),
        Document(3, "ܐܢܐ ߒߞߏ ߘߐ߫ 𞤆𞤵𞤤𞤢𞥄𞤪", "fuc", {}),
    )

    with open_index(None, *documents) as opened:
        arabic = marked(search(opened, "قرية").hits)
        chinese = marked(search(opened, "军队").hits)
        adlam = marked(search(opened, "𞤆𞤵𞤤𞤢𞤪").hits)

    assert (arabic, chinese, adlam) == (["القريةِ"], ["军队"], ["𞤆𞤵𞤤𞤢𞥄𞤪"])


def test_a_schema_is_named_by_a_plain_word() -> None:
    with pytest.raises(ValueError, match="schema"):
        Index("main; DROP TABLE x")


HAPPENED = (
    Document(1, "told of a burning", "eng", {"event": ("2024-11~",)}, (Label("Pillage", "fra"),)),
    Document(2, "told of a raid", "eng", {"event": ("2024-12-02/2024-12-03", "2020")}),
    Document(3, "told of nothing", "eng", {}, (Label("Pillage", "eng"), Label("نهب", "arb"))),
)
KINDS = {"event": FieldKind.DATE}


def told(opened: tuple[Connection, Index], query: str, labels: Labels | None = None) -> set[int]:
    connection, index = opened
    asked = parse(query, {**KINDS, "act": FieldKind.CODE}, labels=labels or {})
    return {hit.id for hit in index.search(connection, asked, EVERYTHING, PageRequest()).hits}


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("event:2024-11-14", {1}),
        ("event:2024-12-02", {1, 2}),
        ("event:2024-12-31", set()),
        ("event:2025-01~", {1}),
        ("event:[2019 to 2021]", {2}),
        ("event:2024-22", set()),
        ("NOT event:2024", {3}),
    ],
)
def test_dates_meet_where_they_may_be_the_same(query: str, ids: set[int]) -> None:
    with open_index(None, *HAPPENED) as opened:
        assert told(opened, query) == ids


@pytest.mark.parametrize("query", ["pillage", "pillages", '"pillage"', "pill*", "نهب OR pillage"])
def test_a_label_is_found_in_the_languages_it_was_written_in(query: str) -> None:
    with open_index(None, *HAPPENED) as opened:
        assert told(opened, query) == {1, 3}


def test_a_hit_by_a_label_says_what_it_was_coded_as() -> None:
    with open_index(None, *HAPPENED) as opened:
        (hit,) = search(opened, "نهب").hits

    assert hit.reasons == (Reason(ReasonKind.LABEL, "نهب", "نهب"),)
    assert not any(fragment.marked for fragment in hit.snippet)


def test_a_value_is_found_by_what_people_call_it() -> None:
    document = Document(1, "told", "eng", {"act": ("PRO", "PRO.03")})
    labels = {"act": {"Pillage": ("PRO.03",), "Property": ("PRO",)}}

    with open_index(None, document) as opened:
        found_by = {
            query: told(opened, query, labels)
            for query in ("act:pillage", "act:PROPERTY", "act:PRO.03", "act:KIL")
        }

    assert found_by == {"act:pillage": {1}, "act:PROPERTY": {1}, "act:PRO.03": {1}, "act:KIL": set()}


def test_facets_count_what_was_found_and_follow_every_change() -> None:
    with open_index(None, *texts("wells burned", "wells stank", "the river")) as opened:
        connection, index = opened
        request = PageRequest(facets=("language",))
        before = search(opened, "wells", request).facets
        index.put(connection, Document(2, "les puits wells", "fra", {}))
        index.remove(connection, 1)
        after = search(opened, "wells", request).facets

    assert before == {"language": (FacetCount("eng", 2),)}
    assert after == {"language": (FacetCount("fra", 1),)}


def test_the_languages_of_labels_do_not_bend_the_words_of_texts() -> None:
    """In French the stem of "mother" is that of "moths" in English."""
    documents = (
        Document(1, "moths in the lamp", "eng", {}, (Label("pillage", "fra"),)),
        Document(2, "my mother", "eng", {}),
    )

    with open_index(None, *documents) as (connection, _):
        index = Index(SCHEMA, label_languages=("fra",))
        assert found((connection, index), "mother") == {2}
        assert found((connection, index), "pillages") == {1}


MANY = tuple(
    Document(number, f"Moctar ag Elmoctar, account {number} of Aïn word{number % 97}", "fra", {})
    for number in range(1, BATCH * FEW_BATCHES + 40)
)


def gone_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("search.apart.sys.executable", shutil.which("false"))


def gone_after_two_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    take, asked = AnalysisApart.take, iter((True, True))

    def ending(process: AnalysisApart) -> object:
        if not next(asked, False):
            raise Gone
        return take(process)

    monkeypatch.setattr(AnalysisApart, "take", ending)


def stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process lives as long as it is needed."""


@pytest.mark.parametrize("fate", [stays, gone_at_once, gone_after_two_answers])
def test_many_texts_are_indexed_as_one_by_one_whatever_becomes_of_the_process_beside(
    fate: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    fate(monkeypatch)
    with open_index(None) as opened:
        connection, index = opened

        index.put_all(connection, MANY)

        assert index.ids(connection, 0, len(MANY) + 1) == tuple(document.id for document in MANY)
        assert index.differing(connection, MANY) == ()
        assert len(search(opened, "word96*").hits) == len([d for d in MANY if d.text.endswith("word96")])


@pytest.mark.parametrize("fate", [stays, gone_at_once, gone_after_two_answers])
@pytest.mark.parametrize("documents", [MANY, MANY[:3]])
def test_what_is_written_beside_many_texts_is_written_once_and_to_its_end(
    documents: Sequence[Document],
    fate: Callable[[pytest.MonkeyPatch], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fate(monkeypatch)
    written: list[int] = []

    def pieces() -> Iterator[None]:
        for piece in range(5):
            written.append(piece)
            yield

    with open_index(None) as (connection, index):
        index.put_all(connection, documents, pieces())

        assert index.differing(connection, documents) == ()

    assert written == [0, 1, 2, 3, 4]


def test_the_process_beside_is_told_nothing_but_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[tuple[object, dict[str, object]]] = []

    def noted(arguments: object, **options: object) -> object:
        started.append((arguments, options))
        raise OSError

    monkeypatch.setattr("search.apart.subprocess.Popen", noted)
    with open_index(None) as (connection, index):
        index.put_all(connection, MANY)

        assert index.differing(connection, MANY) == ()

    ((arguments, options),) = started
    assert arguments == (sys.executable, "-I", "-B", apart.__file__)
    assert options["env"] == {}
