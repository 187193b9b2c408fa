"""A copy of a file: made by one, seen and approved by another, released beside the text, and the original untouched."""

import hashlib
import io
import json

import pytest
from PIL import Image

from testimony.domain.audit import Action
from testimony.domain.errors import Conflict, IntegrityFailed, Invalid, NotFound, NotYet, Refused
from testimony.domain.purposes import Audience, Purpose
from testimony.media.boxes import Box, covered
from testimony.services.approving_files import FileTick, approve_copy, open_copy, send_copy_back
from testimony.services.checking import check
from testimony.services.derivatives import Hidden, categories_of, files_of, make, preview
from testimony.services.opened_files import open_attachment
from testimony.services.released_files import files_beside, open_released, release_copy
from testimony.services.sweeping import sweep_orphans
from testimony.storage import derivatives, log
from testimony.storage.log import StoredEntry
from testimony.storage.register import REGISTER
from tests.file_copies import (
    BOX,
    FACE,
    approved_copy,
    copied,
    give_grant,
    released_copy,
    released_text,
    with_photograph,
)
from tests.media.samples import SECRET, scanned_pdf, telling_jpeg
from tests.services.conftest import Clock, People

SEEN = frozenset({FileTick.NOBODY_RECOGNISED})


def last_entries(people: People, count: int) -> list[StoredEntry]:
    with people["reviewer"].reading() as connection:
        size = log.size(connection)
        return list(log.entries_from(connection, size - count, size))


def test_a_copy_hides_its_boxes_and_carries_nothing_else_and_the_original_stays(
    people: People, clock: Clock
) -> None:
    code = with_photograph(people, clock)
    before = files_of(people["reviewer"], code, clock()).attachments

    copy = copied(people, clock, code)

    row, content = open_copy(people["reviewer_b"], copy, clock())
    shown = Image.open(io.BytesIO(content))
    assert shown.crop(covered(BOX, shown.size)).getextrema() == ((0, 0), (0, 0), (0, 0))
    assert SECRET not in content and categories_of(row) == ("X.2",)
    assert files_of(people["reviewer"], code, clock()).attachments == before
    original = b"".join(open_attachment(people["reviewer"], code, 1, clock()).frames)
    assert hashlib.sha256(original).hexdigest() == before[0].sha256 == row.source_sha256


def test_a_copy_is_an_event_of_custody_whose_hashes_only_auditors_read(people: People, clock: Clock) -> None:
    code = with_photograph(people, clock)

    copied(people, clock, code)

    (entry,) = last_entries(people, 1)
    leaf = json.loads(entry.leaf)
    assert (leaf["action"], leaf["fields"], leaf["count"]) == (
        Action.REDACTION_DECIDED,
        ["file-copied", "CU08", "partner"],
        1,
    )
    row = files_of(people["reviewer"], code, clock()).copies[0]
    assert row.sha256.encode() not in entry.leaf and row.source_sha256.encode() not in entry.leaf
    assert "Pillow/" in row.tool


def test_a_preview_is_in_the_log_before_it_is_made(people: People, clock: Clock) -> None:
    code = with_photograph(people, clock, b"no picture at all")

    with pytest.raises(Invalid):
        preview(people["reviewer"], code, 1, 1, clock())

    leaf = json.loads(last_entries(people, 1)[0].leaf)
    assert (leaf["action"], leaf["fields"]) == (Action.ITEM_SHOWN, ["attachment", "preview"])


def test_a_file_that_cannot_be_copied_leaves_nothing(people: People, clock: Clock) -> None:
    code = with_photograph(people, clock, b"no picture at all")
    there = people["reviewer"].archive.objects.names()

    with pytest.raises(Invalid) as invalid:
        copied(people, clock, code)

    assert [problem.code for problem in invalid.value.problems] == ["not_supported"]
    assert people["reviewer"].archive.objects.names() == there
    assert files_of(people["reviewer"], code, clock()).copies == ()


def test_a_category_that_is_none_is_refused() -> None:
    with pytest.raises(Invalid):
        Hidden(BOX, "X.99")


def test_only_another_reviewer_who_opened_the_copy_approves_it(people: People, clock: Clock) -> None:
    copy = copied(people, clock, with_photograph(people, clock))
    with pytest.raises(NotYet):
        approve_copy(people["reviewer_b"], copy, SEEN, clock())
    open_copy(people["reviewer_b"], copy, clock())
    with pytest.raises(Invalid):
        approve_copy(people["reviewer_b"], copy, frozenset(), clock())

    approve_copy(people["reviewer_b"], copy, SEEN, clock())

    with people["reviewer"].reading() as connection:
        row = derivatives.find_derivative(connection, copy)
    assert row is not None and (row.state, row.approver_id) == ("approved", people["reviewer_b"].account.id)
    with pytest.raises(Conflict):
        approve_copy(people["reviewer_b"], copy, SEEN, clock())


