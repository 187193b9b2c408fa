"""Sealed attachments: named by chance, through obstore (a local folder, or an S3-compatible store by
configuration).

The store sees sealed frames and random names; never plaintext, file names or who they belong to.
"""

import io
import secrets
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, NewType

import obstore
from obstore.store import LocalStore, ObjectStore

from testimony.storage.errors import ArchiveDamaged

ObjectId = NewType("ObjectId", str)

_CHUNK_BYTES = 4 * 1024 * 1024


class _Reader(io.RawIOBase):
    """The store's reader as Python knows readers."""

    def __init__(self, reader: "obstore.ReadableFile") -> None:
        self._reader = reader

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._reader.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._reader.seek(offset, whence)

    def tell(self) -> int:
        return self._reader.tell()

    def close(self) -> None:
        if not self.closed:
            self._reader.close()
        super().close()


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

    def write_as(self, object_id: ObjectId, sealed: Iterator[bytes]) -> None:
        """Put an object back under the name it had. What a name holds never changes, so nothing is lost by it."""
        obstore.put(self._store, _path(object_id), sealed, chunk_size=_CHUNK_BYTES)

    def open(self, object_id: ObjectId) -> BinaryIO:
        """A seekable reader. Raises ArchiveDamaged when the object is not there."""
        try:
            return io.BufferedReader(
                _Reader(obstore.open_reader(self._store, _path(object_id))), _CHUNK_BYTES
            )
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
        return frozenset(_id(meta["path"]) for batch in obstore.list(self._store) for meta in batch)

    def names_older_than(self, moment: datetime) -> frozenset[ObjectId]:
        """Objects last written before a moment, aware."""
        listed = (meta for batch in obstore.list(self._store) for meta in batch)
        return frozenset(_id(meta["path"]) for meta in listed if meta["last_modified"] < moment)


def local_objects(folder: Path) -> Objects:
    return Objects(LocalStore(str(folder), mkdir=True))


def _id(path: str) -> ObjectId:
    return ObjectId(path.replace("/", ""))


def _path(object_id: ObjectId) -> str:
    """Two levels, so that no folder holds too many names. The id is ours: 32 hexadecimal digits, so no path
    can be built from it.
    """
    if len(object_id) != 32 or not set(object_id) <= set("0123456789abcdef"):
        raise ArchiveDamaged
    return f"{object_id[:2]}/{object_id[2:]}"
