"""Keys as custodians see them: for whom each opens, since when; ordering new ones, confirming, carrying out."""

from dataclasses import dataclass
from datetime import date, datetime

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext, ngettext
from wtforms import IntegerField, SelectField
from wtforms.validators import InputRequired, NumberRange

from testimony.domain.accounts import AccountId
from testimony.domain.errors import Invalid, NotFound
from testimony.domain.rekeying import MAX_ROTATION_DAYS, MIN_ROTATION_DAYS, Cause
from testimony.domain.roles import Role
from testimony.services import accounts, key_cards, rekeying
from testimony.services.key_cards import KeyState, OrderView
from testimony.services.rekey_running import try_to_carry_out
from testimony.services.rekeying import OrderRequest
from testimony.services.sessions import Session
from testimony.storage.compartments import Compartment
from testimony.web.custody_blueprint import blueprint, is_confirmed
from testimony.web.custody_forms import GraveForm, Ticks
from testimony.web.custody_keys_words import CAUSES, OPENS, PROBLEMS, WHO_DOES_IT, cost_sentence
from testimony.web.custody_words import COMPARTMENTS
from testimony.web.forms import add_error
from testimony.web.guards import allow
from testimony.web.rooms import Waiting
from testimony.web.sessions import current_session
from testimony.web.translation import listed
from testimony.web.wiring import now


