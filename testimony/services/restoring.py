"""Giving an archive back from a backup: everything is verified before anything has its name.

    manifest → who signed → newest known → files and objects, hashed as they are copied → lists → name

Copies go into a folder beside the new one; the rename is the last step. Dies before it: there is no archive, and the
next restore clears the copies away. No key is needed: what the databases themselves say (their own authentication, the
log, the memory of newer keyrings) is asked at the first sign-in (services/after_restore.py).
"""

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from crypto.signing import VerifyingKey
from testimony.services.after_restore import RESTORED, Restoration, restoration_bytes
from testimony.services.backup_keys import require_trusted, verified_signer
from testimony.services.sessions import timestamp
from testimony.storage import backup_files, chained_lines, manifests
from testimony.storage.backup_files import Content
from testimony.storage.backup_notes import last_note
from testimony.storage.backup_pool import NEW, POOL, SNAPSHOTS, pool_names, pool_path, require_apart
from testimony.storage.directory import DIRECTORY_MODE, ArchiveDirectory, sync_directory, write_durably
from testimony.storage.errors import ArchiveDamaged, BackupDamaged, BackupTooOld, BadPlace, StorageFailed
from testimony.storage.keyring import Keyring
from testimony.storage.keyring_file import read_keyring
from testimony.storage.manifests import CLOSINGS, ERASURES, MANIFEST, OBJECT_LIST, SignedManifest
from testimony.storage.objects import ObjectId, Objects, local_objects

