"""Cases, grants and the register, as custodians keep them."""

from datetime import datetime, timedelta

import pytest

from testimony.domain.cases import CaseStatus
from testimony.domain.codes import new_code
from testimony.domain.errors import BadCode, Conflict, Invalid, NotFound, Refused
from testimony.domain.grants import ClosedPart, Grant
from testimony.domain.purposes import Purpose
from testimony.services import custody
from testimony.services.accounts import suspend
from testimony.services.grant_checks import Approval
from testimony.services.grant_requests import approve, refuse
from testimony.services.granting import Standing, end_grant, find_grant, grants_in_force, list_grants
from testimony.services.sessions import Session
from testimony.storage import log
from testimony.storage.consents import ConsentRow, insert_consent
from testimony.storage.register import RegisterRow, insert_row
from tests.grants import GrantRequest, grant
from tests.services.conftest import Clock, People

MONTH = timedelta(days=30)


def request(now: datetime, **changes: object) -> GrantRequest:
    values: dict[str, object] = {
        "handle": "investigator-1",
        "case_id": "CASE-1",
        "purposes": frozenset({Purpose.CP07, Purpose.CP09}),
        "valid_from": now,
        "valid_until": now + MONTH,
    }
    return GrantRequest(**(values | changes))  # type: ignore[arg-type]  # the fields of the request, some changed


def in_force(session: Session, clock: Clock) -> tuple[Grant, ...]:
    with session.reading() as connection:
        return grants_in_force(session, connection, session.account.id, clock())


def problems_of(fault: Invalid) -> set[tuple[str, str]]:
    return {(problem.field, problem.code) for problem in fault.problems}


def test_a_grant_opens_the_case_for_its_purposes_until_its_day(people: People, clock: Clock) -> None:
    investigator = people["investigator"]

    given = grant(
        people["custodian"], request(clock(), closed_parts=frozenset({ClosedPart.CHILDREN})), clock()
    )

    assert in_force(investigator, clock) == (given,)
    assert given.covers("CASE-1", Purpose.CP07, {ClosedPart.CHILDREN}, clock())
    assert not given.originals
    clock.forward(days=30)
    assert in_force(investigator, clock) == ()


def test_a_grant_that_begins_tomorrow_opens_nothing_today(people: People, clock: Clock) -> None:
    tomorrow = clock() + timedelta(days=1)
    grant(people["custodian"], request(clock(), valid_from=tomorrow), clock())

    assert in_force(people["investigator"], clock) == ()
    clock.forward(days=1)
    assert len(in_force(people["investigator"], clock)) == 1


def test_a_grant_opens_nothing_for_anybody_else(people: People, clock: Clock) -> None:
    grant(people["custodian"], request(clock()), clock())

    assert in_force(people["investigator_b"], clock) == ()


def test_an_ended_grant_opens_nothing_at_once(people: People, clock: Clock) -> None:
    given = grant(people["custodian"], request(clock()), clock())

    end_grant(people["custodian_b"], given.id, "left the team", clock())

    assert in_force(people["investigator"], clock) == ()
    assert find_grant(people["custodian"], given.id, clock()).standing is Standing.ENDED
    with pytest.raises(NotFound):
        end_grant(people["custodian"], given.id, "again", clock())


def test_grants_rest_while_their_case_is_not_open(people: People, clock: Clock) -> None:
    custodian = people["custodian"]
    grant(custodian, request(clock()), clock())

    custody.set_case_status(custodian, "CASE-1", CaseStatus.SUSPENDED, "danger in the area", clock())

    assert in_force(people["investigator"], clock) == ()
    assert [view.standing for view in list_grants(custodian, clock())] == [Standing.RESTING]
    custody.set_case_status(custodian, "CASE-1", CaseStatus.OPEN, "over", clock())
    assert len(in_force(people["investigator"], clock)) == 1


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"handle": "nobody"}, ("handle", "unknown")),
        ({"handle": "reviewer-1"}, ("handle", "not_investigator")),
        ({"handle": "auditor-1"}, ("handle", "not_investigator")),
        ({"handle": "custodian-1"}, ("handle", "not_investigator")),
        ({"case_id": "CASE-9"}, ("case_id", "unknown")),
        ({"purposes": frozenset()}, ("purposes", "required")),
        ({"purposes": frozenset({Purpose.CP06})}, ("purposes", "not_for_reading")),
    ],
)
def test_what_cannot_be_granted_is_said(
    people: People, clock: Clock, changes: dict[str, object], problem: tuple[str, str]
) -> None:
    with pytest.raises(Invalid) as fault:
        grant(people["custodian"], request(clock(), **changes), clock())

    assert problem in problems_of(fault.value)
    assert list_grants(people["custodian"], clock()) == ()


@pytest.mark.parametrize(("first", "last"), [(0, 91), (0, 0), (2, 1), (-5, -1)])
def test_a_grant_lasts_90_days_at_most_and_is_not_over_before_it_is_given(
    people: People, clock: Clock, first: int, last: int
) -> None:
    days = request(
        clock(), valid_from=clock() + timedelta(days=first), valid_until=clock() + timedelta(days=last)
    )

    with pytest.raises(Invalid) as fault:
        grant(people["custodian"], days, clock())

    assert problems_of(fault.value) == {("valid_until", "out_of_range")}


def test_nothing_is_granted_for_a_case_that_is_closed(people: People, clock: Clock) -> None:
    custody.set_case_status(people["custodian"], "CASE-1", CaseStatus.CLOSED, "done", clock())

    with pytest.raises(Invalid) as fault:
        grant(people["custodian"], request(clock()), clock())

    assert problems_of(fault.value) == {("case_id", "not_open")}


