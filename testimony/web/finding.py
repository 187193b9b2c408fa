"""The finding room: a purpose, a search, a released testimony to read. For investigators.

The words of a query travel in a form and stay in the session's memory; addresses carry a random token.
"""

from datetime import datetime

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import RadioField, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from search.errors import QueryTooCostly
from testimony.domain.codes import parse_code
from testimony.domain.errors import NotFound, Refused
from testimony.domain.purposes import Purpose
from testimony.domain.roles import Role
from testimony.services.finding import PAGE_SIZE, offered_purposes, search
from testimony.services.reading import ReleaseNotice, approach_release, read_release
from testimony.services.sessions import Session
from testimony.web.finding_desk import Desk, KeptSearch
from testimony.web.finding_pages import (
    PurposeLine,
    ResultsPage,
    notice_page,
    purpose_lines,
    purpose_name,
    reading_page,
    results_page,
)
from testimony.web.finding_words import TOO_COSTLY, day_words
from testimony.web.forms import ArchiveForm
from testimony.web.guards import allow
from testimony.web.rooms import PurposeChip, Room, Waiting
from testimony.web.sessions import current_session
from testimony.web.wiring import now

blueprint = Blueprint("finding", __name__, url_prefix="/finding")

MAX_QUERY = 2000
EVERYTHING = "*"
BREAK_AFTER = 5
"""Violent accounts read in a day after which a break is offered."""


class PurposeForm(ArchiveForm):
    purpose = RadioField(
        lazy_gettext("For which purpose are you reading?"),
        [InputRequired(lazy_gettext("Choose the purpose you are reading for."))],
    )


class SearchForm(ArchiveForm):
    query = StringField(
        lazy_gettext("Words to find"),
        [
            DataRequired(lazy_gettext("Type what to look for.")),
            Length(max=MAX_QUERY, message=lazy_gettext("Use at most 2,000 characters.")),
        ],
    )


@blueprint.get("/")
@allow(Role.INVESTIGATOR)
def index() -> ResponseReturnValue:
    if Desk(current_session()).purpose is None:
        return _to_purpose()
    return _search_page(SearchForm())


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
        return render_template("finding/change_purpose.html", wanted=line, present=_chosen(desk))
    desk.choose(wanted)
    return redirect(url_for("finding.index"), code=303)


@blueprint.post("/search")
@allow(Role.INVESTIGATOR)
def start_search() -> ResponseReturnValue:
    form, desk = SearchForm.of_request(), Desk(current_session())
    if desk.purpose is None:
        return _to_purpose()
    if not form.validate():
        return _search_page(form, 422)
    kept = desk.keep_search(form.text("query"))
    return redirect(url_for("finding.found", token=kept.token), code=303)


@blueprint.get("/found/<token>")
@allow(Role.INVESTIGATOR)
def found(token: str) -> ResponseReturnValue:
    session, page = current_session(), request.args.get("page", 1, type=int)
    desk = Desk(session)
    kept = _kept(desk, token)
    if kept is None or desk.purpose is None:
        return redirect(url_for("finding.index"), code=303)
    try:
        hits = search(session, kept.query, desk.purpose, kept.key_of(page), now())
    except QueryTooCostly as refusal:
        return _search_page(_form_of(kept), 422, failure=str(TOO_COSTLY[refusal.reason]))
    except Refused:
        desk.put_away()
        return _to_purpose()
    desk.note_page(kept, page, [hit.code for hit in hits.hits], hits.next_key)
    results = results_page(hits, kept, page, first=(page - 1) * PAGE_SIZE + 1)
    return _search_page(_form_of(kept), results=results)


@blueprint.get("/testimony/<code>")
@allow(Role.INVESTIGATOR)
def read(code: str) -> ResponseReturnValue:
    session, at = current_session(), now()
    desk = Desk(session)
    if desk.purpose is None:
        return _to_purpose()
    open_it = read_release if desk.has_accepted(parse_code(code)) else approach_release
    opened = open_it(session, code, desk.purpose, at)
    kept = _kept(desk, request.args.get("found", ""))
    if isinstance(opened, ReleaseNotice):
        page = notice_page(opened, kept)
        return render_template("finding/warning.html", page=page, found=kept and kept.token)
    if opened.notice.is_graphic:
        desk.note_graphic(opened.notice.code, at.date())
    return render_template(
        "finding/read.html",
        page=reading_page(opened, kept),
        purpose=_chosen(desk),
        graphic=_graphic(desk, at),
    )


