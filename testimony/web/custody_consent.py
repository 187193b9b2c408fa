"""What witnesses allow over time, as custodians keep it: what is due, the versions, new decisions, taking back."""

from datetime import date, datetime

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext, ngettext
from wtforms import DateField, PasswordField, SelectField
from wtforms.validators import InputRequired, Length

from testimony.domain.errors import Conflict, Invalid, SignInFailed
from testimony.domain.purposes import Purpose
from testimony.domain.roles import Role
from testimony.services import consent_events, consent_history, consenting, withdrawing
from testimony.services.accounts import require_password
from testimony.services.sessions import Session
from testimony.web.custody_blueprint import blueprint, is_confirmed
from testimony.web.custody_forms import GraveForm
from testimony.web.custody_words import WRONG_PASSWORD
from testimony.web.forms import ArchiveForm, add_error
from testimony.web.guards import allow
from testimony.web.later_consent_forms import DecideForm, WithdrawForm, answers, lay, purpose_rows
from testimony.web.later_consent_views import proposal_line, receipt_page, version_line
from testimony.web.log_views import purpose_label
from testimony.web.rooms import Waiting
from testimony.web.sessions import current_session
from testimony.web.wiring import now

DEATH = "death"


class EventForm(ArchiveForm):
    what = SelectField(lazy_gettext("What happened"), [InputRequired(lazy_gettext("Choose what happened."))])
    occurred_on = DateField(lazy_gettext("On which day?"), [InputRequired(lazy_gettext("Give the day."))])

    def offer(self) -> None:
        events = [
            (
                purpose.value,
                gettext("The witness's event for %(purpose)s", purpose=purpose_label(purpose.value)),
            )
            for purpose in Purpose
        ]
        choose = ("", gettext("Choose"))
        self.what.choices = [choose, (DEATH, gettext("The witness has died")), *events]


class PasswordForm(ArchiveForm):
    password = PasswordField(
        lazy_gettext("Your password"),
        [InputRequired(lazy_gettext("Type your password.")), Length(max=512)],
    )


@blueprint.get("/promises")
@allow(Role.CUSTODIAN)
def due_page() -> ResponseReturnValue:
    due = consent_history.due(current_session(), now())
    proposals = tuple((one, proposal_line(one)) for one in due.proposals)
    return render_template(
        "custody/due.html", due=due, proposals=proposals, today=now().date(), tell_by=consent_history.tell_by
    )


@blueprint.get("/register/<code>/consent")
@allow(Role.CUSTODIAN)
def consent_page(code: str) -> ResponseReturnValue:
    return _consent_page(code, EventForm(), 200)


@blueprint.get("/register/<code>/consent/new")
@allow(Role.CUSTODIAN)
def new_consent_page(code: str) -> ResponseReturnValue:
    return _decide_page(code, DecideForm(), 200)


@blueprint.post("/register/<code>/consent/new")
@allow(Role.CUSTODIAN)
def record_consent(code: str) -> ResponseReturnValue:
    form = DecideForm.of_request()
    form.offer()
    if not form.validate():
        return _decide_page(code, form, 422)
    try:
        consenting.record(current_session(), code, form.change, form.words, form.taken, now())
    except Invalid as fault:
        lay(form, fault)
        return _decide_page(code, form, 422)
    return redirect(url_for("custody.consent_page", code=code), code=303)


@blueprint.post("/consents/<proposal_id>/confirm")
@allow(Role.CUSTODIAN)
def confirm_consent(proposal_id: str) -> ResponseReturnValue:
    form = PasswordForm.of_request()
    if not _has_password(form):
        return _sorry(form)
    done = consenting.confirm(current_session(), proposal_id, now())
    return redirect(url_for("custody.consent_page", code=done.code), code=303)


@blueprint.post("/consents/<proposal_id>/decline")
@allow(Role.CUSTODIAN)
def decline_consent(proposal_id: str) -> ResponseReturnValue:
    form = GraveForm.of_request()
    if not is_confirmed(current_session(), form):
        return _sorry(form)
    consenting.decline(current_session(), proposal_id, form.text("reason"), now())
    return redirect(url_for("custody.due_page"), code=303)


@blueprint.post("/register/<code>/events")
@allow(Role.CUSTODIAN)
def record_event(code: str) -> ResponseReturnValue:
    form, session = EventForm.of_request(), current_session()
    form.offer()
    if not form.validate():
        return _consent_page(code, form, 422)
    day, what = form.occurred_on.data or date.max, form.text("what")
    try:
        if what == DEATH:
            consent_events.record_death(session, code, day, now())
        else:
            consent_events.record_event(session, code, Purpose(what), day, now())
    except Invalid as fault:
        for problem in fault.problems:
            late = problem.field == "occurred_on"
            sentence = gettext("This day lies ahead.") if late else gettext("No condition waits for this.")
            add_error(form, "occurred_on" if late else "what", sentence)
        return _consent_page(code, form, 422)
    return redirect(url_for("custody.consent_page", code=code), code=303)


