"""SQLCipher connections through SQLAlchemy Core.

The ledger is the main database; vault and reading room are attached to it when the holder has their secrets,
so that one statement can
ask both and one commit reaches both. Rollback journals, not WAL: SQLite then commits attached files together
through a super-journal.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import sqlalchemy
from sqlalchemy import event
from sqlalchemy.pool import QueuePool
from sqlcipher3 import dbapi2

from crypto.keys import Secret, database_key
from crypto.labels import Label
from testimony.storage.compartments import FILES, Compartment
from testimony.storage.directory import ArchiveDirectory
from testimony.storage.errors import ArchiveDamaged, CompartmentClosed, StorageFailed

BUSY_MILLISECONDS = 15_000
"""How long a writer of another process (a command beside the server) is waited for."""

CACHE_KIB = 32_768
"""Of each attached file in each connection: a search reads the same pages again and again, and each is deciphered."""
ALL_CACHES_BYTES = 256 * 1024 * 1024
"""Of all connections of the process together; near it, they keep less."""

# secure_delete: what is deleted is overwritten in the page. trusted_schema: a schema edited on disk calls no
# function.
# mmap off and temp_store in memory: no plaintext page ever reaches a file.
PRAGMAS = (
    "PRAGMA cipher_memory_security = OFF",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA synchronous = FULL",
    f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}",
    f"PRAGMA soft_heap_limit = {ALL_CACHES_BYTES}",
)


class Database:
    """The files one holder can open. Connections are pooled; `close` forgets them and the keys inside
    them.
    """

    def __init__(self, directory: ArchiveDirectory, secrets: Mapping[Compartment, Secret]) -> None:
        if Compartment.LEDGER not in secrets:
            raise CompartmentClosed
        self._directory = directory
        self._retired = False
        self._keys = {c: database_key(secrets[c], Label.COMPARTMENT_DATABASE) for c in FILES if c in secrets}
        self._engine = sqlalchemy.create_engine(
            "sqlite://",
            creator=self._connect,
            # What is bound to a statement is content; an error must not carry it.
            hide_parameters=True,
            module=dbapi2,
            poolclass=QueuePool,
            pool_size=4,
            max_overflow=8,
        )
        event.listen(self._engine, "begin", _begin)

    @property
    def compartments(self) -> frozenset[Compartment]:
        return frozenset(self._keys)

    @contextmanager
    def reading(self) -> Iterator[sqlalchemy.Connection]:
        """One consistent view. Raises StorageFailed, ArchiveDamaged."""
        with self._passing(), _said_plainly(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlalchemy.Connection]:
        """One transaction over all attached files. An exception leaves nothing of it.

        Raises StorageFailed (full disk, locked file), ArchiveDamaged.
        """
        with (
            self._passing(),
            _said_plainly(),
            self._directory.write_lock,
            self._engine.connect() as connection,
        ):
            immediate = connection.execution_options(testimony_begin="BEGIN IMMEDIATE")
            with immediate.begin():
                yield immediate

    @contextmanager
    def _passing(self) -> Iterator[None]:
        """Through the turnstile. Raises StorageFailed once a key inside was changed: open the files again."""
        with self._directory.turnstile.passing(self.compartments):
            if self._retired:
                raise StorageFailed
            yield

    def close(self) -> None:
        self._engine.dispose()

    def retire(self) -> None:
        """Its keys are old: what it is asked from now on fails, and its connections are gone."""
        self._retired = True
        self.close()

    def _connect(self) -> Any:
        return connect(self._directory, self._keys)


@contextmanager
def _said_plainly() -> Iterator[None]:
    """Tell a disk that cannot from a file that is broken; what the driver says of both names our tables."""
    try:
        yield
    except sqlalchemy.exc.OperationalError as error:
        raise StorageFailed from error
    except sqlalchemy.exc.DatabaseError as error:
        if type(error) is sqlalchemy.exc.DatabaseError:
            raise ArchiveDamaged from error
        raise


def connect(directory: ArchiveDirectory, keys: Mapping[Compartment, str]) -> Any:
    """Open the ledger and attach what the keys open.

    keys: raw SQLCipher keys, `x'…'`. The driver's own transaction handling is off: SQLAlchemy's `begin`
    decides.
    Raises ArchiveDamaged when a file does not open under its key, StorageFailed when it cannot be read now.
    """
    main, *attached = [c for c in FILES if c in keys]
    connection = dbapi2.connect(str(directory.file_of(main)), isolation_level=None, check_same_thread=False)
    try:
        connection.execute(f'PRAGMA key = "{keys[main]}"')
        for pragma in PRAGMAS:
            connection.execute(pragma)
        connection.execute("SELECT count(*) FROM sqlite_schema")
        for compartment in attached:
            # ATTACH takes the key as an expression; both values are ours and hexadecimal or a path we made.
            connection.execute(
                f"ATTACH DATABASE ? AS {compartment.value} KEY ?",
                (str(directory.file_of(compartment)), keys[compartment]),
            )
            connection.execute(f"SELECT count(*) FROM {compartment.value}.sqlite_schema")  # noqa: S608 our own enum
            connection.execute(f"PRAGMA {compartment.value}.secure_delete = ON")
            connection.execute(f"PRAGMA {compartment.value}.cache_size = -{CACHE_KIB}")
    except dbapi2.OperationalError:
        # Somebody holds the file, or the disk cannot: that is no damage.
        connection.close()
        raise StorageFailed from None
    except dbapi2.DatabaseError:
        connection.close()
        raise ArchiveDamaged from None
    return connection


def _begin(connection: sqlalchemy.Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("testimony_begin", "BEGIN"))
