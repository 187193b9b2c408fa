"""A calendar of OpenTimestamps on this machine: real sockets, promises first, the path to a block later.

Its blocks are found in an instant: they are as easy as those of Bitcoin's own test network, which a reader of real
headers refuses (`ots_proofs.EASIEST_TARGET`).
"""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

EASY_BITS, EASY_TARGET = bytes.fromhex("ffff7f20"), 0x7FFFFF << 8 * (0x20 - 3)
PENDING, BITCOIN = bytes.fromhex("83dfe30d2ef90c8e"), bytes.fromhex("0588960d73d71901")


def piece(content: bytes) -> bytes:
    assert len(content) < 128
    return bytes([len(content)]) + content


def promise(address: str) -> bytes:
    return b"\x00" + PENDING + piece(piece(address.encode()))


def block_attestation(height: int) -> bytes:
    digits = bytearray()
    while height > 0x7F:
        digits.append(height & 0x7F | 0x80)
        height >>= 7
    return b"\x00" + BITCOIN + piece(bytes([*digits, height]))


def mined(root: bytes, at: datetime) -> str:
    """The header of a block with this root, in hexadecimal."""
    for nonce in range(100_000):
        raw = b"\x01\x00\x00\x00" + bytes(32) + root + int(at.timestamp()).to_bytes(4, "little") + EASY_BITS
        raw += nonce.to_bytes(4, "little")
        digest = hashlib.sha256(hashlib.sha256(raw).digest()).digest()
        if int.from_bytes(digest, "little") <= EASY_TARGET:
            return raw.hex()
    raise AssertionError("no block was found")


@dataclass
class Calendar:
    """asked: paths of every request. height: of the block in which its promises are; None while they wait."""

    url: str = ""
    names: str = ""
    height: int | None = None
    is_broken: bool = False
    asked: list[str] = field(default_factory=list)
    roots: list[bytes] = field(default_factory=list)
    promised: set[bytes] = field(default_factory=set)

    def digest(self, digest: bytes) -> bytes:
        salt = hashlib.sha256(digest).digest()[:8]
        self.promised.add(hashlib.sha256(digest + salt).digest())
        return b"\xf0" + piece(salt) + b"\x08" + promise(self.names or self.url)

    def timestamp(self, value: bytes) -> bytes | None:
        if self.is_broken:
            return b"\x08\xff"
        if self.height is None or value not in self.promised:
            return None
        transaction = hashlib.sha256(hashlib.sha256(b"tx" + value + b"end").digest()).digest()
        self.roots.append(hashlib.sha256(hashlib.sha256(bytes(32) + transaction).digest()).digest())
        path = b"\xf1" + piece(b"tx") + b"\xf0" + piece(b"end") + b"\x08\x08"
        return path + b"\xf1" + piece(bytes(32)) + b"\x08\x08" + block_attestation(self.height)


@contextmanager
def calendar_server() -> Iterator[Calendar]:
    calendar = Calendar()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.answer(calendar.digest(body))

        def do_GET(self) -> None:
            self.answer(calendar.timestamp(bytes.fromhex(self.path.rpartition("/")[2])))

        def answer(self, body: bytes | None) -> None:
            calendar.asked.append(self.path)
            self.send_response(404 if body is None else 200)
            self.end_headers()
            self.wfile.write(body or b"Pending confirmation in Bitcoin blockchain")

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    calendar.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield calendar
    finally:
        server.shutdown()
        server.server_close()
        thread.join(2)
