"""What the page before sealing shows: each step in short, what is missing with the way to it, what deserves
a second look.
"""

from dataclasses import dataclass, field

from flask import url_for
from flask_babel import gettext, ngettext

from testimony.domain.errors import Problem
from testimony.domain.purposes import Purpose
from testimony.services.consent_answers import explained_in, granted_in
from testimony.services.drafts import Answers, Draft, Step
from testimony.services.intake import NOT_APPROVED
from testimony.web.intake_fields import Kind, Question
from testimony.web.intake_pages import problem_sentence
from testimony.web.intake_questions import STEP_NAMES, questions_of

_EXCERPT = 300
_NOT_ALONE = frozenset({"PR05", "PR07", "PR09"})
"""Relative, uninvited person, official: no talk of sexual violence while one of them is there."""


@dataclass(frozen=True, slots=True)
class Summary:
    """One step in short: (label, answer) pairs, and where to change them."""

    name: str
    href: str
    facts: tuple[tuple[str, str], ...] = field(repr=False)


def missing(draft_id: str, problems: tuple[Problem, ...]) -> tuple[tuple[str, str], ...]:
    """(address, sentence) for each problem, in the order in which the steps ask."""
    return tuple(
        (_address(draft_id, problem), problem_sentence(problem))
        for problem in sorted(problems, key=_place_in_draft)
    )


def _place_in_draft(problem: Problem) -> tuple[int, int]:
    """What is not one of the plain questions of its step comes first there, as it does on the page."""
    step_name, _, name = problem.field.partition(".")
    step = Step(step_name)
    names = [question.name for question in questions_of(step)]
    return list(Step).index(step), names.index(name) if name in names else -1


def _address(draft_id: str, problem: Problem) -> str:
    if problem == NOT_APPROVED:
        return url_for("intake.earlier", draft_id=draft_id, _anchor="second-heading")
    step, _, name = problem.field.partition(".")
    about_condition = step == Step.CONSENT and name.startswith(("conditions-", "parameter-", "until-"))
    if about_condition:
        return url_for("intake.show_conditions", draft_id=draft_id, missing="", _anchor=name)
    return url_for("intake.show_step", draft_id=draft_id, name=step, missing="", _anchor=name)


def cautions(draft: Draft) -> tuple[str, ...]:
    """What does not stop the sealing but deserves a second look."""
    before, account, consent = (draft.answers(s) for s in (Step.BEFORE, Step.ACCOUNT, Step.CONSENT))
    agreed = consent.line("guardian_decision") == "granted" and consent.line("assent") == "given"
    protected, hearing = draft.answers(Step.PROTECT).rows("protect"), before.texts("could_hear")
    rules = (
        (
            before.line("minor") == "yes" and not agreed,
            gettext("Under 18, without a yes of guardian and child: it can only be sealed as a closed note."),
        ),
        (
            "PR07" in hearing,
            gettext("An uninvited person could hear. Can the witness be harmed by that?"),
        ),
        (
            "CW03" in account.texts("warnings") and not _NOT_ALONE.isdisjoint(before.texts("present")),
            gettext(
                "Sexual violence is spoken of, and a relative, an official or somebody uninvited was there."
            ),
        ),
        (
            before.line("interpreter_flag") in ("declared", "alleged", "confirmed"),
            gettext("The interpreter has a conflict. The account will carry that mark."),
        ),
        (
            not protected,
            gettext("No words to protect are named. Are there really no names and no places?"),
        ),
        (_names_stand_in_text(draft), gettext("A name from the identity page stands in the account.")),
    )
    return tuple(words for holds, words in rules if holds)


def _names_stand_in_text(draft: Draft) -> bool:
    text = draft.answers(Step.ACCOUNT).text("text").casefold()
    names = (row.get("full", "").strip().casefold() for row in draft.answers(Step.IDENTITY).rows("names"))
    return any(name and name in text for name in names)


def summaries(draft: Draft) -> tuple[Summary, ...]:
    """Every step but consent, which has its own sentence, and files, which have their own list."""
    return tuple(
        Summary(
            str(STEP_NAMES[step]),
            url_for("intake.show_step", draft_id=draft.draft_id, name=step.value),
            _facts(draft, step),
        )
        for step in Step
    )


def _facts(draft: Draft, step: Step) -> tuple[tuple[str, str], ...]:
    answers = draft.answers(step)
    if step is Step.IDENTITY:
        # Not repeated here: this page may be read together with the witness, or over a shoulder.
        allowed = Purpose.CP06 in granted_in(draft.answers(Step.CONSENT))
        count = len(answers.rows("names"))
        kept = ngettext("One name, sealed apart", "%(num)s names, sealed apart", count)
        said = str(kept if allowed else gettext("Not kept"))
        return ((gettext("Names"), said),)
    if step is Step.EXPLANATION:
        count = len(explained_in(answers))
        return ((gettext("Said and understood"), gettext("%(count)s of 10", count=count)),)
    if step is Step.FILES:
        return tuple((file.name, file.mime) for file in draft.files)
    facts = tuple((str(question.label), _answer(question, answers)) for question in questions_of(step))
    text = ((gettext("Text"), _excerpt(answers.text("text"))),) if step is Step.ACCOUNT else ()
    return tuple(fact for fact in (*text, *facts) if fact[1])


def _answer(question: Question, answers: Answers) -> str:
    labels = dict(question.options()) if question.options else {}
    if question.kind is Kind.ROWS:
        return "\n".join(
            " – ".join(
                dict(column.options()).get(row.get(column.name, ""), "")
                if column.options
                else row.get(column.name, "")
                for column in question.columns
            )
            for row in answers.rows(question.name)
        )
    if question.kind is Kind.TICKS:
        return "; ".join(labels.get(code, code) for code in answers.texts(question.name))
    value = answers.text(question.name)
    return labels.get(value, value)


def _excerpt(text: str) -> str:
    return text if len(text) <= _EXCERPT else text[:_EXCERPT].rsplit(" ", 1)[0] + " …"
