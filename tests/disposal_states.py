"""Erasures, holds, demands and incidents in the states that their pages meet. Knows no fixture."""

from collections.abc import Mapping
from datetime import timedelta

from testimony.domain.disposal import Cause, DemandKind, HoldCause, HoldScope, IncidentKind
from testimony.services.affected import Loss
from testimony.services.demands import DemandRequest, instruct_counsel, record_demand
from testimony.services.erasing import carry_out_waiting
from testimony.services.erasures import approve_erasure, propose_erasure
from testimony.services.holding import HoldRequest, ask_lift, place_hold
from testimony.services.incidents import IncidentRequest, record_incident
from tests.review_room import handed_in
from tests.services.conftest import Clock, People


def disposal_states(people: People, clock: Clock) -> Mapping[str, Mapping[str, object]]:
    """Argument → state → id. Of testimonies of their own, so that no other thing changes its state."""
    first, second, interviewer = people["custodian"], people["custodian_b"], people["interviewer"]
    now = clock()
    codes = [handed_in(interviewer, now) for _ in range(4)]
    gone = propose_erasure(first, codes[0], Cause.WITNESS_WISH, "asked", now)
    approve_erasure(second, gone, "yes", now)
    carry_out_waiting(people["reviewer"], now, again=True)
    mine = propose_erasure(first, codes[1], Cause.WITNESS_WISH, "asked", now)
    theirs = propose_erasure(second, codes[2], Cause.WITNESS_WISH, "asked", now)
    request = HoldRequest(
        scope=HoldScope.TESTIMONY,
        cause=HoldCause.WITNESS,
        review_on=(now + timedelta(days=60)).date(),
        authority="the witness",
        codes=(codes[3],),
    )
    (held,), (to_lift,) = place_hold(first, request, now), place_hold(second, request, now)
    ask_lift(second, to_lift, "no longer wished", now)
    demand = DemandRequest(
        received_on=now.date(), kind=DemandKind.REQUEST, words="a ministry", codes=(codes[3],)
    )
    new, with_counsel = record_demand(first, demand, now), record_demand(first, demand, now)
    instruct_counsel(first, with_counsel, "counsel has it", now)
    incident = IncidentRequest(
        kind=IncidentKind.DEVICE_LOST, found_at=now, words="on a bus", loss=Loss(handle="interviewer-1")
    )
    return {
        "erasure_id": {"carried_out": gone, "mine": mine, "theirs": theirs, "unknown": "0" * 16},
        "hold_id": {"held": held, "to_lift": to_lift, "unknown": "hold-" + "0" * 16},
        "demand_id": {"new": new, "with_counsel": with_counsel, "unknown": "0" * 16},
        "incident_id": {"open": record_incident(first, incident, now), "unknown": "0" * 16},
    }
