"""Cases as custodians keep them."""

from flask import make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from testimony.domain.cases import CaseStatus
from testimony.domain.errors import Conflict, Invalid, NotFound
from testimony.domain.purposes import Audience
from testimony.domain.roles import Role
from testimony.services import custody, thresholds
from testimony.web.custody_blueprint import blueprint, is_confirmed
from testimony.web.custody_forms import CaseForm, CaseStatusForm, ThresholdForm
from testimony.web.custody_words import (
    AUDIENCES,
    CASE_STATUSES,
    lay_problems,
    read_moment,
)
from testimony.web.forms import add_error
from testimony.web.guards import allow
from testimony.web.sessions import current_session
from testimony.web.wiring import now


@blueprint.get("/cases")
@allow(Role.CUSTODIAN)
def cases_page() -> ResponseReturnValue:
    views = tuple(
        (view, CASE_STATUSES[CaseStatus(view.case.status)], read_moment(view.case.opened_at))
        for view in custody.list_cases(current_session(), now())
    )
    return render_template("custody/cases.html", views=views)


@blueprint.get("/cases/new")
@allow(Role.CUSTODIAN)
def case_form_page() -> ResponseReturnValue:
    return _case_form_page(CaseForm(), 200)


@blueprint.post("/cases/new")
@allow(Role.CUSTODIAN)
def open_case() -> ResponseReturnValue:
    form = CaseForm.of_request()
    if not form.validate():
        return _case_form_page(form, 422)
    try:
        custody.open_case(current_session(), form.text("case_id").strip(), form.text("title"), now())
    except Invalid as fault:
        lay_problems(form, fault)
        return _case_form_page(form, 422)
    except Conflict:
        add_error(form, "case_id", gettext("There is a case of this name already."))
        return _case_form_page(form, 422)
    return redirect(url_for("custody.cases_page"), code=303)


@blueprint.get("/cases/<case_id>")
@allow(Role.CUSTODIAN)
def case_page(case_id: str) -> ResponseReturnValue:
    return _case_page(case_id, CaseStatusForm(), 200)


@blueprint.post("/cases/<case_id>/status")
@allow(Role.CUSTODIAN)
def set_case_status(case_id: str) -> ResponseReturnValue:
    session, form = current_session(), CaseStatusForm.of_request()
    form.offer(custody.find_case(session, case_id, now()).status)
    if not is_confirmed(session, form):
        return _case_page(case_id, form, 422)
    custody.set_case_status(session, case_id, CaseStatus(form.text("status")), form.text("reason"), now())
    return redirect(url_for("custody.case_page", case_id=case_id), code=303)


@blueprint.post("/cases/<case_id>/threshold")
@allow(Role.CUSTODIAN)
def set_threshold(case_id: str) -> ResponseReturnValue:
    session, form = current_session(), ThresholdForm.of_request()
    custody.find_case(session, case_id, now())
    form.offer(_audiences())
    if not is_confirmed(session, form):
        return _case_page(case_id, CaseStatusForm(formdata=None), 422, form)
    people = form.people.data
    chosen, reason = Audience(form.text("audience")), form.text("reason")
    thresholds.set_threshold(session, case_id, chosen, people or 0, reason, now())
    return redirect(url_for("custody.case_page", case_id=case_id), code=303)


def _case_form_page(form: CaseForm, status: int) -> ResponseReturnValue:
    return make_response(render_template("custody/case_new.html", form=form), status)


def _audiences() -> tuple[tuple[str, str], ...]:
    return tuple((audience.value, str(name)) for audience, name in AUDIENCES.items())


def _case_page(
    case_id: str, form: CaseStatusForm, status: int, threshold: ThresholdForm | None = None
) -> ResponseReturnValue:
    views = custody.list_cases(current_session(), now())
    view = next((view for view in views if view.case.case_id == case_id), None)
    if view is None:
        raise NotFound
    form.offer(view.case.status)
    if threshold is None:
        threshold = ThresholdForm(formdata=None)
        threshold.offer(_audiences())
    kept = thresholds.thresholds_of(current_session(), case_id)
    page = render_template(
        "custody/case.html",
        view=view,
        opened=read_moment(view.case.opened_at),
        standing=CASE_STATUSES[CaseStatus(view.case.status)],
        form=form,
        threshold=threshold,
        people=tuple((AUDIENCES[audience], number) for audience, number in kept.items()),
    )
    return make_response(page, status)
