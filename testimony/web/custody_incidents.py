"""Pages of the custody room on security incidents, and on who is affected when a key leaked."""

from collections.abc import Callable, Iterable
from datetime import datetime

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from testimony.domain.disposal import IncidentKind
from testimony.domain.errors import Conflict, Invalid, NotFound
from testimony.domain.roles import Role
from testimony.policy.exposure import Way
from testimony.services import accounts, demands, incidents
from testimony.services.affected import Affected, Loss, who_is_affected
from testimony.services.incidents import IncidentRequest
from testimony.services.sessions import Session
from testimony.storage.compartments import Compartment
from testimony.web.custody_blueprint import blueprint, is_confirmed
from testimony.web.custody_forms import GraveForm
from testimony.web.custody_words import COMPARTMENTS
from testimony.web.disposal_forms import IncidentForm, LossForm
from testimony.web.disposal_words import WAYS, lay_problems, term
from testimony.web.forms import add_error
from testimony.web.guards import allow
from testimony.web.rooms import Waiting
from testimony.web.sessions import current_session
from testimony.web.translation import listed
from testimony.web.wiring import now

MOST_SHOWN = 500
"""Codes on one page; the command writes all of them."""


@blueprint.get("/incidents")
@allow(Role.CUSTODIAN)
def incidents_page() -> ResponseReturnValue:
    views = tuple(
        (view, term("incident_sec", view.kind.value))
        for view in incidents.list_incidents(current_session(), now())
    )
    return render_template("custody/incidents.html", views=views)


@blueprint.get("/incidents/new")
@allow(Role.CUSTODIAN)
def incident_form_page() -> ResponseReturnValue:
    at = now()
    return _incident_form_page(IncidentForm(found_on=at.date(), found_at=f"{at:%H:%M}"), 200)


@blueprint.post("/incidents/new")
@allow(Role.CUSTODIAN)
def record_incident() -> ResponseReturnValue:
    session, form = current_session(), IncidentForm.of_request()
    form.offer(_handles())
    if not form.validate():
        return _incident_form_page(form, 422)
    try:
        asked = IncidentRequest(
            kind=IncidentKind(form.text("kind")),
            found_at=form.moment(),
            words=form.text("words"),
            loss=_loss(form),
        )
        incident_id = incidents.record_incident(session, asked, now())
    except ValueError:
        add_error(form, "found_at", gettext("Give the hour, such as 14:30."))
        return _incident_form_page(form, 422)
    except Invalid as fault:
        lay_problems(form, fault)
        return _incident_form_page(form, 422)
    return redirect(url_for("custody.incident_page", incident_id=incident_id), code=303)


@blueprint.get("/incidents/<incident_id>")
@allow(Role.CUSTODIAN)
def incident_page(incident_id: str) -> ResponseReturnValue:
    return _incident_page(incident_id, GraveForm(), 200)


@blueprint.post("/incidents/<incident_id>/step")
@allow(Role.CUSTODIAN)
def step_incident(incident_id: str) -> ResponseReturnValue:
    session, form = current_session(), GraveForm.of_request()
    incidents.find_incident(session, incident_id, now())
    steps: dict[str, Callable[[Session, str, str, datetime], None]] = {
        "contained": incidents.mark_contained,
        "notified": incidents.mark_notified,
        "closed": incidents.close_incident,
    }
    act = steps.get(request.form.get("step", ""))
    if act is None:
        raise NotFound
    if not is_confirmed(session, form):
        return _incident_page(incident_id, form, 422)
    try:
        act(session, incident_id, form.text("reason"), now())
    except Conflict:
        add_error(form, "reason", gettext("This was noted before, or a step before it is missing."))
        return _incident_page(incident_id, form, 422)
    return redirect(url_for("custody.incident_page", incident_id=incident_id), code=303)


@blueprint.post("/incidents/<incident_id>/warned/<code>")
@allow(Role.CUSTODIAN)
def mark_warned(incident_id: str, code: str) -> ResponseReturnValue:
    incidents.mark_warned(current_session(), incident_id, code, now())
    return redirect(url_for("custody.incident_page", incident_id=incident_id), code=303)


@blueprint.get("/affected")
@allow(Role.CUSTODIAN)
def affected_form_page() -> ResponseReturnValue:
    return _affected_page(LossForm(), None, 200)


@blueprint.post("/affected")
@allow(Role.CUSTODIAN)
def affected() -> ResponseReturnValue:
    form = LossForm.of_request()
    form.offer(_handles())
    if not form.validate():
        return _affected_page(form, None, 422)
    if not (form.text("handle") or form.text("compartment") or form.copied_on.data):
        add_error(form, "handle", gettext("Say what was lost."))
        return _affected_page(form, None, 422)
    return _affected_page(form, who_is_affected(current_session(), _loss(form), now()), 200)


def _loss(form: LossForm) -> Loss:
    compartment = form.text("compartment")
    return Loss(
        handle=form.text("handle"),
        compartment=Compartment(compartment) if compartment else None,
        copied_on=form.copied_on.data,
        since=form.since.data,
    )


def _handles() -> tuple[str, ...]:
    return tuple(view.handle for view in accounts.list_accounts(current_session(), now()))


def _ways(ways: Iterable[Way]) -> str:
    return listed(WAYS[way] for way in ways)


def _affected_page(form: LossForm, found: Affected | None, status: int) -> ResponseReturnValue:
    form.offer(_handles())
    lines = () if found is None else tuple((one, _ways(one.ways)) for one in found.exposed[:MOST_SHOWN])
    opens = "" if found is None else listed(COMPARTMENTS[name] for name in found.opens)
    page = render_template("custody/affected.html", form=form, found=found, lines=lines, opens=opens)
    return make_response(page, status)


def _incident_form_page(form: IncidentForm, status: int) -> ResponseReturnValue:
    form.offer(_handles())
    return make_response(render_template("custody/incident_new.html", form=form), status)


def _incident_page(incident_id: str, form: GraveForm, status: int) -> ResponseReturnValue:
    view = incidents.find_incident(current_session(), incident_id, now())
    lines = tuple((one, _ways(one.ways)) for one in view.warnings if one.tells)
    step = "contained" if view.contained_at is None else "notified" if view.notified_at is None else "closed"
    page = render_template(
        "custody/incident.html",
        view=view,
        kind=term("incident_sec", view.kind.value),
        lines=lines[:MOST_SHOWN],
        touched=len(view.warnings),
        telling=len(lines),
        step=None if view.closed_at is not None else step,
        compartment=None if view.compartment is None else str(COMPARTMENTS[view.compartment]),
        form=form,
    )
    return make_response(page, status)


def waiting(session: Session) -> tuple[Waiting, ...]:
    open_demands, open_incidents = demands.count_open(session), incidents.count_open(session)
    return (
        Waiting(
            ngettext(
                "%(num)s legal demand is not answered", "%(num)s legal demands are not answered", open_demands
            ),
            url_for("custody.demands_page"),
            open_demands,
        ),
        Waiting(
            ngettext(
                "%(num)s security incident is open", "%(num)s security incidents are open", open_incidents
            ),
            url_for("custody.incidents_page"),
            open_incidents,
        ),
    )
