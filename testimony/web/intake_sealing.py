"""Check and seal: everything on one page, what is missing, one button; then the code."""

from flask import make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from testimony.domain.errors import Invalid
from testimony.domain.roles import Role
from testimony.services.drafts import Step
from testimony.services.intake import Readiness, check_draft, submit_draft
from testimony.services.submitting import find_submission
from testimony.web.guards import allow
from testimony.web.intake_base import blueprint, opened
from testimony.web.intake_check_pages import cautions, missing, summaries
from testimony.web.intake_consent_pages import allowed_sentence
from testimony.web.intake_earlier import earlier_cautions
from testimony.web.intake_pages import step_links
from testimony.web.sessions import current_session
from testimony.web.wiring import now


@blueprint.get("/drafts/<draft_id>/check")
@allow(Role.INTERVIEWER)
def check(draft_id: str) -> ResponseReturnValue:
    return _check_page(draft_id, check_draft(current_session(), draft_id, now()))


@blueprint.post("/drafts/<draft_id>/seal")
@allow(Role.INTERVIEWER)
def seal(draft_id: str) -> ResponseReturnValue:
    try:
        submit_draft(current_session(), draft_id, now())
    except Invalid as invalid:
        return make_response(_check_page(draft_id, Readiness(invalid.problems)), 422)
    return redirect(url_for("intake.sealed", draft_id=draft_id), code=303)


@blueprint.get("/sealed/<draft_id>")
@allow(Role.INTERVIEWER)
def sealed(draft_id: str) -> ResponseReturnValue:
    return render_template("intake/sealed.html", handed_in=find_submission(current_session(), draft_id))


def _check_page(draft_id: str, readiness: Readiness) -> str:
    draft = opened(draft_id)
    return render_template(
        "intake/check.html",
        draft_id=draft_id,
        steps=step_links(draft, None),
        readiness=readiness,
        missing=missing(draft_id, readiness.problems),
        cautions=(*cautions(draft), *earlier_cautions(draft_id)),
        summaries=summaries(draft),
        sentence=allowed_sentence(draft.answers(Step.CONSENT)),
    )
