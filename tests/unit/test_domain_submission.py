"""A submission as a document and back, the states of a testimony, grants."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from testimony.domain.accounts import AccountId
from testimony.domain.canonical import canonical_json
from testimony.domain.codes import new_code
from testimony.domain.consent import (
    INFORMED,
    Answer,
    Assent,
    Capacity,
    Consent,
    Decision,
    GuardianDecision,
    PurposeDecision,
    Receipt,
)
from testimony.domain.errors import Invalid, NotYet
from testimony.domain.grants import ClosedPart, Grant
from testimony.domain.interview import (
    Deviation,
    EndedBy,
    Interpreter,
    InterpreterFlag,
    Interview,
    PersonPresent,
    PriorAccount,
    Recording,
    Referral,
    Route,
    Silence,
    Unanswered,
)
from testimony.domain.purposes import Purpose
from testimony.domain.statement import Acquired, AttachmentRef, Direction, Passage, ProtectItem, Statement
from testimony.domain.testimony import Imported, State, Submission, next_states, require_transition
from testimony.domain.witness import Confirmation, IdentityState, ReadBack, Sex, Witness

CONSENT = Consent(
    version=1,
    decisions=(PurposeDecision(Purpose.CP01, Decision.GRANTED),),
    evidence="CE04",
    basis="LB01",
    given_on=date(2026, 2, 3),
    language="taq",
    explained_by=AccountId("a-1"),
    explained=INFORMED,
    capacity=Capacity(Answer.YES, Answer.YES, Answer.DOUBT),
    minor=False,
    guardian_decision=GuardianDecision.NOT_NEEDED,
    assent=Assent.NOT_NEEDED,
    review_due=date(2027, 2, 3),
    receipt=Receipt.NOT_OFFERED,
)
INTERVIEW = Interview(
    month="2026-02",
    day=date(2026, 2, 3),
    place_coarse="Hodh Ech Chargui",
    place_precision="PL2",
    setting="SET01",
    spoken="taq",
    explained_in="taq",
    written_in="fra",
    interviewer=AccountId("a-1"),
    interpreter=Interpreter("Name", None, "", "a cousin", True, Answer.YES, InterpreterFlag.ALLEGED),
    persons_present=(PersonPresent("PR01", True), PersonPresent("PR03", True)),
    route=(Route("INTM-04", "community", "interpreter"),),
    earlier_accounts=Answer.YES,
    prior_accounts=(PriorAccount("journalist", "2025~", "film", Answer.DOUBT),),
    reinterview_reason="only spoke of the market then",
    recording=frozenset({Recording.NOTES, Recording.AUDIO}),
    started="09:10",
    ended="10:40",
    breaks=2,
    ended_by=EndedBy.WITNESS,
    benefits="tea",
    deviations=(Deviation("quiet place", "none to be had"),),
    referrals=(Referral("medical", True, True, date(2026, 2, 9)),),
    unanswered=(Unanswered("the soldiers", Silence.DECLINED),),
    feedback_due=date(2026, 5, 1),
)
SUBMISSION = Submission(
    submission_id="s-1",
    code=new_code("T", lambda _: 77),
    pseudonym=new_code("W", lambda _: 78),
    case_id="case-1",
    witness=Witness(IdentityState.REFUSED, Sex.FEMALE, "30-39", ("victim",), ("VU04",), "R3", ("PM01",)),
    statement=Statement(
        "رأيت السيارة. He said: \U0001f47d.", "arb", Direction.RTL, passages=(Passage(0, 13, "BA01"),)
    ),
    consent=CONSENT,
    closed_parts=frozenset({ClosedPart.SEXUAL_VIOLENCE, ClosedPart.EXTREME_RISK}),
    protect=(ProtectItem("السيارة", "X.4"), ProtectItem("Akli", "RELATIVE_NAME")),
    attachments=(
        AttachmentRef("o-1", "ab" * 32, "cd" * 32, 12, "image/jpeg", "photo.jpg", Acquired.APP_COPY, "XK01"),
    ),
    warning="CW01",
    interview=INTERVIEW,
    read_back=ReadBack(True, "taq", Confirmation.ORAL),
)


def problems(document: object) -> set[tuple[str, str]]:
    with pytest.raises(Invalid) as invalid:
        Submission.from_document(document)
    return {(problem.field, problem.code) for problem in invalid.value.problems}


def test_a_submission_reads_back_from_its_signed_bytes() -> None:
    assert Submission.from_document(json.loads(canonical_json(SUBMISSION.to_document()))) == SUBMISSION


def test_what_could_not_be_read_back_is_never_written() -> None:
    unreadable = replace(SUBMISSION, witness=replace(SUBMISSION.witness, roles=("no such role",)))

    with pytest.raises(Invalid):
        unreadable.to_document()


def test_an_imported_testimony_needs_no_session() -> None:
    imported = replace(SUBMISSION, interview=None, imported=Imported("2025-11-04~", "row 7"), read_back=None)

    assert Submission.from_document(imported.to_document()) == imported
    assert imported.month == "2025-11"
    assert replace(imported, imported=Imported(None)).month is None


def test_a_testimony_was_told_here_or_elsewhere_and_not_both() -> None:
    with pytest.raises(Invalid):
        replace(SUBMISSION, imported=Imported(None))
    with pytest.raises(Invalid):
        replace(SUBMISSION, interview=None)


def test_the_repr_of_a_submission_tells_nothing_of_its_content() -> None:
    shown = repr(SUBMISSION)

    for secret in (
        "السيارة",
        "Akli",
        "ab" * 32,
        "photo",
        "cousin",
        "INTM-04",
        "Hodh",
        "tea",
        "soldiers",
        "Name",
    ):
        assert secret not in shown


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        (("format",), "testimony-submission/2", ("format", "unknown_format")),
        (("statement", "text"), " ", ("statement.text", "required")),
        (("statement", "text"), "a\x00b", ("statement.text", "bad_character")),
        (("statement", "text"), "a\ud800b", ("statement.text", "bad_character")),
        (("statement", "text"), "x" * 1_000_001, ("statement.text", "too_long")),
        (("statement", "language"), "french", ("statement.language", "unknown_code")),
        (("statement", "passages", 0, "end"), 9_999, ("statement.passages.0", "out_of_range")),
        (("statement", "passages", 0, "start"), True, ("statement.passages.0.start", "wrong_type")),
        (("interview", "place_precision"), "PL5", ("interview.place_precision", "too_fine")),
        (("interview", "day"), "2026-03-01", ("interview.day", "out_of_range")),
        (("interview", "month"), "2026-02-03", ("interview.month", "bad_date")),
        (("interview", "route"), [], ("interview.route", "required")),
        (("interview", "reinterview_reason"), "", ("interview.reinterview_reason", "required")),
        (("interview", "persons_present", 1, "code"), "PR99", ("interview.persons_present.1.code", "unknown_code")),
        (("witness", "risk"), None, ("witness.risk", "required")),
        (("witness", "roles"), ["victim", "victim"], ("witness.roles", "twice")),
        (("attachments", 0, "key"), "zz", ("attachments.0.key", "wrong_type")),
        (("attachments", 0, "size"), -1, ("attachments.0.size", "out_of_range")),
        (("protect", 0, "kind"), "SECRET", ("protect.0.kind", "unknown_code")),
        (("closed_parts",), ["S", "Z"], ("closed_parts", "unknown_code")),
        (("consent", "basis"), "LB99", ("consent.basis", "unknown_code")),
        (("consent", "evidence"), "CE00", ("consent.evidence", "required")),
        (("read_back", "language"), None, ("read_back.language", "required")),
        (("protect",), "x", ("protect", "wrong_type")),
        (("protect",), [{}] * 1001, ("protect", "too_many")),
        (("witness",), 3, ("witness", "wrong_type")),
        (("code",), "T-0000-00", ("code", "bad_code")),
        (("pseudonym",), SUBMISSION.code, ("pseudonym", "bad_code")),
        (("warning",), "CW99", ("warning", "unknown_code")),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named_by_its_path(
    path: tuple[str | int, ...], value: object, problem: tuple[str, str]
) -> None:
    document = json.loads(json.dumps(SUBMISSION.to_document()))
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value

    assert problems(document) == {problem}


@pytest.mark.parametrize("document", [None, [], "x", {}, {1: 2}, {"format": "testimony-submission/1"}])
def test_what_is_no_submission_is_refused(document: object) -> None:
    assert problems(document)


def test_one_object_is_attached_once() -> None:
    with pytest.raises(Invalid):
        replace(SUBMISSION, attachments=SUBMISSION.attachments * 2)


def test_a_testimony_walks_from_sealed_to_released() -> None:
    require_transition(State.CAPTURED, State.SEALED)
    require_transition(State.SEALED, State.RECEIVED)
    require_transition(State.RECEIVED, State.REDACTION_DRAFT)
    require_transition(State.REDACTION_DRAFT, State.REDACTION_REVIEWED)
    require_transition(State.REDACTION_REVIEWED, State.RELEASABLE)
    require_transition(State.RELEASABLE, State.RELEASED)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (State.SEALED, State.RELEASED),
        (State.RECEIVED, State.RELEASED),
        (State.REDACTION_DRAFT, State.RELEASED),
        (State.REDACTION_DRAFT, State.RELEASABLE),
        (State.QUARANTINED, State.RELEASED),
        (State.RESTRICTED, State.RELEASED),
        (State.RELEASED, State.DISPOSED),
        (State.DISPOSED, State.RECEIVED),
        (State.DISPOSED, State.QUARANTINED),
        (State.RELEASED, State.RELEASED),
    ],
)
def test_no_step_can_be_skipped(before: State, after: State) -> None:
    with pytest.raises(NotYet):
        require_transition(before, after)


@pytest.mark.parametrize("state", [state for state in State if state is not State.DISPOSED])
def test_anything_alive_can_be_stopped(state: State) -> None:
    assert {State.QUARANTINED, State.RESTRICTED} - {state} <= next_states(state)


NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
GRANT = Grant(
    id="g-1",
    account_id=AccountId("a-1"),
    case_id="case-1",
    purposes=frozenset({Purpose.CP07}),
    closed_parts=frozenset({ClosedPart.CHILDREN}),
    originals=True,
    valid_from=NOW,
    valid_until=NOW + timedelta(days=90),
    granted_by=AccountId("a-2"),
)


def test_a_grant_reads_back_from_its_signed_bytes() -> None:
    assert Grant.from_document(json.loads(canonical_json(GRANT.to_document()))) == GRANT


@pytest.mark.parametrize(
    "changed",
    [
        {"valid_until": NOW + timedelta(days=90, seconds=1)},
        {"valid_until": NOW},
        {"valid_from": NOW.replace(tzinfo=None)},
        {"purposes": frozenset()},
        {"purposes": frozenset({Purpose.CP01})},
        {"granted_by": AccountId("a-1")},
        {"case_id": ""},
    ],
)
def test_a_grant_too_long_too_wide_or_to_oneself_cannot_be_made(changed: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        replace(GRANT, **changed)  # type: ignore[arg-type]  # the table names fields and their values


@pytest.mark.parametrize(
    ("case", "purpose", "parts", "at", "covered"),
    [
        ("case-1", Purpose.CP07, (), NOW, True),
        ("case-1", Purpose.CP07, (ClosedPart.CHILDREN,), NOW, True),
        ("case-1", Purpose.CP07, (ClosedPart.CHILDREN, ClosedPart.INSIDERS), NOW, False),
        ("case-2", Purpose.CP07, (), NOW, False),
        ("case-1", Purpose.CP09, (), NOW, False),
        ("case-1", Purpose.CP07, (), NOW - timedelta(seconds=1), False),
        ("case-1", Purpose.CP07, (), NOW + timedelta(days=90), False),
    ],
)
def test_a_grant_covers_what_it_names(
    case: str, purpose: Purpose, parts: tuple[ClosedPart, ...], at: datetime, *, covered: bool
) -> None:
    assert GRANT.covers(case, purpose, parts, at) is covered


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("valid_until", "2026-05-01"),
        ("valid_until", "soon"),
        ("originals", 1),
        ("purposes", ["CP99"]),
        ("more", 1),
    ],
)
def test_a_grant_document_that_is_not_exact_is_refused(name: str, value: object) -> None:
    with pytest.raises(Invalid):
        Grant.from_document(GRANT.to_document() | {name: value})
