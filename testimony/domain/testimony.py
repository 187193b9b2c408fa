"""One testimony.

The states it passes through, and the submission that holds all that the interviewer hands in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from testimony.domain.codes import TESTIMONY, WITNESS, parse_code
from testimony.domain.consent import Consent
from testimony.domain.consent_documents import read_consent
from testimony.domain.dates import parse_date
from testimony.domain.documents import Fields, as_document
from testimony.domain.errors import BadCode, Invalid, NotYet, Problem
from testimony.domain.grants import ClosedPart
from testimony.domain.interview import Interview, read_interview
from testimony.domain.purposes import Audience
from testimony.domain.statement import (
    AttachmentRef,
    ProtectItem,
    Statement,
    read_attachment,
    read_protect_item,
    read_statement,
)
from testimony.domain.vocabulary import load
from testimony.domain.witness import ReadBack, Witness, read_read_back, read_witness

FORMAT = "testimony-submission/1"


class State(StrEnum):
    """Where a testimony stands. `on_hold` is not among them: a hold lies beside the state."""

    CAPTURED = "captured"
    SEALED = "sealed"
    RECEIVED = "received"
    TRANSCRIBED = "transcribed"
    TRANSLATED = "translated"
    CODED = "coded"
    REDACTION_DRAFT = "redaction_draft"
    REDACTION_REVIEWED = "redaction_reviewed"
    RELEASABLE = "releasable"
    RELEASED = "released"
    RESTRICTED = "restricted"
    QUARANTINED = "quarantined"
    DISPOSED = "disposed"


_READABLE = (State.RECEIVED, State.TRANSCRIBED, State.TRANSLATED, State.CODED)
_STOPS = frozenset({State.QUARANTINED, State.RESTRICTED})
_STEPS: Mapping[State, frozenset[State]] = {
    State.CAPTURED: frozenset({State.SEALED}),
    State.SEALED: frozenset({State.RECEIVED}),
    **{
        state: frozenset(_READABLE[number + 1 :]) | {State.REDACTION_DRAFT}
        for number, state in enumerate(_READABLE)
    },
    State.REDACTION_DRAFT: frozenset({State.REDACTION_REVIEWED, State.RECEIVED}),
    State.REDACTION_REVIEWED: frozenset({State.RELEASABLE, State.REDACTION_DRAFT}),
    State.RELEASABLE: frozenset({State.RELEASED, State.REDACTION_DRAFT}),
    State.RELEASED: frozenset({State.REDACTION_DRAFT}),
    # Coming back starts again from the original: an approval given before the stop no longer counts.
    # What nobody opened yet goes back to lie sealed.
    State.QUARANTINED: frozenset({State.SEALED, State.RECEIVED, State.DISPOSED}),
    State.RESTRICTED: frozenset({State.SEALED, State.RECEIVED, State.DISPOSED}),
    State.DISPOSED: frozenset(),
}


def next_states(state: State) -> frozenset[State]:
    """Return where a testimony may go from here; anything but a disposed one may be stopped at any time."""
    return _STEPS[state] if state is State.DISPOSED else (_STEPS[state] | _STOPS) - {state}


def require_transition(before: State, after: State) -> None:
    """Raises NotYet."""
    if after not in next_states(before):
        raise NotYet


@dataclass(frozen=True, slots=True)
class Imported:
    """A testimony told before it reached this archive.

    Told_on: EDTF or None. external_id: the source's own. redacted_for: the audience that its text was redacted for
    before it came; None where it came as it was told.
    """

    told_on: str | None
    external_id: str = field(default="", repr=False)
    redacted_for: Audience | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What an interviewer hands in and cannot open again.

    Exactly one of interview and imported is there. warning: code of warning.csv. Raises Invalid.
    """

    submission_id: str
    code: str
    pseudonym: str
    case_id: str
    witness: Witness
    statement: Statement
    consent: Consent
    closed_parts: frozenset[ClosedPart] = frozenset()
    protect: tuple[ProtectItem, ...] = ()
    attachments: tuple[AttachmentRef, ...] = ()
    warning: str = "CW00"
    interview: Interview | None = None
    imported: Imported | None = None
    read_back: ReadBack | None = None

    def __post_init__(self) -> None:
        rules = (
            (_is_code(self.code, TESTIMONY), "code", "bad_code"),
            (_is_code(self.pseudonym, WITNESS), "pseudonym", "bad_code"),
            ((self.interview is None) != (self.imported is None), "interview", "required"),
            (self.warning in load("warning"), "warning", "unknown_code"),
            (len({a.object_id for a in self.attachments}) == len(self.attachments), "attachments", "twice"),
        )
        if problems := tuple(Problem(name, code) for holds, name, code in rules if not holds):
            raise Invalid(problems)

    @property
    def is_redacted_elsewhere(self) -> bool:
        """Whether nobody here ever heard or read it as it was told: who handed it in did not take it."""
        return self.imported is not None and self.imported.redacted_for is not None

    @property
    def month(self) -> str | None:
        """When it was told: EDTF, month or year; None where nobody knows."""
        told = self.interview.month if self.interview else self.imported and self.imported.told_on
        return parse_date(told).month if told else None

    def to_document(self) -> dict[str, object]:
        """Raises Invalid for a value whose document could not be read back: sealed, it would be lost."""
        document = {"format": FORMAT} | as_document(self)
        Submission.from_document(document)
        return document

    @classmethod
    def from_document(cls, document: object) -> "Submission":
        """Raises Invalid with every problem and its path."""
        fields = Fields(document)
        fields.constant("format", FORMAT)
        values = {
            "submission_id": fields.text("submission_id"),
            "code": fields.text("code"),
            "pseudonym": fields.text("pseudonym"),
            "case_id": fields.text("case_id"),
            "witness": fields.one("witness", read_witness),
            "statement": fields.one("statement", read_statement),
            "consent": fields.one("consent", read_consent),
            "closed_parts": frozenset(fields.choices("closed_parts", ClosedPart)),
            "protect": fields.many("protect", read_protect_item),
            "attachments": fields.many("attachments", read_attachment),
            "warning": fields.code("warning", "warning"),
            "interview": fields.one_or_none("interview", read_interview),
            "imported": fields.one_or_none("imported", _read_imported),
            "read_back": fields.one_or_none("read_back", read_read_back),
        }
        fields.require()
        return cls(**values)  # type: ignore[arg-type]  # each was read by the reader of its type


def _read_imported(fields: Fields) -> Imported:
    told_on = fields.edtf_or_none("told_on")
    external_id = fields.note("external_id", 200)
    # Documents signed before there was this field have none.
    redacted_for = fields.choice_or_none("redacted_for", Audience)
    fields.require()
    return Imported(told_on, external_id, redacted_for)


def _is_code(text: str, prefix: str) -> bool:
    try:
        return parse_code(text) == text and text.startswith(prefix)
    except BadCode:
        return False
