"""An auditor who wants to read testimonies: no key of theirs opens one (G4)."""

import pytest
import sqlalchemy as sa

from crypto.errors import CryptoError
from crypto.labels import Label
from crypto.sealing import open_sealed
from testimony.services.opening import sealing_key_of
from testimony.storage.compartments import FILES, Compartment
from testimony.storage.database import connect
from testimony.storage.errors import ArchiveDamaged, CompartmentClosed
from tests.services.conftest import Clock, People, archive, clock, founded_template, people

__all__ = ["archive", "clock", "founded_template", "people"]


@pytest.mark.parametrize("compartment", [Compartment.VAULT, Compartment.READING_ROOM, Compartment.IDENTITY])
def test_an_auditors_session_holds_no_key_to_any_testimony(people: People, compartment: Compartment) -> None:
    auditor = people["auditor"]

    with pytest.raises(CompartmentClosed):
        auditor.archive.secret(compartment)
    assert set(auditor.archive.secrets) == {Compartment.LEDGER, Compartment.AUDIT}


@pytest.mark.parametrize("schema", ["vault", "reading_room"])
def test_an_auditors_connection_sees_neither_vault_nor_reading_room(people: People, schema: str) -> None:
    with people["auditor"].reading() as connection:
        attached = [row.name for row in connection.execute(sa.text("PRAGMA database_list"))]

    assert schema not in attached


def test_no_key_that_an_auditor_holds_opens_the_files_of_testimonies(people: People) -> None:
    archive = people["auditor"].archive
    keys = [secret.raw.hex() for secret in archive.secrets.values()]

    for key in keys:
        for compartment in FILES[1:]:
            with pytest.raises(ArchiveDamaged):
                connect(archive.directory, {compartment: f"x'{key}{'00' * 16}'"})


def test_no_key_slot_of_another_compartment_opens_for_an_auditor(people: People) -> None:
    auditor, keyring = people["auditor"], people["auditor"].archive.keyring()
    closed = [
        slot for slot in keyring.slots if slot.compartment in (Compartment.VAULT, Compartment.READING_ROOM)
    ]
    assert closed

    for slot in closed:
        context = f"{keyring.archive_id}/{slot.compartment.value}/{slot.account_id}".encode()
        with pytest.raises(CryptoError):
            open_sealed(auditor.keys.sealing, slot.sealed, Label.KEY_SLOT, context)


def test_what_is_sealed_to_auditors_opens_for_nobody_else(people: People, clock: Clock) -> None:
    from_reviewer = people["reviewer"].archive

    with pytest.raises(CompartmentClosed):
        from_reviewer.secret(Compartment.AUDIT)
    assert sealing_key_of(people["auditor"].archive.secret(Compartment.AUDIT)).public == from_reviewer.public(
        Compartment.AUDIT
    )
