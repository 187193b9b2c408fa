"""Grants as custodians keep them: who asks, approving and refusing, ending; and proposing one for somebody."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from testimony.domain.accounts import AccountState
from testimony.domain.cases import CaseStatus
from testimony.domain.errors import Invalid
from testimony.domain.grants import ClosedPart
from testimony.domain.roles import Role
from testimony.services import accounts, custody, grant_requests, grant_views, granting
from testimony.services.grant_checks import Approval
from testimony.services.granting import GrantView, Standing
from testimony.services.sessions import Session
from testimony.web.custody_blueprint import blueprint, is_confirmed
from testimony.web.custody_forms import GraveForm
from testimony.web.custody_words import STANDINGS, Word, lay_problems
from testimony.web.finding_pages import purpose_name
from testimony.web.forms import add_error
from testimony.web.grant_forms import ApproveForm, ProposeForm, RefuseForm
from testimony.web.grant_words import PROBLEMS, parts_in_words, purposes_of, request_line
from testimony.web.guards import allow
from testimony.web.rooms import Waiting
from testimony.web.sessions import current_session
from testimony.web.translation import listed
from testimony.web.wiring import now

USUAL_SPAN = timedelta(days=29)
"""What a new request's form suggests: thirty days, the last one included."""


@dataclass(frozen=True, slots=True)
class GrantLine:
    """One grant on the pages; `case_id` and what follows are empty when what is stored is not what was
    signed. follows: the grants that it renews, newest first.
    """

    id: str
    handle: str
    standing: Word
    can_be_ended: bool
    asked_by: str | None
    given_by: str | None
    case_id: str
    purposes: tuple[str, ...]
    reads_for: str
    parts: str
    originals: bool
    first_day: datetime | None
    last_moment: datetime | None
    follows: tuple[str, ...]


@blueprint.get("/grants")
@allow(Role.CUSTODIAN)
def grants_page() -> ResponseReturnValue:
    session, at = current_session(), now()
    waiting = tuple(request_line(view) for view in grant_views.waiting_requests(session, at))
    lines = tuple(_line(view) for view in granting.list_grants(session, at))
    return render_template("custody/grants.html", lines=lines, waiting=waiting)


@blueprint.get("/grants/new")
@allow(Role.CUSTODIAN)
def grant_form_page() -> ResponseReturnValue:
    today = now().date()
    return _form_page(ProposeForm(valid_from=today, valid_until=today + USUAL_SPAN), 200)


@blueprint.post("/grants/new")
@allow(Role.CUSTODIAN)
def give_grant() -> ResponseReturnValue:
    form = ProposeForm.of_request()
    _offer(form)
    if not form.validate():
        return _form_page(form, 422)
    try:
        grant_requests.ask(current_session(), form.wanted(form.text("handle")), now())
    except Invalid as fault:
        lay_problems(form, fault, PROBLEMS)
        return _form_page(form, 422)
    return redirect(url_for("custody.grants_page"), code=303)


@blueprint.get("/grants/<grant_id>/request")
@allow(Role.CUSTODIAN)
def request_page(grant_id: str) -> ResponseReturnValue:
    return _request_page(grant_id, ApproveForm(), RefuseForm(), 200)


@blueprint.post("/grants/<grant_id>/approve")
@allow(Role.CUSTODIAN)
def approve_request(grant_id: str) -> ResponseReturnValue:
    session, form = current_session(), ApproveForm.of_request()
    line = request_line(grant_views.find_request(session, grant_id, now()))
    form.offer(tuple((part.code, part.name) for part in line.parts))
    if not is_confirmed(session, form):
        return _request_page(grant_id, form, RefuseForm(formdata=None), 422)
    parts = frozenset(ClosedPart(part) for part in form.closed_parts.data or ())
    try:
        grant_requests.approve(
            session, grant_id, Approval(parts, bool(form.originals.data)), form.text("reason"), now()
        )
    except Invalid:
        # The case was closed, or the person suspended, since it was asked.
        add_error(
            form, "reason", gettext("What is asked for can no longer be granted. Refuse it, and say why.")
        )
        return _request_page(grant_id, form, RefuseForm(formdata=None), 422)
    return redirect(url_for("custody.grant_page", grant_id=grant_id), code=303)


@blueprint.post("/grants/<grant_id>/refuse")
@allow(Role.CUSTODIAN)
def refuse_request(grant_id: str) -> ResponseReturnValue:
    session, form = current_session(), RefuseForm.of_request()
    grant_views.find_request(session, grant_id, now())
    if not is_confirmed(session, form):
        return _request_page(grant_id, ApproveForm(formdata=None), form, 422)
    grant_requests.refuse(session, grant_id, form.text("reason"), now())
    return redirect(url_for("custody.grants_page"), code=303)


@blueprint.post("/grants/<grant_id>/take-back")
@allow(Role.CUSTODIAN)
def take_back_proposal(grant_id: str) -> ResponseReturnValue:
    grant_requests.take_back(current_session(), grant_id, now())
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


def requests_waiting(session: Session, at: datetime) -> Waiting:
    number = grant_views.count_waiting(session, at)
    sentence = ngettext(
        "%(num)s request for a grant waits for your answer",
        "%(num)s requests for grants wait for your answer",
        number,
    )
    return Waiting(sentence, url_for("custody.grants_page"), number)


def _form_page(form: ProposeForm, status: int) -> ResponseReturnValue:
    _offer(form)
    return make_response(render_template("custody/grant_new.html", form=form), status)


def _request_page(grant_id: str, form: ApproveForm, refusal: RefuseForm, status: int) -> ResponseReturnValue:
    line = request_line(grant_views.find_request(current_session(), grant_id, now()))
    form.offer(tuple((part.code, part.name) for part in line.parts))
    refusal.apart()
    is_mine = line.asked_by == current_session().account.handle
    page = render_template(
        "custody/grant_request.html", line=line, form=form, refusal=refusal, is_mine=is_mine
    )
    return make_response(page, status)


def _grant_page(grant_id: str, form: GraveForm, status: int) -> ResponseReturnValue:
    line = _line(granting.find_grant(current_session(), grant_id, now()))
    return make_response(render_template("custody/grant.html", line=line, form=form), status)


def _offer(form: ProposeForm) -> None:
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
    form.offer_handles(handles)
    form.offer_cases(cases)


def _line(view: GrantView) -> GrantLine:
    grant = view.grant
    return GrantLine(
        id=view.grant_id,
        handle=view.handle,
        standing=STANDINGS[view.standing],
        can_be_ended=view.standing not in (Standing.ENDED, Standing.PAST),
        asked_by=view.asked_by,
        given_by=view.given_by,
        case_id="" if grant is None else grant.case_id,
        purposes=() if grant is None else purposes_of(grant),
        reads_for="" if grant is None else listed(purpose_name(each) for each in sorted(grant.purposes)),
        parts="" if grant is None else parts_in_words(grant.closed_parts),
        originals=grant is not None and grant.originals,
        first_day=None if grant is None else grant.valid_from,
        last_moment=None if grant is None else grant.valid_until,
        follows=view.follows,
    )
