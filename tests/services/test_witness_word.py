"""The witness's word: what it is given on, what it stops, and what is kept of it."""

import json
from dataclasses import fields
from datetime import timedelta

import pytest

from testimony.domain.audit import DenyReason
from testimony.domain.errors import Conflict, Invalid, NotFound, Refused
from testimony.domain.purposes import Audience
from testimony.domain.witness_word import Answer, AskedBy, WhyNotAsked, WordOfWitness
from testimony.services.approving import approve, compare, propose, propose_for, read_alone
from testimony.services.recipients import add_recipient, release_to_recipient
from testimony.services.releasing import release
from testimony.services.witness_word import read_to_witness, record_word, words_on
from testimony.storage import log, witness_words
from tests.review_room import accept_all, approved, taken, turn, withhold
from tests.services.conftest import Clock, People, archive, clock, founded_template, people

__all__ = ["archive", "clock", "founded_template", "people"]


def answer(clock: Clock, word: WordOfWitness, why_not: WhyNotAsked | None = None) -> Answer:
    return Answer(word, clock().date(), AskedBy.RECORDER, why_not)


def set_of(people: People, clock: Clock) -> tuple[str, str]:
    """An account with a layer for partners that two people signed."""
    code = taken(people["interviewer"], people["reviewer"], clock())
    accept_all(people["reviewer"], code, clock())
    return code, approved(people["reviewer"], people["reviewer_b"], code, clock())


def test_the_witness_gets_the_text_that_would_be_released_and_the_log_says_so(
    people: People, clock: Clock
) -> None:
    code, set_id = set_of(people, clock)

    reading = read_to_witness(people["reviewer"], set_id, clock())

    made = release(people["reviewer_b"], code, Audience.PARTNER, clock())
    with people["reviewer"].reading() as connection:
        leaves = [json.loads(e.leaf) for e in log.entries_from(connection, 0, log.size(connection))]
    assert "Tadfest" not in reading.text and "I heard the shots" in reading.text
    assert made.number == 1
    assert ["result", "for-the-witness", "partner"] in [leaf["fields"] for leaf in leaves]


@pytest.mark.parametrize("word", [WordOfWitness.NO, WordOfWitness.CHANGES])
def test_a_refusal_stops_the_release_of_the_set_until_another_is_proposed(
    people: People, clock: Clock, word: WordOfWitness
) -> None:
    code, set_id = set_of(people, clock)
    record_word(people["reviewer"], set_id, answer(clock, word), clock())

    with pytest.raises(Refused) as refused:
        release(people["reviewer_b"], code, Audience.PARTNER, clock())
    assert refused.value.reasons == (DenyReason.CONDITION_NOT_MET,)

    withhold(people["reviewer"], code, ["lorries"], clock())
    anew = approved(people["reviewer"], people["reviewer_b"], code, clock())
    record_word(people["reviewer"], anew, answer(clock, WordOfWitness.YES), clock())
    assert release(people["reviewer_b"], code, Audience.PARTNER, clock()).number == 1


def test_a_yes_and_a_witness_who_could_not_be_asked_let_it_pass(people: People, clock: Clock) -> None:
    code, set_id = set_of(people, clock)
    unasked = answer(clock, WordOfWitness.NOT_ASKED, WhyNotAsked.NOT_SAFE)

    assert record_word(people["reviewer"], set_id, unasked, clock()) is WordOfWitness.NOT_ASKED
    said_yes = record_word(people["reviewer"], set_id, answer(clock, WordOfWitness.YES), clock())

    assert said_yes is WordOfWitness.YES
    assert words_on(people["reviewer_b"], (set_id, "none")) == {set_id: WordOfWitness.YES}
    assert release(people["reviewer_b"], code, Audience.PARTNER, clock()).number == 1


def test_who_could_not_be_asked_needs_a_reason_and_nobody_else_has_one(clock: Clock) -> None:
    with pytest.raises(Invalid):
        answer(clock, WordOfWitness.NOT_ASKED)
    with pytest.raises(Invalid):
        answer(clock, WordOfWitness.YES, WhyNotAsked.UNREACHABLE)


def test_the_day_lies_between_the_proposal_and_today(people: People, clock: Clock) -> None:
    _, set_id = set_of(people, clock)
    for day in (clock().date() + timedelta(days=1), clock().date() - timedelta(days=1)):
        with pytest.raises(Invalid):
            record_word(people["reviewer"], set_id, Answer(WordOfWitness.YES, day, AskedBy.RECORDER), clock())


def test_a_word_on_a_set_that_no_longer_stands_is_not_taken(people: People, clock: Clock) -> None:
    code = taken(people["interviewer"], people["reviewer"], clock())
    accept_all(people["reviewer"], code, clock())
    set_id = propose(people["reviewer"], turn(people["reviewer"], code), Audience.PARTNER, clock())
    withhold(people["reviewer"], code, ["lorries"], clock())

    with pytest.raises(Conflict):
        read_to_witness(people["reviewer"], set_id, clock())
    with pytest.raises(Conflict):
        record_word(people["reviewer"], set_id, answer(clock, WordOfWitness.YES), clock())
    with pytest.raises(NotFound):
        read_to_witness(people["reviewer"], "nobody-made-this", clock())


def test_what_is_kept_of_an_answer_has_no_room_for_a_name() -> None:
    kept = {f.name for f in fields(witness_words.WordRow)}

    assert kept == {
        "set_id",
        "word",
        "why_not",
        "asked_on",
        "asked_by",
        "recorder_id",
        "recorded_at",
    }


def test_a_no_stops_what_is_sealed_for_a_named_recipient_too(people: People, clock: Clock) -> None:
    code = taken(people["interviewer"], people["reviewer"], clock())
    accept_all(people["reviewer"], code, clock())
    me, second = people["reviewer"], people["reviewer_b"]
    recipient = add_recipient(me, "Forensic team, Ms Adler", "RT02", Audience.PARTNER, clock())
    set_id = propose_for(me, turn(me, code), recipient, clock())
    compare(second, set_id, clock())
    approve(second, set_id, read_alone(second, set_id, clock()).needed, clock())
    assert "Tadfest" not in read_to_witness(me, set_id, clock()).text
    record_word(me, set_id, answer(clock, WordOfWitness.NO), clock())

    with pytest.raises(Refused) as refused:
        release_to_recipient(second, set_id, clock())

    assert refused.value.reasons == (DenyReason.CONDITION_NOT_MET,)
