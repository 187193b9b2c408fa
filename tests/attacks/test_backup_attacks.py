"""Somebody has the backups in hand: changes, mixes or cuts them, or kills what makes and restores them (G8)."""

import base64
import json
import os
import shutil
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from sqlcipher3.dbapi2 import DatabaseError

from crypto.keys import database_key
from crypto.labels import Label
from testimony.domain.roles import Role
from testimony.services.accounts import enrol
from testimony.services.archives import Archive
from testimony.services.backing_up import Plan
from testimony.services.backup_keys import sign_manifest, take_key
from testimony.services.checking import check
from testimony.services.granting import end_grant
from testimony.services.invitations import Newcomer
from testimony.services.restoring import Wanted, restore, verify_backup
from testimony.storage import manifests
from testimony.storage.backup_files import Content, alone_in, content_of
from testimony.storage.chained_lines import START, append_line
from testimony.storage.compartments import Compartment
from testimony.storage.database import connect
from testimony.storage.directory import ArchiveDirectory
from testimony.storage.errors import (
    ArchiveBusy,
    ArchiveDamaged,
    BackupDamaged,
    BackupNotTrusted,
    BackupTooOld,
    BadPlace,
    Conflicting,
)
from tests.backup_places import (
    back_up_at,
    backed_up,
    dies_before,
    granted_to_investigator,
    newest,
    people_of,
    restored,
)
from tests.file_copies import released_copy, with_photograph
from tests.services.conftest import Clock, People, archive, clock, founded_template, people

__all__ = ["archive", "clock", "founded_template", "people"]


def sign_anew(place: Path, archive: Archive, **changes: object) -> None:
    """What a thief of the key that signs backups can do to a manifest."""
    snapshot = newest(place)
    signed = manifests.read_manifest(snapshot)
    manifest = replace(signed.manifest, **changes)  # type: ignore[arg-type]  # by name
    forged = sign_manifest(manifest, take_key(archive.directory)[0], None)
    (snapshot / manifests.MANIFEST).write_bytes(manifests.manifest_bytes(forged))


def test_a_manifest_that_was_edited_is_refused(archive: Archive, clock: Clock, tmp_path: Path) -> None:
    made = backed_up(archive.directory.path, tmp_path / "dest", clock())
    path = newest(tmp_path / "dest") / manifests.MANIFEST
    document = json.loads(path.read_text())
    document["statement"] = document["statement"].replace('"number":1', '"number":2')
    path.write_text(json.dumps(document))
    assert '"number":2' in manifests.read_manifest(path.parent).statement.decode()

    with pytest.raises(BackupDamaged):
        restored(made, tmp_path / "dest", tmp_path / "new", clock())
    assert not (tmp_path / "new").exists()


def test_a_manifest_that_another_key_signed_is_not_trusted(
    archive: Archive, clock: Clock, tmp_path: Path
) -> None:
    made = backed_up(archive.directory.path, tmp_path / "dest", clock())
    (archive.directory.path / "backup-key.json").unlink()
    sign_anew(tmp_path / "dest", archive, number=1)

    with pytest.raises(BackupNotTrusted):
        restored(made, tmp_path / "dest", tmp_path / "new", clock())
    with pytest.raises(BackupNotTrusted):
        restore(tmp_path / "dest", tmp_path / "new", Wanted(), None, clock())


def test_a_file_of_an_older_backup_in_the_place_of_the_newer_is_refused(
    archive: Archive, people: People, clock: Clock, tmp_path: Path
) -> None:
    place = tmp_path / "dest"
    backed_up(archive.directory.path, place, clock())
    older = newest(place) / "ledger.db"
    assert people["reviewer"]
    made = backed_up(archive.directory.path, place, clock.forward(minutes=1))
    assert older.read_bytes() != (newest(place) / "ledger.db").read_bytes()
    shutil.copyfile(older, newest(place) / "ledger.db")

    with pytest.raises(BackupDamaged):
        restored(made, place, tmp_path / "new", clock())


