"""Somebody erases alone, erases what is held, keeps what was erased, or brings it back. The attacker is a custodian,
anyone who can write the ledger's rows (every account holds its key), or a writer of the disk.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from crypto.labels import Label
from testimony.domain.audit import DenyReason
from testimony.domain.canonical import canonical_json
from testimony.domain.disposal import Cause, Trouble
from testimony.domain.errors import Refused
from testimony.domain.testimony import State
from testimony.policy.disposal import Disposal, require_may_approve, require_may_propose
from testimony.services.certificates import sign_statement
from testimony.services.checking import check
from testimony.services.erasing import carry_out_waiting, close_erased, pending_replays
from testimony.services.erasures import approve_erasure, list_erasures, propose_erasure
from testimony.services.holding import holding_of
from testimony.services.sessions import Session
from testimony.services.verification import examine_log
from testimony.storage import erasures, forgetting, register
from testimony.storage.chained_lines import append_line, parse_lines, read_lines
from testimony.storage.compartments import Compartment
from testimony.storage.consents import CONSENTS, ConsentRow, insert_consent
from testimony.storage.erasures import ERASURES
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.holds import HOLD_CODES, HOLDS
from testimony.storage.objects import ObjectId, Objects
from testimony.storage.register import REGISTER
from tests.deaths import dies_at, next_process
from tests.disposal_room import (
    WORDS,
    approve_to_erase,
    erase,
    hold,
    kept,
    keys_of,
    pages,
    released_with_file,
)
from tests.services.conftest import Clock, People, archive, clock, founded_template, people
from tests.traces import of_secrets, of_words, traces

__all__ = ["archive", "clock", "founded_template", "people"]


def edit(session: Session, *statements: sa.Executable) -> None:
    """As somebody does who holds the ledger's key and writes its rows by hand."""
    with session.archive.database.writing() as connection:
        connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
        for statement in statements:
            connection.execute(statement)


def is_there(people: People, code: str) -> bool:
    with people["reviewer"].reading() as connection:
        return "vault.originals" in forgetting.remains(connection, code)


def troubles(people: People, clock: Clock) -> list[Trouble | None]:
    return [view.trouble for view in list_erasures(people["custodian"], clock())]


def found_in(everywhere: Mapping[Compartment, bytes], needles: Mapping[str, bytes]) -> list[str]:
    return [
        f"{compartment.value}: {what}"
        for compartment, content in everywhere.items()
        for what, needle in needles.items()
        if needle in content or needle.lower() in content.lower()
    ]


