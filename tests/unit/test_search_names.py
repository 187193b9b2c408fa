"""Names of people: spellings and scripts that are one name, and names that are not."""

import csv
from importlib import resources
from itertools import permutations

import pytest

from search.folding import written_words
from search.name_forms import name_form, name_parts, variants
from search.names import (
    BREAK,
    NO_CONSONANT,
    SEPARATOR,
    NameTerms,
    initials_of,
    is_same_name,
    key_of,
    keys_of,
    name_term,
    sounds_like,
)


def found_by(asked: str, written: str) -> bool:
    one, other = name_form(asked), name_form(written)
    return key_of(other) in keys_of(one) and sounds_like(one, other)


def same_name(one: str, other: str) -> bool:
    return is_same_name(written_words(one), written_words(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mohamed", "Muhammad"),
        ("Mohamed", "Mahamadou"),
        ("Mohamed", "محمد"),
        ("Mohamed", "Мохамед"),
        ("محمد", "Мохамед"),
        ("Elmoctar", "Moctar"),
        ("Elmoctar", "المختار"),
        ("Elmoctar", "Эльмохтар"),
        ("Moctar", "Mokhtar"),
        ("Moctar", "Мухтар"),
        ("Cheikh", "Sheikh"),
        ("Ousmane", "Usman"),
        ("Wartan", "Ouartane"),
        ("Amashagh", "Amachar"),
        ("Fadimata", "Fatoumata"),
        ("Fatma", "Fatimata"),
        ("Aïchatou", "Aishatu"),
        ("Djibril", "Jibril"),
        ("Djibril", "جبريل"),
        ("Youssouf", "Yusuf"),
        ("Youssouf", "يوسف"),
        ("Ghissa", "Rhissa"),
        ("Issa", "عيسى"),
        ("Zeinab", "Zaynab"),
        ("Abdallah", "عبدالله"),
        ("Traoré", "تراوري"),
        ("Coulibaly", "Kulibali"),
        ("Bâ", "Bah"),
        ("Sy", "Si"),
        ("Nicolas", "Николай"),
        ("Petrović", "Петрович"),
        ("Schäfer", "Шефер"),
    ],
)
def test_spellings_of_one_name_are_one(one: str, other: str) -> None:
    assert found_by(one, other)
    assert sounds_like(name_form(other), name_form(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mohamed", "Mahdi"),
        ("Mohamed", "Ahmed"),
        ("محمد", "أحمد"),
        ("Ahmed", "محمد"),
        ("Mohamed", "Ахмед"),
        ("Ali", "Oumar"),
        ("Ali", "Alou"),
        ("Fatima", "Aminata"),
        ("Ibrahim", "Ismail"),
        ("Moussa", "Issa"),
        ("Moussa", "عيسى"),
        ("wells", "Ils"),
        ("well", "Ali"),
        ("man", "Mina"),
        ("then", "Tana"),
        ("Kone", "Keno"),
        ("Ba", "Bo"),
    ],
)
def test_other_names_are_other(one: str, other: str) -> None:
    assert not found_by(one, other)
    assert not found_by(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mohamed ag Elmoctar", "Muhammad Ag El Moctar"),
        ("Mohamed ag Elmoctar", "محمد اغ المختار"),
        ("Mohamed ag Elmoctar", "Мохамед аг Эльмохтар"),
        ("Mohamed ag Elmoctar", "M. Elmoctar"),
        ("Mohamed ag Elmoctar", "Elmoctar, Mohamed"),
        ("Akli ag Wartan", "Akly Ag Ouartane"),
        ("Akli ag Wartan", "Akli Wartane"),
        ("Fadimata walet Amashagh", "Fatimata Walett Amachar"),
        ("Sidi ould Ahmed Salem", "Ahmed Salem"),
        ("Ivan Petrov", "Пётр Иван Петров"),
    ],
)
def test_one_person_is_one_in_any_spelling_order_and_script(one: str, other: str) -> None:
    assert same_name(one, other)
    assert same_name(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Bilal One-Eye", "المؤذن بلال بن امبارك"),
        ("Yahya", "يحيى بن الحسن"),
        ("Ali Traoré", "Moussa Traoré"),
        ("Ali Traoré", "Ali Maïga"),
        ("Ali Ali", "Ali Traoré"),
        ("A. T.", "Ali Traoré"),
        ("", "Ali"),
        ("'", "'"),
    ],
)
def test_people_who_share_a_part_of_their_names_are_two(one: str, other: str) -> None:
    assert not same_name(one, other)
    assert not same_name(other, one)


def test_particles_do_not_decide_a_name_unless_they_are_all_there_is() -> None:
    assert name_parts(("Mohamed", "ag", "El", "Moctar")) == ("mohamed", "moctar")
    assert name_parts(("ag",)) == ("ag",)
    assert name_parts(("'",)) == ()


def vocabulary(name: str) -> list[dict[str, str]]:
    text = (
        resources.files("testimony.domain").joinpath("vocabulary", f"{name}.csv").read_text(encoding="utf-8")
    )
    return list(csv.DictReader(text.splitlines()))


