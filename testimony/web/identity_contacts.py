"""Contacts that somebody has to make: the ways to the witness, the witness's rules, how it went. No name."""

from dataclasses import asdict, dataclass
from datetime import date

from flask import make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from testimony.services import contact_tasks
from testimony.services.contact_tasks import TaskView
from testimony.web.custody_blueprint import is_confirmed
from testimony.web.guards import allow
from testimony.web.identity_base import REACHING, blueprint, lay
from testimony.web.identity_forms import FinishForm, PasswordForm
from testimony.web.identity_words import OUTCOMES, condition_label
from testimony.web.sessions import current_session
from testimony.web.wiring import now


@dataclass(frozen=True, slots=True)
class TaskLine:
    id: str
    code: str
    due: date
    outcome: str
    is_open: bool


@blueprint.get("/contacts/<contact_id>")
@allow(*REACHING)
def contact_page(contact_id: str) -> ResponseReturnValue:
    return _page(contact_id, PasswordForm(), FinishForm(), 200)


@blueprint.post("/contacts/<contact_id>/show")
@allow(*REACHING)
def show_contact(contact_id: str) -> ResponseReturnValue:
    session, form = current_session(), PasswordForm.of_request()
    if not is_confirmed(session, form):
        return _page(contact_id, form, FinishForm(), 422)
    shown = contact_tasks.show_task(session, contact_id, now())
    return render_template(
        "identity/contact_shown.html",
        line=task_line(shown.task),
        rules=tuple(condition_label(code) for code in shown.rules),
        cards=tuple(lay(asdict(card)) for card in shown.cards),
    )


@blueprint.post("/contacts/<contact_id>/done")
@allow(*REACHING)
def finish_contact(contact_id: str) -> ResponseReturnValue:
    form = FinishForm.of_request()
    form.offer()
    if not form.validate():
        return _page(contact_id, PasswordForm(), form, 422)
    contact_tasks.finish(current_session(), contact_id, form.text("outcome"), form.text("note"), now())
    return redirect(url_for("identity.contact_page", contact_id=contact_id), code=303)


def _page(contact_id: str, form: PasswordForm, ending: FinishForm, status: int) -> ResponseReturnValue:
    ending.offer()
    line = task_line(contact_tasks.find_task(current_session(), contact_id, now()))
    return make_response(
        render_template("identity/contact.html", line=line, form=form, ending=ending), status
    )


def task_line(view: TaskView) -> TaskLine:
    words = str(OUTCOMES.get(view.outcome, view.outcome))
    return TaskLine(view.task_id, view.code, view.due_on, words, view.outcome == "open")
