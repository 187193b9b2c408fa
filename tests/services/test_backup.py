"""Backups of a living archive, and what a restored one shows: the drill (G8, G9)."""

import shutil
from pathlib import Path

import pytest
from obstore.store import MemoryStore

from testimony.domain.consent import ConsentStatus
from testimony.domain.errors import Conflict, Refused, SignInFailed
from testimony.domain.purposes import Purpose
from testimony.domain.testimony import State
from testimony.services import duress
from testimony.services.accounts import suspend
from testimony.services.after_restore import RESTORED
from testimony.services.archives import Archive
from testimony.services.audit import take_checkpoint
from testimony.services.backing_up import Plan, back_up
from testimony.services.backup_keys import confirm_key, own_fingerprint
from testimony.services.backup_status import backup_status, set_limit
from testimony.services.checking import check
from testimony.services.closings import Kind, note_closing
from testimony.services.consent_versions import Taken
from testimony.services.granting import end_grant, grants_in_force
from testimony.services.reading import read_release
from testimony.services.restoring import Wanted, restore, verify_backup
from testimony.services.sessions import Session, timestamp
from testimony.services.verification import examine_log
from testimony.services.withdrawing import ALL, withdraw
from testimony.storage import consents, register
from testimony.storage.backup_notes import Rehearsal, append_rehearsal, notes_file
from testimony.storage.directory import ArchiveDirectory
from testimony.storage.forgetting import remains
from testimony.storage.manifests import CLOSINGS, ERASURES
from testimony.storage.objects import Objects
from tests.backup_places import backed_up, granted_to_investigator, newest, people_of, restored
from tests.disposal_room import erase, released_with_file
from tests.file_copies import released_copy, with_photograph
from tests.services.conftest import Clock, People


def take_back(session: Session, code: str, clock: Clock) -> None:
    withdraw(session, code, ALL, Taken("safe_words", "in_person"), clock())


def test_an_older_backup_comes_back_whole_and_what_was_closed_since_stays_closed(
    archive: Archive, people: People, clock: Clock, tmp_path: Path
) -> None:
    place, path = tmp_path / "dest", archive.directory.path
    code, _ = released_copy(people, clock)
    kept = with_photograph(people, clock)
    grant_id = granted_to_investigator(people, clock)
    investigator = people["investigator"]
    made = backed_up(path, place, clock())
    with people["auditor"].reading() as connection:
        size_then = examine_log(people["auditor"], clock()).size
        assert register.find_row(connection, code) is not None
    clock.forward(hours=1)
    newer = with_photograph(people, clock)
    take_back(people["custodian"], code, clock)
    end_grant(people["custodian"], grant_id, "the work is done", clock())
    suspend(people["custodian"], "reviewer-2", clock())
    (tmp_path / "kept").write_text(take_checkpoint(people["auditor"], clock()).note)

    verified = restored(
        made,
        place,
        tmp_path / "new",
        clock(),
        lists={CLOSINGS: path / "closings.jsonl"},
        checkpoint=tmp_path / "kept",
    )

    assert verified.newer[CLOSINGS] == 3
    with people_of(tmp_path / "new", clock) as there:
        with pytest.raises(SignInFailed):
            assert there[
                "reviewer_b"
            ]  # Stopped since; the first who comes, and the restored keyring knows nothing of it.
        with there["investigator"].reading() as connection:
            row, consent = register.find_row(connection, code), consents.current_consent(connection, code)
            assert row is not None and row.state == State.RESTRICTED
            assert consent is not None and consent.status == ConsentStatus.WITHDRAWN
            assert grants_in_force(there["investigator"], connection, investigator.account.id, clock()) == ()
            assert register.find_row(connection, newer) is None
            untouched = register.find_row(connection, kept)
            assert untouched is not None and untouched.state == State.RECEIVED
        assert check(there["reviewer"], clock()) == ()
        verdict = examine_log(there["auditor"], clock())
        assert verdict.whole and verdict.size > size_then
        status = backup_status(there["custodian"], clock())
        assert status.restored is not None
        assert (status.restored.number, status.restored.closed_again) == (1, 3)
        assert status.restored.missing is not None and status.restored.missing > 0
        assert not status.restored.differs
        assert not (tmp_path / "new" / RESTORED).exists()


