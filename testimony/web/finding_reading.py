"""Reading in the finding room: one released testimony, its warning before it, and those like it."""

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from search.errors import QueryTooCostly
from testimony.domain.codes import parse_code
from testimony.domain.roles import Role
from testimony.services.reading import ReleaseNotice, approach_release, print_release, read_release
from testimony.services.released_files import files_beside, open_released
from testimony.services.similar import similar
from testimony.web.downloads import attached
from testimony.web.finding_base import blueprint, chosen_purpose, graphic_today, kept_search, to_purpose
from testimony.web.finding_desk import Desk
from testimony.web.finding_pages import file_line, notice_page, reading_page, similar_page
from testimony.web.finding_words import day_words
from testimony.web.guards import allow
from testimony.web.sessions import current_session
from testimony.web.wiring import now


@blueprint.get("/testimony/<code>")
@allow(Role.INVESTIGATOR)
def read(code: str) -> ResponseReturnValue:
    session, at = current_session(), now()
    desk = Desk(session)
    if desk.purpose is None:
        return to_purpose()
    open_it = read_release if desk.has_accepted(parse_code(code)) else approach_release
    opened = open_it(session, code, desk.purpose, at)
    kept = kept_search(desk, request.args.get("found", ""))
    if isinstance(opened, ReleaseNotice):
        page = notice_page(opened, kept)
        return render_template("finding/warning.html", page=page, found=kept and kept.token)
    if opened.notice.is_graphic:
        desk.note_graphic(opened.notice.code, at.date())
    return render_template(
        "finding/read.html",
        page=reading_page(opened, kept),
        marks=opened.notice.marks,
        purpose=chosen_purpose(desk),
        graphic=graphic_today(desk, at),
        has_keys=desk.has_keys,
        coding=_coding_href(opened.notice.code),
        files=tuple(map(file_line, files_beside(session, code, desk.purpose, at))),
    )


@blueprint.get("/testimony/<code>/paper")
@allow(Role.INVESTIGATOR)
def on_paper(code: str) -> ResponseReturnValue:
    session, at = current_session(), now()
    desk = Desk(session)
    if desk.purpose is None:
        return to_purpose()
    accepted = desk.has_accepted(parse_code(code))
    opened = print_release(session, code, desk.purpose, at, accepted=accepted)
    if isinstance(opened, ReleaseNotice):
        return redirect(url_for("finding.read", code=opened.code), code=303)
    return render_template(
        "finding/paper.html",
        page=reading_page(opened, None),
        marks=opened.notice.marks,
        purpose=chosen_purpose(desk),
        handle=session.account.handle,
        day=day_words(at.date()),
    )


@blueprint.get("/testimony/<code>/files/<int:number>")
@allow(Role.INVESTIGATOR)
def released_file(code: str, number: int) -> ResponseReturnValue:
    desk = Desk(current_session())
    if desk.purpose is None:
        return to_purpose()
    opened = open_released(current_session(), code, number, desk.purpose, now())
    return attached(opened.content, f"{opened.file.code}-{number}", opened.file.mime)


@blueprint.post("/testimony/<code>/open")
@allow(Role.INVESTIGATOR)
def open_graphic(code: str) -> ResponseReturnValue:
    canonical = parse_code(code)
    Desk(current_session()).accept(canonical)
    found_in = request.form.get("found") or None
    return redirect(url_for("finding.read", code=canonical, found=found_in), code=303)


@blueprint.get("/testimony/<code>/similar")
@allow(Role.INVESTIGATOR)
def similar_to(code: str) -> ResponseReturnValue:
    session = current_session()
    desk = Desk(session)
    if desk.purpose is None:
        return to_purpose()
    kept = kept_search(desk, request.args.get("found", ""))
    try:
        hits = similar(session, code, desk.purpose, now())
    except QueryTooCostly:
        return render_template("finding/similar.html", page=None, has_keys=desk.has_keys), 422
    page = similar_page(parse_code(code), hits, kept)
    return render_template("finding/similar.html", page=page, has_keys=desk.has_keys)


def _coding_href(code: str) -> str | None:
    """Where acts are coded from this account; None where that room is not there."""
    room = "coding.account"
    return url_for(room, code=code) if room in current_app.view_functions else None
