"""The finding room: a purpose, a search, a released testimony to read. For investigators."""

from datetime import datetime

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import RadioField
from wtforms.validators import InputRequired

from testimony.domain.purposes import Purpose
from testimony.domain.roles import Role
from testimony.services.finding import begin_purpose, offered_purposes
from testimony.services.sessions import Session
from testimony.web import finding_grants as _grants
from testimony.web import finding_narrowing as _narrowing
from testimony.web import finding_originals as _originals
from testimony.web import finding_reading as _reading
from testimony.web import finding_saved as _saved
from testimony.web import finding_searching as _searching
from testimony.web.finding_base import blueprint, chosen_purpose
from testimony.web.finding_desk import Desk
from testimony.web.finding_pages import PurposeLine, purpose_lines
from testimony.web.finding_saved import news_waiting
from testimony.web.finding_words import day_words
from testimony.web.forms import ArchiveForm
from testimony.web.guards import allow
from testimony.web.rooms import PurposeChip, Room, Waiting
from testimony.web.sessions import current_session
from testimony.web.wiring import now

PARTS = (_searching, _narrowing, _reading, _saved, _originals, _grants)
"""Modules that put their views on the blueprint."""


class PurposeForm(ArchiveForm):
    purpose = RadioField(
        lazy_gettext("For which purpose are you reading?"),
        [InputRequired(lazy_gettext("Choose the purpose you are reading for."))],
    )


@blueprint.get("/purpose")
@allow(Role.INVESTIGATOR)
def purpose_page() -> ResponseReturnValue:
    return _purpose_page(PurposeForm(), 200)


@blueprint.post("/purpose")
@allow(Role.INVESTIGATOR)
def choose_purpose() -> ResponseReturnValue:
    form, desk = PurposeForm.of_request(), Desk(current_session())
    offers = _fill(form)
    if not form.validate():
        return _purpose_page(form, 422)
    wanted = Purpose(form.text("purpose"))
    if desk.purpose not in (None, wanted) and "confirmed" not in request.form:
        line = next(line for line in offers if line.value == wanted)
        return render_template("finding/change_purpose.html", wanted=line, present=chosen_purpose(desk))
    desk.choose(wanted)
    begin_purpose(current_session(), wanted, now())
    return redirect(url_for("finding.index"), code=303)


@blueprint.get("/help")
@allow(Role.INVESTIGATOR)
def help_page() -> ResponseReturnValue:
    return render_template("finding/help.html", has_keys=Desk(current_session()).has_keys)


@blueprint.post("/keys")
@allow(Role.INVESTIGATOR)
def turn_keys() -> ResponseReturnValue:
    Desk(current_session()).turn_keys(on=request.form.get("keys") == "on")
    return redirect(url_for("finding.help_page", _anchor="keys"), code=303)


def _purpose_page(form: PurposeForm, status: int) -> ResponseReturnValue:
    offers, desk = _fill(form), Desk(current_session())
    if desk.purpose is not None and form.purpose.data is None:
        form.purpose.data = desk.purpose.value
    page = render_template("finding/purpose.html", form=form, offers=offers, present=chosen_purpose(desk))
    return make_response(page, status)


def _fill(form: PurposeForm) -> tuple[PurposeLine, ...]:
    offers = purpose_lines(offered_purposes(current_session(), now()))
    form.purpose.choices = [(line.value, line.name) for line in offers]
    return offers


def _chip(session: Session) -> PurposeChip | None:
    chosen = chosen_purpose(Desk(session))
    if chosen is None:
        return None
    return PurposeChip(gettext("Purpose: %(purpose)s", purpose=chosen), url_for("finding.purpose_page"))


def _waiting(session: Session, at: datetime) -> tuple[Waiting, ...]:
    """What came to one's saved searches, then the cases that are open, the one that closes first at the top."""
    ends = {
        opened.case.case_id: opened.until
        for offer in offered_purposes(session, at)
        for opened in sorted(offer.cases, key=lambda opened: opened.until)
    }
    return (
        news_waiting(session, at)
        + _grants.grants_ending(session, at)
        + tuple(
            Waiting(
                gettext("%(case)s is open to you until %(day)s", case=case_id, day=day_words(until.date())),
                url_for("finding.index"),
                1,
            )
            for case_id, until in sorted(ends.items(), key=lambda item: item[1])
        )
    )


ROOM = Room(
    blueprint=blueprint,
    title=lazy_gettext("Search"),
    front="finding.index",
    roles=frozenset({Role.INVESTIGATOR}),
    when_empty=lazy_gettext("When a case is opened to you, it appears here. You can ask for a grant."),
    waiting=_waiting,
    purpose=_chip,
)
