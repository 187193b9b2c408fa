"""Coding what happened, for reviewers and investigators: the acts of one released account, a form for each.

No room of its own: investigators come from the testimony they read, reviewers from the released accounts.
"""

from collections.abc import Callable

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from testimony.domain.acts import CodedAct
from testimony.domain.codes import parse_code
from testimony.domain.errors import Invalid, NotFound, Problem
from testimony.domain.grants import ClosedPart
from testimony.domain.places import PlaceId
from testimony.domain.purposes import Audience
from testimony.domain.roles import Role
from testimony.services.coded import CodingDesk, open_to_code
from testimony.services.coding import code_act, correct_act, set_account_types, withdraw_act
from testimony.services.places import (
    FoundPlace,
    add_place,
    add_spelling,
    find_place,
    places_inside,
    places_named,
)
from testimony.web.coders import Coder, ElsewhereFirst, coder_of
from testimony.web.coding_forms import ActForm, Choice, TypesForm, form_of
from testimony.web.coding_pages import account_page
from testimony.web.coding_words import PARTS, lay_problems, place_words
from testimony.web.guards import allow
from testimony.web.sessions import current_session
from testimony.web.wiring import now

blueprint = Blueprint("coding", __name__, url_prefix="/coding")

_CLOSING = "closing"


@blueprint.errorhandler(ElsewhereFirst)
def go_there(first: ElsewhereFirst) -> ResponseReturnValue:
    return redirect(first.href, code=303)


@blueprint.get("/<code>")
@allow(Role.REVIEWER, Role.INVESTIGATOR)
def account(code: str) -> ResponseReturnValue:
    return _account(coder_of(code), TypesForm(), 200)


@blueprint.post("/<code>/types")
@allow(Role.REVIEWER, Role.INVESTIGATOR)
def set_types(code: str) -> ResponseReturnValue:
    coder, form = coder_of(code), TypesForm.of_request()
    form.offer()
    if not form.validate():
        return _account(coder, form, 422)
    try:
        set_account_types(
            current_session(), coder.code, coder.source, tuple(form.types.data or ()), _agreed(), now()
        )
    except Invalid as fault:
        if part := _asks_to_close(fault):
            return _ask_to_close(
                coder, part, url_for("coding.set_types", code=coder.code, release=coder.release)
            )
        raise
    return redirect(_after(coder), code=303)


@blueprint.get("/<code>/act")
@allow(Role.REVIEWER, Role.INVESTIGATOR)
def act_form(code: str) -> ResponseReturnValue:
    coder = coder_of(code)
    desk = open_to_code(current_session(), coder.code, coder.source, now())
    before = _corrected(desk)
    form = ActForm() if before is None else form_of(before.coding, desk.text)
    return _act_page(coder, desk, form, (), 200)


@blueprint.post("/<code>/act")
@allow(Role.REVIEWER, Role.INVESTIGATOR)
def code_it(code: str) -> ResponseReturnValue:
    coder = coder_of(code)
    desk, form = open_to_code(current_session(), coder.code, coder.source, now()), ActForm.of_request()
    before = _corrected(desk)
    if "find" in request.form:
        return _act_page(coder, desk, form, _found(coder, form), 200)
    _offer(coder, desk, form, ())
    if "add" in request.form:
        return _change_places(coder, desk, form, _add_place)
    if "spell" in request.form:
        return _change_places(coder, desk, form, _add_spelling)
    if not form.validate():
        return _act_page(coder, desk, form, (), 422)
    try:
        _keep(coder, before, form, desk)
    except Invalid as fault:
        if part := _asks_to_close(fault):
            return _ask_to_close(coder, part, _act_href(coder))
        lay_problems(form, fault)
        return _act_page(coder, desk, form, (), 422)
    return redirect(_after(coder), code=303)


@blueprint.post("/<code>/act/<act_id>/withdraw")
@allow(Role.REVIEWER, Role.INVESTIGATOR)
def withdraw(code: str, act_id: str) -> ResponseReturnValue:
    coder = coder_of(code)
    withdraw_act(current_session(), coder.code, coder.source, act_id, now())
    return redirect(coder.home, code=303)


@blueprint.get("/<code>/closed")
@allow(Role.REVIEWER, Role.INVESTIGATOR)
def closed(code: str) -> ResponseReturnValue:
    """Nothing of the account: whoever closed it may not be among those to whom it is open now."""
    asked = request.args.get("release")
    release = asked if asked in set(Audience) else None
    return render_template("coding/closed.html", code=parse_code(code), release=release)


def _account(coder: Coder, form: TypesForm, status: int) -> ResponseReturnValue:
    desk = open_to_code(current_session(), coder.code, coder.source, now())
    if form.types.choices is None:
        form.offer()
        form.types.data = list(desk.account_types.types) if desk.account_types else []
    page = account_page(desk, coder.layers, coder.release)
    return make_response(
        render_template("coding/account.html", page=page, form=form, helping=desk.helping), status
    )


