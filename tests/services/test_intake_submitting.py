"""Handing in: all of it or nothing, once, and closed to the hand that gave it."""

import json

import pytest

from crypto.errors import Tampered
from crypto.labels import Label
from crypto.sealing import open_sealed
from testimony.domain.earlier_accounts import Because
from testimony.domain.errors import Invalid, NotFound, NotYet
from testimony.domain.grants import ClosedPart
from testimony.domain.interview import Counsel, EndedBy
from testimony.domain.testimony import State, Submission
from testimony.services.certificates import certified_account
from testimony.services.drafts import Step
from testimony.services.earlier_questions import say_not_asked
from testimony.services.envelopes import open_submission
from testimony.services.intake import (
    check_draft,
    open_draft,
    own_submissions,
    save_step,
    start_draft,
    submit_draft,
)
from testimony.services.opening import sealing_key_of
from testimony.services.sessions import Session
from testimony.services.stopping import stop_for_counsel
from testimony.storage import consents, drafts, identities, inbox, register
from testimony.storage.compartments import Compartment
from testimony.storage.errors import CompartmentClosed
from tests.services.conftest import Clock, People
from tests.services.intake_answers import ACCOUNT, IDENTITY, WHOLE, change, type_draft


def opened(people: People, code: str) -> Submission:
    """What a member of the vault reads out of the inbox."""
    reviewer = people["reviewer"]
    with reviewer.reading() as connection:
        row = register.find_row(connection, code)
        assert row is not None
        item = inbox.find_item(connection, row.submission_id)
    assert item is not None
    signer = certified_account(reviewer.archive.keyring(), people["interviewer"].account.id)
    key = sealing_key_of(reviewer.archive.secret(Compartment.VAULT))
    signed = open_submission(key, signer.signing, item.sealed, item.submission_id)
    return Submission.from_document(json.loads(signed.document))


def missing(session: Session, clock: Clock, draft_id: str) -> set[tuple[str, str]]:
    return {(problem.field, problem.code) for problem in check_draft(session, draft_id, clock()).problems}


def test_what_was_typed_reaches_the_vault_word_for_word(people: People, clock: Clock) -> None:
    draft_id = type_draft(people["interviewer"], clock())

    handed_in = submit_draft(people["interviewer"], draft_id, clock())

    submission = opened(people, handed_in.code)
    assert submission.statement.text == ACCOUNT
    assert submission.statement.passages[0].basis == "BA01"
    assert submission.protect[0].text == "Akli"
    assert submission.interview is not None
    assert submission.interview.unanswered[0].topic == "How many men"
    assert submission.consent.decision_on(submission.consent.decisions[0].purpose).is_yes


def test_the_register_and_the_consent_stand_in_the_ledger_for_the_gate(people: People, clock: Clock) -> None:
    draft_id = type_draft(people["interviewer"], clock())

    code = submit_draft(people["interviewer"], draft_id, clock()).code

    with people["interviewer"].reading() as connection:
        row, consent = register.find_row(connection, code), consents.current_consent(connection, code)
    assert row is not None and consent is not None
    assert (row.state, row.case_id, row.month, row.warning) == ("sealed", "CASE-1", "2026-02", "CW01")
    assert consent.status == "active"
    assert {d.purpose: (d.decision, d.conditions) for d in consent.decisions}["CP10"] == (
        "granted_with_conditions",
        ("CC04",),
    )


def test_the_draft_is_gone_once_it_is_handed_in(people: People, clock: Clock) -> None:
    interviewer = people["interviewer"]
    draft_id = type_draft(interviewer, clock())

    submit_draft(interviewer, draft_id, clock())

    with interviewer.reading() as connection:
        assert drafts.count_drafts(connection, interviewer.account.id) == 0
    with pytest.raises(NotFound):
        open_draft(interviewer, draft_id, clock())


def test_handing_in_twice_gives_the_same_code_and_one_testimony(people: People, clock: Clock) -> None:
    interviewer = people["interviewer"]
    draft_id = type_draft(interviewer, clock())

    first = submit_draft(interviewer, draft_id, clock())
    second = submit_draft(interviewer, draft_id, clock.forward(days=1))

    assert first == second
    assert len(own_submissions(interviewer)) == 1


def test_afterwards_the_interviewer_sees_code_day_and_state_and_nothing_else(
    people: People, clock: Clock
) -> None:
    interviewer = people["interviewer"]

    code = submit_draft(interviewer, type_draft(interviewer, clock()), clock()).code

    (seen,) = own_submissions(interviewer)
    assert (seen.code, seen.submitted_on, seen.state) == (code, clock().date(), State.SEALED)
    assert own_submissions(people["interviewer_b"]) == ()


