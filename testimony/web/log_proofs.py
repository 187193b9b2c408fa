"""Pages with which the log is proved outside: proofs, checkpoints to keep and kept ones, what an auditor remembers."""

from datetime import datetime

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from markupsafe import Markup
from segno import make_qr
from wtforms import IntegerField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange

from testimony.domain.errors import Invalid
from testimony.domain.roles import Role
from testimony.services import audit, proving, witnessing
from testimony.services.proving import Compared, Comparison
from testimony.services.sessions import Session
from testimony.web.custody_blueprint import is_confirmed
from testimony.web.custody_forms import GraveForm
from testimony.web.forms import ArchiveForm, add_error
from testimony.web.guards import allow
from testimony.web.log_blueprint import blueprint
from testimony.web.log_proof_words import COMPARISONS, RECOLLECTIONS, letter, text_of_file
from testimony.web.rooms import Waiting
from testimony.web.sessions import current_session, is_signed_in, leave
from testimony.web.uploads import Upload, takes_upload
from testimony.web.wiring import now


class KeptForm(ArchiveForm):
    kept = TextAreaField(
        lazy_gettext("A checkpoint that you kept"),
        [
            InputRequired(lazy_gettext("Paste the three lines, or choose a file below.")),
            Length(max=proving.MAX_KEPT),
        ],
    )


class GrowthForm(ArchiveForm):
    old = IntegerField(
        lazy_gettext("Number of entries of the older checkpoint"),
        [InputRequired(lazy_gettext("Type the second of its three lines.")), NumberRange(min=1)],
    )


@blueprint.context_processor
def warned() -> dict[str, object]:
    """For every page of this room: whether the auditor's memory contradicts the log."""
    if not is_signed_in():
        return {"log_warning": None}
    found = witnessing.recollection_of(current_session())
    return {"log_warning": RECOLLECTIONS[found] if found.is_warning else None}


@blueprint.get("/event/<int:seq>/proof")
@allow(Role.AUDITOR)
def proof_page(seq: int) -> ResponseReturnValue:
    return render_template(
        "log/proof.html", proof=proving.prove_event(current_session(), seq, now()), grown=False
    )


@blueprint.get("/event/<int:seq>/proof-file")
@allow(Role.AUDITOR)
def proof_file(seq: int) -> ResponseReturnValue:
    proof = proving.prove_event(current_session(), seq, now())
    return _saved(proof.text.encode(), f"event-{seq}.tlog-proof", "text/plain")


@blueprint.get("/growth")
@allow(Role.AUDITOR)
def growth_page() -> ResponseReturnValue:
    form = GrowthForm(request.args)
    if "old" not in request.args:
        return render_template("log/growth.html", form=form)
    if form.validate():
        try:
            proof = proving.prove_extension(current_session(), form.old.data or 0, now())
            return render_template("log/proof.html", proof=proof, grown=True)
        except Invalid:
            add_error(form, "old", gettext("The log does not have so many entries."))
    return make_response(render_template("log/growth.html", form=form), 422)


@blueprint.get("/checkpoints/<int:size>")
@allow(Role.AUDITOR)
def checkpoint(size: int) -> ResponseReturnValue:
    session, at = current_session(), now()
    found = proving.witnesses_of(session, size, at)
    handles = dict(audit.choices(session, at).accounts)
    return render_template(
        "log/checkpoint.html",
        size=size,
        at=datetime.fromisoformat(found.at),
        note=found.note,
        body=body_of(found.note),
        qr=drawn(body_of(found.note)),
        cosigned=tuple(
            (handles.get(account, account), datetime.fromisoformat(when)) for account, when in found.cosigned
        ),
        timestamps=tuple(
            (row.authority, datetime.fromisoformat(row.at), row.block) for row in found.timestamps
        ),
    )


@blueprint.get("/checkpoints/<int:size>/file")
@allow(Role.AUDITOR)
def checkpoint_file(size: int) -> ResponseReturnValue:
    found = proving.witnesses_of(current_session(), size, now())
    return _saved(found.note.encode(), f"checkpoint-{size}.txt", "text/plain")


