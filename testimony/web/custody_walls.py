"""Walls between cases: what stands, what waits for a second custodian, proposing and confirming."""

from flask import make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from testimony.domain.errors import Conflict, Invalid
from testimony.domain.roles import Role
from testimony.services import custody, walls
from testimony.services.sessions import Session
from testimony.web.custody_blueprint import blueprint, is_confirmed
from testimony.web.custody_forms import GraveForm
from testimony.web.custody_words import lay_problems
from testimony.web.forms import add_error
from testimony.web.grant_forms import WallForm
from testimony.web.grant_words import PROBLEMS
from testimony.web.guards import allow
from testimony.web.rooms import Waiting
from testimony.web.sessions import current_session
from testimony.web.wiring import now


@blueprint.get("/cases/<case_id>/walls")
@allow(Role.CUSTODIAN)
def walls_page(case_id: str) -> ResponseReturnValue:
    return _page(case_id, WallForm(), 200)


@blueprint.post("/cases/<case_id>/walls")
@allow(Role.CUSTODIAN)
def propose_wall(case_id: str) -> ResponseReturnValue:
    session, form = current_session(), WallForm.of_request()
    _offer(case_id, form)
    if not is_confirmed(session, form):
        return _page(case_id, form, 422)
    pair = (case_id, form.text("other"))
    stands = any(
        view.other_case == pair[1] and view.stands for view in walls.walls_of(session, case_id, now())
    )
    try:
        walls.propose_wall(session, pair, "lift" if stands else "set", form.text("reason"), now())
    except Invalid as fault:
        lay_problems(form, fault, PROBLEMS)
        return _page(case_id, form, 422)
    except Conflict:
        add_error(
            form, "other", gettext("Something about these two cases waits for a second custodian already.")
        )
        return _page(case_id, form, 422)
    return redirect(url_for("custody.walls_page", case_id=case_id), code=303)


@blueprint.post("/cases/<case_id>/walls/<step_id>/confirm")
@allow(Role.CUSTODIAN)
def confirm_wall(case_id: str, step_id: str) -> ResponseReturnValue:
    session, form = current_session(), GraveForm.of_request()
    if not is_confirmed(session, form):
        return _page(case_id, WallForm(formdata=None), 422, form)
    walls.confirm_wall(session, step_id, form.text("reason"), now())
    return redirect(url_for("custody.walls_page", case_id=case_id), code=303)


@blueprint.post("/cases/<case_id>/walls/<step_id>/drop")
@allow(Role.CUSTODIAN)
def drop_wall(case_id: str, step_id: str) -> ResponseReturnValue:
    session, form = current_session(), GraveForm.of_request()
    if not is_confirmed(session, form):
        return _page(case_id, WallForm(formdata=None), 422, form)
    walls.drop_wall_step(session, step_id, form.text("reason"), now())
    return redirect(url_for("custody.walls_page", case_id=case_id), code=303)


def walls_waiting(session: Session) -> Waiting:
    cases = walls.waiting_walls(session)
    sentence = ngettext(
        "%(num)s wall between cases waits for a second custodian",
        "%(num)s walls between cases wait for a second custodian",
        len(cases),
    )
    return Waiting(sentence, url_for("custody.walls_page", case_id=cases[0]) if cases else "", len(cases))


def _page(case_id: str, form: WallForm, status: int, answer: GraveForm | None = None) -> ResponseReturnValue:
    views = walls.walls_of(current_session(), case_id, now())
    _offer(case_id, form)
    page = render_template(
        "custody/walls.html",
        case_id=case_id,
        standing=tuple(view for view in views if view.stands),
        waiting=tuple(view for view in views if view.step_id is not None),
        form=form,
        answer=GraveForm(formdata=None) if answer is None else answer,
    )
    return make_response(page, status)


def _offer(case_id: str, form: WallForm) -> None:
    cases = tuple(
        (view.case.case_id, f"{view.case.case_id} · {view.case.title}")
        for view in custody.list_cases(current_session(), now())
        if view.case.case_id != case_id
    )
    form.offer(cases)
