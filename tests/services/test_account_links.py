"""Two accounts that belong together: linked by two people, never merged, and unknown to whoever may not see both."""

from collections.abc import Iterator
from random import Random

import pytest

from testimony.domain.acts import Victims
from testimony.domain.differences import Reordered, Topic, compare
from testimony.domain.errors import Conflict, Invalid, NotFound, Refused
from testimony.domain.purposes import Purpose
from testimony.services import account_links as linking
from testimony.services.account_link_statements import LinkKind, LinkState, Source
from testimony.services.earlier_answers import answer_waiting
from testimony.services.opened_links import of_the_same_witness, opened_links, same_witness_pairs
from testimony.services.receiving import receive_inbox
from testimony.storage import account_links as rows
from testimony.storage import originals
from testimony.storage.compartments import Compartment
from tests.coded_accounts import coding, put_act
from tests.disposal_room import erase
from tests.earlier import named
from tests.new_keys import rekeyed
from tests.released_testimonies import Shelf
from tests.review_room import received
from tests.services.conftest import Clock, People

STUDY = Purpose.CP07
BOTH = "the same raid on the same market"


@pytest.fixture
def shelf(people: People, clock: Clock) -> Iterator[Shelf]:
    yield Shelf(people, clock, Random(5))


def two_received(people: People, clock: Clock, first: str, second: str) -> tuple[str, str]:
    codes = [received(people["interviewer"], people["reviewer"], clock(), text) for text in (first, second)]
    return codes[0], codes[1]


def incident(people: People, clock: Clock, codes: tuple[str, str]) -> str:
    return linking.propose_same_incident(people["reviewer"], codes, None, BOTH, clock())


def test_one_witness_found_by_tags_waits_for_a_custodian(people: People, clock: Clock) -> None:
    first = named(people["interviewer"], clock)
    answer_waiting(people["reviewer"], clock())
    second = named(people["interviewer_b"], clock, "Akly Ag Ouartane", "It was another raid.")
    answer_waiting(people["reviewer"], clock())

    (view,) = linking.list_witness_links(people["custodian"], None, clock())

    assert (view.link.codes, view.link.source) == (tuple(sorted((first, second))), Source.TAGS)
    assert view.link.state is LinkState.CANDIDATE and view.may_decide
    linking.decide(people["custodian"], view.link.id, LinkState.CONFIRMED, None, "they are one", clock())
    (view,) = linking.list_witness_links(people["custodian_b"], first, clock())
    assert view.link.state is LinkState.CONFIRMED
    with people["custodian"].reading() as connection:
        pairs = same_witness_pairs(people["custodian"], connection)
    assert of_the_same_witness(first, pairs) == {first, second}


def test_both_accounts_of_one_witness_are_kept_as_they_are(people: People, clock: Clock) -> None:
    codes = [named(people["interviewer"], clock, text=text) for text in ("Lorries came.", "No lorries came.")]
    receive_inbox(people["reviewer"], clock())
    answer_waiting(people["reviewer"], clock())
    (view,) = linking.list_witness_links(people["custodian"], None, clock())
    linking.decide(people["custodian"], view.link.id, LinkState.CONFIRMED, None, "so he says", clock())

    with people["reviewer"].reading() as connection:
        texts = [[v.text for v in originals.versions_of(connection, code)] for code in codes]
    assert texts == [["Lorries came."], ["No lorries came."]]


def test_what_was_rejected_is_not_found_again(people: People, clock: Clock) -> None:
    named(people["interviewer"], clock)
    named(people["interviewer"], clock, text="Another man of that name.")
    answer_waiting(people["reviewer"], clock())
    (view,) = linking.list_witness_links(people["custodian"], None, clock())
    linking.decide(people["custodian"], view.link.id, LinkState.REJECTED, None, "cousins", clock())

    named(people["interviewer"], clock, "Bilal ag Sidi", "Somebody else.")
    answer_waiting(people["reviewer"], clock())

    states = [one.link.state for one in linking.list_witness_links(people["custodian"], None, clock())]
    assert states == [LinkState.REJECTED]


def test_nobody_decides_on_what_they_proposed(people: People, clock: Clock) -> None:
    codes = two_received(people, clock, "One.", "Two.")
    link = linking.propose_same_witness(people["custodian"], codes, "she said so", clock())

    with pytest.raises(Refused):
        linking.decide(people["custodian"], link, LinkState.CONFIRMED, None, "", clock())

    # But they may take it back.
    linking.decide(people["custodian"], link, LinkState.UNDONE, None, "a mistake", clock())
    (view,) = linking.list_witness_links(people["custodian_b"], None, clock())
    assert view.link.state is LinkState.UNDONE and not view.may_undo


def test_a_link_is_made_once_and_undone_by_somebody(people: People, clock: Clock) -> None:
    codes = two_received(people, clock, "One.", "Two.")
    link = incident(people, clock, codes)
    with pytest.raises(Conflict):
        incident(people, clock, (codes[1], codes[0]))
    linking.decide(people["reviewer_b"], link, LinkState.CONFIRMED, None, "yes", clock())
    with pytest.raises(Conflict):
        linking.decide(people["reviewer_b"], link, LinkState.REJECTED, None, "no", clock())

    linking.decide(people["reviewer_b"], link, LinkState.UNDONE, None, "another year", clock())

    assert incident(people, clock, codes)


