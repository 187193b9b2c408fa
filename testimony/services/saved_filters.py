"""Saved filters of the event list. What an auditor looks for is sealed to that auditor alone, the name included.

One sealed JSON document, "testimony-saved-filter/1", bound to its owner and its id. It keeps the filter, not what it
finds: that is asked of the log anew each time.
"""

import json
import secrets
from dataclasses import dataclass, field
from dataclasses import fields as dataclass_fields
from datetime import datetime
from typing import Any

from crypto.errors import Tampered
from crypto.labels import Label
from crypto.sealing import open_sealed, seal
from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action, Outcome
from testimony.domain.canonical import canonical_json
from testimony.domain.errors import Conflict, Invalid, NotFound, Problem
from testimony.domain.events import EventFilter
from testimony.domain.purposes import Purpose
from testimony.domain.roles import Role
from testimony.policy.access import Permission, require
from testimony.services.sessions import Session, timestamp
from testimony.storage import saved_filters as rows
from testimony.storage.saved_filters import SavedFilterRow

FORMAT = "testimony-saved-filter/1"
MAX_SAVED = 50
MAX_NAME = 120

_PARTS = tuple(part.name for part in dataclass_fields(EventFilter) if part.name != "actors")
_KINDS = {"role": Role, "action": Action, "outcome": Outcome, "purpose": Purpose, "actor": AccountId}


@dataclass(frozen=True, slots=True)
class SavedFilter:
    """One's own. wanted: None for one that does not open any more. created_at: ISO 8601, UTC."""

    id: str
    name: str = field(repr=False)
    wanted: EventFilter | None
    created_at: str


def save_filter(session: Session, wanted: EventFilter, name: str, now: datetime) -> SavedFilter:
    """Raises Refused; Conflict when there are `MAX_SAVED`; Invalid with the field name (required, too_long,
    bad_character).
    """
    name = name.strip()
    _require_name(name)
    saved_id = secrets.token_hex(16)
    with session.work(now) as work:
        require(session.account, Permission.READ_LOG)
        if len(rows.filters_of(work.connection, session.account.id)) >= MAX_SAVED:
            raise Conflict
        document = canonical_json({"format": FORMAT, "name": name, "filter": _to_values(wanted)})
        context = _context(session.account.id, saved_id)
        sealed = seal(session.keys.sealing.public, document, Label.SAVED_FILTER, context)
        row = SavedFilterRow(saved_id, session.account.id, sealed, timestamp(now))
        rows.insert_filter(work.connection, row)
        work.log(Action.WRITTEN, subject=("saved-filter", saved_id))
    return SavedFilter(saved_id, name, wanted, row.created_at)


def saved_filters(session: Session) -> tuple[SavedFilter, ...]:
    """One's own, oldest first; one that does not open has no name. Raises Refused."""
    require(session.account, Permission.READ_LOG)
    with session.reading() as connection:
        found = rows.filters_of(connection, session.account.id)
    return tuple(_open(session, row) for row in found)


def find_filter(session: Session, saved_id: str) -> SavedFilter:
    """One of one's own. Raises Refused, NotFound, also for another's and for one that does not open."""
    require(session.account, Permission.READ_LOG)
    with session.reading() as connection:
        row = rows.find_filter(connection, saved_id, session.account.id)
    if row is None:
        raise NotFound
    found = _open(session, row)
    if found.wanted is None:
        raise NotFound
    return found


def forget_filter(session: Session, saved_id: str, now: datetime) -> None:
    """Delete one of one's own. Raises Refused, NotFound."""
    with session.work(now) as work:
        require(session.account, Permission.READ_LOG)
        if not rows.delete_filter(work.connection, saved_id, session.account.id):
            raise NotFound
        work.log(Action.DISPOSED, subject=("saved-filter", saved_id))


def _open(session: Session, row: SavedFilterRow) -> SavedFilter:
    try:
        # The context is who asks, not what the row says.
        context = _context(session.account.id, row.saved_id)
        said = json.loads(open_sealed(session.keys.sealing, row.sealed, Label.SAVED_FILTER, context))
        if said["format"] != FORMAT:
            raise ValueError
        return SavedFilter(row.saved_id, str(said["name"]), _from_values(said["filter"]), row.created_at)
    except (Tampered, ValueError, KeyError, TypeError):
        return SavedFilter(row.saved_id, "", None, row.created_at)


def _to_values(wanted: EventFilter) -> dict[str, str]:
    values = ((name, getattr(wanted, name)) for name in _PARTS)
    return {
        name: value.isoformat() if isinstance(value, datetime) else str(value)
        for name, value in values
        if value is not None
    }


def _from_values(values: dict[str, Any]) -> EventFilter:
    """Raises ValueError, TypeError for a part that is none."""
    parts: dict[str, Any] = {}
    for name, text in values.items():
        if name not in _PARTS:
            raise ValueError
        read = datetime.fromisoformat if name in ("since", "until") else _KINDS.get(name, str)
        parts[name] = read(text)
    return EventFilter(**parts)


def _context(owner_id: AccountId, saved_id: str) -> bytes:
    # Neither holds a slash: both are hexadecimal.
    return f"{owner_id}/{saved_id}".encode()


def _require_name(name: str) -> None:
    rules = (
        (bool(name), "required"),
        (len(name) <= MAX_NAME, "too_long"),
        (name.isprintable() and name.encode(errors="replace").decode() == name, "bad_character"),
    )
    if problems := tuple(Problem("name", code) for holds, code in rules if not holds):
        raise Invalid(problems)
