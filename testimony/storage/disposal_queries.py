"""Reads over the whole ledger for what is due and for who is affected: one statement each, whatever its size."""

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from testimony.storage.cases import CASES
from testimony.storage.consents import CONSENTS, DECISIONS
from testimony.storage.holds import HOLD_CODES, HOLDS
from testimony.storage.identities import IDENTITIES
from testimony.storage.inbox import INBOX
from testimony.storage.log import ENTRIES, SUBJECTS
from testimony.storage.register import REGISTER


@dataclass(frozen=True, slots=True)
class KeptRow:
    """One testimony as periods of keeping see it. Days are ISO 8601."""

    code: str
    case_id: str
    state: str
    submitted_on: str
    on_hold: int
    status: str | None
    given_on: str | None
    archive_decision: str | None
    case_closed_on: str | None
    identity_sealed_on: str | None


_ENDING = ("withdrawn", "invalid_no_guardian", "invalid_coerced", "invalid_not_informed")


def kept_rows(
    connection: sa.Connection, *, code: str | None = None, identity_before: str | None = None
) -> tuple[KeptRow, ...]:
    """One testimony, or those for which some period may run: most of an archive is of open cases and has none.

    identity_before: identities sealed on this day or earlier may be due; without it every identity is among them.
    """
    maybe = sa.or_(
        CONSENTS.c.status.is_(None),
        CONSENTS.c.status.in_(_ENDING),
        CASES.c.closed_on.is_not(None),
        IDENTITIES.c.sealed_on <= (identity_before or "9999"),
        REGISTER.c.code.in_(sa.select(HOLD_CODES.c.code)),
        REGISTER.c.case_id.in_(sa.select(HOLDS.c.case_id).where(HOLDS.c.scope == "case")),
    )
    consent = sa.and_(CONSENTS.c.code == REGISTER.c.code, CONSENTS.c.current == 1)
    decision = sa.and_(
        DECISIONS.c.code == CONSENTS.c.code,
        DECISIONS.c.version == CONSENTS.c.version,
        DECISIONS.c.purpose == "CP22",
    )
    query = (
        sa.select(
            REGISTER.c.code,
            REGISTER.c.case_id,
            REGISTER.c.state,
            REGISTER.c.submitted_on,
            REGISTER.c.on_hold,
            CONSENTS.c.status,
            CONSENTS.c.given_on,
            DECISIONS.c.decision,
            CASES.c.closed_on,
            IDENTITIES.c.sealed_on,
        )
        .select_from(REGISTER)
        .join(CASES, CASES.c.case_id == REGISTER.c.case_id)
        .outerjoin(CONSENTS, consent)
        .outerjoin(DECISIONS, decision)
        .outerjoin(IDENTITIES, IDENTITIES.c.code == REGISTER.c.code)
        .where(maybe if code is None else REGISTER.c.code == code)
    )
    return tuple(KeptRow(*list(row)) for row in connection.execute(query))


def last_about(
    connection: sa.Connection, action: str, codes: frozenset[str] | None = None
) -> Mapping[str, str]:
    """When an action was last done about each testimony, by code: days. codes: only about these."""
    query = (
        sa.select(SUBJECTS.c.subject, sa.func.max(ENTRIES.c.at))
        .join(ENTRIES, ENTRIES.c.seq == SUBJECTS.c.seq)
        .where(ENTRIES.c.action == action, ENTRIES.c.outcome == "allowed", SUBJECTS.c.kind == "testimony")
        .group_by(SUBJECTS.c.subject)
    )
    if codes is not None:
        if not codes:
            return {}
        query = query.where(SUBJECTS.c.subject.in_(codes))
    return {row[0]: row[1][:10] for row in connection.execute(query)}


@dataclass(frozen=True, slots=True)
class StandingRow:
    code: str
    case_id: str
    state: str
    submitted_on: str
    interviewer_id: str
    in_inbox: int
    has_identity: int


def standing_rows(connection: sa.Connection) -> tuple[StandingRow, ...]:
    """Every testimony with what of it lies sealed in the ledger."""
    query = (
        sa.select(
            REGISTER.c.code,
            REGISTER.c.case_id,
            REGISTER.c.state,
            REGISTER.c.submitted_on,
            REGISTER.c.interviewer_id,
            INBOX.c.submission_id.is_not(None),
            IDENTITIES.c.submission_id.is_not(None),
        )
        .select_from(REGISTER)
        .outerjoin(INBOX, INBOX.c.code == REGISTER.c.code)
        .outerjoin(IDENTITIES, IDENTITIES.c.code == REGISTER.c.code)
    )
    return tuple(StandingRow(*row) for row in connection.execute(query))


def shown_to(
    connection: sa.Connection, account_id: str, actions: tuple[str, ...], since: str | None
) -> frozenset[str]:
    """Codes of testimonies that the log says were shown to an account."""
    query = (
        sa.select(SUBJECTS.c.subject)
        .join(ENTRIES, ENTRIES.c.seq == SUBJECTS.c.seq)
        .where(
            ENTRIES.c.actor == account_id,
            ENTRIES.c.action.in_(actions),
            ENTRIES.c.outcome == "allowed",
            SUBJECTS.c.kind == "testimony",
        )
        .distinct()
    )
    if since is not None:
        query = query.where(ENTRIES.c.at >= since)
    return frozenset(connection.execute(query).scalars())
