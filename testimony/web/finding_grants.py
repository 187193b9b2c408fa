"""An investigator's own grants: what opens to them and until when, what they asked for, and asking for more."""

from datetime import datetime, timedelta

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from testimony.domain.errors import Invalid, NotFound
from testimony.domain.grants import MAX_DURATION, Grant
from testimony.domain.roles import Role
from testimony.services import grant_requests, grant_views
from testimony.services.grant_views import OwnGrant
from testimony.services.sessions import Session
from testimony.web.custody_words import STANDINGS, lay_problems
from testimony.web.finding_base import blueprint
from testimony.web.finding_words import day_words
from testimony.web.grant_forms import AskForm
from testimony.web.grant_words import PROBLEMS, parts_in_words, purposes_of, request_line
from testimony.web.guards import allow
from testimony.web.rooms import Waiting
from testimony.web.sessions import current_session
from testimony.web.wiring import now

USUAL_SPAN = timedelta(days=29)


@blueprint.get("/grants")
@allow(Role.INVESTIGATOR)
def own_grants() -> ResponseReturnValue:
    own = grant_views.own_grants(current_session(), now())
    lines = tuple(_line(one) for one in own.grants)
    requests = tuple(request_line(view) for view in own.requests)
    return render_template("finding/grants.html", lines=lines, requests=requests)


@blueprint.get("/grants/ask")
@allow(Role.INVESTIGATOR)
def ask_page() -> ResponseReturnValue:
    renews, today = request.args.get("renews"), now().date()
    if renews is None:
        return _page(AskForm(valid_from=today, valid_until=today + USUAL_SPAN), 200)
    return _page(_renewal(_own(renews).grant), 200)


@blueprint.post("/grants/ask")
@allow(Role.INVESTIGATOR)
def ask() -> ResponseReturnValue:
    session, form = current_session(), AskForm.of_request()
    _offer(form)
    if not form.validate():
        return _page(form, 422)
    try:
        grant_requests.ask(session, form.wanted(session.account.handle), now())
    except Invalid as fault:
        lay_problems(form, fault, PROBLEMS)
        return _page(form, 422)
    return redirect(url_for("finding.own_grants"), code=303)


@blueprint.post("/grants/<grant_id>/take-back")
@allow(Role.INVESTIGATOR)
def take_back_request(grant_id: str) -> ResponseReturnValue:
    grant_requests.take_back(current_session(), grant_id, now())
    return redirect(url_for("finding.own_grants"), code=303)


def grants_ending(session: Session, at: datetime) -> tuple[Waiting, ...]:
    return tuple(
        Waiting(
            gettext(
                "Your grant on %(case)s ends on %(day)s; ask for it again if you still need it",
                case=grant.case_id,
                day=day_words(grant.valid_until.date()),
            ),
            url_for("finding.own_grants"),
            1,
        )
        for grant in grant_views.ending_soon(session, at)
    )


def _own(grant_id: str) -> OwnGrant:
    own = grant_views.own_grants(current_session(), now())
    found = next((one for one in own.grants if one.grant.id == grant_id and one.may_renew), None)
    if found is None:
        raise NotFound
    return found


def _renewal(old: Grant) -> AskForm:
    """Filled with what the old one said, but for the reasons: those are given anew, closed parts included."""
    begins = max(old.valid_until.date(), now().date())
    span = min(old.valid_until - old.valid_from, MAX_DURATION) - timedelta(days=1)
    return AskForm(
        case_id=old.case_id,
        purposes=[purpose.value for purpose in sorted(old.purposes)],
        originals=old.originals,
        valid_from=begins,
        valid_until=begins + span,
        renews=old.id,
    )


def _page(form: AskForm, status: int) -> ResponseReturnValue:
    _offer(form)
    return make_response(render_template("finding/ask_grant.html", form=form), status)


def _offer(form: AskForm) -> None:
    cases = grant_views.open_cases(current_session(), now())
    form.offer_cases(tuple((case.case_id, f"{case.case_id} · {case.title}") for case in cases))


def _line(own: OwnGrant) -> dict[str, object]:
    grant = own.grant
    return {
        "id": grant.id,
        "case_id": grant.case_id,
        "standing": STANDINGS[own.standing],
        "purposes": purposes_of(grant),
        "parts": parts_in_words(grant.closed_parts),
        "originals": grant.originals,
        "first_day": grant.valid_from,
        "last_moment": grant.valid_until,
        "asked_by": own.asked_by,
        "given_by": own.given_by,
        "walled": own.walled,
        "may_renew": own.may_renew,
        "follows": own.follows,
    }
