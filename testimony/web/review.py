"""The review room put together, for the frame: its pages, who may enter, what waits in it."""

from datetime import datetime

from flask import url_for
from flask_babel import lazy_gettext, ngettext

from testimony.domain.roles import Role
from testimony.services.review import waiting
from testimony.services.sessions import Session
from testimony.web import (
    review_approval,
    review_bearings,
    review_disclosing,
    review_files,
    review_handing,
    review_layers,
    review_mentions,
    review_residual,
    review_silence,
    review_texts,
    review_witness,
    review_workspace,
)
from testimony.web.review_queue import blueprint
from testimony.web.rooms import Room, Waiting

PAGES = (
    review_approval,
    review_bearings,
    review_disclosing,
    review_files,
    review_handing,
    review_layers,
    review_mentions,
    review_residual,
    review_silence,
    review_texts,
    review_witness,
    review_workspace,
)
"""The modules whose views belong to this blueprint; they must be loaded before it is registered."""


def home_items(session: Session, at: datetime) -> tuple[Waiting, ...]:
    """What waits for a reviewer, in sentences."""
    found, front_page = waiting(session), url_for("review.front")
    lines = (
        (
            found.asked,
            ngettext("%(num)d approval is asked of you", "%(num)d approvals are asked of you", found.asked),
        ),
        (
            found.mine,
            ngettext("You are redacting %(num)d account", "You are redacting %(num)d accounts", found.mine),
        ),
        (
            found.to_release,
            ngettext(
                "%(num)d approved layer can be released",
                "%(num)d approved layers can be released",
                found.to_release,
            ),
        ),
        (
            found.sealed + found.untaken,
            ngettext(
                "%(num)d account waits for a reviewer",
                "%(num)d accounts wait for a reviewer",
                found.sealed + found.untaken,
            ),
        ),
        (
            len(found.damaged),
            ngettext(
                "%(num)d sealed account could not be opened",
                "%(num)d sealed accounts could not be opened",
                len(found.damaged),
            ),
        ),
    )
    return tuple(Waiting(str(sentence), front_page, count) for count, sentence in lines if count)


ROOM = Room(
    blueprint=blueprint,
    title=lazy_gettext("Review"),
    front="review.front",
    roles=frozenset({Role.REVIEWER}),
    when_empty=lazy_gettext("Accounts appear here when interviewers have sealed them."),
    waiting=home_items,
)
