"""Attacks on what a witness allowed and took back: ways round a withdrawal, and ways to a "yes" that nobody said."""

from dataclasses import replace
from random import Random

import pytest
import sqlalchemy as sa

from testimony.domain.audit import Action, DenyReason
from testimony.domain.codes import LONG, TESTIMONY, new_code
from testimony.domain.consent import Decision
from testimony.domain.consent_terms import Change, Decided
from testimony.domain.errors import IntegrityFailed, Invalid, NotFound, Refused, Throttled
from testimony.domain.purposes import Audience, Purpose
from testimony.services.carrying_out import carry_out_waiting
from testimony.services.checking import check
from testimony.services.consent_words import Words
from testimony.services.consenting import confirm, record
from testimony.services.exporting_codes import export_codes
from testimony.services.finding import search
from testimony.services.finding_consent import MISSES
from testimony.services.originals_search import read_original
from testimony.services.reading import read_release
from testimony.services.releasing import release
from testimony.services.saved_searches import news, save
from testimony.services.search_requests import SearchRequest
from testimony.services.session_store import SessionStore
from testimony.services.similar import similar
from testimony.services.withdrawing import ALL, receipt, what_stands, withdraw
from testimony.storage import consent_versions, originals_index, redaction_sets, releases, withdrawals
from testimony.storage.acts import CODED_ACTS
from testimony.storage.consents import CONSENTS, DECISIONS
from testimony.storage.register import find_row
from testimony.storage.releases import INDEX
from tests.coded_accounts import put_act
from tests.deaths import every_death, next_process
from tests.later_consents import IN_PERSON
from tests.originals_room import REASON, OriginalsRoom
from tests.released_testimonies import Shelf, codes, leaf
from tests.review_room import accept_all, approved, handed_in, received, released, taken
from tests.services.conftest import HANDLES, PASSWORD, Clock, People, archive, clock, founded_template, people

__all__ = ["archive", "clock", "founded_template", "people"]

STUDY, PARTNERS = Purpose.CP07, Purpose.CP09
WELL = SearchRequest("well")


@pytest.fixture
def shelf(people: People, clock: Clock) -> Shelf:
    return Shelf(people, clock, Random(41))


def put_released(people: People, clock: Clock) -> str:
    code, _ = released(people["interviewer"], people["reviewer"], people["reviewer_b"], clock())
    return code


def take_back(people: People, clock: Clock, code: str, who: str = "custodian") -> int:
    return withdraw(people[who], code, ALL, IN_PERSON, clock()).version


def more(clock: Clock, *purposes: Purpose, **differs: object) -> Change:
    change = Change(
        decisions=tuple(Decided(purpose, Decision.GRANTED) for purpose in purposes),
        given_on=clock().date(),
        language="eng",
        evidence="CE04",
        explained=True,
    )
    return replace(change, **differs)  # type: ignore[arg-type]  # fields of a change


def total(people: People, clock: Clock) -> int:
    return search(people["investigator"], WELL, STUDY, None, clock()).total


def state_of(people: People, code: str) -> str:
    with people["custodian"].reading() as connection:
        row = find_row(connection, code)
    assert row is not None
    return row.state


