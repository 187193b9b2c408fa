"""What was told before, as somebody in front of a screen meets it: on a telephone, from the right, without script."""

from collections.abc import Callable

import pytest

from testimony.domain.disposal import DemandKind
from testimony.services import account_links, second_accounts
from testimony.services.account_link_statements import LinkState
from testimony.services.archives import Archive
from testimony.services.demands import DemandRequest, instruct_counsel, record_demand
from testimony.services.earlier_answers import answer_waiting
from testimony.services.earlier_questions import EarlierQuestion, ask_archive
from testimony.services.signin import SignIn
from testimony.services.throttling import Throttle
from tests.browser.conftest import Browser
from tests.earlier import NAME, TOLD_BEFORE, named
from tests.review_room import received
from tests.services.conftest import Clock, People
from tests.services.intake_answers import type_draft

SignedIn = Callable[[str], Browser]


@pytest.fixture
def people(archive: Archive, clock: Clock) -> People:
    return People(archive, clock, SignIn(archive, Throttle()))


@pytest.fixture
def pages(people: People, clock: Clock) -> dict[str, tuple[str, ...]]:
    """By who reads them; each with something on it."""
    interviewer, reviewer, custodian = people["interviewer"], people["reviewer"], people["custodian"]
    named(people["interviewer_b"], clock)
    found = type_draft(interviewer, clock(), before={**TOLD_BEFORE, "sex": "M", "age_band": ""})
    ask_archive(interviewer, found, EarlierQuestion(NAME), clock())
    second_accounts.ask(interviewer, found, TOLD_BEFORE["reinterview_reason"], clock())
    answer_waiting(reviewer, clock())
    named(people["interviewer_b"], clock, text="Again.")
    texts = ("The plate was 4417.", "The plate was 4471, three times 1200.")
    one, other = (received(interviewer, reviewer, clock(), text) for text in texts)
    link = account_links.propose_same_incident(reviewer, (one, other), None, "the same lorry", clock())
    witness = account_links.propose_same_witness(custodian, (one, other), "they said so", clock())
    account_links.decide(people["custodian_b"], witness, LinkState.CONFIRMED, None, "yes", clock())
    request = DemandRequest(
        received_on=clock().date(), kind=DemandKind.REQUEST, words="an office", codes=(one,)
    )
    demand = record_demand(custodian, request, clock())
    instruct_counsel(custodian, demand, "asked", clock())
    empty = type_draft(interviewer, clock())
    return {
        "interviewer": (f"/intake/drafts/{found}/earlier", f"/intake/drafts/{empty}/earlier"),
        "custodian": (
            "/custody/second-accounts",
            "/custody/same-witness",
            "/custody/demands",
            f"/custody/demands/{demand}",
            f"/custody/register/{one}",
        ),
        "reviewer_b": ("/links/", f"/links/{link}"),
    }


@pytest.mark.parametrize("name", ["interviewer", "custodian", "reviewer_b"])
def test_the_pages_are_accessible_and_fit_a_telephone_from_both_sides(
    sign_in: SignedIn, pages: dict[str, tuple[str, ...]], name: str
) -> None:
    browser = sign_in(name)

    for number, page in enumerate(pages[name]):
        for language in ("en", "ar"):
            browser.open(f"{page}?lang={language}")
            browser.assert_accessible()
            browser.assert_no_horizontal_scroll()
            browser.screenshot(f"earlier-{name}-{number}-{language}")

    assert browser.complaints() == []
