"""The report: a page to print, and the same as CSV and JSON. Counts and event numbers only."""

from datetime import timedelta
from typing import Any

from flask import Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from testimony.domain.audit import Action
from testimony.domain.errors import Invalid
from testimony.domain.findings import Closing, FindingState
from testimony.domain.roles import Role
from testimony.services import questions
from testimony.services.log_report import Report, make_report
from testimony.services.log_report_files import report_csv, report_json
from testimony.storage.room_queries import Span
from testimony.web.forms import add_error
from testimony.web.guards import allow
from testimony.web.log_blueprint import blueprint
from testimony.web.log_finding_words import CLOSINGS, STATES
from testimony.web.log_question_words import QUESTIONS
from testimony.web.log_questions import PeriodForm
from testimony.web.log_words import ACTIONS
from testimony.web.roles import ROLE_NAMES
from testimony.web.sessions import current_session
from testimony.web.wiring import now

_FILES = {"csv": (report_csv, "text/csv"), "json": (report_json, "application/json")}


@blueprint.get("/report")
@allow(Role.AUDITOR)
def report_page() -> ResponseReturnValue:
    form = PeriodForm(request.args)
    report = _report(form)
    if report is None:
        return make_response(render_template("log/report.html", form=form, report=None), 422)
    last = report.until - timedelta(days=1)
    form.since.data, form.until.data = report.since.date(), last.date()
    days: dict[str, Any] = {"since": report.since.date().isoformat(), "until": last.date().isoformat()}
    return render_template(
        "log/report.html",
        form=form,
        report=report,
        last=last,
        files=[(ending.upper(), url_for("log.report_file", ending=ending, **days)) for ending in _FILES],
        actions=[(str(ACTIONS[Action(one.what)]), one) for one in report.actions],
        roles=[(str(ROLE_NAMES[Role(one.what)]), one) for one in report.roles],
        findings=[
            (
                str(STATES[FindingState(one.state)]),
                "" if one.closing is None else str(CLOSINGS[Closing(one.closing)]),
                one,
            )
            for one in report.findings
        ],
        questions=[(str(QUESTIONS[one.question].title), one) for one in report.questions],
    )


@blueprint.get("/report.<any(csv, json):ending>")
@allow(Role.AUDITOR)
def report_file(ending: str) -> ResponseReturnValue:
    report = _report(PeriodForm(request.args))
    if report is None:
        return make_response(render_template("log/report.html", form=PeriodForm(), report=None), 422)
    make, mime = _FILES[ending]
    answer = Response(make(report), mimetype=mime)
    # Days alone: a file's name shows in lists, on sticks and in e-mail.
    name = f"audit-report-{report.since.date().isoformat()}.{ending}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _report(form: PeriodForm) -> Report | None:
    """The report of the chosen days; None when they cannot be read, which the form then says."""
    session, at = current_session(), now()
    if not form.validate():
        return None
    span: Span = form.span(questions.usual_span(at))
    try:
        return make_report(session, span, at)
    except Invalid:
        add_error(form, "until", gettext("Choose a later day, and a year at most."))
        return None
