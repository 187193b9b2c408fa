"""Whether a witness told it before: asked blindly, answered in one word, and a second account with a second person."""

import pytest
import sqlalchemy as sa

from testimony.domain.earlier_accounts import Because, Told
from testimony.domain.errors import Conflict, Invalid, NotYet, Refused, Throttled
from testimony.domain.purposes import Purpose
from testimony.domain.roles import Role
from testimony.services import earlier_questions as asking
from testimony.services import second_account_decisions as deciding
from testimony.services import second_accounts
from testimony.services.accounts import activate, enrol
from testimony.services.confirming import confirm_enrolment
from testimony.services.drafts import Step
from testimony.services.earlier_answers import answer_waiting
from testimony.services.earlier_questions import EarlierQuestion, ask_archive, own_question, say_not_asked
from testimony.services.intake import check_draft, discard_draft, save_step, start_draft, submit_draft
from testimony.services.invitations import Newcomer
from testimony.services.submitting import submit
from testimony.services.throttling import Throttle
from testimony.services.withdrawing import ALL, withdraw
from testimony.storage import earlier_accounts as rows
from testimony.storage.compartments import Compartment
from tests.disposal_room import erase
from tests.earlier import NAME, TOLD_BEFORE, approved, named, told
from tests.later_consents import IN_PERSON
from tests.new_keys import rekeyed
from tests.review_room import submission
from tests.services.conftest import PASSWORD, Clock, People
from tests.services.intake_answers import WHOLE, change, type_draft


def question(name: str, telephone: str = "") -> EarlierQuestion:
    return EarlierQuestion(name, telephone)


SAID = {
    "Akli ag Wartan": Told.YES,
    "Akly Ag Ouartane": Told.YES,
    "Wartan Akli": Told.YES,
    "أكلي أغ ورتان": Told.YES,
    "Akli ag Bilal": Told.NO,
    "Mohamed ag Wartan": Told.NO,
    "Akli": Told.CANNOT_TELL,
}


def test_the_archive_answers_in_one_word_whatever_the_spelling(people: People, clock: Clock) -> None:
    named(people["interviewer"], clock)

    assert {name: told(people, clock, name) for name in SAID} == SAID


def test_a_telephone_and_one_part_of_the_name_are_enough(people: People, clock: Clock) -> None:
    named(people["interviewer"], clock)

    assert told(people, clock, "Akli", "00223 ٩٩ ٤١ ٧٣ ٠٨") is Told.YES
    assert told(people, clock, "Bilal", "+223 99 41 73 08") is Told.NO


def test_another_age_or_sex_is_another_person(people: People, clock: Clock) -> None:
    named(people["interviewer"], clock)

    assert told(people, clock, NAME, before={"sex": "F"}) is Told.NO
    assert told(people, clock, NAME, before={"sex": "M", "age_band": "60-69"}) is Told.NO
    assert told(people, clock, NAME, before={"sex": "M", "age_band": "40-49"}) is Told.YES


def test_the_account_is_not_begun_before_the_archive_was_asked(people: People, clock: Clock) -> None:
    interviewer = people["interviewer"]
    draft_id = start_draft(interviewer, clock())
    for step in (Step.BEFORE, Step.CONSENT):
        save_step(interviewer, draft_id, step, WHOLE[step], 0, clock())
    with pytest.raises(NotYet):
        save_step(interviewer, draft_id, Step.ACCOUNT, WHOLE[Step.ACCOUNT], 0, clock())

    ask_archive(interviewer, draft_id, question(NAME), clock())

    # Nobody has answered, and nobody waits for it.
    assert (waits := own_question(interviewer, draft_id)) is not None and waits.told is None
    save_step(interviewer, draft_id, Step.ACCOUNT, WHOLE[Step.ACCOUNT], 0, clock())


def test_who_gives_no_name_is_not_asked_about(people: People, clock: Clock) -> None:
    interviewer = people["interviewer"]
    draft_id = start_draft(interviewer, clock())

    say_not_asked(interviewer, draft_id, Because.NO_NAME, clock())

    answer = own_question(interviewer, draft_id)
    assert answer is not None and (answer.told, answer.because) == (Told.CANNOT_TELL, Because.NO_NAME)
    with pytest.raises(Conflict):
        say_not_asked(interviewer, draft_id, Because.LIMIT, clock())


def test_a_no_says_since_when_it_holds(people: People, clock: Clock) -> None:
    named(people["interviewer"], clock)
    begun = clock().date()
    clock.forward(days=300)
    people.sessions.clear()
    draft_id = type_draft(people["interviewer_b"], clock())
    ask_archive(people["interviewer_b"], draft_id, question("Somebody Quite Else"), clock())
    answer_waiting(people["reviewer"], clock())

    answer = own_question(people["interviewer_b"], draft_id)

    assert answer is not None and (answer.told, answer.since) == (Told.NO, begun)


