"""Files arrive piece by piece; nothing of one is kept unless the whole of it came."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Blueprint, Flask
from flask_babel import lazy_gettext
from werkzeug.test import TestResponse

from testimony.domain.roles import Role
from testimony.web.factory import create_app
from testimony.web.guards import allow
from testimony.web.rooms import Room
from testimony.web.uploads import Upload, takes_upload
from testimony.web.wiring import Services
from tests.web.conftest import Visitor

Visit = Callable[..., Visitor]

LIMIT = 6 * 1024 * 1024


@pytest.fixture
def received() -> list[tuple[str, str, bytes]]:
    return []


@pytest.fixture
def app(services: Services, received: list[tuple[str, str, bytes]]) -> Flask:
    blueprint = Blueprint("shelf", __name__, url_prefix="/shelf")

    @blueprint.post("/file")
    @allow(Role.INTERVIEWER)
    @takes_upload
    def file(upload: Upload) -> str:
        received.append(
            (upload.name, upload.fields["kind"], b"".join(iter(lambda: upload.source.read(1000), b"")))
        )
        return "sealed"

    roles = frozenset({Role.INTERVIEWER})
    room = Room(blueprint, lazy_gettext("Shelf"), "frame.home", roles, lazy_gettext("Nothing."))
    return create_app(replace(services, max_attachment_bytes=LIMIT), rooms=(room,))


def send(visitor: Visitor, *parts: bytes, closing: bytes = b"--edge--\r\n") -> TestResponse:
    body = b"".join(b"--edge\r\n" + part + b"\r\n" for part in parts) + closing
    return visitor.client.post("/shelf/file", data=body, content_type="multipart/form-data; boundary=edge")


def field(name: str, value: str) -> bytes:
    return f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode()


def file(content: bytes, name: str = "photo.jpg") -> bytes:
    head = (
        f'Content-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: image/jpeg\r\n\r\n'
    )
    return head.encode() + content


@pytest.mark.parametrize("content", [b"", b"\r\n--edg", b"\r\n\r\n", bytes(range(256)) * 8000], ids=len)
def test_a_file_arrives_byte_for_byte(
    visit: Visit, received: list[tuple[str, str, bytes]], content: bytes
) -> None:
    visitor = visit("interviewer")

    answer = send(visitor, field("csrf_token", visitor.token), field("kind", "EX1"), file(content, "été.jpg"))

    assert answer.text == "sealed"
    assert received == [("été.jpg", "EX1", content)]


def test_a_file_without_the_form_token_is_not_taken(
    visit: Visit, received: list[tuple[str, str, bytes]]
) -> None:
    answer = send(visit("interviewer"), field("kind", "EX1"), file(b"x"))

    assert answer.status_code == 400
    assert received == []


def test_a_token_after_the_file_comes_too_late(visit: Visit, received: list[tuple[str, str, bytes]]) -> None:
    visitor = visit("interviewer")

    answer = send(visitor, field("kind", "EX1"), file(b"x"), field("csrf_token", visitor.token))

    assert answer.status_code == 400
    assert received == []


@pytest.mark.parametrize("closing", [b"", b"--edge", b"--ed"])
def test_a_file_that_was_cut_short_is_not_taken(
    visit: Visit, received: list[tuple[str, str, bytes]], closing: bytes
) -> None:
    visitor = visit("interviewer")
    parts = (field("csrf_token", visitor.token), field("kind", "EX1"), file(b"half of a photograph"))

    answer = send(visitor, *parts, closing=closing)

    assert answer.status_code == 400
    assert received == []


def test_a_second_file_in_one_form_is_refused(visit: Visit, received: list[tuple[str, str, bytes]]) -> None:
    visitor = visit("interviewer")

    answer = send(
        visitor, field("csrf_token", visitor.token), field("kind", "EX1"), file(b"one"), file(b"two")
    )

    assert answer.status_code == 400
    assert received == []


def test_a_form_without_a_file_is_refused(visit: Visit) -> None:
    visitor = visit("interviewer")

    assert send(visitor, field("csrf_token", visitor.token)).status_code == 400
    assert visitor.post("/shelf/file", kind="EX1").status_code == 400


def test_a_file_above_the_limit_is_refused_in_words(
    visit: Visit, received: list[tuple[str, str, bytes]]
) -> None:
    visitor = visit("interviewer")

    answer = send(visitor, field("csrf_token", visitor.token), field("kind", "EX1"), file(b"x" * (LIMIT * 2)))

    assert answer.status_code == 413
    assert "This is too large" in answer.text
    assert received == []


def test_a_field_beside_a_file_cannot_grow_without_end(visit: Visit) -> None:
    visitor = visit("interviewer")

    answer = send(visitor, field("csrf_token", visitor.token), field("kind", "x" * 300_000), file(b"x"))

    assert answer.status_code == 413


def test_other_roles_hand_in_no_files(visit: Visit, received: list[tuple[str, str, bytes]]) -> None:
    visitor = visit("auditor")

    answer = send(visitor, field("csrf_token", visitor.token), field("kind", "EX1"), file(b"x"))

    assert answer.status_code == 404
    assert received == []