@blueprint.get("/checkpoints/<int:size>/letter")
@allow(Role.AUDITOR)
def checkpoint_letter(size: int) -> ResponseReturnValue:
    found = proving.witnesses_of(current_session(), size, now())
    return _saved(letter(found.note, size), f"checkpoint-{size}.eml", "message/rfc822")


@blueprint.get("/kept")
@allow(Role.AUDITOR)
def kept_page() -> ResponseReturnValue:
    return _kept_page(KeptForm(), None)


@blueprint.post("/kept")
@allow(Role.AUDITOR)
def compare_kept() -> ResponseReturnValue:
    form = KeptForm.of_request()
    if not form.validate():
        return _kept_page(form, None, 422)
    return _kept_page(form, proving.compare_kept(current_session(), form.text("kept"), now()))


@blueprint.post("/kept-file")
@allow(Role.AUDITOR)
@takes_upload
def compare_kept_file(upload: Upload) -> ResponseReturnValue:
    pieces, size = [], 0
    while size < proving.MAX_KEPT and (piece := upload.source.read(proving.MAX_KEPT - size)):
        pieces.append(piece)
        size += len(piece)
    text = text_of_file(b"".join(pieces))
    return _kept_page(KeptForm(), proving.compare_kept(current_session(), text, now()))


@blueprint.get("/memory")
@allow(Role.AUDITOR)
def memory_page() -> ResponseReturnValue:
    return _memory_page(GraveForm())


@blueprint.post("/memory")
@allow(Role.AUDITOR)
def begin_memory_anew() -> ResponseReturnValue:
    session, form = current_session(), GraveForm.of_request()
    if not is_confirmed(session, form):
        return _memory_page(form, 422)
    witnessing.begin_anew(session, form.text("reason"), now())
    return redirect(url_for("log.check_page"), code=303)


@blueprint.post("/sign-out")
@allow(Role.AUDITOR)
def sign_out_with_checkpoint() -> ResponseReturnValue:
    """Take a checkpoint and leave: the page that comes needs no session, and is not kept by the browser."""
    taken = audit.take_checkpoint(current_session(), now())
    leave(now())
    body = body_of(taken.note)
    return render_template("log/taken_along.html", size=taken.size, body=body, qr=drawn(body))


def waiting(session: Session) -> tuple[Waiting, ...]:
    """The warning of this room, for the home page."""
    found = witnessing.recollection_of(session)
    if not found.is_warning:
        return ()
    return (Waiting(str(RECOLLECTIONS[found]), url_for("log.memory_page"), 1),)


def body_of(note: str) -> str:
    """The three lines."""
    return note.partition("\n\n")[0]


def drawn(body: str) -> Markup:
    """The three lines as a QR code."""
    drawing = make_qr(body, error="m").svg_inline(omitsize=True, dark="#000000", light="#ffffff", border=2)
    return Markup(drawing)  # noqa: S704 - the drawing holds coordinates only


def _memory_page(form: GraveForm, status: int = 200) -> ResponseReturnValue:
    found, memory = witnessing.look_back(current_session(), now())
    page = render_template(
        "log/memory.html",
        form=form,
        found=found,
        sentence=RECOLLECTIONS[found],
        size=None if memory is None else memory.checkpoint.size,
        at=None if memory is None else datetime.fromisoformat(memory.at),
    )
    return make_response(page, status)


def _kept_page(form: KeptForm, compared: Compared | None, status: int = 200) -> ResponseReturnValue:
    sentence = None if compared is None else str(COMPARISONS[compared.result]) % {"size": compared.size}
    holds = compared is not None and compared.result is Comparison.EXTENDS
    page = render_template("log/kept.html", form=form, compared=compared, sentence=sentence, holds=holds)
    return make_response(page, status)


def _saved(content: bytes, name: str, mime: str) -> Response:
    answer = Response(content, mimetype=mime)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
