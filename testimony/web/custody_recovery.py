"""Recovery as custodians see it: the sheets there are, when each was proven, new ones by two people, shares anew."""

import json
from dataclasses import dataclass
from datetime import datetime

from flask import make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext, ngettext
from wtforms import IntegerField
from wtforms.validators import InputRequired, NumberRange

from crypto.shares import MAX_SHARES
from testimony.domain.errors import NotFound, NotYet
from testimony.domain.roles import Role
from testimony.services import recovery_orders
from testimony.services.pending_orders import RENEWAL, SHARING
from testimony.services.recovery_orders import NewSheets
from testimony.services.recovery_statements import DEFAULT_PLAN, SheetPlan
from testimony.services.recovery_status import recovery_due, recovery_status
from testimony.services.sessions import Session
from testimony.storage.errors import ArchiveDamaged
from testimony.web.custody_blueprint import blueprint, is_confirmed
from testimony.web.custody_forms import GraveForm
from testimony.web.custody_words import COMPARTMENTS
from testimony.web.forms import add_error
from testimony.web.guards import allow
from testimony.web.rooms import Waiting
from testimony.web.sessions import current_session
from testimony.web.translation import listed
from testimony.web.wiring import current_services, now

_SHEETS = "recovery:sheets"
"""Where a session keeps the sheets that it has not shown yet: in memory, gone with the session."""


class PlanForm(GraveForm):
    count = IntegerField(
        lazy_gettext("How many sheets"),
        [InputRequired(lazy_gettext("Give a number from 3 to 16.")), NumberRange(3, MAX_SHARES)],
    )
    needed = IntegerField(
        lazy_gettext("How many of them are needed together"),
        [InputRequired(lazy_gettext("Give a number from 2 to 15.")), NumberRange(2, MAX_SHARES - 1)],
    )


@dataclass(frozen=True, slots=True)
class ShownSheet:
    """One sheet to print. left: how many follow."""

    number: int
    count: int
    needed: int
    words: tuple[str, ...]
    archive: str
    serial: int
    made_on: datetime
    check: str
    left: int


@blueprint.get("/recovery")
@allow(Role.CUSTODIAN)
def recovery_page() -> ResponseReturnValue:
    status = recovery_status(current_session(), now())
    missing = listed(COMPARTMENTS[compartment] for compartment in status.missing)
    return render_template(
        "custody/recovery.html",
        status=status,
        missing=missing,
        unshown=_SHEETS in current_session().desk,
    )


@blueprint.get("/recovery/sheets")
@allow(Role.CUSTODIAN)
def sheets_page() -> ResponseReturnValue:
    form = PlanForm()
    form.count.data, form.needed.data = DEFAULT_PLAN.count, DEFAULT_PLAN.threshold
    return _sheets_page(form, 200)


@blueprint.post("/recovery/sheets/order")
@allow(Role.CUSTODIAN)
def order_sheets() -> ResponseReturnValue:
    session, form = current_session(), PlanForm.of_request()
    if not is_confirmed(session, form):
        return _sheets_page(form, 422)
    try:
        plan = SheetPlan(form.needed.data or 0, form.count.data or 0)
    except ValueError:
        add_error(form, "needed", gettext("One sheet more at least is made than is needed."))
        return _sheets_page(form, 422)
    try:
        recovery_orders.order_sheets(session, plan, form.text("reason"), now())
    except NotYet:
        return _sheets_page(form, 422, _no_share())
    return redirect(url_for("custody.recovery_page"), code=303)


@blueprint.post("/recovery/sheets/confirm")
@allow(Role.CUSTODIAN)
def confirm_sheets() -> ResponseReturnValue:
    session, form = current_session(), GraveForm.of_request()
    if not is_confirmed(session, form):
        return _sheets_page(form, 422)
    try:
        made = recovery_orders.confirm_sheets(session, form.text("reason"), now())
    except NotYet:
        return _sheets_page(form, 422, _no_share())
    _keep(session, made)
    return _next_sheet(session)


@blueprint.post("/recovery/sheets/next")
@allow(Role.CUSTODIAN)
def next_sheet() -> ResponseReturnValue:
    session = current_session()
    if _SHEETS not in session.desk:
        return redirect(url_for("custody.recovery_page"), code=303)
    return _next_sheet(session)


@blueprint.get("/recovery/identity")
@allow(Role.CUSTODIAN)
def sharing_page() -> ResponseReturnValue:
    return _sharing_page(GraveForm(), 200)


