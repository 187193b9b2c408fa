"""One's own account: open sessions, the code besides the password, recovery codes, the emergency password."""

from flask import Blueprint, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from testimony.domain.errors import NotFound, NotYet, SignInFailed, WeakPassword
from testimony.services import own_account, signing_out
from testimony.web.forms import PASSWORD_FAULTS, ArchiveForm, OwnPasswordForm, SecondPasswordForm, add_error
from testimony.web.guards import allow_signed_in
from testimony.web.sessions import current_session, current_token
from testimony.web.wiring import current_services, now

blueprint = Blueprint("own_account", __name__, url_prefix="/account")


@blueprint.post("/sessions/close-others")
@allow_signed_in
def close_others() -> ResponseReturnValue:
    at = now()
    signing_out.sign_out_elsewhere(current_session(), at)
    current_services().store.close_others(current_token(), at)
    return redirect(url_for("enrolment.account"), code=303)


@blueprint.post("/sessions/<name>/close")
@allow_signed_in
def close_session(name: str) -> ResponseReturnValue:
    session, store = current_session(), current_services().store
    if name not in {one.name for one in store.sessions_of(current_token()) if not one.is_here}:
        raise NotFound
    # The entry first: one about a session that went on is better than one that ended without.
    signing_out.log_one_closed(session, now())
    store.close_named(session.account.id, name)
    return redirect(url_for("enrolment.account"), code=303)


@blueprint.get("/code/off")
@allow_signed_in
def code_off_page() -> ResponseReturnValue:
    return _page("frame/code_off.html", OwnPasswordForm(), 200)


@blueprint.post("/code/off")
@allow_signed_in
def turn_off_code() -> ResponseReturnValue:
    form = OwnPasswordForm.of_request()
    if not form.validate():
        return _page("frame/code_off.html", form, 422)
    try:
        own_account.turn_off_totp(current_session(), form.text("password"), now())
    except SignInFailed:
        return _wrong_password("frame/code_off.html", form)
    return redirect(url_for("enrolment.account"), code=303)


@blueprint.get("/recovery-codes")
@allow_signed_in
def recovery_codes_page() -> ResponseReturnValue:
    return _page("frame/recovery_codes.html", OwnPasswordForm(), 200)


@blueprint.post("/recovery-codes")
@allow_signed_in
def renew_recovery_codes() -> ResponseReturnValue:
    form = OwnPasswordForm.of_request()
    if not form.validate():
        return _page("frame/recovery_codes.html", form, 422)
    try:
        codes = own_account.renew_recovery_codes(current_session(), form.text("password"), now())
    except SignInFailed:
        return _wrong_password("frame/recovery_codes.html", form)
    except NotYet:
        failure = gettext("Turn on the code besides the password first; recovery codes come with it.")
        return _page("frame/recovery_codes.html", form, 422, failure)
    # Shown in the answer itself and kept nowhere: there is no address at which they could be seen again.
    return render_template("frame/recovery_codes_made.html", codes=codes)


@blueprint.get("/second-password")
@allow_signed_in
def second_password_page() -> ResponseReturnValue:
    return _page("frame/second_password.html", SecondPasswordForm(), 200)


@blueprint.post("/second-password")
@allow_signed_in
def set_second_password() -> ResponseReturnValue:
    form = SecondPasswordForm.of_request()
    if not form.validate():
        return _page("frame/second_password.html", form, 422)
    try:
        own_account.set_duress_password(current_session(), form.text("password"), form.text("second"), now())
    except WeakPassword as fault:
        add_error(form, "second", str(PASSWORD_FAULTS[fault.code]))
        return _page("frame/second_password.html", form, 422)
    except SignInFailed:
        return _wrong_password("frame/second_password.html", form)
    return redirect(url_for("enrolment.account"), code=303)


@blueprint.post("/second-password/remove")
@allow_signed_in
def remove_second_password() -> ResponseReturnValue:
    form = OwnPasswordForm.of_request()
    if not form.validate():
        return _page("frame/second_password.html", SecondPasswordForm(), 422, gettext("Type your password."))
    try:
        own_account.remove_duress_password(current_session(), form.text("password"), now())
    except SignInFailed:
        failure = gettext("This is not the password you have now.")
        return _page("frame/second_password.html", SecondPasswordForm(), 422, failure)
    return redirect(url_for("enrolment.account"), code=303)


def _wrong_password(template: str, form: ArchiveForm) -> ResponseReturnValue:
    add_error(form, "password", gettext("This is not the password you have now."))
    return _page(template, form, 422)


def _page(template: str, form: ArchiveForm, status: int, failure: str | None = None) -> ResponseReturnValue:
    left = own_account.recovery_codes_left(current_session())
    return make_response(render_template(template, form=form, failure=failure, codes_left=left), status)
