"""The redactor's workspace. Each act is a small form.

A script may ask for what changed instead of the whole page.
"""

from collections.abc import Callable

from flask import jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from testimony.domain.codes import parse_code
from testimony.domain.errors import Invalid, Problem
from testimony.domain.purposes import Audience
from testimony.domain.redaction import MarkDecision
from testimony.domain.roles import Role
from testimony.services.begun import keep_begun
from testimony.services.mark_acts import Done, undo
from testimony.services.redacting import (
    Edge,
    change_mark,
    decide,
    decide_alike,
    mark_everywhere,
    mark_span,
    mark_words,
    stretch_mark,
    write_note,
)
from testimony.services.review import open_desk
from testimony.services.taking import take, take_over
from testimony.services.token_series import series_of
from testimony.services.witness_word import words_on
from testimony.web.guards import allow
from testimony.web.review_desk import desk_view
from testimony.web.review_forms import CoverForm, MarkForm, NoteForm, StretchForm, TurnForm, sentences
from testimony.web.review_patches import both_sides, patches
from testimony.web.review_queue import blueprint, needs_warning
from testimony.web.sessions import current_session
from testimony.web.wiring import now

_AUDIENCE = "review-audience"
_DECISIONS = {
    "accept": (decide, MarkDecision.ACCEPTED),
    "reject": (decide, MarkDecision.REJECTED),
    "accept_alike": (decide_alike, MarkDecision.ACCEPTED),
    "reject_alike": (decide_alike, MarkDecision.REJECTED),
}


@blueprint.get("/<code>/")
@allow(Role.REVIEWER)
def workspace(code: str) -> ResponseReturnValue:
    code = parse_code(code)
    if needs_warning(code):
        return redirect(url_for("review.warning", code=code), code=303)
    if (wanted := request.args.get("audience")) in {audience.value for audience in Audience}:
        current_session().desk[_AUDIENCE] = str(wanted)
    return _page(code, request.args.get("mark", ""))


@blueprint.post("/<code>/take")
@allow(Role.REVIEWER)
def take_account(code: str) -> ResponseReturnValue:
    take(current_session(), parse_code(code), now())
    return redirect(url_for("review.workspace", code=parse_code(code)), code=303)


@blueprint.post("/<code>/take-over")
@allow(Role.REVIEWER)
def take_account_over(code: str) -> ResponseReturnValue:
    take_over(current_session(), TurnForm.of_request().turn(parse_code(code)), now())
    return redirect(url_for("review.workspace", code=parse_code(code)), code=303)


@blueprint.post("/<code>/mark")
@allow(Role.REVIEWER)
def mark(code: str) -> ResponseReturnValue:
    form = MarkForm.of_request()

    def act() -> Done:
        _require(form)
        turn, cover, session = form.turn(parse_code(code)), form.cover(), current_session()
        if form.span is not None:
            return mark_span(session, turn, form.span, cover, now())
        return mark_words(session, turn, form.text("words"), form.which.data or 0, cover, now())

    return _answer(parse_code(code), act)


@blueprint.post("/<code>/decide")
@allow(Role.REVIEWER)
def decide_mark(code: str) -> ResponseReturnValue:
    form = TurnForm.of_request()

    def act() -> Done:
        for name, (step, decision) in _DECISIONS.items():
            if mark_id := request.form.get(name):
                return step(current_session(), form.turn(parse_code(code)), mark_id, decision, now())
        raise Invalid((Problem("mark", "required"),))

    return _answer(parse_code(code), act)


@blueprint.post("/<code>/change")
@allow(Role.REVIEWER)
def change(code: str) -> ResponseReturnValue:
    form = CoverForm.of_request()

    def act() -> Done:
        _require(form)
        return change_mark(
            current_session(), form.turn(parse_code(code)), form.text("mark"), form.cover(), now()
        )

    return _answer(parse_code(code), act)


@blueprint.post("/<code>/stretch")
@allow(Role.REVIEWER)
def stretch(code: str) -> ResponseReturnValue:
    form = StretchForm.of_request()

    def act() -> Done:
        _require(form)
        edge = Edge(form.text("edge"))
        return stretch_mark(current_session(), form.turn(parse_code(code)), form.text("mark"), edge, now())

    return _answer(parse_code(code), act)


