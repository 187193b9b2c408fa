"""From an invitation to an account of one's own: one-time code, password, and a code generator if wanted."""

from base64 import b32encode

from flask import Blueprint, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from markupsafe import Markup
from segno import make_qr

from testimony.domain.errors import SignInFailed, WeakPassword
from testimony.services import accounts, own_account
from testimony.web.forms import PASSWORD_FAULTS, CodeGeneratorForm, EnrolmentForm, NewPasswordForm, add_error
from testimony.web.guards import allow_public, allow_signed_in
from testimony.web.roles import ROLE_NAMES
from testimony.web.sessions import current_session, current_token, enter
from testimony.web.wiring import current_services, now

blueprint = Blueprint("enrolment", __name__)

_SEED = "code-generator:seed"
_ADDRESS = "code-generator:address"
"""Where a session keeps what it was offered and has not confirmed: in memory, gone with the session."""


@blueprint.get("/enrol")
@allow_public
def enrol_page() -> ResponseReturnValue:
    return _enrol_page(EnrolmentForm(), 200)


@blueprint.post("/enrol")
@allow_public
def enrol() -> ResponseReturnValue:
    form, services, at = EnrolmentForm.of_request(), current_services(), now()
    if not form.validate():
        return _enrol_page(form, 422)
    handle, password = form.text("handle"), form.text("password")
    try:
        accounts.activate(
            services.archive, services.throttle, handle, form.text("one_time_code"), password, at
        )
    except WeakPassword as fault:
        add_error(form, "password", str(PASSWORD_FAULTS[fault.code]))
        return _enrol_page(form, 422)
    except SignInFailed:
        return _enrol_page(
            form,
            422,
            gettext("This did not work. Check the name and the one-time code, or ask for a new one."),
        )
    enter(services.door.sign_in(handle, password, None, at), at)
    return redirect(url_for("enrolment.code_generator_page"), code=303)


@blueprint.get("/account")
@allow_signed_in
def account() -> ResponseReturnValue:
    account = current_session().account
    return render_template(
        "frame/account.html",
        account=account,
        roles=tuple(ROLE_NAMES[role] for role in sorted(account.roles)),
        codes_left=own_account.recovery_codes_left(current_session()),
        sessions=current_services().store.sessions_of(current_token()),
    )


@blueprint.get("/account/code")
@allow_signed_in
def code_generator_page() -> ResponseReturnValue:
    return _code_generator_page(CodeGeneratorForm(), 200)


@blueprint.post("/account/code")
@allow_signed_in
def turn_on_code_generator() -> ResponseReturnValue:
    form, session = CodeGeneratorForm.of_request(), current_session()
    if not form.validate() or _SEED not in session.desk:
        return _code_generator_page(form, 422)
    secret = bytes.fromhex(session.desk[_SEED])
    try:
        codes = own_account.turn_on_totp(session, form.text("password"), secret, form.text("code"), now())
    except SignInFailed:
        failure = gettext(
            "The password or the code does not fit. A code lasts 30 seconds; wait for the next one."
        )
        return _code_generator_page(form, 422, failure)
    del session.desk[_SEED], session.desk[_ADDRESS]
    return render_template("frame/code_generator_on.html", codes=codes)


@blueprint.get("/account/password")
@allow_signed_in
def password_page() -> ResponseReturnValue:
    return _password_page(NewPasswordForm(), 200)


@blueprint.post("/account/password")
@allow_signed_in
def change_password() -> ResponseReturnValue:
    form, at = NewPasswordForm.of_request(), now()
    if not form.validate():
        return _password_page(form, 422)
    try:
        own_account.change_password(current_session(), form.text("password"), form.text("new_password"), at)
    except WeakPassword as fault:
        add_error(form, "new_password", str(PASSWORD_FAULTS[fault.code]))
        return _password_page(form, 422)
    except SignInFailed:
        add_error(form, "password", gettext("This is not the password you have now."))
        return _password_page(form, 422)
    current_services().store.close_others(current_token(), at)
    return render_template("frame/password_changed.html")


def _enrol_page(form: EnrolmentForm, status: int, failure: str | None = None) -> ResponseReturnValue:
    return make_response(render_template("frame/enrol.html", form=form, failure=failure), status)


def _password_page(form: NewPasswordForm, status: int) -> ResponseReturnValue:
    return make_response(render_template("frame/password.html", form=form), status)


def _code_generator_page(
    form: CodeGeneratorForm, status: int, failure: str | None = None
) -> ResponseReturnValue:
    desk = current_session().desk
    if _SEED not in desk:
        offer = own_account.offer_totp(current_session(), current_services().name)
        desk[_SEED], desk[_ADDRESS] = offer.secret.hex(), offer.uri
    page = render_template(
        "frame/code_generator.html",
        form=form,
        failure=failure,
        qr=_qr(desk[_ADDRESS]),
        secret=_grouped(bytes.fromhex(desk[_SEED])),
    )
    return make_response(page, status)


def _qr(uri: str) -> Markup:
    """The picture of an address, as SVG elements of the page."""
    drawing = make_qr(uri, error="m").svg_inline(omitsize=True, dark="#000000", light="#ffffff", border=2)
    return Markup(drawing)  # noqa: S704 - the drawing holds coordinates only


def _grouped(secret: bytes) -> str:
    """The secret to type by hand: base 32 in fours."""
    text = b32encode(secret).decode().rstrip("=")
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))
