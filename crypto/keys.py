"""Secrets of 32 bytes and what is derived from them (HKDF-SHA-256, RFC 5869)."""

import secrets
from dataclasses import dataclass, field
from typing import Self

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from crypto.errors import Malformed
from crypto.labels import Label, bind

SECRET_BYTES = 32
# SQLCipher takes a raw key of 32 bytes followed by the 16 bytes of salt that else lie in the file.
DATABASE_KEY_BYTES = 48


@dataclass(frozen=True, slots=True)
class Secret:
    """32 random or derived bytes. The repr does not show them. Raises Malformed for another length."""

    raw: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.raw) != SECRET_BYTES:
            raise Malformed("a secret is 32 bytes")

    @classmethod
    def random(cls) -> Self:
        return cls(secrets.token_bytes(SECRET_BYTES))


def expand(secret: Secret, label: Label, context: bytes, length: int) -> bytes:
    """Return `length` bytes of HKDF-SHA-256 without salt, info = label || 0x00 || context."""
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=bind(label, context)).derive(secret.raw)


def derive(secret: Secret, label: Label, context: bytes = b"") -> Secret:
    """Return the secret for one use; equal arguments give equal secrets."""
    return Secret(expand(secret, label, context, SECRET_BYTES))


def database_key(secret: Secret, label: Label) -> str:
    """Return the raw SQLCipher key `x'…'`: 32 bytes of key and 16 of salt as 96 hexadecimal digits."""
    return f"x'{expand(secret, label, b'', DATABASE_KEY_BYTES).hex()}'"
