"""What follows from a new version of a consent, in its own transaction: what is stopped, cancelled or called back.

Only rows of the ledger: they are what the gate asks, so it closes with the commit. What must then leave the vault and
the reading room is noted as work, and done by whoever holds both (`carrying_out`).
"""

from dataclasses import dataclass
from datetime import timedelta

from testimony.domain.audit import Action
from testimony.domain.consent import ConsentStatus
from testimony.domain.consent_terms import Terms
from testimony.domain.purposes import Purpose
from testimony.domain.testimony import State
from testimony.policy.copies import asked_of_copies
from testimony.services.identity_sweeping import end_requests
from testimony.services.public_material import ask_for
from testimony.services.sessions import Work
from testimony.storage import consent_versions, disclosures, earlier_accounts, inbox, register, withdrawals
from testimony.storage.disclosures import RecallRow
from testimony.storage.register import RegisterRow

ANSWER_WITHIN = timedelta(days=30)
"""How long a recipient has to answer a recall."""

_ABOUT_THE_PERSON = frozenset({Purpose.CP06, Purpose.CP21})
"""To keep who they are, and to reach them again."""

_OPENING = (ConsentStatus.ACTIVE, ConsentStatus.PARTLY_WITHDRAWN)
_NEVER_VALID = (
    ConsentStatus.INVALID_NO_GUARDIAN,
    ConsentStatus.INVALID_COERCED,
    ConsentStatus.INVALID_NOT_INFORMED,
)


@dataclass(frozen=True, slots=True)
class Effects:
    """cancelled: handings-over that did not happen. to_recall: those that did and must be called back."""

    cancelled: int
    to_recall: int


def follow(work: Work, row: RegisterRow, before: Terms | None, after: Terms) -> Effects:
    """Bring the ledger to what the new version says. The caller wrote it in this unit of work."""
    fallen = (before.granted if before else frozenset()) - after.granted
    day = work.now.date().isoformat()
    if before is not None:
        kept = {one.purpose.value for one in after.decisions if one == before.decision_on(one.purpose)}
        consent_versions.carry_events(work.connection, row.code, frozenset(kept), before.version)
    consent_versions.delete_proposals(work.connection, row.code)
    if after.status is ConsentStatus.WITHDRAWN or fallen & _ABOUT_THE_PERSON:
        end_requests(work, row.code)
    if after.status is ConsentStatus.WITHDRAWN or Purpose.CP06 in fallen:
        # Whoever let no name be kept any more is known by none.
        earlier_accounts.delete_tags(work.connection, row.code)
    effects = _disclosures(work, row, after, fallen)
    ask_for(work, row, fallen, work.actor)
    if after.status is ConsentStatus.WITHDRAWN:
        register.restrict(work.connection, row.code)
        withdrawals.ask_work(work.connection, row.code, day)
    elif fallen or _asked(after) - (_asked(before) if before else frozenset()):
        withdrawals.ask_work(work.connection, row.code, day)
    if after.granted and after.status in _OPENING:
        _come_back(work, row, before, day)
    return effects


def _asked(terms: Terms) -> frozenset[str]:
    """What the witness asks of copies of files."""
    return asked_of_copies(one.conditions for one in terms.decisions if one.is_yes)


def _disclosures(work: Work, row: RegisterRow, after: Terms, fallen: frozenset[Purpose]) -> Effects:
    cancelled = recalled = 0
    for one in disclosures.disclosures_of(work.connection, row.code):
        if one.purpose not in fallen and after.granted:
            continue
        if one.state in disclosures.PENDING:
            disclosures.change_disclosure(work.connection, one, state="cancelled")
            work.log(
                Action.EXPORT_PREPARED,
                subject=("disclosure", one.disclosure_id),
                case=row.case_id,
                fields=("cancelled",),
            )
            cancelled += 1
        if one.state == "sent" and disclosures.find_recall(work.connection, one.disclosure_id) is None:
            due = (work.now.date() + ANSWER_WITHIN).isoformat()
            disclosures.insert_recall(work.connection, RecallRow(one.disclosure_id, after.version, due))
            recalled += 1
    return Effects(cancelled, recalled)


def _come_back(work: Work, row: RegisterRow, before: Terms | None, day: str) -> None:
    """A testimony that was stopped by its consent starts again from what was handed in."""
    back = State.RECEIVED
    if inbox.find_item(work.connection, row.submission_id) is not None:
        back = State.SEALED
    if row.state == State.RESTRICTED:
        register.move_state(work.connection, row.code, before=row.state, after=back.value)
        withdrawals.ask_work(work.connection, row.code, day)
    elif row.quarantined and before is not None and before.status in _NEVER_VALID:
        register.lift_quarantine(work.connection, row.code)
        register.move_state(work.connection, row.code, before=State.QUARANTINED.value, after=back.value)
