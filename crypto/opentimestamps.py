"""OpenTimestamps proofs that wait for the block chain: what a calendar is sent, and the `.ots` file of its answer.

    file      := magic version 0x08 SHA-256(text) 0xf0 length nonce 0x08 answer
    answer    := { 0xff branch } branch        branch := 0x00 attestation | operation answer

The nonce keeps the calendar from seeing the digest itself. Whether a block of Bitcoin confirms it is not decided
here: that takes the block chain, and the tools of opentimestamps.org (`ots upgrade`, `ots verify`).
"""

import hashlib

from crypto.errors import Malformed

MAGIC = b"\x00OpenTimestamps\x00\x00Proof\x00\xbf\x89\xe2\xe8\x84\xe8\x92\x94\x01"
NONCE_BYTES = 16
MAX_ANSWER_BYTES = 8192
MAX_DEPTH = 256
_SHA256, _APPEND, _PREPEND, _FORK, _ATTESTATION = 0x08, 0xF0, 0xF1, 0xFF, 0x00
_UNARY = {0x02, 0x03, _SHA256, 0x67, 0xF2, 0xF3}
"""SHA-1, RIPEMD-160, SHA-256, Keccak-256, reverse, hexlify."""


def calendar_digest(text: bytes, nonce: bytes) -> bytes:
    """The 32 bytes that a calendar is asked to stamp."""
    return hashlib.sha256(hashlib.sha256(text).digest() + nonce).digest()


def ots_file(text: bytes, nonce: bytes, answer: bytes) -> bytes:
    """The proof as a file. Raises Malformed when the answer is no list of operations ending in attestations."""
    if len(nonce) != NONCE_BYTES or not 0 < len(answer) <= MAX_ANSWER_BYTES:
        raise Malformed("not an answer of a calendar")
    try:
        end = _past_answer(answer, 0, 0)
    except IndexError:
        raise Malformed("the answer of the calendar is cut short") from None
    if end != len(answer):
        raise Malformed("the answer of the calendar goes on after its end")
    head = MAGIC + bytes([_SHA256]) + hashlib.sha256(text).digest()
    return head + bytes([_APPEND, NONCE_BYTES]) + nonce + bytes([_SHA256]) + answer


def _past_answer(data: bytes, place: int, depth: int) -> int:
    """Return the place after one answer. Raises IndexError at the end of the data, Malformed."""
    if depth > MAX_DEPTH:
        raise Malformed("the answer of the calendar is too deep")
    while data[place] == _FORK:
        place = _past_branch(data, place + 1, depth)
    return _past_branch(data, place, depth)


def _past_branch(data: bytes, place: int, depth: int) -> int:
    tag = data[place]
    if tag == _ATTESTATION:
        return _past_bytes(data, place + 9)
    if tag in {_APPEND, _PREPEND}:
        return _past_answer(data, _past_bytes(data, place + 1), depth + 1)
    if tag not in _UNARY:
        raise Malformed("the answer of the calendar has an unknown operation")
    return _past_answer(data, place + 1, depth + 1)


def _past_bytes(data: bytes, place: int) -> int:
    """Past a length (LEB128) and as many bytes."""
    length = shift = 0
    while True:
        value = data[place]
        length |= (value & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if not value & 0x80:
            break
    if length and place + length > len(data):
        raise IndexError
    return place + length
