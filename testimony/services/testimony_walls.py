"""Walls between two testimonies: who reads one may not open the other (F6, DR13).

For where a person named in one account gave another. Two custodians set a wall and two lift it, as walls between
cases (`walls.py`); what that closes: `walled_testimonies.py`.

The flag `also_witness` – under which code readers of one account meet the person who gave the other – is among the
words of the wall, which custodians alone open: no row and no entry links the two in clear.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime

from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action
from testimony.domain.codes import parse_code
from testimony.domain.errors import Conflict, Invalid, NotFound, Problem
from testimony.policy.access import Permission, require
from testimony.services.case_words import problems_of
from testimony.services.closings import Kind as Closed
from testimony.services.closings import note_closing
from testimony.services.joint_acts import (
    Kind,
    confirm,
    others_who_count,
    propose,
    require_waiting,
    words_of,
)
from testimony.services.sessions import Session, Work
from testimony.services.walled_testimonies import DONE, Pair, acts_between, pairs_told, standing_pairs, stands
from testimony.storage import accounts as account_rows
from testimony.storage import joint_acts as rows
from testimony.storage import register
from testimony.storage.connections import Connection
from testimony.storage.joint_acts import ActRow
from testimony.storage.register import RegisterRow

ALSO_WITNESS = "also_witness"
_PROPOSED = {Kind.WALL_SET: "testimony-wall-proposed", Kind.WALL_LIFT: "testimony-wall-lift-proposed"}
_DROPPED = "testimony-wall-dropped"


@dataclass(frozen=True, slots=True)
class TestimonyWall:
    """A wall that stands between a testimony and another, or a step that waits for a second custodian.

    act_id: of the step that waits; None where none does. does: what that step would do. also_witness: the code under
    which readers of one account meet the person who gave the other; empty where none was given; None, like reason,
    where they are not for this person to read.
    """

    other: str
    stands: bool
    act_id: str | None = None
    does: Kind | None = None
    proposed_by: str = ""
    is_own: bool = False
    reason: str | None = field(default=None, repr=False)
    also_witness: str | None = field(default=None, repr=False)


def propose_testimony_wall(
    session: Session, codes: Pair, does: Kind, words: tuple[str, str], now: datetime
) -> str:
    """Sign a first time that a wall be set or lifted; return the id of the step. words: reason, also_witness or "".

    Raises Refused, BadCode, NotFound for a testimony that is not there, Conflict when it stands so already or such a
    step waits, Invalid with field other: same, no_second_custodian; reason: required, too_long.
    """
    pair = _pair(codes)
    said = {"reason": words[0].strip(), ALSO_WITNESS: words[1].strip()}
    with session.work(now) as work:
        require(session.account, Permission.WALL_TESTIMONIES)
        if problems := problems_of(said, ALSO_WITNESS):
            raise Invalid(problems)
        if pair[0] == pair[1]:
            raise Invalid((Problem("other", "same"),))
        found = [_row(work.connection, code) for code in pair]
        keyring = session.archive.keyring()
        if not others_who_count(keyring, work.connection, does, (session.account.id,)):
            raise Invalid((Problem("other", "no_second_custodian"),))
        waits = any(row.second is None for row in acts_between(work.connection, pair))
        if waits or stands(keyring, work.connection, pair) == (does is Kind.WALL_SET):
            raise Conflict
        act_id = propose(session, work, (does, pair, ""), said)
        _log(work, found, (_PROPOSED[does], f"step:{act_id}"), said["reason"])
    return act_id


def confirm_testimony_wall(session: Session, act_id: str, reason: str, now: datetime) -> None:
    """Sign the second time: from here the wall stands, or is lifted. reason: sealed to auditors.

    Raises Refused (DR12 for who proposed it), NotFound, ArchiveDamaged for one that is not what its proposer signed.
    """
    with session.work(now) as work:
        require(session.account, Permission.WALL_TESTIMONIES)
        row = require_waiting(work.connection, act_id, Kind.WALL_SET, Kind.WALL_LIFT)
        confirm(session, work, row)
        found = [_row(work.connection, code) for code in row.codes]
        _log(work, found, (DONE[Kind(row.kind)], f"step:{act_id}"), reason)
        if row.kind == Kind.WALL_SET:
            note_closing(session, work, Closed.WALL, rows.wall_name(row.codes))


def drop_testimony_wall(session: Session, act_id: str, reason: str, now: datetime) -> None:
    """Take a step back, or refuse it, while it waits. Raises Refused, NotFound."""
    with session.work(now) as work:
        require(session.account, Permission.WALL_TESTIMONIES)
        row = require_waiting(work.connection, act_id, Kind.WALL_SET, Kind.WALL_LIFT)
        found = [_row(work.connection, code) for code in row.codes]
        rows.delete_waiting(work.connection, act_id)
        _log(work, found[:1], (_DROPPED, f"step:{act_id}"), reason, pair=(row.codes[0], row.codes[1]))


def walls_of_testimony(session: Session, code: str, now: datetime) -> tuple[TestimonyWall, ...]:
    """What stands and what waits between one testimony and others. Raises Refused, BadCode, NotFound."""
    canonical = parse_code(code)
    with session.work(now) as work:
        require(session.account, Permission.WALL_TESTIMONIES)
        row = _row(work.connection, canonical)
        keyring, connection = session.archive.keyring(), work.connection
        handles = {one.account_id: one.handle for one in account_rows.all_accounts(connection)}
        views = []
        standing = standing_pairs(keyring, connection)
        for pair in pairs_told(connection):
            acts = acts_between(connection, pair) if canonical in pair else ()
            waits = any(act.second is None for act in acts)
            if canonical not in pair or not (waits or pair in standing):
                continue
            views.append(_view(session, work, canonical, pair, acts, handles))
        work.log(
            Action.LIST_SHOWN,
            subject=("testimony", canonical),
            case=row.case_id,
            fields=("testimony-walls",),
            count=len(views),
        )
    return tuple(views)


def waiting_testimony_walls(session: Session) -> tuple[str, ...]:
    """A code of each pair about which a step waits for this custodian, for the front page."""
    with session.reading() as connection:
        waiting = rows.waiting_acts(connection)
    return tuple(
        row.codes[0] for row in waiting if row.kind in DONE and row.first.signer != session.account.id
    )


def _view(
    session: Session,
    work: Work,
    code: str,
    pair: Pair,
    acts: tuple[ActRow, ...],
    handles: dict[AccountId, str],
) -> TestimonyWall:
    waiting = next((act for act in acts if act.second is None), None)
    newest = waiting or _newest(acts)
    words = None if newest is None else words_of(session, work, newest)
    signer = "" if newest is None else newest.first.signer
    return TestimonyWall(
        other=pair[1] if pair[0] == code else pair[0],
        stands=stands(session.archive.keyring(), work.connection, pair),
        act_id=None if waiting is None else waiting.act_id,
        does=None if waiting is None else Kind(waiting.kind),
        proposed_by=handles.get(AccountId(signer), signer),
        is_own=signer == session.account.id,
        reason=None if words is None else words.get("reason"),
        also_witness=None if words is None else words.get(ALSO_WITNESS),
    )


def _newest(acts: tuple[ActRow, ...]) -> ActRow | None:
    """Of those that set a wall. What is not JSON sorts first."""

    def at(act: ActRow) -> str:
        try:
            return str(json.loads(act.first.statement)["at"])
        except (ValueError, KeyError, TypeError):
            return ""

    return max((act for act in acts if act.kind == Kind.WALL_SET), key=at, default=None)


def _log(
    work: Work,
    found: list[RegisterRow],
    fields: tuple[str, str],
    reason: str,
    pair: Pair | None = None,
) -> None:
    """One entry for each case concerned, about the pair."""
    name = rows.wall_name(pair or (found[0].code, found[1].code))
    for case_id in sorted({row.case_id for row in found}):
        work.log(Action.GRANT_CHANGED, subject=(rows.WALL, name), case=case_id, fields=fields, detail=reason)


def _row(connection: Connection, code: str) -> RegisterRow:
    row = register.find_row(connection, code)
    if row is None:
        raise NotFound
    return row


def _pair(codes: Pair) -> Pair:
    low, high = sorted(parse_code(code) for code in codes)
    return low, high
