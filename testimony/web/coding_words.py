"""The words of the coding pages: labels of codes, what a problem is, an act in a sentence. Decides nothing."""

from collections.abc import Mapping

from flask_babel import LazyString, gettext, lazy_gettext, ngettext

from testimony.domain.acts import Attribute, Coding, Unit, Victims
from testimony.domain.errors import Invalid
from testimony.domain.grants import ClosedPart
from testimony.domain.places import Place
from testimony.domain.vocabulary import load
from testimony.domain.witness import Sex
from testimony.web.forms import ArchiveForm, add_error
from testimony.web.translation import current_language, listed

UNITS: Mapping[Unit, LazyString] = {
    Unit.PERSON: lazy_gettext("people"),
    Unit.HOUSEHOLD: lazy_gettext("households"),
    Unit.SETTLEMENT: lazy_gettext("settlements"),
}
SEXES: Mapping[Sex, LazyString] = {
    Sex.UNDISCLOSED: lazy_gettext("Not said"),
    Sex.FEMALE: lazy_gettext("Female"),
    Sex.MALE: lazy_gettext("Male"),
    Sex.OTHER: lazy_gettext("Other"),
}
ATTRIBUTES: Mapping[Attribute, LazyString] = {
    Attribute.MULTIPLE_PERPETRATORS: lazy_gettext("By several perpetrators"),
    Attribute.IN_FRONT_OF_OTHERS: lazy_gettext("In front of others"),
    Attribute.AGAINST_CHILD: lazy_gettext("Against somebody under 18"),
    Attribute.IN_CUSTODY: lazy_gettext("In custody"),
}
SIGNS: Mapping[str, LazyString] = {
    "": lazy_gettext("as said"),
    "~": lazy_gettext("about then"),
    "?": lazy_gettext("uncertain"),
    "%": lazy_gettext("about then, and uncertain"),
}
PARTS: Mapping[ClosedPart, LazyString] = {
    ClosedPart.SEXUAL_VIOLENCE: lazy_gettext("sexual violence"),
    ClosedPart.CHILDREN: lazy_gettext("children"),
    ClosedPart.INSIDERS: lazy_gettext("insiders"),
    ClosedPart.EXTREME_RISK: lazy_gettext("witnesses at extreme risk"),
}

_FIELDS = {"passage": "begins", "when": "year", "names": "new_name", "level": "new_level", "kind": "new_kind"}
_PROBLEMS: Mapping[tuple[str, str], LazyString] = {
    ("violation", "unknown_code"): lazy_gettext("Choose what was done."),
    ("violation", "too_many"): lazy_gettext(
        "This account has as many acts as it can hold. Withdraw some first."
    ),
    ("basis", "unknown_code"): lazy_gettext("Choose how the witness knows."),
    ("begins", "required"): lazy_gettext("Copy the words of the account that tell it."),
    ("begins", "not_found"): lazy_gettext(
        "The account does not say this, or not so often. Copy the words from the text."
    ),
    ("begins", "too_long"): lazy_gettext("This is too long. Copy how the passage begins and how it ends."),
    ("passage", "required"): lazy_gettext("Copy the words of the account that tell it."),
    ("passage", "witness_request"): lazy_gettext(
        "The witness asked that this be told to nobody, so nothing is coded here."
    ),
    ("passage", "out_of_range"): lazy_gettext("These words are not in the account. Copy them again."),
    ("which", "several"): lazy_gettext(
        "The account says this more than once. Say which mention you mean: 1, 2, 3."
    ),
    ("ends", "not_found"): lazy_gettext("The account does not say this after the words it begins with."),
    ("when", "bad_date"): lazy_gettext("This is not a date. Leave empty what the account does not say."),
    ("victims_min", "out_of_range"): lazy_gettext("Use a number from 0 to 1,000,000."),
    ("victims_max", "out_of_range"): lazy_gettext("Use a number from 1 to 1,000,000."),
    ("victims_max", "below_minimum"): lazy_gettext("“At most” is less than “at least”."),
    ("place", "unknown_code"): lazy_gettext("There is no such place, or it is finer than you may name."),
    ("place", "required"): lazy_gettext("Choose the place that contains it, or that has this name."),
    ("place", "withheld"): lazy_gettext(
        "This release withholds the name of this place. Choose a wider one that contains it."
    ),
    ("names", "required"): lazy_gettext("Type the name of the place."),
    ("names", "bad_character"): lazy_gettext("A name is one line of plain text."),
    ("names", "too_long"): lazy_gettext("A name has 120 characters at most."),
    ("names", "unknown_code"): lazy_gettext("Choose the language of the name."),
    ("names", "there_already"): lazy_gettext("There is such a place already. Find it by its name."),
    ("names", "twice"): lazy_gettext("The place has this name already."),
    ("names", "too_many"): lazy_gettext("The place has as many names as it can hold."),
    ("names", "of_a_country"): lazy_gettext(
        "The names of countries stay as they are. Choose a place in one."
    ),
    ("level", "not_inside"): lazy_gettext("A place can only lie in a wider one."),
    ("level", "too_fine"): lazy_gettext("This is finer than you may name."),
}