def test_an_older_keyring_signed_by_a_thief_of_the_key_opens_to_nobody(
    archive: Archive, people: People, clock: Clock, tmp_path: Path
) -> None:
    place, older = tmp_path / "dest", archive.directory.keyring.read_bytes()
    enrol(people["custodian"], Newcomer("reviewer-9", "Reviewer 9", frozenset({Role.REVIEWER})), clock())
    assert people["auditor"]
    made = backed_up(archive.directory.path, place, clock())
    assert archive.directory.keyring.read_bytes() != older
    path = newest(place) / "keyring.json"
    path.write_bytes(older)
    files = {**manifests.read_manifest(newest(place)).manifest.files, "keyring.json": content_of(path)}
    sign_anew(place, archive, files=files, keyring_version=json.loads(older)["version"])

    restored(made, place, tmp_path / "new", clock())

    with people_of(tmp_path / "new", clock) as there, pytest.raises(ArchiveDamaged):
        assert there["auditor"]


@pytest.mark.parametrize("name", ["ledger.db", "keyring.json", "objects.txt"])
def test_a_file_that_was_cut_off_is_refused(
    archive: Archive, clock: Clock, tmp_path: Path, name: str
) -> None:
    made = backed_up(archive.directory.path, tmp_path / "dest", clock())
    path = newest(tmp_path / "dest") / name
    path.write_bytes(path.read_bytes()[:-4096] if name == "ledger.db" else b"x")

    with pytest.raises(BackupDamaged):
        restored(made, tmp_path / "dest", tmp_path / "new", clock())


def test_links_pipes_and_names_that_do_not_belong_there_are_refused(
    archive: Archive, clock: Clock, tmp_path: Path
) -> None:
    place = tmp_path / "dest"
    made = backed_up(archive.directory.path, place, clock())
    whole = tmp_path / "whole"
    shutil.copytree(place, whole)

    def link(snapshot: Path) -> None:
        (snapshot / "vault.db").rename(tmp_path / "elsewhere.db")
        (snapshot / "vault.db").symlink_to(tmp_path / "elsewhere.db")

    def pipe(snapshot: Path) -> None:
        (snapshot / "vault.db").unlink()
        os.mkfifo(snapshot / "vault.db")

    def stranger(snapshot: Path) -> None:
        (snapshot / "ledger.db-journal").write_bytes(b"a journal that SQLite would play back")

    def stranger_outside(snapshot: Path) -> None:
        (place / "run-me.sh").write_text("echo")

    def linked_folder(snapshot: Path) -> None:
        snapshot.rename(tmp_path / "moved")
        snapshot.symlink_to(tmp_path / "moved")

    def linked_pool(snapshot: Path) -> None:
        shutil.rmtree(place / "objects")
        (place / "objects").symlink_to(archive.directory.objects)

    def odd_object(snapshot: Path) -> None:
        (place / "objects" / "ab").mkdir()
        (place / "objects" / "ab" / "x").write_bytes(b"")

    for change in (link, pipe, stranger, stranger_outside, linked_folder, linked_pool, odd_object):
        shutil.rmtree(place)
        shutil.rmtree(tmp_path / "moved", ignore_errors=True)
        shutil.copytree(whole, place)
        change(newest(place))
        with pytest.raises(BackupDamaged):
            restored(made, place, tmp_path / "new", clock())
        with pytest.raises(BackupDamaged):
            verify_backup(place, Wanted(key=made.note.key))
        assert not (tmp_path / "new").exists(), change
    shutil.rmtree(place)
    shutil.copytree(whole, place)
    verify_backup(place, Wanted(key=made.note.key))


@pytest.mark.parametrize("name", ["../ledger.db", "/etc/passwd", "backup-key.json", "ledger.db/x"])
def test_a_signed_manifest_with_another_name_is_refused(
    archive: Archive, clock: Clock, tmp_path: Path, name: str
) -> None:
    place = tmp_path / "dest"
    made = backed_up(archive.directory.path, place, clock())
    files = manifests.read_manifest(newest(place)).manifest.files
    sign_anew(place, archive, files={**files, name: Content(0, "0" * 64)})

    with pytest.raises(BackupDamaged):
        restored(made, place, tmp_path / "new", clock())


def test_a_whole_older_backup_given_as_the_newest_is_refused_by_who_kept_a_receipt(
    archive: Archive, people: People, clock: Clock, tmp_path: Path
) -> None:
    place, receipt = tmp_path / "dest", tmp_path / "receipt.jsonl"
    plan = Plan(receipt=receipt)
    made = backed_up(archive.directory.path, place, clock(), plan)
    assert people["auditor"]
    backed_up(archive.directory.path, place, clock.forward(days=1), plan)
    shutil.rmtree(newest(place))

    with pytest.raises(BackupTooOld):
        restored(made, place, tmp_path / "new", clock(), known=receipt)
    with pytest.raises(BackupTooOld):
        restored(made, place, tmp_path / "new", clock(), known=archive.directory.path / "backups.jsonl")
    verify_backup(place, Wanted(key=made.note.key))


