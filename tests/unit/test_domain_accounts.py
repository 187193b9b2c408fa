"""Handles and passwords."""

import pytest

from testimony.domain.accounts import (
    Account,
    AccountId,
    AccountState,
    common_passwords,
    require_strong_password,
)
from testimony.domain.errors import BadHandle, IncompatibleRoles, WeakPassword
from testimony.domain.roles import Role


def make(handle: str, *roles: Role) -> Account:
    return Account(AccountId("a-1"), handle, "Mariam Example", frozenset(roles), AccountState.ACTIVE)


@pytest.mark.parametrize("handle", ["a", "A.b", "a b", "é.t", "x" * 41, "a/b", "ab\n", ""])
def test_a_handle_is_plain(handle: str) -> None:
    with pytest.raises(BadHandle):
        make(handle, Role.REVIEWER)


def test_an_account_shows_neither_name_nor_handle_in_its_repr() -> None:
    shown = repr(make("mariam.e", Role.REVIEWER))

    assert "Mariam" not in shown and "mariam" not in shown


def test_an_account_with_roles_that_must_not_meet_cannot_be_made() -> None:
    with pytest.raises(IncompatibleRoles):
        make("mariam.e", Role.AUDITOR, Role.INVESTIGATOR)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("tiny", "too_short"),
        ("elevenchars", "too_short"),
        ("x9" * 300, "too_long"),
        ("aaaaaaaaaaaaaa", "repeated"),
        ("abababababab", "repeated"),
        ("1qaz2wsx3edc4rfv", "sequence"),
        ("qwertyuiopasdf", "sequence"),
        ("abcdefghijklmnop", "sequence"),
        ("0987654321098765", "sequence"),
        ("qwertyuiop123456", "sequence"),
        ("mariam.e2024!", "handle"),
        ("MARIAM.E-mariam.e", "handle"),
        ("m4riam.e!!!!!", "handle"),
        ("password1234", "common"),
        ("Password2024!", "common"),
        ("passwordpassword", "common"),
        ("P@$$w0rd!!!2024", "common"),
        ("123!Password!123", "common"),
        ("letmeinplease", "common"),
        ("iloveyouforever", "common"),
        ("ILoveYou-Michael", "common"),
        ("pass-word-1999", "common"),
        ("manchesterunited", "common"),
        ("testimony-archive", "common"),
        ("Timbuktu2024!!", "common"),
        ("\uff50assword1234", "common"),
    ],
)
def test_a_password_that_is_guessed_early_is_refused(password: str, code: str) -> None:
    with pytest.raises(WeakPassword) as weak:
        require_strong_password(password, "mariam.e", common_passwords())

    assert weak.value.code == code
    assert password not in str(weak.value)


@pytest.mark.parametrize(
    "password",
    [
        "three goats by the well",
        "kQ7#vm2!xTz9",
        "harbour-lantern-quilt",
        "شجرة الزيتون قديمة",
        "rain falls on 2 tin roofs",
    ],
)
def test_a_long_rare_password_is_taken(password: str) -> None:
    require_strong_password(password, "mariam.e", common_passwords())


def test_the_list_of_common_passwords_is_there() -> None:
    assert len(common_passwords()) >= 1000