def lay_problems(form: ArchiveForm, fault: Invalid) -> None:
    """Lay each problem that a service found to its field."""
    for problem in fault.problems:
        sentence = _PROBLEMS.get((problem.field, problem.code))
        name = _FIELDS.get(problem.field, problem.field)
        add_error(form, name, gettext("This does not fit.") if sentence is None else str(sentence))


def label(vocabulary: str, code: str) -> str:
    """What a code is called in the language of the page; the code itself where the vocabulary has none."""
    terms = load(vocabulary)
    return terms.label(code, current_language()) if code in terms else code


def place_words(path: tuple[Place, ...]) -> str:
    """A place within what contains it, the widest last: "Tin Amalek, Gao, Mali"."""
    language = {"en": "eng", "fr": "fra", "ar": "arb"}.get(current_language(), "eng")
    return listed(place.name(language) for place in reversed(path))


def victim_words(victims: Victims) -> str:
    """How many were harmed, and who."""
    least, most = victims.minimum, victims.maximum
    unit = str(UNITS[victims.unit])
    if least is None and most is None:
        number = gettext("number not known (%(unit)s)", unit=unit)
    elif least == most:
        number = gettext("%(number)s (%(unit)s)", number=least, unit=unit)
    elif most is None:
        number = gettext("at least %(number)s (%(unit)s)", number=least, unit=unit)
    elif least is None:
        number = gettext("at most %(number)s (%(unit)s)", number=most, unit=unit)
    else:
        number = gettext("%(least)s to %(most)s (%(unit)s)", least=least, most=most, unit=unit)
    said = [str(number)]
    if victims.sex is not Sex.UNDISCLOSED:
        said.append(str(SEXES[victims.sex]))
    if victims.age_band is not None:
        said.append(str(gettext("age %(band)s", band=label("age_band", victims.age_band))))
    return " · ".join(said)


def perpetrator_words(coding: Coding) -> str | None:
    """Who did it, what part they had, how the witness knew them."""
    group = coding.perpetrators
    if group is None:
        return None
    codes = (("involvement", group.involvement), ("identified_by", group.identified_by))
    return " · ".join(
        (label("perp_group", group.group), *(label(name, code) for name, code in codes if code is not None))
    )


def detail_words(coding: Coding) -> tuple[str, ...]:
    """By which means, in which circumstances, with what end."""
    outcome = () if coding.outcome is None else (label("victim_status", coding.outcome),)
    return (
        *(label("method", code) for code in coding.methods),
        *(str(ATTRIBUTES[attribute]) for attribute in Attribute if attribute in coding.attributes),
        *outcome,
    )


def acts_sentence(count: int) -> str:
    if not count:
        return str(gettext("Nothing is coded yet."))
    return str(ngettext("%(num)d act is coded.", "%(num)d acts are coded.", count))
