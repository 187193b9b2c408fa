"""Proofs of OpenTimestamps, read: which calendars and which blocks a file names, and whether a block holds it.

    file      := magic version 0x08 SHA-256(text) branches
    branches  := { 0xff branch } branch
    branch    := 0x00 tag length payload | operation [ length argument ] branches

An attestation is over what the operations before it make of the digest. A calendar's is a promise. Bitcoin's names a
block, which holds it when the root of its Merkle tree is that value: that takes the block's header, 80 bytes, handed in
by whoever verifies. Whether the header is of the chain that everybody has is theirs to know, so its number is told.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from crypto.errors import BadSignature, Malformed

OTS_MAGIC = b"\x00OpenTimestamps\x00\x00Proof\x00\xbf\x89\xe2\xe8\x84\xe8\x92\x94\x01"
PENDING, BITCOIN = bytes.fromhex("83dfe30d2ef90c8e"), bytes.fromhex("0588960d73d71901")
SHA256, APPEND, PREPEND, FORK, ATTESTATION = 0x08, 0xF0, 0xF1, 0xFF, 0x00
UNARY = {0x02, 0x03, SHA256, 0x67, 0xF2, 0xF3}
"""SHA-1, RIPEMD-160, SHA-256, Keccak-256, reverse, hexlify. Calendars use the third, and it alone is followed."""

MAX_DEPTH = 256
MAX_MESSAGE_BYTES = 4096
HEADER_BYTES = 80
EASIEST_TARGET = 0xFFFF << 208
"""No block of Bitcoin was ever easier to find."""


@dataclass(frozen=True, slots=True)
class Attestation:
    tag: bytes
    payload: bytes


@dataclass(frozen=True, slots=True)
class Operation:
    tag: int
    argument: bytes
    branches: "tuple[Attestation | Operation, ...]"


Branches = tuple[Attestation | Operation, ...]


@dataclass(frozen=True, slots=True)
class Header:
    """number: the hash of the block, as people write it. at: what the block says of its time, to two hours."""

    number: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """calendars: addresses that promise. named: heights of blocks that nobody handed in. held: blocks that hold it."""

    calendars: tuple[str, ...]
    named: tuple[int, ...]
    held: tuple[Header, ...]


def standing(file: bytes, text: bytes, headers: Mapping[bytes, Header]) -> Standing:
    """What a file says of a text. Raises Malformed, BadSignature when it is of another text."""
    branches = read_file(file, text)
    calendars, named, held = list[str](), list[int](), list[Header]()
    for attestation, message in ends(branches, hashlib.sha256(text).digest()):
        if attestation.tag == PENDING:
            calendars.append(address_of(attestation))
        elif attestation.tag == BITCOIN:
            height, end = _number(attestation.payload, 0)
            if end != len(attestation.payload) or (message is not None and len(message) != 32):
                raise Malformed("no block can hold this value")
            header = None if message is None else headers.get(message)
            if header is None:
                named.append(height)
            else:
                held.append(header)
    return Standing(tuple(calendars), tuple(named), tuple(sorted(held, key=lambda one: one.at)))


def read_file(file: bytes, text: bytes) -> Branches:
    """Raises Malformed, BadSignature when the file is of another text."""
    head = OTS_MAGIC + bytes([SHA256])
    if not file.startswith(head):
        raise Malformed("not a file of OpenTimestamps")
    if file[len(head) : len(head) + 32] != hashlib.sha256(text).digest():
        raise BadSignature
    return read_branches(file[len(head) + 32 :])


def read_branches(data: bytes) -> Branches:
    """Raises Malformed unless all of it is operations that end in attestations."""
    try:
        found, end = _branches(data, 0, 0)
    except IndexError:
        raise Malformed("the proof is cut short") from None
    if end != len(data):
        raise Malformed("the proof goes on after its end")
    return found


def ends(branches: Branches, message: bytes | None) -> Iterator[tuple[Attestation, bytes | None]]:
    """Each attestation with the value it is over; None where an operation is none that is followed here."""
    for branch in branches:
        if isinstance(branch, Attestation):
            yield branch, message
        else:
            yield from ends(branch.branches, None if message is None else applied(branch, message))


def address_of(attestation: Attestation) -> str:
    """The calendar that promises. Raises Malformed."""
    try:
        address, end = _piece(attestation.payload, 0)
        if end != len(attestation.payload):
            raise Malformed("not the address of a calendar")
        return address.decode("ascii")
    except (IndexError, UnicodeDecodeError):
        raise Malformed("not the address of a calendar") from None


def read_headers(text: str) -> Mapping[bytes, Header]:
    """Headers of blocks by the root of their Merkle tree: 160 hexadecimal digits a line, `#` before a remark.

    Raises Malformed for a line that is none, or a header for which nobody worked.
    """
    found = {}
    for line in text.splitlines():
        said = line.partition("#")[0].strip()
        if not said:
            continue
        try:
            raw = bytes.fromhex(said)
        except ValueError:
            raise Malformed("not the header of a block") from None
        digest = hashlib.sha256(hashlib.sha256(raw).digest()).digest()
        if len(raw) != HEADER_BYTES or int.from_bytes(digest, "little") > min(_target(raw), EASIEST_TARGET):
            raise Malformed("not the header of a block")
        at = datetime.fromtimestamp(int.from_bytes(raw[68:72], "little"), UTC)
        found[raw[36:68]] = Header(digest[::-1].hex(), at)
    return found


def _target(header: bytes) -> int:
    """The largest number that the hash may be, as the header itself says it."""
    exponent, mantissa = header[75], int.from_bytes(header[72:75], "little") & 0x7FFFFF
    return mantissa << 8 * (exponent - 3) if exponent > 3 else mantissa >> 8 * (3 - exponent)


def applied(operation: Operation, message: bytes) -> bytes | None:
    """What an operation makes of a value; None of one that is not followed here. Raises Malformed."""
    if operation.tag == SHA256:
        return hashlib.sha256(message).digest()
    if operation.tag not in {APPEND, PREPEND}:
        return None
    made = message + operation.argument if operation.tag == APPEND else operation.argument + message
    if len(made) > MAX_MESSAGE_BYTES:
        raise Malformed("the proof makes too long a value")
    return made


def _branches(data: bytes, place: int, depth: int) -> tuple[Branches, int]:
    """Raises IndexError at the end of the data, Malformed."""
    if depth > MAX_DEPTH:
        raise Malformed("the proof is too deep")
    found = []
    while data[place] == FORK:
        branch, place = _branch(data, place + 1, depth)
        found.append(branch)
    branch, place = _branch(data, place, depth)
    return (*found, branch), place


def _branch(data: bytes, place: int, depth: int) -> tuple[Attestation | Operation, int]:
    tag, argument = data[place], b""
    if tag == ATTESTATION:
        payload, end = _piece(data, place + 9)
        return Attestation(data[place + 1 : place + 9], payload), end
    place += 1
    if tag in {APPEND, PREPEND}:
        argument, place = _piece(data, place)
    elif tag not in UNARY:
        raise Malformed("the proof has an unknown operation")
    branches, place = _branches(data, place, depth + 1)
    return Operation(tag, argument, branches), place


def _piece(data: bytes, place: int) -> tuple[bytes, int]:
    """A length and as many bytes."""
    length, place = _number(data, place)
    if length and place + length > len(data):
        raise IndexError
    return data[place : place + length], place + length


def _number(data: bytes, place: int) -> tuple[int, int]:
    """LEB128, of at most 63 bits."""
    value = shift = 0
    while True:
        digit = data[place]
        value |= (digit & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if not digit & 0x80:
            return value, place
        if shift > 56:
            raise Malformed("the proof has too large a number")
