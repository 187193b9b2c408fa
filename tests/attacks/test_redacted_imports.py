"""Around the two reviewers who bring what was redacted elsewhere: crafted rows, forged documents, changed consent."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from testimony.domain.errors import IntegrityFailed, Invalid, Refused
from testimony.domain.purposes import Audience, Purpose
from testimony.domain.testimony import Imported
from testimony.services.checking import check
from testimony.services.envelopes import seal_submission, sign_submission
from testimony.services.finding import search
from testimony.services.importing import MAX_LINE_BYTES
from testimony.services.importing_redacted import ATTESTED, import_redacted
from testimony.services.receiving import receive_inbox
from testimony.services.redacted_rows import Pair
from testimony.services.review import open_desk
from testimony.services.search_requests import SearchRequest
from testimony.services.submitting import submit
from testimony.storage import inbox, originals
from testimony.storage.compartments import Compartment
from tests.grants import GrantRequest, grant
from tests.redacted_rows import TEXT, brought, lines, problems_of, row
from tests.review_room import submission
from tests.services.conftest import Clock, People, archive, clock, founded_template, people

__all__ = ["archive", "clock", "founded_template", "people"]

ELSEWHERE = Imported("2025-05", "field-1", Audience.PARTNER)


def codes(people: People) -> tuple[str, ...]:
    with people["reviewer"].reading() as connection:
        return originals.all_codes(connection)


def test_one_person_under_two_sign_ins_is_one_person(people: People, clock: Clock) -> None:
    again = people.door.sign_in("reviewer-1", "a lantern over quiet water", None, clock())
    people.sessions["reviewer again"] = again
    assert again is not people["reviewer"]

    with pytest.raises(Refused) as refusal:
        list(import_redacted(Pair(people["reviewer"], again), lines(row()), ATTESTED, clock))

    assert refusal.value.reasons == ("DR12",)
    assert codes(people) == ()


def test_an_interviewer_cannot_hand_in_what_they_took_as_redacted_elsewhere(
    people: People, clock: Clock
) -> None:
    """Nobody counts as the interviewer of such a document: its author could then approve it."""
    made = replace(submission(people["interviewer"]), imported=ELSEWHERE)

    with pytest.raises(Invalid):
        submit(people["interviewer"], made, None, clock())


def test_such_a_document_put_into_the_inbox_past_the_service_is_set_aside(
    people: People, clock: Clock
) -> None:
    interviewer = people["interviewer"]
    made = submission(interviewer)
    code = submit(interviewer, made, None, clock()).code
    forged = replace(made, imported=ELSEWHERE)
    sealed = seal_submission(interviewer.archive.public(Compartment.VAULT), interviewer.keys.signing, forged)
    with interviewer.work(clock()) as work:
        work.connection.execute(inbox.INBOX.update().where(inbox.INBOX.c.code == code).values(sealed=sealed))

    received = receive_inbox(people["reviewer"], clock())

    assert received.codes == ()
    assert [item.fault for item in received.damaged] == ["redacted_elsewhere"]


def test_such_a_document_signed_by_an_interviewer_does_not_open_in_the_vault(
    people: People, clock: Clock
) -> None:
    (report,) = brought(people, clock, lines(row()))
    code = str(report.code)
    open_desk(people["reviewer_b"], code, clock())
    with people["reviewer"].reading() as connection:
        original = originals.find_original(connection, code)
    assert original is not None
    interviewer = people["interviewer"]
    said = sign_submission(
        interviewer.keys.signing, replace(submission(interviewer, TEXT), code=code, imported=ELSEWHERE)
    )
    with people["reviewer"].work(clock()) as work:
        work.connection.execute(
            originals.ORIGINALS.update().values(
                document=said.document,
                signature=said.signature,
                interviewer_id=interviewer.account.id,
                sha256=hashlib.sha256(said.document).hexdigest(),
            )
        )

    with pytest.raises(IntegrityFailed):
        open_desk(people["reviewer_b"], code, clock())


def test_the_document_cannot_be_made_to_say_that_it_was_taken_here(people: People, clock: Clock) -> None:
    """The signature covers for whom it was redacted and that there was no interview."""
    (report,) = brought(people, clock, lines(row()))
    with people["reviewer"].reading() as connection:
        original = originals.find_original(connection, str(report.code))
    assert original is not None
    changed = original.document.replace(b'"redacted_for":"partner"', b'"redacted_for":null')
    assert changed != original.document
    with people["reviewer"].work(clock()) as work:
        work.connection.execute(originals.ORIGINALS.update().values(document=changed))

    assert {finding.what for finding in check(people["reviewer"], clock())} == {"original_changed"}
    with pytest.raises(IntegrityFailed):
        open_desk(people["reviewer_b"], str(report.code), clock())


def test_consent_that_a_row_tampers_with_opens_nothing(people: People, clock: Clock) -> None:
    tampered: tuple[object, ...] = (
        "granted",
        ["CP07"],
        {"CP07": True},
        {"CP07": "GRANTED", "CP01": "granted"},
        {"CP07": ["granted"], "CP01": "granted"},
        {"cp07": "granted", "CP01": "granted"},
        {"CP01": "granted", "CP07": "granted", "CP07 ": "granted"},
        {"CP01": "refused", "CP07": "granted"},
        {"CP01": "granted", "CP07": "expired"},
    )

    reports = brought(people, clock, lines(*(row(f"field-{n}", consent=c) for n, c in enumerate(tampered))))

    assert [report.code for report in reports] == [None] * len(tampered)
    assert codes(people) == ()


def test_of_a_key_that_stands_twice_in_a_row_the_last_counts_for_every_part(
    people: People, clock: Clock
) -> None:
    """JSON allows it: what is checked, signed and stored must be the same one."""
    line = json.dumps(row())[:-1] + ', "consent": {"CP01": "granted", "CP07": "refused"}}'

    (report,) = brought(people, clock, [line.encode()])

    assert problems_of(report) == {("consent", "DR04")}


def test_conditions_that_did_not_come_along_are_met_by_nobody(people: People, clock: Clock) -> None:
    conditional = {"CP01": "granted", "CP07": "granted_with_conditions"}
    (report,) = brought(people, clock, lines(row(consent=conditional)))
    assert report.code is not None
    request = GrantRequest(
        handle="investigator-1",
        case_id="CASE-1",
        purposes=frozenset({Purpose.CP07}),
        closed_parts=frozenset(),
        valid_from=clock(),
        valid_until=clock.now.replace(month=4),
    )
    grant(people["custodian"], request, clock())

    assert search(people["investigator"], SearchRequest("granary"), Purpose.CP07, None, clock()).total == 0


@pytest.mark.parametrize(
    "line",
    [
        b"[" * 100_000,
        b'{"text":' * 50_000,
        b"\xff\xfe\x00{",
        b'{"text": "\\ud800", "language": "eng", "audience": "partner"}',
        b'{"text": 1e999, "language": NaN, "audience": "partner"}',
        b"1" * 5_000,
        b'"a text and nothing else"',
        b"null",
        b'{"text": "' + b"a" * (MAX_LINE_BYTES + 10) + b'"}',
        b'{"text": "' + b"a" * 1_000_001 + b'", "language": "eng", "audience": "partner"}',
        b'{"protect": [' + b",".join([b'{"text":"a","kind":"WITNESS_NAME"}'] * 2_000) + b"]}",
    ],
    ids=range(11),
)
def test_a_hostile_row_is_named_and_the_next_is_kept(people: People, clock: Clock, line: bytes) -> None:
    hostile, good = brought(people, clock, [line, *lines(row())])

    assert hostile.code is None and hostile.problems
    assert good.code is not None
    assert codes(people) == (good.code,)


def test_names_of_fields_and_values_are_repeated_in_no_report(people: People, clock: Clock) -> None:
    canary = "Tadfest Amellal"
    hostile = (
        row("a", **{canary: canary}),
        row("b", audience=canary),
        row("c", case=canary),
        row("d", consent={canary: canary}),
        row("e", text=canary, protect=[{"text": canary, "kind": canary}]),
        row("f", text=canary, protect=[{"text": canary, "kind": "WITNESS_NAME"}]),
    )

    reports = brought(people, clock, lines(*hostile))

    assert all(report.code is None for report in reports)
    assert canary not in repr(reports)


def test_a_row_that_another_process_takes_between_look_and_commit_is_there_once(
    people: People, clock: Clock
) -> None:
    """The other run gets in when this one has signed its rows and is about to write them."""
    rows = lines(row())
    armed = [False]

    def read() -> Iterator[bytes]:
        yield from rows
        armed[0] = True

    def interfere(_c: object, _d: object, statement: str, *_: object) -> None:
        if armed[0] and statement == "BEGIN IMMEDIATE":
            armed[0] = False
            brought(people, clock, rows)

    event.listen(sa.engine.Engine, "before_cursor_execute", interfere)
    try:
        (report,) = brought(people, clock, read())
    finally:
        event.remove(sa.engine.Engine, "before_cursor_execute", interfere)

    assert not armed[0]
    assert report.already_there
    assert codes(people) == (report.code,)
    assert check(people["reviewer"], clock()) == ()
