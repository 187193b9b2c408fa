"""A third look at second accounts and blind questions: each attack, and that it fails."""

from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pytest
import sqlalchemy as sa

from testimony.domain.earlier_accounts import Told
from testimony.domain.errors import IntegrityFailed, NotYet, Refused
from testimony.domain.purposes import Audience
from testimony.services import second_account_decisions as deciding
from testimony.services import second_accounts, walls
from testimony.services.case_words import keep_words
from testimony.services.checking import check
from testimony.services.custodian_words import seal_words
from testimony.services.custody_gaps import NewGap, gaps_with_names, note_gap
from testimony.services.earlier_answers import answer_waiting
from testimony.services.earlier_questions import MOST_IN_A_DAY
from testimony.services.intake import submit_draft
from testimony.services.joint_acts import Kind
from testimony.services.joint_reviews import confirm_review, propose_review, require_joint_review
from testimony.services.sealed_words import keep_words as seal_grant_words
from testimony.services.sealed_words import open_words as open_grant_words
from testimony.services.sealed_words import with_salt
from testimony.services.testimony_walls import confirm_testimony_wall, propose_testimony_wall
from testimony.storage import earlier_accounts as rows
from testimony.storage import second_accounts as requests
from testimony.storage.case_notes import GAP, notes_of
from testimony.storage.grant_requests import WORDS as GRANT_WORDS
from testimony.storage.joint_acts import WORDS
from tests.attacks.test_cases_attacks import kept_silent, set_wall
from tests.attacks.test_earlier_attacks import answers, asked_past_the_pages, key_of, waiting_request
from tests.earlier import NAME, TOLD_BEFORE, approved, named
from tests.released_testimonies import Shelf
from tests.services.conftest import Clock, People, archive, clock, founded_template, people
from tests.services.intake_answers import type_draft

__all__ = ["archive", "clock", "founded_template", "people"]


@pytest.fixture
def shelf(people: People, clock: Clock) -> Iterator[Shelf]:
    yield Shelf(people, clock, Random(22))


@pytest.mark.parametrize("column", ["statement", "words", "asked_at"])
def test_one_bent_request_keeps_no_custodian_from_the_others(
    people: People, clock: Clock, column: str
) -> None:
    """Among them words that open for every custodian and are not those that were signed."""
    (_, bent), (_, whole) = waiting_request(people, clock), waiting_request(people, clock)
    custodian = people["custodian"]
    other = with_salt({"reason": "She asked for it herself."}).decode()
    worse = {
        "statement": b"{}",
        "words": seal_words(people["interviewer"], other, f"second-account/{bent}"),
        "asked_at": "soon",
    }
    with people["interviewer"].work(clock()) as work:
        table = requests.REQUESTS
        work.connection.execute(
            table.update().where(table.c.request_id == bent).values({column: worse[column]})
        )

    views = {view.id: view for view in deciding.list_requests(custodian, clock())}

    assert views[bent].is_damaged and not views[whole].is_damaged
    assert views[whole].reason == TOLD_BEFORE["reinterview_reason"]
    with pytest.raises(IntegrityFailed):
        deciding.decide(custodian, bent, "approved", "a good reason", clock())
    deciding.decide(custodian, whole, "approved", "a good reason", clock())


def test_an_approval_that_nobody_signed_is_not_what_the_log_says_was_used(
    people: People, clock: Clock
) -> None:
    """A copy of the approved row under another id, the newest of its draft, beside the true one."""
    interviewer = people["interviewer"]
    draft_id = type_draft(interviewer, clock(), before=TOLD_BEFORE)
    true = approved(people, clock, draft_id, TOLD_BEFORE["reinterview_reason"])
    forged = "f" * 16
    with interviewer.work(clock()) as work:
        row = requests.find_request(work.connection, true)
        assert row is not None
        requests.insert_request(work.connection, replace(row, request_id=forged))

    submit_draft(interviewer, draft_id, clock())

    query = sa.text("SELECT leaf FROM log_entries")
    with people["auditor"].reading() as connection:
        leaves = connection.execute(query).scalars().all()
    taken = [leaf for leaf in leaves if f'"{second_accounts.TAKEN}","request:'.encode() in leaf]
    assert len(taken) == 1
    assert f"request:{true}".encode() in taken[0] and forged.encode() not in taken[0]


