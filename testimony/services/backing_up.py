"""Backing up while others work: no key of any content, no account, and one moment for all three databases.

    objects → databases, freely → (still) what changed, keyring, lists → new objects → hashes → manifest → name

Dies at any point: a folder `.new` that the next backup clears away; what has a name is whole and signed. An object's
content never changes under its name, so each is copied once. Runs in a process of its own (storage/stillness.py).
"""

import fcntl
import os
import shutil
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from crypto.signing import VerifyingKey
from testimony.domain.errors import Conflict
from testimony.services.backup_keys import read_certificate, sign_manifest, take_key, verified_signer
from testimony.services.sessions import timestamp
from testimony.storage import backup_files, manifests
from testimony.storage.backup_files import CHUNK_BYTES, Content, Stamp
from testimony.storage.backup_notes import BackupNote, append_note, last_note, notes_file
from testimony.storage.backup_pool import NEW, POOL, SNAPSHOTS, let_go_of_old, pool_path, require_apart
from testimony.storage.compartments import Compartment
from testimony.storage.directory import ArchiveDirectory, sync_directory
from testimony.storage.errors import ArchiveDamaged, BackupDamaged, PauseTooLong, StorageFailed
from testimony.storage.keyring import Keyring
from testimony.storage.keyring_file import read_keyring
from testimony.storage.manifests import MANIFEST, OBJECT_LIST, Manifest, SignedManifest
from testimony.storage.objects import ObjectId, Objects
from testimony.storage.stillness import opened, still

LONGEST_PAUSE_SECONDS = 10.0
"""Below the 15 seconds for which a writer waits: no one's work fails because of a backup."""

PATIENCE_SECONDS = 60.0
TRIES = 3
_COPIERS = 4
"""Objects that are copied at once: one is read while another is hashed and a third is written."""

KEPT = 7


@dataclass(frozen=True, slots=True)
class Plan:
    """kept: how many backups stay. patience: seconds to wait for a moment in which nobody writes.

    receipt: a file elsewhere that gets the same note as the archive's folder.
    """

    kept: int = KEPT
    longest_pause: float = LONGEST_PAUSE_SECONDS
    patience: float = PATIENCE_SECONDS
    receipt: Path | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """paused: seconds in which writers had to wait. new_key: it was made now, and should be written down."""

    note: BackupNote
    new_objects: int
    paused: float
    new_key: bool
    confirmed: bool


@dataclass(frozen=True, slots=True)
class _Before:
    """The newest backup at the destination that this machine's key signed, and what its objects hold."""

    number: int
    sha256: str
    objects: Mapping[ObjectId, Content]


def back_up(directory: ArchiveDirectory, objects: Objects, place: Path, now: datetime, plan: Plan) -> Made:
    """Make one more backup of an archive at `place`.

    Raises NoArchive; BadPlace when one lies in the other; Conflict when another archive's backups are there;
    Conflicting when another backup is at work; ArchiveBusy when it did not become still, or writers would have had to
    wait longer than the plan allows; StorageFailed for a full disk; BackupDamaged when something foreign lies there.
    """
    keyring = read_keyring(directory)
    require_apart(directory.path, place)
    try:
        backup_files.make_folder(place)
        with backup_files.alone_in(place):
            return _Backup(directory, objects, place, keyring, plan).make(now)
    except OSError as error:
        raise StorageFailed from error


