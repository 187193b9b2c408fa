"""What was told before, on the pages: the interviewer's question, the custodian's word, links and offers."""

import re
from collections.abc import Callable

import pytest

from testimony.domain.disposal import DemandKind
from testimony.domain.purposes import Purpose
from testimony.services import account_links, second_accounts
from testimony.services.account_link_statements import LinkState
from testimony.services.demands import DemandRequest, instruct_counsel, record_demand
from testimony.services.earlier_answers import answer_waiting
from tests.earlier import NAME, TOLD_BEFORE, named
from tests.review_room import received
from tests.services.conftest import PASSWORD, Clock, People
from tests.services.intake_answers import type_draft
from tests.web.conftest import Visitor

Visit = Callable[..., Visitor]
ASK = {"agreed": "yes", "name": NAME, "go": "ask"}


def draft_of(people: People, clock: Clock, **before: str) -> str:
    return f"/intake/drafts/{type_draft(people['interviewer_b'], clock(), before=before)}"


def test_the_first_step_leads_to_the_question_and_the_question_on(visit: Visit) -> None:
    visitor = visit("interviewer")
    visitor.get("/intake/")
    draft = visitor.post("/intake/drafts").headers["Location"].removesuffix("/before")
    visitor.get(f"{draft}/before")

    answer = visitor.send(f"{draft}/before", {"version": "0", "earlier": "no"})

    assert answer.headers["Location"] == f"{draft}/earlier"
    page = visitor.get(f"{draft}/earlier").text
    assert "Ask the archive" in page and "Go on" not in page
    visitor.send(f"{draft}/earlier", {"go": "no_name"})
    assert "The witness gave no name." in visitor.get(f"{draft}/earlier").text
    again = visitor.send(f"{draft}/before", {"version": "1", "earlier": "no"})
    assert again.headers["Location"] == f"{draft}/explanation"


def test_a_yes_says_nothing_but_yes(visit: Visit, people: People, clock: Clock) -> None:
    code = named(people["interviewer"], clock)
    draft, visitor = draft_of(people, clock, sex="M", age_band=""), visit("interviewer_b")
    visitor.get(f"{draft}/earlier")

    visitor.send(f"{draft}/earlier", dict(ASK))
    before = visitor.get(f"{draft}/earlier").text
    assert "has not answered yet whether" in visitor.get(f"{draft}/check").text
    answer_waiting(people["reviewer"], clock())
    after = visitor.get(f"{draft}/earlier").text

    assert "No answer yet." in before and NAME not in before
    assert "Yes, there may be an earlier account" in after and "A second person must agree" in after
    assert code not in after and "CASE-1" not in after and "interviewer-1" not in after and NAME not in after


def test_nothing_is_asked_without_the_witness(visit: Visit, people: People, clock: Clock) -> None:
    draft, visitor = draft_of(people, clock), visit("interviewer_b")
    visitor.get(f"{draft}/earlier")

    without = visitor.send(f"{draft}/earlier", {**ASK, "agreed": ""})
    nameless = visitor.send(f"{draft}/earlier", {**ASK, "name": " "})

    assert (without.status_code, nameless.status_code) == (422, 422)
    assert "Ask the witness first" in without.text and f'value="{NAME}"' in without.text
    assert "Type the name" in nameless.text


def test_too_many_questions_are_refused_with_a_page(visit: Visit, people: People, clock: Clock) -> None:
    draft, visitor = draft_of(people, clock), visit("interviewer_b")
    visitor.get(f"{draft}/earlier")
    for number in range(12):
        assert visitor.send(f"{draft}/earlier", {**ASK, "name": f"A B{number}"}).status_code == 303

    assert visitor.send(f"{draft}/earlier", dict(ASK)).status_code == 429


def test_a_second_account_goes_from_the_interviewer_to_a_custodian_and_back(
    visit: Visit, people: People, clock: Clock
) -> None:
    draft, visitor = draft_of(people, clock, **TOLD_BEFORE), visit("interviewer_b")
    assert f"{draft}/earlier" in visitor.get(f"{draft}/check").text
    visitor.get(f"{draft}/earlier")
    asked = visitor.send(f"{draft}/second-account", {"reason": TOLD_BEFORE["reinterview_reason"]})
    assert asked.status_code == 303
    assert "has not answered yet" in visitor.get(f"{draft}/earlier").text

    custodian = visit("custodian")
    assert "1 witness who told it before waits" in custodian.get("/custody/").text
    page = custodian.get("/custody/second-accounts").text
    assert TOLD_BEFORE["reinterview_reason"] in page
    (action,) = re.findall(r'action="(/custody/second-accounts/[0-9a-f]+/approve)"', page)
    wrong = custodian.post(action, reason="yes", password="no")
    right = custodian.post(action, reason="she asked for it", password=PASSWORD)

    assert (wrong.status_code, right.status_code) == (422, 303)
    assert "A custodian has answered about 1 draft" in visitor.get("/").text
    assert "A custodian agreed" in visitor.get("/intake/").text
    assert "A custodian agreed" in visitor.get(f"{draft}/earlier").text
    assert "Seal and hand in" in visitor.get(f"{draft}/check").text
    assert visitor.post(f"{draft}/seal").status_code == 303
    assert re.search(r"T-[0-9A-Z-]+", custodian.get("/custody/second-accounts").text)


def test_a_refusal_is_read_by_its_interviewer(visit: Visit, people: People, clock: Clock) -> None:
    draft_id = type_draft(people["interviewer_b"], clock(), before=TOLD_BEFORE)
    second_accounts.ask(people["interviewer_b"], draft_id, "to be sure", clock())
    custodian = visit("custodian")
    page = custodian.get("/custody/second-accounts").text
    (action,) = re.findall(r'formaction="(/custody/second-accounts/[0-9a-f]+/refuse)"', page)

    custodian.post(action, reason="the first one serves", password=PASSWORD)

    page = visit("interviewer_b").get(f"/intake/drafts/{draft_id}/earlier").text
    assert "A custodian did not agree" in page and "the first one serves" in page


