"""An import of redacted testimonies that dies at any statement: what was reported is there, and another run goes on."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from testimony.domain.purposes import Audience
from testimony.services.importing_redacted import ATTESTED, import_redacted
from testimony.services.redacted_rows import Pair
from testimony.services.sessions import Session
from testimony.storage import originals, register, releases
from tests.deaths import every_death, next_process, whole
from tests.redacted_rows import lines, row
from tests.services.conftest import Clock, People, archive, clock, founded_template, people

__all__ = ["archive", "clock", "founded_template", "people"]

ROWS = lines(row("field-1"), row("field-2", consent={}), row("field-3"))


@contextmanager
def next_pair(people: People) -> Iterator[Pair]:
    """The two reviewers in another process, over one opening of the files."""
    second = people["reviewer_b"]
    with next_process(people["reviewer"]) as first:
        yield Pair(
            first, Session(second.account, second.keys, first.archive, second.opened_at, second.seen_at)
        )


def test_a_killed_import_keeps_what_it_reported_and_the_next_run_goes_on(
    clock: Clock, people: People, tmp_path: Path
) -> None:
    told = tmp_path / "told"
    people["reviewer"], people["reviewer_b"]

    def bring() -> None:
        with next_pair(people) as pair, told.open("ab", buffering=0) as out:
            for report in import_redacted(pair, ROWS, ATTESTED, clock):
                if report.code is not None:
                    out.write(report.code.encode() + b"\n")

    def look(died: bool) -> None:
        with next_process(people["reviewer"]) as session:
            with session.reading() as connection:
                there = originals.all_codes(connection)
                assert set(told.read_text().split() if told.exists() else ()) <= set(there)
                assert len(there) in ({0, 2} if died else {2})
                for code in there:
                    registered = register.find_row(connection, code)
                    assert registered is not None and registered.state == "released"
                    assert releases.current_release(connection, code, Audience.PARTNER.rank) is not None
            assert whole(session, clock())

    assert every_death(bring, look, step=4) > 40
    assert len(set(told.read_text().split())) == 2
    os.remove(told)
