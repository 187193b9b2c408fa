"""From a sent form to answers, as typed. Nothing is refused here: a draft may be incomplete and wrong."""

import json
from collections.abc import Iterator, Mapping

from werkzeug.datastructures import MultiDict

from testimony.domain.consent import Decision
from testimony.domain.purposes import Purpose
from testimony.domain.vocabulary import load
from testimony.services.consent_answers import (
    conditions_field,
    decision_field,
    decision_on,
    parameter_field,
    until_field,
)
from testimony.services.drafts import Answers, Step
from testimony.services.passages import follow, paragraphs
from testimony.web.intake_fields import Kind, Question
from testimony.web.intake_questions import questions_of

MAX_ROWS = 300

Form = MultiDict[str, str]


def version_of(form: Form) -> int:
    """The version of the step that the page was loaded with; anything else is a page that is behind."""
    sent = form.get("version", "")
    return int(sent) if sent.isascii() and sent.isdecimal() and len(sent) < 10 else -1


def read_step(step: Step, form: Form, stored: Answers) -> dict[str, object]:
    """The answers of one step. stored: what the step held, for what this page does not ask."""
    values: dict[str, object] = dict(stored.values)
    for question in questions_of(step):
        values[question.name] = _read(question, form)
    if step is Step.EXPLANATION:
        values |= {"said": form.getlist("said"), "understood": form.getlist("understood")}
    if step is Step.CONSENT:
        values |= {decision_field(purpose): form.get(decision_field(purpose), "") for purpose in Purpose}
    if step is Step.ACCOUNT:
        values["text"] = _text(form, "text")
        values["passages"] = _passages(form, stored, str(values["text"]))
    return values


def read_conditions(form: Form, stored: Answers) -> dict[str, object]:
    """The conditions of every purpose that was answered "yes, if"; the other answers stay."""
    values: dict[str, object] = dict(stored.values)
    for purpose in conditional_purposes(stored):
        values[conditions_field(purpose)] = form.getlist(conditions_field(purpose))
        values[until_field(purpose)] = _text(form, until_field(purpose))
        for condition in load("consent_condition").codes:
            name = parameter_field(purpose, condition)
            if name in form:
                values[name] = _text(form, name)
    return values


def read_basis(form: Form, stored: Answers) -> dict[str, object]:
    """Marks given paragraph by paragraph, on a page without script. Marks inside a paragraph are replaced by
    its own.
    """
    marks = [
        {
            "start": str(start),
            "end": str(end),
            "basis": form.get(f"basis-{number}", ""),
            "speaker": _text(form, f"speaker-{number}"),
        }
        for number, (start, end) in enumerate(paragraphs(stored.text("text")))
    ]
    return {**stored.values, "passages": [mark for mark in marks if mark["basis"]]}


def conditional_purposes(answers: Answers) -> tuple[Purpose, ...]:
    return tuple(p for p in Purpose if decision_on(answers, p) is Decision.GRANTED_WITH_CONDITIONS)


def _read(question: Question, form: Form) -> object:
    if question.kind is Kind.TICKS:
        return form.getlist(question.name)
    if question.kind is Kind.ROWS:
        return list(_rows(question, form))
    return _text(form, question.name)


def _rows(question: Question, form: Form) -> Iterator[dict[str, str]]:
    """Rows in which something was typed or chosen."""
    for number in range(MAX_ROWS):
        names = {column.name: f"{question.name}-{number}-{column.name}" for column in question.columns}
        if not any(name in form for name in names.values()):
            return
        row = {column: _text(form, name) for column, name in names.items()}
        if any(text.strip() for text in row.values()):
            yield row


def _passages(form: Form, stored: Answers, text: str) -> list[Mapping[str, str]]:
    """Marks as the script kept them; without script, the stored ones moved along with the text."""
    if "passages" in form:
        return [dict(row) for row in Answers(0, {"passages": _parsed(form["passages"])}).rows("passages")]
    return list(follow(stored.text("text"), text, stored.rows("passages")))


def _parsed(sent: str) -> object:
    try:
        return json.loads(sent)
    except (ValueError, RecursionError):
        return []


def _text(form: Form, name: str) -> str:
    # A browser sends every line break as CR LF, whatever was typed.
    return form.get(name, "").replace("\r\n", "\n")
