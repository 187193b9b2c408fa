"""The search page: one field, how the query was read, what was found and how to narrow it.

The words of a query travel in a form and stay in the session's memory; addresses carry a random token.
"""

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from search.errors import QueryTooCostly
from search.queries import Names
from testimony.domain.errors import Refused
from testimony.domain.roles import Role
from testimony.services.finding import PAGE_SIZE, offered_purposes, search
from testimony.services.original_readers import offered_original_cases
from testimony.services.search_requests import SearchRequest
from testimony.web.finding_base import blueprint, graphic_today, kept_search, to_purpose
from testimony.web.finding_desk import Desk, KeptSearch
from testimony.web.finding_pages import ResultsPage, purpose_lines, results_page
from testimony.web.finding_words import TOO_COSTLY
from testimony.web.forms import ArchiveForm
from testimony.web.guards import allow
from testimony.web.sessions import current_session
from testimony.web.wiring import now

MAX_QUERY = 2000
EVERYTHING = "*"


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
        return to_purpose()
    return search_page(SearchForm())


@blueprint.post("/search")
@allow(Role.INVESTIGATOR)
def start_search() -> ResponseReturnValue:
    form, desk = SearchForm.of_request(), Desk(current_session())
    if desk.purpose is None:
        return to_purpose()
    if not form.validate():
        return search_page(form, 422)
    kept = desk.keep_search(_asked(form, desk))
    return redirect(url_for("finding.found", token=kept.token), code=303)


@blueprint.get("/found/<token>")
@allow(Role.INVESTIGATOR)
def found(token: str) -> ResponseReturnValue:
    session, page = current_session(), request.args.get("page", 1, type=int)
    desk = Desk(session)
    kept = kept_search(desk, token)
    if kept is None or desk.purpose is None:
        return redirect(url_for("finding.index"), code=303)
    try:
        hits = search(session, kept.request, desk.purpose, kept.key_of(page), now())
    except QueryTooCostly as refusal:
        return search_page(form_of(kept), 422, kept=kept, failure=str(TOO_COSTLY[refusal.reason]))
    except Refused:
        desk.put_away()
        return to_purpose()
    desk.note_page(kept, page, [hit.code for hit in hits.hits], hits.next_key)
    results = results_page(hits, kept, page, first=(page - 1) * PAGE_SIZE + 1)
    return search_page(form_of(kept), kept=kept, results=results)


def search_page(
    form: SearchForm,
    status: int = 200,
    *,
    kept: KeptSearch | None = None,
    results: ResultsPage | None = None,
    failure: str | None = None,
) -> ResponseReturnValue:
    session, at = current_session(), now()
    offers = purpose_lines(offered_purposes(session, at))
    desk = Desk(session)
    open_now = next((line for line in offers if line.value == desk.purpose), None)
    if open_now is None:
        desk.put_away()
        return to_purpose()
    page = render_template(
        "finding/search.html",
        form=form,
        failure=failure,
        results=results,
        token_kept=None if kept is None else kept.token,
        any_spelling=kept is None or kept.request.names is Names.ANY_SPELLING,
        purpose=open_now,
        everything=EVERYTHING,
        graphic=graphic_today(desk, at),
        has_keys=desk.has_keys,
        originals=bool(offered_original_cases(session, at)),
    )
    return make_response(page, status)


def form_of(kept: KeptSearch) -> SearchForm:
    return SearchForm(data={"query": kept.request.query})


def _asked(form: SearchForm, desk: Desk) -> SearchRequest:
    """What is asked for now, sorted and narrowed as the search that the form stood beside."""
    before = kept_search(desk, request.form.get("beside", ""))
    asked = SearchRequest(form.text("query"), names=_names())
    if before is None:
        return asked
    return SearchRequest(asked.query, before.request.order, asked.names, before.request.filters)


def _names() -> Names:
    """The switch: a box that is not ticked sends only what stands before it."""
    sent = request.form.getlist("names")
    return Names.AS_WRITTEN if sent and Names.ANY_SPELLING.value not in sent else Names.ANY_SPELLING
