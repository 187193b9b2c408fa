"""Copies of text documents: read as plain text, words withheld wherever they stand, made anew for another reviewer.

Nothing of the file itself reaches the page: what is shown was read out of it by a process of its own.
"""

from dataclasses import dataclass, field

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from testimony.domain.codes import parse_code
from testimony.domain.errors import Conflict, Invalid, NotFound
from testimony.domain.purposes import Audience
from testimony.domain.roles import Role
from testimony.domain.tokens import PLAIN as PLAIN_SERIES
from testimony.services.approving_files import code_of_copy
from testimony.services.comparing_texts import Compared, compare_text
from testimony.services.derivatives import files_of
from testimony.services.text_copies import Withheld, make_text, open_text
from testimony.web.finding_words import html_language
from testimony.web.guards import allow
from testimony.web.review_file_views import files_page_of, name_of_layer
from testimony.web.review_file_words import file_sentences
from testimony.web.review_forms import category_groups
from testimony.web.review_panes import (
    MarkLine,
    Paragraph,
    flagged_paragraphs,
    mark_lines,
    original_paragraphs,
)
from testimony.web.review_queue import blueprint, needs_warning
from testimony.web.review_text_forms import MAKE, TextCopyForm, text_page_of
from testimony.web.sessions import current_session
from testimony.web.wiring import now


@blueprint.get("/<code>/files/<int:number>/text")
@allow(Role.REVIEWER)
def text_page(code: str, number: int) -> ResponseReturnValue:
    code = parse_code(code)
    if needs_warning(code):
        return redirect(url_for("review.warning", code=code), code=303)
    return _page(code, number, TextCopyForm(), is_shown=request.args.get("shown") == "1")


@blueprint.post("/<code>/files/<int:number>/text")
@allow(Role.REVIEWER)
def make_text_copy(code: str, number: int) -> ResponseReturnValue:
    form, code = TextCopyForm.of_request(), parse_code(code)
    try:
        if form.act != MAKE:
            return _page(code, number, form, is_shown=True)
        form.require_decided()
        audience, recipient_id = form.layer_chosen()
        copy_id = make_text(
            current_session(),
            code,
            number,
            audience,
            form.withheld(),
            form.kept(),
            form.text("sha256"),
            now(),
            recipient_id,
        )
    except Conflict:
        return make_response(_page(code, number, form, is_shown=True, changed=True), 409)
    except Invalid as invalid:
        return make_response(_page(code, number, form, is_shown=True, invalid=invalid), 422)
    return redirect(url_for("review.copy_page", copy_id=copy_id), code=303)


@dataclass(frozen=True, slots=True)
class ComparedPage:
    """A text copy beside its original. marks: every place that is withheld, in the order of the text."""

    copy_id: str
    code: str
    number: int
    name: str
    language: str
    may_approve: bool
    original: tuple[Paragraph, ...] = field(repr=False)
    result: tuple[Paragraph, ...] = field(repr=False)
    marks: tuple[MarkLine, ...] = field(repr=False)
    remaining: int
    alike: int
    named_details: tuple[str, ...] = field(repr=False)
    guessed: str


@blueprint.get("/copies/<copy_id>/compare")
@allow(Role.REVIEWER)
def compare_copy(copy_id: str) -> ResponseReturnValue:
    code = code_of_copy(current_session(), copy_id)
    if needs_warning(code):
        return redirect(url_for("review.warning", code=code), code=303)
    try:
        found = compare_text(current_session(), copy_id, now())
    except Invalid:
        raise NotFound from None
    return render_template("review/compare_text.html", copy=_compared(found))


def _compared(found: Compared) -> ComparedPage:
    row, audience = found.copy.row, Audience(found.copy.row.audience)
    flagged = (*found.remaining, *found.alike)
    return ComparedPage(
        copy_id=row.derivative_id,
        code=row.code,
        number=row.number,
        name=name_of_layer(found.copy),
        language=html_language(found.copy.account.version.language),
        may_approve=found.copy.may_approve,
        original=original_paragraphs(found.original, found.marks, audience),
        result=flagged_paragraphs(found.original, found.marks, audience, PLAIN_SERIES, flagged),
        marks=mark_lines(found.original, found.marks),
        remaining=len(found.remaining),
        alike=len(found.alike),
        named_details=found.copy.named_details,
        guessed=found.guessed,
    )


def _page(
    code: str,
    number: int,
    form: TextCopyForm,
    *,
    is_shown: bool,
    invalid: Invalid | None = None,
    changed: bool = False,
) -> str:
    """Raises NotFound."""
    page = files_page_of(files_of(current_session(), code, now()), current_session().account.id)
    file = next((file for file in page.files if file.number == number), None)
    if file is None:
        raise NotFound
    document = None
    if is_shown:
        try:
            typed = form.typed()
            # What is in a row is not proposed again.
            listed = tuple(row.words for row in typed)
            opened = open_text(current_session(), code, number, _withheld(form), listed, now())
            document = text_page_of(opened, typed)
        except Invalid as unread:
            invalid = invalid or unread
    return render_template(
        "review/copy_text.html",
        code=code,
        file=file,
        form=form,
        document=document,
        shown=is_shown,
        changed=changed,
        groups=category_groups(),
        layers=page.layers,
        problems=tuple((None, sentence) for sentence in (file_sentences(invalid) if invalid else ())),
    )


def _withheld(form: TextCopyForm) -> tuple[Withheld, ...]:
    """None where a row is wrong: then it is said, and the page is shown all the same."""
    try:
        return form.withheld()
    except Invalid:
        return ()
