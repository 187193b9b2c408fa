"""The words of the finding room: purposes, warnings, limits, and how a query was read. Decides nothing."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from babel.core import get_global
from flask_babel import LazyString, format_date, gettext, lazy_gettext, ngettext

from search.errors import CostReason
from search.explanations import Explanation, Repair
from search.tree import Everything, Fuzzy, Name, Pattern, Phrase, Prefix, Word, leaves
from testimony.domain.dates import parse_day
from testimony.domain.errors import BadDate
from testimony.domain.places import Place
from testimony.domain.purposes import Audience, Purpose
from testimony.domain.vocabulary import load
from testimony.services.reading import ConsentLimits, Withheld
from testimony.storage.countries import LANGUAGES
from testimony.web.translation import current_language, listed


@dataclass(frozen=True, slots=True)
class PurposeWords:
    """short: for the bar. meaning: what reading for it means, to whoever chooses."""

    short: LazyString
    meaning: LazyString


PURPOSES: Mapping[Purpose, PurposeWords] = {
    Purpose.CP07: PurposeWords(
        lazy_gettext("internal study"),
        lazy_gettext("You study what happened, inside the organisation. Nothing leaves it."),
    ),
    Purpose.CP08: PurposeWords(
        lazy_gettext("counting"),
        lazy_gettext("You count cases for figures in which nobody can be recognised."),
    ),
    Purpose.CP09: PurposeWords(
        lazy_gettext("partner organisation"),
        lazy_gettext("You prepare what a partner organisation may be given, without the witness's name."),
    ),
    Purpose.CP10: PurposeWords(
        lazy_gettext("publication"),
        lazy_gettext("You prepare what may be published, without the witness's name."),
    ),
    Purpose.CP13: PurposeWords(
        lazy_gettext("United Nations"),
        lazy_gettext("You prepare what may go to bodies of the United Nations."),
    ),
    Purpose.CP14: PurposeWords(
        lazy_gettext("International Criminal Court"),
        lazy_gettext("You prepare what may go to the International Criminal Court."),
    ),
    Purpose.CP15: PurposeWords(
        lazy_gettext("courts of other countries"),
        lazy_gettext("You prepare what may go to courts outside the country of the events."),
    ),
    Purpose.CP16: PurposeWords(
        lazy_gettext("courts of the country"),
        lazy_gettext("You prepare what may go to courts of the country of the events."),
    ),
    Purpose.CP17: PurposeWords(
        lazy_gettext("African regional bodies"),
        lazy_gettext("You prepare what may go to African regional bodies."),
    ),
    Purpose.CP18: PurposeWords(
        lazy_gettext("truth or reparation"),
        lazy_gettext("You prepare what may go to a truth or reparation body."),
    ),
    Purpose.CP19: PurposeWords(
        lazy_gettext("search for the missing"),
        lazy_gettext("You look for a missing person. Only tracing services may be told."),
    ),
    Purpose.CP22: PurposeWords(
        lazy_gettext("long-term archive"),
        lazy_gettext("You prepare what is handed to a long-term archive."),
    ),
    Purpose.CP23: PurposeWords(
        lazy_gettext("approved research"),
        lazy_gettext("You read as an approved researcher."),
    ),
    Purpose.CP24: PurposeWords(
        lazy_gettext("training"),
        lazy_gettext("You choose accounts for the training of staff."),
    ),
}

AUDIENCES: Mapping[Audience, LazyString] = {
    Audience.PUBLIC: lazy_gettext("public layer"),
    Audience.PARTNER: lazy_gettext("partner layer"),
    Audience.COURT: lazy_gettext("court layer"),
}

WARNINGS: Mapping[str, LazyString] = {
    "CW01": lazy_gettext("death or bodies"),
    "CW02": lazy_gettext("torture"),
    "CW03": lazy_gettext("sexual violence"),
    "CW04": lazy_gettext("harm to children"),
    "CW05": lazy_gettext("thoughts of suicide"),
}
_UNKNOWN_WARNING = lazy_gettext("something nobody has noted yet; it may be violent")

CONDITIONS: Mapping[str, LazyString] = {
    "CC01": lazy_gettext("Never pass it to the state in which this happened."),
    "CC02": lazy_gettext("Never pass it to where the death penalty may be applied."),
    "CC03": lazy_gettext("Pass it on only after the recipient was reviewed for fair trials."),
    "CC04": lazy_gettext("Further details that the witness named are hidden in this text."),
    "CC05": lazy_gettext("If the recording is ever played, the voice must be changed."),
    "CC06": lazy_gettext("If a picture is ever shown, the face must be hidden."),
    "CC07": lazy_gettext("The witness set a first day for this; it has come."),
    "CC08": lazy_gettext("Pass it on only under protective measures."),
    "CC09": lazy_gettext("Contact the witness only by the channel and at the hours they gave."),
    "CC11": lazy_gettext("Only readers whom the witness named may read it. You are one of them."),
    "CC13": lazy_gettext("A guardian had to agree as well, and has agreed."),
    "CC14": lazy_gettext("Contact the witness only through their lawyer."),
}

REPAIRS: Mapping[Repair, LazyString] = {
    Repair.READ_AS_WORDS: lazy_gettext(
        "The operators made no sense together, so everything was read as words."
    ),
    Repair.UNCLOSED_QUOTE: lazy_gettext("A quotation mark was never closed; it was left out."),
    Repair.UNBALANCED_GROUP: lazy_gettext("A bracket had no partner; it was left out."),
    Repair.OPERATOR_AS_WORD: lazy_gettext(
        "AND, OR or NOT had nothing to join; it was read as a word or left out."
    ),
    Repair.RANGE_AS_WORDS: lazy_gettext(
        "A range needs a field, such as month:[2024-01 TO 2024-06]; it was read as words."
    ),
    Repair.NOTHING_TO_FIND: lazy_gettext("There was no word in it to look for."),
}

TOO_COSTLY: Mapping[CostReason, LazyString] = {
    CostReason.LENGTH: lazy_gettext("This is too long for one search. Use at most 2,000 characters."),
    CostReason.TERMS: lazy_gettext("These are too many words for one search. Use fewer than 64."),
    CostReason.DEPTH: lazy_gettext("There are too many brackets inside brackets. Search in two steps."),
    CostReason.EXPANSIONS: lazy_gettext(
        "Too many different words fit this pattern. Write more letters before the star."
    ),
    CostReason.TIME: lazy_gettext(
        "This search took too long and was stopped. Add a rarer word, or use fewer patterns."
    ),
}

_READING_NOTES: tuple[tuple[type, LazyString], ...] = (
    (Word, lazy_gettext("A word stands for all its forms.")),
    (Phrase, lazy_gettext("Words in quotation marks must stand exactly so.")),
    (Name, lazy_gettext("A name is found in other spellings and scripts too.")),
    (Prefix, lazy_gettext("A star stands for any ending.")),
    (Pattern, lazy_gettext("A star stands for any letters, a question mark for one.")),
    (Fuzzy, lazy_gettext("A tilde finds words that differ by a letter or two.")),
    (Everything, lazy_gettext("A star alone stands for everything you may read.")),
)

_PEOPLE = re.compile(r"A\.[2-6](\.|$)|B\.[234]$|X\.[12567]$")
_PLACES = frozenset({"A.1", "X.4", "X.10"})


def language_name(code: str) -> str:
    """What a language is called; its code where the vocabulary has no name for it."""
    languages = load("language")
    return languages.label(code, current_language()) if code in languages else code


def place_name(place: Place) -> str:
    """The name of a place in the reader's language, or the first that it has."""
    return place.name(LANGUAGES.get(current_language(), "eng"))


