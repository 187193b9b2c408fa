"""The words of web pages, mails and rich text. Nothing they point to is fetched; nothing they carry is run."""

import codecs
import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser

from testimony.media.faults import Fault, MediaRefused

MAX_NESTING = 500
MAX_PARTS = 200
_SHOWN_HEADS = ("From", "To", "Cc", "Date", "Subject")
_MOST_TELLING_HEAD = 2_000

_UNSEEN = frozenset(("script", "style", "template", "noscript", "head", "iframe", "object", "svg", "math"))
_LINES = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "br",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "option",
        "p",
        "pre",
        "section",
        "table",
        "tr",
        "ul",
    ]
)
_CELLS = frozenset(("td", "th"))


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self._unseen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN and len(self._unseen) < MAX_NESTING:
            self._unseen.append(tag)
        elif tag == "body":
            # Whatever was left open in the head ends here.
            self._unseen.clear()
        self._part(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._unseen:
            while self._unseen and self._unseen.pop() != tag:
                pass
        self._part(tag)

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.said.append(re.sub(r"\s+", " ", data))

    def _part(self, tag: str) -> None:
        if tag in _LINES:
            self.said.append("\n")
        elif tag in _CELLS:
            self.said.append("\t")


def text_of_html(page: str) -> str:
    reader = _Page()
    reader.feed(page)
    reader.close()
    lines = (line.strip() for line in "".join(reader.said).split("\n"))
    return "\n".join(line for line in lines if line)


def text_of_mail(content: bytes) -> str:
    """Who wrote to whom, when and about what, then the body; without what is attached. Raises MediaRefused."""
    mail = message_from_bytes(content, policy=default)
    if not isinstance(mail, EmailMessage) or sum(1 for _ in mail.walk()) > MAX_PARTS:
        raise MediaRefused(Fault.TOO_LARGE)
    heads = [f"{name}: {str(mail[name])[:_MOST_TELLING_HEAD]}" for name in _SHOWN_HEADS if mail[name]]
    body = mail.get_body(preferencelist=("plain", "html"))
    told = body.get_content() if body is not None else ""
    if not isinstance(told, str):
        raise MediaRefused(Fault.NOT_READABLE)
    if body is not None and body.get_content_subtype() == "html":
        told = text_of_html(told)
    return "\n".join((*heads, "", told))


_RTF = re.compile(
    rb"\\([a-z]{1,32})(-?\d{1,10})?[ ]?|\\'([0-9a-f]{2})|\\([^a-z])|([{}])|[\r\n]+|([^\\{}\r\n]+)",
    re.IGNORECASE,
)
_NOT_TEXT = frozenset(
    b"fonttbl colortbl stylesheet info pict object objdata themedata datastore listtable listoverridetable rsidtbl "
    b"generator xmlnstbl annotation atnid atnauthor atndate atnref fldinst bkmkstart bkmkend filetbl latentstyles "
    b"mmathPr nonshppict revtbl template".split()
)
_RTF_SIGNS = {
    b"par": "\n",
    b"line": "\n",
    b"row": "\n",
    b"sect": "\n",
    b"page": "\n",
    b"tab": "\t",
    b"cell": "\t",
} | {
    b"emdash": "—",
    b"endash": "–",
    b"lquote": "‘",
    b"rquote": "’",
    b"ldblquote": "“",
    b"rdblquote": "”",
    b"bullet": "•",
    b"emspace": " ",
    b"enspace": " ",
}
_RTF_ESCAPED = {b"~": "\u00a0", b"_": "-", b"\\": "\\", b"{": "{", b"}": "}", b"\n": "\n", b"\r": "\n"}


class _Group:
    """What holds until a brace closes. skips: how many signs stand for one that was said by its number."""

    __slots__ = ("is_left_out", "skips")

    def __init__(self, skips: int, *, is_left_out: bool) -> None:
        self.skips, self.is_left_out = skips, is_left_out


def text_of_rtf(content: bytes) -> str:
    """Raises MediaRefused."""
    return _Rich().read(content)


class _Rich:
    def __init__(self) -> None:
        self._groups = [_Group(1, is_left_out=False)]
        self._said: list[str] = []
        self._page = "cp1252"
        self._to_skip = 0
        self._bytes = bytearray()
        self._high = 0

    def read(self, content: bytes) -> str:
        at = 0
        while at < len(content):
            found = _RTF.match(content, at)
            if found is None:
                at += 1
                continue
            at = found.end()
            if found[1] and found[1].lower() == b"bin":
                at += max(int(found[2] or 0), 0)
            else:
                self._take(found)
        self._flush()
        return "".join(self._said)

    def _take(self, found: re.Match[bytes]) -> None:
        word, number, coded, escaped, brace, plain = found.groups()
        if coded is not None:
            self._byte(int(coded, 16))
        elif plain is not None:
            self._plain(plain)
        elif brace == b"{":
            self._opens()
        elif brace == b"}":
            self._flush()
            if len(self._groups) > 1:
                self._groups.pop()
        elif escaped is not None:
            self._escaped(escaped)
        elif word is not None:
            self._word(word, number)

    def _opens(self) -> None:
        self._flush()
        self._to_skip = 0
        if len(self._groups) > MAX_NESTING:
            raise MediaRefused(Fault.TOO_LARGE)
        now = self._groups[-1]
        self._groups.append(_Group(now.skips, is_left_out=now.is_left_out))

    def _escaped(self, sign: bytes) -> None:
        if sign == b"*":
            # What a reader that does not know the next word must leave out.
            self._groups[-1].is_left_out = True
        elif sign in _RTF_ESCAPED:
            self._say(_RTF_ESCAPED[sign])

    def _word(self, word: bytes, number: bytes | None) -> None:
        group, value = self._groups[-1], int(number) if number else 0
        if word == b"u":
            self._numbered(value)
        elif word == b"uc":
            group.skips = min(max(value, 0), 8)
        elif word == b"ansicpg":
            self._page = _code_page(value)
        elif word in _NOT_TEXT or (word == b"deleted" and number != b"0"):
            group.is_left_out = True
        elif word in _RTF_SIGNS:
            self._say(_RTF_SIGNS[word])

    def _numbered(self, value: int) -> None:
        """A sign by its number, of sixteen bits with a sign; larger ones come as two halves."""
        self._flush()
        code = value % 0x10000
        self._to_skip = self._groups[-1].skips
        if 0xD800 <= code < 0xDC00:
            self._high = code
            return
        if 0xDC00 <= code < 0xE000:
            code = 0x10000 + ((self._high - 0xD800) << 10) + (code - 0xDC00) if self._high else 0xFFFD
        self._high = 0
        if not self._groups[-1].is_left_out:
            self._said.append(chr(code))

    def _byte(self, byte: int) -> None:
        if self._to_skip:
            self._to_skip -= 1
        elif not self._groups[-1].is_left_out:
            self._bytes.append(byte)

    def _plain(self, words: bytes) -> None:
        skipped = min(self._to_skip, len(words))
        self._to_skip -= skipped
        self._flush()
        if not self._groups[-1].is_left_out:
            self._said.append(words[skipped:].decode("cp1252", "replace"))

    def _say(self, sign: str) -> None:
        self._flush()
        if self._to_skip:
            self._to_skip -= 1
        elif not self._groups[-1].is_left_out:
            self._said.append(sign)

    def _flush(self) -> None:
        """Bytes of one code page, together: in some, two make a sign."""
        if self._bytes:
            self._said.append(self._bytes.decode(self._page, "replace"))
            self._bytes.clear()


def _code_page(number: int) -> str:
    try:
        return codecs.lookup(f"cp{number}").name
    except LookupError:
        return "cp1252"
