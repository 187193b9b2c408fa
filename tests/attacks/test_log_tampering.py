"""Someone who holds the ledger's key edits the log on disk. Each attack first succeeds in the file, then is
named by the verifier (G7).
"""

import pytest

from crypto.keys import Secret
from crypto.merkle import EMPTY_ROOT, Frontier, leaf_hash
from crypto.notes import Checkpoint, sign_checkpoint
from crypto.signing import SigningKey
from testimony.domain.audit import Action
from testimony.services import audit
from testimony.services.sessions import LOG_SEED, Session, log_origin
from testimony.services.verification import Fault, FaultKind, LogVerdict, verify_log
from testimony.storage import accounts as account_rows
from testimony.storage import log
from tests.services.conftest import Clock, People, archive, clock, founded_template, people

__all__ = ["archive", "clock", "founded_template", "people"]

CODE = "T-7Q4K-29"
EDIT = """UPDATE log_entries SET leaf = CAST(replace(CAST(leaf AS TEXT), '"count":null', '"count":1') AS BLOB)
    WHERE seq = ?1"""
CUT = (
    "DELETE FROM log_subjects WHERE seq >= ?1",
    "DELETE FROM log_details WHERE seq >= ?1",
    "DELETE FROM log_entries WHERE seq >= ?1",
)


@pytest.fixture
def auditor(people: People, clock: Clock) -> Session:
    """An auditor, and a log with thirty showings, a checkpoint, and ten more."""
    reviewer = people["reviewer"]
    auditor = people["auditor"]
    show(reviewer, 30, clock)
    audit.take_checkpoint(auditor, clock())
    show(reviewer, 10, clock)
    return auditor


def show(session: Session, number: int, clock: Clock) -> None:
    clock.forward(seconds=20)
    with session.work(clock()) as work:
        for _ in range(number):
            work.log(Action.ITEM_SHOWN, subject=("testimony", CODE), detail="a reason", case="CASE-1")


def tamper(session: Session, *statements: str, at: int = 0) -> None:
    """What someone with the file and its key can do, at the entry `?1`: the triggers go first."""
    with session.archive.database.writing() as connection:
        triggers = connection.exec_driver_sql(
            "SELECT name FROM sqlite_schema WHERE type = 'trigger'"
        ).scalars()
        for name in list(triggers):
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        for statement in statements:
            assert connection.exec_driver_sql(statement, (at,)).rowcount > 0


def rebuild_tree(session: Session) -> None:
    """Write every subtree anew, as a careful forger does after changing a leaf."""
    frontier = Frontier()
    with session.archive.database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM log_nodes")
        for entry in log.entries_from(connection, 0, log.size(connection)):
            for node in frontier.append(leaf_hash(entry.leaf)):
                row = {"level": node.level, "position": node.index, "hash": node.hash}
                connection.execute(log.NODES.insert(), row)


def size_of(session: Session) -> int:
    with session.reading() as connection:
        return log.size(connection)


def last_checkpoint(session: Session) -> int:
    with session.reading() as connection:
        return log.last_checkpoint_size(connection)


def verdict_after(session: Session, clock: Clock, *statements: str, at: int = 0) -> LogVerdict:
    tamper(session, *statements, at=at)
    return verify_log(session, clock())


def test_an_untouched_log_is_whole(auditor: Session, clock: Clock) -> None:
    size = size_of(auditor)

    verdict = verify_log(auditor, clock())

    assert verdict.whole
    assert (verdict.size, verdict.erased_subjects, verdict.clock_steps) == (size, 0, ())
    assert verdict.checkpoints >= 3


def test_a_deleted_entry_is_a_gap(auditor: Session, clock: Clock) -> None:
    target = size_of(auditor) - 20

    verdict = verdict_after(
        auditor,
        clock,
        "DELETE FROM log_subjects WHERE seq = ?1",
        "DELETE FROM log_details WHERE seq = ?1",
        "DELETE FROM log_entries WHERE seq = ?1",
        at=target,
    )

    assert verdict.fault == Fault(FaultKind.GAP, target)


def test_an_edited_entry_is_found(auditor: Session, clock: Clock) -> None:
    target = size_of(auditor) - 20

    verdict = verdict_after(
        auditor,
        clock,
        EDIT,
        at=target,
    )

    assert verdict.fault == Fault(FaultKind.ENTRY_CHANGED, target)


@pytest.mark.parametrize(
    "column",
    [
        "UPDATE log_entries SET at = '2026-03-01T00:00:00.000+00:00' WHERE seq = ?1",
        "UPDATE log_entries SET actor = 'someone-else' WHERE seq = ?1",
        "UPDATE log_entries SET action = 'AA05' WHERE seq = ?1",
        "UPDATE log_entries SET outcome = 'denied' WHERE seq = ?1",
        "UPDATE log_entries SET case_id = 'CASE-9' WHERE seq = ?1",
        "UPDATE log_entries SET case_id = NULL WHERE seq = ?1",
        "UPDATE log_entries SET purpose = 'CP07' WHERE seq = ?1",
    ],
)
def test_a_changed_filter_column_is_found(auditor: Session, clock: Clock, column: str) -> None:
    target = size_of(auditor) - 20

    verdict = verdict_after(auditor, clock, column, at=target)

    assert verdict.fault == Fault(FaultKind.COLUMN_CHANGED, target)