def test_what_was_asked_is_gone_with_the_answer(people: People, clock: Clock) -> None:
    named(people["interviewer"], clock)
    draft_id = type_draft(people["interviewer_b"], clock())
    ask_archive(people["interviewer_b"], draft_id, question(NAME), clock())
    answer_waiting(people["reviewer"], clock())

    with people["interviewer_b"].reading() as connection:
        asked = rows.questions_of(connection, draft_id)
    assert [row.sealed for row in asked] == [None, None]
    discard_draft(people["interviewer_b"], draft_id, clock())
    with people["interviewer_b"].reading() as connection:
        assert rows.questions_of(connection, draft_id) == ()


def test_nobody_asks_without_end(people: People, clock: Clock) -> None:
    interviewer = people["interviewer"]
    draft_id = start_draft(interviewer, clock())
    for number in range(asking.MOST_IN_A_DAY):
        ask_archive(interviewer, draft_id, question(f"Guess Number{number}"), clock())

    with pytest.raises(Throttled):
        ask_archive(interviewer, draft_id, question(NAME), clock())

    with interviewer.reading() as connection:
        denied = sa.text("SELECT count(*) FROM log_entries WHERE action = 'AA18'")
        assert connection.execute(denied).scalar_one() == 1
    clock.forward(hours=25)
    people.sessions.clear()
    ask_archive(people["interviewer"], draft_id, question(NAME), clock())


def test_a_witness_who_takes_the_name_back_is_found_no_more(people: People, clock: Clock) -> None:
    code = named(people["interviewer"], clock)
    assert told(people, clock, NAME) is Told.YES

    withdraw(people["interviewer"], code, frozenset({Purpose.CP06}), IN_PERSON, clock())

    assert told(people, clock, NAME) is Told.NO
    with people["reviewer"].reading() as connection:
        assert not rows.has_tags(connection, code)


def test_an_account_that_is_taken_back_whole_is_found_no_more(people: People, clock: Clock) -> None:
    code = named(people["interviewer"], clock)

    withdraw(people["interviewer"], code, ALL, IN_PERSON, clock())

    assert told(people, clock, NAME) is Told.NO


def test_erasing_takes_the_tags(people: People, clock: Clock) -> None:
    code = named(people["interviewer"], clock)
    answer_waiting(people["reviewer"], clock())

    erase(people, code, clock())

    with people["reviewer"].reading() as connection:
        assert not rows.has_tags(connection, code)
    assert told(people, clock, NAME) is Told.NO


def test_a_second_account_needs_a_reason_and_a_second_persons_signature(people: People, clock: Clock) -> None:
    interviewer = people["interviewer"]
    draft_id = type_draft(interviewer, clock(), before=TOLD_BEFORE)
    refused = ("before.earlier", "not_approved")
    assert [(p.field, p.code) for p in check_draft(interviewer, draft_id, clock()).problems] == [refused]
    with pytest.raises(Invalid) as refusal:
        submit_draft(interviewer, draft_id, clock())
    assert [(p.field, p.code) for p in refusal.value.problems] == [refused]

    request = second_accounts.ask(interviewer, draft_id, TOLD_BEFORE["reinterview_reason"], clock())
    assert deciding.count_waiting(people["custodian"]) == 1
    (view,) = deciding.list_requests(people["custodian"], clock())
    assert (view.reason, view.found_by, view.asked_by) == (
        TOLD_BEFORE["reinterview_reason"],
        "witness",
        "interviewer-1",
    )
    deciding.decide(people["custodian"], request, "approved", "she asked for it herself", clock())

    assert check_draft(interviewer, draft_id, clock()).is_ready
    code = submit_draft(interviewer, draft_id, clock()).code
    (view,) = deciding.list_requests(people["custodian_b"], clock())
    assert (view.code, view.decision, view.decided_by) == (code, "approved", "custodian-1")


def test_a_refusal_reaches_the_interviewer_and_another_reason_may_be_asked(
    people: People, clock: Clock
) -> None:
    interviewer = people["interviewer"]
    draft_id = type_draft(interviewer, clock(), before=TOLD_BEFORE)
    first = second_accounts.ask(interviewer, draft_id, "to be sure", clock())
    deciding.decide(people["custodian"], first, "refused", "read the first one instead", clock())

    own = second_accounts.own_request(interviewer, draft_id)

    assert own is not None and (own.decision, own.answer) == ("refused", "read the first one instead")
    with pytest.raises(Invalid):
        submit_draft(interviewer, draft_id, clock())
    with pytest.raises(Conflict):
        deciding.decide(people["custodian_b"], first, "approved", "", clock())
    approved(people, clock, draft_id, "the first one was about another year")
    assert submit_draft(interviewer, draft_id, clock()).code


def test_an_approval_is_for_one_reason(people: People, clock: Clock) -> None:
    interviewer = people["interviewer"]
    draft_id = type_draft(interviewer, clock(), before=TOLD_BEFORE)
    approved(people, clock, draft_id, "only spoke of the market then")

    change(interviewer, draft_id, Step.BEFORE, clock(), reinterview_reason="we like to hear it twice")

    with pytest.raises(Invalid):
        submit_draft(interviewer, draft_id, clock())


