"""Asking who a witness is and seeing what two custodians opened; contacts that one has to make."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flask import make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext, ngettext

from testimony.domain.audit import DenyReason
from testimony.domain.codes import parse_code
from testimony.domain.errors import BadCode, Invalid, NotFound, Refused
from testimony.domain.identity import IdentityField, IdentityTask, RequestState
from testimony.domain.roles import Role
from testimony.policy.access import Permission, permissions_of
from testimony.services import contact_tasks, identity_conflicts, identity_requests, identity_views
from testimony.services.identity_requests import Asking
from testimony.services.identity_showing import show
from testimony.services.identity_views import RequestView
from testimony.services.sessions import Session
from testimony.web import identity_contacts
from testimony.web.custody_blueprint import is_confirmed
from testimony.web.custody_words import Word
from testimony.web.forms import add_error
from testimony.web.guards import allow
from testimony.web.identity_base import ASKING, REACHING, asking_blueprint, blueprint, shown_field
from testimony.web.identity_forms import AskForm, ConcernedForm, ShowForm
from testimony.web.identity_words import (
    FIELDS,
    STATES,
    TASKS,
    basis_label,
    day_and_hour,
    lay_problems,
    waits_sentence,
)
from testimony.web.log_words import REASONS
from testimony.web.rooms import Room, Waiting
from testimony.web.sessions import current_session
from testimony.web.translation import known_day, listed
from testimony.web.wiring import now

PAGES = (identity_contacts,)
"""The modules that hang their pages on the blueprint."""

USUAL_DAYS = "3"


@dataclass(frozen=True, slots=True)
class RequestLine:
    """One request on the pages; what follows `is_broken` is empty when it is not what was signed."""

    id: str
    code: str
    state: Word
    requester: str
    is_broken: bool
    is_waiting: bool
    is_open: bool
    task: str = ""
    basis: str = ""
    wanted: str = ""
    waits: str = ""
    reason: str = ""
    contact: str = ""
    asked: datetime | None = None
    until: datetime | None = None


@blueprint.get("/")
@allow(*REACHING)
def index() -> ResponseReturnValue:
    session, at = current_session(), now()
    asks = _may_ask(session)
    requests = tuple(map(request_line, identity_views.own_requests(session, at))) if asks else ()
    tasks = tuple(map(identity_contacts.task_line, contact_tasks.own_tasks(session, at)))
    return render_template("identity/index.html", requests=requests, tasks=tasks, asks=asks)


@asking_blueprint.get("/ask/<code>")
@allow(*ASKING)
def ask_page(code: str) -> ResponseReturnValue:
    form = AskForm(days=USUAL_DAYS)
    return _ask_page(parse_code(code), form, 200)


@asking_blueprint.post("/ask/<code>")
@allow(*ASKING)
def ask(code: str) -> ResponseReturnValue:
    session, form, canonical = current_session(), AskForm.of_request(), parse_code(code)
    form.offer()
    if not is_confirmed(session, form):
        return _ask_page(canonical, form, 422)
    try:
        made = identity_requests.ask(session, _asking(canonical, form), now())
    except Invalid as fault:
        lay_problems(form, fault)
        return _ask_page(canonical, form, 422)
    except NotFound:
        return _ask_page(canonical, form, 422, gettext("There is no identity here that you could ask for."))
    except Refused as refusal:
        if DenyReason.NO_GRANT in refusal.reasons:
            raise
        why = listed(REASONS[reason] for reason in refusal.reasons)
        return _ask_page(canonical, form, 422, gettext("This cannot be asked: %(why)s", why=why))
    return redirect(url_for("asking.request_page", asked_id=made), code=303)


@asking_blueprint.get("/requests/<asked_id>")
@allow(*ASKING)
def request_page(asked_id: str) -> ResponseReturnValue:
    return _request_page(asked_id, ShowForm(), 200)


@asking_blueprint.post("/requests/<asked_id>/cancel")
@allow(*ASKING)
def cancel(asked_id: str) -> ResponseReturnValue:
    identity_requests.cancel(current_session(), asked_id, now())
    return redirect(url_for("asking.request_page", asked_id=asked_id), code=303)


@asking_blueprint.post("/requests/<asked_id>/show")
@allow(*ASKING)
def show_fields(asked_id: str) -> ResponseReturnValue:
    """Shown in the answer itself: there is no address at which an identity lies."""
    session, form = current_session(), ShowForm.of_request()
    view = identity_views.own_request(session, asked_id, now())
    _offer(form, view)
    if not is_confirmed(session, form):
        return _request_page(asked_id, form, 422)
    wanted = frozenset(IdentityField(each) for each in form.wanted.data or ())
    fields = show(session, asked_id, wanted, now())
    shown = tuple(shown_field(each, fields.get(each, "")) for each in IdentityField if each in wanted)
    return render_template("identity/shown.html", line=request_line(view), shown=shown)


@blueprint.get("/too-near")
@allow(*REACHING)
def concerned_page() -> ResponseReturnValue:
    return render_template("identity/concerned.html", form=ConcernedForm(), done=False)


@blueprint.post("/too-near")
@allow(*REACHING)
def declare() -> ResponseReturnValue:
    form = ConcernedForm.of_request()
    if form.validate():
        try:
            identity_conflicts.declare(current_session(), form.text("code"), form.text("handle"), now())
            return render_template("identity/concerned.html", form=ConcernedForm(), done=True)
        except (BadCode, NotFound):
            add_error(form, "code", gettext("There is no such testimony or no such account."))
    return make_response(render_template("identity/concerned.html", form=form, done=False), 422)


def _may_ask(session: Session) -> bool:
    return Permission.ASK_IDENTITY in permissions_of(session.account.roles)


def _asking(code: str, form: AskForm) -> Asking:
    task, _, basis = form.text("need").partition(":")
    return Asking(
        code=code,
        task=IdentityTask(task),
        basis=basis,
        fields=frozenset(IdentityField(each) for each in form.wanted.data or ()),
        reason=form.text("reason"),
        expires_at=now() + timedelta(days=int(form.text("days"))),
        contact_by=form.text("contact_by").strip().casefold() or None,
        contact_due=form.contact_due.data,
    )


def _ask_page(code: str, form: AskForm, status: int, failure: str | None = None) -> ResponseReturnValue:
    form.offer()
    page = render_template("identity/ask.html", form=form, code_of=code, failure=failure)
    return make_response(page, status)


def _request_page(asked_id: str, form: ShowForm, status: int) -> ResponseReturnValue:
    view = identity_views.own_request(current_session(), asked_id, now())
    _offer(form, view)
    page = render_template("identity/request.html", line=request_line(view), form=form)
    return make_response(page, status)


def _offer(form: ShowForm, view: RequestView) -> None:
    wanted = (
        () if view.request is None else tuple(each for each in IdentityField if each in view.request.fields)
    )
    form.offer(tuple((each.value, str(FIELDS[each])) for each in wanted))


def request_line(view: RequestView) -> RequestLine:
    request = view.request
    line = RequestLine(
        id=view.request_id,
        code=view.code,
        state=STATES[view.state],
        requester=view.requester,
        is_broken=request is None,
        is_waiting=request is not None and view.state is RequestState.WAITING,
        is_open=request is not None and view.state is RequestState.OPENED,
    )
    if request is None:
        return line
    contact = ""
    if request.contact_due is not None:
        contact = gettext("%(name)s, until %(day)s", name=view.contact_by, day=known_day(request.contact_due))
    return replace(
        line,
        task=str(TASKS[request.task]),
        basis=basis_label(request.basis),
        wanted=listed(FIELDS[each] for each in IdentityField if each in request.fields),
        waits=waits_sentence(view) if line.is_waiting else "",
        reason=view.reason,
        contact=contact,
        asked=request.asked_at,
        until=view.until,
    )


def waiting(session: Session, at: datetime) -> tuple[Waiting, ...]:
    lines = []
    tasks = contact_tasks.count_open(session)
    if tasks:
        sentence = ngettext("%(num)s witness is to be reached", "%(num)s witnesses are to be reached", tasks)
        lines.append(Waiting(sentence, url_for("identity.index"), tasks))
    for asked_id, until in identity_views.open_to(session, at) if _may_ask(session) else ():
        sentence = gettext("An identity you asked for is open until %(day)s", day=day_and_hour(until))
        lines.append(Waiting(sentence, url_for("asking.request_page", asked_id=asked_id), 1))
    return tuple(lines)


ROOM = Room(
    blueprint=blueprint,
    title=lazy_gettext("Identities"),
    front="identity.index",
    roles=frozenset({Role.INTERVIEWER, Role.REVIEWER, Role.INVESTIGATOR, Role.CUSTODIAN}),
    when_empty=lazy_gettext(
        "Witnesses you are to reach, and identities that were opened for you, appear here."
    ),
    waiting=waiting,
)
