"""Findings in the room of the log: the list, one finding with its notes, and writing a note. Nobody edits one."""

from datetime import datetime
from typing import Any

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext, ngettext
from wtforms import DateField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import Length, Optional

from testimony.domain.accounts import AccountId
from testimony.domain.errors import Invalid
from testimony.domain.events import EventFilter
from testimony.domain.findings import (
    FREE,
    MAX_TEXT,
    About,
    AboutKind,
    Closing,
    FindingState,
    NoteDraft,
    parse_events,
)
from testimony.domain.roles import Role
from testimony.services import finding_people, findings
from testimony.services.sessions import Session
from testimony.web.forms import ArchiveForm, add_error
from testimony.web.guards import allow
from testimony.web.log_blueprint import blueprint
from testimony.web.log_finding_words import CLOSINGS, PROBLEMS, STATE_CHIPS, STATES, about_words
from testimony.web.log_views import filter_arguments
from testimony.web.rooms import Waiting
from testimony.web.sessions import current_session
from testimony.web.wiring import now

_NOT_CLOSED = frozenset({FindingState.OPEN, FindingState.LOOKING})


class NoteForm(ArchiveForm):
    words = TextAreaField(lazy_gettext("What you found"), [Length(max=MAX_TEXT)])
    events = StringField(lazy_gettext("Events that bear it out"), [Length(max=1_000)])
    state = SelectField(lazy_gettext("How it stands"))
    closing = SelectField(lazy_gettext("Why it is closed"), [Optional()])
    owner = SelectField(lazy_gettext("Who looks after it"))
    due = DateField(lazy_gettext("By when"), [Optional()])
    kind = HiddenField()
    id = HiddenField()

    def offer(self, session: Session, *, begins: bool) -> None:
        """Fill the lists. begins: whether it is the first note, which cannot close."""
        states = [one for one in FindingState if not (begins and one is FindingState.CLOSED)]
        self.state.choices = [(one.value, STATES[one]) for one in states]
        self.closing.choices = [("", lazy_gettext("It is not closed"))]
        self.closing.choices += [(one.value, CLOSINGS[one]) for one in Closing]
        self.owner.choices = list(finding_people.owners(session))

    def draft(self) -> NoteDraft:
        """Raises Invalid."""
        return NoteDraft(
            text=self.text("words").strip(),
            state=FindingState(self.state.data),
            owner=AccountId(self.owner.data),
            due=self.due.data,
            closing=Closing(self.closing.data) if self.closing.data else None,
            events=parse_events(self.text("events")),
        )


@blueprint.get("/findings")
@allow(Role.AUDITOR)
def findings_page() -> ResponseReturnValue:
    shows_closed = request.args.get("closed") == "1"
    states = frozenset(FindingState) if shows_closed else _NOT_CLOSED
    lines, older = findings.list_findings(current_session(), states, _before(), now())
    closed: dict[str, Any] = {"closed": "1"} if shows_closed else {}
    return render_template(
        "log/findings.html",
        lines=lines,
        states=STATES,
        chips=STATE_CHIPS,
        shows_closed=shows_closed,
        older=older and url_for("log.findings_page", before=older, **closed),
    )


@blueprint.get("/findings/new")
@allow(Role.AUDITOR)
def new_finding() -> ResponseReturnValue:
    session = current_session()
    form = NoteForm(request.args)
    form.offer(session, begins=True)
    form.state.data, form.owner.data = FindingState.OPEN.value, session.account.id
    return _new_page(form, 200)


@blueprint.post("/findings/new")
@allow(Role.AUDITOR)
def open_finding() -> ResponseReturnValue:
    session, form = current_session(), NoteForm.of_request()
    form.offer(session, begins=True)
    if not form.validate():
        return _new_page(form, 422)
    try:
        number = findings.open_finding(session, _about(form), form.draft(), now())
    except Invalid as fault:
        _lay(form, fault)
        return _new_page(form, 422)
    return redirect(url_for("log.finding_page", number=number), code=303)


