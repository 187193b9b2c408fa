"""The forms of the review room: what is asked, in words; not what is allowed."""

from dataclasses import dataclass

from flask_babel import lazy_gettext
from wtforms import BooleanField, DateField, HiddenField, IntegerField, StringField, TextAreaField
from wtforms.validators import AnyOf, InputRequired, Length, NumberRange, Optional

from testimony.domain.errors import Invalid, NotFound
from testimony.domain.generalising import MAX_EXACT
from testimony.domain.purposes import Audience
from testimony.domain.redaction import MAX_REPLACEMENT, MarkDecision, categories
from testimony.domain.vocabulary import load
from testimony.services.approving import MAX_ANSWER, Tick
from testimony.services.generalised import ITSELF
from testimony.services.mark_acts import Turn
from testimony.services.redacting import MAX_ENTITY, MAX_NOTE, MAX_WORDS, Cover, Edge
from testimony.web.forms import ArchiveForm
from testimony.web.translation import current_language

AUDIENCE_NAMES = {
    Audience.PUBLIC: lazy_gettext("the public"),
    Audience.PARTNER: lazy_gettext("partners and staff"),
    Audience.COURT: lazy_gettext("a court"),
}
WITHHELD_FROM = {
    Audience.PUBLIC: lazy_gettext("the public only"),
    Audience.PARTNER: lazy_gettext("the public and partners"),
    Audience.COURT: lazy_gettext("everyone, courts too"),
}
GROUP_NAMES = {
    "X": lazy_gettext("What gives a person away"),
    "B": lazy_gettext("Safety of witnesses and others"),
    "A": lazy_gettext("Staff, helpers and sources"),
}
STATE_NAMES = {
    MarkDecision.PROPOSED: lazy_gettext("to decide"),
    MarkDecision.ACCEPTED: lazy_gettext("withheld"),
    MarkDecision.REJECTED: lazy_gettext("left in"),
}
PROBLEMS = {
    "not_found": lazy_gettext(
        "The account does not say this, or not so often. Copy the words from the text."
    ),
    "exact": lazy_gettext(
        "This cannot be said less exactly. Type an age in years, a date as 2024-05-03 or the name of a place that"
        " is in the list of places, or show a token."
    ),
    "out_of_range": lazy_gettext("These words are not in the account. Select them again."),
    "authority": lazy_gettext("Say who ordered it, and by what decision."),
    "lift_reason": lazy_gettext("Write why, in ten characters at least."),
    "ordered_on": lazy_gettext("Give the day of the decision; it cannot lie in the future."),
    "not_withheld": lazy_gettext("This is not withheld from them, or not decided yet."),
    "narrower_first": lazy_gettext(
        "It is withheld from a narrower audience as well, which would then read less. Lift it there first."
    ),
    "recipient": lazy_gettext("Say in one line who the recipient is."),
    "language": lazy_gettext("Choose the language."),
    "repeats_withheld": lazy_gettext("The text that stands in its place says what it should hide."),
    "bad_character": lazy_gettext("The text that stands in its place must be one line."),
    "too_long": lazy_gettext("This is too long."),
    "too_many": lazy_gettext("There are too many marks. Join some of them."),
    "required": lazy_gettext("Something is missing. Fill it in."),
    "unknown_code": lazy_gettext("Choose one of the entries of the list."),
    Tick.NO_ONE_POINTED_AT: lazy_gettext(
        "Confirm that the remaining details do not point to one person, or send it back."
    ),
    Tick.NAMED_DETAILS_HIDDEN: lazy_gettext(
        "Confirm that what the witness asked to hide is hidden, or send it back."
    ),
    Tick.REMAINING_SEEN: lazy_gettext("Confirm that what is still said may stay, or send it back."),
    Tick.RESIDUAL_CONFIRMED: lazy_gettext(
        "Confirm that it may be released although it fits few people, or send it back."
    ),
    Tick.HELP_WITHHELD_SEEN: lazy_gettext(
        "Confirm that what helps the accused may be withheld for this reason, or send it back."
    ),
    "helps_the_accused": lazy_gettext(
        "What helps the accused would be withheld from a court. Say why, or leave it in."
    ),
    "not_accepted": lazy_gettext(
        "Withhold these words first: then they can be kept on the witness's request."
    ),
    "not_from_everybody": lazy_gettext("Withhold it from every audience first, a court among them."),
    "not_a_third_person": lazy_gettext(
        "This is for what belongs to somebody else than the witness (X.6, X.8)."
    ),
    "residual_reason": lazy_gettext("Write a reason of ten characters at least, 2,000 at most."),
    Tick.NOT_THE_INTERPRETER: lazy_gettext(
        "Confirm that you did not interpret this account, or leave it to somebody else."
    ),
}


def sentences(problem: Invalid) -> tuple[str, ...]:
    """What is wrong, in words, once each."""
    found = (PROBLEMS.get(p.field) or PROBLEMS.get(p.code) or PROBLEMS["required"] for p in problem.problems)
    return tuple(dict.fromkeys(map(str, found)))


@dataclass(frozen=True, slots=True)
class CategoryGroup:
    name: str
    options: tuple[tuple[str, str], ...]


