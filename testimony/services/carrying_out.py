"""Letting vault and reading room follow a consent that changed. Who withdrew could perhaps open neither.

The gate closed when the ledger was written; this removes what then lies there unread: texts and index entries of
releases that no purpose serves any more, keys of released files, approvals, coded acts, and of a testimony that was
taken back whole also the index of its original. One testimony a transaction over all three files, the note of the work
in it: dies before the commit, and the note is still there for the next session; after it, both are gone.
"""

from contextlib import suppress
from datetime import datetime

from testimony.domain.audit import Action
from testimony.domain.errors import IntegrityFailed, NotYet
from testimony.domain.purposes import Audience
from testimony.domain.testimony import State
from testimony.services.copy_conditions import still_met
from testimony.services.releasing import allows_some_use
from testimony.services.sessions import Session, Work
from testimony.services.under_review import move, settle_state
from testimony.storage import (
    acts,
    consents,
    originals,
    originals_index,
    redaction_sets,
    register,
    released_files,
    releases,
    withdrawals,
)
from testimony.storage.compartments import Compartment
from testimony.storage.errors import ArchiveDamaged, StorageFailed
from testimony.storage.register import RegisterRow

BATCH = 10
"""Testimonies a request carries out at most; the next request goes on."""


def holds_both(session: Session) -> bool:
    return {Compartment.VAULT, Compartment.READING_ROOM} <= session.archive.secrets.keys()


def carry_out_waiting(session: Session, now: datetime, limit: int = BATCH) -> int:
    """Do what waits, if this session holds both files; return how many testimonies were brought up to date."""
    if not holds_both(session):
        return 0
    with session.reading() as connection:
        waiting = withdrawals.waiting_work(connection, limit)
    for code, _ in waiting:
        with session.work(now) as work:
            carry_out(session, work, code)
    return len(waiting)


def follow_withdrawals(session: Session, now: datetime) -> None:
    """The same at a sign-in or a request. What fails keeps nobody out: the gate is closed already, the note stays."""
    with suppress(ArchiveDamaged, StorageFailed, IntegrityFailed, NotYet):
        carry_out_waiting(session, now)


def carry_out(session: Session, work: Work, code: str) -> None:
    """The same for one testimony, in the caller's unit of work. Nothing when somebody did it meanwhile."""
    row = register.find_row(work.connection, code)
    if not withdrawals.end_work(work.connection, code) or row is None:
        return
    taken_back = row.state == State.RESTRICTED
    retired = _close_layers(work, row, everything=taken_back)
    _close_copies(work, code)
    if taken_back:
        today = work.now.date().isoformat()
        acts.withdraw_acts_of(work.connection, code, by=session.account.id, on=today)
        originals_index.remove_original(work.connection, code)
    elif originals.find_original(work.connection, code) is not None:
        originals_index.put_original(work.connection, code)
    _settle(work, row)
    work.log(
        Action.WRITTEN,
        subject=("testimony", code),
        case=row.case_id,
        fields=("withdrawal-carried-out",),
        count=retired,
    )


def _close_layers(work: Work, row: RegisterRow, *, everything: bool) -> int:
    """End what was released, approved or proposed for audiences that nothing allowed serves any more."""
    consent = consents.current_consent(work.connection, row.code)
    retired = 0
    for audience in Audience:
        if not everything and consent is not None and allows_some_use(consent, audience):
            continue
        standing = releases.release_for(work.connection, row.code, audience.value)
        if standing is not None:
            releases.retire_release(work.connection, standing.id)
            retired += 1
        released_files.close_files(work.connection, row.code, audience.value)
        for layer in redaction_sets.open_sets(work.connection, (row.code,)):
            if layer.audience == audience:
                redaction_sets.change_set(work.connection, layer, state="superseded")
    return retired


def _close_copies(work: Work, code: str) -> None:
    """End the copies that do not have the changed voice or the hidden faces that the consent asks for now."""
    for file in released_files.files_of(work.connection, code):
        if not still_met(work.connection, file):
            released_files.close_file(work.connection, file.file_id)


def _settle(work: Work, row: RegisterRow) -> None:
    """Say in the register what is left of a testimony that is not taken back whole."""
    if row.state == State.RELEASED and releases.current_release(work.connection, row.code, 2) is None:
        move(work, row, State.REDACTION_DRAFT)
    elif row.state in (State.REDACTION_REVIEWED, State.RELEASABLE):
        settle_state(work, row.code)