@pytest.mark.parametrize(
    "particle", [variant for row in vocabulary("name_particle") for variant in row["variants"].split("|")]
)
def test_every_particle_of_the_domain_may_be_there_or_not(particle: str) -> None:
    assert same_name("Mohamed Elmoctar", f"Mohamed {particle} Elmoctar")
    assert same_name(f"Mohamed {particle} Elmoctar", "Elmoctar Mohamed")


# For each class of letters that writers take for one another, one name as each of them would spell it.
TRANSLITERATED = {
    "ou_w_u": ("Ouartane", "Wartan", "Uartan", "ورتان"),
    "ch_sh": ("Aïchatou", "Aishatu", "عائشة"),
    "kh_x": ("Mokhtar", "Moxtar", "مختار"),
    "gh_r_g": ("Amashagh", "Amashag", "اماشغ", "اماشق"),
    "gh_r_g as r": ("Amashagh", "Amachar", "اماشغ"),
    "dj_j": ("Djibril", "Jibril", "جبريل"),
    "double_letter": ("Hammadi", "Hamadi"),
    "i_y_e": ("Akli", "Akly", "Akle", "Aklï", "اكلي"),
    "a_e": ("Fatimata", "Fatimeta", "Fatimêta", "Fatiméta"),
    "final_h": ("Sarah", "Sara", "Saré", "سارة"),
    "s_ss": ("Moussa", "Mousa", "Mouça", "موسى", "موصى"),
}


def test_every_class_of_transliteration_of_the_domain_has_its_example() -> None:
    classes = {row["class"] for row in vocabulary("transliteration_class")}

    assert classes <= {*TRANSLITERATED, *variants()}


@pytest.mark.parametrize(
    ("one", "other"), [pair for names in TRANSLITERATED.values() for pair in permutations(names, 2)]
)
def test_letters_that_writers_take_for_one_another_are_one(one: str, other: str) -> None:
    assert found_by(one, other)


@pytest.mark.parametrize(
    ("apart", "joined"),
    [
        ("El Moctar", "Elmoctar"),
        ("Abd al-Rahman", "Abderrahmane"),
        ("Abdel Kader", "Abdoulkader"),
        ("عبد الرحمن", "Abdourahmane"),
        ("عبد العزيز", "عبدالعزيز"),
        ("Абд аль-Хамид", "Абдулхамид"),
        ("Nour Eddine", "Noureddine"),
        ("Nur al-Din", "Нуреддин"),
        ("Hassan D'Angelo", "Hassan Angelo"),
    ],
)
def test_what_is_joined_to_a_name_or_stands_before_it_is_not_the_name(apart: str, joined: str) -> None:
    assert same_name(f"{apart} Traoré", f"{joined} Traoré")


@pytest.mark.parametrize("word", ["Abdallah", "Abdoulaye", "Абдулла", "Claudine", "Martin", "Abdou"])
def test_a_name_that_only_begins_or_ends_like_a_joined_one_stays_whole(word: str) -> None:
    assert name_form(word) == word.lower()


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        ("Dr Mohamed Elmoctar", ("mohamed", "moctar")),
        ("Charles de Gaulle", ("charles", "gaulle")),
        ("Mr Smith", ("smith",)),
        ("Sidi Mohamed", ("sidi", "mohamed")),
        ("Antonia Di", ("antonia", "di")),
        ("L Traoré", ("l", "traore")),
    ],
)
def test_titles_decide_only_where_too_little_else_is_there(words: str, parts: tuple[str, ...]) -> None:
    assert name_parts(words.split()) == parts


def test_a_hamza_keeps_the_first_letters_of_a_name_from_being_an_article() -> None:
    assert name_form("إلينا") == "الينا"
    assert name_form("المختار") == "مختار"


@pytest.mark.parametrize(
    "word", ["Mohamed", "Мохамед", "محمد", "Ghissa", "Cirić", "Aïe", "Δημήτρης", "ъ", "4x", "國"]
)
def test_a_name_is_kept_under_a_key_that_its_own_spelling_asks_for(word: str) -> None:
    form = name_form(word)

    assert keys_of(form)[0] == key_of(form)
    assert NameTerms()[word] in (f"{key_of(form)}{SEPARATOR}{form}", BREAK)


def test_no_spelling_asks_for_more_keys_than_a_search_can_afford() -> None:
    assert len(keys_of("gjchgzhwjcghxjvgjcxhw")) <= 20


def test_an_initial_is_kept_as_a_name_of_one_letter_and_asks_for_what_it_may_begin() -> None:
    assert NameTerms()["C"] == name_term("c")
    assert {"c", "х", "ш"} <= set(initials_of("cheikh"))
    assert {"a", "а", "ا"} <= set(initials_of("ahmed"))
    assert not {"i", "o", "m"} & set(initials_of("ahmed"))
    assert keys_of("c") == ("k", "s", "t")
    assert keys_of("h") == keys_of("a") == (NO_CONSONANT,)


def test_words_in_small_letters_are_no_names_where_a_script_has_capitals() -> None:
    terms = NameTerms()

    assert terms["moussa"] == terms["2024"] == terms["I"] == BREAK
    assert terms["ag"] == terms["Ag"] == terms["de"] == ""
    assert terms["De"] == name_term("de")
    assert terms["محمد"].endswith(f"{SEPARATOR}محمد")
