"""What the pages of copies of files show. Frozen values, no decisions."""

from dataclasses import dataclass, field
from datetime import datetime

from flask_babel import gettext

from testimony.domain.purposes import Audience
from testimony.domain.vocabulary import load
from testimony.policy.copies import FACES_HIDDEN, VOICE_CHANGED
from testimony.services.approving_files import Copy, FileTick
from testimony.services.derivatives import FilesOfAccount, categories_of
from testimony.services.recording_copies import is_recording
from testimony.storage.derivatives import Derivative
from testimony.storage.disclosures import recipient_layer
from testimony.web.review_file_words import STATES
from testimony.web.review_forms import AUDIENCE_NAMES
from testimony.web.translation import current_language

TEXT_DOCUMENTS = frozenset(
    (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.oasis.opendocument.text",
        "application/rtf",
        "application/msword",
        "application/vnd.ms-outlook",
        "application/json",
        "application/xhtml+xml",
    )
)


@dataclass(frozen=True, slots=True)
class CopyLine:
    copy_id: str
    audience: str
    state: str
    state_name: str
    made_at: datetime
    is_mine: bool
    answer: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class FileLine:
    """is_drawn_on, is_read: whether a version can be made of its pictures or sound, and of its words. Of a file that
    nobody said the kind of, either is tried.
    """

    number: int
    kind: str
    size: int
    mime: str
    is_recording: bool
    is_film: bool
    is_drawn_on: bool
    is_read: bool
    copies: tuple[CopyLine, ...]


@dataclass(frozen=True, slots=True)
class FilesPage:
    """layers: (value, name) of everybody a version can be made for: audiences, then named recipients."""

    code: str
    files: tuple[FileLine, ...]
    asks_for_voice: bool
    asks_for_faces: bool
    layers: tuple[tuple[str, str], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class CopyView:
    """hidden: (category, how many) in words. pages: pictures to show, from 1."""

    code: str
    number: int
    line: CopyLine
    mime: str
    size: int
    hidden: tuple[tuple[str, int], ...]
    pages: tuple[int, ...]
    may_approve: bool
    hides_faces: bool
    named_details: tuple[str, ...] = field(repr=False)
    text: str = field(default="", repr=False)
    is_for_recipient: bool = False
    is_compared: bool = True


def files_page_of(found: FilesOfAccount, me: str) -> FilesPage:
    kinds = load("exhibit")
    names = {each.recipient_id: each.name for each in found.recipients}
    return FilesPage(
        found.account.code,
        tuple(
            FileLine(
                file.number,
                kinds.label(file.kind, current_language()),
                file.size,
                file.mime,
                is_recording(file.mime),
                file.mime.startswith("video/"),
                not _is_text(file.mime),
                not file.mime.startswith(("image/", "audio/", "video/")) and file.mime != "application/pdf",
                tuple(
                    _line(copy, me, names.get(copy.recipient_id, ""))
                    for copy in found.copies
                    if copy.number == file.number
                ),
            )
            for file in found.attachments
        ),
        VOICE_CHANGED in found.asked,
        FACES_HIDDEN in found.asked,
        (
            *((audience.value, str(name)) for audience, name in AUDIENCE_NAMES.items()),
            *(
                (recipient_layer(each.audience, each.recipient_id), _alone(each.name))
                for each in found.recipients
            ),
        ),
    )


def _alone(name: str) -> str:
    return str(gettext("%(name)s alone", name=name))


def _is_text(mime: str) -> bool:
    return mime.startswith(("text/", "message/")) or mime in TEXT_DOCUMENTS


def copy_view(copy: Copy, pages: int, me: str, text: str = "") -> CopyView:
    """text: what a copy that is a text says, once it was asked for."""
    row, names = copy.row, load("redaction")
    codes = categories_of(row)
    counts = {code: codes.count(code) for code in dict.fromkeys(codes)}
    return CopyView(
        code=row.code,
        number=row.number,
        line=_line(row, me, copy.recipient.name if copy.recipient else ""),
        is_for_recipient=copy.recipient is not None,
        is_compared=copy.is_compared,
        mime=row.mime,
        size=row.size,
        hidden=tuple((names.label(code, current_language()), n) for code, n in counts.items()),
        pages=tuple(range(1, pages + 1)),
        may_approve=copy.may_approve,
        hides_faces=FileTick.FACES_HIDDEN in copy.needed,
        named_details=copy.named_details,
        text=text,
    )


def name_of_layer(copy: Copy) -> str:
    """Who would read it, in words."""
    return _line(copy.row, "", copy.recipient.name if copy.recipient else "").audience


def _line(row: Derivative, me: str, recipient: str) -> CopyLine:
    """recipient: the name of whom alone it is for."""
    return CopyLine(
        row.derivative_id,
        _alone(recipient) if row.recipient_id else str(AUDIENCE_NAMES[Audience(row.audience)]),
        row.state,
        str(STATES[row.state]),
        datetime.fromisoformat(row.made_at),
        row.maker_id == me,
        row.answer,
    )
