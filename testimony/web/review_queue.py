"""The review room: the queue, the warning before a graphic account, files and earlier releases."""

from collections.abc import Iterator
from datetime import datetime

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crypto.errors import Tampered
from testimony.domain.codes import parse_code
from testimony.domain.roles import Role
from testimony.services.opened_files import OpenedFile, open_attachment
from testimony.services.receiving import receive_inbox, try_damaged_again
from testimony.services.releasing import read_past_release
from testimony.services.review import (
    Queue,
    QueueKey,
    queue,
    released_accounts,
    show_warning,
    warning_of,
)
from testimony.web.finding_words import html_language
from testimony.web.guards import allow
from testimony.web.review_desk import language_name, warning_words
from testimony.web.review_forms import AUDIENCE_NAMES
from testimony.web.sessions import current_session
from testimony.web.wiring import now

blueprint = Blueprint("review", __name__, url_prefix="/review")

_WARNED = "review-warned"


@blueprint.get("/")
@allow(Role.REVIEWER)
def front() -> ResponseReturnValue:
    received = receive_inbox(current_session(), now())
    shown = queue(current_session(), now(), _after())
    return render_template(
        "review/queue.html", received=received, **_queue_page(shown, "review.front"), is_released=False
    )


@blueprint.get("/released")
@allow(Role.REVIEWER)
def released() -> ResponseReturnValue:
    shown = released_accounts(current_session(), now(), _after())
    return render_template(
        "review/queue.html", received=None, **_queue_page(shown, "review.released"), is_released=True
    )


@blueprint.post("/inbox")
@allow(Role.REVIEWER)
def try_again() -> ResponseReturnValue:
    try_damaged_again(current_session(), now())
    return redirect(url_for("review.front"), code=303)


@blueprint.get("/<code>/warning")
@allow(Role.REVIEWER)
def warning(code: str) -> ResponseReturnValue:
    words = warning_words(show_warning(current_session(), parse_code(code), now()))
    return render_template(
        "review/warning.html", code=parse_code(code), words=words, onward=request.args.get("then", "")
    )


@blueprint.post("/<code>/warning")
@allow(Role.REVIEWER)
def go_on(code: str) -> ResponseReturnValue:
    desk, code = current_session().desk, parse_code(code)
    desk[_WARNED] = f"{desk.get(_WARNED, '')} {code}"
    layer = request.form.get("then", "")
    # Only a layer's id leads on, never an address that came with the request.
    page = (
        url_for("review.compare_page", set_id=layer)
        if layer.isalnum()
        else url_for("review.workspace", code=code)
    )
    return redirect(page, code=303)


@blueprint.get("/<code>/files/<int:number>")
@allow(Role.REVIEWER)
def file(code: str, number: int) -> ResponseReturnValue:
    opened = open_attachment(current_session(), parse_code(code), number, now())
    answer = Response(_frames(opened), mimetype="application/octet-stream")
    # Never shown in the browser: a file from a telephone may be anything. Named by its code, not by its own
    # name.
    answer.headers["Content-Disposition"] = f'attachment; filename="{parse_code(code)}-{number}"'
    answer.content_length = opened.attachment.size
    return answer


@blueprint.get("/<code>/releases/<int:release_id>")
@allow(Role.REVIEWER)
def past_release(code: str, release_id: int) -> ResponseReturnValue:
    shown = read_past_release(current_session(), parse_code(code), release_id, now())
    return render_template(
        "review/release.html",
        code=parse_code(code),
        shown=shown,
        name=AUDIENCE_NAMES[shown.audience],
        language=html_language(shown.language),
        at=datetime.fromisoformat(shown.released_at),
    )


def needs_warning(code: str) -> bool:
    """Whether an account is graphic and this person has not said in this session that they want to see it."""
    if code in current_session().desk.get(_WARNED, "").split():
        return False
    return bool(warning_words(warning_of(current_session(), code)))


def _frames(opened: OpenedFile) -> Iterator[bytes]:
    """What does not open ends the answer short of its length, so that the browser tells a broken download."""
    try:
        yield from opened.frames
    except Tampered:
        return


def _after() -> QueueKey | None:
    day, _, code = request.args.get("after", "").partition("/")
    return (day, code) if code else None


def _queue_page(shown: Queue, endpoint: str) -> dict[str, object]:
    return {
        "lines": shown.lines,
        "language_name": language_name,
        "warning_words": warning_words,
        "audience_names": AUDIENCE_NAMES,
        "next": url_for(endpoint, after="/".join(shown.next_key)) if shown.next_key else None,
    }
