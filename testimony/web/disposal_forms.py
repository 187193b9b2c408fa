"""What custodians type when they hold, let go of, or record what came from outside."""

import re
from datetime import UTC, datetime

from flask_babel import lazy_gettext
from wtforms import DateField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from testimony.domain.disposal import Cause, DemandKind, HoldCause, HoldScope, IncidentKind
from testimony.domain.vocabulary import load
from testimony.storage.compartments import Compartment
from testimony.web.custody_forms import GraveForm
from testimony.web.custody_words import COMPARTMENTS
from testimony.web.disposal_words import CAUSES, DEMAND_KINDS, SCOPES
from testimony.web.forms import ArchiveForm
from testimony.web.translation import current_language

_MAX_WORDS, _MAX_CODES, _MAX_LINE = 4_000, 20_000, 200
_NONE = ("", lazy_gettext("None"))


class ErasureForm(GraveForm):
    cause = SelectField(lazy_gettext("Why it may go"))

    def offer(self) -> None:
        self.cause.choices = [(cause.value, CAUSES[cause]) for cause in Cause]


class HoldForm(GraveForm):
    scope = SelectField(lazy_gettext("What is held"))
    codes = TextAreaField(lazy_gettext("Codes of testimonies"), [Optional(), Length(max=_MAX_CODES)])
    case_id = SelectField(lazy_gettext("Or a whole case"), [Optional()])
    cause = SelectField(lazy_gettext("Why"))
    authority = StringField(
        lazy_gettext("Who ordered or asked for it"),
        [InputRequired(lazy_gettext("Say who ordered or asked for it.")), Length(max=_MAX_WORDS)],
    )
    review_on = DateField(
        lazy_gettext("Look at it again on"), [InputRequired(lazy_gettext("Choose the day of the review."))]
    )

    def offer(self, cases: tuple[str, ...]) -> None:
        self.scope.choices = [(scope.value, SCOPES[scope]) for scope in HoldScope]
        self.case_id.choices = [_NONE, *((case, case) for case in cases)]
        terms = load("hold")
        self.cause.choices = [(c.value, terms.label(c.value, current_language())) for c in HoldCause]


class KeepHoldForm(GraveForm):
    review_on = DateField(
        lazy_gettext("Look at it again on"), [InputRequired(lazy_gettext("Choose the day of the review."))]
    )


class DemandForm(GraveForm):
    received_on = DateField(lazy_gettext("Received on"), [InputRequired(lazy_gettext("Choose the day."))])
    kind = SelectField(lazy_gettext("What came"))
    words = TextAreaField(
        lazy_gettext("From whom, and what is demanded"),
        [InputRequired(lazy_gettext("Say who demands what.")), Length(max=_MAX_WORDS)],
    )
    codes = TextAreaField(lazy_gettext("Codes of testimonies"), [Optional(), Length(max=_MAX_CODES)])
    case_id = SelectField(lazy_gettext("Or a whole case"), [Optional()])

    def offer(self, cases: tuple[str, ...]) -> None:
        self.kind.choices = [(kind.value, DEMAND_KINDS[kind]) for kind in DemandKind]
        self.case_id.choices = [_NONE, *((case, case) for case in cases)]


class WordsForm(ArchiveForm):
    words = TextAreaField(
        lazy_gettext("In words"), [InputRequired(lazy_gettext("Write it down.")), Length(max=_MAX_WORDS)]
    )


class LossForm(ArchiveForm):
    handle = SelectField(lazy_gettext("An account whose keys were lost"), [Optional()])
    compartment = SelectField(lazy_gettext("A secret that was lost"), [Optional()])
    copied_on = DateField(lazy_gettext("Day of the copy that was lost"), [Optional()])
    since = DateField(lazy_gettext("Not safe since"), [Optional()])

    def offer(self, handles: tuple[str, ...]) -> None:
        self.handle.choices = [_NONE, *((handle, handle) for handle in handles)]
        self.compartment.choices = [_NONE, *((c.value, COMPARTMENTS[c]) for c in Compartment)]


class IncidentForm(LossForm):
    kind = SelectField(lazy_gettext("What happened"))
    found_on = DateField(lazy_gettext("Found on"), [InputRequired(lazy_gettext("Choose the day."))])
    found_at = StringField(
        lazy_gettext("At, in UTC"),
        [InputRequired(lazy_gettext("Give the hour, such as 14:30.")), Length(max=_MAX_LINE)],
    )
    words = TextAreaField(
        lazy_gettext("In words"), [InputRequired(lazy_gettext("Write it down.")), Length(max=_MAX_WORDS)]
    )

    def offer(self, handles: tuple[str, ...]) -> None:
        LossForm.offer(self, handles)
        terms = load("incident_sec")
        self.kind.choices = [(k.value, terms.label(k.value, current_language())) for k in IncidentKind]

    def moment(self) -> datetime:
        """Raises ValueError for an hour that is none."""
        hour, minute = self.text("found_at").strip().split(":")
        day = self.found_on.data
        if day is None:
            raise ValueError
        return datetime(day.year, day.month, day.day, int(hour), int(minute), tzinfo=UTC)


def typed_codes(text: str) -> tuple[str, ...]:
    """Codes between white space, commas and semicolons, as somebody copies a list."""
    return tuple(code for code in re.split(r"[\s,;،؛]+", text) if code)
