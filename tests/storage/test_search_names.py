"""Names through a real encrypted index: asked in one spelling, written in another."""

import csv
from collections.abc import Iterator
from importlib import resources

import pytest
from sqlalchemy import Connection

from search.index import Index
from search.queries import Names, parse
from search.results import Fragment, PageRequest, Reason, ReasonKind
from tests.search_index import EVERYTHING, FIELDS, found, open_index, search, texts

ACCOUNTS = texts(
    "My name is Fadimata. The soldiers took my husband, Akli ag Wartan, from the market.",  # 1
    "Ils ont pris cinq hommes : Akly Ag Ouartane, le réparateur, et l'imam Alassane.",
    "Akli Wartane was never seen again; his wife is Fatimata Walett Amachar.",
    "I met Muhammad Ag El Moctar at the well.",
    "قال محمد اغ المختار إن الجنود أحرقوا القرية.",  # 5
    "Мохамед аг Эльмохтар видел солдат у колодца.",
    "Мухаммад ушёл утром.",
    "The man who translates, Yahya, says I should say more.",
    "اسمي يحيى بن الحسن، وزملائي ينادونني القاموس.",
    "People call me Bilal One-Eye.",  # 10
    "ضربوا المؤذن بلال بن امبارك حتى كسرت يده.",
    "Moussa Traoré and Ali Keïta went; Akli stayed with Moussa Wartan.",
    "There was Abd al-Rahman Traoré, and Nour Eddine Ba.",
    "On a vu ABDERRAHMANE Traore.",
    "رأيت عبد الرحمن تراوري في السوق.",  # 15
    "Ivan Petrov came alone.",
    "Ivan Petrovich Petrov came alone.",
    "Ivan Ivanovich Sidorov came alone.",
    "We heard of PETROV, Ivan I.",
    "Then A. Sissoko spoke of Jin Ping Chen.",  # 20
    "Oumar Sissoko said nothing, and I saw O. Diarra.",
    "Aboubakar Sow was seven.",
)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Connection, Index]]:
    with open_index(tmp_path_factory.mktemp("names"), *ACCOUNTS) as opened:
        yield opened


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("Mohamed ag Elmoctar", {4, 5, 6}),
        ("Muhammad Ag El Moctar", {4, 5, 6}),
        ("محمد اغ المختار", {4, 5, 6}),
        ("Мохамед Эльмохтар", {4, 5, 6}),
        ("Elmoctar, Mohamed", {4, 5, 6}),
        ("M. Elmoctar", {4, 5, 6}),
        ("Mohamed ag Elmoctar ould Ahmed", {4, 5, 6}),
        ("Mohamed", {4, 5, 6, 7}),
        ("Mohammad", {4, 5, 6, 7}),
        ("Мухаммад", {4, 5, 6, 7}),
    ],
)
def test_a_person_is_found_in_every_spelling_script_and_order(
    opened: tuple[Connection, Index], name: str, ids: set[int]
) -> None:
    assert found(opened, f'name:"{name}"') == ids


@pytest.mark.parametrize("name", ["Akli ag Wartan", "Akly Ag Ouartane", "Akli Wartane", "OUARTANE Akly"])
def test_the_mentions_of_one_man_are_found_from_any_of_them(
    opened: tuple[Connection, Index], name: str
) -> None:
    assert found(opened, f'name:"{name}"') == {1, 2, 3}


@pytest.mark.parametrize(
    ("name", "stranger"),
    [
        ("Yahya ben Elhassan", 8),
        ("Bilal One-Eye", 11),
        ("Bilal ben Embarek", 10),
        ("Moussa Keïta", 12),
        ("Ali Wartan", 12),
    ],
)
def test_somebody_who_shares_a_part_of_the_name_is_not_found(
    opened: tuple[Connection, Index], name: str, stranger: int
) -> None:
    assert stranger not in found(opened, f'name:"{name}"')


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("Abdourahmane Traoré", {13, 14, 15}),
        ("Abd al-Rahman Traoré", {13, 14, 15}),
        ("عبدالرحمن تراوري", {13, 14, 15}),
        ("Noureddine Ba", {13}),
        ("Jinping Chen", {20}),
        ("Abou Bakar", {22}),
        ("Abu Bakr Sow", {22}),
    ],
)
def test_words_joined_in_one_spelling_and_apart_in_another_are_one_name(
    opened: tuple[Connection, Index], name: str, ids: set[int]
) -> None:
    assert found(opened, f'name:"{name}"') == ids


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("Ivan Ivanovich Petrov", {16, 19}),
        ("Иван Петрович Петров", {16, 17, 19}),
        ("Ivan Petrov", {16, 17, 19}),
    ],
)
def test_a_part_may_be_missing_but_not_be_another(
    opened: tuple[Connection, Index], name: str, ids: set[int]
) -> None:
    assert found(opened, f'name:"{name}"') == ids


