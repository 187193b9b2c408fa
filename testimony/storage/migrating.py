"""Alembic revisions, one history per compartment, run inside one transaction each.

A file of a version before is brought up when somebody who holds its key signs in. A crash in the middle
leaves the version before.
"""

from collections.abc import Mapping
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
from testimony.storage.compartments import FILES, Compartment
from testimony.storage.database import PRAGMAS, Database
from testimony.storage.directory import ArchiveDirectory
from testimony.storage.errors import ArchiveDamaged

_MIGRATIONS = Path(__file__).parent / "migrations"


def bring_up(directory: ArchiveDirectory, database: Database, secrets: Mapping[Compartment, Secret]) -> None:
    """Bring every file that these secrets open to the newest revision.

    Asked at each sign-in, so first of the files as they are open already. Raises as `upgrade` does, and StorageFailed.
    """
    held = [compartment for compartment in FILES if compartment in secrets]
    if all(directory.file_of(compartment).exists() for compartment in held):
        with database.reading() as connection:
            if all(_revision(connection, c) == _script(c).get_current_head() for c in held):
                return
    for compartment in held:
        upgrade(directory, compartment, secrets[compartment])


def upgrade(directory: ArchiveDirectory, compartment: Compartment, secret: Secret) -> None:
    """Bring one file to the newest revision; does nothing when it is there.

    Raises ArchiveDamaged when the file does not open, or was written by a newer version than this one.
    """
    key = database_key(secret, Label.COMPARTMENT_DATABASE)
    engine = sqlalchemy.create_engine(
        "sqlite://",
        hide_parameters=True,
        creator=lambda: _connect(directory.file_of(compartment), key),
        module=dbapi2,
        poolclass=NullPool,
    )
    script = _script(compartment)
    with directory.write_lock, engine.connect() as connection:
        if _revision(connection, Compartment.LEDGER) == script.get_current_head():
            return
        translated = connection.execution_options(schema_translate_map={compartment.value: None})
        # DDL is transactional in SQLite; the driver must not begin or commit behind our back.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        try:
            _run(translated, script)
        except BaseException:
            connection.exec_driver_sql("ROLLBACK")
            raise
        connection.exec_driver_sql("COMMIT")


def _revision(connection: sqlalchemy.Connection, compartment: Compartment) -> str | None:
    """Of a file that is attached under its name, or of the main one."""
    schema = "main" if compartment is Compartment.LEDGER else compartment.value
    exists = f"SELECT count(*) FROM {schema}.sqlite_schema WHERE name = 'alembic_version'"  # noqa: S608  # our own enum
    if not connection.exec_driver_sql(exists).scalar_one():
        return None
    newest = f"SELECT version_num FROM {schema}.alembic_version"  # noqa: S608  # our own enum
    return connection.exec_driver_sql(newest).scalar()


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


def _connect(path: Path, key: str) -> Any:
    path.touch(mode=0o600)
    connection = dbapi2.connect(str(path), isolation_level=None)
    try:
        connection.execute(f'PRAGMA key = "{key}"')
        for pragma in PRAGMAS:
            connection.execute(pragma)
        connection.execute("SELECT count(*) FROM sqlite_schema")
    except dbapi2.DatabaseError:
        connection.close()
        raise ArchiveDamaged from None
    return connection