_MOST_NOTE_BYTES = 64 * 1024
LISTS = (ERASURES, CLOSINGS)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the operator knows. snapshot: a folder's name; None for the newest. key: fingerprint of the key that signs.

    known: a note of backups kept elsewhere (backups.jsonl, or a receipt). lists: newer copies of erasures.jsonl and
    closings.jsonl, by name. checkpoint: of the log, as an auditor kept it; held against the log at the first sign-in.
    """

    snapshot: str | None = None
    key: str | None = None
    known: Path | None = None
    lists: Mapping[str, Path] = field(default_factory=dict)
    checkpoint: Path | None = None


@dataclass(frozen=True, slots=True)
class Verified:
    """A backup whose every byte is what was signed. newer: what its lists of erasures and closings grow by."""

    signed: SignedManifest
    snapshot: Path
    objects: Mapping[ObjectId, Content]
    lists: Mapping[str, bytes]
    newer: Mapping[str, int]


def verify_backup(place: Path, wanted: Wanted) -> Verified:
    """Look at all of a backup, and write nothing.

    Raises BackupDamaged, BackupNotTrusted, BackupTooOld.
    """
    verified = _examine(place, wanted)
    for name, content in verified.signed.manifest.files.items():
        _read_through(verified.snapshot / name, content)
    for object_id, content in verified.objects.items():
        _read_through(pool_path(place, object_id), content)
    return verified


def restore(place: Path, target: Path, wanted: Wanted, objects: Objects | None, now: datetime) -> Verified:
    """Make the archive of a backup anew in `target`, a folder that is not there yet.

    objects: the store that sealed attachments go to; None for the archive's own folder.
    Raises BackupDamaged, BackupNotTrusted, BackupTooOld; BadPlace when `target` is there or lies in the backup;
    Conflicting when another restore is at work; StorageFailed.
    """
    require_apart(place, target)
    if os.path.lexists(target):
        raise BadPlace
    verified = _examine(place, wanted)
    new = target.with_name(f".{target.name}.restoring")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with backup_files.alone_in(target.parent):
            shutil.rmtree(new, ignore_errors=True)
            new.mkdir(mode=DIRECTORY_MODE)
            _fill(verified, place, new, objects)
            _note(verified, new, wanted, now)
            if os.path.lexists(target):
                raise BadPlace
            # From here on there is an archive.
            backup_files.move_into_place(new, target)
    except OSError as error:
        raise StorageFailed from error
    return verified


def _examine(place: Path, wanted: Wanted) -> Verified:
    """Everything but the contents of files and objects: what there is, who signed it, and that none newer is known."""
    if not set(backup_files.names_in(place)) <= {SNAPSHOTS, POOL, NEW}:
        raise BackupDamaged
    names = manifests.snapshot_names(place / SNAPSHOTS)
    name = wanted.snapshot or (names[-1] if names else "")
    if name not in names:
        raise BackupDamaged
    snapshot = place / SNAPSHOTS / name
    signed = _read_whole(snapshot)
    keyring = _keyring_of(snapshot, signed)
    require_trusted(signed, keyring, wanted.key)
    _require_newest(signed, wanted)
    objects = manifests.read_objects(snapshot, signed.manifest)
    if not objects.keys() <= pool_names(place):
        raise BackupDamaged
    others = [_lists_of(place / SNAPSHOTS / other, signed) for other in names if other != name]
    lists, newer = {}, {}
    for each in LISTS:
        base = _list_in(snapshot, signed, each)
        lists[each] = _newest_list(base, [other.get(each, b"") for other in others], wanted.lists.get(each))
        newer[each] = lists[each].count(b"\n") - base.count(b"\n")
    return Verified(signed, snapshot, objects, lists, newer)


def _read_whole(snapshot: Path) -> SignedManifest:
    signed = manifests.read_manifest(snapshot)
    manifest = signed.manifest
    if set(backup_files.names_in(snapshot)) != {MANIFEST, *manifest.files}:
        raise BackupDamaged
    if snapshot.name != manifests.folder_name(manifest.number, manifest.at):
        raise BackupDamaged
    return signed


def _keyring_of(snapshot: Path, signed: SignedManifest) -> Keyring:
    """The keyring in the backup, which must be the one that was signed before it is believed."""
    _read_through(snapshot / "keyring.json", signed.manifest.files["keyring.json"])
    try:
        keyring = read_keyring(ArchiveDirectory(snapshot))
    except ArchiveDamaged:
        raise BackupDamaged from None
    manifest = signed.manifest
    said = (manifest.archive_id, manifest.keyring_version, manifest.root)
    if (keyring.archive_id, keyring.version, VerifyingKey(keyring.root).fingerprint) != said:
        raise BackupDamaged
    return keyring


def _require_newest(signed: SignedManifest, wanted: Wanted) -> None:
    if wanted.known is None:
        return
    known = last_note(wanted.known, signed.manifest.archive_id)
    if known is None or known.number > signed.manifest.number:
        raise BackupTooOld
    if known.number == signed.manifest.number and known.manifest != signed.sha256:
        raise BackupTooOld


def _lists_of(snapshot: Path, chosen: SignedManifest) -> Mapping[str, bytes]:
    """The lists of another backup that the same key signed. What cannot be believed is as if it were not there."""
    try:
        signed = _read_whole(snapshot)
        verified_signer(signed)
        if (signed.public, signed.manifest.archive_id) != (chosen.public, chosen.manifest.archive_id):
            return {}
        return {name: _list_in(snapshot, signed, name) for name in LISTS}
    except BackupDamaged:
        return {}


def _newest_list(base: bytes, others: Sequence[bytes], kept: Path | None) -> bytes:
    """The longest of the lists that go on from the one in the backup.

    kept: the copy that the operator kept. Raises BackupTooOld when it does not go on from all that is here.
    """
    longest = base
    for other in others:
        if other.startswith(longest):
            longest = other
    if kept is None:
        return longest
    content = _whole_list(kept)
    if not content.startswith(longest):
        raise BackupTooOld
    return content


def _list_in(snapshot: Path, signed: SignedManifest, name: str) -> bytes:
    content = signed.manifest.files.get(name)
    if content is None:
        return b""
    if content.size > chained_lines.MOST_BYTES:
        raise BackupDamaged
    return chained_lines.whole_lines(b"".join(backup_files.pieces_of(snapshot / name, content)))


def _whole_list(path: Path) -> bytes:
    """A copy from elsewhere: unsigned, but each line is locked under a key of the ledger and names the one before."""
    content = chained_lines.whole_lines(backup_files.read_bounded(path, chained_lines.MOST_BYTES))
    try:
        chained_lines.parse_lines(content)
    except ArchiveDamaged:
        raise BackupDamaged from None
    return content


def _read_through(path: Path, content: Content) -> None:
    for _ in backup_files.pieces_of(path, content):
        pass


def _fill(verified: Verified, place: Path, new: Path, store: Objects | None) -> None:
    """Copy and verify at once: what is verified is what was copied, whatever changes meanwhile."""
    for name, content in verified.signed.manifest.files.items():
        if name in LISTS:
            _read_through(verified.snapshot / name, content)
        elif name != OBJECT_LIST:
            backup_files.write_new(new / name, backup_files.pieces_of(verified.snapshot / name, content))
    for name, lines in verified.lists.items():
        if lines:
            backup_files.write_new(new / name, iter((lines,)))
    folder = ArchiveDirectory(new).objects
    folder.mkdir(mode=DIRECTORY_MODE)
    objects = store or local_objects(folder)
    for object_id, content in verified.objects.items():
        if store is not None:
            # A store is no folder that can be thrown away: what goes there is verified before it goes.
            _read_through(pool_path(place, object_id), content)
        objects.write_as(object_id, backup_files.pieces_of(pool_path(place, object_id), content))
    _sync(folder)


def _note(verified: Verified, new: Path, wanted: Wanted, now: datetime) -> None:
    manifest = verified.signed.manifest
    checkpoint = None
    if wanted.checkpoint is not None:
        checkpoint = backup_files.read_bounded(wanted.checkpoint, _MOST_NOTE_BYTES).decode("utf-8", "replace")
    restoration = Restoration(
        at=timestamp(now),
        number=manifest.number,
        taken_at=manifest.at,
        manifest=verified.signed.sha256,
        erasures=verified.newer[ERASURES],
        closings=verified.newer[CLOSINGS],
        checkpoint=checkpoint,
    )
    write_durably(new / RESTORED, restoration_bytes(restoration))


def _sync(folder: Path) -> None:
    for path, _, files in os.walk(folder):
        for name in files:
            backup_files.sync_file(Path(path) / name)
        sync_directory(Path(path))
