"""A witness takes back what was allowed: whole or purpose by purpose, through any interviewer or custodian.

    code → what stands → which → done

One transaction over every file that this session holds: the new version and its signature, the state, the cancelled
and the recalled, the note of what remains to be done, the entry. Dies before the commit: nothing happened, and the page
says so. Dies after it: the gate is closed, since it asks these rows; what lies in files that this person cannot open
waits in `withdrawal_work` and goes with the next session that holds them.
"""

from dataclasses import dataclass
from datetime import date, datetime

from testimony.domain.audit import Action
from testimony.domain.consent import ConsentStatus
from testimony.domain.consent_terms import CHANNELS, RECOGNISED_BY, Terms, withdrawn
from testimony.domain.errors import Conflict, Invalid, NotFound, Problem
from testimony.domain.purposes import Purpose
from testimony.domain.roles import Role
from testimony.domain.testimony import State
from testimony.policy.access import Permission
from testimony.services.carrying_out import carry_out, holds_both
from testimony.services.closings import Kind, note_closing
from testimony.services.consent_effects import Effects, follow
from testimony.services.consent_versions import Taken, current_terms, put_version, signed_version
from testimony.services.finding_consent import find, found, require_code
from testimony.services.sessions import Session, Work
from testimony.storage import consents, withdrawals
from testimony.storage.register import RegisterRow
from testimony.storage.withdrawals import WithdrawalRow

ALL = frozenset(Purpose)
"""Everything that was allowed."""

RECEIPTS = ("given", "refused_unsafe")


@dataclass(frozen=True, slots=True)
class Standing:
    """What a testimony allows, for who takes it back. Nothing else of it is told."""

    code: str
    purposes: tuple[Purpose, ...]
    is_taken_back: bool


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What was taken back. version: of the consent it made. purposes: those that fell, dependants included."""

    code: str
    version: int
    purposes: tuple[Purpose, ...]
    is_whole: bool
    effects: Effects


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the witness may take away. No content. language: ISO 639-3, of the consent; None when unknown."""

    code: str
    version: int
    withdrawn_on: date
    purposes: tuple[Purpose, ...]
    is_whole: bool
    language: str | None
    receipt: str
    confirmed_on: date | None


def what_stands(session: Session, code: str, now: datetime) -> Standing:
    """Raises Refused, NotFound, Throttled."""
    with found(session, code, Permission.WITHDRAW_CONSENT, now) as (work, row):
        terms = current_terms(work.connection, row)
        granted = tuple(sorted(terms.granted)) if terms else ()
        work.log(
            Action.ITEM_SHOWN,
            subject=("testimony", row.code),
            case=row.case_id,
            fields=("allowed-purposes",),
            count=len(granted),
        )
    return Standing(row.code, granted, row.state == State.RESTRICTED)


def withdraw(
    session: Session, code: str, purposes: frozenset[Purpose], taken: Taken, now: datetime
) -> Withdrawal:
    """Take back these purposes, and what rests on them; `ALL` takes back everything.

    Raises Refused, NotFound, Throttled; Invalid with fields purposes, recognised_by, channel; Conflict when nothing of
    it stands any more.
    """
    with found(session, code, Permission.WITHDRAW_CONSENT, now) as (work, row):
        _require_taken(taken, purposes)
        before = current_terms(work.connection, row) or _nothing_allowed()
        if before.status is ConsentStatus.WITHDRAWN or (purposes != ALL and not purposes & before.granted):
            raise Conflict
        after = withdrawn(before, purposes, now.date())
        fallen = tuple(sorted(before.granted - after.granted))
        signed = signed_version(session, work, row.code, after, taken)
        # From here to the commit: all of it is on disk with its entry, or nothing happened.
        put_version(work, row, after, signed, "withdrawn", *fallen)
        effects = follow(work, row, before, after)
        if fallen:
            note_closing(session, work, Kind.CONSENT, row.code, frozenset(fallen))
        whole = not after.granted
        withdrawals.insert_withdrawal(
            work.connection,
            WithdrawalRow(
                code=row.code,
                version=after.version,
                purposes="," + "".join(f"{purpose}," for purpose in fallen),
                is_whole=int(whole),
                withdrawn_on=now.date().isoformat(),
                channel=taken.channel,
                recognised_by=taken.recognised_by,
                taken_by=session.account.id,
            ),
        )
        if holds_both(session):
            carry_out(session, work, row.code)
    return Withdrawal(row.code, after.version, fallen, whole, effects)