@pytest.mark.parametrize(
    ("name", "ids"),
    [("Amadou Sissoko", {20}), ("O. Sissoko", {21}), ("Ousmane Diarra", {21}), ("Ibrahim Diarra", set())],
)
def test_an_initial_stands_for_names_that_begin_with_it(
    opened: tuple[Connection, Index], name: str, ids: set[int]
) -> None:
    assert found(opened, f'name:"{name}"') == ids


def test_one_word_of_a_text_is_not_two_parts_of_a_name(opened: tuple[Connection, Index]) -> None:
    with open_index(None, *texts("Moctar came.", "Mohamed came.")) as others:
        assert found(others, 'name:"M. Elmoctar"') == set()
        assert found(others, 'name:"Mohamed Muhammad"') == set()


@pytest.mark.parametrize("name", ["mohamed", "fatimata"])
def test_every_spelling_that_the_domain_knows_of_a_common_name_finds_every_other(name: str) -> None:
    file = resources.files("testimony.domain").joinpath("vocabulary", "transliteration_class.csv")
    rows = {row["class"]: row["members"] for row in csv.DictReader(file.read_text("utf-8").splitlines())}
    spellings = rows[name].split("|")

    with open_index(None, *texts(*(f"{spelling.title()} came." for spelling in spellings))) as opened:
        finds = {spelling: found(opened, f"name:{spelling}") for spelling in spellings}

    assert finds == {spelling: set(range(1, len(spellings) + 1)) for spelling in spellings}


def test_the_spellings_of_mohammad_are_found_and_the_switch_works(opened: tuple[Connection, Index]) -> None:
    connection, index = opened
    as_written = parse('name:"Muhammad Ag El Moctar"', FIELDS, names=Names.AS_WRITTEN)
    other_spelling = parse("name:Mohammad", FIELDS, names=Names.AS_WRITTEN)

    ids = {hit.id for hit in index.search(connection, as_written, EVERYTHING, PageRequest()).hits}

    assert found(opened, "name:Mohammad") == {4, 5, 6, 7}
    assert ids == {4}
    assert index.count(connection, other_spelling, EVERYTHING) == 0


def test_a_hit_shows_the_whole_name_as_the_text_has_it(opened: tuple[Connection, Index]) -> None:
    hits = {hit.id: hit for hit in search(opened, 'name:"Mohamed ag Elmoctar"').hits}

    assert hits[4].reasons == (
        Reason(ReasonKind.NAME_VARIANT, "Mohamed ag Elmoctar", "Muhammad"),
        Reason(ReasonKind.NAME_VARIANT, "Mohamed ag Elmoctar", "El Moctar"),
    )
    assert Fragment("El Moctar", marked=True) in hits[4].snippet
    assert Fragment("المختار", marked=True) in hits[5].snippet


@pytest.mark.parametrize(
    ("name", "number", "marked"),
    [
        ("Abdourahmane Traoré", 13, ["Abd al-Rahman", "Traoré"]),
        ("Abdourahmane Traoré", 15, ["عبد الرحمن", "تراوري"]),
        ("Noureddine Ba", 13, ["Nour Eddine", "Ba"]),
        ("Jinping Chen", 20, ["Jin", "Ping", "Chen"]),
        ("Amadou Sissoko", 20, ["A", "Sissoko"]),
        ("Ousmane Diarra", 21, ["O", "Diarra"]),
        ("Ivan Ivanovich Petrov", 19, ["PETROV", "Ivan"]),
    ],
)
def test_every_word_of_a_name_is_marked(
    opened: tuple[Connection, Index], name: str, number: int, marked: list[str]
) -> None:
    (hit,) = (hit for hit in search(opened, f'name:"{name}"').hits if hit.id == number)

    assert [fragment.text for fragment in hit.snippet if fragment.marked] == marked


def test_a_name_as_asked_is_not_called_a_variant(opened: tuple[Connection, Index]) -> None:
    (hit,) = (hit for hit in search(opened, 'name:"Akli Wartane"').hits if hit.id == 3)

    assert {reason.kind for reason in hit.reasons} == {ReasonKind.NAME}


def test_a_long_name_is_asked_within_bounds(opened: tuple[Connection, Index]) -> None:
    assert found(opened, 'name:"Juan Carlos Garcia Lopez Maria Teresa Souza Santos"') == set()
