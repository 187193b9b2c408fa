"""Argon2id (RFC 9106): what one guess at a password costs, and the key that comes of it."""

import threading
import unicodedata
from dataclasses import dataclass
from typing import ClassVar

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from crypto.errors import Malformed
from crypto.keys import SECRET_BYTES, Secret

# Whoever edits the keyring chooses the cost that the server pays at the next sign-in. Up to the first
# recommended option of RFC 9106 (2 GiB) is served; below 8 MiB a stolen bundle would be guessed too cheaply.
MEMORY_KIB = range(8 * 1024, 2 * 1024 * 1024 + 1)
ITERATIONS = range(1, 17)
LANES = range(1, 17)

# Memory is what Argon2id spends: the bound is one of the process, not of an object, hence a module's own
# semaphore.
_DERIVATIONS = threading.BoundedSemaphore(2)


@dataclass(frozen=True, slots=True)
class Argon2Cost:
    """What one guess at a password costs. Raises ValueError outside the bounds served."""

    memory_kib: int
    iterations: int
    lanes: int

    DEFAULT: ClassVar["Argon2Cost"]
    TESTING_ONLY: ClassVar["Argon2Cost"]

    def __post_init__(self) -> None:
        if (self.memory_kib, self.iterations, self.lanes) == _TESTING_ONLY:
            return
        if not (self.memory_kib in MEMORY_KIB and self.iterations in ITERATIONS and self.lanes in LANES):
            raise ValueError("the Argon2id cost is outside the bounds served")

    def is_weaker_than(self, other: "Argon2Cost") -> bool:
        """Say whether a bundle of this cost should be made anew at the other, at the next sign-in."""
        return self.memory_kib < other.memory_kib or self.iterations < other.iterations


_TESTING_ONLY = (64, 1, 1)
Argon2Cost.DEFAULT = Argon2Cost(memory_kib=128 * 1024, iterations=3, lanes=4)
Argon2Cost.TESTING_ONLY = Argon2Cost(*_TESTING_ONLY)


def stretch(password: str, salt: bytes, cost: Argon2Cost) -> Secret:
    """Raises Malformed if the password is not text."""
    try:
        # Two keyboards may write one letter in two ways; NFC makes them one sequence of bytes.
        material = unicodedata.normalize("NFC", password).encode("utf-8")
    except UnicodeEncodeError:
        raise Malformed("a password is text without lone surrogates") from None
    with _DERIVATIONS:
        stretched = Argon2id(
            salt=salt,
            length=SECRET_BYTES,
            iterations=cost.iterations,
            lanes=cost.lanes,
            memory_cost=cost.memory_kib,
        ).derive(material)
    return Secret(stretched)
