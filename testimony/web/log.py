"""The room of the log: who saw what, when, under which purpose, and whether the log is whole. Codes and
counts, never content.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from testimony.domain.errors import IntegrityFailed
from testimony.domain.events import EventFilter
from testimony.domain.roles import Role
from testimony.services import audit, key_cards
from testimony.services.backup_status import backup_status
from testimony.services.sessions import Session
from testimony.services.verification import FaultKind, LogVerdict, verify_log
from testimony.web import (
    log_findings,
    log_histories,
    log_picture,
    log_proofs,
    log_questions,
    log_report,
    log_saved,
    log_views,
)
from testimony.web.alarm_words import alarms_waiting
from testimony.web.custody_keys import card_of, line_of
from testimony.web.guards import allow
from testimony.web.log_blueprint import blueprint
from testimony.web.log_forms import CheckForm, LogFilterForm
from testimony.web.log_words import OUTCOMES, REASONS, count_sentence, fault_sentence
from testimony.web.rooms import Room, Waiting
from testimony.web.sessions import current_session
from testimony.web.wiring import now

PAGES = (log_findings, log_histories, log_picture, log_proofs, log_questions, log_report, log_saved)
"""The modules that hang their pages on the blueprint."""

CHECK_UNASKED = 5_000
"""Up to this many events the log is checked when the room is entered; above, a check takes seconds and is
asked for.
"""

_VERDICT = "log:verdict"


@dataclass(frozen=True, slots=True)
class Remembered:
    """The last verdict of this session. fault: a sentence; None when the log was whole."""

    size: int
    at: datetime
    kept: int | None
    fault: str | None

    @classmethod
    def of(cls, verdict: LogVerdict) -> Self:
        fault = verdict.fault
        return cls(
            verdict.size,
            verdict.checked_at,
            verdict.kept,
            None if fault is None else fault_sentence(fault.kind, fault.seq),
        )


@blueprint.get("/")
@allow(Role.AUDITOR)
def index() -> ResponseReturnValue:
    session, at = current_session(), now()
    form = LogFilterForm(request.args)
    choices = audit.choices(session, at)
    form.offer(choices)
    if not form.validate():
        page = render_template("log/bad_filter.html", form=form)
        return make_response(page, 422)
    wanted = form.wanted()
    try:
        page_of_events = audit.events(session, wanted, _before(), at)
    except IntegrityFailed:
        # An entry that is no entry any more must not hide that the log is broken.
        return make_response(
            _check_form(CheckForm(), gettext("An event can no longer be read. Check the log.")), 500
        )
    return render_template(
        "log/index.html",
        form=form,
        chips=log_views.make_chips(wanted, choices),
        days=log_views.make_days(page_of_events),
        strip=log_views.make_strip(page_of_events, wanted),
        total=count_sentence(page_of_events.total, audit.COUNT_AT_MOST),
        older=_older_address(wanted, page_of_events.older),
        newest=url_for("log.index", **log_views.filter_arguments(wanted)) if _before() is not None else None,
        verdict=_known_verdict(session, at),
        **log_findings.beside_events(session, wanted, at),
    )


@blueprint.get("/event/<int:seq>")
@allow(Role.AUDITOR)
def event_page(seq: int) -> ResponseReturnValue:
    return _event_page(seq, None)


@blueprint.post("/event/<int:seq>/words")
@allow(Role.AUDITOR)
def open_words(seq: int) -> ResponseReturnValue:
    return _event_page(seq, audit.open_detail(current_session(), seq, now()))


@blueprint.get("/check")
@allow(Role.AUDITOR)
def check_page() -> ResponseReturnValue:
    return _check_form(CheckForm(), None)


@blueprint.post("/check")
@allow(Role.AUDITOR)
def check() -> ResponseReturnValue:
    form, session = CheckForm.of_request(), current_session()
    if not form.validate():
        return make_response(_check_form(form, None), 422)
    kept = (form.text("kept")).strip() or None
    verdict = verify_log(session, now(), against=kept)
    if verdict.fault is None or verdict.fault.kind is not FaultKind.KEPT_UNREADABLE:
        _remember(session, Remembered.of(verdict))
    return render_template(
        "log/check.html",
        form=form,
        verdict=verdict,
        remembered=Remembered.of(verdict),
        root=verdict.root.hex(),
    )


@blueprint.get("/checkpoints")
@allow(Role.AUDITOR)
def checkpoints() -> ResponseReturnValue:
    found = audit.list_checkpoints(current_session(), _before(), now())
    lines = tuple((one.size, datetime.fromisoformat(one.at)) for one in found)
    older = url_for("log.checkpoints", before=found[-1].size) if len(found) == audit.PAGE else None
    return render_template("log/checkpoints.html", lines=lines, older=older)


@blueprint.post("/checkpoints")
@allow(Role.AUDITOR)
def take_checkpoint() -> ResponseReturnValue:
    taken = audit.take_checkpoint(current_session(), now())
    return redirect(url_for("log.checkpoint", size=taken.size), code=303)


@blueprint.get("/backups")
@allow(Role.AUDITOR)
def backups_page() -> ResponseReturnValue:
    return render_template("log/backups.html", status=backup_status(current_session(), now()))


def _event_page(seq: int, words: str | None) -> ResponseReturnValue:
    view = audit.event(current_session(), seq, now())
    event = view.event
    return render_template(
        "log/event.html",
        event=event,
        line=log_views.make_line(event, view.handles),
        roles=log_views.role_names(event),
        outcome=OUTCOMES[event.outcome],
        reasons=tuple((reason.value, REASONS[reason]) for reason in event.reasons),
        purpose=None if event.purpose is None else log_views.purpose_label(event.purpose.value),
        words=words,
    )


def _check_form(form: CheckForm, failure: str | None) -> str:
    return render_template("log/check.html", form=form, failure=failure, verdict=None)


def _before() -> int | None:
    """The keyset page asked for; anything that is no number is the first page."""
    text = request.args.get("before", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def _older_address(wanted: EventFilter, older: int | None) -> str | None:
    if older is None:
        return None
    return url_for("log.index", **log_views.filter_arguments(wanted), before=str(older))


def _known_verdict(session: Session, at: datetime) -> Remembered | None:
    if _VERDICT not in session.desk:
        if audit.log_size(session, at) > CHECK_UNASKED:
            return None
        _remember(session, Remembered.of(verify_log(session, at)))
    kept = json.loads(session.desk[_VERDICT])
    return Remembered(kept["size"], datetime.fromisoformat(kept["at"]), kept["kept"], kept["fault"])


def _remember(session: Session, verdict: Remembered) -> None:
    session.desk[_VERDICT] = json.dumps(
        {"size": verdict.size, "at": verdict.at.isoformat(), "kept": verdict.kept, "fault": verdict.fault}
    )


@blueprint.get("/keys")
@allow(Role.AUDITOR)
def keys() -> ResponseReturnValue:
    view = key_cards.keys(current_session(), now())
    cards, orders = tuple(map(card_of, view.keys)), tuple(map(line_of, view.orders))
    return render_template("log/keys.html", keys=cards, orders=orders)


def waiting(session: Session, at: datetime) -> tuple[Waiting, ...]:
    warnings = (*alarms_waiting(session), *log_proofs.waiting(session))
    late = log_findings.waiting(session, at)
    if _VERDICT in session.desk:
        return (*warnings, *late)
    return (*warnings, Waiting(gettext("The log waits to be checked"), url_for("log.index"), 1), *late)


ROOM = Room(
    blueprint=blueprint,
    title=lazy_gettext("Log"),
    front="log.index",
    roles=frozenset({Role.AUDITOR}),
    when_empty=lazy_gettext("The log was checked in this session. Nothing else waits."),
    waiting=waiting,
)
