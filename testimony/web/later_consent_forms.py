"""What is asked when a witness takes something back or decides anew: the same in the rooms of interviewers and
custodians.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from flask import request
from flask_babel import LazyString, lazy_gettext
from wtforms import BooleanField, DateField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from testimony.domain.consent import HIDE_DETAILS, Decision
from testimony.domain.consent_terms import Change, Decided, Terms
from testimony.domain.errors import Invalid
from testimony.domain.purposes import Purpose
from testimony.domain.vocabulary import load
from testimony.services.consent_versions import Taken
from testimony.services.consent_words import MAX_WORDS, Words
from testimony.web.custody_forms import Ticks
from testimony.web.forms import ArchiveForm, add_error
from testimony.web.intake_fields import languages, terms
from testimony.web.log_views import purpose_label
from testimony.web.translation import current_language

RECOGNISED: Mapping[str, LazyString] = {
    "safe_words": lazy_gettext("By the safe words"),
    "known_in_person": lazy_gettext("I know this person"),
    "through_lawyer": lazy_gettext("Through their lawyer"),
    "guardian_present": lazy_gettext("Their guardian is there and was recognised"),
}
CHANNELS: Mapping[str, LazyString] = {
    "in_person": lazy_gettext("In person"),
    "by_telephone": lazy_gettext("By telephone"),
    "in_writing": lazy_gettext("In writing"),
    "through_lawyer": lazy_gettext("Through a lawyer"),
    "through_organisation": lazy_gettext("Through another organisation"),
}
ANSWERS: Mapping[str, LazyString] = {
    "": lazy_gettext("As it is"),
    Decision.GRANTED.value: lazy_gettext("Yes"),
    Decision.GRANTED_WITH_CONDITIONS.value: lazy_gettext("Yes, if…"),
    Decision.REFUSED.value: lazy_gettext("No"),
    Decision.DEFERRED.value: lazy_gettext("Later"),
}
DECISIONS: Mapping[Decision, LazyString] = {
    Decision.GRANTED: lazy_gettext("Yes"),
    Decision.GRANTED_WITH_CONDITIONS: lazy_gettext("Yes, if…"),
    Decision.REFUSED: lazy_gettext("No"),
    Decision.NOT_ASKED: lazy_gettext("Not asked"),
    Decision.DEFERRED: lazy_gettext("Later"),
    Decision.WITHDRAWN: lazy_gettext("Taken back"),
    Decision.EXPIRED: lazy_gettext("Ended, must be asked again"),
}
_PROBLEMS: Mapping[str, LazyString] = {
    "required": lazy_gettext("This is needed."),
    "out_of_range": lazy_gettext("This day does not fit."),
    "before_the_last": lazy_gettext("This day lies before the last decision."),
    "depends_on": lazy_gettext("This purpose needs another one that is not allowed."),
    "conditions": lazy_gettext("“Yes, if…” needs a condition, and a condition needs “Yes, if…”."),
    "not_for_decision": lazy_gettext("This does not fit what was decided."),
    "too_long": lazy_gettext("This is too long."),
}
_CHOOSE = ("", lazy_gettext("Choose"))
_ANY = "any"


class CodeForm(ArchiveForm):
    code = StringField(
        lazy_gettext("Code of the account"),
        [InputRequired(lazy_gettext("Type the code you were told.")), Length(max=40)],
    )


class _TakenForm(ArchiveForm):
    """How the witness came, and how they were recognised. Never by a document."""

    recognised_by = SelectField(lazy_gettext("How did you recognise the witness?"), default="")
    channel = SelectField(lazy_gettext("How did they reach you?"), default="")

    def offer_taken(self) -> None:
        self.recognised_by.choices = [_CHOOSE, *RECOGNISED.items()]
        self.channel.choices = [_CHOOSE, *CHANNELS.items()]

    @property
    def taken(self) -> Taken:
        return Taken(self.text("recognised_by"), self.text("channel"))


class WithdrawForm(_TakenForm):
    purposes = Ticks(lazy_gettext("What does the witness take back?"), [Optional()])

    def offer(self, standing: tuple[Purpose, ...]) -> None:
        self.offer_taken()
        everything = (_ANY, lazy_gettext("Everything"))
        self.purposes.choices = [everything, *((one.value, purpose_label(one.value)) for one in standing)]

    @property
    def chosen(self) -> frozenset[Purpose]:
        ticked = self.purposes.data or []
        return frozenset(Purpose) if _ANY in ticked else frozenset(Purpose(one) for one in ticked)


class DecideForm(_TakenForm):
    given_on = DateField(lazy_gettext("On which day?"), [InputRequired(lazy_gettext("Give the day."))])
    language = SelectField(lazy_gettext("In which language was it explained?"))
    evidence = SelectField(lazy_gettext("How was it confirmed?"))
    explained = BooleanField(
        lazy_gettext("Everything was explained anew, and the witness was free, sober and understood")
    )
    review_due = DateField(lazy_gettext("Ask again before"), [Optional()])
    conditions = Ticks(lazy_gettext("Conditions of each “Yes, if…” above"), [Optional()])
    hide = TextAreaField(lazy_gettext("What must be hidden"), [Length(max=MAX_WORDS)])
    said = TextAreaField(lazy_gettext("Anything else that was said of it"), [Length(max=MAX_WORDS)])
    not_before = DateField(lazy_gettext("Not before"), [Optional()])
    valid_until = DateField(lazy_gettext("Only until the day before"), [Optional()])
    reconfirm_on = DateField(lazy_gettext("Day on which the child comes of age"), [Optional()])
    guardian_ok = SelectField(lazy_gettext("Guardian and child"), default="")
    own_decision = BooleanField(lazy_gettext("The person is of age now and decided alone"))

    def offer(self) -> None:
        self.offer_taken()
        language = current_language()
        conditions = load("consent_condition")
        self.language.choices = [_CHOOSE, *languages()]
        self.evidence.choices = [_CHOOSE, *terms("consent_evidence")()]
        self.conditions.choices = [(code, conditions.label(code, language)) for code in conditions.codes]
        self.guardian_ok.choices = [
            ("", lazy_gettext("As it is")),
            ("yes", lazy_gettext("Both agreed")),
            ("no", lazy_gettext("One of them did not agree")),
        ]

    @property
    def change(self) -> Change:
        guardian = {"yes": True, "no": False}.get(self.text("guardian_ok"))
        return Change(
            decisions=tuple(self._decided(purpose) for purpose in Purpose if _answer(purpose)),
            given_on=self.given_on.data or date.min,
            language=self.text("language"),
            evidence=self.text("evidence"),
            review_due=self.review_due.data,
            reconfirm_on=self.reconfirm_on.data,
            explained=bool(self.explained.data),
            own_decision=bool(self.own_decision.data),
            guardian_ok=guardian,
        )

    @property
    def words(self) -> Words:
        hide = self.text("hide").strip()
        return Words(((HIDE_DETAILS, hide),) if hide else (), self.text("said").strip())

    def _decided(self, purpose: Purpose) -> Decided:
        decision = Decision(_answer(purpose))
        if decision is Decision.GRANTED_WITH_CONDITIONS:
            codes = tuple(sorted(self.conditions.data or []))
            until = self.valid_until.data
            return Decided(purpose, decision, codes, self.not_before.data if "CC07" in codes else None, until)
        until = self.valid_until.data if decision is Decision.GRANTED else None
        return Decided(purpose, decision, valid_until=until)


@dataclass(frozen=True, slots=True)
class PurposeRow:
    """One purpose on the page: what was said last, and what was chosen now."""

    name: str
    label: str
    now: str
    chosen: str


def purpose_rows(before: Terms) -> tuple[PurposeRow, ...]:
    return tuple(
        PurposeRow(
            f"decision-{purpose.value}",
            purpose_label(purpose.value),
            str(DECISIONS[before.decision_on(purpose).decision]),
            _answer(purpose),
        )
        for purpose in Purpose
    )


def answers() -> tuple[tuple[str, str], ...]:
    return tuple((value, str(words)) for value, words in ANSWERS.items())


def lay(form: ArchiveForm, fault: Invalid) -> None:
    """Lay each problem to its field; one of a purpose to the conditions, which stand below all purposes."""
    fields = {"decisions": "conditions", "words": "said", "purposes": "purposes"}
    for problem in fault.problems:
        name = problem.field.partition(".")[0]
        name = fields.get(name, name)
        target = name if name in form else next(iter(form)).name
        about = problem.field.partition(".")[2]
        sentence = str(_PROBLEMS.get(problem.code, _PROBLEMS["not_for_decision"]))
        add_error(form, target, f"{purpose_label(about)}: {sentence}" if about else sentence)


def _answer(purpose: Purpose) -> str:
    sent = request.form.get(f"decision-{purpose.value}", "")
    return sent if sent in ANSWERS else ""
