"""Enrolments that wait for a second custodian's word."""

from datetime import datetime

from flask import make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext

from testimony.domain.accounts import AccountId
from testimony.domain.errors import NotFound
from testimony.domain.roles import Role
from testimony.services import confirming
from testimony.services.sessions import Session
from testimony.web.custody_blueprint import blueprint, is_confirmed
from testimony.web.custody_forms import GraveForm
from testimony.web.custody_words import read_moment
from testimony.web.guards import allow
from testimony.web.roles import ROLE_NAMES
from testimony.web.rooms import Waiting
from testimony.web.sessions import current_session
from testimony.web.translation import listed
from testimony.web.wiring import now


@blueprint.get("/accounts/<account_id>/confirm")
@allow(Role.CUSTODIAN)
def confirm_page(account_id: str) -> ResponseReturnValue:
    return _page(account_id, GraveForm(), 200)


@blueprint.post("/accounts/<account_id>/confirm")
@allow(Role.CUSTODIAN)
def confirm_account(account_id: str) -> ResponseReturnValue:
    session, form = current_session(), GraveForm.of_request()
    if not is_confirmed(session, form):
        return _page(account_id, form, 422)
    confirming.confirm_enrolment(session, AccountId(account_id), form.text("reason"), now())
    return redirect(url_for("custody.account_page", account_id=account_id), code=303)


def is_unconfirmed(session: Session, account_id: str, at: datetime) -> bool:
    """Whether the page of an account leads on to its confirmation."""
    return any(one.account_id == account_id for one in confirming.unconfirmed(session, at))


def enrolments_waiting(session: Session, at: datetime) -> Waiting:
    those = [one for one in confirming.unconfirmed(session, at) if one.may_confirm]
    sentence = ngettext(
        "%(num)s person who was invited waits for a second custodian's word",
        "%(num)s people who were invited wait for a second custodian's word",
        len(those),
    )
    target = url_for("custody.confirm_page", account_id=those[0].account_id) if those else ""
    return Waiting(sentence, target, len(those))


def _page(account_id: str, form: GraveForm, status: int) -> ResponseReturnValue:
    waiting = confirming.unconfirmed(current_session(), now())
    person = next((one for one in waiting if one.account_id == account_id), None)
    if person is None:
        raise NotFound
    page = render_template(
        "custody/confirm.html",
        person=person,
        roles=listed(ROLE_NAMES[role] for role in person.roles),
        enrolled=read_moment(person.enrolled_at),
        form=form,
    )
    return make_response(page, status)
