"""Accounts that belong together, for reviewers and investigators: of one incident, and, to see, of one witness.

No room of its own: one comes from the accounts one reads. Whoever may not read both accounts learns of no link.
"""

from flask import Blueprint, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from testimony.domain.errors import BadCode, Conflict, Invalid, NotFound, NotYet, Refused
from testimony.domain.purposes import Purpose
from testimony.domain.roles import Role
from testimony.services import account_links
from testimony.services.account_link_statements import LinkKind
from testimony.web.coders import ElsewhereFirst
from testimony.web.custody_words import lay_problems
from testimony.web.finding_desk import Desk
from testimony.web.forms import ArchiveForm, add_error
from testimony.web.guards import allow
from testimony.web.link_words import DECISIONS, PROBLEMS, difference_lines, link_line
from testimony.web.sessions import current_session
from testimony.web.wiring import now

blueprint = Blueprint("links", __name__, url_prefix="/links")


class LinkForm(ArchiveForm):
    first = StringField(
        lazy_gettext("Code of one account"), [InputRequired(lazy_gettext("Type its code.")), Length(max=40)]
    )
    codes = StringField(
        lazy_gettext("Code of the other"), [InputRequired(lazy_gettext("Type its code.")), Length(max=40)]
    )
    reason = StringField(
        lazy_gettext("Why they belong together"),
        [InputRequired(lazy_gettext("Say why. No name.")), Length(max=account_links.MAX_REASON)],
    )


class LinkReasonForm(ArchiveForm):
    reason = StringField(
        lazy_gettext("Reason"),
        [InputRequired(lazy_gettext("Say why. No name.")), Length(max=account_links.MAX_REASON)],
    )


@blueprint.errorhandler(ElsewhereFirst)
def go_there(first: ElsewhereFirst) -> ResponseReturnValue:
    return redirect(first.href, code=303)


@blueprint.get("/")
@allow(Role.REVIEWER, Role.INVESTIGATOR)
def index() -> ResponseReturnValue:
    return _index(LinkForm(), 200)


@blueprint.post("/")
@allow(Role.REVIEWER, Role.INVESTIGATOR)
def propose() -> ResponseReturnValue:
    session, form, purpose = current_session(), LinkForm.of_request(), _purpose()
    if not form.validate():
        return _index(form, 422)
    pair = (form.text("first"), form.text("codes"))
    try:
        link_id = account_links.propose_same_incident(session, pair, purpose, form.text("reason"), now())
    except Invalid as fault:
        lay_problems(form, fault, PROBLEMS)
        return _index(form, 422)
    except (BadCode, NotFound, NotYet, Refused, Conflict) as fault:
        add_error(form, "codes", str(PROBLEMS["codes", trouble_of(fault)]))
        return _index(form, 422)
    return redirect(url_for("links.link", link_id=link_id), code=303)


@blueprint.get("/<link_id>")
@allow(Role.REVIEWER, Role.INVESTIGATOR)
def link(link_id: str) -> ResponseReturnValue:
    return _link(link_id, LinkReasonForm(), 200)


@blueprint.post("/<link_id>/<decision>")
@allow(Role.REVIEWER, Role.INVESTIGATOR)
def decide(link_id: str, decision: str) -> ResponseReturnValue:
    session, form, state = current_session(), LinkReasonForm.of_request(), DECISIONS.get(decision)
    if state is None:
        raise NotFound
    if not form.validate():
        return _link(link_id, form, 422)
    account_links.decide(session, link_id, state, _purpose(), form.text("reason"), now())
    return redirect(url_for("links.link", link_id=link_id), code=303)


def trouble_of(fault: Exception) -> str:
    """Which sentence says why two accounts cannot be linked. What is not there and what is closed look alike."""
    known = ((BadCode, "bad_code"), (Conflict, "there_already"))
    return next((code for kind, code in known if isinstance(fault, kind)), "not_found")


def _purpose() -> Purpose | None:
    """What an investigator reads for. Raises ElsewhereFirst while none is chosen."""
    session = current_session()
    if Role.REVIEWER in session.account.roles:
        return None
    purpose = Desk(session).purpose
    if purpose is None:
        raise ElsewhereFirst(url_for("finding.purpose_page"))
    return purpose


def _index(form: LinkForm, status: int) -> ResponseReturnValue:
    session = current_session()
    views = account_links.links_of_reader(session, _purpose(), now())
    page = render_template(
        "links/index.html", lines=tuple(map(link_line, views)), form=form, home=_home(), problem=None
    )
    return make_response(page, status)


def _link(link_id: str, form: LinkReasonForm, status: int) -> ResponseReturnValue:
    view, sides = account_links.find_link(current_session(), link_id, _purpose(), now())
    differences, turned = difference_lines(sides)
    page = render_template(
        "links/link.html",
        line=link_line(view),
        codes=tuple(side.code for side in sides),
        differences=differences,
        turned=turned,
        # A custodian's reason may tell of the witness; it is for custodians.
        reason=view.link.reason if view.link.kind is LinkKind.INCIDENT else None,
        form=form,
    )
    return make_response(page, status)


def _home() -> str:
    reviewer = Role.REVIEWER in current_session().account.roles
    return url_for("review.front" if reviewer else "finding.index")
