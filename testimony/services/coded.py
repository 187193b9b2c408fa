"""What was coded of a released account, as one reader may see it: each act with its place, date and passage.

Places and dates are no finer than the reader's audience may be told, and a passage is shown only in the text that it
was coded from.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime

from testimony.domain.acts import CodedAct, told_to
from testimony.domain.audit import Action
from testimony.domain.codes import parse_code
from testimony.domain.grants import ClosedPart
from testimony.domain.places import Place, PlaceLevel, shown_to
from testimony.domain.purposes import Audience
from testimony.policy.access import Permission, require
from testimony.services.bearings import helping_of
from testimony.services.coding_access import Opened, Source, is_reviewer, log_of, open_source, release_words
from testimony.services.sessions import Session, Work
from testimony.services.under_review import name_of
from testimony.storage import acts as act_rows
from testimony.storage import places as place_rows
from testimony.storage import releases
from testimony.storage.acts import AccountTypes


@dataclass(frozen=True, slots=True)
class ActView:
    """One act as this reader may see it: place and date no finer than they may be told.

    act.coding.passage: None unless it lies in the text that the reader has before them. place: the finest that is
    shown and all that contain it, the country first. coder: name; empty where names of colleagues are not shown.
    """

    act: CodedAct
    place: tuple[Place, ...]
    coder: str
    is_mine: bool
    may_withdraw: bool


@dataclass(frozen=True, slots=True)
class CodingDesk:
    """A release before its coder, and what was coded of the testimony. closed_parts: those that it lies in.

    finest: how fine a place this person may name. helping: for a reviewer, how many passages of the
    original stand marked as helping the accused.
    """

    code: str
    case_id: str
    audience: Audience
    number: int
    language: str
    warning: str | None
    closed_parts: frozenset[ClosedPart]
    finest: PlaceLevel
    acts: tuple[ActView, ...]
    account_types: AccountTypes | None
    helping: int = 0
    text: str = field(default="", repr=False)


def open_to_code(session: Session, code: str, source: Source, now: datetime) -> CodingDesk:
    """The text to code from, with what is coded already. Raises as `coding_access.open_source`."""
    with session.work(now) as work:
        require(session.account, Permission.CODE_ACTS)
        opened = open_source(session, work, code, source)
        desk = _desk(session, work, opened)
        log_of(
            work, opened, Action.ITEM_SHOWN, ("text", "acts", *release_words(opened)), count=len(desk.acts)
        )
    return replace(desk, text=opened.release.text)


def acts_of(session: Session, code: str, source: Source, now: datetime) -> CodingDesk:
    """What is coded of a testimony, without its text. Raises as `coding_access.open_source`."""
    with session.work(now) as work:
        require(session.account, Permission.LIST_ACTS)
        opened = open_source(session, work, code, source)
        desk = _desk(session, work, opened)
        log_of(work, opened, Action.ITEM_SHOWN, ("acts", *release_words(opened)), count=len(desk.acts))
    return desk


def releases_to_code(session: Session, code: str) -> tuple[Audience, ...]:
    """For a reviewer: the audiences that there is a current release for, the widest first. Raises Refused."""
    require(session.account, Permission.READ_ORIGINAL)
    with session.reading() as connection:
        return tuple(
            audience
            for audience in sorted(Audience, key=lambda audience: audience.rank)
            if releases.release_for(connection, parse_code(code), audience.value) is not None
        )


def may_withdraw(session: Session, act: CodedAct) -> bool:
    return act.coder == session.account.id or is_reviewer(session)


def _desk(session: Session, work: Work, opened: Opened) -> CodingDesk:
    coded = act_rows.acts_of(work.connection, opened.code, opened.audience)
    paths = place_rows.paths(work.connection, {a.coding.place for a in coded if a.coding.place is not None})
    release = opened.release
    views = []
    for act in coded:
        path = shown_to(paths.get(act.coding.place, ()), opened.audience) if act.coding.place else ()
        coder = name_of(work, act.coder) if is_reviewer(session) else ""
        views.append(
            ActView(
                act=_as_told(act, path, opened),
                place=path,
                coder=coder,
                is_mine=act.coder == session.account.id,
                may_withdraw=not act.is_withdrawn and may_withdraw(session, act),
            )
        )
    return CodingDesk(
        code=opened.code,
        case_id=release.case_id,
        audience=Audience(release.audience),
        number=release.number,
        language=release.language,
        warning=release.warning,
        closed_parts=opened.closed_parts,
        finest=opened.finest,
        acts=tuple(views),
        account_types=act_rows.account_types_of(work.connection, opened.code, opened.audience),
        # The marks lie in the vault: who has no key to it is told nothing of them.
        helping=helping_of(work.connection, opened.code) if opened.review else 0,
    )


def _as_told(act: CodedAct, path: tuple[Place, ...], opened: Opened) -> CodedAct:
    here = act.audience == opened.release.audience and act.release_number == opened.release.number
    passage = act.coding.passage if here and act.source_is_current else None
    when = told_to(act.coding.when, opened.audience) if act.coding.when else None
    place = path[-1].id if path else None
    return replace(act, coding=replace(act.coding, passage=passage, when=when, place=place))
