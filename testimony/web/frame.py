"""The rooms' common ground: home, signing in and out, leaving quickly."""

from dataclasses import dataclass

from flask import Blueprint, current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from testimony.domain.accounts import AccountState
from testimony.domain.errors import SignInFailed
from testimony.domain.roles import Role
from testimony.services.witnessing import recollection_of
from testimony.web.forms import SignInForm
from testimony.web.guards import allow_public, allow_signed_in, allowed
from testimony.web.roles import ROLE_NAMES, ROLE_WORK
from testimony.web.rooms import Waiting, current_rooms
from testimony.web.sessions import (
    current_session,
    enter,
    is_signed_in,
    leave_without_trace,
    remembered_page,
)
from testimony.web.sessions import leave as leave_session
from testimony.web.wiring import DemoPerson, current_services, now

blueprint = Blueprint("frame", __name__)


@dataclass(frozen=True, slots=True)
class Section:
    """One room on somebody's home page."""

    title: str
    front: str
    when_empty: str
    waiting: tuple[Waiting, ...]


@blueprint.get("/")
@allow_signed_in
def home() -> ResponseReturnValue:
    session, at = current_session(), now()
    is_active = session.account.state is AccountState.ACTIVE
    sections = tuple(
        Section(str(room.title), url_for(room.front), str(room.when_empty), room.waiting(session, at))
        for room in current_rooms()
        if room.admits(session.account.roles) and is_active
    )
    roles = tuple((ROLE_NAMES[role], ROLE_WORK[role]) for role in sorted(session.account.roles))
    return render_template("frame/home.html", sections=sections, roles=roles, is_active=is_active)


@blueprint.get("/sign-in")
@allow_public
def sign_in_page() -> ResponseReturnValue:
    if is_signed_in():
        return redirect(url_for("frame.home"), code=303)
    return _sign_in_page(SignInForm(), 200)


@blueprint.post("/sign-in")
@allow_public
def sign_in() -> ResponseReturnValue:
    form, at = SignInForm.of_request(), now()
    if not form.validate():
        return _sign_in_page(form, 422)
    try:
        session = current_services().door.sign_in(
            form.text("handle"), form.text("password"), form.text("code"), at
        )
    except SignInFailed:
        return _sign_in_page(form, 422, gettext("Sign-in failed. Check the name, the password and the code."))
    enter(session, at)
    if recollection_of(session).is_warning:
        # An auditor whose log no longer continues what they verified sees that before anything else.
        return redirect(url_for("log.memory_page"), code=303)
    return redirect(_page_after_sign_in(session.account.roles), code=303)


@blueprint.post("/sign-out")
@allow_public
def sign_out() -> ResponseReturnValue:
    leave_session(now())
    return redirect(url_for("frame.signed_out"), code=303)


@blueprint.get("/signed-out")
@allow_public
def signed_out() -> ResponseReturnValue:
    return render_template("frame/signed_out.html", is_locked=current_services().archive.locked)


# Without a form token on purpose: a page that was open too long must still be left at once, and the cookie is
# SameSite=Strict, so no foreign page can press this button.
@blueprint.post("/leave")
@allow_public
def leave() -> ResponseReturnValue:
    leave_without_trace(now())
    answer = redirect(url_for("frame.blank"), code=303)
    answer.headers["Clear-Site-Data"] = '"storage"'
    return make_response(answer)


@blueprint.get("/blank")
@allow_public
def blank() -> ResponseReturnValue:
    return render_template("frame/blank.html")


def _sign_in_page(form: SignInForm, status: int, failure: str | None = None) -> ResponseReturnValue:
    demo = current_services().demo
    people = None if demo is None else tuple(_demo_row(person) for person in demo)
    return make_response(
        render_template("frame/sign_in.html", form=form, failure=failure, people=people), status
    )


def _demo_row(person: DemoPerson) -> dict[str, object]:
    return {"person": person, "role": ROLE_NAMES[person.role], "work": ROLE_WORK[person.role]}


def _page_after_sign_in(roles: frozenset[Role]) -> str:
    """Where the person was going, when that is a page of ours that one of the roles may see; else home."""
    page = remembered_page()
    if page is None:
        return url_for("frame.home")
    adapter = current_app.create_url_adapter(request)
    if adapter is None:
        raise RuntimeError("a request has an address")
    try:
        endpoint, _ = adapter.match(page.partition("?")[0], method="GET")
    except (HTTPException, RequestRedirect):
        return url_for("frame.home")
    return page if allowed(current_app.view_functions[endpoint]).admits(roles) else url_for("frame.home")
