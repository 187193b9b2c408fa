"""Giving free pages of a file back to the disk. What they held was overwritten with zeros when it was deleted."""

from dataclasses import dataclass

from sqlcipher3 import dbapi2

from crypto.keys import Secret, database_key
from crypto.labels import Label
from testimony.storage.compartments import Compartment
from testimony.storage.database import PRAGMAS
from testimony.storage.directory import ArchiveDirectory
from testimony.storage.errors import ArchiveDamaged, StorageFailed


@dataclass(frozen=True, slots=True)
class FreePages:
    """pages: of the file. free: of these, in no tree. page_bytes: of one."""

    pages: int
    free: int
    page_bytes: int


def free_pages(directory: ArchiveDirectory, compartment: Compartment, secret: Secret) -> FreePages:
    """Raises ArchiveDamaged when the file does not open."""
    connection = _connect(directory, compartment, secret)
    try:
        count, free, size = (
            int(connection.execute(f"PRAGMA {name}").fetchone()[0])
            for name in ("page_count", "freelist_count", "page_size")
        )
    finally:
        connection.close()
    return FreePages(count, free, size)


def compact(directory: ArchiveDirectory, compartment: Compartment, secret: Secret) -> None:
    """Write the file anew without its free pages. Takes the file's size in memory, and the file for itself.

    A crash leaves the file as it was: VACUUM copies back under a rollback journal. Raises StorageFailed when others
    write meanwhile or the disk is full.
    """
    connection = _connect(directory, compartment, secret)
    try:
        connection.execute("VACUUM")
    except dbapi2.OperationalError:
        raise StorageFailed from None
    finally:
        connection.close()


def _connect(directory: ArchiveDirectory, compartment: Compartment, secret: Secret) -> dbapi2.Connection:
    connection = dbapi2.connect(str(directory.file_of(compartment)), isolation_level=None)
    try:
        connection.execute(f'PRAGMA key = "{database_key(secret, Label.COMPARTMENT_DATABASE)}"')
        for pragma in PRAGMAS:
            connection.execute(pragma)
        connection.execute("SELECT count(*) FROM sqlite_schema")
    except dbapi2.DatabaseError:
        connection.close()
        raise ArchiveDamaged from None
    return connection
