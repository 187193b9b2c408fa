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
    told = _identity(one) if one.what is Shown.IDENTITY else _TOLD[one.what](one.people, _who_and_when(one))
    if one.purpose:
        return str(gettext("%(sentence)s, for %(purpose)s.", sentence=told, purpose=_purpose(one.purpose)))
    return str(gettext("%(sentence)s.", sentence=told))


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


_TOLD: Mapping[Shown, Callable[[int, Mapping[str, str]], str]] = {
    Shown.ORIGINAL: lambda number, words: ngettext(
        "%(people)s read your own words, with nothing hidden, in %(months)s",
        "%(people)s read your own words, with nothing hidden, in %(months)s",
        number,
        **words,
    ),
    Shown.ORIGINAL_EXCERPT: lambda number, words: ngettext(
        "%(people)s saw some lines of your own words, with nothing hidden, in %(months)s",
        "%(people)s saw some lines of your own words, with nothing hidden, in %(months)s",
        number,
        **words,
    ),
    Shown.PREPARED: lambda number, words: ngettext(
        "%(people)s read your own words in %(months)s, to prepare what others may read",
        "%(people)s read your own words in %(months)s, to prepare what others may read",
        number,
        **words,
    ),
    Shown.RELEASED: lambda number, words: ngettext(
        "%(people)s read the released text in %(months)s",
        "%(people)s read the released text in %(months)s",
        number,
        **words,
    ),
    Shown.FILE: lambda number, words: ngettext(
        "%(people)s opened a file that belongs to it in %(months)s",
        "%(people)s opened a file that belongs to it in %(months)s",
        number,
        **words,
    ),
    Shown.EXCERPT: lambda number, words: ngettext(
        "%(people)s saw a few lines of the released text in %(months)s",
        "%(people)s saw a few lines of the released text in %(months)s",
        number,
        **words,
    ),
    Shown.CODED: lambda number, words: ngettext(
        "%(people)s saw what was noted about it in %(months)s",
        "%(people)s saw what was noted about it in %(months)s",
        number,
        **words,
    ),
    Shown.LISTED: lambda number, words: ngettext(
        "%(people)s saw its number in a list in %(months)s",
        "%(people)s saw its number in a list in %(months)s",
        number,
        **words,
    ),
    Shown.OTHER: lambda number, words: ngettext(
        "%(people)s saw something of it in %(months)s",
        "%(people)s saw something of it in %(months)s",
        number,
        **words,
    ),
}
"""Each a sentence of its own, since grammar differs from language to language."""


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
