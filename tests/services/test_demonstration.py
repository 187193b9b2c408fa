"""The demonstration shows what a newcomer is told of: names across scripts, codes, notices, originals, refusals."""

from pathlib import Path

import pytest

from crypto.passwords import Argon2Cost
from testimony.domain.audit import DenyReason, Outcome
from testimony.domain.events import EventFilter
from testimony.domain.purposes import Purpose
from testimony.services.archives import Archive
from testimony.services.audit import events
from testimony.services.checking import check
from testimony.services.demonstration import make_demonstration
from testimony.services.demonstration.making import PASSWORD
from testimony.services.demonstration.redacted import load_redacted
from testimony.services.finding import SearchPage, search
from testimony.services.original_readers import offered_original_cases
from testimony.services.saved_searches import news, saved
from testimony.services.search_requests import SearchRequest
from testimony.services.sessions import Session
from testimony.services.signin import SignIn
from testimony.services.throttling import Throttle
from testimony.storage.directory import ArchiveDirectory
from testimony.storage.objects import local_objects
from tests.services.conftest import Clock

STUDY, PARTNERS = Purpose.CP07, Purpose.CP09


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demonstration") / "demo"
    make_demonstration(path, Clock().now, Argon2Cost.TESTING_ONLY)
    return path


@pytest.fixture
def door(made: Path) -> SignIn:
    directory = ArchiveDirectory(made)
    archive = Archive(directory, local_objects(directory.objects), Argon2Cost.TESTING_ONLY)
    return SignIn(archive, Throttle())


@pytest.fixture
def investigator(door: SignIn, clock: Clock) -> Session:
    return door.sign_in("investigator", PASSWORD, None, clock())


def ask(session: Session, query: str, purpose: Purpose = STUDY) -> SearchPage:
    return search(session, SearchRequest(query), purpose, None, Clock().now)


def test_one_name_is_found_in_every_spelling_language_and_script(investigator: Session) -> None:
    found = ask(investigator, 'name:"Mohamed ag Elmoctar"')

    assert found.total == 8
    assert {hit.language for hit in found.hits} == {"eng", "fra", "arb", "rus", "spa"}


@pytest.mark.parametrize("query", ["pillage", "نهب", "act:PRO.03"])
def test_what_was_coded_is_found_in_any_language(investigator: Session, query: str) -> None:
    assert ask(investigator, query).total == 4


def test_a_date_finds_what_is_dated_about_then(investigator: Session) -> None:
    assert ask(investigator, "event:2024-12-10").total > ask(investigator, "event:1999").total


def test_facets_show_some_counts_and_withhold_others(investigator: Session) -> None:
    acts = next(facet for facet in ask(investigator, "*").facets if facet.field == "act")

    assert any(value.count is not None for value in acts.values)
    assert any(value.count is None for value in acts.values)


def test_what_was_allowed_for_study_alone_is_not_there_for_partners(investigator: Session) -> None:
    mine = 'name:"Seydou Kounkané" AND post'

    assert (ask(investigator, mine).total, ask(investigator, mine, PARTNERS).total) == (1, 0)


def test_the_saved_search_has_news(investigator: Session, clock: Clock) -> None:
    (kept,) = saved(investigator, clock())
    (notice,) = news(investigator, clock())

    assert (notice.saved_id, notice.count) == (kept.id, 8)


def test_the_originals_of_one_case_are_open_to_the_investigator(investigator: Session, clock: Clock) -> None:
    assert [offer.case.case_id for offer in offered_original_cases(investigator, clock())] == [
        "CASE-SAHEL-01"
    ]


def test_the_account_that_was_taken_back_is_nowhere_and_its_refusal_in_the_log(
    investigator: Session, door: SignIn, clock: Clock
) -> None:
    auditor = door.sign_in("auditor", PASSWORD, None, clock())

    (refused,) = events(auditor, EventFilter(outcome=Outcome.DENIED), None, clock()).events

    assert b'"CP07": "withdrawn"' in load_redacted()[-1].line
    assert refused.reasons == (DenyReason.CONSENT_REFUSED,)
    assert ask(investigator, "gué AND récit").total == 0


@pytest.mark.parametrize("handle", ["reviewer", "auditor", "investigator"])
def test_all_of_it_is_whole(door: SignIn, clock: Clock, handle: str) -> None:
    assert check(door.sign_in(handle, PASSWORD, None, clock()), clock()) == ()
