"""Pages of the custody room on what is due to go, erasures, and their certificates."""

from collections.abc import Callable
from datetime import date, datetime
from functools import partial

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext

from testimony.domain.audit import DenyReason
from testimony.domain.disposal import Cause, ErasureState
from testimony.domain.errors import BadCode, Invalid, Refused
from testimony.domain.roles import Role
from testimony.policy.retention import Deed
from testimony.services import erasures, hold_views, retention
from testimony.services.custody import register_entry
from testimony.services.erasure_certificates import certify_erasure
from testimony.services.sessions import Session
from testimony.web.custody_blueprint import blueprint, is_confirmed
from testimony.web.custody_forms import GraveForm
from testimony.web.disposal_forms import ErasureForm
from testimony.web.disposal_words import (
    BROKEN,
    CAUSES,
    DEEDS,
    ERASURE_STATES,
    HELD,
    RECALLED,
    SAME_PERSON,
    TROUBLES,
    term,
)
from testimony.web.forms import add_error
from testimony.web.guards import allow
from testimony.web.rooms import Waiting
from testimony.web.sessions import current_session
from testimony.web.wiring import now


@blueprint.get("/retention")
@allow(Role.CUSTODIAN)
def retention_page() -> ResponseReturnValue:
    return _retention_page(GraveForm(), 200)


@blueprint.post("/retention/propose")
@allow(Role.CUSTODIAN)
def propose_due() -> ResponseReturnValue:
    session, form = current_session(), GraveForm.of_request()
    if not is_confirmed(session, form):
        return _retention_page(form, 422)
    retention.propose_due(session, request.form.getlist("code"), form.text("reason"), now())
    return redirect(url_for("custody.erasures_page"), code=303)


@blueprint.get("/erasures")
@allow(Role.CUSTODIAN)
def erasures_page() -> ResponseReturnValue:
    lines = tuple(
        (view, str(CAUSES[view.cause]), ERASURE_STATES[view.state], _moment(view.proposed_at))
        for view in erasures.list_erasures(current_session(), now())
    )
    return render_template("custody/erasures.html", lines=lines, asked=_asked())


@blueprint.get("/register/<code>/erase")
@allow(Role.CUSTODIAN)
def erasure_form_page(code: str) -> ResponseReturnValue:
    return _erasure_form_page(code, ErasureForm(), 200)


@blueprint.post("/register/<code>/erase")
@allow(Role.CUSTODIAN)
def propose_erasure(code: str) -> ResponseReturnValue:
    session, form = current_session(), ErasureForm.of_request()
    form.offer()
    if not is_confirmed(session, form):
        return _erasure_form_page(code, form, 422)

    def propose() -> str:
        cause = Cause(form.text("cause"))
        return erasures.propose_erasure(
            session, code, cause, form.text("reason"), now(), although_recalled=_knows()
        )

    if not (erasure_id := _told(form, propose)):
        return _erasure_form_page(code, form, 422)
    return redirect(url_for("custody.erasure_page", erasure_id=erasure_id), code=303)


@blueprint.get("/erasures/<erasure_id>")
@allow(Role.CUSTODIAN)
def erasure_page(erasure_id: str) -> ResponseReturnValue:
    return _erasure_page(erasure_id, GraveForm(), 200)


@blueprint.post("/erasures/<erasure_id>/approve")
@allow(Role.CUSTODIAN)
def approve_erasure(erasure_id: str) -> ResponseReturnValue:
    return _decide(erasure_id, partial(erasures.approve_erasure, although_recalled=_knows()))


@blueprint.post("/erasures/<erasure_id>/refuse")
@allow(Role.CUSTODIAN)
def refuse_erasure(erasure_id: str) -> ResponseReturnValue:
    return _decide(erasure_id, erasures.refuse_erasure)


@blueprint.get("/erasures/<erasure_id>/certificate")
@allow(Role.CUSTODIAN)
def certificate_page(erasure_id: str) -> ResponseReturnValue:
    certificate = certify_erasure(current_session(), erasure_id, now())
    cause = str(CAUSES[certificate.cause])
    return render_template("custody/certificate.html", certificate=certificate, cause=cause)


@blueprint.get("/erasures/<erasure_id>/certificate.txt")
@allow(Role.CUSTODIAN)
def certificate_file(erasure_id: str) -> ResponseReturnValue:
    answer = make_response(certify_erasure(current_session(), erasure_id, now()).text)
    answer.mimetype = "text/plain"
    answer.headers["Content-Disposition"] = f'attachment; filename="erasure-{erasure_id}.txt"'
    return answer


def kept_line(session: Session, code: str) -> tuple[str, date | None]:
    """For the page of a testimony: its class of keeping, and the day on which something is due."""
    view = retention.kept_until(session, code)
    if view is None:
        return "", None
    return term("retention", view.retention.value), None if view.next is None else view.next.on


