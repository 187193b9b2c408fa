"""What auditors type: a filter, and a checkpoint that they kept."""

from datetime import UTC, date, datetime, timedelta

from flask_babel import lazy_gettext
from wtforms import DateField, SelectField, StringField, TextAreaField
from wtforms.validators import Length, Optional

from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action, Outcome
from testimony.domain.events import EventFilter
from testimony.domain.purposes import READING_PURPOSES, Purpose
from testimony.domain.roles import Role
from testimony.services.audit import Choices
from testimony.web.forms import ArchiveForm
from testimony.web.log_views import purpose_label
from testimony.web.log_words import ACTIONS, OUTCOMES
from testimony.web.roles import ROLE_NAMES

MAX_ABOUT = 64
MAX_CHECKPOINT = 20_000
"""Characters. A checkpoint with its two signatures is about 4,800."""

_ANY = ("", lazy_gettext("Any"))


class LogFilterForm(ArchiveForm):
    who = SelectField(lazy_gettext("Who"), [Optional()])
    role = SelectField(lazy_gettext("Role"), [Optional()])
    did = SelectField(lazy_gettext("What they did"), [Optional()])
    ended = SelectField(lazy_gettext("How it ended"), [Optional()])
    about = StringField(lazy_gettext("About (code or number)"), [Optional(), Length(max=MAX_ABOUT)])
    case = SelectField(lazy_gettext("Case"), [Optional()])
    purpose = SelectField(lazy_gettext("Purpose"), [Optional()])
    since = DateField(lazy_gettext("From day"), [Optional()])
    until = DateField(lazy_gettext("To day"), [Optional()])

    def offer(self, choices: Choices) -> None:
        """Fill the lists to choose from. Call before validating."""
        self.who.choices = [_ANY, *((account, handle) for account, handle in choices.accounts)]
        self.role.choices = [_ANY, *((role.value, ROLE_NAMES[role]) for role in Role)]
        self.did.choices = [_ANY, *((action.value, ACTIONS[action]) for action in Action)]
        self.ended.choices = [_ANY, *((outcome.value, OUTCOMES[outcome]) for outcome in Outcome)]
        self.case.choices = [_ANY, *((case.case_id, case.case_id) for case in choices.cases)]
        self.purpose.choices = [_ANY, *((code.value, purpose_label(code.value)) for code in READING_PURPOSES)]

    def wanted(self) -> EventFilter:
        """The filter, once the form is valid."""
        about = (self.about.data or "").strip()
        return EventFilter(
            actor=AccountId(self.who.data) if self.who.data else None,
            role=Role(self.role.data) if self.role.data else None,
            action=Action(self.did.data) if self.did.data else None,
            outcome=Outcome(self.ended.data) if self.ended.data else None,
            case_id=self.case.data or None,
            subject=about or None,
            purpose=Purpose(self.purpose.data) if self.purpose.data else None,
            since=start_of(self.since.data) if self.since.data else None,
            until=start_of(self.until.data) + timedelta(days=1) if self.until.data else None,
        )


class CheckForm(ArchiveForm):
    kept = TextAreaField(lazy_gettext("A checkpoint that you kept"), [Optional(), Length(max=MAX_CHECKPOINT)])


def start_of(day: date | None) -> datetime:
    """Midnight UTC at which a day begins. Raises ValueError without a day: the form was not validated."""
    if day is None:
        raise ValueError("a day was not filled in")
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
