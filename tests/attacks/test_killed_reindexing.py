"""A rebuilding of the index that dies at any statement: the archive is whole, and the next run brings it to its end."""

from itertools import islice
from random import Random

import pytest
import sqlalchemy as sa

from testimony.services.checking import check
from testimony.services.reindexing import reindex
from testimony.storage.releases import INDEX
from tests.deaths import every_death, next_process
from tests.released_testimonies import Shelf
from tests.services.conftest import Clock, People, archive, clock, founded_template, people

__all__ = ["archive", "clock", "founded_template", "people"]


@pytest.mark.parametrize(
    "fault",
    [
        "DELETE FROM reading_room.search_documents WHERE id <> 2",
        "UPDATE reading_room.search_text_data SET block = zeroblob(40) WHERE id > 10",
    ],
    ids=["missing", "broken inside"],
)
def test_a_killed_rebuilding_leaves_an_archive_that_the_next_one_makes_equal(
    clock: Clock, people: People, fault: str
) -> None:
    shelf = Shelf(people, clock, Random(3))
    for number in range(5):
        shelf.put(f"They poisoned well number {number}.")
    with people["reviewer"].work(clock()) as work:
        work.connection.execute(sa.text(fault))
    INDEX.forget()

    def rebuild() -> None:
        with next_process(people["reviewer"]) as session:
            (*_, last) = reindex(session, clock(), page=2)
            assert last.equal

    def look(died: bool) -> None:
        with next_process(people["reviewer"]) as session:
            found = {finding.what for finding in check(session, clock())}
            # Until it is done the index may lack entries; a page is never half written, and nothing else is touched.
            assert found <= ({"index_differs", "file_damaged"} if died else set())

    assert every_death(rebuild, look, step=3) > 40
    with next_process(people["reviewer"]) as session:
        (result,) = islice((p for p in reindex(session, clock()) if p.equal is not None), 1)
    assert (result.testimonies, result.mended, result.equal) == (5, 0, True)
