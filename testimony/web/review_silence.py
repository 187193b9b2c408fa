"""What a witness asked to be told to nobody, and renderings by somebody who has not read the first."""

from flask import make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from testimony.domain.audit import DenyReason
from testimony.domain.codes import parse_code
from testimony.domain.errors import Conflict, Invalid, Problem, Refused, SignInFailed
from testimony.domain.roles import Role
from testimony.services import second_renderings
from testimony.services.accounts import require_password
from testimony.services.witness_requests import end_silence, keep_silent, show_request
from testimony.web.around_forms import RenderingForm
from testimony.web.around_words import PROBLEMS
from testimony.web.custody_blueprint import is_confirmed
from testimony.web.custody_forms import GraveForm
from testimony.web.custody_words import WRONG_PASSWORD, lay_problems
from testimony.web.errors import refusal_page
from testimony.web.finding_words import language_name
from testimony.web.forms import add_error
from testimony.web.guards import allow
from testimony.web.review_forms import TurnForm
from testimony.web.review_queue import blueprint
from testimony.web.review_workspace import page_with_problems
from testimony.web.sessions import current_session
from testimony.web.wiring import now


@blueprint.post("/<code>/silence")
@allow(Role.REVIEWER)
def ask_silence(code: str) -> ResponseReturnValue:
    form = TurnForm.of_request()
    turn, mark = form.turn(parse_code(code)), form.text("mark")
    try:
        keep_silent(current_session(), turn, mark, now())
    except Invalid as invalid:
        return page_with_problems(turn.code, invalid)
    return redirect(url_for("review.workspace", code=turn.code, _anchor=f"mark-{mark}"), code=303)


@blueprint.get("/<code>/silence/<act_id>")
@allow(Role.REVIEWER)
def silence_page(code: str, act_id: str) -> ResponseReturnValue:
    return _silence(code, act_id, GraveForm(formdata=None), 200)


@blueprint.post("/<code>/silence/<act_id>")
@allow(Role.REVIEWER)
def take_silence_back(code: str, act_id: str) -> ResponseReturnValue:
    session, form = current_session(), GraveForm.of_request()
    if not is_confirmed(session, form):
        return _silence(code, act_id, form, 422)
    end_silence(session, parse_code(code), act_id, form.text("reason"), now())
    return redirect(url_for("review.workspace", code=parse_code(code)), code=303)


@blueprint.get("/<code>/second-rendering")
@allow(Role.REVIEWER)
def rendering_page(code: str) -> ResponseReturnValue:
    """The recording alone, for who has not read the first rendering."""
    return _rendering(code, RenderingForm.empty(), 200)


@blueprint.post("/<code>/second-rendering")
@allow(Role.REVIEWER)
def seal_rendering(code: str) -> ResponseReturnValue:
    session, form, here = current_session(), RenderingForm.sent(), parse_code(code)
    if not form.validate():
        return _rendering(here, form, 422)
    try:
        require_password(session, form.text("password"), now())
        text, language = form.text("words"), form.text("language").strip().lower()
        second_renderings.seal_rendering(session, here, text, language, now())
    except SignInFailed:
        add_error(form, "password", str(WRONG_PASSWORD))
        return _rendering(here, form, 422)
    except Invalid as fault:
        named = tuple(Problem("words" if p.field == "text" else p.field, p.code) for p in fault.problems)
        lay_problems(form, Invalid(named), PROBLEMS)
        return _rendering(here, form, 422)
    return redirect(url_for("review.renderings", code=here), code=303)


@blueprint.get("/<code>/renderings")
@allow(Role.REVIEWER)
def renderings(code: str) -> ResponseReturnValue:
    here = parse_code(code)
    beside = second_renderings.renderings_beside(current_session(), here, now())
    return make_response(
        render_template("review/renderings.html", code=here, beside=beside, language_name=language_name)
    )


def _silence(code: str, act_id: str, form: GraveForm, status: int) -> ResponseReturnValue:
    show_request(current_session(), parse_code(code), act_id, now())
    page = render_template("review/silence.html", code=parse_code(code), act_id=act_id, form=form)
    return make_response(page, status)


def _rendering(code: str, form: RenderingForm, status: int) -> ResponseReturnValue:
    here = parse_code(code)
    try:
        given = second_renderings.begin_rendering(current_session(), here, now())
    except Refused as refusal:
        if DenyReason.SAME_PERSON not in refusal.reasons:
            raise
        sentence = gettext(
            "Somebody who has not read this account must do it: you took it, read it or decided about it."
        )
        return refusal_page(refusal, (sentence,))
    except (second_renderings.NothingToHear, Conflict) as why:
        page = render_template(
            "review/second_rendering.html", given=None, code=here, sealed=isinstance(why, Conflict)
        )
        return make_response(page, 409)
    return make_response(
        render_template("review/second_rendering.html", given=given, code=here, form=form), status
    )
