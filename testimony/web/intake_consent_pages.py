"""What the consent pages show: one purpose a row, its conditions on a page of their own, and what was
allowed in one sentence.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask_babel import gettext

from testimony.domain.consent import Decision
from testimony.domain.errors import Problem
from testimony.domain.purposes import Purpose, depends_on
from testimony.services.consent_answers import (
    conditions_field,
    decision_field,
    decision_on,
    parameter_field,
    until_field,
)
from testimony.services.drafts import Answers
from testimony.web.intake_fields import terms
from testimony.web.intake_forms import conditional_purposes
from testimony.web.intake_pages import problem_sentence
from testimony.web.intake_words import ANSWERS, MEANINGS, PARAMETERS, PURPOSE_GROUPS, purpose_label


@dataclass(frozen=True, slots=True)
class PurposeView:
    """One purpose and its answer. needs: (code, label) of what must be allowed first."""

    code: str
    label: str
    meaning: str
    needs: tuple[tuple[str, str], ...]
    options: tuple[tuple[str, str], ...]
    value: str
    error: str | None


@dataclass(frozen=True, slots=True)
class ConditionView:
    """One condition. parameter_label: None where it needs nothing more."""

    code: str
    label: str
    is_ticked: bool
    parameter_name: str
    parameter_label: str | None
    parameter: str = field(repr=False)
    error: str | None


@dataclass(frozen=True, slots=True)
class ConditionalView:
    """A purpose answered "yes, if", and its conditions."""

    label: str
    name: str
    conditions: tuple[ConditionView, ...]
    until_name: str
    until: str
    error: str | None
    until_error: str | None


def purpose_groups(
    answers: Answers, problems: tuple[Problem, ...]
) -> tuple[tuple[str, tuple[PurposeView, ...]], ...]:
    """The purposes in the order in which they are talked about, each with its answer and nothing preset."""
    errors = {problem.field: problem_sentence(problem) for problem in problems}
    return tuple(
        (str(title), tuple(_purpose(purpose, answers, errors) for purpose in purposes))
        for title, purposes in PURPOSE_GROUPS
    )


def _purpose(purpose: Purpose, answers: Answers, errors: Mapping[str, str]) -> PurposeView:
    value = answers.line(decision_field(purpose))
    options = tuple((answer, str(words)) for answer, words in ANSWERS)
    if value:
        # Nothing is preset, and what was answered by mistake can be taken back to "not asked".
        options = (*options, ("", gettext("Not asked")))
    return PurposeView(
        code=purpose.value,
        label=purpose_label(purpose),
        meaning=str(MEANINGS[purpose]),
        needs=tuple((needed.value, purpose_label(needed)) for needed in sorted(depends_on(purpose))),
        options=options,
        value=value,
        error=errors.get(f"consent.{decision_field(purpose)}"),
    )


def allowed_sentence(answers: Answers) -> str:
    """What was allowed, in one sentence to be read aloud."""
    plain = [purpose_label(p) for p in Purpose if decision_on(answers, p) is Decision.GRANTED]
    conditional = [
        purpose_label(p) for p in Purpose if decision_on(answers, p) is Decision.GRANTED_WITH_CONDITIONS
    ]
    if not plain and not conditional:
        return str(gettext("So far the witness allows nothing."))
    parts = []
    if plain:
        parts.append(gettext("The witness allows: %(purposes)s.", purposes="; ".join(plain)))
    if conditional:
        parts.append(gettext("With conditions: %(purposes)s.", purposes="; ".join(conditional)))
    return " ".join((*parts, gettext("Everything else is no.")))


def conditional_views(answers: Answers, problems: tuple[Problem, ...]) -> tuple[ConditionalView, ...]:
    errors = {problem.field: problem_sentence(problem) for problem in problems}
    return tuple(
        ConditionalView(
            label=purpose_label(purpose),
            name=conditions_field(purpose),
            conditions=tuple(
                _condition(purpose, code, label, answers, errors)
                for code, label in terms("consent_condition")()
            ),
            until_name=until_field(purpose),
            until=answers.text(until_field(purpose)),
            error=errors.get(f"consent.{conditions_field(purpose)}"),
            until_error=errors.get(f"consent.{until_field(purpose)}"),
        )
        for purpose in conditional_purposes(answers)
    )


def _condition(
    purpose: Purpose, code: str, label: str, answers: Answers, errors: Mapping[str, str]
) -> ConditionView:
    name, needs = parameter_field(purpose, code), PARAMETERS.get(code)
    return ConditionView(
        code=code,
        label=label,
        is_ticked=code in answers.texts(conditions_field(purpose)),
        parameter_name=name,
        parameter_label=None if needs is None else str(needs),
        parameter=answers.text(name),
        error=errors.get(f"consent.{name}"),
    )
