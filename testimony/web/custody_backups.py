"""Backups as custodians see them: how old the last is, the key that signs them, when one was last tried."""

from datetime import datetime

from flask import make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext, ngettext
from wtforms import HiddenField, IntegerField
from wtforms.validators import InputRequired, NumberRange, Regexp

from testimony.domain.roles import Role
from testimony.services.backup_keys import confirm_key
from testimony.services.backup_status import MOST_DAYS, backup_status, backups_due, set_limit
from testimony.services.sessions import Session
from testimony.web.custody_blueprint import blueprint, is_confirmed
from testimony.web.custody_forms import GraveForm
from testimony.web.forms import ArchiveForm
from testimony.web.guards import allow
from testimony.web.rooms import Waiting
from testimony.web.sessions import current_session
from testimony.web.wiring import now


class KeyForm(GraveForm):
    fingerprint = HiddenField(validators=[InputRequired(), Regexp(r"\A[0-9a-f]{64}\Z")])


class LimitForm(ArchiveForm):
    days = IntegerField(
        lazy_gettext("A backup is due after this many days"),
        [InputRequired(lazy_gettext("Give a number from 1 to 30.")), NumberRange(1, MOST_DAYS)],
    )


@blueprint.get("/backups")
@allow(Role.CUSTODIAN)
def backups_page() -> ResponseReturnValue:
    return _page(KeyForm(), LimitForm(), 200)


@blueprint.post("/backups/key")
@allow(Role.CUSTODIAN)
def confirm_backup_key() -> ResponseReturnValue:
    session, form = current_session(), KeyForm.of_request()
    if not is_confirmed(session, form):
        return _page(form, LimitForm(), 422)
    confirm_key(session, form.text("fingerprint"), form.text("reason"), now())
    return redirect(url_for("custody.backups_page"), code=303)


@blueprint.post("/backups/limit")
@allow(Role.CUSTODIAN)
def set_backup_limit() -> ResponseReturnValue:
    form = LimitForm.of_request()
    if not form.validate():
        return _page(KeyForm(), form, 422)
    set_limit(current_session(), form.days.data or 0, now())
    return redirect(url_for("custody.backups_page"), code=303)


def backups_waiting(session: Session, at: datetime) -> tuple[Waiting, ...]:
    """What is due of the backups, for the front page."""
    status, href = backups_due(session, at), url_for("custody.backups_page")
    lines = []
    if status.due:
        sentence = ngettext(
            "No backup was made for more than %(num)s day",
            "No backup was made for more than %(num)s days",
            status.due_after,
        )
        lines.append(Waiting(sentence, href, 1))
    if status.last is not None and not status.confirmed:
        lines.append(Waiting(gettext("Nobody confirmed the key that signs the backups"), href, 1))
    if status.trial_due:
        lines.append(Waiting(gettext("No backup was tried for a quarter of a year"), href, 1))
    return tuple(lines)


def _page(key_form: KeyForm, limit_form: LimitForm, answer: int) -> ResponseReturnValue:
    status = backup_status(current_session(), now())
    key_form.fingerprint.data = status.key
    if answer == 200:
        limit_form.days.data = status.due_after
    wrong = key_form if key_form.errors else limit_form
    page = render_template(
        "custody/backups.html", status=status, form=key_form, limit_form=limit_form, wrong=wrong
    )
    return make_response(page, answer)
