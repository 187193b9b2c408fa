"""Custody in plain words: states, standings, compartments, and what can be wrong with what was typed."""

from collections.abc import Mapping
from datetime import datetime

from flask_babel import LazyString, gettext, lazy_gettext, ngettext

from testimony.domain.accounts import AccountState
from testimony.domain.cases import CaseStatus
from testimony.domain.consent import ConsentStatus
from testimony.domain.errors import Invalid
from testimony.domain.grants import ClosedPart
from testimony.domain.purposes import Audience
from testimony.domain.testimony import State
from testimony.services.custody import KeyCard
from testimony.services.granting import Standing
from testimony.storage.compartments import Compartment
from testimony.web.forms import ArchiveForm, add_error

WRONG_PASSWORD = lazy_gettext("This is not your password.")

Word = tuple[LazyString, str]
"""A word and how it is underlined: "", "good", "caution" or "danger"."""

ACCOUNT_STATES: Mapping[AccountState, Word] = {
    AccountState.INVITED: (lazy_gettext("Invited"), "caution"),
    AccountState.ACTIVE: (lazy_gettext("Active"), "good"),
    AccountState.SUSPENDED: (lazy_gettext("Suspended"), "danger"),
}

CASE_STATUSES: Mapping[CaseStatus, Word] = {
    CaseStatus.OPEN: (lazy_gettext("Open"), "good"),
    CaseStatus.SUSPENDED: (lazy_gettext("Suspended"), "caution"),
    CaseStatus.CLOSED: (lazy_gettext("Closed"), ""),
    CaseStatus.TRANSFERRED: (lazy_gettext("Transferred"), ""),
    CaseStatus.ARCHIVED: (lazy_gettext("Archived"), ""),
}

AUDIENCES: Mapping[Audience, LazyString] = {
    Audience.PUBLIC: lazy_gettext("the public"),
    Audience.PARTNER: lazy_gettext("partners and staff"),
    Audience.COURT: lazy_gettext("a court"),
}

STANDINGS: Mapping[Standing, Word] = {
    Standing.IN_FORCE: (lazy_gettext("In force"), "good"),
    Standing.NOT_YET: (lazy_gettext("Begins later"), ""),
    Standing.RESTING: (lazy_gettext("Rests: the case is not open"), "caution"),
    Standing.PAST: (lazy_gettext("Past"), ""),
    Standing.ENDED: (lazy_gettext("Ended"), ""),
    Standing.BROKEN: (lazy_gettext("Not what was signed"), "danger"),
}

TESTIMONY_STATES: Mapping[State, LazyString] = {
    State.CAPTURED: lazy_gettext("Captured"),
    State.SEALED: lazy_gettext("Sealed, waits to be received"),
    State.RECEIVED: lazy_gettext("Received"),
    State.TRANSCRIBED: lazy_gettext("Transcribed"),
    State.TRANSLATED: lazy_gettext("Translated"),
    State.CODED: lazy_gettext("Coded"),
    State.REDACTION_DRAFT: lazy_gettext("Being redacted"),
    State.REDACTION_REVIEWED: lazy_gettext("Redaction approved"),
    State.RELEASABLE: lazy_gettext("Can be released"),
    State.RELEASED: lazy_gettext("Released"),
    State.RESTRICTED: lazy_gettext("Restricted"),
    State.QUARANTINED: lazy_gettext("Quarantined"),
    State.DISPOSED: lazy_gettext("Disposed of"),
}

CONSENT_STATUSES: Mapping[ConsentStatus, Word] = {
    ConsentStatus.DRAFT: (lazy_gettext("Nothing allowed yet"), "caution"),
    ConsentStatus.ACTIVE: (lazy_gettext("Holds"), "good"),
    ConsentStatus.PARTLY_WITHDRAWN: (lazy_gettext("Partly taken back"), "caution"),
    ConsentStatus.WITHDRAWN: (lazy_gettext("Taken back"), "danger"),
    ConsentStatus.EXPIRED: (lazy_gettext("Review date passed"), "danger"),
    ConsentStatus.SUPERSEDED: (lazy_gettext("Replaced"), ""),
    ConsentStatus.INVALID_NO_GUARDIAN: (lazy_gettext("Child without guardian or assent"), "danger"),
    ConsentStatus.INVALID_COERCED: (lazy_gettext("Given under pressure"), "danger"),
    ConsentStatus.INVALID_NOT_INFORMED: (lazy_gettext("Explanation incomplete"), "danger"),
    ConsentStatus.PAUSED_RIGHTS_ASSERTED: (lazy_gettext("Paused: asked for counsel or to stop"), "caution"),
}
NO_CONSENT: Word = (lazy_gettext("None on record"), "danger")

