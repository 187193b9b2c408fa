"""Legal holds: what is held is not disposed of. A hold opens nothing to anybody.

A hold is not believed for being absent. Before anything is disposed of, every hold of the archive is verified, and the
log must not say that more were placed than there are; what is broken blocks as a hold does.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from crypto.labels import Label
from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action, DenyReason
from testimony.domain.codes import parse_code
from testimony.domain.disposal import HoldCause, HoldScope
from testimony.domain.errors import BadCode, Conflict, Invalid, NotFound, Problem, Refused
from testimony.policy.access import Permission, require
from testimony.policy.disposal import require_two
from testimony.services.certificates import read_statement, sign_statement
from testimony.services.custodian_words import seal_words
from testimony.services.erasure_statements import digest_of, key_name
from testimony.services.sessions import Session, Work, timestamp
from testimony.services.two_people import counted_custodian
from testimony.storage import cases, demands, holds, register
from testimony.storage.connections import Connection
from testimony.storage.erasures import erasure_key
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.holds import HoldRow
from testimony.storage.keyring import Keyring, Signed

HOLD, LIFT = "hold/1", "hold-lift/1"
LIFT_ASKED = "hold-lift-asked"
REVIEWED = "hold-reviewed"


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRequest:
    """What a custodian asks to hold. case_id: for a whole case; codes: for testimonies. authority: who ordered it,
    sealed to the custodians.
    """

    scope: HoldScope
    cause: HoldCause
    review_on: date
    authority: str
    case_id: str = ""
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Holding:
    """How the holds on one testimony stand. since: when the newest that covers it was placed, ISO 8601."""

    held: bool
    broken: bool
    since: str = ""


def place_hold(session: Session, request: HoldRequest, now: datetime) -> tuple[str, ...]:
    """Hold, at once; one hold a case. Return their ids.

    Raises Refused; Invalid with codes (required, unknown), case_id (unknown), authority (required), review_on
    (out_of_range).
    """
    with session.work(now) as work:
        require(session.account, Permission.HOLD)
        return place_in(session, work, request)


def place_in(
    session: Session, work: Work, request: HoldRequest, demand_id: str | None = None
) -> tuple[str, ...]:
    """The same inside the caller's unit of work."""
    by_case = _by_case(work.connection, request)
    problems = []
    if not request.authority.strip():
        problems.append(Problem("authority", "required"))
    if request.review_on <= work.now.date():
        problems.append(Problem("review_on", "out_of_range"))
    if problems:
        raise Invalid(tuple(problems))
    return tuple(
        _place(session, work, request, case, codes, demand_id) for case, codes in sorted(by_case.items())
    )


def _place(
    session: Session,
    work: Work,
    request: HoldRequest,
    case_id: str,
    codes: frozenset[str],
    demand_id: str | None,
) -> str:
    hold_id = f"hold-{secrets.token_hex(8)}"
    key = erasure_key(work.connection)
    document = {
        "type": HOLD,
        "archive": session.archive.keyring().archive_id,
        "hold": hold_id,
        "scope": request.scope.value,
        "case": case_id,
        "testimonies": sorted(digest_of(key, code) for code in codes),
        "key": key_name(key),
        "cause": request.cause.value,
        "review": request.review_on.isoformat(),
        "at": timestamp(work.now),
    }
    signed = sign_statement(document, session.account.id, session.keys.signing, Label.HOLD)
    row = HoldRow(
        hold_id=hold_id,
        case_id=case_id,
        demand_id=demand_id,
        scope=request.scope.value,
        cause=request.cause.value,
        words=seal_words(session, request.authority.strip(), hold_id),
        placed_at=timestamp(work.now),
        review_on=request.review_on.isoformat(),
        signer=signed.signer,
        statement=signed.statement,
        signature=signed.signature,
    )
    holds.insert_hold(work.connection, row, codes)
    fields = (holds.PLACED, request.scope.value, request.cause.value)
    work.log(Action.WRITTEN, subject=("hold", hold_id), case=case_id, fields=fields, count=len(codes))
    _follow(session.archive.keyring(), work.connection, case_id)
    return hold_id


def ask_lift(session: Session, hold_id: str, reason: str, now: datetime) -> None:
    """Propose to lift a hold; a second custodian decides. reason: sealed to auditors.

    Raises Refused, NotFound, Conflict when it is lifted or its demand is not answered.
    """
    with session.work(now) as work:
        row = _require_standing(session, work, hold_id)
        signed = _sign_lift(session, row, "asked", now)
        holds.update_hold(
            work.connection,
            hold_id,
            lift_asked_by=signed.signer,
            lift_request=signed.statement,
            lift_request_signature=signed.signature,
        )
        subject = ("hold", hold_id)
        work.log(Action.WRITTEN, subject=subject, case=row.case_id, fields=(LIFT_ASKED,), detail=reason)


def lift_hold(session: Session, hold_id: str, reason: str, now: datetime) -> None:
    """Lift it, as the second custodian. What it covered may be disposed of again.

    Raises Refused with DR12 for who asked, NotFound, Conflict.
    """
    with session.work(now) as work:
        row = _require_standing(session, work, hold_id)
        if row.lift_asked_by is None:
            raise Conflict
        require_two(row.lift_asked_by, session.account.id, ("hold", hold_id))
        signed = _sign_lift(session, row, "lifted", now)
        holds.update_hold(
            work.connection,
            hold_id,
            lifted_at=timestamp(now),
            lifted_by=signed.signer,
            lift=signed.statement,
            lift_signature=signed.signature,
        )
        subject = ("hold", hold_id)
        work.log(Action.WRITTEN, subject=subject, case=row.case_id, fields=(holds.LIFTED,), detail=reason)
        _follow(session.archive.keyring(), work.connection, row.case_id)