def _decide(erasure_id: str, decide: Callable[[Session, str, str, datetime], None]) -> ResponseReturnValue:
    session, form = current_session(), GraveForm.of_request()
    erasures.find_erasure(session, erasure_id, now())
    if not is_confirmed(session, form):
        return _erasure_page(erasure_id, form, 422)

    def act() -> str:
        decide(session, erasure_id, form.text("reason"), now())
        return erasure_id

    if not _told(form, act):
        return _erasure_page(erasure_id, form, 422)
    return redirect(url_for("custody.erasure_page", erasure_id=erasure_id), code=303)


def _told(form: GraveForm, act: Callable[[], str]) -> str:
    """What the act gave; empty when it was refused for what a custodian can see, which the form then says."""
    try:
        return act()
    except Invalid:
        add_error(form, "reason", str(RECALLED))
        return ""
    except Refused as refusal:
        words = {
            DenyReason.LEGAL_HOLD: HELD,
            DenyReason.INTEGRITY_FAILED: BROKEN,
            DenyReason.SAME_PERSON: SAME_PERSON,
        }
        known = [str(words[reason]) for reason in refusal.reasons if reason in words]
        if not known:
            raise
        for sentence in known:
            add_error(form, "reason", sentence)
        return ""


def _asked() -> tuple[str, bool] | None:
    """(code, whether it was erased) when somebody asked."""
    typed = request.args.get("code", "").strip()
    if not typed:
        return None
    try:
        return typed[:20], erasures.was_erased(current_session(), typed, now())
    except BadCode:
        return typed[:20], False


def _retention_page(form: GraveForm, status: int) -> ResponseReturnValue:
    session, at = current_session(), now()
    lines = tuple(
        (line, term("retention", line.due.retention.value), str(DEEDS[line.due.deed]), _can_be_proposed(line))
        for line in retention.due_by(session, at.date(), at)
    )
    page = render_template(
        "custody/retention.html",
        lines=lines,
        form=form,
        any_to_propose=any(can for *_, can in lines),
        log_due=retention.log_review(session),
    )
    return make_response(page, status)


def _can_be_proposed(line: retention.DueLine) -> bool:
    return line.due.deed is Deed.DISPOSE and not line.on_hold and not line.proposed


def _erasure_form_page(code: str, form: ErasureForm, status: int) -> ResponseReturnValue:
    entry = register_entry(current_session(), code, now())
    form.offer()
    recalls = erasures.count_recalls(current_session(), code)
    page = render_template("custody/erase.html", form=form, line=entry.line, recalls=recalls, knows=_knows())
    return make_response(page, status)


def _erasure_page(erasure_id: str, form: GraveForm, status: int) -> ResponseReturnValue:
    view = erasures.find_erasure(current_session(), erasure_id, now())
    page = render_template(
        "custody/erasure.html",
        view=view,
        cause=str(CAUSES[view.cause]),
        standing=ERASURE_STATES[view.state],
        trouble=None if view.trouble is None else str(TROUBLES[view.trouble]),
        proposed_at=_moment(view.proposed_at),
        carried_out_at=None if view.carried_out_at is None else _moment(view.carried_out_at),
        waits=view.state is ErasureState.PROPOSED,
        is_done=view.state is ErasureState.CARRIED_OUT,
        form=form,
        knows=_knows(),
    )
    return make_response(page, status)


def _knows() -> bool:
    """Whether somebody ticked that recipients did not answer yet."""
    return request.form.get("although_recalled") == "yes"


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def waiting(session: Session, today: date) -> tuple[Waiting, ...]:
    """What of keeping and letting go waits for this custodian."""
    to_approve, due = erasures.count_to_approve(session), retention.count_due(session, today)
    reviews, lifts = hold_views.count_reviews(session, today), hold_views.count_lifts(session)
    return (
        Waiting(
            ngettext(
                "%(num)s erasure waits for your decision",
                "%(num)s erasures wait for your decision",
                to_approve,
            ),
            url_for("custody.erasures_page"),
            to_approve,
        ),
        Waiting(
            ngettext("%(num)s period of keeping is over", "%(num)s periods of keeping are over", due),
            url_for("custody.retention_page"),
            due,
        ),
        Waiting(
            ngettext(
                "%(num)s legal hold is to be looked at", "%(num)s legal holds are to be looked at", reviews
            ),
            url_for("custody.holds_page"),
            reviews,
        ),
        Waiting(
            ngettext(
                "%(num)s legal hold is asked to be lifted",
                "%(num)s legal holds are asked to be lifted",
                lifts,
            ),
            url_for("custody.holds_page"),
            lifts,
        ),
    )
