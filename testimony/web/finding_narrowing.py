"""What is done with a search that is there: narrow it, sort it, take its codes away. Words stay in the session."""

from collections.abc import Sequence
from dataclasses import replace

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from search.errors import QueryTooCostly
from testimony.domain.errors import Refused
from testimony.domain.roles import Role
from testimony.services.exporting_codes import MAX_CODES, TooManyCodes, export_codes
from testimony.services.search_requests import SearchOrder, SearchRequest
from testimony.storage.released import FACETS
from testimony.web.finding_base import blueprint, kept_search, to_purpose
from testimony.web.finding_desk import Desk
from testimony.web.finding_searching import form_of, search_page
from testimony.web.finding_words import TOO_COSTLY
from testimony.web.guards import allow
from testimony.web.sessions import current_session
from testimony.web.wiring import now

MAX_FILTERS = 40
MAX_FILTER = 200
"""Code points of a value."""

CODES_FILE = "testimony-codes.csv"


@blueprint.post("/found/<token>/change")
@allow(Role.INVESTIGATOR)
def change_search(token: str) -> ResponseReturnValue:
    desk = Desk(current_session())
    kept = kept_search(desk, token)
    if kept is None or desk.purpose is None:
        return redirect(url_for("finding.index"), code=303)
    wanted = _changed(kept.request)
    if wanted != kept.request:
        kept = desk.keep_search(wanted)
    return redirect(url_for("finding.found", token=kept.token, _anchor="results"), code=303)


@blueprint.post("/found/<token>/codes")
@allow(Role.INVESTIGATOR)
def take_codes(token: str) -> ResponseReturnValue:
    session = current_session()
    desk = Desk(session)
    kept = kept_search(desk, token)
    if kept is None or desk.purpose is None:
        return redirect(url_for("finding.index"), code=303)
    try:
        codes = export_codes(session, kept.request, desk.purpose, now())
    except TooManyCodes:
        return search_page(form_of(kept), 422, failure=_too_many())
    except QueryTooCostly as refusal:
        return search_page(form_of(kept), 422, failure=str(TOO_COSTLY[refusal.reason]))
    except Refused:
        desk.put_away()
        return to_purpose()
    answer = Response(codes, mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{CODES_FILE}"'
    return answer


def _changed(asked: SearchRequest) -> SearchRequest:
    """The search with what this form adds to it, takes from it or sorts it by; what makes no sense changes nothing."""
    filters = asked.filters
    if "clear" in request.form:
        filters = ()
    if (added := _filter(request.form.get("add", ""))) is not None:
        filters = _with(filters, added)
    removed = request.form.get("remove", "")
    filters = tuple(each for each in filters if ":".join(each) != removed)
    order = request.form.get("order", "")
    return replace(
        asked, filters=filters, order=SearchOrder(order) if order in set(SearchOrder) else asked.order
    )


def _filter(text: str) -> tuple[str, str] | None:
    name, _, value = text.partition(":")
    if name not in FACETS or not 0 < len(value) <= MAX_FILTER or '"' in value or not value.isprintable():
        return None
    return name, value


def _with(filters: Sequence[tuple[str, str]], added: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(dict.fromkeys((*filters, added)))[:MAX_FILTERS]


def _too_many() -> str:
    return str(
        gettext(
            "A list holds at most %(most)s codes, and this search finds more. Narrow it, then take the list.",
            most=f"{MAX_CODES:,}",
        )
    )
