"""An archive of the version before is opened by this one: nothing is lost, and everything is found."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlcipher3 import dbapi2

from crypto.keys import Secret, database_key
from crypto.labels import Label
from testimony.domain.errors import Refused
from testimony.domain.purposes import Purpose
from testimony.domain.roles import Role
from testimony.services.accounts import enrol
from testimony.services.checking import check
from testimony.services.confirming import unconfirmed
from testimony.services.invitations import Newcomer
from testimony.storage import migrating
from testimony.storage.compartments import FILES, Compartment
from testimony.storage.database import PRAGMAS
from testimony.storage.directory import ArchiveDirectory
from tests.grants import GrantRequest, grant_alone
from tests.released_testimonies import Shelf, codes, look
from tests.services.conftest import Clock, People, make_archive

MIGRATIONS = Path(migrating.__file__).parent / "migrations"


def opened(file: Path, secret: Secret) -> Any:
    connection = dbapi2.connect(str(file), isolation_level=None)
    connection.execute(f'PRAGMA key = "{database_key(secret, Label.COMPARTMENT_DATABASE)}"')
    for pragma in PRAGMAS:
        connection.execute(pragma)
    connection.execute("PRAGMA foreign_keys = OFF")
    return connection


def tables(connection: Any, schema: str) -> dict[str, list[str]]:
    """The columns of each table that holds rows of its own: not those of an index, nor of a migration."""
    names = connection.execute(f"SELECT name FROM {schema}.sqlite_schema WHERE type = 'table'").fetchall()
    return {
        name: [row[1] for row in connection.execute(f"PRAGMA {schema}.table_info({name})")]
        for (name,) in names
        if not name.startswith(("search_", "sqlite_", "alembic_"))
    }


def put_back(directory: ArchiveDirectory, compartment: Compartment, secret: Secret) -> None:
    """Make a file as the first version made it, with the rows that it had a place for."""
    file, newer = directory.file_of(compartment), directory.path / f"{compartment.value}.newer"
    file.rename(newer)
    script = ScriptDirectory(str(MIGRATIONS / compartment.value))
    (first,) = (one for one in script.walk_revisions() if one.down_revision is None)
    connection = opened(file, secret)
    for statement in first.module.STATEMENTS:
        connection.execute(statement)
    connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
    connection.execute("INSERT INTO alembic_version VALUES (?)", (first.revision,))
    key = database_key(secret, Label.COMPARTMENT_DATABASE)
    connection.execute("ATTACH DATABASE ? AS newer KEY ?", (str(newer), key))
    there = tables(connection, "newer")
    connection.execute("BEGIN")
    for name, columns in tables(connection, "main").items():
        both = ", ".join(column for column in columns if column in there[name])
        connection.execute(f"INSERT INTO main.{name} ({both}) SELECT {both} FROM newer.{name}")
    if "archive" in there:
        connection.execute("DELETE FROM archive WHERE key = 'erasure-key'")
    connection.execute("COMMIT")
    connection.close()
    newer.unlink()


def nobody(*_: object) -> None:
    """Who confirmed an enrolment, and what was noted of two people, before the version that asks for them."""


@pytest.fixture(scope="module")
def founded_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("old") / "archive"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("testimony.services.signin.two_people_begin", nobody)
        make_archive(path, Clock(), confirm=nobody)
    return path


@pytest.fixture
def old(people: People, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """Released testimonies by what they tell, in an archive as the version before left it."""
    with monkeypatch.context() as patch:
        patch.setattr("testimony.services.signin.two_people_begin", nobody)
        told = _left_by_the_version_before(people, clock)
    yield told


def _left_by_the_version_before(people: People, clock: Clock) -> dict[str, str]:
    shelf = Shelf(people, clock, Random(11))
    request = GrantRequest(
        handle="investigator-1",
        case_id="CASE-1",
        purposes=frozenset({Purpose.CP07}),
        valid_from=clock(),
        valid_until=clock() + timedelta(days=60),
    )
    grant_alone(people["custodian"], request, clock())
    told = {
        "wells": shelf.put("They poisoned the wells before the rain."),
        "الآبار": shelf.put("سمموا الآبار قبل المطر", release={"language": "arb"}),
    }
    reviewer = people["reviewer"]
    secrets: Mapping[Compartment, Secret] = dict(reviewer.archive.secrets)
    for session in people.sessions.values():
        people.archive.release(session.archive.secrets)
    people.sessions.clear()
    for compartment in FILES:
        put_back(people.archive.directory, compartment, secrets[compartment])
    return told


def test_what_an_old_archive_released_is_found_after_the_next_sign_in(
    old: dict[str, str], people: People, clock: Clock
) -> None:
    found = {word: codes(look(people, clock, word)) for word in old}

    assert found == {word: [code] for word, code in old.items()}


def test_an_old_archive_is_whole_after_the_next_sign_in(
    old: dict[str, str], people: People, clock: Clock
) -> None:
    assert check(people["reviewer"], clock()) == ()


def test_consent_withdrawn_in_an_old_archive_closes_it_there_as_well(
    old: dict[str, str], people: People, clock: Clock
) -> None:
    shelf = Shelf(people, clock, Random(12))
    assert codes(look(people, clock, "wells")) == [old["wells"]]

    shelf.decide(old["wells"], status="withdrawn")

    assert codes(look(people, clock, "wells")) == []


def test_a_grant_that_one_custodian_gave_before_ends_on_its_day(
    old: dict[str, str], people: People, clock: Clock
) -> None:
    assert codes(look(people, clock, "wells")) == [old["wells"]]

    clock.forward(days=60)

    with pytest.raises(Refused):
        look(people, clock, "wells")


def test_people_of_an_old_archive_need_no_confirmation_and_those_who_come_later_do(
    old: dict[str, str], people: People, clock: Clock
) -> None:
    custodian = people["custodian"]
    newcomer = Newcomer("reviewer-3", "Reviewer 3", frozenset({Role.REVIEWER}))

    enrol(custodian, newcomer, clock())

    assert [one.handle for one in unconfirmed(custodian, clock())] == ["reviewer-3"]
