"""Signed notes and log checkpoints (c2sp.org/signed-note, c2sp.org/tlog-checkpoint), with a hybrid signature.

    note       := text "\\n" signature+          text ends in "\\n" and holds no control character besides
    signature  := "— " name " " base64(key id:4 || signature) "\\n"
    key id     := first 4 bytes of SHA-256(name || "\\n" || type || public key)
    type       := 0x01 (Ed25519)  |  0xff "testimony-archive/ml-dsa-65"
    checkpoint := origin "\\n" size "\\n" base64(root) "\\n"

Both lines sign the text alone, so that any C2SP tool verifies the Ed25519 line; this archive asks for both.
A note holds no zero byte and every other signature of the archive does, so neither passes for the other.
Lines of other keys are ignored. A reader cannot detect that a newer checkpoint exists.
"""

import base64
import binascii
import hashlib
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from crypto.errors import BadSignature, Malformed
from crypto.merkle import HASH_BYTES
from crypto.signing import SigningKey, VerifyingKey

ED25519_TYPE = b"\x01"
ML_DSA_65_TYPE = b"\xfftestimony-archive/ml-dsa-65"
KEY_ID_BYTES = 4
MAX_NOTE_CHARACTERS = 256 * 1024
MAX_SIGNATURES = 32
MAX_SIZE_DIGITS = 18
DASH = "— "


_CONTROL = re.compile("[\x00-\x09\x0b-\x1f]")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of a log: whose it is, how many leaves, which root. Raises Malformed."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        require_name(self.origin)
        if len(self.root) != HASH_BYTES or not 0 <= self.size < 10**MAX_SIZE_DIGITS:
            raise Malformed("a checkpoint has a size and a root of 32 bytes")

    @property
    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{encode(self.root)}\n"

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Raises Malformed for anything that `text` does not write; extension lines are refused."""
        lines = text.split("\n")
        if len(lines) != 4 or lines[3]:
            raise Malformed("a checkpoint is three lines")
        origin, size, root = lines[:3]
        plain = size.isascii() and size.isdigit() and len(size) <= MAX_SIZE_DIGITS
        if not plain or (size.startswith("0") and size != "0"):
            raise Malformed("a checkpoint's size is a decimal number")
        return cls(origin, int(size), decode(root))


@dataclass(frozen=True, slots=True)
class SignatureLine:
    name: str
    key_id: bytes
    signature: bytes


def sign_note(text: str, name: str, key: SigningKey) -> str:
    """Return the text and two signature lines. Raises Malformed if text or name cannot be in a note."""
    _require_text(text)
    require_name(name)
    ed25519, ml_dsa = key.sign_halves(text.encode())
    lines = (
        (key_id_of(name, ED25519_TYPE, key.public.ed25519_raw), ed25519),
        (key_id_of(name, ML_DSA_65_TYPE, key.public.ml_dsa_raw), ml_dsa),
    )
    return text + "\n" + "".join(f"{DASH}{name} {encode(key_id + value)}\n" for key_id, value in lines)


def open_note(note: str, name: str, key: VerifyingKey) -> str:
    """Return the text. Raises BadSignature unless both of this key's lines are there and hold; Malformed."""
    text, lines = parse_note(note)
    signed = text.encode()
    _require_line(lines, name, key_id_of(name, ED25519_TYPE, key.ed25519_raw), signed, key.require_ed25519)
    _require_line(lines, name, key_id_of(name, ML_DSA_65_TYPE, key.ml_dsa_raw), signed, key.require_ml_dsa)
    return text


def sign_checkpoint(checkpoint: Checkpoint, key: SigningKey) -> str:
    """Return the checkpoint as a note signed under its origin."""
    return sign_note(checkpoint.text, checkpoint.origin, key)


