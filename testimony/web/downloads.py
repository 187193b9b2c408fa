"""Files that a browser saves and never shows."""

from flask import Response

_ENDINGS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "application/pdf": "pdf",
    "audio/ogg": "ogg",
    "video/webm": "webm",
    "text/plain": "txt",
}


def attached(content: bytes, name: str, mime: str) -> Response:
    """Saved by the browser, never shown in it; named by codes alone."""
    ending = _ENDINGS.get(mime, "bin")
    answer = Response(content, mimetype="application/octet-stream")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{ending}"'
    return answer
