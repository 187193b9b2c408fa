"""The witness's question: who has seen my testimony. From the log, by role and number of people; no name of staff."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from testimony.domain.audit import Action, Outcome
from testimony.domain.codes import parse_code
from testimony.domain.errors import IntegrityFailed, NotFound
from testimony.domain.roles import Role
from testimony.domain.testimony import State
from testimony.policy.access import Permission, require
from testimony.policy.showings import SeenBy, Showing, count_showings, shown
from testimony.services.sessions import Session
from testimony.storage import disclosures, log_queries, register
from testimony.storage.connections import Connection
from testimony.storage.log import StoredEntry

_ORDER = (Role.INVESTIGATOR, Role.REVIEWER, Role.INTERVIEWER, Role.CUSTODIAN, Role.AUDITOR)
"""As what somebody with several roles is told of: who reads for a purpose first."""


@dataclass(frozen=True, slots=True)
class Disclosed:
    """Something of it left the archive. recipient: code of recipient.csv. purpose: a code. recalled: it was asked back;
    deleted: the recipient said that it is gone.
    """

    on: date
    recipient: str
    purpose: str
    recalled: bool = False
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """since: when it was handed in. seen: everything but identities. identities: who saw who spoke. is_gone: it was
    erased, and what is told is what is left to tell. exported: the log speaks of an export that no disclosure explains.
    """

    code: str
    since: date
    told_at: datetime
    seen: tuple[SeenBy, ...]
    identities: tuple[SeenBy, ...]
    disclosed: tuple[Disclosed, ...]
    is_gone: bool
    exported: bool


DisclosuresOf = Callable[[Connection, str], tuple[Disclosed, ...]]


def kept_disclosures(connection: Connection, code: str) -> tuple[Disclosed, ...]:
    """What was handed over, oldest first; what was only prepared has not left."""
    rows = (row for row in disclosures.disclosures_of(connection, code) if row.sent_on is not None)
    found = (
        Disclosed(
            on=date.fromisoformat(str(row.sent_on)[:10]),
            recipient=row.recipient_type,
            purpose=row.purpose,
            recalled=row.state in ("recalled", "confirmed_deleted"),
            deleted=row.state == "confirmed_deleted",
        )
        for row in rows
    )
    return tuple(sorted(found, key=lambda one: one.on))


def who_has_seen(
    session: Session, code: str, now: datetime, disclosures_of: DisclosuresOf = kept_disclosures
) -> Answer:
    """What a witness who asks is told. The telling is an entry of its own.

    Refused attempts are no showings. Raises Refused, BadCode, NotFound, IntegrityFailed when an entry about it can no
    longer be read: half an answer would be a wrong one.
    """
    canonical = parse_code(code)
    with session.work(now) as work:
        require(session.account, Permission.TELL_WITNESS)
        row = register.find_row(work.connection, canonical)
        if row is None:
            raise NotFound
        entries = log_queries.entries_about(work.connection, "testimony", canonical)
        found = [_read(entry) for entry in entries]
        counted = count_showings(one for one in (_showing(each) for each in found) if one is not None)
        disclosed = disclosures_of(work.connection, canonical)
        work.log(Action.ITEM_SHOWN, subject=("testimony", canonical), case=row.case_id, fields=("seen-by",))
    sent = any(each.action is Action.EXPORT_SENT and each.allowed for each in found)
    return Answer(
        code=canonical,
        since=date.fromisoformat(row.submitted_on),
        told_at=now,
        seen=tuple(each for each in counted if not each.fields),
        identities=tuple(each for each in counted if each.fields),
        disclosed=disclosed,
        is_gone=row.state == State.DISPOSED,
        exported=sent and not disclosed,
    )


@dataclass(frozen=True, slots=True)
class _Read:
    at: datetime
    actor: str | None
    roles: tuple[Role, ...]
    action: Action
    allowed: bool
    purpose: str
    fields: tuple[str, ...]


def _read(entry: StoredEntry) -> _Read:
    try:
        said: Mapping[str, object] = json.loads(entry.leaf)
        roles, fields = said["roles"], said["fields"]
        if not isinstance(roles, list) or not isinstance(fields, list):
            raise TypeError
        return _Read(
            at=datetime.fromisoformat(str(said["at"])).astimezone(UTC),
            actor=None if said["actor"] is None else str(said["actor"]),
            roles=tuple(Role(role) for role in roles),
            action=Action(str(said["action"])),
            allowed=said["outcome"] == Outcome.ALLOWED.value,
            purpose=str(said["purpose"] or ""),
            fields=tuple(str(field) for field in fields),
        )
    except (ValueError, KeyError, TypeError):
        raise IntegrityFailed from None


def _showing(entry: _Read) -> Showing | None:
    what = shown(entry.action, entry.fields, entry.roles) if entry.allowed else None
    if what is None or entry.actor is None:
        return None
    identity = entry.action is Action.IDENTITY_SHOWN
    return Showing(
        what=what,
        person=entry.actor,
        role=next((role for role in _ORDER if role in entry.roles), None),
        month=entry.at.date().replace(day=1),
        purpose=entry.purpose,
        field=(entry.fields[0] if entry.fields else "all") if identity else "",
    )
