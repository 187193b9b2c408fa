"""Originals in the finding room: for holders of a grant that names them, a reason each time, nothing withheld.

The pages look unlike all others on purpose. What was searched for, and why, stays in the session's memory.
"""

from collections.abc import Iterable

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import RadioField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from search.errors import QueryTooCostly
from testimony.domain.codes import parse_code
from testimony.domain.errors import DailyCeilingReached, Invalid, NotFound
from testimony.domain.purposes import Purpose
from testimony.domain.roles import Role
from testimony.services.original_readers import (
    DAILY_CEILING,
    MAX_REASON,
    MIN_REASON,
    OriginalCase,
    holds_key,
    offered_original_cases,
    require_reason,
)
from testimony.services.originals_search import PAGE_SIZE, read_original, search_originals
from testimony.web.finding_base import blueprint, chosen_purpose, to_purpose
from testimony.web.finding_desk import Desk
from testimony.web.finding_originals_desk import OriginalsDesk, OriginalsSearch
from testimony.web.finding_originals_pages import original_page, originals_page
from testimony.web.finding_words import PURPOSES, TOO_COSTLY, day_words
from testimony.web.forms import ArchiveForm, add_error
from testimony.web.guards import allow
from testimony.web.sessions import current_session
from testimony.web.wiring import now


class OriginalsForm(ArchiveForm):
    case = RadioField(
        lazy_gettext("In which case?"), [InputRequired(lazy_gettext("Choose the case you search in."))]
    )
    reason = TextAreaField(
        lazy_gettext("Why the released text is not enough"),
        [
            DataRequired(lazy_gettext("Say why you need the original.")),
            Length(MIN_REASON, MAX_REASON, lazy_gettext("Say it in 10 to 500 characters.")),
        ],
    )
    query = StringField(
        lazy_gettext("Words to find"),
        [
            DataRequired(lazy_gettext("Type what to look for.")),
            Length(max=2000, message=lazy_gettext("Use at most 2,000 characters.")),
        ],
    )


@blueprint.get("/originals/")
@allow(Role.INVESTIGATOR)
def originals_index() -> ResponseReturnValue:
    before = OriginalsDesk(current_session()).search(request.args.get("beside", ""))
    data = {} if before is None else {"case": before.case_id, "reason": before.reason, "query": before.query}
    return _ask_page(OriginalsForm(data=data))


@blueprint.post("/originals/")
@allow(Role.INVESTIGATOR)
def search_in_originals() -> ResponseReturnValue:
    form, session = OriginalsForm.of_request(), current_session()
    if Desk(session).purpose is None:
        return to_purpose()
    _offer(form)
    if not form.validate():
        return _ask_page(form, 422)
    try:
        reason = require_reason(form.text("reason"))
    except Invalid:
        add_error(form, "reason", str(lazy_gettext("Say it in 10 to 500 characters.")))
        return _ask_page(form, 422)
    kept = OriginalsDesk(session).keep(form.text("query"), form.text("case"), reason)
    return redirect(url_for("finding.found_originals", token=kept.token), code=303)


@blueprint.get("/originals/found/<token>")
@allow(Role.INVESTIGATOR)
def found_originals(token: str) -> ResponseReturnValue:
    session, page = current_session(), request.args.get("page", 1, type=int)
    purpose, desk = Desk(session).purpose, OriginalsDesk(session)
    kept = desk.search(token)
    if kept is None or purpose is None:
        return redirect(url_for("finding.originals_index"), code=303)
    try:
        hits = search_originals(session, kept.request, purpose, kept.reason, kept.key_of(page), now())
    except QueryTooCostly as refusal:
        return _ask_page(_form_of(kept), 422, failure=str(TOO_COSTLY[refusal.reason]))
    desk.note_page(kept, page, [hit.code for hit in hits.hits], hits.next_key)
    results = originals_page(hits, token, page, first=(page - 1) * PAGE_SIZE + 1)
    return render_template("finding/originals_found.html", results=results, kept=kept)


@blueprint.get("/originals/found/<token>/<code>")
@allow(Role.INVESTIGATOR)
def original(token: str, code: str) -> ResponseReturnValue:
    """The original, once its reader has said that they want to see it; before that only what it is."""
    session, canonical = current_session(), parse_code(code)
    purpose, kept = Desk(session).purpose, OriginalsDesk(session).search(token)
    if kept is None or purpose is None:
        return redirect(url_for("finding.originals_index"), code=303)
    if canonical not in kept.codes:
        raise NotFound  # Only what a search with this reason has shown can be opened for this reason.
    if canonical not in kept.accepted:
        return render_template("finding/original_before.html", code=canonical, kept=kept, most=DAILY_CEILING)
    try:
        view = read_original(session, canonical, purpose, kept.reason, now())
    except DailyCeilingReached as reached:
        return render_template("finding/originals_enough.html", most=reached.limit, token=token), 429
    return render_template(
        "finding/original.html",
        page=original_page(view),
        marks=view.marks,
        kept=kept,
        purpose=str(PURPOSES[purpose].short),
    )


@blueprint.post("/originals/found/<token>/<code>")
@allow(Role.INVESTIGATOR)
def open_original(token: str, code: str) -> ResponseReturnValue:
    desk, canonical = OriginalsDesk(current_session()), parse_code(code)
    kept = desk.search(token)
    if kept is not None and canonical in kept.codes:
        desk.accept(kept, canonical)
    return redirect(url_for("finding.original", token=token, code=canonical), code=303)


def _ask_page(form: OriginalsForm, status: int = 200, failure: str | None = None) -> ResponseReturnValue:
    session = current_session()
    purpose = Desk(session).purpose
    if purpose is None:
        return to_purpose()
    offers = _offer(form)
    page = render_template(
        "finding/originals.html",
        form=form,
        failure=failure,
        has_offers=bool(offers),
        elsewhere=_purposes_elsewhere(offers, purpose),
        holds_key=holds_key(session),
        purpose=chosen_purpose(Desk(session)),
        most=DAILY_CEILING,
    )
    return page, status


def _offer(form: OriginalsForm) -> tuple[OriginalCase, ...]:
    """Fill the cases to choose from: those whose originals are open for the purpose of this session."""
    session = current_session()
    purpose = Desk(session).purpose
    offers = offered_original_cases(session, now())
    form.case.choices = [
        (
            offer.case.case_id,
            gettext(
                "%(title)s (%(case)s), until %(day)s",
                title=offer.case.title,
                case=offer.case.case_id,
                day=day_words(offer.until.date()),
            ),
        )
        for offer in offers
        if purpose in offer.purposes
    ]
    return offers


def _purposes_elsewhere(offers: Iterable[OriginalCase], purpose: Purpose) -> tuple[str, ...]:
    """For what else originals are open, when for this purpose none is."""
    if any(purpose in offer.purposes for offer in offers):
        return ()
    others = sorted({each for offer in offers for each in offer.purposes})
    return tuple(str(PURPOSES[each].short) for each in others if each in PURPOSES)


def _form_of(kept: OriginalsSearch) -> OriginalsForm:
    return OriginalsForm(data={"case": kept.case_id, "reason": kept.reason, "query": kept.query})
