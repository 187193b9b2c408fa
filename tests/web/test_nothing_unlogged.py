"""Nothing of the archive is shown without an entry: every page, in every state, with a log that can and one that
cannot be written (G7). A page that shows twenty testimonies has written twenty entries.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from testimony.services.sessions import Session
from testimony.storage import log
from testimony.storage.log import SUBJECTS
from tests.every_state import Things
from tests.web.test_every_route import ROUTES, World, call, open_world, rules, states_of, template

__all__ = ["template"]

UNWRITABLE = "CREATE TRIGGER no_room BEFORE INSERT ON log_entries BEGIN SELECT RAISE(ABORT, 'no room'); END"

WORDS = (
    "grey truck",
    "cousin Akli",
    "الشاحنة",
    "a map of the wells",
    "Case one",
    "Case two",
    "Wells",
    "Hodh Ech",
)
"""Of accounts, files, cases and saved searches in the archive."""

OWN = {
    "intake.index": "one's own drafts, and the numbers of what one handed in oneself",
    "intake.sealed": "the number of what one handed in oneself",
    "intake.show_step": "one's own draft",
    "intake.show_conditions": "one's own draft",
    "intake.show_basis": "one's own draft",
    "intake.check": "one's own draft",
    "intake.ask_discard": "one's own draft",
    "finding.index": "names of the cases of one's own grants",
    "finding.saved_page": "what one saved oneself, sealed to oneself",
    "finding.ask_forget": "what one saved oneself, sealed to oneself",
}
"""Pages that show somebody their own work, which nobody else can open, without an entry each time."""


ONLY_NAMES_ITS_ADDRESS = {
    "asking.ask_page": "asks for the identity behind the number in the address; whether there is one is not told",
    "review.hand_over_page": "asks what to hand over, and repeats the number in the address",
    "coding.closed": "says that an account was put into a closed part, by the number in the address",
    "review.release_page": "asks whether to release, and repeats the number in the address",
}


COUNTED = {
    "log.index": "codes without content, for auditors: one entry with the filter and the count, since an entry for "
    "each line would bury the log under its own reading",
    "log.person_page": "the same for one account",
}


@pytest.fixture(scope="module")
def ready(template: tuple[Path, Things], tmp_path_factory: pytest.TempPathFactory) -> World:
    return signed_in(open_world(template, tmp_path_factory.mktemp("unlogged") / "archive"))


def signed_in(world: World) -> World:
    """Everybody is, and investigators have said why they read."""
    for name in {route.who for route in ROUTES.values()}:
        world.visitor(name).get("/account")
    for name in ("investigator", "investigator_b"):
        world.visitor(name).post("/finding/purpose", purpose="CP07")
    world.session("custodian_b")
    return world


def calls(world: World, endpoint: str) -> Iterator[tuple[str, TestResponse]]:
    """The address and the answer in each state of what is named, to whoever may."""
    rule, route = rules(world.app, endpoint), ROUTES[endpoint]
    for state in states_of(world.things, rule):
        address = world.address(rule, state)
        yield address, call(world.visitor(route.who), rule, address, route.sends)


def codes_in(world: World, answer: TestResponse, address: str) -> set[str]:
    """The testimonies of this archive that an answer names, without what its own address says.

    Where the page was shown, the one in its address counts too.
    """
    there = {str(code) for code in world.things.states("code").values()}
    told = {code for code in there if code in answer.text}
    return told if answer.status_code == 200 else {code for code in told if code not in address}


def logged_since(session: Session, seq: int) -> set[str]:
    with session.reading() as connection:
        query = sa.select(SUBJECTS.c.subject).where(SUBJECTS.c.seq >= seq)
        return set(connection.execute(query).scalars())


def size_of(session: Session) -> int:
    with session.reading() as connection:
        return log.size(connection)


@pytest.mark.parametrize("endpoint", sorted(e for e in ROUTES if e not in OWN | COUNTED))
def test_each_testimony_that_a_page_shows_has_an_entry_of_its_own(ready: World, endpoint: str) -> None:
    if "POST" in (rules(ready.app, endpoint).methods or set()):
        pytest.skip("a form sends its reader on to a page, and pages are walked")
    watcher = ready.session("custodian_b")
    before = size_of(watcher)

    for address, answer in calls(ready, endpoint):
        missing = codes_in(ready, answer, address) - logged_since(watcher, before)
        if endpoint in ONLY_NAMES_ITS_ADDRESS:
            missing = {code for code in missing if code not in address}
        assert not missing, address
        before = size_of(watcher)


def test_with_a_log_that_cannot_be_written_no_page_and_no_form_shows_anything(
    template: tuple[Path, Things], tmp_path: Path
) -> None:
    world = signed_in(open_world(template, tmp_path / "archive"))
    with world.session("custodian_b").archive.database.writing() as connection:
        connection.exec_driver_sql(UNWRITABLE)

    shown = {
        (endpoint, word)
        for endpoint in sorted(e for e in ROUTES if e not in OWN)
        for address, answer in calls(world, endpoint)
        for word in (*codes_in(world, answer, address), *(w for w in WORDS if w in answer.text))
        if word not in address
    }

    assert shown == set()


def test_what_is_let_through_without_an_entry_is_still_there() -> None:
    assert {*OWN, *COUNTED, *ONLY_NAMES_ITS_ADDRESS} <= set(ROUTES)
