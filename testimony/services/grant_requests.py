"""Asking for a grant and answering: one person asks and signs, another custodian approves and signs, or refuses.

    asked ── given (a grant of the same id) ── ended by hand, or by its day
         ├── refused
         └── taken back

The investigator asks for themself, or a custodian proposes. Who asked and who will read may never approve. A closed
part of the case has its own reason and its own approval: what is not approved by name is not given.
"""

import hashlib
import secrets
from datetime import datetime

from crypto.labels import Label
from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action, DenyReason
from testimony.domain.errors import Conflict, Invalid, NotFound, Problem, Refused
from testimony.domain.grants import Grant, GrantRequest
from testimony.policy.access import Permission, permissions_of, require
from testimony.services.certificates import sign_statement
from testimony.services.grant_checks import (
    REASON,
    Approval,
    Wanted,
    case_problems,
    reader_of,
    renewal_problems,
    require_grantable,
    words_problems,
)
from testimony.services.sealed_words import hash_of, keep_words, with_salt
from testimony.services.sessions import Session, Work, timestamp
from testimony.services.two_people import counted_custodian
from testimony.services.verified_grants import (
    ASKED,
    GIVEN,
    REFUSED,
    TAKEN_BACK,
    changes_of,
    verified_request,
)
from testimony.storage import grant_requests as rows
from testimony.storage import grants as grant_rows
from testimony.storage.connections import Connection
from testimony.storage.grant_requests import RequestRow
from testimony.storage.grants import GrantRow


def ask(session: Session, wanted: Wanted, now: datetime) -> str:
    """Sign a request and keep it; return its id, which is that of its grant when there is one.

    Raises Refused (DR12: an investigator asks for themself alone), and Invalid with fields: handle (unknown,
    not_investigator, takes_testimonies), case_id (unknown, not_open, wall, no_second_custodian), valid_until,
    purposes, reason and part_S … (required, too_long), renews (unknown, too_early, other).
    """
    with session.work(now) as work:
        require(session.account, _permission(session))
        reader = reader_of(session, work.connection, wanted)
        problems = [
            *words_problems(wanted),
            *case_problems(session, work, reader, wanted.case_id),
            *renewal_problems(session, work, reader, wanted),
            *([Problem("valid_until", "out_of_range")] if wanted.valid_until <= now else []),
        ]
        if problems:
            raise Invalid(tuple(problems))
        words = {REASON: wanted.reason.strip()} | {
            part.value: why.strip() for part, why in wanted.closed_parts.items()
        }
        salted = with_salt(words)
        asked = _request(session, wanted, reader, hash_of(salted), now)
        signed = sign_statement(
            asked.to_document(), session.account.id, session.keys.signing, Label.GRANT_REQUEST
        )
        rows.insert_request(work.connection, RequestRow(asked.id, reader, asked.case_id, signed))
        keep_words(session, work.connection, (asked.id, "asked"), salted, (reader, session.account.id))
        _log(work, ASKED, asked, "\n".join(f"{name}: {word}" for name, word in words.items()))
    return asked.id


def approve(session: Session, grant_id: str, approval: Approval, reason: str, now: datetime) -> Grant:
    """Sign the grant that a request asks for, as far as it is approved. reason: for who asked, and for auditors.

    Raises Refused (DR12 for who asked or will read, DR13 for a wall), NotFound, Conflict when it was answered or is
    stale, ArchiveDamaged when the request is not what was signed, Invalid with fields case_id (not_open), handle.
    """
    with session.work(now) as work:
        require(session.account, Permission.GRANT)
        row, asked = _open_request(session, work, grant_id, now)
        _require_second_person(session, work, asked)
        require_grantable(session, work, asked, approval)
        given = Grant(
            id=asked.id,
            account_id=asked.account_id,
            case_id=asked.case_id,
            purposes=asked.purposes,
            closed_parts=asked.closed_parts & approval.closed_parts,
            originals=asked.originals and approval.originals,
            valid_from=asked.valid_from,
            valid_until=asked.valid_until,
            granted_by=session.account.id,
            requested_by=asked.requested_by,
            request_sha256=hashlib.sha256(row.signed.statement).hexdigest(),
            renews=asked.renews,
        )
        signed = sign_statement(given.to_document(), session.account.id, session.keys.signing, Label.GRANT)
        grant_rows.insert_grant(
            work.connection, GrantRow(given.id, given.account_id, given.case_id, signed, None)
        )
        rows.decide_request(work.connection, grant_id, "given", session.account.id, timestamp(now))
        _keep_answer(session, work, asked, reason)
        _log(work, GIVEN, given, reason)
    return given


