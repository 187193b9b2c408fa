"""What every answer tells the browser: load nothing from elsewhere, keep nothing, be framed by nobody."""

from flask import Flask, Response, request

from testimony.web.sessions import current_session, is_signed_in
from testimony.web.wiring import now

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self'",
        "media-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)

_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-DNS-Prefetch-Control": "off",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "
        "magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=(), xr-spatial-tracking=()"
    ),
    "X-Robots-Tag": "noindex, nofollow",
}

MINUTES_LEFT = "Archive-Minutes-Left"
"""For scripts that save in the background: how long this session now lasts."""


def install(app: Flask) -> None:
    app.after_request(_protect)


def _protect(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers[name] = value
    if request.endpoint == "static":
        # Styles and scripts hold nothing secret; asked for anew on each page, they would be most of what is sent.
        response.headers["Cache-Control"] = "max-age=600"
        return response
    response.headers["Cache-Control"] = "no-store"
    if is_signed_in():
        response.headers[MINUTES_LEFT] = str(current_session().minutes_left(now()))
    return response
