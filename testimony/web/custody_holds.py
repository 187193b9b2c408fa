"""Pages of the custody room on legal holds and legal demands."""

from collections.abc import Callable
from datetime import datetime, timedelta

from flask import make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from testimony.domain.disposal import DemandKind, DemandState, HoldCause, HoldScope
from testimony.domain.errors import Conflict, Invalid, Refused
from testimony.domain.roles import Role
from testimony.domain.testimony import State
from testimony.services import custody, demands, hold_views, holding
from testimony.services.demands import DemandRequest
from testimony.services.holding import HoldRequest
from testimony.services.sessions import Session
from testimony.web.custody_blueprint import blueprint, is_confirmed
from testimony.web.custody_forms import GraveForm
from testimony.web.custody_offers import OfferForm, is_offered, most_asked_for, offers_page
from testimony.web.custody_words import TESTIMONY_STATES
from testimony.web.disposal_forms import DemandForm, HoldForm, KeepHoldForm, WordsForm, typed_codes
from testimony.web.disposal_words import (
    DEMAND_KINDS,
    DEMAND_STATES,
    SAME_PERSON,
    SCOPES,
    lay_problems,
    term,
)
from testimony.web.forms import add_error
from testimony.web.guards import allow
from testimony.web.sessions import current_session
from testimony.web.wiring import now


@blueprint.get("/holds")
@allow(Role.CUSTODIAN)
def holds_page() -> ResponseReturnValue:
    views = tuple(
        (view, str(SCOPES[view.scope]), term("hold", view.cause.value))
        for view in hold_views.list_holds(current_session(), now())
    )
    return render_template("custody/holds.html", views=views)


@blueprint.get("/holds/new")
@allow(Role.CUSTODIAN)
def hold_form_page() -> ResponseReturnValue:
    return _hold_form_page(HoldForm(review_on=(now() + timedelta(days=90)).date()), 200)


@blueprint.post("/holds/new")
@allow(Role.CUSTODIAN)
def place_hold() -> ResponseReturnValue:
    session, form = current_session(), HoldForm.of_request()
    form.offer(_cases())
    if not is_confirmed(session, form):
        return _hold_form_page(form, 422)
    try:
        holding.place_hold(session, _hold_request(form), now())
    except Invalid as fault:
        lay_problems(form, fault)
        return _hold_form_page(form, 422)
    return redirect(url_for("custody.holds_page"), code=303)


@blueprint.get("/holds/<hold_id>")
@allow(Role.CUSTODIAN)
def hold_page(hold_id: str) -> ResponseReturnValue:
    return _hold_page(hold_id, KeepHoldForm(), 200)


@blueprint.post("/holds/<hold_id>/keep")
@allow(Role.CUSTODIAN)
def keep_hold(hold_id: str) -> ResponseReturnValue:
    session, form = current_session(), KeepHoldForm.of_request()
    hold_views.find_hold(session, hold_id, now())
    if not is_confirmed(session, form):
        return _hold_page(hold_id, form, 422)
    try:
        day = form.review_on.data
        holding.keep_hold(session, hold_id, day or now().date(), form.text("reason"), now())
    except Invalid as fault:
        lay_problems(form, fault)
        return _hold_page(hold_id, form, 422)
    return redirect(url_for("custody.hold_page", hold_id=hold_id), code=303)


@blueprint.post("/holds/<hold_id>/ask-lift")
@allow(Role.CUSTODIAN)
def ask_lift(hold_id: str) -> ResponseReturnValue:
    return _lift(hold_id, holding.ask_lift)


@blueprint.post("/holds/<hold_id>/lift")
@allow(Role.CUSTODIAN)
def lift_hold(hold_id: str) -> ResponseReturnValue:
    return _lift(hold_id, holding.lift_hold)


@blueprint.get("/demands")
@allow(Role.CUSTODIAN)
def demands_page() -> ResponseReturnValue:
    session = current_session()
    found = demands.list_demands(session, now())
    most = most_asked_for(session, found)
    views = tuple(
        (view, str(DEMAND_KINDS[view.kind]), DEMAND_STATES[view.state], most[view.id]) for view in found
    )
    return render_template("custody/demands.html", views=views)


@blueprint.get("/demands/new")
@allow(Role.CUSTODIAN)
def demand_form_page() -> ResponseReturnValue:
    return _demand_form_page(DemandForm(received_on=now().date()), 200)


@blueprint.post("/demands/new")
@allow(Role.CUSTODIAN)
def record_demand() -> ResponseReturnValue:
    session, form = current_session(), DemandForm.of_request()
    form.offer(_cases())
    if not is_confirmed(session, form):
        return _demand_form_page(form, 422)
    case_id = form.text("case_id")
    asked = DemandRequest(
        received_on=form.received_on.data or now().date(),
        kind=DemandKind(form.text("kind")),
        words=form.text("words"),
        case_ids=(case_id,) if case_id else (),
        codes=typed_codes(form.text("codes")),
    )
    try:
        demand_id = demands.record_demand(session, asked, now())
    except Invalid as fault:
        lay_problems(form, fault)
        return _demand_form_page(form, 422)
    return redirect(url_for("custody.demand_page", demand_id=demand_id), code=303)