class _Backup:
    def __init__(
        self, directory: ArchiveDirectory, objects: Objects, place: Path, keyring: Keyring, plan: Plan
    ) -> None:
        self._directory = directory
        self._objects = objects
        self._place = place
        self._archive_id = keyring.archive_id
        self._plan = plan
        self._new = place / NEW
        self._copied: dict[ObjectId, Content] = {}
        self._arrived: list[ObjectId] = []

    def make(self, now: datetime) -> Made:
        key, new_key = take_key(self._directory)
        before = self._before(key.public.fingerprint)
        self._start()
        self._copy_objects(before.objects)
        paused = self._copy_databases()
        named = self._copy_objects(before.objects)
        files = self._hash_files(named)
        keyring = read_keyring(ArchiveDirectory(self._new))
        known = last_note(notes_file(self._directory), self._archive_id)
        manifest = Manifest(
            archive_id=self._archive_id,
            number=max(before.number, known.number if known else 0) + 1,
            at=timestamp(now),
            keyring_version=keyring.version,
            root=VerifyingKey(keyring.root).fingerprint,
            previous=before.sha256,
            files=files,
            objects=len(named),
            object_bytes=sum(one.size for one in named.values()),
        )
        certificate = read_certificate(self._directory, keyring, key.public.fingerprint)
        signed = sign_manifest(manifest, key, certificate)
        self._finish(signed)
        let_go_of_old(self._place, self._plan.kept)
        note = self._note(signed, key.public.fingerprint, paused)
        return Made(note, len(self._arrived), paused, new_key, certificate is not None)

    def _before(self, fingerprint: str) -> _Before:
        """What another key signed is no reason to believe a hash: its objects are copied anew."""
        folder = self._place / SNAPSHOTS
        if not folder.exists():
            return _Before(0, "", {})
        newest = _Before(0, "", {})
        for name in manifests.snapshot_names(folder):
            number = int(name.partition("-")[0])
            newest = _Before(max(number, newest.number), newest.sha256, newest.objects)
            try:
                signed = manifests.read_manifest(folder / name)
                ours = verified_signer(signed) == fingerprint
                if signed.manifest.archive_id != self._archive_id:
                    raise Conflict
                if ours:
                    there = manifests.read_objects(folder / name, signed.manifest)
                    newest = _Before(newest.number, signed.sha256, there)
            except BackupDamaged:
                continue  # It stays for whoever looks into it; this backup does not stand on it.
        return newest

    def _start(self) -> None:
        """Clear away what a backup left that was cut off."""
        shutil.rmtree(self._new, ignore_errors=True)
        for folder in (self._new, self._place / SNAPSHOTS, self._place / POOL):
            backup_files.make_folder(folder)

    def _copy_objects(self, known: Mapping[ObjectId, Content]) -> dict[ObjectId, Content]:
        """Copy what is not there yet; return all there are now with what they hold.

        Called before the databases and after them: an object exists before a row names it. One that is gone by then was
        let go of since (a draft thrown away, an erasure that is in the list of erasures).
        """
        names = sorted(self._objects.names())
        for object_id in names:
            content = self._as_known(object_id, known)
            if content is not None:
                self._copied.setdefault(object_id, content)
        missing = [object_id for object_id in names if object_id not in self._copied]
        with ThreadPoolExecutor(_COPIERS) as pool:
            for object_id, content in zip(missing, pool.map(self._copy_object, missing), strict=True):
                if content is not None:
                    self._copied[object_id] = content
                    self._arrived.append(object_id)
        # What the first look found and the second does not is named by the databases all the same: it is kept.
        return dict(self._copied)

    def _as_known(self, object_id: ObjectId, known: Mapping[ObjectId, Content]) -> Content | None:
        content = known.get(object_id)
        if content is None:
            return None
        try:
            found = os.lstat(pool_path(self._place, object_id))
        except OSError:
            return None
        return content if found.st_size == content.size else None

    def _copy_object(self, object_id: ObjectId) -> Content | None:
        """None when it is gone by now. Not on disk yet: `_finish` sees to it before anything is signed."""
        path = pool_path(self._place, object_id)
        backup_files.make_folder(path.parent)
        arriving = self._new / f"object-{object_id}"
        try:
            with self._objects.open(object_id) as source:
                pieces = iter(lambda: source.read(CHUNK_BYTES), b"")
                content = backup_files.write_new(arriving, pieces, durable=False)
        except ArchiveDamaged:
            return None
        os.replace(arriving, path)
        return content

    def _copy_databases(self) -> float:
        """All that belongs to one moment. Return for how long writers had to wait, in seconds."""
        with opened(self._directory) as descriptors:
            for tries_left in reversed(range(TRIES)):
                stamps = {c: backup_files.stamp(descriptor) for c, descriptor in descriptors.items()}
                for compartment, descriptor in descriptors.items():
                    backup_files.copy_descriptor(descriptor, self._path_of(compartment), None)
                try:
                    return self._copy_rest(descriptors, stamps)
                except PauseTooLong:
                    if not tries_left:
                        raise
        raise AssertionError("the last try returns or raises")

    def _copy_rest(
        self, descriptors: Mapping[Compartment, int], stamps: Mapping[Compartment, Stamp]
    ) -> float:
        """What was written to since it was copied is copied again while nobody writes."""
        with still(self._directory, descriptors, self._plan.patience):
            start = time.monotonic()
            until = start + self._plan.longest_pause
            for compartment, descriptor in descriptors.items():
                if not stamps[compartment].settled or backup_files.stamp(descriptor) != stamps[compartment]:
                    backup_files.copy_descriptor(descriptor, self._path_of(compartment), until)
            # The keyring is written before the ledger's row of it, and a list before what it tells of commits: taken
            # now, they are what a crash at this moment would have left, which the next unlock mends.
            shutil.copyfile(self._directory.keyring, self._new / "keyring.json", follow_symlinks=False)
            for name in manifests.SOMETIMES:
                _copy_list(self._directory.path / name, self._new / name)
            return time.monotonic() - start

    def _path_of(self, compartment: Compartment) -> Path:
        return ArchiveDirectory(self._new).file_of(compartment)

    def _hash_files(self, objects: Mapping[ObjectId, Content]) -> dict[str, Content]:
        files = {}
        for name in (*manifests.ALWAYS, *manifests.SOMETIMES):
            path = self._new / name
            if name == OBJECT_LIST:
                files[name] = backup_files.write_new(path, manifests.object_lines(objects))
            elif path.exists():
                path.chmod(0o600)
                files[name] = backup_files.content_of(path)
        return files

    def _finish(self, signed: SignedManifest) -> None:
        """From the rename on, the backup exists."""
        backup_files.write_new(self._new / MANIFEST, iter((manifests.manifest_bytes(signed),)))
        for object_id in self._arrived:
            backup_files.sync_file(pool_path(self._place, object_id))
        for folder in {pool_path(self._place, object_id).parent for object_id in self._arrived}:
            sync_directory(folder)
        sync_directory(self._place / POOL)
        name = manifests.folder_name(signed.manifest.number, signed.manifest.at)
        backup_files.move_into_place(self._new, self._place / SNAPSHOTS / name)

    def _note(self, signed: SignedManifest, fingerprint: str, paused: float) -> BackupNote:
        manifest = signed.manifest
        note = BackupNote(
            archive=manifest.archive_id,
            number=manifest.number,
            at=manifest.at,
            manifest=signed.sha256,
            key=fingerprint,
            files=len(manifest.files),
            objects=manifest.objects,
            bytes=manifest.object_bytes + sum(one.size for one in manifest.files.values()),
            paused_ms=round(paused * 1000),
        )
        append_note(notes_file(self._directory), note)
        if self._plan.receipt is not None:
            append_note(self._plan.receipt, note)
        return note


def _copy_list(source: Path, target: Path) -> None:
    """One of the files that grow by lines; while nobody adds one."""
    with suppress(FileNotFoundError):
        descriptor = os.open(source, os.O_RDONLY | os.O_NOFOLLOW)
        with os.fdopen(descriptor, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            target.write_bytes(file.read())
