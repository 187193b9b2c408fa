"""Asking calendars of OpenTimestamps: what one is sent, the `.ots` file of its answer, and the answer that comes later.

    digest sent  := SHA-256(SHA-256(text) nonce)
    file         := head 0xf0 length nonce 0x08 answer          (how it is read: `ots_proofs.py`)
    later        := the same file, with the calendar's next answer beside its promise

The nonce keeps the calendar from seeing the digest itself.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import replace

from crypto.errors import Malformed
from crypto.ots_proofs import (
    APPEND,
    ATTESTATION,
    FORK,
    OTS_MAGIC,
    PENDING,
    PREPEND,
    SHA256,
    Attestation,
    Branches,
    Operation,
    address_of,
    applied,
    ends,
    read_branches,
    read_file,
)

NONCE_BYTES = 16
MAX_ANSWER_BYTES = 10_000


def calendar_digest(text: bytes, nonce: bytes) -> bytes:
    """The 32 bytes that a calendar is asked to stamp."""
    return hashlib.sha256(hashlib.sha256(text).digest() + nonce).digest()


def ots_file(text: bytes, nonce: bytes, answer: bytes) -> bytes:
    """The proof as a file. Raises Malformed when the answer is no list of operations ending in attestations."""
    if len(nonce) != NONCE_BYTES:
        raise Malformed("not a nonce")
    hashed = Operation(SHA256, b"", _read_answer(answer))
    return _file(text, (Operation(APPEND, nonce, (hashed,)),))


def promises(file: bytes, text: bytes) -> tuple[tuple[str, bytes], ...]:
    """(address, value) of what calendars promised to bring into a block. Raises Malformed, BadSignature."""
    return tuple(
        (address_of(attestation), message)
        for attestation, message in ends(read_file(file, text), hashlib.sha256(text).digest())
        if attestation.tag == PENDING and message is not None
    )


def with_answer(file: bytes, text: bytes, value: bytes, answer: bytes) -> bytes:
    """The file with what a calendar says of a value now, beside the promise of it.

    Raises Malformed, BadSignature; Malformed too when no calendar promised this value.
    """
    more, branches = _read_answer(answer), read_file(file, text)
    merged = _merged(branches, hashlib.sha256(text).digest(), value, more)
    if merged == branches:
        raise Malformed("the answer says nothing new")
    made = _file(text, merged)
    read_file(made, text)
    return made


def _read_answer(answer: bytes) -> Branches:
    if not 0 < len(answer) <= MAX_ANSWER_BYTES:
        raise Malformed("not an answer of a calendar")
    return read_branches(answer)


def _merged(branches: Branches, message: bytes | None, value: bytes, more: Branches) -> Branches:
    found: list[Attestation | Operation] = []
    for branch in branches:
        if isinstance(branch, Operation):
            made = None if message is None else applied(branch, message)
            found.append(replace(branch, branches=_merged(branch.branches, made, value, more)))
        else:
            found.append(branch)
    if message == value and any(isinstance(one, Attestation) and one.tag == PENDING for one in branches):
        found += (one for one in more if one not in found)
    return tuple(found)


def _file(text: bytes, branches: Branches) -> bytes:
    return OTS_MAGIC + bytes([SHA256]) + hashlib.sha256(text).digest() + _written(branches)


def _written(branches: Branches) -> bytes:
    *before, last = (b"".join(_branch(one)) for one in branches)
    return b"".join(bytes([FORK]) + one for one in before) + last


def _branch(branch: Attestation | Operation) -> Iterator[bytes]:
    if isinstance(branch, Attestation):
        yield bytes([ATTESTATION]) + branch.tag + _length(branch.payload) + branch.payload
        return
    yield bytes([branch.tag])
    if branch.tag in {APPEND, PREPEND}:
        yield _length(branch.argument) + branch.argument
    yield _written(branch.branches)


def _length(piece: bytes) -> bytes:
    """LEB128."""
    rest, digits = len(piece), bytearray()
    while rest > 0x7F:
        digits.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes([*digits, rest])
