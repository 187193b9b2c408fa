"""A witness comes back to an interviewer: to take something back, or to decide anew.

The interviewer types the code they were told and sees what it allows, nothing else. Steps: code, what, done.
"""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from testimony.domain.errors import Conflict, Invalid, NotFound
from testimony.domain.roles import Role
from testimony.services import consenting, withdrawing
from testimony.web.forms import add_error
from testimony.web.guards import allow
from testimony.web.intake_base import blueprint
from testimony.web.later_consent_forms import CodeForm, DecideForm, WithdrawForm, answers, lay, purpose_rows
from testimony.web.later_consent_views import receipt_page
from testimony.web.sessions import current_session
from testimony.web.wiring import now


@blueprint.get("/coming-back")
@allow(Role.INTERVIEWER)
def coming_back() -> ResponseReturnValue:
    return _ask_code(CodeForm(), 200)


@blueprint.post("/coming-back")
@allow(Role.INTERVIEWER)
def look_up() -> ResponseReturnValue:
    """The code was typed; `act` says what for."""
    form = CodeForm.of_request()
    if not form.validate():
        return _ask_code(form, 422)
    code = form.text("code").strip()
    try:
        if request.form.get("act") == "decide":
            return _decide_page(code, DecideForm(), 200)
        return _taking_back_page(code, WithdrawForm(), 200)
    except NotFound:
        return _unknown(form)


@blueprint.post("/coming-back/taken-back")
@allow(Role.INTERVIEWER)
def take_back() -> ResponseReturnValue:
    session, code = current_session(), request.form.get("code", "")
    form = WithdrawForm.of_request()
    try:
        form.offer(withdrawing.what_stands(session, code, now()).purposes)
        if not form.validate():
            return _taking_back_page(code, form, 422)
        done = withdrawing.withdraw(session, code, form.chosen, form.taken, now())
    except NotFound:
        return _unknown(CodeForm.of_request())
    except Invalid as fault:
        lay(form, fault)
        return _taking_back_page(code, form, 422)
    except Conflict:
        add_error(form, "purposes", gettext("Nothing of this stands any more."))
        return _taking_back_page(code, form, 422)
    return redirect(url_for("intake.receipt", code=done.code, version=done.version), code=303)


@blueprint.post("/coming-back/decided")
@allow(Role.INTERVIEWER)
def record_decision() -> ResponseReturnValue:
    session, code = current_session(), request.form.get("code", "")
    form = DecideForm.of_request()
    form.offer()
    try:
        if not form.validate():
            return _decide_page(code, form, 422)
        done = consenting.record(session, code, form.change, form.words, form.taken, now())
    except NotFound:
        return _unknown(CodeForm.of_request())
    except Invalid as fault:
        lay(form, fault)
        return _decide_page(code, form, 422)
    return render_template("intake/decided.html", done=done)


@blueprint.get("/taken-back/<code>/<int:version>")
@allow(Role.INTERVIEWER)
def receipt(code: str, version: int) -> ResponseReturnValue:
    page = receipt_page(withdrawing.receipt(current_session(), code, version, now()))
    return render_template("intake/receipt.html", page=page)


@blueprint.post("/taken-back/<code>/<int:version>")
@allow(Role.INTERVIEWER)
def note_receipt(code: str, version: int) -> ResponseReturnValue:
    session, said = current_session(), request.form.get("said", "")
    if said == "told":
        withdrawing.confirm_to_witness(session, code, version, now())
    else:
        withdrawing.note_receipt(session, code, version, said, now())
    return redirect(url_for("intake.receipt", code=code, version=version), code=303)


def _ask_code(form: CodeForm, status: int) -> ResponseReturnValue:
    return render_template("intake/coming_back.html", form=form), status


def _unknown(form: CodeForm) -> ResponseReturnValue:
    """No such account, one that is gone, and a code that is none look the same."""
    form.validate()
    add_error(form, "code", gettext("There is no account with this code that can be changed here."))
    return _ask_code(form, 422)


def _taking_back_page(code: str, form: WithdrawForm, status: int) -> ResponseReturnValue:
    standing = withdrawing.what_stands(current_session(), code, now())
    form.offer(standing.purposes)
    return render_template("intake/taking_back.html", form=form, standing=standing), status


def _decide_page(code: str, form: DecideForm, status: int) -> ResponseReturnValue:
    before = consenting.what_was_decided(current_session(), code, now())
    form.offer()
    page = render_template(
        "intake/decide.html",
        form=form,
        rows=purpose_rows(before),
        answers=answers(),
        code=code,
        action=url_for("intake.record_decision"),
        minor=before.minor,
    )
    return page, status
