"""Attacks on copies of files. Each test shows first that the attack is there, then that it fails."""

from dataclasses import replace
from hashlib import sha256

import pytest
import sqlalchemy as sa

from crypto.keys import database_key
from crypto.labels import Label
from crypto.signing import sign
from testimony.domain.errors import Conflict, IntegrityFailed, Invalid, NotFound, NotYet, Refused
from testimony.domain.purposes import Audience, Purpose
from testimony.media.boxes import Box
from testimony.media.faults import MediaRefused
from testimony.services.approving_files import FileTick, approve_copy, open_copy, send_copy_back
from testimony.services.derivatives import files_of, make, preview
from testimony.services.keeping_copies import statement_of
from testimony.services.released_files import open_released, release_copy
from testimony.storage import derivatives
from testimony.storage.compartments import Compartment
from testimony.storage.derivatives import Derivative
from testimony.storage.errors import CompartmentClosed
from tests.decrypting import decrypted
from tests.file_copies import (
    FACE,
    approved_copy,
    copied,
    released_copy,
    released_text,
    with_photograph,
)
from tests.media.samples import SECRET, scanned_pdf, telling_jpeg, telling_pdf
from tests.services.conftest import Clock, People, archive, clock, founded_template, people

__all__ = ["archive", "clock", "founded_template", "people"]

SEEN = frozenset({FileTick.NOBODY_RECOGNISED})


def row_of(people: People, copy: str) -> Derivative:
    with people["reviewer"].reading() as connection:
        row = derivatives.find_derivative(connection, copy)
    assert row is not None
    return row


def change(people: People, clock: Clock, copy: str, **values: str | bytes | None) -> None:
    with people["reviewer"].work(clock()) as work:
        assert derivatives.change_derivative(work.connection, row_of(people, copy), **values)


def test_who_made_a_copy_cannot_approve_it(people: People, clock: Clock) -> None:
    copy = copied(people, clock, with_photograph(people, clock))
    open_copy(people["reviewer"], copy, clock())
    assert row_of(people, copy).maker_id == people["reviewer"].account.id

    with pytest.raises(Refused):
        approve_copy(people["reviewer"], copy, SEEN, clock())

    assert row_of(people, copy).seen_by is None
    with pytest.raises(sa.exc.IntegrityError):
        change(people, clock, copy, approver_id=people["reviewer"].account.id)


def test_the_look_of_one_reviewer_does_not_count_for_another(people: People, clock: Clock) -> None:
    copy = copied(people, clock, with_photograph(people, clock))
    change(people, clock, copy, seen_by=people["reviewer"].account.id)

    with pytest.raises(NotYet):
        approve_copy(people["reviewer_b"], copy, SEEN, clock())


def test_an_interviewer_can_neither_make_nor_see_nor_approve_a_copy(people: People, clock: Clock) -> None:
    code = with_photograph(people, clock)
    copy = copied(people, clock, code)
    interviewer = people["interviewer"]

    for attempt in (
        lambda: make(interviewer, code, 1, Audience.PARTNER, (), clock()),
        lambda: preview(interviewer, code, 1, 1, clock()),
        lambda: files_of(interviewer, code, clock()),
        lambda: open_copy(interviewer, copy, clock()),
        lambda: approve_copy(interviewer, copy, SEEN, clock()),
        lambda: send_copy_back(interviewer, copy, "no", clock()),
        lambda: release_copy(interviewer, copy, clock()),
    ):
        with pytest.raises((Refused, CompartmentClosed)):
            attempt()


def test_a_copy_exchanged_after_it_was_proposed_is_not_approved(people: People, clock: Clock) -> None:
    """A thief with the vault puts another object in place of what the maker signed."""
    code = with_photograph(people, clock)
    copy = copied(people, clock, code)
    open_copy(people["reviewer_b"], copy, clock())
    change(people, clock, copy, sha256=sha256(telling_jpeg()).hexdigest())

    with pytest.raises(IntegrityFailed):
        approve_copy(people["reviewer_b"], copy, SEEN, clock())


def test_an_approval_signed_by_the_maker_under_another_name_is_no_approval(
    people: People, clock: Clock
) -> None:
    code = with_photograph(people, clock)
    released_text(people, clock, code)
    copy = copied(people, clock, code)
    forged = sign(people["reviewer"].keys.signing, row_of(people, copy).statement, Label.DERIVATIVE_APPROVAL)
    change(
        people,
        clock,
        copy,
        state="approved",
        approver_id=people["reviewer_b"].account.id,
        approval_signature=forged,
    )

    with pytest.raises(IntegrityFailed):
        release_copy(people["reviewer_b"], copy, clock())


