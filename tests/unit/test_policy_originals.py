"""The gate before originals: each rule alone closes it, and says why."""

from dataclasses import replace
from datetime import date

import pytest

from testimony.domain.audit import DenyReason
from testimony.domain.errors import Refused
from testimony.domain.grants import ClosedPart
from testimony.domain.purposes import Purpose
from testimony.domain.testimony import State
from testimony.policy.facts import Facts, Use
from testimony.policy.originals import LYING_OPEN, original_predicate, permit_original
from tests.unit.test_policy_gate import FACTS, GRANT, NOW, READER

TO_ORIGINALS = replace(GRANT, originals=True)
USE = Use(READER, (TO_ORIGINALS,))
ORIGINAL = replace(FACTS, release_rank=None, residual_checked=False, state="received")


def refusal(facts: Facts, *, use: Use = USE, purpose: Purpose = Purpose.CP07) -> tuple[DenyReason, ...]:
    with pytest.raises(Refused) as refused:
        permit_original(use, purpose, facts, NOW)
    return refused.value.reasons


@pytest.mark.parametrize("state", State)
def test_an_original_may_be_read_from_the_opening_of_the_inbox_to_the_release(state: State) -> None:
    facts = replace(ORIGINAL, state=state.value)

    if state in LYING_OPEN:
        permit_original(USE, Purpose.CP07, facts, NOW)
    else:
        assert DenyReason.NOT_APPROVED in refusal(facts)


def test_a_grant_to_released_text_opens_no_original() -> None:
    assert refusal(ORIGINAL, use=Use(READER, (GRANT,))) == (
        DenyReason.NO_GRANT,
        DenyReason.PURPOSE_NOT_GRANTED,
    )


def test_two_grants_do_not_add_up_to_one() -> None:
    """Originals for one purpose, released text for another, and a closed part that only the second opens."""
    other = replace(
        GRANT, id="g-3", purposes=frozenset({Purpose.CP14}), closed_parts=frozenset({ClosedPart.CHILDREN})
    )
    use = Use(READER, (TO_ORIGINALS, other))

    assert refusal(ORIGINAL, use=use, purpose=Purpose.CP14) == (DenyReason.PURPOSE_NOT_GRANTED,)
    closed = replace(ORIGINAL, closed_parts=frozenset({ClosedPart.CHILDREN}))
    assert refusal(closed, use=use) == (DenyReason.NO_GRANT, DenyReason.PURPOSE_NOT_GRANTED)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"quarantined": True}, DenyReason.QUARANTINED),
        ({"status": "withdrawn"}, DenyReason.CONSENT_REFUSED),
        ({"status": None}, DenyReason.CONSENT_MISSING),
        ({"review_due": date(2026, 3, 1)}, DenyReason.CONSENT_PAST_REVIEW),
        ({"basis": None}, DenyReason.NO_LAWFUL_BASIS),
        ({"decision": "refused"}, DenyReason.CONSENT_REFUSED),
        ({"not_before": date(2026, 3, 2)}, DenyReason.CONDITION_NOT_MET),
        ({"valid_until": date(2026, 3, 1)}, DenyReason.CONSENT_PAST_REVIEW),
        ({"decision": "granted_with_conditions"}, DenyReason.CONDITION_NOT_MET),
        ({"minor": True}, DenyReason.MINOR_WITHOUT_GUARDIAN),
        ({"conditions": frozenset({"CC99"})}, DenyReason.CONDITION_NOT_MET),
        ({"conditions": frozenset({"CC10"})}, DenyReason.CONDITION_NOT_MET),
        ({"conditions": frozenset({"CC11"})}, DenyReason.CONDITION_NOT_MET),
    ],
)
def test_one_failed_rule_alone_closes_the_gate(changed: dict[str, object], reason: DenyReason) -> None:
    facts = replace(ORIGINAL, **changed)  # type: ignore[arg-type]  # the table above names fields and their values

    assert refusal(facts) == (reason,)


def test_details_to_hide_close_an_original_also_when_a_release_hides_them() -> None:
    facts = replace(ORIGINAL, conditions=frozenset({"CC04"}), hides_named_details=True)

    assert refusal(facts) == (DenyReason.CONDITION_NOT_MET,)


@pytest.mark.parametrize("condition", ["CC01", "CC05", "CC06", "CC09", "CC14"])
def test_conditions_on_others_and_on_sound_and_image_do_not_close_it(condition: str) -> None:
    permit_original(USE, Purpose.CP07, replace(ORIGINAL, conditions=frozenset({condition})), NOW)


def test_without_a_grant_to_originals_the_condition_is_the_constant_no() -> None:
    condition = original_predicate(Use(READER, (GRANT,)), Purpose.CP07, NOW)

    assert condition.sql.startswith("((0) AND (0) AND ")
    assert "gate_rank" not in condition.parameters
