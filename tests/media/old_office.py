"""Old Word and Outlook files, small and made for tests, and hostile ones. Knows no test.

A compound file: header, FAT in sector 0, then the directory, the mini FAT, the mini stream and the large streams.
"""

import struct
from collections.abc import Sequence

from tests.media.documents import HIDDEN, TOLD

SECTOR, MINI, CUTOFF = 512, 64, 4096
END, FREE, FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def compound(streams: dict[str, bytes]) -> bytes:
    small = {name: content for name, content in streams.items() if len(content) < CUTOFF}
    mini, starts = b"", dict[str, int]()
    mini_table: list[int] = []
    for name, content in small.items():
        starts[name] = len(mini_table) if content else END
        count = -(-len(content) // MINI)
        mini_table += [len(mini_table) + at + 1 for at in range(count - 1)] + [END] * bool(count)
        mini += content.ljust(count * MINI, b"\0")
    sectors, table = [b""], [FAT]

    def put(content: bytes) -> int:
        parts = [content[at : at + SECTOR].ljust(SECTOR, b"\0") for at in range(0, len(content), SECTOR)]
        first = len(table)
        sectors.extend(parts)
        table.extend(first + at + 1 for at in range(len(parts) - 1))
        table.extend([END] * bool(parts))
        return first if parts else END

    large = {name: content for name, content in streams.items() if name not in small}
    starts |= {name: put(content) for name, content in large.items()}
    root = put(mini)
    links = put(b"".join(struct.pack("<I", at) for at in mini_table))
    entries = [_entry("Root Entry", 5, root, len(mini), child=1 if streams else FREE)]
    names = list(streams)
    for number, name in enumerate(names, 1):
        right = number + 1 if number < len(names) else FREE
        entries.append(_entry(name, 2, starts[name], len(streams[name]), right=right))
    directory = put(b"".join(entries))
    numbers = table + [FREE] * (SECTOR // 4 - len(table))
    assert len(numbers) == SECTOR // 4, "more than one sector of links"
    sectors[0] = struct.pack(f"<{len(numbers)}I", *numbers)
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    head += bytes(6) + struct.pack("<IIIIIIIIII", 0, 1, directory, 0, CUTOFF, links, 1, END, 0, 0)
    return head + struct.pack("<108I", *[FREE] * 108) + b"".join(sectors)


def _entry(name: str, kind: int, start: int, size: int, right: int = FREE, child: int = FREE) -> bytes:
    wide = name.encode("utf-16-le")
    held = wide.ljust(64, b"\0") + struct.pack("<HBB", len(wide) + 2, kind, 1)
    held += struct.pack("<III", FREE, right, child) + bytes(36)
    return held + struct.pack("<IQ", start, size)


def doc(told: str = TOLD, *, is_narrow: bool = True, flags: int = 0x0200) -> bytes:
    """A document whose field code, deleted word, hidden word, comment and properties say HIDDEN."""
    runs: Sequence[tuple[str, bytes]] = (
        (f"{told}\r\x13 HYPERLINK {HIDDEN} \x14a link\x15\r", b""),
        (HIDDEN, struct.pack("<HB", 0x0800, 1)),
        (HIDDEN, struct.pack("<HB", 0x083C, 1)),
        ("A\x07B\x07\x07\r", struct.pack("<HBHB", 0x0835, 1, 0x0800, 0)),
    )
    text = "".join(words for words, _ in runs)
    note, comment = "A note.\r", f"{HIDDEN}\r"
    encoded = (text + note + comment).encode("cp1252" if is_narrow else "utf-16-le")
    width, begin = 1 if is_narrow else 2, 1536
    edges, formats, page = [begin], [], bytearray(SECTOR)
    at = SECTOR - 1
    for words, format_ in runs:
        edges.append(edges[-1] + len(words) * width)
        at -= (len(format_) + 2) // 2 * 2
        at -= at % 2
        page[at] = len(format_)
        page[at + 1 : at + 1 + len(format_)] = format_
        formats.append(at // 2)
    struct.pack_into(f"<{len(edges)}I", page, 0, *edges)
    page[4 * len(edges) : 4 * len(edges) + len(formats)] = bytes(formats)
    page[-1] = len(runs)
    whole = len(text + note + comment)
    place = (begin * 2 | 0x40000000) if is_narrow else begin
    pieces = struct.pack("<ii", 0, whole) + struct.pack("<HIH", 0, place, 0)
    table = b"\x02" + struct.pack("<I", len(pieces)) + pieces
    body = bytearray(begin)
    struct.pack_into("<HH6xH", body, 0, 0xA5EC, 0x00C1, flags)
    struct.pack_into("<8i", body, 0x4C, len(text), len(note), 0, 0, len(comment), 0, 0, 0)
    struct.pack_into("<II", body, 0x1A2, 0, len(table))
    struct.pack_into("<II", body, 0xFA, len(table), 12)
    # The page of formats lies in sector 2 of the stream, the text behind it.
    body[1024:1536] = page
    table += struct.pack("<III", begin, begin + whole * width, 2)
    content = bytes(body) + encoded
    return compound(
        {
            "WordDocument": content.ljust(5000, b"\0"),
            "1Table": table,
            "\x05SummaryInformation": HIDDEN.encode(),
        }
    )


def msg(told: str = TOLD, *, body: str = "plain") -> bytes:
    rich = rf"{{\rtf1\ansi {told}\par}}".encode()
    bodies = {
        "plain": {"__substg1.0_1000001F": told.encode("utf-16-le")},
        "page": {"__substg1.0_10130102": f"<html><script>{HIDDEN}</script><p>{told}".encode()},
        "rich": {"__substg1.0_10090102": packed(rich)},
    }
    sent = struct.pack("<HHIQ", 0x0040, 0x0039, 6, 133_170_048_000_000_000)
    return compound(
        {
            "__properties_version1.0": bytes(32) + sent,
            "__substg1.0_0C1A001F": "A".encode("utf-16-le"),
            "__substg1.0_0C1F001F": "a@example.org".encode("utf-16-le"),
            "__substg1.0_0E04001E": b"b@example.org",
            "__substg1.0_0037001F": "The well".encode("utf-16-le"),
            "__substg1.0_007D001F": f"X-Originating-IP: {HIDDEN}".encode("utf-16-le"),
            **bodies[body],
        }
    )


def packed(rich: bytes) -> bytes:
    """Rich text as Outlook packs it, every byte for itself but for one reference into what every reader knows."""
    said = b"".join(b"\x00" + rich[at : at + 8] for at in range(6, len(rich), 8))
    # The first six bytes, "{\rtf1", stand at the beginning of the dictionary.
    held = b"\x01" + struct.pack(">H", 0 << 4 | 4)
    pairs = rich[6:13]
    rest = b"".join(b"\x00" + rich[at : at + 8] for at in range(13, len(rich), 8))
    assert said
    whole = held + pairs + rest
    return struct.pack("<IIII", len(whole) + 12, len(rich), 0x75465A4C, 0) + whole


def in_a_ring() -> bytes:
    """The chain of the directory leads back to itself."""
    made = bytearray(doc())
    directory = struct.unpack_from("<I", made, 48)[0]
    struct.pack_into("<I", made, SECTOR + 4 * directory, directory)
    return bytes(made)


def larger_than_it_is() -> bytes:
    """Every stream says that it holds four gigabytes."""
    made = bytearray(doc())
    directory = struct.unpack_from("<I", made, 48)[0]
    for number in range(1, 4):
        struct.pack_into("<Q", made, (directory + 1) * SECTOR + number * 128 + 120, 0xFFFFFFFF)
    return bytes(made)
