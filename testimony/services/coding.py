"""Coding: what acts a released account tells, in codes. The source layer alone; nothing is concluded here.

An act is coded from one release, with the passage of that release that tells it. It is never changed: a correction
withdraws it and adds another, and both stay. An act of a kind that is closed by default puts the whole testimony
into the closed part, at once and for everybody, and so asks for an explicit word first.
"""

import secrets
from datetime import datetime

from testimony.domain.acts import (
    INSIDER,
    VOCABULARY_VERSION,
    Coding,
    closed_part_of,
    require_account_types,
)
from testimony.domain.audit import Action, DenyReason
from testimony.domain.errors import Conflict, Invalid, NotFound, Problem, Refused
from testimony.domain.grants import ClosedPart
from testimony.domain.matching import fold
from testimony.domain.places import Place, shown_to
from testimony.domain.purposes import Audience
from testimony.policy.access import Permission, require
from testimony.services.coded import may_withdraw
from testimony.services.coding_access import Opened, Source, log_of, open_source
from testimony.services.sessions import Session, Work
from testimony.services.under_review import UnderReview, marks_of
from testimony.services.witness_requests import is_silent
from testimony.storage import acts as act_rows
from testimony.storage import places as place_rows
from testimony.storage import register, releases

MAX_ACTS = 200
"""Standing acts of one testimony: more is a mistake, and every one of them is indexed."""

_TAGS = {
    ClosedPart.SEXUAL_VIOLENCE: "tag_s",
    ClosedPart.CHILDREN: "tag_c",
    ClosedPart.INSIDERS: "tag_p",
}

NOTHING_CLOSES: frozenset[ClosedPart] = frozenset()
"""What a coder confirms who has not been asked: no part may be closed by this act."""


def code_act(
    session: Session,
    code: str,
    source: Source,
    coding: Coding,
    closing: frozenset[ClosedPart],
    now: datetime,
) -> str:
    """Add an act; return its id.

    closing: the closed parts that the coder has agreed to put the testimony into (`NOTHING_CLOSES` for none).
    Raises as `coding_access.open_source`; Invalid when the passage is not in the text, the place is unknown, finer
    than this person may name or withheld from readers of the release, or when the act closes a part that was not
    agreed to.
    """
    with session.work(now) as work:
        require(session.account, Permission.CODE_ACTS)
        opened = open_source(session, work, code, source)
        return _add(session, work, opened, coding, closing, replaces=None)


def correct_act(
    session: Session,
    code: str,
    source: Source,
    act_id: str,
    coding: Coding,
    closing: frozenset[ClosedPart],
    now: datetime,
) -> str:
    """Withdraw an act and add another in its place; return the new id. Raises as `code_act`, `withdraw_act`."""
    with session.work(now) as work:
        require(session.account, Permission.CODE_ACTS)
        opened = open_source(session, work, code, source)
        _withdraw(session, work, opened, act_id)
        return _add(session, work, opened, coding, closing, replaces=act_id)


def withdraw_act(session: Session, code: str, source: Source, act_id: str, now: datetime) -> None:
    """Take back an act; it stays in the history. A part that it closed stays closed.

    Raises as `coding_access.open_source`; NotFound for an act that this reader may not know of; Refused for one of
    another coder, except by a reviewer; Conflict when it is withdrawn already.
    """
    with session.work(now) as work:
        require(session.account, Permission.CODE_ACTS)
        opened = open_source(session, work, code, source)
        _withdraw(session, work, opened, act_id)
        releases.reindex_testimony(work.connection, opened.code)


def set_account_types(
    session: Session,
    code: str,
    source: Source,
    types: tuple[str, ...],
    closing: frozenset[ClosedPart],
    now: datetime,
) -> None:
    """Say how the witness knows, on the whole. What was said before stays in the history.

    An insider's account lies in the closed part for insiders. Raises as `code_act`.
    """
    with session.work(now) as work:
        require(session.account, Permission.CODE_ACTS)
        opened = open_source(session, work, code, source)
        require_account_types(types)
        _close(work, opened, ClosedPart.INSIDERS if INSIDER in types else None, closing)
        act_rows.set_account_types(
            work.connection,
            types,
            code=opened.code,
            release_id=opened.release.id,
            coder=session.account.id,
            coded_on=_day(now),
        )
        log_of(work, opened, Action.WRITTEN, ("account-types", *types))
        releases.reindex_testimony(work.connection, opened.code)


