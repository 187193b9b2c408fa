"""New keys for a lost password: one custodian orders, another confirms, each hands over half a code."""

from flask import make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from testimony.domain.accounts import AccountId
from testimony.domain.errors import NotFound, NotYet
from testimony.domain.roles import Role
from testimony.services import accounts, reissuing
from testimony.services.accounts import AccountView
from testimony.web.custody_blueprint import blueprint, is_confirmed
from testimony.web.custody_forms import GraveForm
from testimony.web.guards import allow
from testimony.web.sessions import current_session
from testimony.web.wiring import current_services, now


@blueprint.get("/accounts/<account_id>/new-keys")
@allow(Role.CUSTODIAN)
def reissue_page(account_id: str) -> ResponseReturnValue:
    return _page(account_id, GraveForm(), 200)


@blueprint.post("/accounts/<account_id>/new-keys/order")
@allow(Role.CUSTODIAN)
def order_reissue(account_id: str) -> ResponseReturnValue:
    session, form = current_session(), GraveForm.of_request()
    if not is_confirmed(session, form):
        return _page(account_id, form, 422)
    try:
        half = reissuing.order_reissue(session, AccountId(account_id), form.text("reason"), now())
    except NotYet:
        return _page(account_id, form, 422, _last_holder())
    return render_template("custody/reissue_half.html", person=_view(account_id), half=half, is_first=True)


@blueprint.post("/accounts/<account_id>/new-keys/confirm")
@allow(Role.CUSTODIAN)
def confirm_reissue(account_id: str) -> ResponseReturnValue:
    session, form = current_session(), GraveForm.of_request()
    if not is_confirmed(session, form):
        return _page(account_id, form, 422)
    try:
        half = reissuing.confirm_reissue(session, AccountId(account_id), form.text("reason"), now())
    except NotYet:
        return _page(account_id, form, 422, _last_holder())
    current_services().store.close_account(AccountId(account_id))
    return render_template("custody/reissue_half.html", person=_view(account_id), half=half, is_first=False)


@blueprint.post("/accounts/<account_id>/new-keys/withdraw")
@allow(Role.CUSTODIAN)
def withdraw_reissue(account_id: str) -> ResponseReturnValue:
    reissuing.withdraw_order(current_session(), AccountId(account_id), now())
    return redirect(url_for("custody.account_page", account_id=account_id), code=303)


def _last_holder() -> str:
    sentence = gettext(
        "This account alone opens a part of the archive. If its password is lost for good, that part is lost: look for "
        "the password first, or use the recovery sheets."
    )
    return str(sentence)


def _page(account_id: str, form: GraveForm, status: int, failure: str | None = None) -> ResponseReturnValue:
    session, person = current_session(), _view(account_id)
    order = reissuing.waiting_order(session, person.id, now())
    page = render_template(
        "custody/reissue.html",
        person=person,
        order=order,
        is_own=order is not None and order.ordered_by == session.account.id,
        is_oneself=person.id == session.account.id,
        form=form,
        failure=failure,
    )
    return make_response(page, status)


def _view(account_id: str) -> AccountView:
    views = accounts.list_accounts(current_session(), now())
    person = next((view for view in views if view.id == account_id), None)
    if person is None:
        raise NotFound
    return person