def test_a_copy_sent_back_says_why_and_is_approved_no_more(people: People, clock: Clock) -> None:
    code = with_photograph(people, clock)
    copy = copied(people, clock, code)
    open_copy(people["reviewer_b"], copy, clock())
    with pytest.raises(Invalid):
        send_copy_back(people["reviewer_b"], copy, " ", clock())

    send_copy_back(people["reviewer_b"], copy, "the sign on the wall", clock())

    with pytest.raises(Conflict):
        approve_copy(people["reviewer_b"], copy, SEEN, clock())
    assert files_of(people["reviewer"], code, clock()).copies[0].answer == "the sign on the wall"


def test_a_newer_copy_ends_the_one_that_waits(people: People, clock: Clock) -> None:
    code = with_photograph(people, clock)
    first = approved_copy(people, clock, code)

    second = copied(people, clock, code, (FACE, Hidden(Box(0.7, 0.7, 0.9, 0.9), "X.4")))

    states = {row.derivative_id: row.state for row in files_of(people["reviewer"], code, clock()).copies}
    assert states == {first: "superseded", second: "proposed"}


def test_a_document_is_copied_page_by_page(people: People, clock: Clock) -> None:
    code = with_photograph(people, clock, scanned_pdf(2), kind="XK04")

    shown = preview(people["reviewer"], code, 1, 2, clock())
    copy = copied(people, clock, code, (Hidden(Box(0, 0, 1, 1, page=2), "X.9"),))

    assert shown.pages == 2 and open_copy(people["reviewer_b"], copy, clock())[0].mime == "application/pdf"


def test_a_copy_is_released_only_beside_a_text_and_with_the_approval(people: People, clock: Clock) -> None:
    code = with_photograph(people, clock)
    copy = approved_copy(people, clock, code)
    with pytest.raises(NotYet):
        release_copy(people["reviewer_b"], copy, clock())
    released_text(people, clock, code)

    release_copy(people["reviewer_b"], copy, clock())

    assert files_of(people["reviewer"], code, clock()).copies[0].state == "released"


def test_an_investigator_whom_the_gate_permits_opens_it_and_it_is_in_the_log(
    people: People, clock: Clock
) -> None:
    code, copy = released_copy(people, clock)
    give_grant(people, clock)

    (file,) = files_beside(people["investigator"], code, Purpose.CP07, clock())
    opened = open_released(people["investigator"], code, file.number, Purpose.CP07, clock())

    leaf = json.loads(last_entries(people, 1)[0].leaf)
    assert opened.file.file_id == copy and Image.open(io.BytesIO(opened.content)).format == "JPEG"
    assert (leaf["action"], leaf["fields"], leaf["purpose"]) == (
        Action.ITEM_SHOWN,
        ["file-copy", "partner"],
        "CP07",
    )


def test_without_a_grant_a_released_file_is_not_there(people: People, clock: Clock) -> None:
    code, _ = released_copy(people, clock)

    with pytest.raises((Refused, NotFound)):
        open_released(people["investigator"], code, 1, Purpose.CP07, clock())


def test_a_stopped_testimony_closes_its_files(people: People, clock: Clock) -> None:
    code, _ = released_copy(people, clock)
    give_grant(people, clock)
    with people["reviewer"].work(clock()) as work:
        work.connection.execute(REGISTER.update().where(REGISTER.c.code == code).values(quarantined=1))

    with pytest.raises((Refused, NotFound)):
        open_released(people["investigator"], code, 1, Purpose.CP07, clock())


def test_a_newer_copy_takes_the_key_of_the_older_one_away(people: People, clock: Clock) -> None:
    code, first = released_copy(people, clock)
    second = approved_copy(people, clock, code)

    release_copy(people["reviewer_b"], second, clock())

    with people["reviewer"].reading() as connection:
        rows = connection.exec_driver_sql("SELECT file_id, key FROM reading_room.released_files").all()
    keys = {row.file_id: row.key for row in rows}
    assert keys[first] == b"" and len(keys[second]) == 32


def test_copies_are_checked_and_never_swept(people: People, clock: Clock) -> None:
    _, copy = released_copy(people, clock)
    assert check(people["reviewer"], clock()) == ()

    sweep_orphans(people["reviewer"], clock.forward(days=400))
    assert open_copy(people["reviewer"], copy, clock())[1]

    with people["reviewer"].work(clock()) as work:
        row = derivatives.find_derivative(work.connection, copy)
        assert row is not None
        derivatives.change_derivative(work.connection, row, parameters='{"boxes":[]}')
    assert "copy_changed" in {finding.what for finding in check(people["reviewer"], clock())}


def test_an_account_that_another_audience_reads_is_no_way_to_the_file(people: People, clock: Clock) -> None:
    code, _ = released_copy(people, clock)
    give_grant(people, clock)

    assert make(people["reviewer"], code, 1, Audience.COURT, (), clock())
    assert len(files_beside(people["investigator"], code, Purpose.CP07, clock())) == 1


def test_what_was_exchanged_in_the_store_is_not_shown(people: People, clock: Clock) -> None:
    _, copy = released_copy(people, clock)
    with people["reviewer"].work(clock()) as work:
        row = derivatives.find_derivative(work.connection, copy)
        assert row is not None
        derivatives.change_derivative(work.connection, row, sha256=hashlib.sha256(telling_jpeg()).hexdigest())

    with pytest.raises(IntegrityFailed):
        open_copy(people["reviewer"], copy, clock())
