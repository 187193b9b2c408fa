"""What an auditor last verified, against whoever controls the server: cut, rewritten, put back, forgotten, forged."""

import shutil
from pathlib import Path

import pytest

from crypto.cosignatures import cosign
from crypto.labels import Label
from crypto.sealing import seal
from crypto.signing import sign
from testimony.services.accounts import suspend
from testimony.services.archives import Archive
from testimony.services.sessions import Session, log_origin
from testimony.services.signin import SignIn
from testimony.services.throttling import Throttle
from testimony.services.verification import FaultKind, verify_log
from testimony.services.witnessing import (
    Memory,
    Recollection,
    cosigner_name,
    read_own_memory,
    recollection_of,
)
from testimony.storage import log, log_proofs
from testimony.storage.compartments import Compartment
from testimony.storage.errors import ArchiveDamaged
from tests.attacks.test_log_tampering import (
    CUT,
    EDIT,
    rebuild_tree,
    show,
    sign_every_checkpoint_anew,
    size_of,
    tamper,
)
from tests.services.conftest import HANDLES, PASSWORD, Clock, People, archive, clock, founded_template, people

__all__ = ["archive", "clock", "founded_template", "people"]


@pytest.fixture
def auditor(people: People, clock: Clock) -> Session:
    """An auditor who verified the log while it had some showings; more came after."""
    show(people["reviewer"], 10, clock)
    assert verify_log(people["auditor"], clock()).whole
    show(people["reviewer"], 10, clock)
    return people["auditor"]


def again(archive: Archive, clock: Clock) -> Session:
    """The same auditor signs in once more."""
    session = SignIn(archive, Throttle()).sign_in("auditor-1", PASSWORD, None, clock())
    archive.release(session.archive.secrets)
    return session


def remembered(session: Session) -> Memory:
    memory = read_own_memory(session)
    assert memory is not None
    return memory


def memory_file(session: Session) -> Path:
    return session.archive.directory.log_memories / session.account.id


def test_an_auditor_who_comes_back_to_the_same_log_is_not_warned(
    archive: Archive, auditor: Session, clock: Clock
) -> None:
    session = again(archive, clock)

    assert recollection_of(session) is Recollection.EXTENDS
    verdict = verify_log(auditor, clock())
    assert (verdict.whole, verdict.cosignatures, verdict.remembered) == (True, 1, remembered_before(auditor))


def remembered_before(session: Session) -> int:
    """What the first of two checks remembered: the first co-signature there is."""
    with session.reading() as connection:
        return log_proofs.cosignatures_between(connection, 0, size_of(session))[0].size


def test_exactly_what_was_recomputed_is_cosigned_and_remembered(auditor: Session) -> None:
    memory = remembered(auditor)
    with auditor.reading() as connection:
        (row,) = log_proofs.cosignatures_between(connection, 0, size_of(auditor))
        (entry,) = log.entries_from(connection, memory.checkpoint.size, memory.checkpoint.size + 1)

    assert row.size == memory.checkpoint.size
    assert b'"fields":["whole","cosigned"]' in entry.leaf


def test_a_log_that_was_cut_and_signed_anew_warns_at_sign_in(
    archive: Archive, auditor: Session, clock: Clock
) -> None:
    # Signing in writes its own entries and alarms, and must stay below what was remembered.
    cut = remembered(auditor).checkpoint.size - 12
    tamper(
        auditor,
        *CUT,
        "DELETE FROM log_checkpoints WHERE size > ?1",
        "DELETE FROM log_cosignatures WHERE size > ?1",
        at=cut,
    )
    rebuild_tree(auditor)

    session = again(archive, clock)

    assert recollection_of(session) is Recollection.AHEAD
    fault = verify_log(session, clock()).fault
    assert fault is not None
    assert fault.kind is FaultKind.MEMORY_AHEAD


def test_a_history_rewritten_and_signed_anew_warns_at_sign_in_and_is_a_fork_to_the_check(
    archive: Archive, auditor: Session, clock: Clock
) -> None:
    tamper(
        auditor,
        EDIT,
        "DELETE FROM log_cosignatures WHERE size > ?1",
        at=remembered(auditor).checkpoint.size - 4,
    )
    rebuild_tree(auditor)
    sign_every_checkpoint_anew(auditor)

    session = again(archive, clock)

    assert recollection_of(session) is Recollection.DIFFERS
    fault = verify_log(session, clock()).fault
    assert fault is not None
    assert fault.kind is FaultKind.MEMORY_DIFFERS
    with session.reading() as connection:
        warned = [e for e in log.entries_from(connection, 0, size_of(session)) if b"memory-differs" in e.leaf]
    assert len(warned) == 2


