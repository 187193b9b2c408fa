"""Identities in plain words: what is asked for, for what, how it stands, and what a custodian is told."""

from collections.abc import Mapping
from datetime import datetime

from flask_babel import LazyString, format_date, gettext, lazy_gettext, ngettext

from testimony.domain.errors import Invalid
from testimony.domain.identity import BASES, IdentityField, IdentityTask, RequestState
from testimony.domain.vocabulary import load
from testimony.services.identity_views import RequestView
from testimony.web.custody_words import Word
from testimony.web.forms import ArchiveForm, add_error
from testimony.web.translation import current_language, listed

FIELDS: Mapping[IdentityField, LazyString] = {
    IdentityField.NAMES: lazy_gettext("Names"),
    IdentityField.CONTACTS: lazy_gettext("Ways to reach them"),
    IdentityField.DWELLING: lazy_gettext("Where they live"),
    IdentityField.NEXT_CONTACT: lazy_gettext("What was agreed about the next contact"),
    IdentityField.NOTE: lazy_gettext("Note"),
}

TASKS: Mapping[IdentityTask, LazyString] = {
    IdentityTask.RECONTACT: lazy_gettext("Reach the witness again"),
    IdentityTask.PROTECTION: lazy_gettext("Warn or protect the witness"),
    IdentityTask.PROCEEDINGS: lazy_gettext("Answer a court or a legal demand"),
    IdentityTask.WITNESS_REQUEST: lazy_gettext("Answer what the witness asked for"),
}

STATES: Mapping[RequestState, Word] = {
    RequestState.WAITING: (lazy_gettext("Waits for custodians"), "caution"),
    RequestState.OPENED: (lazy_gettext("Open"), "good"),
    RequestState.OVER: (lazy_gettext("Over, deleted"), ""),
    RequestState.REFUSED: (lazy_gettext("A custodian said no"), "danger"),
    RequestState.CANCELLED: (lazy_gettext("Taken back"), ""),
    RequestState.EXPIRED: (lazy_gettext("Not answered in time"), ""),
    RequestState.ENDED: (lazy_gettext("Ended: the identity was closed"), ""),
}

OUTCOMES: Mapping[str, LazyString] = {
    "open": lazy_gettext("To do"),
    "reached": lazy_gettext("Reached"),
    "not_reached": lazy_gettext("Not reached"),
    "declined": lazy_gettext("Does not want to be contacted"),
    "unsafe": lazy_gettext("Not tried: not safe"),
    "lapsed": lazy_gettext("Not done in time"),
    "stopped": lazy_gettext("Stopped"),
}

OWNERS: Mapping[str, LazyString] = {
    "self": lazy_gettext("The witness"),
    "relative": lazy_gettext("A relative"),
    "other": lazy_gettext("Somebody else"),
}

LABELS: Mapping[str, LazyString] = {
    "full": lazy_gettext("Name"),
    "kind": lazy_gettext("What kind of name"),
    "channel": lazy_gettext("Way"),
    "value": lazy_gettext("Number or address"),
    "owner": lazy_gettext("Belongs to"),
    "safe_hours": lazy_gettext("Safe hours"),
    "safe_words": lazy_gettext("Safe words to begin with"),
    "never_say": lazy_gettext("Never say"),
}

PROBLEMS: Mapping[tuple[str, str], LazyString] = {
    ("reason", "out_of_range"): lazy_gettext("Say in 10 to 500 characters why it is needed."),
    ("fields", "required"): lazy_gettext("Choose what you need, and nothing more."),
    ("fields", "contacts_needed"): lazy_gettext("To reach the witness, the ways to reach them are needed."),
    ("contact_by", "unknown"): lazy_gettext(
        "Nobody who could be sent to a witness signs in under this name."
    ),
    ("contact_by", "of_recontact"): lazy_gettext(
        "Say who is to reach the witness; only where they are to be reached."
    ),
    ("contact_due", "of_recontact"): lazy_gettext(
        "Choose the last day; only where the witness is to be reached."
    ),
    ("contact_due", "out_of_range"): lazy_gettext("The last day is today or within 30 days."),
    ("expires_at", "out_of_range"): lazy_gettext("Custodians have seven days at most."),
}


def basis_label(code: str) -> str:
    return load("lawful_basis").label(code, current_language())


def condition_label(code: str) -> str:
    return load("consent_condition").label(code, current_language())


def needs() -> list[tuple[str, str]]:
    """Each task with each basis that carries it: `task:basis` and words."""
    return [
        (f"{task.value}:{basis}", f"{TASKS[task]} · {basis_label(basis)}")
        for task in IdentityTask
        for basis in sorted(BASES[task])
    ]


def lay_problems(form: ArchiveForm, fault: Invalid) -> None:
    for problem in fault.problems:
        name = {"expires_at": "days", "basis": "need", "fields": "wanted"}.get(problem.field, problem.field)
        sentence = PROBLEMS.get((problem.field, problem.code))
        add_error(form, name, gettext("This does not fit.") if sentence is None else str(sentence))


def day_and_hour(at: datetime) -> str:
    return f"{format_date(at.date(), 'EEEE d MMMM')}, {at:%H:%M} UTC"


def waits_sentence(view: RequestView) -> str:
    """How many must agree, who has, and until when: "Two people must agree. You have agreed; …"."""
    if view.request is None:
        return ""
    day, total = day_and_hour(view.request.expires_at), view.needed + len(view.agreed)
    two = gettext("Two people must agree.")
    rule = two if total == 2 else ngettext("%(num)s person must agree.", "%(num)s people must agree.", total)
    if view.has_agreed:
        rest = ngettext(
            "You have agreed; one other custodian is needed before %(day)s.",
            "You have agreed; %(num)s other custodians are needed before %(day)s.",
            view.needed,
            day=day,
        )
    elif view.agreed:
        rest = ngettext(
            "%(who)s agreed; one other custodian is needed before %(day)s.",
            "%(who)s agreed; %(num)s other custodians are needed before %(day)s.",
            view.needed,
            who=listed(view.agreed),
            day=day,
        )
    else:
        rest = gettext("Nobody has agreed yet; there is time until %(day)s.", day=day)
    return f"{rule} {rest}"
