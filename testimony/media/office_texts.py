"""The words of .docx and .odt: named parts of a ZIP, read up to a limit, as XML without any declaration.

    docx   word/document.xml, then headers, footers, footnotes, endnotes
    odt    content.xml, what lies in office:text

A document type, an entity, a locked or oversized part is refused; nothing outside the file is ever named to a parser.
Left out: comments, what was deleted but is still recorded, the second copy that a shape keeps for older programs.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from xml.parsers import expat

from testimony.media.faults import Fault, MediaRefused

MAX_MEMBERS = 2_000
MAX_PART_BYTES = 64 * 1024 * 1024
MAX_DEPTH = 200

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main "
_T = "urn:oasis:names:tc:opendocument:xmlns:text:1.0 "
_O = "urn:oasis:names:tc:opendocument:xmlns:office:1.0 "
_TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0 "
_WORD_PARTS = re.compile(r"word/(?:header|footer)\d*\.xml|word/(?:footnotes|endnotes)\.xml")

_ENDS = {f"{_W}p": "\n", f"{_T}p": "\n", f"{_T}h": "\n", f"{_W}tc": "\t", f"{_TABLE}table-cell": "\t"} | {
    f"{_W}tr": "\n",
    f"{_TABLE}table-row": "\n",
}
_SIGNS = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"} | {
    f"{_T}tab": "\t",
    f"{_T}line-break": "\n",
}
_SPACES = f"{_T}s"
_WORDS = frozenset((f"{_W}t",))
_ODT_WORDS = frozenset((f"{_T}p", f"{_T}h"))
_LEFT_OUT = frozenset(
    (
        *(f"{_W}del", f"{_W}moveFrom", f"{_W}instrText", f"{_T}tracked-changes", f"{_O}annotation"),
        "http://schemas.openxmlformats.org/markup-compatibility/2006 Fallback",
    )
)


def text_of_office(content: bytes) -> str:
    """Raises MediaRefused: not_supported for another ZIP."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise MediaRefused(Fault.NOT_READABLE) from None
    with archive:
        names = archive.namelist()
        if len(names) > MAX_MEMBERS:
            raise MediaRefused(Fault.TOO_LARGE)
        budget = _Budget()
        if "word/document.xml" in names:
            parts = ["word/document.xml", *sorted(filter(_WORD_PARTS.fullmatch, set(names)))]
            return "\n".join(_Reader(_WORDS).read(budget.part(archive, name)) for name in parts)
        if "content.xml" in names:
            _require_open_document(archive, names, budget)
            return _Reader(_ODT_WORDS).read(budget.part(archive, "content.xml"))
    raise MediaRefused(Fault.NOT_SUPPORTED)


class _Budget:
    """What all parts of one document may unpack to together, whatever they say of themselves."""

    def __init__(self) -> None:
        self._left = MAX_PART_BYTES

    def part(self, archive: zipfile.ZipFile, name: str) -> bytes:
        info = archive.getinfo(name)
        if info.flag_bits & 1:
            raise MediaRefused(Fault.LOCKED)
        with archive.open(info) as source:
            read = source.read(self._left + 1)
        self._left -= len(read)
        if self._left < 0:
            raise MediaRefused(Fault.TOO_LARGE)
        return read


def _require_open_document(archive: zipfile.ZipFile, names: list[str], budget: _Budget) -> None:
    said = budget.part(archive, "mimetype") if "mimetype" in names else b""
    if not said.startswith(b"application/vnd.oasis.opendocument.text"):
        raise MediaRefused(Fault.NOT_SUPPORTED)
    if "META-INF/manifest.xml" in names and b"encryption-data" in budget.part(
        archive, "META-INF/manifest.xml"
    ):
        raise MediaRefused(Fault.LOCKED)


class _Reader:
    """One part, element by element; no tree is built."""

    def __init__(self, words: frozenset[str]) -> None:
        self._words = words
        self._said: list[str] = []
        self._depth = self._inside = self._skipped = 0

    def read(self, part: bytes) -> str:
        """Raises MediaRefused."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse
        parser.EntityDeclHandler = _refuse
        parser.StartElementHandler = self._begins
        parser.EndElementHandler = self._ends
        parser.CharacterDataHandler = self._says
        try:
            parser.Parse(part, True)
        except expat.ExpatError:
            raise MediaRefused(Fault.NOT_READABLE) from None
        return "".join(self._lines())

    def _begins(self, name: str, values: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise MediaRefused(Fault.TOO_LARGE)
        if self._skipped or name in _LEFT_OUT:
            self._skipped += 1
            return
        self._inside += name in self._words
        if name == _SPACES:
            count = values.get(f"{_T}c", "1")
            self._said.append(" " * min(int(count) if count.isdecimal() and len(count) < 5 else 1, 200))
        elif sign := _SIGNS.get(name):
            self._said.append(sign)

    def _ends(self, name: str) -> None:
        self._depth -= 1
        if self._skipped:
            self._skipped -= 1
            return
        self._inside -= name in self._words
        if end := _ENDS.get(name):
            self._said.append(end)

    def _says(self, words: str) -> None:
        if self._inside and not self._skipped:
            self._said.append(words)

    def _lines(self) -> Iterator[str]:
        # A paragraph ends inside a cell: its line end and the cell's would part what stands in one row.
        for line in re.sub(r"\n\t", "\t", "".join(self._said)).split("\n"):
            yield line.strip("\t ") + "\n"


def _refuse(*_: object) -> None:
    """A declaration of types or entities: no office program writes one, and bombs begin with one."""
    raise MediaRefused(Fault.NOT_READABLE)