def test_whom_somebody_forced_since_rests_in_an_older_copy_as_well(
    archive: Archive, people: People, clock: Clock, tmp_path: Path
) -> None:
    place, path = tmp_path / "dest", archive.directory.path
    granted_to_investigator(people, clock)
    account_id = people["investigator"].account.id
    made = backed_up(path, place, clock())
    clock.forward(hours=1)
    keyring = archive.keyring()
    assert duress.signal_at_once(archive, keyring, account_id, clock())

    restored(made, place, tmp_path / "new", clock(), lists={CLOSINGS: path / "closings.jsonl"})

    with people_of(tmp_path / "new", clock) as there:
        custodian = there["custodian"]
        assert [guard.account_id for guard in duress.held(custodian)] == [account_id]
        with custodian.reading() as connection:
            assert grants_in_force(custodian, connection, account_id, clock()) == ()


def test_what_was_erased_since_is_closed_at_the_first_sign_in_and_gone_at_the_next_that_can(
    archive: Archive, people: People, clock: Clock, tmp_path: Path
) -> None:
    place, path = tmp_path / "dest", archive.directory.path
    code = released_with_file(people, clock())
    made = backed_up(path, place, clock())
    clock.forward(hours=1)
    erase(people, code, clock())

    restored(made, place, tmp_path / "new", clock(), lists={ERASURES: path / "erasures.jsonl"})

    with people_of(tmp_path / "new", clock) as there:
        with there["interviewer"].reading() as connection:
            row = register.find_row(connection, code)
        assert row is not None and row.state == State.DISPOSED
        reviewer = there["reviewer"]
        with reviewer.reading() as connection:
            assert register.find_row(connection, code) is None
            assert remains(connection, code) == ()
        assert check(reviewer, clock()) == ()


def test_the_released_text_of_a_withdrawn_account_is_refused_at_the_first_reading(
    archive: Archive, people: People, clock: Clock, tmp_path: Path
) -> None:
    place = tmp_path / "dest"
    code, _ = released_copy(people, clock)
    granted_to_investigator(people, clock)
    assert read_release(people["investigator"], code, Purpose.CP07, clock())
    made = backed_up(archive.directory.path, place, clock())
    take_back(people["custodian"], code, clock)
    backed_up(archive.directory.path, place, clock.forward(days=1))

    # The older backup, without any list from elsewhere: the newer one beside it has the line.
    first = sorted(folder.name for folder in (place / "snapshots").iterdir())[0]
    restored(made, place, tmp_path / "new", clock(), snapshot=first)

    with people_of(tmp_path / "new", clock) as there, pytest.raises(Refused):
        read_release(there["investigator"], code, Purpose.CP07, clock())


def test_objects_are_copied_once_and_go_with_the_last_backup_that_names_them(
    archive: Archive, people: People, clock: Clock, tmp_path: Path
) -> None:
    place, path = tmp_path / "dest", archive.directory.path
    with_photograph(people, clock)
    made = [backed_up(path, place, clock.forward(minutes=1), Plan(kept=2)) for _ in range(2)]
    assert [each.new_objects for each in made] == [1, 0]
    (object_id,) = archive.objects.names()
    archive.objects.delete(object_id)

    made += [backed_up(path, place, clock.forward(minutes=1), Plan(kept=2)) for _ in range(2)]

    assert [each.note.objects for each in made] == [1, 1, 0, 0]
    assert len(list((place / "snapshots").iterdir())) == 2
    assert [file for file in (place / "objects").rglob("*") if file.is_file()] == []


def test_a_key_that_a_custodian_confirmed_needs_no_fingerprint(
    archive: Archive, people: People, clock: Clock, tmp_path: Path
) -> None:
    place, path = tmp_path / "dest", archive.directory.path
    first = backed_up(path, place, clock())
    with pytest.raises(Refused):
        confirm_key(people["auditor"], first.note.key, "it is the same", clock())
    with pytest.raises(Conflict):
        confirm_key(people["custodian"], "0" * 64, "it is the same", clock())
    confirm_key(people["custodian"], first.note.key, "it is the same", clock())

    made = backed_up(path, place, clock.forward(minutes=1))

    assert not first.confirmed and made.confirmed
    assert own_fingerprint(archive.directory) == made.note.key
    assert verify_backup(place, Wanted()).signed.manifest.number == 2


