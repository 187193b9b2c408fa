"""A draft as its owner sees it: what was answered in each step, as typed, and the files that were attached.

One sealed JSON document, "testimony-draft/1". Answers may be incomplete or wrong; assembling.py says what is
missing. Pure: knows no database.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from crypto.labels import Label
from crypto.sealing import SealingKey, open_sealed, seal
from testimony.domain.canonical import canonical_json
from testimony.domain.documents import Fields, as_document
from testimony.domain.errors import Invalid, NotFound, Problem, TooLarge
from testimony.domain.statement import AttachmentRef, read_attachment
from testimony.storage.drafts import DraftRow

FORMAT = "testimony-draft/1"
MAX_ANSWERS_BYTES = 2 * 1024 * 1024
"""What one step may hold, as UTF-8. The longest interviews on record stay below a quarter of it."""

MAX_FILES = 100


class Step(StrEnum):
    """The steps of an interview, in their order."""

    BEFORE = "before"
    EXPLANATION = "explanation"
    CONSENT = "consent"
    ACCOUNT = "account"
    PROTECT = "protect"
    IDENTITY = "identity"
    FILES = "files"
    CLOSING = "closing"


@dataclass(frozen=True, slots=True)
class Answers:
    """What was typed in one step.

    version: how often the step was saved; a form hands it back, so that two pages never overwrite each other.
    values: name → text, list of texts, or list of rows (name → text).
    """

    version: int = 0
    values: Mapping[str, object] = field(default_factory=dict, repr=False)

    def text(self, name: str) -> str:
        value = self.values.get(name)
        return value if isinstance(value, str) else ""

    def line(self, name: str) -> str:
        """A text without the space round it: a code, a date, a choice."""
        return self.text(name).strip()

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.values.get(name)
        return (
            tuple(item for item in value if isinstance(item, str)) if isinstance(value, list | tuple) else ()
        )

    def rows(self, name: str) -> tuple[Mapping[str, str], ...]:
        value = self.values.get(name)
        items = value if isinstance(value, list | tuple) else ()
        return tuple(
            {key: text for key, text in item.items() if isinstance(key, str) and isinstance(text, str)}
            for item in items
            if isinstance(item, Mapping)
        )

    @property
    def is_empty(self) -> bool:
        return self.version == 0


@dataclass(frozen=True, slots=True)
class Draft:
    """An opened draft. `draft_id` is also the id of the submission it will become. Times: ISO 8601, UTC."""

    draft_id: str
    created_at: str
    updated_at: str
    steps: Mapping[Step, Answers] = field(default_factory=dict, repr=False)
    files: tuple[AttachmentRef, ...] = ()

    def answers(self, step: Step) -> Answers:
        return self.steps.get(step, Answers())

    def with_answers(self, step: Step, values: Mapping[str, object]) -> "Draft":
        """The draft with one step saved once more."""
        saved = Answers(self.answers(step).version + 1, values)
        return replace(self, steps={**self.steps, step: saved})


def require_answers(values: Mapping[str, object]) -> None:
    """Raises TooLarge; Invalid for what is not text, a list of texts or a list of rows of text."""
    try:
        size = len(canonical_json(dict(values)))
    except ValueError:
        raise Invalid((Problem("", "bad_character"),)) from None
    if size > MAX_ANSWERS_BYTES:
        raise TooLarge(MAX_ANSWERS_BYTES)
    if not all(_is_answer(value) for value in values.values()):
        raise Invalid((Problem("", "wrong_type"),))


def _is_answer(value: object) -> bool:
    return isinstance(value, str) or (isinstance(value, list | tuple) and all(map(_is_item, value)))


def _is_item(item: object) -> bool:
    return isinstance(item, str) or (
        isinstance(item, Mapping) and all(isinstance(text, str) for text in item.values())
    )


def seal_draft(key: SealingKey, draft: Draft) -> bytes:
    """Seal a draft to its owner."""
    document = {
        "format": FORMAT,
        "steps": {
            step.value: {"version": answers.version, "values": dict(answers.values)}
            for step, answers in draft.steps.items()
        },
        "files": [as_document(file) for file in draft.files],
    }
    return seal(key.public, canonical_json(document), Label.DRAFT, draft.draft_id.encode())


def open_row(key: SealingKey, row: DraftRow) -> Draft:
    """Open a draft with its owner's key. Raises Tampered; Invalid for a document that is not a draft."""
    document = json.loads(open_sealed(key, row.sealed, Label.DRAFT, row.draft_id.encode()))
    if not isinstance(document, dict) or not isinstance(document.get("steps"), dict):
        raise Invalid((Problem("", "wrong_type"),))
    fields = Fields({name: value for name, value in document.items() if name != "steps"})
    fields.constant("format", FORMAT)
    files = fields.many("files", read_attachment)
    fields.require()
    steps = {Step(name): _read_answers(saved) for name, saved in document["steps"].items()}
    return Draft(row.draft_id, row.created_at, row.updated_at, steps, files)


def _read_answers(saved: Mapping[str, object]) -> Answers:
    version, values = saved["version"], saved["values"]
    if not isinstance(version, int) or not isinstance(values, dict):
        raise Invalid((Problem("steps", "wrong_type"),))
    require_answers(values)
    return Answers(version, values)


def require_step(name: str) -> Step:
    """Raises NotFound."""
    try:
        return Step(name)
    except ValueError:
        raise NotFound from None