def test_a_statement_for_partners_does_not_hold_for_the_public(people: People, clock: Clock) -> None:
    code = with_photograph(people, clock)
    released_text(people, clock, code)
    copy = approved_copy(people, clock, code)
    row = row_of(people, copy)
    widened = replace(row, audience="public")

    assert statement_of(people["reviewer"].archive.keyring().archive_id, widened) != row.statement
    change(people, clock, copy, audience="public")
    with pytest.raises((IntegrityFailed, NotYet)):
        release_copy(people["reviewer_b"], copy, clock())


@pytest.mark.parametrize("edges", [(0.5, 0.5, 1.5, 1.5), (0.9, 0.9, 0.1, 0.1), (0, 0, 0, 0)])
def test_a_box_outside_the_picture_is_no_box(edges: tuple[float, float, float, float]) -> None:
    with pytest.raises(MediaRefused):
        Box(*edges)


def test_a_box_on_a_page_that_is_not_there_makes_no_copy(people: People, clock: Clock) -> None:
    """What a reviewer drew on page 9 of 2 would have covered nothing, and nobody would have been told."""
    code = with_photograph(people, clock, scanned_pdf(2))

    with pytest.raises(Invalid):
        copied(people, clock, code, (replace(FACE, box=Box(0, 0, 1, 1, page=9)),))

    assert files_of(people["reviewer"], code, clock()).copies == ()


def test_a_document_with_a_script_and_a_file_inside_loses_both(people: People, clock: Clock) -> None:
    content = telling_pdf()
    assert b"/JavaScript" in content and b"/EmbeddedFile" in content

    copy = copied(people, clock, with_photograph(people, clock, content), ())

    made = open_copy(people["reviewer_b"], copy, clock())[1]
    assert made.startswith(b"%PDF-") and not any(
        sign in made for sign in (b"/JavaScript", b"/EmbeddedFile", b"Tadfest", b"/Metadata")
    )


def test_nothing_of_the_original_file_is_in_the_reading_room(people: People, clock: Clock) -> None:
    content = telling_jpeg()
    code, copy = released_copy(people, clock, content)
    reviewer, row = people["reviewer"], row_of(people, copy)
    attachment = files_of(reviewer, code, clock()).attachments[0]
    telling = (
        SECRET,
        attachment.name.encode(),
        row.source_sha256.encode(),
        attachment.key,
        row.parameters.encode(),
    )

    def clear(compartment: Compartment) -> bytes:
        key = database_key(reviewer.archive.secret(compartment), Label.COMPARTMENT_DATABASE)
        return decrypted(reviewer.archive.directory.file_of(compartment), key)

    assert all(value in clear(Compartment.VAULT) for value in telling[1:])
    assert row.sha256.encode() in clear(Compartment.READING_ROOM)
    assert not any(value in clear(Compartment.READING_ROOM) for value in telling)
    assert content[2000:2032] not in open_copy(reviewer, copy, clock())[1]


def test_no_plaintext_of_a_file_or_copy_is_on_disk(people: People, clock: Clock) -> None:
    content = telling_jpeg()
    _, copy = released_copy(people, clock, content)
    made = open_copy(people["reviewer"], copy, clock())[1]
    directory = people["reviewer"].archive.directory.path
    files = [path for path in directory.rglob("*") if path.is_file()]
    assert len(files) > 5

    for path in files:
        stored = path.read_bytes()
        assert SECRET not in stored and content[:64] not in stored and made[-64:] not in stored


def test_a_copy_that_was_never_released_opens_to_no_investigator(people: People, clock: Clock) -> None:
    code = with_photograph(people, clock)
    released_text(people, clock, code)
    copy = approved_copy(people, clock, code)

    with pytest.raises((Refused, NotFound)):
        open_released(people["investigator"], code, 1, Purpose.CP07, clock())
    with pytest.raises((Refused, CompartmentClosed)):
        open_copy(people["investigator"], copy, clock())


def test_a_copy_is_not_approved_twice_or_after_it_was_sent_back(people: People, clock: Clock) -> None:
    copy = copied(people, clock, with_photograph(people, clock))
    open_copy(people["reviewer_b"], copy, clock())
    send_copy_back(people["reviewer_b"], copy, "the number plate", clock())

    with pytest.raises(Conflict):
        approve_copy(people["reviewer_b"], copy, SEEN, clock())
