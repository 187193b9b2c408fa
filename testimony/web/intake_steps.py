"""The steps of an interview: each page is saved as it is left, and never over what another page saved."""

from collections.abc import Mapping

from flask import jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from testimony.domain.errors import NotYet, Problem, TooLarge
from testimony.domain.purposes import Purpose
from testimony.domain.roles import Role
from testimony.services.consent_answers import granted_in
from testimony.services.counsel import asked_for_counsel
from testimony.services.drafts import Answers, Draft, Step
from testimony.services.earlier_questions import is_open_to_write
from testimony.services.intake import (
    StepChanged,
    check_draft,
    open_cases,
    save_step,
)
from testimony.services.passages import paragraphs
from testimony.services.stopping import stop_for_counsel, stop_interview
from testimony.web.guards import allow
from testimony.web.intake_base import address_of, blueprint, opened, sent, step_named, wants_json
from testimony.web.intake_consent_pages import allowed_sentence, conditional_views, purpose_groups
from testimony.web.intake_earlier import follows_before
from testimony.web.intake_fields import terms
from testimony.web.intake_file_pages import file_views, kinds_allowed
from testimony.web.intake_forms import (
    conditional_purposes,
    read_basis,
    read_conditions,
    read_step,
    version_of,
)
from testimony.web.intake_pages import changed_views, step_page
from testimony.web.intake_words import ACQUIRED_WORDS, BASIS_WORDS, language_tag
from testimony.web.sessions import current_session
from testimony.web.wiring import now

_TEMPLATES = {
    Step.EXPLANATION: "intake/explanation.html",
    Step.CONSENT: "intake/consent.html",
    Step.ACCOUNT: "intake/account.html",
    Step.PROTECT: "intake/protect.html",
    Step.IDENTITY: "intake/identity.html",
    Step.FILES: "intake/files.html",
}


@blueprint.get("/drafts/<draft_id>/<name>")
@allow(Role.INTERVIEWER)
def show_step(draft_id: str, name: str) -> ResponseReturnValue:
    step, draft = step_named(name), opened(draft_id)
    return render_step(draft, step, draft.answers(step), _problems(draft_id))


@blueprint.post("/drafts/<draft_id>/<name>")
@allow(Role.INTERVIEWER)
def leave_step(draft_id: str, name: str) -> ResponseReturnValue:
    step, draft = step_named(name), opened(draft_id)
    return _save(draft, step, read_step(step, sent(), draft.answers(step)))


@blueprint.get("/drafts/<draft_id>/consent/conditions")
@allow(Role.INTERVIEWER)
def show_conditions(draft_id: str) -> ResponseReturnValue:
    draft = opened(draft_id)
    consent, problems = draft.answers(Step.CONSENT), _problems(draft_id)
    page = step_page(draft, Step.CONSENT, consent, problems)
    return render_template("intake/conditions.html", page=page, rows=conditional_views(consent, problems))


@blueprint.post("/drafts/<draft_id>/consent/conditions")
@allow(Role.INTERVIEWER)
def leave_conditions(draft_id: str) -> ResponseReturnValue:
    draft = opened(draft_id)
    return _save(draft, Step.CONSENT, read_conditions(sent(), draft.answers(Step.CONSENT)))


@blueprint.get("/drafts/<draft_id>/account/basis")
@allow(Role.INTERVIEWER)
def show_basis(draft_id: str) -> ResponseReturnValue:
    draft = opened(draft_id)
    account = draft.answers(Step.ACCOUNT)
    text, marks = account.text("text"), account.rows("passages")
    rows = tuple(
        (text[start:end], next((mark for mark in marks if mark.get("start") == str(start)), {}))
        for start, end in paragraphs(text)
    )
    page = step_page(draft, Step.ACCOUNT, account)
    return render_template("intake/basis.html", page=page, rows=rows, words=BASIS_WORDS)


@blueprint.post("/drafts/<draft_id>/account/basis")
@allow(Role.INTERVIEWER)
def leave_basis(draft_id: str) -> ResponseReturnValue:
    draft = opened(draft_id)
    return _save(draft, Step.ACCOUNT, read_basis(sent(), draft.answers(Step.ACCOUNT)))


def render_step(
    draft: Draft, step: Step, answers: Answers, problems: tuple[Problem, ...] = (), failure: str | None = None
) -> str:
    """The page of a step with these answers, stored or just typed."""
    choices = {"case": tuple((c.case_id, f"{c.case_id} · {c.title}") for c in open_cases(current_session()))}
    return render_template(
        _TEMPLATES.get(step, "intake/questions.html"),
        page=step_page(draft, step, answers, problems, choices),
        failure=failure,
        answers=answers,
        **_extras(draft, step, answers, problems),
    )


