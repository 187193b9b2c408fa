"""Files as they arrive, piece by piece: handed to the service that seals them, never gathered on disk or in memory.

    @blueprint.post("/drafts/<draft_id>/files")
    @allow(Role.INTERVIEWER)
    @takes_upload
    def attach_file(upload: Upload, draft_id: str) -> ResponseReturnValue:
        attach(current_session(), draft_id, upload.source, FileDescription(upload.name, upload.mime, …), now())

The form is `multipart/form-data` with its other fields, the token among them, before its one file.
"""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from typing import BinaryIO, Concatenate, ParamSpec, TypeVar, cast

from flask import Flask, request
from flask_wtf.csrf import CSRFError, CSRFProtect, validate_csrf
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest, ClientDisconnected, RequestEntityTooLarge
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, MultipartDecoder, NeedData
from wtforms import ValidationError

from testimony.web.wiring import current_services

P = ParamSpec("P")
R = TypeVar("R")

_PIECE_BYTES = 64 * 1024
_MAX_FIELD_BYTES = 64 * 1024
_MAX_FIELDS = 100
_AROUND_THE_FILE = 256 * 1024
"""What the fields and the boundaries may add to the size of a request."""


@dataclass(frozen=True, slots=True, repr=False)
class Upload:
    """name, mime: as the sender said; both may be empty or untrue. source: read once, to its end.

    Reading raises ClientDisconnected when the file is cut short, so nothing of it is kept.
    """

    fields: MultiDict[str, str]
    name: str
    mime: str
    source: BinaryIO


def takes_upload(view: Callable[Concatenate[Upload, P], R]) -> Callable[P, R]:
    """Give a view the one file of this request. The form's token is checked before the view is called."""

    @wraps(view)
    def with_upload(*args: P.args, **kwargs: P.kwargs) -> R:
        return view(_receive(), *args, **kwargs)

    with_upload.__dict__["takes_upload"] = True
    return with_upload


def install(app: Flask, csrf: CSRFProtect) -> None:
    """Leave the checking of these views' tokens to this module: the usual check would gather the whole body."""
    for view in app.view_functions.values():
        if getattr(view, "takes_upload", False):
            csrf.exempt(view)


def limit_of(view: Callable[..., object]) -> int | None:
    """How large a request this view takes, when it takes files; None when it takes none."""
    if not getattr(view, "takes_upload", False):
        return None
    return current_services().max_attachment_bytes + _AROUND_THE_FILE


def _receive() -> Upload:
    if request.mimetype != "multipart/form-data" or "boundary" not in request.mimetype_params:
        raise BadRequest
    events = _events(request.mimetype_params["boundary"].encode())
    fields: MultiDict[str, str] = MultiDict()
    for event in events:
        if isinstance(event, Field):
            fields.add(event.name, _text(events))
            if len(fields) > _MAX_FIELDS:
                raise BadRequest
        elif isinstance(event, File):
            _require_token(fields)
            mime = event.headers.get("Content-Type", "")
            return Upload(fields, event.filename, mime, cast(BinaryIO, _Part(events)))
    raise BadRequest


def _require_token(fields: MultiDict[str, str]) -> None:
    try:
        validate_csrf(fields.get("csrf_token"))
    except ValidationError as error:
        raise CSRFError(str(error)) from None


def _events(boundary: bytes) -> Iterator[Event]:
    decoder = MultipartDecoder(boundary, max_form_memory_size=None, max_parts=_MAX_FIELDS + 1)
    while True:
        piece = request.stream.read(_PIECE_BYTES)
        try:
            decoder.receive_data(piece or None)
            while not isinstance(event := decoder.next_event(), NeedData):
                yield event
                if isinstance(event, Epilogue):
                    return
        except ValueError:
            # The decoder was told that the body has ended, and it had not.
            raise ClientDisconnected from None


def _text(events: Iterator[Event]) -> str:
    """The value of the field that has just begun."""
    value = bytearray()
    for event in events:
        if not isinstance(event, Data):
            raise BadRequest
        value += event.data
        if len(value) > _MAX_FIELD_BYTES:
            raise RequestEntityTooLarge
        if not event.more_data:
            break
    return value.decode("utf-8", "replace")


class _Part(io.RawIOBase):
    """The bytes of the file that has just begun, and the end of the form after it."""

    def __init__(self, events: Iterator[Event]) -> None:
        self._events = events
        self._waiting = b""
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # the io module passes one
        while not self._waiting and not self._ended:
            self._advance()
        taken = self._waiting[: len(buffer)]
        self._waiting = self._waiting[len(taken) :]
        buffer[: len(taken)] = taken
        return len(taken)

    def _advance(self) -> None:
        event = next(self._events)
        if isinstance(event, Data):
            self._waiting = event.data
            if not event.more_data:
                self._require_end()
        else:
            raise BadRequest

    def _require_end(self) -> None:
        # Only whoever has sent the closing boundary has sent the whole file.
        if not isinstance(next(self._events), Epilogue):
            raise BadRequest
        self._ended = True