def test_the_interviewers_keys_open_nothing_that_was_handed_in(people: People, clock: Clock) -> None:
    """G3."""
    interviewer = people["interviewer"]
    draft_id = type_draft(
        interviewer,
        clock(),
        consent={"decision-CP06": "granted"},
        identity=IDENTITY,
    )

    code = submit_draft(interviewer, draft_id, clock()).code

    with interviewer.reading() as connection:
        item, identity = inbox.find_item(connection, draft_id), identities.find_identity(connection, code)
    assert item is not None and identity is not None
    mine = [interviewer.keys.sealing, *map(sealing_key_of, interviewer.archive.secrets.values())]
    for key in mine:
        for sealed, label in ((item.sealed, Label.INTAKE), (identity.sealed, Label.IDENTITY)):
            with pytest.raises(Tampered):
                open_sealed(key, sealed, label, draft_id.encode())
    for compartment in (Compartment.VAULT, Compartment.IDENTITY, Compartment.READING_ROOM):
        with pytest.raises(CompartmentClosed):
            interviewer.archive.secret(compartment)


def test_the_vault_does_not_open_an_identity(people: People, clock: Clock) -> None:
    draft_id = type_draft(
        people["interviewer"], clock(), consent={"decision-CP06": "granted"}, identity=IDENTITY
    )

    code = submit_draft(people["interviewer"], draft_id, clock()).code

    with people["reviewer"].reading() as connection:
        identity = identities.find_identity(connection, code)
    assert identity is not None
    with pytest.raises(Tampered):
        open_sealed(
            sealing_key_of(people["reviewer"].archive.secret(Compartment.VAULT)),
            identity.sealed,
            Label.IDENTITY,
            draft_id.encode(),
        )
    assert "Fadimata" not in str(opened(people, code).to_document())


def test_a_name_typed_before_the_witness_said_no_is_not_kept(people: People, clock: Clock) -> None:
    interviewer = people["interviewer"]
    draft_id = type_draft(interviewer, clock(), identity=IDENTITY)

    code = submit_draft(interviewer, draft_id, clock()).code

    with interviewer.reading() as connection:
        assert identities.find_identity(connection, code) is None
    assert opened(people, code).witness.identity_state == "refused"


def test_a_draft_that_is_not_whole_is_not_handed_in_and_nothing_is_lost(people: People, clock: Clock) -> None:
    interviewer = people["interviewer"]
    draft_id = type_draft(interviewer, clock(), closing={"risk": ""})

    with pytest.raises(Invalid):
        submit_draft(interviewer, draft_id, clock())

    assert open_draft(interviewer, draft_id, clock()).answers(Step.ACCOUNT).text("text") == ACCOUNT
    assert own_submissions(interviewer) == ()


def test_an_untouched_draft_names_what_is_missing_in_every_step_it_needs(
    people: People, clock: Clock
) -> None:
    draft_id = type_draft(people["interviewer"], clock(), **{step.value: {} for step in Step})
    interviewer = people["interviewer"]
    for step, values in WHOLE.items():
        change(interviewer, draft_id, step, clock(), **dict.fromkeys(values, ""))

    steps = {name.partition(".")[0] for name, _ in missing(interviewer, clock, draft_id)}

    assert steps >= {"before", "consent", "account", "closing"}


def test_a_child_without_guardian_is_sealed_as_a_closed_note(people: People, clock: Clock) -> None:
    interviewer = people["interviewer"]
    draft_id = type_draft(
        interviewer,
        clock(),
        before={"minor": "yes", "age_band": "13-17"},
        consent={"guardian_decision": "not_asked", "assent": "given"},
    )

    assert check_draft(interviewer, draft_id, clock()).will_be_quarantined
    code = submit_draft(interviewer, draft_id, clock()).code

    with interviewer.reading() as connection:
        row, consent = register.find_row(connection, code), consents.current_consent(connection, code)
    assert row is not None and consent is not None
    assert (row.state, row.quarantined, row.minor, row.guardian_ok) == ("quarantined", 1, 1, 0)
    assert (consent.status, row.tag_c) == ("invalid_no_guardian", 1)


def test_a_child_with_guardian_and_assent_is_sealed_as_any_other(people: People, clock: Clock) -> None:
    draft_id = type_draft(
        people["interviewer"],
        clock(),
        before={"minor": "yes", "age_band": "13-17"},
        consent={"guardian_decision": "granted", "assent": "given", "evidence": "CE05"},
    )

    handed_in = submit_draft(people["interviewer"], draft_id, clock())

    assert handed_in.state is State.SEALED
    assert opened(people, handed_in.code).closed_parts == {ClosedPart.CHILDREN}


@pytest.mark.parametrize(
    ("step", "values", "status"),
    [
        ("explanation", {"understood": ["EX05", "EX08"]}, "invalid_not_informed"),
        ("consent", {"free_of_pressure": "no"}, "invalid_coerced"),
    ],
)
def test_consent_that_does_not_hold_is_sealed_as_a_closed_note(
    people: People, clock: Clock, step: str, values: dict[str, object], status: str
) -> None:
    draft_id = type_draft(people["interviewer"], clock(), **{step: values})

    code = submit_draft(people["interviewer"], draft_id, clock()).code

    with people["interviewer"].reading() as connection:
        row, consent = register.find_row(connection, code), consents.current_consent(connection, code)
    assert row is not None and consent is not None
    assert (row.state, consent.status) == ("quarantined", status)