def test_an_older_list_of_erasures_than_the_backup_has_is_refused(
    archive: Archive, clock: Clock, tmp_path: Path
) -> None:
    first = append_line(archive.directory.closings, START, b"one").sha256
    older = (archive.directory.path / "closings.jsonl").read_bytes()
    append_line(archive.directory.closings, first, b"two")
    made = backed_up(archive.directory.path, tmp_path / "dest", clock())
    (tmp_path / "older").write_bytes(older)

    with pytest.raises(BackupTooOld):
        restored(
            made, tmp_path / "dest", tmp_path / "new", clock(), lists={"closings.jsonl": tmp_path / "older"}
        )


def test_an_object_that_was_changed_or_taken_away_is_missed(
    archive: Archive, people: People, clock: Clock, tmp_path: Path
) -> None:
    place = tmp_path / "dest"
    with_photograph(people, clock)
    made = backed_up(archive.directory.path, place, clock())
    (path,) = [file for file in (place / "objects").rglob("*") if file.is_file()]
    content = path.read_bytes()

    path.write_bytes(bytes(len(content)))
    with pytest.raises(BackupDamaged):
        restored(made, place, tmp_path / "new", clock())
    path.unlink()
    with pytest.raises(BackupDamaged):
        restored(made, place, tmp_path / "new", clock())
    assert not (tmp_path / "new").exists()


def test_a_backup_inside_the_archive_or_around_it_is_refused_also_through_a_link(
    archive: Archive, clock: Clock, tmp_path: Path
) -> None:
    path = archive.directory.path
    (tmp_path / "link").symlink_to(path)

    for place in (path, path / "backups", tmp_path / "link" / "objects", path.parent):
        with pytest.raises(BadPlace):
            backed_up(path, place, clock())
    assert not (path / "backups").exists()


def test_nothing_of_a_testimony_and_no_key_is_in_clear_in_a_backup(
    archive: Archive, people: People, clock: Clock, tmp_path: Path
) -> None:
    place = tmp_path / "dest"
    code, _ = released_copy(people, clock)
    end_grant(people["custodian"], granted_to_investigator(people, clock), "no longer needed", clock())
    backed_up(archive.directory.path, place, clock())

    content = b"".join(file.read_bytes() for file in sorted(place.rglob("*")) if file.is_file())
    secrets = [secret.raw for secret in people["reviewer"].archive.secrets.values()]
    seed = take_key(archive.directory)[0].seed.raw
    for word in (b"Amellal", b"Inekar", code.encode(), b"no longer needed", *secrets, seed):
        assert word not in content
        assert base64.b64encode(word) not in content
        assert word.hex().encode() not in content


def test_a_backup_that_is_killed_at_any_step_leaves_the_one_before_and_the_next_is_whole(
    archive: Archive, people: People, clock: Clock, tmp_path: Path
) -> None:
    place, path = tmp_path / "dest", archive.directory.path
    made = backed_up(path, place, clock())
    with_photograph(people, clock)
    step = 1
    while True:
        died = dies_before(step, back_up_at, path, place, clock(), Plan(patience=5))
        verify_backup(place, Wanted(key=made.note.key))
        if not died:
            break
        step += 3
    assert step > 20
    assert backed_up(path, place, clock()).note.objects == 1
    restored(made, place, tmp_path / "new", clock())
    with people_of(tmp_path / "new", clock) as there:
        assert check(there["reviewer"], clock()) == ()


def test_a_restore_that_is_killed_at_any_step_leaves_nothing_or_all(
    archive: Archive, people: People, clock: Clock, tmp_path: Path
) -> None:
    place, target = tmp_path / "dest", tmp_path / "there" / "new"
    with_photograph(people, clock)
    made = backed_up(archive.directory.path, place, clock())
    whole = {"ledger.db", "vault.db", "reading_room.db", "keyring.json", "objects", "restored.json"}
    step = 1
    while dies_before(step, restored, made, place, target, clock()):
        if target.exists():
            assert {file.name for file in target.iterdir()} == whole
            shutil.rmtree(target)
        step += 2
    assert step > 20
    assert {file.name for file in target.iterdir()} == whole
    assert not target.with_name(".new.restoring").exists()
    with people_of(target, clock) as there:
        assert check(there["reviewer"], clock()) == ()


