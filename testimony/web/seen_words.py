"""Who has seen a testimony, in sentences fit to be read aloud. Numbers, roles and months; never a name of staff."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from flask_babel import LazyString, format_date, gettext, lazy_gettext, ngettext

from testimony.domain.purposes import Purpose
from testimony.domain.roles import Role
from testimony.domain.vocabulary import load
from testimony.policy.showings import SeenBy, Shown
from testimony.services.showings import Answer, Disclosed
from testimony.web.translation import current_language, listed

_NUMBERS: Mapping[int, LazyString] = {
    2: lazy_gettext("Two"),
    3: lazy_gettext("Three"),
    4: lazy_gettext("Four"),
    5: lazy_gettext("Five"),
    6: lazy_gettext("Six"),
    7: lazy_gettext("Seven"),
    8: lazy_gettext("Eight"),
    9: lazy_gettext("Nine"),
    10: lazy_gettext("Ten"),
}
"""As a sentence begins with them."""

_PURPOSES: Mapping[Purpose, LazyString] = {
    Purpose.CP07: lazy_gettext("an internal study"),
    Purpose.CP08: lazy_gettext("counting accounts in figures"),
    Purpose.CP09: lazy_gettext("a partner organisation"),
    Purpose.CP10: lazy_gettext("a publication without your name"),
    Purpose.CP13: lazy_gettext("a body of the United Nations"),
    Purpose.CP14: lazy_gettext("the International Criminal Court"),
    Purpose.CP15: lazy_gettext("a court of another country"),
    Purpose.CP16: lazy_gettext("a court of the country where it happened"),
    Purpose.CP17: lazy_gettext("an African regional body"),
    Purpose.CP18: lazy_gettext("a truth or reparation body"),
    Purpose.CP19: lazy_gettext("the search for a missing person"),
    Purpose.CP22: lazy_gettext("a long-term archive"),
    Purpose.CP23: lazy_gettext("approved researchers"),
    Purpose.CP24: lazy_gettext("training of staff"),
}

_PARTS: Mapping[str, LazyString] = {
    "names": lazy_gettext("your name"),
    "contacts": lazy_gettext("how to reach you"),
    "dwelling": lazy_gettext("where you live"),
    "next_contact": lazy_gettext("when you can be reached"),
    "note": lazy_gettext("a note about you"),
}


def seen_sentences(answer: Answer) -> tuple[str, ...]:
    """What was read. Says that nobody did, when nobody did."""
    told = tuple(_sentence(one) for one in answer.seen)
    if answer.is_gone:
        return (gettext("It was erased. Nobody can read it any more."), *told)
    return told or (gettext("Nobody has read it."),)


def identity_sentences(answer: Answer) -> tuple[str, ...]:
    told = tuple(_sentence(one) for one in answer.identities)
    return told or (gettext("Nobody has looked at your name or at how to reach you."),)


def disclosed_sentences(answer: Answer) -> tuple[str, ...]:
    told = tuple(sentence for one in answer.disclosed for sentence in _disclosed(one))
    if told or answer.exported:
        return told
    return (gettext("Nobody outside has received it."),)


def _sentence(one: SeenBy) -> str:
    told = _TOLD[one.what](one)
    if one.purpose:
        return str(gettext("%(sentence)s, for %(purpose)s.", sentence=told, purpose=_purpose(one.purpose)))
    return str(gettext("%(sentence)s.", sentence=told))


def _released(one: SeenBy) -> str:
    return str(
        ngettext(
            "%(people)s read the released text in %(months)s",
            "%(people)s read the released text in %(months)s",
            one.people,
            **_who_and_when(one),
        )
    )


def _original(one: SeenBy) -> str:
    return str(
        ngettext(
            "%(people)s read your own words, with nothing hidden, in %(months)s",
            "%(people)s read your own words, with nothing hidden, in %(months)s",
            one.people,
            **_who_and_when(one),
        )
    )


def _original_excerpt(one: SeenBy) -> str:
    return str(
        ngettext(
            "%(people)s saw some lines of your own words, with nothing hidden, in %(months)s",
            "%(people)s saw some lines of your own words, with nothing hidden, in %(months)s",
            one.people,
            **_who_and_when(one),
        )
    )


def _prepared(one: SeenBy) -> str:
    return str(
        ngettext(
            "%(people)s read your own words in %(months)s, to prepare what others may read",
            "%(people)s read your own words in %(months)s, to prepare what others may read",
            one.people,
            **_who_and_when(one),
        )
    )


def _file(one: SeenBy) -> str:
    return str(
        ngettext(
            "%(people)s opened a file that belongs to it in %(months)s",
            "%(people)s opened a file that belongs to it in %(months)s",
            one.people,
            **_who_and_when(one),
        )
    )


def _excerpt(one: SeenBy) -> str:
    return str(
        ngettext(
            "%(people)s saw a few lines of the released text in %(months)s",
            "%(people)s saw a few lines of the released text in %(months)s",
            one.people,
            **_who_and_when(one),
        )
    )


def _coded(one: SeenBy) -> str:
    return str(
        ngettext(
            "%(people)s saw what was noted about it in %(months)s",
            "%(people)s saw what was noted about it in %(months)s",
            one.people,
            **_who_and_when(one),
        )
    )


def _listed(one: SeenBy) -> str:
    return str(
        ngettext(
            "%(people)s saw its number in a list in %(months)s",
            "%(people)s saw its number in a list in %(months)s",
            one.people,
            **_who_and_when(one),
        )
    )


def _other(one: SeenBy) -> str:
    return str(
        ngettext(
            "%(people)s saw something of it in %(months)s",
            "%(people)s saw something of it in %(months)s",
            one.people,
            **_who_and_when(one),
        )
    )


def _identity(one: SeenBy) -> str:
    parts = listed(_PARTS.get(field, lazy_gettext("who you are")) for field in one.fields)
    return str(
        ngettext(
            "%(people)s saw %(parts)s in %(months)s",
            "%(people)s saw %(parts)s in %(months)s",
            one.people,
            parts=parts,
            **_who_and_when(one),
        )
    )


_TOLD: Mapping[Shown, Callable[[SeenBy], str]] = {
    Shown.IDENTITY: _identity,
    Shown.ORIGINAL: _original,
    Shown.ORIGINAL_EXCERPT: _original_excerpt,
    Shown.PREPARED: _prepared,
    Shown.RELEASED: _released,
    Shown.FILE: _file,
    Shown.EXCERPT: _excerpt,
    Shown.CODED: _coded,
    Shown.LISTED: _listed,
    Shown.OTHER: _other,
}


def _who_and_when(one: SeenBy) -> dict[str, str]:
    return {"people": people(one.role, one.people), "months": _months(one.months)}


def people(role: Role | None, number: int) -> str:
    """ "Two investigators", as a sentence begins."""
    said = str(_NUMBERS[number]) if number in _NUMBERS else str(number)
    if role is Role.INVESTIGATOR:
        return str(ngettext("One investigator", "%(number)s investigators", number, number=said))
    if role is Role.REVIEWER:
        return str(ngettext("One reviewer", "%(number)s reviewers", number, number=said))
    if role is Role.INTERVIEWER:
        return str(ngettext("One interviewer", "%(number)s interviewers", number, number=said))
    if role is Role.CUSTODIAN:
        return str(ngettext("One custodian", "%(number)s custodians", number, number=said))
    return str(ngettext("One person", "%(number)s people", number, number=said))


def _months(months: Iterable[date]) -> str:
    return listed(format_date(month, "MMMM y") for month in months)


def _purpose(code: str) -> str:
    try:
        return str(_PURPOSES[Purpose(code)])
    except (ValueError, KeyError):
        return code


def _disclosed(one: Disclosed) -> Iterable[str]:
    recipient = load("recipient").label(one.recipient, current_language())
    yield gettext(
        "It was handed over on %(day)s, for %(purpose)s. Who received it: %(recipient)s.",
        day=format_date(one.on, "d MMMM y"),
        purpose=_purpose(one.purpose),
        recipient=recipient,
    )
    if one.deleted:
        yield gettext("They were asked to give it back, and say that they have deleted it.")
    elif one.recalled:
        yield gettext("They were asked to give it back or to delete it.")
