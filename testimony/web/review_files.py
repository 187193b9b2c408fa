"""Copies of files for release: listed, made, looked at by another reviewer, approved and released.

A picture is sent only after a click that asks for it, is kept by no browser, and is drawn anew in a process of its own;
the bytes that a witness handed in never reach the page.
"""

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from testimony.domain.codes import parse_code
from testimony.domain.errors import Invalid, NotFound, Refused
from testimony.domain.roles import Role
from testimony.media import copying
from testimony.media.boxes import Box
from testimony.media.faults import MediaRefused
from testimony.services.approving_files import (
    PLAIN,
    approach_copy,
    approve_copy,
    open_copy,
    send_copy_back,
)
from testimony.services.derivatives import files_of, make, preview, suggest_faces
from testimony.services.recipient_files import release_copy_to_recipient
from testimony.services.recording_copies import make_recording
from testimony.services.released_files import release_copy
from testimony.storage.derivatives import Derivative
from testimony.web.downloads import attached
from testimony.web.errors import refusal_page
from testimony.web.guards import allow
from testimony.web.review_file_forms import ApproveFileForm, CopyForm
from testimony.web.review_file_views import FilesPage, copy_view, files_page_of
from testimony.web.review_file_words import file_sentences, refused_file_words
from testimony.web.review_forms import SendBackForm, category_groups
from testimony.web.review_queue import blueprint, needs_warning
from testimony.web.sessions import current_session
from testimony.web.wiring import now


@blueprint.get("/<code>/files/")
@allow(Role.REVIEWER)
def files_page(code: str) -> ResponseReturnValue:
    return render_template("review/files.html", page=_files(parse_code(code)))


@blueprint.get("/<code>/files/<int:number>/copy")
@allow(Role.REVIEWER)
def copying_page(code: str, number: int) -> ResponseReturnValue:
    code = parse_code(code)
    page = _files(code)
    if needs_warning(code):
        return redirect(url_for("review.warning", code=code), code=303)
    shown = _page_number(request.args.get("page")) if request.args.get("shown") == "1" else 0
    return _copying(page, number, CopyForm(), shown)


@blueprint.get("/<code>/files/<int:number>/picture")
@allow(Role.REVIEWER)
def file_picture(code: str, number: int) -> ResponseReturnValue:
    try:
        made = preview(
            current_session(), parse_code(code), number, _page_number(request.args.get("page")), now()
        )
    except Invalid:
        raise NotFound from None
    return _shown(made.content, made.mime)


@blueprint.post("/<code>/files/<int:number>/copy")
@allow(Role.REVIEWER)
def make_copy(code: str, number: int) -> ResponseReturnValue:
    form, code = CopyForm.of_request(), parse_code(code)
    if turned := request.form.get("turn"):
        # Another page of the file, with the boxes drawn so far.
        return _copying(_files(code), number, form, _page_number(turned))
    if looked := request.form.get("look"):
        return _with_suggestions(code, number, form, _page_number(looked))
    try:
        if form.is_of_recording:
            audience, recipient_id = form.layer_chosen()
            treatment = form.treatment()
            copy_id = make_recording(
                current_session(), code, number, audience, treatment, now(), recipient_id
            )
        else:
            copy_id = _made_of_picture(code, number, form)
    except Invalid as invalid:
        shown = _page_number(request.form.get("showing", "0"))
        return make_response(_copying(_files(code), number, form, shown, file_sentences(invalid)), 422)
    return redirect(url_for("review.copy_page", copy_id=copy_id), code=303)


def _made_of_picture(code: str, number: int, form: CopyForm) -> str:
    """Raises as `make`."""
    audience, recipient_id = form.layer_chosen()
    hidden, faces = form.hidden(), bool(form.faces.data)
    return make(
        current_session(),
        code,
        number,
        audience,
        hidden,
        now(),
        hides_faces=faces,
        recipient_id=recipient_id,
    )


@blueprint.get("/copies/<copy_id>")
@allow(Role.REVIEWER)
def copy_page(copy_id: str) -> ResponseReturnValue:
    return _copy(copy_id)


@blueprint.get("/copies/<copy_id>/pages/<int:number>")
@allow(Role.REVIEWER)
def copy_picture(copy_id: str, number: int) -> ResponseReturnValue:
    """One page of a copy as a picture; a copy that is a picture or a recording is given as it is."""
    row, content = open_copy(current_session(), copy_id, now())
    if row.mime == PLAIN:
        # Words are shown in a page of ours, never as a document of their own.
        raise NotFound
    if not row.mime.endswith("/pdf"):
        return _shown(content, row.mime)
    try:
        return _shown(copying.preview(content, number).content, "image/jpeg")
    except MediaRefused:
        raise NotFound from None


