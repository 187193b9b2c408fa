"""The words of the intake room: what each purpose means, what a step's problem is, what marks and kinds are
called.
"""

from collections.abc import Mapping

from babel.core import get_global
from flask_babel import LazyString, gettext, lazy_gettext

from testimony.domain.purposes import Purpose
from testimony.domain.statement import Acquired
from testimony.domain.testimony import State
from testimony.domain.vocabulary import load
from testimony.web.translation import current_language

BASIS_WORDS: Mapping[str, LazyString] = {
    "BA01": lazy_gettext("Saw"),
    "BA02": lazy_gettext("Heard"),
    "BA03": lazy_gettext("Told by a named person"),
    "BA04": lazy_gettext("Told by others"),
    "BA05": lazy_gettext("Saw on a screen or paper"),
    "BA06": lazy_gettext("Concludes"),
    "BA07": lazy_gettext("Does not know"),
}

_PROTECT_KINDS: Mapping[str, LazyString] = {
    "WITNESS_NAME": lazy_gettext("The witness's name"),
    "WITNESS_NICKNAME": lazy_gettext("The witness's other name"),
    "RELATIVE_NAME": lazy_gettext("A relative's name"),
    "CHILD_NAME": lazy_gettext("A child's name"),
    "VICTIM_NAME": lazy_gettext("A victim's name"),
    "OTHER_WITNESS_NAME": lazy_gettext("Another witness's name"),
    "THIRD_PARTY_NAME": lazy_gettext("Another person's name"),
    "PERP_NAME": lazy_gettext("An accused person's name"),
    "INTERMEDIARY": lazy_gettext("The person in between"),
    "INTERPRETER_NAME": lazy_gettext("The interpreter's name"),
    "PHONE": lazy_gettext("A telephone number"),
    "CAMP_ADDRESS": lazy_gettext("A tent, house or street"),
    "VILLAGE_ORIGIN": lazy_gettext("The place the witness is from"),
    "PLACE_LANDMARK": lazy_gettext("A place that gives someone away"),
    "EVIDENCE_LOCATION": lazy_gettext("Where something is hidden or buried"),
    "OCCUPATION": lazy_gettext("Work that few do there"),
    "FAMILY_COMPOSITION": lazy_gettext("Family: number, ages, events"),
    "AGE_EXACT": lazy_gettext("An exact age"),
    "PHYSICAL_MARK": lazy_gettext("A mark of the body"),
    "HEALTH_DETAIL": lazy_gettext("Health"),
    "INTIMATE_DETAIL": lazy_gettext("Something intimate"),
    "ETHNIC_OR_CLAN": lazy_gettext("People, clan or faith"),
    "WITNESS_ID_DOC": lazy_gettext("The number of a paper"),
    "VEHICLE_PLATE_WITNESS": lazy_gettext("A number plate"),
    "BIOGRAPHIC_DETAIL": lazy_gettext("Another detail that gives someone away"),
}


def protect_kinds() -> tuple[tuple[str, str], ...]:
    return tuple((code, str(words)) for code, words in _PROTECT_KINDS.items())


PURPOSE_GROUPS: tuple[tuple[LazyString, tuple[Purpose, ...]], ...] = (
    (
        lazy_gettext("Taking it down"),
        (Purpose.CP01, Purpose.CP02, Purpose.CP03, Purpose.CP04, Purpose.CP05, Purpose.CP26),
    ),
    (
        lazy_gettext("Name and contact"),
        (Purpose.CP06, Purpose.CP21, Purpose.CP25, Purpose.CP12),
    ),
    (
        lazy_gettext("Who may work with it"),
        (Purpose.CP07, Purpose.CP08, Purpose.CP09, Purpose.CP19),
    ),
    (
        lazy_gettext("Courts and public bodies"),
        (Purpose.CP13, Purpose.CP14, Purpose.CP15, Purpose.CP16, Purpose.CP17, Purpose.CP18),
    ),
    (lazy_gettext("The public"), (Purpose.CP10, Purpose.CP11, Purpose.CP24)),
    (lazy_gettext("Later, and help"), (Purpose.CP22, Purpose.CP23, Purpose.CP20)),
)

MEANINGS: Mapping[Purpose, LazyString] = {
    Purpose.CP01: lazy_gettext("I write down what you say. Without this we do not go on."),
    Purpose.CP02: lazy_gettext("Your voice is kept. A voice can be recognised."),
    Purpose.CP03: lazy_gettext("Your face and surroundings are kept. They can be recognised."),
    Purpose.CP04: lazy_gettext("Pictures of injuries or things, not of your face."),
    Purpose.CP05: lazy_gettext("I copy what you show me; what you have stays yours."),
    Purpose.CP06: lazy_gettext("Locked apart from your account. Two people together are needed to open it."),
    Purpose.CP07: lazy_gettext("People of this organisation read your account, with names hidden."),
    Purpose.CP08: lazy_gettext("You are one in a number. Small numbers are not shown."),
    Purpose.CP09: lazy_gettext("Another organisation that we know reads it, with names hidden."),
    Purpose.CP10: lazy_gettext("Anyone may read it, with names hidden. It cannot be called back."),
    Purpose.CP11: lazy_gettext("Anyone may read it and know it is you. You are asked again each time."),
    Purpose.CP12: lazy_gettext("We give a journalist a way to reach you."),
    Purpose.CP13: lazy_gettext("For example human rights investigators of the United Nations."),
    Purpose.CP14: lazy_gettext("Its prosecutors may use it. The defence may learn of it."),
    Purpose.CP15: lazy_gettext("Judges and prosecutors of another country may use it."),
    Purpose.CP16: lazy_gettext(
        "Judges of the country where it happened may use it. Speak of the danger first."
    ),
    Purpose.CP17: lazy_gettext("For example the African Commission or Court."),
    Purpose.CP18: lazy_gettext("Bodies that establish the truth or repair harm."),
    Purpose.CP19: lazy_gettext(
        "Only services that search for the missing. They never tell a family without you."
    ),
    Purpose.CP20: lazy_gettext("We tell a helper the least that is needed."),
    Purpose.CP21: lazy_gettext("Only by the way and at the hours you name."),
    Purpose.CP22: lazy_gettext("It is kept after this work has ended."),
    Purpose.CP23: lazy_gettext("Researchers who were checked may read it, years from now."),
    Purpose.CP24: lazy_gettext("Our own people learn from it, with names hidden."),
    Purpose.CP25: lazy_gettext("We give investigators of a court a way to reach you."),
    Purpose.CP26: lazy_gettext("A machine of ours types or translates. Nothing leaves our computers."),
}