@blueprint.get("/demands/<demand_id>")
@allow(Role.CUSTODIAN)
def demand_page(demand_id: str) -> ResponseReturnValue:
    return _demand_page(demand_id, WordsForm(), 200)


@blueprint.post("/demands/<demand_id>/next")
@allow(Role.CUSTODIAN)
def move_demand(demand_id: str) -> ResponseReturnValue:
    session, form = current_session(), WordsForm.of_request()
    view = demands.find_demand(session, demand_id, now())
    if not form.validate():
        return _demand_page(demand_id, form, 422)
    received = view.state is DemandState.RECEIVED
    (demands.instruct_counsel if received else demands.answer_demand)(
        session, demand_id, form.text("words"), now()
    )
    return redirect(url_for("custody.demand_page", demand_id=demand_id), code=303)


@blueprint.post("/demands/<demand_id>/offer")
@allow(Role.CUSTODIAN)
def offer_account(demand_id: str) -> ResponseReturnValue:
    session, form = current_session(), OfferForm.of_request()
    form.offer()
    demands.find_demand(session, demand_id, now())
    if not (is_confirmed(session, form) and is_offered(session, demand_id, form)):
        return make_response(_demand_html(demand_id, WordsForm(formdata=None), form), 422)
    return redirect(url_for("custody.demand_page", demand_id=demand_id), code=303)


@blueprint.post("/demands/<demand_id>/for-counsel")
@allow(Role.CUSTODIAN)
def list_for_counsel(demand_id: str) -> ResponseReturnValue:
    lines = tuple(
        (line, str(TESTIMONY_STATES[State(line.state)]))
        for line in demands.touched_by(current_session(), demand_id, now())
    )
    return render_template("custody/for_counsel.html", lines=lines, demand_id=demand_id)


def _hold_request(form: HoldForm) -> HoldRequest:
    return HoldRequest(
        scope=HoldScope(form.text("scope")),
        cause=HoldCause(form.text("cause")),
        review_on=form.review_on.data or now().date(),
        authority=form.text("authority"),
        case_id=form.text("case_id"),
        codes=typed_codes(form.text("codes")),
    )


def _lift(hold_id: str, act: Callable[[Session, str, str, datetime], None]) -> ResponseReturnValue:
    session, form = current_session(), GraveForm.of_request()
    hold_views.find_hold(session, hold_id, now())
    if not is_confirmed(session, form):
        return _hold_page(hold_id, form, 422)
    try:
        act(session, hold_id, form.text("reason"), now())
    except Refused:
        add_error(form, "reason", str(SAME_PERSON))
        return _hold_page(hold_id, form, 422)
    except Conflict:
        add_error(
            form,
            "reason",
            gettext("It is lifted already, or the legal demand behind it is not answered yet."),
        )
        return _hold_page(hold_id, form, 422)
    return redirect(url_for("custody.hold_page", hold_id=hold_id), code=303)


def _cases() -> tuple[str, ...]:
    return tuple(view.case.case_id for view in custody.list_cases(current_session(), now()))


def _hold_form_page(form: HoldForm, status: int) -> ResponseReturnValue:
    form.offer(_cases())
    return make_response(render_template("custody/hold_new.html", form=form), status)


def _hold_page(hold_id: str, form: GraveForm, status: int) -> ResponseReturnValue:
    view = hold_views.find_hold(current_session(), hold_id, now())
    keep = form if isinstance(form, KeepHoldForm) else KeepHoldForm(formdata=None)
    page = render_template(
        "custody/hold.html",
        view=view,
        scope=str(SCOPES[view.scope]),
        cause=term("hold", view.cause.value),
        form=form,
        keep=keep,
    )
    return make_response(page, status)


def _demand_form_page(form: DemandForm, status: int) -> ResponseReturnValue:
    form.offer(_cases())
    return make_response(render_template("custody/demand_new.html", form=form), status)


def _demand_page(demand_id: str, form: WordsForm, status: int) -> ResponseReturnValue:
    return make_response(_demand_html(demand_id, form, None), status)


def _demand_html(demand_id: str, form: WordsForm, offer: OfferForm | None) -> str:
    session = current_session()
    view = demands.find_demand(session, demand_id, now())
    return render_template(
        "custody/demand.html",
        view=view,
        kind=str(DEMAND_KINDS[view.kind]),
        standing=DEMAND_STATES[view.state],
        is_new=view.state is DemandState.RECEIVED,
        is_over=view.state is DemandState.ANSWERED,
        form=form,
        **offers_page(session, view, offer),
    )