def test_two_entries_in_each_others_place_are_found(auditor: Session, clock: Clock) -> None:
    target = size_of(auditor) - 20

    tamper(auditor)
    with auditor.archive.database.writing() as connection:
        rows = {
            n: connection.execute(log.ENTRIES.select().where(log.ENTRIES.c.seq == n)).one()
            for n in (target, target + 1)
        }
        for here, there in ((target, target + 1), (target + 1, target)):
            values = {name: value for name, value in rows[there]._mapping.items() if name != "seq"}
            connection.execute(log.ENTRIES.update().where(log.ENTRIES.c.seq == here).values(**values))
    verdict = verify_log(auditor, clock())

    assert verdict.fault == Fault(FaultKind.MISPLACED, target)


def test_a_cut_tail_is_found_by_the_checkpoint_that_remains(auditor: Session, clock: Clock) -> None:
    audit.take_checkpoint(auditor, clock())
    cut = size_of(auditor) - 5

    verdict = verdict_after(
        auditor,
        clock,
        *CUT,
        at=cut,
    )

    assert verdict.fault == Fault(FaultKind.TRUNCATED, cut)


def test_a_tail_cut_with_everything_that_tells_of_it_is_found_by_a_kept_checkpoint(
    auditor: Session, clock: Clock
) -> None:
    kept = audit.take_checkpoint(auditor, clock())
    cut = size_of(auditor) - 5
    tamper(
        auditor,
        *CUT,
        "DELETE FROM log_checkpoints WHERE size > ?1",
        at=cut,
    )
    rebuild_tree(auditor)

    without = verify_log(auditor, clock())
    against = verify_log(auditor, clock(), against=kept.note)

    assert without.whole
    assert against.fault is not None
    assert against.fault.kind is FaultKind.KEPT_AHEAD


def test_a_history_rewritten_with_its_tree_is_found_by_the_stored_checkpoint(
    auditor: Session, clock: Clock
) -> None:
    covered = last_checkpoint(auditor)
    tamper(
        auditor,
        EDIT,
        at=covered - 5,
    )
    rebuild_tree(auditor)

    verdict = verify_log(auditor, clock())

    assert verdict.fault == Fault(FaultKind.REWRITTEN, covered)


def test_a_history_rewritten_and_signed_anew_with_the_stolen_log_key_is_found_by_a_kept_checkpoint(
    auditor: Session, clock: Clock
) -> None:
    kept = audit.take_checkpoint(auditor, clock())
    tamper(
        auditor,
        EDIT,
        at=kept.size - 5,
    )
    rebuild_tree(auditor)
    sign_every_checkpoint_anew(auditor)

    without = verify_log(auditor, clock())
    against = verify_log(auditor, clock(), against=kept.note)

    assert without.whole
    assert against.fault == Fault(FaultKind.KEPT_DIFFERS, kept.size)


def test_three_lines_written_down_by_hand_are_enough_to_find_a_rewritten_history(
    auditor: Session, clock: Clock
) -> None:
    kept = audit.take_checkpoint(auditor, clock())
    lines = "\r\n".join(f"  {line} " for line in kept.note.split("\n")[:3])

    whole = verify_log(auditor, clock(), against=lines)
    tamper(
        auditor,
        EDIT,
        at=kept.size - 5,
    )
    rebuild_tree(auditor)
    sign_every_checkpoint_anew(auditor)
    rewritten = verify_log(auditor, clock(), against=lines)

    assert (whole.whole, whole.kept) == (True, kept.size)
    assert rewritten.fault == Fault(FaultKind.KEPT_DIFFERS, kept.size)


def sign_every_checkpoint_anew(session: Session) -> None:
    frontier, roots = Frontier(), {0: EMPTY_ROOT}
    with session.archive.database.writing() as connection:
        seed = account_rows.recall(connection, LOG_SEED)
        assert seed is not None
        key, origin = SigningKey(Secret(seed)), log_origin(session.archive.keyring().archive_id)
        for entry in log.entries_from(connection, 0, log.size(connection)):
            frontier.append(leaf_hash(entry.leaf))
            roots[frontier.size] = frontier.root()
        for size, _, _ in log.checkpoints(connection):
            note = sign_checkpoint(Checkpoint(origin, size, roots[size]), key)
            changed = log.CHECKPOINTS.update().where(log.CHECKPOINTS.c.size == size).values(note=note)
            connection.execute(changed)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE log_checkpoints SET note = replace(note, 'A', 'B') WHERE size = ?1",
        "UPDATE log_checkpoints SET note = 'nonsense' WHERE size = ?1",
        "UPDATE log_checkpoints SET note = '' WHERE size = ?1",
        "UPDATE log_checkpoints SET size = size - 1 WHERE size = ?1",
    ],
)
def test_a_forged_checkpoint_is_found(auditor: Session, clock: Clock, change: str) -> None:
    covered = last_checkpoint(auditor)

    verdict = verdict_after(auditor, clock, change, at=covered)

    assert verdict.fault is not None
    assert verdict.fault.kind is FaultKind.CHECKPOINT_FORGED


