"""Was it told before? The archive is asked blindly, and a second person agrees to a second account."""

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, gettext, lazy_gettext, ngettext

from testimony.domain.earlier_accounts import NOT_ASKED, Because, Told
from testimony.domain.errors import Conflict, Invalid
from testimony.domain.roles import Role
from testimony.services.drafts import Draft, Step
from testimony.services.earlier_questions import (
    MAX_NAME,
    MOST_IN_A_DAY,
    EarlierQuestion,
    ask_archive,
    own_question,
    say_not_asked,
)
from testimony.services.second_accounts import MAX_REASON, ask, own_decisions, own_request
from testimony.services.sessions import Session
from testimony.web.guards import allow
from testimony.web.intake_base import address_of, blueprint, opened, sent
from testimony.web.intake_pages import step_links
from testimony.web.rooms import Waiting
from testimony.web.sessions import current_session
from testimony.web.wiring import now

BECAUSE: dict[Because, LazyString] = {
    Because.NO_NAME: lazy_gettext("The witness gave no name."),
    Because.NOT_WANTED: lazy_gettext("The witness does not want it to be looked up."),
    Because.ONE_NAME: lazy_gettext(
        "One name alone fits too many people. Ask for another name, or a telephone."
    ),
    Because.NO_KEY: lazy_gettext(
        "You have not been given the key for this yet. A colleague who signs in hands it on."
    ),
    Because.LIMIT: lazy_gettext("You have asked too often today."),
    Because.NOT_SIGNED: lazy_gettext("The question came through damaged. Ask again."),
}

DECISIONS: dict[str | None, LazyString] = {
    None: lazy_gettext("A custodian has not answered yet"),
    "approved": lazy_gettext("A custodian agreed"),
    "refused": lazy_gettext("A custodian did not agree"),
}


@blueprint.get("/drafts/<draft_id>/earlier")
@allow(Role.INTERVIEWER)
def earlier(draft_id: str) -> ResponseReturnValue:
    return _page(opened(draft_id), (), 200)


@blueprint.post("/drafts/<draft_id>/earlier")
@allow(Role.INTERVIEWER)
def ask_earlier(draft_id: str) -> ResponseReturnValue:
    session, draft, wish = current_session(), opened(draft_id), sent().get("go", "ask")
    if wish in NOT_ASKED:
        say_not_asked(session, draft_id, Because(wish), now())
        return redirect(url_for("intake.earlier", draft_id=draft_id), code=303)
    if not sent().get("agreed"):
        return _page(draft, (("agreed", gettext("Ask the witness first whether you may look.")),), 422)
    asked = EarlierQuestion(sent().get("name", ""), sent().get("telephone", ""))
    try:
        ask_archive(session, draft_id, asked, now())
    except Invalid:
        return _page(draft, (("name", gettext("Type the name as the witness says it.")),), 422)
    return redirect(url_for("intake.earlier", draft_id=draft_id), code=303)


@blueprint.post("/drafts/<draft_id>/second-account")
@allow(Role.INTERVIEWER)
def ask_second(draft_id: str) -> ResponseReturnValue:
    session, draft = current_session(), opened(draft_id)
    try:
        ask(session, draft_id, sent().get("reason", ""), now())
    except Invalid as fault:
        missing = {problem.field for problem in fault.problems}
        problems = [("reason", gettext("Say why it must be told again."))]
        if "before.case" in missing:
            problems = [("reason", gettext("Choose the case first, on the page before."))]
        return _page(draft, tuple(problems), 422)
    except Conflict:
        return _page(draft, (("reason", gettext("Nothing says that there is an earlier account.")),), 422)
    return redirect(url_for("intake.earlier", draft_id=draft_id), code=303)


def decision_words(session: Session) -> dict[str, str]:
    """By draft, what became of the wish to take a second account."""
    return {draft_id: str(DECISIONS[decision]) for draft_id, decision in own_decisions(session).items()}


def answered_waiting(session: Session) -> Waiting:
    count = sum(decision is not None for decision in own_decisions(session).values())
    sentence = ngettext(
        "A custodian has answered about %(num)s draft of a witness who told it before",
        "A custodian has answered about %(num)s drafts of witnesses who told it before",
        count,
    )
    return Waiting(sentence, url_for("intake.index"), count)


def earlier_cautions(draft_id: str) -> tuple[str, ...]:
    """For the page before sealing: an answer that has not come stops nothing."""
    question = own_question(current_session(), draft_id)
    if question is None or question.told is not None:
        return ()
    return (
        gettext(
            "The archive has not answered yet whether there is an earlier account. You can seal it; it is looked "
            "at when it is taken in."
        ),
    )


def follows_before(draft_id: str) -> str:
    """Where the first step leads: here until the archive was asked, then on."""
    if own_question(current_session(), draft_id) is None:
        return url_for("intake.earlier", draft_id=draft_id)
    return address_of(draft_id, Step.EXPLANATION)


def _page(draft: Draft, problems: tuple[tuple[str, str], ...], status: int) -> ResponseReturnValue:
    session, before = current_session(), draft.answers(Step.BEFORE)
    question, second = own_question(session, draft.draft_id), own_request(session, draft.draft_id)
    told_before = before.line("earlier") == "yes"
    found = question is not None and question.told is Told.YES
    page = render_template(
        "intake/earlier.html",
        draft_id=draft.draft_id,
        steps=step_links(draft, Step.BEFORE),
        problems=problems,
        wrong=dict(problems),
        question=question,
        because=None if question is None or question.because is None else BECAUSE[question.because],
        second=second,
        needs_second=told_before or found,
        witness_was_asked=bool(before.line("earlier")),
        # A name that was typed goes back to the page that refused it, and nowhere else.
        typed=request.form if status == 422 else {},
        reason=(second.reason if second else before.text("reinterview_reason")),
        most=MOST_IN_A_DAY,
        longest=(MAX_NAME, MAX_REASON),
    )
    return make_response(page, status)
