"""Linking two accounts: of the same witness, or of the same incident. They are linked, never merged or averaged (R51).

One person proposes and another decides. Of the same witness: custodians, or the archive itself, which found it by tags.
Of the same incident: reviewers and investigators who may open both accounts now. Whoever may not see both learns of no
link. Nothing is counted here: whether two accounts count once is a judgment of what happened, and no part of this.
"""

from dataclasses import dataclass
from datetime import datetime

from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action, DenyReason
from testimony.domain.codes import parse_code
from testimony.domain.errors import (
    Conflict,
    Invalid,
    NotFound,
    Problem,
    Refused,
    TestimonyError,
)
from testimony.domain.purposes import Purpose
from testimony.domain.testimony import State
from testimony.policy.access import Permission, require
from testimony.services.account_link_statements import (
    LinkKind,
    LinkState,
    OpenedLink,
    Source,
    open_link,
    sign_decision,
    sign_link,
)
from testimony.services.account_sides import Side, open_side
from testimony.services.opened_links import opened_links
from testimony.services.sessions import Session, Work, timestamp
from testimony.services.two_people import is_confirmed
from testimony.storage import account_links as rows
from testimony.storage import accounts, register

PROPOSED = {LinkKind.WITNESS: "same-witness-proposed", LinkKind.INCIDENT: "same-incident-proposed"}
DECIDED = {
    LinkState.CONFIRMED: "link-confirmed",
    LinkState.REJECTED: "link-rejected",
    LinkState.UNDONE: "link-undone",
}
STANDING = (LinkState.CANDIDATE, LinkState.CONFIRMED)
MAX_REASON = 500
_PERMISSIONS = {LinkKind.WITNESS: Permission.LINK_WITNESS, LinkKind.INCIDENT: Permission.LINK_INCIDENT}


@dataclass(frozen=True, slots=True)
class LinkView:
    """A link as this person may see it. may_decide: somebody else proposed it. may_undo: they may end it now."""

    link: OpenedLink
    proposed_by: str
    decided_by: str | None
    may_decide: bool
    may_undo: bool


def propose_same_witness(session: Session, codes: tuple[str, str], reason: str, now: datetime) -> str:
    """A custodian says that two accounts are of one witness; return the link's id.

    Raises Refused, BadCode, NotFound, Conflict when they are linked or proposed, Invalid (codes, reason).
    """
    pair = _pair(codes, reason)
    with session.work(now) as work:
        require(session.account, Permission.LINK_WITNESS)
        for code in pair:
            row = register.find_row(work.connection, code)
            if row is None or row.state == State.DISPOSED:
                raise NotFound
        return _propose(session, work, LinkKind.WITNESS, pair, reason)


def propose_same_incident(
    session: Session, codes: tuple[str, str], purpose: Purpose | None, reason: str, now: datetime
) -> str:
    """Somebody who may open both says that they tell of one incident. purpose: of an investigator.

    Raises as above, and Refused or NotFound as opening either does.
    """
    pair = _pair(codes, reason)
    with session.work(now) as work:
        require(session.account, Permission.LINK_INCIDENT)
        for code in pair:
            open_side(session, work, code, purpose)
        return _propose(session, work, LinkKind.INCIDENT, pair, reason)


def decide(
    session: Session, link_id: str, state: LinkState, purpose: Purpose | None, reason: str, now: datetime
) -> None:
    """Confirm or reject what somebody else proposed, or undo. The proposer may undo alone what nobody decided.

    Raises Refused (DR12 for one's own proposal), NotFound for what is not for this person's eyes, Conflict.
    """
    with session.work(now) as work:
        row = rows.find_link(work.connection, link_id)
        if row is None:
            raise NotFound
        require(session.account, _PERMISSIONS[LinkKind(row.kind)])
        link = _visible(session, work, row, purpose)
        if link is None:
            raise NotFound
        if state is not LinkState.UNDONE and link.proposed_by == session.account.id:
            raise Refused((DenyReason.SAME_PERSON,), subject=("link", link_id))
        counts = is_confirmed(session.archive.keyring(), work.connection, session.account.id)
        if not counts or not _may_become(link, state, session.account.id):
            raise Conflict
        signed = sign_decision(session, link, state, now)
        rows.decide_link(
            work.connection,
            link_id,
            link.state.value,
            state=state.value,
            decided_by=session.account.id,
            decided_at=timestamp(now),
            decision=signed.statement,
            decision_signature=signed.signature,
        )
        work.log(Action.WRITTEN, subject=("link", link_id), fields=(DECIDED[state],), detail=reason)


def list_witness_links(session: Session, code: str | None, now: datetime) -> tuple[LinkView, ...]:
    """For custodians: those of one testimony, or all. Newest first. Raises Refused, BadCode."""
    with session.work(now) as work:
        require(session.account, Permission.LINK_WITNESS)
        wanted = None if code is None else parse_code(code)
        links = [
            link
            for link in opened_links(session, work.connection, LinkKind.WITNESS)
            if wanted is None or wanted in link.codes
        ]
        return _views(session, work, links)


