"""Who may come to originals now: offers, the grant that names them, the reason, and how many there are in a day."""

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from testimony.domain.audit import Action, DenyReason
from testimony.domain.errors import Invalid, Problem, Refused
from testimony.domain.grants import Grant
from testimony.domain.purposes import Purpose
from testimony.policy.access import Permission, require
from testimony.policy.facts import Use
from testimony.services.ended_grants import note_use
from testimony.services.granting import may_hold_originals, require_purpose, use_in_force
from testimony.services.sessions import Session, Work
from testimony.storage import cases, log_queries
from testimony.storage.cases import Case
from testimony.storage.compartments import Compartment

MIN_REASON, MAX_REASON = 10, 500
DAILY_CEILING = 20
"""Different originals that one person may read between two midnights, UTC. Reading one again does not count."""

ORIGINAL = "original"
"""In the fields of a log entry: what was searched or shown was said word for word."""


@dataclass(frozen=True, slots=True)
class OriginalCase:
    """A case whose originals are open to this person. purposes: in their order; until: the last grant ends then."""

    case: Case
    purposes: tuple[Purpose, ...]
    until: datetime


def offered_original_cases(session: Session, now: datetime) -> tuple[OriginalCase, ...]:
    """The cases whose originals this person may search at this moment, by id; each by a verified grant."""
    require(session.account, Permission.SEARCH_ORIGINALS)
    with session.reading() as connection:
        use = use_in_force(session, connection, session.account.id, now)
        grants = tuple(grant for grant in _with_originals(use.grants) if grant.case_id not in use.walled)
        known = {case.case_id: case for case in cases.all_cases(connection)}
    return tuple(_offer(known[case_id], grants) for case_id in sorted({grant.case_id for grant in grants}))


def holds_key(session: Session) -> bool:
    """Whether this session can open originals at all.

    The key comes with a reviewer's next sign-in after the grant, and opens at one's own next after that.
    """
    return Compartment.VAULT in session.archive.secrets


def use_for_originals(session: Session, work: Work, purpose: Purpose) -> Use:
    """Who reads originals, with grants verified in this unit of work.

    Raises Refused when none in force names originals or none of these the purpose; CompartmentClosed without the
    key.
    """
    require(session.account, Permission.SEARCH_ORIGINALS)
    use = use_in_force(session, work.connection, session.account.id, work.now)
    if not may_hold_originals(session.account.roles):
        raise Refused((DenyReason.NO_GRANT,), purpose=purpose)
    require_purpose(use, _with_originals(use.grants), purpose)
    session.archive.secret(Compartment.VAULT)
    opened = replace(use, grants=_with_originals(use.grants))
    note_use(session, opened, purpose)
    return opened


def require_reason(reason: str) -> str:
    """Why originals are needed, on one line. Raises Invalid with field reason: required, too_short, too_long."""
    line = " ".join(reason.encode(errors="replace").decode().split())
    # What cannot be seen is no reason: zero-width characters count for nothing.
    seen = sum(map(str.isprintable, line))
    rules = ((seen > 0, "required"), (seen >= MIN_REASON, "too_short"), (len(line) <= MAX_REASON, "too_long"))
    for holds, code in rules:
        if not holds:
            raise Invalid((Problem("reason", code),))
    return line


def read_today(session: Session, work: Work) -> frozenset[str]:
    """Which originals this person has been shown since midnight UTC, counted from the log."""
    leaves = log_queries.leaves_of(
        work.connection, session.account.id, Action.ITEM_SHOWN.value, _midnight(work.now)
    )
    found = set()
    for number, (leaf, code) in enumerate(leaves):
        entry = json.loads(leaf)
        # What a reviewer opens at work has no purpose.
        if entry["purpose"] is not None and ORIGINAL in entry["fields"]:
            found.add(code or f"forgotten {number}")
    return frozenset(found)


def seconds_to_midnight(now: datetime) -> int:
    return int((_midnight(now) + timedelta(days=1) - now).total_seconds()) + 1


def _midnight(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def _with_originals(grants: tuple[Grant, ...]) -> tuple[Grant, ...]:
    return tuple(grant for grant in grants if grant.originals)


def _offer(case: Case, grants: tuple[Grant, ...]) -> OriginalCase:
    here = [grant for grant in grants if grant.case_id == case.case_id]
    purposes = frozenset[Purpose]().union(*(grant.purposes for grant in here))
    return OriginalCase(case, tuple(sorted(purposes)), max(grant.valid_until for grant in here))
