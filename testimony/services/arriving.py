"""What waits for whoever can do it, done as they sign in: erasures, indexes, withdrawals, an auditor's memory."""

from contextlib import suppress
from datetime import datetime

from testimony.domain.roles import Role
from testimony.services.alarm_watch import watch
from testimony.services.carrying_out import follow_withdrawals
from testimony.services.earlier_answers import follow_questions
from testimony.services.erasing import carry_out_waiting
from testimony.services.identity_sweeping import sweep
from testimony.services.interpreters import limit_what_is_known
from testimony.services.matching_key import pass_on
from testimony.services.reindexing import fill
from testimony.services.sessions import Session
from testimony.services.witnessing import recollect_at_sign_in
from testimony.storage.errors import ArchiveDamaged, StorageFailed


def arrive(session: Session, now: datetime) -> None:
    """Do what this session's keys reach. What belongs to nobody here is passed over."""
    carry_out_waiting(session, now, again=True)
    with suppress(ArchiveDamaged, StorageFailed):
        # An index that an upgrade left short is filled. A broken one keeps nobody out: only from inside can it be
        # checked and made anew.
        fill(session, now)
    follow_withdrawals(session, now)
    if Role.REVIEWER in session.account.roles:
        limit_what_is_known(session, now)
    follow_questions(session, now)
    pass_on(session, now)
    recollect_at_sign_in(session, now)
    if Role.CUSTODIAN in session.account.roles:
        sweep(session, now)
    watch(session.archive.archive, now)
