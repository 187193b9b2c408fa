"""What a search keeps in memory goes with the keys (G2)."""

import gc
from random import Random

import pytest

from tests.released_testimonies import Shelf, look
from tests.services.conftest import Clock, People

WORD = "zanzibarkanarie"


@pytest.fixture
def shelf(people: People, clock: Clock) -> Shelf:
    return Shelf(people, clock, Random(3))


def remembered() -> list[str]:
    """Words of ours that any dictionary in this process still holds as a key."""
    gc.collect()
    return [
        key
        for held in gc.get_objects()
        if isinstance(held, dict)
        for key in list(held)
        if isinstance(key, str) and WORD in key.lower() and type(held).__module__.startswith("search")
    ]


def test_the_last_sign_out_forgets_the_words_of_searches(shelf: Shelf, people: People, clock: Clock) -> None:
    shelf.put(f"They called it {WORD.title()}.")
    shelf.grant()
    assert look(people, clock, WORD).total == 1
    assert remembered()

    for session in people.sessions.values():
        people.archive.release(session.archive.secrets)
    people.sessions.clear()

    assert people.archive.locked
    assert not remembered()
