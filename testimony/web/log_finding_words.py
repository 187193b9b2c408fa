"""Findings in plain words: states, reasons to close, what they may be about."""

from collections.abc import Mapping

from flask_babel import LazyString, gettext, lazy_gettext

from testimony.domain.findings import About, AboutKind, Closing, FindingState
from testimony.policy.questions import Question
from testimony.web.log_question_words import QUESTIONS

STATES: Mapping[FindingState, LazyString] = {
    FindingState.OPEN: lazy_gettext("Open"),
    FindingState.LOOKING: lazy_gettext("Being looked at"),
    FindingState.CLOSED: lazy_gettext("Closed"),
}

STATE_CHIPS: Mapping[FindingState, str] = {
    FindingState.OPEN: "caution",
    FindingState.LOOKING: "accent",
    FindingState.CLOSED: "good",
}

CLOSINGS: Mapping[Closing, LazyString] = {
    Closing.EXPLAINED: lazy_gettext("There is a harmless explanation"),
    Closing.MENDED: lazy_gettext("A fault was found and mended"),
    Closing.MISUSE: lazy_gettext("It was misuse, and was handed on"),
    Closing.UNDECIDED: lazy_gettext("It cannot be decided"),
}

PROBLEMS: Mapping[tuple[str, str], LazyString] = {
    ("text", "required"): lazy_gettext("Say what you found."),
    ("text", "too_long"): lazy_gettext("Use at most 4,000 characters for one note."),
    ("text", "bad_character"): lazy_gettext("Part of this text has no written form. Type it again."),
    ("events", "not_a_number"): lazy_gettext("Write event numbers with commas or spaces between."),
    ("events", "too_many"): lazy_gettext("Name at most 50 events in one note."),
    ("events", "out_of_range"): lazy_gettext("There is no event of this number."),
    ("closing", "required"): lazy_gettext("Say why it is closed. Leave this empty while it is not."),
    ("owner", "unknown"): lazy_gettext("Choose one of the auditors."),
    ("state", "out_of_range"): lazy_gettext("A finding begins open. Close it with a later note."),
    ("about", "unknown"): lazy_gettext("There is nothing of this name in the archive."),
}


def about_words(about: About | None, handles: Mapping[str, str]) -> tuple[str, str]:
    """What a finding is about: (a plain word, how it is called or empty)."""
    if about is None:
        return str(gettext("something that can no longer be read")), ""
    match about.kind:
        case AboutKind.EVENT:
            return str(gettext("event")), about.id
        case AboutKind.ACCOUNT:
            return str(gettext("account")), handles.get(about.id, about.id)
        case AboutKind.TESTIMONY:
            return str(gettext("testimony")), about.id
        case AboutKind.QUESTION:
            return str(gettext("ready question")), str(QUESTIONS[Question(about.id)].title)
        case AboutKind.FREE:
            return str(gettext("nothing in particular")), ""
