"""Hybrid signatures: Ed25519 and ML-DSA-65 over the same bytes, and both must hold.

    signature := ed25519:64 || ml_dsa_65:3309
    signed    := label || 0x00 || message
    public    := ed25519:32 || ml_dsa_65:1952

A reader detects any other message, key or use. Source: RFC 8032, FIPS 204 (pure, empty context string).
"""

import hashlib
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey, MLDSA65PublicKey

from crypto.errors import BadSignature, Malformed
from crypto.keys import Secret, derive
from crypto.labels import Label, bind

ED25519_PUBLIC_BYTES = 32
ED25519_SIGNATURE_BYTES = 64
ML_DSA_PUBLIC_BYTES = 1952
ML_DSA_SIGNATURE_BYTES = 3309
PUBLIC_KEY_BYTES = ED25519_PUBLIC_BYTES + ML_DSA_PUBLIC_BYTES
SIGNATURE_BYTES = ED25519_SIGNATURE_BYTES + ML_DSA_SIGNATURE_BYTES


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """Ed25519 public key (32 bytes) || ML-DSA-65 public key (1952). Raises Malformed if it is not one."""

    raw: bytes = field(repr=False)
    _ed25519: Ed25519PublicKey = field(init=False, repr=False, compare=False)
    _ml_dsa: MLDSA65PublicKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.raw) != PUBLIC_KEY_BYTES:
            raise Malformed("a verifying key is 1984 bytes")
        try:
            ed25519 = Ed25519PublicKey.from_public_bytes(self.ed25519_raw)
            ml_dsa = MLDSA65PublicKey.from_public_bytes(self.ml_dsa_raw)
        except ValueError:
            raise Malformed("not a verifying key") from None
        object.__setattr__(self, "_ed25519", ed25519)
        object.__setattr__(self, "_ml_dsa", ml_dsa)

    @property
    def ed25519_raw(self) -> bytes:
        return self.raw[:ED25519_PUBLIC_BYTES]

    @property
    def ml_dsa_raw(self) -> bytes:
        return self.raw[ED25519_PUBLIC_BYTES:]

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the raw key, 64 hexadecimal digits: what people compare and what a bundle pins."""
        return hashlib.sha256(self.raw).hexdigest()

    def require_ed25519(self, signed: bytes, signature: bytes) -> None:
        """Raises BadSignature. Alone it is not enough for this archive; notes need the halves one by one."""
        try:
            self._ed25519.verify(signature, signed)
        except (InvalidSignature, ValueError):
            raise BadSignature("the Ed25519 signature does not hold") from None

    def require_ml_dsa(self, signed: bytes, signature: bytes) -> None:
        """Raises BadSignature. Alone it is not enough for this archive; notes need the halves one by one."""
        try:
            self._ml_dsa.verify(signature, signed)
        except (InvalidSignature, ValueError):
            raise BadSignature("the ML-DSA-65 signature does not hold") from None


class SigningKey:
    """The signing half, both component seeds derived from one secret."""

    __slots__ = ("_ed25519", "_ml_dsa", "public", "seed")

    def __init__(self, seed: Secret) -> None:
        self.seed = seed
        self._ed25519 = Ed25519PrivateKey.from_private_bytes(derive(seed, Label.SIGNING_ED25519).raw)
        self._ml_dsa = MLDSA65PrivateKey.from_seed_bytes(derive(seed, Label.SIGNING_ML_DSA_65).raw)
        self.public = VerifyingKey(
            self._ed25519.public_key().public_bytes_raw() + self._ml_dsa.public_key().public_bytes_raw()
        )

    def sign_halves(self, signed: bytes) -> tuple[bytes, bytes]:
        """Return the Ed25519 and the ML-DSA-65 signature over exactly these bytes."""
        return self._ed25519.sign(signed), self._ml_dsa.sign(signed)


def sign(key: SigningKey, message: bytes, label: Label) -> bytes:
    """Return the 3373-byte signature over label || 0x00 || message."""
    return b"".join(key.sign_halves(bind(label, message)))


def verify(key: VerifyingKey, message: bytes, signature: bytes, label: Label) -> None:
    """Raises BadSignature unless both signatures hold for this key, message and use."""
    if len(signature) != SIGNATURE_BYTES:
        raise BadSignature("a signature is 3373 bytes")
    signed = bind(label, message)
    key.require_ed25519(signed, signature[:ED25519_SIGNATURE_BYTES])
    key.require_ml_dsa(signed, signature[ED25519_SIGNATURE_BYTES:])
