"""The custodians' room in a browser without script."""

import re
from collections.abc import Callable

import pytest

from testimony.domain.codes import new_code
from testimony.services.granting import grants_in_force
from testimony.storage.accounts import find_handle
from testimony.storage.consents import ConsentRow, DecisionRow, insert_consent
from testimony.storage.register import RegisterRow, insert_row
from tests.services.conftest import PASSWORD, Clock, People
from tests.web.conftest import Visitor

Visit = Callable[..., Visitor]

PAGES = (
    "/custody/",
    "/custody/accounts",
    "/custody/accounts/new",
    "/custody/cases",
    "/custody/cases/new",
    "/custody/cases/CASE-1",
    "/custody/grants",
    "/custody/grants/new",
    "/custody/cases/CASE-1/walls",
    "/custody/register",
    "/custody/recovery",
    "/custody/recovery/sheets",
    "/custody/recovery/identity",
)
FORMS = (
    "/custody/accounts/new",
    "/custody/accounts/any/suspend",
    "/custody/cases/new",
    "/custody/cases/CASE-1/status",
    "/custody/grants/new",
    "/custody/grants/any/end",
    "/custody/recovery/sheets/order",
    "/custody/recovery/sheets/confirm",
    "/custody/recovery/identity/order",
    "/custody/accounts/any/new-keys/order",
)
GRANT: dict[str, object] = {
    "handle": "investigator-1",
    "case_id": "CASE-1",
    "purposes": ["CP07"],
    "reason": "the office follows this case",
    "valid_from": "2026-03-02",
    "valid_until": "2026-03-31",
}


def account_id_of(people: People, handle: str) -> str:
    with people["custodian_b"].reading() as connection:
        row = find_handle(connection, handle)
    assert row is not None
    return row.account_id


def give_grant(visit: Visit, **changes: object) -> str:
    """Propose the grant above as one custodian and approve it as another; its id."""
    assert visit("custodian").send("/custody/grants/new", GRANT | changes).status_code == 303
    second = visit("custodian_b")
    found = re.search(r'href="/custody/grants/([0-9a-f]{16})/request"', second.get("/custody/grants").text)
    assert found
    second.get(f"/custody/grants/{found[1]}/request")
    approved = second.post(
        f"/custody/grants/{found[1]}/approve",
        reason="agreed",
        password=PASSWORD,
        **{name: value for name, value in changes.items() if name == "originals"},
    )
    assert approved.status_code == 303
    return found[1]


@pytest.mark.parametrize("name", ["interviewer", "reviewer", "investigator", "auditor"])
def test_custody_is_not_there_for_anybody_but_custodians(visit: Visit, name: str) -> None:
    visitor = visit(name)

    answers = [visitor.get(path).status_code for path in PAGES]
    answers += [visitor.post(path).status_code for path in FORMS]

    assert set(answers) == {404}


def test_every_page_of_the_room_answers(visit: Visit) -> None:
    visitor = visit("custodian")

    assert {path: visitor.get(path).status_code for path in PAGES} == dict.fromkeys(PAGES, 200)


def test_the_front_says_for_whom_each_key_opens(visit: Visit) -> None:
    page = visit("custodian").get("/custody/").text

    assert "The vault opens for 2 people" in page
    assert "The log&#39;s sealed words open for 1 person" in page
    assert "Identities open when 2 of 3 custodians agree" in page


def test_an_invited_person_joins_with_the_code_that_was_shown_once(visit: Visit) -> None:
    custodian = visit("custodian")
    answer = custodian.send(
        "/custody/accounts/new", {"handle": "new-reader", "name": "A new reader", "roles": ["investigator"]}
    )
    code = re.search(r'code-large">([^<]+)<', answer.text)
    assert code

    newcomer = visit()
    newcomer.get("/enrol")
    joined = newcomer.post(
        "/enrol", handle="new-reader", one_time_code=code[1], password=PASSWORD, password_again=PASSWORD
    )

    assert answer.headers["Cache-Control"] == "no-store"
    assert joined.status_code == 303
    assert code[1] not in custodian.get("/custody/accounts").text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"handle": "", "name": "X", "roles": ["auditor"]}, "Choose the name they will sign in with."),
        ({"handle": "Ünsound Näme", "name": "X", "roles": ["auditor"]}, "small letters"),
        ({"handle": "auditor-1", "name": "X", "roles": ["auditor"]}, "Somebody has this name already"),
        ({"handle": "both", "name": "X", "roles": ["auditor", "reviewer"]}, "must not meet in one account"),
        ({"handle": "none", "name": "X"}, "Choose at least one role."),
        ({"handle": "odd", "name": "X", "roles": ["emperor"]}, "This did not go through"),
        ({"handle": "../../etc", "name": "X", "roles": ["auditor"]}, "small letters"),
    ],
)
def test_an_invitation_that_does_not_fit_says_why_and_keeps_what_was_typed(
    visit: Visit, fields: dict[str, object], sentence: str
) -> None:
    visitor = visit("custodian")

    answer = visitor.send("/custody/accounts/new", fields)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'value="X"' in answer.text