def test_a_checkpoint_signed_by_another_key_is_found(auditor: Session, clock: Clock) -> None:
    covered = last_checkpoint(auditor)
    forged = sign_checkpoint(
        Checkpoint(log_origin(auditor.archive.keyring().archive_id), covered, bytes(32)),
        SigningKey(Secret.random()),
    )

    tamper(auditor)
    with auditor.archive.database.writing() as connection:
        connection.execute(
            log.CHECKPOINTS.update().where(log.CHECKPOINTS.c.size == covered).values(note=forged)
        )
    verdict = verify_log(auditor, clock())

    assert verdict.fault == Fault(FaultKind.CHECKPOINT_FORGED, covered)


def test_a_swapped_detail_is_found(auditor: Session, clock: Clock) -> None:
    target = size_of(auditor) - 20

    verdict = verdict_after(
        auditor,
        clock,
        "UPDATE log_details SET sealed = (SELECT sealed FROM log_details WHERE seq = ?1 + 1) WHERE seq = ?1",
        at=target,
    )

    assert verdict.fault == Fault(FaultKind.DETAIL_CHANGED, target)


def test_an_entry_made_to_be_about_another_testimony_is_found(auditor: Session, clock: Clock) -> None:
    target = size_of(auditor) - 20

    verdict = verdict_after(
        auditor, clock, "UPDATE log_subjects SET subject = 'T-0000-00' WHERE seq = ?1", at=target
    )

    assert verdict.fault == Fault(FaultKind.SUBJECT_CHANGED, target)


def test_an_entry_put_before_the_first_is_found(auditor: Session, clock: Clock) -> None:
    verdict = verdict_after(
        auditor,
        clock,
        "INSERT INTO log_entries SELECT -1, at, actor, action, outcome, case_id, purpose, leaf "
        "FROM log_entries WHERE seq = ?1",
    )

    assert verdict.fault == Fault(FaultKind.MISPLACED, -1)


def test_a_changed_subtree_is_found(auditor: Session, clock: Clock) -> None:
    verdict = verdict_after(
        auditor, clock, "UPDATE log_nodes SET hash = zeroblob(32) WHERE level = 2 AND position = ?1", at=3
    )

    assert verdict.fault == Fault(FaultKind.TREE_CHANGED, 12)


def test_an_entry_that_is_no_entry_is_found(auditor: Session, clock: Clock) -> None:
    target = size_of(auditor) - 20

    verdict = verdict_after(auditor, clock, "UPDATE log_entries SET leaf = x'00ff' WHERE seq = ?1", at=target)

    assert verdict.fault == Fault(FaultKind.UNREADABLE, target)


def test_an_erased_testimony_leaves_the_log_whole_and_is_counted(auditor: Session, clock: Clock) -> None:
    before = verify_log(auditor, clock())

    verdict = verdict_after(
        auditor, clock, "DELETE FROM log_subjects WHERE subject = 'T-7Q4K-29' AND seq > ?1"
    )

    assert (before.erased_subjects, verdict.erased_subjects) == (0, 40)
    assert verdict.whole


def test_a_clock_that_was_set_back_is_told_but_is_no_break(
    auditor: Session, people: People, clock: Clock
) -> None:
    clock.forward(hours=-3)
    show(people["reviewer"], 2, clock)

    verdict = verify_log(auditor, clock())

    assert verdict.whole
    assert len(verdict.clock_steps) == 1


def test_each_verdict_is_in_the_log_and_a_broken_one_stands_out(auditor: Session, clock: Clock) -> None:
    verify_log(auditor, clock())
    verdict_after(auditor, clock, "UPDATE log_subjects SET subject = 'T-0000-00' WHERE seq = ?1", at=30)

    with auditor.reading() as connection:
        size = log.size(connection)
        # The alarm that the log is broken comes last.
        checks = [
            entry for entry in log.entries_from(connection, size - 3, size - 1) if entry.action == "AA20"
        ]

    assert [entry.outcome for entry in checks] == ["allowed", "denied"]
    assert b"subject-changed" in checks[1].leaf


@pytest.mark.parametrize("kept", ["", "nonsense", "a\nb\nc", "testimony/other\n5\n" + "A" * 43 + "="])
def test_a_kept_text_that_is_no_checkpoint_of_this_log_is_told(
    auditor: Session, clock: Clock, kept: str
) -> None:
    verdict = verify_log(auditor, clock(), against=kept)

    assert verdict.fault == Fault(FaultKind.KEPT_UNREADABLE, 0)
