"""Redactor, approver, interviewer and interpreter are four people, as far as an archive can tell."""

from dataclasses import replace

import pytest

from testimony.domain.audit import DenyReason
from testimony.domain.consent import Answer
from testimony.domain.errors import Invalid, Refused
from testimony.domain.interview import Interpreter, InterpreterFlag
from testimony.domain.purposes import Audience
from testimony.domain.testimony import Submission
from testimony.services.approving import Tick, approve, compare, propose, read_alone
from testimony.services.receiving import receive_inbox
from testimony.services.redacting import Cover, mark_words
from testimony.services.releasing import release
from testimony.services.review import open_desk
from testimony.services.submitting import submit
from testimony.services.taking import take
from testimony.storage import accounts, redaction_sets, redactions, register
from tests.review_room import ACCOUNT, accept_all, approved, submission, taken, turn
from tests.services.conftest import Clock, People
from tests.unit.test_domain_submission import INTERVIEW


def interpreter(account_id: str | None, name: str, flag: InterpreterFlag) -> Interpreter:
    return Interpreter(name, account_id, "", "", undertaking_signed=True, gender_ok=Answer.YES, flag=flag)


def interviewed(people: People, clock: Clock, **changes: object) -> str:
    """An account with an interview, in the vault; changes: fields of the interview."""
    interviewer = people["interviewer"]
    held = replace(INTERVIEW, interviewer=interviewer.account.id, interpreter=None)
    held = replace(held, earlier_accounts=Answer.NO, prior_accounts=(), reinterview_reason="")
    held = replace(held, **changes)  # type: ignore[arg-type]  # named fields of an interview
    made: Submission = replace(submission(interviewer), interview=held, imported=None)
    code = submit(interviewer, made, None, clock()).code
    receive_inbox(people["reviewer"], clock())
    receive_inbox(people["reviewer_b"], clock())
    return code


def by(people: People, name: str, flag: InterpreterFlag = InterpreterFlag.NONE) -> Interpreter:
    return interpreter(people[name].account.id, "", flag)


@pytest.mark.parametrize("who", ["reviewer", "reviewer_b"])
def test_an_interpreter_by_account_neither_redacts_nor_approves(
    people: People, clock: Clock, who: str
) -> None:
    code = interviewed(people, clock, interpreter=by(people, who))
    other = people["reviewer_b" if who == "reviewer" else "reviewer"]
    take(other, code, clock())
    accept_all(other, code, clock())
    set_id = propose(other, turn(other, code), Audience.PARTNER, clock())

    for step in (
        lambda: open_desk(people[who], code, clock()),
        lambda: compare(people[who], set_id, clock()),
        lambda: approve(people[who], set_id, frozenset(Tick), clock()),
    ):
        with pytest.raises(Refused) as refusal:
            step()
        assert refusal.value.reasons == (DenyReason.SAME_PERSON,)


def test_an_interpreter_by_the_register_alone_is_one_too(people: People, clock: Clock) -> None:
    code = taken(people["interviewer"], people["reviewer"], clock())
    me = people["reviewer_b"].account.id
    with people["custodian"].work(clock()) as work:
        work.connection.execute(register.REGISTER.update().values(interpreter_id=me))

    with pytest.raises(Refused) as refusal:
        open_desk(people["reviewer_b"], code, clock())

    assert refusal.value.reasons == (DenyReason.SAME_PERSON,)


def test_an_interpreter_by_name_is_one_too(people: People, clock: Clock) -> None:
    code = interviewed(people, clock, interpreter=interpreter(None, "reviewer  2", InterpreterFlag.NONE))

    with pytest.raises(Refused):
        take(people["reviewer_b"], code, clock())
    take(people["reviewer"], code, clock())


@pytest.mark.parametrize("who", ["reviewer", "reviewer_b"])
def test_a_second_interviewer_neither_redacts_nor_approves(people: People, clock: Clock, who: str) -> None:
    code = interviewed(people, clock, second_interviewer=people[who].account.id)

    with pytest.raises(Refused) as refusal:
        take(people[who], code, clock())

    assert refusal.value.reasons == (DenyReason.SAME_PERSON,)


@pytest.mark.parametrize(
    "flag", [InterpreterFlag.DECLARED, InterpreterFlag.ALLEGED, InterpreterFlag.CONFIRMED]
)
def test_a_flagged_interpreter_without_an_account_must_be_denied_by_the_approver(
    people: People, clock: Clock, flag: InterpreterFlag
) -> None:
    code = interviewed(people, clock, interpreter=interpreter(None, "somebody", flag))
    reviewer, second = people["reviewer"], people["reviewer_b"]
    take(reviewer, code, clock())
    accept_all(reviewer, code, clock())
    set_id = propose(reviewer, turn(reviewer, code), Audience.PARTNER, clock())
    compare(second, set_id, clock())
    look = read_alone(second, set_id, clock())

    assert Tick.NOT_THE_INTERPRETER in look.needed
    with pytest.raises(Invalid):
        approve(second, set_id, look.needed - {Tick.NOT_THE_INTERPRETER}, clock())
    approve(second, set_id, look.needed, clock())