def open_checkpoint(note: str, origin: str, key: VerifyingKey) -> Checkpoint:
    """Raises BadSignature, and Malformed if what was signed is not a checkpoint of this origin."""
    checkpoint = Checkpoint.from_text(open_note(note, origin, key))
    if checkpoint.origin != origin:
        raise Malformed("the checkpoint is of another log")
    return checkpoint


def verifier_key(name: str, key: VerifyingKey) -> str:
    """Return `name+key id+base64(0x01 || Ed25519 public key)`, what other C2SP tools take to check a note."""
    require_name(name)
    key_id = key_id_of(name, ED25519_TYPE, key.ed25519_raw)
    return f"{name}+{key_id.hex()}+{encode(ED25519_TYPE + key.ed25519_raw)}"


def open_note_of_others(note: str, verifier: str) -> str:
    """Return the text of a note signed by Ed25519 alone, as other logs and witnesses sign.

    verifier: their verifier key. Never for this archive's own notes, which need both signatures.
    Raises BadSignature, Malformed.
    """
    parts = verifier.split("+", 2)
    if len(parts) != 3:
        raise Malformed("not a verifier key")
    name, key_id, encoded = parts
    encoded_key = decode(encoded)
    require_name(name)
    if encoded_key[:1] != ED25519_TYPE or key_id_of(name, ED25519_TYPE, encoded_key[1:]).hex() != key_id:
        raise Malformed("not an Ed25519 verifier key")
    try:
        public = Ed25519PublicKey.from_public_bytes(encoded_key[1:])
    except ValueError:
        raise Malformed("not an Ed25519 verifier key") from None

    def require(signed: bytes, signature: bytes) -> None:
        try:
            public.verify(signature, signed)
        except (InvalidSignature, ValueError):
            raise BadSignature("the signature does not hold") from None

    text, lines = parse_note(note)
    _require_line(lines, name, bytes.fromhex(key_id), text.encode(), require)
    return text


def _require_line(
    lines: tuple[SignatureLine, ...],
    name: str,
    key_id: bytes,
    signed: bytes,
    require: Callable[[bytes, bytes], None],
) -> None:
    """Raises BadSignature unless there is a line of this key, and every one of them holds."""
    known = [line for line in lines if line.name == name and line.key_id == key_id]
    if not known:
        raise BadSignature("the note is not signed by this key")
    for line in known:
        require(signed, line.signature)


def parse_note(note: str) -> tuple[str, tuple[SignatureLine, ...]]:
    if len(note) > MAX_NOTE_CHARACTERS:
        raise Malformed("the note is too long")
    _require_text(note)
    text, blank, signatures = note.rpartition("\n\n")
    if not blank:
        raise Malformed("the note is not signed")
    lines = signatures.removesuffix("\n").split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise Malformed("the note has too many signatures")
    return text + "\n", tuple(parse_line(line) for line in lines)


def parse_line(line: str) -> SignatureLine:
    name, _, encoded = line.removeprefix(DASH).partition(" ")
    value = decode(encoded)
    if not line.startswith(DASH) or len(value) <= KEY_ID_BYTES:
        raise Malformed("not a signature line")
    require_name(name)
    return SignatureLine(name, value[:KEY_ID_BYTES], value[KEY_ID_BYTES:])


def key_id_of(name: str, kind: bytes, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + kind + public).digest()[:KEY_ID_BYTES]


def _require_text(text: str) -> None:
    if not text.endswith("\n") or _CONTROL.search(text):
        raise Malformed("a note ends in a newline and holds no other control character")
    if _SURROGATE.search(text):
        raise Malformed("a note is valid UTF-8")


def require_name(name: str) -> None:
    if not name or any(
        character.isspace() or character in "+\x00" or unicodedata.category(character) in {"Cc", "Cs"}
        for character in name
    ):
        raise Malformed("a name has no spaces and no plus")


def encode(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def decode(text: str) -> bytes:
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("not base64") from None
    if encode(value) != text:
        raise Malformed("not canonical base64")
    return value
