"""What the revisions make is what the code expects, and a half-made or newer file is never taken for a good one."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlcipher3 import dbapi2

from crypto.keys import Secret, database_key
from crypto.labels import Label
from search.index import Index
from testimony.storage import tables
from testimony.storage.compartments import FILES, Compartment
from testimony.storage.directory import ArchiveDirectory
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.migrating import upgrade
from testimony.storage.schema import SCHEMAS

SECRET = Secret(bytes(range(32)))


def opened(path: Path) -> Any:
    connection = dbapi2.connect(str(path))
    connection.execute(f'PRAGMA key = "{database_key(SECRET, Label.COMPARTMENT_DATABASE)}"')
    return connection


def shape(connection: Any) -> dict[str, str]:
    """Every object of a schema by name, its SQL without white space."""
    rows = connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL")
    shapes = {name: "".join(sql.split()).replace("main.", "") for name, sql in rows}
    return {name: sql for name, sql in shapes.items() if name != "alembic_version"}


def expected(compartment: Compartment) -> dict[str, str]:
    engine = sa.create_engine("sqlite://", creator=lambda: dbapi2.connect(":memory:"), module=dbapi2)
    with engine.connect() as connection:
        alone = connection.execution_options(schema_translate_map={compartment.value: None})
        SCHEMAS[compartment].create_all(alone, checkfirst=False)
        if compartment is not Compartment.LEDGER:
            Index("main").create(alone)
        return shape(connection.connection.driver_connection)


@pytest.fixture
def directory(tmp_path: Path) -> ArchiveDirectory:
    directory = ArchiveDirectory(tmp_path / "archive")
    directory.create()
    return directory


@pytest.mark.parametrize("compartment", FILES)
def test_the_revisions_make_the_tables_that_the_code_declares(
    directory: ArchiveDirectory, compartment: Compartment
) -> None:
    assert tables.MODULES

    upgrade(directory, compartment, SECRET)

    assert shape(opened(directory.file_of(compartment))) == expected(compartment)


@pytest.mark.parametrize("compartment", FILES)
def test_an_upgrade_of_what_is_newest_changes_nothing(
    directory: ArchiveDirectory, compartment: Compartment
) -> None:
    upgrade(directory, compartment, SECRET)
    before = directory.file_of(compartment).read_bytes()

    upgrade(directory, compartment, SECRET)

    assert directory.file_of(compartment).read_bytes() == before


def test_a_file_of_a_newer_version_is_left_alone(directory: ArchiveDirectory) -> None:
    upgrade(directory, Compartment.VAULT, SECRET)
    connection = opened(directory.file_of(Compartment.VAULT))
    connection.execute("UPDATE alembic_version SET version_num = 'vault_9999'")
    connection.commit()

    with pytest.raises(ArchiveDamaged):
        upgrade(directory, Compartment.VAULT, SECRET)


def test_a_file_under_another_key_is_damage(directory: ArchiveDirectory) -> None:
    upgrade(directory, Compartment.VAULT, SECRET)

    with pytest.raises(ArchiveDamaged):
        upgrade(directory, Compartment.VAULT, Secret(bytes(32)))


def test_a_revision_that_fails_leaves_the_version_before(directory: ArchiveDirectory) -> None:
    """A table of the name that the revision makes is in its way."""
    path = directory.file_of(Compartment.VAULT)
    connection = opened(path)
    connection.execute("CREATE TABLE originals (code TEXT)")
    connection.commit()
    connection.close()

    with pytest.raises(sa.exc.DatabaseError):
        upgrade(directory, Compartment.VAULT, SECRET)

    assert shape(opened(path)) == {"originals": "CREATETABLEoriginals(codeTEXT)"}


def test_nobody_else_on_the_machine_may_read_the_files(directory: ArchiveDirectory) -> None:
    upgrade(directory, Compartment.LEDGER, SECRET)

    modes = [path.stat().st_mode & 0o777 for path in (directory.path, directory.file_of(Compartment.LEDGER))]

    assert modes == [0o700, 0o600]