def refuse(session: Session, grant_id: str, reason: str, now: datetime) -> None:
    """Answer no. reason: who asked reads it, and auditors.

    Raises Refused (DR12 for who asked or will read), NotFound, Conflict when it was answered; Invalid without a reason.
    """
    with session.work(now) as work:
        require(session.account, Permission.GRANT)
        _, asked = _open_request(session, work, grant_id, None)
        _require_second_person(session, work, asked)
        if not reason.strip():
            raise Invalid((Problem(REASON, "required"),))
        rows.decide_request(work.connection, grant_id, "refused", session.account.id, timestamp(now))
        _keep_answer(session, work, asked, reason)
        _log(work, REFUSED, asked, reason)


def take_back(session: Session, grant_id: str, now: datetime) -> None:
    """Take back what one asked oneself, before it is answered. Raises Refused, NotFound, Conflict."""
    with session.work(now) as work:
        require(session.account, _permission(session))
        row = rows.find_request(work.connection, grant_id)
        if row is None or row.signed.signer != session.account.id:
            raise NotFound
        _, asked = _open_request(session, work, grant_id, None)
        rows.decide_request(work.connection, grant_id, "taken-back", session.account.id, timestamp(now))
        _log(work, TAKEN_BACK, asked, None)


def is_answered(connection: Connection, grant_id: str) -> bool:
    """Whether the log says that a request was given, refused or taken back, whatever its row says."""
    return any(what in (GIVEN, REFUSED, TAKEN_BACK) for what, *_ in changes_of(connection, grant_id))


def _permission(session: Session) -> Permission:
    """A custodian proposes by one right, an investigator asks by another; who has neither has the first lacking."""
    if Permission.ASK_GRANT in permissions_of(session.account.roles):
        return Permission.ASK_GRANT
    return Permission.GRANT


def _request(
    session: Session, wanted: Wanted, reader: AccountId, words_sha256: str, now: datetime
) -> GrantRequest:
    return GrantRequest(
        id=secrets.token_hex(8),
        account_id=reader,
        case_id=wanted.case_id,
        purposes=wanted.purposes,
        closed_parts=frozenset(wanted.closed_parts),
        originals=wanted.originals,
        valid_from=wanted.valid_from,
        valid_until=wanted.valid_until,
        requested_by=session.account.id,
        requested_at=now,
        words_sha256=words_sha256,
        renews=wanted.renews,
    )


def _open_request(
    session: Session, work: Work, grant_id: str, now: datetime | None
) -> tuple[RequestRow, GrantRequest]:
    """A request that waits, verified. now: when it must not be stale either."""
    row = rows.find_request(work.connection, grant_id)
    if row is None:
        raise NotFound
    asked = verified_request(session.archive.keyring(), work.connection, row)
    # The log is asked as well: a row that was set back to waiting would else be answered twice.
    if row.outcome != "waiting" or is_answered(work.connection, grant_id):
        raise Conflict
    if now is not None and asked.is_stale_at(now):
        raise Conflict
    return row, asked


def _require_second_person(session: Session, work: Work, asked: GrantRequest) -> None:
    if session.account.id in (asked.requested_by, asked.account_id):
        raise Refused((DenyReason.SAME_PERSON,), subject=("grant", asked.id))
    counted_custodian(session.archive.keyring(), work.connection, session.account.id)


def _keep_answer(session: Session, work: Work, asked: GrantRequest, reason: str) -> None:
    people = (asked.account_id, asked.requested_by)
    salted = with_salt({REASON: reason.strip()})
    keep_words(session, work.connection, (asked.id, "answered"), salted, people)


def _log(work: Work, what: str, about: GrantRequest | Grant, detail: str | None) -> None:
    work.log(
        Action.GRANT_CHANGED,
        subject=("grant", about.id),
        case=about.case_id,
        fields=(
            what,
            f"to:{about.account_id}",
            *sorted(about.purposes),
            *(f"part:{part}" for part in sorted(about.closed_parts)),
            *(("originals",) if about.originals else ()),
        ),
        detail=detail,
    )