def test_a_write_that_was_cut_off_is_not_backed_up_until_somebody_signed_in(
    archive: Archive, clock: Clock, tmp_path: Path
) -> None:
    (archive.directory.path / "ledger.db-journal").write_bytes(b"half a write")

    with pytest.raises(ArchiveBusy):
        backed_up(archive.directory.path, tmp_path / "dest", clock(), Plan(patience=0.3))
    assert not list((tmp_path / "dest" / "snapshots").iterdir())


def test_two_backups_at_once_are_one(archive: Archive, clock: Clock, tmp_path: Path) -> None:
    place = tmp_path / "dest"
    backed_up(archive.directory.path, place, clock())

    with alone_in(place), pytest.raises(Conflicting):
        backed_up(archive.directory.path, place, clock())


def test_a_writer_is_wholly_in_or_wholly_out_across_the_three_files(
    archive: Archive, people: People, clock: Clock, tmp_path: Path
) -> None:
    """Three processes write to all files at once, without a rest; one of them is killed; backups go on meanwhile."""
    keys = {
        c: database_key(people["reviewer"].archive.secret(c), Label.COMPARTMENT_DATABASE)
        for c in (Compartment.LEDGER, Compartment.VAULT, Compartment.READING_ROOM)
    }
    directory, place = archive.directory, tmp_path / "dest"
    _tick(directory, keys, 1)
    writers = [_forked(lambda: _tick(directory, keys, 1_000_000)) for _ in range(3)]
    counted = []
    try:
        assert any(_is_torn(directory, tmp_path / f"copy-{number}", keys) for number in range(60))
        for number in range(6):
            backed_up(directory.path, place, clock.forward(seconds=1), Plan(patience=30))
            counted.append(_ticks(newest(place), keys))
            if number == 2:
                os.kill(writers[0], signal.SIGKILL)
    finally:
        for writer in writers:
            with suppress(ProcessLookupError):
                os.kill(writer, signal.SIGKILL)
            os.waitpid(writer, 0)

    assert all(len(set(ticks)) == 1 for ticks in counted)
    numbers = [ticks[0] for ticks in counted]
    assert numbers == sorted(numbers)
    assert numbers[-1] > numbers[0] + 5


def _is_torn(directory: ArchiveDirectory, copy: Path, keys: dict[Compartment, str]) -> bool:
    """Whether a plain copy of the three files, made now, does not hold together."""
    copy.mkdir()
    for compartment in keys:
        shutil.copyfile(directory.file_of(compartment), ArchiveDirectory(copy).file_of(compartment))
    try:
        return len(set(_ticks(copy, keys))) > 1
    except (AssertionError, ArchiveDamaged, DatabaseError):
        return True


def _forked(act: Callable[[], None]) -> int:
    child = os.fork()
    if child == 0:
        try:
            act()
        finally:
            os._exit(1)
    return child


def _tick(directory: ArchiveDirectory, keys: dict[Compartment, str], times: int) -> None:
    """One transaction over the three files, again and again; SQLite spills pages before the commit."""
    connection = connect(directory, keys)
    connection.execute("PRAGMA cache_size = 5")
    names = ("main", "vault", "reading_room")
    connection.execute("BEGIN IMMEDIATE")
    for name in names:
        connection.execute(f"CREATE TABLE IF NOT EXISTS {name}.tick (n INTEGER, filling BLOB)")
    connection.execute("COMMIT")
    for _ in range(times):
        connection.execute("BEGIN IMMEDIATE")
        for name in names:
            connection.execute(
                f"INSERT INTO {name}.tick SELECT count(*) + 1, randomblob(60000) FROM {name}.tick"
            )
            connection.execute(
                f"UPDATE {name}.tick SET filling = randomblob(10) WHERE n < (SELECT max(n) FROM {name}.tick)"
            )
        connection.execute("COMMIT")
    connection.close()


def _ticks(snapshot: Path, keys: dict[Compartment, str]) -> tuple[int, ...]:
    """What each file of a backup counted; every page of it authenticates."""
    connection = connect(ArchiveDirectory(snapshot), keys)
    try:
        names = ("main", "vault", "reading_room")
        for name in names:
            assert connection.execute(f"PRAGMA {name}.cipher_integrity_check").fetchone() is None
        return tuple(connection.execute(f"SELECT max(n) FROM {name}.tick").fetchone()[0] for name in names)
    finally:
        connection.close()
