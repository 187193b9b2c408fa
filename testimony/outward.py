"""The one way out of this machine: a small POST to an address that the operator configured, with a short time-out."""

import urllib.request
from urllib.error import URLError

from testimony.services.timestamping import Unanswered

TIMEOUT_SECONDS = 10
MAX_ANSWER_BYTES = 64 * 1024


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """An authority that moved is configured anew; nothing follows it elsewhere."""

    def redirect_request(self, *_: object) -> None:
        return None


def post(url: str, body: bytes, content_type: str) -> bytes:
    """Return the answer's body. Raises Unanswered."""
    if not url.startswith(("https://", "http://")):
        raise Unanswered
    request = urllib.request.Request(url, body, {"Content-Type": content_type})  # noqa: S310  # http(s) alone, above
    opener = urllib.request.build_opener(_NoRedirects)
    try:
        with opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
            content: bytes = answer.read(MAX_ANSWER_BYTES + 1)
    except (URLError, OSError, ValueError):
        raise Unanswered from None
    if len(content) > MAX_ANSWER_BYTES:
        raise Unanswered
    return content