def purpose_label(purpose: Purpose) -> str:
    return load("consent_purpose").label(purpose, current_language())


ANSWERS: tuple[tuple[str, LazyString], ...] = (
    ("granted", lazy_gettext("Yes")),
    ("granted_with_conditions", lazy_gettext("Yes, if…")),
    ("refused", lazy_gettext("No")),
    ("deferred", lazy_gettext("Later")),
)

PARAMETERS: Mapping[str, LazyString] = {
    "CC04": lazy_gettext("Details to hide, as they stand in the account"),
    "CC07": lazy_gettext("The date (2027-01-31, 2027-01 or 2027), or the event in words"),
    "CC08": lazy_gettext("Which measures"),
    "CC09": lazy_gettext("Which way, which hours"),
    "CC11": lazy_gettext("Who, by the names they sign in with"),
    "CC14": lazy_gettext("Which lawyer"),
    "CC16": lazy_gettext("Which community"),
}

ACQUIRED_WORDS: Mapping[Acquired, LazyString] = {
    Acquired.ORIGINAL_DEVICE: lazy_gettext("From the device that made it"),
    Acquired.APP_COPY: lazy_gettext("Sent through an app, which may have changed it"),
    Acquired.CABLE: lazy_gettext("By cable or card from a device"),
    Acquired.CLOUD_LINK: lazy_gettext("From a link or online store"),
    Acquired.WEB_CAPTURE: lazy_gettext("Taken from a web page"),
    Acquired.PHYSICAL: lazy_gettext("Photographed or scanned from a thing or paper"),
    Acquired.DICTATED: lazy_gettext("Dictated or drawn on the spot"),
}

STATES: Mapping[State, LazyString] = {
    State.SEALED: lazy_gettext("Sealed. Waits for a reviewer."),
    State.RECEIVED: lazy_gettext("Received by the reviewers."),
    State.REDACTION_DRAFT: lazy_gettext("Names are being hidden."),
    State.REDACTION_REVIEWED: lazy_gettext("Checked by a second reviewer."),
    State.RELEASABLE: lazy_gettext("Ready to be released."),
    State.RELEASED: lazy_gettext("Released as the witness allowed."),
    # That a witness took it back is for custodians alone: who handed it in learns nothing new.
    State.RESTRICTED: lazy_gettext("Sealed. Waits for a reviewer."),
    State.QUARANTINED: lazy_gettext("Sealed as a closed note. A custodian must decide."),
    State.DISPOSED: lazy_gettext("Destroyed, as was decided."),
}


def state_in_words(state: State) -> str:
    return str(STATES.get(state, STATES[State.RECEIVED]))


_PROBLEMS: Mapping[str, LazyString] = {
    "required": lazy_gettext("has no answer yet"),
    "bad_date": lazy_gettext("is not a date as it is asked for"),
    "too_long": lazy_gettext("is too long"),
    "too_fine": lazy_gettext("is too exact: a district is the finest"),
    "out_of_range": lazy_gettext("does not fit"),
    "child_band": lazy_gettext("does not fit the age"),
    "not_approved": lazy_gettext("is yes, and no second person has agreed to another account yet"),
    "bad_character": lazy_gettext("holds a character that cannot be kept"),
    "notes_not_granted": lazy_gettext("must be yes: without it nothing may be kept"),
    "depends_on": lazy_gettext("needs another yes first"),
    "not_for_decision": lazy_gettext("needs at least one condition"),
    "contact_not_granted": lazy_gettext("needs the witness's yes to being contacted again"),
    "not_consented": lazy_gettext("is not covered by what the witness allowed"),
    "unknown_account": lazy_gettext("names somebody who is not here"),
    "unknown_code": lazy_gettext("is not one of the choices"),
    "twice": lazy_gettext("is there twice"),
    "under_question": lazy_gettext("names an interpreter who is under question"),
    "counsel_ends_it": lazy_gettext("does not fit: asking for a lawyer ends the conversation"),
    "empty_file": lazy_gettext("is empty"),
}


def problem_in_words(label: str, code: str) -> str:
    """One sentence: what it is about, and what is wrong with it."""
    said = _PROBLEMS.get(code, _PROBLEMS["out_of_range"])
    return str(gettext("“%(question)s” %(problem)s.", question=label, problem=str(said)))


def language_tag(code: str) -> str:
    """The shortest tag of a language for a browser (BCP 47): ISO 639-3 `eng` is `en`, `taq` stays; empty
    where unknown.
    """
    return "" if code in ("", "und") else str(get_global("language_aliases").get(code, code))
