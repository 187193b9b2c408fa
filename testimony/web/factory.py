"""The application: rooms, look, headers and guards put together. What it works on comes in `Services`."""

import secrets
from io import BytesIO
from typing import IO

from flask import Flask, Request
from flask_wtf.csrf import CSRFProtect
from werkzeug.routing import IntegerConverter

from testimony.web import (
    alarms,
    around,
    coding,
    custody,
    enrolment,
    errors,
    finding,
    frame,
    guards,
    headers,
    identity,
    intake,
    links,
    log,
    own_account,
    page_frame,
    review,
    sessions,
    throttling,
    translation,
    uploads,
)
from testimony.web.identity_base import asking_blueprint
from testimony.web.rooms import ROOMS_EXTENSION, Room
from testimony.web.wiring import EXTENSION, Services

ROOMS: tuple[Room, ...] = (intake.ROOM, review.ROOM, finding.ROOM, log.ROOM, custody.ROOM, identity.ROOM)
"""The rooms in the order of the bar."""

MAX_REQUEST_BYTES = 4 * 1024 * 1024
"""A whole request, unless its view takes a file (`uploads`). Typed accounts stay far below it."""

MAX_FORM_PARTS = 5_000


class ArchiveRequest(Request):
    """A request whose small files stay in memory: a temporary file would hold them in clear (G1)."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        return BytesIO()


class Number(IntegerConverter):
    """A number in an address. A longer one than the database holds is no address of ours."""

    regex = r"\d{1,18}"


class ArchiveFlask(Flask):
    request_class = ArchiveRequest


def create_app(services: Services, rooms: tuple[Room, ...] = ROOMS) -> Flask:
    """Build the application. Raises ValueError when a route does not say who may call it."""
    app = ArchiveFlask("testimony", static_folder="static", template_folder="../templates")
    _configure(app)
    app.url_map.converters["int"] = Number
    app.extensions.update({EXTENSION: services, ROOMS_EXTENSION: rooms})
    translation.install(app)
    sessions.install(app)
    # Before the form token is checked: the check reads the body, and who may not call a view learns nothing.
    guards.install(app)
    csrf = CSRFProtect(app)
    csrf.exempt("testimony.web.frame.leave")
    errors.install(app)
    headers.install(app)
    page_frame.install(app, services, rooms)
    app.register_blueprint(frame.blueprint)
    app.register_blueprint(enrolment.blueprint)
    app.register_blueprint(own_account.blueprint)
    app.register_blueprint(coding.blueprint)
    app.register_blueprint(links.blueprint)
    app.register_blueprint(alarms.blueprint)
    app.register_blueprint(around.blueprint)
    # Also without its room in the bar: a testimony's own page leads there.
    app.register_blueprint(asking_blueprint)
    app.register_blueprint(identity.ROOM.blueprint)
    for room in rooms:
        if room is not identity.ROOM:
            app.register_blueprint(room.blueprint)
    uploads.install(app, csrf)
    guards.allow_public(app.view_functions["static"])
    throttling.install(app, services)
    guards.require_marks(app)
    return app


def _configure(app: Flask) -> None:
    app.config.update(
        # Of this process alone: a restart signs everybody out, as it forgets the keys as well.
        SECRET_KEY=secrets.token_bytes(32),
        SESSION_COOKIE_NAME="__Host-testimony",
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_PATH="/",
        SESSION_REFRESH_EACH_REQUEST=False,
        MAX_CONTENT_LENGTH=MAX_REQUEST_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_REQUEST_BYTES,
        MAX_FORM_PARTS=MAX_FORM_PARTS,
        # A token lives as long as the cookie it belongs to; a clock on it would only break long pages.
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
        TRAP_BAD_REQUEST_ERRORS=False,
        PROPAGATE_EXCEPTIONS=False,
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