def _add(
    session: Session,
    work: Work,
    opened: Opened,
    coding: Coding,
    closing: frozenset[ClosedPart],
    *,
    replaces: str | None,
) -> str:
    _require_fits(work, opened, coding)
    if len(act_rows.standing_acts(work.connection, opened.code, Audience.COURT)) >= MAX_ACTS:
        raise Invalid((Problem("violation", "too_many"),))
    _close(work, opened, closed_part_of(coding.violation), closing)
    act_id = secrets.token_hex(8)
    act_rows.insert_act(
        work.connection,
        coding,
        act_id=act_id,
        code=opened.code,
        release_id=opened.release.id,
        vocabulary=VOCABULARY_VERSION,
        coder=session.account.id,
        coded_on=_day(work.now),
        replaces=replaces,
    )
    # The passage leaves the reading room when the release is replaced; here auditors find it again.
    passage = coding.passage and f"{coding.passage.start}-{coding.passage.end}"
    log_of(work, opened, Action.WRITTEN, ("act", coding.violation), detail=f"act {act_id}, passage {passage}")
    releases.reindex_testimony(work.connection, opened.code)
    return act_id


def _withdraw(session: Session, work: Work, opened: Opened, act_id: str) -> None:
    act = act_rows.find_act(work.connection, act_id)
    if act is None or act.code != opened.code or act.audience.rank > opened.audience.rank:
        raise NotFound
    if not may_withdraw(session, act):
        raise Refused((DenyReason.NO_GRANT,), subject=opened.subject, purpose=opened.purpose)
    if not act_rows.withdraw_act(work.connection, act_id, by=session.account.id, on=_day(work.now)):
        raise Conflict
    log_of(work, opened, Action.WRITTEN, ("act-withdrawn", act.coding.violation), detail=f"act {act_id}")


def _require_fits(work: Work, opened: Opened, coding: Coding) -> None:
    """Raises Invalid when the passage is not in the text, or the place is none that may stand there."""
    problems = []
    passage, text = coding.passage, opened.release.text
    if passage is None:
        problems.append(Problem("passage", "required"))
    elif passage.end > len(text) or not text[passage.start : passage.end].strip():
        problems.append(Problem("passage", "out_of_range"))
    elif is_silent(work.connection, opened.code, opened.release.id, passage):
        problems.append(Problem("passage", "witness_request"))
    if coding.place is not None:
        path = place_rows.paths(work.connection, (coding.place,)).get(coding.place, ())
        if not path or path[-1].level.rank > opened.finest.rank:
            # Finer than may be named and not there look the same.
            problems.append(Problem("place", "unknown_code"))
        elif opened.review is not None and _names_withheld(opened.review, opened, path):
            problems.append(Problem("place", "withheld"))
    if problems:
        raise Invalid(tuple(problems))


def _names_withheld(review: UnderReview, opened: Opened, path: tuple[Place, ...]) -> bool:
    """Whether the place would tell readers a name that their release withholds."""
    own_rank = Audience(opened.release.audience).rank
    for audience in (each for each in Audience if each.rank >= own_rank):
        hidden = {
            fold(review.version.text[mark.start : mark.end])
            for mark in marks_of(review)
            if mark.is_withheld_from(audience)
        }
        told = {fold(name.text) for place in shown_to(path, audience) for name in place.names}
        if told & hidden:
            return True
    return False


def _close(work: Work, opened: Opened, part: ClosedPart | None, confirmed: frozenset[ClosedPart]) -> None:
    """Put the testimony into the part, unless it lies there. Raises Invalid when that was not agreed to."""
    if part is None or part in opened.closed_parts:
        return
    if part not in confirmed:
        raise Invalid((Problem(f"closing.{part.value}", "required"),))
    register.close_part(work.connection, opened.code, _TAGS[part])
    log_of(work, opened, Action.WRITTEN, ("closed", part.value))


def _day(now: datetime) -> str:
    return now.date().isoformat()