@blueprint.post("/testimony/<code>/open")
@allow(Role.INVESTIGATOR)
def open_graphic(code: str) -> ResponseReturnValue:
    canonical = parse_code(code)
    Desk(current_session()).accept(canonical)
    found_in = request.form.get("found") or None
    return redirect(url_for("finding.read", code=canonical, found=found_in), code=303)


@blueprint.get("/help")
@allow(Role.INVESTIGATOR)
def help_page() -> ResponseReturnValue:
    return render_template("finding/help.html")


def _to_purpose() -> ResponseReturnValue:
    return redirect(url_for("finding.purpose_page"), code=303)


def _purpose_page(form: PurposeForm, status: int) -> ResponseReturnValue:
    offers, desk = _fill(form), Desk(current_session())
    if desk.purpose is not None and form.purpose.data is None:
        form.purpose.data = desk.purpose.value
    page = render_template("finding/purpose.html", form=form, offers=offers, present=_chosen(desk))
    return make_response(page, status)


def _fill(form: PurposeForm) -> tuple[PurposeLine, ...]:
    offers = purpose_lines(offered_purposes(current_session(), now()))
    form.purpose.choices = [(line.value, line.name) for line in offers]
    return offers


def _search_page(
    form: SearchForm, status: int = 200, results: ResultsPage | None = None, failure: str | None = None
) -> ResponseReturnValue:
    session, at = current_session(), now()
    offers = purpose_lines(offered_purposes(session, at))
    desk = Desk(session)
    open_now = next((line for line in offers if line.value == desk.purpose), None)
    if open_now is None:
        desk.put_away()
        return _to_purpose()
    page = render_template(
        "finding/search.html",
        form=form,
        failure=failure,
        results=results,
        purpose=open_now,
        everything=EVERYTHING,
        graphic=_graphic(desk, at),
    )
    return make_response(page, status)


def _form_of(kept: KeptSearch) -> SearchForm:
    return SearchForm(data={"query": kept.query})


def _kept(desk: Desk, token: str) -> KeptSearch | None:
    """The search that an address names; None when it was put away since."""
    try:
        return desk.search(token)
    except NotFound:
        return None


def _chosen(desk: Desk) -> str | None:
    return None if desk.purpose is None else purpose_name(desk.purpose)


def _graphic(desk: Desk, at: datetime) -> dict[str, object]:
    read_today = desk.graphic_on(at.date())
    return {"count": read_today, "offers_break": read_today >= BREAK_AFTER}


def _chip(session: Session) -> PurposeChip | None:
    chosen = _chosen(Desk(session))
    if chosen is None:
        return None
    return PurposeChip(gettext("Purpose: %(purpose)s", purpose=chosen), url_for("finding.purpose_page"))


def _waiting(session: Session, at: datetime) -> tuple[Waiting, ...]:
    """The cases that are open to this person, the one that closes first at the top."""
    ends = {
        opened.case.case_id: opened.until
        for offer in offered_purposes(session, at)
        for opened in sorted(offer.cases, key=lambda opened: opened.until)
    }
    return tuple(
        Waiting(
            gettext("%(case)s is open to you until %(day)s", case=case_id, day=day_words(until.date())),
            url_for("finding.index"),
            1,
        )
        for case_id, until in sorted(ends.items(), key=lambda item: item[1])
    )


ROOM = Room(
    blueprint=blueprint,
    title=lazy_gettext("Search"),
    front="finding.index",
    roles=frozenset({Role.INVESTIGATOR}),
    when_empty=lazy_gettext("When a custodian opens a case to you, it appears here."),
    waiting=_waiting,
    purpose=_chip,
)