class PlainFolder(Objects):
    """Deletes as the store does, without its threads, which do not live on in a forked process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def delete(self, object_id: ObjectId) -> None:
        (self._folder / object_id[:2] / object_id[2:]).unlink(missing_ok=True)


def test_one_custodian_erases_alone(people: People, clock: Clock) -> None:
    custodian, code = people["custodian"], kept(people, clock())
    erasure_id = propose_erasure(custodian, code, Cause.WITNESS_WISH, "asked", clock())

    with pytest.raises(Refused) as refused:
        approve_erasure(custodian, erasure_id, "and I agree", clock())

    assert refused.value.reasons == (DenyReason.SAME_PERSON,)
    assert carry_out_waiting(people["reviewer"], clock()) == 0
    assert is_there(people, code)


def test_one_custodian_writes_the_second_signature_into_the_row(people: People, clock: Clock) -> None:
    custodian, code = people["custodian"], kept(people, clock())
    erasure_id = propose_erasure(custodian, code, Cause.WITNESS_WISH, "asked", clock())
    with custodian.reading() as connection:
        row = erasures.find_erasure(connection, erasure_id)
    assert row is not None
    document = {
        "type": "erasure-approval/1",
        "erasure": erasure_id,
        "archive": "any",
        "proposal": "",
        "at": "",
    }
    forged = sign_statement(
        document, people["custodian_b"].account.id, custodian.keys.signing, Label.ERASURE_APPROVAL
    )
    written = ERASURES.update().values(
        state="approved",
        approver=forged.signer,
        approval=forged.statement,
        approval_signature=forged.signature,
    )

    edit(custodian, written, REGISTER.update().values(state="disposed"))

    assert carry_out_waiting(people["reviewer"], clock()) == 0
    assert is_there(people, code)
    assert troubles(people, clock) == [Trouble.NOT_SIGNED]


def test_an_approval_is_moved_to_another_testimony(people: People, clock: Clock) -> None:
    code, other = kept(people, clock()), kept(people, clock())
    approve_to_erase(people, code, clock())

    edit(people["custodian"], ERASURES.update().values(code=other))

    assert carry_out_waiting(people["reviewer"], clock()) == 0
    assert is_there(people, code)
    assert is_there(people, other)
    assert troubles(people, clock) == [Trouble.NOT_SIGNED]


def test_whoever_heard_the_account_proposes_or_approves(people: People, clock: Clock) -> None:
    asked = Disposal(("testimony", "T-1"), frozenset({"interviewer"}), held=False)

    def both(proposer: str, approver: str) -> None:
        require_may_propose(asked, proposer)
        require_may_approve(asked, proposer, approver)

    for proposer, approver in (("interviewer", "custodian"), ("custodian", "interviewer")):
        with pytest.raises(Refused) as refused:
            both(proposer, approver)
        assert refused.value.reasons == (DenyReason.SAME_PERSON,)


def test_the_interviewer_is_taken_out_of_the_register_before_the_approval(
    people: People, clock: Clock
) -> None:
    code = kept(people, clock())
    approve_to_erase(people, code, clock())
    heard = people["custodian_b"].account.id
    # The vault says who signed the account; the register, which every account can write, says somebody else.
    with people["reviewer"].archive.database.writing() as connection:
        connection.exec_driver_sql("UPDATE vault.originals SET interviewer_id = ?", (heard,))

    assert carry_out_waiting(people["reviewer"], clock()) == 0
    assert troubles(people, clock) == [Trouble.SAME_PERSON]


Edit = Callable[[Session, str], tuple[sa.Executable, ...]]

HOLD_EDITS: Mapping[str, Edit] = {
    "the flag is cleared": lambda session, code: (REGISTER.update().values(on_hold=0),),
    "the code is taken out": lambda session, code: (HOLD_CODES.delete(),),
    "the row is deleted": lambda session, code: (HOLD_CODES.delete(), HOLDS.delete()),
    "it is called lifted": lambda session, code: (HOLDS.update().values(lifted_at="2026-03-02", lift=b"{}"),),
    "its statement is exchanged": lambda session, code: (HOLDS.update().values(statement=b"{}"),),
    "its case is another": lambda session, code: (HOLDS.update().values(case_id="CASE-2"),),
    "its signer is another": lambda session, code: (HOLDS.update().values(signer=session.account.id),),
    "the key of digests is exchanged": lambda session, code: (
        sa.text("UPDATE archive SET value = randomblob(32) WHERE key = 'erasure-key'"),
    ),
}


@pytest.mark.parametrize("name", HOLD_EDITS)
def test_a_hold_is_edited_in_the_database(people: People, clock: Clock, name: str) -> None:
    custodian, code = people["custodian"], kept(people, clock())
    with custodian.archive.database.writing() as connection:
        connection.exec_driver_sql("INSERT INTO cases VALUES ('CASE-2', 'Two', 'open', '', '', NULL)")
    hold(people["custodian_b"], code, clock())
    with custodian.reading() as connection:
        assert holding_of(custodian.archive.keyring(), connection, code, "CASE-1").held

    edit(custodian, *HOLD_EDITS[name](custodian, code))

    with pytest.raises(Refused) as refused:
        propose_erasure(custodian, code, Cause.WITNESS_WISH, "nobody holds it", clock())
    assert set(refused.value.reasons) <= {DenyReason.LEGAL_HOLD, DenyReason.INTEGRITY_FAILED}


def test_a_hold_that_was_edited_away_after_the_approval_still_stops_it(people: People, clock: Clock) -> None:
    code = kept(people, clock())
    approve_to_erase(people, code, clock())
    hold(people["custodian"], code, clock.forward(minutes=1))

    edit(people["custodian"], HOLD_CODES.delete(), HOLDS.delete(), REGISTER.update().values(on_hold=0))

    assert carry_out_waiting(people["reviewer"], clock()) == 0
    assert troubles(people, clock) == [Trouble.HELD]
    assert is_there(people, code)


def test_the_whole_directory_and_every_key_is_searched_after_the_erasure(
    people: People, clock: Clock
) -> None:
    reviewer = people["reviewer"]
    code = released_with_file(people, clock())
    released_with_file(people, clock(), "The granary of the other village burned.")
    needles = {**of_words((*WORDS, code)), **of_secrets(keys_of(reviewer, code))}
    known = keys_of(reviewer, code)
    before = found_in(pages(reviewer), needles)
    assert {line.partition(":")[0] for line in before} == {"ledger", "vault", "reading_room"}

    erase(people, code, clock())

    assert found_in(pages(reviewer), needles) == []
    assert found_in(pages(reviewer), {"the other one": b"granary"}) != []
    directory = people.archive.directory.path
    objects = {what: value for what, value in known.items() if what.endswith("object")}
    assert traces([directory], {**needles, **of_secrets(objects)}) == []
    assert len(reviewer.archive.objects.names()) == 1
    left = {path.suffix or path.name for path in directory.iterdir()}
    assert not any(
        name.endswith(("-journal", "-wal", "-shm")) for path in directory.iterdir() for name in [path.name]
    )
    assert left <= {".db", ".json", ".jsonl", ".lock", "objects"}


def test_killed_at_each_step_it_is_carried_on_and_happens_once(people: People, clock: Clock) -> None:
    code = released_with_file(people, clock())
    with next_process(people["reviewer"]) as fresh:
        assert fresh.archive.objects.names()
    approve_to_erase(people, code, clock())

    def carry_out() -> None:
        with next_process(people["reviewer"]) as session:
            session.archive.archive.objects = PlainFolder(session.archive.directory.objects)
            carry_out_waiting(session, clock(), again=True)

    statement, died = 1, True
    while died:
        died = dies_at(statement, carry_out)
        with next_process(people["reviewer"]) as session, session.reading() as connection:
            row = register.find_row(connection, code)
            left = forgetting.remains(connection, code)
            # Everything of it or nothing of it, and never anything that can be read.
            assert (row is None) == (left == ())
            assert row is None or row.state == State.DISPOSED
            assert len(read_lines(session.archive.directory.erasures)) <= 1
            done = row is None
        if done:
            break
        statement += 7

    with next_process(people["reviewer"]) as session:
        carry_out_waiting(session, clock(), again=True)
        assert len(read_lines(session.archive.directory.erasures)) == 1
        assert check(session, clock()) == ()
        assert examine_log(session, clock()).whole
    assert statement > 20


def test_killed_between_the_line_and_the_commit_the_same_line_counts(people: People, clock: Clock) -> None:
    reviewer, code = people["reviewer"], kept(people, clock())
    approve_to_erase(people, code, clock())
    before = people.archive.directory.file_of(Compartment.LEDGER)
    files = {path: path.read_bytes() for path in before.parent.glob("*.db")}
    with next_process(reviewer) as session:
        assert carry_out_waiting(session, clock()) == 1
    (first,) = read_lines(people.archive.directory.erasures)
    for path, content in files.items():
        path.write_bytes(content)

    with next_process(reviewer) as session:
        assert close_erased(session, clock()) == 0
        assert carry_out_waiting(session, clock()) == 1
        assert read_lines(people.archive.directory.erasures) == (first,)
        assert check(session, clock()) == ()


def test_an_older_erasure_file_is_put_back(people: People, clock: Clock) -> None:
    reviewer, file = people["reviewer"], people.archive.directory.erasures
    first, second = kept(people, clock()), kept(people, clock())
    third = kept(people, clock())
    erase(people, first, clock())
    older = file.read_bytes()
    erase(people, second, clock())

    file.write_bytes(older)

    assert [finding.what for finding in check(reviewer, clock())] == ["erasure_file_differs"]
    approve_to_erase(people, third, clock())
    assert carry_out_waiting(reviewer, clock()) == 0
    assert Trouble.LIST_CHANGED in troubles(people, clock)


def test_a_line_of_the_erasure_file_is_changed_or_taken_out(people: People, clock: Clock) -> None:
    reviewer, file = people["reviewer"], people.archive.directory.erasures
    for _ in range(2):
        erase(people, kept(people, clock()), clock())
    lines = file.read_bytes().splitlines(keepends=True)

    for content in (lines[1], lines[0], b"", lines[0] + lines[0], lines[0] + lines[1].replace(b"A", b"B", 1)):
        file.write_bytes(content)
        assert "erasure_file_differs" in [finding.what for finding in check(reviewer, clock())]


def test_a_writer_of_the_disk_adds_a_line_that_would_erase(people: People, clock: Clock) -> None:
    code = kept(people, clock())
    append_line(people.archive.directory.erasures, "0" * 64, b"a line of my own")

    with people["reviewer"].reading() as connection, pytest.raises(ArchiveDamaged):
        pending_replays(people["reviewer"], connection, read_lines(people.archive.directory.erasures))
    close_erased(people["reviewer"], clock())

    assert is_there(people, code)
    assert "erasure_file_differs" in [finding.what for finding in check(people["reviewer"], clock())]


def test_an_old_database_comes_back_without_its_erasure_file(people: People, clock: Clock) -> None:
    """Only the copy that the operator kept apart can tell; it does, and is replayed."""
    reviewer, code = people["reviewer"], kept(people, clock())
    files = {path: path.read_bytes() for path in people.archive.directory.path.glob("*.db")}
    erase(people, code, clock())
    apart = people.archive.directory.erasures.read_bytes()
    for path, content in files.items():
        path.write_bytes(content)
    people.archive.directory.erasures.unlink()

    with next_process(reviewer) as session:
        with session.reading() as connection:
            (replay,) = pending_replays(session, connection, parse_lines(apart))
        assert replay.code == code
        people.archive.directory.erasures.write_bytes(apart)
        assert close_erased(session, clock()) == 1
        assert carry_out_waiting(session, clock()) == 1
        with session.reading() as connection:
            assert forgetting.remains(connection, code) == ()
        assert check(session, clock()) == ()


def test_rows_of_an_erased_testimony_are_put_back_by_hand(people: People, clock: Clock) -> None:
    reviewer, code = people["reviewer"], kept(people, clock())
    with reviewer.reading() as connection:
        row = register.find_row(connection, code)
    assert row is not None
    erase(people, code, clock())
    consent = ConsentRow(code, 1, "active", "2026-03-01", "eng", "CE04", "LB01", "2028-03-01", ())
    with reviewer.archive.database.writing() as connection:
        register.insert_row(connection, replace(row, state="released"))
        insert_consent(connection, consent)

    assert ("erased_but_there", code) in [(f.what, f.where) for f in check(reviewer, clock())]

    with reviewer.archive.database.writing() as connection:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        connection.execute(REGISTER.delete().where(REGISTER.c.code == code))
        connection.execute(CONSENTS.delete().where(CONSENTS.c.code == code))
        connection.exec_driver_sql(
            "INSERT INTO vault.damaged_items VALUES (?, ?, 'x', '2026')", (row.submission_id, code)
        )
    assert ("rows_of_no_testimony", "vault.damaged_items") in [
        (f.what, f.where) for f in check(reviewer, clock())
    ]


def test_the_tombstone_is_rewritten(people: People, clock: Clock) -> None:
    erase(people, kept(people, clock()), clock())
    edit(people["custodian"], ERASURES.update().values(tombstone=canonical_json({"cause": "RC07"})))

    assert "tombstone_changed" in [finding.what for finding in check(people["reviewer"], clock())]


@pytest.mark.parametrize("name", ["closings", "erasures"])
def test_a_link_in_the_place_of_a_list_is_not_written_through(
    people: People, name: str, tmp_path: Path
) -> None:
    file, elsewhere = getattr(people.archive.directory, name), tmp_path / "elsewhere"
    elsewhere.write_bytes(b"")
    file.unlink(missing_ok=True)
    file.symlink_to(elsewhere)

    with pytest.raises(OSError, match="symbolic"):
        append_line(file, "0" * 64, b"a line")

    assert elsewhere.read_bytes() == b""
