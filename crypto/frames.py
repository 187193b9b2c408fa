"""Sealed attachments: a stream of frames that is sealed and opened in constant memory, and opened in ranges.

    sealed  := header frame+
    header  := "TSTF" || version:1 (0x01) || prefix:7 (random)
    frame   := ciphertext (64 KiB, the last one 0 to 64 KiB) || tag:16
    key     := derive(secret, label ATTACHMENT, header || context)
    nonce   := prefix || counter:4 (big endian, from 0) || last:1 (0x01 on the last frame, else 0x00)

The STREAM construction over AES-256-GCM (Hoang, Reyhanitabar, Rogaway, Vizár, 2015). Only an empty
attachment has an empty frame. A reader detects any changed, cut, swapped, repeated or appended byte and
another context. It cannot detect an older attachment sealed with the same secret and context. What it yields
before it raises Tampered is authentic but may not be all: a caller keeps nothing until the last frame is
opened.
"""

import secrets
from collections.abc import Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from crypto.errors import Tampered
from crypto.keys import Secret, derive
from crypto.labels import Label

MAGIC = b"TSTF\x01"
PREFIX_BYTES = 7
HEADER_BYTES = len(MAGIC) + PREFIX_BYTES
FRAME_BYTES = 64 * 1024
TAG_BYTES = 16
SEALED_FRAME_BYTES = FRAME_BYTES + TAG_BYTES
MAX_FRAMES = 1 << 32


def seal_frames(key: Secret, source: BinaryIO, context: bytes) -> Iterator[bytes]:
    """Yield the sealed attachment: the header, then frame by frame. The secret is one object's own."""
    header = MAGIC + secrets.token_bytes(PREFIX_BYTES)
    cipher, prefix = _cipher(key, header, context), header[len(MAGIC) :]
    yield header
    frame = _read(source, FRAME_BYTES)
    for counter in range(MAX_FRAMES):
        following = _read(source, FRAME_BYTES) if len(frame) == FRAME_BYTES else b""
        yield cipher.encrypt(_nonce(prefix, counter, following), frame, None)
        if not following:
            return
        frame = following
    raise ValueError("an attachment has at most 2^32 frames")


def open_frames(key: Secret, source: BinaryIO, context: bytes) -> Iterator[bytes]:
    """Yield the plaintext frame by frame. Raises Tampered; what was yielded before is then not the whole."""
    header = _read_header(source)
    cipher, prefix = _cipher(key, header, context), header[len(MAGIC) :]
    sealed = _read(source, SEALED_FRAME_BYTES)
    for counter in range(MAX_FRAMES):
        following = _read(source, SEALED_FRAME_BYTES) if len(sealed) == SEALED_FRAME_BYTES else b""
        yield _open(cipher, _nonce(prefix, counter, following), sealed)
        if not following:
            return
        sealed = following
        if len(sealed) <= TAG_BYTES:
            raise Tampered("a later frame is never empty")
    raise Tampered("the attachment has too many frames")


def open_range(key: Secret, source: BinaryIO, context: bytes, start: int, end: int) -> Iterator[bytes]:
    """Yield the plaintext bytes [start, end), opening only the frames that hold them.

    source: seekable, the sealed attachment from its first byte. An end behind the attachment's own is its
    end, and then the last frame is always opened, so that a cut attachment is found out. Raises Tampered;
    ValueError unless 0 <= start <= end.
    """
    if not 0 <= start <= end:
        raise ValueError("a range starts at zero or later and does not end before it starts")
    size = plain_size(source.seek(0, 2))
    source.seek(0)
    header = _read_header(source)
    cipher, prefix = _cipher(key, header, context), header[len(MAGIC) :]
    last = max(size - 1, 0) // FRAME_BYTES
    if end < size and start == end:
        return
    first_needed = min(start // FRAME_BYTES, last)
    last_needed = min(max(end - 1, 0) // FRAME_BYTES, last)
    source.seek(HEADER_BYTES + first_needed * SEALED_FRAME_BYTES)
    for counter in range(first_needed, last_needed + 1):
        following = b"" if counter == last else b"more"
        frame = _open(cipher, _nonce(prefix, counter, following), _read(source, SEALED_FRAME_BYTES))
        offset = counter * FRAME_BYTES
        wanted = frame[max(start - offset, 0) : end - offset]
        if wanted:
            yield wanted


def sealed_size(plain_size: int) -> int:
    """Return how many bytes an attachment of this size has when sealed."""
    if plain_size < 0:
        raise ValueError("an attachment has no negative size")
    frames = max(1, -(-plain_size // FRAME_BYTES))
    return HEADER_BYTES + plain_size + frames * TAG_BYTES


def plain_size(sealed_size: int) -> int:
    """Return how many bytes the opened attachment has. Raises Tampered for a size never sealed."""
    body = sealed_size - HEADER_BYTES
    full, rest = divmod(max(body, 0), SEALED_FRAME_BYTES)
    if body < TAG_BYTES or 0 < rest < TAG_BYTES or (rest == TAG_BYTES and full):
        raise Tampered("no attachment has this size")
    return full * FRAME_BYTES + max(rest - TAG_BYTES, 0)


def _cipher(key: Secret, header: bytes, context: bytes) -> AESGCM:
    # The header has a fixed length, so header and context cannot run into each other.
    return AESGCM(derive(key, Label.ATTACHMENT, header + context).raw)


def _nonce(prefix: bytes, counter: int, following: bytes) -> bytes:
    return prefix + counter.to_bytes(4, "big") + (b"\x00" if following else b"\x01")


def _open(cipher: AESGCM, nonce: bytes, sealed: bytes) -> bytes:
    try:
        return cipher.decrypt(nonce, sealed, None)
    except (InvalidTag, ValueError):
        raise Tampered("a frame does not open") from None


def _read_header(source: BinaryIO) -> bytes:
    header = _read(source, HEADER_BYTES)
    if len(header) != HEADER_BYTES or not header.startswith(MAGIC):
        raise Tampered("not a sealed attachment")
    return header


def _read(source: BinaryIO, size: int) -> bytes:
    """Return `size` bytes, fewer only at the end: a raw file or a socket may give less at a time."""
    first = source.read(size)
    if len(first) == size or not first:
        return first
    parts, missing = [first], size - len(first)
    while missing and (part := source.read(missing)):
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
