"""Who can see now against who has seen: of one testimony, and of one case. Differences are said in numbers and handles.

Who can see is asked in one place each, `can_see` and `can_see_case`, of the services that the gate itself uses.
"""

import json
from dataclasses import dataclass
from datetime import datetime

from testimony.domain.accounts import AccountId, AccountState
from testimony.domain.audit import Action
from testimony.domain.codes import parse_code
from testimony.domain.errors import NotFound
from testimony.policy.access import Permission, require
from testimony.policy.seeing import Depth, depth_of
from testimony.services.asking import SHOWN, moment_of
from testimony.services.granting import grants_in_force
from testimony.services.log_histories import READERS, seen_of
from testimony.services.readers import who_can_read
from testimony.services.sessions import Session
from testimony.storage import accounts as account_rows
from testimony.storage import cases as case_rows
from testimony.storage import room_queries
from testimony.storage.compartments import Compartment
from testimony.storage.connections import Connection


@dataclass(frozen=True, slots=True)
class SeenBy:
    account_id: AccountId
    handle: str
    times: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Comparison:
    """can_released, can_original: handles of who may read what was released, and of who holds the originals' key.

    seen: who was shown words or an identity. both: handles in either list of can, and in seen. can_only: not in seen;
    seen_only: no longer in can.
    """

    can_released: tuple[str, ...]
    can_original: tuple[str, ...]
    seen: tuple[SeenBy, ...]

    @property
    def can(self) -> frozenset[str]:
        return frozenset((*self.can_released, *self.can_original))

    @property
    def both(self) -> tuple[str, ...]:
        return tuple(sorted(self.can & {one.handle for one in self.seen}))

    @property
    def can_only(self) -> tuple[str, ...]:
        return tuple(sorted(self.can - {one.handle for one in self.seen}))

    @property
    def seen_only(self) -> tuple[str, ...]:
        return tuple(sorted({one.handle for one in self.seen} - self.can))


def compare_testimony(session: Session, code: str, now: datetime) -> Comparison:
    """Raises Refused, BadCode, NotFound. Both lists are in the log."""
    released, original = can_see(session, code, now)
    with session.work(now) as work:
        require(session.account, Permission.READ_LOG)
        canonical = parse_code(code)
        handles = _handles(work.connection)
        seen = tuple(
            SeenBy(
                one.account_id,
                handles.get(one.account_id, one.account_id),
                sum(times for _, times in one.depths),
                one.first,
                one.last,
            )
            for one in seen_of(work.connection, canonical)
            if one.has_seen_words
        )
        work.log(Action.ITEM_SHOWN, subject=("testimony", canonical), fields=("history",), count=len(seen))
    return Comparison(released, original, seen)


def compare_case(session: Session, case_id: str, now: datetime) -> Comparison:
    """The same for a case: who may read anything of it, who was shown anything of it for a purpose or at work.

    Raises Refused, NotFound.
    """
    with session.work(now) as work:
        require(session.account, Permission.READ_LOG)
        require(session.account, Permission.SEE_WHO_CAN_READ)
        if case_rows.find_case(work.connection, case_id) is None:
            raise NotFound
        released, original = can_see_case(session, work.connection, case_id, now)
        seen = _seen_of_case(work.connection, case_id)
        work.log(
            Action.ITEM_SHOWN,
            subject=("case", case_id),
            case=case_id,
            fields=("readers", "history"),
            count=len(seen),
        )
    return Comparison(released, original, seen)


def can_see(session: Session, code: str, now: datetime) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Handles: (may read what was released for some purpose, hold the key of the originals)."""
    found = who_can_read(session, code, now)
    released = tuple(
        reader.handle for reader in found.released_to if any(not one.reasons for one in reader.verdicts)
    )
    return released, found.original_to


def can_see_case(
    session: Session, connection: Connection, case_id: str, now: datetime
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Handles: (hold a grant on the case that is in force, hold the key of the originals)."""
    people = [one for one in account_rows.all_accounts(connection) if one.state != AccountState.SUSPENDED]
    keyring = session.archive.keyring()
    released = tuple(
        one.handle
        for one in people
        if any(
            grant.case_id == case_id for grant in grants_in_force(session, connection, one.account_id, now)
        )
    )
    original = tuple(one.handle for one in people if Compartment.VAULT in keyring.slots_of(one.account_id))
    return released, original


def _seen_of_case(connection: Connection, case_id: str) -> tuple[SeenBy, ...]:
    """Who was shown words or an identity, among the newest READERS showings of the case; the latest first."""
    handles, found = _handles(connection), dict[str, list[datetime]]()
    for actor, at, leaf in room_queries.entries_of_case(connection, case_id, SHOWN, limit=READERS):
        said = json.loads(leaf)
        if depth_of(Action(said["action"]), said["fields"]) not in (None, Depth.ABOUT):
            found.setdefault(actor, []).append(moment_of(at))
    return tuple(
        SeenBy(AccountId(actor), handles.get(actor, actor), len(times), min(times), max(times))
        for actor, times in found.items()
    )


def _handles(connection: Connection) -> dict[str, str]:
    return {one.account_id: one.handle for one in account_rows.all_accounts(connection)}
