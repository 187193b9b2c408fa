"""The pages about identities: asked for, decided by two custodians, shown once, and never at an address."""

import re
from collections.abc import Callable

from testimony.domain.purposes import Purpose
from testimony.services.identity_approving import approve
from testimony.services.identity_requests import ask
from tests.identities import (
    NAME,
    PHONE,
    REASON,
    SAFE_WORDS,
    asking,
    received_with_identity,
    recontact,
    with_identity,
)
from tests.review_room import granted
from tests.services.conftest import PASSWORD, Clock, People
from tests.web.conftest import Visitor

Visit = Callable[..., Visitor]
GRAVE = {"password": PASSWORD}


def form(need: str, *wanted: str) -> dict[str, object]:
    return {"need": need, "wanted": list(wanted), "reason": REASON, "days": "3", **GRAVE}


def test_a_reviewer_asks_two_custodians_agree_and_the_names_are_shown(
    visit: Visit, people: People, clock: Clock
) -> None:
    code = received_with_identity(people, clock)
    reviewer = visit("reviewer")
    reviewer.get(f"/identities/ask/{code}")
    fields: dict[str, object] = {
        "need": "proceedings:LB06",
        "wanted": ["names"],
        "reason": REASON,
        "days": "3",
        **GRAVE,
    }
    where = reviewer.send(f"/identities/ask/{code}", fields).headers["Location"]
    asked = where.rsplit("/", 1)[1]
    first, second = visit("custodian"), visit("custodian_b")

    assert "1 request to open an identity waits for you" in first.get("/custody/").text
    page = first.get(f"/custody/identities/{asked}").text
    assert REASON in page and "Two people must agree. Nobody has agreed yet" in page
    first.post(f"/custody/identities/{asked}/agree", **GRAVE)
    page = first.get(f"/custody/identities/{asked}").text
    assert "You have agreed; one other custodian is needed before Thursday 5 March, 09:00 UTC." in page
    second.get(f"/custody/identities/{asked}")
    second.post(f"/custody/identities/{asked}/agree", **GRAVE)

    assert NAME not in reviewer.get(where).text
    assert "is open until" in reviewer.get("/").text
    shown = reviewer.send(f"/identities/requests/{asked}/show", {"wanted": ["names"], **GRAVE})
    assert shown.status_code == 200 and NAME in shown.text and PHONE not in shown.text
    assert "no-store" in shown.headers["Cache-Control"]
    assert 'class="identity' in shown.text


def test_a_wrong_password_agrees_to_nothing(visit: Visit, people: People, clock: Clock) -> None:
    code = received_with_identity(people, clock)
    asked = ask(people["reviewer"], asking(code, clock), clock())
    custodian = visit("custodian")
    custodian.get(f"/custody/identities/{asked}")

    answer = custodian.post(f"/custody/identities/{asked}/agree", password="not this one")

    assert answer.status_code == 422
    assert "Nobody has agreed yet" in custodian.get(f"/custody/identities/{asked}").text


def test_what_does_not_fit_is_said_beside_its_field(visit: Visit, people: People, clock: Clock) -> None:
    code = received_with_identity(people, clock)
    reviewer = visit("reviewer")
    reviewer.get(f"/identities/ask/{code}")
    fields: dict[str, object] = {
        "need": "recontact:LB01",
        "wanted": ["names"],
        "reason": "because",
        "days": "3",
        **GRAVE,
    }

    answer = reviewer.send(f"/identities/ask/{code}", fields)

    assert answer.status_code == 422
    assert "Say in 10 to 500 characters" in answer.text


def test_a_custodian_says_no(visit: Visit, people: People, clock: Clock) -> None:
    code = received_with_identity(people, clock)
    asked = ask(people["reviewer"], asking(code, clock), clock())
    custodian = visit("custodian")
    custodian.get(f"/custody/identities/{asked}/refuse")

    custodian.post(f"/custody/identities/{asked}/refuse", reason="no court asked", **GRAVE)

    assert "A custodian said no" in visit("reviewer").get(f"/identities/requests/{asked}").text


def test_a_custodian_who_is_too_near_leaves_it_to_the_others(
    visit: Visit, people: People, clock: Clock
) -> None:
    code = received_with_identity(people, clock)
    asked = ask(people["reviewer"], asking(code, clock), clock())
    custodian = visit("custodian")
    custodian.get(f"/custody/identities/{asked}")

    custodian.post(f"/custody/identities/{asked}/too-near")

    assert "Others decide about this" in custodian.get(f"/custody/identities/{asked}").text


def test_an_interviewer_reaches_a_witness_without_learning_a_name(
    visit: Visit, people: People, clock: Clock
) -> None:
    code = received_with_identity(people, clock)
    asked = ask(people["reviewer"], recontact(code, clock), clock())
    approve(people["custodian"], asked, clock())
    approve(people["custodian_b"], asked, clock())
    interviewer = visit("interviewer")
    assert "1 witness is to be reached" in interviewer.get("/").text
    found = re.search(r"/identities/contacts/[0-9a-f]{16}", interviewer.get("/identities/").text)
    assert found is not None
    interviewer.get(found[0])

    shown = interviewer.post(f"{found[0]}/show", **GRAVE)

    assert PHONE in shown.text and SAFE_WORDS in shown.text and NAME not in shown.text
    assert "Contact only by the given channel and hours" in shown.text
    interviewer.get(found[0])
    interviewer.post(f"{found[0]}/done", outcome="reached", note="")
    assert "Reached" in interviewer.get(found[0]).text


def test_an_identity_is_closed_on_the_page_of_its_testimony(
    visit: Visit, people: People, clock: Clock
) -> None:
    code = received_with_identity(people, clock)
    custodian = visit("custodian")
    assert f"/custody/register/{code}/identity" in custodian.get(f"/custody/register/{code}").text
    custodian.get(f"/custody/register/{code}/identity")

    custodian.post(f"/custody/register/{code}/identity/close", reason="the witness died", **GRAVE)

    assert "It is closed" in custodian.get(f"/custody/register/{code}/identity").text
    assert "only another custodian" in custodian.get(f"/custody/register/{code}/identity").text


def test_somebody_says_who_is_too_near(visit: Visit, people: People, clock: Clock) -> None:
    code = received_with_identity(people, clock)
    interviewer = visit("interviewer")
    interviewer.get("/identities/too-near")

    answer = interviewer.post("/identities/too-near", code=code, handle="custodian-2")

    assert answer.status_code == 200 and "Noted." in answer.text


def test_why_it_cannot_be_asked_is_said_in_words(visit: Visit, people: People, clock: Clock) -> None:
    code = with_identity(people["interviewer"], clock(), decisions=granted(Purpose.CP01, Purpose.CP06))
    reviewer = visit("reviewer")
    reviewer.get(f"/identities/ask/{code}")
    due = clock().date().isoformat()
    fields: dict[str, object] = {
        "need": "recontact:LB01",
        "wanted": ["contacts"],
        "reason": REASON,
        "days": "3",
        **GRAVE,
    }

    answer = reviewer.send(
        f"/identities/ask/{code}", {**fields, "contact_by": "interviewer-1", "contact_due": due}
    )

    assert answer.status_code == 422
    assert "This cannot be asked: The witness has not allowed it" in answer.text