def test_an_older_ledger_that_is_put_back_warns_at_sign_in(
    archive: Archive, people: People, clock: Clock, tmp_path: Path
) -> None:
    ledger = archive.directory.file_of(Compartment.LEDGER)
    show(people["reviewer"], 3, clock)
    shutil.copy(ledger, tmp_path / "older.db")
    show(people["reviewer"], 30, clock)
    assert verify_log(people["auditor"], clock()).whole
    for session in people.sessions.values():
        archive.release(session.archive.secrets)
    people.sessions.clear()
    shutil.copy(tmp_path / "older.db", ledger)

    assert recollection_of(again(archive, clock)) is Recollection.AHEAD


def test_a_memory_that_is_deleted_warns_as_long_as_a_cosignature_is_left(
    archive: Archive, auditor: Session, clock: Clock
) -> None:
    memory_file(auditor).unlink()

    session = again(archive, clock)

    assert recollection_of(session) is Recollection.GONE
    fault = verify_log(session, clock()).fault
    assert fault is not None
    assert fault.kind is FaultKind.MEMORY_GONE


def test_an_older_memory_that_is_put_back_warns(archive: Archive, auditor: Session, clock: Clock) -> None:
    older = memory_file(auditor).read_bytes()
    assert verify_log(auditor, clock()).whole
    memory_file(auditor).write_bytes(older)

    assert recollection_of(again(archive, clock)) is Recollection.GONE


@pytest.mark.parametrize("forgery", ["nonsense", "another's", "sealed by anybody"])
def test_a_memory_that_somebody_else_made_does_not_open(
    archive: Archive, auditor: Session, people: People, clock: Clock, forgery: str
) -> None:
    statement = b'{"type":"log-memory/1"}'
    reviewer = people["reviewer"]
    context = f"{archive.keyring().archive_id}/log-memory/{auditor.account.id}".encode()
    signature = sign(reviewer.keys.signing, statement, Label.LOG_MEMORY_STATEMENT)
    made = {
        "nonsense": b"\0" * 4000,
        "another's": seal(reviewer.keys.sealing.public, signature + statement, Label.LOG_MEMORY, context),
        "sealed by anybody": seal(
            auditor.keys.sealing.public, signature + statement, Label.LOG_MEMORY, context
        ),
    }
    memory_file(auditor).write_bytes(made[forgery])

    with pytest.raises(ArchiveDamaged):
        read_own_memory(auditor)
    assert recollection_of(again(archive, clock)) is Recollection.GONE


def test_a_memory_says_nothing_to_others(auditor: Session) -> None:
    content = memory_file(auditor).read_bytes()

    assert log_origin(auditor.archive.keyring().archive_id).encode() not in content
    assert oct(memory_file(auditor).stat().st_mode)[-3:] == "600"


def test_a_cosignature_under_an_auditors_name_by_somebody_else_proves_nothing(
    auditor: Session, people: People, clock: Clock
) -> None:
    memory = remembered(auditor)
    name = cosigner_name(memory.checkpoint.origin, auditor.account.id)
    lines = cosign(memory.checkpoint.text, name, people["reviewer"].keys.signing, int(clock().timestamp()))
    with auditor.archive.database.writing() as connection:
        connection.execute(log_proofs.COSIGNATURES.update().values(lines=lines))

    verdict = verify_log(auditor, clock())

    assert (verdict.cosignatures, verdict.strangers) == (0, 1)


@pytest.mark.parametrize("lines", ["", "nonsense\n", "— x y\n"])
def test_a_broken_cosignature_is_found(auditor: Session, clock: Clock, lines: str) -> None:
    with auditor.archive.database.writing() as connection:
        connection.execute(log_proofs.COSIGNATURES.update().values(lines=lines))

    fault = verify_log(auditor, clock()).fault

    assert fault is not None
    assert fault.kind is FaultKind.COSIGNED_DIFFERS


def test_an_older_keyring_that_is_put_back_keeps_everybody_out(
    archive: Archive, people: People, auditor: Session, clock: Clock, tmp_path: Path
) -> None:
    shutil.copy(archive.directory.keyring, tmp_path / "older.json")
    suspend(people["custodian"], HANDLES["interviewer_b"], clock())
    again(archive, clock)
    shutil.copy(tmp_path / "older.json", archive.directory.keyring)

    with pytest.raises(ArchiveDamaged):
        again(archive, clock)
