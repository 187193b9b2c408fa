"""Erasure of a testimony: proposed by one custodian, approved by another, both signed. Carried out elsewhere
(`erasing`), by whoever holds the files.

The approval closes the gate in its own transaction: from then on nobody reads the testimony, whoever holds keys.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action
from testimony.domain.codes import parse_code
from testimony.domain.disposal import Cause, ErasureState, Trouble
from testimony.domain.errors import Conflict, Invalid, NotFound, Problem
from testimony.domain.testimony import State
from testimony.policy.access import Permission, require
from testimony.policy.disposal import Disposal, require_may_approve, require_may_propose
from testimony.services.closings import Kind, note_closing
from testimony.services.consent_versions import current_terms
from testimony.services.erasure_statements import digest_of, sign_approval, sign_proposal, verify_decision
from testimony.services.holding import holding_of
from testimony.services.sessions import Session, Work, timestamp
from testimony.storage import accounts as account_rows
from testimony.storage import disclosures, erasures, register
from testimony.storage.connections import Connection
from testimony.storage.erasures import ErasureRow, erasure_key
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.register import RegisterRow


@dataclass(frozen=True, slots=True)
class ErasureView:
    """One erasure on the pages. code: None once it is carried out or refused. recalls: who did not answer a recall."""

    id: str
    code: str | None
    case_id: str
    cause: Cause
    state: ErasureState
    proposed_by: str
    proposed_at: str
    decided_by: str | None
    decided_at: str | None
    trouble: Trouble | None
    carried_out_at: str | None
    carried_out_by: str | None
    is_mine: bool
    recalls: int = 0


def propose_erasure(
    session: Session, code: str, cause: Cause, reason: str, now: datetime, *, although_recalled: bool = False
) -> str:
    """Propose to erase a testimony; return the id of the erasure. reason: sealed to auditors.

    although_recalled: they know that recipients did not answer a recall: with the testimony goes whom to ask. Raises
    Invalid with field although_recalled where that was not said; Refused (DR11 while it is held, DR12 for who took it,
    DR16 when what is stored of holds is not what was signed), BadCode, NotFound, Conflict when one is open already.
    """
    canonical = parse_code(code)
    with session.work(now) as work:
        require(session.account, Permission.ERASE)
        row = _require_there(work.connection, canonical)
        _require_known(work.connection, canonical, although_recalled=although_recalled)
        require_may_propose(disposal_of(session, work.connection, row), session.account.id)
        key = erasure_key(work.connection)
        digest = digest_of(key, canonical)
        if erasures.open_erasure(work.connection, digest) is not None:
            raise Conflict
        erasure_id = secrets.token_hex(8)
        signed = sign_proposal(session, key, erasure_id, (canonical, row.case_id), cause.value, now)
        erasures.insert_erasure(
            work.connection,
            ErasureRow(
                erasure_id=erasure_id,
                code=canonical,
                digest=digest,
                case_id=row.case_id,
                cause=cause.value,
                state=ErasureState.PROPOSED.value,
                proposed_at=timestamp(now),
                proposer=session.account.id,
                proposal=signed.statement,
                proposal_signature=signed.signature,
            ),
        )
        _log(work, row.case_id, erasure_id, ("erasure-proposed", cause.value), reason)
        work.log(
            Action.WRITTEN,
            subject=("testimony", canonical),
            case=row.case_id,
            fields=("erasure-proposed", cause.value),
        )
    return erasure_id


def approve_erasure(
    session: Session, erasure_id: str, reason: str, now: datetime, *, although_recalled: bool = False
) -> None:
    """Approve it, as the second custodian: nobody reads the testimony from here on, and it cannot be taken back.

    Raises Invalid as `propose_erasure`; Refused (DR11, DR12, DR16), NotFound, Conflict when it does not wait for it.
    """
    with session.work(now) as work:
        require(session.account, Permission.ERASE)
        before = _require_proposed(work.connection, erasure_id)
        row = _require_there(work.connection, before.code or "")
        _require_known(work.connection, row.code, although_recalled=although_recalled)
        asked = disposal_of(session, work.connection, row)
        require_may_approve(asked, before.proposer, session.account.id)
        signed = sign_approval(session, before.proposed, erasure_id, now)
        decision = verify_decision(
            session.archive.keyring(),
            work.connection,
            erasure_key(work.connection),
            before.proposed,
            signed,
        )
        if (decision.erasure_id, decision.digest, decision.case_id) != (
            erasure_id,
            digest_of(erasure_key(work.connection), row.code),
            row.case_id,
        ):
            raise ArchiveDamaged
        after = erasures.replace_erasure(
            work.connection,
            before,
            state=ErasureState.APPROVED.value,
            decided_at=timestamp(now),
            approver=signed.signer,
            approval=signed.statement,
            approval_signature=signed.signature,
        )
        if after is None or not register.move_state(
            work.connection, row.code, before=row.state, after=State.DISPOSED.value
        ):
            raise Conflict
        _log(work, row.case_id, erasure_id, ("erasure-approved", before.cause), reason)
        # Until it is carried out no line of erasures.jsonl tells of it; a copy put back meanwhile at least closes.
        terms = current_terms(work.connection, row)
        if terms is not None and terms.granted:
            note_closing(session, work, Kind.CONSENT, row.code, terms.granted)


def refuse_erasure(session: Session, erasure_id: str, reason: str, now: datetime) -> None:
    """Refuse a proposal, or take one's own back. Raises Refused, NotFound, Conflict."""
    with session.work(now) as work:
        require(session.account, Permission.ERASE)
        before = _require_proposed(work.connection, erasure_id)
        refused = erasures.replace_erasure(
            work.connection,
            before,
            state=ErasureState.REFUSED.value,
            decided_at=timestamp(now),
            code=None,
            **({} if session.account.id == before.proposer else {"approver": session.account.id}),
        )
        if refused is None:
            raise Conflict
        _log(work, before.case_id, erasure_id, ("erasure-refused", before.cause), reason)