CLOSED_PARTS: Mapping[ClosedPart, LazyString] = {
    ClosedPart.SEXUAL_VIOLENCE: lazy_gettext("Sexual violence"),
    ClosedPart.CHILDREN: lazy_gettext("Children"),
    ClosedPart.INSIDERS: lazy_gettext("Insiders"),
    ClosedPart.EXTREME_RISK: lazy_gettext("Witnesses at extreme risk"),
}

COMPARTMENTS: Mapping[Compartment, LazyString] = {
    Compartment.LEDGER: lazy_gettext("Ledger"),
    Compartment.VAULT: lazy_gettext("Vault"),
    Compartment.READING_ROOM: lazy_gettext("Reading room"),
    Compartment.IDENTITY: lazy_gettext("Identities"),
    Compartment.AUDIT: lazy_gettext("Sealed words of the log"),
}

HOLDS: Mapping[Compartment, LazyString] = {
    Compartment.VAULT: lazy_gettext("The originals: what witnesses told, word for word."),
    Compartment.READING_ROOM: lazy_gettext("What was released, after everything dangerous was withheld."),
    Compartment.IDENTITY: lazy_gettext("Who the witnesses are and how to reach them."),
    Compartment.AUDIT: lazy_gettext("Queries and reasons that people gave."),
}

PROBLEMS: Mapping[tuple[str, str], LazyString] = {
    ("handle", "unknown"): lazy_gettext("There is no such account."),
    ("handle", "not_investigator"): lazy_gettext(
        "Grants go to investigators whose account is not suspended."
    ),
    ("handle", "takes_testimonies"): lazy_gettext(
        "Originals are not granted to an account that takes testimonies: what it handed in would open to it again."
    ),
    ("handle", "same_person"): lazy_gettext("Nobody grants anything to themselves. Ask another custodian."),
    ("case_id", "unknown"): lazy_gettext("There is no such case."),
    ("case_id", "not_open"): lazy_gettext("This case is not open, so nothing is granted for it."),
    ("case_id", "bad_form"): lazy_gettext(
        "Use 2 to 20 capital letters, digits and hyphens, such as WELLS-26."
    ),
    ("title", "required"): lazy_gettext("Give the case a title."),
    ("title", "too_long"): lazy_gettext("The title is longer than 120 characters."),
    ("purposes", "required"): lazy_gettext("Choose at least one purpose."),
    ("valid_until", "out_of_range"): lazy_gettext(
        "A grant ends after it begins, is not past already, and lasts 90 days at most."
    ),
}


def lay_problems(
    form: ArchiveForm, fault: Invalid, more: Mapping[tuple[str, str], LazyString] | None = None
) -> None:
    """Lay each problem that a service found to its field. more: sentences of whoever calls, by field and code."""
    for problem in fault.problems:
        sentence = {**PROBLEMS, **(more or {})}.get((problem.field, problem.code))
        add_error(form, problem.field, gettext("This does not fit.") if sentence is None else str(sentence))


def card_sentence(card: KeyCard) -> str:
    """For whom a compartment opens, in one sentence."""
    number = len(card.handles)
    if card.compartment is Compartment.IDENTITY:
        return str(
            gettext(
                "Identities open when %(threshold)s of %(number)s custodians agree",
                threshold=card.threshold,
                number=number,
            )
        )
    if card.compartment is Compartment.VAULT:
        return str(
            ngettext("The vault opens for %(num)s person", "The vault opens for %(num)s people", number)
        )
    if card.compartment is Compartment.READING_ROOM:
        return str(
            ngettext(
                "The reading room opens for %(num)s person",
                "The reading room opens for %(num)s people",
                number,
            )
        )
    return str(
        ngettext(
            "The log's sealed words open for %(num)s person",
            "The log's sealed words open for %(num)s people",
            number,
        )
    )


def read_moment(text: str) -> datetime:
    """A time as the archive writes it."""
    return datetime.fromisoformat(text)