def test_pages_say_how_old_the_last_backup_is_and_when_one_was_tried(
    archive: Archive, people: People, clock: Clock, tmp_path: Path
) -> None:
    before = backup_status(people["auditor"], clock())
    made = backed_up(archive.directory.path, tmp_path / "dest", clock())
    tried = Rehearsal(made.note.archive, 1, timestamp(clock()), made.note.manifest)
    append_rehearsal(notes_file(archive.directory), tried)
    fresh = backup_status(people["custodian"], clock())
    set_limit(people["custodian"], 5, clock())

    statuses = [backup_status(people["custodian"], clock.forward(days=days)) for days in (4, 2, 100)]

    assert (before.last, before.due, before.key) == (None, False, None)
    assert fresh.last == made.note and fresh.tried == tried and not fresh.confirmed
    assert [status.due for status in statuses] == [False, True, True]
    assert [status.trial_due for status in statuses] == [False, False, True]


def test_objects_of_another_store_are_backed_up_and_put_back_there(
    archive: Archive, people: People, clock: Clock, tmp_path: Path
) -> None:
    with_photograph(people, clock)
    for session in people.sessions.values():
        archive.release(session.archive.secrets)
    people.sessions.clear()
    (object_id,) = archive.objects.names()
    store, other = Objects(MemoryStore()), Objects(MemoryStore())
    with archive.objects.open(object_id) as sealed:
        content = sealed.read()
    store.write_as(object_id, iter((content,)))
    shutil.rmtree(archive.directory.objects)

    made = back_up(archive.directory, store, tmp_path / "dest", clock(), Plan())
    restore(tmp_path / "dest", tmp_path / "new", Wanted(key=made.note.key), other, clock())

    assert other.names() == {object_id}
    with other.open(object_id) as sealed:
        assert sealed.read() == content
    assert list(ArchiveDirectory(tmp_path / "new").objects.iterdir()) == []


def test_a_closing_happens_also_when_the_list_outside_was_edited_and_the_log_says_so(
    archive: Archive, people: People, clock: Clock
) -> None:
    first, second = (granted_to_investigator(people, clock) for _ in range(2))
    end_grant(people["custodian"], first, "first", clock())
    (archive.directory.path / "closings.jsonl").write_text("not a list\n")

    end_grant(people["custodian"], second, "second", clock())

    with people["investigator"].reading() as connection:
        account_id = people["investigator"].account.id
        assert grants_in_force(people["investigator"], connection, account_id, clock()) == ()
        leaves = (
            connection.exec_driver_sql("SELECT leaf FROM log_entries ORDER BY seq DESC LIMIT 4")
            .scalars()
            .all()
        )
    assert any(b"closing-file-differs" in leaf for leaf in leaves)


def test_a_closing_whose_commit_never_came_closes_at_the_next_sign_in(
    archive: Archive, people: People, clock: Clock
) -> None:
    grant_id = granted_to_investigator(people, clock)
    with pytest.raises(RuntimeError), people["custodian"].work(clock()) as work:
        note_closing(people["custodian"], work, Kind.GRANT, grant_id)
        raise RuntimeError("the process dies here")

    session = people["investigator"]

    with session.reading() as connection:
        assert grants_in_force(session, connection, session.account.id, clock()) == ()


def test_a_restored_archive_backs_up_to_the_same_place_with_a_key_of_its_own(
    archive: Archive, clock: Clock, tmp_path: Path
) -> None:
    place = tmp_path / "dest"
    made = backed_up(archive.directory.path, place, clock())
    restored(made, place, tmp_path / "new", clock())

    second = backed_up(tmp_path / "new", place, clock.forward(minutes=1))

    assert second.new_key and second.note.key != made.note.key
    assert second.note.number == 2
    assert newest(place).name.startswith("000002-")
    verify_backup(place, Wanted(key=second.note.key))


def test_a_line_that_somebody_spoilt_keeps_no_other_from_closing(
    archive: Archive, people: People, clock: Clock, tmp_path: Path
) -> None:
    place, path = tmp_path / "dest", archive.directory.path / "closings.jsonl"
    grants = [granted_to_investigator(people, clock) for _ in range(2)]
    made = backed_up(archive.directory.path, place, clock())
    for grant_id in grants:
        end_grant(people["custodian"], grant_id, "over", clock())
    restored(made, place, tmp_path / "new", clock(), lists={CLOSINGS: path})
    first, second = path.read_text().splitlines()
    spoilt = f"{first[:90]}AAAA{first[94:]}\nno line\n{second}\n"
    (tmp_path / "new" / "closings.jsonl").write_text(spoilt)

    with people_of(tmp_path / "new", clock) as there:
        session = there["investigator"]
        with session.reading() as connection:
            standing = grants_in_force(session, connection, session.account.id, clock())

    assert [one.id for one in standing] == [grants[0]]
