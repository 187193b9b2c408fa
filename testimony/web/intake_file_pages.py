"""What the page of files shows: what was sealed, and which kinds the witness allowed."""

from dataclasses import dataclass, field

from testimony.domain.vocabulary import load
from testimony.services.consent_answers import granted_in
from testimony.services.drafts import Answers, Draft, Step
from testimony.services.exhibits import may_keep
from testimony.web.intake_words import ACQUIRED_WORDS
from testimony.web.translation import current_language

_STEPS = ((1024**3, "GB"), (1024**2, "MB"), (1024, "kB"))


@dataclass(frozen=True, slots=True)
class FileView:
    """sha256: of the original, in groups to be compared by eye. is_allowed: whether the consent covers it
    now.
    """

    object_id: str
    name: str = field(repr=False)
    kind: str
    acquired: str
    size: str
    sha256: str
    is_allowed: bool


def file_views(draft: Draft) -> tuple[FileView, ...]:
    granted = granted_in(draft.answers(Step.CONSENT))
    return tuple(
        FileView(
            object_id=file.object_id,
            name=file.name,
            kind=load("exhibit").label(file.kind, current_language()),
            acquired=str(ACQUIRED_WORDS[file.acquired]),
            size=size_in_words(file.size),
            sha256=" ".join(file.sha256[at : at + 8] for at in range(0, 64, 8)),
            is_allowed=may_keep(file.kind, granted),
        )
        for file in draft.files
    )


def kinds_allowed(consent: Answers) -> tuple[tuple[str, str], ...]:
    """The kinds of file that the witness allowed, with their labels."""
    granted, words = granted_in(consent), load("exhibit")
    return tuple(
        (code, words.label(code, current_language())) for code in words.codes if may_keep(code, granted)
    )


def size_in_words(size: int) -> str:
    for unit, name in _STEPS:
        if size >= unit:
            return f"{size / unit:.1f} {name}"
    return f"{size} B"