@pytest.mark.parametrize(
    ("step", "values", "tag"),
    [
        ("account", {"warnings": ["CW01", "CW03"]}, "tag_s"),
        ("before", {"roles": ["insider"], "caution": "yes"}, "tag_p"),
        ("closing", {"risk": "R4"}, "tag_r4"),
    ],
)
def test_a_testimony_that_needs_it_lies_in_a_closed_part_of_its_case(
    people: People, clock: Clock, step: str, values: dict[str, object], tag: str
) -> None:
    draft_id = type_draft(people["interviewer"], clock(), **{step: values})

    code = submit_draft(people["interviewer"], draft_id, clock()).code

    with people["interviewer"].reading() as connection:
        row = register.find_row(connection, code)
    assert row is not None
    assert {name: getattr(row, name) for name in ("tag_s", "tag_c", "tag_p", "tag_r4")} == {
        "tag_s": 0,
        "tag_c": 0,
        "tag_p": 0,
        "tag_r4": 0,
        tag: 1,
    }


def test_named_readers_are_found_by_their_handles(people: People, clock: Clock) -> None:
    draft_id = type_draft(
        people["interviewer"],
        clock(),
        consent={"conditions-CP10": ["CC11"], "parameter-CP10-CC11": "Investigator-1, investigator-2"},
    )

    code = submit_draft(people["interviewer"], draft_id, clock()).code

    with people["interviewer"].reading() as connection:
        consent = consents.current_consent(connection, code)
    assert consent is not None
    readers = next(d.readers for d in consent.decisions if d.purpose == "CP10")
    assert set(readers) == {people["investigator"].account.id, people["investigator_b"].account.id}


def test_a_reader_who_is_not_here_is_named_as_a_problem(people: People, clock: Clock) -> None:
    draft_id = type_draft(
        people["interviewer"],
        clock(),
        consent={"conditions-CP10": ["CC11"], "parameter-CP10-CC11": "nobody"},
    )

    assert ("consent.parameter-CP10-CC11", "unknown_account") in missing(
        people["interviewer"], clock, draft_id
    )


def test_not_before_a_date_is_kept_as_a_date(people: People, clock: Clock) -> None:
    draft_id = type_draft(
        people["interviewer"],
        clock(),
        consent={"conditions-CP10": ["CC07"], "parameter-CP10-CC07": "2027-06"},
    )

    code = submit_draft(people["interviewer"], draft_id, clock()).code

    with people["interviewer"].reading() as connection:
        consent = consents.current_consent(connection, code)
    assert consent is not None
    assert next(d.not_before for d in consent.decisions if d.purpose == "CP10") == "2027-06-01"


def test_an_insiders_account_is_not_begun_before_their_rights_were_told(people: People, clock: Clock) -> None:
    session = people["interviewer"]
    draft_id = start_draft(session, clock())
    before = {**WHOLE[Step.BEFORE], "roles": ["alleged_perpetrator"]}
    save_step(session, draft_id, Step.BEFORE, before, 0, clock())
    save_step(session, draft_id, Step.CONSENT, WHOLE[Step.CONSENT], 0, clock())
    say_not_asked(session, draft_id, Because.NO_NAME, clock())

    with pytest.raises(NotYet):
        save_step(session, draft_id, Step.ACCOUNT, WHOLE[Step.ACCOUNT], 0, clock())
    assert ("before.caution", "required") in missing(session, clock, draft_id)

    change(session, draft_id, Step.BEFORE, clock(), caution="yes")
    save_step(session, draft_id, Step.ACCOUNT, WHOLE[Step.ACCOUNT], 0, clock())
    # What was not told is said as such, with the rule that could not be kept.
    change(session, draft_id, Step.BEFORE, clock(), caution="no")
    assert ("closing.deviation_standard", "required") in missing(session, clock, draft_id)


def test_asking_for_a_lawyer_ends_the_account_for_good(people: People, clock: Clock) -> None:
    session = people["interviewer"]
    insider = {"roles": ["insider"], "caution": "yes"}
    draft_id = type_draft(session, clock(), before=insider, closing={"ended_by": ""})

    stop_for_counsel(session, draft_id, "what came after", "They asked for a lawyer.", clock())

    account = open_draft(session, draft_id, clock()).answers(Step.ACCOUNT)
    with pytest.raises(NotYet):
        save_step(
            session, draft_id, Step.ACCOUNT, {**account.values, "text": "more"}, account.version, clock()
        )
    # Saving the first page again does not take it back.
    change(session, draft_id, Step.BEFORE, clock(), counsel="no", roles=["eyewitness"])
    submission = opened(people, submit_draft(session, draft_id, clock()).code)
    assert submission.interview is not None
    assert submission.interview.ended_by is EndedBy.COUNSEL
    assert submission.interview.counsel == Counsel(cautioned=True, asked=True)
    assert submission.statement.text == ACCOUNT
    assert submission.interview.unanswered[-1].topic == "what came after"
