"""Which grants and which consent version held at a moment, told from the ledger and the log alone.

What a row of a grant says is taken as a claim: a question looks back at what people held, it opens nothing. Whether a
grant is what was signed, the gate checks whenever it is used, and the list of grants says.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action, DenyReason
from testimony.domain.consent import ConsentStatus, Decision
from testimony.storage import consent_spans, log_queries
from testimony.storage import grants as grant_rows
from testimony.storage.connections import Connection

_ALLOWS = frozenset({Decision.GRANTED.value, Decision.GRANTED_WITH_CONDITIONS.value})
_STANDS = frozenset({ConsentStatus.ACTIVE.value, ConsentStatus.SUPERSEDED.value})
_PARTLY = frozenset({*_STANDS, ConsentStatus.PARTLY_WITHDRAWN.value})


@dataclass(frozen=True, slots=True)
class GrantSpan:
    """since <= time < until: when it held. planned: its last moment as signed. was_ended: taken back before that."""

    id: str
    account_id: AccountId
    case_id: str
    purposes: frozenset[str]
    originals: bool
    since: datetime
    until: datetime
    planned: datetime
    was_ended: bool

    def holds_at(self, at: datetime) -> bool:
        return self.since <= at < self.until


@dataclass(frozen=True, slots=True)
class DecisionSpan:
    decision: str
    not_before: date | None
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class ConsentVersion:
    """since: when the log says that it became the current one; None for the first."""

    version: int
    status: str
    review_due: date | None
    since: datetime | None
    decisions: tuple[tuple[str, DecisionSpan], ...]

    def lacking(self, purpose: str, at: datetime) -> DenyReason | None:
        """Why this version did not allow a purpose on that day; None when it did. Its last day still counts."""
        found = dict(self.decisions).get(purpose)
        if self.status == ConsentStatus.WITHDRAWN or (found and found.decision == Decision.WITHDRAWN):
            return DenyReason.CONSENT_REFUSED
        if found is None or found.decision not in _ALLOWS:
            said_no = found is not None and found.decision == Decision.REFUSED
            return DenyReason.CONSENT_REFUSED if said_no else DenyReason.CONSENT_MISSING
        day, ends = at.date(), [one for one in (self.review_due, found.valid_until) if one is not None]
        if any(end < day for end in ends) or self.status == ConsentStatus.EXPIRED:
            return DenyReason.CONSENT_PAST_REVIEW
        if self.status not in _PARTLY or (found.not_before is not None and day < found.not_before):
            return DenyReason.CONSENT_MISSING
        return None


def grant_spans(connection: Connection) -> tuple[GrantSpan, ...]:
    """Every grant there ever was, ended ones too; what cannot be read as one is left out."""
    found = []
    for row in grant_rows.all_grants(connection):
        try:
            said = json.loads(row.signed.statement)
            since, planned = (datetime.fromisoformat(said[name]) for name in ("valid_from", "valid_until"))
            ended = None if row.revoked_at is None else datetime.fromisoformat(row.revoked_at)
            purposes = frozenset(map(str, said["purposes"]))
        except (ValueError, KeyError, TypeError):
            continue
        until = planned if ended is None else min(planned, ended)
        originals = bool(said.get("originals", False))
        found.append(
            GrantSpan(
                row.grant_id,
                row.account_id,
                row.case_id,
                purposes,
                originals,
                since,
                until,
                planned,
                ended is not None and ended < planned,
            )
        )
    return tuple(found)


def holding(
    spans: Iterable[GrantSpan], account_id: str, case_id: str | None, purpose: str | None, at: datetime
) -> tuple[GrantSpan, ...]:
    """The grants of one account that covered a case, and the purpose if there was one, at a moment."""
    return tuple(
        one
        for one in spans
        if one.account_id == account_id
        and one.case_id == case_id
        and one.holds_at(at)
        and (purpose is None or purpose in one.purposes)
    )


def consent_versions(connection: Connection, code: str) -> tuple[ConsentVersion, ...]:
    """Oldest first. Later versions begin when the log says that they were written."""
    began = _beginnings(connection, code)
    decisions: dict[int, list[tuple[str, DecisionSpan]]] = {}
    for version, purpose, decision, not_before, valid_until in consent_spans.decisions_of(connection, code):
        span = DecisionSpan(decision, consent_spans.day_of(not_before), consent_spans.day_of(valid_until))
        decisions.setdefault(version, []).append((purpose, span))
    found = []
    for number, (version, status, given_on, review_due) in enumerate(
        consent_spans.versions_of(connection, code)
    ):
        given = consent_spans.day_of(given_on)
        since = began.get(version)
        if since is None and given is not None:
            since = datetime(given.year, given.month, given.day, tzinfo=UTC)
        found.append(
            ConsentVersion(
                version,
                status,
                consent_spans.day_of(review_due),
                since if number else None,
                tuple(decisions.get(version, ())),
            )
        )
    return tuple(found)


def version_at(versions: Iterable[ConsentVersion], at: datetime) -> ConsentVersion | None:
    """The version that was the current one at a moment; None when there was none."""
    current = None
    for one in versions:
        if one.since is None or one.since <= at:
            current = one
    return current


def _beginnings(connection: Connection, code: str) -> dict[int, datetime]:
    """When each later version was written, as its entry says: fields `version`, number, …"""
    began: dict[int, datetime] = {}
    for leaf in log_queries.leaves_about(connection, "testimony", code, Action.CONSENT_CHANGED.value):
        try:
            entry = json.loads(leaf)
            if entry["fields"][0] == "version":
                began.setdefault(int(entry["fields"][1]), datetime.fromisoformat(entry["at"]))
        except (ValueError, KeyError, IndexError, TypeError):
            continue
    return began