def list_erasures(session: Session, now: datetime) -> tuple[ErasureView, ...]:
    """Newest first. Raises Refused."""
    with session.work(now) as work:
        require(session.account, Permission.ERASE)
        handles = handles_of(work.connection)
        views = tuple(_view(row, handles, session) for row in erasures.all_erasures(work.connection))
        work.log(Action.LIST_SHOWN, fields=("erasures",), count=len(views))
    return views


def find_erasure(session: Session, erasure_id: str, now: datetime) -> ErasureView:
    """Raises Refused, NotFound."""
    with session.work(now) as work:
        require(session.account, Permission.ERASE)
        row = erasures.find_erasure(work.connection, erasure_id)
        if row is None:
            raise NotFound
        work.log(Action.ITEM_SHOWN, subject=("erasure", erasure_id), case=row.case_id)
        recalls = 0 if row.code is None else disclosures.count_unanswered(work.connection, row.code)
        return replace(_view(row, handles_of(work.connection), session), recalls=recalls)


def count_recalls(session: Session, code: str) -> int:
    """Recipients of a testimony who were to give it back and did not answer. Raises Refused, BadCode."""
    require(session.account, Permission.ERASE)
    with session.reading() as connection:
        return disclosures.count_unanswered(connection, parse_code(code))


def was_erased(session: Session, code: str, now: datetime) -> bool:
    """Whether a testimony of this code was here and is gone. Asking does not keep the code. Raises BadCode, Refused."""
    canonical = parse_code(code)
    with session.work(now) as work:
        require(session.account, Permission.ERASE)
        work.log(Action.LIST_SHOWN, fields=("erased-code-asked",), count=1)
        return erasures.is_erased(work.connection, digest_of(erasure_key(work.connection), canonical))


def _require_known(connection: Connection, code: str, *, although_recalled: bool) -> None:
    if disclosures.count_unanswered(connection, code) and not although_recalled:
        raise Invalid((Problem("although_recalled", "required"),))


def count_to_approve(session: Session) -> int:
    """Proposals of others that wait for this custodian."""
    with session.reading() as connection:
        rows = erasures.all_erasures(connection, ErasureState.PROPOSED.value)
    return sum(row.proposer != session.account.id for row in rows)


def disposal_of(session: Session, connection: Connection, row: RegisterRow) -> Disposal:
    """What the rules ask of one testimony, holds verified now."""
    holding = holding_of(session.archive.keyring(), connection, row.code, row.case_id)
    heard_by = {row.interviewer_id, row.interpreter_id or ""} - {""}
    return Disposal(("testimony", row.code), frozenset(heard_by), holding.held, holding.broken)


def handles_of(connection: Connection) -> Mapping[str, str]:
    return {row.account_id: row.handle for row in account_rows.all_accounts(connection)}


def _require_there(connection: Connection, code: str) -> RegisterRow:
    row = register.find_row(connection, code)
    if row is None or row.state == State.DISPOSED:
        raise NotFound
    return row


def _require_proposed(connection: Connection, erasure_id: str) -> ErasureRow:
    row = erasures.find_erasure(connection, erasure_id)
    if row is None:
        raise NotFound
    if row.state != ErasureState.PROPOSED:
        raise Conflict
    return row


def _log(work: Work, case_id: str, erasure_id: str, fields: tuple[str, ...], reason: str) -> None:
    """Under the erasure's id, which outlives the testimony's code in the log."""
    work.log(Action.DISPOSED, subject=("erasure", erasure_id), case=case_id, fields=fields, detail=reason)


def _view(row: ErasureRow, handles: Mapping[str, str], session: Session) -> ErasureView:
    def handle(account_id: str | None) -> str | None:
        return None if account_id is None else handles.get(AccountId(account_id), account_id)

    return ErasureView(
        id=row.erasure_id,
        code=row.code,
        case_id=row.case_id,
        cause=Cause(row.cause),
        state=ErasureState(row.state),
        proposed_by=handles.get(row.proposer, row.proposer),
        proposed_at=row.proposed_at,
        decided_by=handle(row.approver),
        decided_at=row.decided_at,
        trouble=None if row.trouble is None else Trouble(row.trouble),
        carried_out_at=row.carried_out_at,
        carried_out_by=handle(row.executor),
        is_mine=row.proposer == session.account.id,
    )