def test_a_suspended_person_is_signed_out_at_once(visit: Visit, people: People) -> None:
    reader, custodian = visit("investigator"), visit("custodian")
    account_id = account_id_of(people, "investigator-1")
    assert reader.get("/").status_code == 200

    answer = custodian.post(
        f"/custody/accounts/{account_id}/suspend", reason="left the team", password=PASSWORD
    )

    assert answer.status_code == 303
    assert reader.get("/").location == "/sign-in"
    assert "This account is stopped" in custodian.get(f"/custody/accounts/{account_id}").text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"reason": "", "password": PASSWORD}, "Say why."),
        ({"reason": "x", "password": ""}, "Type your password."),
        ({"reason": "x", "password": "not the right one"}, "This is not your password."),
        ({"reason": "x" * 501, "password": PASSWORD}, "This did not go through"),
    ],
)
def test_a_grave_act_asks_for_a_reason_and_the_password(
    visit: Visit, people: People, fields: dict[str, object], sentence: str
) -> None:
    visitor, account_id = visit("custodian"), account_id_of(people, "investigator-1")

    answer = visitor.send(f"/custody/accounts/{account_id}/suspend", fields)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert "This account is stopped" not in visitor.get(f"/custody/accounts/{account_id}").text


def test_nobody_suspends_themselves(visit: Visit, people: People) -> None:
    visitor, own = visit("custodian"), account_id_of(people, "custodian-1")

    answer = visitor.post(f"/custody/accounts/{own}/suspend", reason="x", password=PASSWORD)

    assert answer.status_code == 409
    assert visitor.get("/custody/").status_code == 200


def test_a_grant_given_on_the_page_opens_and_ended_on_the_page_closes(
    visit: Visit, people: People, clock: Clock
) -> None:
    visitor, investigator = visit("custodian"), people["investigator"]

    grant_id = give_grant(visit)
    with investigator.reading() as connection:
        opened = grants_in_force(investigator, connection, investigator.account.id, clock())
    ended = visitor.post(f"/custody/grants/{grant_id}/end", reason="over", password=PASSWORD)
    with investigator.reading() as connection:
        closed = grants_in_force(investigator, connection, investigator.account.id, clock())

    assert [grant.id for grant in opened] == [grant_id]
    assert (ended.status_code, closed) == (303, ())
    assert "End this grant" not in visitor.get(f"/custody/grants/{grant_id}").text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"valid_until": "2026-06-30"}, "lasts 90 days at most"),
        ({"valid_until": "2026-03-01"}, "lasts 90 days at most"),
        ({"valid_until": "never"}, "This did not go through"),
        ({"purposes": []}, "Choose at least one purpose."),
        ({"purposes": ["CP06"]}, "This did not go through"),
        ({"handle": "reviewer-1"}, "This did not go through"),
        ({"handle": ""}, "Choose an investigator."),
        ({"case_id": "CASE-9"}, "This did not go through"),
        ({"reason": " "}, "Say what it is needed for."),
    ],
)
def test_a_grant_that_does_not_fit_says_why(visit: Visit, changes: dict[str, object], sentence: str) -> None:
    visitor = visit("custodian")

    answer = visitor.send("/custody/grants/new", GRANT | changes)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert "No grant was given yet" in visitor.get("/custody/grants").text


