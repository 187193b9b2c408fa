"""What somebody who wishes the archive ill, or only pastes carelessly, puts into a field. Harmless to read."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

SHELF = Path(__file__).resolve().parents[2] / "shared" / "data"
"""Public collections of hostile strings and files, where somebody has put them beside the project."""

STRINGS: tuple[str, ...] = (
    "",
    " ",
    "\x00",
    "before\x00after",
    "\x01\x02\x07\x08\x0b\x1b[31mred\x7f",
    "\r\nSet-Cookie: mine=1\r\n\r\n<html>",
    "%0d%0aSet-Cookie:%20mine=1",
    "../../../../../../etc/passwd",
    "..\\..\\windows\\win.ini",
    "/etc/passwd%00.png",
    "' OR '1'='1' --",
    '"; DROP TABLE register; --',
    "1 UNION SELECT * FROM sqlite_master",
    "{{7*7}}${7*7}<%= 7*7 %>#{7*7}",
    "{% for x in ().__class__.__base__.__subclasses__() %}{% endfor %}",
    "%s%s%s%n%x{0.__class__}{}",
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>'",
    "javascript:alert(1)//",
    "<!--#exec cmd='id'--><?php phpinfo(); ?>",
    "]]><!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e;",
    "$(id)`id`;id|id&&id",
    "=cmd|' /C calc'!A0",
    "\u202egnp.exe\u2066\u200f\u200b\ufeff",
    "z\u0351\u036b\u0343\u036a\u0302a\u0310\u0312\u030dl\u0301\u0336\u0327g\u0334\u0331o" * 20,
    "\ufdfd\U0001f468\u200d\U0001f469\u200d\U0001f467\U000e0061\uffff\U0010ffff",
    "السلام عليكم \u2067abc\u2069",
    "999999999999999999999999999999",
    "-9223372036854775809",
    "1e309",
    "NaN",
    "0x1F",
    "9" * 5000,
    "2026-02-30",
    "0000-00",
    "null",
    "true",
    '{"a":1}',
    "[" * 20_000,
    '{"a":' * 5_000,
    "NEAR(" * 300,
    "((((((((((" * 50 + "a",
    '"' * 999,
    "a* OR " * 400,
    "w" * 1_000_000,
)

SEGMENTS: tuple[str, ...] = (
    "%00",
    "%ff%fe",
    "%ed%a0%80",
    "..%2f..%2fetc%2fpasswd",
    "%252e%252e",
    "%0d%0aX-Mine:%201",
    "{{7*7}}",
    "'%20OR%201=1",
    "%3Cscript%3Ealert(1)%3C%2Fscript%3E",
    "999999999999999999999999999999",
    "9" * 5000,
    "-1",
    "1e9",
    "%E2%80%AE",
    "T-0000-00",
    "a" * 3000,
    "%D9%A1",
    "con",
    ";",
    "*",
)
"""Pieces of an address, as they stand on the wire."""

BYTES: tuple[bytes, ...] = (
    b"\xff\xfe\xfd",
    b"\xed\xa0\x80\xed\xb0\x80",
    b"\xc0\xaf\xc0\xaf",
    b"\xf4\x90\x80\x80",
    b"%00%ff%",
    b"a=%",
    b"&=&=&&==",
)
"""No text in any encoding that the archive speaks."""

ROWS: tuple[bytes, ...] = (
    b"",
    b"\x00",
    b"null",
    b"[]",
    b"{",
    b'"text"',
    b"[" * 100_000,
    b'{"text": ' * 50_000,
    b"\xff\xfe{\x00}\x00",
    b'{"text": "a", "language": "eng", "text": 1}',
    b'{"text": "\\ud800", "language": "eng"}',
    b'{"text": "a\\u0000b", "language": "eng"}',
    b'{"text": 1e999, "language": "eng"}',
    b'{"text": NaN, "language": Infinity}',
    b'{"text": ' + b"9" * 6000 + b', "language": "eng"}',
    b'{"text": "a", "language": "eng", "interview_date": "' + b"9" * 6000 + b'"}',
    b'{"text": "a", "language": "eng", "protect": [{"text": {"text": []}, "kind": 7}]}',
    b'{"text": "a", "language": "eng", "consent": {"CP01": {"__class__": 1}}}',
    b'{"text": "a", "language": "eng", "external_id": "../../etc/passwd\\u0000"}',
    b'{"text": "a", "language": "\\ud83d"}',
    b'{"text": "a", "language": "eng", "case": "\'; DROP TABLE cases; --"}',
)


def strings_of_the_shelf(most: int) -> Iterator[str]:
    """Lines spread evenly over the collections of hostile strings; none when there is no shelf."""
    lines: list[str] = []
    for path in sorted((SHELF / "security").glob("*.txt")):
        found = [line for line in path.read_text("utf-8", "replace").splitlines() if line.strip()]
        lines += found[:: max(1, len(found) // 5)][:5]
    yield from islice(lines[:: max(1, len(lines) // most)], most)


def files_of_the_shelf(most: int, most_bytes: int = 2_000_000) -> tuple[Path, ...]:
    """Hostile files, some of each kind; none when there is no shelf."""
    kinds: dict[Path, list[Path]] = {}
    for path in sorted([*(SHELF / "files").rglob("*"), *(SHELF / "security").glob("*")]):
        if path.is_file() and 0 < path.stat().st_size <= most_bytes and path.suffix != ".txt":
            kinds.setdefault(path.parent, []).append(path)
    per_kind = max(1, most // max(1, len(kinds)))
    return tuple(islice((path for paths in kinds.values() for path in paths[:per_kind]), most))
