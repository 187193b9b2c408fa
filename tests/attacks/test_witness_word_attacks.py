"""Attacks on the witness's word. Each test shows first that the attack is there, then that it fails."""

import pytest

from testimony.domain.errors import Refused
from testimony.domain.purposes import Audience
from testimony.domain.witness_word import WhyNotAsked, WordOfWitness
from testimony.services.releasing import release
from testimony.services.witness_word import read_to_witness, record_word, words_on
from testimony.storage.errors import CompartmentClosed
from tests.services.conftest import Clock, People, archive, clock, founded_template, people
from tests.services.test_witness_word import answer, set_of

__all__ = ["archive", "clock", "founded_template", "people"]


def test_one_person_alone_cannot_write_a_yes_over_a_no(people: People, clock: Clock) -> None:
    code, set_id = set_of(people, clock)
    record_word(people["reviewer"], set_id, answer(clock, WordOfWitness.NO), clock())
    for _ in range(3):
        record_word(people["reviewer_b"], set_id, answer(clock, WordOfWitness.YES), clock())
    unasked = answer(clock, WordOfWitness.NOT_ASKED, WhyNotAsked.UNREACHABLE)
    record_word(people["reviewer_b"], set_id, unasked, clock())

    with pytest.raises(Refused):
        release(people["reviewer_b"], code, Audience.PARTNER, clock())

    record_word(people["reviewer"], set_id, answer(clock, WordOfWitness.YES), clock())
    assert words_on(people["reviewer"], (set_id,)) == {set_id: WordOfWitness.YES}


def test_a_no_after_half_a_correction_begins_anew(people: People, clock: Clock) -> None:
    _, set_id = set_of(people, clock)
    for who, word in (
        ("reviewer", WordOfWitness.NO),
        ("reviewer", WordOfWitness.YES),
        ("reviewer_b", WordOfWitness.NO),
    ):
        record_word(people[who], set_id, answer(clock, word), clock())

    holds = record_word(people["reviewer_b"], set_id, answer(clock, WordOfWitness.YES), clock())

    assert holds is WordOfWitness.NO


@pytest.mark.parametrize("who", ["interviewer", "investigator", "auditor", "custodian"])
def test_nobody_without_the_account_prints_its_text_or_speaks_for_its_witness(
    people: People, clock: Clock, who: str
) -> None:
    _, set_id = set_of(people, clock)

    with pytest.raises((Refused, CompartmentClosed)):
        read_to_witness(people[who], set_id, clock())
    with pytest.raises((Refused, CompartmentClosed)):
        record_word(people[who], set_id, answer(clock, WordOfWitness.YES), clock())