@blueprint.post("/recovery/identity/order")
@allow(Role.CUSTODIAN)
def order_sharing() -> ResponseReturnValue:
    session, form = current_session(), GraveForm.of_request()
    if not is_confirmed(session, form):
        return _sharing_page(form, 422)
    try:
        recovery_orders.order_sharing(session, form.text("reason"), now())
    except NotYet:
        return _sharing_page(form, 422, _no_share())
    return redirect(url_for("custody.recovery_page"), code=303)


@blueprint.post("/recovery/identity/confirm")
@allow(Role.CUSTODIAN)
def confirm_sharing() -> ResponseReturnValue:
    session, form = current_session(), GraveForm.of_request()
    if not is_confirmed(session, form):
        return _sharing_page(form, 422)
    try:
        recovery_orders.confirm_sharing(session, form.text("reason"), now())
    except NotYet:
        return _sharing_page(form, 422, _no_share())
    return redirect(url_for("custody.recovery_page"), code=303)


@blueprint.post("/recovery/sheets/withdraw")
@allow(Role.CUSTODIAN)
def withdraw_sheets() -> ResponseReturnValue:
    recovery_orders.withdraw_order(current_session(), RENEWAL, now())
    return redirect(url_for("custody.recovery_page"), code=303)


@blueprint.post("/recovery/identity/withdraw")
@allow(Role.CUSTODIAN)
def withdraw_sharing() -> ResponseReturnValue:
    recovery_orders.withdraw_order(current_session(), SHARING, now())
    return redirect(url_for("custody.recovery_page"), code=303)


def recovery_waiting(session: Session, at: datetime) -> tuple[Waiting, ...]:
    """What is due of the way back, for the front page."""
    href = url_for("custody.recovery_page")
    try:
        status = recovery_due(session, at)
    except ArchiveDamaged:
        broken = gettext("The certificate of the recovery sheets is not what was signed")
        return (Waiting(broken, href, 1),)
    lines = []
    if status.serial == 0:
        lines.append(
            Waiting(gettext("There are no recovery sheets: make them with a second custodian"), href, 1)
        )
    if status.used is not None:
        lines.append(
            Waiting(
                gettext("The archive was opened with recovery sheets: make new ones, and new keys"), href, 1
            )
        )
    if status.due:
        sentence = ngettext(
            "%(num)s recovery sheet was not proven for half a year",
            "%(num)s recovery sheets were not proven for half a year",
            status.due,
        )
        lines.append(Waiting(sentence, href, status.due))
    orders = (status.renewal, status.sharing)
    asked = sum(order is not None and not order.is_own for order in orders)
    if asked:
        sentence = ngettext(
            "%(num)s order about keys waits for a second custodian",
            "%(num)s orders about keys wait for a second custodian",
            asked,
        )
        lines.append(Waiting(sentence, href, asked))
    return tuple(lines)


def _no_share() -> str:
    sentence = gettext(
        "Your account holds no share of the identities' key for this. Ask a custodian who does, or order it again."
    )
    return str(sentence)


def _sheets_page(form: GraveForm, status: int, failure: str | None = None) -> ResponseReturnValue:
    shown = recovery_status(current_session(), now())
    if shown.renewal is None and not isinstance(form, PlanForm):
        raise NotFound
    page = render_template("custody/recovery_sheets.html", form=form, status=shown, failure=failure)
    return make_response(page, status)


def _sharing_page(form: GraveForm, status: int, failure: str | None = None) -> ResponseReturnValue:
    shown = recovery_status(current_session(), now())
    page = render_template("custody/recovery_identity.html", form=form, status=shown, failure=failure)
    return make_response(page, status)


def _keep(session: Session, made: NewSheets) -> None:
    session.desk[_SHEETS] = json.dumps(
        {
            "serial": made.serial,
            "needed": made.plan.threshold,
            "count": made.plan.count,
            "check": made.root_fingerprint,
            "words": list(made.sheets),
        }
    )


def _next_sheet(session: Session) -> ResponseReturnValue:
    """The next sheet, in the answer itself: there is no address at which it could be seen again."""
    kept = json.loads(session.desk.pop(_SHEETS))
    words, *others = kept["words"]
    sheet = ShownSheet(
        number=kept["count"] - len(others),
        count=kept["count"],
        needed=kept["needed"],
        words=tuple(words.split()),
        archive=current_services().name,
        serial=kept["serial"],
        made_on=now(),
        check=kept["check"],
        left=len(others),
    )
    if others:
        session.desk[_SHEETS] = json.dumps({**kept, "words": others})
    return make_response(render_template("custody/recovery_sheet.html", sheet=sheet))
