"""Alarms in plain, calm words: what each rule means, what to do first, what waits."""

from collections.abc import Mapping

from flask import url_for
from flask_babel import LazyString, gettext, lazy_gettext, ngettext

from testimony.policy.alarms import Rule, Setting, Unit
from testimony.services import alarms
from testimony.services.sessions import Session
from testimony.web.rooms import Waiting

NAMES: Mapping[Rule, LazyString] = {
    Rule.DURESS: lazy_gettext("Somebody may be under pressure"),
    Rule.LOG_BROKEN: lazy_gettext("The log is not whole"),
    Rule.ALTERED: lazy_gettext("Alarms or their rules were changed by hand"),
    Rule.IDENTITY_SHOWN: lazy_gettext("An identity was shown"),
    Rule.PAST_GRANT: lazy_gettext("Read outside the days of a grant"),
    Rule.FAILED_SIGN_INS: lazy_gettext("Many failed sign-ins"),
    Rule.BULK_READING: lazy_gettext("Many testimonies opened by one person"),
    Rule.REFUSALS: lazy_gettext("Many refused attempts by one person"),
    Rule.KEY_OPERATION: lazy_gettext("Keys were changed"),
    Rule.OUT_OF_HOURS: lazy_gettext("Read outside working hours"),
    Rule.WAITING: lazy_gettext("A promise to a witness waits too long"),
    Rule.BACKUP_OVERDUE: lazy_gettext("No backup for too long"),
    Rule.CHECK_OVERDUE: lazy_gettext("The log was not checked for too long"),
    Rule.CHECKPOINT_OVERDUE: lazy_gettext("No checkpoint kept outside for too long"),
}

ADVICE: Mapping[Rule, LazyString] = {
    Rule.DURESS: lazy_gettext(
        "Somebody signed in with an emergency password. Think of the person first. Do not telephone or write in a way "
        "that shows this to whoever may be beside them."
    ),
    Rule.LOG_BROKEN: lazy_gettext(
        "A check found the log, or what waited to be taken into it, damaged. Change nothing, keep every checkpoint, "
        "and tell the others."
    ),
    Rule.ALTERED: lazy_gettext(
        "Somebody with access to the files changed what is kept about alarms. It was put back to what the log says. "
        "Ask who can write to the machine."
    ),
    Rule.IDENTITY_SHOWN: lazy_gettext(
        "Two custodians agreed and somebody saw who a witness is. Look whether it fits the task that was named."
    ),
    Rule.PAST_GRANT: lazy_gettext(
        "Text was shown to somebody whose grant for the case did not hold at that moment. This should not be possible: "
        "look at once."
    ),
    Rule.FAILED_SIGN_INS: lazy_gettext(
        "Somebody may be guessing passwords. The auditors can open which names were tried."
    ),
    Rule.BULK_READING: lazy_gettext(
        "It may be a hard day's work, or somebody who copies. Ask the person, in a friendly way, what it was for."
    ),
    Rule.REFUSALS: lazy_gettext(
        "Somebody tried again and again what they may not. It may be a mistake about a grant."
    ),
    Rule.KEY_OPERATION: lazy_gettext(
        "An account was invited or stopped, or new keys were ordered or made. Look whether you know why."
    ),
    Rule.OUT_OF_HOURS: lazy_gettext("Words of witnesses were opened when usually nobody works."),
    Rule.WAITING: lazy_gettext("An erasure or a consent taken back waits longer than it should."),
    Rule.BACKUP_OVERDUE: lazy_gettext("Ask whoever runs the machine to make one."),
    Rule.CHECK_OVERDUE: lazy_gettext("An auditor opens the page “Is the log whole?” and checks it."),
    Rule.CHECKPOINT_OVERDUE: lazy_gettext("An auditor takes a checkpoint and keeps it outside the archive."),
}


def setting_sentence(rule: Rule, unit: Unit, setting: Setting) -> str:
    """What a rule is set to, in words."""
    if not setting.is_on:
        return str(gettext("Off."))
    if unit is Unit.IN_MINUTES:
        return str(
            gettext("More than %(limit)s within %(span)s minutes.", limit=setting.limit, span=setting.span)
        )
    if unit is Unit.DAYS:
        return str(gettext("After %(limit)s days.", limit=setting.limit))
    if unit is Unit.HOURS_OF_DAY:
        return str(gettext("Outside %(begin)s:00 to %(end)s:00 UTC.", begin=setting.limit, end=setting.span))
    return str(gettext("Each time."))


def alarms_waiting(session: Session) -> tuple[Waiting, ...]:
    """The lines of a front page: what may concern somebody's safety first."""
    counts = dict(alarms.count_open(session))
    duress, others = counts.pop(Rule.DURESS, 0), sum(counts.values())
    address = url_for("alarms.index")
    lines = (
        Waiting(
            ngettext(
                "Somebody may be under pressure. Please look at this first.",
                "%(num)s signs that somebody may be under pressure. Please look at them first.",
                duress,
            ),
            address,
            duress,
        ),
        Waiting(
            ngettext("%(num)s alarm waits to be looked at", "%(num)s alarms wait to be looked at", others),
            address,
            others,
        ),
    )
    return tuple(line for line in lines if line.count)
