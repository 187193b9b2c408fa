"""Walls between cases: who reads one may not hold a grant on the other (DR13).

Two custodians set a wall and two lift it; the same statement is signed by both. A wall stands when the log says that
it was set, whatever became of its row; it is lifted only when the log says so and both signatures are there. So what
is missing or broken keeps a wall standing.
"""

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Any

from crypto.labels import Label
from crypto.signing import sign
from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action, DenyReason
from testimony.domain.errors import Conflict, Invalid, NotFound, NotYet, Problem, Refused
from testimony.policy.access import Permission, require
from testimony.services.certificates import read_statement, sign_statement
from testimony.services.sealed_words import hash_of, keep_words, open_words, with_salt
from testimony.services.sessions import Session
from testimony.services.two_people import counted_custodian, other_custodians
from testimony.storage import accounts as account_rows
from testimony.storage import cases as case_rows
from testimony.storage import grant_requests as rows
from testimony.storage import log_queries
from testimony.storage.connections import Connection
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.grant_requests import WallRow
from testimony.storage.keyring import Keyring, Signed

FORMAT = "testimony-case-wall/1"
_PROPOSED: Mapping[str, str] = {"set": "wall-proposed", "lift": "wall-lift-proposed"}
_DONE: Mapping[str, str] = {"set": "wall-set", "lift": "wall-lifted"}
_DROPPED = "wall-dropped"


@dataclass(frozen=True, slots=True)
class WallView:
    """A wall that stands, or a step that waits for a second custodian.

    step_id: of the step that waits; None where none does. does: what that step would do. reason: for the second
    custodian; None where it is not for this person to read. is_own: this person proposed it.
    """

    other_case: str
    stands: bool
    step_id: str | None = None
    does: str | None = None
    proposed_by: str | None = None
    is_own: bool = False
    reason: str | None = None


def propose_wall(session: Session, cases: tuple[str, str], does: str, reason: str, now: datetime) -> str:
    """Sign a first time that a wall be set or lifted; return the id of the step.

    Raises Refused, NotFound for a case that is not there, Conflict when it stands so already or such a step waits,
    Invalid with field other: same_case, no_second_custodian.
    """
    pair = _pair(cases)
    with session.work(now) as work:
        require(session.account, Permission.MANAGE_CASES)
        if pair[0] == pair[1]:
            raise Invalid((Problem("other", "same_case"),))
        if any(case_rows.find_case(work.connection, case_id) is None for case_id in pair):
            raise NotFound
        keyring = session.archive.keyring()
        if not other_custodians(keyring, work.connection, (session.account.id,)):
            raise Invalid((Problem("other", "no_second_custodian"),))
        waits = any(row.cases == pair and row.second is None for row in rows.all_walls(work.connection))
        if waits or stands(keyring, work.connection, pair) == (does == "set"):
            raise Conflict
        step_id, salted = secrets.token_hex(8), with_salt({"reason": reason})
        document = {
            "format": FORMAT,
            "archive": keyring.archive_id,
            "id": step_id,
            "cases": list(pair),
            "does": does,
            "words_sha256": hash_of(salted),
            "at": now.isoformat(),
        }
        signed = sign_statement(document, session.account.id, session.keys.signing, Label.CASE_WALL)
        rows.insert_wall(work.connection, WallRow(step_id, pair, does, signed, None))
        keep_words(session, work.connection, (step_id, "wall"), salted, ())
        for case_id in pair:
            work.log(
                Action.GRANT_CHANGED,
                subject=("wall", _name(pair)),
                case=case_id,
                fields=(_PROPOSED[does], f"step:{step_id}"),
                detail=reason,
            )
    return step_id


def confirm_wall(session: Session, step_id: str, reason: str, now: datetime) -> None:
    """Sign the second time: from here the wall stands, or is lifted. reason: sealed to auditors.

    Raises Refused (DR12 for who proposed it), NotFound for a step that is not there or was decided, ArchiveDamaged
    for one that is not what its proposer signed, NotYet where its reason is not, or not sealed to this custodian.
    """
    with session.work(now) as work:
        require(session.account, Permission.MANAGE_CASES)
        row = _waiting(work.connection, step_id)
        if row.first.signer == session.account.id:
            raise Refused((DenyReason.SAME_PERSON,), subject=("wall", _name(row.cases)))
        keyring = session.archive.keyring()
        document = _read(keyring, work.connection, row, row.first)
        counted_custodian(keyring, work.connection, session.account.id)
        if open_words(session, work.connection, (step_id, "wall"), document["words_sha256"]) is None:
            # Nobody agrees to a reason that they cannot read, or that is another than the one that was signed.
            raise NotYet
        signature = sign(session.keys.signing, row.first.statement, Label.CASE_WALL)
        rows.sign_wall(work.connection, step_id, session.account.id, signature)
        for case_id in row.cases:
            work.log(
                Action.GRANT_CHANGED,
                subject=("wall", _name(row.cases)),
                case=case_id,
                fields=(_DONE[row.does], f"step:{step_id}"),
                detail=reason,
            )


