"""Two people, two looks, one release: built from kept text, signed, found, replaced; and stopped by consent."""

import json

import pytest

from search.access import Access
from search.queries import parse
from search.results import PageRequest
from testimony.domain.audit import DenyReason
from testimony.domain.errors import Conflict, Invalid, NotYet, Refused
from testimony.domain.purposes import Audience, Purpose
from testimony.domain.testimony import State
from testimony.services.approving import Tick, approve, compare, propose, read_alone, send_back
from testimony.services.redacting import Cover, mark_words
from testimony.services.releasing import read_past_release, release, require_release_holds
from testimony.storage import consents, log, redaction_sets, register, releases
from tests.review_room import (
    ACCOUNT,
    accept_all,
    approved,
    granted,
    received,
    released,
    submission,
    taken,
    turn,
    withhold,
)
from tests.services.conftest import Clock, People


def current(people: People, code: str, rank: int = 1) -> releases.Release | None:
    with people["reviewer"].reading() as connection:
        return releases.current_release(connection, code, rank)


def state_of(people: People, code: str) -> str:
    with people["reviewer"].reading() as connection:
        row = register.find_row(connection, code)
    assert row is not None
    return row.state


def hits(people: People, words: str) -> list[int]:
    with people["investigator"].reading() as connection:
        page = releases.INDEX.search(
            connection, parse(words, {}), Access("doc.id > 0", {}, ""), PageRequest()
        )
    return [hit.id for hit in page.hits]


def ready(people: People, clock: Clock) -> str:
    code = taken(people["interviewer"], people["reviewer"], clock())
    accept_all(people["reviewer"], code, clock())
    return code


def test_a_release_is_the_kept_text_with_tokens(people: People, clock: Clock) -> None:
    code, made = released(people["interviewer"], people["reviewer"], people["reviewer_b"], clock())

    shown = current(people, code)

    assert shown is not None and shown.id == made.release_id
    assert shown.text == ACCOUNT.replace("Tadfest Amellal", "[the witness]").replace(
        "Inekar", "[generalised]"
    )
    assert json.loads(shown.withheld) == {"X.1": 2, "X.3": 1}
    assert state_of(people, code) == State.RELEASED
    require_release_holds(people["investigator"].archive, shown)


def test_a_release_is_found_by_what_it_keeps_and_not_by_what_it_withholds(
    people: People, clock: Clock
) -> None:
    _, made = released(people["interviewer"], people["reviewer"], people["reviewer_b"], clock())

    assert hits(people, "lorries") == [made.release_id]
    assert hits(people, "Amellal") == []


def test_every_step_is_in_the_log(people: People, clock: Clock) -> None:
    released(people["interviewer"], people["reviewer"], people["reviewer_b"], clock())

    with people["auditor"].reading() as connection:
        leaves = [json.loads(e.leaf) for e in log.entries_from(connection, 0, log.size(connection))]
    decided = [leaf["fields"][0] for leaf in leaves if leaf["action"] == "AA10"]
    shown = [leaf["fields"] for leaf in leaves if leaf["action"] == "AA06"]
    assert decided == ["taken", "accepted", "accepted", "proposed", "approved", "released"][: len(decided)]
    assert shown == [["original", "result", "partner"], ["result", "partner"]]


def test_undecided_suggestions_block_a_proposal(people: People, clock: Clock) -> None:
    code = taken(people["interviewer"], people["reviewer"], clock())

    with pytest.raises(Refused) as refusal:
        propose(people["reviewer"], turn(people["reviewer"], code), Audience.PARTNER, clock())

    assert refusal.value.reasons == (DenyReason.NOT_APPROVED,)


def test_approval_needs_both_looks_in_order(people: People, clock: Clock) -> None:
    code = ready(people, clock)
    set_id = propose(people["reviewer"], turn(people["reviewer"], code), Audience.PARTNER, clock())
    second = people["reviewer_b"]

    with pytest.raises(NotYet):
        approve(second, set_id, frozenset(Tick), clock())
    with pytest.raises(NotYet):
        read_alone(second, set_id, clock())
    compare(second, set_id, clock())
    with pytest.raises(NotYet):
        approve(second, set_id, frozenset(Tick), clock())


