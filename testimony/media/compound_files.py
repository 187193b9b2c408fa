"""Streams of an OLE compound file ([MS-CFB]), the box that old Word and Outlook write, read under limits.

    header, 512 bytes · sectors; the FAT says which sector follows which, the mini FAT the same for small streams

Every chain is followed for as many steps as there are sectors and no further: a file that leads round in a ring ends.
"""

import struct
from dataclasses import dataclass

from testimony.media.faults import Fault, MediaRefused

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAX_ENTRIES = 4_000
MAX_STREAM_BYTES = 32 * 1024 * 1024

_HEADER_BYTES, _ENTRY_BYTES, _MINI_BYTES = 512, 128, 64
_HEADER_LINKS = 109
_LAST_SECTOR = 0xFFFFFFFA
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_NONE = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    kind: int
    left: int
    right: int
    child: int
    start: int
    size: int


class CompoundFile:
    """Raises MediaRefused: not_readable, too_large."""

    def __init__(self, content: bytes) -> None:
        if len(content) < _HEADER_BYTES or not content.startswith(MAGIC):
            raise MediaRefused(Fault.NOT_READABLE)
        shift, mini_shift = struct.unpack_from("<HH", content, 30)
        if shift not in (9, 12) or mini_shift != 6:
            raise MediaRefused(Fault.NOT_READABLE)
        self._content, self._bytes = content, 1 << shift
        self._count = max(0, -(-(len(content) - self._bytes) // self._bytes))
        first_directory, self._cutoff, first_mini = struct.unpack_from("<I4xII", content, 48)
        self._next = self._table()
        self._entries = self._directory(first_directory)
        self._mini_next = (
            self._numbers(self._chain(first_mini, self._next)) if first_mini < _LAST_SECTOR else []
        )
        root = self._entries[0]
        self._mini = self._read(self._chain(root.start, self._next)) if root.start < _LAST_SECTOR else b""

    def names(self, storage: str = "") -> tuple[str, ...]:
        """Streams that lie directly in the root, or in one storage of it."""
        return tuple(entry.name for entry in self._within(storage) if entry.kind == _STREAM)

    def storages(self) -> tuple[str, ...]:
        return tuple(entry.name for entry in self._within("") if entry.kind == _STORAGE)

    def stream(self, name: str, storage: str = "") -> bytes | None:
        """None where there is none of this name; case does not count."""
        for entry in self._within(storage):
            if entry.kind == _STREAM and entry.name.lower() == name.lower():
                return self._stream(entry)
        return None

    def _stream(self, entry: _Entry) -> bytes:
        if entry.size > MAX_STREAM_BYTES:
            raise MediaRefused(Fault.TOO_LARGE)
        if entry.size == 0:
            return b""
        if entry.size >= self._cutoff:
            return self._read(self._chain(entry.start, self._next))[: entry.size]
        chain = self._chain(entry.start, self._mini_next)
        return b"".join(self._mini[at * _MINI_BYTES : (at + 1) * _MINI_BYTES] for at in chain)[: entry.size]

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self._bytes
        return self._content[start : start + self._bytes]

    def _read(self, chain: list[int]) -> bytes:
        if len(chain) * self._bytes > MAX_STREAM_BYTES + self._bytes:
            raise MediaRefused(Fault.TOO_LARGE)
        return b"".join(map(self._sector, chain))

    def _chain(self, start: int, following: list[int]) -> list[int]:
        chain: list[int] = []
        at = start
        while at < _LAST_SECTOR:
            if at >= len(following) or len(chain) > len(following):
                raise MediaRefused(Fault.NOT_READABLE)
            chain.append(at)
            at = following[at]
        return chain

    def _table(self) -> list[int]:
        """The FAT: its first sectors are named in the header, the others in a chain of sectors of links."""
        links = list(struct.unpack_from(f"<{_HEADER_LINKS}I", self._content, 76))
        more, count = struct.unpack_from("<II", self._content, 68)
        a_sector = self._bytes // 4 - 1
        for _ in range(min(count, self._count)):
            if more >= _LAST_SECTOR:
                break
            numbers = self._numbers([more])
            links += numbers[:a_sector]
            more = numbers[a_sector] if len(numbers) > a_sector else _NONE
        used = [link for link in links if link < self._count]
        if not used:
            raise MediaRefused(Fault.NOT_READABLE)
        return self._numbers(used[: self._count])[: self._count]

    def _numbers(self, sectors: list[int]) -> list[int]:
        found: list[int] = []
        for sector in sectors:
            held = self._sector(sector)
            found += struct.unpack(f"<{len(held) // 4}I", held[: len(held) // 4 * 4])
        return found

    def _directory(self, first: int) -> list[_Entry]:
        held = self._read(self._chain(first, self._next))
        count = min(len(held) // _ENTRY_BYTES, MAX_ENTRIES)
        entries = [self._entry(held[at * _ENTRY_BYTES : (at + 1) * _ENTRY_BYTES]) for at in range(count)]
        if not entries or entries[0].kind != _ROOT:
            raise MediaRefused(Fault.NOT_READABLE)
        return entries

    def _entry(self, held: bytes) -> _Entry:
        length, kind = struct.unpack_from("<HB", held, 64)
        name = held[: max(0, min(length, 64) - 2)].decode("utf-16-le", "replace")
        left, right, child = struct.unpack_from("<III", held, 68)
        start, size = struct.unpack_from("<IQ", held, 116)
        # In files of small sectors the upper half of the size is not to be read.
        return _Entry(name, kind, left, right, child, start, size if self._bytes > 512 else size & 0xFFFFFFFF)

    def _within(self, storage: str) -> list[_Entry]:
        held = self._children(self._entries[0])
        if not storage:
            return held
        inside = (entry for entry in held if entry.kind == _STORAGE and entry.name == storage)
        return [child for entry in inside for child in self._children(entry)]

    def _children(self, parent: _Entry) -> list[_Entry]:
        """A tree by left and right; each entry is met once, whatever the tree says."""
        found: list[_Entry] = []
        met: set[int] = set()
        waiting = [parent.child]
        while waiting:
            number = waiting.pop()
            if number in met or not 0 < number < len(self._entries):
                continue
            met.add(number)
            entry = self._entries[number]
            found.append(entry)
            waiting += [entry.left, entry.right]
        return found
