"""Who can read one testimony now, and why: grants times consent times state, by the same gate that decides
when somebody reads.

Custodians hold no key to the reading room, so what a release hides is not known here: it is taken to be as
its approval says.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from testimony.domain.accounts import AccountState
from testimony.domain.audit import Action, DenyReason
from testimony.domain.codes import parse_code
from testimony.domain.errors import NotFound, Refused
from testimony.domain.grants import Grant
from testimony.domain.purposes import Purpose, audience_of
from testimony.policy.access import Permission, require
from testimony.policy.facts import Facts, Use, facts_from_row
from testimony.policy.gate import permit
from testimony.services.granting import grants_in_force
from testimony.services.sessions import Session
from testimony.storage import accounts as account_rows
from testimony.storage import consents as consent_rows
from testimony.storage import register as register_rows
from testimony.storage.compartments import Compartment
from testimony.storage.consents import ConsentRow, DecisionRow
from testimony.storage.register import RegisterRow


@dataclass(frozen=True, slots=True)
class PurposeVerdict:
    """reasons: why not; empty when it may be read for this purpose."""

    purpose: Purpose
    reasons: tuple[DenyReason, ...]


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody with a grant on the case. until: when the last of their grants ends."""

    handle: str
    until: datetime
    verdicts: tuple[PurposeVerdict, ...]


@dataclass(frozen=True, slots=True)
class Readers:
    """released_to: people with a grant on the case. original_to: handles of those who hold the vault's key."""

    released_to: tuple[Reader, ...]
    original_to: tuple[str, ...]


def who_can_read(session: Session, code: str, now: datetime) -> Readers:
    """Raises Refused, BadCode, NotFound."""
    canonical = parse_code(code)
    with session.work(now) as work:
        require(session.account, Permission.SEE_WHO_CAN_READ)
        row = register_rows.find_row(work.connection, canonical)
        if row is None:
            raise NotFound
        consent = consent_rows.current_consent(work.connection, canonical)
        people = [
            person
            for person in account_rows.all_accounts(work.connection)
            if person.state != AccountState.SUSPENDED
        ]
        released_to = []
        for person in people:
            found = grants_in_force(session, work.connection, person.account_id, now)
            grants = tuple(grant for grant in found if grant.case_id == row.case_id)
            if grants:
                use = Use(person.account_id, grants)
                verdicts = tuple(_verdict(use, purpose, row, consent, now) for purpose in _purposes(grants))
                released_to.append(
                    Reader(person.handle, max(grant.valid_until for grant in grants), verdicts)
                )
        keyring = session.archive.keyring()
        original_to = tuple(
            person.handle for person in people if Compartment.VAULT in keyring.slots_of(person.account_id)
        )
        work.log(
            Action.ITEM_SHOWN,
            subject=("testimony", canonical),
            case=row.case_id,
            fields=("readers",),
            count=len(released_to),
        )
    return Readers(tuple(released_to), original_to)


def _purposes(grants: Iterable[Grant]) -> tuple[Purpose, ...]:
    return tuple(sorted(frozenset[Purpose]().union(*(grant.purposes for grant in grants))))


def _verdict(
    use: Use, purpose: Purpose, row: RegisterRow, consent: ConsentRow | None, now: datetime
) -> PurposeVerdict:
    try:
        permit(use, purpose, audience_of(purpose), _facts(use, purpose, row, consent), now)
    except Refused as refusal:
        return PurposeVerdict(purpose, refusal.reasons)
    return PurposeVerdict(purpose, ())


def _facts(use: Use, purpose: Purpose, row: RegisterRow, consent: ConsentRow | None) -> Facts:
    decision = _decision(consent, purpose)
    return facts_from_row(
        {
            "case_id": row.case_id,
            "state": row.state,
            "tag_s": row.tag_s,
            "tag_c": row.tag_c,
            "tag_p": row.tag_p,
            "tag_r4": row.tag_r4,
            "minor": row.minor,
            "guardian_ok": row.guardian_ok,
            "quarantined": row.quarantined,
            "status": consent and consent.status,
            "basis": consent and consent.basis,
            "review_due": consent and consent.review_due,
            "decision": decision and decision.decision,
            "conditions": decision and "".join(f",{code}" for code in decision.conditions) + ",",
            "not_before": decision and decision.not_before,
            "valid_until": decision and decision.valid_until,
            "is_named_reader": int(decision is not None and use.account_id in decision.readers),
            "release_rank": audience_of(purpose).rank,
            "hides_named_details": 1,
            "residual_checked": 1,
        }
    )


def _decision(consent: ConsentRow | None, purpose: Purpose) -> DecisionRow | None:
    if consent is None:
        return None
    return next((decision for decision in consent.decisions if decision.purpose == purpose), None)