def act_name(code: str) -> str:
    acts = load("violation")
    return acts.label(code, current_language()) if code in acts else code


def html_language(code: str) -> str:
    """The tag that browsers know for an ISO 639-3 code."""
    return str(get_global("language_aliases").get(code, code))


def told_words(month: str | None) -> str:
    """When the account was given: `2025-11` as people write it, another EDTF date as it is."""
    if month is None:
        return str(gettext("month not known"))
    try:
        words = format_date(parse_day(f"{month}-01"), "MMMM y")
    except BadDate:
        words = month
    return str(gettext("told in %(month)s", month=words))


def day_words(day: date) -> str:
    return str(format_date(day, "d MMMM y"))


def warning_words(warning: str | None) -> str:
    """The kind of content, to follow "This account speaks of"."""
    return str(WARNINGS.get(warning or "", _UNKNOWN_WARNING))


def repair_words(explanation: Explanation) -> tuple[str, ...]:
    return tuple(str(REPAIRS[repair]) for repair in explanation.repairs)


def reading_notes(explanation: Explanation) -> tuple[str, ...]:
    """What the signs in the query mean, for the kinds that occur in it."""
    kinds = {type(leaf) for leaf in leaves(explanation.reading)}
    return tuple(str(words) for kind, words in _READING_NOTES if kind in kinds)


def withheld_sentence(withheld: tuple[Withheld, ...], tokens: int) -> str:
    """How much is left out, in one sentence. tokens: marks in the text that stand for something withheld."""
    kinds = {"people": 0, "places": 0, "details": 0}
    for part in withheld:
        kinds[_kind(part.category)] += part.count
    if not any(kinds.values()):
        if tokens:
            # It came redacted: nothing was withheld here, but much may have been where it was taken.
            return str(
                gettext("It was redacted before it came here. What was withheld is marked in the text.")
            )
        return str(gettext("Nothing was withheld in this layer."))
    return str(gettext("Withheld for safety: %(what)s.", what=listed(_counted(kinds))))


def withheld_label(part: Withheld) -> str:
    categories = load("redaction")
    if part.category not in categories:
        return part.category
    return categories.label(part.category, current_language())


def limit_sentences(limits: ConsentLimits) -> tuple[str, ...]:
    """What the consent asks of this reader."""
    conditions = load("consent_condition")
    said = [
        str(CONDITIONS[code]) if code in CONDITIONS else conditions.label(code, current_language())
        for code in limits.conditions
    ]
    if limits.valid_until is not None:
        said.append(gettext("The permission ends on %(day)s.", day=day_words(limits.valid_until)))
    if limits.review_due is not None:
        said.append(
            gettext(
                "The consent is looked at again on %(day)s. From that day it is closed until it is renewed.",
                day=day_words(limits.review_due),
            )
        )
    return tuple(said)


def _kind(category: str) -> str:
    if category in _PLACES:
        return "places"
    return "people" if _PEOPLE.match(category) else "details"


def _counted(kinds: Mapping[str, int]) -> Iterator[str]:
    if people := kinds["people"]:
        yield ngettext("%(num)d mention of a person", "%(num)d mentions of people", people)
    if places := kinds["places"]:
        yield ngettext("%(num)d place or date", "%(num)d places or dates", places)
    if details := kinds["details"]:
        yield ngettext("%(num)d detail", "%(num)d details", details)