def keep_hold(session: Session, hold_id: str, review_on: date, reason: str, now: datetime) -> None:
    """Reviewed, and still needed: the next review. Raises Refused, NotFound, Conflict, Invalid (review_on)."""
    with session.work(now) as work:
        row = _require_standing(session, work, hold_id)
        if review_on <= now.date():
            raise Invalid((Problem("review_on", "out_of_range"),))
        # The date alone is no part of what was signed when it is moved: a later review keeps, it does not let go.
        holds.update_hold(work.connection, hold_id, review_on=review_on.isoformat())
        subject = ("hold", hold_id)
        work.log(Action.WRITTEN, subject=subject, case=row.case_id, fields=(REVIEWED,), detail=reason)


def holding_of(keyring: Keyring, connection: Connection, code: str, case_id: str) -> Holding:
    """Whether a testimony may not be disposed of, each hold verified now.

    All of them, not those of its case: an edit that moves a hold, or a testimony, to another case must not free it.
    """
    digest = digest_of(erasure_key(connection), code)
    rows = holds.all_holds(connection)
    broken = holds.count_placed(connection, Action.WRITTEN.value) > len(rows)
    since = [""]
    for row in rows:
        try:
            document = verified_hold(keyring, connection, row)
        except ArchiveDamaged:
            broken = True
            continue
        of_case = document["scope"] == HoldScope.CASE and document["case"] == case_id
        covers = of_case or digest in document["testimonies"]
        if covers and not is_lifted(keyring, connection, row):
            since.append(row.placed_at)
    return Holding(held=len(since) > 1, broken=broken, since=max(since))


def verified_hold(keyring: Keyring, connection: Connection, row: HoldRow) -> dict[str, Any]:
    """What was signed when it was placed. Raises ArchiveDamaged when it, or a column beside it, is another."""
    key = counted_custodian(keyring, connection, AccountId(row.signer))
    document = read_statement(row.placed, key, Label.HOLD)
    said = tuple(document.get(name) for name in ("type", "archive", "hold", "case", "scope", "cause", "key"))
    name = key_name(erasure_key(connection))
    if said != (HOLD, keyring.archive_id, row.hold_id, row.case_id, row.scope, row.cause, name):
        raise ArchiveDamaged
    if not isinstance(document.get("testimonies"), list) or (
        row.lifted_at and not is_lifted(keyring, connection, row)
    ):
        raise ArchiveDamaged
    return document


def is_lifted(keyring: Keyring, connection: Connection, row: HoldRow) -> bool:
    """Whether two custodians signed that it is; a column that says so counts for nothing."""
    asked, lifted = row.lift_asked, row.lift_signed
    if asked is None or lifted is None or asked.signer == lifted.signer:
        return False
    try:
        for signed, act in ((asked, "asked"), (lifted, "lifted")):
            key = counted_custodian(keyring, connection, AccountId(signed.signer))
            document = read_statement(signed, key, Label.HOLD_LIFT)
            said = (document.get("type"), document.get("archive"), document.get("hold"), document.get("act"))
            if said != (LIFT, keyring.archive_id, row.hold_id, act):
                return False
    except ArchiveDamaged:
        return False
    return True


def _sign_lift(session: Session, row: HoldRow, act: str, now: datetime) -> Signed:
    document = {
        "type": LIFT,
        "archive": session.archive.keyring().archive_id,
        "hold": row.hold_id,
        "act": act,
        "at": timestamp(now),
    }
    return sign_statement(document, session.account.id, session.keys.signing, Label.HOLD_LIFT)


def _require_standing(session: Session, work: Work, hold_id: str) -> HoldRow:
    require(session.account, Permission.HOLD)
    row = holds.find_hold(work.connection, hold_id)
    if row is None:
        raise NotFound
    try:
        verified_hold(session.archive.keyring(), work.connection, row)
    except ArchiveDamaged:
        raise Refused((DenyReason.INTEGRITY_FAILED,), subject=("hold", hold_id)) from None
    if row.lifted_at is not None:
        raise Conflict
    demand = None if row.demand_id is None else demands.find_demand(work.connection, row.demand_id)
    if demand is not None and demand.answered_on is None:
        raise Conflict
    return row


def _by_case(connection: Connection, request: HoldRequest) -> dict[str, frozenset[str]]:
    if request.scope is HoldScope.CASE:
        if cases.find_case(connection, request.case_id) is None:
            raise Invalid((Problem("case_id", "unknown"),))
        return {request.case_id: frozenset()}
    return group_codes(connection, request.codes)


def group_codes(connection: Connection, codes: Iterable[str]) -> dict[str, frozenset[str]]:
    """Codes by case. Raises Invalid: codes (required, unknown)."""
    found: dict[str, frozenset[str]] = {}
    for typed in codes:
        try:
            row = register.find_row(connection, parse_code(typed))
        except BadCode:
            row = None
        if row is None:
            raise Invalid((Problem("codes", "unknown"),))
        found[row.case_id] = found.get(row.case_id, frozenset()) | {row.code}
    if not found:
        raise Invalid((Problem("codes", "required"),))
    return found


def _follow(keyring: Keyring, connection: Connection, case_id: str) -> None:
    """Let the register say what is held; it is shown from there, and never decided by it."""
    standing = [
        row for row in holds.all_holds(connection, case_id) if not is_lifted(keyring, connection, row)
    ]
    whole = any(row.scope == HoldScope.CASE for row in standing)
    named = (code for row in standing for code in holds.codes_of(connection, row.hold_id))
    holds.mark_held(connection, case_id, whole, frozenset(named))
