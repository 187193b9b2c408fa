"""Files of a draft: each goes through the hash into a sealed object as it arrives."""

from flask import make_response, redirect
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from testimony.domain.errors import Invalid, TooLarge
from testimony.domain.roles import Role
from testimony.services.attaching import FileDescription, attach, detach
from testimony.services.drafts import Step
from testimony.web.guards import allow
from testimony.web.intake_base import address_of, blueprint, opened
from testimony.web.intake_file_pages import size_in_words
from testimony.web.intake_pages import problem_sentence
from testimony.web.intake_steps import render_step
from testimony.web.sessions import current_session
from testimony.web.uploads import Upload, takes_upload
from testimony.web.wiring import current_services, now


@blueprint.post("/drafts/<draft_id>/files/add")
@allow(Role.INTERVIEWER)
@takes_upload
def add_file(upload: Upload, draft_id: str) -> ResponseReturnValue:
    description = FileDescription(
        upload.name, upload.mime, upload.fields.get("kind", ""), upload.fields.get("acquired", "")
    )
    limit = current_services().max_attachment_bytes
    try:
        attach(current_session(), draft_id, upload.source, description, now(), limit_bytes=limit)
    except Invalid as invalid:
        return _again(draft_id, " ".join(problem_sentence(problem) for problem in invalid.problems), 422)
    except TooLarge:
        most = size_in_words(limit)
        return _again(
            draft_id, gettext("This file is larger than %(most)s. Nothing of it was kept.", most=most), 413
        )
    return redirect(address_of(draft_id, Step.FILES), code=303)


@blueprint.post("/drafts/<draft_id>/files/<object_id>/remove")
@allow(Role.INTERVIEWER)
def remove_file(draft_id: str, object_id: str) -> ResponseReturnValue:
    detach(current_session(), draft_id, object_id, now())
    return redirect(address_of(draft_id, Step.FILES), code=303)


def _again(draft_id: str, failure: str, status: int) -> ResponseReturnValue:
    draft = opened(draft_id)
    page = render_step(draft, Step.FILES, draft.answers(Step.FILES), failure=failure)
    return make_response(page, status)
