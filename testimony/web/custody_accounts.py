"""Accounts as custodians keep them: who there is, inviting, suspending."""

from dataclasses import dataclass
from datetime import datetime

from flask import make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from testimony.domain.accounts import AccountId, AccountState
from testimony.domain.errors import BadHandle, Conflict, IncompatibleRoles, NotFound
from testimony.domain.roles import Role
from testimony.services import accounts, custody
from testimony.services.accounts import AccountView
from testimony.services.invitations import Newcomer
from testimony.web.custody_blueprint import blueprint, is_confirmed
from testimony.web.custody_confirming import is_unconfirmed
from testimony.web.custody_forms import GraveForm, InviteForm
from testimony.web.custody_words import ACCOUNT_STATES, COMPARTMENTS, Word, read_moment
from testimony.web.forms import add_error
from testimony.web.guards import allow
from testimony.web.roles import ROLE_NAMES
from testimony.web.sessions import current_session
from testimony.web.translation import listed
from testimony.web.wiring import current_services, now


@dataclass(frozen=True, slots=True)
class Person:
    """One account on the pages. last_seen: None when they never signed in."""

    id: AccountId
    handle: str
    name: str
    roles: str
    state: Word
    is_suspended: bool
    is_oneself: bool
    opens: str
    enrolled: datetime
    last_seen: datetime | None


@blueprint.get("/accounts")
@allow(Role.CUSTODIAN)
def accounts_page() -> ResponseReturnValue:
    people = tuple(_person(view) for view in accounts.list_accounts(current_session(), now()))
    return render_template("custody/accounts.html", people=people)


@blueprint.get("/accounts/new")
@allow(Role.CUSTODIAN)
def invite_page() -> ResponseReturnValue:
    return _invite_page(InviteForm(), 200)


@blueprint.post("/accounts/new")
@allow(Role.CUSTODIAN)
def invite() -> ResponseReturnValue:
    form = InviteForm.of_request()
    form.offer()
    if not form.validate():
        return _invite_page(form, 422)
    newcomer = Newcomer(
        form.text("handle").strip(),
        form.text("name").strip(),
        frozenset(Role(role) for role in form.roles.data or ()),
    )
    try:
        invitation = accounts.enrol(current_session(), newcomer, now())
    except BadHandle:
        add_error(form, "handle", gettext("Use 2 to 40 small letters, digits, dots, hyphens or underscores."))
        return _invite_page(form, 422)
    except Conflict:
        add_error(form, "handle", gettext("Somebody has this name already. Choose another."))
        return _invite_page(form, 422)
    except IncompatibleRoles:
        add_error(form, "roles", gettext("These roles must not meet in one account. Make two accounts."))
        return _invite_page(form, 422)
    # Shown in the answer itself and kept nowhere: there is no address at which the code could be seen again.
    return render_template("custody/invited.html", newcomer=newcomer, code=invitation.code)


@blueprint.get("/accounts/<account_id>")
@allow(Role.CUSTODIAN)
def account_page(account_id: str) -> ResponseReturnValue:
    return _account_page(account_id, GraveForm(), 200)


@blueprint.post("/accounts/<account_id>/suspend")
@allow(Role.CUSTODIAN)
def suspend(account_id: str) -> ResponseReturnValue:
    session, form = current_session(), GraveForm.of_request()
    if not is_confirmed(session, form):
        return _account_page(account_id, form, 422)
    custody.suspend_account(session, AccountId(account_id), form.text("reason"), now())
    current_services().store.close_account(AccountId(account_id))
    return redirect(url_for("custody.account_page", account_id=account_id), code=303)


def _invite_page(form: InviteForm, status: int) -> ResponseReturnValue:
    form.offer()
    return make_response(render_template("custody/invite.html", form=form), status)


def _account_page(account_id: str, form: GraveForm, status: int) -> ResponseReturnValue:
    views = accounts.list_accounts(current_session(), now())
    person = next((_person(view) for view in views if view.id == account_id), None)
    if person is None:
        raise NotFound
    waits = is_unconfirmed(current_session(), account_id, now())
    page = render_template("custody/account.html", person=person, form=form, waits=waits)
    return make_response(page, status)


def _person(view: AccountView) -> Person:
    return Person(
        id=view.id,
        handle=view.handle,
        name=view.name,
        roles=listed(ROLE_NAMES[role] for role in view.roles) or gettext("None that was signed"),
        state=ACCOUNT_STATES[view.state],
        is_suspended=view.state is AccountState.SUSPENDED,
        is_oneself=view.id == current_session().account.id,
        opens=listed(COMPARTMENTS[compartment] for compartment in view.compartments) or gettext("Nothing"),
        enrolled=read_moment(view.enrolled_at),
        last_seen=None if view.last_signed_in is None else read_moment(view.last_signed_in),
    )
