"""Alembic revisions, one history per compartment, run inside one transaction each.

A file of a version before is brought up when somebody who holds its key signs in. A crash in the middle
leaves the version before.
"""

from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy.pool import NullPool
from sqlcipher3 import dbapi2

from crypto.keys import Secret, database_key
from crypto.labels import Label
from testimony.storage.compartments import Compartment
from testimony.storage.database import BUSY_MILLISECONDS, PRAGMAS
from testimony.storage.directory import ArchiveDirectory
from testimony.storage.errors import ArchiveDamaged

_MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(directory: ArchiveDirectory, compartment: Compartment, secret: Secret) -> None:
    """Bring one file to the newest revision; does nothing when it is there.

    Raises ArchiveDamaged when the file does not open, or was written by a newer version than this one.
    """
    key = database_key(secret, Label.COMPARTMENT_DATABASE)
    path = directory.file_of(compartment)
    script = _script(compartment)
    with directory.write_lock:
        if _revision(path, key) != script.get_current_head():
            _bring_up(compartment, path, key, script)


def _bring_up(compartment: Compartment, path: Path, key: str, script: ScriptDirectory) -> None:
    engine = sqlalchemy.create_engine(
        "sqlite://",
        hide_parameters=True,
        creator=lambda: _connect(path, key),
        module=dbapi2,
        poolclass=NullPool,
    )
    with engine.connect() as connection:
        translated = connection.execution_options(schema_translate_map={compartment.value: None})
        # DDL is transactional in SQLite; the driver must not begin or commit behind our back.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        try:
            _run(translated, script)
        except BaseException:
            connection.exec_driver_sql("ROLLBACK")
            raise
        connection.exec_driver_sql("COMMIT")


def _revision(path: Path, key: str) -> str | None:
    """Which revision a file is of; None for a new one. Asked at each sign-in, so by the driver alone."""
    connection = _opened(path, key)
    try:
        # Reads a page, and so fails where the key is wrong or the file is none.
        exists = "SELECT count(*) FROM sqlite_schema WHERE name = 'alembic_version'"
        if connection.execute(exists).fetchone() == (0,):
            return None
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return None if row is None else str(row[0])
    except dbapi2.DatabaseError:
        raise ArchiveDamaged from None
    finally:
        connection.close()


def _run(connection: sqlalchemy.Connection, script: ScriptDirectory) -> None:
    def revisions(heads: tuple[str, ...], _context: Any) -> Any:
        """From where the file stands (nowhere, or one revision) to the newest."""
        known = {r.revision for r in script.walk_revisions()}
        if not known.issuperset(heads):
            raise ArchiveDamaged
        # Typed as text there, but alembic itself hands on what a file says, a tuple.
        return script._upgrade_revs("head", heads)  # type: ignore[arg-type]

    with EnvironmentContext(
        script.config if hasattr(script, "config") else Config(), script, fn=revisions
    ) as environment:
        environment.configure(connection=connection, transactional_ddl=True, transaction_per_migration=False)
        environment.run_migrations()


@cache
def _script(compartment: Compartment) -> ScriptDirectory:
    """The revisions of one file, read once a process: reading them anew took a third of each sign-in."""
    return ScriptDirectory(str(_MIGRATIONS / compartment.value))


def _opened(path: Path, key: str) -> Any:
    path.touch(mode=0o600)
    connection = dbapi2.connect(str(path), timeout=BUSY_MILLISECONDS / 1000, isolation_level=None)
    connection.execute(f'PRAGMA key = "{key}"')
    return connection


def _connect(path: Path, key: str) -> Any:
    connection = _opened(path, key)
    try:
        for pragma in PRAGMAS:
            connection.execute(pragma)
        connection.execute("SELECT count(*) FROM sqlite_schema")
    except dbapi2.DatabaseError:
        connection.close()
        raise ArchiveDamaged from None
    return connection
