"""Ready questions about the rules: refusals, tasks behind identities, two persons, dates of grants and consents."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action
from testimony.domain.roles import Role
from testimony.policy.questions import Setting
from testimony.policy.showings import READINGS, shown
from testimony.services import interpreters
from testimony.services.asking import ROWS, SCANNED, SHOWN, Asked, Row, moment_of, people_with
from testimony.services.grants_over_time import GrantSpan, consent_versions, grant_spans, version_at
from testimony.storage import accounts as account_rows
from testimony.storage import (
    consent_spans,
    contact_tasks,
    identity_limits,
    identity_requests,
    register,
    room_queries,
)
from testimony.storage.log import StoredEntry
from testimony.storage.room_queries import Span

_FORMER = datetime.min
_KEPT = 400
"""Entries remembered of one person in one case."""


def refused(asked: Asked) -> list[Row]:
    """Who was refused often."""
    found = room_queries.refused(
        asked.connection, asked.span, least=asked.settings[Setting.LEAST], limit=ROWS + 1
    )
    return [
        Row(account=AccountId(one.actor), count=one.count, events=tuple(sorted({one.first, one.last})))
        for one in found
    ]


def identity_without_task(asked: Asked) -> list[Row]:
    """An identity shown without a request or task in the ledger that is about it and was given to who saw it."""
    rows = []
    for entry, said in _said(asked, Action.IDENTITY_SHOWN):
        if entry.subject is not None and not _has_task(asked, entry, said["fields"]):
            rows.append(
                Row(
                    account=AccountId(entry.actor or ""),
                    code=entry.subject[1],
                    case_id=entry.case_id,
                    events=(entry.seq,),
                    since=moment_of(entry.at),
                )
            )
    return rows


def _has_task(asked: Asked, entry: StoredEntry, fields: list[str]) -> bool:
    code = entry.subject[1] if entry.subject else ""
    for field in fields:
        kind, _, number = field.partition(":")
        if kind == "task":
            task = contact_tasks.find_task(asked.connection, number)
            if task is not None and (task.code, task.assignee_id) == (code, entry.actor):
                return True
        if kind == "request":
            found = identity_requests.find_request(asked.connection, number)
            if found is not None and (found.code, found.requester_id) == (code, entry.actor):
                return True
    return False


def one_approver(asked: Asked) -> list[Row]:
    """What was sent out with fewer than two people behind it: who prepared it, and another who approved."""
    prepared: dict[tuple[str, str], set[str]] = {}
    approved: dict[tuple[str, str], set[str]] = {}
    acts = (Action.EXPORT_PREPARED, Action.EXPORT_APPROVED, Action.EXPORT_SENT)
    # What is sent now may have been prepared long ago.
    span = Span(_FORMER.replace(tzinfo=asked.now.tzinfo), asked.span.until)
    rows = []
    for entry, _ in _said(asked, *acts, span=span):
        if entry.subject is None or entry.outcome != "allowed" or entry.actor is None:
            continue
        thing = entry.subject[:2]
        if entry.action == Action.EXPORT_PREPARED:
            prepared.setdefault(thing, set()).add(entry.actor)
        elif entry.action == Action.EXPORT_APPROVED:
            approved.setdefault(thing, set()).add(entry.actor)
        elif moment_of(entry.at) >= asked.span.since:
            behind = approved.get(thing, set())
            people = prepared.get(thing, set()) | behind
            if len(people) < 2 or not behind:
                rows.append(
                    Row(
                        account=AccountId(entry.actor),
                        code=thing[1] if thing[0] == "testimony" else None,
                        case_id=entry.case_id,
                        other=len(behind),
                        events=(entry.seq,),
                        since=moment_of(entry.at),
                    )
                )
    return rows


def same_person(asked: Asked) -> list[Row]:
    """The same person proposed and approved what is withheld of one testimony, for one audience."""
    proposed: dict[tuple[str, str], tuple[str, int]] = {}
    rows = []
    for entry, said in _said(asked, Action.REDACTION_DECIDED):
        if entry.subject is None or entry.actor is None or len(said["fields"]) < 2:
            continue
        act, audience = said["fields"][0], said["fields"][1]
        about = (entry.subject[1], audience)
        if act == "proposed":
            proposed[about] = (entry.actor, entry.seq)
        elif act == "approved" and about in proposed and proposed[about][0] == entry.actor:
            events = (proposed[about][1], entry.seq)
            rows.append(
                Row(
                    account=AccountId(entry.actor),
                    code=about[0],
                    case_id=entry.case_id,
                    events=events,
                    since=moment_of(entry.at),
                )
            )
    return rows


def grant_past_date(asked: Asked) -> list[Row]:
    """Read for a purpose outside every grant on the case; then grants that ran out and were never ended."""
    spans = grant_spans(asked.connection)
    readers = {*people_with(asked, Role.INVESTIGATOR), *(one.account_id for one in spans)}
    by_pair: dict[tuple[str, str], list[GrantSpan]] = {}
    for one in spans:
        by_pair.setdefault((one.account_id, one.case_id), []).append(one)
    odd: dict[tuple[str, str], list[int]] = {}
    reads = room_queries.reads_of(asked.connection, asked.span, SHOWN, tuple(readers))
    for actor, case_id, text, seq in reads:
        held = by_pair.get((actor, case_id), ())
        if not (held and any(one.holds_at(moment_of(text)) for one in held)):
            kept = odd.setdefault((actor, case_id), [])
            if len(kept) < _KEPT:
                kept.append(seq)
    rows = []
    for (actor, case_id), seqs in odd.items():
        # A reviewer who is an investigator elsewhere reads at work, without a purpose: that needs no grant.
        if found := room_queries.with_a_purpose(asked.connection, seqs):
            events = tuple(sorted({found[0], found[-1]}))
            words = ("read-outside",)
            rows.append(
                Row(account=AccountId(actor), case_id=case_id, count=len(found), events=events, words=words)
            )
    rows.sort(key=lambda row: row.count, reverse=True)
    past = [one for one in spans if asked.span.since <= one.until < asked.now and not one.was_ended]
    return rows + [
        Row(account=one.account_id, case_id=one.case_id, until=one.until, words=("not-ended",))
        for one in past
    ]


def consent_expired(asked: Asked) -> list[Row]:
    """Read for a purpose that the consent of that day did not carry (any more)."""
    known: dict[str, Any] = {}
    rows: dict[tuple[str, str, str], Row] = {}
    found = consent_spans.reads_that_may_lack_consent(asked.connection, asked.span, SHOWN, limit=SCANNED)
    for seq, text, actor, purpose, code in found:
        if code not in known:
            known[code] = consent_versions(asked.connection, code)
        version = version_at(known[code], moment_of(text))
        reason = None if version is None else version.lacking(purpose, moment_of(text))
        if version is None or reason is None:
            continue
        key = (actor, code, reason.value)
        before = rows.get(key)
        rows[key] = Row(
            account=AccountId(actor),
            code=code,
            count=1 if before is None else before.count + 1,
            other=version.version,
            events=(seq,) if before is None else (before.events[0], seq),
            since=moment_of(text) if before is None else before.since,
            words=(reason.value, purpose),
        )
    return sorted(rows.values(), key=lambda row: row.count, reverse=True)


def too_near(asked: Asked) -> list[Row]:
    """Somebody was noted to be too near to a testimony, and was shown things of it after that."""
    rows = []
    for code, account_id, declared_at in identity_limits.all_conflicts(asked.connection):
        declared = moment_of(declared_at)
        entries = room_queries.entries_about(asked.connection, code, limit=SCANNED)
        seqs = [
            one.seq
            for one in reversed(entries)
            if one.actor == account_id
            and one.action in SHOWN
            and max(declared, asked.span.since) < moment_of(one.at) < asked.span.until
        ]
        if seqs:
            events = tuple(sorted({seqs[0], seqs[-1]}))
            account = AccountId(account_id)
            rows.append(Row(account=account, code=code, count=len(seqs), events=events, since=declared))
    return rows


def questioned_interpreter(asked: Asked) -> list[Row]:
    """Words of a witness shown to somebody after the interpreter who had rendered them was put under question.

    since: when that was. Interpreters whom an account names without a number here are not known to the ledger.
    """
    rows = []
    for person in account_rows.all_accounts(asked.connection):
        flagged = interpreters.questioned_since(asked.connection, person.account_id)
        if flagged is None or flagged >= asked.span.until:
            continue
        for told in register.rows_of_interpreter(asked.connection, person.account_id):
            rows += _read_since(asked, told.code, flagged)
    return sorted(rows, key=lambda row: row.count, reverse=True)


def _read_since(asked: Asked, code: str, flagged: datetime) -> list[Row]:
    """Who read one testimony after a moment, each with how often."""
    readers: dict[str, list[StoredEntry]] = {}
    for entry in reversed(room_queries.entries_about(asked.connection, code, limit=SCANNED)):
        if max(flagged, asked.span.since) < moment_of(entry.at) < asked.span.until and _is_reading(entry):
            readers.setdefault(str(entry.actor), []).append(entry)
    return [
        Row(
            account=AccountId(actor),
            code=code,
            case_id=entries[-1].case_id,
            count=len(entries),
            events=tuple(sorted({entries[0].seq, entries[-1].seq})),
            since=flagged,
        )
        for actor, entries in readers.items()
    ]


def _is_reading(entry: StoredEntry) -> bool:
    """Whether words or files of a witness were on somebody's screen."""
    try:
        said = json.loads(entry.leaf)
        roles = frozenset(map(Role, said["roles"]))
        what = shown(Action(entry.action), tuple(said["fields"]), roles)
    except (ValueError, KeyError, TypeError):
        return False
    return entry.actor is not None and entry.outcome == "allowed" and what in READINGS


def _said(
    asked: Asked, *actions: Action, span: Span | None = None
) -> Iterator[tuple[StoredEntry, dict[str, Any]]]:
    """The entries of rare acts with what their leaves say; one that is no entry any more is left to the check."""
    names = [action.value for action in actions]
    rare = Action.REDACTION_DECIDED not in actions
    found = room_queries.entries_of(asked.connection, span or asked.span, names, rare=rare, limit=SCANNED)
    for entry in found:
        try:
            said = json.loads(entry.leaf)
        except ValueError:
            continue
        if isinstance(said, dict) and isinstance(said.get("fields"), list):
            yield entry, said