def test_approval_needs_every_tick(people: People, clock: Clock) -> None:
    code = ready(people, clock)
    set_id = propose(people["reviewer"], turn(people["reviewer"], code), Audience.PARTNER, clock())
    compare(people["reviewer_b"], set_id, clock())
    read_alone(people["reviewer_b"], set_id, clock())

    with pytest.raises(Invalid):
        approve(people["reviewer_b"], set_id, frozenset(), clock())


def test_what_the_witness_asked_to_hide_further_is_confirmed_and_recorded(
    people: People, clock: Clock
) -> None:
    decisions = submission(
        people["interviewer"],
        decisions=granted(Purpose.CP01) + granted(Purpose.CP07, hide="that there is only one well"),
    ).consent
    code = taken(people["interviewer"], people["reviewer"], clock(), consent=decisions)
    accept_all(people["reviewer"], code, clock())
    set_id = propose(people["reviewer"], turn(people["reviewer"], code), Audience.PARTNER, clock())
    compare(people["reviewer_b"], set_id, clock())
    look = read_alone(people["reviewer_b"], set_id, clock())

    with pytest.raises(Invalid):
        approve(people["reviewer_b"], set_id, frozenset({Tick.NO_ONE_POINTED_AT}), clock())
    approve(people["reviewer_b"], set_id, look.needed, clock())
    release(people["reviewer_b"], code, Audience.PARTNER, clock())

    shown = current(people, code)
    assert look.named_details == ("that there is only one well",)
    assert shown is not None and shown.hides_named_details == 1


def test_what_remains_of_a_withheld_word_must_be_seen(people: People, clock: Clock) -> None:
    reviewer = people["reviewer"]
    code = taken(people["interviewer"], reviewer, clock(), ACCOUNT, protect=())
    mark_words(reviewer, turn(reviewer, code), "Tadfest Amellal", 1, Cover("X.1", Audience.PARTNER), clock())
    set_id = propose(reviewer, turn(reviewer, code), Audience.PARTNER, clock())
    compare(people["reviewer_b"], set_id, clock())

    look = read_alone(people["reviewer_b"], set_id, clock())

    assert [look.released[span.start : span.end] for span in look.remaining] == ["Tadfest Amellal"]
    assert Tick.REMAINING_SEEN in look.needed
    with pytest.raises(Invalid):
        approve(people["reviewer_b"], set_id, frozenset({Tick.NO_ONE_POINTED_AT}), clock())


def test_a_sent_back_layer_returns_to_its_redactor_with_the_reason(people: People, clock: Clock) -> None:
    code = ready(people, clock)
    set_id = propose(people["reviewer"], turn(people["reviewer"], code), Audience.PARTNER, clock())
    compare(people["reviewer_b"], set_id, clock())

    send_back(people["reviewer_b"], set_id, "There is one well keeper only.", clock())

    with people["reviewer"].reading() as connection:
        (layer,) = redaction_sets.sets_of(connection, code)
    assert (layer.state, layer.answer) == ("sent_back", "There is one well keeper only.")
    with pytest.raises(NotYet):
        release(people["reviewer"], code, Audience.PARTNER, clock())


def test_changing_a_mark_ends_the_proposal_and_the_approval(people: People, clock: Clock) -> None:
    reviewer = people["reviewer"]
    code = ready(people, clock)
    set_id = approved(reviewer, people["reviewer_b"], code, clock())
    assert state_of(people, code) == State.RELEASABLE

    withhold(reviewer, code, ["Yusuf Oldenbeck"], clock())

    assert state_of(people, code) == State.REDACTION_DRAFT
    with people["reviewer"].reading() as connection:
        layer = redaction_sets.find_set(connection, set_id)
    assert layer is not None and layer.state == "superseded"
    with pytest.raises(NotYet):
        release(reviewer, code, Audience.PARTNER, clock())


def test_a_mark_for_the_public_alone_leaves_the_partners_layer_standing(people: People, clock: Clock) -> None:
    reviewer = people["reviewer"]
    code = ready(people, clock)
    approved(reviewer, people["reviewer_b"], code, clock())

    withhold(reviewer, code, ["Yusuf Oldenbeck"], clock(), Audience.PUBLIC)

    release(reviewer, code, Audience.PARTNER, clock())
    shown = current(people, code)
    assert shown is not None and "Yusuf Oldenbeck" in shown.text