def test_a_request_needs_a_reason_and_an_earlier_account(visit: Visit, people: People, clock: Clock) -> None:
    visitor = visit("interviewer_b")
    told, not_told = draft_of(people, clock, **TOLD_BEFORE), draft_of(people, clock)
    visitor.get(f"{told}/earlier")

    assert visitor.send(f"{told}/second-account", {"reason": " "}).status_code == 422
    assert visitor.send(f"{not_told}/second-account", {"reason": "to be sure"}).status_code == 422


def test_custodians_hold_accounts_of_one_witness_together(visit: Visit, people: People, clock: Clock) -> None:
    named(people["interviewer"], clock)
    named(people["interviewer_b"], clock, text="Again.")
    answer_waiting(people["reviewer"], clock())
    custodian = visit("custodian")
    assert "1 pair of accounts may be of one witness" in custodian.get("/custody/").text
    page = custodian.get("/custody/same-witness").text
    assert "Found by the archive, without names" in page and NAME not in page
    (action,) = re.findall(r'action="(/custody/same-witness/[0-9a-f]+/confirm)"', page)

    assert custodian.post(action, reason="one man", password=PASSWORD).status_code == 303

    assert "Two people agree" in custodian.get("/custody/same-witness").text


def test_a_custodian_proposes_and_reads_what_is_wrong(visit: Visit, people: People, clock: Clock) -> None:
    codes = [received(people["interviewer"], people["reviewer"], clock(), text) for text in ("A.", "B.")]
    custodian = visit("custodian")
    custodian.get("/custody/same-witness")
    grave = {"reason": "she said so", "password": PASSWORD}

    same = custodian.post("/custody/same-witness", first=codes[0], codes=codes[0], **grave)
    bad = custodian.post("/custody/same-witness", first=codes[0], codes="T-NOPE", **grave)
    done = custodian.post("/custody/same-witness", first=codes[0], codes=codes[1], **grave)
    twice = custodian.post("/custody/same-witness", first=codes[1], codes=codes[0], **grave)

    assert "one and the same account" in same.text and "mistyped" in bad.text
    assert done.status_code == 303 and "linked already" in twice.text


def test_reviewers_link_an_incident_and_see_in_what_accounts_differ(
    visit: Visit, people: People, clock: Clock
) -> None:
    texts = ("The plate was 4417.", "The plate was 4471, three times 1200.")
    codes = [received(people["interviewer"], people["reviewer"], clock(), text) for text in texts]
    first, second = visit("reviewer"), visit("reviewer_b")
    first.get("/links/")
    done = first.post("/links/", first=codes[0], codes=codes[1], reason="the same lorry")
    address = done.headers["Location"]
    page = first.get(address).text
    assert "4417" in page and "4471" in page and "same digits in another order" in page and "1200" in page
    assert "The plate" not in page and "They do" not in page

    assert codes[0] in second.get("/links/").text
    second.get(address)
    assert second.post(f"{address}/confirm", reason="yes").status_code == 303

    assert "Two people agree" in first.get(address).text
    undone = first.post(f"{address}/undo", reason="another day")
    assert undone.status_code == 303 and "Undone" in second.get(address).text
    assert second.post(f"{address}/whatever", reason="x").status_code == 404


def test_a_link_of_one_witness_tells_a_reviewer_no_reason(visit: Visit, people: People, clock: Clock) -> None:
    """The reason that custodians gave each other may tell of the witness."""
    one, other = (received(people["interviewer"], people["reviewer"], clock(), text) for text in ("A.", "B."))
    link = account_links.propose_same_witness(
        people["custodian"], (one, other), "the brother of Akli", clock()
    )
    account_links.decide(people["custodian_b"], link, LinkState.CONFIRMED, None, "yes", clock())

    page = visit("reviewer").get(f"/links/{link}").text

    assert "The same witness" in page and "Akli" not in page and "Undo it" not in page


def test_an_investigator_chooses_a_purpose_first(visit: Visit) -> None:
    answer = visit("investigator").get("/links/")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/finding/purpose")


@pytest.mark.parametrize("name", ["interviewer", "auditor"])
def test_the_pages_are_not_there_for_others(visit: Visit, name: str) -> None:
    visitor = visit(name)

    for path in ("/links/", "/custody/second-accounts", "/custody/same-witness"):
        assert visitor.get(path).status_code == 404


def test_demands_for_one_witness_are_counted_and_nothing_is_offered_without_a_yes(
    visit: Visit, people: People, clock: Clock
) -> None:
    code = received(people["interviewer"], people["reviewer"], clock())
    request = DemandRequest(
        received_on=clock().date(), kind=DemandKind.REQUEST, words="an office", codes=(code,)
    )
    demand, _ = (record_demand(people["custodian"], request, clock()) for _ in range(2))
    custodian = visit("custodian")
    assert "is asked for by 2 demands in all" in custodian.get(f"/custody/demands/{demand}").text
    assert "2 demands name this witness" in custodian.get(f"/custody/register/{code}").text
    assert "Offer the account" not in custodian.get(f"/custody/demands/{demand}").text
    instruct_counsel(people["custodian"], demand, "asked", clock())
    custodian.get(f"/custody/demands/{demand}")

    offered = custodian.post(
        f"/custody/demands/{demand}/offer",
        code=code,
        purpose=Purpose.CP21.value,
        reason="they would ask the same",
        password=PASSWORD,
    )

    assert offered.status_code == 422 and "do not say whether we hold an account" in offered.text