@blueprint.get("/copies/<copy_id>/content")
@allow(Role.REVIEWER)
def copy_content(copy_id: str) -> ResponseReturnValue:
    row, content = open_copy(current_session(), copy_id, now())
    return attached(content, f"{row.code}-{row.number}-{row.audience}", row.mime)


@blueprint.post("/copies/<copy_id>/approve")
@allow(Role.REVIEWER)
def approve_file(copy_id: str) -> ResponseReturnValue:
    form = ApproveFileForm.of_request()
    try:
        approve_copy(current_session(), copy_id, form.ticks(), now())
    except Invalid as invalid:
        return make_response(_copy(copy_id, form, problems=file_sentences(invalid)), 422)
    except Refused as refusal:
        return _refused(refusal)
    return redirect(url_for("review.copy_page", copy_id=copy_id), code=303)


@blueprint.post("/copies/<copy_id>/send-back")
@allow(Role.REVIEWER)
def send_file_back(copy_id: str) -> ResponseReturnValue:
    form = SendBackForm.of_request()
    if not form.validate():
        return make_response(_copy(copy_id, send_back=form), 422)
    send_copy_back(current_session(), copy_id, form.text("answer"), now())
    return redirect(url_for("review.copy_page", copy_id=copy_id), code=303)


@blueprint.post("/copies/<copy_id>/release")
@allow(Role.REVIEWER)
def release_file(copy_id: str) -> ResponseReturnValue:
    try:
        code = release_copy(current_session(), copy_id, now())
    except Refused as refusal:
        return _refused(refusal)
    return redirect(url_for("review.files_page", code=code), code=303)


@blueprint.post("/copies/<copy_id>/seal")
@allow(Role.REVIEWER)
def seal_file(copy_id: str) -> ResponseReturnValue:
    """An approved copy for one recipient goes with what is sealed for them."""
    try:
        code = release_copy_to_recipient(current_session(), copy_id, now())
    except Refused as refusal:
        return _refused(refusal)
    return redirect(url_for("review.files_page", code=code), code=303)


def _shown(content: bytes, mime: str) -> Response:
    """A picture that we encoded; `headers.py` says of every answer that it is kept nowhere."""
    return Response(content, mimetype=mime)


def _files(code: str) -> FilesPage:
    return files_page_of(files_of(current_session(), code, now()), current_session().account.id)


def _with_suggestions(code: str, number: int, form: CopyForm, shown: int) -> str:
    try:
        found = suggest_faces(current_session(), code, number, shown, now())
    except Invalid as invalid:
        return _copying(_files(code), number, form, shown, file_sentences(invalid))
    return _copying(_files(code), number, form, shown, suggested=found)


def _copying(
    page: FilesPage,
    number: int,
    form: CopyForm,
    shown: int,
    problems: tuple[str, ...] = (),
    suggested: tuple[tuple[Box, ...], str] | None = None,
) -> str:
    """shown: which page of the file is asked to be seen, 0 for none."""
    file = next((file for file in page.files if file.number == number), None)
    if file is None:
        raise NotFound
    return render_template(
        "review/copy_file.html",
        code=page.code,
        file=file,
        asked=page,
        form=form,
        rows=form.rows(suggested[0] if suggested else ()),
        detector=suggested[1] if suggested else "",
        faces=len(suggested[0]) if suggested else 0,
        shown=shown,
        groups=category_groups(),
        layers=page.layers,
        problems=tuple((None, sentence) for sentence in problems),
    )


def _copy(
    copy_id: str,
    form: ApproveFileForm | None = None,
    send_back: SendBackForm | None = None,
    problems: tuple[str, ...] = (),
) -> str:
    copy = approach_copy(current_session(), copy_id, now())
    shown = request.args.get("shown") == "1" or form is not None or send_back is not None
    pages, text = _seen(copy.row) if shown else (0, "")
    return render_template(
        "review/file_copy.html",
        copy=copy_view(copy, pages, current_session().account.id, text),
        shown=shown,
        form=form or ApproveFileForm(),
        send_back=send_back or SendBackForm(),
        problems=tuple((None, sentence) for sentence in problems),
    )


def _seen(row: Derivative) -> tuple[int, str]:
    """How many pictures the copy is shown as, or its words. The look that is asked of a reviewer is at all of it."""
    if row.mime == PLAIN:
        _, content = open_copy(current_session(), row.derivative_id, now())
        return 0, content.decode()
    if not row.mime.endswith("/pdf"):
        return 1, ""
    _, content = open_copy(current_session(), row.derivative_id, now())
    try:
        return copying.preview(content).pages, ""
    except MediaRefused:
        return 0, ""


def _page_number(text: str | None) -> int:
    """1 where none is named. Raises NotFound for what is no number."""
    text = "1" if text is None else text
    if not text.isascii() or not text.isdigit() or len(text) > 4:
        raise NotFound
    return int(text)


def _refused(refusal: Refused) -> ResponseReturnValue:
    return refusal_page(refusal, refused_file_words(refusal))