@blueprint.post("/<code>/everywhere")
@allow(Role.REVIEWER)
def everywhere(code: str) -> ResponseReturnValue:
    form = TurnForm.of_request()
    turn, spellings = form.turn(parse_code(code)), tuple(request.form.getlist("spelling"))
    return _answer(
        turn.code, lambda: mark_everywhere(current_session(), turn, form.text("mark"), now(), spellings)
    )


@blueprint.post("/<code>/undo")
@allow(Role.REVIEWER)
def undo_act(code: str) -> ResponseReturnValue:
    turn = TurnForm.of_request().turn(parse_code(code))
    return _answer(turn.code, lambda: undo(current_session(), turn, now()))


@blueprint.post("/<code>/note")
@allow(Role.REVIEWER)
def note(code: str) -> ResponseReturnValue:
    form = NoteForm.of_request()

    def act() -> Done:
        _require(form)
        return write_note(current_session(), form.turn(parse_code(code)), form.text("note"), now())

    return _answer(parse_code(code), act)


@blueprint.post("/<code>/begun")
@allow(Role.REVIEWER)
def keep(code: str) -> ResponseReturnValue:
    """For the script alone, between two acts."""
    keep_begun(current_session(), parse_code(code), request.form.to_dict(), now())
    return "", 204


def _require(form: TurnForm) -> None:
    """Raises Invalid for a form that could not have come from this page."""
    if not form.validate():
        wrong = tuple(Problem(name, "too_long" if name in _TEXTS else "unknown_code") for name in form.errors)
        raise Invalid(wrong or (Problem("", "required"),))


_TEXTS = frozenset({"words", "replacement", "entity", "note"})


def _answer(code: str, act: Callable[[], Done]) -> ResponseReturnValue:
    """Do one act and show what came of it: to a script only what changed, else the workspace again."""
    wants_patch = request.accept_mimetypes.best == "application/json"
    try:
        done = act()
    except Invalid as invalid:
        if wants_patch:
            return make_response(jsonify(problems=sentences(invalid)), 422)
        return page_with_problems(code, invalid)
    if wants_patch:
        return _patch(done)
    selected = done.mark_ids[0] if done.mark_ids else None
    anchor = f"mark-{selected}" if selected else "marks"
    return redirect(url_for("review.workspace", code=code, _anchor=anchor), code=303)


def _audience() -> Audience:
    return Audience(current_session().desk.get(_AUDIENCE, Audience.PARTNER.value))


def _page(code: str, selected: str, problems: tuple[str, ...] = ()) -> str:
    desk = open_desk(current_session(), code, now())
    words = words_on(current_session(), tuple(layer.set_id for layer in desk.layers))
    series = series_of(current_session(), code, _audience())
    view = desk_view(desk, _audience(), series, selected, words)
    return render_template(
        "review/workspace.html",
        desk=view,
        count_words=undecided_words(view.undecided),
        problems=tuple((None, sentence) for sentence in problems),
    )


def page_with_problems(code: str, invalid: Invalid) -> ResponseReturnValue:
    """The workspace again, with what was wrong at its top."""
    return make_response(_page(code, request.form.get("mark", ""), sentences(invalid)), 422)


def _patch(done: Done) -> ResponseReturnValue:
    """What changed, for a script. The act's own entry in the log tells of it.

    Nothing else of the account is in it.
    """
    text, audience = done.account.version.text, _audience()
    series = series_of(current_session(), done.account.code, audience)
    before, after = both_sides(done.before, done.account)
    undecided = sum(1 for mark in after if mark.decision is MarkDecision.PROPOSED)
    return jsonify(
        revision=done.revision,
        undecided=undecided,
        count_words=undecided_words(undecided),
        can_undo=done.can_undo,
        touched=list(done.mark_ids),
        layers={a.value: undecided == 0 and a.value not in done.open_layers for a in Audience},
        **patches(text, before, after, audience, series),
    )


def undecided_words(count: int) -> str:
    if count == 0:
        return str(gettext("Every suggestion is decided"))
    return str(ngettext("%(num)d suggestion to decide", "%(num)d suggestions to decide", count))
