"""What witnesses say of proposed texts, in words."""

from flask_babel import LazyString, lazy_gettext

from testimony.domain.witness_word import AskedBy, WhyNotAsked, WordOfWitness

WORDS = {
    WordOfWitness.YES: lazy_gettext("The witness agreed to this text."),
    WordOfWitness.NO: lazy_gettext("The witness said no to this text. It cannot be released."),
    WordOfWitness.CHANGES: lazy_gettext("The witness wants changes. This text cannot be released."),
    WordOfWitness.NOT_ASKED: lazy_gettext("The witness could not be asked."),
}
CHOICES = {
    WordOfWitness.YES: lazy_gettext("Yes, this may be released"),
    WordOfWitness.NO: lazy_gettext("No"),
    WordOfWitness.CHANGES: lazy_gettext("Only after changes"),
    WordOfWitness.NOT_ASKED: lazy_gettext("The witness could not be asked"),
}
WHY_NOT_ASKED = {
    WhyNotAsked.UNREACHABLE: lazy_gettext("cannot be reached"),
    WhyNotAsked.NOT_SAFE: lazy_gettext("contact would put somebody in danger"),
    WhyNotAsked.WANTS_NO_CONTACT: lazy_gettext("does not want to be contacted again"),
    WhyNotAsked.DEAD_OR_MISSING: lazy_gettext("has died or is missing"),
    WhyNotAsked.CANNOT_FOLLOW: lazy_gettext("cannot follow it now, from age or illness"),
    WhyNotAsked.NEVER_KNOWN: lazy_gettext("was never known to the archive"),
}
ASKED_BY = {
    AskedBy.RECORDER: lazy_gettext("I did"),
    AskedBy.INTERVIEWER: lazy_gettext("the interviewer"),
    AskedBy.INTERMEDIARY: lazy_gettext("somebody the witness trusts"),
}
NOT_ASKED_YET = lazy_gettext("No answer of the witness to this text is written down.")
PROBLEMS = {
    "why_not": lazy_gettext("Say why the witness could not be asked; leave it empty for any other answer."),
    "asked_on": lazy_gettext("Give the day, from the proposal to today."),
}
INCOMPLETE = lazy_gettext("Say what the witness answered, when, and who asked.")


def word_sentence(word: WordOfWitness | None) -> LazyString:
    """What holds for a set, in words."""
    return NOT_ASKED_YET if word is None else WORDS[word]
