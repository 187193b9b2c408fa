"""Grants for tests: a custodian proposes, another approves, in one call. Knows no fixture."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from crypto.labels import Label
from crypto.passwords import unlock_bundle
from crypto.sealing import SealingKey
from crypto.signing import SigningKey
from testimony.domain.accounts import Account, AccountState
from testimony.domain.audit import Action
from testimony.domain.grants import ClosedPart, Grant
from testimony.domain.purposes import Purpose
from testimony.domain.roles import Role
from testimony.services.certificates import sign_statement
from testimony.services.grant_checks import Approval, Wanted
from testimony.services.grant_requests import approve, ask
from testimony.services.sessions import AccountKeys, Session, parse_keys
from testimony.storage import accounts as account_rows
from testimony.storage.grants import GrantRow, insert_grant
from tests.services.conftest import PASSWORD

REASON = "the office follows this case"


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRequest:
    """What is to be granted, as short as tests like it."""

    handle: str
    case_id: str
    purposes: frozenset[Purpose]
    closed_parts: frozenset[ClosedPart] = frozenset()
    valid_from: datetime
    valid_until: datetime
    originals: bool = False


def wanted(request: GrantRequest) -> Wanted:
    return Wanted(
        handle=request.handle,
        case_id=request.case_id,
        purposes=request.purposes,
        closed_parts=dict.fromkeys(request.closed_parts, "they work on just this"),
        valid_from=request.valid_from,
        valid_until=request.valid_until,
        originals=request.originals,
        reason=REASON,
    )


def grant(custodian: Session, request: GrantRequest, now: datetime) -> Grant:
    """Propose as this custodian and approve all of it as another."""
    grant_id = ask(custodian, wanted(request), now)
    approval = Approval(request.closed_parts, request.originals)
    return approve(beside(custodian, now), grant_id, approval, REASON, now)


def beside(session: Session, now: datetime, handle: str | None = None) -> Session:
    """Another custodian's session on the archive that this one has open, without a sign-in in the log."""
    keyring = session.archive.keyring()
    with session.reading() as connection:
        people = account_rows.all_accounts(connection)
    wanted = handle or next(
        p.handle for p in people if p.handle.startswith("custodian") and p.handle != session.account.handle
    )
    row = next(person for person in people if person.handle == wanted)
    bundle = keyring.accounts[row.account_id].bundle
    content = parse_keys(unlock_bundle(PASSWORD, bundle, row.account_id))
    roles = frozenset({Role.CUSTODIAN})
    return Session(
        Account(row.account_id, row.handle, row.name, roles, AccountState.ACTIVE),
        AccountKeys(SealingKey(content.sealing), SigningKey(content.signing)),
        session.archive,
        opened_at=now,
        seen_at=now,
    )


def grant_alone(custodian: Session, request: GrantRequest, now: datetime) -> Grant:
    """A grant of format 1, as the version before made it: one custodian signs alone."""
    with custodian.work(now) as work:
        row = account_rows.find_handle(work.connection, request.handle)
        assert row is not None
        given = Grant(
            id=secrets.token_hex(8),
            account_id=row.account_id,
            case_id=request.case_id,
            purposes=request.purposes,
            closed_parts=request.closed_parts,
            originals=request.originals,
            valid_from=request.valid_from,
            valid_until=request.valid_until,
            granted_by=custodian.account.id,
        )
        signed = sign_statement(
            given.to_document(), custodian.account.id, custodian.keys.signing, Label.GRANT
        )
        insert_grant(work.connection, GrantRow(given.id, row.account_id, given.case_id, signed, None))
        fields = ("given", f"to:{row.account_id}", *sorted(given.purposes))
        work.log(Action.GRANT_CHANGED, subject=("grant", given.id), case=given.case_id, fields=fields)
    return given
