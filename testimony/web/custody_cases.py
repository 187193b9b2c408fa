"""Cases and grants as custodians keep them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from testimony.domain.accounts import AccountState
from testimony.domain.cases import CaseStatus
from testimony.domain.errors import Conflict, Invalid, NotFound
from testimony.domain.grants import ClosedPart
from testimony.domain.purposes import Audience, Purpose
from testimony.domain.roles import Role
from testimony.services import accounts, custody, granting, thresholds
from testimony.services.granting import GrantRequest, GrantView, Standing
from testimony.web.custody_blueprint import blueprint, is_confirmed
from testimony.web.custody_forms import CaseForm, CaseStatusForm, GrantForm, GraveForm, ThresholdForm
from testimony.web.custody_words import (
    AUDIENCES,
    CASE_STATUSES,
    CLOSED_PARTS,
    STANDINGS,
    Word,
    lay_problems,
    read_moment,
)
from testimony.web.forms import add_error
from testimony.web.guards import allow
from testimony.web.log_forms import start_of
from testimony.web.log_views import purpose_label
from testimony.web.sessions import current_session
from testimony.web.translation import listed
from testimony.web.wiring import now

USUAL_SPAN = timedelta(days=29)
"""What a new grant's form suggests: thirty days, the last one included."""


@dataclass(frozen=True, slots=True)
class GrantLine:
    """One grant on the pages; `case_id` and what follows are empty when what is stored is not what was
    signed.
    """

    id: str
    handle: str
    standing: Word
    can_be_ended: bool
    case_id: str
    purposes: tuple[str, ...]
    codes: str
    parts: str
    originals: bool
    first_day: datetime | None
    last_moment: datetime | None


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


@blueprint.get("/grants")
@allow(Role.CUSTODIAN)
def grants_page() -> ResponseReturnValue:
    lines = tuple(_line(view) for view in granting.list_grants(current_session(), now()))
    return render_template("custody/grants.html", lines=lines)


@blueprint.get("/grants/new")
@allow(Role.CUSTODIAN)
def grant_form_page() -> ResponseReturnValue:
    today = now().date()
    return _grant_form_page(GrantForm(valid_from=today, valid_until=today + USUAL_SPAN), 200)


@blueprint.post("/grants/new")
@allow(Role.CUSTODIAN)
def give_grant() -> ResponseReturnValue:
    form = GrantForm.of_request()
    _offer(form)
    if not form.validate():
        return _grant_form_page(form, 422)
    try:
        granting.grant(current_session(), _request(form), now())
    except Invalid as fault:
        lay_problems(form, fault)
        return _grant_form_page(form, 422)
    return redirect(url_for("custody.grants_page"), code=303)


@blueprint.get("/grants/<grant_id>")
@allow(Role.CUSTODIAN)
def grant_page(grant_id: str) -> ResponseReturnValue:
    return _grant_page(grant_id, GraveForm(), 200)


@blueprint.post("/grants/<grant_id>/end")
@allow(Role.CUSTODIAN)
def end_grant(grant_id: str) -> ResponseReturnValue:
    session, form = current_session(), GraveForm.of_request()
    if not is_confirmed(session, form):
        return _grant_page(grant_id, form, 422)
    granting.end_grant(session, grant_id, form.text("reason"), now())
    return redirect(url_for("custody.grant_page", grant_id=grant_id), code=303)


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


def _grant_form_page(form: GrantForm, status: int) -> ResponseReturnValue:
    _offer(form)
    return make_response(render_template("custody/grant_new.html", form=form), status)


def _grant_page(grant_id: str, form: GraveForm, status: int) -> ResponseReturnValue:
    line = _line(granting.find_grant(current_session(), grant_id, now()))
    return make_response(render_template("custody/grant.html", line=line, form=form), status)


def _offer(form: GrantForm) -> None:
    session, at = current_session(), now()
    handles = tuple(
        view.handle
        for view in accounts.list_accounts(session, at)
        if Role.INVESTIGATOR in view.roles and view.state is not AccountState.SUSPENDED
    )
    cases = tuple(
        (view.case.case_id, f"{view.case.case_id} · {view.case.title}")
        for view in custody.list_cases(session, at)
        if view.case.status == CaseStatus.OPEN
    )
    form.offer(handles, cases)


def _request(form: GrantForm) -> GrantRequest:
    return GrantRequest(
        handle=form.text("handle"),
        case_id=form.text("case_id"),
        purposes=frozenset(Purpose(code) for code in form.purposes.data or ()),
        closed_parts=frozenset(ClosedPart(part) for part in form.closed_parts.data or ()),
        valid_from=start_of(form.valid_from.data),
        valid_until=start_of(form.valid_until.data) + timedelta(days=1),
        originals=bool(form.originals.data),
    )


def _line(view: GrantView) -> GrantLine:
    grant = view.grant
    purposes = () if grant is None else tuple(sorted(grant.purposes))
    return GrantLine(
        id=view.grant_id,
        handle=view.handle,
        standing=STANDINGS[view.standing],
        can_be_ended=view.standing not in (Standing.ENDED, Standing.PAST),
        case_id="" if grant is None else grant.case_id,
        purposes=tuple(purpose_label(purpose.value) for purpose in purposes),
        codes=", ".join(purposes),
        parts="" if grant is None else listed(CLOSED_PARTS[part] for part in sorted(grant.closed_parts)),
        originals=grant is not None and grant.originals,
        first_day=None if grant is None else grant.valid_from,
        last_moment=None if grant is None else grant.valid_until,
    )
