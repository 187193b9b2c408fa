"""When others ask to hear a witness again: how often that was, and offering the account that there is (F11).

That there is one is told to nobody without the witness's yes to being contacted (CP21), or, where investigators of a
court ask, to their contacting them (CP25); everybody else gets one and the same answer. The account itself is then
handed over like any other, under the purposes that the witness allowed and by two people.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from testimony.domain.audit import Action, DenyReason
from testimony.domain.codes import parse_code
from testimony.domain.consent import NOT_BEFORE, YES, ConsentStatus
from testimony.domain.disposal import DemandKind, DemandState
from testimony.domain.errors import Conflict, Invalid, NotFound, NotYet, Problem, Refused
from testimony.domain.purposes import Purpose
from testimony.domain.testimony import State
from testimony.policy.access import Permission, require
from testimony.services.opened_links import of_the_same_witness, same_witness_pairs
from testimony.services.sessions import Session, timestamp
from testimony.storage import consents, demands, register
from testimony.storage import demand_offers as rows
from testimony.storage.connections import Connection
from testimony.storage.consents import ConsentRow, DecisionRow
from testimony.storage.demand_offers import OfferRow

OFFERED = "existing-account-offered"
FOR_CONTACT = (Purpose.CP21, Purpose.CP25)
_CLOSED = frozenset({State.RESTRICTED, State.QUARANTINED, State.DISPOSED})
_BIND_OTHER_ACTS = frozenset({"CC04", "CC05", "CC06", "CC09", "CC10", "CC14"})
"""Conditions on what is handed over and on who reaches the witness how. Any other, but a day, does not hold here."""

_IN_FORCE = (ConsentStatus.ACTIVE, ConsentStatus.PARTLY_WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Offer:
    """An account that was offered to who asked. purpose: the witness's yes that it rested on."""

    code: str
    purpose: Purpose
    offered_on: date


@dataclass(frozen=True, slots=True)
class AskedFor:
    """How often witnesses are asked for whom one demand names. witnesses: how many it names one by one.

    most: the demands, this one among them, that name the one who is asked for most; 0 where it names nobody.
    """

    witnesses: int
    most: int


def offer_account(
    session: Session, demand_id: str, code: str, purpose: Purpose, reason: str, now: datetime
) -> None:
    """Note that the existing account is offered in place of another interview.

    Raises Refused (DR03 to DR06: then nothing is told), NotFound for a demand or a testimony that it does not
    name, NotYet before counsel was named, Conflict when it was offered, Invalid (purpose).
    """
    canonical = parse_code(code)
    with session.work(now) as work:
        require(session.account, Permission.KEEP_DEMANDS)
        demand = demands.find_demand(work.connection, demand_id)
        row = register.find_row(work.connection, canonical)
        if demand is None or row is None or canonical not in rows.codes_of_demand(work.connection, demand_id):
            raise NotFound
        if demand.state == DemandState.RECEIVED:
            raise NotYet
        of_a_court = demand.kind != DemandKind.REQUEST
        if purpose not in FOR_CONTACT or (of_a_court and purpose is not Purpose.CP25):
            raise Invalid((Problem("purpose", "not_for_asker"),))
        if any(one.code == canonical for one in rows.offers_of(work.connection, demand_id)):
            raise Conflict
        consent = consents.current_consent(work.connection, canonical)
        refusal = _why_not(State(row.state), consent, purpose, now.date())
        if refusal is not None or consent is None:
            reasons = (refusal or DenyReason.CONSENT_MISSING,)
            raise Refused(reasons, subject=("testimony", canonical), purpose=purpose)
        rows.insert_offer(
            work.connection,
            OfferRow(
                demand_id, canonical, purpose.value, consent.version, session.account.id, timestamp(now)
            ),
        )
        work.log(
            Action.WRITTEN,
            subject=("testimony", canonical),
            case=row.case_id,
            purpose=purpose,
            fields=(OFFERED, f"demand:{demand_id}", f"consent:{consent.version}"),
            detail=reason,
        )


def offers_of(session: Session, demand_id: str, now: datetime) -> tuple[Offer, ...]:
    """What was offered to those who sent one demand. Raises Refused."""
    with session.work(now) as work:
        require(session.account, Permission.KEEP_DEMANDS)
        found = rows.offers_of(work.connection, demand_id)
        for one in found:
            work.log(Action.LIST_SHOWN, subject=("testimony", one.code), fields=("offers",))
    return tuple(
        Offer(one.code, Purpose(one.purpose), datetime.fromisoformat(one.offered_at).date()) for one in found
    )


def asked_for_by(session: Session, demand_ids: Iterable[str]) -> Mapping[str, AskedFor]:
    """The numbers beside demands that were just shown with their entry. Raises Refused."""
    require(session.account, Permission.KEEP_DEMANDS)
    found = {}
    with session.reading() as connection:
        pairs = same_witness_pairs(session, connection)
        for demand_id in demand_ids:
            named = rows.codes_of_demand(connection, demand_id)
            counts = [_times(connection, code, pairs) for code in named]
            found[demand_id] = AskedFor(len(named), max(counts, default=0))
    return found


def times_asked_for(session: Session, code: str) -> int:
    """How many demands name this witness, also by other accounts of theirs. For a page that was shown with its entry.

    Raises Refused, BadCode.
    """
    require(session.account, Permission.KEEP_DEMANDS)
    with session.reading() as connection:
        return _times(connection, parse_code(code), same_witness_pairs(session, connection))


def _times(connection: Connection, code: str, pairs: tuple[frozenset[str], ...]) -> int:
    return len(rows.demands_naming(connection, of_the_same_witness(code, pairs)))


def _why_not(state: State, consent: ConsentRow | None, purpose: Purpose, today: date) -> DenyReason | None:
    if consent is None:
        return DenyReason.CONSENT_MISSING
    if state in _CLOSED or consent.status not in _IN_FORCE:
        return DenyReason.CONSENT_REFUSED
    if consent.review_due is None or today >= date.fromisoformat(consent.review_due):
        return DenyReason.CONSENT_PAST_REVIEW
    said = next((one for one in consent.decisions if one.purpose == purpose), None)
    if said is None or said.decision not in YES or not _lasts(said, today):
        return DenyReason.CONSENT_REFUSED
    begun = said.not_before is not None and date.fromisoformat(said.not_before) <= today
    held = _BIND_OTHER_ACTS | ({NOT_BEFORE} if begun else set())
    return None if held.issuperset(said.conditions) else DenyReason.CONDITION_NOT_MET


def _lasts(said: DecisionRow, today: date) -> bool:
    return said.valid_until is None or today < date.fromisoformat(said.valid_until)
