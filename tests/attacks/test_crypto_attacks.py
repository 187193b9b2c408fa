"""What someone with the disk, the network or an old code tries; each test first shows what the attack needs."""

import base64
import io
import resource
from datetime import UTC, datetime
from typing import BinaryIO, cast

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.twofactor.hotp import HOTP

from crypto.errors import BadCode, BadShares, BadSignature, Malformed, Tampered, WrongPassword
from crypto.frames import FRAME_BYTES, HEADER_BYTES, SEALED_FRAME_BYTES, open_frames, seal_frames
from crypto.keys import Secret
from crypto.labels import Label, bind
from crypto.notes import Checkpoint, open_note, sign_checkpoint
from crypto.passwords import Argon2Cost, LockedBundle, lock_bundle, unlock_bundle
from crypto.sealing import SealingKey, open_sealed, seal
from crypto.shares import combine, split
from crypto.signing import SigningKey, sign, verify
from crypto.totp import NEVER_USED, verify_totp

SECRET = Secret(b"\x07" * 32)
OTHER = Secret(b"\x08" * 32)


def test_g4_a_key_slot_moved_to_another_account_does_not_open() -> None:
    key = SealingKey(SECRET)
    slot = seal(key.public, OTHER.raw, Label.KEY_SLOT, b"vault/acc-1")
    assert open_sealed(key, slot, Label.KEY_SLOT, b"vault/acc-1") == OTHER.raw

    with pytest.raises(Tampered):
        open_sealed(key, slot, Label.KEY_SLOT, b"vault/acc-2")


def test_g4_a_draft_offered_as_a_key_slot_does_not_open() -> None:
    key = SealingKey(SECRET)
    draft = seal(key.public, bytes(32), Label.DRAFT)
    assert open_sealed(key, draft, Label.DRAFT) == bytes(32)

    with pytest.raises(Tampered):
        open_sealed(key, draft, Label.KEY_SLOT)


def test_g3_a_message_hidden_in_the_padding_is_refused() -> None:
    key = SealingKey(SECRET)
    suite = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
    body = (60).to_bytes(8, "big") + bytes(60)
    stuffed = [body + b"\0\0\0\1", body + b"hide", body, body + bytes(100), b"\xff" * 72]
    info = bind(Label.INTAKE, b"")
    honest = b"\x01" + suite.encrypt(body + bytes(4), key.public._hpke, info=info)
    assert open_sealed(key, honest, Label.INTAKE) == bytes(60)

    for padded in stuffed:
        with pytest.raises(Tampered):
            open_sealed(key, b"\x01" + suite.encrypt(padded, key.public._hpke, info=info), Label.INTAKE)


def test_g10_breaking_one_signature_scheme_forges_nothing() -> None:
    victim, quantum = SigningKey(SECRET), SigningKey(OTHER)
    honest, own = sign(victim, b"grant", Label.GRANT), sign(quantum, b"forged", Label.GRANT)
    stolen_ed25519 = sign(victim, b"forged", Label.GRANT)[:64]
    classical = Ed25519PublicKey.from_public_bytes(victim.public.ed25519_raw)
    classical.verify(stolen_ed25519, bind(Label.GRANT, b"forged"))

    for forged in (stolen_ed25519 + own[64:], stolen_ed25519 + honest[64:], own[:64] + honest[64:]):
        with pytest.raises(BadSignature):
            verify(victim.public, b"forged", forged, Label.GRANT)


def test_g7_a_signed_statement_and_a_checkpoint_do_not_pass_for_each_other() -> None:
    key, checkpoint = SigningKey(SECRET), Checkpoint("archive.example", 5, bytes(32))
    note, message = sign_checkpoint(checkpoint, key), checkpoint.text.encode()
    assert open_note(note, "archive.example", key.public) == checkpoint.text
    head, _, lines = note.rpartition("\n\n")
    values = [base64.b64decode(line.split(" ")[2]) for line in lines.splitlines()]
    statement = sign(key, message, Label.CHECKPOINT)
    verify(key.public, message, statement, Label.CHECKPOINT)
    forged = [values[0][:4] + statement[:64], values[1][:4] + statement[64:]]
    forged_lines = "".join(f"— archive.example {base64.b64encode(value).decode()}\n" for value in forged)

    with pytest.raises(BadSignature):
        verify(key.public, message, values[0][4:] + values[1][4:], Label.CHECKPOINT)
    with pytest.raises(BadSignature):
        open_note(f"{head}\n\n{forged_lines}", "archive.example", key.public)


def test_a_keyring_that_asks_for_a_terabyte_costs_nothing() -> None:
    honest = lock_bundle("a quiet river", b"seeds", "acc-1", Argon2Cost.TESTING_ONLY).to_dict()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert unlock_bundle("a quiet river", LockedBundle.from_dict(honest), "acc-1") == b"seeds"

    for memory_kib in (1 << 30, 1 << 62, 10**30, -1):
        with pytest.raises(Malformed):
            LockedBundle.from_dict(honest | {"memory_kib": memory_kib})
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024


def test_a_bundle_put_in_the_place_of_another_account_does_not_open() -> None:
    bundle = lock_bundle("a quiet river", b"seeds", "acc-1", Argon2Cost.TESTING_ONLY)
    assert unlock_bundle("a quiet river", bundle, "acc-1") == b"seeds"

    with pytest.raises(WrongPassword):
        unlock_bundle("a quiet river", bundle, "acc-2")


def test_g1_frames_of_two_attachments_cannot_be_mixed() -> None:
    plain = bytes(2 * FRAME_BYTES)
    one, two = (b"".join(seal_frames(SECRET, io.BytesIO(plain), b"object")) for _ in range(2))
    assert b"".join(open_frames(SECRET, io.BytesIO(one), b"object")) == plain
    middle = HEADER_BYTES + SEALED_FRAME_BYTES

    with pytest.raises(Tampered):
        b"".join(open_frames(SECRET, io.BytesIO(one[:middle] + two[middle:]), b"object"))


class EndlessSource:
    """A film of 96 MiB that is never in memory at once."""

    def __init__(self) -> None:
        self.left = 96 * 1024 * 1024

    def read(self, size: int) -> bytes:
        given = min(size, self.left)
        self.left -= given
        return bytes(given)


def test_a_huge_attachment_does_not_fill_the_memory() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    sealed_bytes = sum(map(len, seal_frames(SECRET, cast(BinaryIO, EndlessSource()), b"object")))

    assert sealed_bytes > 96 * 1024 * 1024
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32 * 1024


def test_a_one_time_code_read_over_the_shoulder_is_worth_nothing() -> None:
    secret, now = b"12345678901234567890", datetime(2025, 5, 1, 12, tzinfo=UTC)
    code = HOTP(secret, 6, SHA1()).generate(int(now.timestamp()) // 30).decode()  # noqa: S303 - RFC 6238
    used = verify_totp(secret, code, now, NEVER_USED)

    with pytest.raises(BadCode):
        verify_totp(secret, code, now, used)


def test_g4_one_custodian_who_knows_the_other_split_opens_no_identity() -> None:
    ours, old = split(SECRET, 2, 2), split(SECRET, 2, 2)
    assert combine(ours) == combine(old) == SECRET

    with pytest.raises(BadShares):
        combine([ours[0], old[1]])