def test_a_link_needs_two_accounts_and_a_reason(people: People, clock: Clock) -> None:
    codes = two_received(people, clock, "One.", "Two.")

    for pair, reason in (((codes[0], codes[0]), BOTH), (codes, " ")):
        with pytest.raises(Invalid):
            linking.propose_same_incident(people["reviewer"], pair, None, reason, clock())
        with pytest.raises(Invalid):
            linking.propose_same_witness(people["custodian"], pair, reason, clock())


def test_a_transposed_plate_is_listed_and_corrected_nowhere(people: People, clock: Clock) -> None:
    texts = ("The plate was 4417, on 97 goats.", "I saw plate ٤٤٧١ pass.")
    link = incident(people, clock, two_received(people, clock, *texts))

    _, (first, second) = linking.find_link(people["reviewer_b"], link, None, clock())
    found = compare((first.acts, first.text), (second.acts, second.text))

    assert {each.topic for each in found.differences} == {Topic.NUMBERS}
    (pair,) = found.reordered
    assert {pair.first, pair.second} == {"4417", "٤٤٧١"}
    with people["reviewer"].reading() as connection:
        kept = {v.text for c in (first.code, second.code) for v in originals.versions_of(connection, c)}
    assert kept == set(texts)


def test_differences_of_coding_are_listed_side_by_side(people: People, clock: Clock, shelf: Shelf) -> None:
    one, other = shelf.put(), shelf.put()
    shelf.grant(STUDY)
    reader = people["investigator"]
    put_act(reader, one, clock, coding(when="2026-01-03", victims=Victims(3, 5)))
    put_act(reader, other, clock, coding(when="2026-01-04", victims=Victims(4, 4)))
    put_act(reader, other, clock, coding("KIL.01"))
    link = linking.propose_same_incident(reader, (one, other), STUDY, BOTH, clock())

    view, (first, second) = linking.find_link(reader, link, STUDY, clock())
    found = compare((first.acts, first.text), (second.acts, second.text))

    said = {each.topic: (each.first, each.second) for each in found.differences}
    turned = first.code != one
    expected = {
        Topic.ACTS: ((), ("KIL.01",)),
        Topic.WHEN: (("2026-01-03",), ("2026-01-04",)),
        Topic.VICTIMS: (("PRO.06 3-5",), ("PRO.06 4-4",)),
    }
    assert said == {topic: pair[::-1] if turned else pair for topic, pair in expected.items()}
    assert found.reordered == () and not view.may_decide and view.may_undo


def test_whoever_may_not_read_both_learns_of_no_link(people: People, clock: Clock, shelf: Shelf) -> None:
    shelf.open_second_case()
    one, other = shelf.put(), shelf.put(register={"case_id": "CASE-2"})
    shelf.grant(STUDY)
    shelf.grant(STUDY, handle="investigator-2")
    shelf.grant(STUDY, handle="investigator-2", case_id="CASE-2")
    link = linking.propose_same_incident(people["investigator_b"], (one, other), STUDY, BOTH, clock())

    assert linking.links_of_reader(people["investigator"], STUDY, clock()) == ()
    for act in (
        lambda who: linking.find_link(who, link, STUDY, clock()),
        lambda who: linking.decide(who, link, LinkState.CONFIRMED, STUDY, "yes", clock()),
        lambda who: linking.propose_same_incident(who, (one, other), STUDY, BOTH, clock()),
    ):
        with pytest.raises((NotFound, Refused)):
            act(people["investigator"])
    assert len(linking.links_of_reader(people["investigator_b"], STUDY, clock())) == 1
    for name in ("interviewer", "auditor", "custodian"):
        with pytest.raises(Refused):
            linking.links_of_reader(people[name], None, clock())


def test_a_reviewer_sees_that_two_accounts_are_of_one_witness_and_decides_nothing(
    people: People, clock: Clock
) -> None:
    codes = two_received(people, clock, "One.", "Two.")
    link = linking.propose_same_witness(people["custodian"], codes, "the brother of Akli", clock())
    linking.decide(people["custodian_b"], link, LinkState.CONFIRMED, None, "yes", clock())

    (view,) = linking.links_of_reader(people["reviewer"], None, clock())

    assert view.link.kind is LinkKind.WITNESS and not view.may_decide and not view.may_undo
    with pytest.raises(Refused):
        linking.decide(people["reviewer"], link, LinkState.UNDONE, None, "", clock())


def test_erasing_one_account_takes_its_links_along(people: People, clock: Clock) -> None:
    codes = two_received(people, clock, "One.", "Two.")
    third = received(people["interviewer"], people["reviewer"], clock(), "Three.")
    incident(people, clock, codes)
    linking.propose_same_witness(people["custodian"], codes, "she said so", clock())
    kept = linking.propose_same_incident(people["reviewer"], (codes[1], third), None, BOTH, clock())

    erase(people, codes[0], clock())

    with people["reviewer"].reading() as connection:
        assert [row.link_id for row in rows.links(connection)] == [kept]


def test_links_are_read_after_the_vault_got_a_new_key(people: People, clock: Clock) -> None:
    first = named(people["interviewer"], clock)
    named(people["interviewer"], clock, text="Again.")
    answer_waiting(people["reviewer"], clock())

    rekeyed(people, Compartment.VAULT)

    reviewer = people["reviewer"]
    with reviewer.reading() as connection:
        (link,) = opened_links(reviewer, connection, LinkKind.WITNESS)
    assert first in link.codes


def test_numbers_are_compared_as_they_read() -> None:
    found = compare(((), "call 76 11 22 33, plate AB-4417"), ((), "plate ab 4417 and 76112233"))

    assert found.differences == () and found.reordered == ()
    assert compare(((), "4417"), ((), "4471")).reordered == (Reordered("4417", "4471"),)