def _act_page(
    coder: Coder, desk: CodingDesk, form: ActForm, found: tuple[FoundPlace, ...], status: int
) -> ResponseReturnValue:
    _offer(coder, desk, form, found)
    page = render_template(
        "coding/act.html",
        page=account_page(desk, coder.layers, coder.release),
        form=form,
        action=_act_href(coder),
        is_correction="of" in request.args,
        searched="find" in request.form,
        found=len(found),
    )
    return make_response(page, status)


def _offer(coder: Coder, desk: CodingDesk, form: ActForm, found: tuple[FoundPlace, ...]) -> None:
    """What can be chosen: of places, those of this account, those found, and the one chosen before."""
    coded = {view.place[-1].id: place_words(view.place) for view in desk.acts if view.place}
    offered = coded | {each.place.id: place_words(each.path) for each in found}
    chosen = form.text("place")
    if chosen and chosen not in offered:
        try:
            place = find_place(current_session(), coder.source, PlaceId(chosen), now())
        except NotFound:
            form.place.data = ""
        else:
            offered[place.place.id] = place_words(place.path)
    choices: tuple[Choice, ...] = tuple(offered.items())
    form.offer(desk.finest, choices)


def _found(coder: Coder, form: ActForm) -> tuple[FoundPlace, ...]:
    """By name; without one, what lies in the chosen place."""
    words, chosen = form.text("place_words").strip(), form.text("place")
    if words:
        return places_named(current_session(), coder.source, words, now())
    return places_inside(current_session(), coder.source, PlaceId(chosen), now()) if chosen else ()


def _change_places(
    coder: Coder, desk: CodingDesk, form: ActForm, change: Callable[[Coder, ActForm], PlaceId]
) -> ResponseReturnValue:
    """Change the list of places and choose what was changed; everything else typed stays as it is."""
    try:
        form.place.data = change(coder, form)
    except NotFound:
        lay_problems(form, Invalid((Problem("place", "required"),)))
        return _act_page(coder, desk, form, (), 422)
    except Invalid as fault:
        lay_problems(form, fault)
        return _act_page(coder, desk, form, (), 422)
    form.new_name.data = ""
    return _act_page(coder, desk, form, (), 200)


def _add_place(coder: Coder, form: ActForm) -> PlaceId:
    return add_place(current_session(), coder.source, form.new_place(), now())


def _add_spelling(coder: Coder, form: ActForm) -> PlaceId:
    chosen = PlaceId(form.text("place"))
    add_spelling(current_session(), coder.source, chosen, form.new_spelling(), now())
    return chosen


def _keep(coder: Coder, before: CodedAct | None, form: ActForm, desk: CodingDesk) -> None:
    session, coding = current_session(), form.coding(desk.text)
    if before is None:
        code_act(session, coder.code, coder.source, coding, _agreed(), now())
    else:
        correct_act(session, coder.code, coder.source, before.act_id, coding, _agreed(), now())


def _corrected(desk: CodingDesk) -> CodedAct | None:
    """The act that the address says is corrected. Raises NotFound when this person may not correct it."""
    act_id = request.args.get("of")
    if act_id is None:
        return None
    act = next((v.act for v in desk.acts if v.act.act_id == act_id and v.may_withdraw), None)
    if act is None:
        raise NotFound
    return act


def _act_href(coder: Coder) -> str:
    return url_for("coding.code_it", code=coder.code, of=request.args.get("of"), release=coder.release)


def _after(coder: Coder) -> str:
    """Back to the list; after a part was closed, to a page that says so and shows nothing of the account."""
    return url_for("coding.closed", code=coder.code, release=coder.release) if _agreed() else coder.home


def _agreed() -> frozenset[ClosedPart]:
    return frozenset(ClosedPart(each) for each in request.form.getlist(_CLOSING) if each in set(ClosedPart))


def _asks_to_close(fault: Invalid) -> ClosedPart | None:
    """The part that the account would be put into, when nothing else is wrong."""
    names = [problem.field.removeprefix(f"{_CLOSING}.") for problem in fault.problems]
    return ClosedPart(names[0]) if len(names) == 1 and names[0] in set(ClosedPart) else None


def _ask_to_close(coder: Coder, part: ClosedPart, action: str) -> ResponseReturnValue:
    typed = tuple((n, v) for n, v in request.form.items(multi=True) if n not in ("csrf_token", _CLOSING))
    return render_template(
        "coding/closing.html",
        code=coder.code,
        part=part,
        name=PARTS[part],
        action=action,
        typed=typed,
        back=coder.home,
    )
