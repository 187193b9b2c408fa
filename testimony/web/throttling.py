"""A second belt against hammering, by address and in memory. The first is in the services, by handle."""

from typing import cast

from flask import Flask
from flask.typing import RouteCallable
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from testimony.web.wiring import Services

GUESSABLE = ("frame.sign_in", "enrolment.enrol")
"""The views at which a password or a one-time code can be tried."""


def install(app: Flask, services: Services) -> None:
    """Limit each address over all pages, and more tightly where guessing pays. Needs all views registered."""
    limiter = Limiter(
        get_remote_address,
        app=app,
        default_limits=[services.request_rate],
        storage_uri="memory://",
        strategy="moving-window",
    )
    tries = limiter.shared_limit(services.sign_in_rate, scope="guesses")
    for endpoint in GUESSABLE:
        limited = cast(RouteCallable, tries(app.view_functions[endpoint]))
        app.view_functions[endpoint] = limited
    limiter.exempt(app.view_functions["static"])
