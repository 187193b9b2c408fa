"""What custodians type."""

from flask_babel import lazy_gettext
from wtforms import (
    IntegerField,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import InputRequired, Length, NumberRange
from wtforms.widgets import CheckboxInput, ListWidget

from testimony.domain.cases import CaseStatus
from testimony.domain.roles import Role
from testimony.web.custody_words import CASE_STATUSES
from testimony.web.forms import ArchiveForm
from testimony.web.roles import ROLE_NAMES, ROLE_WORK

MAX_REASON = 500
_MAX_LINE = 200
_MAX_PASSWORD = 512


class Ticks(SelectMultipleField):
    """Several choices, each a box to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class GraveForm(ArchiveForm):
    """What a grave act asks for."""

    reason = StringField(
        lazy_gettext("Reason"),
        [InputRequired(lazy_gettext("Say why. Auditors can read it.")), Length(max=MAX_REASON)],
    )
    password = PasswordField(
        lazy_gettext("Your password"),
        [InputRequired(lazy_gettext("Type your password.")), Length(max=_MAX_PASSWORD)],
    )


class InviteForm(ArchiveForm):
    handle = StringField(
        lazy_gettext("Name to sign in with"),
        [InputRequired(lazy_gettext("Choose the name they will sign in with.")), Length(max=_MAX_LINE)],
    )
    name = StringField(
        lazy_gettext("What colleagues call them"),
        [InputRequired(lazy_gettext("Say how colleagues know this person.")), Length(max=_MAX_LINE)],
    )
    roles = Ticks(
        lazy_gettext("What they will do"), [InputRequired(lazy_gettext("Choose at least one role."))]
    )

    def offer(self) -> None:
        self.roles.choices = [(role.value, f"{ROLE_NAMES[role]} – {ROLE_WORK[role]}") for role in Role]


class CaseForm(ArchiveForm):
    case_id = StringField(
        lazy_gettext("Short name of the case"),
        [InputRequired(lazy_gettext("Give the case a short name.")), Length(max=_MAX_LINE)],
    )
    title = StringField(
        lazy_gettext("Title"),
        [InputRequired(lazy_gettext("Give the case a title.")), Length(max=_MAX_LINE)],
    )


class CaseStatusForm(GraveForm):
    status = SelectField(lazy_gettext("The case is now"))

    def offer(self, current: str) -> None:
        self.status.choices = [
            (status.value, CASE_STATUSES[status][0]) for status in CaseStatus if status != current
        ]


class ThresholdForm(GraveForm):
    audience = SelectField(lazy_gettext("For releases to"))
    people = IntegerField(
        lazy_gettext("They must fit at least so many people"),
        [InputRequired(lazy_gettext("Give a number from 1 to 1,000.")), NumberRange(1, 1000)],
    )

    def offer(self, names: tuple[tuple[str, str], ...]) -> None:
        self.audience.choices = list(names)
        # The page holds another form that asks for a reason and a password.
        for each in (self.audience, self.people, self.reason, self.password):
            each.id = f"threshold-{each.name}"
