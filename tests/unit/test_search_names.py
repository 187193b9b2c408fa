"""Names of people: spellings and scripts that are one name, and names that are not."""

import pytest

from search.names import keys_of, name_form, name_parts, sounds_like


def same(one: str, other: str) -> bool:
    first, second = name_form(one), name_form(other)
    return not set(keys_of(first)).isdisjoint(keys_of(second)) and sounds_like(first, second)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mohamed", "Muhammad"),
        ("Mohamed", "محمد"),
        ("Mohamed", "Мохамед"),
        ("Elmoctar", "Moctar"),
        ("Elmoctar", "المختار"),
        ("Moctar", "Mokhtar"),
        ("Moctar", "Мухтар"),
        ("Cheikh", "Sheikh"),
        ("Ousmane", "Usman"),
        ("Aïchatou", "Aishatu"),
        ("Djibril", "Jibril"),
        ("Youssouf", "Yusuf"),
        ("Ghissa", "Rhissa"),
        ("Zeinab", "Zaynab"),
        ("Abdallah", "عبدالله"),
    ],
)
def test_spellings_of_one_name_are_one(one: str, other: str) -> None:
    assert same(one, other)
    assert same(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mohamed", "Mahdi"),
        ("Ali", "Oumar"),
        ("Fatima", "Aminata"),
        ("Ibrahim", "Ismail"),
        ("Moussa", "Issa"),
    ],
)
def test_other_names_are_other(one: str, other: str) -> None:
    assert not same(one, other)


def test_particles_do_not_decide_a_name_unless_they_are_all_there_is() -> None:
    assert name_parts(("Mohamed", "ag", "El", "Moctar")) == ("mohamed", "moctar")
    assert name_parts(("ag",)) == ("ag",)
    assert name_parts(("'",)) == ()
