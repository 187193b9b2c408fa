"""Letting go, holding, demands and incidents in plain words."""

from collections.abc import Mapping

from flask_babel import LazyString, gettext, lazy_gettext

from testimony.domain.disposal import Cause, DemandKind, DemandState, ErasureState, HoldScope, Trouble
from testimony.domain.errors import Invalid
from testimony.domain.vocabulary import load
from testimony.policy.exposure import Way
from testimony.policy.retention import Deed
from testimony.web.custody_words import Word
from testimony.web.forms import ArchiveForm, add_error
from testimony.web.translation import current_language

CAUSES: Mapping[Cause, LazyString] = {
    Cause.WITNESS_WISH: lazy_gettext("The witness wishes it"),
    Cause.INVALID_CONSENT: lazy_gettext("There is no valid consent"),
    Cause.WITHDRAWN: lazy_gettext("Consent was taken back, 30 days ago or more"),
    Cause.NO_ARCHIVE_CONSENT: lazy_gettext("The case is over, and keeping it longer was not agreed to"),
    Cause.CASE_LONG_OVER: lazy_gettext("The case has been over for ten years"),
    Cause.PROCEEDINGS_OVER: lazy_gettext("Legal proceedings have been over for five years"),
}

ERASURE_STATES: Mapping[ErasureState, Word] = {
    ErasureState.PROPOSED: (lazy_gettext("Waits for a second custodian"), "caution"),
    ErasureState.REFUSED: (lazy_gettext("Refused"), ""),
    ErasureState.APPROVED: (
        lazy_gettext("Approved: closed to everybody, erased when a reviewer works next"),
        "danger",
    ),
    ErasureState.CARRIED_OUT: (lazy_gettext("Erased"), ""),
}

TROUBLES: Mapping[Trouble, LazyString] = {
    Trouble.HELD: lazy_gettext("A legal hold stopped it."),
    Trouble.NOT_SIGNED: lazy_gettext("What is stored is not what two custodians signed. Nothing was erased."),
    Trouble.SAME_PERSON: lazy_gettext("One of the two heard the account. Nothing was erased."),
    Trouble.LIST_CHANGED: lazy_gettext(
        "The list of erasures beside the files is not the newest. Put it back first."
    ),
    Trouble.NOT_FORGOTTEN: lazy_gettext(
        "Not everything of it could be found. Nothing was erased; tell the operator."
    ),
}

SCOPES: Mapping[HoldScope, LazyString] = {
    HoldScope.TESTIMONY: lazy_gettext("These testimonies"),
    HoldScope.WITNESS: lazy_gettext("All testimonies of one witness, named here"),
    HoldScope.CASE: lazy_gettext("A whole case, with what comes later"),
}

DEMAND_KINDS: Mapping[DemandKind, LazyString] = {
    DemandKind.SUBPOENA: lazy_gettext("A subpoena"),
    DemandKind.COURT_ORDER: lazy_gettext("An order of a court"),
    DemandKind.SEARCH_WARRANT: lazy_gettext("A search or a seizure"),
    DemandKind.REQUEST: lazy_gettext("A request in writing"),
}

DEMAND_STATES: Mapping[DemandState, Word] = {
    DemandState.RECEIVED: (lazy_gettext("Received: name counsel"), "danger"),
    DemandState.WITH_COUNSEL: (lazy_gettext("With counsel"), "caution"),
    DemandState.ANSWERED: (lazy_gettext("Answered"), "good"),
}

WAYS: Mapping[Way, LazyString] = {
    Way.TOOK_IT: lazy_gettext("taken down by this account"),
    Way.READ_IT: lazy_gettext("shown to this account"),
    Way.ORIGINAL: lazy_gettext("the original"),
    Way.UNOPENED: lazy_gettext("the original, sealed in the inbox"),
    Way.GRANTED: lazy_gettext("the released text, by a grant"),
    Way.RELEASED: lazy_gettext("the released text"),
    Way.IDENTITY: lazy_gettext("the identity"),
    Way.IDENTITY_PART: lazy_gettext("one share of the identity, which opens nothing alone"),
    Way.REGISTER: lazy_gettext("code, dates and consent"),
}

DEEDS: Mapping[Deed, LazyString] = {
    Deed.DISPOSE: lazy_gettext("Erase"),
    Deed.REVIEW: lazy_gettext("Look at it again"),
    Deed.TRANSFER: lazy_gettext("Hand it on, or look at it again"),
    Deed.CLOSE_IDENTITY: lazy_gettext("Look at the identity, and close it"),
}

PROBLEMS: Mapping[tuple[str, str], LazyString] = {
    ("codes", "required"): lazy_gettext("Name at least one testimony or a case."),
    ("codes", "unknown"): lazy_gettext("One of these is no code of a testimony here."),
    ("case_id", "unknown"): lazy_gettext("There is no such case."),
    ("review_on", "out_of_range"): lazy_gettext("The review is on a later day than today."),
    ("received_on", "out_of_range"): lazy_gettext("This day has not come yet."),
    ("found_at", "out_of_range"): lazy_gettext("This moment has not come yet."),
    ("handle", "unknown"): lazy_gettext("There is no such account."),
}

HELD = lazy_gettext("A legal hold or a legal demand covers it, so it is not disposed of.")
RECALLED = lazy_gettext(
    "Recipients have not answered a recall yet. Wait for them, or say that it shall be erased all the same."
)
BROKEN = lazy_gettext("What is stored of legal holds is not what was signed. Have the archive checked first.")
SAME_PERSON = lazy_gettext("Another custodian has to do this: one person does not decide alone.")


def lay_problems(form: ArchiveForm, fault: Invalid) -> None:
    for problem in fault.problems:
        sentence = PROBLEMS.get((problem.field, problem.code))
        add_error(form, problem.field, gettext("This does not fit.") if sentence is None else str(sentence))


def term(vocabulary: str, code: str) -> str:
    return load(vocabulary).label(code, current_language())
