"""What the intake pages show, as frozen view models: questions with their answers, and how far each step
is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import url_for
from flask_babel import gettext

from testimony.domain.errors import Problem
from testimony.domain.purposes import Purpose
from testimony.services.consent_answers import granted_in
from testimony.services.drafts import Answers, Draft, Step
from testimony.web.intake_fields import Kind, Question, Section
from testimony.web.intake_questions import SECTIONS, STEP_NAMES, questions_of
from testimony.web.intake_words import problem_in_words, purpose_label


@dataclass(frozen=True, slots=True)
class FieldView:
    """One question and its answer. rows: cells of each row, the empty ones at the end included."""

    name: str
    label: str
    kind: Kind
    hint: str | None
    options: tuple[tuple[str, str], ...]
    value: str = field(default="", repr=False)
    values: tuple[str, ...] = field(default=(), repr=False)
    rows: tuple[tuple["FieldView", ...], ...] = field(default=(), repr=False)
    error: str | None = None
    is_optional: bool = False
    is_row: bool = False


@dataclass(frozen=True, slots=True)
class SectionView:
    title: str | None
    intro: str | None
    fields: tuple[FieldView, ...]
    when_name: str | None
    when_values: str | None
    when_words: str | None


@dataclass(frozen=True, slots=True)
class StepLink:
    """For the list of steps: name, address, how far it is in words."""

    name: str
    href: str
    state: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class StepPage:
    """One step of one draft. problems: (id of the field, sentence)."""

    draft_id: str
    step: Step
    number: int
    of: int
    name: str
    version: int
    sections: tuple[SectionView, ...]
    steps: tuple[StepLink, ...]
    problems: tuple[tuple[str, str], ...] = ()


def step_page(
    draft: Draft,
    step: Step,
    answers: Answers,
    problems: tuple[Problem, ...] = (),
    choices: Mapping[str, tuple[tuple[str, str], ...]] | None = None,
) -> StepPage:
    """answers: what to show, stored or just typed. choices: options of questions that only the view knows."""
    here = tuple(problem for problem in problems if problem.field.startswith(f"{step}."))
    errors = {problem.field.partition(".")[2]: problem_sentence(problem) for problem in here}
    sections = tuple(
        _section(section, answers, errors, choices or {})
        for section in SECTIONS[step]
        if section.when != ("minor", "yes") or draft.answers(Step.BEFORE).line("minor") == "yes"
    )
    return StepPage(
        draft_id=draft.draft_id,
        step=step,
        number=list(Step).index(step) + 1,
        of=len(Step) + 1,
        name=str(STEP_NAMES[step]),
        version=answers.version,
        sections=sections,
        steps=step_links(draft, step),
        problems=tuple(errors.items()),
    )


def step_links(draft: Draft, current: Step | None) -> tuple[StepLink, ...]:
    """The steps and, last, the page on which the draft is checked and sealed."""
    links = tuple(
        StepLink(
            str(STEP_NAMES[step]),
            url_for("intake.show_step", draft_id=draft.draft_id, name=step.value),
            _state(draft, step),
            step is current,
        )
        for step in Step
    )
    check = url_for("intake.check", draft_id=draft.draft_id)
    return (*links, StepLink(gettext("Check and seal"), check, "", current is None))


def _state(draft: Draft, step: Step) -> str:
    if step is Step.FILES and draft.files:
        return str(gettext("%(count)s sealed", count=len(draft.files)))
    if step is Step.IDENTITY and Purpose.CP06 not in granted_in(draft.answers(Step.CONSENT)):
        return str(gettext("not asked for"))
    if step is Step.FILES:
        return str(gettext("none"))
    return str(gettext("not begun") if draft.answers(step).is_empty else gettext("saved"))


def _section(
    section: Section,
    answers: Answers,
    errors: Mapping[str, str],
    choices: Mapping[str, tuple[tuple[str, str], ...]],
) -> SectionView:
    fields = tuple(
        _field(question, answers, errors.get(question.name), choices.get(question.name))
        for question in section.questions
    )
    when_name, when_values = section.when or (None, None)
    return SectionView(
        title=_words(section.title),
        intro=_words(section.intro),
        fields=fields,
        when_name=when_name,
        when_values=when_values,
        when_words=_words(section.when_words),
    )


def _field(
    question: Question,
    answers: Answers,
    error: str | None,
    options: tuple[tuple[str, str], ...] | None,
) -> FieldView:
    if options is None:
        options = question.options() if question.options else ()
    return FieldView(
        name=question.name,
        label=str(question.label),
        kind=question.kind,
        hint=_words(question.hint),
        options=options,
        value=answers.text(question.name),
        values=answers.texts(question.name),
        rows=_rows(question, answers) if question.kind is Kind.ROWS else (),
        error=error,
        is_optional=question.is_optional,
        is_row=question.is_row,
    )


def _rows(question: Question, answers: Answers) -> tuple[tuple[FieldView, ...], ...]:
    filled = answers.rows(question.name)
    rows = (*filled, *({},) * question.spare)
    return tuple(
        tuple(
            FieldView(
                name=f"{question.name}-{number}-{column.name}",
                label=str(column.label),
                kind=column.kind,
                hint=None,
                options=column.options() if column.options else (),
                value=row.get(column.name, ""),
            )
            for column in question.columns
        )
        for number, row in enumerate(rows)
    )


def problem_sentence(problem: Problem) -> str:
    """A problem in words, under the label of the question it is about."""
    step_name, _, name = problem.field.partition(".")
    step = Step(step_name)
    labels = {question.name: str(question.label) for question in questions_of(step)}
    return problem_in_words(labels.get(name) or _other_label(step, name), problem.code)


def _other_label(step: Step, name: str) -> str:
    """The label of what is not one of the plain questions."""
    purpose = next((p for p in Purpose if p.value in name.split("-")), None)
    if purpose is not None:
        return purpose_label(purpose)
    words = {
        "understood": gettext("What was said and understood"),
        "text": gettext("The account"),
        "passages": gettext("A mark in the account"),
        "protect": gettext("Words to protect"),
        "direction": gettext("The account"),
    }
    return words.get(name) or (gettext("A file") if step is Step.FILES else str(STEP_NAMES[step]))


def _words(text: object | None) -> str | None:
    return None if text is None else str(text)


@dataclass(frozen=True, slots=True)
class ChangedView:
    """One question whose typed answer is not the stored one."""

    label: str
    typed: str = field(repr=False)
    stored: str = field(repr=False)


def changed_views(step: Step, typed: Answers, stored: Answers) -> tuple[ChangedView, ...]:
    """Where what was typed here differs from what was saved elsewhere."""
    labels = {question.name: str(question.label) for question in questions_of(step)}
    names = tuple(dict.fromkeys((*typed.values, *stored.values)))
    return tuple(
        ChangedView(labels.get(name) or _other_label(step, name), _shown(typed, name), _shown(stored, name))
        for name in names
        if _shown(typed, name) != _shown(stored, name)
    )


def _shown(answers: Answers, name: str) -> str:
    """Any answer as text: rows a line each."""
    rows = answers.rows(name)
    if rows:
        return "\n".join(" · ".join(text for text in row.values() if text) for row in rows)
    return answers.text(name) or ", ".join(answers.texts(name))
