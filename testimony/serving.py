"""The web server with its bounds. Knows HTTP and nothing of the archive.

Bodies go to the application as they arrive, so that nothing is spooled to a file in clear; what the application
left unread is not read for it either, or anyone could fill the memory without signing in.
"""

from typing import Any

from cheroot import wsgi
from cheroot.server import HTTPConnection, HTTPRequest

MAX_HEADER_BYTES = 64 * 1024
MAX_UNREAD_BYTES = 64 * 1024
"""A body left unread up to this is read and thrown away, to keep the connection; beyond it the connection closes."""

MULTIPART_BYTES = 1024 * 1024
"""What a form adds around a file."""


class _Request(HTTPRequest):
    def send_headers(self) -> None:
        if (getattr(self.rfile, "remaining", 0) or 0) > MAX_UNREAD_BYTES:
            self.close_connection = True
        super().send_headers()


class _Connection(HTTPConnection):
    RequestHandlerClass = _Request


def bounded_server(
    address: tuple[str, int], app: Any, *, threads: int, largest_file_bytes: int
) -> wsgi.Server:
    """A server that is not started yet. largest_file_bytes: the largest upload the application takes."""
    server = wsgi.Server(address, app, numthreads=threads, server_name="testimony", request_queue_size=64)
    server.ConnectionClass = _Connection
    server.max_request_header_size = MAX_HEADER_BYTES
    server.max_request_body_size = largest_file_bytes + MULTIPART_BYTES
    return server
