"""Carrying out what two custodians approved: one transaction over the three files, then the sealed objects.

    approved → (line of the erasure file, synced) → rows, index terms, keys and log words gone, tombstone → objects gone

Custodians hold the ledger alone, so this is done by the next session that holds all three files: at its sign-in, or at
its next request. Dies before the line: nothing happened. Between line and commit: the line is found and used by the
next try. Between commit and objects: the keys are gone; `sweeping` removes what nothing names.

A line that the ledger does not know is an erasure that a restored copy has not had: `close_erased` shuts the gate
before it at the sign-in of anyone, and it is carried out again like any other.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from testimony.domain.audit import Action, DenyReason, Outcome
from testimony.domain.disposal import ErasureState, Trouble
from testimony.policy.access import Permission, permissions_of
from testimony.services.erasure_lines import find_line, write_line
from testimony.services.erasure_statements import Burial, Decision, digest_of, open_line, verify_decision
from testimony.services.holding import holding_of
from testimony.services.opened_links import forget_links
from testimony.services.sessions import Session, Work
from testimony.storage import erasures, forgetting, indexing, originals, register
from testimony.storage.chained_lines import Line, read_lines
from testimony.storage.compartments import FILES
from testimony.storage.connections import Connection
from testimony.storage.erasures import ErasureRow, erasure_key
from testimony.storage.errors import ArchiveDamaged, StorageFailed
from testimony.storage.objects import ObjectId

FORGETTERS = forgetting.FORGETTERS


class _Stopped(Exception):
    """An erasure that is not carried out now; `trouble` is kept beside it."""

    def __init__(self, trouble: Trouble) -> None:
        self.trouble = trouble
        super().__init__(trouble)


@dataclass(frozen=True, slots=True)
class PendingReplay:
    """A line of the erasure file that this ledger has not carried out. code: None when nothing of it is here."""

    burial: Burial
    line: Line
    code: str | None


def carry_out_waiting(session: Session, now: datetime, *, again: bool = False) -> int:
    """Carry out every approved erasure that can be; return how many. Nothing without all three files.

    again: also those that were stopped before, as at each sign-in. One that is stopped is named, and in nobody's way.
    """
    if not _may_carry_out(session):
        return 0
    with session.reading() as connection:
        waiting = [row for row in erasures.approved_erasures(connection) if again or row.trouble is None]
    done = 0
    for row in waiting:
        try:
            done += _carry_out(session, row.erasure_id, now)
        except _Stopped as stopped:
            _name_trouble(session, row, stopped.trouble, now)
        except ArchiveDamaged:
            _name_trouble(session, row, Trouble.NOT_FORGOTTEN, now)
    if done:
        # Words of it may still be among those that searches remember.
        indexing.forget_words()
    return done


def close_erased(session: Session, now: datetime) -> int:
    """Make the erasures that this ledger missed its own again: the gate shuts before each. Return how many.

    Runs at every sign-in, before anything is shown. Reads one row when the ledger knows the file's last line.
    """
    with session.reading() as connection:
        known = erasures.last_line(connection)
    try:
        lines = read_lines(session.archive.directory.erasures)
        if (len(lines), lines[-1].sha256 if lines else "") == known:
            return 0
        with session.reading() as connection:
            missed = pending_replays(session, connection, lines)
            older = not set(erasures.known_lines(connection).items()) <= {
                (one.number, one.sha256) for one in lines
            }
    except ArchiveDamaged:
        missed, older = (), True
    with session.work(now) as work:
        if older:
            # An older or another file was put there: that is told at each sign-in, and `testimony check` finds it.
            work.log(Action.LOG_CHECKED, fields=("erasure-file-differs",), outcome=Outcome.DENIED)
        return sum(_adopt(session, work, replay) for replay in missed)


def pending_replays(
    session: Session, connection: Connection, lines: Sequence[Line]
) -> tuple[PendingReplay, ...]:
    """What these lines say was erased and this ledger did not carry out, with the code where it is here.

    lines: of this archive's file, or of the copy that an operator kept apart (`chained_lines.parse_lines`).
    Raises ArchiveDamaged when a line does not open or was not signed by two custodians of this archive.
    """
    keyring, key = session.archive.keyring(), erasure_key(connection)
    done = {row.erasure_id for row in erasures.all_erasures(connection, ErasureState.CARRIED_OUT.value)}
    known = erasures.known_lines(connection)
    unknown = [line for line in lines if known.get(line.number) != line.sha256]
    burials = [(open_line(keyring, connection, key, line), line) for line in unknown]
    missed = [(burial, line) for burial, line in burials if burial.decision.erasure_id not in done]
    if not missed:
        return ()
    here = {digest_of(key, code): code for code in forgetting.all_codes(connection)}
    return tuple(PendingReplay(burial, line, here.get(burial.decision.digest)) for burial, line in missed)


def _adopt(session: Session, work: Work, replay: PendingReplay) -> int:
    """Take one over: approved where the testimony is here, carried out at once where it is not."""
    burial, decision = replay.burial, replay.burial.decision
    there = erasures.find_erasure(work.connection, decision.erasure_id)
    if there is not None and there.state == ErasureState.APPROVED:
        return 0  # The process died before its commit, or the copy is of that moment: it waits as any other does.
    for other in (there, erasures.open_erasure(work.connection, decision.digest)):
        if other is not None:
            erasures.delete_erasure(work.connection, other.erasure_id)
    row = ErasureRow(
        erasure_id=decision.erasure_id,
        code=replay.code,
        digest=decision.digest,
        case_id=decision.case_id,
        cause=decision.cause,
        state=ErasureState.APPROVED.value,
        proposed_at=decision.proposed_at,
        proposer=decision.proposer,
        proposal=burial.proposal.statement,
        proposal_signature=burial.proposal.signature,
        decided_at=burial.at,
        approver=decision.approver,
        approval=burial.approval.statement,
        approval_signature=burial.approval.signature,
    )
    erasures.insert_erasure(work.connection, row)
    if replay.code is None:
        _bury(work, row, burial, replay.line)
    else:
        register.dispose(work.connection, replay.code)
    subject = ("erasure", decision.erasure_id)
    work.log(Action.DISPOSED, subject=subject, case=decision.case_id, fields=("replayed", decision.cause))
    return 1


def _carry_out(session: Session, erasure_id: str, now: datetime) -> int:
    """One erasure, whole. Raises _Stopped; nothing of it has happened then."""
    with forgetting.references_checked(), session.work(now) as work:
        row = erasures.find_erasure(work.connection, erasure_id)
        if row is None or row.state != ErasureState.APPROVED or row.code is None:
            return 0  # Another session was first.
        decision = _require_decided(session, work.connection, row)
        earlier = _earlier_line(session, work.connection, decision)
        _require_free(session, work.connection, row.code, decision, earlier)
        there = forgetting.inventory(work.connection, row.code)
        forget_links(session, work.connection, row.code)
        forgetting.forget_everywhere(work.connection, row.code)
        if forgetting.remains(work.connection, row.code):
            # A table that no forgetter knows: better not erased, and said, than erased in part.
            raise _Stopped(Trouble.NOT_FORGOTTEN)
        work.log(
            Action.DISPOSED,
            subject=("erasure", erasure_id),
            case=row.case_id,
            fields=("carried-out", row.cause),
            count=len(there.objects),
        )
        burial, line = earlier or _write_line(session, work, row, decision, there.record)
        # From here the line is on disk; the commit makes the ledger agree with it.
        _bury(work, row, burial, line)
    _delete_objects(session, there.objects)
    return 1


def _require_decided(session: Session, connection: Connection, row: ErasureRow) -> Decision:
    try:
        key = erasure_key(connection)
        decision = verify_decision(session.archive.keyring(), connection, key, row.proposed, row.approved)
    except ArchiveDamaged:
        raise _Stopped(Trouble.NOT_SIGNED) from None
    said = (decision.erasure_id, decision.digest, decision.case_id, decision.cause)
    if said != (row.erasure_id, digest_of(key, row.code or ""), row.case_id, row.cause):
        raise _Stopped(Trouble.NOT_SIGNED)
    return decision


def _require_free(
    session: Session,
    connection: Connection,
    code: str,
    decision: Decision,
    earlier: tuple[Burial, Line] | None,
) -> None:
    """The rules once more, at the last moment, with what only the vault knows: who signed the account."""
    registered = register.find_row(connection, code)
    if registered is None:
        return
    original = originals.find_original(connection, code)
    heard_by = {registered.interviewer_id, registered.interpreter_id}
    heard_by |= set() if original is None else {original.interviewer_id}
    if {decision.proposer, decision.approver} & heard_by:
        raise _Stopped(Trouble.SAME_PERSON)
    holding = holding_of(session.archive.keyring(), connection, code, registered.case_id)
    # What was carried out once is carried out again in a restored copy, whatever held it before that day.
    if holding.broken or (holding.held and (earlier is None or holding.since > earlier[0].at)):
        raise _Stopped(Trouble.HELD)


def _earlier_line(session: Session, connection: Connection, decision: Decision) -> tuple[Burial, Line] | None:
    try:
        return find_line(session, connection, decision)
    except ArchiveDamaged:
        raise _Stopped(Trouble.LIST_CHANGED) from None


def _write_line(
    session: Session, work: Work, row: ErasureRow, decision: Decision, record: Mapping[str, object]
) -> tuple[Burial, Line]:
    try:
        return write_line(session, work, row, decision, record)
    except ArchiveDamaged:
        raise _Stopped(Trouble.LIST_CHANGED) from None


def _bury(work: Work, row: ErasureRow, burial: Burial, line: Line) -> None:
    erasures.replace_erasure(
        work.connection,
        row,
        state=ErasureState.CARRIED_OUT.value,
        code=None,
        trouble=None,
        carried_out_at=burial.at,
        executor=burial.executor,
        tombstone=burial.tombstone.statement,
        tombstone_signature=burial.tombstone.signature,
        line_no=line.number,
        line_sha256=line.sha256,
    )


def _name_trouble(session: Session, row: ErasureRow, trouble: Trouble, now: datetime) -> None:
    reason = DenyReason.LEGAL_HOLD if trouble is Trouble.HELD else DenyReason.INTEGRITY_FAILED
    with session.work(now) as work:
        if row.trouble != trouble:
            erasures.replace_erasure(work.connection, row, trouble=trouble.value)
            work.log(
                Action.DISPOSED,
                subject=("erasure", row.erasure_id),
                case=row.case_id,
                fields=("not-carried-out", trouble.value),
                outcome=Outcome.DENIED,
                reasons=(reason,),
            )


def _delete_objects(session: Session, objects: Sequence[ObjectId]) -> None:
    for object_id in objects:
        with suppress(ArchiveDamaged, StorageFailed, OSError):
            session.archive.objects.delete(object_id)


def _may_carry_out(session: Session) -> bool:
    holds_all = all(compartment in session.archive.secrets for compartment in FILES)
    return holds_all and Permission.CARRY_OUT_ERASURE in permissions_of(session.account.roles)