def ready(people: People, clock: Clock) -> str:
    code = taken(people["interviewer"], people["reviewer"], clock())
    accept_all(people["reviewer"], code, clock())
    approved(people["reviewer"], people["reviewer_b"], code, clock())
    return code


@pytest.mark.parametrize("who", ["reviewer", "reviewer_b"])
def test_who_turns_out_to_have_interpreted_stops_a_release(people: People, clock: Clock, who: str) -> None:
    code = ready(people, clock)
    with people["custodian"].work(clock()) as work:
        found = people[who].account.id
        work.connection.execute(register.REGISTER.update().values(interpreter_id=found))
    other = people["reviewer_b" if who == "reviewer" else "reviewer"]

    with pytest.raises(Refused) as refusal:
        release(other, code, Audience.PARTNER, clock())

    assert refusal.value.reasons == (DenyReason.SAME_PERSON,)


def test_an_approver_who_turns_out_to_have_touched_a_mark_stops_a_release(
    people: People, clock: Clock
) -> None:
    code = ready(people, clock)
    with people["reviewer"].work(clock()) as work:
        me = people["reviewer_b"].account.id
        act = redactions.ActRow(0, code, 1, me, clock().isoformat(), "marked", None, "[]")
        redactions.insert_act(work.connection, act)

    with pytest.raises(Refused) as refusal:
        release(people["reviewer"], code, Audience.PARTNER, clock())

    assert refusal.value.reasons == (DenyReason.SAME_PERSON,)


def test_an_approver_renamed_to_the_interpreter_stops_a_release(people: People, clock: Clock) -> None:
    code = interviewed(people, clock, interpreter=interpreter(None, "Ines Prete", InterpreterFlag.NONE))
    reviewer, second = people["reviewer"], people["reviewer_b"]
    take(reviewer, code, clock())
    accept_all(reviewer, code, clock())
    approved(reviewer, second, code, clock())
    with people["custodian"].work(clock()) as work:
        rename = accounts.ACCOUNTS.update().where(accounts.ACCOUNTS.c.account_id == second.account.id)
        work.connection.execute(rename.values(name="Inès Prété"))

    with pytest.raises(Refused):
        release(reviewer, code, Audience.PARTNER, clock())


def test_other_spellings_of_what_is_withheld_must_be_seen(people: People, clock: Clock) -> None:
    told = (
        "Later Yousef came back, with Oldenbek. يوسف said nothing. Юсуф left. Yusra stayed with the lorries."
    )
    text = f"{ACCOUNT}\n\n{told}"
    reviewer, second = people["reviewer"], people["reviewer_b"]
    code = taken(people["interviewer"], reviewer, clock(), text)
    mark_words(reviewer, turn(reviewer, code), "Yusuf Oldenbeck", 0, Cover("X.5", Audience.PARTNER), clock())
    set_id = propose(reviewer, turn(reviewer, code), Audience.PARTNER, clock())

    look = compare(second, set_id, clock())

    assert look.remaining == ()
    assert [look.released[span.start : span.end] for span in look.alike] == [
        "Yousef",
        "Oldenbek",
        "يوسف",
        "Юсуф",
    ]
    assert Tick.REMAINING_SEEN in look.needed


def test_no_spelling_is_flagged_twice_or_of_what_is_no_name(people: People, clock: Clock) -> None:
    reviewer, second = people["reviewer"], people["reviewer_b"]
    text = "Yusuf saw the wells. Wells burned. Yusuf ran."
    code = taken(people["interviewer"], reviewer, clock(), text)
    mark_words(reviewer, turn(reviewer, code), "Yusuf", 1, Cover("X.1", Audience.PARTNER), clock())
    mark_words(reviewer, turn(reviewer, code), "saw the wells", 0, Cover("X.8", Audience.PARTNER), clock())
    set_id = propose(reviewer, turn(reviewer, code), Audience.PARTNER, clock())

    look = compare(second, set_id, clock())

    assert [look.released[span.start : span.end] for span in look.remaining] == ["Yusuf"]
    assert look.alike == ()


def test_the_database_keeps_who_proposed_apart_from_who_approved(people: People, clock: Clock) -> None:
    code = ready(people, clock)

    with people["reviewer"].reading() as connection:
        (layer,) = redaction_sets.sets_of(connection, code)

    assert layer.redactor_id != layer.approver_id
