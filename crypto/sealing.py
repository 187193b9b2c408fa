"""Sealed values: anyone who has the public key seals, only the holder of the seed opens.

    sealed  := version:1 (0x01) || encapsulated:1120 || ciphertext || tag:16     (HPKE base mode, RFC 9180)
    padded  := length:8 (big endian) || plaintext || zeros                       (Padmé, what is encrypted)
    info    := label || 0x00 || context

Suite: MLKEM768_X25519 (X-Wing), HKDF-SHA-256, AES-256-GCM. A reader detects any changed, cut or moved byte
and a value sealed under another label or context. It cannot tell who sealed the value, nor that it is the
newest of its context.
"""

import hashlib
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from crypto.errors import Malformed, Tampered
from crypto.keys import Secret
from crypto.labels import Label, bind

VERSION = b"\x01"
ML_KEM_PUBLIC_BYTES = 1184
ML_KEM_SEED_BYTES = 64
PUBLIC_KEY_BYTES = ML_KEM_PUBLIC_BYTES + 32
ENCAPSULATED_BYTES = 1088 + 32
TAG_BYTES = 16
LENGTH_BYTES = 8

_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


@dataclass(frozen=True, slots=True)
class SealingPublicKey:
    """ML-KEM-768 encapsulation key (1184 bytes) || X25519 public key (32). Raises Malformed."""

    raw: bytes = field(repr=False)
    _hpke: MLKEM768X25519PublicKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.raw) != PUBLIC_KEY_BYTES:
            raise Malformed("a sealing public key is 1216 bytes")
        try:
            hpke = MLKEM768X25519PublicKey(
                MLKEM768PublicKey.from_public_bytes(self.raw[:ML_KEM_PUBLIC_BYTES]),
                X25519PublicKey.from_public_bytes(self.raw[ML_KEM_PUBLIC_BYTES:]),
            )
        except ValueError:
            raise Malformed("not a sealing public key") from None
        object.__setattr__(self, "_hpke", hpke)


class SealingKey:
    """The opening half, made from its seed as X-Wing does: SHAKE-256(seed, 96) = ML-KEM seed || X25519 key.

    Source: draft-connolly-cfrg-xwing-kem, section 5.2.
    """

    __slots__ = ("_hpke", "public", "seed")

    def __init__(self, seed: Secret) -> None:
        expanded = hashlib.shake_256(seed.raw).digest(ML_KEM_SEED_BYTES + 32)
        ml_kem = MLKEM768PrivateKey.from_seed_bytes(expanded[:ML_KEM_SEED_BYTES])
        x25519 = X25519PrivateKey.from_private_bytes(expanded[ML_KEM_SEED_BYTES:])
        self.seed = seed
        self.public = SealingPublicKey(
            ml_kem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()
        )
        self._hpke = MLKEM768X25519PrivateKey(ml_kem, x25519)

    def _open(self, ciphertext: bytes, info: bytes) -> bytes:
        return _SUITE.decrypt(ciphertext, self._hpke, info=info)


def padded_size(size: int) -> int:
    """Return the Padmé size of `size` bytes: at most 12 % more, O(log log size) bits of the length leak.

    Source: Nikitin et al., "Reducing Metadata Leakage from Encrypted Files …", PETS 2019.
    """
    if size < 2:
        return size
    exponent = size.bit_length() - 1
    mask = (1 << (exponent - exponent.bit_length())) - 1
    return (size + mask) & ~mask


def seal(to: SealingPublicKey, plaintext: bytes, label: Label, context: bytes = b"") -> bytes:
    """Seal bytes to a public key, for one use and one context (say, the row that will hold them)."""
    body = len(plaintext).to_bytes(LENGTH_BYTES, "big") + plaintext
    padded = body.ljust(padded_size(len(body)), b"\0")
    return VERSION + _SUITE.encrypt(padded, to._hpke, info=bind(label, context))


def open_sealed(key: SealingKey, sealed: bytes, label: Label, context: bytes = b"") -> bytes:
    """Open what `seal` made with the same label and context. Raises Tampered for anything else."""
    if sealed[:1] != VERSION or len(sealed) < 1 + ENCAPSULATED_BYTES + LENGTH_BYTES + TAG_BYTES:
        raise Tampered("not a sealed value")
    try:
        padded = key._open(sealed[1:], bind(label, context))
    except (InvalidTag, ValueError):
        raise Tampered("the sealed value does not open") from None
    return _unpad(padded)


def _unpad(padded: bytes) -> bytes:
    """Raises Tampered unless the padding is exactly what `seal` writes: nothing can hide in it."""
    end = LENGTH_BYTES + int.from_bytes(padded[:LENGTH_BYTES], "big")
    if len(padded) != padded_size(end) or padded.count(0, end) != len(padded) - end:
        raise Tampered("the padding is not the sealer's")
    return padded[LENGTH_BYTES:end]