def test_in_the_second_of_a_withdrawal_nothing_of_it_is_found_by_any_way(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    code, other = put_released(people, clock), shelf.put("The well at the mill was dry.")
    shelf.grant(STUDY, PARTNERS)
    investigator = people["investigator"]
    put_act(investigator, code, clock)
    save(investigator, WELL, "wells", STUDY, clock())
    before = search(investigator, WELL, STUDY, None, clock())
    assert "PRO.06" in {value.value for facet in before.facets for value in facet.values}
    assert before.total == 2
    assert read_release(investigator, code, STUDY, clock()).text

    take_back(people, clock, code)

    page = search(investigator, WELL, STUDY, None, clock())
    assert (codes(page), page.total) == ([other], 1)
    # The act that only this account told of is in no facet.
    assert "PRO.06" not in {value.value for facet in page.facets for value in facet.values}
    assert code not in export_codes(investigator, WELL, STUDY, clock()).decode()
    assert [hit.code for hit in similar(investigator, other, STUDY, clock())] == []
    assert news(investigator, clock()) == ()
    for way in (
        lambda: read_release(investigator, code, STUDY, clock()),
        lambda: similar(investigator, code, STUDY, clock()),
        lambda: put_act(investigator, code, clock),
        lambda: release(people["reviewer_b"], code, Audience.PARTNER, clock()),
    ):
        with pytest.raises((Refused, NotFound)):
            way()
    assert state_of(people, code) == "restricted"


def test_in_the_second_of_a_withdrawal_the_original_is_closed_too(people: People, clock: Clock) -> None:
    room = OriginalsRoom(people, clock)
    code = room.put()
    room.grant()
    room.enter()
    assert len(room.look().hits) == 1
    read_original(people["investigator"], code, STUDY, REASON, clock())

    take_back(people, clock, code)

    assert room.look().hits == ()
    with pytest.raises(Refused):
        read_original(people["investigator"], code, STUDY, REASON, clock())


def test_one_purpose_taken_back_closes_that_one_and_what_rests_on_it(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    code = put_released(people, clock)
    shelf.grant(STUDY, PARTNERS)

    done = withdraw(people["custodian"], code, frozenset({PARTNERS}), IN_PERSON, clock())

    assert (done.purposes, done.is_whole) == ((PARTNERS,), False)
    assert read_release(people["investigator"], code, STUDY, clock()).text
    with pytest.raises(Refused) as refusal:
        read_release(people["investigator"], code, PARTNERS, clock())
    assert refusal.value.reasons == (DenyReason.CONSENT_REFUSED,)


def test_what_the_custodian_cannot_open_is_emptied_by_the_next_session_that_can(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    code = put_released(people, clock)
    shelf.grant()
    put_act(people["investigator"], code, clock)
    take_back(people, clock, code)
    with people["reviewer"].reading() as connection:
        assert releases.current_release(connection, code, 2) is not None
        assert withdrawals.waiting_work(connection) != ()

    people.door.sign_in(HANDLES["reviewer"], PASSWORD, None, clock())

    with people["reviewer"].reading() as connection:
        assert releases.current_release(connection, code, 2) is None
        assert INDEX.ids(connection, 0, 9) == ()
        assert redaction_sets.open_sets(connection, (code,)) == ()
        assert withdrawals.waiting_work(connection) == ()
        standing = sa.select(CODED_ACTS).where(CODED_ACTS.c.withdrawn_on.is_(None))
        assert connection.execute(standing).all() == []
        assert originals_index.count_documents(connection) == 0
    assert check(people["reviewer"], clock()) == ()


def test_a_session_that_was_open_all_the_time_empties_it_with_its_next_request(
    people: People, clock: Clock
) -> None:
    code = put_released(people, clock)
    store = SessionStore(people.archive)
    token = store.open(people.door.sign_in(HANDLES["reviewer"], PASSWORD, None, clock()), clock())
    take_back(people, clock, code)

    session = store.find(token, clock())

    with session.reading() as connection:
        assert releases.current_release(connection, code, 2) is None


def test_the_older_version_made_current_again_opens_nothing_and_is_found(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    code = put_released(people, clock)
    shelf.grant()
    take_back(people, clock, code)
    insider = people["interviewer_b"]

    with insider.work(clock()) as work:
        work.connection.execute(CONSENTS.update().where(CONSENTS.c.version == 2).values(current=0))
        work.connection.execute(CONSENTS.update().where(CONSENTS.c.version == 1).values(current=1))
        work.connection.execute(sa.text("UPDATE register SET state = 'released'"))

    with pytest.raises(Refused) as refusal:
        read_release(people["investigator"], code, STUDY, clock())
    assert refusal.value.reasons == (DenyReason.INTEGRITY_FAILED,)
    assert total(people, clock) == 0
    assert "consent_changed" in {finding.what for finding in check(people["auditor"], clock())}


def test_the_newer_version_deleted_altogether_is_found_by_the_log(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    code = put_released(people, clock)
    shelf.grant()
    take_back(people, clock, code)

    with people["interviewer_b"].work(clock()) as work:
        for table in ("consent_versions", "consent_decisions", "consents"):
            work.connection.execute(sa.text(f"DELETE FROM {table} WHERE version = 2"))
        work.connection.execute(sa.text("UPDATE consents SET current = 1"))
        work.connection.execute(sa.text("UPDATE register SET state = 'released'"))

    with pytest.raises(IntegrityFailed):
        read_release(people["investigator"], code, STUDY, clock())
    assert "consent_changed" in {finding.what for finding in check(people["auditor"], clock())}


def test_a_no_rewritten_as_a_yes_in_the_database_gives_no_text(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    interviewer, reviewer, second = people["interviewer"], people["reviewer"], people["reviewer_b"]
    code = taken(interviewer, reviewer, clock())
    accept_all(reviewer, code, clock())
    approved(reviewer, second, code, clock())
    release(second, code, Audience.PARTNER, clock())
    shelf.grant(Purpose.CP13)
    with pytest.raises(Refused):
        read_release(people["investigator"], code, Purpose.CP13, clock())

    with people["interviewer_b"].work(clock()) as work:
        forged = {"code": code, "version": 1, "purpose": "CP13", "decision": "granted"}
        work.connection.execute(DECISIONS.insert(), forged)

    with pytest.raises(IntegrityFailed):
        read_release(people["investigator"], code, Purpose.CP13, clock())


@pytest.mark.parametrize("who", ["interviewer", "custodian"])
def test_one_persons_record_of_a_yes_where_there_was_a_no_opens_nothing(
    shelf: Shelf, people: People, clock: Clock, who: str
) -> None:
    code = put_released(people, clock)
    shelf.grant(Purpose.CP13)

    recorded = record(people[who], code, more(clock, Purpose.CP13), Words(), IN_PERSON, clock())

    assert not recorded.in_force
    with pytest.raises(Refused):
        read_release(people["investigator"], code, Purpose.CP13, clock())


def test_nobody_confirms_what_they_took_down_and_a_second_custodian_makes_it_hold(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    code = put_released(people, clock)
    shelf.grant(Purpose.CP13)
    record(people["custodian"], code, more(clock, Purpose.CP13), Words(), IN_PERSON, clock())
    with people["custodian"].reading() as connection:
        (waiting,) = consent_versions.all_proposals(connection)

    with pytest.raises(Refused) as refusal:
        confirm(people["custodian"], waiting.proposal_id, clock())
    assert refusal.value.reasons == (DenyReason.SAME_PERSON,)
    confirm(people["custodian_b"], waiting.proposal_id, clock())

    assert read_release(people["investigator"], code, Purpose.CP13, clock()).text
    assert check(people["reviewer"], clock()) == ()


def test_a_confirmation_written_into_the_row_without_a_second_signature_opens_nothing(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    code = put_released(people, clock)
    shelf.grant(Purpose.CP13)
    record(people["interviewer"], code, more(clock, Purpose.CP13), Words(), IN_PERSON, clock())
    with people["custodian"].reading() as connection:
        (waiting,) = consent_versions.all_proposals(connection)
    confirm(people["custodian_b"], waiting.proposal_id, clock())
    assert read_release(people["investigator"], code, Purpose.CP13, clock()).text

    with people["interviewer"].work(clock()) as work:
        work.connection.execute(
            sa.text("UPDATE consent_versions SET second_id = NULL, second_signature = NULL WHERE version = 2")
        )

    with pytest.raises(IntegrityFailed):
        read_release(people["investigator"], code, Purpose.CP13, clock())


def test_a_yes_without_evidence_or_explanation_is_not_taken_down(people: People, clock: Clock) -> None:
    code = received(people["interviewer"], people["reviewer"], clock())

    for change in (more(clock, Purpose.CP13, evidence="CE00"), more(clock, Purpose.CP13, explained=False)):
        with pytest.raises(Invalid):
            record(people["custodian"], code, change, Words(), IN_PERSON, clock())


def test_guessing_codes_is_slowed_and_tells_nothing(people: People, clock: Clock) -> None:
    interviewer = people["interviewer_b"]
    code = put_released(people, clock)
    guess = Random(5)

    # A mistyped code is none: it counts for nothing, and looks like one that leads nowhere.
    for wrong in ["T-0000-00", *(new_code(TESTIMONY, guess.randrange, LONG) for _ in range(MISSES))]:
        with pytest.raises(NotFound):
            what_stands(interviewer, wrong, clock())

    with pytest.raises(Throttled):
        what_stands(interviewer, code, clock())
    with pytest.raises(Throttled):
        withdraw(interviewer, code, ALL, IN_PERSON, clock())
    assert state_of(people, code) == "released"


def test_what_an_interviewer_withdraws_for_anothers_witness_is_in_the_log_under_their_name_and_can_come_back(
    people: People, clock: Clock
) -> None:
    code = put_released(people, clock)

    version = take_back(people, clock, code, "interviewer_b")

    with people["custodian"].reading() as connection:
        (noted,) = withdrawals.unconfirmed(connection)
    assert noted.taken_by == people["interviewer_b"].account.id
    with pytest.raises(NotFound):
        receipt(people["interviewer"], code, version, clock())
    record(people["custodian"], code, more(clock, Purpose.CP01, STUDY), Words(), IN_PERSON, clock())
    with people["custodian"].reading() as connection:
        (waiting,) = consent_versions.all_proposals(connection)
    confirm(people["custodian_b"], waiting.proposal_id, clock())
    assert state_of(people, code) == "received"


def test_a_witness_must_be_recognised_and_never_by_a_document(people: People, clock: Clock) -> None:
    code = put_released(people, clock)

    with pytest.raises(Invalid):
        withdraw(people["custodian"], code, ALL, replace(IN_PERSON, recognised_by="passport"), clock())


@pytest.mark.parametrize("withdrawn_first", [True, False])
def test_a_withdrawal_while_a_release_is_being_made_wins_in_either_order(
    shelf: Shelf, people: People, clock: Clock, withdrawn_first: bool
) -> None:
    interviewer, reviewer, second = people["interviewer"], people["reviewer"], people["reviewer_b"]
    code = taken(interviewer, reviewer, clock())
    accept_all(reviewer, code, clock())
    approved(reviewer, second, code, clock())
    shelf.grant()

    if withdrawn_first:
        take_back(people, clock, code)
        with pytest.raises(Refused):
            release(second, code, Audience.PARTNER, clock())
    else:
        release(second, code, Audience.PARTNER, clock())
        take_back(people, clock, code)

    assert total(people, clock) == 0
    people.door.sign_in(HANDLES["reviewer"], PASSWORD, None, clock())
    with reviewer.reading() as connection:
        assert releases.current_release(connection, code, 2) is None
        assert redaction_sets.open_sets(connection, (code,)) == ()
    assert check(reviewer, clock()) == ()


def test_an_account_taken_back_before_it_was_opened_stays_sealed_and_holds_up_no_other(
    people: People, clock: Clock
) -> None:
    code = handed_in(people["interviewer"], clock())
    take_back(people, clock, code, "interviewer")

    other = received(people["interviewer"], people["reviewer"], clock())

    assert (state_of(people, code), state_of(people, other)) == ("restricted", "received")
    with people["reviewer"].reading() as connection:
        assert originals_index.count_documents(connection) == 1
    assert check(people["reviewer"], clock()) == ()


def test_a_withdrawal_that_dies_anywhere_is_whole_or_not_at_all(people: People, clock: Clock) -> None:
    code = put_released(people, clock)
    custodian, reviewer = people["custodian"], people["reviewer"]

    def act() -> None:
        with next_process(custodian) as session:
            withdraw(session, code, ALL, IN_PERSON, clock())

    def look_after(died: bool) -> None:
        with next_process(reviewer) as session, session.reading() as connection:
            row = find_row(connection, code)
            noted = withdrawals.withdrawals_of(connection, code)
            work = withdrawals.waiting_work(connection)
            assert row is not None
            assert (row.state == "restricted", len(noted), len(work)) == (
                (not died),
                int(not died),
                int(not died),
            )

    assert every_death(act, look_after, step=3) > 5


def test_a_carrying_out_that_dies_anywhere_is_done_by_the_next(people: People, clock: Clock) -> None:
    code = put_released(people, clock)
    take_back(people, clock, code)
    reviewer = people["reviewer"]

    def act() -> None:
        with next_process(reviewer) as session:
            carry_out_waiting(session, clock())

    def look_after(died: bool) -> None:
        with next_process(reviewer) as session, session.reading() as connection:
            shown = releases.current_release(connection, code, 2) is not None
            assert shown == died
            assert bool(withdrawals.waiting_work(connection)) == died

    assert every_death(act, look_after, step=5) > 5
    with next_process(reviewer) as session:
        assert check(session, clock()) == ()


def test_what_a_withdrawal_writes_into_the_log_is_codes_only(
    shelf: Shelf, people: People, clock: Clock
) -> None:
    code = put_released(people, clock)

    withdraw(people["custodian"], code, frozenset({PARTNERS}), IN_PERSON, clock())

    entry = next(e for e in reversed(shelf.entries(3)) if e.action == Action.CONSENT_CHANGED)
    fields = leaf(entry)["fields"]
    assert isinstance(fields, list)
    assert (fields[0], fields[1], fields[3:]) == ("version", "2", ["withdrawn", "CP09"])
    assert entry.detail is None
