"""The interviewer's room: drafts, the steps of an interview, handing in."""

from datetime import datetime

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext, ngettext

from testimony.domain.roles import Role
from testimony.services.drafts import Step
from testimony.services.intake import (
    DraftLine,
    count_drafts,
    discard_draft,
    list_drafts,
    own_submissions,
    start_draft,
)
from testimony.services.sessions import Session
from testimony.web import intake_earlier, intake_files, intake_sealing, intake_steps, intake_taking_back
from testimony.web.guards import allow
from testimony.web.intake_base import address_of, blueprint, opened
from testimony.web.intake_earlier import answered_waiting, decision_words
from testimony.web.intake_questions import STEP_NAMES
from testimony.web.intake_words import state_in_words
from testimony.web.rooms import Room, Waiting
from testimony.web.sessions import current_session
from testimony.web.wiring import now

VIEWS = (intake_earlier, intake_steps, intake_files, intake_sealing, intake_taking_back)
"""Modules whose views are on this blueprint once they are imported."""


@blueprint.get("/")
@allow(Role.INTERVIEWER)
def index() -> ResponseReturnValue:
    session = current_session()
    drafts = tuple(
        (datetime.fromisoformat(line.updated_at), _next(line), line) for line in list_drafts(session)
    )
    handed_in = tuple((one, state_in_words(one.state)) for one in own_submissions(session))
    decided = decision_words(session)
    return render_template("intake/index.html", drafts=drafts, handed_in=handed_in, decided=decided)


@blueprint.post("/drafts")
@allow(Role.INTERVIEWER)
def start() -> ResponseReturnValue:
    return redirect(address_of(start_draft(current_session(), now()), Step.BEFORE), code=303)


@blueprint.get("/drafts/<draft_id>/discard")
@allow(Role.INTERVIEWER)
def ask_discard(draft_id: str) -> ResponseReturnValue:
    draft = opened(draft_id)
    return render_template(
        "intake/discard.html", draft=draft, begun_at=datetime.fromisoformat(draft.created_at)
    )


@blueprint.post("/drafts/<draft_id>/discard")
@allow(Role.INTERVIEWER)
def discard(draft_id: str) -> ResponseReturnValue:
    discard_draft(current_session(), draft_id, now())
    return redirect(url_for("intake.index"), code=303)


def waiting(session: Session, at: datetime) -> tuple[Waiting, ...]:
    """The line on the home page: drafts that are not handed in."""
    count, answered = count_drafts(session), answered_waiting(session)
    if count == 0:
        return ()
    sentence = ngettext("One draft is not handed in.", "%(num)s drafts are not handed in.", count)
    drafts = Waiting(sentence, url_for("intake.index"), count)
    return (drafts, answered) if answered.count else (drafts,)


def _next(line: DraftLine) -> tuple[str, str]:
    """The name and address of the page on which this draft goes on."""
    if line.next_step is None:
        return "", url_for("intake.check", draft_id=line.draft_id)
    return str(STEP_NAMES[line.next_step]), address_of(line.draft_id, line.next_step)


ROOM = Room(
    blueprint=blueprint,
    title=lazy_gettext("Intake"),
    front="intake.index",
    roles=frozenset({Role.INTERVIEWER}),
    when_empty=lazy_gettext("No draft is open. Begin one when a witness is ready to speak."),
    waiting=waiting,
)