@blueprint.post("/events/<event_id>/confirm")
@allow(Role.CUSTODIAN)
def confirm_event(event_id: str) -> ResponseReturnValue:
    form = PasswordForm.of_request()
    if not _has_password(form):
        return _sorry(form)
    consent_events.confirm_event(current_session(), event_id, now())
    return redirect(url_for("custody.due_page"), code=303)


@blueprint.post("/events/<event_id>/drop")
@allow(Role.CUSTODIAN)
def drop_event(event_id: str) -> ResponseReturnValue:
    form = GraveForm.of_request()
    if not is_confirmed(current_session(), form):
        return _sorry(form)
    consent_events.drop_event(current_session(), event_id, form.text("reason"), now())
    return redirect(url_for("custody.due_page"), code=303)


@blueprint.get("/register/<code>/taking-back")
@allow(Role.CUSTODIAN)
def taking_back_page(code: str) -> ResponseReturnValue:
    return _taking_back_page(code, WithdrawForm(), 200)


@blueprint.post("/register/<code>/taking-back")
@allow(Role.CUSTODIAN)
def take_back(code: str) -> ResponseReturnValue:
    session = current_session()
    form = WithdrawForm.of_request()
    form.offer(withdrawing.what_stands(session, code, now()).purposes)
    if not form.validate():
        return _taking_back_page(code, form, 422)
    try:
        done = withdrawing.withdraw(session, code, form.chosen, form.taken, now())
    except Invalid as fault:
        lay(form, fault)
        return _taking_back_page(code, form, 422)
    except Conflict:
        add_error(form, "purposes", gettext("Nothing of this stands any more."))
        return _taking_back_page(code, form, 422)
    return redirect(url_for("custody.receipt", code=done.code, version=done.version), code=303)


@blueprint.get("/register/<code>/taken-back/<int:version>")
@allow(Role.CUSTODIAN)
def receipt(code: str, version: int) -> ResponseReturnValue:
    page = receipt_page(withdrawing.receipt(current_session(), code, version, now()))
    return render_template("custody/receipt.html", page=page)


@blueprint.post("/register/<code>/taken-back/<int:version>")
@allow(Role.CUSTODIAN)
def note_receipt(code: str, version: int) -> ResponseReturnValue:
    """What became of the paper, or that the witness was told."""
    session, said = current_session(), request.form.get("said", "")
    if said == "told":
        withdrawing.confirm_to_witness(session, code, version, now())
    else:
        withdrawing.note_receipt(session, code, version, said, now())
    return redirect(url_for("custody.receipt", code=code, version=version), code=303)


def owed(session: Session, at: datetime) -> Waiting:
    """The line on the front page."""
    count = consent_history.count_due(session, at)
    sentence = ngettext("%(num)s thing is owed to a witness", "%(num)s things are owed to witnesses", count)
    return Waiting(sentence, url_for("custody.due_page"), count)


def _consent_page(code: str, form: EventForm, status: int) -> ResponseReturnValue:
    history = consent_history.history(current_session(), code, now())
    form.offer()
    page = render_template(
        "custody/consent.html",
        history=history,
        versions=tuple(version_line(one) for one in history.versions),
        proposal=None if history.proposal is None else proposal_line(history.proposal),
        withdrawn=tuple(
            (date.fromisoformat(one.withdrawn_on), one.version, one) for one in history.withdrawals
        ),
        form=form,
    )
    return page, status


def _decide_page(code: str, form: DecideForm, status: int) -> ResponseReturnValue:
    before = consenting.what_was_decided(current_session(), code, now())
    form.offer()
    action = url_for("custody.record_consent", code=code)
    page = render_template(
        "custody/decide.html",
        form=form,
        rows=purpose_rows(before),
        answers=answers(),
        code=code,
        action=action,
        minor=before.minor,
    )
    return page, status


def _taking_back_page(code: str, form: WithdrawForm, status: int) -> ResponseReturnValue:
    standing = withdrawing.what_stands(current_session(), code, now())
    form.offer(standing.purposes)
    return render_template("custody/taking_back.html", form=form, standing=standing), status


def _has_password(form: PasswordForm) -> bool:
    if not form.validate():
        return False
    try:
        require_password(current_session(), form.text("password"), now())
    except SignInFailed:
        add_error(form, "password", str(WRONG_PASSWORD))
        return False
    return True


def _sorry(form: ArchiveForm) -> ResponseReturnValue:
    """The list again, with what was wrong at its top."""
    due = consent_history.due(current_session(), now())
    proposals = tuple((one, proposal_line(one)) for one in due.proposals)
    values = {"due": due, "proposals": proposals, "today": now().date(), "tell_by": consent_history.tell_by}
    page = render_template("custody/due.html", form=form, **values)
    return page, 422
