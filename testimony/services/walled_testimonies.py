"""Which walls between testimonies stand, who reads which side, and what that closes (F6, DR13).

A wall stands when the log says that it was set, whatever became of its row; it is lifted only when the log says so and
two signatures are there (`testimony_walls.py` sets and lifts).

Who reads one of two: whoever was shown words of it, at any time and by whatever right, or took or interpreted it; and
whoever holds a grant under which they may read it. A line of a list counts from the wall on: before it, lists show
both sides to everybody. `policy/walls.py` says what that closes.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action, DenyReason
from testimony.domain.errors import Refused
from testimony.domain.grants import Grant
from testimony.policy.walls import Near, closed_by_walls
from testimony.services.closed_parts import closed_parts_of
from testimony.services.joint_acts import Kind, is_signed
from testimony.services.sessions import Session
from testimony.storage import joint_acts as rows
from testimony.storage import register
from testimony.storage.connections import Connection
from testimony.storage.joint_acts import ActRow, Shown
from testimony.storage.keyring import Keyring
from testimony.storage.register import RegisterRow

Pair = tuple[str, str]

DONE = {Kind.WALL_SET: "testimony-wall-set", Kind.WALL_LIFT: "testimony-wall-lifted"}

_LIFTED = DONE[Kind.WALL_LIFT]

WORDS_SHOWN = frozenset(
    {"original", "text", "result", "attachment", "release", "recipient-release", "recipient-file"}
    | {"recipient-package", "file-copy", "mentions", "residual", "snippet", "second-rendering"}
)
"""Fields of an entry by which words of a testimony were shown; others show its register, its warning, its history."""

_SHOWN = (Action.ITEM_SHOWN.value, Action.LIST_SHOWN.value)


@dataclass(frozen=True, slots=True)
class _Told:
    """What the log tells of one wall. first: the number of its first entry. last: its last setting or lifting; empty
    where what is there cannot be read. before: every lifting named before the last setting: it lifts nothing again.
    """

    first: int
    last: tuple[str, ...] | None
    before: frozenset[str] = frozenset()


def walled_from(keyring: Keyring, connection: Connection, code: str) -> tuple[str, ...]:
    """The testimonies from which a wall stands to this one."""
    pairs = [pair for pair in standing_pairs(keyring, connection) if code in pair]
    return tuple(pair[1] if pair[0] == code else pair[0] for pair in pairs)


def apart(
    keyring: Keyring, connection: Connection, account_id: AccountId, grants: Iterable[Grant]
) -> frozenset[str]:
    """The testimonies that walls close to this person now. grants: theirs in force."""
    pairs = standing_pairs(keyring, connection)
    if not pairs:
        return frozenset()
    codes = frozenset(code for pair in pairs for code in pair)
    registered = register.rows_of_codes(connection, codes)
    seen = _seen(connection, account_id, pairs, registered)
    held = tuple(grants)
    near = {code: Near(code in seen, _may(registered.get(code), held)) for code in codes}
    return closed_by_walls(pairs, near)


def standing_pairs(keyring: Keyring, connection: Connection) -> Mapping[Pair, int]:
    """Every wall that stands, by the log, with the number of the first entry about it."""
    return {
        pair: told.first
        for pair, told in pairs_told(connection).items()
        if _stands(keyring, connection, pair, told)
    }


def stands(keyring: Keyring, connection: Connection, pair: Pair) -> bool:
    return pair in standing_pairs(keyring, connection)


def pairs_told(connection: Connection) -> Mapping[Pair, _Told]:
    """Every pair between which a wall was ever proposed."""
    found: dict[Pair, _Told] = {}
    for seq, name, leaf in rows.about_walls(connection, Action.GRANT_CHANGED.value):
        pair = rows.codes_of(name)
        found[pair] = _after(found.get(pair, _Told(seq, None)), leaf)
    return found


def acts_between(connection: Connection, pair: Pair) -> tuple[ActRow, ...]:
    return tuple(
        row for row in rows.acts_about(connection, pair[0]) if row.codes == pair and row.kind in DONE
    )


def seen_both(keyring: Keyring, connection: Connection, account_id: AccountId) -> tuple[Pair, ...]:
    """The walls that stand of which words of both sides were shown to this person."""
    pairs = standing_pairs(keyring, connection)
    codes = frozenset(code for pair in pairs for code in pair)
    seen = _seen(connection, account_id, pairs, register.rows_of_codes(connection, codes))
    return tuple(pair for pair in pairs if seen.issuperset(pair))


def _after(told: _Told, leaf: bytes) -> _Told:
    """What is known of a wall after one more entry: a step that waits changes nothing."""
    try:
        fields = tuple(str(one) for one in json.loads(leaf)["fields"])
    except (ValueError, KeyError, TypeError):
        return replace(told, last=())
    if not fields or fields[0] not in DONE.values() or not told.before.isdisjoint(fields[1:]):
        return told
    lifted = told.last is not None and told.last[:1] == (_LIFTED,) and fields[0] != _LIFTED
    return replace(told, last=fields, before=told.before.union(told.last[1:] if lifted and told.last else ()))


def _stands(keyring: Keyring, connection: Connection, pair: Pair, told: _Told) -> bool:
    if told.last is None or len(told.last) != 2 or told.last[0] == DONE[Kind.WALL_SET]:
        return told.last is not None
    lifted = (act for act in acts_between(connection, pair) if told.last == (_LIFTED, f"step:{act.act_id}"))
    return not any(act.kind == Kind.WALL_LIFT and is_signed(keyring, connection, act) for act in lifted)


def _seen(
    connection: Connection,
    account_id: AccountId,
    pairs: Mapping[Pair, int],
    registered: Mapping[str, RegisterRow],
) -> frozenset[str]:
    first: dict[str, int] = {}
    for pair, seq in pairs.items():
        for code in pair:
            first[code] = min(seq, first.get(code, seq))
    shown = rows.shown_to(connection, account_id, frozenset(first), _SHOWN)
    heard = (
        code for code, row in registered.items() if account_id in (row.interviewer_id, row.interpreter_id)
    )
    return frozenset((*(one.code for one in shown if _shows_words(one, first[one.code])), *heard))


def _shows_words(shown: Shown, first_wall: int) -> bool:
    try:
        entry = json.loads(shown.leaf)
        fields, action = frozenset(entry["fields"]), entry["action"]
    except (ValueError, KeyError, TypeError):
        return True  # Unknown is no: what cannot be read may have shown it.
    if action == Action.LIST_SHOWN.value and shown.seq < first_wall:
        return False
    return not fields.isdisjoint(WORDS_SHOWN)


def _may(row: RegisterRow | None, grants: tuple[Grant, ...]) -> bool:
    return row is not None and any(grant.covers_parts(row.case_id, closed_parts_of(row)) for grant in grants)


def require_beyond_no_wall(
    session: Session, connection: Connection, account_id: AccountId, code: str, grants: Iterable[Grant]
) -> None:
    """Raises Refused (DR13) where a wall closes this testimony to somebody. grants: theirs in force."""
    if code in apart(session.archive.keyring(), connection, account_id, grants):
        raise Refused((DenyReason.FIREWALL,), subject=("testimony", code))
