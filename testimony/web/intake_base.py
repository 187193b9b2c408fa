"""The blueprint of the intake room, and what its views share."""

from flask import Blueprint, request, url_for
from werkzeug.datastructures import MultiDict

from testimony.services.drafts import Draft, Step, require_step
from testimony.services.intake import open_draft
from testimony.web.sessions import current_session
from testimony.web.wiring import now

blueprint = Blueprint("intake", __name__, url_prefix="/intake")


def opened(draft_id: str) -> Draft:
    return open_draft(current_session(), draft_id, now())


def step_named(name: str) -> Step:
    """Raises NotFound."""
    return require_step(name)


def sent() -> MultiDict[str, str]:
    return request.form


def wants_json() -> bool:
    """Whether a script asks, which saves in the background and stays on its page."""
    return request.accept_mimetypes.best == "application/json"


def address_of(draft_id: str, step: Step) -> str:
    return url_for("intake.show_step", draft_id=draft_id, name=step.value)
