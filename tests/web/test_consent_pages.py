"""The pages on which witnesses take back, decide anew, and on which custodians see what is owed."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from testimony.domain.purposes import Purpose
from testimony.services.withdrawing import ALL, withdraw
from testimony.storage.register import find_row
from tests.later_consents import IN_PERSON
from tests.review_room import consent, granted, handed_in, released
from tests.services.conftest import PASSWORD, Clock, People
from tests.web.conftest import Visitor

Visit = Callable[..., Visitor]
TAKEN = {"recognised_by": "safe_words", "channel": "in_person"}


@pytest.fixture
def code(people: People, clock: Clock) -> str:
    return released(people["interviewer"], people["reviewer"], people["reviewer_b"], clock())[0]


def state_of(people: People, code: str) -> str:
    with people["custodian"].reading() as connection:
        row = find_row(connection, code)
    assert row is not None
    return row.state


def test_an_interviewer_takes_an_account_back_in_two_steps_and_gets_a_receipt(
    visit: Visit, people: People, code: str
) -> None:
    visitor = visit("interviewer_b")
    visitor.get("/intake/coming-back")

    chosen = visitor.post("/intake/coming-back", code=code, act="withdraw")
    done = visitor.post("/intake/coming-back/taken-back", code=code, purposes="any", **TAKEN)

    assert chosen.status_code == 200 and "CP07" in chosen.text
    # What it allows and no more: neither case nor state nor who took it.
    assert "CASE-1" not in chosen.text and "Released" not in chosen.text
    assert done.status_code == 303
    receipt = visitor.get(done.headers["Location"])
    assert code in receipt.text and "cannot be called back" in receipt.text
    assert state_of(people, code) == "restricted"


def test_one_use_taken_back_leaves_the_others(visit: Visit, people: People, code: str) -> None:
    visitor = visit("custodian")
    visitor.get(f"/custody/register/{code}/taking-back")

    done = visitor.post(f"/custody/register/{code}/taking-back", purposes="CP09", **TAKEN)

    assert done.status_code == 303
    assert state_of(people, code) == "released"
    page = visitor.get(f"/custody/register/{code}/consent")
    assert "Version 2" in page.text and "Taken back" in page.text


def test_a_code_that_leads_nowhere_looks_like_one_that_is_none(visit: Visit) -> None:
    visitor = visit("interviewer")
    visitor.get("/intake/coming-back")

    none = visitor.post("/intake/coming-back", code="T-0000-00", act="withdraw")
    nowhere = visitor.post("/intake/coming-back", code="not-a-code", act="withdraw")

    assert (none.status_code, nowhere.status_code) == (422, 422)
    assert "There is no account with this code" in none.text
    assert "There is no account with this code" in nowhere.text


def test_without_saying_how_the_witness_was_recognised_nothing_is_taken_back(
    visit: Visit, people: People, code: str
) -> None:
    visitor = visit("interviewer")
    visitor.get("/intake/coming-back")

    answer = visitor.post("/intake/coming-back/taken-back", code=code, purposes="any", channel="in_person")

    assert answer.status_code == 422
    assert state_of(people, code) == "released"


@pytest.mark.parametrize(("language", "html"), [("fra", "fr"), ("eng", "en"), ("arb", "ar")])
def test_the_receipt_speaks_the_language_of_the_witness(
    visit: Visit, people: People, clock: Clock, language: str, html: str
) -> None:
    interviewer = people["interviewer"]
    told = replace(consent(interviewer.account.id, granted(Purpose.CP01, Purpose.CP07)), language=language)
    code = handed_in(interviewer, clock(), consent=told)
    withdraw(people["custodian"], code, ALL, IN_PERSON, clock())

    page = visit("custodian").get(f"/custody/register/{code}/taken-back/2")

    direction = "rtl" if html == "ar" else "ltr"
    assert f'class="receipt" lang="{html}" dir="{direction}"' in page.text


def test_a_custodian_takes_down_a_yes_and_another_confirms_it_with_their_password(
    visit: Visit, people: People, clock: Clock, code: str
) -> None:
    first, second = visit("custodian"), visit("custodian_b")
    first.get(f"/custody/register/{code}/consent/new")
    told: dict[str, object] = {
        "decision-CP13": "granted",
        "given_on": clock().date().isoformat(),
        "language": "eng",
        "evidence": "CE04",
        "explained": "y",
        **TAKEN,
    }

    recorded = first.send(f"/custody/register/{code}/consent/new", told)

    assert recorded.status_code == 303
    mine = first.get("/custody/promises")
    assert "another custodian must confirm it" in mine.text
    waiting = second.get("/custody/promises")
    action = next(
        part.split('"')[0] for part in waiting.text.split('action="')[1:] if "/confirm" in part[:80]
    )
    assert second.post(action, password="wrong").status_code == 422
    assert second.post(action, password=PASSWORD).status_code == 303
    page = second.get(f"/custody/register/{code}/consent")
    assert "confirmed by" in page.text


def test_a_yes_with_a_condition_missing_says_so_beside_it(visit: Visit, clock: Clock, code: str) -> None:
    visitor = visit("custodian")
    visitor.get(f"/custody/register/{code}/consent/new")
    told: dict[str, object] = {
        "decision-CP13": "granted_with_conditions",
        "given_on": clock().date().isoformat(),
        "language": "eng",
        "evidence": "CE04",
        "explained": "y",
        **TAKEN,
    }

    answer = visitor.send(f"/custody/register/{code}/consent/new", told)

    assert answer.status_code == 422
    assert "needs a condition" in answer.text
    assert 'value="granted_with_conditions" selected' in answer.text


def test_something_is_handed_over_called_back_and_answered_through_the_pages(
    visit: Visit, people: People, code: str
) -> None:
    reviewer, custodian = visit("reviewer"), visit("custodian")
    reviewer.get(f"/review/{code}/hand-over")
    prepared = reviewer.post(
        f"/review/{code}/hand-over",
        kind="RT02",
        name="The valley's archive",
        purpose="CP09",
        audience="partner",
    )
    assert prepared.status_code == 200 and "valley" not in prepared.text
    listed = custodian.get("/custody/handed-over")
    address = next(
        part.split('"')[0]
        for part in listed.text.split('href="')[1:]
        if part.startswith("/custody/handed-over/")
    )
    assert "The valley&#39;s archive" in listed.text

    custodian.get(address)
    assert custodian.post(address, act="approve").status_code == 303
    assert custodian.post(address, act="sent", channel="in_person").status_code == 303
    custodian.get(f"/custody/register/{code}/taking-back")
    custodian.post(f"/custody/register/{code}/taking-back", purposes="any", **TAKEN)

    assert "Recalls without an answer" in custodian.get("/custody/promises").text
    assert custodian.post(address, act="recall").status_code == 303
    assert custodian.post(address, act="answer", answer="deleted").status_code == 303
    assert "Deleted by the recipient" in custodian.get(address).text


def test_what_is_owed_stands_on_the_front_page(visit: Visit, people: People, clock: Clock, code: str) -> None:
    withdraw(people["interviewer"], code, ALL, IN_PERSON, clock())

    front = visit("custodian").get("/custody/")

    assert "owed to" in front.text


def test_what_happened_to_a_witness_is_chosen_and_never_filled_in(visit: Visit, code: str) -> None:
    visitor = visit("custodian")
    page = visitor.get(f"/custody/register/{code}/consent").text

    answer = visitor.post(f"/custody/register/{code}/events", what="", occurred_on="2026-03-01")

    assert '<option value="">Choose</option>' in page.replace("selected ", "").replace(" selected", "")
    assert answer.status_code == 422 and "Choose what happened." in answer.text
    assert "The witness has died, 1 March" not in answer.text
