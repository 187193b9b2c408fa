"""Witnesses who told it before: second accounts that wait for a custodian's word, links of one's accounts."""

from flask import make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext, ngettext
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from testimony.domain.errors import BadCode, Conflict, Invalid, NotFound, Refused
from testimony.domain.roles import Role
from testimony.services import account_links, second_account_decisions
from testimony.services.sessions import Session
from testimony.web.custody_blueprint import blueprint, is_confirmed
from testimony.web.custody_forms import GraveForm
from testimony.web.custody_words import lay_problems
from testimony.web.disposal_words import SAME_PERSON
from testimony.web.forms import add_error
from testimony.web.guards import allow
from testimony.web.link_words import DECISIONS, PROBLEMS, link_line
from testimony.web.links import trouble_of
from testimony.web.rooms import Waiting
from testimony.web.sessions import current_session
from testimony.web.wiring import now

ANSWERS = {"approve": "approved", "refuse": "refused"}
"""As addresses call them."""


class WitnessLinkForm(GraveForm):
    first = StringField(
        lazy_gettext("Code of one account"), [InputRequired(lazy_gettext("Type its code.")), Length(max=40)]
    )
    codes = StringField(
        lazy_gettext("Code of the other"), [InputRequired(lazy_gettext("Type its code.")), Length(max=40)]
    )


@blueprint.get("/second-accounts")
@allow(Role.CUSTODIAN)
def second_accounts_page() -> ResponseReturnValue:
    return _second_accounts(GraveForm(), 200)


@blueprint.post("/second-accounts/<second_id>/<answer>")
@allow(Role.CUSTODIAN)
def decide_second_account(second_id: str, answer: str) -> ResponseReturnValue:
    session, form = current_session(), GraveForm.of_request()
    if answer not in ANSWERS:
        raise NotFound
    if not is_confirmed(session, form):
        return _second_accounts(form, 422)
    try:
        second_account_decisions.decide(session, second_id, ANSWERS[answer], form.text("reason"), now())
    except Refused:
        add_error(form, "reason", str(SAME_PERSON))
        return _second_accounts(form, 422)
    return redirect(url_for("custody.second_accounts_page"), code=303)


@blueprint.get("/same-witness")
@allow(Role.CUSTODIAN)
def witness_links_page() -> ResponseReturnValue:
    return _links(WitnessLinkForm(), GraveForm(), 200)


@blueprint.post("/same-witness")
@allow(Role.CUSTODIAN)
def propose_witness_link() -> ResponseReturnValue:
    session, form = current_session(), WitnessLinkForm.of_request()
    if not is_confirmed(session, form):
        return _links(form, GraveForm(formdata=None), 422)
    pair = (form.text("first"), form.text("codes"))
    try:
        account_links.propose_same_witness(session, pair, form.text("reason"), now())
    except Invalid as fault:
        lay_problems(form, fault, PROBLEMS)
        return _links(form, GraveForm(formdata=None), 422)
    except (BadCode, NotFound, Conflict) as fault:
        add_error(form, "codes", str(PROBLEMS["codes", trouble_of(fault)]))
        return _links(form, GraveForm(formdata=None), 422)
    return redirect(url_for("custody.witness_links_page"), code=303)


@blueprint.post("/same-witness/<link_id>/<decision>")
@allow(Role.CUSTODIAN)
def decide_witness_link(link_id: str, decision: str) -> ResponseReturnValue:
    session, form, state = current_session(), GraveForm.of_request(), DECISIONS.get(decision)
    if state is None:
        raise NotFound
    if not is_confirmed(session, form):
        return _links(WitnessLinkForm(formdata=None), form, 422)
    account_links.decide(session, link_id, state, None, form.text("reason"), now())
    return redirect(url_for("custody.witness_links_page"), code=303)


def waiting(session: Session) -> tuple[Waiting, ...]:
    asked, found = second_account_decisions.count_waiting(session), account_links.count_waiting(session)
    return (
        Waiting(
            ngettext(
                "%(num)s witness who told it before waits for a second person's yes",
                "%(num)s witnesses who told it before wait for a second person's yes",
                asked,
            ),
            url_for("custody.second_accounts_page"),
            asked,
        ),
        Waiting(
            ngettext(
                "%(num)s pair of accounts may be of one witness",
                "%(num)s pairs of accounts may be of one witness",
                found,
            ),
            url_for("custody.witness_links_page"),
            found,
        ),
    )


def _second_accounts(form: GraveForm, status: int) -> ResponseReturnValue:
    views = second_account_decisions.list_requests(current_session(), now())
    page = render_template(
        "custody/second_accounts.html",
        waiting=tuple(view for view in views if view.decision is None),
        decided=tuple(view for view in views if view.decision is not None),
        answers={"approved": gettext("Agreed"), "refused": gettext("Not agreed")},
        form=form,
    )
    return make_response(page, status)


def _links(form: WitnessLinkForm, answer: GraveForm, status: int) -> ResponseReturnValue:
    views = account_links.list_witness_links(current_session(), None, now())
    page = render_template(
        "custody/same_witness.html", lines=tuple(map(link_line, views)), form=form, answer=answer
    )
    return make_response(page, status)