def receipt(session: Session, code: str, version: int, now: datetime) -> Receipt:
    """Of a withdrawal that this interviewer took down, or for a custodian any. Raises Refused, NotFound."""
    with session.work(now) as work:
        row, noted = _my_withdrawal(session, work, code, version)
        consent = consents.find_consent(work.connection, row.code, version)
        work.log(Action.ITEM_SHOWN, subject=("testimony", row.code), case=row.case_id, fields=("receipt",))
    return Receipt(
        code=row.code,
        version=version,
        withdrawn_on=date.fromisoformat(noted.withdrawn_on),
        purposes=tuple(Purpose(one) for one in noted.codes),
        is_whole=noted.is_whole == 1,
        language=consent.language if consent else None,
        receipt=noted.receipt,
        confirmed_on=date.fromisoformat(noted.confirmed_on) if noted.confirmed_on else None,
    )


def note_receipt(session: Session, code: str, version: int, answer: str, now: datetime) -> None:
    """Whether the witness took the paper. Raises Refused, NotFound, Invalid."""
    if answer not in RECEIPTS:
        raise Invalid((Problem("receipt", "required"),))
    with session.work(now) as work:
        row, _ = _my_withdrawal(session, work, code, version)
        withdrawals.note_receipt(work.connection, row.code, version, answer)
        work.log(
            Action.CONSENT_CHANGED,
            subject=("testimony", row.code),
            case=row.case_id,
            fields=("receipt", answer),
        )


def confirm_to_witness(session: Session, code: str, version: int, now: datetime) -> None:
    """Note that the witness was told, by the safe channel, that it is done. Raises NotFound, Conflict (told before)."""
    with session.work(now) as work:
        row, _ = _my_withdrawal(session, work, code, version)
        if not withdrawals.confirm(work.connection, row.code, version, now.date().isoformat()):
            raise Conflict
        work.log(
            Action.CONSENT_CHANGED,
            subject=("testimony", row.code),
            case=row.case_id,
            fields=("told-the-witness",),
        )


def _my_withdrawal(
    session: Session, work: Work, code: str, version: int
) -> tuple[RegisterRow, WithdrawalRow]:
    row = find(session, work, require_code(code), Permission.WITHDRAW_CONSENT)
    noted = withdrawals.find_withdrawal(work.connection, row.code, version)
    mine = Role.CUSTODIAN in session.account.roles or (
        noted is not None and noted.taken_by == session.account.id
    )
    if noted is None or not mine:
        raise NotFound
    return row, noted


def _require_taken(taken: Taken, purposes: frozenset[Purpose]) -> None:
    rules = (
        (bool(purposes), "purposes", "required"),
        (taken.recognised_by in RECOGNISED_BY, "recognised_by", "required"),
        (taken.channel in CHANNELS, "channel", "required"),
    )
    if problems := tuple(Problem(name, code) for holds, name, code in rules if not holds):
        raise Invalid(problems)


def _nothing_allowed() -> Terms:
    """For a testimony whose consent is lost: nothing stands, and it can still be taken back."""
    return Terms(
        version=0,
        status=ConsentStatus.DRAFT,
        given_on=None,
        language=None,
        evidence="CE00",
        basis=None,
        review_due=None,
        reconfirm_on=None,
        minor=False,
        guardian_ok=False,
        decisions=(),
    )
