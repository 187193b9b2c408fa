"""Account bundles: what a person's password opens, and beside it what another password of theirs opens.

    bundle := {"version": 2, "memory_kib", "iterations", "lanes", "salt", "nonce", "ciphertext", "other_nonce",
               "other_ciphertext"}
    salt, nonces and ciphertexts (each with its tag of 16 bytes) in base64
    stretched := Argon2id(NFC(password) in UTF-8, salt, memory, iterations, lanes) -> 32 bytes   (RFC 9106)
    key       := HKDF-SHA-256(stretched, the label of the half)
    plaintext := length of the payload, 4 bytes big-endian || payload || zeros; both halves have one length, a
                 multiple of 8 KiB
    associated data := label of the half || 0x00 || canonical JSON of account id, version and cost

One derivation tries both halves. Where there is no other password the other half is random bytes: nobody can tell.
Version 1 had one half, the stretched key itself and no padding; it is read, and never written.

A reader detects a wrong password, a bundle of another account and any change, and cannot tell them apart. It
cannot detect an older bundle of the same account. Passwords are never cut, and never compared except by
opening.
"""

import base64
import binascii
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from crypto.errors import Malformed, WrongPassword
from crypto.keys import Secret, derive
from crypto.labels import Label, bind
from crypto.stretching import Argon2Cost as Argon2Cost
from crypto.stretching import stretch

VERSION = 2
_FIRST_VERSION = 1
SALT_BYTES = 16
NONCE_BYTES = 12
TAG_BYTES = 16
MAX_PAYLOAD_BYTES = 64 * 1024
PADDED_TO = 8 * 1024
_LENGTH_BYTES = 4
_MAX_CIPHERTEXT = MAX_PAYLOAD_BYTES + PADDED_TO + TAG_BYTES


@dataclass(frozen=True, slots=True)
class LockedBundle:
    """An account's secrets under its password, as the keyring keeps them.

    other: nonce and ciphertext of the other half, which may be random bytes; None in a bundle of version 1.
    """

    cost: Argon2Cost
    salt: bytes = field(repr=False)
    nonce: bytes = field(repr=False)
    ciphertext: bytes = field(repr=False)
    other: tuple[bytes, bytes] | None = field(repr=False, default=None)

    def __post_init__(self) -> None:
        halves = [(self.nonce, self.ciphertext), *([] if self.other is None else [self.other])]
        sizes_hold = len(self.salt) == SALT_BYTES and len({len(text) for _, text in halves}) == 1
        for nonce, ciphertext in halves:
            fits = TAG_BYTES <= len(ciphertext) <= _MAX_CIPHERTEXT
            sizes_hold = sizes_hold and fits and len(nonce) == NONCE_BYTES
        if not sizes_hold:
            raise Malformed("a part of the bundle has not its size")

    @property
    def is_current(self) -> bool:
        """Whether it is of the version written now; an older one is locked anew at the next sign-in."""
        return self.other is not None

    def to_dict(self) -> dict[str, object]:
        document: dict[str, object] = {
            "version": VERSION if self.is_current else _FIRST_VERSION,
            "memory_kib": self.cost.memory_kib,
            "iterations": self.cost.iterations,
            "lanes": self.cost.lanes,
            "salt": _to_text(self.salt),
            "nonce": _to_text(self.nonce),
            "ciphertext": _to_text(self.ciphertext),
        }
        if self.other is not None:
            document |= dict(zip(_OTHER, map(_to_text, self.other), strict=True))
        return document

    @classmethod
    def from_dict(cls, value: object) -> Self:
        """Raises Malformed for anything that `to_dict` does not write, costs outside the bounds included."""
        if not isinstance(value, Mapping) or _FIELDS.get(_integer(value, "version")) != set(value):
            raise Malformed("not an account bundle of version 1 or 2")
        try:
            cost = Argon2Cost(*(_integer(value, name) for name in ("memory_kib", "iterations", "lanes")))
        except ValueError:
            raise Malformed("the bundle asks for a cost outside the bounds served") from None
        salt, nonce, ciphertext = (_from_text(value, name) for name in ("salt", "nonce", "ciphertext"))
        other = None
        if value["version"] == VERSION:
            other = (_from_text(value, _OTHER[0]), _from_text(value, _OTHER[1]))
        return cls(cost, salt, nonce, ciphertext, other)


_OTHER = ("other_nonce", "other_ciphertext")
_FIRST_FIELDS = {"version", "memory_kib", "iterations", "lanes", "salt", "nonce", "ciphertext"}
_FIELDS: Mapping[int, set[str]] = {_FIRST_VERSION: _FIRST_FIELDS, VERSION: _FIRST_FIELDS | set(_OTHER)}


@dataclass(frozen=True, slots=True)
class Opened:
    """What a password opened. other: whether it was the other half.

    `lock_alike` locks something else under the same password without stretching it once more.
    """

    payload: bytes = field(repr=False)
    other: bool
    cost: Argon2Cost
    _stretched: Secret = field(repr=False)
    _salt: bytes = field(repr=False)

    def lock_alike(self, payload: bytes, account_id: str) -> LockedBundle:
        """A bundle, with this payload alone, that the same password opens at the same cost."""
        return _assembled(self._stretched, self._salt, payload, None, account_id, self.cost)

    def opens(self, bundle: LockedBundle, account_id: str) -> bytes | None:
        """What the same password opens of a bundle that `lock_alike` made; None when it is another one."""
        if (bundle.salt, bundle.cost) != (self._salt, self.cost):
            return None
        half = (bundle.nonce, bundle.ciphertext)
        return _unpadded(self._stretched, half, _MAIN, account_id, bundle.cost)


