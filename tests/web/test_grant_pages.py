"""Asking for a grant, answering, walls and confirmations in a browser without script."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from testimony.domain.roles import Role
from testimony.services.accounts import enrol
from testimony.services.invitations import Newcomer
from testimony.services.readers import who_can_read
from tests.services.conftest import PASSWORD, Clock, People
from tests.services.test_custody_readers import CODE, give, take_in
from tests.web.conftest import Visitor

Visit = Callable[..., Visitor]

ASK: dict[str, object] = {
    "case_id": "CASE-1",
    "purposes": ["CP07"],
    "reason": "compares the winter accounts",
    "part_S": "three of them tell of it",
    "valid_from": "2026-03-02",
    "valid_until": "2026-03-31",
}
GRAVE = {"reason": "agreed with the head", "password": PASSWORD}


def waiting(visitor: Visitor) -> str:
    found = re.search(r"/custody/grants/([0-9a-f]{16})/request", visitor.get("/custody/grants").text)
    assert found
    return found[1]


def test_an_investigator_asks_and_a_custodian_approves_what_they_tick(visit: Visit) -> None:
    reader, custodian = visit("investigator"), visit("custodian")
    reader.get("/finding/grants/ask")

    asked = reader.send("/finding/grants/ask", ASK)
    grant_id = waiting(custodian)
    home = custodian.get("/").text
    page = custodian.get(f"/custody/grants/{grant_id}/request").text
    custodian.post(f"/custody/grants/{grant_id}/approve", closed_parts="S", **GRAVE)

    own = reader.get("/finding/grants").text
    assert asked.status_code == 303
    assert "1 request for a grant waits for your answer" in home
    assert "compares the winter accounts" in page
    assert "three of them tell of it" in page
    given = custodian.get("/custody/grants").text
    assert "CP07" not in given and "internal study" in given
    assert "In force" in own and "Sexual violence" in own
    assert "custodian-1" in own


def test_a_part_that_is_not_ticked_stays_closed(visit: Visit) -> None:
    reader, custodian = visit("investigator"), visit("custodian")
    reader.get("/finding/grants/ask")
    reader.send("/finding/grants/ask", ASK)
    grant_id = waiting(custodian)
    custodian.get(f"/custody/grants/{grant_id}/request")

    custodian.post(f"/custody/grants/{grant_id}/approve", **GRAVE)

    assert "Sexual violence" not in custodian.get(f"/custody/grants/{grant_id}").text


def test_who_is_refused_reads_why(visit: Visit) -> None:
    reader, custodian = visit("investigator"), visit("custodian")
    reader.get("/finding/grants/ask")
    reader.send("/finding/grants/ask", ASK)
    grant_id = waiting(custodian)
    custodian.get(f"/custody/grants/{grant_id}/request")
    bare = custodian.post(f"/custody/grants/{grant_id}/refuse", reason="", password=PASSWORD)

    custodian.post(f"/custody/grants/{grant_id}/refuse", reason="another team has it", password=PASSWORD)

    assert bare.status_code == 422
    assert "another team has it" in reader.get("/finding/grants").text


def test_who_proposed_cannot_press_approve(visit: Visit) -> None:
    proposer = visit("custodian")
    proposer.get("/custody/grants/new")
    proposer.send("/custody/grants/new", ASK | {"handle": "investigator-1"})
    grant_id = waiting(proposer)

    page = proposer.get(f"/custody/grants/{grant_id}/request").text
    tried = proposer.post(f"/custody/grants/{grant_id}/approve", **GRAVE)

    assert "Another person must approve it" in page
    assert "Sign and give it" not in page
    assert tried.status_code in (403, 404)


def test_a_grant_near_its_end_is_asked_for_again_with_its_words_filled_in(
    visit: Visit, people: People, clock: Clock
) -> None:
    give(people, clock)
    early = visit("investigator").get("/finding/grants").text
    clock.forward(days=20)
    reader = visit("investigator")
    listed = reader.get("/finding/grants").text
    link = re.search(r"/finding/grants/ask\?renews=[0-9a-f]{16}", listed)
    assert link

    form = reader.get(link[0]).text

    assert "Ask for it again" not in early
    assert re.search(r'value="CASE-1"[^>]*selected|selected[^>]*value="CASE-1"', form)
    assert (clock() + timedelta(days=10)).date().isoformat() in form
    assert "ends on" in reader.get("/").text


def test_a_wall_is_set_by_two_on_the_page(visit: Visit, people: People) -> None:
    first, second = visit("custodian"), visit("custodian_b")
    first.get("/custody/cases/new")
    first.post("/custody/cases/new", case_id="CASE-2", title="The other side")
    first.post("/custody/cases/CASE-1/walls", other="CASE-2", reason="insiders", password=PASSWORD)
    page = second.get("/custody/cases/CASE-1/walls").text
    step = re.search(r"/walls/([0-9a-f]{16})/confirm", page)
    assert step

    second.post(f"/custody/cases/CASE-1/walls/{step[1]}/confirm", **GRAVE)

    assert "insiders" in page
    assert "No wall stands" not in first.get("/custody/cases/CASE-2/walls").text


def test_an_enrolment_is_confirmed_by_another_custodian(visit: Visit, people: People, clock: Clock) -> None:
    newcomer = Newcomer("reviewer-3", "Reviewer 3", frozenset({Role.REVIEWER}))
    account_id = enrol(people["custodian"], newcomer, clock()).record.account_id
    own, other = visit("custodian"), visit("custodian_b")

    mine = own.get(f"/custody/accounts/{account_id}/confirm").text
    home = other.get("/").text
    other.get(f"/custody/accounts/{account_id}/confirm")
    done = other.post(f"/custody/accounts/{account_id}/confirm", **GRAVE)

    assert "another custodian confirms" in mine
    assert "1 person who was invited waits for a second custodian" in home
    assert done.status_code == 303
    assert "Waits for a second custodian" not in own.get(f"/custody/accounts/{account_id}").text


@pytest.mark.parametrize("who", ["custodian", "auditor"])
def test_custodians_and_auditors_are_told_who_can_read_and_by_whose_word(
    people: People, clock: Clock, who: str
) -> None:
    take_in(people, clock)
    give(people, clock)

    found = who_can_read(people[who], CODE, clock())

    (by,) = found.released_to[0].grants
    assert (by.asked_by, by.given_by) == ("custodian-1", "custodian-2")
    assert found.reviewers == ("reviewer-1", "reviewer-2")
    assert found.auditors == ("auditor-1",)
    assert found.identity_threshold == 2
    assert [change.what for change in found.changes] == ["grant-ends", "review"]
