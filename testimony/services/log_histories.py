"""Histories told by the log: what one account has done, and who has seen one testimony under which grant and consent.

From the log and the ledger alone: no vault, no reading room, no word of any testimony.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action, DenyReason
from testimony.domain.codes import parse_code
from testimony.domain.errors import NotFound
from testimony.domain.roles import Role
from testimony.policy.access import Permission, require
from testimony.policy.seeing import Depth, depth_of
from testimony.policy.surprise import Surprise, weigh
from testimony.services.asking import SHOWN, moment_of
from testimony.services.audit import Event, event_of
from testimony.services.certificates import certified_account
from testimony.services.grants_over_time import (
    GrantSpan,
    consent_versions,
    grant_spans,
    holding,
    version_at,
)
from testimony.services.sessions import Session
from testimony.storage import accounts as account_rows
from testimony.storage import findings as finding_rows
from testimony.storage import register, room_queries
from testimony.storage.connections import Connection
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.room_queries import Span

PAGE = 100
TESTIMONIES = 50
PERSON_DAYS = 63
"""Days of one person's history: the last week, and the eight before it that each of its days is compared with."""

READERS = 20_000
"""Entries about one testimony that its summary reads at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonHistory:
    """What an account did in a span. days: (day, items shown), every day. actions: (action, outcome, number).

    cases: (case, allowed, refused). testimonies: (code, times, first and last entry), the most often first.
    today: the last day that was weighed against the person's own past; None when that is too short.
    """

    account_id: AccountId
    handle: str
    state: str
    roles: tuple[Role, ...]
    since: datetime
    until: datetime
    first: datetime | None
    last: datetime | None
    days: tuple[tuple[date, int], ...]
    actions: tuple[tuple[Action, str, int], ...]
    cases: tuple[tuple[str, int, int], ...]
    testimonies: tuple[tuple[str, int, int, int], ...]
    grants: tuple[GrantSpan, ...]
    surprises: tuple[Surprise, ...]
    today: Surprise | None


@dataclass(frozen=True, slots=True)
class Look:
    """One entry about a testimony. depth: None for what shows nothing. grants: that covered it at that moment.

    consent: number of the version of that moment. lacking: why that version did not allow it; None when it did, and
    for what is done without a purpose.
    """

    event: Event
    depth: Depth | None
    grants: tuple[GrantSpan, ...]
    consent: int | None
    lacking: DenyReason | None


@dataclass(frozen=True, slots=True)
class Seen:
    """One person and one testimony. depths: the deepest first, with how often."""

    account_id: AccountId
    depths: tuple[tuple[Depth, int], ...]
    first: datetime
    last: datetime

    @property
    def has_seen_words(self) -> bool:
        return any(depth is not Depth.ABOUT for depth, _ in self.depths)


@dataclass(frozen=True, slots=True)
class TestimonyHistory:
    """looks: newest first. seen: by person, from at most READERS entries. older: for the next page."""

    code: str
    case_id: str
    looks: tuple[Look, ...]
    seen: tuple[Seen, ...]
    older: int | None
    findings: tuple[int, ...]
    handles: Mapping[str, str]


def person_history(session: Session, account_id: str, now: datetime) -> PersonHistory:
    """The last eight weeks of one account, compared with themselves. Raises Refused, NotFound."""
    with session.work(now) as work:
        require(session.account, Permission.READ_LOG)
        person = account_rows.find_account(work.connection, AccountId(account_id))
        if person is None:
            raise NotFound
        end = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        span = Span(end - timedelta(days=PERSON_DAYS), end)
        history = _person(session, work.connection, person, span)
        work.log(Action.ITEM_SHOWN, subject=("account", account_id), fields=("history",))
    return history


def testimony_history(session: Session, code: str, before: int | None, now: datetime) -> TestimonyHistory:
    """Who has seen a testimony. Raises Refused, BadCode, NotFound."""
    canonical = parse_code(code)
    with session.work(now) as work:
        require(session.account, Permission.READ_LOG)
        row = register.find_row(work.connection, canonical)
        if row is None:
            raise NotFound
        spans = grant_spans(work.connection)
        versions = consent_versions(work.connection, canonical)
        found = room_queries.entries_about(work.connection, canonical, before=before, limit=PAGE + 1)
        looks = []
        for entry in found[:PAGE]:
            event = event_of(entry)
            version = version_at(versions, event.at)
            purpose = None if event.purpose is None else event.purpose.value
            grants = (
                holding(spans, event.actor, event.case_id, purpose, event.at)
                if event.actor and purpose
                else ()
            )
            lacking = version.lacking(purpose, event.at) if version and purpose else None
            depth = depth_of(event.action, event.fields) if event.outcome == "allowed" else None
            number = version.version if version else None
            looks.append(Look(event, depth, grants, number, lacking))
        history = TestimonyHistory(
            canonical,
            row.case_id,
            tuple(looks),
            seen_of(work.connection, canonical),
            looks[-1].event.seq if len(found) > PAGE else None,
            finding_rows.findings_about(work.connection, canonical),
            {one.account_id: one.handle for one in account_rows.all_accounts(work.connection)},
        )
        work.log(
            Action.ITEM_SHOWN,
            subject=("testimony", canonical),
            case=row.case_id,
            fields=("history",),
            count=len(looks),
        )
    return history


def seen_of(connection: Connection, code: str) -> tuple[Seen, ...]:
    """Who was shown what of a testimony, the latest first. The caller logs."""
    counts: dict[str, dict[Depth, int]] = {}
    ends: dict[str, tuple[str, str]] = {}
    for entry in room_queries.entries_about(connection, code, limit=READERS):
        if entry.actor is None or entry.outcome != "allowed" or entry.action not in SHOWN:
            continue
        event = event_of(entry)
        depth = depth_of(event.action, event.fields)
        if depth is None:
            continue
        mine = counts.setdefault(entry.actor, {})
        mine[depth] = mine.get(depth, 0) + 1
        _, last = ends.get(entry.actor, (entry.at, entry.at))
        ends[entry.actor] = (entry.at, max(last, entry.at))
    order = list(Depth)
    found = [
        Seen(
            AccountId(actor),
            tuple(sorted(mine.items(), key=lambda one: order.index(one[0]))),
            moment_of(ends[actor][0]),
            moment_of(ends[actor][1]),
        )
        for actor, mine in counts.items()
    ]
    return tuple(sorted(found, key=lambda one: one.last, reverse=True))


def _person(
    session: Session, connection: Connection, person: account_rows.AccountRow, span: Span
) -> PersonHistory:
    actor = person.account_id
    ends = room_queries.ends_of(connection, actor)
    counted = room_queries.by_day(connection, span, SHOWN, actor).get(actor, {})
    counts = {date.fromisoformat(day): count for day, count in counted.items()}
    days = tuple(span.since.date() + timedelta(days=n) for n in range((span.until - span.since).days))
    known = None if ends is None else moment_of(ends[0]).date()
    weighed = [] if known is None else [weigh(counts, day, known) for day in days[-7:]]
    cases: dict[str, list[int]] = {}
    for case_id, outcome, number in room_queries.counts_by(connection, span, "case_id", actor):
        if case_id is not None:
            cases.setdefault(case_id, [0, 0])[outcome == "denied"] += number
    return PersonHistory(
        account_id=actor,
        handle=person.handle,
        state=person.state,
        roles=_roles(session, actor),
        since=span.since,
        until=span.until,
        first=None if ends is None else moment_of(ends[0]),
        last=None if ends is None else moment_of(ends[1]),
        days=tuple((day, counts.get(day, 0)) for day in days),
        actions=tuple(
            (Action(action), outcome, number)
            for action, outcome, number in room_queries.counts_by(connection, span, "action", actor)
            if action is not None
        ),
        cases=tuple((case_id, allowed, denied) for case_id, (allowed, denied) in cases.items()),
        testimonies=room_queries.seen_by(connection, span, SHOWN, actor, limit=TESTIMONIES),
        grants=tuple(one for one in grant_spans(connection) if one.account_id == actor),
        surprises=tuple(one for one in weighed if one is not None and one.is_surprising),
        today=weighed[-1] if weighed else None,
    )


def _roles(session: Session, account_id: AccountId) -> tuple[Role, ...]:
    try:
        return tuple(sorted(certified_account(session.archive.keyring(), account_id).roles))
    except ArchiveDamaged:
        return ()