def links_of_reader(session: Session, purpose: Purpose | None, now: datetime) -> tuple[LinkView, ...]:
    """Links both of whose accounts this reviewer or investigator may open now, of either kind. Raises Refused."""
    with session.work(now) as work:
        require(session.account, Permission.LINK_INCIDENT)
        seen = [
            link
            for row in rows.links(work.connection)
            if (link := _quietly_visible(session, work, row, purpose)) is not None
        ]
        return _views(session, work, seen)


def find_link(
    session: Session, link_id: str, purpose: Purpose | None, now: datetime
) -> tuple[LinkView, tuple[Side, Side]]:
    """A link and both accounts as this reader may be told of them. Raises NotFound for what they may not see."""
    with session.work(now) as work:
        require(session.account, Permission.LINK_INCIDENT)
        row = rows.find_link(work.connection, link_id)
        link = None if row is None else _visible(session, work, row, purpose)
        if link is None:
            raise NotFound
        first, second = (open_side(session, work, code, purpose) for code in link.codes)
        (view,) = _views(session, work, [link])
        for side in (first, second):
            work.log(
                Action.ITEM_SHOWN,
                subject=("testimony", side.code),
                case=side.case_id,
                purpose=purpose,
                fields=("acts", "numbers"),
                count=len(side.acts),
            )
        return view, (first, second)


def count_waiting(session: Session) -> int:
    """Candidates of one witness, for the front page of custodians."""
    with session.reading() as connection:
        return rows.count_candidates(connection, LinkKind.WITNESS.value, session.account.id)


def _pair(codes: tuple[str, str], reason: str) -> tuple[str, str]:
    low, high = sorted(map(parse_code, codes))
    problems = [] if low != high else [Problem("codes", "same_twice")]
    if not 0 < len(reason.strip()) <= MAX_REASON:
        problems.append(Problem("reason", "required"))
    if problems:
        raise Invalid(tuple(problems))
    return low, high


def _propose(session: Session, work: Work, kind: LinkKind, pair: tuple[str, str], reason: str) -> str:
    standing = opened_links(session, work.connection, kind)
    if any(link.codes == pair and link.state in STANDING for link in standing):
        raise Conflict
    row = sign_link(session, kind, pair, Source.PERSON, reason.strip(), work.now)
    rows.insert_link(work.connection, row)
    # Not under the codes: the ledger must not say which two belong together. Auditors can read it.
    detail = " ".join((*pair, reason.strip()))
    work.log(Action.WRITTEN, subject=("link", row.link_id), fields=(PROPOSED[kind],), detail=detail)
    return row.link_id


def _may_become(link: OpenedLink, state: LinkState, me: AccountId) -> bool:
    if state is LinkState.UNDONE:
        own = link.state is LinkState.CANDIDATE and link.proposed_by == me
        return own or link.state is LinkState.CONFIRMED
    return link.state is LinkState.CANDIDATE and link.proposed_by != me


def _visible(session: Session, work: Work, row: rows.LinkRow, purpose: Purpose | None) -> OpenedLink | None:
    """The link, for a custodian if it is of one witness, else for whoever may open both accounts. Raises as opening."""
    link = open_link(session, work.connection, row)
    if link is None or (link.kind is LinkKind.WITNESS and _holds(session, Permission.LINK_WITNESS)):
        return link
    for code in link.codes:
        open_side(session, work, code, purpose)
    return link


def _quietly_visible(
    session: Session, work: Work, row: rows.LinkRow, purpose: Purpose | None
) -> OpenedLink | None:
    """None as well for what one of the two accounts keeps from this person: in a list that is no refusal."""
    try:
        return _visible(session, work, row, purpose)
    except TestimonyError:
        return None


def _views(session: Session, work: Work, links: list[OpenedLink]) -> tuple[LinkView, ...]:
    handles = {row.account_id: row.handle for row in accounts.all_accounts(work.connection)}
    # One entry a testimony, in the order of the codes: the log does not say which two belong together, though of a list
    # of one link it can be guessed.
    for code in sorted({code for link in links for code in link.codes}):
        row = register.find_row(work.connection, code)
        case_id = None if row is None else row.case_id
        work.log(Action.LIST_SHOWN, subject=("testimony", code), case=case_id, fields=("links",))
    work.log(Action.LIST_SHOWN, fields=("links",), count=len(links))
    may = {kind: _holds(session, permission) for kind, permission in _PERMISSIONS.items()}
    me = session.account.id
    return tuple(
        LinkView(
            link=link,
            proposed_by=handles.get(link.proposed_by, link.proposed_by),
            decided_by=None if link.decided_by is None else handles.get(link.decided_by, link.decided_by),
            may_decide=may[link.kind] and _may_become(link, LinkState.CONFIRMED, me),
            may_undo=may[link.kind] and _may_become(link, LinkState.UNDONE, me),
        )
        for link in links
    )


def _holds(session: Session, permission: Permission) -> bool:
    try:
        require(session.account, permission)
    except Refused:
        return False
    return True
