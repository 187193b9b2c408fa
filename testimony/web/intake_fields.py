"""What a question of an interview is, and how its choices are read from the vocabularies."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from flask_babel import LazyString, lazy_gettext

from testimony.domain.vocabulary import load
from testimony.web.translation import current_language

Options = Callable[[], tuple[tuple[str, str], ...]]


class Kind(StrEnum):
    """How a question is answered."""

    LINE = "line"
    AREA = "area"
    DATE = "date"
    MONTH = "month"
    TIME = "time"
    NUMBER = "number"
    RADIO = "radio"
    SELECT = "select"
    TICKS = "ticks"
    ROWS = "rows"


@dataclass(frozen=True, slots=True)
class Question:
    """columns: of a question answered in rows; spare: how many empty rows are offered."""

    name: str
    label: LazyString
    kind: Kind
    hint: LazyString | None = None
    options: Options | None = None
    columns: tuple["Question", ...] = ()
    spare: int = 2
    is_optional: bool = False
    is_row: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """when: (name of a question, its answer) without which the section makes no sense."""

    title: LazyString | None
    questions: tuple[Question, ...]
    intro: LazyString | None = None
    when: tuple[str, str] | None = None
    when_words: LazyString | None = None


def terms(vocabulary: str, *codes: str) -> Options:
    """The terms of a vocabulary in the page's language: all, or these."""

    def read() -> tuple[tuple[str, str], ...]:
        words = load(vocabulary)
        return tuple((code, words.label(code, current_language())) for code in codes or words.codes)

    return read


def said(*pairs: tuple[str, LazyString]) -> Options:
    return lambda: tuple((value, str(text)) for value, text in pairs)


YES_NO = said(("yes", lazy_gettext("Yes")), ("no", lazy_gettext("No")))
YES_NO_DOUBT = said(
    ("yes", lazy_gettext("Yes")), ("no", lazy_gettext("No")), ("doubt", lazy_gettext("In doubt"))
)
WHY_SILENT = said(
    ("declined", lazy_gettext("Declined to answer")),
    ("does_not_know", lazy_gettext("Does not know")),
    ("stopped", lazy_gettext("Asked to stop")),
)


def languages() -> tuple[tuple[str, str], ...]:
    return tuple((code, f"{label} ({code})") for code, label in terms("language")())


def languages_and(code: str) -> tuple[tuple[str, str], ...]:
    """The languages, and this one where the vocabulary does not list it: an account may have come in any."""
    listed = languages()
    return listed if any(code == each for each, _ in listed) else ((code, code), *listed)


def ask(name: str, label: LazyString, kind: Kind, **more: object) -> Question:
    return Question(name, label, kind, **more)  # type: ignore[arg-type]  # names are checked by the dataclass
