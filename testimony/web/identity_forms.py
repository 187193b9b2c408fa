"""What is typed about identities."""

from flask_babel import lazy_gettext, ngettext
from wtforms import DateField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from testimony.services.contact_tasks import OUTCOMES as ENDINGS
from testimony.web.custody_forms import MAX_REASON, GraveForm, Ticks
from testimony.web.forms import ArchiveForm
from testimony.web.identity_words import FIELDS, OUTCOMES, needs

DAYS = (1, 2, 3, 5, 7)
_MAX_LINE = 200


class PasswordForm(GraveForm):
    """A grave act that gives no reason of its own."""

    reason = None  # type: ignore[assignment]  # how WTForms takes an inherited field away


class AskForm(GraveForm):
    need = SelectField(
        lazy_gettext("What for, and on which legal basis"), [InputRequired(lazy_gettext("Choose one."))]
    )
    wanted = Ticks(
        lazy_gettext("What you need to know"),
        [InputRequired(lazy_gettext("Choose what you need, and nothing more."))],
    )
    days = SelectField(lazy_gettext("Custodians may agree within"))
    contact_by = StringField(lazy_gettext("Who is to reach the witness"), [Optional(), Length(max=_MAX_LINE)])
    contact_due = DateField(lazy_gettext("Until day"), [Optional()])

    def offer(self) -> None:
        self.need.choices = [("", lazy_gettext("Choose")), *needs()]
        self.wanted.choices = [(field.value, words) for field, words in FIELDS.items()]
        self.days.choices = [(str(days), ngettext("%(num)s day", "%(num)s days", days)) for days in DAYS]


class ShowForm(PasswordForm):
    wanted = Ticks(lazy_gettext("What to show now"), [InputRequired(lazy_gettext("Choose what to show."))])

    def offer(self, names: tuple[tuple[str, str], ...]) -> None:
        self.wanted.choices = list(names)


class FinishForm(ArchiveForm):
    outcome = SelectField(lazy_gettext("How it went"), [InputRequired(lazy_gettext("Choose one."))])
    note = TextAreaField(lazy_gettext("In a few words"), [Optional(), Length(max=MAX_REASON)])

    def offer(self) -> None:
        self.outcome.choices = [("", lazy_gettext("Choose")), *((each, OUTCOMES[each]) for each in ENDINGS)]


class ConcernedForm(ArchiveForm):
    code = StringField(
        lazy_gettext("Code of the testimony"),
        [InputRequired(lazy_gettext("Type the code.")), Length(max=_MAX_LINE)],
    )
    handle = StringField(
        lazy_gettext("Who is too near to it"),
        [InputRequired(lazy_gettext("Type the name they sign in with.")), Length(max=_MAX_LINE)],
    )
