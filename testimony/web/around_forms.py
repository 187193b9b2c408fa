"""What is typed around a testimony: walls, reviews of risk, gaps, next of kin, referrals, what was done in public."""

from typing import Self

from flask_babel import lazy_gettext
from wtforms import IntegerField, PasswordField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from testimony.domain.purposes import Audience
from testimony.services.custody_gaps import NewGap
from testimony.services.public_material import OUTCOMES
from testimony.services.referrals import Need
from testimony.web.custody_forms import MAX_REASON
from testimony.web.forms import ArchiveForm
from testimony.web.intake_fields import languages
from testimony.web.review_forms import AUDIENCE_NAMES

_MAX_PASSWORD = 512
_NEEDED = lazy_gettext("This has no answer yet.")


class SealedForm(ArchiveForm):
    """A form of a page that holds several: its fields have ids of their own. It asks for the password."""

    password = PasswordField(
        lazy_gettext("Your password"),
        [InputRequired(lazy_gettext("Type your password.")), Length(max=_MAX_PASSWORD)],
    )

    @classmethod
    def empty(cls) -> Self:
        return cls(formdata=None).named()

    @classmethod
    def sent(cls) -> Self:
        return cls.of_request().named()

    def named(self) -> Self:
        for each in self:
            each.id = f"{type(self).__name__.removesuffix('Form').lower()}-{each.name}"
        return self


class WallForm(SealedForm):
    other = StringField(lazy_gettext("Code of the other testimony"), [InputRequired(_NEEDED), Length(max=40)])
    also_witness = StringField(lazy_gettext("Also a witness"), [Length(max=MAX_REASON)])
    reason = StringField(lazy_gettext("Reason"), [InputRequired(_NEEDED), Length(max=MAX_REASON)])


class AnswerForm(SealedForm):
    """What a second person says to something that waits, or who takes it back."""

    reason = StringField(lazy_gettext("Reason"), [InputRequired(_NEEDED), Length(max=MAX_REASON)])


class ReviewForm(SealedForm):
    other = SelectField(lazy_gettext("Together with"), [InputRequired(_NEEDED)])
    audience = SelectField(lazy_gettext("Before it is released to"), [InputRequired(_NEEDED)])
    risks = TextAreaField(
        lazy_gettext("What could become of either"), [InputRequired(_NEEDED), Length(max=MAX_REASON)]
    )

    def offer(self, others: tuple[str, ...]) -> Self:
        self.other.choices = [(code, code) for code in others]
        self.audience.choices = [(audience.value, AUDIENCE_NAMES[audience]) for audience in Audience]
        return self


class GapForm(SealedForm):
    position = IntegerField(lazy_gettext("Number of the file"), [Optional()])
    since = StringField(lazy_gettext("Missing from"), [InputRequired(_NEEDED), Length(max=40)])
    until = StringField(lazy_gettext("Known again from"), [InputRequired(_NEEDED), Length(max=40)])
    holders = TextAreaField(
        lazy_gettext("Who had it in that time, as far as is known"),
        [InputRequired(_NEEDED), Length(max=MAX_REASON)],
    )
    how = StringField(lazy_gettext("How that is known"), [Length(max=MAX_REASON)])

    @property
    def gap(self) -> NewGap:
        since, until = self.text("since").strip(), self.text("until").strip()
        return NewGap(self.position.data, since, until, self.text("holders"), self.text("how"))


class KinForm(SealedForm):
    who = StringField(
        lazy_gettext("Who, and how they may be reached"), [InputRequired(_NEEDED), Length(max=MAX_REASON)]
    )
    interest = TextAreaField(
        lazy_gettext("What they ask for, or what concerns them"),
        [InputRequired(_NEEDED), Length(max=MAX_REASON)],
    )


class ReferralForm(SealedForm):
    danger = TextAreaField(
        lazy_gettext("What threatens, and whom"), [InputRequired(_NEEDED), Length(max=MAX_REASON)]
    )
    to_whom = StringField(lazy_gettext("Who is told"), [InputRequired(_NEEDED), Length(max=MAX_REASON)])
    told = TextAreaField(
        lazy_gettext("The least they must know"), [InputRequired(_NEEDED), Length(max=MAX_REASON)]
    )

    @property
    def need(self) -> Need:
        return Need(self.text("danger"), self.text("to_whom"), self.text("told"))


OUTCOME_WORDS = dict(
    zip(
        OUTCOMES,
        (
            lazy_gettext("It was edited"),
            lazy_gettext("It was taken down"),
            lazy_gettext("Nothing of it was public"),
            lazy_gettext("It can never be called back"),
        ),
        strict=True,
    )
)


class TaskForm(SealedForm):
    outcome = SelectField(lazy_gettext("What could be done"), [InputRequired(_NEEDED)])
    reason = StringField(lazy_gettext("Where it lay, and what is left of it"), [Length(max=MAX_REASON)])

    def named(self) -> Self:
        self.outcome.choices = list(OUTCOME_WORDS.items())
        return super().named()


class RenderingForm(SealedForm):
    language = SelectField(lazy_gettext("Language you write in"), [InputRequired(_NEEDED)])
    words = TextAreaField(lazy_gettext("What the recording says"), [InputRequired(_NEEDED)])

    def named(self) -> Self:
        self.language.choices = [("", lazy_gettext("Choose")), *languages()]
        return super().named()
