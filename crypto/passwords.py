"""Account bundles: what a person's password opens.

    bundle := {"version": 1, "memory_kib", "iterations", "lanes", "salt", "nonce", "ciphertext"}
    salt, nonce and ciphertext (with its tag of 16 bytes) in base64
    key    := Argon2id(NFC(password) in UTF-8, salt, memory, iterations, lanes) -> 32 bytes   (RFC 9106)
    associated data := label || 0x00 || canonical JSON of account id, version and cost

A reader detects a wrong password, a bundle of another account and any change, and cannot tell them apart. It
cannot detect an older bundle of the same account. Passwords are never cut, and never compared except by
opening.
"""

import base64
import binascii
import json
import secrets
import threading
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from crypto.errors import Malformed, WrongPassword
from crypto.labels import Label, bind

VERSION = 1
SALT_BYTES = 16
NONCE_BYTES = 12
TAG_BYTES = 16
KEY_BYTES = 32
MAX_PAYLOAD_BYTES = 64 * 1024

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


@dataclass(frozen=True, slots=True)
class LockedBundle:
    """An account's secrets under its password, as the keyring keeps them."""

    cost: Argon2Cost
    salt: bytes = field(repr=False)
    nonce: bytes = field(repr=False)
    ciphertext: bytes = field(repr=False)

    def __post_init__(self) -> None:
        sizes_hold = len(self.salt) == SALT_BYTES and len(self.nonce) == NONCE_BYTES
        if not sizes_hold or not TAG_BYTES <= len(self.ciphertext) <= MAX_PAYLOAD_BYTES + TAG_BYTES:
            raise Malformed("a part of the bundle has not its size")

    def to_dict(self) -> dict[str, object]:
        return {
            "version": VERSION,
            "memory_kib": self.cost.memory_kib,
            "iterations": self.cost.iterations,
            "lanes": self.cost.lanes,
            "salt": _to_text(self.salt),
            "nonce": _to_text(self.nonce),
            "ciphertext": _to_text(self.ciphertext),
        }

    @classmethod
    def from_dict(cls, value: object) -> Self:
        """Raises Malformed for anything that `to_dict` does not write, costs outside the bounds included."""
        if not isinstance(value, Mapping) or set(value) != _FIELDS or _integer(value, "version") != VERSION:
            raise Malformed("not an account bundle of version 1")
        try:
            cost = Argon2Cost(*(_integer(value, name) for name in ("memory_kib", "iterations", "lanes")))
        except ValueError:
            raise Malformed("the bundle asks for a cost outside the bounds served") from None
        return cls(cost, *(_from_text(value, name) for name in ("salt", "nonce", "ciphertext")))


_FIELDS = {"version", "memory_kib", "iterations", "lanes", "salt", "nonce", "ciphertext"}


def lock_bundle(password: str, payload: bytes, account_id: str, cost: Argon2Cost) -> LockedBundle:
    """Lock an account's secrets, at most 64 KiB. Raises Malformed if the password is not text."""
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise ValueError("an account bundle holds at most 64 KiB")
    salt, nonce = secrets.token_bytes(SALT_BYTES), secrets.token_bytes(NONCE_BYTES)
    key = AESGCM(_stretch(password, salt, cost))
    return LockedBundle(cost, salt, nonce, key.encrypt(nonce, payload, _bound_to(account_id, cost)))


def unlock_bundle(password: str, bundle: LockedBundle, account_id: str) -> bytes:
    """Raises WrongPassword for a wrong password, another account's bundle and a changed bundle alike."""
    try:
        key = AESGCM(_stretch(password, bundle.salt, bundle.cost))
        return key.decrypt(bundle.nonce, bundle.ciphertext, _bound_to(account_id, bundle.cost))
    except (InvalidTag, Malformed):
        raise WrongPassword("the bundle does not open") from None


def spend_time(password: str, cost: Argon2Cost) -> None:
    """Cost what `unlock_bundle` costs and tell nothing: for a handle that is not there."""
    try:
        _stretch(password, bytes(SALT_BYTES), cost)
    except Malformed:
        return


def _stretch(password: str, salt: bytes, cost: Argon2Cost) -> bytes:
    try:
        # Two keyboards may write one letter in two ways; NFC makes them one sequence of bytes.
        material = unicodedata.normalize("NFC", password).encode("utf-8")
    except UnicodeEncodeError:
        raise Malformed("a password is text without lone surrogates") from None
    with _DERIVATIONS:
        return Argon2id(
            salt=salt,
            length=KEY_BYTES,
            iterations=cost.iterations,
            lanes=cost.lanes,
            memory_cost=cost.memory_kib,
        ).derive(material)


def _bound_to(account_id: str, cost: Argon2Cost) -> bytes:
    canonical = json.dumps(
        {
            "account": account_id,
            "iterations": cost.iterations,
            "lanes": cost.lanes,
            "memory_kib": cost.memory_kib,
            "version": VERSION,
        },
        sort_keys=True,
        separators=(",", ":"),
    )
    return bind(Label.ACCOUNT_BUNDLE, canonical.encode("ascii"))


def _to_text(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def _from_text(value: Mapping[str, object], name: str) -> bytes:
    text = value[name]
    if not isinstance(text, str):
        raise Malformed("a part of the bundle is not text")
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("a part of the bundle is not base64") from None
    if _to_text(raw) != text:
        raise Malformed("a part of the bundle is not canonical base64")
    return raw


def _integer(value: Mapping[str, object], name: str) -> int:
    number = value[name]
    if type(number) is not int:
        raise Malformed("a number of the bundle is not a whole number")
    return number