def _extras(draft: Draft, step: Step, answers: Answers, problems: tuple[Problem, ...]) -> dict[str, object]:
    """What only this step's page shows."""
    consent = draft.answers(Step.CONSENT)
    if step is Step.EXPLANATION:
        return {"items": terms("explained")()}
    if step is Step.CONSENT:
        return {"groups": purpose_groups(answers, problems), "sentence": allowed_sentence(answers)}
    if step is Step.ACCOUNT:
        tag = language_tag(answers.line("language"))
        return {
            "is_open": is_open_to_write(current_session(), draft),
            "ended_by_counsel": asked_for_counsel(draft),
            "words": BASIS_WORDS,
            "language_tag": tag,
        }
    if step is Step.PROTECT:
        return {"text": draft.answers(Step.ACCOUNT).text("text")}
    if step is Step.FILES:
        return {"files": file_views(draft), "kinds": kinds_allowed(consent), "acquired": ACQUIRED_WORDS}
    return {"is_allowed": Purpose.CP06 in granted_in(consent)} if step is Step.IDENTITY else {}


def _problems(draft_id: str) -> tuple[Problem, ...]:
    """What is missing, when somebody comes from the list of it."""
    return check_draft(current_session(), draft_id, now()).problems if "missing" in request.args else ()


def _save(draft: Draft, step: Step, values: Mapping[str, object]) -> ResponseReturnValue:
    session, at = current_session(), now()
    try:
        saved = save_step(session, draft.draft_id, step, values, version_of(sent()), at)
    except StepChanged as changed:
        return _changed(draft, step, values, changed.stored)
    except NotYet:
        return redirect(address_of(draft.draft_id, step), code=303)
    except TooLarge:
        failure = gettext(
            "This is more than 2 megabytes and was not saved. Shorten it, or attach it as a file."
        )
        typed = Answers(version_of(sent()), values)
        return make_response(render_step(draft, step, typed, failure=failure), 413)
    if wants_json():
        return jsonify(version=saved.version, saved_at=saved.saved_at.isoformat())
    if sent().get("go") == "stop":
        topic, reason = gettext("The whole conversation"), gettext("The witness asked to stop.")
        stop_interview(session, draft.draft_id, topic, reason, at)
        return redirect(url_for("intake.check", draft_id=draft.draft_id), code=303)
    if sent().get("go") == "counsel":
        topic, reason = (
            gettext("Everything after they asked for a lawyer"),
            gettext("They asked for a lawyer."),
        )
        stop_for_counsel(session, draft.draft_id, topic, reason, at)
        return redirect(url_for("intake.check", draft_id=draft.draft_id), code=303)
    return redirect(_onward(draft.draft_id, step, Answers(saved.version, values)), code=303)


def _changed(draft: Draft, step: Step, values: Mapping[str, object], stored: Answers) -> ResponseReturnValue:
    """Both versions side by side; nothing is lost and nothing is overwritten before someone chooses."""
    if wants_json():
        return make_response(jsonify(version=stored.version), 409)
    typed = Answers(stored.version, values)
    page = render_template(
        "intake/changed.html",
        page=step_page(draft, step, stored),
        rows=changed_views(step, typed, stored),
        typed=tuple((name, value) for name, value in sent().items(multi=True) if name not in _OWN),
        action=request.path,
    )
    return make_response(page, 409)


_OWN = ("csrf_token", "version", "go")


def _onward(draft_id: str, step: Step, answers: Answers) -> str:
    """The page that follows a saved one."""
    wish = sent().get("go", "next")
    if wish == "stay":
        return address_of(draft_id, step)
    if wish == "basis":
        return url_for("intake.show_basis", draft_id=draft_id)
    if (
        step is Step.CONSENT
        and conditional_purposes(answers)
        and request.endpoint != "intake.leave_conditions"
    ):
        return url_for("intake.show_conditions", draft_id=draft_id)
    if request.endpoint == "intake.leave_basis":
        return address_of(draft_id, Step.ACCOUNT)
    if step is Step.BEFORE:
        return follows_before(draft_id)
    after = list(Step)[list(Step).index(step) + 1 :]
    return address_of(draft_id, after[0]) if after else url_for("intake.check", draft_id=draft_id)
