"""Keys in plain words: why they are changed, what they open, what it costs."""

from collections.abc import Mapping
from datetime import timedelta

from flask_babel import LazyString, gettext, lazy_gettext, ngettext

from testimony.domain.rekeying import Cause
from testimony.services.key_cards import Cost
from testimony.storage.compartments import Compartment

CAUSES: Mapping[Cause, LazyString] = {
    Cause.MEMBER_REMOVED: lazy_gettext("Somebody left who held the keys"),
    Cause.KEY_LEAKED: lazy_gettext("A key or a device may be in other hands"),
    Cause.ROTATION: lazy_gettext("It is time"),
    Cause.CUSTODIANS_CHANGED: lazy_gettext("A custodian joined, and is to hold a share of the identities"),
}

OPENS: Mapping[Compartment, LazyString] = {
    Compartment.LEDGER: lazy_gettext("Codes, dates, consents, accounts and the log."),
    Compartment.VAULT: lazy_gettext("The originals: what witnesses told, word for word."),
    Compartment.READING_ROOM: lazy_gettext("What was released, after everything dangerous was withheld."),
    Compartment.IDENTITY: lazy_gettext("Who the witnesses are and how to reach them."),
    Compartment.AUDIT: lazy_gettext("Queries and reasons that people gave."),
}

WHO_DOES_IT: Mapping[Compartment, LazyString] = {
    Compartment.LEDGER: lazy_gettext("a custodian"),
    Compartment.VAULT: lazy_gettext("a reviewer, when one signs in or opens a page"),
    Compartment.READING_ROOM: lazy_gettext("a reviewer, when one signs in or opens a page"),
    Compartment.IDENTITY: lazy_gettext("a custodian to whom a share was lent by this order"),
    Compartment.AUDIT: lazy_gettext("an auditor, when one signs in or opens a page"),
}

PROBLEMS: Mapping[tuple[str, str], LazyString] = {
    ("compartments", "required"): lazy_gettext("Choose at least one."),
    ("account", "required"): lazy_gettext("Choose who left, and that reason with it."),
    ("account", "same_person"): lazy_gettext("Nobody orders this about themselves. Ask another custodian."),
    ("days", "out_of_range"): lazy_gettext("Give a number from 30 to 1,095."),
}


def cost_sentence(cost: Cost) -> str:
    """What one new key costs."""
    if cost.compartment is Compartment.IDENTITY:
        return str(
            ngettext(
                "%(num)s identity is sealed anew: %(duration)s.",
                "%(num)s identities are sealed anew: %(duration)s.",
                cost.envelopes,
                duration=_duration(cost.duration),
            )
        )
    if not cost.bytes_written:
        return str(gettext("No file is written anew: it takes a moment."))
    size = f"{max(cost.bytes_written / 1e6, 0.1):,.1f}"
    sentence = gettext(
        "%(size)s MB are written anew: %(duration)s. Nobody works with them meanwhile.",
        size=size,
        duration=_duration(cost.duration),
    )
    if cost.has_room:
        return str(sentence)
    return str(sentence) + " " + str(gettext("The disk has too little room for it: make some first."))


def _duration(duration: timedelta) -> str:
    seconds = max(1, round(duration.total_seconds()))
    if seconds < 100:
        return str(ngettext("about %(num)s second", "about %(num)s seconds", seconds))
    minutes = round(seconds / 60)
    return str(ngettext("about %(num)s minute", "about %(num)s minutes", minutes))
