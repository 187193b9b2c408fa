"""Where backups lie: a folder a backup, and the objects of all of them together.

DEST/snapshots/000012-20260302T020000Z/    one backup: manifest, databases, keyring, lists
DEST/objects/ab/cdef…                      sealed objects by name, each once
DEST/.new/                                 a backup that is not finished
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

from testimony.storage import backup_files, manifests
from testimony.storage.errors import BackupDamaged, BadPlace
from testimony.storage.objects import ObjectId

SNAPSHOTS, POOL, NEW = "snapshots", "objects", ".new"


def require_apart(one: Path, other: Path) -> None:
    """Raises BadPlace when a folder lies in the other, or is it, also through links."""
    first, second = one.resolve(), other.resolve()
    if first == second or first in second.parents or second in first.parents:
        raise BadPlace


def pool_path(place: Path, object_id: ObjectId) -> Path:
    """object_id: 32 hexadecimal digits, which `read_objects` and `pool_names` see to."""
    return place / POOL / object_id[:2] / object_id[2:]


def pool_names(place: Path) -> frozenset[ObjectId]:
    """The objects that lie at a destination. Raises BackupDamaged for anything else that lies there."""
    return frozenset(_pool_names(place / POOL))


def _pool_names(pool: Path) -> Iterator[ObjectId]:
    for first in backup_files.names_in(pool):
        for rest in backup_files.names_in(pool / first):
            if (len(first), len(rest)) != (2, 30) or not set(first + rest) <= set("0123456789abcdef"):
                raise BackupDamaged
            yield ObjectId(first + rest)


def let_go_of_old(place: Path, kept: int) -> None:
    """Keep the newest backups and what they name; what was erased must not lie here for ever."""
    folder = place / SNAPSHOTS
    names = manifests.snapshot_names(folder)
    for name in names[:-kept]:
        shutil.rmtree(folder / name)
    named: set[ObjectId] = set()
    try:
        for name in names[-kept:]:
            manifest = manifests.read_manifest(folder / name).manifest
            named |= manifests.read_objects(folder / name, manifest).keys()
    except BackupDamaged:
        return  # One cannot be read: nothing is taken away that it may name.
    for object_id in pool_names(place) - named:
        pool_path(place, object_id).unlink()
