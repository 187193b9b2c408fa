"""Preparing to hand a released text over to somebody outside. A custodian approves it."""

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import BooleanField, DateField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from testimony.domain.audit import DenyReason
from testimony.domain.errors import Invalid, Refused
from testimony.domain.purposes import Audience, Purpose
from testimony.domain.roles import Role
from testimony.domain.vocabulary import load
from testimony.policy.disclosing import purposes_of
from testimony.services import disclosing
from testimony.services.review import warning_of
from testimony.web.custody_words import AUDIENCES
from testimony.web.forms import ArchiveForm, add_error
from testimony.web.guards import allow
from testimony.web.log_views import purpose_label
from testimony.web.log_words import REASONS
from testimony.web.review_queue import blueprint
from testimony.web.sessions import current_session
from testimony.web.translation import current_language
from testimony.web.wiring import now


class HandOverForm(ArchiveForm):
    kind = SelectField(lazy_gettext("Kind of recipient"))
    name = StringField(
        lazy_gettext("Who receives it"),
        [InputRequired(lazy_gettext("Say who receives it.")), Length(max=disclosing.MAX_NAME)],
    )
    purpose = SelectField(lazy_gettext("For"))
    audience = SelectField(lazy_gettext("Which release"))
    of_the_state = BooleanField(lazy_gettext("It belongs to the state of the events"))
    death_penalty = BooleanField(lazy_gettext("The death penalty may apply there"))
    fair_trial = BooleanField(lazy_gettext("A review found that trials are fair there"))
    protective = BooleanField(lazy_gettext("Protective measures were agreed"))
    expires_on = DateField(lazy_gettext("To be given back by"), [Optional()])

    def offer(self) -> None:
        recipients, language = load("recipient"), current_language()
        kinds = [code for code in recipients.codes if purposes_of(code)]
        purposes = sorted({purpose for code in kinds for purpose in purposes_of(code)})
        self.kind.choices = [(code, recipients.label(code, language)) for code in kinds]
        self.purpose.choices = [(one.value, purpose_label(one.value)) for one in purposes]
        self.audience.choices = [(one.value, AUDIENCES[one]) for one in Audience]


@blueprint.get("/<code>/hand-over")
@allow(Role.REVIEWER)
def hand_over_page(code: str) -> ResponseReturnValue:
    warning_of(current_session(), code)
    return _page(code, HandOverForm(), 200)


@blueprint.post("/<code>/hand-over")
@allow(Role.REVIEWER)
def prepare_hand_over(code: str) -> ResponseReturnValue:
    form = HandOverForm.of_request()
    form.offer()
    if not form.validate():
        return _page(code, form, 422)
    wanted = disclosing.Wanted(
        purpose=Purpose(form.text("purpose")),
        audience=Audience(form.text("audience")),
        kind=form.text("kind"),
        name=form.text("name"),
        of_the_state=bool(form.of_the_state.data),
        death_penalty=bool(form.death_penalty.data),
        fair_trial=bool(form.fair_trial.data),
        protective=bool(form.protective.data),
        expires_on=form.expires_on.data,
    )
    try:
        disclosing.prepare(current_session(), code, wanted, now())
    except Invalid as fault:
        for problem in fault.problems:
            add_error(form, problem.field, gettext("This does not fit."))
        return _page(code, form, 422)
    except Refused as refusal:
        for reason in refusal.reasons:
            add_error(form, "purpose", str(REASONS[DenyReason(reason)]))
        return _page(code, form, 422)
    return render_template("review/handed_over.html", code=code)


def _page(code: str, form: HandOverForm, status: int) -> ResponseReturnValue:
    form.offer()
    return render_template("review/hand_over.html", code=code, form=form), status