def test_what_the_archive_found_needs_the_second_person_too(people: People, clock: Clock) -> None:
    named(people["interviewer"], clock)
    interviewer = people["interviewer_b"]
    draft_id = type_draft(interviewer, clock(), before={"sex": "M", "age_band": ""})
    with pytest.raises(Conflict):
        second_accounts.ask(interviewer, draft_id, "nothing says that there is one", clock())
    ask_archive(interviewer, draft_id, question(NAME), clock())
    answer_waiting(people["reviewer"], clock())

    with pytest.raises(Invalid):
        submit_draft(interviewer, draft_id, clock())
    request = second_accounts.ask(interviewer, draft_id, "it is about the second raid", clock())
    (view,) = deciding.list_requests(people["custodian"], clock())
    assert (view.id, view.found_by) == (request, "archive")
    deciding.decide(people["custodian"], request, "approved", "", clock())

    assert submit_draft(interviewer, draft_id, clock()).code


def test_nobody_but_a_custodian_decides_and_nobody_about_their_own(people: People, clock: Clock) -> None:
    interviewer = people["interviewer"]
    draft_id = type_draft(interviewer, clock(), before=TOLD_BEFORE)
    request = second_accounts.ask(interviewer, draft_id, "only spoke of the market then", clock())

    for name in ("interviewer", "interviewer_b", "reviewer", "investigator", "auditor"):
        with pytest.raises(Refused):
            deciding.decide(people[name], request, "approved", "", clock())


def test_a_discarded_draft_takes_its_request_along(people: People, clock: Clock) -> None:
    interviewer = people["interviewer"]
    draft_id = type_draft(interviewer, clock(), before=TOLD_BEFORE)
    second_accounts.ask(interviewer, draft_id, "only spoke of the market then", clock())

    discard_draft(interviewer, draft_id, clock())

    assert deciding.list_requests(people["custodian"], clock()) == ()


def test_an_imported_account_is_not_held_up(people: People, clock: Clock) -> None:
    """It was told long ago, elsewhere; what its tags agree with is found when it is taken in."""
    assert submit(people["interviewer"], submission(people["interviewer"]), None, clock()).code


def test_a_newcomer_gets_the_key_when_a_colleague_signs_in(people: People, clock: Clock) -> None:
    named(people["interviewer"], clock)
    newcomer = Newcomer("interviewer-3", "Interviewer 3", frozenset({Role.INTERVIEWER}))
    invitation = enrol(people["custodian"], newcomer, clock())
    activate(people.archive, Throttle(), newcomer.handle, invitation.code, PASSWORD, clock())
    people.sessions["new"] = people.door.sign_in(newcomer.handle, PASSWORD, None, clock())
    draft_id = start_draft(people["new"], clock())
    ask_archive(people["new"], draft_id, question(NAME), clock())
    # One custodian alone stands for them, and nobody has given it to them.
    alone = own_question(people["new"], draft_id)
    assert alone is not None and alone.because is Because.NO_KEY

    confirm_enrolment(people["custodian_b"], invitation.record.account_id, "known to both", clock())
    people.door.sign_in("interviewer-2", PASSWORD, None, clock())

    ask_archive(people["new"], draft_id, question(NAME), clock())
    answer_waiting(people["reviewer"], clock())
    answer = own_question(people["new"], draft_id)
    assert answer is not None and answer.told is Told.YES


def test_a_key_that_all_have_lost_is_made_anew_and_the_archive_says_since_when(
    people: People, clock: Clock
) -> None:
    named(people["interviewer"], clock)
    with people["interviewer"].work(clock()) as work:
        work.connection.execute(rows.SLOTS.update().values(signature=b"lost"))
    later = clock.forward(days=3).date()
    people.sessions.clear()

    assert told(people, clock, NAME) is Told.NO

    with people["interviewer_b"].reading() as connection:
        (asked,) = connection.execute(rows.QUESTIONS.select()).all()
        made = sa.text("SELECT leaf FROM log_entries WHERE action = 'AA24' AND at >= :day")
        leaves = connection.execute(made, {"day": later.isoformat()}).scalars().all()
    assert len([leaf for leaf in leaves if b"matching-key-anew" in leaf]) == 1
    assert asked.since == later.isoformat()


def test_the_answer_is_the_same_after_the_vault_got_a_new_key(people: People, clock: Clock) -> None:
    """Kept tags are locked anew, so that an old key of the vault opens none of them any more."""
    code = named(people["interviewer"], clock)
    answer_waiting(people["reviewer"], clock())
    with people["reviewer"].reading() as connection:
        (before,) = rows.kept_tags(connection, 0)

    rekeyed(people, Compartment.VAULT)

    assert told(people, clock, NAME) is Told.YES
    with people["reviewer"].reading() as connection:
        (after,) = rows.kept_tags(connection, 1)
    assert after.code == code and after.sealed != before.sealed
