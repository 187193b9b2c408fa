"""What people hold: passwords, authenticator codes, one-time codes and shares on paper."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.hotp import HOTP

from crypto.codes import ALPHABET, OneTimeCode, code_secret, new_one_time_code, normalise_code
from crypto.errors import BadCode, BadShares, WrongPassword
from crypto.keys import Secret
from crypto.passwords import Argon2Cost, LockedBundle, lock_bundle, spend_time, unlock_bundle
from crypto.shares import combine, split
from crypto.totp import NEVER_USED, new_totp_secret, provisioning_uri, verify_totp

CHEAP = Argon2Cost.TESTING_ONLY
SECRET = Secret(b"\x07" * 32)
NOON = datetime(2025, 5, 1, 12, tzinfo=UTC)
TOTP_SECRET = b"12345678901234567890"


def code_at(at: datetime) -> str:
    return HOTP(TOTP_SECRET, 6, SHA1()).generate(int(at.timestamp()) // 30).decode()  # noqa: S303 - RFC 6238


def test_a_password_opens_its_bundle_and_no_other_password_does() -> None:
    bundle = lock_bundle("a quiet river at night", b"seeds", "acc-1", CHEAP)

    assert unlock_bundle("a quiet river at night", bundle, "acc-1") == b"seeds"
    for wrong in ("a quiet river at nigh", "a quiet river at night ", "A quiet river at night", ""):
        with pytest.raises(WrongPassword):
            unlock_bundle(wrong, bundle, "acc-1")


def test_a_letter_written_in_two_ways_is_one_password() -> None:
    bundle = lock_bundle("caf\u00e9 caf\u00e9 caf\u00e9", b"seeds", "acc-1", CHEAP)

    assert unlock_bundle("cafe\u0301 cafe\u0301 cafe\u0301", bundle, "acc-1") == b"seeds"


def test_a_long_password_is_not_cut() -> None:
    bundle = lock_bundle("x" * 5000 + "a", b"seeds", "acc-1", CHEAP)

    with pytest.raises(WrongPassword):
        unlock_bundle("x" * 5000 + "b", bundle, "acc-1")


def test_a_password_that_is_not_text_is_a_wrong_password() -> None:
    bundle = lock_bundle("a quiet river", b"seeds", "acc-1", CHEAP)

    with pytest.raises(WrongPassword):
        unlock_bundle("\ud800", bundle, "acc-1")
    spend_time("\ud800", CHEAP)


def test_a_bundle_survives_the_keyring_and_shows_nothing() -> None:
    bundle = lock_bundle("a quiet river", b"seeds of an account", "acc-1", CHEAP)

    again = LockedBundle.from_dict(bundle.to_dict())

    assert again == bundle
    assert "seeds" not in repr(again) and str(bundle.to_dict()["salt"]) not in repr(again)


def test_the_cost_is_checked_when_it_is_made() -> None:
    for memory_kib, iterations, lanes in ((65, 1, 1), (1 << 30, 3, 4), (131072, 0, 4), (131072, 3, 0)):
        with pytest.raises(ValueError, match="outside the bounds"):
            Argon2Cost(memory_kib, iterations, lanes)
    assert Argon2Cost.TESTING_ONLY.is_weaker_than(Argon2Cost.DEFAULT)
    assert not Argon2Cost.DEFAULT.is_weaker_than(Argon2Cost.DEFAULT)


def test_many_sign_ins_at_once_all_come_through() -> None:
    bundle = lock_bundle("a quiet river", b"seeds", "acc-1", CHEAP)
    opened: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: opened.append(unlock_bundle("a quiet river", bundle, "acc-1")))
        for _ in range(8)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert opened == [b"seeds"] * 8


@pytest.mark.parametrize("offset", [-30, 0, 30])
def test_a_code_one_step_early_or_late_is_accepted(offset: int) -> None:
    then = NOON + timedelta(seconds=offset)

    assert verify_totp(TOTP_SECRET, code_at(then), NOON, NEVER_USED) == int(then.timestamp()) // 30


@pytest.mark.parametrize("offset", [-90, -60, 60, 90])
def test_a_code_two_steps_away_is_refused(offset: int) -> None:
    with pytest.raises(BadCode):
        verify_totp(TOTP_SECRET, code_at(NOON + timedelta(seconds=offset)), NOON, NEVER_USED)


def test_an_older_code_is_refused_after_a_newer_one_was_used() -> None:
    used = verify_totp(TOTP_SECRET, code_at(NOON), NOON, NEVER_USED)

    for again in (NOON, NOON - timedelta(seconds=30)):
        with pytest.raises(BadCode):
            verify_totp(TOTP_SECRET, code_at(again), NOON, used)


@pytest.mark.parametrize("zero", ["٠", "۰", "०", "০", "０", "𝟎"])
def test_digits_of_any_script_are_digits(zero: str) -> None:
    typed = "".join(chr(ord(zero) + int(digit)) for digit in code_at(NOON))

    assert verify_totp(TOTP_SECRET, f"\u200f{typed[:3]} {typed[3:]}", NOON, NEVER_USED)


@pytest.mark.parametrize(
    "typed", ["", "12345", "1234567", "12345x", "½23456", "²23456", "\ud800", "1" * 5000]
)
def test_what_is_not_six_digits_is_refused(typed: str) -> None:
    with pytest.raises(BadCode):
        verify_totp(TOTP_SECRET, typed, NOON, NEVER_USED)


def test_a_time_without_a_zone_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="zone"):
        verify_totp(TOTP_SECRET, "123456", NOON.replace(tzinfo=None), NEVER_USED)


def test_an_authenticator_app_is_told_what_it_needs() -> None:
    uri = provisioning_uri(TOTP_SECRET, "Amal K", "Testimony")

    assert uri.startswith("otpauth://totp/Testimony:Amal%20K?")
    assert "secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" in uri
    assert len(new_totp_secret()) == 20 and new_totp_secret() != new_totp_secret()


def test_a_new_one_time_code_is_four_groups_of_five() -> None:
    code = new_one_time_code()

    assert [len(group) for group in code.split("-")] == [5, 5, 5, 5]
    assert set(code) <= set(ALPHABET + "-")
    assert normalise_code(code) == code
    assert new_one_time_code() != code


@pytest.mark.parametrize(
    "typed", ["", "ABCDE", "UUUUU-00000-00000-00000", "00000-00000-00000-000000", "é" * 20]
)
def test_what_is_no_one_time_code_is_refused(typed: str) -> None:
    with pytest.raises(BadCode):
        normalise_code(typed)


def test_a_code_gives_each_account_its_own_secret() -> None:
    code = OneTimeCode("00000-11111-22222-33333")

    assert code_secret(code, b"acc-1") == code_secret(OneTimeCode("ooooo iiiii 22222 33333"), b"acc-1")
    assert code_secret(code, b"acc-1") != code_secret(code, b"acc-2")


def test_shares_are_read_whatever_the_case_and_the_line_breaks() -> None:
    one, two, _ = split(SECRET, 2, 3)

    assert combine([one.upper(), two.replace(" ", "\n  ")]) == SECRET


def test_a_share_too_many_must_agree_with_the_others() -> None:
    ours, others = split(SECRET, 2, 3), split(Secret(bytes(32)), 2, 3)

    assert combine(ours) == SECRET
    with pytest.raises(BadShares):
        combine([*ours[:2], others[2]])


@pytest.mark.parametrize(("threshold", "count"), [(1, 1), (1, 3), (3, 2), (2, 17), (0, 0)])
def test_one_share_alone_is_never_enough(threshold: int, count: int) -> None:
    with pytest.raises(ValueError, match="two shares"):
        split(SECRET, threshold, count)
