"""Signing an account out everywhere, and letting it work again after a duress signal: by two custodians."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from flask import make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from testimony.domain.accounts import AccountId
from testimony.domain.audit import DenyReason
from testimony.domain.errors import Conflict, NotFound, Refused
from testimony.domain.roles import Role
from testimony.services import accounts, duress, interpreters, signing_out
from testimony.services.sessions import Session
from testimony.web.custody_blueprint import blueprint, is_confirmed
from testimony.web.custody_forms import GraveForm
from testimony.web.custody_words import read_moment
from testimony.web.guards import allow
from testimony.web.rooms import Waiting
from testimony.web.sessions import current_session, current_token
from testimony.web.wiring import current_services, now


@dataclass(frozen=True, slots=True)
class Rest:
    """An account that rests. asked_by: handle of the custodian who asked for it to be lifted."""

    since: datetime
    asked_by: str | None
    asked_by_oneself: bool


@blueprint.get("/accounts/<account_id>/safety")
@allow(Role.CUSTODIAN)
def account_safety(account_id: str) -> ResponseReturnValue:
    return _page(account_id, GraveForm(), 200)


@blueprint.post("/accounts/<account_id>/sign-out")
@allow(Role.CUSTODIAN)
def sign_out_account(account_id: str) -> ResponseReturnValue:
    def act(session: Session, reason: str, at: datetime) -> None:
        signing_out.sign_out_account(session, AccountId(account_id), reason, at)
        store = current_services().store
        if account_id == session.account.id:
            store.close_others(current_token(), at)
        else:
            store.close_account(AccountId(account_id))

    return _act(account_id, "sign-out", act)


@blueprint.post("/accounts/<account_id>/ask-to-lift")
@allow(Role.CUSTODIAN)
def ask_to_lift(account_id: str) -> ResponseReturnValue:
    return _act(
        account_id, "ask", lambda s, reason, at: duress.ask_to_lift(s, AccountId(account_id), reason, at)
    )


@blueprint.post("/accounts/<account_id>/agree-to-lift")
@allow(Role.CUSTODIAN)
def agree_to_lift(account_id: str) -> ResponseReturnValue:
    return _act(
        account_id, "agree", lambda s, reason, at: duress.agree_to_lift(s, AccountId(account_id), reason, at)
    )


@blueprint.post("/accounts/<account_id>/question")
@allow(Role.CUSTODIAN)
def question_interpreter(account_id: str) -> ResponseReturnValue:
    def act(session: Session, reason: str, at: datetime) -> None:
        views = {view.id: view for view in accounts.list_accounts(session, at)}
        if AccountId(account_id) not in views:
            raise NotFound
        with suppress(Conflict):
            interpreters.question(session, views[AccountId(account_id)].handle, reason, at)

    return _act(account_id, "question", act)


def resting(session: Session) -> tuple[Waiting, ...]:
    """What waits because of a duress signal, for the front page of the room: a line an account."""
    return tuple(
        Waiting(
            ngettext(
                "%(num)s account rests after a duress signal",
                "%(num)s accounts rest after a duress signal",
                1,
            ),
            url_for("custody.account_safety", account_id=guard.account_id),
            1,
        )
        for guard in duress.held(session)
    )


def _act(account_id: str, sent: str, act: Callable[[Session, str, datetime], None]) -> ResponseReturnValue:
    session, form = current_session(), GraveForm.of_request()
    if not is_confirmed(session, form):
        return _page(account_id, form, 422, sent)
    try:
        act(session, form.text("reason"), now())
    except Refused as refusal:
        if DenyReason.SAME_PERSON not in refusal.reasons:
            raise
        failure = gettext("Somebody else must do this: another custodian, and never for one's own account.")
        return _page(account_id, form, 422, sent, failure)
    return redirect(url_for("custody.account_safety", account_id=account_id), code=303)


def _page(
    account_id: str, form: GraveForm, status: int, sent: str = "", failure: str | None = None
) -> ResponseReturnValue:
    """sent: which of the forms of the page this is the answer to."""
    session = current_session()
    views = {view.id: view for view in accounts.list_accounts(session, now())}
    view = views.get(AccountId(account_id))
    if view is None:
        raise NotFound
    guard = next((one for one in duress.held(session) if one.account_id == view.id), None)
    rest = None
    if guard is not None and guard.held_since is not None:
        asked = None if guard.lift_asked_by is None else views.get(AccountId(guard.lift_asked_by))
        rest = Rest(
            read_moment(guard.held_since),
            None if asked is None else asked.handle,
            guard.lift_asked_by == session.account.id,
        )
    page = render_template(
        "custody/account_safety.html",
        person=view,
        is_oneself=view.id == session.account.id,
        rest=rest,
        is_questioned=interpreters.questioned(session, view.id),
        marked=interpreters.marked(session, view.id, now()),
        form=form,
        sent=sent,
        failure=failure,
    )
    return make_response(page, status)
