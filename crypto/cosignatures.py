"""Cosignatures of checkpoints (c2sp.org/tlog-cosignature, cosignature/v1), with a second, hybrid line.

    signed    := "cosignature/v1\\n" "time " seconds "\\n" checkpoint text
    line      := "— " name " " base64(key id:4 || seconds:8, big-endian || signature) "\\n"
    key id    := first 4 bytes of SHA-256(name || "\\n" || type || public key)
    type      := 0x04 (Ed25519)  |  0xff "testimony-archive/ml-dsa-65-cosignature"

Any C2SP tool verifies the Ed25519 line; this archive asks for both. What is signed holds no zero byte, and every
other signature of an account does, so neither passes for the other. A cosigner says: at this time this was the
largest log that I saw, and it continues whatever I signed before.
"""

import struct
from collections.abc import Callable, Iterable

from crypto.errors import BadSignature, Malformed
from crypto.notes import DASH, SignatureLine, encode, key_id_of, parse_line, require_name
from crypto.signing import SigningKey, VerifyingKey

ED25519_COSIGNATURE_TYPE = b"\x04"
ML_DSA_65_COSIGNATURE_TYPE = b"\xfftestimony-archive/ml-dsa-65-cosignature"
TIME_BYTES = 8
_LATEST = 2**63 - 1


def cosigned_message(text: str, seconds: int) -> bytes:
    """What is signed. text: the checkpoint's lines, each with its newline, without signatures."""
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def cosign(text: str, name: str, key: SigningKey, seconds: int) -> str:
    """Return two signature lines. seconds: POSIX time. Raises Malformed, ValueError for a time before 1970."""
    require_name(name)
    if not 0 <= seconds <= _LATEST:
        raise ValueError("a cosignature has a POSIX time")
    ed25519, ml_dsa = key.sign_halves(cosigned_message(text, seconds))
    stamp = struct.pack(">Q", seconds)
    values = (
        (key_id_of(name, ED25519_COSIGNATURE_TYPE, key.public.ed25519_raw), ed25519),
        (key_id_of(name, ML_DSA_65_COSIGNATURE_TYPE, key.public.ml_dsa_raw), ml_dsa),
    )
    return "".join(f"{DASH}{name} {encode(key_id + stamp + value)}\n" for key_id, value in values)


def is_cosigned_with(lines: str, name: str, key: VerifyingKey) -> bool:
    """Whether the lines claim to be of this key; `open_cosignature` tells whether they hold.

    Raises Malformed.
    """
    wanted = key_id_of(name, ED25519_COSIGNATURE_TYPE, key.ed25519_raw)
    return any((line.name, line.key_id) == (name, wanted) for line in _parse(lines))


def open_cosignature(lines: str, text: str, name: str, key: VerifyingKey) -> int:
    """Return the POSIX time at which this key cosigned this checkpoint.

    Raises BadSignature unless both lines are there, hold, and say one time; Malformed.
    """
    found = _parse(lines)
    first = _time_of(
        found, name, key_id_of(name, ED25519_COSIGNATURE_TYPE, key.ed25519_raw), text, key.require_ed25519
    )
    second = _time_of(
        found, name, key_id_of(name, ML_DSA_65_COSIGNATURE_TYPE, key.ml_dsa_raw), text, key.require_ml_dsa
    )
    if first != second:
        raise BadSignature("the two lines say different times")
    return first


def _parse(lines: str) -> tuple[SignatureLine, ...]:
    if not lines.endswith("\n"):
        raise Malformed("a cosignature ends in a newline")
    return tuple(parse_line(line) for line in lines.removesuffix("\n").split("\n"))


def _time_of(
    lines: Iterable[SignatureLine],
    name: str,
    key_id: bytes,
    text: str,
    require: Callable[[bytes, bytes], None],
) -> int:
    known = [line for line in lines if (line.name, line.key_id) == (name, key_id)]
    if len(known) != 1 or len(known[0].signature) <= TIME_BYTES:
        raise BadSignature("the checkpoint is not cosigned by this key")
    value = known[0].signature
    (seconds,) = struct.unpack(">Q", value[:TIME_BYTES])
    require(cosigned_message(text, seconds), value[TIME_BYTES:])
    return int(seconds)
