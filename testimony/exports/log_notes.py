"""What stands for the entries so far: signed checkpoints, auditors' co-signatures, time-stamps, kept checkpoints."""

import base64
import hashlib
import re
import struct
from collections.abc import Sequence

from cryptography.x509 import load_pem_x509_certificates

from testimony.exports.log_keys import Broken, Keys, halves_hold

_KEPT = re.compile(
    r"^[ \t]*(\S+)[ \t]*\r?\n[ \t]*(\d{1,18})[ \t]*\r?\n[ \t]*([A-Za-z0-9+/]{43}=)[ \t]*\r?$", re.MULTILINE
)


def _lines_of(note: str, name: str, kinds: Sequence[bytes], key: bytes) -> list[bytes | None]:
    """The values of the Ed25519 and the ML-DSA-65 line of one key, in that order; None where one is missing."""
    found: list[bytes | None] = [None, None]
    for line in note.splitlines():
        said, _, value = line.removeprefix("— ").rpartition(" ")
        if not line.startswith("— ") or said != name:
            continue
        raw = base64.b64decode(value, validate=True)
        for place, (kind, public) in enumerate(zip(kinds, (key[:32], key[32:]), strict=True)):
            if raw[:4] == hashlib.sha256(name.encode() + b"\n" + kind + public).digest()[:4]:
                found[place] = raw[4:]
    return found


def open_checkpoint(note: str, keys: Keys) -> tuple[int, bytes, str]:
    """(size, root, text) of a note that the archive signed with both halves. Raises ValueError."""
    text, _, signatures = note.partition("\n\n")
    text += "\n"
    kinds = (b"\x01", b"\xfftestimony-archive/ml-dsa-65")
    first, second = _lines_of(signatures, keys.origin, kinds, keys.log)
    origin, size, root, end = text.split("\n")
    if end or origin != keys.origin or first is None or second is None:
        raise ValueError("not a checkpoint of this archive")
    if not halves_hold(keys.log, text.encode(), first, second):
        raise ValueError("not signed by this archive")
    return int(size), base64.b64decode(root, validate=True), text


def open_cosignature(lines: str, text: str, account: str, keys: Keys) -> int | None:
    """The POSIX time of an auditor's co-signature; None of a key that the file does not prove to be theirs.

    Raises Broken, ValueError, KeyError, TypeError.
    """
    name, kinds = f"{keys.origin}/{account}", (b"\x04", b"\xfftestimony-archive/ml-dsa-65-cosignature")
    for key in keys.auditor(account):
        first, second = _lines_of(lines, name, kinds, key)
        if first is not None:
            break
    else:
        return None
    if second is None or first[:8] != second[:8]:
        raise ValueError("half a co-signature")
    (seconds,) = struct.unpack(">Q", first[:8])
    if not halves_hold(key, f"cosignature/v1\ntime {seconds}\n{text}".encode(), first[8:], second[8:]):
        raise ValueError("the co-signature does not hold")
    return int(seconds)


def read_kept(text: str, keys: Keys) -> tuple[int, bytes]:
    """(size, root): the three lines in a kept text; where the archive's signatures stand below, they must hold."""
    for origin, size, root in _KEPT.findall(text):
        if origin != keys.origin:
            continue
        after = text[text.index(root) :].replace("\r", "")
        signatures = "\n".join(
            line.strip() for line in after.splitlines()[1:] if line.strip().startswith("— ")
        )
        if signatures and after.startswith(f"{root}\n\n— "):
            try:
                open_checkpoint(f"{origin}\n{size}\n{root}\n\n{signatures}\n", keys)
            except ValueError:
                raise Broken("kept-unreadable") from None
        return int(size), base64.b64decode(root)
    raise Broken("kept-unreadable")


def timestamp_holds(token: bytes, text: str, chain: str) -> bool | None:
    """True, False, or None when nothing here can tell."""
    try:
        # Optional, so not at the top: outsiders may do without.
        from rfc3161_client import (  # noqa: PLC0415
            VerificationError,
            VerifierBuilder,
            decode_timestamp_response,
        )
    except ImportError:
        return None
    try:
        builder = VerifierBuilder()
        for one in load_pem_x509_certificates(chain.encode()):
            is_root = one.issuer == one.subject
            builder = (
                builder.add_root_certificate(one) if is_root else builder.add_intermediate_certificate(one)
            )
        digest = hashlib.sha256(text.encode()).digest()
        return bool(builder.build().verify(decode_timestamp_response(token), digest))
    except (VerificationError, ValueError):
        return False
