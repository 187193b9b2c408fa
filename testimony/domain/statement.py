"""The account itself: the statement with its passages, the words to protect, the files that came with it."""

import re
from dataclasses import dataclass, field
from enum import StrEnum

from testimony.domain.documents import MAX_NOTE, Fields
from testimony.domain.errors import Invalid, Problem
from testimony.domain.vocabulary import load

MAX_STATEMENT = 1_000_000
"""Code points; the longest interviews on record stay below a third of it."""

_HEX_32_BYTES = re.compile("[0-9a-f]{64}")


class Direction(StrEnum):
    """Base direction of a text; `auto` takes it from the first strong character."""

    LTR = "ltr"
    RTL = "rtl"
    AUTO = "auto"


class StatementKind(StrEnum):
    """What the text is to the words spoken."""

    VERBATIM = "verbatim"
    NOTES = "notes"
    TRANSLATION = "translation"
    INTERPRETER_RENDERING = "interpreter_rendering"
    SUMMARY = "summary"


@dataclass(frozen=True, slots=True)
class Passage:
    """Code points `start` to `end` of the statement, and how the witness came to know it (basis.csv)."""

    start: int
    end: int
    basis: str
    speaker: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Statement:
    """The account.

    Language: ISO 639-3 of the text. account_types: codes of account_type.csv. Raises Invalid.
    """

    text: str = field(repr=False)
    language: str
    direction: Direction = Direction.AUTO
    kind: StatementKind = StatementKind.NOTES
    passages: tuple[Passage, ...] = ()
    account_types: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        length = len(self.text)
        if not self.text.strip():
            raise Invalid((Problem("text", "required"),))
        if problems := tuple(
            Problem(f"passages.{number}", "out_of_range")
            for number, passage in enumerate(self.passages)
            if not 0 <= passage.start < passage.end <= length
        ):
            raise Invalid(problems)


@dataclass(frozen=True, slots=True)
class ProtectItem:
    """Words that must not reach a release. kind: a type of identifier_type.csv or a code of redaction.csv."""

    text: str = field(repr=False)
    kind: str

    def __post_init__(self) -> None:
        if self.kind not in load("identifier_type") and self.kind not in load("redaction"):
            raise Invalid((Problem("kind", "unknown_code"),))


class Acquired(StrEnum):
    """How a file came."""

    ORIGINAL_DEVICE = "original_device"
    APP_COPY = "app_copy"
    CABLE = "cable"
    CLOUD_LINK = "cloud_link"
    WEB_CAPTURE = "web_capture"
    PHYSICAL = "physical"
    DICTATED = "dictated"


@dataclass(frozen=True, slots=True)
class AttachmentRef:
    """A sealed object and the key that opens it.

    key: 64 hex digits. sha256: of the plain original, 64 hex digits. size: bytes. kind: code of exhibit.csv.
    Raises Invalid.
    """

    object_id: str
    key: str = field(repr=False)
    sha256: str = field(repr=False)
    size: int
    mime: str
    name: str = field(repr=False)
    acquired: Acquired
    kind: str

    def __post_init__(self) -> None:
        rules = (("key", _HEX_32_BYTES.fullmatch(self.key)), ("sha256", _HEX_32_BYTES.fullmatch(self.sha256)))
        if problems := tuple(Problem(name, "wrong_type") for name, holds in rules if not holds):
            raise Invalid(problems)


def read_statement(fields: Fields) -> Statement:
    """Raises Invalid."""
    text, language = fields.text("text", MAX_STATEMENT), fields.language("language")
    direction, kind = fields.choice("direction", Direction), fields.choice("kind", StatementKind)
    passages = fields.many("passages", _read_passage)
    account_types = fields.codes("account_types", "account_type")
    fields.require()
    return Statement(text, language, direction, kind, passages, account_types)


def _read_passage(fields: Fields) -> Passage:
    start, end = fields.integer("start"), fields.integer("end")
    basis, speaker = fields.code("basis", "basis"), fields.note("speaker", MAX_NOTE)
    fields.require()
    return Passage(start, end, basis, speaker)


def read_protect_item(fields: Fields) -> ProtectItem:
    """Raises Invalid."""
    text, kind = fields.text("text", MAX_NOTE), fields.text("kind")
    fields.require()
    return ProtectItem(text, kind)


def read_attachment(fields: Fields) -> AttachmentRef:
    """Raises Invalid."""
    values = {
        "object_id": fields.text("object_id"),
        "key": fields.text("key"),
        "sha256": fields.text("sha256"),
        "size": fields.integer("size"),
        "mime": fields.text("mime"),
        "name": fields.text("name", 255),
        "acquired": fields.choice("acquired", Acquired),
        "kind": fields.code("kind", "exhibit"),
    }
    fields.require()
    return AttachmentRef(**values)  # type: ignore[arg-type]  # each was read by the reader of its type
