"""Beside the layers of audiences: redactions lifted by order, layers for named recipients, later versions of a text."""

from collections.abc import Callable
from datetime import datetime

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from testimony.domain.codes import parse_code
from testimony.domain.errors import Invalid, Problem, Refused
from testimony.domain.roles import Role
from testimony.domain.statement import StatementKind
from testimony.domain.vocabulary import load
from testimony.services.approving import code_of, propose_for, propose_for_despite
from testimony.services.lifting import Order, end_lift, lift
from testimony.services.new_versions import NewText, add_version
from testimony.services.recipient_files import files_for_recipient, open_for_recipient
from testimony.services.recipients import add_recipient, read_sealed, release_to_recipient
from testimony.web.downloads import attached
from testimony.web.errors import refusal_page
from testimony.web.finding_words import html_language
from testimony.web.guards import allow
from testimony.web.review_forms import (
    DespiteForm,
    LiftForm,
    RecipientForm,
    TurnForm,
    VersionForm,
    audience_named,
)
from testimony.web.review_handing import handing_lines
from testimony.web.review_queue import blueprint
from testimony.web.review_words import refused_words
from testimony.web.review_workspace import page_with_problems
from testimony.web.sessions import current_session
from testimony.web.translation import current_language
from testimony.web.wiring import now


@blueprint.post("/<code>/lift")
@allow(Role.REVIEWER)
def lift_mark(code: str) -> ResponseReturnValue:
    form = LiftForm.of_request()

    def act() -> None:
        if form.on.data is None:
            raise Invalid((Problem("ordered_on", "required"),))
        order = Order(form.text("authority"), form.text("reason"), form.on.data)
        turn = form.turn(parse_code(code))
        lift(current_session(), turn, form.text("mark"), form.text("layer"), order, now())

    return _done(parse_code(code), act, "marks")


@blueprint.post("/<code>/end-lift")
@allow(Role.REVIEWER)
def end_lift_of(code: str) -> ResponseReturnValue:
    form = TurnForm.of_request()
    turn = form.turn(parse_code(code))
    return _done(turn.code, lambda: end_lift(current_session(), turn, form.text("mark"), now()), "layers")


@blueprint.post("/<code>/recipients")
@allow(Role.REVIEWER)
def name_recipient(code: str) -> ResponseReturnValue:
    form = RecipientForm.of_request()
    audience = audience_named(form.text("audience"))

    def act() -> None:
        add_recipient(current_session(), form.text("recipient"), form.text("kind"), audience, now())

    return _done(parse_code(code), act, "layers")


@blueprint.post("/<code>/recipients/<recipient_id>/propose")
@allow(Role.REVIEWER)
def propose_to_recipient(code: str, recipient_id: str) -> ResponseReturnValue:
    form = DespiteForm.of_request()
    turn, reason = form.turn(parse_code(code)), form.text("reason").strip()

    def act() -> None:
        if reason:
            propose_for_despite(current_session(), turn, recipient_id, reason, now())
        else:
            propose_for(current_session(), turn, recipient_id, now())

    return _done(turn.code, act, "layers")


@blueprint.post("/layers/<set_id>/seal")
@allow(Role.REVIEWER)
def seal_layer(set_id: str) -> ResponseReturnValue:
    code = code_of(current_session(), set_id)
    try:
        kept = release_to_recipient(current_session(), set_id, now())
    except Refused as refusal:
        return refusal_page(refusal, refused_words(refusal))
    return redirect(url_for("review.sealed_page", code=code, release_id=kept), code=303)


@blueprint.get("/<code>/sealed/<int:release_id>")
@allow(Role.REVIEWER)
def sealed_page(code: str, release_id: int) -> ResponseReturnValue:
    shown = read_sealed(current_session(), parse_code(code), release_id, now())
    return render_template(
        "review/sealed.html",
        code=parse_code(code),
        shown=shown,
        language=html_language(shown.language),
        at=datetime.fromisoformat(shown.released_at),
        release_id=release_id,
        files=_files_beside(parse_code(code), release_id),
        handings=handing_lines(parse_code(code), release_id),
    )


@blueprint.get("/<code>/sealed/<int:release_id>/files/<int:number>")
@allow(Role.REVIEWER)
def sealed_file(code: str, release_id: int, number: int) -> ResponseReturnValue:
    opened = open_for_recipient(current_session(), parse_code(code), release_id, number, now())
    return attached(opened.content, f"{parse_code(code)}-{number}", opened.file.mime)


def _files_beside(code: str, release_id: int) -> tuple[tuple[int, str, int, bool], ...]:
    """Number, kind, size, and whether it was made for them alone; none while consent carries none."""
    try:
        found = files_for_recipient(current_session(), code, release_id, now())
    except Refused:
        return ()
    kinds = load("exhibit")
    return tuple(
        (file.number, kinds.label(file.kind, current_language()), file.size, file.own is not None)
        for file in found
    )


@blueprint.post("/<code>/version")
@allow(Role.REVIEWER)
def add_text(code: str) -> ResponseReturnValue:
    form = VersionForm.of_request()

    def act() -> None:
        if form.text("kind") not in set(StatementKind):
            raise Invalid((Problem("kind", "unknown_code"),))
        text = form.text("whole").replace("\r\n", "\n")
        new = NewText(text, form.text("language").strip(), StatementKind(form.text("kind")))
        follows = form.follows.data if isinstance(form.follows.data, int) else 0
        add_version(current_session(), parse_code(code), follows, new, now())

    return _done(parse_code(code), act, "marks")


def _done(code: str, act: Callable[[], object], anchor: str) -> ResponseReturnValue:
    try:
        act()
    except Invalid as invalid:
        return page_with_problems(code, invalid)
    except Refused as refusal:
        return refusal_page(refusal, refused_words(refusal))
    return redirect(url_for("review.workspace", code=code, _anchor=anchor), code=303)
