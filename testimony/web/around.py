"""Around a testimony, for custodians and reviewers: walls, reviews of risk, gaps in custody, next of kin, referrals.

No word of any account. Custodians see all of it, reviewers what concerns a release.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from testimony.domain.codes import parse_code
from testimony.domain.errors import BadCode, Conflict, Invalid, NotFound, Problem, SignInFailed
from testimony.domain.purposes import Audience
from testimony.domain.roles import Role
from testimony.services import (
    custody_gaps,
    joint_reviews,
    next_of_kin,
    public_material,
    referrals,
    testimony_walls,
)
from testimony.services.accounts import require_password
from testimony.services.joint_acts import Kind
from testimony.services.sessions import Session
from testimony.web.around_forms import (
    OUTCOME_WORDS,
    AnswerForm,
    GapForm,
    KinForm,
    ReferralForm,
    ReviewForm,
    SealedForm,
    TaskForm,
    WallForm,
)
from testimony.web.around_words import PROBLEMS
from testimony.web.custody_words import WRONG_PASSWORD, lay_problems
from testimony.web.forms import add_error
from testimony.web.guards import allow
from testimony.web.review_forms import AUDIENCE_NAMES
from testimony.web.sessions import current_session
from testimony.web.wiring import now

blueprint = Blueprint("around", __name__, url_prefix="/around")

Act = Callable[[Session, datetime], object]


@blueprint.get("/<code>")
@allow(Role.CUSTODIAN, Role.REVIEWER)
def account(code: str) -> ResponseReturnValue:
    return _page(code, None, 200)


@blueprint.post("/<code>/walls")
@allow(Role.CUSTODIAN)
def propose_wall(code: str) -> ResponseReturnValue:
    form, session = WallForm.sent(), current_session()
    here = parse_code(code)
    try:
        other = parse_code(form.text("other"))
    except BadCode:
        other = ""
    stands = any(
        wall.other == other and wall.stands
        for wall in testimony_walls.walls_of_testimony(session, here, now())
    )
    if not other:
        form.validate()
        add_error(form, "other", gettext("This is no code of a testimony."))
        return _page(code, form, 422)
    does = Kind.WALL_LIFT if stands else Kind.WALL_SET
    words = (form.text("reason"), form.text("also_witness"))

    def act(session: Session, at: datetime) -> None:
        try:
            testimony_walls.propose_testimony_wall(session, (here, other), does, words, at)
        except NotFound:
            raise Invalid((Problem("other", "unknown"),)) from None

    return _do(here, form, act)


@blueprint.post("/<code>/walls/<act_id>/confirm")
@allow(Role.CUSTODIAN)
def confirm_wall(code: str, act_id: str) -> ResponseReturnValue:
    form = AnswerForm.sent()
    return _do(
        code,
        form,
        lambda session, at: testimony_walls.confirm_testimony_wall(session, act_id, form.text("reason"), at),
    )


@blueprint.post("/<code>/walls/<act_id>/drop")
@allow(Role.CUSTODIAN)
def drop_wall(code: str, act_id: str) -> ResponseReturnValue:
    form = AnswerForm.sent()
    return _do(
        code,
        form,
        lambda session, at: testimony_walls.drop_testimony_wall(session, act_id, form.text("reason"), at),
    )


@blueprint.post("/<code>/reviews")
@allow(Role.CUSTODIAN, Role.REVIEWER)
def propose_review(code: str) -> ResponseReturnValue:
    here, session = parse_code(code), current_session()
    form = ReviewForm.sent().offer(joint_reviews.reviews_of(session, here, now()).others)
    return _do(
        here,
        form,
        lambda session, at: joint_reviews.propose_review(
            session, here, form.text("other"), Audience(form.text("audience")), form.text("risks"), at
        ),
    )


@blueprint.post("/<code>/reviews/<act_id>/confirm")
@allow(Role.CUSTODIAN, Role.REVIEWER)
def confirm_review(code: str, act_id: str) -> ResponseReturnValue:
    form = AnswerForm.sent()
    return _do(code, form, lambda session, at: joint_reviews.confirm_review(session, act_id, at))


@blueprint.post("/<code>/reviews/<act_id>/drop")
@allow(Role.CUSTODIAN, Role.REVIEWER)
def drop_review(code: str, act_id: str) -> ResponseReturnValue:
    form = AnswerForm.sent()
    return _do(
        code,
        form,
        lambda session, at: joint_reviews.drop_review(session, act_id, form.text("reason"), at),
    )


@blueprint.post("/<code>/gaps")
@allow(Role.CUSTODIAN, Role.REVIEWER)
def note_gap(code: str) -> ResponseReturnValue:
    form = GapForm.sent()
    return _do(code, form, lambda session, at: custody_gaps.note_gap(session, code, form.gap, at))


@blueprint.post("/<code>/kin")
@allow(Role.CUSTODIAN)
def note_kin(code: str) -> ResponseReturnValue:
    form = KinForm.sent()
    return _do(
        code,
        form,
        lambda session, at: next_of_kin.note_kin(session, code, form.text("who"), form.text("interest"), at),
    )


@blueprint.post("/<code>/kin/<act_id>/end")
@allow(Role.CUSTODIAN)
def end_kin(code: str, act_id: str) -> ResponseReturnValue:
    form = AnswerForm.sent()
    return _do(code, form, lambda session, at: next_of_kin.end_kin(session, act_id, form.text("reason"), at))


@blueprint.post("/<code>/referrals")
@allow(Role.CUSTODIAN)
def propose_referral(code: str) -> ResponseReturnValue:
    form = ReferralForm.sent()
    return _do(code, form, lambda session, at: referrals.propose_referral(session, code, form.need, at))


@blueprint.post("/<code>/referrals/<act_id>/confirm")
@allow(Role.CUSTODIAN)
def confirm_referral(code: str, act_id: str) -> ResponseReturnValue:
    form = AnswerForm.sent()
    return _do(code, form, lambda session, at: referrals.confirm_referral(session, act_id, at))


@blueprint.post("/<code>/referrals/<act_id>/drop")
@allow(Role.CUSTODIAN)
def drop_referral(code: str, act_id: str) -> ResponseReturnValue:
    form = AnswerForm.sent()
    return _do(
        code, form, lambda session, at: referrals.drop_referral(session, act_id, form.text("reason"), at)
    )


@blueprint.post("/<code>/public/<act_id>/done")
@allow(Role.CUSTODIAN)
def finish_public(code: str, act_id: str) -> ResponseReturnValue:
    form = TaskForm.sent()
    return _do(
        code,
        form,
        lambda session, at: public_material.finish(
            session, act_id, form.text("outcome"), form.text("reason"), at
        ),
    )


def _do(code: str, form: SealedForm, act: Act) -> ResponseReturnValue:
    """Check the password and do it; the page again with what was wrong."""
    session, at = current_session(), now()
    if not _is_confirmed(session, form, at):
        return _page(code, form, 422)
    try:
        act(session, at)
    except Invalid as fault:
        lay_problems(form, fault, PROBLEMS)
        return _page(code, form, 422)
    except Conflict:
        sentence = gettext("This stands so already, or waits for somebody. Look at the page again.")
        add_error(form, "password", sentence)
        return _page(code, form, 422)
    return redirect(url_for("around.account", code=parse_code(code)), code=303)


def _is_confirmed(session: Session, form: SealedForm, at: datetime) -> bool:
    if not form.validate():
        return False
    try:
        require_password(session, form.text("password"), at)
    except SignInFailed:
        add_error(form, "password", str(WRONG_PASSWORD))
        return False
    return True


def _page(code: str, wrong: SealedForm | None, status: int) -> ResponseReturnValue:
    session, at, here = current_session(), now(), parse_code(code)
    reviews = joint_reviews.reviews_of(session, here, at)
    is_custodian = Role.CUSTODIAN in session.account.roles
    kinds = (WallForm, AnswerForm, ReviewForm, GapForm, KinForm, ReferralForm, TaskForm)
    forms: dict[str, Any] = {kind.__name__.removesuffix("Form").lower(): kind.empty() for kind in kinds}
    if wrong is not None:
        forms[type(wrong).__name__.removesuffix("Form").lower()] = wrong
    forms["review"].offer(reviews.others)
    page = render_template(
        "around/account.html",
        code=here,
        in_custody=is_custodian,
        here="register",
        reviews=reviews,
        gaps=custody_gaps.gaps_with_names(session, here, at),
        audiences=AUDIENCE_NAMES,
        outcomes=OUTCOME_WORDS,
        now=at,
        wrong=wrong,
        forms=forms,
        **(_for_custodians(session, here, at) if is_custodian else {}),
    )
    return make_response(page, status)


def _for_custodians(session: Session, code: str, at: datetime) -> dict[str, object]:
    return {
        "walls": testimony_walls.walls_of_testimony(session, code, at),
        "kin": next_of_kin.kin_of(session, code, at),
        "referrals": referrals.referrals_of(session, code, at),
        "tasks": public_material.tasks_of(session, code, at),
    }
