"""One of two accounts beside the other, as a reader of both may be told it: its acts and its text.

A reviewer opens the account as in the review room, an investigator the release that their purpose is served with,
through the gate. Places and dates are no finer than the reader's audience may be told.
"""

from dataclasses import dataclass, field, replace

from testimony.domain.acts import CodedAct, told_to
from testimony.domain.errors import NotFound
from testimony.domain.places import Place, shown_to
from testimony.domain.purposes import Audience, Purpose
from testimony.policy.access import Permission, permissions_of
from testimony.services.coding_access import ForPurpose, open_source
from testimony.services.sessions import Session, Work
from testimony.services.under_review import open_account
from testimony.storage import acts as act_rows
from testimony.storage import places as place_rows


@dataclass(frozen=True, slots=True)
class Side:
    """places: of the acts, by the id that stands in them, each with what contains it."""

    code: str
    case_id: str
    acts: tuple[CodedAct, ...]
    places: dict[str, tuple[Place, ...]]
    text: str = field(repr=False)


def open_side(session: Session, work: Work, code: str, purpose: Purpose | None) -> Side:
    """purpose: of an investigator; a reviewer has none. Raises as `open_account` and `open_source` do."""
    if Permission.READ_ORIGINAL in permissions_of(session.account.roles):
        account = open_account(session, work, code)
        return _side(work, code, account.row.case_id, Audience.COURT, account.version.text)
    if purpose is None:
        raise NotFound
    opened = open_source(session, work, code, ForPurpose(purpose))
    return _side(work, code, opened.release.case_id, opened.audience, opened.release.text)


def _side(work: Work, code: str, case_id: str, audience: Audience, text: str) -> Side:
    coded = act_rows.standing_acts(work.connection, code, audience)
    paths = place_rows.paths(work.connection, {a.coding.place for a in coded if a.coding.place is not None})
    acts, places = [], {}
    for act in coded:
        path = shown_to(paths.get(act.coding.place, ()), audience) if act.coding.place else ()
        when = told_to(act.coding.when, audience) if act.coding.when else None
        place = path[-1].id if path else None
        if place is not None:
            places[str(place)] = path
        acts.append(replace(act, coding=replace(act.coding, passage=None, when=when, place=place)))
    return Side(code, case_id, tuple(acts), places, text)
