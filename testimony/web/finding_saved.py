"""Saved searches in the finding room: keep one, run it again, forget it, and be told of what came later.

What was saved is shown on these pages alone; the home page says how many, and nothing of what was looked for.
"""

from dataclasses import dataclass, field
from datetime import datetime

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext, ngettext
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from crypto.errors import Tampered
from search.errors import QueryTooCostly
from testimony.domain.errors import Conflict, Invalid, NotFound, Refused
from testimony.domain.purposes import Purpose
from testimony.domain.roles import Role
from testimony.services.saved_searches import (
    MAX_NAME,
    MAX_SAVED,
    SavedSearch,
    find_saved,
    forget,
    mark_seen,
    news,
    save,
    saved,
    unreadable,
)
from testimony.services.sessions import Session
from testimony.web.finding_base import blueprint, chosen_purpose, kept_search, to_purpose
from testimony.web.finding_desk import Desk, KeptSearch
from testimony.web.finding_facets import ChosenLine, chosen_lines, order_words
from testimony.web.finding_pages import purpose_name
from testimony.web.finding_words import TOO_COSTLY, day_words
from testimony.web.forms import ArchiveForm, add_error
from testimony.web.guards import allow
from testimony.web.rooms import Waiting
from testimony.web.sessions import current_session
from testimony.web.wiring import now


class SaveForm(ArchiveForm):
    name = StringField(
        lazy_gettext("What you call it"),
        [
            DataRequired(lazy_gettext("Give it a name.")),
            Length(max=MAX_NAME, message=lazy_gettext("Use at most 120 characters.")),
        ],
    )


@dataclass(frozen=True, slots=True)
class SavedLine:
    """One saved search. new: how many later releases match; 0 where none is known to."""

    id: str
    name: str = field(repr=False)
    query: str = field(repr=False)
    chosen: tuple[ChosenLine, ...] = field(repr=False)
    order: str
    purpose: str
    saved_on: str
    is_open: bool
    new: int


@blueprint.get("/found/<token>/save")
@allow(Role.INVESTIGATOR)
def save_page(token: str) -> ResponseReturnValue:
    return _save_page(token, SaveForm(), 200)


@blueprint.post("/found/<token>/save")
@allow(Role.INVESTIGATOR)
def save_search(token: str) -> ResponseReturnValue:
    form, session = SaveForm.of_request(), current_session()
    desk = Desk(session)
    kept = kept_search(desk, token)
    if kept is None or desk.purpose is None:
        return redirect(url_for("finding.index"), code=303)
    if not form.validate():
        return _save_page(token, form, 422)
    try:
        save(session, kept.request, form.text("name"), desk.purpose, now())
    except Invalid:
        add_error(form, "name", str(lazy_gettext("Use letters, digits and signs on one line.")))
        return _save_page(token, form, 422)
    except Conflict:
        return _save_page(token, form, 422, failure=_too_many())
    except QueryTooCostly as refusal:
        return _save_page(token, form, 422, failure=str(TOO_COSTLY[refusal.reason]))
    except Refused:
        desk.put_away()
        return to_purpose()
    return redirect(url_for("finding.saved_page"), code=303)


@blueprint.get("/saved/")
@allow(Role.INVESTIGATOR)
def saved_page() -> ResponseReturnValue:
    session, at = current_session(), now()
    counts = {notice.saved_id: notice.count for notice in news(session, at)}
    lines = [_line(one, counts.get(one.id, 0)) for one in saved(session, at)]
    return render_template("finding/saved.html", lines=lines, broken=unreadable(session))


@blueprint.post("/saved/<saved_id>/run")
@allow(Role.INVESTIGATOR)
def run_saved(saved_id: str) -> ResponseReturnValue:
    session = current_session()
    desk, one = Desk(session), _mine(session, saved_id)
    if not one.is_open:
        return redirect(url_for("finding.saved_page"), code=303)
    if desk.purpose not in (None, one.purpose) and "confirmed" not in request.form:
        wanted, present = purpose_name(one.purpose), chosen_purpose(desk)
        return render_template("finding/run_saved.html", id=one.id, wanted=wanted, present=present)
    desk.choose(one.purpose)
    kept = desk.keep_search(one.request)
    return redirect(url_for("finding.found", token=kept.token), code=303)


@blueprint.post("/saved/<saved_id>/seen")
@allow(Role.INVESTIGATOR)
def see_saved(saved_id: str) -> ResponseReturnValue:
    session = current_session()
    _mine(session, saved_id)
    mark_seen(session, saved_id, now())
    return redirect(url_for("finding.saved_page"), code=303)


@blueprint.get("/saved/<saved_id>/forget")
@allow(Role.INVESTIGATOR)
def ask_forget(saved_id: str) -> ResponseReturnValue:
    session = current_session()
    name = None if saved_id in unreadable(session) else _mine(session, saved_id).name
    return render_template("finding/forget.html", id=saved_id, name=name)


@blueprint.post("/saved/<saved_id>/forget")
@allow(Role.INVESTIGATOR)
def forget_saved(saved_id: str) -> ResponseReturnValue:
    forget(current_session(), saved_id, now())
    return redirect(url_for("finding.saved_page"), code=303)


def news_waiting(session: Session, at: datetime) -> tuple[Waiting, ...]:
    """What the home page says of saved searches: how many, without a name and without a word."""
    notices = news(session, at)
    if not notices:
        return ()
    if len(notices) == 1:
        sentence = ngettext(
            "%(num)d new testimony matches a search you saved",
            "%(num)d new testimonies match a search you saved",
            notices[0].count,
        )
    else:
        sentence = ngettext(
            "New testimonies match %(num)d search you saved",
            "New testimonies match %(num)d searches you saved",
            len(notices),
        )
    return (Waiting(sentence, url_for("finding.saved_page"), len(notices)),)


def _mine(session: Session, saved_id: str) -> SavedSearch:
    """One's own saved search. Another's, one that is not there and one that does not open look the same."""
    try:
        return find_saved(session, saved_id, now())
    except Tampered:
        raise NotFound from None


def _line(one: SavedSearch, new: int) -> SavedLine:
    return SavedLine(
        one.id,
        one.name,
        one.request.query,
        chosen_lines(one.request),
        order_words(one.request),
        purpose_name(Purpose(one.purpose)),
        day_words(datetime.fromisoformat(one.created_at).date()),
        one.is_open,
        new,
    )


def _save_page(token: str, form: SaveForm, status: int, failure: str | None = None) -> ResponseReturnValue:
    desk = Desk(current_session())
    kept: KeptSearch | None = kept_search(desk, token)
    if kept is None or desk.purpose is None:
        return redirect(url_for("finding.index"), code=303)
    page = render_template(
        "finding/save.html",
        form=form,
        failure=failure,
        token_kept=token,
        query=kept.request.query,
        chosen=chosen_lines(kept.request),
        purpose=chosen_purpose(desk),
    )
    return page, status


def _too_many() -> str:
    return str(
        ngettext(
            "You have saved %(num)d search, and more are not kept. Forget one first.",
            "You have saved %(num)d searches, and more are not kept. Forget one first.",
            MAX_SAVED,
        )
    )