def category_groups() -> tuple[CategoryGroup, ...]:
    """The categories, those that a reviewer needs most first."""
    language = current_language()
    return tuple(
        CategoryGroup(
            str(name),
            tuple(
                (term.code, f"{term.label(language)} · {term.code}")
                for term in load("redaction").terms
                if term.code.startswith(group)
            ),
        )
        for group, name in GROUP_NAMES.items()
    )


GENERALISED = "generalised"
"""The answer to "Shown as" that asks for a coarser value in place of a token."""


class TurnForm(ArchiveForm):
    """What every act carries: the revision that the reviewer had before them."""

    revision = IntegerField(validators=[InputRequired(), NumberRange(min=0)])
    mark = HiddenField(validators=[Length(max=100)])

    def turn(self, code: str) -> Turn:
        """An unreadable revision is one that never was: the act is refused as out of date."""
        return Turn(code, self.revision.data if isinstance(self.revision.data, int) else -1)


class CoverForm(TurnForm):
    """How words are withheld. withheld_from: empty for what the category suggests."""

    category = StringField(lazy_gettext("Why"), [AnyOf(load("redaction").codes)])
    withheld_from = StringField(lazy_gettext("Withheld from"), [Optional(), AnyOf(tuple(Audience))])
    replacement = StringField(
        lazy_gettext("What stands in its place"), [Length(max=MAX_REPLACEMENT, message=PROBLEMS["too_long"])]
    )
    entity = StringField(
        lazy_gettext("Same person or place as"), [Length(max=MAX_ENTITY, message=PROBLEMS["too_long"])]
    )
    treatment = StringField(lazy_gettext("Shown as"), [Optional(), AnyOf(("token", GENERALISED))])
    exact = StringField(
        lazy_gettext("What it says exactly"), [Length(max=MAX_EXACT, message=PROBLEMS["too_long"])]
    )

    def cover(self) -> Cover:
        category = categories()[self.text("category")]
        chosen = self.text("withheld_from")
        audience = Audience(chosen) if chosen else category.withheld_from
        exact = (self.text("exact").strip() or ITSELF) if self.text("treatment") == GENERALISED else ""
        return Cover(
            category.code, audience, self.text("replacement").strip(), self.text("entity").strip(), exact
        )


class MarkForm(CoverForm):
    """New marks: words and which mention, or a span that the script read from a selection."""

    words = StringField(lazy_gettext("Words to withhold"), [Length(max=MAX_WORDS)])
    which = IntegerField(lazy_gettext("Which mention"), [Optional(), NumberRange(min=0)])
    start = IntegerField(validators=[Optional(), NumberRange(min=0)])
    end = IntegerField(validators=[Optional(), NumberRange(min=0)])

    @property
    def span(self) -> tuple[int, int] | None:
        if self.start.data is None or self.end.data is None:
            return None
        return self.start.data, self.end.data


class StretchForm(TurnForm):
    edge = StringField(validators=[AnyOf(tuple(Edge))])


class NoteForm(TurnForm):
    note = TextAreaField(lazy_gettext("Note to the second reviewer"), [Length(max=MAX_NOTE)])


class ProposeForm(TurnForm):
    audience = StringField(validators=[AnyOf(tuple(Audience))])


class ApproveForm(ArchiveForm):
    no_one_pointed_at = BooleanField(
        lazy_gettext("The remaining details together do not point to one person.")
    )
    named_details_hidden = BooleanField(
        lazy_gettext("The further details that the witness named are hidden.")
    )
    remaining_seen = BooleanField(lazy_gettext("I have seen what is still said, and it may stay."))
    residual_confirmed = BooleanField(
        lazy_gettext("I have read the reason, and I agree that it may be released all the same.")
    )
    help_withheld_seen = BooleanField(
        lazy_gettext("I have read what helps the accused and is withheld here, and I stand for the reason.")
    )
    not_the_interpreter = BooleanField(lazy_gettext("I did not interpret this account."))

    def ticks(self) -> frozenset[Tick]:
        return frozenset(tick for tick in Tick if self[tick.value].data)


class DespiteForm(TurnForm):
    """A reason to propose a layer that fits too few people."""

    reason = TextAreaField()


class LiftForm(TurnForm):
    """An order to lift a redaction."""

    layer = HiddenField()
    authority = StringField()
    reason = TextAreaField()
    on = DateField(validators=[Optional()])


class RecipientForm(ArchiveForm):
    recipient = StringField()
    kind = StringField()
    audience = StringField()


class VersionForm(ArchiveForm):
    """A later text. follows: the number of the text that its author had before them."""

    follows = IntegerField(validators=[Optional()])
    kind = StringField()
    language = StringField()
    whole = TextAreaField()


class PopulationForm(ArchiveForm):
    place = HiddenField()
    band = StringField()
    case = StringField()


def audience_named(text: str) -> Audience:
    """Raises NotFound."""
    if text not in {audience.value for audience in Audience}:
        raise NotFound
    return Audience(text)


class SendBackForm(ArchiveForm):
    answer = TextAreaField(
        lazy_gettext("What should be changed"),
        [
            InputRequired(lazy_gettext("Say what should be changed.")),
            Length(max=MAX_ANSWER, message=PROBLEMS["too_long"]),
        ],
    )
