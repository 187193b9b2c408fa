"""Domain errors to statuses, in one table, and the page that says each in plain words.

No trace, no input; no difference between "not yours" and "not there".
"""

import logging
from dataclasses import dataclass

from flask import Flask, Response, g, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, lazy_gettext
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from testimony.domain import errors
from testimony.storage.errors import ArchiveDamaged, CompartmentClosed, StorageFailed
from testimony.web.sessions import is_signed_in

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Page:
    """What an error says to the person: a heading, and what they can do now."""

    status: int
    heading: LazyString
    advice: LazyString


NOT_THERE = Page(
    404,
    lazy_gettext("There is nothing here"),
    lazy_gettext(
        "There is no such page, or it is not open to you. Check the address or the code, or go back."
    ),
)
SIGNED_OUT = Page(
    401,
    lazy_gettext("You are signed out"),
    lazy_gettext("The archive locked itself. What was saved is still there. Sign in again to go on."),
)
BAD_REQUEST = Page(
    400,
    lazy_gettext("This could not be read"),
    lazy_gettext("What was sent was not what this page expects. Nothing was changed. Go back and try again."),
)
OPEN_TOO_LONG = Page(
    400,
    lazy_gettext("This page was open too long"),
    lazy_gettext("Nothing was changed. Go back, load the page again and repeat the step."),
)
TOO_LARGE = Page(
    413,
    lazy_gettext("This is too large"),
    lazy_gettext(
        "What was sent is larger than this page takes. Nothing was changed. Send it in smaller parts."
    ),
)
TOO_MANY = Page(
    429,
    lazy_gettext("Too many tries"),
    lazy_gettext("Please wait a few minutes, then try again."),
)
CHANGED = Page(
    409,
    lazy_gettext("Someone else was here first"),
    lazy_gettext(
        "This was changed while you had it open, so your step was not taken. "
        "Load the page again to see how it is now."
    ),
)
NOT_YET = Page(
    409,
    lazy_gettext("Something has to be done before this"),
    lazy_gettext("The step before this one is not finished. Nothing was changed."),
)
INVALID = Page(
    422,
    lazy_gettext("Something is missing or does not fit"),
    lazy_gettext("Nothing was changed. Go back and check what was filled in."),
)
CLOSED = Page(
    409,
    lazy_gettext("This part of the archive is locked"),
    lazy_gettext("It opens when someone who holds its key is signed in. Nothing was changed."),
)
DAMAGED = Page(
    500,
    lazy_gettext("This does not match what was sealed"),
    lazy_gettext(
        "The archive refused to show it because a check failed. Do not change anything; tell a custodian."
    ),
)
FULL = Page(
    503,
    lazy_gettext("The archive could not write"),
    lazy_gettext("The disk may be full. Nothing of this step was kept; what was kept before is there."),
)
FAILED = Page(
    500,
    lazy_gettext("Something went wrong"),
    lazy_gettext(
        "The step was not taken. What was saved before is still there. "
        "Try again; if it happens again, tell a custodian."
    ),
)
WRONG_METHOD = Page(
    405,
    lazy_gettext("This address takes no such step"),
    lazy_gettext("Nothing was changed. Go back and use the buttons of the page."),
)

PAGES: dict[type[errors.TestimonyError], Page] = {
    errors.NotFound: NOT_THERE,
    errors.Refused: NOT_THERE,
    errors.UnknownCode: NOT_THERE,
    errors.BadCode: NOT_THERE,
    errors.NotSignedIn: SIGNED_OUT,
    errors.Throttled: TOO_MANY,
    errors.Conflict: CHANGED,
    errors.NotYet: NOT_YET,
    errors.Invalid: INVALID,
    errors.TooLarge: TOO_LARGE,
    errors.Locked: CLOSED,
    CompartmentClosed: CLOSED,
    errors.IntegrityFailed: DAMAGED,
    ArchiveDamaged: DAMAGED,
    StorageFailed: FULL,
}
"""What is not named here is a fault of ours and answers 500."""

STATUSES: dict[int, Page] = {
    400: BAD_REQUEST,
    401: SIGNED_OUT,
    404: NOT_THERE,
    405: WRONG_METHOD,
    413: TOO_LARGE,
    429: TOO_MANY,
}


def install(app: Flask) -> None:
    app.register_error_handler(errors.TestimonyError, _domain_error)
    app.register_error_handler(CSRFError, _token_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _fault)


def refusal_page(refusal: errors.Refused, sentences: tuple[str, ...]) -> Response:
    """The page that gives the reasons: only where this person may know that the thing exists."""
    answer = make_response(
        render_template("errors/refused.html", sentences=sentences, reasons=refusal.reasons), 403
    )
    return answer


def _domain_error(error: errors.TestimonyError) -> ResponseReturnValue:
    page = next((page for kind, page in PAGES.items() if isinstance(error, kind)), None)
    if page is None:
        return _fault(error)
    answer = _show(page)
    if isinstance(error, errors.Throttled):
        answer.headers["Retry-After"] = str(error.retry_after_seconds)
    return answer


def _http_error(error: HTTPException) -> ResponseReturnValue:
    page = STATUSES.get(error.code or 500, FAILED if (error.code or 500) >= 500 else BAD_REQUEST)
    answer = _show(page)
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            answer.headers[name] = value
    return answer


def _token_error(error: CSRFError) -> ResponseReturnValue:
    """A form whose token has run out: offer to send it again, with what was typed."""
    if not is_signed_in() or request.files or any("password" in name for name in request.form):
        # A password is never written back into a page, and a file cannot be.
        return _show(OPEN_TOO_LONG)
    typed = tuple((name, value) for name, value in request.form.items(multi=True) if name != "csrf_token")
    return make_response(render_template("errors/send_again.html", typed=typed, action=request.path), 400)


def _fault(error: Exception) -> ResponseReturnValue:
    # Only the kind and the place: the message of a foreign library may quote what it was given.
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = (
        f"{place.tb_frame.f_globals.get('__name__')}:{place.tb_lineno}" if place is not None else "unknown"
    )
    log.error("a request failed: %s at %s (%s)", type(error).__name__, where, request.endpoint)
    return _show(FAILED)


def _show(page: Page) -> Response:
    # The links of the page must not tell an address that is not there from one that is not yours.
    g.has_no_address = True
    return make_response(render_template("errors/error.html", page=page), page.status)
