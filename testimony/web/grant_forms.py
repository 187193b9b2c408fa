"""What is typed when a grant is asked for, approved or refused, and when a wall is set."""

from datetime import timedelta

from flask_babel import lazy_gettext
from wtforms import BooleanField, DateField, HiddenField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from testimony.domain.grants import ClosedPart
from testimony.domain.purposes import READING_PURPOSES, Purpose
from testimony.services.grant_checks import Wanted
from testimony.web.custody_forms import GraveForm, Ticks
from testimony.web.custody_words import CLOSED_PARTS
from testimony.web.forms import ArchiveForm
from testimony.web.log_forms import start_of
from testimony.web.log_views import purpose_label

MAX_REASON = 500
_ID = 40


def _part_field(part: ClosedPart) -> StringField:
    return StringField(CLOSED_PARTS[part], [Optional(), Length(max=MAX_REASON)])


class AskForm(ArchiveForm):
    """A closed part is asked for by saying why: an empty line asks for nothing."""

    case_id = SelectField(lazy_gettext("May read the case"), [InputRequired(lazy_gettext("Choose a case."))])
    purposes = Ticks(lazy_gettext("For"), [InputRequired(lazy_gettext("Choose at least one purpose."))])
    part_S = _part_field(ClosedPart.SEXUAL_VIOLENCE)  # named by the code of the part
    part_C = _part_field(ClosedPart.CHILDREN)
    part_P = _part_field(ClosedPart.INSIDERS)
    part_R4 = _part_field(ClosedPart.EXTREME_RISK)
    originals = BooleanField(lazy_gettext("Also the originals: what witnesses told, word for word"))
    valid_from = DateField(lazy_gettext("From day"), [InputRequired(lazy_gettext("Choose the first day."))])
    valid_until = DateField(
        lazy_gettext("To day, included"), [InputRequired(lazy_gettext("Choose the last day."))]
    )
    reason = StringField(
        lazy_gettext("What it is needed for"),
        [InputRequired(lazy_gettext("Say what it is needed for.")), Length(max=MAX_REASON)],
    )
    renews = HiddenField("", [Optional(), Length(max=_ID)])

    def offer_cases(self, cases: tuple[tuple[str, str], ...]) -> None:
        self.case_id.choices = [("", lazy_gettext("Choose")), *cases]
        self.purposes.choices = [(code.value, purpose_label(code.value)) for code in READING_PURPOSES]

    def wanted(self, handle: str) -> Wanted:
        """What was typed, once it validated."""
        parts = {part: self.text(f"part_{part}") for part in ClosedPart}
        return Wanted(
            handle=handle,
            case_id=self.text("case_id"),
            purposes=frozenset(Purpose(code) for code in self.purposes.data or ()),
            closed_parts={part: why for part, why in parts.items() if why.strip()},
            originals=bool(self.originals.data),
            valid_from=start_of(self.valid_from.data),
            valid_until=start_of(self.valid_until.data) + timedelta(days=1),
            reason=self.text("reason"),
            renews=self.text("renews") or None,
        )


class ProposeForm(AskForm):
    handle = SelectField(lazy_gettext("Who"), [InputRequired(lazy_gettext("Choose an investigator."))])

    def offer_handles(self, handles: tuple[str, ...]) -> None:
        self.handle.choices = [("", lazy_gettext("Choose")), *((handle, handle) for handle in handles)]


class ApproveForm(GraveForm):
    """closed_parts, originals: what is approved by name; what is not ticked is not given."""

    closed_parts = Ticks(lazy_gettext("Closed parts that you approve"), [Optional()])
    originals = BooleanField(lazy_gettext("The originals as well"))

    def offer(self, parts: tuple[tuple[str, str], ...]) -> None:
        self.closed_parts.choices = list(parts)


class RefuseForm(GraveForm):
    def apart(self) -> None:
        """The page holds another form that asks for a reason and a password."""
        for each in (self.reason, self.password):
            each.id = f"refuse-{each.name}"


class WallForm(GraveForm):
    other = SelectField(lazy_gettext("The other case"), [InputRequired(lazy_gettext("Choose a case."))])

    def offer(self, cases: tuple[tuple[str, str], ...]) -> None:
        self.other.choices = [("", lazy_gettext("Choose")), *cases]