def test_nothing_is_granted_to_a_suspended_account(people: People, clock: Clock) -> None:
    suspend(people["custodian"], "investigator-1", clock())

    with pytest.raises(Invalid):
        grant(people["custodian"], request(clock()), clock())


@pytest.mark.parametrize("name", ["interviewer", "reviewer", "investigator", "auditor"])
def test_only_custodians_keep_cases_grants_and_the_register(people: People, clock: Clock, name: str) -> None:
    session = people[name]

    for act in (
        lambda: approve(session, "any", Approval(), "", clock()),
        lambda: refuse(session, "any", "no", clock()),
        lambda: end_grant(session, "any", "", clock()),
        lambda: list_grants(session, clock()),
        lambda: custody.open_case(session, "CASE-2", "Second", clock()),
        lambda: custody.set_case_status(session, "CASE-1", CaseStatus.CLOSED, "", clock()),
        lambda: custody.list_cases(session, clock()),
        lambda: custody.register_page(session, None, None, clock()),
        lambda: custody.promises(session, clock()),
    ):
        with pytest.raises(Refused):
            act()


def test_giving_and_ending_a_grant_are_in_the_log_the_reason_for_auditors_alone(
    people: People, clock: Clock
) -> None:
    custodian = people["custodian"]
    given = grant(custodian, request(clock()), clock())

    end_grant(custodian, given.id, "a reason that names someone", clock())

    with custodian.reading() as connection:
        size = log.size(connection)
        first, second = log.entries_from(connection, size - 2, size)
    assert (first.action, first.case_id) == ("AA16", "CASE-1")
    assert b'"fields":["given","to:' in first.leaf
    assert b'"fields":["ended","to:' in second.leaf
    assert b"names someone" not in second.leaf
    assert second.detail is not None


def test_a_case_is_opened_once_and_under_a_plain_id(people: People, clock: Clock) -> None:
    custodian = people["custodian"]
    custody.open_case(custodian, "WELLS-26", " Wells on the northern road ", clock())

    with pytest.raises(Conflict):
        custody.open_case(custodian, "WELLS-26", "Again", clock())

    views = {view.case.case_id: view for view in custody.list_cases(custodian, clock())}
    assert views["WELLS-26"].case.title == "Wells on the northern road"
    assert (views["WELLS-26"].opened_by, views["WELLS-26"].testimonies) == ("custodian-1", 0)


@pytest.mark.parametrize(
    ("case_id", "title", "field"),
    [
        ("wells", "A title", "case_id"),
        ("W", "A title", "case_id"),
        ("../X", "A title", "case_id"),
        ("WELLS", "  ", "title"),
        ("WELLS", "x" * 121, "title"),
    ],
)
def test_a_case_needs_an_id_and_a_title(
    people: People, clock: Clock, case_id: str, title: str, field: str
) -> None:
    with pytest.raises(Invalid) as fault:
        custody.open_case(people["custodian"], case_id, title, clock())

    assert [problem.field for problem in fault.value.problems] == [field]


def take_in(session: Session, code: str, submitted_on: str, review_due: str | None, clock: Clock) -> None:
    row = RegisterRow(
        code=code,
        submission_id=code,
        case_id="CASE-1",
        state="received",
        language="fra",
        month="2026-01",
        submitted_on=submitted_on,
        interviewer_id=session.account.id,
        interpreter_id=None,
        risk="R2",
    )
    with session.work(clock()) as work:
        insert_row(work.connection, row)
        if review_due is not None:
            insert_consent(
                work.connection,
                ConsentRow(code, 1, "active", submitted_on, "fra", "CE01", "LB01", review_due, ()),
            )


def test_the_register_shows_states_dates_and_what_consent_amounts_to_today(
    people: People, clock: Clock
) -> None:
    interviewer, custodian = people["interviewer"], people["custodian"]
    take_in(interviewer, "T-7Q4K-29", "2026-02-01", "2027-02-01", clock)
    take_in(interviewer, "T-AAAA-01", "2026-02-02", "2026-03-01", clock)
    take_in(interviewer, "T-BBBB-01", "2026-02-03", "2026-03-20", clock)
    take_in(interviewer, "T-CCCC-01", "2026-02-04", None, clock)

    page = custody.register_page(custodian, None, None, clock())

    assert [(entry.line.code, entry.status, entry.due) for entry in page.entries] == [
        ("T-CCCC-01", None, False),
        ("T-BBBB-01", "active", True),
        ("T-AAAA-01", "expired", True),
        ("T-7Q4K-29", "active", False),
    ]
    assert page.older is None
    assert custody.promises(custodian, clock()).reviews == 2


def test_the_register_is_paged_by_key_without_a_gap(
    people: People, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(custody, "PAGE", 3)
    for number in range(7):
        take_in(people["interviewer"], f"T-{number:04d}-00", "2026-02-01", None, clock)

    seen, before = [], None
    while True:
        page = custody.register_page(people["custodian"], before, "CASE-1", clock())
        seen += [entry.line.code for entry in page.entries]
        if page.older is None:
            break
        before = page.older

    assert seen == [f"T-{number:04d}-00" for number in reversed(range(7))]


def test_one_testimony_is_found_by_its_code_however_it_was_typed(people: People, clock: Clock) -> None:
    custodian, code = people["custodian"], new_code("T", lambda below: 7)
    take_in(people["interviewer"], code, "2026-02-01", None, clock)

    entry = custody.register_entry(custodian, code.lower().replace("-", " "), clock())

    assert entry.line.code == code
    with pytest.raises(BadCode):
        custody.register_entry(custodian, "T-7Q4K-2", clock())
    with pytest.raises(NotFound):
        custody.register_entry(custodian, new_code("T", lambda below: 8), clock())