def drop_wall_step(session: Session, step_id: str, reason: str, now: datetime) -> None:
    """Take a step back, or refuse it, while it waits. Raises Refused, NotFound."""
    with session.work(now) as work:
        require(session.account, Permission.MANAGE_CASES)
        row = _waiting(work.connection, step_id)
        rows.delete_wall(work.connection, step_id)
        work.log(
            Action.GRANT_CHANGED,
            subject=("wall", _name(row.cases)),
            case=row.cases[0],
            fields=(_DROPPED, f"step:{step_id}"),
            detail=reason,
        )


def walls_of(session: Session, case_id: str, now: datetime) -> tuple[WallView, ...]:
    """What stands and what waits between one case and others. Raises Refused, NotFound."""
    with session.work(now) as work:
        require(session.account, Permission.MANAGE_CASES)
        connection, keyring = work.connection, session.archive.keyring()
        if case_rows.find_case(connection, case_id) is None:
            raise NotFound
        handles = {row.account_id: row.handle for row in account_rows.all_accounts(connection)}
        waiting = {
            _other(row.cases, case_id): row
            for row in rows.all_walls(connection)
            if case_id in row.cases and row.second is None
        }
        views = []
        for case in case_rows.all_cases(connection):
            if case.case_id == case_id:
                continue
            standing = stands(keyring, connection, _pair((case_id, case.case_id)))
            row = waiting.get(case.case_id)
            if row is not None:
                views.append(_waiting_view(session, connection, row, case.case_id, standing, handles))
            elif standing:
                views.append(WallView(case.case_id, stands=True))
        work.log(Action.LIST_SHOWN, case=case_id, fields=("walls",), count=len(views))
    return tuple(views)


def waiting_walls(session: Session) -> tuple[str, ...]:
    """The cases (one of each pair) where a step waits for this custodian, for the front page."""
    with session.reading() as connection:
        walls = rows.all_walls(connection)
    return tuple(
        row.cases[0] for row in walls if row.second is None and row.first.signer != session.account.id
    )


def walled_off(keyring: Keyring, connection: Connection, cases: Iterable[str]) -> frozenset[str]:
    """Which of these cases stand behind a wall from another of them."""
    pairs = [pair for pair in combinations(sorted(frozenset(cases)), 2) if stands(keyring, connection, pair)]
    return frozenset(case_id for pair in pairs for case_id in pair)


def stands(keyring: Keyring, connection: Connection, pair: tuple[str, str]) -> bool:
    leaves = log_queries.leaves_about(connection, "wall", _name(pair), Action.GRANT_CHANGED.value)
    last: list[str] | None = None
    before: set[str] = set()
    try:
        for leaf in leaves:
            fields = json.loads(leaf)["fields"]
            # What lifted an earlier wall lifts none that was set after it, whoever writes it into the log again.
            if fields[0] not in _DONE.values() or not before.isdisjoint(fields[1:]):
                continue
            if last is not None and last[0] == _DONE["lift"] and fields[0] == _DONE["set"]:
                before.update(last[1:])
            last = fields
    except (ValueError, KeyError, IndexError, TypeError):
        return True
    if last is None:
        return False
    return last[0] == _DONE["set"] or not _is_signed(keyring, connection, pair, "lift", last[1])


def _is_signed(keyring: Keyring, connection: Connection, pair: tuple[str, str], does: str, step: str) -> bool:
    for row in rows.all_walls(connection):
        if f"step:{row.step_id}" != step or row.cases != pair or row.does != does or row.second is None:
            continue
        try:
            _read(keyring, connection, row, row.first)
            _read(keyring, connection, row, row.second)
        except ArchiveDamaged:
            return False
        return row.first.signer != row.second.signer
    return False


def _read(keyring: Keyring, connection: Connection, row: WallRow, signed: Signed) -> dict[str, Any]:
    key = counted_custodian(keyring, connection, AccountId(signed.signer))
    document = read_statement(signed, key, Label.CASE_WALL)
    said = [document.get(name) for name in ("format", "archive", "id", "cases", "does")]
    if said != [FORMAT, keyring.archive_id, row.step_id, list(row.cases), row.does]:
        raise ArchiveDamaged
    return document


def _waiting(connection: Connection, step_id: str) -> WallRow:
    for row in rows.all_walls(connection):
        if row.step_id == step_id and row.second is None:
            return row
    raise NotFound


def _waiting_view(
    session: Session,
    connection: Connection,
    row: WallRow,
    other: str,
    standing: bool,  # a value of the view, not a switch
    handles: Mapping[AccountId, str],
) -> WallView:
    words = open_words(session, connection, (row.step_id, "wall"))
    return WallView(
        other_case=other,
        stands=standing,
        step_id=row.step_id,
        does=row.does,
        proposed_by=handles.get(AccountId(row.first.signer), row.first.signer),
        is_own=row.first.signer == session.account.id,
        reason=None if words is None else words.get("reason"),
    )


def _other(pair: tuple[str, str], case_id: str) -> str:
    return pair[1] if pair[0] == case_id else pair[0]


def _pair(cases: tuple[str, str]) -> tuple[str, str]:
    low, high = sorted(cases)
    return low, high


def _name(pair: tuple[str, str]) -> str:
    return " | ".join(pair)
