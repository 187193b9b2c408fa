"""A process that dies at any statement of any step: what was acknowledged is there, what was not is absent (G1, G7).

Each step runs in a child that is killed (SIGKILL, no clean-up) before its n-th database statement, for every n, until
one child lives to the end. After each death the archive is opened again and checked whole.
"""

import errno
import os
import resource
import signal

import pytest

from testimony.domain.purposes import Audience
from testimony.services.approving import approve, compare, propose, read_alone
from testimony.services.drafts import Step
from testimony.services.intake import open_draft, submit_draft
from testimony.services.receiving import receive_inbox
from testimony.services.releasing import release
from testimony.storage import inbox, originals, redaction_sets, register, releases
from testimony.storage.errors import StorageFailed
from tests.deaths import every_death, next_process, whole
from tests.review_room import accept_all, approved, handed_in, released, taken, turn
from tests.services.conftest import Clock, People, archive, clock, founded_template, people
from tests.services.intake_answers import change, type_draft

__all__ = ["archive", "clock", "founded_template", "people"]


def test_a_killed_autosave_leaves_the_old_answers_or_the_new(clock: Clock, people: People) -> None:
    interviewer = people["interviewer"]
    draft_id = type_draft(interviewer, clock(), before={"month": "2026-01"})

    def save() -> None:
        with next_process(people["interviewer"]) as session:
            change(session, draft_id, Step.BEFORE, clock(), month="2026-02")

    def look(died: bool) -> None:
        with next_process(people["interviewer"]) as session:
            month = open_draft(session, draft_id, clock()).answers(Step.BEFORE).line("month")
            assert month in {"2026-01", "2026-02"}
            assert died or month == "2026-02"
            assert whole(session, clock())

    assert every_death(save, look) > 5


def test_a_killed_submission_is_wholly_there_or_still_a_draft(clock: Clock, people: People) -> None:
    interviewer = people["interviewer"]
    draft_id = type_draft(interviewer, clock())

    def hand_in() -> None:
        with next_process(people["interviewer"]) as session:
            submit_draft(session, draft_id, clock())

    def look(died: bool) -> None:
        with next_process(people["reviewer"]) as session:
            with session.reading() as connection:
                registered = register.rows_in_state(connection, ("sealed",))
                waiting = inbox.count_items(connection)
            assert len(registered) == waiting
            assert died or waiting == 1
            assert whole(session, clock())

    assert every_death(hand_in, look) > 10


def test_a_killed_receiving_leaves_the_item_in_the_inbox_or_in_the_vault(
    clock: Clock, people: People
) -> None:
    code = handed_in(people["interviewer"], clock())

    def receive() -> None:
        with next_process(people["reviewer"]) as session:
            receive_inbox(session, clock())

    def look(died: bool) -> None:
        with next_process(people["reviewer"]) as session:
            with session.reading() as connection:
                in_vault = originals.find_original(connection, code) is not None
                in_inbox = inbox.count_items(connection) == 1
            assert in_vault != in_inbox
            assert died or in_vault
            assert whole(session, clock())

    assert every_death(receive, look) > 10


def test_a_killed_approval_is_signed_or_not_there(clock: Clock, people: People) -> None:
    reviewer, second = people["reviewer"], people["reviewer_b"]
    code = taken(people["interviewer"], reviewer, clock())
    accept_all(reviewer, code, clock())
    set_id = propose(reviewer, turn(reviewer, code), Audience.PARTNER, clock())
    compare(second, set_id, clock())
    needed = read_alone(second, set_id, clock()).needed

    def approve_it() -> None:
        with next_process(people["reviewer_b"]) as session:
            approve(session, set_id, needed, clock())

    def look(died: bool) -> None:
        with next_process(people["reviewer"]) as session:
            with session.reading() as connection:
                layer = redaction_sets.find_set(connection, set_id)
            assert layer is not None
            assert (layer.state == "approved") == (layer.approval_signature is not None)
            assert died or layer.state == "approved"
            assert whole(session, clock())

    assert every_death(approve_it, look) > 5


def test_a_killed_release_is_readable_indexed_and_logged_or_none_of_it(clock: Clock, people: People) -> None:
    code = taken(people["interviewer"], people["reviewer"], clock())
    accept_all(people["reviewer"], code, clock())
    approved(people["reviewer"], people["reviewer_b"], code, clock())

    def release_it() -> None:
        with next_process(people["reviewer_b"]) as session:
            release(session, code, Audience.PARTNER, clock())

    def look(died: bool) -> None:
        with next_process(people["reviewer"]) as session:
            with session.reading() as connection:
                row = register.find_row(connection, code)
                shown = releases.current_release(connection, code, Audience.PARTNER.rank)
            assert row is not None
            assert (shown is not None) == (row.state == "released")
            assert died or shown is not None
            assert whole(session, clock())

    assert every_death(release_it, look) > 10


@pytest.mark.parametrize("room_bytes", [1, 4096, 40_000])
def test_a_full_disk_keeps_what_was_there_and_shows_nothing_half_done(
    clock: Clock, people: People, room_bytes: int
) -> None:
    """The child may write no file beyond its present size and a little more, as on a disk that is nearly full."""
    released(people["interviewer"], people["reviewer"], people["reviewer_b"], clock())
    folder = people["interviewer"].archive.directory.path
    largest = max(path.stat().st_size for path in folder.glob("*.db"))

    def hand_in() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest + room_bytes, resource.RLIM_INFINITY))
        with next_process(people["interviewer"]) as session:
            for _ in range(40):
                handed_in(session, clock())

    child = os.fork()
    if child == 0:
        code = 1
        try:
            hand_in()
        except (StorageFailed, OSError):
            code = errno.ENOSPC
        finally:
            os._exit(code)
    status = os.waitpid(child, 0)[1]

    assert os.WEXITSTATUS(status) == errno.ENOSPC
    with next_process(people["reviewer"]) as session:
        assert whole(session, clock())