def lock_bundle(
    password: str,
    payload: bytes,
    account_id: str,
    cost: Argon2Cost,
    other: tuple[str, bytes] | None = None,
) -> LockedBundle:
    """Lock an account's secrets, at most 64 KiB. Raises Malformed if a password is not text.

    other: another password and what it opens instead, at most 64 KiB. Without one that half is random.
    """
    salt = secrets.token_bytes(SALT_BYTES)
    beside = None if other is None else (stretch(other[0], salt, cost), other[1])
    return _assembled(stretch(password, salt, cost), salt, payload, beside, account_id, cost)


def unlock_bundle(password: str, bundle: LockedBundle, account_id: str) -> bytes:
    """What the password opens, of the first half alone.

    Raises WrongPassword for a wrong password, another account's bundle and a changed bundle alike.
    """
    opened = unlock_any(password, bundle, account_id)
    if opened.other:
        raise WrongPassword("the bundle does not open")
    return opened.payload


def unlock_any(password: str, bundle: LockedBundle, account_id: str) -> Opened:
    """What the password opens, of either half. Raises WrongPassword as `unlock_bundle` does."""
    try:
        stretched = stretch(password, bundle.salt, bundle.cost)
    except Malformed:
        raise WrongPassword("the bundle does not open") from None
    if bundle.other is None:
        bound = _bound_to(account_id, bundle.cost, _FIRST_VERSION)
        mine, others = _unlocked(stretched, bundle.nonce, bundle.ciphertext, bound), None
    else:
        # Both are tried whatever the first gives, so that the time taken does not tell which one opened.
        mine = _unpadded(stretched, (bundle.nonce, bundle.ciphertext), _MAIN, account_id, bundle.cost)
        others = _unpadded(stretched, bundle.other, _BESIDE, account_id, bundle.cost)
    opened = mine if mine is not None else others
    if opened is None:
        raise WrongPassword("the bundle does not open")
    return Opened(opened, mine is None, bundle.cost, stretched, bundle.salt)


def spend_time(password: str, cost: Argon2Cost) -> None:
    """Cost what `unlock_bundle` costs and tell nothing: for a handle that is not there."""
    try:
        stretch(password, bytes(SALT_BYTES), cost)
    except Malformed:
        return


def _assembled(
    stretched: Secret,
    salt: bytes,
    payload: bytes,
    beside: tuple[Secret, bytes] | None,
    account_id: str,
    cost: Argon2Cost,
) -> LockedBundle:
    longest = max(len(payload), 0 if beside is None else len(beside[1]))
    if longest > MAX_PAYLOAD_BYTES:
        raise ValueError("an account bundle holds at most 64 KiB")
    size = -(-(longest + _LENGTH_BYTES) // PADDED_TO) * PADDED_TO
    nonce, ciphertext = _padded(stretched, payload, size, _MAIN, account_id, cost)
    if beside is None:
        # What no password opens looks as what one opens does: ciphertext is as random bytes are.
        other = (secrets.token_bytes(NONCE_BYTES), secrets.token_bytes(size + TAG_BYTES))
    else:
        other = _padded(beside[0], beside[1], size, _BESIDE, account_id, cost)
    return LockedBundle(cost, salt, nonce, ciphertext, other)


def _padded(
    stretched: Secret, payload: bytes, size: int, label: Label, account_id: str, cost: Argon2Cost
) -> tuple[bytes, bytes]:
    nonce = secrets.token_bytes(NONCE_BYTES)
    text = (len(payload).to_bytes(_LENGTH_BYTES, "big") + payload).ljust(size, b"\0")
    bound = _bound_to(account_id, cost, VERSION, label)
    return nonce, AESGCM(derive(stretched, label).raw).encrypt(nonce, text, bound)


def _unpadded(
    stretched: Secret, half: tuple[bytes, bytes], label: Label, account_id: str, cost: Argon2Cost
) -> bytes | None:
    text = _unlocked(derive(stretched, label), *half, _bound_to(account_id, cost, VERSION, label))
    if text is None:
        return None
    length = int.from_bytes(text[:_LENGTH_BYTES], "big")
    return text[_LENGTH_BYTES : _LENGTH_BYTES + length]


def _unlocked(key: Secret, nonce: bytes, ciphertext: bytes, bound: bytes) -> bytes | None:
    try:
        return AESGCM(key.raw).decrypt(nonce, ciphertext, bound)
    except InvalidTag:
        return None


_MAIN = Label.ACCOUNT_BUNDLE
_BESIDE = Label.ACCOUNT_BUNDLE_OTHER


def _bound_to(account_id: str, cost: Argon2Cost, version: int, label: Label = _MAIN) -> bytes:
    canonical = json.dumps(
        {
            "account": account_id,
            "iterations": cost.iterations,
            "lanes": cost.lanes,
            "memory_kib": cost.memory_kib,
            "version": version,
        },
        sort_keys=True,
        separators=(",", ":"),
    )
    return bind(label, canonical.encode("ascii"))


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
    number = value.get(name)
    if type(number) is not int:
        raise Malformed("a number of the bundle is not a whole number")
    return number