def test_questions_forged_in_a_colleagues_name_use_up_none_of_their_day(people: People, clock: Clock) -> None:
    named(people["interviewer"], clock)
    thief, victim = people["interviewer_b"], people["interviewer"]
    key = key_of(thief, clock)
    for number in range(1, MOST_IN_A_DAY + 1):
        asked_past_the_pages(thief, clock, key, f"Guess{number} Name{number}", number)
    with thief.work(clock()) as work:
        work.connection.execute(rows.QUESTIONS.update().values(asked_by=victim.account.id))
    answer_waiting(people["reviewer"], clock())

    own = asked_past_the_pages(victim, clock, key_of(victim, clock), NAME, MOST_IN_A_DAY + 1)
    answer_waiting(people["reviewer"], clock())

    assert answers(people)[own] == (Told.YES.value, None)


def test_names_of_a_gap_that_are_not_those_the_log_notes_are_not_shown_as_theirs(
    people: People, clock: Clock, shelf: Shelf
) -> None:
    """Whoever writes the ledger seals other names to the custodians, as anybody can."""
    code, custodian = shelf.put(), people["custodian"]
    note_gap(custodian, code, NewGap(None, "2026-01", "2026-02", "a driver"), clock())
    clock.forward(seconds=1)
    note_gap(custodian, code, NewGap(None, "2026-01", "2026-02", "a clinic"), clock())
    first, second = gaps_with_names(custodian, code, clock())
    assert [(one.holders, one.is_changed) for one in (first, second)] == [
        ("a driver", False),
        ("a clinic", False),
    ]
    with people["reviewer"].work(clock()) as work:
        note = notes_of(work.connection, code, GAP)[0].note_id
        work.connection.execute(WORDS.delete().where(WORDS.c.about == note))
        keep_words(people["reviewer"], work, note, (code,), {"holders": "the witness", "how": ""})

    first, second = gaps_with_names(custodian, code, clock())

    assert (first.holders, first.how, first.is_changed) == (None, None, True)
    assert (second.holders, second.is_changed) == ("a clinic", False)


def test_a_wall_between_cases_is_not_confirmed_for_other_words_than_those_signed(
    people: People, clock: Clock, shelf: Shelf
) -> None:
    """The first one signs a reason and seals a harmless one to the second."""
    shelf.open_second_case()
    first, second, pair = people["custodian"], people["custodian_b"], ("CASE-1", "CASE-2")
    step = walls.propose_wall(first, pair, "set", "an informer in both", clock())
    harmless = with_salt({"reason": "by custom"})
    with first.work(clock()) as work:
        work.connection.execute(sa.delete(GRANT_WORDS).where(GRANT_WORDS.c.about == step))
        seal_grant_words(first, work.connection, (step, "wall"), harmless, ())
    with second.reading() as connection:
        # The attack: they are sealed to the second one, and open.
        assert open_grant_words(second, connection, (step, "wall")) == {"reason": "by custom"}

    with pytest.raises(NotYet):
        walls.confirm_wall(second, step, "agreed", clock())

    with second.reading() as connection:
        assert not walls.stands(first.archive.keyring(), connection, pair)


def test_a_review_of_an_earlier_wall_counts_for_no_later_one(
    people: People, clock: Clock, shelf: Shelf
) -> None:
    code, other = sorted((shelf.put(), shelf.put()))
    first, second = people["custodian"], people["custodian_b"]
    set_wall(people, clock, code, other)
    act = propose_review(first, code, other, Audience.PUBLIC, "none that we see", clock())
    confirm_review(second, act, clock())
    with first.work(clock()) as work:
        require_joint_review(first, work, code, Audience.PUBLIC)  # Of its own time, it counts.
    clock.forward(seconds=1)
    lift = propose_testimony_wall(first, (code, other), Kind.WALL_LIFT, ("no more", ""), clock())
    confirm_testimony_wall(second, lift, "agreed", clock())
    clock.forward(seconds=1)
    set_wall(people, clock, code, other)

    with pytest.raises(Refused), first.work(clock()) as work:
        require_joint_review(first, work, code, Audience.PUBLIC)


def test_a_witness_request_that_was_rubbed_out_is_found_by_the_log(people: People, clock: Clock) -> None:
    code, _ = kept_silent(people, clock)
    assert not [one for one in check(people["auditor"], clock()) if one.what == "witness_request_gone"]
    with people["reviewer"].work(clock()) as work:
        work.connection.execute(sa.text("DELETE FROM case_notes"))

    found = check(people["auditor"], clock())

    assert ("witness_request_gone", code) in {(one.what, one.where) for one in found}
