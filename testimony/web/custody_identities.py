"""Requests to open an identity as custodians decide them; and identities that are closed."""

from datetime import datetime

from flask import make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext

from testimony.domain.roles import Role
from testimony.services import identity_conflicts, identity_views
from testimony.services.identity_approving import approve, refuse
from testimony.services.identity_closing import close_identity, reopen_identity, standing
from testimony.services.sessions import Session
from testimony.web.custody_blueprint import blueprint, is_confirmed
from testimony.web.custody_forms import GraveForm
from testimony.web.guards import allow
from testimony.web.identity import request_line
from testimony.web.identity_forms import PasswordForm
from testimony.web.rooms import Waiting
from testimony.web.sessions import current_session
from testimony.web.wiring import now


@blueprint.get("/identities")
@allow(Role.CUSTODIAN)
def identities_page() -> ResponseReturnValue:
    lines = tuple(map(request_line, identity_views.custodians_requests(current_session(), now())))
    return render_template("custody/identities.html", lines=lines)


@blueprint.get("/identities/<asked_id>")
@allow(Role.CUSTODIAN)
def identity_page(asked_id: str) -> ResponseReturnValue:
    return _request_page(asked_id, PasswordForm(), 200)


@blueprint.post("/identities/<asked_id>/agree")
@allow(Role.CUSTODIAN)
def agree(asked_id: str) -> ResponseReturnValue:
    session, form = current_session(), PasswordForm.of_request()
    if not is_confirmed(session, form):
        return _request_page(asked_id, form, 422)
    approve(session, asked_id, now())
    return redirect(url_for("custody.identity_page", asked_id=asked_id), code=303)


@blueprint.get("/identities/<asked_id>/refuse")
@allow(Role.CUSTODIAN)
def refuse_page(asked_id: str) -> ResponseReturnValue:
    return _refuse_page(asked_id, GraveForm(), 200)


@blueprint.post("/identities/<asked_id>/refuse")
@allow(Role.CUSTODIAN)
def say_no(asked_id: str) -> ResponseReturnValue:
    session, form = current_session(), GraveForm.of_request()
    if not is_confirmed(session, form):
        return _refuse_page(asked_id, form, 422)
    refuse(session, asked_id, form.text("reason"), now())
    return redirect(url_for("custody.identity_page", asked_id=asked_id), code=303)


@blueprint.post("/identities/<asked_id>/too-near")
@allow(Role.CUSTODIAN)
def too_near(asked_id: str) -> ResponseReturnValue:
    session = current_session()
    view = identity_views.custodians_request(session, asked_id, now())
    identity_conflicts.declare(session, view.code, session.account.handle, now())
    return redirect(url_for("custody.identity_page", asked_id=asked_id), code=303)


@blueprint.get("/register/<code>/identity")
@allow(Role.CUSTODIAN)
def closing_page(code: str) -> ResponseReturnValue:
    return _closing_page(code, GraveForm(), 200)


@blueprint.post("/register/<code>/identity/close")
@allow(Role.CUSTODIAN)
def close(code: str) -> ResponseReturnValue:
    session, form = current_session(), GraveForm.of_request()
    if not is_confirmed(session, form):
        return _closing_page(code, form, 422)
    close_identity(session, code, form.text("reason"), now())
    return redirect(url_for("custody.closing_page", code=code), code=303)


@blueprint.post("/register/<code>/identity/reopen")
@allow(Role.CUSTODIAN)
def reopen(code: str) -> ResponseReturnValue:
    session, form = current_session(), GraveForm.of_request()
    if not is_confirmed(session, form):
        return _closing_page(code, form, 422)
    reopen_identity(session, code, form.text("reason"), now())
    return redirect(url_for("custody.closing_page", code=code), code=303)


def _request_page(asked_id: str, form: GraveForm, status: int) -> ResponseReturnValue:
    view = identity_views.custodians_request(current_session(), asked_id, now())
    page = render_template("custody/identity.html", line=request_line(view), view=view, form=form)
    return make_response(page, status)


def _refuse_page(asked_id: str, form: GraveForm, status: int) -> ResponseReturnValue:
    view = identity_views.custodians_request(current_session(), asked_id, now())
    return make_response(
        render_template("custody/identity_refuse.html", line=request_line(view), form=form), status
    )


def _closing_page(code: str, form: GraveForm, status: int) -> ResponseReturnValue:
    found = standing(current_session(), code, now())
    return make_response(render_template("custody/identity_closing.html", found=found, form=form), status)


def identities_waiting(session: Session, at: datetime) -> tuple[Waiting, ...]:
    """What custodians find on their front page: requests that wait for their word, and what was opened."""
    waits, opened = identity_views.count_waiting(session, at)
    href = url_for("custody.identities_page")
    return (
        Waiting(
            ngettext(
                "%(num)s request to open an identity waits for you",
                "%(num)s requests to open an identity wait for you",
                waits,
            ),
            href,
            waits,
        ),
        Waiting(
            ngettext("%(num)s identity lies open", "%(num)s identities lie open", opened),
            href,
            opened,
        ),
    )
