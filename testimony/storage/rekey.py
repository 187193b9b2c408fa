"""Changing the key of one compartment's file, in place, in one SQLite transaction.

    pages before → rollback journal (under the old key) → pages under the new key → journal deleted

Deleting the journal is the commit. A process that dies before it leaves a hot journal: the next opening under the old
key rolls back. Under the new key the file then does not open, and nothing is lost by trying (tests/attacks/
test_killed_rekeying.py). It needs as much free space as the file is large, and the same memory for every size.
"""

import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from sqlcipher3 import dbapi2

from crypto.keys import Secret, database_key
from crypto.labels import Label
from testimony.storage.compartments import Compartment
from testimony.storage.database import PRAGMAS
from testimony.storage.directory import ArchiveDirectory, sync_directory
from testimony.storage.errors import ArchiveDamaged, StorageFailed

SPARE_BYTES = 16 * 1024 * 1024
SAMPLE_BYTES = 4 * 1024 * 1024


def rekey_file(directory: ArchiveDirectory, compartment: Compartment, old: Secret, new: Secret) -> None:
    """Change the key of a file. Call with its turnstile closed.

    Raises StorageFailed when the disk has too little room or another program holds the file: then it still opens
    under the old key; ArchiveDamaged when it opens under neither.
    """
    path = directory.file_of(compartment)
    require_room(path)
    try:
        connection = _open(path, old)
    except dbapi2.DatabaseError:
        raise ArchiveDamaged from None
    try:
        connection.execute(f'PRAGMA rekey = "{database_key(new, Label.COMPARTMENT_DATABASE)}"')
    except dbapi2.DatabaseError:
        raise StorageFailed from None
    finally:
        connection.close()
    sync_directory(path.parent)
    # The pragma does not always say so when it could not: what opens the file now is what counts.
    if not opens(directory, compartment, new):
        raise StorageFailed if opens(directory, compartment, old) else ArchiveDamaged


def opens(directory: ArchiveDirectory, compartment: Compartment, secret: Secret) -> bool:
    """Whether the file opens under this secret. Raises StorageFailed when it cannot be tried."""
    if not directory.file_of(compartment).is_file():
        raise ArchiveDamaged
    try:
        connection = _open(directory.file_of(compartment), secret)
    except dbapi2.OperationalError:
        raise StorageFailed from None
    except dbapi2.DatabaseError:
        return False
    connection.close()
    return True


def require_room(path: Path) -> None:
    """Raises StorageFailed unless the file fits beside itself."""
    if shutil.disk_usage(path.parent).free < path.stat().st_size + SPARE_BYTES:
        raise StorageFailed


def share_done(directory: ArchiveDirectory, compartment: Compartment) -> float:
    """How far a change of key is, 0 to 1, as the rollback journal tells; 0 when none is under way."""
    path = directory.file_of(compartment)
    try:
        return min(1.0, path.with_name(path.name + "-journal").stat().st_size / max(path.stat().st_size, 1))
    except FileNotFoundError:
        return 0.0


def measure_rekey(directory: ArchiveDirectory) -> float:
    """Bytes a second that a change of key does here: a file of random bytes, beside the archive's, is tried on."""
    with tempfile.TemporaryDirectory(dir=directory.path) as place:
        sample = ArchiveDirectory(Path(place))
        old, new = Secret.random(), Secret.random()
        connection = _open(sample.file_of(Compartment.VAULT), old)
        connection.execute("CREATE TABLE sample (bytes BLOB)")
        connection.execute("INSERT INTO sample VALUES (?)", (os.urandom(SAMPLE_BYTES),))
        connection.close()
        size, begun = sample.file_of(Compartment.VAULT).stat().st_size, time.monotonic()
        rekey_file(sample, Compartment.VAULT, old, new)
        return size / max(time.monotonic() - begun, 1e-3)


def _open(path: Path, secret: Secret) -> Any:
    connection = dbapi2.connect(str(path), isolation_level=None)
    try:
        connection.execute(f'PRAGMA key = "{database_key(secret, Label.COMPARTMENT_DATABASE)}"')
        for pragma in PRAGMAS:
            connection.execute(pragma)
        connection.execute("SELECT count(*) FROM sqlite_schema")
    except dbapi2.DatabaseError:
        connection.close()
        raise
    return connection
