"""Where in a draft a submission's problem comes from: paths of the document to `<step>.<field>`. Pure."""

import re
from collections.abc import Iterable

from testimony.domain.errors import Problem
from testimony.services.consent_answers import (
    asked_in,
    conditions_field,
    decision_field,
    parameter_field,
    until_field,
)
from testimony.services.drafts import Draft, Step

_PLACES = (
    ("case_id", "before.case"),
    ("interview.place_coarse", "before.place"),
    ("interview.place_precision", "before.precision"),
    ("interview.persons_present", "before.present"),
    ("interview.route", "before.route_kind"),
    ("interview.earlier_accounts", "before.earlier"),
    ("interview.prior_accounts", "before.earlier_by"),
    ("interview.interpreter.name", "before.interpreter_name"),
    ("interview.interpreter.relation_declared", "before.interpreter_relation"),
    ("interview.interpreter.relation_alleged", "before.interpreter_alleged"),
    ("interview.interpreter.undertaking_signed", "before.interpreter_undertaking"),
    ("interview.interpreter.gender_ok", "before.interpreter_gender_ok"),
    ("interview.interpreter", "before.interpreter_flag"),
    ("interview.deviations", "closing.deviation_standard"),
    ("interview.ended_by", "closing.ended_by"),
    ("interview.ended", "closing.ended"),
    ("interview.breaks", "closing.breaks"),
    ("interview.recording", "closing.recording"),
    ("interview.referrals", "closing.referral-medical"),
    ("interview.unanswered", "account.unanswered"),
    ("interview.feedback_due", "closing.feedback_due"),
    ("interview.benefits", "explanation.benefits"),
    ("witness.risk", "closing.risk"),
    ("witness.vulnerabilities", "closing.vulnerabilities"),
    ("witness.protective_measures", "closing.protective_measures"),
    ("witness.identity_state", "identity.names"),
    ("read_back.done", "closing.read_back"),
    ("read_back.language", "closing.read_language"),
    ("read_back.confirmed_by", "closing.confirmed_by"),
    ("read_back", "closing.read_note"),
    ("statement.passages", "account.passages"),
    ("warning", "account.warnings"),
    ("consent.explained", "explanation.understood"),
    ("consent.language", "before.explained_in"),
    ("consent.minor", "before.minor"),
    ("consent.through_interpreter", "before.interpreter_name"),
    ("consent.capacity", "consent.free_of_pressure"),
    ("protect", "protect.protect"),
    ("attachments", "files.file"),
)
"""The first that begins the path counts."""

_STEPS = (
    ("interview", Step.BEFORE),
    ("witness", Step.BEFORE),
    ("statement", Step.ACCOUNT),
    ("consent", Step.CONSENT),
)
"""Where a field has the same name in the document and in the draft."""

_DECISION = re.compile(r"consent\.decisions\.(CP\d\d|\d+)(?:\.(.*))?")


def place_problems(problems: Iterable[Problem], draft: Draft) -> tuple[Problem, ...]:
    """Return the problems under the names of the draft's steps and fields, none twice."""
    return tuple(dict.fromkeys(Problem(_place(problem.field, draft), problem.code) for problem in problems))


def _place(path: str, draft: Draft) -> str:
    if decision := _DECISION.fullmatch(path):
        return f"consent.{_decision_place(decision[1], decision[2] or '', draft)}"
    if path.startswith("consent.capacity."):
        return path.replace("capacity.", "")
    for start, place in _PLACES:
        if path == start or path.startswith(start + "."):
            return place
    whole, _, name = path.partition(".")
    for start, step in _STEPS:
        if whole == start and name:
            return f"{step}.{name.partition('.')[0]}"
    return "before.case"


def _decision_place(which: str, rest: str, draft: Draft) -> str:
    answers = draft.answers(Step.CONSENT)
    asked = {purpose.value: purpose for purpose in asked_in(answers)}
    purpose = asked.get(which) or asked_in(answers)[int(which)]
    condition = re.fullmatch(r"conditions\.(\d+)\.parameter", rest)
    if condition:
        return parameter_field(purpose, answers.texts(conditions_field(purpose))[int(condition[1])])
    if rest.startswith("not_before"):
        return parameter_field(purpose, "CC07")
    if rest.startswith("readers"):
        return parameter_field(purpose, "CC11")
    if rest.startswith("valid_until"):
        return until_field(purpose)
    return conditions_field(purpose) if rest.startswith("conditions") else decision_field(purpose)
