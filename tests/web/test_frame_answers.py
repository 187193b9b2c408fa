"""What every answer carries, and what it never does: headers, error pages, typed text kept, nothing given away."""

import logging
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Blueprint, Flask, request
from flask_babel import lazy_gettext

from testimony.domain import errors
from testimony.domain.audit import DenyReason
from testimony.domain.roles import Role
from testimony.web.errors import PAGES
from testimony.web.factory import create_app
from testimony.web.guards import allow_public, allow_signed_in
from testimony.web.rooms import Room
from testimony.web.wiring import Services
from tests.web.conftest import Visitor

Visit = Callable[..., Visitor]

PUBLIC_PAGES = ("/sign-in", "/enrol", "/signed-out", "/blank", "/nowhere")
OWN_PAGES = ("/", "/account", "/account/password", "/account/code")

RAISED: dict[str, tuple[Exception, int]] = {
    "not-found": (errors.NotFound(), 404),
    "refused": (errors.Refused((DenyReason.CONSENT_REFUSED,)), 404),
    "bad-code": (errors.BadCode(), 404),
    "throttled": (errors.Throttled(30), 429),
    "conflict": (errors.Conflict(), 409),
    "not-yet": (errors.NotYet(), 409),
    "invalid": (errors.Invalid((errors.Problem("month", "required"),)), 422),
    "too-large": (errors.TooLarge(10), 413),
    "locked": (errors.Locked(), 409),
    "damaged": (errors.IntegrityFailed(), 500),
    "fault": (ZeroDivisionError("the secret word"), 500),
}


@pytest.fixture
def app(services: Services) -> Flask:
    blueprint = Blueprint("shelf", __name__, url_prefix="/shelf")

    @blueprint.get("/<name>")
    @allow_public
    def fail(name: str) -> str:
        raise RAISED[name][0]

    @blueprint.post("/note")
    @allow_signed_in
    def note() -> str:
        return request.form["note"]

    @blueprint.post("/upload")
    @allow_public
    def upload() -> str:
        return type(request.files["file"].stream).__name__

    room = Room(
        blueprint, lazy_gettext("Shelf"), "shelf.note", frozenset({Role.CUSTODIAN}), lazy_gettext("Nothing.")
    )
    return create_app(services, rooms=(room,))


@pytest.mark.parametrize("path", [*PUBLIC_PAGES, "/shelf/fault", "/static/tokens.css"])
def test_every_answer_forbids_foreign_content_framing_and_referrers(visit: Visit, path: str) -> None:
    headers = visit().get(path).headers

    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; script-src 'self'")
    assert "frame-ancestors 'none'" in policy and "unsafe" not in policy and "http" not in policy
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize("path", [*PUBLIC_PAGES, *OWN_PAGES, "/shelf/fault"])
def test_no_page_is_kept_by_the_browser(visit: Visit, path: str) -> None:
    answer = visit("reviewer").get(path)

    assert answer.headers["Cache-Control"] == "no-store"


def test_styles_and_scripts_may_be_kept_for_ten_minutes(visit: Visit) -> None:
    assert visit().get("/static/page.js").headers["Cache-Control"] == "max-age=600"


@pytest.mark.parametrize("path", [*PUBLIC_PAGES, *OWN_PAGES])
def test_no_page_holds_inline_script_or_style_or_a_foreign_address(visit: Visit, path: str) -> None:
    page = visit("reviewer").get(path).text

    assert re.findall(r"<script(?![^>]* src=\"/static/)|<style|\sstyle=|\son[a-z]+=|javascript:", page) == []
    assert re.findall(r"(?:src|href|action)=\"(?:https?:)?//", page) == []


@pytest.mark.parametrize("path", sorted(Path("templates").rglob("*.html")), ids=str)
def test_no_template_trusts_a_text_to_be_html(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert re.findall(r"\|\s*safe\b|autoescape false|<style|\sstyle=|\son[a-z]+=\"", text) == []


@pytest.mark.parametrize(("name", "status"), [(name, status) for name, (_, status) in RAISED.items()])
def test_each_error_has_its_status_and_a_page_in_plain_words(visit: Visit, name: str, status: int) -> None:
    answer = visit().get(f"/shelf/{name}")

    assert answer.status_code == status
    assert "<h1>" in answer.text
    assert "Traceback" not in answer.text and "secret word" not in answer.text


def test_not_allowed_and_not_there_are_the_same_page(visit: Visit) -> None:
    visitor = visit()

    refused, missing = visitor.get("/shelf/refused").text, visitor.get("/shelf/not-found").text

    assert refused.replace("/refused", "") == missing.replace("/not-found", "")


def test_every_error_page_has_a_status_and_no_two_kinds_overlap() -> None:
    overlaps = {
        (one, other) for one in PAGES for other in PAGES if one is not other and issubclass(one, other)
    }

    assert overlaps == set()


def test_a_fault_is_logged_by_kind_and_place_without_its_words(
    visit: Visit, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        visit().get("/shelf/fault?q=canary")

    ours = [record.getMessage() for record in caplog.records]
    assert any("ZeroDivisionError" in message and "shelf.fail" in message for message in ours)
    assert not any("secret word" in message or "canary" in message for message in ours)
    assert all(record.exc_info is None for record in caplog.records)


def test_who_waits_too_little_is_told_how_long(visit: Visit) -> None:
    assert visit().get("/shelf/throttled").headers["Retry-After"] == "30"


def test_a_wrong_method_is_answered_in_words(visit: Visit) -> None:
    answer = visit().client.put("/sign-in")

    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_what_i_typed_into_a_page_that_was_open_too_long_can_be_sent_again(visit: Visit) -> None:
    visitor = visit("reviewer")
    typed = "\nThey came <b>before</b> dawn.\r\nثم رأيت الدخان"
    visitor.token = "stale"

    page = visitor.post("/shelf/note", note=typed)
    answer = visitor.post("/shelf/note", note=typed)

    assert page.status_code == 400
    assert "nothing that you typed is lost" in page.text
    assert "They came &lt;b&gt;before&lt;/b&gt; dawn." in page.text
    assert answer.text == typed


def test_a_password_is_not_written_back_into_any_page(visit: Visit) -> None:
    visitor = visit("reviewer")
    visitor.token = "stale"

    answer = visitor.post("/account/password", password="what I typed", new_password="what I chose")

    assert answer.status_code == 400
    assert "what I" not in answer.text


def test_a_request_that_is_too_large_is_refused_in_words(visit: Visit) -> None:
    visitor = visit()
    visitor.get("/sign-in")

    answer = visitor.post("/sign-in", handle="x" * (5 * 1024 * 1024))

    assert answer.status_code == 413
    assert "This is too large" in answer.text


def test_an_upload_is_never_spooled_to_a_temporary_file(visit: Visit) -> None:
    visitor = visit()
    visitor.get("/sign-in")
    # Written by hand: the test client would itself spool a body of this size.
    body = (
        b'--edge\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n'
        + visitor.token.encode()
        + b"\r\n"
        b'--edge\r\nContent-Disposition: form-data; name="file"; filename="x.bin"\r\n\r\n'
        + b"x" * 700_000
        + b"\r\n--edge--\r\n"
    )

    answer = visitor.client.post(
        "/shelf/upload", data=body, content_type="multipart/form-data; boundary=edge"
    )

    assert answer.text == "BytesIO"