@blueprint.get("/findings/<int:number>")
@allow(Role.AUDITOR)
def finding_page(number: int) -> ResponseReturnValue:
    session = current_session()
    view = findings.find_finding(session, number, now())
    form = NoteForm()
    form.offer(session, begins=False)
    last = view.finding.last
    form.state.data, form.owner.data, form.due.data = last.state.value, last.owner, last.due
    if last.state is FindingState.CLOSED:
        form.state.data = FindingState.LOOKING.value
    return _finding_page(view, form, 200)


@blueprint.post("/findings/<int:number>")
@allow(Role.AUDITOR)
def add_note(number: int) -> ResponseReturnValue:
    session, form, at = current_session(), NoteForm.of_request(), now()
    form.offer(session, begins=False)
    if not form.validate():
        return _finding_page(findings.find_finding(session, number, at), form, 422)
    try:
        findings.add_note(session, number, form.draft(), at)
    except Invalid as fault:
        _lay(form, fault)
        return _finding_page(findings.find_finding(session, number, at), form, 422)
    return redirect(url_for("log.finding_page", number=number), code=303)


def beside_events(session: Session, wanted: EventFilter, at: datetime) -> dict[str, Any]:
    """What the list of events shows at its side: findings that are not closed, and where this choice leads."""
    arguments = filter_arguments(wanted)
    return {
        "pinned": findings.pinned(session, at),
        "states": STATES,
        "chips_of_states": STATE_CHIPS,
        "picture": url_for("log.picture_page", **arguments),
        "save": None if wanted.is_empty else url_for("log.save_page", **arguments),
    }


def waiting(session: Session, at: datetime) -> tuple[Waiting, ...]:
    """One's own findings that are due today or late, for the home page: how many."""
    mine = [one for one in findings.pinned(session, at) if one.owner == session.account.handle and one.due]
    due = [one for one in mine if one.due and one.due <= at.date()]
    if not due:
        return ()
    sentence = ngettext("%(num)s finding of yours is due", "%(num)s findings of yours are due", len(due))
    return (Waiting(sentence, url_for("log.findings_page"), len(due)),)


def _about(form: NoteForm) -> About:
    kind = form.text("kind")
    return About(AboutKind(kind), form.text("id")[:64]) if kind in set(AboutKind) else FREE


def _new_page(form: NoteForm, status: int) -> ResponseReturnValue:
    about = _about(form)
    handles = finding_people.handle_of(current_session(), about)
    try:
        kind, name = about_words(about, handles)
    except ValueError:
        kind, name = about_words(FREE, {})  # A question that there is not.
    page = render_template("log/new_finding.html", form=form, kind=kind, name=name)
    return make_response(page, status)


def _finding_page(view: findings.FindingView, form: NoteForm, status: int) -> ResponseReturnValue:
    finding = view.finding
    kind, name = about_words(finding.about, view.handles)
    page = render_template(
        "log/finding.html",
        finding=finding,
        kind=kind,
        name=name,
        about=_address(finding.about),
        notes=finding.notes,
        handles=view.handles,
        states=STATES,
        chips=STATE_CHIPS,
        closings=CLOSINGS,
        form=form,
    )
    return make_response(page, status)


def _address(about: About | None) -> str | None:
    match about:
        case About(kind=AboutKind.EVENT, id=number):
            return url_for("log.event_page", seq=int(number))
        case About(kind=AboutKind.ACCOUNT, id=account_id):
            return url_for("log.person_page", account_id=account_id)
        case About(kind=AboutKind.TESTIMONY, id=code):
            return url_for("log.testimony_page", code=code)
        case About(kind=AboutKind.QUESTION, id=question):
            return url_for("log.question_page", question=question)
    return None


def _lay(form: NoteForm, fault: Invalid) -> None:
    for problem in fault.problems:
        name = problem.field if problem.field in form else "words"
        add_error(form, name, str(PROBLEMS[problem.field, problem.code]))


def _before() -> int | None:
    text = request.args.get("before", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else None