def test_a_case_is_opened_and_suspended(visit: Visit) -> None:
    visitor = visit("custodian")

    opened = visitor.post("/custody/cases/new", case_id="WELLS-26", title="Wells <b>north</b>")
    again = visitor.post("/custody/cases/new", case_id="WELLS-26", title="Again")
    bad = visitor.post("/custody/cases/new", case_id="wells 26", title="Again")
    changed = visitor.post(
        "/custody/cases/WELLS-26/status", status="suspended", reason="danger", password=PASSWORD
    )

    page = visitor.get("/custody/cases/WELLS-26").text
    assert (opened.status_code, again.status_code, bad.status_code, changed.status_code) == (
        303,
        422,
        422,
        303,
    )
    assert "Wells &lt;b&gt;north&lt;/b&gt;" in page
    assert "Suspended" in page
    assert "such as WELLS-26" in bad.text


@pytest.mark.parametrize("path", ["/custody/cases/NONE", "/custody/grants/none", "/custody/accounts/none"])
def test_what_is_not_there_is_not_there(visit: Visit, path: str) -> None:
    assert visit("custodian").get(path).status_code == 404


@pytest.fixture
def code(people: People, clock: Clock) -> str:
    """A released testimony of a witness who allowed study and refused partners."""
    code = new_code("T", lambda below: below // 3)
    decisions = (DecisionRow("CP07", "granted"), DecisionRow("CP09", "refused"))
    interviewer = people["interviewer"]
    with interviewer.work(clock()) as work:
        row = RegisterRow(
            code=code,
            submission_id="s",
            case_id="CASE-1",
            state="released",
            language="fra",
            month="2026-01",
            submitted_on="2026-02-01",
            interviewer_id=interviewer.account.id,
            interpreter_id=None,
            risk="R2",
        )
        insert_row(work.connection, row)
        consent = ConsentRow(code, 1, "active", "2026-02-01", "fra", "CE01", "LB01", "2027-02-01", decisions)
        insert_consent(work.connection, consent)
    return code


def test_a_testimony_is_found_by_its_code_however_it_was_typed(visit: Visit, code: str) -> None:
    visitor = visit("custodian")

    found = visitor.get(f"/custody/register/find?code={code.lower().replace('-', '%20')}")
    mistyped = visitor.get("/custody/register/find?code=T-7Q4K-2")

    assert found.location == f"/custody/register/{code}"
    assert code in visitor.get("/custody/register").text
    assert mistyped.status_code == 422
    assert "may be mistyped" in mistyped.text


def test_the_page_of_a_testimony_says_who_can_read_it_and_why_not(visit: Visit, code: str) -> None:
    visitor = visit("custodian")
    without = visitor.get(f"/custody/register/{code}").text
    give_grant(visit, purposes=["CP07", "CP09"])

    page = visitor.get(f"/custody/register/{code}").text

    assert "No investigator holds a grant" in without
    allowed, refused = page.split("Not for")
    assert "CP07" in allowed
    assert "CP09" not in allowed
    assert "The witness said no" in refused
    assert "reviewer-1" in refused


@pytest.mark.parametrize(
    "before", ["x", "~", "2026-01-01~", "'; DROP TABLE register; --~T", "a~" + "b" * 100]
)
def test_a_page_key_of_the_register_that_makes_no_sense_breaks_nothing(
    visit: Visit, code: str, before: str
) -> None:
    assert visit("custodian").get(f"/custody/register?before={before}").status_code == 200


@pytest.mark.parametrize(("sent", "shown"), [({}, "never originals"), ({"originals": "y"}, "and originals")])
def test_originals_are_granted_by_a_tick_of_their_own(
    visit: Visit, sent: dict[str, object], shown: str
) -> None:
    grant_id = give_grant(visit, **sent)

    assert shown in visit("custodian").get(f"/custody/grants/{grant_id}").text


def test_the_number_of_people_a_release_must_fit_is_set_with_reason_and_password(visit: Visit) -> None:
    visitor = visit("custodian")
    form = {"audience": "public", "people": "25", "reason": "a small valley", "password": PASSWORD}

    before = visitor.get("/custody/cases/CASE-1").text
    wrong = visitor.post("/custody/cases/CASE-1/threshold", **{**form, "password": "guess"})
    missing = visitor.post("/custody/cases/CASE-1/threshold", **{**form, "people": "none"})
    done = visitor.post("/custody/cases/CASE-1/threshold", **form)

    assert (wrong.status_code, missing.status_code, done.status_code) == (422, 422, 303)
    assert "the public: 10" in before
    assert "the public: 25" in visitor.get("/custody/cases/CASE-1").text
    assert before.count('id="reason"') == before.count('id="threshold-reason"') == 1
