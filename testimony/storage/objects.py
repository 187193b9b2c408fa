"""Sealed attachments: named by chance, through obstore (a local folder, or an S3-compatible store by
configuration).

The store sees sealed frames and random names; never plaintext, file names or who they belong to.
"""

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NewType, cast

import obstore
from obstore.store import LocalStore, ObjectStore

from testimony.storage.errors import ArchiveDamaged

ObjectId = NewType("ObjectId", str)

_CHUNK_BYTES = 4 * 1024 * 1024


class Objects:
    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def write(self, sealed: Iterator[bytes]) -> ObjectId:
        """Store sealed bytes under a new random name. Until a row names it, it is an orphan that `sweep`
        removes.
        """
        object_id = ObjectId(secrets.token_hex(16))
        obstore.put(self._store, _path(object_id), sealed, chunk_size=_CHUNK_BYTES)
        return object_id

    def open(self, object_id: ObjectId) -> BinaryIO:
        """A seekable reader. Raises ArchiveDamaged when the object is not there."""
        try:
            return cast(BinaryIO, obstore.open_reader(self._store, _path(object_id)))
        except (FileNotFoundError, obstore.exceptions.BaseError):
            raise ArchiveDamaged from None

    def size(self, object_id: ObjectId) -> int:
        """Bytes as sealed. Raises ArchiveDamaged when the object is not there."""
        try:
            return obstore.head(self._store, _path(object_id))["size"]
        except (FileNotFoundError, obstore.exceptions.BaseError):
            raise ArchiveDamaged from None

    def delete(self, object_id: ObjectId) -> None:
        try:
            obstore.delete(self._store, _path(object_id))
        except FileNotFoundError:
            return  # Deleted before a crash; what was wanted is true.

    def names(self) -> frozenset[ObjectId]:
        return frozenset(
            ObjectId(meta["path"].replace("/", "")) for batch in obstore.list(self._store) for meta in batch
        )


def local_objects(folder: Path) -> Objects:
    return Objects(LocalStore(str(folder), mkdir=True))


def _path(object_id: ObjectId) -> str:
    """Two levels, so that no folder holds too many names. The id is ours: 32 hexadecimal digits, so no path
    can be built from it.
    """
    if len(object_id) != 32 or not set(object_id) <= set("0123456789abcdef"):
        raise ArchiveDamaged
    return f"{object_id[:2]}/{object_id[2:]}"
