"""Saved filters of the event list: keep one, open it again, forget it. Its name stands on these pages alone."""

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext, ngettext
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from testimony.domain.errors import Conflict, Invalid
from testimony.domain.roles import Role
from testimony.services import audit, saved_filters
from testimony.services.saved_filters import MAX_NAME, MAX_SAVED
from testimony.web import log_views
from testimony.web.forms import ArchiveForm, add_error
from testimony.web.guards import allow
from testimony.web.log_blueprint import blueprint
from testimony.web.log_forms import LogFilterForm
from testimony.web.sessions import current_session
from testimony.web.wiring import now


class NameForm(ArchiveForm):
    name = StringField(
        lazy_gettext("What you call it"),
        [
            DataRequired(lazy_gettext("Give it a name.")),
            Length(max=MAX_NAME, message=lazy_gettext("Use at most 120 characters.")),
        ],
    )


@blueprint.get("/saved")
@allow(Role.AUDITOR)
def saved_page() -> ResponseReturnValue:
    session = current_session()
    choices = audit.choices(session, now())
    lines = [
        (one, () if one.wanted is None else log_views.make_chips(one.wanted, choices))
        for one in saved_filters.saved_filters(session)
    ]
    return render_template("log/saved.html", lines=lines)


@blueprint.get("/saved/new")
@allow(Role.AUDITOR)
def save_page() -> ResponseReturnValue:
    return _save_page(NameForm(), 200, None)


@blueprint.post("/saved/new")
@allow(Role.AUDITOR)
def save_filter() -> ResponseReturnValue:
    session, form, choice = current_session(), NameForm.of_request(), _choice()
    if not choice.validate() or not form.validate():
        return _save_page(form, 422, None)
    try:
        saved_filters.save_filter(session, choice.wanted(), form.text("name"), now())
    except Invalid:
        add_error(form, "name", str(lazy_gettext("Use letters, digits and signs on one line.")))
        return _save_page(form, 422, None)
    except Conflict:
        return _save_page(form, 422, _too_many())
    return redirect(url_for("log.saved_page"), code=303)


@blueprint.get("/saved/<saved_id>")
@allow(Role.AUDITOR)
def open_saved(saved_id: str) -> ResponseReturnValue:
    found = saved_filters.find_filter(current_session(), saved_id)
    arguments = {} if found.wanted is None else log_views.filter_arguments(found.wanted)
    return redirect(url_for("log.index", **arguments), code=303)


@blueprint.post("/saved/<saved_id>/forget")
@allow(Role.AUDITOR)
def forget_saved(saved_id: str) -> ResponseReturnValue:
    saved_filters.forget_filter(current_session(), saved_id, now())
    return redirect(url_for("log.saved_page"), code=303)


def _choice() -> LogFilterForm:
    """The choice of events that is to be kept: it stands in the address, as in the list of events."""
    choice = LogFilterForm(request.args)
    choice.offer(audit.choices(current_session(), now()))
    return choice


def _save_page(form: NameForm, status: int, failure: str | None) -> ResponseReturnValue:
    choice = _choice()
    if not choice.validate():
        return make_response(render_template("log/bad_filter.html", form=choice), 422)
    wanted = choice.wanted()
    arguments = log_views.filter_arguments(wanted)
    page = render_template(
        "log/save.html",
        form=form,
        failure=failure,
        chips=log_views.make_chips(wanted, audit.choices(current_session(), now()), "log.save_page"),
        action=url_for("log.save_filter", **arguments),
        back=url_for("log.index", **arguments),
    )
    return make_response(page, status)


def _too_many() -> str:
    said = ngettext(
        "You have saved %(num)d choice, and more are not kept. Forget one first.",
        "You have saved %(num)d choices, and more are not kept. Forget one first.",
        MAX_SAVED,
    )
    return str(said)
