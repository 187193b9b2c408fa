"""Proposing, the second reviewer's two looks, and the release."""

from dataclasses import dataclass, field

from flask import make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from testimony.domain.audit import DenyReason
from testimony.domain.codes import parse_code
from testimony.domain.errors import Invalid, Refused
from testimony.domain.purposes import Audience
from testimony.domain.roles import Role
from testimony.domain.vocabulary import load
from testimony.services.approving import (
    Layer,
    Tick,
    approve,
    code_of,
    compare,
    propose,
    read_alone,
    send_back,
)
from testimony.services.releasing import release
from testimony.services.review import warning_of
from testimony.services.token_series import series_of
from testimony.services.under_review import marks_of
from testimony.services.witness_word import words_on
from testimony.web.errors import refusal_page
from testimony.web.finding_words import html_language
from testimony.web.guards import allow
from testimony.web.review_forms import (
    AUDIENCE_NAMES,
    ApproveForm,
    ProposeForm,
    SendBackForm,
    audience_named,
    sentences,
)
from testimony.web.review_panes import Paragraph, flagged_paragraphs, original_paragraphs
from testimony.web.review_queue import blueprint, needs_warning
from testimony.web.review_residual import ResidualView, residual_view
from testimony.web.review_witness_words import word_sentence
from testimony.web.review_words import refused_words
from testimony.web.sessions import current_session
from testimony.web.translation import current_language
from testimony.web.wiring import now


@dataclass(frozen=True, slots=True)
class LayerPage:
    """A layer before its second reviewer. counts: (category, how many) in words. word: what the witness said of it."""

    code: str
    set_id: str
    name: str
    language: str
    note: str = field(repr=False)
    answer: str = field(repr=False)
    state: str
    word: str
    may_approve: bool
    original: tuple[Paragraph, ...] = field(repr=False)
    result: tuple[Paragraph, ...] = field(repr=False)
    remaining: int
    alike: int
    counts: tuple[tuple[str, int], ...]
    named_details: tuple[str, ...] = field(repr=False)
    residual: ResidualView
    help_withheld: int
    reason: str = field(repr=False)
    needed: frozenset[Tick]
    failed_detectors: tuple[str, ...]


@blueprint.post("/<code>/propose")
@allow(Role.REVIEWER)
def propose_layer(code: str) -> ResponseReturnValue:
    form = ProposeForm.of_request()
    audience = audience_named(form.text("audience"))
    try:
        propose(current_session(), form.turn(parse_code(code)), audience, now())
    except Invalid:
        # Something that helps the accused is withheld from a court: there the reason is asked.
        return redirect(
            url_for("review.residual_page", code=parse_code(code), audience=audience.value), code=303
        )
    except Refused as refusal:
        if DenyReason.QUASI_IDENTIFIERS in refusal.reasons:
            page = url_for("review.residual_page", code=parse_code(code), audience=audience.value)
            return redirect(page, code=303)
        return refusal_page(refusal, refused_words(refusal))
    return redirect(url_for("review.workspace", code=parse_code(code), _anchor="layers"), code=303)


@blueprint.get("/layers/<set_id>/compare")
@allow(Role.REVIEWER)
def compare_page(set_id: str) -> ResponseReturnValue:
    code = code_of(current_session(), set_id)
    if needs_warning(code):
        return redirect(url_for("review.warning", code=code, then=set_id), code=303)
    page = _page(compare(current_session(), set_id, now()))
    return render_template("review/compare.html", layer=page, form=SendBackForm())


@blueprint.get("/layers/<set_id>/alone")
@allow(Role.REVIEWER)
def alone_page(set_id: str) -> ResponseReturnValue:
    return _alone(set_id)


@blueprint.post("/layers/<set_id>/approve")
@allow(Role.REVIEWER)
def approve_layer(set_id: str) -> ResponseReturnValue:
    form = ApproveForm.of_request()
    try:
        approve(current_session(), set_id, form.ticks(), now())
    except Invalid as invalid:
        return make_response(_alone(set_id, form, sentences(invalid)), 422)
    except Refused as refusal:
        return refusal_page(refusal, refused_words(refusal))
    code = code_of(current_session(), set_id)
    return redirect(url_for("review.workspace", code=code, _anchor="layers"), code=303)


@blueprint.post("/layers/<set_id>/send-back")
@allow(Role.REVIEWER)
def send_layer_back(set_id: str) -> ResponseReturnValue:
    form = SendBackForm.of_request()
    if not form.validate():
        page = _page(compare(current_session(), set_id, now()))
        return make_response(render_template("review/compare.html", layer=page, form=form), 422)
    send_back(current_session(), set_id, form.text("answer"), now())
    return redirect(url_for("review.front"), code=303)


@blueprint.get("/<code>/release/<audience>")
@allow(Role.REVIEWER)
def release_page(code: str, audience: str) -> ResponseReturnValue:
    name, code = AUDIENCE_NAMES[audience_named(audience)], parse_code(code)
    # Nothing of it is shown here, but an account that is not in this person's room has no such page.
    warning_of(current_session(), code)
    return render_template("review/releasing.html", code=code, audience=audience, name=name)


@blueprint.post("/<code>/release/<audience>")
@allow(Role.REVIEWER)
def release_layer(code: str, audience: str) -> ResponseReturnValue:
    try:
        made = release(current_session(), parse_code(code), audience_named(audience), now())
    except Refused as refusal:
        return refusal_page(refusal, refused_words(refusal))
    return redirect(
        url_for("review.past_release", code=parse_code(code), release_id=made.release_id), code=303
    )


def _alone(set_id: str, form: ApproveForm | None = None, problems: tuple[str, ...] = ()) -> str:
    page = _page(read_alone(current_session(), set_id, now()))
    return render_template(
        "review/alone.html",
        layer=page,
        form=form or ApproveForm(),
        send_back=SendBackForm(),
        tick=Tick,
        problems=tuple((None, sentence) for sentence in problems),
    )


def _page(look: Layer) -> LayerPage:
    account, layer = look.account, look.layer
    audience, marks = Audience(layer.audience), marks_of(account)
    names = load("redaction")
    series = series_of(current_session(), account.code, audience, account.recipient)
    return LayerPage(
        code=account.code,
        set_id=layer.set_id,
        name=look.recipient.name if look.recipient else str(AUDIENCE_NAMES[audience]),
        language=html_language(account.version.language),
        note=layer.note,
        answer=layer.answer,
        state=layer.state,
        word=str(word_sentence(words_on(current_session(), (layer.set_id,)).get(layer.set_id))),
        may_approve=look.may_approve,
        original=original_paragraphs(account.version.text, marks, audience),
        result=flagged_paragraphs(
            account.version.text, marks, audience, series, (*look.remaining, *look.alike)
        ),
        remaining=len(look.remaining),
        alike=len(look.alike),
        counts=tuple((names.label(code, current_language()), n) for code, n in look.counts.items()),
        named_details=look.named_details,
        residual=residual_view(look.residual_now),
        help_withheld=look.residual.help_withheld if look.residual else 0,
        reason=look.residual.reason if look.residual else "",
        needed=look.needed,
        failed_detectors=look.failed_detectors,
    )
