"""What the modules of the finding room share: the blueprint, and what every page of it asks of the desk."""

from datetime import datetime

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from testimony.domain.errors import NotFound
from testimony.web.finding_desk import Desk, KeptSearch
from testimony.web.finding_words import PURPOSES

blueprint = Blueprint("finding", __name__, url_prefix="/finding")

BREAK_AFTER = 5
"""Violent accounts read in a day after which a break is offered."""


def to_purpose() -> ResponseReturnValue:
    return redirect(url_for("finding.purpose_page"), code=303)


def kept_search(desk: Desk, token: str) -> KeptSearch | None:
    """The search that an address names; None when it was put away since."""
    try:
        return desk.search(token)
    except NotFound:
        return None


def chosen_purpose(desk: Desk) -> str | None:
    """What the purpose of this session is called; None before one is chosen."""
    return None if desk.purpose is None else str(PURPOSES[desk.purpose].short)


def graphic_today(desk: Desk, at: datetime) -> dict[str, object]:
    read_today = desk.graphic_on(at.date())
    return {"count": read_today, "offers_break": read_today >= BREAK_AFTER}
