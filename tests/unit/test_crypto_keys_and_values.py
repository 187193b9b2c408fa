"""Secrets, sealed values, locked values and signatures."""

import hashlib
import hmac

import pytest

from crypto.errors import BadSignature, Malformed, Tampered
from crypto.keys import Secret, database_key, derive
from crypto.labels import Label, bind
from crypto.locking import ManyValues, lock, unlock
from crypto.sealing import SealingKey, SealingPublicKey, open_sealed, seal
from crypto.signing import SigningKey, VerifyingKey, sign, verify

SECRET = Secret(b"\x07" * 32)


def test_a_derived_secret_is_hkdf_sha_256_of_label_and_context() -> None:
    extracted = hmac.digest(bytes(32), SECRET.raw, "sha256")

    expanded = hmac.digest(extracted, b"testimony/1/draft\0row 7\x01", "sha256")

    assert derive(SECRET, Label.DRAFT, b"row 7").raw == expanded


def test_each_use_and_each_context_has_its_own_secret() -> None:
    derived = {derive(SECRET, label, context).raw for label in Label for context in (b"", b"a", b"b")}

    assert len(derived) == 3 * len(Label)


def test_no_two_uses_share_a_label_and_none_holds_a_zero_byte() -> None:
    assert len({label.value for label in Label}) == len(Label.__members__)
    assert all(label.isascii() and "\0" not in label for label in Label)
    assert bind(Label.DRAFT, b"x") == b"testimony/1/draft\0x"


def test_a_database_key_is_the_raw_key_and_salt_in_hexadecimal() -> None:
    key = database_key(SECRET, Label.COMPARTMENT_DATABASE)

    assert key.startswith("x'") and key.endswith("'")
    assert len(bytes.fromhex(key[2:-1])) == 48
    assert key == database_key(SECRET, Label.COMPARTMENT_DATABASE)


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_secret_has_32_bytes(size: int) -> None:
    with pytest.raises(Malformed):
        Secret(bytes(size))


def test_nothing_that_holds_a_key_shows_it() -> None:
    shown = " ".join(map(repr, (SECRET, SealingKey(SECRET), SigningKey(SECRET))))
    shown += repr(SealingKey(SECRET).public) + repr(SigningKey(SECRET).public)

    assert SECRET.raw.hex() not in shown
    assert repr(SECRET.raw)[2:-1] not in shown
    assert repr(SECRET) == "Secret()"


def test_the_same_seed_gives_the_same_keys() -> None:
    assert SealingKey(SECRET).public == SealingKey(Secret(b"\x07" * 32)).public
    assert SigningKey(SECRET).public == SigningKey(Secret(b"\x07" * 32)).public
    assert SigningKey(SECRET).public.fingerprint == hashlib.sha256(SigningKey(SECRET).public.raw).hexdigest()


def test_a_public_key_read_from_the_keyring_seals_to_its_holder() -> None:
    key = SealingKey(SECRET)

    sealed = seal(SealingPublicKey(key.public.raw), b"a slot", Label.KEY_SLOT, b"acc-1")

    assert open_sealed(key, sealed, Label.KEY_SLOT, b"acc-1") == b"a slot"


def test_answers_of_nearly_one_length_are_sealed_to_one_length() -> None:
    public = SealingKey(SECRET).public

    sizes = {len(seal(public, bytes(size), Label.DRAFT)) for size in range(1000, 1016)}

    assert len(sizes) == 1


@pytest.mark.parametrize("raw", [b"", bytes(1215), b"\xff" * 1216])
def test_what_is_no_sealing_key_is_refused(raw: bytes) -> None:
    with pytest.raises(Malformed):
        SealingPublicKey(raw)


@pytest.mark.parametrize("raw", [b"", bytes(1983), bytes(1985)])
def test_what_is_no_verifying_key_is_refused(raw: bytes) -> None:
    with pytest.raises(Malformed):
        VerifyingKey(raw)


def test_a_signature_holds_for_its_message_key_and_use_only() -> None:
    key = SigningKey(SECRET)
    signature = sign(key, b"grant", Label.GRANT)

    verify(VerifyingKey(key.public.raw), b"grant", signature, Label.GRANT)
    for public, message, label in (
        (key.public, b"grant ", Label.GRANT),
        (key.public, b"grant", Label.ENROLMENT),
        (SigningKey(Secret(bytes(32))).public, b"grant", Label.GRANT),
    ):
        with pytest.raises(BadSignature):
            verify(public, message, signature, label)


def test_a_locked_value_opens_for_its_key_use_and_context_only() -> None:
    locked = lock(SECRET, b"keys", Label.SESSION_KEYS, b"s-1")

    assert unlock(SECRET, locked, Label.SESSION_KEYS, b"s-1") == b"keys"
    for key, label, context in (
        (Secret(bytes(32)), Label.SESSION_KEYS, b"s-1"),
        (SECRET, Label.SAVED_SEARCH, b"s-1"),
        (SECRET, Label.SESSION_KEYS, b"s-2"),
    ):
        with pytest.raises(Tampered):
            unlock(key, locked, label, context)


def test_one_of_many_values_opens_in_its_place_only() -> None:
    many = ManyValues(SECRET, Label.NAME_TAGS_KEPT)
    locked = many.lock(b"tags", b"T-1")

    assert many.unlock(locked, b"T-1") == b"tags" and many.lock(b"tags", b"T-1") != locked
    for other, value, context in (
        (ManyValues(Secret(bytes(32)), Label.NAME_TAGS_KEPT), locked, b"T-1"),
        (ManyValues(SECRET, Label.DRAFT), locked, b"T-1"),
        (many, locked, b"T-2"),
        (many, locked[:-1], b"T-1"),
        (many, locked[:9], b"T-1"),
        (many, lock(SECRET, b"tags", Label.NAME_TAGS_KEPT, b"T-1"), b"T-1"),
    ):
        with pytest.raises(Tampered):
            other.unlock(value, context)


def test_locking_twice_gives_different_bytes() -> None:
    assert lock(SECRET, b"same", Label.DRAFT) != lock(SECRET, b"same", Label.DRAFT)