def test_a_second_release_replaces_the_first_and_the_vault_keeps_both(people: People, clock: Clock) -> None:
    reviewer, second = people["reviewer"], people["reviewer_b"]
    code, first = released(people["interviewer"], reviewer, second, clock())
    withhold(reviewer, code, ["Yusuf Oldenbeck"], clock())
    assert state_of(people, code) == State.RELEASED
    approved(reviewer, second, code, clock())

    made = release(second, code, Audience.PARTNER, clock())

    shown = current(people, code)
    assert shown is not None and (shown.number, shown.id) == (2, made.release_id)
    assert "Yusuf" not in shown.text
    with people["investigator"].reading() as connection:
        old = releases.find_release(connection, first.release_id)
    assert old is not None and (old.current, old.text, old.text_sha256) == (0, "", "")
    assert hits(people, "Oldenbeck") == []
    assert "Yusuf Oldenbeck" in read_past_release(reviewer, code, first.release_id, clock()).text


def test_layers_of_different_audiences_stand_beside_each_other(people: People, clock: Clock) -> None:
    reviewer, second = people["reviewer"], people["reviewer_b"]
    code, _ = released(people["interviewer"], reviewer, second, clock())
    withhold(reviewer, code, ["Yusuf Oldenbeck"], clock(), Audience.PUBLIC)
    approved(reviewer, second, code, clock(), Audience.PUBLIC)

    release(second, code, Audience.PUBLIC, clock())

    public, partner = current(people, code, rank=0), current(people, code, rank=1)
    assert public is not None and "Yusuf" not in public.text
    assert partner is not None and "Yusuf" in partner.text


def test_an_account_without_anything_to_withhold_still_needs_two_people(people: People, clock: Clock) -> None:
    code = taken(people["interviewer"], people["reviewer"], clock(), "I heard the shots from the wall.")
    set_id = propose(people["reviewer"], turn(people["reviewer"], code), Audience.PARTNER, clock())

    compare(people["reviewer"], set_id, clock())
    with pytest.raises(Refused):
        approve(people["reviewer"], set_id, frozenset(Tick), clock())


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("status", "withdrawn", DenyReason.CONSENT_REFUSED),
        ("review_due", "2026-03-02", DenyReason.CONSENT_PAST_REVIEW),
        ("basis", None, DenyReason.NO_LAWFUL_BASIS),
    ],
)
def test_consent_that_no_longer_carries_stops_a_release(
    people: People, clock: Clock, column: str, value: str | None, reason: DenyReason
) -> None:
    code = ready(people, clock)
    approved(people["reviewer"], people["reviewer_b"], code, clock())
    with people["custodian"].work(clock()) as work:
        work.connection.execute(consents.CONSENTS.update().values({column: value}))

    with pytest.raises(Refused) as refusal:
        release(people["reviewer"], code, Audience.PARTNER, clock())

    assert reason in refusal.value.reasons


def test_a_layer_for_a_court_needs_a_yes_to_a_court(people: People, clock: Clock) -> None:
    only_inside = submission(people["interviewer"], decisions=granted(Purpose.CP01, Purpose.CP07)).consent
    code = taken(people["interviewer"], people["reviewer"], clock(), consent=only_inside)
    accept_all(people["reviewer"], code, clock())
    approved(people["reviewer"], people["reviewer_b"], code, clock(), Audience.COURT)

    with pytest.raises(Refused) as refusal:
        release(people["reviewer"], code, Audience.COURT, clock())

    assert refusal.value.reasons == (DenyReason.CONSENT_REFUSED,)


def test_a_quarantined_account_is_neither_shown_nor_released(people: People, clock: Clock) -> None:
    code = ready(people, clock)
    approved(people["reviewer"], people["reviewer_b"], code, clock())
    with people["custodian"].work(clock()) as work:
        work.connection.execute(register.REGISTER.update().values(quarantined=1))

    with pytest.raises(Refused) as refusal:
        release(people["reviewer"], code, Audience.PARTNER, clock())

    assert refusal.value.reasons == (DenyReason.QUARANTINED,)


def test_a_layer_that_a_stale_page_proposes_is_refused(people: People, clock: Clock) -> None:
    code = ready(people, clock)
    stale = turn(people["reviewer"], code)
    withhold(people["reviewer"], code, ["lorries"], clock())

    with pytest.raises(Conflict):
        propose(people["reviewer"], stale, Audience.PARTNER, clock())


def test_received_accounts_have_no_release(people: People, clock: Clock) -> None:
    code = received(people["interviewer"], people["reviewer"], clock())

    assert current(people, code, rank=2) is None
