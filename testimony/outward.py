"""The one way out of this machine: a small request to an address that the operator configured, with a time-out."""

import urllib.request
from urllib.error import HTTPError, URLError

from testimony.services.timestamping import NothingYet, Unanswered

TIMEOUT_SECONDS = 10
MAX_ANSWER_BYTES = 64 * 1024
_NOT_FOUND = 404


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """An authority that moved is configured anew; nothing follows it elsewhere."""

    def redirect_request(self, *_: object) -> None:
        return None


def post(url: str, body: bytes, content_type: str) -> bytes:
    """Return the answer's body. Raises Unanswered."""
    return _ask(url, body, {"Content-Type": content_type})


def get(url: str) -> bytes:
    """Return the answer's body. Raises NothingYet when there is nothing at the address, Unanswered."""
    return _ask(url, None, {"Accept": "application/vnd.opentimestamps.v1"})


def _ask(url: str, body: bytes | None, headers: dict[str, str]) -> bytes:
    if not url.startswith(("https://", "http://")):
        raise Unanswered
    request = urllib.request.Request(url, body, headers)  # noqa: S310  # http(s) alone, above
    opener = urllib.request.build_opener(_NoRedirects)
    try:
        with opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
            content: bytes = answer.read(MAX_ANSWER_BYTES + 1)
    except HTTPError as error:
        with error:
            raise (NothingYet if error.code == _NOT_FOUND and body is None else Unanswered) from None
    except (URLError, OSError, ValueError):
        raise Unanswered from None
    if len(content) > MAX_ANSWER_BYTES:
        raise Unanswered
    return content