@dataclass(frozen=True, slots=True)
class KeyCard:
    """One compartment on the page. share: per cent of a change of key under way, None when there is none."""

    title: str
    opens: str
    handles: tuple[str, ...]
    threshold: int
    changes: int
    since: datetime
    due_on: date
    is_due: bool
    share: int | None


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One order on the page. left: (what waits for a new key, who can do it)."""

    order_id: str
    cause: str
    handle: str | None
    what: str
    ordered_by: str
    ordered_at: datetime
    confirmed_by: str | None
    expired: bool
    can_confirm: bool
    can_carry_out: bool
    left: tuple[tuple[str, str], ...]


class OrderForm(GraveForm):
    compartments = Ticks(lazy_gettext("New keys for"), [InputRequired(lazy_gettext("Choose at least one."))])
    cause = SelectField(lazy_gettext("Why"))
    account = SelectField(lazy_gettext("Who left"))

    def offer(self, people: tuple[tuple[str, str], ...]) -> None:
        self.compartments.choices = [(c.value, COMPARTMENTS[c]) for c in Compartment]
        self.cause.choices = [(cause.value, words) for cause, words in CAUSES.items()]
        self.account.choices = [("", lazy_gettext("Nobody")), *people]


class RotationForm(GraveForm):
    days = IntegerField(
        lazy_gettext("Days after which a key is due"),
        [
            InputRequired(PROBLEMS["days", "out_of_range"]),
            NumberRange(MIN_ROTATION_DAYS, MAX_ROTATION_DAYS, PROBLEMS["days", "out_of_range"]),
        ],
    )


@blueprint.get("/keys")
@allow(Role.CUSTODIAN)
def keys_page() -> ResponseReturnValue:
    return _keys_page(RotationForm(), 200)


@blueprint.post("/keys/rotation")
@allow(Role.CUSTODIAN)
def set_rotation() -> ResponseReturnValue:
    session, form = current_session(), RotationForm.of_request()
    if not is_confirmed(session, form):
        return _keys_page(form, 422)
    rekeying.set_rotation(session, form.days.data or 0, form.text("reason"), now())
    return redirect(url_for("custody.keys_page"), code=303)


@blueprint.get("/keys/new")
@allow(Role.CUSTODIAN)
def order_form_page() -> ResponseReturnValue:
    """For somebody who left, with what they can have held ticked; else with nothing ticked."""
    session, form = current_session(), OrderForm()
    if account := request.args.get("account", "")[:64]:
        form.compartments.data = [c.value for c in key_cards.held_by(session, AccountId(account))]
        form.cause.data, form.account.data = Cause.MEMBER_REMOVED.value, account
    else:
        form.cause.data = Cause.ROTATION.value
    return _order_form_page(form, 200)


@blueprint.post("/keys/new")
@allow(Role.CUSTODIAN)
def order_keys() -> ResponseReturnValue:
    session, form = current_session(), OrderForm.of_request()
    form.offer(_people(session))
    if not is_confirmed(session, form):
        return _order_form_page(form, 422)
    account = AccountId(form.text("account")) if form.text("account") else None
    wanted = OrderRequest(
        frozenset(map(Compartment, form.compartments.data or ())),
        Cause(form.text("cause")),
        account,
        form.text("reason"),
    )
    try:
        order_id = rekeying.order(session, wanted, now())
    except Invalid as fault:
        for problem in fault.problems:
            add_error(form, problem.field, str(PROBLEMS[problem.field, problem.code]))
        return _order_form_page(form, 422)
    return redirect(url_for("custody.key_order_page", key_order_id=order_id), code=303)


@blueprint.get("/keys/orders/<key_order_id>")
@allow(Role.CUSTODIAN)
def key_order_page(key_order_id: str) -> ResponseReturnValue:
    return _order_page(key_order_id, GraveForm(), 200)


@blueprint.post("/keys/orders/<key_order_id>/confirm")
@allow(Role.CUSTODIAN)
def confirm_keys(key_order_id: str) -> ResponseReturnValue:
    session, form = current_session(), GraveForm.of_request()
    if not is_confirmed(session, form):
        return _order_page(key_order_id, form, 422)
    rekeying.confirm(session, key_order_id, form.text("reason"), now())
    # What cannot be done now (no room, no share) waits and is on the page; this session has old keys from here.
    try_to_carry_out(session, now())
    return redirect(url_for("custody.keys_page"), code=303)


@blueprint.post("/keys/orders/<key_order_id>/carry-out")
@allow(Role.CUSTODIAN)
def carry_out_keys(key_order_id: str) -> ResponseReturnValue:
    session = current_session()
    rekeying.find_order(session.archive.keyring(), key_order_id)
    try_to_carry_out(session, now())
    return redirect(url_for("custody.keys_page"), code=303)


@blueprint.post("/keys/orders/<key_order_id>/drop")
@allow(Role.CUSTODIAN)
def drop_key_order(key_order_id: str) -> ResponseReturnValue:
    session, form = current_session(), GraveForm.of_request()
    if not is_confirmed(session, form):
        return _order_page(key_order_id, form, 422)
    rekeying.drop(session, key_order_id, form.text("reason"), now())
    return redirect(url_for("custody.keys_page"), code=303)


def waiting_keys(session: Session, at: datetime) -> tuple[Waiting, ...]:
    """For the front page: keys past their day, orders that wait for this person."""
    past, orders = key_cards.due(session, at)
    href = url_for("custody.keys_page")
    return (
        Waiting(
            ngettext("%(num)s key is due to be changed", "%(num)s keys are due to be changed", past),
            href,
            past,
        ),
        Waiting(
            ngettext(
                "%(num)s order to change keys waits for you",
                "%(num)s orders to change keys wait for you",
                orders,
            ),
            href,
            orders,
        ),
    )


def card_of(key: KeyState) -> KeyCard:
    return KeyCard(
        title=str(COMPARTMENTS[key.compartment]),
        opens=str(OPENS[key.compartment]),
        handles=key.handles,
        threshold=key.threshold,
        changes=key.generation,
        since=key.since,
        due_on=key.due_on,
        is_due=key.is_due,
        share=None if key.share_done is None else round(key.share_done * 100),
    )


def line_of(order: OrderView) -> OrderLine:
    return OrderLine(
        order_id=order.order_id,
        cause=str(CAUSES[order.cause]),
        handle=order.handle,
        what=listed(COMPARTMENTS[compartment] for compartment in order.compartments),
        ordered_by=order.ordered_by,
        ordered_at=order.ordered_at,
        confirmed_by=order.confirmed_by,
        expired=order.expired,
        can_confirm=order.can_confirm,
        can_carry_out=order.can_carry_out,
        left=tuple((str(COMPARTMENTS[c]), str(WHO_DOES_IT[c])) for c in order.left),
    )


def _keys_page(form: RotationForm, status: int) -> ResponseReturnValue:
    view = key_cards.keys(current_session(), now())
    if form.days.data is None:
        form.days.data = view.rotation_days
    page = render_template(
        "custody/keys.html",
        keys=tuple(map(card_of, view.keys)),
        orders=tuple(map(line_of, view.orders)),
        form=form,
    )
    return make_response(page, status)


def _order_form_page(form: OrderForm, status: int) -> ResponseReturnValue:
    session = current_session()
    form.offer(_people(session))
    return make_response(
        render_template(
            "custody/key_order_new.html", form=form, costs=_costs(session, frozenset(Compartment))
        ),
        status,
    )


def _order_page(order_id: str, form: GraveForm, status: int) -> ResponseReturnValue:
    session = current_session()
    found = next((o for o in key_cards.keys(session, now()).orders if o.order_id == order_id), None)
    if found is None:
        raise NotFound
    costs = _costs(session, frozenset(found.left or found.compartments))
    page = render_template("custody/key_order.html", order=line_of(found), form=form, costs=costs)
    return make_response(page, status)


def _costs(session: Session, compartments: frozenset[Compartment]) -> tuple[tuple[str, str], ...]:
    found = key_cards.costs(session, compartments, now())
    return tuple((str(COMPARTMENTS[cost.compartment]), cost_sentence(cost)) for cost in found)


def _people(session: Session) -> tuple[tuple[str, str], ...]:
    views = accounts.list_accounts(session, now())
    return tuple((view.id, view.handle) for view in views if view.id != session.account.id)
