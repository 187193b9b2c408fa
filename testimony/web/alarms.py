"""Alarms: what waits to be looked at, and what the rules are set to. One set of pages for auditors and custodians."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import IntegerField, StringField
from wtforms.validators import InputRequired, Length, NumberRange

from testimony.domain.audit import DenyReason
from testimony.domain.errors import NotFound, Refused
from testimony.domain.roles import Role
from testimony.policy.alarms import BOUNDS, Rule, Setting, Unit
from testimony.services import alarms
from testimony.services.alarms import Alarm, RuleView
from testimony.services.sessions import Session
from testimony.web.alarm_words import ADVICE, NAMES, setting_sentence
from testimony.web.custody_blueprint import is_confirmed
from testimony.web.custody_forms import MAX_REASON, GraveForm
from testimony.web.forms import ArchiveForm, add_error
from testimony.web.guards import allow
from testimony.web.sessions import current_session
from testimony.web.wiring import now

blueprint = Blueprint("alarms", __name__, url_prefix="/alarms")


class AnswerForm(ArchiveForm):
    note = StringField(
        lazy_gettext("What did you find?"),
        [InputRequired(lazy_gettext("Say in a sentence what you found.")), Length(max=MAX_REASON)],
    )


class RuleForm(GraveForm):
    limit = IntegerField(lazy_gettext("More than"), [InputRequired(lazy_gettext("Give a number."))])
    span = IntegerField(lazy_gettext("Within how many minutes"), [])

    def ask_for(self, rule: Rule) -> None:
        """Name the numbers as this rule means them; leave out what it has none of."""
        bounds = BOUNDS[rule]
        if bounds.unit is Unit.NONE:
            del self.limit
        else:
            if bounds.unit is Unit.DAYS:
                self.limit.label.text = lazy_gettext("After how many days")
            if bounds.unit is Unit.HOURS_OF_DAY:
                self.limit.label.text = lazy_gettext("Work begins at hour (UTC, 0 to 23)")
                self.span.label.text = lazy_gettext("Work ends at hour (UTC, 1 to 24)")
            self.limit.validators = (*self.limit.validators, NumberRange(*bounds.limits))
        if bounds.unit in (Unit.NONE, Unit.DAYS):
            del self.span
        else:
            needed = InputRequired(lazy_gettext("Give a number."))
            self.span.validators = (needed, NumberRange(*bounds.spans))
        # The page holds another form that asks for a reason and a password.
        for each in self:
            each.id = f"set-{each.name}"

    def setting(self) -> Setting:
        return Setting(True, self._number("limit"), self._number("span"))

    def _number(self, name: str) -> int:
        return int(self[name].data or 0) if name in self else 0


@dataclass(frozen=True, slots=True)
class AlarmLine:
    alarm: Alarm
    name: str
    advice: str


@dataclass(frozen=True, slots=True)
class RuleLine:
    view: RuleView
    name: str
    says: str


@blueprint.get("/")
@allow(Role.AUDITOR, Role.CUSTODIAN)
def index() -> ResponseReturnValue:
    return _index(AnswerForm(), None, 200)


@blueprint.post("/<int:seq>/seen")
@allow(Role.AUDITOR, Role.CUSTODIAN)
def answer(seq: int) -> ResponseReturnValue:
    form = AnswerForm.of_request()
    if not form.validate():
        return _index(form, seq, 422)
    try:
        alarms.acknowledge(current_session(), seq, form.text("note"), now())
    except Refused as refusal:
        if DenyReason.SAME_PERSON not in refusal.reasons:
            raise
        add_error(
            form, "note", gettext("This alarm is about your own account. Somebody else must look at it.")
        )
        return _index(form, seq, 422)
    return redirect(url_for("alarms.index"), code=303)


@blueprint.get("/rules")
@allow(Role.AUDITOR, Role.CUSTODIAN)
def rules() -> ResponseReturnValue:
    lines = tuple(_rule_line(view) for view in alarms.list_rules(current_session(), now()))
    return _page("alarms/rules.html", 200, lines=lines)


@blueprint.get("/rules/<rule>")
@allow(Role.AUDITOR, Role.CUSTODIAN)
def rule_page(rule: str) -> ResponseReturnValue:
    return _rule_page(_rule(rule), None, None, 200)


@blueprint.post("/rules/<rule>")
@allow(Role.AUDITOR, Role.CUSTODIAN)
def set_rule(rule: str) -> ResponseReturnValue:
    session, which, form = current_session(), _rule(rule), RuleForm.of_request()
    form.ask_for(which)
    if not is_confirmed(session, form):
        return _rule_page(which, form, None, 422)
    setting = form.setting()
    if not BOUNDS[which].allow(setting):
        add_error(form, "limit", gettext("Work must begin before it ends."))
        return _rule_page(which, form, None, 422)
    alarms.set_rule(session, which, setting, form.text("reason"), now())
    return redirect(url_for("alarms.rules"), code=303)


@blueprint.post("/rules/<rule>/ask-off")
@allow(Role.AUDITOR, Role.CUSTODIAN)
def ask_off(rule: str) -> ResponseReturnValue:
    return _switch(rule, alarms.ask_off)


@blueprint.post("/rules/<rule>/agree-off")
@allow(Role.AUDITOR, Role.CUSTODIAN)
def agree_off(rule: str) -> ResponseReturnValue:
    return _switch(rule, alarms.agree_off)


@blueprint.post("/rules/<rule>/keep-on")
@allow(Role.AUDITOR, Role.CUSTODIAN)
def keep_on(rule: str) -> ResponseReturnValue:
    alarms.keep_on(current_session(), _rule(rule), now())
    return redirect(url_for("alarms.rules"), code=303)


def _switch(rule: str, act: Callable[[Session, Rule, str, datetime], None]) -> ResponseReturnValue:
    session, which, form = current_session(), _rule(rule), GraveForm.of_request()
    if not is_confirmed(session, form):
        return _rule_page(which, None, form, 422)
    try:
        act(session, which, form.text("reason"), now())
    except Refused as refusal:
        if DenyReason.SAME_PERSON not in refusal.reasons:
            raise
        add_error(form, "reason", gettext("You asked for it yourself. Somebody else must agree."))
        return _rule_page(which, None, form, 422)
    return redirect(url_for("alarms.rules"), code=303)


def _rule(name: str) -> Rule:
    try:
        return Rule(name)
    except ValueError:
        raise NotFound from None


def _index(form: AnswerForm, answered: int | None, status: int) -> ResponseReturnValue:
    """answered: the alarm whose answer was sent, and is not in order."""
    text = request.args.get("before", "")
    before = int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None
    page = alarms.list_alarms(current_session(), before, now())
    numbers = {alarm.number for alarm in page.waiting}
    if answered is not None and answered not in numbers:
        raise NotFound
    return _page(
        "alarms/index.html",
        status,
        form=form,
        answered=answered,
        waiting=tuple(_line(alarm) for alarm in page.waiting),
        looked_at=tuple(_line(alarm) for alarm in page.looked_at),
        older=None if page.older is None else url_for("alarms.index", before=page.older),
    )


def _line(alarm: Alarm) -> AlarmLine:
    return AlarmLine(alarm, str(NAMES[alarm.rule]), str(ADVICE[alarm.rule]))


def _rule_line(view: RuleView) -> RuleLine:
    says = setting_sentence(view.rule, BOUNDS[view.rule].unit, view.setting)
    return RuleLine(view, str(NAMES[view.rule]), says)


def _rule_page(rule: Rule, form: RuleForm | None, off: GraveForm | None, status: int) -> ResponseReturnValue:
    """form, off: what was sent and is not in order; None without."""
    views = alarms.list_rules(current_session(), now())
    view = next(view for view in views if view.rule is rule)
    if form is None:
        form = RuleForm(data={"limit": view.setting.limit, "span": view.setting.span})
        form.ask_for(rule)
    return _page(
        "alarms/rule.html",
        status,
        line=_rule_line(view),
        advice=str(ADVICE[rule]),
        form=form,
        off=off or GraveForm(),
        has_numbers=BOUNDS[rule].unit is not Unit.NONE,
    )


def _page(template: str, status: int, **values: object) -> ResponseReturnValue:
    in_custody = Role.CUSTODIAN in current_session().account.roles
    return make_response(render_template(template, in_custody=in_custody, here="alarms", **values), status)
