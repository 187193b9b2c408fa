"""Whatever changed and in whatever order: a search finds what reading each text, and asking the gate about each,
finds (G5). What is kept in memory of the gate's answer never outlives the state it was given in.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa

from search.queries import parse
from search.results import PageRequest
from testimony.domain.errors import Refused
from testimony.domain.purposes import Purpose, audience_of
from testimony.policy.facts import Asked, Use
from testimony.policy.gate import permit, predicate
from testimony.services import granting
from testimony.services.joint_acts import Kind
from testimony.services.reading import read_release
from testimony.services.testimony_walls import confirm_testimony_wall, propose_testimony_wall
from testimony.storage import released, releases
from testimony.storage.consents import DecisionRow
from testimony.storage.register import REGISTER
from tests.released_testimonies import Shelf, open_shelf
from tests.services.conftest import founded_template

__all__ = ["founded_template"]

QUERIES = ("wells", "soldiers OR river", "*", "NOT wells", 'name:"Akli Wartan"')
TEXTS = (
    "They poisoned the wells before the rain.",
    "The soldiers came to the river at night.",
    "Akli ag Wartan saw the wells burn.",
    "We walked along the river for two nights.",
)
WORDS = {
    "wells": ("wells",),
    "soldiers OR river": ("soldiers", "river"),
    'name:"Akli Wartan"': ("Wartan",),
}
STEPS = 18
DECISIONS = ("granted", "refused", "withdrawn", "granted")


class GivenUp(Exception):
    """A transaction that does not come to its end."""


@dataclass
class Life:
    """An archive in which things happen at random, always the same for one seed."""

    shelf: Shelf
    random: Random
    walls: set[tuple[str, str]]
    read: set[str]

    def step(self) -> None:
        codes = self._codes()
        acts = (self._told, self._decided, self._changed, self._released, self._retired, self._given_up)
        happens = self.random.choice((*acts, *(self._walled, self._read) * 2) if codes else (self._told,))
        happens(self.random.choice(codes) if codes else "")

    def _codes(self) -> list[str]:
        with self.shelf.people["reviewer"].reading() as connection:
            return sorted(connection.execute(sa.select(REGISTER.c.code)).scalars())

    def _told(self, code: str) -> None:
        self.shelf.put(self.random.choice(TEXTS))

    def _decided(self, code: str) -> None:
        decision = DecisionRow("CP07", self.random.choice(DECISIONS))
        status = self.random.choice(("active", "active", "withdrawn"))
        with suppress(sa.exc.IntegrityError):
            self.shelf.decide(code, decision, status=status)

    def _changed(self, code: str) -> None:
        column, value = self.random.choice(
            (("tag_s", 1), ("tag_s", 0), ("quarantined", 1), ("quarantined", 0), ("state", "restricted"),
             ("state", "released"), ("case_id", "CASE-2"), ("case_id", "CASE-1"))
        )  # fmt: skip
        self.shelf.change(code, **{column: value})

    def _released(self, code: str) -> None:
        row = self.shelf.row_of(code)
        reviewer = self.shelf.people["reviewer"]
        with reviewer.work(self.shelf.clock()) as work:
            number = releases.next_number(work.connection, code, "public")
            standing = releases.release_for(work.connection, code, "public")
            if standing is not None:
                releases.retire_release(work.connection, standing.id)
        self.shelf.release(row, self.random.choice(TEXTS), audience="public", rank=0, number=number)

    def _retired(self, code: str) -> None:
        with self.shelf.people["reviewer"].work(self.shelf.clock()) as work:
            standing = releases.current_release(work.connection, code, 2)
            if standing is not None:
                releases.retire_release(work.connection, standing.id)

    def _walled(self, code: str) -> None:
        """A wall between this testimony and another; where one stands, it is taken down."""
        others = [other for other in self._codes() if other != code]
        if not others:
            return
        low, high = sorted((code, self.random.choice(others)))
        does = Kind.WALL_LIFT if (low, high) in self.walls else Kind.WALL_SET
        people, now = self.shelf.people, self.shelf.clock()
        step = propose_testimony_wall(people["custodian"], (high, low), does, ("insiders", ""), now)
        confirm_testimony_wall(people["custodian_b"], step, "agreed", now)
        self.walls ^= {(low, high)}

    def _read(self, code: str) -> None:
        with suppress(Refused):
            read_release(self.shelf.people["investigator"], code, Purpose.CP07, self.shelf.clock())
            self.read.add(code)

    def closed(self, connection: sa.Connection) -> set[str]:
        """What walls close, told as people would: by what was read and what the one grant covers."""
        covered = REGISTER.select().where(REGISTER.c.case_id == "CASE-1", REGISTER.c.tag_s == 0)
        may = {row.code for row in connection.execute(covered)}
        return {
            here
            for pair in self.walls
            for here, there in (pair, pair[::-1])
            if there in self.read or (there in may and here not in self.read)
        }

    def _given_up(self, code: str) -> None:
        """A change, a search that sees it, and a rollback."""
        with suppress(GivenUp), self.shelf.people["reviewer"].work(self.shelf.clock()) as work:
            work.connection.execute(REGISTER.update().values(quarantined=1))
            for standing in releases.current_releases(work.connection):
                releases.retire_release(work.connection, standing.id)
            assert found(self.shelf, work.connection, "*") == set()
            raise GivenUp


def use_of(shelf: Shelf, connection: sa.Connection) -> Use:
    investigator = shelf.people["investigator"]
    return granting.use_in_force(investigator, connection, investigator.account.id, shelf.clock())


def found(shelf: Shelf, connection: sa.Connection, query: str) -> set[int]:
    allowed = predicate(use_of(shelf, connection), Purpose.CP07, audience_of(Purpose.CP07), shelf.clock())
    request = PageRequest(size=1000, facets=("case",))
    page = released.search_released(connection, parse(query, released.FIELDS), allowed, request)
    counted = sum(cell.count for cell in page.facets["case"])
    assert page.total == counted == len(page.hits)
    return {hit.id for hit in page.hits}


def read_through(shelf: Shelf, connection: sa.Connection, query: str) -> set[int]:
    """Every text read, and the gate asked about each testimony."""
    asked = Asked(use_of(shelf, connection), Purpose.CP07, audience_of(Purpose.CP07), shelf.clock())
    allowed = set()
    for code in connection.execute(sa.select(REGISTER.c.code)).scalars():
        facts = released.find_facts(connection, asked, code)
        if facts is None or facts[1] is None:
            continue
        with suppress(Refused):
            permit(asked.use, asked.purpose, asked.audience, facts[0], asked.now)
            allowed.add(facts[1])
    texts = {each.id: each.text for each in releases.current_releases(connection)}
    return {number for number in allowed if number in texts and answers(texts[number], query)}


def answers(text: str, query: str) -> bool:
    if query == "*":
        return True
    if query == "NOT wells":
        return "wells" not in text
    return any(word in text for word in WORDS[query])


@pytest.fixture(scope="module")
def shelf(founded_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    shelf = open_shelf(founded_template, tmp_path_factory.mktemp("life") / "archive", seed=7)
    shelf.open_second_case()
    shelf.grant(Purpose.CP07)
    yield shelf
    for session in shelf.people.sessions.values():
        shelf.people.archive.release(session.archive.secrets)


@pytest.fixture(scope="module")
def lived() -> tuple[set[tuple[str, str]], set[str]]:
    """The walls that stand and what was read, over all the lives in one archive."""
    return set(), set()


@pytest.mark.parametrize("seed", range(5))
def test_a_search_finds_what_reading_every_text_behind_the_gate_finds(
    shelf: Shelf, lived: tuple[set[tuple[str, str]], set[str]], seed: int
) -> None:
    life = Life(shelf, Random(seed), *lived)
    differing = []

    for step in range(STEPS):
        life.step()
        with shelf.people["investigator"].reading() as connection:
            assert use_of(shelf, connection).apart == life.closed(connection)
            differing += [
                (step, query)
                for query in QUERIES
                if found(shelf, connection, query) != read_through(shelf, connection, query)
            ]

    assert differing == []
