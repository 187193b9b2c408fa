"""The ready questions: a list of what can be asked, and one page a question with its settings and its answer."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date, gettext, lazy_gettext, ngettext
from wtforms import DateField, IntegerField, SelectField
from wtforms.validators import NumberRange, Optional

from testimony.domain.audit import DenyReason
from testimony.domain.errors import Invalid, NotFound
from testimony.domain.roles import Role
from testimony.policy.questions import OF_A_PERIOD, SETTINGS, Question, Setting
from testimony.services import questions
from testimony.services.asking import Answer, Row
from testimony.storage.room_queries import Span
from testimony.web import log_question_words as words
from testimony.web.forms import ArchiveForm, add_error
from testimony.web.guards import allow
from testimony.web.log_blueprint import blueprint
from testimony.web.log_forms import start_of
from testimony.web.log_words import REASONS
from testimony.web.sessions import current_session
from testimony.web.wiring import now


class PeriodForm(ArchiveForm):
    since = DateField(lazy_gettext("From day"), [Optional()])
    until = DateField(lazy_gettext("To day"), [Optional()])

    def span(self, usual: Span) -> Span:
        """The span, once the form is valid; the usual ends where nothing was typed."""
        until = start_of(self.until.data) + timedelta(days=1) if self.until.data else usual.until
        since = start_of(self.since.data) if self.since.data else min(usual.since, until - timedelta(days=1))
        return Span(since, until)


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """One row in words. person: (handle, address of the history) or None; so code, case and each of events."""

    sentence: str
    person: tuple[str, str] | None
    code: tuple[str, str] | None
    case: tuple[str, str] | None
    events: tuple[tuple[int, str], ...]
    listed: str | None
    finding: str


@blueprint.get("/questions")
@allow(Role.AUDITOR)
def questions_page() -> ResponseReturnValue:
    lines = [(url_for("log.question_page", question=one.value), words.QUESTIONS[one]) for one in Question]
    return render_template("log/questions.html", lines=lines, not_asked=words.NOT_ASKED)


@blueprint.get("/questions/<question>")
@allow(Role.AUDITOR)
def question_page(question: str) -> ResponseReturnValue:
    if question not in set(Question):
        raise NotFound
    asked, session, at = Question(question), current_session(), now()
    form = _form(asked)
    usual = questions.usual_span(at)
    shown: dict[str, Any] = {"question": asked, "words": words.QUESTIONS[asked], "form": form}
    shown |= {"settings": [setting.value for setting in SETTINGS[asked]], "of_period": asked in OF_A_PERIOD}
    if not form.validate():
        return make_response(render_template("log/question.html", **shown, answer=None), 422)
    chosen = {one: int(form[one.value].data) for one in SETTINGS[asked] if form[one.value].data is not None}
    try:
        answer = questions.ask(session, asked, form.span(usual), chosen, at)
    except Invalid as fault:
        for problem in fault.problems:
            add_error(form, problem.field, gettext("Choose a smaller span, or a number within the bounds."))
        return make_response(render_template("log/question.html", **shown, answer=None), 422)
    _show_used(form, answer)
    lines = [make_answer_line(answer, row) for row in answer.rows]
    return render_template(
        "log/question.html",
        **shown,
        answer=answer,
        lines=lines,
        days=_days(answer.span),
        new_finding=url_for("log.new_finding", kind="question", id=asked.value),
    )


def make_answer_line(answer: Answer, row: Row) -> AnswerLine:
    who = row.account
    person = who and (answer.handles.get(who, who), url_for("log.person_page", account_id=who))
    listed = None
    if who and row.since and row.until:
        day, last = row.since.date(), (row.until - timedelta(microseconds=1)).date()
        listed = url_for("log.index", who=who, since=day.isoformat(), until=last.isoformat())
    elif who and answer.question is Question.REFUSED:
        listed = url_for("log.index", who=who, ended="denied", since=answer.span.since.date().isoformat())
    about: dict[str, Any] = {
        "kind": "question",
        "id": answer.question.value,
        "events": " ".join(map(str, row.events)),
    }
    return AnswerLine(
        sentence=str(_sentence(answer.question, row)),
        person=person or None,
        code=(row.code and (row.code, url_for("log.testimony_page", code=row.code))) or None,
        case=(row.case_id and (row.case_id, url_for("log.case_page", case_id=row.case_id))) or None,
        events=tuple((seq, url_for("log.event_page", seq=seq)) for seq in row.events),
        listed=listed,
        finding=url_for("log.new_finding", **about),
    )


def _sentence(question: Question, row: Row) -> Any:
    number, other = row.count, row.other or 0
    match question:
        case Question.BULK_READING if row.since:
            return ngettext(
                "%(num)s thing shown in the hour from %(hour)s on %(day)s",
                "%(num)s things shown in the hour from %(hour)s on %(day)s",
                number,
                hour=row.since.strftime("%H:%M"),
                day=_day(row.since),
            )
        case Question.OUT_OF_HOURS if row.since:
            return ngettext(
                "%(num)s act outside the hours on %(day)s",
                "%(num)s acts outside the hours on %(day)s",
                number,
                day=_day(row.since),
            )
        case Question.BEFORE_GRANT_ENDED if row.until:
            return gettext(
                "%(number)s shown in the last hours before %(day)s; usual in as many hours: %(usual)s",
                number=number,
                day=_day(row.until),
                usual=other,
            )
        case Question.UNUSUAL_DAY if row.surprise:
            return surprise_sentence(row.surprise)
        case Question.MANY_CASES:
            return gettext("%(cases)s cases, %(number)s showings", cases=other, number=number)
        case Question.REFUSED:
            return ngettext("refused %(num)s time", "refused %(num)s times", number)
        case Question.ONE_APPROVER:
            return ngettext(
                "sent out; %(num)s person had approved it", "sent out; %(num)s people had approved it", other
            )
        case Question.CONSENT_EXPIRED:
            reason = REASONS[DenyReason(row.words[0])]
            return gettext(
                "%(number)s times for %(purpose)s under version %(version)s of the consent: %(reason)s",
                number=number,
                purpose=row.words[1],
                version=other,
                reason=reason,
            )
        case _:
            return _other_sentence(question, row)


def _other_sentence(question: Question, row: Row) -> Any:
    word = row.words[0] if row.words else ""
    match question, word:
        case Question.GRANT_PAST_DATE, "read-outside":
            return ngettext(
                "%(num)s thing read outside every grant", "%(num)s things read outside every grant", row.count
            )
        case Question.GRANT_PAST_DATE, _ if row.until:
            return gettext(
                "a grant ran out on %(day)s and was not ended; it opens nothing", day=_day(row.until)
            )
        case Question.IDENTITY_WITHOUT_TASK, _ if row.since:
            return gettext("an identity was shown on %(day)s", day=_day(row.since))
        case Question.SAME_PERSON, _ if row.since:
            return gettext("proposed it and approved it on %(day)s", day=_day(row.since))
        case Question.TOO_NEAR, _ if row.since:
            return gettext(
                "noted as too near on %(day)s; shown %(number)s times since",
                day=_day(row.since),
                number=row.count,
            )
        case Question.QUESTIONED_INTERPRETER, _ if row.since:
            return ngettext(
                "read %(num)s time since %(day)s, when its interpreter was put under question",
                "read %(num)s times since %(day)s, when its interpreter was put under question",
                row.count,
                day=_day(row.since),
            )
        case Question.DORMANT, "came-back" if row.since:
            return gettext("came back on %(day)s after %(days)s days", day=_day(row.since), days=row.other)
        case Question.DORMANT, _:
            return gettext("no sign-in for %(days)s days", days=row.other)
        case Question.CAPTURE_WAITS, "sealed":
            return gettext(
                "%(number)s sealed and not received; the oldest for %(days)s days",
                number=row.count,
                days=row.other,
            )
        case Question.CAPTURE_WAITS, _:
            return gettext(
                "%(number)s drafts; the oldest for %(days)s days", number=row.count, days=row.other
            )
        case Question.CHECK_LONG_AGO, _ if row.other is None:
            return gettext("no check found the log whole, ever")
    return gettext("the last check that found the log whole is %(days)s days old", days=row.other)


def surprise_sentence(found: Any) -> str:
    """The numbers behind a surprise, all of them."""
    said = gettext(
        "%(shown)s shown on %(day)s; usual on this weekday: %(usual)s, at most %(highest)s in %(compared)s weeks; "
        "up to %(limit)s would not surprise",
        shown=found.shown,
        day=_day(found.day),
        usual=f"{found.usual:g}",
        highest=found.highest,
        compared=found.compared,
        limit=f"{found.limit:.0f}",
    )
    return str(said)


def _form(asked: Question) -> PeriodForm:
    fields: dict[str, Any] = {}
    for setting, bounds in SETTINGS[asked].items():
        label = words.SETTINGS[setting]
        if setting is Setting.REST:
            fields[setting.value] = SelectField(label, [Optional()])
        else:
            checks = [Optional(), NumberRange(bounds.low, bounds.high)]
            fields[setting.value] = IntegerField(label, checks)
    form: PeriodForm = type("QuestionForm", (PeriodForm,), fields)(request.args)
    if Setting.REST.value in form:
        rest = form[Setting.REST.value]
        if isinstance(rest, SelectField):
            rest.choices = list(words.REST_DAYS)
    return form


def _show_used(form: PeriodForm, answer: Answer) -> None:
    """What the answer rests on stands in the fields, also where nothing was typed."""
    form.since.data = answer.span.since.date()
    form.until.data = (answer.span.until - timedelta(days=1)).date()
    for setting, value in answer.settings.items():
        form[setting.value].data = str(value) if setting is Setting.REST else value


def _days(span: Span) -> str:
    last = span.until - timedelta(days=1)
    return str(gettext("from %(since)s to %(until)s", since=_day(span.since), until=_day(last)))


def _day(day: Any) -> str:
    return str(format_date(day, "d MMMM y"))
