"""A mail relay and a web server on this machine that keep what they are told. Real sockets, a few lines each."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedRWPair


@dataclass
class Told:
    """port: where it listens. everything: each byte that arrived. answer: what a web server says, and where to."""

    port: int = 0
    everything: bytes = b""
    bodies: list[bytes] = field(default_factory=list)
    status: int = 204
    location: str | None = None


@contextmanager
def mail_relay() -> Iterator[Told]:
    """Speaks as much SMTP as a client needs; `bodies` are the messages."""
    told, listening = Told(), socket.create_server(("127.0.0.1", 0))
    told.port = listening.getsockname()[1]

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb") as stream:
                _converse(stream, told)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield told
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(2)


def _converse(stream: BufferedRWPair, told: Told) -> None:
    stream.write(b"220 here\r\n")
    stream.flush()
    body: list[bytes] | None = None
    for line in stream:
        told.everything += line
        answer = b"250 ok\r\n"
        if body is not None:
            if line != b".\r\n":
                body.append(line)
                continue
            told.bodies.append(b"".join(body))
            body = None
        elif line.upper().startswith(b"DATA"):
            body, answer = [], b"354 go on\r\n"
        elif line.upper().startswith(b"QUIT"):
            answer = b"221 bye\r\n"
        stream.write(answer)
        stream.flush()


@contextmanager
def web_server() -> Iterator[Told]:
    """Answers every POST with `status`, and with `location` where there is one."""
    told = Told()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.bodies.append(body)
            told.everything += f"{self.requestline}\n{self.headers}".encode() + body
            self.send_response(told.status)
            if told.location is not None:
                self.send_header("Location", told.location)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
        thread.join(2)
